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
from typing import Any

from . import deadlines, facts, times, wording
from .catalog import Catalog, last_day
from .model import Event, Price, names
from .times import day_of

VERSION = 3
RECENT = timedelta(days=30)
NOT_STATED = "not-stated"
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


def index(catalog: Catalog) -> Mapping[str, bytes]:
    """The search files by name ("upcoming", "on-demand", "2019"), in the order in which they are asked for."""
    found: dict[str, bytes] = {}
    recent = [event for event in catalog.all.past if last_day(event) >= catalog.today - RECENT]
    found["upcoming"] = columns(catalog, (*catalog.all.upcoming, *recent))
    if catalog.all.on_demand:
        found["on-demand"] = columns(catalog, catalog.all.on_demand)
    for year in catalog.years:
        found[year.value] = columns(catalog, year.past)
    return found


class _Codes:
    """A dictionary that grows as values come: each has the number of its first appearance."""

    def __init__(self) -> None:
        self.values: dict[str, int] = {}

    def of(self, value: str) -> int:
        return self.values.setdefault(value, len(self.values))

    def all_of(self, values: Iterable[str]) -> list[int]:
        return [self.of(value) for value in values]


def columns(catalog: Catalog, events: Sequence[Event]) -> bytes:
    """Some events as columns, in their order; UTF-8 JSON, the same bytes for the same events and day."""
    collection = catalog.collection
    codes = {
        name: _Codes()
        for name in (
            "topics", "organizers", "states", "formats", "kinds", "audiences", "eligibilities", "features", "statuses",
            "costs", "places", "languages",
        )
    }  # fmt: skip
    bodies = next(facet for facet in catalog.facets if facet.id == "organizers")
    table: dict[str, list[Any]] = {
        "id": [event.id for event in events],
        "title": [event.title for event in events],
        "acronym": [event.acronym or "" for event in events],
        "summary": [event.summary for event in events],
        "dates": [catalog.words.dates(event) for event in events],
        "start": [day_of(event.start).isoformat() if event.start and not event.waits else "" for event in events],
        "end": [_last(event) for event in events],
        "first": [_first(event) for event in events],
        "begins": [begins(event) for event in events],
        "timed": [int(event.start is not None and times.has_time(event.start)) for event in events],
        "until": [until(event) for event in events],
        "place": [codes["places"].of(catalog.words.place(event)) for event in events],
        "topics": [codes["topics"].all_of(event.topics) for event in events],
        "organizers": [codes["organizers"].all_of(bodies.values(event)) for event in events],
        "state": [codes["states"].of(event.state.lower()) if event.state else -1 for event in events],
        "format": [codes["formats"].of(event.format) for event in events],
        "kind": [codes["kinds"].of(event.kind) for event in events],
        "audiences": [codes["audiences"].all_of(event.audience) for event in events],
        "status": [codes["statuses"].of(event.status) for event in events],
        "cost": [codes["costs"].of(catalog.words.cost(event, catalog.today)) for event in events],
        "free": [{"": 0, "government": 1, "public": 2}[wording.free_for(event)] for event in events],
        "price": [_number(government_price(event, catalog.today)) for event in events],
        "pays": [[_number(reader_price(event, who, catalog.today)) for who in READERS] for event in events],
        "credits": [wording.credits_of(event) for event in events],
        "earns": [[[item.type, _number(Decimal(item.amount or 0))] for item in event.credits] for event in events],
        "eligibility": [codes["eligibilities"].of(event.eligibility or NOT_STATED) for event in events],
        "features": [codes["features"].all_of(features(event)) for event in events],
        "announced": [event.announced.isoformat() for event in events],
        "deadlines": [_ahead(event, catalog.today) for event in events],
        "language": [codes["languages"].of(event.language) for event in events],
        "words": [" ".join(speaker.name for speaker in event.speakers) for event in events],
    }
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


def _ahead(event: Event, today: date) -> list[str]:
    """The days of its deadlines that can still be met, the next first: the reader's day may be later than the build's."""
    return sorted({item.day.isoformat() for item in deadlines.of(event) if item.day >= today})


def features(event: Event) -> Sequence[str]:
    """What its organizer states of accessibility."""
    return event.accessibility.features if event.accessibility else ()


def government_price(event: Event, today: date) -> Decimal | None:
    """What a public servant pays on that day in US dollars; None where no such price is stated."""
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
    return int(times.instant(event.start, event.timezone).timestamp()) // 60 if event.start else 0


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
    end = times.instant(last, event.timezone)
    if event.end is None:
        end += timedelta(hours=1)
    return int(end.timestamp()) // 60


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
            _group(facet[:-1], title, [(item.value, item.name, item.total) for item in listings if item.total])
        )
    eligibility = {**words.eligibility, NOT_STATED: words("Not stated")}
    chosen: list[tuple[str, str, Mapping[str, str], Callable[[Event], Sequence[str]]]] = [
        ("eligibility", words("Who may attend"), eligibility, lambda event: (event.eligibility or NOT_STATED,)),
        (
            "credits",
            words("Credits"),
            {value: f"{value}: {name.lower()}" for value, name in words.credit_names.items()},
            lambda event: tuple({item.type for item in event.credits}),
        ),
        (
            "accessibility",
            words("Accessibility"),
            {**words.accessibility, NOT_STATED: words("Not stated")},
            lambda event: features(event) or (NOT_STATED,),
        ),
    ]
    for identity, title, named, values in chosen:
        counts = Counter(value for event in catalog.events for value in values(event))
        found.append(
            _group(identity, title, [(value, name, counts[value]) for value, name in named.items() if counts[value]])
        )
    return [group for group in found if group["values"]]


def _group(identity: str, name: str, values: Iterable[tuple[str, str, int]]) -> Mapping[str, Any]:
    rows = [{"id": value, "name": words, "count": count} for value, words, count in values]
    return {"id": identity, "name": name, "values": rows}
