"""The collection on one day: what is on, what is next, what is past, and every way to list it.

`today` is an argument; the same collection and day give the same catalog. A reader's clock may be ahead of the
build's: pages carry the instants, and a script of ours moves what has ended meanwhile (theme/scripts/lib/clock.js).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TypeVar

from . import times, vocabulary, wording
from .collection import Collection
from .model import Event
from .times import day_of
from .wording import ENGLISH, Words


@dataclass(frozen=True, slots=True)
class Facet:
    """A way to divide the events: its folder in the address, its words, and the values of an event."""

    id: str
    name: str
    of_one: str
    intro: str
    values: Callable[[Event], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Listing:
    """The events that have something in common, in the order of a listing.

    `id` is the address without its suffix ("topics/cloud"); `events` are all of them, `upcoming` those not over on
    the catalog's day, `past` the others, latest first, `on_demand` what has no date and needs none. `withdrawn` ones
    are shown nowhere; they keep the listing at its address, and its calendar tells subscribers that they are gone.
    """

    id: str
    title: str
    name: str
    description: str
    upcoming: tuple[Event, ...]
    past: tuple[Event, ...]
    on_demand: tuple[Event, ...]
    facet: str = ""
    value: str = ""
    withdrawn: tuple[Event, ...] = ()

    @property
    def dated(self) -> tuple[Event, ...]:
        """What the listing's calendar may hold."""
        return tuple(event for event in (*self.past, *self.upcoming, *self.withdrawn) if event.dated)

    @property
    def has_calendar(self) -> bool:
        """A listing that never held a dated event has no calendar; one that did keeps it for ever."""
        return any(event.dated for event in (*self.past, *self.upcoming, *self.withdrawn))

    @property
    def total(self) -> int:
        """How many events it lists, past ones too."""
        return len(self.upcoming) + len(self.past) + len(self.on_demand)


def _organizers(collection: Collection) -> Callable[[Event], Sequence[str]]:
    """An organizer's events are also those of the body that it is part of."""
    above: dict[str, tuple[str, ...]] = {}
    for identity in collection.organizers:
        chain, step = [identity], collection.organizers[identity].parent
        while step and step in collection.organizers and step not in chain:
            chain.append(step)
            step = collection.organizers[step].parent
        above[identity] = tuple(chain)
    return lambda event: list(dict.fromkeys(body for own in event.organizer for body in above.get(own, (own,))))


def facets(collection: Collection, words: Words) -> tuple[Facet, ...]:
    """Every facet of the directory, in the order in which pages offer them."""
    return (
        Facet(
            "topics", words("Topics"), words("topic"), words("What the events are about."), lambda event: event.topics
        ),
        Facet(
            "organizers",
            words("Organizers"),
            words("organizer"),
            words("Who holds the events."),
            _organizers(collection),
        ),
        Facet(
            "states",
            words("States and territories"),
            words("state"),
            words("Where in the United States one can go to an event."),
            lambda event: (event.state.lower(),) if event.state else (),
        ),
        Facet(
            "formats",
            words("Formats"),
            words("format"),
            words("In a room, online, or whenever it suits."),
            lambda event: (event.format,),
        ),
        Facet(
            "kinds",
            words("Kinds of event"),
            words("kind"),
            words("From a one-hour webinar to a conference."),
            lambda event: (event.kind,),
        ),
        Facet(
            "audiences",
            words("Audiences"),
            words("audience"),
            words("For whom the events are meant."),
            lambda event: event.audience,
        ),
        Facet(
            "series",
            words("Series"),
            words("series"),
            words("Events that come back: every edition in one place."),
            lambda event: (event.series,) if event.series else (),
        ),
    )


@dataclass(frozen=True)
class Catalog:
    """A collection on a day. Build it with `Catalog(collection, today)`; the rest is derived when asked for."""

    collection: Collection
    today: date
    words: Words = ENGLISH

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """All published events, by id."""
        return self.collection.published

    @cached_property
    def withdrawn(self) -> tuple[Event, ...]:
        """What was taken back, by id."""
        return self.collection.withdrawn

    @cached_property
    def _positions(self) -> Mapping[str, int]:
        return {event.id: index for index, event in enumerate(sorted(self.events, key=order))}

    def position(self, event: Event) -> int:
        """Its place among all events in listing order: every list of them sorts by it, and `order` is worked out once."""
        return self._positions[event.id]

    def is_over(self, event: Event) -> bool:
        """Whether its last day (or, without a day, the last of the period it speaks of) is behind today."""
        return last_day(event) < self.today

    def is_now(self, event: Event) -> bool:
        """Whether today is one of its days."""
        if event.start is None or event.status in ("cancelled", "postponed"):
            return False
        return day_of(event.start) <= self.today <= last_day(event)

    def listing(
        self,
        identity: str,
        title: str,
        members: Iterable[Event],
        *,
        name: str = "",
        description: str = "",
        facet: str = "",
        value: str = "",
        withdrawn: Iterable[Event] = (),
    ) -> Listing:
        """The events in listing order: upcoming first to last, past last to first."""
        here = sorted(members, key=self.position)
        dated = [event for event in here if event.format != "on-demand"]
        return Listing(
            id=identity,
            title=title,
            name=name or title,
            description=description,
            upcoming=tuple(event for event in dated if not self.is_over(event)),
            past=tuple(event for event in reversed(dated) if self.is_over(event)),
            on_demand=tuple(
                sorted(
                    (event for event in here if event.format == "on-demand"), key=lambda e: (e.title.casefold(), e.id)
                )
            ),
            facet=facet,
            value=value,
            withdrawn=tuple(withdrawn),
        )

    @cached_property
    def facets(self) -> tuple[Facet, ...]:
        """The facets, in page order."""
        return facets(self.collection, self.words)

    @cached_property
    def all(self) -> Listing:
        """Everything: `/events.html`."""
        return self.listing(
            "events",
            self.words("All upcoming events"),
            self.events,
            name=self.words("all events"),
            description=self.words("Everything that is still to come or happening now, the nearest first."),
            withdrawn=self.withdrawn,
        )

    @cached_property
    def by_facet(self) -> Mapping[str, tuple[Listing, ...]]:
        """For every facet the listings of its values that any record uses, by name."""
        found: dict[str, tuple[Listing, ...]] = {}
        for facet in self.facets:
            members: defaultdict[str, list[Event]] = defaultdict(list)
            for event in self.events:
                for value in facet.values(event):
                    members[value].append(event)
            gone: defaultdict[str, list[Event]] = defaultdict(list)
            for event in self.withdrawn:
                for value in facet.values(event):
                    gone[value].append(event)
            listings = [
                self._value(facet, value, members.get(value, ()), gone.get(value, ()))
                for value in dict.fromkeys((*members, *gone))
            ]
            order_of = self._vocabulary_order(facet.id)
            listings.sort(key=lambda item: (order_of.get(item.value, 0), item.name.casefold(), item.value))
            found[facet.id] = tuple(listings)
        return found

    @staticmethod
    def _vocabulary_order(facet: str) -> Mapping[str, int]:
        ordered = {"formats": vocabulary.FORMAT, "audiences": vocabulary.AUDIENCE}.get(facet, {})
        return {value: index for index, value in enumerate(ordered)}

    def value_name(self, facet: str, value: str) -> str:
        """What readers see for a facet's value."""
        if facet == "topics":
            return self.collection.topics[value].name
        if facet == "organizers":
            return wording.organizer(self.collection.organizers[value])
        if facet == "series":
            return self.collection.series[value].name
        if facet == "states":
            return self.words.state[value.upper()]
        said = {"formats": self.words.format, "kinds": self.words.kinds, "audiences": self.words.audience}
        return said[facet][value]

    def _value(self, facet: Facet, value: str, members: Sequence[Event], withdrawn: Sequence[Event]) -> Listing:
        name = self.value_name(facet.id, value)
        entry = getattr(self.collection, facet.id, {}).get(value) if facet.id in ("topics", "series") else None
        words, lower = self.words, _lower(name)
        titles = {
            "topics": words("Events on {topic}", topic=lower),
            "organizers": words("Events by {organizer}", organizer=name),
            "states": words("Events in {state}", state=name),
            "formats": words("{format}: events", format=name),
            "kinds": name,
            "audiences": words("Events for {audience}", audience=lower),
            "series": name,
        }
        fallback = {
            "topics": words("Events for public servants on {topic}, the nearest first.", topic=lower),
            "organizers": words(
                "What {organizer} holds for public servants, with what its units hold.", organizer=name
            ),
            "states": words("Events for public servants in {state}, on site or with an online part.", state=name),
            "formats": words("Events for public servants in the format “{format}”.", format=lower),
            "kinds": words("{kind} for public servants, the nearest first.", kind=name),
            "audiences": words("Events meant for {audience}, among others.", audience=lower),
            "series": words("All editions of {series}.", series=name),
        }
        described = entry.description if entry is not None and entry.description else fallback[facet.id]
        return self.listing(
            f"{facet.id}/{value}",
            titles[facet.id],
            members,
            name=name,
            description=described,
            facet=facet.id,
            value=value,
            withdrawn=withdrawn,
        )

    @cached_property
    def free(self) -> Listing:
        """What costs a public servant nothing: `/free.html`."""
        return self.listing(
            "free",
            self.words("Free events"),
            (event for event in self.events if wording.free_for(event)),
            name=self.words("free events"),
            description=self.words(
                "Events that cost a public servant nothing: free for everyone, or free for government."
            ),
            withdrawn=(event for event in self.withdrawn if wording.free_for(event)),
        )

    @cached_property
    def credits(self) -> Listing:
        """What earns credits: `/credits.html`."""
        return self.listing(
            "credits",
            self.words("Events with credits"),
            (event for event in self.events if event.credits),
            name=self.words("events with credits"),
            description=self.words(
                "Events that count towards a certificate or a licence: CPE, CLP, CEU, CLE, PDU or CME."
            ),
            withdrawn=(event for event in self.withdrawn if event.credits),
        )

    @cached_property
    def years(self) -> tuple[Listing, ...]:
        """The archive: what is past, by the year of its last day, the latest year first."""
        members: defaultdict[int, list[Event]] = defaultdict(list)
        for event in self.all.past:
            members[last_day(event).year].append(event)
        return tuple(
            self.listing(
                f"archive/{year}",
                self.words("Events of {year}", year=year),
                members[year],
                name=str(year),
                description=self.words("Events for public servants that ended in {year}, the latest first.", year=year),
                facet="archive",
                value=str(year),
            )
            for year in sorted(members, reverse=True)
        )

    @cached_property
    def listings(self) -> tuple[Listing, ...]:
        """Every listing that has a page of its own, in the order of the feeds page."""
        values = [listing for facet in self.facets for listing in self.by_facet[facet.id]]
        return (self.all, self.free, self.credits, *values, *self.years)

    @cached_property
    def _by_topic(self) -> Mapping[str, Sequence[Event]]:
        members: defaultdict[str, list[Event]] = defaultdict(list)
        for event in self.all.upcoming:
            for topic in event.topics:
                members[topic].append(event)
        return members

    def related(self, event: Event, limit: int = 3) -> tuple[Event, ...]:
        """Upcoming events that share the most topics with it, the nearest first among equals."""
        shared: defaultdict[str, int] = defaultdict(int)
        found: dict[str, Event] = {}
        for topic in event.topics:
            # The nearest few of each topic are enough to choose from, and keep the cost the same for any size.
            for other in self._by_topic.get(topic, ())[:40]:
                if other.id != event.id and (event.series is None or other.series != event.series):
                    shared[other.id] += 1
                    found[other.id] = other
        ranked = sorted(found.values(), key=lambda other: (-shared[other.id], self.position(other)))
        return tuple(ranked[:limit])

    def editions(self, event: Event) -> tuple[Event, ...]:
        """The other editions of its series, the latest first."""
        if event.series is None:
            return ()
        return tuple(other for other in self._editions[event.series] if other.id != event.id)

    @cached_property
    def _editions(self) -> Mapping[str, tuple[Event, ...]]:
        members: defaultdict[str, list[Event]] = defaultdict(list)
        for event in self.events:
            if event.series:
                members[event.series].append(event)
        return {series: tuple(sorted(events, key=self.position, reverse=True)) for series, events in members.items()}


def last_day(event: Event) -> date:
    """The last day on which it is not over; `date.max` where no day and no period is known."""
    if event.last is not None and not event.waits:
        return day_of(event.last)
    if event.format == "on-demand":
        until = event.on_demand.available_until if event.on_demand else None
        return until or date.max
    period = times.period(event.when or "")
    return period[1] if period else date.max


def order(event: Event) -> tuple[date, int, datetime, str, str]:
    """By day; within a day what lasts all day first, then by the instant; `when:` events behind the dated ones of
    their time; title and id decide the rest."""
    if event.start is not None and not event.waits:
        timed = times.has_time(event.start)
        return (
            day_of(event.start),
            int(timed),
            times.instant(event.start, event.timezone).replace(tzinfo=None),
            event.title.casefold(),
            event.id,
        )
    return (last_day(event), 2, datetime.max, event.title.casefold(), event.id)  # noqa: DTZ901  a sort key


def months_before(day: date, months: int) -> date:
    """The same day of the month so many months earlier; a month that is too short gives its last day."""
    count = day.year * 12 + day.month - 1 - months
    year, month = divmod(count, 12)
    after = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(day.day, (after - timedelta(days=1)).day))


def window(listing: Listing, today: date, past_months: int, most: int) -> tuple[Event, ...]:
    """What a subscribable feed holds: upcoming and recent events, at most so many, the nearest to today first."""

    def span(event: Event) -> tuple[date, date, str]:
        assert event.start is not None
        return day_of(event.start), last_day(event), event.id

    return nearest(listing.dated, span, today, past_months, most)


Item = TypeVar("Item")


def nearest(
    items: Iterable[Item], span: Callable[[Item], tuple[date, date, str]], today: date, past_months: int, most: int
) -> tuple[Item, ...]:
    """What is upcoming or was over in the last months, at most so many, the nearest to today first.

    `span` gives an item's first and last day, and what decides between equals. Where that leaves none, the latest
    past one stays: a feed that becomes empty makes subscribers' programs give up.
    """
    oldest = months_before(today, past_months)
    spans = [(*span(item), item) for item in items]
    members = [row for row in spans if row[1] >= oldest]
    if spans and not members:
        members = [max(spans, key=lambda row: (row[1], row[0], row[2]))]

    def distance(row: tuple[date, date, str, Item]) -> tuple[int, date, str]:
        first, last, identity, _ = row
        away = 0 if first <= today <= last else min(abs((first - today).days), abs((last - today).days))
        return (away, first, identity)

    return tuple(row[3] for row in sorted(members, key=distance)[:most])


def _lower(name: str) -> str:
    """A name in the middle of a sentence: "Cloud" becomes "cloud", "AI" and "U.S." stay."""
    first = name.split(maxsplit=1)[0]
    return name if any(letter.isupper() for letter in first[1:]) or "." in first else name[0].lower() + name[1:]
