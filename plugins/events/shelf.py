"""The parts of events on disk (parts.py), in one SQLite file: those that a build makes, and those that the next takes.

Of a large directory they are more than memory should hold, so that they are put down as they come, in one transaction that
ends with the build: one that is killed, wherever, leaves those of the build before it. Whoever asks knows by its key
whether a part is what it should be.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path

# How many bytes wait in memory until they are put down: those of four thousand events.
_HEAVY = 32_000_000
# How many rows one question asks for: SQLite takes a million bytes of it.
_AT_ONCE = 10_000


class Shelf:
    """Parts by name and by the number of their event, in a file, or without one in a file of SQLite's own, that is gone
    when it is closed."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._database: sqlite3.Connection | None = None
        # Whether a transaction is open; whether there can be none; the new file that will take the place of the old one.
        self._begun = self._barred = False
        self._aside: Path | None = None
        # Those that wait, with how many bytes they take, and those that were read ahead.
        self._waiting: dict[str, dict[int, bytes]] = {}
        self._weight = 0
        self._ahead: dict[str, dict[int, bytes]] = {}
        # Whether what is in the file is of any use.
        self.useful = path is not None

    def _connect(self) -> sqlite3.Connection:
        if self._database is None:
            place = self._aside or self.path or ""
            self._database = sqlite3.connect(place, timeout=1, isolation_level=None, check_same_thread=False)
        return self._database

    def get(self, name: str, number: int) -> bytes | None:
        """A part; None where it is not there, or cannot be read."""
        for held in (self._waiting, self._ahead):
            if name in held and number in held[name]:
                return held[name][number]
        if not (self.useful or self._begun):
            return None
        query = f"SELECT data FROM part_{name} WHERE number = ?"  # noqa: S608  our own names
        try:
            row = self._connect().execute(query, (number,)).fetchone()
        except sqlite3.Error:
            return None
        return row[0] if row else None

    def read_ahead(self, name: str, numbers: Iterable[int]) -> None:
        """Read parts of that name at once, and forget what was read so before: somebody is about to ask for most of them."""
        ahead = self._ahead[name] = {}
        asked = sorted({*numbers} - self._waiting.get(name, {}).keys())
        if not (self.useful or self._begun):
            return
        with contextlib.suppress(sqlite3.Error):
            for start in range(0, len(asked), _AT_ONCE):
                numbered = ",".join(map(str, asked[start : start + _AT_ONCE]))
                query = f"SELECT number, data FROM part_{name} WHERE number IN ({numbered})"  # noqa: S608  of ours
                ahead.update(self._connect().execute(query))

    def put(self, number: int, parts: Mapping[str, bytes]) -> None:
        """Take parts of an event by their names."""
        for name, data in parts.items():
            self._waiting.setdefault(name, {})[number] = data
            self._weight += len(data)
        if self._weight > _HEAVY and not self._barred:
            try:
                self._put_down(self._begin())
            except (OSError, sqlite3.Error):
                # They stay in memory, and the next build makes them anew.
                self._barred = True

    def settle(self, gone: Iterable[int]) -> None:
        """Keep what was put here, and forget the parts of some numbers; raises `OSError` or `sqlite3.Error`."""
        if self._barred:
            msg = "the parts of this build could not be put down"
            raise OSError(msg)
        database = self._begin()
        self._put_down(database)
        if self.useful:
            tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE name LIKE 'part_%'")]
            numbers = [(number,) for number in gone]
            for table in tables:
                database.executemany(f"DELETE FROM {table} WHERE number = ?", numbers)  # noqa: S608  our own names
        database.execute("COMMIT")
        self._begun = False
        if self._aside is not None and self.path is not None:
            aside, self._aside = self._aside, None
            self.close()
            aside.replace(self.path)
            self.useful = True

    def _begin(self) -> sqlite3.Connection:
        """A transaction that ends with the build."""
        if not self._begun:
            if self.path is not None and not self.useful:
                # A new file takes the old one's place when it is whole; nobody else sees it before.
                self.close()
                self._aside = self.path.with_name(f"{self.path.stem}.{os.getpid()}.new")
            database = self._connect()
            if self.path is None or self._aside:
                # So it needs no journal; what a power failure leaves of it is noticed when it is read.
                database.execute("PRAGMA journal_mode = OFF")
                database.execute("PRAGMA synchronous = OFF")
                database.execute("BEGIN")
            else:
                database.execute("PRAGMA synchronous = NORMAL")
                database.execute("BEGIN IMMEDIATE")
            self._begun = True
        return self._connect()

    def _put_down(self, database: sqlite3.Connection) -> None:
        for name, rows in self._waiting.items():
            database.execute(f"CREATE TABLE IF NOT EXISTS part_{name} (number INTEGER PRIMARY KEY, data BLOB)")
            database.executemany(f"INSERT OR REPLACE INTO part_{name} VALUES (?, ?)", rows.items())  # noqa: S608  our own names
        self._waiting, self._weight = {}, 0

    def close(self) -> None:
        """Let go of the file; what was put here and not settled is forgotten."""
        if self._database is not None:
            with contextlib.suppress(sqlite3.Error):
                self._database.close()
        if self._aside is not None:
            with contextlib.suppress(OSError):
                self._aside.unlink()
        self._database, self._begun, self._aside = None, False, None

    def forget(self) -> None:
        """Give up the file: what is in it, and in whatever state, is of no use."""
        self.close()
        self.useful = False
        if self.path is not None:
            for path in (self.path, self.path.with_name(f"{self.path.name}-journal")):
                with contextlib.suppress(OSError):
                    path.unlink()

    @staticmethod
    def sweep(folder: Path, stem: str) -> None:
        """Remove what builds left that were killed."""
        for left in folder.glob(f"{stem}.*.new"):
            with contextlib.suppress(OSError):
                left.unlink()
