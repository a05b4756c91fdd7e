"""What is kept from one build to the next, so that the next makes only what changed.

Best effort: a store that was made by another Python, another version of anything, other settings, registries or
templates (its `base`), or that cannot be read, is empty, and everything is made anew. It is a file that is replaced in one
step after the site was published, and the parts of the events beside it (shelf.py): a build that is killed, wherever,
leaves the store of the one before it, or none; neither says anything false. A file is what it was if the file system says
so: size, inode, and the times of its last change, of which the last (`st_ctime`) cannot be set back.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from io import BufferedReader
from itertools import count, islice
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from .collection import Known, Stat, file_stat
from .joining import Former
from .parts import digest, packed, unpacked
from .problems import Problem
from .shelf import Shelf
from .twins import Twin

# Small parts, of which every build asks for those of many events.
_EACH_BUILD = frozenset({"size", "due_sizes"})
# What every build needs, and what one needs in which anything changed, in the order in which it is read.
_SEAL = ("seal", "states", "files")
_REST = ("records", "twins", "made", "names", "numbers", "always", "spans", "gaps", "written")
_UNREADABLE = (OSError, ValueError, EOFError, TypeError, KeyError)
# The shape of the file; a store of another one is empty.
VERSION = 9
# How many records are written at once.
_PIECE = 400
# How many bytes say how long that is which says where everything is.
_LAST = 8

Value = TypeVar("Value")
Gap = tuple[bytes, int, int]
"""Where a page tells of other events: what stands for all the rest of it, where that begins, and how long it is."""


class Seal(NamedTuple):
    """What a whole build leaves: where nothing that it names is broken, the next one would make the same site.

    `around` stands for all that the site is made of beside its records, their registries and the settings; `states` are
    those of the records' files and `files` those of the site's, as the file system knows them; `problems` was told of the
    records, of which the site shows so many `events`.
    """

    around: bytes
    events: int
    problems: tuple[Problem, ...]
    states: Mapping[str, Stat | None]
    files: Mapping[str, Stat]


class Found(NamedTuple):
    """What a build found and made: records by path and twins by id; by their addresses what the site's files were made of,
    and what the file system says of them, and the gaps of events' pages; the keys of the events' parts; `around`, `events`
    and `problems` as in its seal; what the icalendar library has `written`.
    """

    records: Mapping[str, Known]
    twins: Mapping[str, Twin]
    made: Mapping[str, bytes]
    files: Mapping[str, Stat]
    gaps: Mapping[str, Gap]
    keys: Mapping[str, bytes]
    around: bytes
    events: int
    problems: tuple[Problem, ...]
    written: Mapping[str, bytes]


@dataclass(slots=True)
class _Kept:
    """What a store holds beside its seal; `numbers` say under which number and key the parts of an event are."""

    records: dict[str, Known] = field(default_factory=dict)
    # Under which name each is kept, with others.
    pieces: dict[str, list[str]] = field(default_factory=dict)
    twins: dict[str, Twin] = field(default_factory=dict)
    made: dict[str, bytes] = field(default_factory=dict)
    names: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    numbers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    always: dict[str, dict[str, Any]] = field(default_factory=lambda: {name: {} for name in _EACH_BUILD})
    # Where the pieces of events are in files that join them.
    spans: dict[str, Mapping[str, tuple[int, int]]] = field(default_factory=dict)
    gaps: dict[str, Gap] = field(default_factory=dict)
    written: dict[str, bytes] = field(default_factory=dict)


class _Raw(NamedTuple):
    """A value as it stood in a file under the same name."""

    data: bytes


class _File:
    """A file of named values, of which one reads those that one needs. It stays what it was when it was opened, whoever
    replaces it meanwhile. At its end it says where everything is, and in its last bytes how long that is."""

    def __init__(self, path: Path) -> None:
        self._file: BufferedReader = path.open("rb")
        self._ahead: dict[str, Any] = {}
        try:
            end = self._file.seek(-_LAST, os.SEEK_END)
            size = int.from_bytes(self._file.read(_LAST), "big")
            # What stands there where somebody turned bits may be more than there is.
            self._file.seek(max(0, end - size))
            self._places: dict[str, tuple[int, int]] = unpacked(self._file.read(min(size, end)), b"places")
        except BaseException:
            self._file.close()
            raise

    def read(self, name: str) -> Any:
        """A value; raises what `_UNREADABLE` lists."""
        return self._ahead[name] if name in self._ahead else unpacked(self.raw(name), name.encode())

    def read_ahead(self) -> None:
        """Read all of it."""
        self._ahead = {name: self.read(name) for name in self._places}

    def is_at(self, path: Path) -> bool:
        """Whether it is what is there."""
        try:
            return os.path.samestat(os.fstat(self._file.fileno()), path.stat())
        except OSError:
            return False

    def raw(self, name: str) -> bytes:
        """A value as it stands in the file."""
        start, size = self._places[name]
        self._file.seek(start)
        return self._file.read(size)

    def close(self) -> None:
        self._file.close()

    @staticmethod
    def write(path: Path, values: Iterable[tuple[str, Any]]) -> None:
        """Write a file of these values in the place of the old one; raises `OSError`."""
        places: dict[str, tuple[int, int]] = {}
        aside = path.with_name(f"{path.stem}.{os.getpid()}.store.new")
        try:
            with aside.open("wb") as file:
                # One after the other: of a large directory, all of them at once are as much as memory holds otherwise.
                for name, value in values:
                    data = value.data if isinstance(value, _Raw) else packed(value, name.encode())
                    places[name] = (file.tell(), file.write(data))
                tail = packed(places, b"places")
                file.write(tail + len(tail).to_bytes(_LAST, "big"))
            aside.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                aside.unlink()
            raise


# By their paths; a build takes its own.
_files_ahead: dict[Path, _File] = {}


def read_ahead(folder: Path, place: bytes) -> None:
    """Read the store of a site before it is opened, in a process that waits for its turn."""
    path = _path(folder, place)
    # What is wrong with it the build finds out.
    with contextlib.suppress(*_UNREADABLE):
        file = _File(path)
        try:
            file.read_ahead()
        except BaseException:
            file.close()
            raise
        _files_ahead[path] = file


def _path(folder: Path, place: bytes) -> Path:
    return folder / f"{place.hex()}.store"


@dataclass
class Store:
    """The store in a folder, for one content folder and one output folder; without a folder it keeps nothing for the next
    build."""

    path: Path | None
    base: bytes
    frame: bytes
    shelf: Shelf
    seal: Seal | None = None
    # The folder of the site.
    output: Path | None = None
    # The file system's own time when the build began: what changed after it may change once more unseen.
    began: int = 0
    _file: _File | None = None
    # Of the events of which this build made parts: under which number and key these are, and those of every build.
    _fresh: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    _always: dict[str, dict[str, Any]] = field(default_factory=lambda: {name: {} for name in _EACH_BUILD})
    _spans: dict[str, Mapping[str, tuple[int, int]]] = field(default_factory=dict)

    @classmethod
    def open(cls, folder: Path | None, place: bytes, base: bytes, frame: bytes) -> Store:
        """The store of a folder; `place` tells apart those of several sites that share it.

        `base` stands for all that anything depends on, `frame` for what only the pages show beside their inputs.
        """
        if folder is None:
            return cls(None, base, frame, Shelf(None))
        path = _path(folder, place)
        store = cls(path, base, frame, Shelf(path.with_suffix(".sqlite")))
        try:
            folder.mkdir(parents=True, exist_ok=True)
            stamp = folder / "began"
            stamp.write_bytes(b"")
            store.began = stamp.stat().st_mtime_ns
            Shelf.sweep(folder, path.stem)
            store._load_seal()
        except _UNREADABLE:
            store._forget()
        return store

    def _load_seal(self) -> None:
        assert self.path is not None
        ahead = _files_ahead.pop(self.path, None)
        if ahead and not ahead.is_at(self.path):
            ahead.close()
            ahead = None
        self._file = ahead or _File(self.path)
        if self._file.read("base") != digest(VERSION, self.base):
            msg = "all of it is of another state"
            raise ValueError(msg)
        (around, events, problems), states, files = map(self._file.read, _SEAL)
        self._states = states
        if self._file.read("frame") == self.frame:
            self.files = files
            told = tuple(Problem(*values) for values in problems)
            self.seal = Seal(around, events, told, states, files)

    @cached_property
    def _states(self) -> dict[str, Stat | None]:
        """The states of the records' files."""
        return {}

    @cached_property
    def files(self) -> dict[str, Stat]:
        """What the file system said of the files of the site, by their addresses."""
        return {}

    @cached_property
    def _kept(self) -> _Kept:
        """The rest, when somebody asks for it: a build in which nothing changed does not."""
        if self._file is None:
            return _Kept()
        try:
            parted, found, made, names, numbers, always, spans, gaps, written = map(self._file.read, _REST)
            records: dict[str, Known] = {}
            pieces: dict[str, list[str]] = {}
            for name in parted:
                piece = self._file.read(name)
                pieces[name] = [*piece]
                records |= {path: Known.restored(self._states[path], kept) for path, kept in piece.items()}
            return _Kept(
                records,
                pieces,
                {key: Twin(*twin) for key, twin in found.items()},
                made if self.seal else {},
                names,
                numbers,
                always,
                spans,
                gaps if self.seal else {},
                written,
            )
        except _UNREADABLE:
            self._forget()
            return _Kept()

    @property
    def records(self) -> Mapping[str, Known]:
        """The records as they were read, by their paths below the content folder."""
        return self._kept.records

    @property
    def twins(self) -> Mapping[str, Twin]:
        """The near duplicates that were found."""
        return self._kept.twins

    @property
    def made(self) -> Mapping[str, bytes]:
        """What the files of the site were made of, by their addresses."""
        return self._kept.made

    @property
    def gaps(self) -> Mapping[str, Gap]:
        """Where the events' pages tell of other events, by their addresses."""
        return self._kept.gaps

    @property
    def written(self) -> Mapping[str, bytes]:
        """What the icalendar library wrote, by what it was asked for (`calendars.written`)."""
        return self._kept.written

    @cached_property
    def names(self) -> dict[str, tuple[bytes, str]]:
        """The addresses that files of a certain content were given."""
        return {**self._kept.names}

    def _forget(self) -> None:
        """Give up what could not be read, and the files that hold it."""
        self.close()
        self.seal, self.files, self._states, self._kept = None, {}, {}, _Kept()
        self.shelf.forget()
        if self.path is not None:
            with contextlib.suppress(OSError):
                self.path.unlink()

    def close(self) -> None:
        """Let go of the files."""
        self.shelf.close()
        if self._file is not None:
            self._file.close()
        self._file = None

    def settled(self, stat: Stat) -> bool:
        """Whether a file of that state would show a later change: it was not touched since the build began."""
        return max(stat[1], stat[2]) < self.began

    # What parts.Keeper asks.

    def part(self, event: str, key: bytes, name: str) -> Any:
        """A part of the event with that key; None where it is not kept."""
        number, kept = self._fresh.get(event) or self._kept.numbers.get(event, (0, b""))
        if kept != key:
            return None
        if name in _EACH_BUILD:
            found = self._always[name].get(event)
            # What was kept may be of the event as it was.
            if found is None and self._kept.numbers.get(event, (0, b""))[1] == key:
                found = self._kept.always[name].get(event)
            return found
        data = self.shelf.get(name, number)
        try:
            return None if data is None else unpacked(data, key)
        except (ValueError, EOFError, TypeError):
            return None

    def each(self, name: str, keys: Mapping[str, bytes]) -> dict[str, Any]:
        """Those that this build made are asked for one by one."""
        return self._current(self._kept.always[name], keys)

    def _current(self, kept: Mapping[str, Value], keys: Mapping[str, bytes]) -> dict[str, Value]:
        """What was kept of the events that have these keys still."""
        numbers, no = self._kept.numbers, (0, b"")
        return {event: value for event, value in kept.items() if numbers.get(event, no)[1] == keys.get(event)}

    def take(self, event: str, key: bytes, parts: Mapping[str, bytes]) -> None:
        """Take parts of the event with that key, as `parts.packed` makes them for it."""
        number, held = self._fresh.get(event) or self._kept.numbers.get(event, (0, b""))
        if held != key:
            number = self._next
            self._next += 1
            self._fresh[event] = (number, key)
        for name in _EACH_BUILD & parts.keys():
            self._always[name][event] = unpacked(parts[name], key)
        self.shelf.put(number, {name: data for name, data in parts.items() if name not in _EACH_BUILD})

    @cached_property
    def _next(self) -> int:
        """The number of the next event of which a part is made."""
        return 1 + max((number for number, _ in self._kept.numbers.values()), default=0)

    def expect(self, name: str, events: Iterable[str]) -> None:
        """Read the parts of that name of these events at once: somebody is about to ask for most of them."""
        if name not in _EACH_BUILD:
            held = (self._fresh.get(event) or self._kept.numbers.get(event) for event in events)
            self.shelf.read_ahead(name, [one[0] for one in held if one])

    def name(self, what: str, stamp: bytes) -> str | None:
        """The address that a file of that stamp was given."""
        kept = self.names.get(what)
        return kept[1] if kept and kept[0] == stamp else None

    def keep_name(self, what: str, stamp: bytes, path: str) -> None:
        """Keep that address."""
        self.names[what] = (stamp, path)

    def former(self, path: str, keys: Mapping[str, bytes]) -> Former | None:
        """The last build's file of that address, with the pieces of the events that have these keys still; None where that
        file is not known, or not as it was."""
        spans, known = self._kept.spans.get(path), self.files.get(path)
        if self.output is None or not spans or known is None:
            return None
        place = self.output / path
        try:
            if file_stat(str(place)) != known:
                return None
            data = place.read_bytes()
        except OSError:
            return None
        return Former(data, self._current(spans, keys))

    def keep_spans(self, path: str, spans: Mapping[str, tuple[int, int]]) -> None:
        """Keep where each event's piece begins in a file, and how long it is."""
        self._spans[path] = spans

    # At the end of a build

    def save(self, found: Found) -> None:
        """Keep what this build found, and the parts that it made.

        What cannot be written is not kept, and nobody is troubled.
        """
        if self.path is None or not (self._fresh or any(self._always.values()) or self._differs(found)):
            return
        keys, before = found.keys, self._kept.numbers
        gone = [number for identity, (number, key) in before.items() if keys.get(identity) != key]
        gone += [number for identity, (number, key) in self._fresh.items() if keys.get(identity) != key]
        held = before | self._fresh
        numbers = {identity: held[identity] for identity, key in keys.items() if held.get(identity, (0, b""))[1] == key}
        always = {
            name: {
                identity: value
                for identity, value in (kept | self._always[name]).items()
                if identity in self._always[name] or numbers.get(identity, ()) == before.get(identity)
            }
            for name, kept in self._kept.always.items()
        }

        def values() -> Iterator[tuple[str, Any]]:
            yield "base", digest(VERSION, self.base)
            yield "frame", self.frame
            problems = tuple(dataclasses.astuple(problem) for problem in found.problems)
            yield "seal", (found.around, found.events, problems)
            yield "states", {path: known.stat for path, known in found.records.items()}
            yield "files", found.files
            names = []
            for name, piece in self._pieces(found.records):
                names.append(name)
                yield name, piece
            yield "records", names
            yield "twins", {key: tuple(twin) for key, twin in found.twins.items()}
            yield "made", found.made
            yield "names", self.names
            yield "numbers", numbers
            yield "always", always
            yield "spans", self._kept.spans | self._spans
            yield "gaps", found.gaps
            yield "written", {**found.written}

        try:
            # First the parts: of one that is not there, or is another's, a store notices that.
            self.shelf.settle(gone)
            _File.write(self.path, values())
        except OSError:
            self.close()
        except sqlite3.Error:
            # It would not be better the next time.
            self._forget()

    def _pieces(self, records: Mapping[str, Known]) -> Iterator[tuple[str, Any]]:
        """The records in pieces with their names: as plain values they are as much again as what all else of a build takes.
        Those of which no record changed are taken from the store of the last build as they are there."""
        kept, names = self._kept, (f"records {number}" for number in count(1))
        rest = {**records}
        for name, paths in kept.pieces.items():
            # Small ones are joined, or there would be more and more of them.
            same = len(paths) >= _PIECE // 2 and all(rest.get(path) is kept.records[path] for path in paths)
            if same and self._file is not None:
                yield name, _Raw(self._file.raw(name))
                for path in paths:
                    del rest[path]
        left = iter(rest.items())
        while piece := {path: known.plain() for path, known in islice(left, _PIECE)}:
            yield next(name for name in names if name not in kept.pieces), piece

    def _differs(self, found: Found) -> bool:
        """Whether a build found anything but what is kept."""
        seal, kept = self.seal, self._kept
        return (
            seal is None
            or (seal.around, seal.events, seal.problems) != (found.around, found.events, found.problems)
            or (kept.records, kept.twins, kept.made, kept.names) != (found.records, found.twins, found.made, self.names)
            or (self.files, kept.gaps) != (found.files, found.gaps)
        )
