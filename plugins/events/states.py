"""What a build depends on beside its records, as short digests: where they differ from the last build's, all is made
anew (store.py)."""

from __future__ import annotations

import dataclasses
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
    base = digest(sys.version, libraries(), _files([Path(__file__).parent]), settings, registries, str(Path.cwd()))
    return State(place(chosen.content, chosen.output), base, digest(repr(site), _files(templates)))


def place(content: Path, output: Path) -> bytes:
    """What tells the store of a site apart from those of others: its folders."""
    return digest(str(content.resolve()), str(output.resolve()))


def settled(chosen: Settings, templates: Sequence[Path], began: int) -> bool:
    """Whether none of it was changed since the build began (in ns, by the file system): it may have used either.

    `st_ctime` alone, which nobody sets: a file from the future would be new in every build.
    """
    paths = [chosen.content / f"{name}{SUFFIX}" for name in REGISTRIES]
    paths += [path for folder in (Path(__file__).parent, *templates) for path in _sources(folder)]
    return all(path.stat().st_ctime_ns < began for path in paths if path.is_file())


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _files(folders: Iterable[Path]) -> list[tuple[str, bytes]]:
    """The bytes of every file below some folders, by name."""
    return [(str(path), path.read_bytes()) for folder in folders for path in _sources(folder)]


def _sources(folder: Path) -> list[Path]:
    found = sorted(path for path in folder.rglob("*") if "__pycache__" not in path.parts)
    return [path for path in found if path.is_file()]


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
