"""The pictures that must be pixels: the card that other sites show beside a link, and the icon of a phone's home screen.

They are drawn here as SVG, in the colours of the theme, and made PNG by resvg; the letters are those of Public Sans out of
USWDS, so that they are the same on every machine.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from .assets import Assets
from .parts import digest, packed, unpacked
from .settings import Settings

# What Facebook, LinkedIn and X ask for (ogp.me names no size): 1.91 to 1.
CARD = (1200, 630)
# Apple's own guidelines, for screens of any density.
ICON = 180
_STAR = "m20 19 2.2 4.6 5 .7-3.6 3.5.9 5-4.5-2.4-4.5 2.4.9-5-3.6-3.5 5-.7z"
_WIDTH = 20
# From where the card's words begin to its right margin, in its own units.
_ROOM = 700
# How broad letters of Public Sans Bold are at most, in parts of their size; all others are `_BROAD`.
_BREADTHS = (("fijlrtI.,:;'|!()[]-/ ", 0.38), ("abcdeghknopqsuvxyz", 0.6), ("ABCDEFGHJKLNOPQRSTUVXYZ0123456789", 0.75))
_BROAD = 1.05


def mark(colours: Mapping[str, str]) -> str:
    """The logo, 40 by 40, as SVG shapes: a leaf hanging on its two nails, with a star for its day."""
    return (
        f'<rect x="3" y="6" width="34" height="31" rx="4" fill="#fff"/>'
        f'<path d="M3 10a4 4 0 0 1 4-4h26a4 4 0 0 1 4 4v6H3z" fill="{colours["accent"]}"/>'
        f'<path d="M12 2v8M28 2v8" stroke="#fff" stroke-width="3" stroke-linecap="round"/>'
        f'<path d="{_STAR}" fill="{colours["primary"]}"/>'
    )


def card(name: str, subtitle: str, address: str, colours: Mapping[str, str]) -> str:
    """The card of a site as SVG: its mark, its name on at most three lines, its subtitle and its host."""
    width, height = CARD
    lines = textwrap.wrap(name, _WIDTH, max_lines=3, placeholder=" …") or [""]
    top = 262 - 44 * len(lines)
    rows = [
        f'<text x="480" y="{top + 92 * place}" font-size="{size}" fill="#fff">{escape(line)}</text>'
        for size in (_fitting(lines, 78),)
        for place, line in enumerate(lines, 1)
    ]
    below = top + 92 * len(lines) + 70
    smaller = textwrap.wrap(subtitle, 38, max_lines=2, placeholder=" …")
    rows += [
        f'<text x="480" y="{below + 46 * place}" font-size="{size}" fill="#fff" fill-opacity=".85">{escape(line)}</text>'
        for size in (_fitting(smaller, 34),)
        for place, line in enumerate(smaller)
    ]
    host = urlsplit(address).netloc
    rows.append(
        f'<text x="480" y="560" font-size="{_fitting([host], 28)}" fill="{colours["accent"]}">{escape(host)}</text>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="Public Sans" '
        f'font-weight="700"><rect width="{width}" height="{height}" fill="{colours["night"]}"/>'
        f'<g transform="translate(60 135) scale(9)">{mark(colours)}</g>{"".join(rows)}</svg>'
    )


def _fitting(lines: Sequence[str], size: int) -> int:
    """The size of letters, `size` at most, at which no line runs over the card's edge: resvg breaks none itself."""
    broadest = max((sum(map(_breadth, line)) for line in lines), default=0)
    return min(size, int(_ROOM / broadest)) if broadest else size


def _breadth(letter: str) -> float:
    return next((breadth for letters, breadth in _BREADTHS if letter in letters), _BROAD)


def icon(colours: Mapping[str, str]) -> str:
    """The mark on its ground, as SVG: a phone rounds the corners itself."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 52 52"><rect width="52" height="52" '
        f'fill="{colours["night"]}"/><g transform="translate(6 6)">{mark(colours)}</g></svg>'
    )


def drawn(assets: Assets, settings: Settings) -> Assets:
    """The theme's files with the pictures of this site among them; a theme without colours and font has none."""
    if not assets.colours or assets.font is None:
        return assets
    address, colours = settings.site_url, assets.colours
    names, files = {**assets.names}, {**assets.files}
    for name, svg, width in (
        ("card", card(settings.site_name, settings.site_subtitle, address, colours), CARD[0]),
        ("icon", icon(colours), ICON),
    ):
        data = _kept(svg, width, assets.font, settings.cache)
        path = f"theme/img/{name}.{hashlib.sha256(data).hexdigest()[:8]}.png"
        names[f"{name}.png"], files[path] = path, data
    return replace(assets, names=names, files=files)


def _kept(svg: str, width: int, font: Path, cache: Path | None) -> bytes:
    """The picture as it was drawn before, where somebody kept it: drawing costs more than finding nothing changed."""
    if cache is None:
        return png(svg, width, font)
    stands = digest(importlib.metadata.version("resvg-py"), width, font.read_bytes(), svg)
    path = cache / f"{stands.hex()}.picture"
    with contextlib.suppress(OSError, ValueError, EOFError, TypeError):
        kept: bytes = unpacked(path.read_bytes(), stands)
        return kept
    data = png(svg, width, font)
    with contextlib.suppress(OSError):
        cache.mkdir(parents=True, exist_ok=True)
        path.write_bytes(packed(data, stands))
    return data


@lru_cache(maxsize=8)
def png(svg: str, width: int, font: Path) -> bytes:
    """An SVG as PNG, so many pixels wide; a preview draws each once."""
    # Imported here: only a build of pages needs it.
    import resvg_py  # noqa: PLC0415

    return bytes(resvg_py.svg_to_bytes(svg_string=svg, width=width, font_files=[str(font)], skip_system_fonts=True))
