"""The search data: compact columns that the browser loads when someone searches, and no server behind it.

One file for what is upcoming or ended within 30 days, one for what is on demand, one for each year of the archive.
A value that repeats (a topic, a city, an organizer) is a number that points into a dictionary. The script that reads
them is theme/scripts/search.js; `VERSION` changes with the shape.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from . import times, vocabulary, wording
from .catalog import Catalog, last_day
from .model import Event, names
from .times import day_of

VERSION = 1
RECENT = timedelta(days=30)


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
        for name in ("topics", "organizers", "states", "formats", "kinds", "audiences", "statuses", "costs", "places")
    }
    bodies = next(facet for facet in catalog.facets if facet.id == "organizers")
    table: dict[str, list[Any]] = {
        "id": [event.id for event in events],
        "title": [event.title for event in events],
        "acronym": [event.acronym or "" for event in events],
        "summary": [event.summary for event in events],
        "dates": [wording.dates(event) for event in events],
        "start": [day_of(event.start).isoformat() if event.start and not event.waits else "" for event in events],
        "end": [_last(event) for event in events],
        "until": [until(event) for event in events],
        "place": [codes["places"].of(wording.place(event)) for event in events],
        "topics": [codes["topics"].all_of(event.topics) for event in events],
        "organizers": [codes["organizers"].all_of(bodies.values(event)) for event in events],
        "state": [codes["states"].of(event.state.lower()) if event.state else -1 for event in events],
        "format": [codes["formats"].of(event.format) for event in events],
        "kind": [codes["kinds"].of(event.kind) for event in events],
        "audiences": [codes["audiences"].all_of(event.audience) for event in events],
        "status": [codes["statuses"].of(event.status) for event in events],
        "cost": [codes["costs"].of(wording.cost(event, catalog.today)) for event in events],
        "free": [{"": 0, "government": 1, "public": 2}[wording.free_for(event)] for event in events],
        "credits": [wording.credits_of(event) for event in events],
        "words": [" ".join(speaker.name for speaker in event.speakers) for event in events],
    }
    data = {
        "version": VERSION,
        "columns": table,
        "topics": _entries(codes["topics"], collection.topics),
        "organizers": _entries(codes["organizers"], collection.organizers),
        "states": [[state, vocabulary.STATE[state.upper()]] for state in codes["states"].values],
        "formats": [[value, vocabulary.FORMAT[value]] for value in codes["formats"].values],
        "kinds": [[value, vocabulary.KIND[value]] for value in codes["kinds"].values],
        "audiences": [[value, vocabulary.AUDIENCE[value]] for value in codes["audiences"].values],
        "statuses": [[value, vocabulary.STATUS[value]] for value in codes["statuses"].values],
        "costs": list(codes["costs"].values),
        "places": list(codes["places"].values),
    }
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def _entries(codes: _Codes, registry: Mapping[str, Any]) -> list[list[str]]:
    """Id, name and all other words of each entry of a registry that the events use."""
    return [[value, *names(registry[value])] for value in codes.values]


def _last(event: Event) -> str:
    last = last_day(event)
    return "" if last == date.max else last.isoformat()


def until(event: Event) -> int:
    """The instant at which it is over, in minutes since 1970 (UTC), for the reader's clock; 0 = never.

    A whole day ends with its last minute in its own zone; without a zone, in the westernmost of the United States, so
    that no reader sees a day end early.
    """
    last = event.last
    if last is None or event.waits:
        final = last_day(event)
        if final == date.max:
            return 0
        last = final
    if times.has_time(last):
        end = times.instant(last, event.timezone)
        if event.end is None:
            end += timedelta(hours=1)
    else:
        end = times.instant(day_of(last) + times.DAY, event.timezone or "Pacific/Honolulu")
    return int(end.timestamp()) // 60
