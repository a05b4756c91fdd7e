"""What lists need to know of an event, in plain numbers and texts, made once: a list is a join of rows.

A row knows its event and the registries, and neither the day nor the other events. So it can be kept from one build to
the next (store.py), and ten thousand of them are put in order and into their lists in a tenth of a second, without a
look into a record.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from . import deadlines, markup, times, wording
from .fields import values
from .model import Event, Organizer
from .times import day_of

# The value of what an organizer did not say.
NOT_STATED = "not-stated"
Order = tuple[int, int, int, str, str]


class Facet(NamedTuple):
    """A way to divide the events: its folder in the address, its words, and the values of an event."""

    id: str
    name: str
    of_one: str
    intro: str
    values: Callable[[Event], Sequence[str]]


class Row(NamedTuple):
    """An event as lists see it; days are counted as `date.toordinal` does, and 0 is no day.

    `order` sorts listings. `start` is the first day that its VEVENT has, `first` the same unless it waits for a new
    one, `last` the last day on which it is not over. `listings` are the ids of those it belongs to ("topics/cloud"),
    `pairs` those of the calendars that join a topic with a state or a format. `told` are the other values that the
    search page counts. `deadlines` are the day and key of each. `turns` are the days on which its words change by
    themselves: a price that ends. `links` are the events that its description links to. `line` stands for what other
    events' pages say of it.
    """

    order: Order
    start: int
    first: int
    last: int
    status: str
    withdrawn: bool
    on_demand: bool
    dated: bool
    listings: tuple[str, ...]
    pairs: tuple[str, ...]
    told: tuple[str, ...]
    topics: tuple[str, ...]
    series: str
    line: bytes
    language: str
    announced: int
    changed: int
    changes: tuple[int, ...]
    deadlines: tuple[tuple[int, str], ...]
    turns: tuple[int, ...]
    links: tuple[str, ...]
    aliases: tuple[str, ...]

    def is_over(self, today: int) -> bool:
        """Whether its last day (or, without a day, the last of the period it speaks of) is behind a day."""
        return self.last < today

    def is_now(self, today: int) -> bool:
        """Whether a day is one of its days."""
        return self.dated and self.status not in ("cancelled", "postponed") and self.start <= today <= self.last


def row(event: Event, facets: Sequence[Facet]) -> Row:
    """The row of an event, with the listings that these facets make."""
    start = day_of(event.start).toordinal() if event.start is not None else 0
    listings: list[str] = []
    for facet in facets:
        listings += _ids(facet.id, tuple(facet.values(event)))
    if event.prices and wording.free_for(event):
        listings.append("free")
    if event.credits:
        listings.append("credits")
    state, access, gone = event.state, event.accessibility, event.withdrawn
    days = [item.date.toordinal() for item in event.changes]
    turns = {price.until.toordinal() + 1 for price in event.prices if price.until}
    return Row(
        order=order(event),
        start=start,
        first=0 if event.waits else start,
        last=last_day(event).toordinal(),
        status=event.status,
        withdrawn=gone is not None,
        on_demand=event.format == "on-demand",
        dated=event.dated,
        listings=tuple(listings),
        pairs=_pairs(event.topics, (state.lower(), event.format) if state else (event.format,)) if event.dated else (),
        told=_told(event.eligibility, tuple([item.type for item in event.credits]), access.features if access else ()),
        topics=event.topics,
        series=event.series or "",
        line=hashlib.blake2b(repr(_line(event)).encode(), digest_size=8).digest(),
        language=event.language,
        announced=event.announced.toordinal(),
        changed=event.changed.toordinal(),
        changes=tuple([*days, gone.date.toordinal()] if gone else days),
        deadlines=tuple([(item.day.toordinal(), item.key) for item in deadlines.of(event)]),
        turns=tuple(sorted(turns)) if turns else (),
        links=links(event),
        aliases=event.aliases,
    )


# Events of the same kinds, topics or places share what follows from them: of ten thousand rows each would hold a kilobyte
# of the same few hundred texts.


@lru_cache(maxsize=10_000)
def _ids(facet: str, values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple([f"{facet}/{value}" for value in values])


@lru_cache(maxsize=10_000)
def _pairs(topics: tuple[str, ...], parts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple([f"topics/{topic}/{part}" for topic in topics for part in parts])


@lru_cache(maxsize=10_000)
def _told(eligibility: str | None, earned: tuple[str, ...], features: tuple[str, ...]) -> tuple[str, ...]:
    return (
        f"eligibility/{eligibility or NOT_STATED}",
        *(f"credits/{kind}" for kind in dict.fromkeys(earned)),
        *(f"accessibility/{feature}" for feature in features or (NOT_STATED,)),
    )


def links(event: Event) -> tuple[str, ...]:
    """The ids of the events that its description links to, each once."""
    text = event.description
    return tuple(dict.fromkeys(markup.event_ids(text))) if text and "{event}" in text else ()


def _line(event: Event) -> tuple[object, ...]:
    """What the line of an event in a list of few words depends on (`line` in theme/templates/card.html)."""
    return (
        event.title, event.language, event.status, event.format,
        str(event.start), str(event.end), event.timezone, event.when,
        event.venue and values(event.venue), event.on_demand and values(event.on_demand),
    )  # fmt: skip


def last_day(event: Event) -> date:
    """The last day on which it is not over; `date.max` where no day and no period is known."""
    if (days := event.days) and not event.waits:
        return days[1]
    if event.format == "on-demand":
        until = event.on_demand.available_until if event.on_demand else None
        return until or date.max
    period = times.period(event.when or "")
    return period[1] if period else date.max


def order(event: Event) -> Order:
    """By day; within a day what lasts all day first, then by the instant (in seconds); `when:` events behind the dated
    ones of their time; title and id decide the rest."""
    if event.start is not None and not event.waits:
        timed, second = times.has_time(event.start), times.second(event.start, event.timezone)
        return (day_of(event.start).toordinal(), int(timed), second, event.title.casefold(), event.id)
    return (last_day(event).toordinal(), 2, 0, event.title.casefold(), event.id)


def chains(organizers: Mapping[str, Organizer]) -> Mapping[str, tuple[str, ...]]:
    """Each organizer with the bodies that it is part of: its events are also theirs."""
    above: dict[str, tuple[str, ...]] = {}
    for identity in organizers:
        chain, step = [identity], organizers[identity].parent
        while step and step in organizers and step not in chain:
            chain.append(step)
            step = organizers[step].parent
        above[identity] = tuple(chain)
    return above
