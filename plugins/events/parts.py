"""What is made of an event once, and joined into many files: its card, its VEVENT, its row of the search data.

A part is a function of the record, the registries and the settings: neither of the other events nor, between two days
of `Row.turns`, of the day. So it can be kept from one build to the next (store.py), and an event that nobody touched
costs nothing in any of the files that it is in.
"""

from __future__ import annotations

import hashlib
import marshal
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, Protocol

from .catalog import Catalog
from .model import Event

Maker = Callable[[Event], Any]


def digest(*values: Any) -> bytes:
    """16 bytes that stand for some plain values (text, numbers, bytes, and lists, tuples and mappings of them)."""
    # Version 2 of the format writes equal values alike; later ones also tell which of them are one object.
    return hashlib.blake2b(marshal.dumps(values, 2), digest_size=16).digest()


class Keeper(Protocol):
    """Who keeps things from one build to the next (store.py); None is what it has not, or not any more."""

    def part(self, event: str, key: bytes, name: str) -> Any:
        """A part of the event with that key."""

    def has(self, event: str, key: bytes) -> bool:
        """Whether parts of the event with that key are kept."""

    def expect(self, name: str, events: Iterable[str] | None = None) -> None:
        """Somebody is about to ask for that part of these events, or of all."""

    def name(self, what: str, stamp: bytes) -> str | None:
        """The address that a file of that stamp was given."""

    def keep_name(self, what: str, stamp: bytes, path: str) -> None:
        """Keep that address."""

    def former(self, path: str) -> Callable[[str, bytes], bytes | None] | None:
        """What gives the piece that an event with a key had in the last build's file of that address; None where that file
        is not known, or not as it was."""

    def keep_spans(self, path: str, spans: Mapping[str, tuple[int, int]]) -> None:
        """Keep where each event's piece begins in a file, and how long it is."""


@dataclass
class Parts:
    """The parts of a catalog's events, each made when it is first asked for; `makers` says how, by their names."""

    catalog: Catalog
    makers: Mapping[str, Maker]
    keeper: Keeper | None = None
    made: dict[tuple[str, str], Any] = field(default_factory=dict)
    # The parts that this build made itself, for who keeps them.
    fresh: list[tuple[str, str]] = field(default_factory=list)

    @cached_property
    def keys(self) -> Mapping[str, bytes]:
        """For every event what stands for all that its parts are made of."""
        today = self.catalog.today.toordinal()
        events = (*self.catalog.events, *self.catalog.withdrawn)
        there = {event.id for event in events}
        digests = self.catalog.collection.digests
        keys: dict[str, bytes] = {}
        for event in events:
            row = self.catalog.row(event)
            key = digests.get(event.id) or digest(repr(event))
            if row.turns or row.links:
                links = [identity for identity in row.links if identity in there]
                key = digest(key, bisect_right(row.turns, today), links)
            keys[event.id] = key
        return keys

    def key(self, event: Event) -> bytes:
        """What stands for all that an event's parts are made of."""
        return self.keys[event.id]

    @property
    def unkept(self) -> Sequence[Event]:
        """The events of which nobody kept any part."""
        events = (*self.catalog.events, *self.catalog.withdrawn)
        return [event for event in events if not (self.keeper and self.keeper.has(event.id, self.keys[event.id]))]

    def all(self, name: str) -> Maker:
        """What gives that part of each event to somebody who asks for all of them."""
        if self.keeper:
            self.keeper.expect(name)
        return partial(self.get, name)

    def some(self, name: str, events: Iterable[Event]) -> list[Any]:
        """That part of each of some events."""
        asked = [*events]
        if self.keeper:
            self.keeper.expect(name, [event.id for event in asked if (event.id, name) not in self.made])
        return [self.get(name, event) for event in asked]

    def get(self, name: str, event: Event) -> Any:
        """The part of that name; the same object to all who ask, so that nobody may change it."""
        place = (event.id, name)
        if place not in self.made:
            kept = self.keeper.part(event.id, self.keys[event.id], name) if self.keeper else None
            if kept is None:
                kept = self.makers[name](event)
                self.fresh.append(place)
            self.made[place] = kept
        return self.made[place]

    def take(self, event: Event, parts: Sequence[Any]) -> None:
        """Take all parts of an event from another process that made them, in the order of `makers`."""
        places = [(event.id, name) for name in self.makers]
        self.made.update(zip(places, parts, strict=True))
        self.fresh += places
