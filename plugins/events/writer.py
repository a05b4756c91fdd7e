"""To the output folder: only what changed is written, each file at once or not at all, and nothing old is left behind.

A file whose bytes are the same keeps its time, so that hosts and subscribers see no change where there is none. A
file appears under its name only when it is whole. What no build plans any more is removed, but only in a folder that
a build of ours began: a marker says so, and a folder of somebody's own files is never cleaned.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from pathlib import Path

MARKER = ".events-output"
_MARKER_TEXT = "Built by Pelican from event records. Files in this folder that the build does not plan are removed.\n"


class Output:
    """The output folder during one build."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.written = 0
        self.unchanged = 0
        self._folders: set[str] = set()
        self.ours = not folder.exists() or not any(folder.iterdir()) or (folder / MARKER).is_file()

    def write(self, path: str, data: bytes) -> bool:
        """Write a file by its address below the folder, if its bytes differ; whether they did."""
        return self._replace(os.path.join(self.folder, path), data)

    def write_at(self, path: str | Path, data: bytes) -> bool:
        """The same by a full path, as Pelican's own writer names its files."""
        return self._replace(str(path), data)

    def _replace(self, path: str, data: bytes) -> bool:
        try:
            with open(path, "rb") as file:
                if file.read() == data:
                    self.unchanged += 1
                    return False
        except FileNotFoundError:
            folder = os.path.dirname(path)
            if folder not in self._folders:
                os.makedirs(folder, exist_ok=True)
                self._folders.add(folder)
        part = f"{path}.part"
        with open(part, "wb") as file:
            file.write(data)
        os.replace(part, path)
        self.written += 1
        return True

    def prune(self, planned: Collection[str], keep: Iterable[str] = ()) -> int:
        """Remove what is not planned; how many files that were.

        `keep` (Pelican's OUTPUT_RETENTION) and whatever starts with a dot at the top (.git, .well-known) stay.
        """
        if not self.ours:
            return 0
        self.write(MARKER, _MARKER_TEXT.encode())
        wanted = {os.path.normpath(path) for path in planned}
        kept = set(keep)
        removed = 0
        for folder, folders, files in os.walk(self.folder, topdown=True):
            below = os.path.relpath(folder, self.folder)
            if below == ".":
                folders[:] = [name for name in folders if not name.startswith(".") and name not in kept]
                files = [name for name in files if not name.startswith(".") and name not in kept]  # noqa: PLW2901
            for name in files:
                if os.path.normpath(os.path.join(below, name)) not in wanted:
                    os.unlink(os.path.join(folder, name))
                    removed += 1
        for folder, _, _ in os.walk(self.folder, topdown=False):
            inside = os.path.relpath(folder, self.folder).split(os.sep)[0]
            if (
                folder != str(self.folder)
                and not inside.startswith(".")
                and inside not in kept
                and not os.listdir(folder)
            ):
                os.rmdir(folder)
        return removed
