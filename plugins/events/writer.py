"""To the output folder: only what changed is written, when all of it is made, and nothing old is left behind.

A file whose bytes are the same keeps its time, so that hosts and subscribers see no change where there is none. What
differs is written aside and takes its place only when the whole build has succeeded, so that a build which fails half
way leaves the last good site. What no build plans any more is removed, but only in a folder that a build of ours
began: a marker says so, and a folder of somebody's own files is never cleaned.
"""

from __future__ import annotations

import atexit
import contextlib
import filecmp
import os
import shutil
import sys
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from stat import S_ISREG
from types import MappingProxyType
from typing import ClassVar, NamedTuple

from . import compression
from .collection import Stat, file_stat
from .joining import Piece

MARKER = ".events-output"
STAGE = ".events-next"
_MARKER_TEXT = "Built by Pelican from event records. Files in this folder that the build does not plan are removed.\n"


class InTheWayError(Exception):
    """Something of somebody else's stands where a file of the site must be; the message says what, and what to do."""


class Staged(NamedTuple):
    """A file that was made: how large it is, and whether it differs from that of the last build."""

    path: str
    size: int
    differs: bool


class Early(NamedTuple):
    """A file that `Staged` tells of, and that was put aside before anybody planned it: `stamp` stands for what it was made of.
    In a page of an event `gap` is the place where it tells of others, and does not yet (-1 = nowhere)."""

    path: str
    size: int
    differs: bool
    stamp: bytes
    gap: int = -1

    @property
    def staged(self) -> Staged:
        """The file itself."""
        return Staged(self.path, self.size, self.differs)


def size_of(folder: Path, path: str) -> int | None:
    """How large a file of the output folder is; None where there is none, or something else, which makes way for one."""
    try:
        found = os.lstat(os.path.join(folder, path))
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_size if S_ISREG(found.st_mode) else None


def stage(folder: Path, path: str, data: bytes, size: int | None) -> Staged:
    """Put a file of the output folder aside, if its bytes differ from those that are there; `size` is how many those are,
    None where there is no such file."""
    if size == len(data) and _read(os.path.join(folder, path)) == data:
        return Staged(path, size, differs=False)
    put_aside(folder, path, data)
    return Staged(path, len(data), differs=True)


def put_aside(folder: Path, path: str, data: bytes) -> None:
    """Put a file of the output folder aside, whatever is there."""
    aside = os.path.join(folder, STAGE, path)
    try:
        _write(aside, data)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(aside), exist_ok=True)
        _write(aside, data)


# Past Python's file objects, which ask the system about each file first: a page of 22 kB is written in 39 µs instead of 54,
# and read in 18 instead of 26.
_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
_OLD = os.O_RDONLY | getattr(os, "O_BINARY", 0)


def _read(path: str) -> bytes | None:
    try:
        file = os.open(path, _OLD)
    except FileNotFoundError:
        return None
    try:
        return _all_of(file, os.fstat(file).st_size)
    finally:
        os.close(file)


def _all_of(file: int, size: int) -> bytes:
    data = os.read(file, size)
    # A large file comes in pieces.
    while len(data) < size and (more := os.read(file, size)):
        data += more
    return data


def _write(path: str, data: bytes) -> None:
    file = os.open(path, _NEW, 0o666)
    try:
        _put(file, data)
    finally:
        os.close(file)


def _put(file: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(file, left) :]


class _Lock:
    """What keeps other builds from a folder, until it is closed: it waits for who builds into it. Where the system has no
    such locks it keeps nobody away."""

    # A process that waits for itself would wait for ever: its next build ends the last one.
    _held: ClassVar[dict[tuple[int, int], _Lock]] = {}

    def __init__(self, folder: Path) -> None:
        found = os.stat(folder)
        self._file: int | None = None
        self._place = (found.st_dev, found.st_ino)
        if before := self._held.get(self._place):
            before.close()
        self._held[self._place] = self
        with contextlib.suppress(ImportError, OSError):
            import fcntl  # noqa: PLC0415  not on Windows

            self._file = os.open(folder, os.O_RDONLY)
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                sys.stderr.write(f"\nAnother build writes to {folder}; this one waits for it.\n")
                fcntl.flock(self._file, fcntl.LOCK_EX)

    def is_of(self, folder: Path) -> bool:
        """Whether that is the folder."""
        try:
            found = os.stat(folder)
        except FileNotFoundError:
            return False
        return (found.st_dev, found.st_ino) == self._place

    def close(self) -> None:
        """Let others go on; what ends a process does that too, whatever it is."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
        if self._held.get(self._place) is self:
            del self._held[self._place]


class Output:
    """The output folder during one build, which no other build writes to until it is closed; with `precompress`, files get
    smaller copies beside them (compression.py)."""

    def __init__(self, folder: Path, *, precompress: bool = False) -> None:
        while True:
            # Of folders that this build makes nothing stays if it fails.
            self._new = [above for above in (folder, *folder.parents) if not above.exists()]
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = _Lock(folder)
            # That for which this one waited may have failed, and taken its folder away.
            if self._lock.is_of(folder):
                break
            self._lock.close()
        self.folder = folder
        self.precompress = precompress
        self.stage = folder / STAGE
        self.unchanged = 0
        self.removed: list[str] = []
        self.ours = (folder / MARKER).is_file() or _is_bare(folder)
        # What differs, and how long it is.
        self._staged: dict[str, int] = {}
        # What is aside already, by its address, and nobody has planned yet.
        self.early: dict[str, Early] = {}
        self._folders: set[str] = set()
        # Files that stay as they are, and lack the copies that belong to them.
        self._bare: list[str] = []
        self._tree: dict[str, Stat] | None = None
        self._empty: list[str] = []
        # A build that was killed could not clean up; one that fails does, whatever ends it.
        shutil.rmtree(self.stage, ignore_errors=True)
        atexit.register(self.close)

    @property
    def written(self) -> int:
        """How many files differ from those of the last build."""
        return len(self._staged)

    @property
    def changed(self) -> list[str]:
        """What a cache must forget: the addresses of files that this build wrote or removed, but for their copies."""
        copies = compression.SUFFIXES if self.precompress else ()
        return sorted({*self._staged, *(path for path in self.removed if not path.endswith(copies))})

    @property
    def tree(self) -> Mapping[str, Stat]:
        """The files of the last build as the file system knows them, by their addresses, but for what is kept anyway."""
        if self._tree is None:
            self._tree = {}
            self._scan(str(self.folder), "")
        return self._tree

    def _scan(self, folder: str, below: str) -> None:
        assert self._tree is not None
        try:
            entries = os.scandir(folder)
        except FileNotFoundError:
            return
        empty = True
        with entries:
            for entry in entries:
                empty = False
                if not below and entry.name.startswith("."):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    self._scan(entry.path, f"{below}{entry.name}/")
                else:
                    found = entry.stat(follow_symlinks=False)
                    self._tree[below + entry.name] = (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
        if empty and below:
            self._empty.append(below)

    def stats(self, paths: Iterable[str]) -> dict[str, Stat]:
        """What the file system says of files of the site, now that it is published."""
        tree, staged, folder = self._tree or {}, self._staged, self.folder
        return {
            path: stat
            for path in paths
            if (stat := tree[path] if path in tree and path not in staged else file_stat(os.path.join(folder, path)))
        }

    def standing(self, files: Mapping[str, Stat]) -> set[str]:
        """Which of some files are still as the file system knew them."""
        tree = self.tree
        moved = {path for path, stat in files.items() if tree.get(path) != stat}
        standing = files.keys() - moved
        if self.precompress:
            folder = self.folder
            return {path for path in standing if compression.is_current(os.path.join(folder, path), files[path][0])}
        return standing

    def stands(self, files: Mapping[str, Stat], others: Iterable[str], keep: Collection[str]) -> bool:
        """Leave the whole site alone if it holds these files, each still as the file system knew it, and none but them;
        whether it does.

        `others` are those that somebody else sees to; what is in the folders and files of `keep` stays anyway.
        """
        # Whether each has its copies costs as much as a build.
        if self.precompress:
            return False
        tree = {**self.tree}
        for path in others:
            tree.pop(path, None)
        if keep:
            tree = {path: stat for path, stat in tree.items() if path.split("/", 1)[0] not in keep}
        # What starts with a dot is in no tree.
        tree |= {
            path: stat for path in files if path[0] == "." and (stat := file_stat(os.path.join(self.folder, path)))
        }
        if tree != files:
            return False
        self.unchanged += len(files)
        return True

    def write(self, path: str, data: bytes) -> bool:
        """Have a file written by its address below the folder, if its bytes differ; whether they do."""
        # What starts with a dot is in no tree.
        size = len(data) if path.startswith(".") else self.size(path)
        return self.take(stage(self.folder, path, data, size))

    def size(self, path: str) -> int | None:
        """How large a file of the last build is; None where there was none."""
        known = self.tree.get(path)
        return known[0] if known else None

    def take(self, file: Staged) -> bool:
        """Know of a file that `stage` put aside, or found as it was, and that is published with the others; whether it
        differs."""
        if file.differs:
            self._staged[file.path] = file.size
            return True
        self.unchanged += 1
        # Pelican may write a page twice, and the second time as it was.
        if file.path in self._staged:
            del self._staged[file.path]
            os.unlink(os.path.join(self.stage, file.path))
        if self.precompress and not compression.is_current(os.path.join(self.folder, file.path), file.size):
            self._bare.append(file.path)
        return False

    def write_pieces(self, path: str, pieces: Iterable[Piece]) -> bool:
        """Have a file written that comes in pieces, and may be too large for memory; whether its bytes differ."""
        aside = os.path.join(self.stage, path)
        self._make(os.path.dirname(aside))
        size = 0
        with open(aside, "wb") as file:
            for piece in pieces:
                size += file.write(piece)
        there = os.path.join(self.folder, path)
        differs = self.size(path) != size or not filecmp.cmp(aside, there, shallow=False)
        if not differs:
            os.unlink(aside)
        return self.take(Staged(path, size, differs))

    def fill(self, early: Early, others: bytes) -> bool:
        """Put into a page that is aside what it tells of other events; whether the page differs from that of the last build."""
        path, size, _, _, gap = early
        aside, whole = os.path.join(self.stage, path), size + len(others)
        if self.size(path) == whole:
            data = _read(aside)
            assert data is not None
            if data[:gap] + others + data[gap:] == _read(os.path.join(self.folder, path)):
                os.unlink(aside)
                return self.take(Staged(path, whole, differs=False))
        file = os.open(aside, os.O_RDWR | getattr(os, "O_BINARY", 0))
        try:
            os.lseek(file, gap, os.SEEK_SET)
            rest = _all_of(file, size - gap)
            os.lseek(file, gap, os.SEEK_SET)
            _put(file, others + rest)
        finally:
            os.close(file)
        return self.take(Staged(path, whole, differs=True))

    def refill(self, path: str, gap: int, length: int, others: bytes) -> bool:
        """Take a page of the last build with something else to tell of others; whether it differs."""
        data = _read(os.path.join(self.folder, path))
        assert data is not None
        return self.write(path, data[:gap] + others + data[gap + length :])

    def write_at(self, path: str | Path, data: bytes) -> bool:
        """The same by a full path, as Pelican's own writer names its files."""
        return self.write(Path(os.path.relpath(path, self.folder)).as_posix(), data)

    def _make(self, folder: str) -> None:
        if folder not in self._folders:
            os.makedirs(folder, exist_ok=True)
            self._folders.add(folder)

    def publish(self) -> None:
        """Put every file that differs in its place."""
        # What was made of an event and is no part of the site after all.
        for early in self.early.values():
            if early.differs and early.path not in self._staged:
                os.unlink(os.path.join(self.stage, early.path))
        self.early.clear()
        if not self.ours and (path := self._in_the_way()):
            msg = f"{self.folder / path} is in the way of the site, and not of its making; remove it, or build into another folder"
            raise InTheWayError(msg)
        # Before the first of them: a build that is stopped in between leaves a folder that is known for ours.
        self._mark()
        self._clear_the_way()
        if self.precompress:
            now = [(path, os.path.join(self.stage, path)) for path in self._staged]
            before = [(path, os.path.join(self.folder, path)) for path in self._bare if path not in self._staged]
            compression.write_beside((path, file, os.path.join(self.stage, path)) for path, file in now + before)
            # Before the files themselves: a build that is stopped in between finds those changed, and makes both anew.
            for path in (*self._staged, *self._bare):
                self._place_copies(path)
        self._move(str(self.stage), str(self.folder))
        self.discard()

    def _mark(self) -> None:
        marker = self.folder / MARKER
        if self.ours and not marker.is_file():
            self._make(str(self.folder))
            marker.write_text(_MARKER_TEXT, encoding="utf-8")

    def _clear_the_way(self) -> None:
        """Remove what stands where a folder of ours must be: a file, or a link, which nothing shall be written through."""
        if not self.ours:
            return
        for folder in self._folders_of_staged():
            if folder in self.tree:
                self._remove(folder)

    def _folders_of_staged(self) -> list[str]:
        """Every folder of the site that must be there for what differs, those above others first."""
        found: set[str] = set()
        for folder in {path.rpartition("/")[0] for path in self._staged}:
            parts = folder.split("/")
            found.update("/".join(parts[:depth]) for depth in range(1, len(parts) + 1))
        return sorted(found)

    def _in_the_way(self) -> str:
        """What in somebody else's folder is no folder where one must be, or one where a file must be; "" where nothing is."""
        for path in self._folders_of_staged():
            there = self.folder / path
            if os.path.lexists(there) and not there.is_dir():
                return path
        return next((path for path in sorted(self._staged) if (self.folder / path).is_dir()), "")

    def _remove(self, path: str) -> None:
        """Remove what is in the way, of which the tree tells no more then."""
        there = os.path.join(self.folder, path)
        if os.path.isdir(there) and not os.path.islink(there):
            shutil.rmtree(there)
        else:
            os.unlink(there)
        gone = [known for known in self.tree if known == path or known.startswith(f"{path}/")]
        for known in gone:
            assert self._tree is not None
            del self._tree[known]
        self.removed += gone

    def copy(self, path: str, source: Path) -> bool:
        """Have a file from elsewhere published at that address with the others; whether its bytes differ."""
        there, size = os.path.join(self.folder, path), source.stat().st_size
        if size_of(self.folder, path) == size and filecmp.cmp(source, there, shallow=False):
            return self.take(Staged(path, size, differs=False))
        aside = os.path.join(self.stage, path)
        self._make(os.path.dirname(aside))
        shutil.copyfile(source, aside)
        return self.take(Staged(path, os.path.getsize(aside), differs=True))

    def _replace(self, source: str, target: str) -> None:
        try:
            os.replace(source, target)
        except IsADirectoryError:
            if not self.ours:
                raise
            self._remove(os.path.relpath(target, self.folder).replace(os.sep, "/"))
            os.replace(source, target)

    def _move(self, source: str, target: str) -> None:
        """Put what is staged in a folder into that of the site: a folder that is not there yet goes in one step."""
        try:
            entries = sorted(os.scandir(source), key=lambda entry: entry.name)
        except FileNotFoundError:
            return
        os.makedirs(target, exist_ok=True)
        for entry in entries:
            there = os.path.join(target, entry.name)
            if entry.is_dir(follow_symlinks=False):
                if os.path.lexists(there):
                    self._move(entry.path, there)
                else:
                    os.rename(entry.path, there)
            else:
                self._replace(entry.path, there)

    def _place_copies(self, path: str) -> None:
        self._make(os.path.dirname(os.path.join(self.folder, path)))
        for suffix in compression.SUFFIXES:
            target = os.path.join(self.folder, path + suffix)
            try:
                os.replace(os.path.join(self.stage, path + suffix), target)
            except FileNotFoundError:
                # It has become too small to have one.
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(target)

    def discard(self) -> None:
        """Forget what was written aside."""
        shutil.rmtree(self.stage, ignore_errors=True)
        with contextlib.suppress(OSError):
            for folder in self._new:
                folder.rmdir()

    def close(self) -> None:
        """Forget what was not published, and only then let other builds write: they put their files aside at the same place."""
        self.discard()
        self._lock.close()
        atexit.unregister(self.close)

    def prune(
        self, planned: Collection[str], keep: Iterable[str] = (), hidden: Mapping[str, bytes] = MappingProxyType({})
    ) -> int:
        """Remove what is not planned; how many files that were.

        `keep` (Pelican's OUTPUT_RETENTION) and whatever starts with a dot at the top (.git, .well-known) stay, but for
        what is ours there: `hidden` says how such a file begins.
        """
        if not self.ours:
            return 0
        self._mark()
        kept = set(keep)
        extra = self.tree.keys() - {*planned}
        if self.precompress:
            # What became too small to have copies may have kept them, where a build was stopped and undone.
            large = [path for path in planned if compression.is_text(path) and self._size(path) >= compression.WORTH]
            extra -= {path + suffix for path in large for suffix in compression.SUFFIXES}
        extra |= {path for path, mark in hidden.items() if path not in planned and self._begins(path, mark)}
        for path in sorted(extra):
            if path.split("/", 1)[0] not in kept:
                # A copy may have gone with what made its file too small for one.
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(os.path.join(self.folder, path))
                self._remove_empty(os.path.dirname(path), kept)
                self.removed.append(path)
        for path in self._empty:
            self._remove_empty(path.rstrip("/"), kept)
        return len(self.removed)

    def _size(self, path: str) -> int:
        known = self.tree.get(path)
        return self._staged.get(path, known[0] if known else 0)

    def _begins(self, path: str, mark: bytes) -> bool:
        try:
            return (self.folder / path).read_bytes().startswith(mark)
        except OSError:
            return False

    def _remove_empty(self, below: str, kept: Collection[str]) -> None:
        """Remove a folder if nothing is left in it, and those above it likewise."""
        while below and below.split("/", 1)[0] not in kept:
            try:
                os.rmdir(os.path.join(self.folder, below))
            except OSError:
                return
            below = os.path.dirname(below)


def _is_bare(folder: Path) -> bool:
    """Whether there is no file in the folder but hidden ones at the top, such as those of a fresh clone."""
    for place, folders, files in os.walk(folder):
        if place == str(folder):
            folders[:] = [name for name in folders if not name.startswith(".")]
            files = [name for name in files if not name.startswith(".")]  # noqa: PLW2901
        if files:
            return False
    return True
