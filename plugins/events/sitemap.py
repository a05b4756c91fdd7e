"""`/sitemap.xml` (sitemaps.org) and `/robots.txt` (RFC 9309): what search engines shall know of, and may fetch.

`lastmod` is the day on which something that a page shows last changed, as far as records say; a page without such a day
has none. Search engines trust it only as long as it is true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from html import escape
from operator import itemgetter
from typing import NamedTuple

MOST_PAGES = 50_000
_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'
_SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


class Address(NamedTuple):
    """A page's absolute address, and the day on which what it shows last changed."""

    url: str
    changed: date | None = None


def sitemaps(
    addresses: Sequence[Address], site_url: str, most: int = MOST_PAGES
) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """What makes the files, with their addresses: one, or an index and as many as needed; `most` addresses go into one file.

    None comes near the protocol's 50 MB: ids are at most 80 characters long.
    """
    ordered = sorted(addresses, key=itemgetter(0))
    if len(ordered) <= most:
        yield "sitemap.xml", partial(_file, "urlset", "url", ordered)
        return
    parts: list[Address] = []
    for number, start in enumerate(range(0, len(ordered), most), 1):
        rows = ordered[start : start + most]
        path = f"sitemap-{number}.xml"
        parts.append(Address(f"{site_url}/{path}", max((row.changed for row in rows if row.changed), default=None)))
        yield path, partial(_file, "urlset", "url", rows)
    yield "sitemap.xml", partial(_file, "sitemapindex", "sitemap", parts)


def _file(root: str, item: str, rows: Sequence[Address]) -> bytes:
    lines = [f"{_HEAD}<{root} {_SPACE}>"]
    for row in rows:
        changed = f"<lastmod>{row.changed}</lastmod>" if row.changed else ""
        lines.append(f"<{item}><loc>{escape(row.url, quote=False)}</loc>{changed}</{item}>")
    return "\n".join([*lines, f"</{root}>\n"]).encode()


def robots(site_url: str) -> bytes:
    """Everything may be fetched: Google's calendar obeys this file, and would read no feed that it forbids."""
    return f"User-agent: *\nAllow: /\n\nSitemap: {site_url}/sitemap.xml\n".encode()
