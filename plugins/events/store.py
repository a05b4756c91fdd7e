"""What is kept from one build to the next, so that the next makes only what changed.

Best effort: a store that was made by another Python, another version of anything, other settings, registries or
templates (its `base`), or that cannot be read, is empty, and everything is made anew. It is one SQLite file, written in
one transaction after the site was published: a build that is killed, wherever, leaves the store of the one before it,
which says nothing false. A file is what it was if the file system says so: size, inode, and the times of its last
change, of which the last (`st_ctime`) cannot be set back.
"""

from __future__ import annotations

import contextlib
import marshal
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from .collection import Known, Stat
from .parts import digest
from .twins import Twin

# Parts that every build asks of every event.
_EACH_BUILD = frozenset({"size"})
_META = ("records", "twins", "made", "names", "numbers", "always")
# The shape of the file; a store of another one is empty.
VERSION = 2


def _packed(value: Any, owner: bytes) -> bytes:
    """A value as it is kept, behind a sum of it and of whose it is.

    SQLite does not tell turned bits, and marshal may read them as another value. Another build that saves meanwhile
    gives a row the part of another version of its event.
    """
    data = marshal.dumps(value)
    return zlib.crc32(data, zlib.crc32(owner)).to_bytes(4, "big") + data


def _unpacked(kept: bytes, owner: bytes) -> Any:
    """What `_packed` was given; raises `ValueError` where that is not sure."""
    data = memoryview(kept)[4:]
    if zlib.crc32(data, zlib.crc32(owner)).to_bytes(4, "big") != kept[:4]:
        msg = "the store was changed by somebody else"
        raise ValueError(msg)
    return marshal.loads(data)


class Made(NamedTuple):
    """A file of the site as it was published: what it was made of, and what the file system said of it then."""

    key: bytes
    stat: Stat


class Found(NamedTuple):
    """What a build found and made: records by path, twins by id, files by address, and the keys of the events' parts."""

    records: Mapping[str, Known]
    twins: Mapping[str, Twin]
    made: Mapping[str, Made]
    keys: Mapping[str, bytes]


@dataclass
class Store:
    """The store in a folder, for one content folder and one output folder; without a folder it keeps nothing.

    `records` are the records as they were read, by their paths below the content folder; `made` the files of the site
    by their addresses; `names` the addresses that files of a certain content were given.
    """

    path: Path | None
    base: bytes
    frame: bytes
    records: dict[str, Known] = field(default_factory=dict)
    twins: dict[str, Twin] = field(default_factory=dict)
    made: dict[str, Made] = field(default_factory=dict)
    names: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    # The names as they are kept.
    _named: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    _database: sqlite3.Connection | None = None
    _numbers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    _always: dict[str, dict[str, Any]] = field(default_factory=lambda: {name: {} for name in _EACH_BUILD})
    _bulk: dict[str, dict[int, bytes]] = field(default_factory=dict)
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
            store._connect()
            store._load()
        except (OSError, sqlite3.Error, ValueError, EOFError, TypeError):
            store._forget()
        return store

    def _connect(self) -> sqlite3.Connection:
        assert self.path is not None
        if self._database is None:
            self._database = sqlite3.connect(self.path, timeout=1, isolation_level=None, check_same_thread=False)
        return self._database

    def _load(self) -> None:
        database = self._connect()
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if "meta" not in tables:
            return
        meta = dict(database.execute("SELECT name, value FROM meta"))
        if meta.get("base") != digest(VERSION, self.base):
            return
        records, found, made, self.names, self._numbers, self._always = (
            _unpacked(meta.get(name, b""), name.encode()) for name in _META
        )
        self.records = {path: Known.restored(kept) for path, kept in records.items()}
        self.twins = {key: Twin(*twin) for key, twin in found.items()}
        if meta.get("frame") == self.frame:
            self.made = {path: Made(*kept) for path, kept in made.items()}
        self._named = {**self.names}

    def _forget(self) -> None:
        """Give up what could not be read, and the file that holds it."""
        self.records, self.twins, self.made, self.names, self._numbers = {}, {}, {}, {}, {}
        self._always = {name: {} for name in _EACH_BUILD}
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
        self._database = None
        self._bulk.clear()

    def settled(self, stat: Stat) -> bool:
        """Whether a file of that state would show a later change: it was not touched since the build began."""
        return max(stat[1], stat[2]) < self.began

    # What parts.Keeper asks.

    def part(self, event: str, key: bytes, name: str) -> Any:
        """A part of the event with that key; None where it is not kept."""
        number, kept = self._numbers.get(event, (0, b""))
        if kept != key:
            return None
        if name in _EACH_BUILD:
            return self._always[name].get(event)
        try:
            if name in self._bulk:
                data = self._bulk[name].get(number)
            else:
                row = self._connect().execute(f"SELECT data FROM part_{name} WHERE number = ?", (number,)).fetchone()  # noqa: S608  our own names
                data = row[0] if row else None
            return None if data is None else _unpacked(data, key)
        except (sqlite3.Error, ValueError, EOFError, TypeError):
            return None

    def has(self, event: str, key: bytes) -> bool:
        """Whether parts of the event with that key are kept."""
        return self._numbers.get(event, (0, b""))[1] == key

    def expect(self, name: str) -> None:
        """Read all parts of that name at once: somebody is about to ask for most of them."""
        if name not in self._bulk and self._numbers:
            with contextlib.suppress(sqlite3.Error):
                self._bulk[name] = dict(self._connect().execute(f"SELECT number, data FROM part_{name}"))  # noqa: S608

    def name(self, what: str, stamp: bytes) -> str | None:
        """The address that a file of that stamp was given."""
        kept = self.names.get(what)
        return kept[1] if kept and kept[0] == stamp else None

    def keep_name(self, what: str, stamp: bytes, path: str) -> None:
        """Keep that address."""
        self.names[what] = (stamp, path)

    # At the end of a build

    def save(self, found: Found, made: Iterable[tuple[str, str, Any]]) -> None:
        """Keep what this build found, and the parts that it made: each an event's id, its name, and the part.

        What cannot be written is not kept, and nobody is troubled.
        """
        fresh = [*made]
        if self.path is None or not (fresh or self._differs(found)):
            return
        keys, before = found.keys, self._numbers
        gone = [(number,) for identity, (number, key) in before.items() if keys.get(identity) != key]
        top = max((number for number, _ in before.values()), default=0)
        numbers: dict[str, tuple[int, bytes]] = {}
        for identity, key in keys.items():
            if before.get(identity, (0, b""))[1] == key:
                numbers[identity] = before[identity]
            else:
                top += 1
                numbers[identity] = (top, key)
        always = {
            name: {identity: value for identity, value in kept.items() if numbers.get(identity) == before.get(identity)}
            for name, kept in self._always.items()
        }
        rows: dict[str, list[tuple[int, bytes]]] = {}
        for identity, name, part in fresh:
            if identity in numbers:
                if name in _EACH_BUILD:
                    always[name][identity] = part
                else:
                    number, key = numbers[identity]
                    rows.setdefault(name, []).append((number, _packed(part, key)))
        meta = {"base": digest(VERSION, self.base), "frame": self.frame} | {
            name: _packed(value, name.encode())
            for name, value in zip(
                _META,
                (
                    {path: known.plain() for path, known in found.records.items()},
                    {key: tuple(twin) for key, twin in found.twins.items()},
                    {path: tuple(kept) for path, kept in found.made.items()},
                    self.names,
                    numbers,
                    always,
                ),
                strict=True,
            )
        }
        if not before:
            # Of another version, or of none: whatever is in it, and in whatever state, is of no use.
            self._unlink()
        try:
            with self._writing() as database:
                self._write(database, meta, gone, rows)
        except OSError:
            pass
        except sqlite3.Error:
            self._unlink()

    @staticmethod
    def _write(
        database: sqlite3.Connection,
        meta: Mapping[str, bytes],
        gone: Iterable[tuple[int]],
        rows: Mapping[str, Iterable[tuple[int, bytes]]],
    ) -> None:
        database.execute("CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value BLOB)")
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE name LIKE 'part_%'")]
        for table in tables:
            database.executemany(f"DELETE FROM {table} WHERE number = ?", gone)  # noqa: S608  our own names
        for name, held in rows.items():
            database.execute(f"CREATE TABLE IF NOT EXISTS part_{name} (number INTEGER PRIMARY KEY, data BLOB)")
            database.executemany(f"INSERT OR REPLACE INTO part_{name} VALUES (?, ?)", held)  # noqa: S608
        database.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", meta.items())

    def _differs(self, found: Found) -> bool:
        """Whether a build found anything but what is kept."""
        kept = (self.records, self.twins, self.made, self._named)
        return kept != (found.records, found.twins, found.made, self.names)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        database = self._connect()
        # What is lost when the power fails is made anew; what is there is whole.
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute("BEGIN IMMEDIATE")
        try:
            yield database
            database.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                database.execute("ROLLBACK")
            raise
