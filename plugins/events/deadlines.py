"""Every day by which somebody must have done something, whatever field of a record names it.

Missing one costs more than missing the event: the seat, the early price, the interpreter.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from . import wording
from .model import Event, Price
from .times import Moment, day_of
from .wording import ENGLISH, Words

LONGEST_KEY = 60


class Deadline(NamedTuple):
    """Something that must be done by a day.

    `key` tells it apart from the other deadlines of its event, for ever: it is made of what it is for and never of
    its day, so that a deadline that is put off moves in calendars and does not double. `label` says what ends
    ("Registration closes"), `note` and `url` what helps to do it.
    """

    event: Event
    moment: Moment
    key: str
    label: str
    note: str = ""
    url: str = ""

    @property
    def day(self) -> date:
        """Its last day."""
        return day_of(self.moment)


# The last answer: who makes what belongs to an event asks three times.
_last: tuple[Event, Words, Sequence[Deadline]] | None = None


def of(event: Event, words: Words = ENGLISH) -> Sequence[Deadline]:
    """The deadlines of one event, by day."""
    global _last  # noqa: PLW0603  `lru_cache` would compare events by all that they hold
    known = _last
    if known is None or known[0] is not event or known[1] is not words:
        found = sorted(_told_apart(_found(event, words)), key=lambda item: (item.day, item.key))
        known = _last = (event, words, tuple(found))
    return known[2]


def _found(event: Event, words: Words) -> Iterator[Deadline]:
    register = event.registration
    url = (register.url if register else None) or event.url or ""
    if register and register.closes and not _says_when_it_closes(event, day_of(register.closes)):
        # Where no seat is left the day stays: it would vanish from calendars without a word.
        full = words.registration[register.state] + "." if register.state in ("waitlist", "sold-out", "closed") else ""
        note = " ".join(part for part in (full, register.note) if part)
        yield Deadline(event, register.closes, "registration", words("Registration closes"), note, url)
    access = event.accessibility
    if access and access.request_by:
        ask = words("Ask {contact}.", contact=access.contact) if access.contact else ""
        yield Deadline(event, access.request_by, "accommodations", words("Accommodation requests due"), ask, url)
    for item in event.deadlines:
        yield Deadline(event, item.date, f"date-{_slug(item.label)}", item.label, "", item.url or event.url or "")
    for (label, until), prices in _ending_prices(event.prices).items():
        named = label.casefold().endswith(("price", "rate", "fee", "precio", "tarifa", "cuota"))
        ends = words("Price ends")
        if label:
            ends = words("{label} ends", label=label) if named else words("{label} price ends", label=label)
        note = "; ".join(f"{words.price_for[price.for_]}: {words.amount(price)}" for price in prices) + "."
        yield Deadline(event, until, f"price-{_slug(label)}" if label else "price", ends, note, url)


def _says_when_it_closes(event: Event, day: date) -> bool:
    """Whether a deadline of its own says that registration closes on that day, in its language or in English: which deadlines
    an event has does not depend on the language in which somebody asks."""
    if not event.deadlines:
        return False
    said = {spoken("Registration closes").casefold() for spoken in (ENGLISH, wording.words(event.language))}
    return any(item.date == day and item.label.casefold() in said for item in event.deadlines)


def _ending_prices(prices: Iterable[Price]) -> dict[tuple[str, date], list[Price]]:
    """Prices with a last day: those of one name and day end together."""
    found: dict[tuple[str, date], list[Price]] = {}
    for price in prices:
        if price.until:
            found.setdefault((price.label or "", price.until), []).append(price)
    return found


def _slug(label: str) -> str:
    """The part of a key that a label gives; what is long or has no Latin letter gives a digest."""
    words = re.sub(r"[^a-z0-9]+", "-", label.casefold()).strip("-")
    if words and len(words) <= LONGEST_KEY and label.isascii():
        return words
    return hashlib.sha256(label.encode()).hexdigest()[:12]


def _told_apart(found: Iterable[Deadline]) -> Iterator[Deadline]:
    """Keys of one event differ: the second of the same name gets a number, in the record's own order."""
    counts: dict[str, int] = {}
    for item in found:
        count = counts[item.key] = counts.get(item.key, 0) + 1
        yield item if count == 1 else item._replace(key=f"{item.key}--{count}")
