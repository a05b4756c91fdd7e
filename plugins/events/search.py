"""The search data: compact columns that the browser loads when someone searches, and no server behind it.

One file for what is upcoming or ended within 30 days, one for what is on demand, one for each year of the archive.
A value that repeats (a topic, a city, an organizer) is a number that points into a dictionary. The script that reads
them is theme/scripts/search.js; `VERSION` changes with the shape.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import chain
from typing import Any

from . import deadlines, facts, times, wording
from .catalog import Catalog
from .model import Event, Price, names
from .rows import NOT_STATED, last_day
from .times import day_of

VERSION = 3
RECENT = timedelta(days=30)
# "Up to …", in US dollars.
LIMITS = (50, 100, 250, 500, 1000)
# Who reads, in the order of the column `pays`, and whose price one pays: the first that is stated, as on the event's
# page (theme/scripts/lib/decide.js).
READERS: Mapping[str, Sequence[str]] = {
    "federal": ("federal", "government", "public"),
    "state-local": ("state-local", "government", "public"),
    "contractor": ("contractor", "public"),
    "public": ("public",),
}


def parts(catalog: Catalog) -> Mapping[str, Sequence[Event]]:
    """The events of each search file by its name ("upcoming", "on-demand", "2019"), in the order in which they are
    asked for."""
    oldest = (catalog.today - RECENT).toordinal()
    rows = catalog.rows
    recent = [event for event in catalog.all.past if rows[event.id].last >= oldest]
    found: dict[str, Sequence[Event]] = {"upcoming": (*catalog.all.upcoming, *recent)}
    if catalog.all.on_demand:
        found["on-demand"] = catalog.all.on_demand
    for year in catalog.years:
        found[year.value] = year.past
    return found


def index(catalog: Catalog) -> Mapping[str, bytes]:
    """The search files by name."""
    return {name: columns(catalog, events) for name, events in parts(catalog).items()}


class _Codes:
    """A dictionary that grows as values come: each has the number of its first appearance."""

    def __init__(self) -> None:
        self.values: dict[str, int] = {}

    def of(self, value: str) -> int:
        return self.values.setdefault(value, len(self.values))

    def column(self, values: Iterable[str | Sequence[str] | None]) -> list[int | list[int]]:
        """The numbers of a column's values: of one text each, of several, or -1 for none."""
        return [
            -1 if value is None else self.of(value) if isinstance(value, str) else [self.of(one) for one in value]
            for value in values
        ]


# The columns in the order of `facts_of`. Of those with a dictionary, each value is a number that points into it.
_COLUMNS = (
    "id", "title", "acronym", "summary", "dates", "start", "end", "first", "begins", "timed", "until", "place", "topics",
    "organizers", "state", "format", "kind", "audiences", "status", "cost", "free", "price", "pays", "credits", "earns",
    "eligibility", "features", "announced", "deadlines", "language", "words",
)  # fmt: skip
_DICTIONARIES = {
    "place": "places", "topics": "topics", "organizers": "organizers", "state": "states", "format": "formats",
    "kind": "kinds", "audiences": "audiences", "status": "statuses", "cost": "costs", "eligibility": "eligibilities",
    "features": "features", "language": "languages",
}  # fmt: skip


def facts_of(catalog: Catalog) -> Callable[[Event], tuple[Any, ...]]:
    """What the search says of an event, column by column, before repeated values become numbers."""
    bodies = next(facet for facet in catalog.facets if facet.id == "organizers")
    today, words = catalog.today, catalog.words
    nothing = [_number(None)] * len(READERS)

    def said(event: Event) -> tuple[Any, ...]:
        return (
            event.id,
            event.title,
            event.acronym or "",
            event.summary,
            words.dates(event),
            day_of(event.start).isoformat() if event.start and not event.waits else "",
            _last(event),
            _first(event),
            begins(event),
            int(event.start is not None and times.has_time(event.start)),
            until(event),
            words.place(event),
            event.topics,
            tuple(bodies.values(event)),
            event.state.lower() if event.state else None,
            event.format,
            event.kind,
            event.audience,
            event.status,
            words.cost(event, today),
            {"": 0, "government": 1, "public": 2}[wording.free_for(event)],
            _number(government_price(event, today)),
            [_number(reader_price(event, who, today)) for who in READERS] if event.prices else nothing,
            wording.credits_of(event),
            [[item.type, _number(Decimal(item.amount or 0))] for item in event.credits],
            event.eligibility or NOT_STATED,
            features(event),
            event.announced.isoformat(),
            sorted({item.day.isoformat() for item in deadlines.of(event)}),
            event.language,
            " ".join(speaker.name for speaker in event.speakers),
        )

    return said


def columns(catalog: Catalog, events: Sequence[Event], said: Callable[[Event], tuple[Any, ...]] | None = None) -> bytes:
    """Some events as columns, in their order; UTF-8 JSON, the same bytes for the same events and day.

    `said` gives what `facts_of` does, where that is known already.
    """
    collection = catalog.collection
    codes = {name: _Codes() for name in _DICTIONARIES.values()}
    found = [*map(said or facts_of(catalog), events)]
    table: dict[str, list[Any]] = {}
    for place, name in enumerate(_COLUMNS):
        values: list[Any] = [row[place] for row in found]
        if name in _DICTIONARIES:
            values = codes[_DICTIONARIES[name]].column(values)
        table[name] = values
    # Those that can still be met: the reader's day may be later than the build's.
    today = catalog.today.isoformat()
    table["deadlines"] = [[day for day in days if day >= today] for days in table["deadlines"]]
    data = {
        "version": VERSION,
        "columns": table,
        "topics": _entries(codes["topics"], collection.topics),
        "organizers": _entries(codes["organizers"], collection.organizers),
        "states": [[state, catalog.words.state[state.upper()]] for state in codes["states"].values],
        "formats": [[value, catalog.words.format[value]] for value in codes["formats"].values],
        "kinds": [[value, catalog.words.kind[value]] for value in codes["kinds"].values],
        "audiences": [[value, catalog.words.audience[value]] for value in codes["audiences"].values],
        "statuses": [[value, catalog.words.status[value]] for value in codes["statuses"].values],
        "eligibilities": list(codes["eligibilities"].values),
        "features": list(codes["features"].values),
        "costs": list(codes["costs"].values),
        "places": list(codes["places"].values),
        "languages": list(codes["languages"].values),
    }
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def _entries(codes: _Codes, registry: Mapping[str, Any]) -> list[list[str]]:
    """Id, name and all other words of each entry of a registry that the events use."""
    return [[value, *names(registry[value])] for value in codes.values]


def _last(event: Event) -> str:
    last = last_day(event)
    return "" if last == date.max else last.isoformat()


def _first(event: Event) -> str:
    """The first day of the period that "Fall 2027" speaks of; "" where there is a start, or no year."""
    found = times.period(event.when or "") if event.start is None or event.waits else None
    return found[0].isoformat() if found else ""


def features(event: Event) -> Sequence[str]:
    """What its organizer states of accessibility."""
    return event.accessibility.features if event.accessibility else ()


def government_price(event: Event, today: date) -> Decimal | None:
    """What a public servant pays on that day in US dollars; None where no such price is stated."""
    if not event.prices:
        return None
    if wording.free_for(event):
        return Decimal(0)
    return _dollars(wording.valid_on(wording.government_prices(event), today))


def reader_price(event: Event, reader: str, today: date) -> Decimal | None:
    """What one of `READERS` pays on that day in US dollars; None where it is not stated, or no longer on sale."""
    for group in READERS[reader]:
        if mine := [price for price in event.prices if price.for_ == group]:
            return _dollars([price for price in mine if price.until is None or price.until >= today])
    return None


def _dollars(prices: Sequence[Price]) -> Decimal | None:
    return min((Decimal(price.amount) for price in prices if price.currency == "USD"), default=None)


def _number(amount: Decimal | None) -> int | float:
    """As JSON has it; -1 = not stated."""
    if amount is None:
        return -1
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def begins(event: Event) -> int:
    """The instant at which it begins, in minutes since 1970 (UTC); 0 = no day is known, and no VEVENT exists."""
    return facts.beginning(event)


def until(event: Event) -> int:
    """The instant at which it is over, in minutes since 1970 (UTC), for the reader's clock; 0 = never.

    A time without an end lasts one hour; a whole day ends as `facts.end_of_day` says.
    """
    last = event.last
    if last is None or event.waits:
        final = last_day(event)
        if final == date.max:
            return 0
        last = final
    if not times.has_time(last):
        return facts.end_of_day(day_of(last), event.timezone)
    return facts.minute_of(last, event.timezone) + (60 if event.end is None else 0)


# What the page offers to choose from.


def groups(catalog: Catalog) -> list[Mapping[str, Any]]:
    """The filters of the search page: each with the values that any record has, and how many have it."""
    whole, words = catalog.all, catalog.words
    found: list[Mapping[str, Any]] = [
        _group(
            "when",
            words("Upcoming or past"),
            [
                ("upcoming", words("Upcoming"), len(whole.upcoming)),
                ("on-demand", words("On demand"), len(whole.on_demand)),
                ("past", words("Past"), len(whole.past)),
            ],
        )
    ]
    titles = {
        "topics": words("Topic"),
        "formats": words("Format"),
        "kinds": words("Kind of event"),
        "states": words("State or territory"),
        "organizers": words("Organizer"),
        "audiences": words("Audience"),
    }
    for facet, title in titles.items():
        listings = catalog.by_facet[facet]
        found.append(
            _group(group_of(facet), title, [(item.value, item.name, item.total) for item in listings if item.total])
        )
    eligibility = {**words.eligibility, NOT_STATED: words("Not stated")}
    earned = {value: f"{value}: {name.lower()}" for value, name in words.credit_names.items()}
    access = {**words.accessibility, NOT_STATED: words("Not stated")}
    chosen: list[tuple[str, str, Mapping[str, str]]] = [
        ("eligibility", words("Who may attend"), eligibility),
        ("credits", words("Credits"), earned),
        ("accessibility", words("Accessibility"), access),
    ]
    counts = Counter(chain.from_iterable([row.told for row in catalog.rows.values() if not row.withdrawn]))
    for identity, title, named in chosen:
        rows = [(value, name, counts[f"{identity}/{value}"]) for value, name in named.items()]
        found.append(_group(identity, title, [row for row in rows if row[2]]))
    return [group for group in found if group["values"]]


def group_of(facet: str) -> str:
    """The filter that a facet is on the search page: "topic" for "topics"."""
    return facet[:-1]


def _group(identity: str, name: str, values: Iterable[tuple[str, str, int]]) -> Mapping[str, Any]:
    rows = [{"id": value, "name": words, "count": count} for value, words, count in values]
    return {"id": identity, "name": name, "values": rows}
