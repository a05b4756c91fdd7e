"""What is kept from one build to the next, so that the next makes only what changed.

Best effort: a store that was made by another Python, another version of anything, other settings, registries or
templates (its `base`), or that cannot be read, is empty, and everything is made anew. It is one SQLite file, written in
one transaction that ends after the site was published: a build that is killed, wherever, leaves the store of the one
before it, which says nothing false. A file is what it was if the file system says so: size, inode, and the times of its
last change, of which the last (`st_ctime`) cannot be set back.

What a build makes of events and needs again (parts.py) is put down here too as it comes, whether it is kept or not: of a
large directory it is more than memory should hold.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from .collection import Known, Stat, file_stat
from .parts import digest, packed, unpacked
from .problems import Problem
from .twins import Twin

# Parts that every build asks of every event.
_EACH_BUILD = frozenset({"size"})
# What every build needs, and what one needs in which anything changed, in the order in which it is read.
_SEAL = ("seal", "states", "files")
_REST = ("records", "twins", "made", "names", "numbers", "always", "spans", "gaps")
_UNREADABLE = (OSError, sqlite3.Error, ValueError, EOFError, TypeError)
# The shape of the file; a store of another one is empty.
VERSION = 4
# How many bytes of parts wait in memory until they are put down: those of four thousand events.
_HEAVY = 32_000_000

# How many rows one question asks for: SQLite takes a million bytes of it.
_AT_ONCE = 10_000

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
    and `problems` as in its seal.
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


@dataclass(slots=True)
class _Kept:
    """What a store holds beside its seal and the parts; `numbers` say under which number and key those of an event are."""

    records: dict[str, Known] = field(default_factory=dict)
    twins: dict[str, Twin] = field(default_factory=dict)
    made: dict[str, bytes] = field(default_factory=dict)
    names: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    numbers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    always: dict[str, dict[str, Any]] = field(default_factory=lambda: {name: {} for name in _EACH_BUILD})
    # Where the pieces of events are in files that join them.
    spans: dict[str, Mapping[str, tuple[int, int]]] = field(default_factory=dict)
    gaps: dict[str, Gap] = field(default_factory=dict)


@dataclass
class Store:
    """The store in a folder, for one content folder and one output folder; without a folder it keeps nothing for the next
    build."""

    path: Path | None
    base: bytes
    frame: bytes
    seal: Seal | None = None
    _database: sqlite3.Connection | None = None
    # Which version of the file the seal is of, as SQLite counts them.
    _version: int = -1
    # Parts that were read ahead, and those that wait to be put down, with how many bytes they take.
    _bulk: dict[str, dict[int, bytes]] = field(default_factory=dict)
    _waiting: dict[str, dict[int, bytes]] = field(default_factory=dict)
    _weight: int = 0
    # Of the events of which this build made parts: under which number and key these are, and those of every build.
    _fresh: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    _always: dict[str, dict[str, Any]] = field(default_factory=lambda: {name: {} for name in _EACH_BUILD})
    _spans: dict[str, Mapping[str, tuple[int, int]]] = field(default_factory=dict)
    # Whether a transaction is open; whether there can be none; the new file that will take the place of a useless one.
    _begun: bool = False
    _barred: bool = False
    _aside: Path | None = None
    # The folder of the site.
    output: Path | None = None
    # The file system's own time when the build began: what changed after it may change once more unseen.
    began: int = 0

    @classmethod
    def open(cls, folder: Path | None, place: bytes, base: bytes, frame: bytes) -> Store:
        """The store of a folder; `place` tells apart those of several sites that share it.

        `base` stands for all that anything depends on, `frame` for what only the pages show beside their inputs.
        """
        if folder is None:
            return cls(None, base, frame)
        store = cls(folder / f"{place.hex()}.sqlite", base, frame)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            stamp = folder / "began"
            stamp.write_bytes(b"")
            store.began = stamp.stat().st_mtime_ns
            # Of a build that was killed.
            for left in folder.glob(f"{place.hex()}.*.new"):
                left.unlink()
            store._load_seal()
        except _UNREADABLE:
            store._forget()
        return store

    def _connect(self) -> sqlite3.Connection:
        if self._database is None:
            # "" is a file of SQLite's own, that is gone when it is closed.
            place = self._aside or self.path or ""
            self._database = sqlite3.connect(place, timeout=1, isolation_level=None, check_same_thread=False)
        return self._database

    def _read(self, names: Sequence[str]) -> Mapping[str, bytes]:
        """What is kept under some names; nothing where the file is empty, or another build saved since it was opened."""
        database = self._connect()
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if "meta" not in tables:
            return {}
        asked = ", ".join("?" * len(names))
        found = dict(database.execute(f"SELECT name, value FROM meta WHERE name IN ({asked})", names))  # noqa: S608
        ((version,),) = database.execute("PRAGMA data_version")
        if self._version in (-1, version):
            self._version = version
            return found
        return {}

    def _load_seal(self) -> None:
        meta = self._read(("base", "frame", *_SEAL))
        if meta.get("base") != digest(VERSION, self.base):
            # All of it is of another state.
            self._kept = _Kept()
            return
        (around, events, problems), states, files = (unpacked(meta.get(name, b""), name.encode()) for name in _SEAL)
        self._states = states
        if meta.get("frame") == self.frame:
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
        if self.path is None:
            return _Kept()
        try:
            meta = self._read(_REST)
            records, found, made, names, numbers, always, spans, gaps = (
                unpacked(meta.get(name, b""), name.encode()) for name in _REST
            )
            return _Kept(
                {path: Known.restored(self._states[path], kept) for path, kept in records.items()},
                {key: Twin(*twin) for key, twin in found.items()},
                made if self.seal else {},
                names,
                numbers,
                always,
                spans,
                gaps if self.seal else {},
            )
        except (*_UNREADABLE, KeyError):
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

    @cached_property
    def names(self) -> dict[str, tuple[bytes, str]]:
        """The addresses that files of a certain content were given."""
        return {**self._kept.names}

    def _forget(self) -> None:
        """Give up what could not be read, and the file that holds it."""
        self.seal, self.files, self._states, self._kept = None, {}, {}, _Kept()
        self._unlink()

    def _unlink(self) -> None:
        self.close()
        if self.path is not None:
            for path in (self.path, self.path.with_name(f"{self.path.name}-journal")):
                with contextlib.suppress(OSError):
                    path.unlink()

    def close(self) -> None:
        """Let go of the file."""
        if self._database is not None:
            with contextlib.suppress(sqlite3.Error):
                self._database.close()
        if self._aside is not None:
            with contextlib.suppress(OSError):
                self._aside.unlink()
        self._database, self._version, self._begun, self._aside = None, -1, False, None
        self._bulk.clear()

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
            return self._kept.always[name].get(event) if found is None else found
        try:
            data = self._waiting.get(name, {}).get(number) or self._bulk.get(name, {}).get(number)
            if data is None:
                row = self._connect().execute(f"SELECT data FROM part_{name} WHERE number = ?", (number,)).fetchone()  # noqa: S608  our own names
                data = row[0] if row else None
            return None if data is None else unpacked(data, key)
        except (sqlite3.Error, ValueError, EOFError, TypeError):
            return None

    def take(self, event: str, key: bytes, parts: Mapping[str, bytes]) -> None:
        """Take parts of the event with that key, as `parts.packed` makes them for it."""
        number, held = self._fresh.get(event) or self._kept.numbers.get(event, (0, b""))
        if held != key:
            number = self._next
            self._next += 1
            self._fresh[event] = (number, key)
        for name, data in parts.items():
            if name in _EACH_BUILD:
                self._always[name][event] = unpacked(data, key)
            else:
                self._waiting.setdefault(name, {})[number] = data
                self._weight += len(data)
        if self._weight > _HEAVY and not self._barred:
            try:
                self._put_down(self._begin())
            except (OSError, sqlite3.Error):
                # They stay in memory, and the next build makes them anew.
                self._barred = True

    @cached_property
    def _next(self) -> int:
        """The number of the next event of which a part is made."""
        return 1 + max((number for number, _ in self._kept.numbers.values()), default=0)

    def expect(self, name: str, events: Iterable[str]) -> None:
        """Read the parts of that name of these events at once, and forget what was read so before: somebody is about to ask
        for most of them."""
        bulk = self._bulk[name] = {}
        if name in _EACH_BUILD:
            return
        waiting, kept = self._waiting.get(name, {}), self._kept.numbers
        held = (self._fresh.get(event) or kept.get(event) for event in events)
        asked = sorted({one[0] for one in held if one} - waiting.keys())
        with contextlib.suppress(sqlite3.Error):
            for start in range(0, len(asked), _AT_ONCE):
                numbers = ",".join(map(str, asked[start : start + _AT_ONCE]))
                query = f"SELECT number, data FROM part_{name} WHERE number IN ({numbers})"  # noqa: S608  of ours
                bulk.update(self._connect().execute(query))

    def name(self, what: str, stamp: bytes) -> str | None:
        """The address that a file of that stamp was given."""
        kept = self.names.get(what)
        return kept[1] if kept and kept[0] == stamp else None

    def keep_name(self, what: str, stamp: bytes, path: str) -> None:
        """Keep that address."""
        self.names[what] = (stamp, path)

    def former(self, path: str) -> Callable[[str, bytes], bytes | None] | None:
        """What gives the piece that an event with a key had in the last build's file of that address; None where that file
        is not known, or not as it was."""
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

        def piece(event: str, key: bytes) -> bytes | None:
            if event not in spans or self._kept.numbers.get(event, (0, b""))[1] != key:
                return None
            start, size = spans[event]
            return data[start : start + size]

        return piece

    def keep_spans(self, path: str, spans: Mapping[str, tuple[int, int]]) -> None:
        """Keep where each event's piece begins in a file, and how long it is."""
        self._spans[path] = spans

    # At the end of a build

    def save(self, found: Found) -> None:
        """Keep what this build found, and the parts that it made.

        What cannot be written is not kept, and nobody is troubled.
        """
        if self.path is None or self._barred or not (self._fresh or self._waiting or self._differs(found)):
            return
        keys, before = found.keys, self._kept.numbers
        gone = [(number,) for identity, (number, key) in before.items() if keys.get(identity) != key]
        gone += [(number,) for identity, (number, key) in self._fresh.items() if keys.get(identity) != key]
        held = before | self._fresh
        numbers = {identity: held[identity] for identity, key in keys.items() if held.get(identity, (0, b""))[1] == key}
        always = {
            name: {
                identity: value
                for identity, value in (kept | self._always[name]).items()
                if identity in self._fresh or numbers.get(identity) == before.get(identity)
            }
            for name, kept in self._kept.always.items()
        }
        values: dict[str, Any] = {
            "seal": (found.around, found.events, tuple(dataclasses.astuple(problem) for problem in found.problems)),
            "states": {path: known.stat for path, known in found.records.items()},
            "files": found.files,
            "records": {path: known.plain() for path, known in found.records.items()},
            "twins": {key: tuple(twin) for key, twin in found.twins.items()},
            "made": found.made,
            "names": self.names,
            "numbers": numbers,
            "always": always,
            "spans": self._kept.spans | self._spans,
            "gaps": found.gaps,
        }
        meta = {name: packed(value, name.encode()) for name, value in values.items()}
        meta |= {"base": digest(VERSION, self.base), "frame": self.frame}
        try:
            database = self._begin()
            self._put_down(database)
            self._end(database, meta, gone)
        except OSError:
            self.close()
        except sqlite3.Error:
            self._unlink()

    def _begin(self) -> sqlite3.Connection:
        """A transaction that ends with the build."""
        if not self._begun:
            if self.path is not None and not self._kept.numbers:
                # Of another version, or of none: whatever is in the file, and in whatever state, is of no use. A new one
                # takes its place when it is whole; nobody else sees it before, so that it needs no journal.
                self.close()
                self._aside = self.path.with_name(f"{self.path.stem}.{os.getpid()}.new")
            database = self._connect()
            if self.path is None or self._aside:
                database.execute("PRAGMA journal_mode = OFF")
                database.execute("PRAGMA synchronous = OFF")
                database.execute("BEGIN")
            else:
                # What is lost when the power fails is made anew; what is there is whole.
                database.execute("PRAGMA synchronous = NORMAL")
                database.execute("BEGIN IMMEDIATE")
            self._begun = True
        return self._connect()

    def _put_down(self, database: sqlite3.Connection) -> None:
        """Write the parts that wait."""
        for name, rows in self._waiting.items():
            database.execute(f"CREATE TABLE IF NOT EXISTS part_{name} (number INTEGER PRIMARY KEY, data BLOB)")
            database.executemany(f"INSERT OR REPLACE INTO part_{name} VALUES (?, ?)", rows.items())  # noqa: S608  our own names
        self._waiting, self._weight = {}, 0

    def _end(self, database: sqlite3.Connection, meta: Mapping[str, bytes], gone: Iterable[tuple[int]]) -> None:
        database.execute("CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value BLOB)")
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE name LIKE 'part_%'")]
        for table in tables:
            database.executemany(f"DELETE FROM {table} WHERE number = ?", gone)  # noqa: S608  our own names
        database.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", meta.items())
        database.execute("COMMIT")
        self._begun = False
        if self._aside is not None and self.path is not None:
            aside, self._aside = self._aside, None
            self.close()
            aside.replace(self.path)

    def _differs(self, found: Found) -> bool:
        """Whether a build found anything but what is kept."""
        seal, kept = self.seal, self._kept
        return (
            seal is None
            or (seal.around, seal.events, seal.problems) != (found.around, found.events, found.problems)
            or (kept.records, kept.twins, kept.made, kept.names) != (found.records, found.twins, found.made, self.names)
            or (self.files, kept.gaps) != (found.files, found.gaps)
        )
