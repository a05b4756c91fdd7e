"""The records as data: JSON of every event, of all of them together, and the JSON Schemas of both.

A record keeps its own field names, and texts stay texts: a wall time is what the editor wrote, a price keeps its
zeros. Beside them stand what a program would have to work out: addresses, names of ids, and instants in UTC. Nothing in
these files depends on the day of the build, so that they change when a record does, and at no other time.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from json.encoder import encode_basestring
from typing import Any

from . import times
from .calendars import Directory
from .catalog import Catalog
from .fields import Amount, Group, Many, Number, Text, Type, specs
from .joining import Piece, Pieces
from .model import REGISTRIES, Event, Withdrawn
from .settings import Settings
from .times import Moment

VERSION = 1
"""Grows when a field goes or gets another meaning; a field that comes leaves it alone (docs/data.md)."""
LICENSE = "https://creativecommons.org/publicdomain/zero/1.0/"
EVENT_SCHEMA, EVENTS_SCHEMA = "schema/event-data.json", "schema/events-data.json"

# Of a record, what no reader of data needs: a draft is not there at all.
_HIDDEN = {"draft"}
_encode = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True)
class Data:
    """The records of a catalog as JSON; `href` gives the address of an event's file below the root, by its suffix."""

    catalog: Catalog
    settings: Settings
    directory: Directory
    href: Callable[[Event, str], str]

    def absolute(self, href: str) -> str:
        """An address with the host before it."""
        return f"{self.settings.site_url}/{href}"

    def body(self, event: Event) -> str:
        """The members of an event's object, one a line, without its braces: a part, joined wherever it is needed."""
        return _lines([*_members(self._about(event)), *(_tombstone(event) if event.withdrawn else self._record(event))])

    def _about(self, event: Event) -> Mapping[str, Any]:
        about: dict[str, Any] = {"id": event.id, "page": self.absolute(self.href(event, ".html"))}
        if event.dated:
            about["calendar"] = self.absolute(self.href(event, ".ics"))
            about["uid"] = f"{event.id}@{self.directory.uid_domain}"
        return about | {"updated": event.changed.isoformat(), "sequence": event.sequence}

    def _record(self, event: Event) -> list[str]:
        named = {
            "topics": {topic: self.directory.topics[topic].name for topic in event.topics},
            "organizer": {body: self.directory.organizers[body].name for body in event.organizer},
            "series": {event.series: self.directory.series[event.series].name} if event.series else {},
        }
        beside: dict[str, Any] = {"names": {field: names for field, names in named.items() if names}}
        if told := instants(event):
            beside["instants"] = told
        return [*_given(event), *_members(beside)]

    def event(self, body: bytes) -> bytes:
        """`/events/<id>.json`; of a withdrawn record its tombstone."""
        head = {"version": VERSION, "schema": self.absolute(EVENT_SCHEMA)}
        return f"{{\n{_lines(_members(head))},\n".encode() + body + b"\n}\n"

    def everything(self, bodies: Pieces) -> Iterator[Piece]:
        """`/events.json` in pieces: the registries, all events, past ones too, by id, and what was withdrawn."""
        collection, settings = self.catalog.collection, self.settings
        head: dict[str, Any] = {
            "version": VERSION,
            "schema": self.absolute(EVENTS_SCHEMA),
            "title": settings.site_name,
            "home": f"{settings.site_url}/",
            "license": LICENSE,
        }
        if (last := updated(self.catalog)) is not None:
            head["updated"] = last.isoformat()
        head["total"] = len(collection.published)
        for name in REGISTRIES:
            entries = getattr(collection, name)
            head[name] = {identity: entries[identity] for identity in sorted(entries)}
        yield b"{\n" + _lines(_members(head)).encode()
        for name, events in (("events", collection.published), ("withdrawn", collection.withdrawn)):
            yield f',\n"{name}": ['.encode()
            if events:
                yield b"\n{\n"
                yield from bodies(events, b"\n},\n{\n")
                yield b"\n}"
            yield b"\n]"
        yield b"\n}\n"


def updated(catalog: Catalog) -> date | None:
    """The day of the last change to any record; None where there is none."""
    last = max((row.changed for row in catalog.rows.values()), default=None)
    return date.fromordinal(last) if last else None


def _lines(members: Iterable[str]) -> str:
    """Members of an object, each on a line of its own: small, and a changed field is a changed line.

    No "<" is left, so that the text is inert wherever somebody pastes it into a page.
    """
    return ",\n".join(members).replace("<", "\\u003c")


# From values to JSON, as `json` writes it with `ensure_ascii=False`. Its encoder knows no records: made into mappings for
# it first, an event took half as long again.


def text(value: Any) -> str:
    """A value of a record, a record, or a list or mapping of them as JSON (RFC 8259) on one line."""
    return _WRITERS.get(value.__class__, _part)(value)


def _part(record: Any) -> str:
    return f"{{{', '.join(_given(record))}}}"


def _list(values: Sequence[Any]) -> str:
    return f"[{', '.join([text(value) for value in values])}]"


def _moment(moment: Moment) -> str:
    return f'"{written(moment)}"'


# The encoder is asked only for what is rare: beginning takes it longer than these texts do.
_WRITERS: Mapping[type, Callable[[Any], str]] = {
    str: encode_basestring,
    bool: lambda value: "true" if value else "false",
    int: str,
    float: _encode,
    type(None): _encode,
    date: _moment,
    datetime: _moment,
    tuple: _list,
    list: _list,
    dict: lambda values: f"{{{', '.join(_members(values))}}}",
}


def _members(values: Mapping[str, Any]) -> list[str]:
    return [f"{encode_basestring(name)}: {text(value)}" for name, value in values.items()]


def _given(record: Any) -> list[str]:
    """The members of a record, or of a part of one, under its field names; what is not given is left out, a default is
    given."""
    found = []
    for start, attribute in _starts(record.__class__):
        value = getattr(record, attribute)
        if value is not None and value != ():
            found.append(start + text(value))
    return found


@cache
def _starts(cls: type) -> Sequence[tuple[str, str]]:
    """How each member of a record begins, with the attribute that holds it."""
    return [(f'"{name}": ', attribute) for name, attribute in _shown(cls)]


def _shown(cls: type) -> Sequence[tuple[str, str]]:
    """The fields of a record's dataclass, each with the attribute that holds it."""
    known = specs(cls)
    names = [(item.name.rstrip("_"), item.name) for item in dataclasses.fields(cls)]
    return [(name, attribute) for name, attribute in names if name in known and name not in _HIDDEN]


# What a record's own words leave to be worked out


def written(moment: Moment) -> str:
    """A day, or a day and a wall time, as records write them."""
    if isinstance(moment, datetime):
        return moment.isoformat(sep=" ", timespec="minutes")
    return moment.isoformat()


def instant(moment: Moment | None, zone: str | None) -> str | None:
    """A wall time as an instant (RFC 3339, UTC); None for a day, which is none."""
    if not isinstance(moment, datetime) or zone is None:
        return None
    # The zone itself is asked (`tzinfo.utcoffset`): an aware time takes ten times as long to make, 6 µs an event.
    away = times.zone(zone).utcoffset(moment)
    assert away is not None
    return f"{(moment - away).isoformat()}Z"


def instants(event: Event) -> dict[str, Any]:
    """Every wall time of a record as an instant, under the names and in the order of its own; null for a day."""
    zone = event.timezone
    if zone is None:
        return {}
    found: dict[str, Any] = _instants(zone, start=event.start, end=event.end)
    found["previous_start"] = [instant(moment, zone) for moment in event.previous_start]
    if registration := event.registration:
        found["registration"] = _instants(zone, opens=registration.opens, closes=registration.closes)
    found["sessions"] = [_instants(zone, start=item.start, end=item.end) for item in event.sessions]
    return {name: value for name, value in found.items() if value and value != [None] * len(value)}


def _instants(zone: str, **moments: Moment | None) -> dict[str, str]:
    return {name: told for name, moment in moments.items() if (told := instant(moment, zone)) is not None}


def _tombstone(event: Event) -> list[str]:
    """What is left of a withdrawn record: its title, when it went, and why."""
    return _members({"title": event.title, "withdrawn": event.withdrawn})


# The schemas, from the model


def schema() -> str:
    """`/schema/event-data.json`: the JSON Schema (draft-07) of one event's data, or of a tombstone."""
    head = {"$schema": "http://json-schema.org/draft-07/schema#", "title": "Data of an event"}
    return json.dumps({**head, "anyOf": [_event_schema(), _tombstone_schema()]}, ensure_ascii=False, indent=1) + "\n"


def list_schema() -> str:
    """`/schema/events-data.json`: that of `/events.json`."""
    registries = {
        name: {"type": "object", "description": f"content/{name}.yaml, by id.", "additionalProperties": _object(cls)}
        for name, cls in REGISTRIES.items()
    }
    properties = {
        "version": {"const": VERSION},
        "schema": _uri("This schema."),
        "title": {"type": "string", "description": "The directory's name."},
        "home": _uri("Its home page."),
        "license": {"const": LICENSE, "description": "CC0 1.0: the records may be used freely."},
        "updated": _day("The last change to any record; missing where there is none."),
        "total": {"type": "integer", "minimum": 0, "description": "How many events follow."},
        **registries,
        "events": {"type": "array", "items": _event_schema()},
        "withdrawn": {"type": "array", "items": _tombstone_schema()},
    }
    found = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "All events of the directory",
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "required": [name for name in properties if name != "updated"],
    }
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def _uri(words: str) -> dict[str, Any]:
    return {"type": "string", "format": "uri", "description": words}


def _day(words: str) -> dict[str, Any]:
    return {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$", "description": words}


_ABOUT: Mapping[str, Any] = {
    "version": {"const": VERSION},
    "schema": _uri("The schema of the file; not within /events.json."),
    "id": {"type": "string", "description": "The event's id, for ever."},
    "page": _uri("Its page."),
    "calendar": _uri("Its calendar file; only of an event with a day."),
    "uid": {"type": "string", "description": "Its UID in every calendar."},
    "updated": _day("The day of its last change."),
    "sequence": {"type": "integer", "minimum": 0, "description": "How often it was changed (RFC 5545, 3.8.7.4)."},
}


def _event_schema() -> dict[str, Any]:
    record = _object(Event, without=["withdrawn"])
    moment: dict[str, Any] = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:00Z$"}
    span = {"type": "object", "additionalProperties": moment}
    names = {"type": "object", "additionalProperties": {"type": "string"}}
    properties = {
        **_ABOUT,
        **record["properties"],
        "names": {
            "type": "object",
            "description": "The names of the ids.",
            "additionalProperties": False,
            "properties": {"topics": names, "organizer": names, "series": names},
            "required": ["topics"],
        },
        "instants": {
            "type": "object",
            "description": "Wall times as instants, in UTC; null where the record has a day.",
            "additionalProperties": False,
            "properties": {
                "start": moment,
                "end": moment,
                "previous_start": {"type": "array", "items": {"anyOf": [moment, {"type": "null"}]}},
                "registration": span,
                "sessions": {"type": "array", "items": span},
            },
        },
    }
    required = ["id", "page", "updated", "sequence", "names", *record["required"]]
    return {"type": "object", "additionalProperties": False, "properties": properties, "required": required}


def _tombstone_schema() -> dict[str, Any]:
    title = _object(Event)["properties"]["title"]
    return {
        "type": "object",
        "description": "What is left of a record that was withdrawn.",
        "additionalProperties": False,
        "properties": {**_ABOUT, "title": title, "withdrawn": _object(Withdrawn)},
        "required": ["id", "page", "updated", "sequence", "title", "withdrawn"],
    }


def _object(cls: type, without: Sequence[str] = ()) -> dict[str, Any]:
    known = specs(cls)
    shown = [(name, attribute) for name, attribute in _shown(cls) if name not in without]
    defaults = {item.name: item.default for item in dataclasses.fields(cls)}
    given = [name for name, attribute in shown if known[name].required or defaults[attribute] not in (None, ())]
    properties = {name: {"description": known[name].doc, **_type(known[name].type)} for name, _ in shown}
    return {"type": "object", "additionalProperties": False, "properties": properties, "required": given}


def _type(kind: Type) -> dict[str, Any]:
    """A field's rule for what is written; an editor may write more loosely (`fields`)."""
    schema = kind.schema()
    match kind:
        case Group(cls=cls):
            schema = _object(cls)
        case Many(of=inner):
            schema = {"type": "array", "items": _type(inner), "minItems": 1, "uniqueItems": kind.unique}
        case Number(low=low, high=high, whole=whole):
            schema = {"type": "integer" if whole else "number", "minimum": low, "maximum": high}
        case Text(low=low, high=high):
            schema = {"type": "string", "minLength": low, "maxLength": high}
        case Amount():
            schema |= {"type": "string"}
    return schema
