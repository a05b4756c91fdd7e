"""What a build depends on beside its records, as short digests: where they differ from the last build's, all is made
anew (store.py)."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from .collection import SUFFIX
from .model import REGISTRIES
from .parts import digest
from .settings import Settings


class State(NamedTuple):
    """`place` tells apart sites that share a folder for their stores, `base` stands for all that anything depends on,
    `frame` for what only the pages show beside their inputs."""

    place: bytes
    base: bytes
    frame: bytes


_PACKAGE = Path(__file__).parent
# Of the settings: what decides where a store is, and what changes no file.
_NO_MATTER = frozenset({"output", "today", "as_of", "strict", "keep", "cache", "jobs"})


def of(chosen: Settings, templates: Sequence[Path], site: Mapping[str, Any]) -> State:
    """The state of a build."""
    settings = [
        (item.name, repr(getattr(chosen, item.name)))
        for item in dataclasses.fields(chosen)
        if item.name not in _NO_MATTER
    ]
    registries = [_bytes(chosen.content / f"{name}{SUFFIX}") for name in REGISTRIES]
    base = digest(sys.version, libraries(), _OURS, settings, registries, str(Path.cwd()))
    return State(place(chosen.content, chosen.output), base, digest(repr(site), _files(templates)))


def place(content: Path, output: Path) -> bytes:
    """What tells the store of a site apart from those of others: its folders."""
    return digest(str(content.resolve()), str(output.resolve()))


def settled(state: State, chosen: Settings, templates: Sequence[Path], site: Mapping[str, Any], began: int) -> bool:
    """Whether all of it is what it was when the build began (in ns, by the file system), and was so all the while: the build
    may have used either.

    `st_ctime` alone, which nobody sets: a file from the future would be new in every build.
    """
    paths = [chosen.content / f"{name}{SUFFIX}" for name in REGISTRIES]
    paths += [path for folder in (_PACKAGE, *templates) for path in _sources(folder)]
    return all(path.stat().st_ctime_ns < began for path in paths if path.is_file()) and (
        of(chosen, templates, site) == state
    )


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _files(folders: Iterable[Path]) -> list[tuple[str, bytes]]:
    """The bytes of every file below some folders, by name."""
    return [(str(path), path.read_bytes()) for folder in folders for path in _sources(folder)]


def _sources(folder: Path) -> list[Path]:
    """The files below a folder, those behind links too: templates are read there."""
    found, seen = [], set()
    for place, folders, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(place)
        # A link may lead to a folder above it.
        folders[:] = [] if real in seen else [name for name in folders if name != "__pycache__"]
        seen.add(real)
        found += [path for name in names if (path := Path(place) / name).is_file()]
    return sorted(found)


# What this process has loaded, or will, is what is there now: whoever edits it while a preview runs finds all made anew by
# the next process.
_OURS = digest(_files([_PACKAGE]))


@cache
def libraries() -> list[str]:
    """The name and version of every package that is installed, which is the name of its folder of metadata.

    Once: what this process has loaded is what was there then.
    """
    found: set[str] = set()
    for folder in sys.path:
        try:
            names = [path.name for path in Path(folder or ".").iterdir()]
        except OSError:
            continue
        found.update(name for name in names if name.endswith((".dist-info", ".egg-info")))
    return sorted(found)
