"""`/events.csv`: a row for every event, for those who work in a spreadsheet (RFC 4180).

It begins with a byte-order mark, without which Excel reads UTF-8 as Windows' own encoding; every program that reads
tables well skips it. No cell can be run as a formula (OWASP, "CSV Injection").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from . import wording
from .calendars import Directory
from .data import instant, written
from .joining import Piece
from .model import Event, Price
from .wording import Words

BOM = "\ufeff"

# What a spreadsheet takes for the start of a formula, at the start of a cell, behind spaces and quotes, or behind a
# semicolon, which parts the cells where the decimal sign is a comma; full-width forms count as the plain ones in some.
_FORMULA = re.compile(r"(^|[;\t\r\n])(?=[\s\"]*[=+\-@\t\r\n＝＋－＠])")
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


def guarded(cell: str) -> str:
    """A cell that no spreadsheet runs: an apostrophe stands before what could begin a formula; a number stays one."""
    return cell if _NUMBER.fullmatch(cell) else _FORMULA.sub(r"\1'", cell)


def _price(price: Price, words: Words) -> str:
    notes = [price.label or "", words("until {day}", day=written(price.until)) if price.until else ""]
    tail = ", ".join(note for note in notes if note)
    return f"{words.price_for[price.for_]}: {words.amount(price)}" + (f" ({tail})" if tail else "")


def _moment(moment: Any) -> str:
    return written(moment) if moment else ""


def _part(name: str, *fields: str) -> Mapping[str, Callable[[Event, Directory], Any]]:
    """Columns for the fields of a group, under the names that they have in JSON: `venue.city`."""

    def column(field: str) -> Callable[[Event, Directory], Any]:
        return lambda event, _: getattr(getattr(event, name), field, None)

    return {f"{name}.{field}": column(field) for field in fields}


COLUMNS: Mapping[str, Callable[[Event, Directory], Any]] = {
    "id": lambda event, _: event.id,
    "title": lambda event, _: event.title,
    "acronym": lambda event, _: event.acronym,
    "kind": lambda event, _: event.kind,
    "format": lambda event, _: event.format,
    "status": lambda event, _: event.status,
    "status_note": lambda event, _: event.status_note,
    "start": lambda event, _: _moment(event.start),
    "end": lambda event, _: _moment(event.end),
    "timezone": lambda event, _: event.timezone,
    "start_utc": lambda event, _: instant(event.start, event.timezone),
    "end_utc": lambda event, _: instant(event.end, event.timezone),
    "when": lambda event, _: event.when,
    **_part("venue", "name", "room", "street", "city", "state", "postal_code", "country", "latitude", "longitude"),
    **_part("online", "platform", "url"),
    "organizer": lambda event, site: "; ".join(site.organizers[body].name for body in event.organizer),
    "topics": lambda event, site: "; ".join(site.topics[topic].name for topic in event.topics),
    "series": lambda event, site: site.series[event.series].name if event.series else "",
    "audience": lambda event, _: "; ".join(event.audience),
    "eligibility": lambda event, _: event.eligibility,
    "free_for": lambda event, _: wording.free_for(event),
    "prices": lambda event, site: "; ".join(_price(price, site.words) for price in event.prices),
    "registration.url": lambda event, _: event.registration.url if event.registration else None,
    "registration.opens": lambda event, _: _moment(event.registration and event.registration.opens),
    "registration.closes": lambda event, _: _moment(event.registration and event.registration.closes),
    "registration.state": lambda event, _: event.registration.state if event.registration else None,
    "credits": lambda event, _: "; ".join(map(wording.credit, event.credits)),
    "accessibility.features": lambda event, _: "; ".join(event.accessibility.features if event.accessibility else ()),
    **_part("accessibility", "contact"),
    "accessibility.request_by": lambda event, _: _moment(event.accessibility and event.accessibility.request_by),
    "url": lambda event, _: event.url,
    **_part("on_demand", "url", "minutes"),
    "commercial": lambda event, _: "true" if event.commercial else "false",
    "language": lambda event, _: event.language,
    "summary": lambda event, _: event.summary,
    "announced": lambda event, _: _moment(event.announced),
    "checked": lambda event, _: _moment(event.checked),
    "updated": lambda event, _: _moment(event.changed),
    "page": lambda event, site: site.event_page(event),
}
"""Every column, with what it holds of an event; several values of one cell are parted by "; "."""


def line(event: Event, directory: Directory) -> str:
    """An event's line, with the CRLF at its end."""
    return joined([take(event, directory) for take in COLUMNS.values()])


def joined(cells: Iterable[Any]) -> str:
    """A line of these cells, guarded, with the CRLF at its end; None is an empty one."""
    return ",".join(["" if cell is None or cell == "" else _written(str(cell)) for cell in cells]) + "\r\n"


def _written(cell: str) -> str:
    # Of a cell that is not empty. Half a million are looked at for 10,000 events, and nearly all hold nothing that parts cells
    # or could begin a formula. `csv` looks at each of their characters, which took a third of a line's time.
    if cell[0].isalnum() and not (
        "," in cell or ";" in cell or '"' in cell or "\t" in cell or "\n" in cell or "\r" in cell
    ):
        return cell
    return _quoted(cell)


@lru_cache(maxsize=1_000)
def _quoted(cell: str) -> str:
    """A guarded cell, in quotes where it needs them. Kept: what is said in lists ("federal; state") is said often."""
    text = guarded(cell)
    if not re.search(r'[,"\r\n]', text):
        return text
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def table(lines: Iterable[Piece]) -> Iterator[Piece]:
    """The whole file in pieces: a header, then the lines of the events."""
    yield (BOM + joined(COLUMNS)).encode()
    yield from lines
