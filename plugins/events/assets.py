"""What the theme's build made (theme/build.mjs): hashed files, and the outlines of the states."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

MANIFEST = "static/manifest.json"


class ThemeError(Exception):
    """The theme cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Assets:
    """What the theme's build made: addresses by name ("site.css"), bytes by address, the outlines of the states as SVG
    paths by the state's name; its colours by name ("night", "accent", "primary") and the font of its pictures."""

    names: Mapping[str, str]
    files: Mapping[str, bytes]
    view_box: str
    outlines: Mapping[str, str]
    colours: Mapping[str, str] = field(default_factory=dict)
    font: Path | None = None


def read(theme: Path) -> Assets:
    """Read the theme's built files.

    Raises `ThemeError` where the theme was never built, or its files are gone.
    """
    manifest = theme / MANIFEST
    mend = "run `make theme` (it needs Node.js 20 or later with npm)"
    try:
        built = json.loads(manifest.read_text(encoding="utf-8"))
        names = {name: f"theme/{path}" for name, path in built["files"].items()}
        files = {f"theme/{path}": (theme / "static" / path).read_bytes() for path in built["files"].values()}
        font = manifest.with_name(built["font"]) if "font" in built else None
        return Assets(names, files, built["map"]["viewBox"], built["map"]["paths"], built.get("colours", {}), font)
    except FileNotFoundError as error:
        missing = Path(error.filename).name
        msg = f"the theme is not built: {missing} is missing below {theme.name}/static; {mend}"
        raise ThemeError(msg) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        msg = f"{theme.name}/{MANIFEST} cannot be read; {mend}"
        raise ThemeError(msg) from None
