"""To the output folder: only what changed is written, all of it at once or nothing, and nothing old is left behind.

A file whose bytes are the same keeps its time, so that hosts and subscribers see no change where there is none. What
differs is written aside and takes its place only when the whole build has succeeded, so that a build which fails half
way leaves the last good site. What no build plans any more is removed, but only in a folder that a build of ours
began: a marker says so, and a folder of somebody's own files is never cleaned.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
from collections.abc import Collection, Iterable
from pathlib import Path

from . import compression

MARKER = ".events-output"
STAGE = ".events-next"
_MARKER_TEXT = "Built by Pelican from event records. Files in this folder that the build does not plan are removed.\n"


class Output:
    """The output folder during one build; with `precompress`, files get smaller copies beside them (compression.py)."""

    def __init__(self, folder: Path, *, precompress: bool = False) -> None:
        self.folder = folder
        self.precompress = precompress
        self.stage = folder / STAGE
        self.unchanged = 0
        self.removed: list[str] = []
        self.ours = (folder / MARKER).is_file() or _is_bare(folder)
        self._staged: dict[str, None] = {}
        self._folders: set[str] = set()
        # Files that stay as they are, and lack the copies that belong to them.
        self._bare: list[str] = []
        # A build that was killed could not clean up; one that fails does, whatever ends it.
        self.discard()
        atexit.register(self.discard)

    @property
    def written(self) -> int:
        """How many files differ from those of the last build."""
        return len(self._staged)

    @property
    def changed(self) -> list[str]:
        """What a cache must forget: the addresses of files that this build wrote or removed, but for their copies."""
        copies = compression.SUFFIXES if self.precompress else ()
        return sorted({*self._staged, *(path for path in self.removed if not path.endswith(copies))})

    def write(self, path: str, data: bytes) -> bool:
        """Have a file written by its address below the folder, if its bytes differ; whether they do."""
        try:
            with open(os.path.join(self.folder, path), "rb") as file:
                same = file.read() == data
        except FileNotFoundError:
            same = False
        if same:
            self.unchanged += 1
            # Pelican may write a page twice, and the second time as it was.
            self._staged.pop(path, None)
            if self.precompress and not compression.is_current(os.path.join(self.folder, path), len(data)):
                self._bare.append(path)
            return False
        aside = os.path.join(self.stage, path)
        self._make(os.path.dirname(aside))
        with open(aside, "wb") as file:
            file.write(data)
        self._staged[path] = None
        return True

    def write_at(self, path: str | Path, data: bytes) -> bool:
        """The same by a full path, as Pelican's own writer names its files."""
        return self.write(Path(os.path.relpath(path, self.folder)).as_posix(), data)

    def _make(self, folder: str) -> None:
        if folder not in self._folders:
            os.makedirs(folder, exist_ok=True)
            self._folders.add(folder)

    def publish(self) -> None:
        """Put every file that differs in its place."""
        if self.precompress:
            now = [(path, os.path.join(self.stage, path)) for path in self._staged]
            before = [(path, os.path.join(self.folder, path)) for path in self._bare if path not in self._staged]
            compression.write_beside((path, file, os.path.join(self.stage, path)) for path, file in now + before)
            # Before the files themselves: a build that is stopped in between finds those changed, and makes both anew.
            for path in (*self._staged, *self._bare):
                self._place_copies(path)
        for path in self._staged:
            target = os.path.join(self.folder, path)
            self._make(os.path.dirname(target))
            os.replace(os.path.join(self.stage, path), target)
        self.discard()

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
        atexit.unregister(self.discard)

    def prune(self, planned: Collection[str], keep: Iterable[str] = ()) -> int:
        """Remove what is not planned; how many files that were.

        `keep` (Pelican's OUTPUT_RETENTION) and whatever starts with a dot at the top (.git, .well-known) stay.
        """
        if not self.ours:
            return 0
        marker = self.folder / MARKER
        if not marker.is_file():
            self._make(str(self.folder))
            marker.write_text(_MARKER_TEXT, encoding="utf-8")
        wanted = {os.path.normpath(path) for path in planned}
        if self.precompress:
            wanted |= {path + suffix for path in wanted for suffix in compression.SUFFIXES if compression.is_text(path)}
        kept = set(keep)
        for folder, folders, files in os.walk(self.folder, topdown=True):
            below = os.path.relpath(folder, self.folder)
            if below == ".":
                folders[:] = [name for name in folders if not name.startswith(".") and name not in kept]
                files = [name for name in files if not name.startswith(".") and name not in kept]  # noqa: PLW2901
            for name in files:
                if os.path.normpath(os.path.join(below, name)) not in wanted:
                    os.unlink(os.path.join(folder, name))
                    self.removed.append(Path(os.path.normpath(os.path.join(below, name))).as_posix())
        for folder, _, _ in os.walk(self.folder, topdown=False):
            inside = os.path.relpath(folder, self.folder).split(os.sep)[0]
            if (
                folder != str(self.folder)
                and not inside.startswith(".")
                and inside not in kept
                and not os.listdir(folder)
            ):
                os.rmdir(folder)
        return len(self.removed)


def _is_bare(folder: Path) -> bool:
    """Whether there is no file in the folder but hidden ones at the top, such as those of a fresh clone."""
    for place, folders, files in os.walk(folder):
        if place == str(folder):
            folders[:] = [name for name in folders if not name.startswith(".")]
            files = [name for name in files if not name.startswith(".")]  # noqa: PLW2901
        if files:
            return False
    return True
