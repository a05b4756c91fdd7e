"""Content for tests, made by code: a minimal record, a filled one, and a directory rich enough to show every case.

All of it is dated around `TODAY`; build it with `EVENT_AS_OF` set to that day.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml
from events import vocabulary
from events.assets import Assets
from events.catalog import Catalog
from events.collection import Collection
from events.fields import (
    Amount,
    Choice,
    Code,
    Flag,
    Group,
    Id,
    Language,
    Many,
    Markdown,
    Moment,
    Number,
    Reading,
    Text,
    Type,
    Url,
    Zone,
    specs,
)
from events.model import Event, Organizer, Series, Topic, read_entry, read_event
from events.pages import Plan
from events.settings import Settings
from events.settings import read as read_settings

TODAY = date(2027, 3, 10)

Record = dict[str, Any]

TOPICS: Mapping[str, Record] = {
    "cloud": {"name": "Cloud", "description": "Computing that somebody else keeps running.", "synonyms": ["FedRAMP"]},
    "data": {"name": "Data", "description": "Collecting, sharing and using data well.", "synonyms": ["open data"]},
    "ai": {"name": "AI", "synonyms": ["artificial intelligence", "machine learning"]},
    "customer-experience": {"name": "Customer experience", "synonyms": ["CX"]},
    "plain-language": {"name": "Plain language"},
}
ORGANIZERS: Mapping[str, Record] = {
    "gsa": {
        "name": "General Services Administration",
        "acronym": "GSA",
        "type": "federal",
        "url": "https://www.gsa.gov/",
    },
    "tts": {"name": "Technology Transformation Services", "acronym": "TTS", "type": "federal", "parent": "gsa"},
    "eighteen-f": {"name": "Office 18F", "type": "federal", "parent": "tts", "also_known_as": ["Eighteen F"]},
    "actiac": {"name": "American Council for Technology", "acronym": "ACT-IAC", "type": "association"},
}
SERIES: Mapping[str, Record] = {"brown-bag": {"name": "Brown bag", "description": "An hour at noon, every week."}}

MINIMAL: Record = {
    "title": "A day on forms",
    "kind": "webinar",
    "format": "online",
    "start": "2027-04-06",
    "topics": ["cloud"],
    "summary": "A day on how agencies write forms that people understand.",
    "announced": "2027-01-05",
}


def record(**changes: Any) -> Record:
    """A small valid record with some fields changed; None takes a field away."""
    return {name: value for name, value in {**MINIMAL, **changes}.items() if value is not None}


def text_of(tree: Record) -> str:
    """A record as YAML."""
    return yaml.safe_dump(tree, allow_unicode=True, sort_keys=False)


def write_record(folder: Path, identity: str, tree: Record) -> Path:
    """Write one record into a content folder; the folder is the year of its start, "0000" without one."""
    path = folder / "events" / str(tree.get("start", "0000"))[:4] / f"{identity}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text_of(tree), encoding="utf-8")
    return path


def write_content(
    folder: Path,
    records: Mapping[str, Record],
    *,
    topics: Mapping[str, Record] = TOPICS,
    organizers: Mapping[str, Record] = ORGANIZERS,
    series: Mapping[str, Record] = SERIES,
) -> Path:
    """Write a content folder with these records and registries; returns the folder."""
    (folder / "events").mkdir(parents=True, exist_ok=True)
    for name, entries in (("topics", topics), ("organizers", organizers), ("series", series)):
        if entries:
            (folder / f"{name}.yaml").write_text(text_of({**entries}), encoding="utf-8")
    for identity, tree in records.items():
        write_record(folder, identity, tree)
    return folder


# A record with every field of the model filled: what no list of cases can forget.

HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'{{7*7}}{%x%}\\;,&amp;"
"""Closes an attribute and a tag, runs a script twice, speaks Jinja2, Markdown's and iCalendar's own signs."""

HOSTILE_URL = "https://example.org/a'onmouseover=alert(1)//?q=%22%3E%3Cscript%3E&amp;x=(1)"
HOSTILE_MARKDOWN = (
    "<script>alert(1)</script> <img src=x onerror=alert(1)> **bold** `</code><b>`\n\n"
    "# </h1><b onclick=alert(1)>x</b>\n\n| a | <svg onload=alert(1)> |\n|---|---|\n| {{7*7}} | </td></table> |\n"
)


@dataclass(frozen=True, slots=True)
class Filling:
    """What `filled` writes into the fields of each type."""

    text: str
    url: str
    markdown: str
    day: str = "2027-03-20"

    def said(self, way: str) -> str:
        """The text of the field that is found by this way, such as "venue.name"."""
        return self.text


def filled(cls: type, filling: Filling, way: str = "") -> Record:
    """A tree with a value in every field of the dataclass; rules between fields are the caller's business."""
    return {name: _value(spec.type, filling, f"{way}{name}") for name, spec in specs(cls).items()}


def _value(kind: Type, filling: Filling, way: str) -> Any:  # noqa: PLR0911  one line for each type
    match kind:
        case Markdown():
            return filling.markdown
        case Text(low=low, high=high):
            text = filling.said(way)
            return (text * (1 + low // len(text)))[:high]
        case Choice(values=values):
            return next(iter(values))
        case Id(of=registry):
            return next(iter({"topics": TOPICS, "organizers": ORGANIZERS, "series": SERIES}.get(registry, ["old-id"])))
        case Moment(shape=shape):
            return f"{filling.day} 09:00" if shape == "time" else filling.day
        case Zone():
            return "America/New_York"
        case Url():
            return filling.url
        case Amount():
            return "1249.50"
        case Number(low=low, high=high, whole=whole):
            return str(int(min(high, 60))) if whole else str(max(low, -77.0426))
        case Flag():
            return "true"
        case Code(list_name=name):
            return "US" if name == "country" else "EUR"
        case Language():
            return "es"
        case Many(of=inner):
            return [_value(inner, filling, way)]
        case Group(cls=cls):
            return filled(cls, filling, f"{way}.")
    raise AssertionError(kind)


def hostile(filling: Filling | None = None) -> dict[str, Record]:
    """Records with hostile text in every field that takes text: with a day, on demand, withdrawn, postponed."""
    filling = filling or Filling(HOSTILE, HOSTILE_URL, HOSTILE_MARKDOWN)
    whole = filled(Event, filling)
    gone, season = whole["withdrawn"], whole["when"]
    for name in ("draft", "withdrawn", "when", "on_demand"):
        del whole[name]
    dated = {
        **whole,
        "format": "hybrid",
        "status": "rescheduled",
        "start": "2027-03-20 09:00",
        "end": "2027-03-20 17:00",
        "previous_start": ["2027-02-20 09:00"],
        "venue": {**whole["venue"], "state": "PR"},
        "registration": {**whole["registration"], "opens": "2027-03-01", "closes": "2027-03-19"},
        "sessions": [{**whole["sessions"][0], "end": "2027-03-20 10:00"}],
        "aliases": ["hostile-of-old"],
    }
    on_demand = filled(Event, filling)
    for name in (
        "draft",
        "withdrawn",
        "when",
        "start",
        "end",
        "timezone",
        "previous_start",
        "venue",
        "sessions",
        "online",
    ):
        del on_demand[name]
    on_demand |= {"format": "on-demand", "status": "scheduled", "aliases": ["hostile-webcast-of-old"]}
    withdrawn = {
        **dated,
        "aliases": ["hostile-withdrawn-of-old"],
        "withdrawn": {**gone, "date": "2027-03-09"},
    }
    postponed = {
        **dated,
        "status": "postponed",
        "when": season,
        # Abroad, where a state is any text.
        "venue": {**whole["venue"], "country": "CA"},
        "aliases": ["hostile-season-of-old"],
    }
    return {
        "hostile": dated,
        "hostile-webcast": on_demand,
        "hostile-withdrawn": withdrawn,
        "hostile-season": postponed,
    }


def _day(days: int, clock: str = "") -> str:
    return f"{TODAY + timedelta(days=days)}{f' {clock}' if clock else ''}"


_CITIES = [
    ("Washington", "DC"), ("San Juan", "PR"), ("Denver", "CO"), ("Hagåtña", "GU"), ("St. Paul", "MN"), ("Austin", "TX"),
]  # fmt: skip


def _every_status() -> dict[str, Record]:
    """Each status with each format that it can have, kinds and audiences in turn."""
    found = {}
    kinds, audiences = itertools.cycle(vocabulary.KIND), itertools.cycle(vocabulary.AUDIENCE)
    cities = itertools.cycle(_CITIES)
    pairs = itertools.product(vocabulary.STATUS, vocabulary.FORMAT)
    for number, (status, form) in enumerate(pairs, 1):
        if status == "moved-online" and form != "online":
            continue
        kind = next(kinds)
        tree = record(
            title=f"{vocabulary.KIND[kind]} {number} that is {status} and {form}",
            kind=kind,
            format=form,
            status=status,
            audience=[next(audiences)],
            topics=[[*TOPICS][number % len(TOPICS)]],
            organizer=[*ORGANIZERS][number % len(ORGANIZERS)],
            start=None if form == "on-demand" else _day(7 * number),
            end=None if form == "on-demand" else _day(7 * number + number % 3),
        )
        if status != "scheduled":
            tree["status_note"] = f"The organizer says that it is {status}."
            tree["changes"] = [{"date": "2027-02-01", "note": f"Now {status}."}]
        if status == "rescheduled" and form != "on-demand":
            tree["previous_start"] = [_day(7 * number - 3)]
        if form in ("in-person", "hybrid") or status == "moved-online":
            city, state = next(cities)
            tree["venue"] = {"name": "The hall", "city": city, "state": state}
        found[f"{status}-{form}"] = tree
    return found


def _every_time() -> dict[str, Record]:
    """Each way to say when, and each way to stand to `TODAY`."""
    zone = "America/New_York"
    return {
        "postponed-with-season": record(
            title="Postponed to a season",
            status="postponed",
            start="2027-03-15",
            when="Fall 2027",
            changes=[{"date": "2027-03-01", "note": "Postponed."}],
        ),
        "some-season": record(title="A season alone", start=None, when="Summer 2027"),
        "fiscal-year": record(title="A fiscal year alone", start=None, when="FY 2028"),
        "no-year": record(title="No year at all", start=None, when="To be announced"),
        "season-gone": record(title="A season that is over", start=None, when="Winter 2025", announced="2024-11-01"),
        "over-new-year": record(title="Over New Year", start="2027-12-30", end="2028-01-02"),
        "over-past-new-year": record(
            title="Over a past New Year", start="2025-12-30", end="2026-01-03", announced="2025-10-01"
        ),
        "timed": record(title="With both times", start=_day(2, "13:30"), end=_day(2, "15:00"), timezone=zone),
        "timed-open": record(title="With a start alone", start=_day(3, "11:00"), timezone="America/Chicago"),
        "timed-over-night": record(
            title="Over midnight", start=_day(4, "22:00"), end=_day(5, "01:30"), timezone="America/Los_Angeles"
        ),
        "timed-over-days": record(
            title="Timed over some days", start=_day(5, "09:00"), end=_day(8, "12:00"), timezone="Pacific/Honolulu"
        ),
        "timed-abroad": record(
            title="Abroad",
            format="in-person",
            start="2027-06-08 09:00",
            end="2027-06-08 17:30",
            timezone="Asia/Kolkata",
            venue={"name": "Bharat Mandapam", "city": "New Delhi", "country": "IN"},
        ),
        "timed-utc": record(title="In UTC", start="2027-05-04 12:00", end="2027-05-04 13:00", timezone="UTC"),
        "over-clock-change": record(
            title="Over the clock change", start="2027-03-13 18:00", end="2027-03-14 18:00", timezone=zone
        ),
        "now": record(title="Happening now", start=_day(-1), end=_day(1)),
        "ends-today": record(title="Its last day is today", start=_day(-2), end=_day(0)),
        "starts-today": record(title="Its first day is today", start=_day(0)),
        "ended-yesterday": record(title="Over since yesterday", start=_day(-1)),
        "ended-lately": record(title="Over since last month", start=_day(-30)),
        "ended-before": record(title="Over for longer than a month", start=_day(-31)),
        "ended-long-ago": record(
            title="Over for long",
            start="2019-05-01",
            announced="2019-01-01",
            resources=[{"type": "slides", "title": "All slides", "url": "https://example.gov/slides"}],
        ),
    }


def _every_price() -> dict[str, Record]:
    public = {"for": "public", "amount": "495"}
    kinds: dict[str, list[Record]] = {
        "free-for-all": [{"for": "public", "amount": "0"}],
        "free-for-government": [public, {"for": "government", "amount": "0"}],
        "early-bird": [
            {"for": "government", "amount": "200", "label": "Early bird", "until": _day(-1)},
            {"for": "government", "amount": "295"},
            public,
        ],
        "members-alone": [{"for": "member", "amount": "75"}],
        "two-currencies": [{"for": "public", "amount": "95.50", "currency": "CAD"}, {"for": "public", "amount": "70"}],
    }
    return {
        name: record(
            title=f"Priced {name}", start=_day(40 + index), prices=prices, topics=["data", "ai"], acronym=f"PRX{index}"
        )
        for index, (name, prices) in enumerate(kinds.items())
    }


def _weekly(count: int = 28) -> dict[str, Record]:
    """A long series, so that listings have more than one page."""
    return {
        f"brown-bag-{number:02}": record(
            title="Brown bag on plain words",
            kind="community-call",
            start=_day(7 * number, "12:00"),
            end=_day(7 * number, "13:00"),
            timezone="America/New_York",
            topics=["plain-language"],
            organizer=["eighteen-f"],
            series="brown-bag",
        )
        for number in range(1, count + 1)
    }


def _everything_said() -> dict[str, Record]:
    """Records with much in them, as a good editor writes them."""
    return {
        "agenda": record(
            title="A day with an agenda",
            acronym="ADWA",
            kind="conference",
            format="hybrid",
            start="2027-04-20 09:00",
            end="2027-04-20 17:00",
            timezone="America/New_York",
            venue={
                "name": "GSA Headquarters",
                "room": "Auditorium",
                "street": "1800 F Street NW",
                "city": "Washington",
                "state": "DC",
                "postal_code": "20405",
                "latitude": "38.8977",
                "longitude": "-77.0426",
                "access": "Bring a REAL ID or PIV card.",
            },
            online={"platform": "Zoom", "url": "https://example.gov/join"},
            organizer=["gsa", "actiac"],
            topics=["data", "customer-experience"],
            audience=[*vocabulary.AUDIENCE],
            eligibility="government-only",
            prices=[{"for": "government", "amount": "0"}, {"for": "contractor", "amount": "1250"}],
            registration={"url": "https://example.gov/register", "closes": "2027-04-16", "state": "open"},
            deadlines=[{"date": "2027-03-31", "label": "Call for speakers closes", "url": "https://example.gov/call"}],
            credits=[{"type": "CPE", "amount": "6.5", "field": "Information technology", "level": "Basic"}],
            accessibility={
                "features": ["captions", "asl"],
                "contact": "access@example.gov",
                "request_by": "2027-04-06",
            },
            speakers=[{"name": "Ada Lovelace", "title": "Analyst", "organization": "Analytical Society"}],
            sessions=[
                {"start": "2027-04-20 09:00", "end": "2027-04-20 09:45", "title": "Opening", "speakers": ["Ada Lovelace"]},
                {"start": "2027-04-20 10:00", "title": "Work in groups", "room": "1461"},
            ],
            url="https://example.gov/agenda",
            description="See [the brown bag]({event}brown-bag-01) and [our office](mailto:office@example.gov).\n\n- one\n- two\n",
            checked="2027-03-01",
            source={"url": "https://example.gov/news", "title": "News", "publisher": "GSA", "published": "2027-01-04"},
        ),
        "on-demand-in-full": record(
            title="Watch it when it suits you",
            kind="webcast",
            format="on-demand",
            start=None,
            on_demand={
                "available_from": "2027-01-01",
                "available_until": "2027-12-31",
                "minutes": "45",
                "url": "https://example.gov/watch",
                "captions": "true",
            },
            commercial="true",
        ),
        "en-espanol": record(
            title="Lenguaje claro para el servicio público",
            language="es",
            summary="Una jornada sobre cómo escribir para que la ciudadanía entienda a la primera.",
            start="2027-05-11",
        ),
        "long-words": record(
            title="Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" + "x" * 40,
            summary="Pneumonoultramicroscopicsilicovolcanoconiosis" * 4 + ".",
            start="2027-05-12",
            status="tentative",
        ),
        "sold-out": record(
            title="Sold out already", start="2027-05-13", registration={"url": "https://example.com/r", "state": "sold-out"}
        ),
        "draft": record(title="Not for readers yet", start="2027-05-14", draft="true"),
    }  # fmt: skip


def _withdrawn() -> dict[str, Record]:
    """Records that were taken back: upcoming, past, without a day, and the only one of its topic in its state."""
    back = {"date": "2027-03-08", "reason": "Removed at the organizer's request."}
    secret = {"summary": "What nobody should read any more, as it was taken back.", "withdrawn": back}
    return {
        "withdrawn-ahead": record(
            title="Taken back before it was held",
            format="in-person",
            start=_day(20, "09:00"),
            end=_day(20, "16:00"),
            timezone="America/New_York",
            venue={"name": "The secret hall", "city": "Bangor", "state": "ME"},
            registration={"url": "https://example.gov/secret", "closes": _day(15)},
            credits=[{"type": "CPE", "amount": "3"}],
            changes=[{"date": "2027-02-02", "note": "The secret hall is another one now."}],
            **secret,
        ),
        "withdrawn-past": record(title="Taken back after it was held", start=_day(-20), **secret),
        "withdrawn-webcast": record(title="Taken back from the shelf", format="on-demand", start=None, **secret),
    }


def rich() -> dict[str, Record]:
    """A directory of some eighty records with every status, format, kind, way to say when and way to pay."""
    return {
        **_every_status(),
        **_every_time(),
        **_every_price(),
        **_weekly(),
        **_everything_said(),
        **_withdrawn(),
        **hostile(),
    }


# The same without files, for tests of one module.


def _entries(cls: type, registry: Mapping[str, Record]) -> dict[str, Any]:
    reading = Reading()
    found = {identity: read_entry(cls, tree, identity, reading) for identity, tree in registry.items()}
    assert not reading.findings, reading.findings
    return found


def event(identity: str = "some-event", **changes: Any) -> Event:
    """The event of a minimal record with some fields changed."""
    return _event(identity, record(**changes))


def _event(identity: str, tree: Record) -> Event:
    reading = Reading()
    found = read_event(tree, identity, f"events/2027/{identity}.yaml", reading)
    assert found is not None, reading.findings
    return found


def catalog(records: Mapping[str, Record], today: date = TODAY) -> Catalog:
    """The catalog of some records on a day."""
    events = tuple(_event(identity, tree) for identity, tree in sorted(records.items()))
    topics, organizers, series = _entries(Topic, TOPICS), _entries(Organizer, ORGANIZERS), _entries(Series, SERIES)
    return Catalog(Collection(events, topics, organizers, series, ()), today)


def settings(**changes: Any) -> Settings:
    """The settings of a site at https://events.example.gov/directory, with some changed."""
    pelican = {
        "PATH": "content",
        "THEME": "theme",
        "OUTPUT_PATH": "output",
        "SITEURL": "https://events.example.gov/directory",
        "SITENAME": "Events for Public Servants",
        "SITESUBTITLE": "What is on",
        "TIMEZONE": "America/New_York",
        "EVENT_AS_OF": TODAY.isoformat(),
    }
    return read_settings({**pelican, **changes})


def plan(records: Mapping[str, Record], today: date = TODAY, **changes: Any) -> Plan:
    """The plan of a site with these records, and with no theme."""
    chosen = settings(EVENT_AS_OF=today.isoformat(), **changes)
    return Plan(catalog(records, today), chosen, Assets({}, {}, "0 0 1 1", {}))
