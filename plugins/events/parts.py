"""What is made of an event once, and joined into many files: its card, its VEVENT, its row of the search data.

A part is a function of the record, the registries and the settings: neither of the other events nor, between two days
of `Row.turns`, of the day. So another process can make it, it can be kept from one build to the next (store.py), and an
event that nobody touched costs nothing in any of the files that it is in.
"""

from __future__ import annotations

import hashlib
import marshal
import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from .catalog import Catalog
from .joining import Former
from .model import Event
from .rows import Row

Maker = Callable[[Event], Any]
# What calendars ask for again and again, and how much of it is kept at hand: an entry takes 1 kB.
_OFTEN, _MOST = "entry", 10_000
# How many parts are read ahead.
_BATCH = 1000


DIGEST = 16
"""How many bytes a digest has."""


def digest(*values: Any) -> bytes:
    """A few bytes that stand for some plain values (text, numbers, bytes, and lists, tuples and mappings of them)."""
    # Version 2 of the format writes equal values alike; later ones also tell which of them are one object.
    return hashlib.blake2b(marshal.dumps(values, 2), digest_size=DIGEST).digest()


def key(record: bytes, row: Row, today: int) -> bytes:
    """What stands for all that an event's parts are made of: the digest of its record, and which of the days are behind
    `today` (as `date.toordinal` counts) on which its words change."""
    return digest(record, bisect_right(row.turns, today)) if row.turns else record


def packed(value: Any, owner: bytes) -> bytes:
    """A plain value as bytes, behind a sum of it and of whose it is.

    What keeps them may not tell turned bits, and marshal may read them as another value. Another build that saves
    meanwhile gives a row the part of another version of its event.
    """
    data = marshal.dumps(value)
    return zlib.crc32(data, zlib.crc32(owner)).to_bytes(4, "big") + data


def unpacked(kept: bytes, owner: bytes) -> Any:
    """What `packed` was given; raises `ValueError` where that is not sure."""
    data = memoryview(kept)[4:]
    if zlib.crc32(data, zlib.crc32(owner)).to_bytes(4, "big") != kept[:4]:
        msg = "it was changed by somebody else"
        raise ValueError(msg)
    return marshal.loads(data)


class Keeper(Protocol):
    """Who keeps things, for this build and from one to the next (store.py); None is what it has not, or not any more."""

    def part(self, event: str, key: bytes, name: str) -> Any:
        """A part of the event with that key."""

    def each(self, name: str, keys: Mapping[str, bytes]) -> dict[str, Any]:
        """A part that every build asks of every event, of those that have these keys still."""

    def take(self, event: str, key: bytes, parts: Mapping[str, bytes]) -> None:
        """Take parts of the event with that key, as `packed` makes them for it."""

    def expect(self, name: str, events: Iterable[str]) -> None:
        """Somebody is about to ask for that part of these events."""

    def name(self, what: str, stamp: bytes) -> str | None:
        """The address that a file of that stamp was given."""

    def keep_name(self, what: str, stamp: bytes, path: str) -> None:
        """Keep that address."""

    def former(self, path: str, keys: Mapping[str, bytes]) -> Former | None:
        """The last build's file of that address, with the pieces of the events that have these keys still; None where that
        file is not known, or not as it was."""

    def keep_spans(self, path: str, spans: Mapping[str, tuple[int, int]]) -> None:
        """Keep where each event's piece begins in a file, and how long it is."""


@dataclass
class Parts:
    """The parts of a catalog's events, each made when it is first asked for, unless the keeper has it; `makers` says how,
    by their names, and `drawn` those that are made of another part, which it names. `seldom` has those that are asked for of
    few events, and says by an event's row whether of that."""

    catalog: Catalog
    makers: Mapping[str, Maker]
    drawn: Mapping[str, tuple[str, Callable[[Any], Any]]] = field(default_factory=dict)
    seldom: Mapping[str, Callable[[Row], bool]] = field(default_factory=dict)
    keeper: Keeper | None = None
    _made: dict[tuple[str, str], Any] = field(default_factory=dict)

    @cached_property
    def keys(self) -> Mapping[str, bytes]:
        """For every event what stands for all that its parts are made of."""
        today, rows = self.catalog.today.toordinal(), self.catalog.rows
        digests = self.catalog.collection.digests
        events = (*self.catalog.events, *self.catalog.withdrawn)
        return {event.id: key(digests.get(event.id) or digest(repr(event)), rows[event.id], today) for event in events}

    def key(self, event: Event) -> bytes:
        """What stands for all that an event's parts are made of."""
        return self.keys[event.id]

    def some(self, name: str, events: Iterable[Event]) -> list[Any]:
        """That part of each of some events."""
        asked = [*events]
        self._expect(name, asked)
        return [self.get(name, event) for event in asked]

    @cached_property
    def sizes(self) -> Mapping[str, tuple[int, str]]:
        """How large the VEVENT of every event is, and which zone it needs: every build asks that of most events, often."""
        found = self.keeper.each("size", self.keys) if self.keeper else {}
        for event in (*self.catalog.events, *self.catalog.withdrawn):
            if event.id not in found:
                found[event.id] = self.get("size", event)
        return found

    def in_turn(self, name: str, events: Sequence[Event]) -> Maker:
        """What gives that part of each of some events, which are asked for in that order: it reads some of them ahead."""
        batches = (events[start : start + _BATCH] for start in range(0, len(events), _BATCH))
        ahead: set[str] = set()

        def give(event: Event) -> Any:
            nonlocal ahead
            while event.id not in ahead and (batch := next(batches, ())):
                ahead = {one.id for one in batch}
                self._expect(name, batch)
            return self.get(name, event)

        return give

    def _expect(self, name: str, events: Iterable[Event]) -> None:
        if self.keeper:
            self.keeper.expect(name, [event.id for event in events if (event.id, name) not in self._made])

    def get(self, name: str, event: Event) -> Any:
        """The part of that name; perhaps the same object to all who ask, so that nobody may change it."""
        place = (event.id, name)
        if place in self._made:
            return self._made[place]
        key = self.keys[event.id]
        found = self.keeper.part(event.id, key, name) if self.keeper else None
        if found is None:
            if name in self.drawn:
                other, draw = self.drawn[name]
                found = draw(self.get(other, event))
            else:
                found = self.makers[name](event)
            if self.keeper:
                self.keeper.take(event.id, key, {name: packed(found, key)})
        if name == _OFTEN or not self.keeper:
            if len(self._made) >= _MOST and self.keeper:
                self._made.clear()
            self._made[place] = found
        return found

    def all(self, event: Event, row: Row) -> dict[str, Any]:
        """Every part of an event that somebody will ask for, made anew; the catalog need not know the event."""
        made = {
            name: make(event) for name, make in self.makers.items() if name not in self.seldom or self.seldom[name](row)
        }
        return made | {name: draw(made[other]) for name, (other, draw) in self.drawn.items() if other in made}
