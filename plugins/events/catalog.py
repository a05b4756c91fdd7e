"""The collection on one day: what is on, what is next, what is past, and every way to list it.

`today` is an argument; the same collection and day give the same catalog. A reader's clock may be ahead of the
build's: pages carry the instants, and a script of ours moves what has ended meanwhile (theme/scripts/lib/clock.js).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from itertools import chain, islice
from typing import NamedTuple, TypeVar

from . import rows, vocabulary, wording
from .collection import Collection
from .model import Event
from .rows import Facet, Row, chains
from .wording import ENGLISH, Words

# How many related events a page tells of.
RELATED = 3


@dataclass(frozen=True, slots=True)
class Listing:
    """The events that have something in common, in the order of a listing.

    `id` is the address without its suffix ("topics/cloud"); `upcoming` are those not over on the catalog's day, `past`
    the others, latest first, `on_demand` what has no date and needs none, `dated` those that a calendar may hold.
    `withdrawn` ones are shown nowhere; they keep the listing at its address, and its calendar tells subscribers that
    they are gone.
    """

    id: str
    title: str
    name: str
    description: str
    upcoming: tuple[Event, ...]
    past: tuple[Event, ...]
    on_demand: tuple[Event, ...]
    withdrawn: tuple[Event, ...]
    dated: tuple[Event, ...]
    facet: str = ""
    value: str = ""

    @property
    def has_calendar(self) -> bool:
        """A listing that never held a dated event has no calendar; one that did keeps it for ever."""
        return bool(self.dated)

    @property
    def total(self) -> int:
        """How many events it lists, past ones too."""
        return len(self.upcoming) + len(self.past) + len(self.on_demand)


def _organizers(collection: Collection) -> Callable[[Event], Sequence[str]]:
    """An organizer's events are also those of the body that it is part of."""
    above = chains(collection.organizers)
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
    def rows(self) -> Mapping[str, Row]:
        """The row of every event, withdrawn ones too, by its id."""
        kept, every = self.collection.rows, (*self.events, *self.withdrawn)
        return {event.id: kept.get(event.id) or rows.row(event, self.facets) for event in every}

    def row(self, event: Event) -> Row:
        """What lists need to know of an event."""
        return self.rows[event.id]

    @cached_property
    def ordered(self) -> tuple[Event, ...]:
        """All published events in listing order: sorted once, and every list is taken from it in turn."""
        found = self.rows
        return tuple(sorted(self.events, key=lambda event: found[event.id].order))

    def is_over(self, event: Event) -> bool:
        """Whether it is over on the catalog's day."""
        return self.rows[event.id].is_over(self._today)

    def is_now(self, event: Event) -> bool:
        """Whether it is on on the catalog's day."""
        return self.rows[event.id].is_now(self._today)

    @cached_property
    def _today(self) -> int:
        return self.today.toordinal()

    @cached_property
    def members(self) -> Mapping[str, Members]:
        """The events of every listing and of every pair of a topic with a state or format, by its id."""
        found: defaultdict[str, Members] = defaultdict(Members)
        rows, today = self.rows, self._today
        years: dict[int, str] = {}
        for event in self.ordered:
            row = rows[event.id]
            last, dated, changed = row.last, row.dated, row.changed
            where = "upcoming" if last >= today else "past"
            lists = ["events", *row.listings, *row.pairs]
            if row.on_demand:
                where = "on_demand"
            elif last < today:
                if last not in years:
                    years[last] = f"archive/{date.fromordinal(last).year}"
                lists.append(years[last])
            for identity in lists:
                place = found[identity]
                getattr(place, where).append(event)
                if not dated:
                    place.all_dated = False
                # A hundred thousand times: `max` takes twice as long.
                elif changed > place.changed:
                    place.changed = changed
        for event in self.withdrawn:
            row = rows[event.id]
            for identity in ("events", *row.listings, *row.pairs):
                place = found[identity]
                place.withdrawn.append(event)
                if row.dated:
                    place.changed = max(place.changed, row.changed)
                else:
                    place.all_dated = False
        for place in found.values():
            place.past.reverse()
            place.on_demand.sort(key=lambda event: rows[event.id].order[3:])
        return found

    def listing(
        self, identity: str, title: str, *, name: str = "", description: str = "", facet: str = "", value: str = ""
    ) -> Listing:
        """The events of that id in listing order: upcoming first to last, past last to first."""
        members = self.members.get(identity) or Members()
        return Listing(
            id=identity,
            title=title,
            name=name or title,
            description=description,
            upcoming=tuple(members.upcoming),
            past=tuple(members.past),
            on_demand=tuple(members.on_demand),
            withdrawn=tuple(members.withdrawn),
            dated=self.dated(members),
            facet=facet,
            value=value,
        )

    def dated(self, members: Members) -> tuple[Event, ...]:
        """Those of some events that a calendar may hold: nearly always all."""
        every = (*reversed(members.past), *members.upcoming, *members.on_demand, *members.withdrawn)
        return every if members.all_dated else tuple([event for event in every if self.rows[event.id].dated])

    def window(self, events: Iterable[Event], past_months: int, most: int) -> tuple[Event, ...]:
        """What a subscribable feed holds of some dated events: `nearest`, by the days that their VEVENTs have."""

        def span(event: Event) -> Span:
            row = self.row(event)
            return Span(row.start, row.last, event.id)

        return nearest(events, span, self.today, past_months, most)

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
            name=self.words("all events"),
            description=self.words("Everything that is still to come or happening now, the nearest first."),
        )

    @cached_property
    def by_facet(self) -> Mapping[str, tuple[Listing, ...]]:
        """For every facet the listings of its values that any record uses, by name."""
        found: dict[str, tuple[Listing, ...]] = {}
        values: defaultdict[str, list[str]] = defaultdict(list)
        for identity in self.members:
            facet_id, _, value = identity.partition("/")
            if value and "/" not in value:
                values[facet_id].append(value)
        for facet in self.facets:
            listings = [self._value(facet, value) for value in values[facet.id]]
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

    def _value(self, facet: Facet, value: str) -> Listing:
        name = self.value_name(facet.id, value)
        entry = getattr(self.collection, facet.id, {}).get(value) if facet.id in ("topics", "series") else None
        words, lower = self.words, _lower(name)
        titles = {
            "topics": words("Events on {topic}", topic=lower),
            "organizers": words("{organizer}: events", organizer=name),
            "states": words("Events in {state}", state=name),
            "formats": words("{format}: events", format=name),
            "kinds": name,
            "audiences": words("Events for {audience}", audience=lower),
            "series": name,
        }
        fallback = {
            "topics": words("Events for public servants on {topic}, the nearest first.", topic=lower),
            "organizers": words(
                "{organizer} and its units: events for public servants, the nearest first.", organizer=name
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
            name=name,
            description=described,
            facet=facet.id,
            value=value,
        )

    @cached_property
    def free(self) -> Listing:
        """What costs a public servant nothing: `/free.html`."""
        return self.listing(
            "free",
            self.words("Free events"),
            name=self.words("free events"),
            description=self.words(
                "Events that cost a public servant nothing: free for everyone, or free for government."
            ),
        )

    @cached_property
    def credits(self) -> Listing:
        """What earns credits: `/credits.html`."""
        return self.listing(
            "credits",
            self.words("Events with credits"),
            name=self.words("events with credits"),
            description=self.words(
                "Events that count towards a certificate or a licence: CPE, CLP, CEU, CLE, PDU or CME."
            ),
        )

    @cached_property
    def years(self) -> tuple[Listing, ...]:
        """The archive: what is past, by the year of its last day, the latest year first."""
        years = {int(identity.rsplit("/", 1)[1]) for identity in self.members if identity.startswith("archive/")}
        return tuple(
            self.listing(
                f"archive/{year}",
                self.words("Events of {year}", year=year),
                name=str(year),
                description=self.words("Events for public servants that ended in {year}, the latest first.", year=year),
                facet="archive",
                value=str(year),
            )
            for year in sorted(years, reverse=True)
        )

    @cached_property
    def listings(self) -> tuple[Listing, ...]:
        """Every listing that has a page of its own, in the order of the feeds page."""
        values = [listing for facet in self.facets for listing in self.by_facet[facet.id]]
        return (self.all, self.free, self.credits, *values, *self.years)

    def related(self, event: Event) -> tuple[Event, ...]:
        """Upcoming events that share the most topics with it, the nearest first among equals."""
        liked = self.liked(self.rows[event.id])
        if event.id not in liked.ids:
            return liked.first
        return tuple(other for other in liked.best if other.id != event.id)[:RELATED]

    def liked(self, row: Row) -> Liked:
        """What all events of the same topics and series ask for."""
        asked = (row.topics, row.series)
        if asked not in self._liked:
            best = tuple(self._like(*asked, RELATED + 1))
            self._liked[asked] = Liked(frozenset(other.id for other in best), best, best[:RELATED])
        return self._liked[asked]

    def _like(self, topics: tuple[str, ...], series: str, most: int) -> Sequence[Event]:
        """The upcoming events on these topics and of no such series, best first."""
        # The nearest few of each topic are enough to choose from, and keep the cost the same for any size.
        shared = Counter(chain.from_iterable(self._nearest(topic) for topic in topics))
        size, ordered = len(self.ordered), self.ordered
        best = (ordered[rank % size] for rank in sorted(rank - count * size for rank, count in shared.items()))
        return [*islice((one for one in best if not series or self.row(one).series != series), most)]

    def _nearest(self, topic: str) -> Sequence[int]:
        """The places of a topic's next events in listing order."""
        if topic not in self._near:
            members = self.members.get(f"topics/{topic}") or Members()
            self._near[topic] = [self._ranks[event.id] for event in members.upcoming[:40]]
        return self._near[topic]

    @cached_property
    def _ranks(self) -> Mapping[str, int]:
        return {event.id: rank for rank, event in enumerate(self.ordered)}

    @cached_property
    def _near(self) -> dict[str, Sequence[int]]:
        return {}

    @cached_property
    def _liked(self) -> dict[tuple[tuple[str, ...], str], Liked]:
        return {}

    def editions(self, event: Event, most: int | None = None) -> tuple[Event, ...]:
        """The other editions of its series, the latest first; the first so many of them."""
        series = self.row(event).series
        if not series:
            return ()
        return tuple(islice((other for other in self._editions[series] if other.id != event.id), most))

    @cached_property
    def _editions(self) -> Mapping[str, Sequence[Event]]:
        members: defaultdict[str, list[Event]] = defaultdict(list)
        for event in reversed(self.ordered):
            if series := self.row(event).series:
                members[series].append(event)
        return members


@dataclass(frozen=True, slots=True, eq=False)
class Liked:
    """The upcoming events that fit some topics, best first: their ids, one more than a page tells of, and those of a page
    of an event that is none of them."""

    ids: frozenset[str]
    best: tuple[Event, ...]
    first: tuple[Event, ...]


@dataclass(slots=True)
class Members:
    """The events of a listing while they are put together, and the day of the last change of one that a calendar may hold."""

    upcoming: list[Event] = field(default_factory=list)
    past: list[Event] = field(default_factory=list)
    on_demand: list[Event] = field(default_factory=list)
    withdrawn: list[Event] = field(default_factory=list)
    changed: int = 0
    all_dated: bool = True


def months_before(day: date, months: int) -> date:
    """The same day of the month so many months earlier; a month that is too short gives its last day."""
    count = day.year * 12 + day.month - 1 - months
    year, month = divmod(count, 12)
    after = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(day.day, (after - timedelta(days=1)).day))


Item = TypeVar("Item")


class Span(NamedTuple):
    """First and last day as `date.toordinal` counts, and what decides between equals."""

    first: int
    last: int
    identity: str


def nearest(
    items: Iterable[Item], span: Callable[[Item], Span], today: date, past_months: int, most: int
) -> tuple[Item, ...]:
    """What is upcoming or was over in the last months, at most so many, the nearest to today first.

    Where that leaves none, the latest past one stays: a feed that becomes empty makes subscribers' programs give up.
    """
    day, oldest = today.toordinal(), months_before(today, past_months).toordinal()
    spans = [(span(item), item) for item in items]
    members = [pair for pair in spans if pair[0].last >= oldest]
    if spans and not members:
        members = [max(spans, key=lambda pair: (pair[0].last, pair[0].first, pair[0].identity))]

    def distance(pair: tuple[Span, Item]) -> tuple[int, int, str]:
        first, last, identity = pair[0]
        away = 0 if first <= day <= last else min(abs(first - day), abs(last - day))
        return (away, first, identity)

    return tuple(item for _, item in sorted(members, key=distance)[:most])


def _lower(name: str) -> str:
    """A name in the middle of a sentence: "Cloud" becomes "cloud", "AI" and "U.S." stay."""
    first = name.split(maxsplit=1)[0]
    return name if any(letter.isupper() for letter in first[1:]) or "." in first else name[0].lower() + name[1:]
