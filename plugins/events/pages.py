"""The plan: every file that the site will have, with all that it shows.

A page is its address, its template and its inputs; the inputs are plain text, numbers and lists, made here once, so
that a template can show nothing that is not in them. Who wants to know what the site consists of reads this module.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, cached_property, partial
from typing import Any, NamedTuple
from urllib.parse import urlencode

from . import (
    calendars,
    data,
    dcat,
    deadlines,
    facts,
    hosting,
    jsonld,
    months,
    notices,
    reference,
    search,
    sitemap,
    spreadsheet,
    vocabulary,
    wording,
)
from .assets import Assets
from .calendars import Directory, Entry, Feed
from .catalog import Catalog, Liked, Listing
from .data import Data
from .event_page import EventPages, beside, root_of, telling
from .feeds import Feeds, news
from .joining import Joining, Piece, Pieces
from .model import Event
from .months import Month
from .parts import DIGEST, Keeper, Parts, digest
from .rows import Row
from .settings import Settings
from .sitemap import Address
from .urls import is_government
from .wording import Words

Inputs = Mapping[str, Any]

# How many deadlines their page shows; the calendar has more.
_DUES = 200
# How many other editions of a series an event's page tells of.
_NEIGHBOURS = 6
# How many past events a listing shows below what is to come.
_LATEST = 10
# As many of a series, whose page is to have every edition in one place.
_EDITIONS = 100
# How many events a day of the month grid shows: the busiest month of 10,000 events would weigh ten times as much with
# all of them (docs/architecture.md).
_CELL = 3
# How many cards are kept at hand: each is in five lists, and takes 3 kB.
_CARDS = 10_000


class Page(NamedTuple):
    """An HTML page: where it goes, its template (a file in theme/templates), and all that it shows.

    `made` is that, or makes it when asked; `stamp` stands for it where making it only to compare would cost too much.
    `changed` is the day on which any event that it shows last changed, where it shows some. `href` is its address where
    that is not its path; one that is not `listed` is left out of the sitemap. In `encoding`, what it lacks is written as
    character references.
    """

    path: str
    template: str
    made: Inputs | Callable[[], Inputs]
    stamp: bytes = b""
    changed: date | None = None
    href: str = ""
    listed: bool = True
    encoding: str = "utf-8"

    @property
    def inputs(self) -> Inputs:
        """All that the page shows."""
        return self.made() if callable(self.made) else self.made

    @property
    def key(self) -> bytes:
        """What stands for the page's inputs: the same for as long as they are."""
        return self.stamp or digest(self.template, self.inputs)

    @property
    def root(self) -> str:
        """The way from the page to the site's root: ".", "..", "../..": links work below any host and folder."""
        return root_of(self.path)


class File(NamedTuple):
    """A file of given bytes, or of what makes them when asked; `stamp` as in a page."""

    path: str
    made: bytes | Callable[[], bytes]
    stamp: bytes = b""

    @property
    def data(self) -> bytes:
        """The file's bytes."""
        return self.made() if callable(self.made) else self.made

    @property
    def key(self) -> bytes:
        """What stands for the bytes."""
        return self.stamp or digest(self.data)


class Joined(NamedTuple):
    """A file that is made of pieces and may be too large for memory; `stamp` as in a page."""

    path: str
    made: Callable[[], Iterator[Piece]]
    stamp: bytes

    @property
    def data(self) -> bytes:
        """The file's bytes."""
        return b"".join(self.made())

    @property
    def key(self) -> bytes:
        """What stands for the bytes."""
        return self.stamp


class CalendarFile(NamedTuple):
    """A calendar: a feed, or (without `feed`) the download of one event."""

    path: str
    load: Callable[[], Sequence[Entry]]
    stamp: bytes
    feed: Feed | None = None

    @property
    def entries(self) -> Sequence[Entry]:
        """Its VEVENTs."""
        return self.load()

    @property
    def data(self) -> bytes:
        """The file's bytes."""
        return calendars.calendar(self.load(), self.feed)

    @property
    def key(self) -> bytes:
        """What stands for its entries and its feed."""
        return self.stamp


Planned = Page | File | Joined | CalendarFile


class Own(NamedTuple):
    """A file of one event, in few words, because there are three for each: its address, what stands for all that it is made
    of, and the suffix that tells what it is."""

    path: str
    stamp: bytes
    event: Event
    suffix: str

    @property
    def body(self) -> bytes:
        """Of a page, what stands for all of it but what it tells of other events."""
        return self.stamp[:-DIGEST]


class Others(NamedTuple):
    """What an event's page tells of other events: its template's inputs (`others.html`), and what stands for them."""

    key: bytes
    made: Callable[[], Inputs]


# Stands in an event's page where it tells of others, until that is known; no record can hold it.
GAP = "\0others\0"
_LINE = (
    "id", "href", "title", "language", "status", "status_words", "format", "format_words", "dates", "begins", "until", "place",
)  # fmt: skip


def body_key(key: bytes, row: Row, today: int, there: Sequence[str]) -> bytes:
    """What stands for all of an event's page but what it tells of other events: the key of its parts, whether it is on or
    over on a day (as `date.toordinal` counts), and the events that it links to and that have a page."""
    flags = bytes((row.is_now(today), row.is_over(today)))
    return key + flags + (digest(there) if there else b"")


@dataclass(frozen=True, slots=True)
class Article:
    """What the home page shows of one of Pelican's articles."""

    title: str
    url: str
    summary: str
    date: str


@dataclass(frozen=True)
class Plan:
    """The plan for a catalog. `files()` gives every file; `card()` what a list shows of an event.

    `addresses` are those of Pelican's own articles and pages, for the sitemap.
    """

    catalog: Catalog
    settings: Settings
    assets: Assets
    articles: Sequence[Article] = ()
    # The addresses of Pelican's own pages: they take the place of ours.
    replaced: Collection[str] = ()
    addresses: Sequence[Address] = ()
    keeper: Keeper | None = None

    def with_pages(
        self, articles: Iterable[Sequence[str]], replaced: Collection[str], addresses: Sequence[Address]
    ) -> Plan:
        """The same plan with what Pelican makes itself; of each article what `Article` holds."""
        return replace(self, articles=[Article(*item) for item in articles], replaced=replaced, addresses=addresses)

    # What leaves the site in a file is absolute; links inside pages are relative to `root`.

    def event_path(self, event: Event, suffix: str = ".html") -> str:
        """Where an event's page (or, by another suffix, the file beside it) is saved."""
        return self.event_pages.path(event, suffix)

    def event_href(self, event: Event, suffix: str = ".html") -> str:
        """An event's address, relative to the root of the site."""
        return self.event_pages.href(event, suffix)

    def absolute(self, href: str) -> str:
        """An address with the host before it."""
        return self.event_pages.absolute(href)

    @cached_property
    def event_pages(self) -> EventPages:
        """What makes the pages of single events."""
        found = self.catalog.collection
        return EventPages(self.settings, found.topics, found.organizers, found.series, self.words)

    @cached_property
    def directory(self) -> Directory:
        """What the calendars take from outside a record."""
        return self.event_pages.directory

    @cached_property
    def parts(self) -> Parts:
        """What is made of every event once."""
        makers = {
            "card": lambda event: self.event_pages.card(event, self.words),
            "entry": lambda event: tuple(calendars.entry(event, self.directory)) if event.dated else (),
            "dues": lambda event: {
                item.key: tuple(calendars.deadline_entry(item, self.directory))
                for item in deadlines.of(event, self.words)
            },
            "find": search.facts_of(self.catalog),
            "json": lambda event: self.data.body(event).encode(),
            "csv": lambda event: spreadsheet.line(event, self.directory).encode(),
        }
        # How large the VEVENTs are and which zone they need, for calendars that hold only so much.
        drawn: dict[str, tuple[str, Callable[[Any], Any]]] = {
            "size": ("entry", lambda entry: (len(entry[1]), entry[2]) if entry else (0, "")),
            "due_sizes": ("dues", lambda dues: {key: (len(entry[1]), entry[2]) for key, entry in dues.items()}),
        }
        # Nine events of ten are long past, and so is all that one had to do for them.
        return Parts(self.catalog, makers, drawn, {"dues": self._is_due}, self.keeper)

    def _is_due(self, row: Row) -> bool:
        # When it is asked: `feeds` is made of `parts`.
        return self.feeds.is_due(row)

    @property
    def words(self) -> Words:
        """The site's language."""
        return self.catalog.words

    def card(self, event: Event) -> Inputs:
        """What lists show of an event: the same object whoever asks, as far as that goes, so that nobody may change it."""
        found = self._cards.get(event.id)
        if found is None:
            if len(self._cards) >= _CARDS:
                self._cards.clear()
            found = self._cards[event.id] = self._today(event, self.parts.get("card", event))
        return found

    @cached_property
    def _cards(self) -> dict[str, Inputs]:
        return {}

    def _card_in(self, event: Event, words: Words) -> Inputs:
        """What a page in that language shows of an event."""
        return self.card(event) if words is self.words else self._today(event, self.event_pages.card(event, words))

    def _in_a_line(self, event: Event, words: Words) -> Inputs:
        """The same of an event in a list of few words, and no more than `Row.line` stands for: a page whose template asked
        for more would not be made anew when that changes."""
        card = self._card_in(event, words)
        return {name: card[name] for name in _LINE}

    def _today(self, event: Event, card: Inputs) -> Inputs:
        return {**card, "now": self.catalog.is_now(event), "over": self.catalog.is_over(event)}

    def _changed(self, events: Iterable[Event]) -> date | None:
        """The day of the last change to any of the events; None where there is none."""
        rows = self.catalog.rows
        last = max([rows[event.id].changed for event in events], default=None)
        return date.fromordinal(last) if last else None

    def key(self, event: Event) -> bytes:
        """What stands for an event as lists show it on the catalog's day."""
        return digest(self.parts.key(event), self.catalog.is_now(event), self.catalog.is_over(event))

    def files(self) -> list[Planned]:
        """Every file of the site but Pelican's own articles and pages."""
        return [*map(self.own_file, self.own_files), *self.joint_files()]

    def joint_files(self) -> list[Planned]:
        """Every file that belongs to no single event, or to one at an address that few have."""
        planned: list[Planned] = [File(path, data) for path, data in sorted(self.assets.files.items())]
        planned += self._rare_files()
        for listing in self.catalog.listings:
            planned += self._listing_files(listing)
        planned += self._facet_indexes()
        planned += self._months()
        planned += [self._home(), self._archive(), self._on_demand(), self._deadlines(), self._not_found()]
        planned += [*self._feeds(), *self._feed_files()]
        planned += self._search_files()
        planned += [
            Page(notice.path, f"{notice.id}.html", inputs)
            for notice, inputs in notices.notices(self.settings, self.replaced)
        ]
        planned.append(File("schema/event.json", lambda: reference.schema().encode(), digest("schema")))
        planned += self._data_files()
        planned += self._embedded()
        planned += self._map_of_the_site(planned)
        return planned

    # For programs

    @cached_property
    def data(self) -> Data:
        """The records as JSON."""
        return Data(self.catalog, self.settings, self.directory, self.event_href)

    def _data_files(self) -> Iterable[Planned]:
        """What programs take: each record, all of them, a table, a catalogue, and what is new."""
        keys = self.parts.keys
        every = (*self.catalog.events, *self.catalog.withdrawn)
        stamp = digest([keys[event.id] for event in every])
        yield Joined("events.json", partial(self._joined, "events.json", "json", self.data.everything), stamp)
        yield File(data.EVENT_SCHEMA, lambda: data.schema().encode(), digest(data.EVENT_SCHEMA))
        yield File(data.EVENTS_SCHEMA, lambda: data.list_schema().encode(), digest(data.EVENTS_SCHEMA))
        table = partial(
            self._joined, "events.csv", "csv", lambda pieces: spreadsheet.table(pieces(self.catalog.events, b""))
        )
        yield Joined("events.csv", table, stamp)
        from . import atom  # noqa: PLC0415  of what it loads, 40 ms, other processes need nothing

        for feed in atom.feeds(self.catalog, self.directory, self.settings):
            told = [keys[event.id] for event in feed.events] or atom.quiet_since(self.catalog).isoformat()
            yield File(feed.path, feed.make, digest(feed.path, told))
        catalogue = dcat.catalog_file(self.catalog, self.settings, calendar=self.catalog.all.has_calendar)
        if catalogue is not None:
            yield File("data.json", catalogue)

    def _joined(self, path: str, part: str, join: Callable[[Pieces], Iterable[Piece]]) -> Iterator[Piece]:
        """A file in which that part of every event is a piece."""
        former = self.keeper.former(path, self.parts.keys) if self.keeper else None
        every = (*self.catalog.events, *self.catalog.withdrawn)
        joining = Joining(partial(self.parts.get, part) if former else self.parts.in_turn(part, every), former)
        yield from joining.read(join)
        if self.keeper:
            self.keeper.keep_spans(path, joining.spans)

    def _own_data(self, event: Event) -> bytes:
        return self.data.event(self.parts.get("json", event))

    def _embedded(self) -> Iterable[Page]:
        """What comes next of each listing as a fragment for other sites' pages: absolute links, and nothing to load.

        It is written in ASCII, because it takes the encoding of the page that it lands in.
        """
        most = 10
        for listing in self.catalog.listings:
            if listing.facet == "archive":
                continue
            shown = listing.upcoming[:most]
            numbers = (len(listing.upcoming), listing.has_calendar)
            stamp = digest(listing.id, numbers, [self.key(event) for event in shown])
            made = partial(self._embedded_inputs, listing, shown)
            yield Page(f"embed/{listing.id}.html", "embed.html", made, stamp, listed=False, encoding="ascii")

    def _embedded_inputs(self, listing: Listing, shown: Sequence[Event]) -> Inputs:
        return {
            "title": listing.title,
            "page": self.absolute(f"{listing.id}.html"),
            "calendar": self.absolute(f"{listing.id}.ics") if listing.has_calendar else "",
            "rows": [{**self.card(event), "page": self.absolute(self.event_href(event))} for event in shown],
            "total": len(listing.upcoming),
        }

    def _map_of_the_site(self, planned: Iterable[Planned]) -> Iterable[File]:
        """The sitemap: every page whose own address is the one that it names, and that nobody asked to leave out."""
        own: list[tuple[str, int]] = []
        for item in planned:
            if isinstance(item, Page) and item.listed:
                href = "" if item.path == "index.html" else item.href or item.path
                own.append((href, item.changed.toordinal() if item.changed else 0))
        rows, address = self.catalog.rows, self.event_pages.address
        own += [(address(event.id), rows[event.id].changed) for event in self.catalog.events]
        stamp = digest(own, [(url, str(changed)) for url, changed in self.addresses])
        # Ten thousand events changed on a few hundred days.
        home, day = self.absolute(""), cache(date.fromordinal)
        made = [Address(home + href, day(changed) if changed else None) for href, changed in own]
        addresses = [*self.addresses, *made]
        for path, make in sitemap.sitemaps(addresses, self.settings.site_url):
            yield File(path, make, digest(stamp, path))
        yield File("robots.txt", sitemap.robots(self.settings.site_url))

    def hosting_files(self, paths: Iterable[str]) -> list[Planned]:
        """What hosts read of a site of these files: headers, redirects, and whom to tell of a weakness."""
        url, contact = self.settings.site_url, self.settings.security_contact
        texts = {
            "_headers": hosting.headers_file(url, paths),
            "_redirects": hosting.redirects_file(
                url,
                (
                    (self.event_pages.address(alias, ".html"), self.event_href(event))
                    for event in (*self.catalog.events, *self.catalog.withdrawn)
                    for alias in self.catalog.row(event).aliases
                ),
            ),
            # It counts at the root of a host only (RFC 9116, section 3).
            hosting.SECURITY_TXT: hosting.security_txt(contact, url, self.settings.language, self.catalog.today)
            if contact and not self.settings.base_path
            else "",
        }
        return [File(path, text.encode()) for path, text in texts.items() if text]

    # Events

    @cached_property
    def own_files(self) -> Sequence[Own]:
        """The page of every event, its calendar and its data."""
        keys, rows, today = self.parts.keys, self.catalog.rows, self.catalog.today.toordinal()
        planned: list[Own] = []
        for event in self.catalog.events:
            row, key, path = rows[event.id], keys[event.id], self.event_path(event, "")
            body = body_key(key, row, today, self.there(event) if row.links else ())
            planned.append(Own(f"{path}.html", body + self._told(event, row), event, ".html"))
            if row.dated:
                planned.append(Own(f"{path}.ics", key, event, ".ics"))
            planned.append(Own(f"{path}.json", key, event, ".json"))
        return planned

    def own_file(self, own: Own) -> Planned:
        """All of a file of one event."""
        path, stamp, event, suffix = own
        if suffix == ".html":
            changed = date.fromordinal(self.catalog.row(event).changed)
            made = partial(self._event_inputs, event)
            return Page(path, "event.html", made, stamp, changed, self.event_href(event))
        if suffix == ".ics":
            return CalendarFile(path, partial(self._own_entry, event), stamp)
        return File(path, partial(self._own_data, event), stamp)

    def _rare_files(self) -> Iterable[Planned]:
        """What stands at former addresses, and what is left of withdrawn records."""
        keys, rows = self.parts.keys, self.catalog.rows
        for event in self.catalog.events:
            if rows[event.id].aliases:
                yield from self._forwarding(event)
        for event in self.catalog.withdrawn:
            path, key = self.event_path(event), keys[event.id]
            yield Page(path, "withdrawn.html", partial(self.event_pages.withdrawn_inputs, event), key, listed=False)
            if rows[event.id].dated:
                yield CalendarFile(beside(path, ".ics"), partial(self._own_entry, event), key)
            yield File(beside(path, ".json"), partial(self._own_data, event), key)
            yield from self._forwarding(event)

    def _own_entry(self, event: Event) -> Sequence[Entry]:
        return [self.feeds.entry(event)]

    def there(self, event: Event) -> list[str]:
        """The ids of the events that it links to and that have a page."""
        rows = self.catalog.rows
        return [identity for identity in rows[event.id].links if identity in rows]

    def _neighbours(self, event: Event) -> tuple[Sequence[Event], Sequence[Event]]:
        """The other editions and the related events that its page tells of."""
        return self.catalog.editions(event, _NEIGHBOURS), self.catalog.related(event)

    def _told(self, event: Event, row: Row) -> bytes:
        """What stands for what its page tells of others."""
        liked = self.catalog.liked(row)
        # Nearly all pages tell of the same events as a hundred others do, and of no edition.
        if not row.series and event.id not in liked.ids:
            if liked not in self._known_told:
                self._known_told[liked] = self._lines((), liked.first)
            return self._known_told[liked]
        return self._lines(*self._neighbours(event))

    def _lines(self, editions: Sequence[Event], related: Sequence[Event]) -> bytes:
        rows = self.catalog.rows
        return digest(len(editions), [(other.id, rows[other.id].line) for other in (*editions, *related)])

    @cached_property
    def _known_told(self) -> dict[Liked, bytes]:
        return {}

    def others(self, event: Event) -> Others:
        """What its page tells of others: many pages tell the same."""
        row, (editions, related) = self.catalog.row(event), self._neighbours(event)
        words = wording.spoken(row, self.words)
        ids = [[other.id for other in found] for found in (editions, related)]

        def inputs() -> Inputs:
            return {
                "lang": words.language,
                "root": root_of(self.event_path(event)),
                "event": {"series": self.event_pages.series_link(row.series)},
                "editions": [self._in_a_line(other, words) for other in editions],
                "related": [self._in_a_line(other, words) for other in related],
            }

        return Others(digest(words.language, row.series, ids), inputs)

    def _forwarding(self, event: Event) -> Iterable[Planned]:
        """What stands at an event's former addresses: a page that leads on, and the calendar and the record themselves, for
        programs that follow no link."""
        for alias in self.catalog.row(event).aliases:
            stamp = digest(self.parts.key(event), alias)
            path = self.event_pages.saved(alias, ".html")
            yield Page(path, "moved.html", partial(self.event_pages.moved_inputs, event, alias), stamp, listed=False)
            if self.catalog.row(event).dated:
                path = self.event_pages.saved(alias, ".ics")
                yield CalendarFile(path, partial(self._own_entry, event), stamp)
            yield File(self.event_pages.saved(alias, ".json"), partial(self._own_data, event), self.parts.key(event))

    def _event_inputs(self, event: Event) -> Inputs:
        """All that an event's own page shows."""
        words = wording.spoken(event, self.words)
        inputs = self.event_pages.inputs(event, self._card_in(event, words), self.there(event))
        return {**self.others(event).made(), **inputs}

    def body_page(self, event: Event, card: Inputs, now: bool, over: bool, there: Sequence[str]) -> Page:
        """An event's own page with a gap where it tells of others; `card` is that of lists. The catalog need not know the
        event."""
        words = wording.spoken(event, self.words)
        own = card if words is self.words else self.event_pages.card(event, words)
        own = {**own, "now": now, "over": over}

        def inputs() -> Inputs:
            return {**self.event_pages.inputs(event, own, there), "others": GAP}

        return Page(self.event_path(event), "event.html", inputs)

    # Listings

    def _listing_files(self, listing: Listing) -> Iterable[Planned]:
        size = self.settings.page_size
        whole = listing.past if listing.facet == "archive" else listing.upcoming
        count = max(1, -(-len(whole) // size))
        for number in range(1, count + 1):
            shown = whole[(number - 1) * size : number * size]
            path = f"{listing.id}.html" if number == 1 else f"{listing.id}/page/{number}.html"
            made = partial(self._listing_inputs, listing, shown, number, count, path)
            told = (*shown, *_latest(listing), *listing.on_demand) if number == 1 else shown
            stamp = self._listing_stamp(listing, told, number, count)
            # All of it was withdrawn: the address stays, and nothing leads there.
            listed = not listing.facet or listing.total > 0
            yield Page(path, "listing.html", made, stamp, self._changed(told), listed=listed)

    def _listing_stamp(self, listing: Listing, told: Sequence[Event], number: int, count: int) -> bytes:
        """What stands for a page of a listing: the day, its events as lists show them, what is told of its calendar, numbers."""
        calendar = self.feeds.by_id[listing.id].told if listing.has_calendar else b""
        numbers = (number, count, len(listing.upcoming), len(listing.past))
        # What is on now, and what is over, follows from the day.
        keys = self.parts.keys
        told_of = [keys[event.id] for event in told]
        return digest(listing.id, self.catalog.today.isoformat(), numbers, calendar, told_of)

    def _listing_inputs(self, listing: Listing, shown: Sequence[Event], number: int, count: int, path: str) -> Inputs:
        past = () if listing.facet == "archive" or number > 1 else _latest(listing)
        words = self.words
        return {
            "title": words("{title}, page {number} of {count}", title=listing.title, number=number, count=count)
            if number > 1
            else listing.title,
            "description": telling(
                listing.description, words("Events for public servants, to read and to subscribe to.")
            ),
            "intro": listing.description,
            "canonical": self.absolute(path),
            "section": listing.facet or listing.id,
            "heading": listing.title,
            "archive": listing.facet == "archive",
            # All of it was withdrawn: the address stays, and nothing leads there.
            "noindex": bool(listing.facet) and not listing.total,
            "crumb": self._crumb(listing),
            "total": len(listing.upcoming) if listing.facet != "archive" else len(listing.past),
            "past_total": len(listing.past),
            "past_href": self._past_href(listing),
            "groups": self._groups(shown),
            "on_demand": [self.card(event) for event in listing.on_demand] if number == 1 else [],
            "past": [self.card(event) for event in past],
            "pages": pagination(listing.id, number, count),
            "feed": self._feed_links(listing) if listing.has_calendar else None,
            "embed": self.absolute(f"embed/{listing.id}.html") if listing.facet != "archive" else "",
            "built": self.words.day(self.catalog.today),
        }

    def _past_href(self, listing: Listing) -> str:
        """Where one sees all that is past of a listing: in the search, else in the whole archive."""
        if not self.settings.search or listing.facet == "series":
            return "archive.html"
        asked = [("when", "past")]
        if listing.id == "free":
            asked.append(("cost", "government"))
        elif listing.id == "credits":
            asked += [("credits", credit) for credit in vocabulary.CREDIT]
        elif listing.facet:
            asked.append((search.group_of(listing.facet), listing.value))
        return f"search.html?{urlencode(asked)}"

    def _crumb(self, listing: Listing) -> Inputs | None:
        if listing.facet == "archive":
            return {"name": self.words("Archive"), "href": "archive.html"}
        facet = next((facet for facet in self.catalog.facets if facet.id == listing.facet), None)
        return {"name": facet.name, "href": f"{facet.id}.html"} if facet else None

    def _groups(self, events: Sequence[Event]) -> list[Inputs]:
        """The events under headings: what is on now, then by month, then what has no day yet."""
        groups: dict[str, list[Inputs]] = {}
        for event in events:
            groups.setdefault(self._group(event), []).append(self.card(event))
        ordered = sorted(groups, key=lambda name: name != self.words("Happening now"))
        return [{"name": name, "cards": groups[name]} for name in ordered]

    def _group(self, event: Event) -> str:
        if self.catalog.is_now(event):
            return self.words("Happening now")
        row = self.catalog.row(event)
        if row.first:
            first = date.fromordinal(row.first)
            return self.words.month(first.year, first.month)
        last = date.fromordinal(row.last)
        if last == date.max:
            return self.words("Date not known yet")
        if last < self.catalog.today:
            return self.words("{year}, day not known", year=last.year)
        return self.words("Later in {year}, day not known yet", year=last.year)

    # Feeds

    @cached_property
    def feeds(self) -> Feeds:
        """The calendars that one can subscribe to."""
        return Feeds(self.catalog, self.settings, self.parts, self.event_href, self.card)

    def _feed_links(self, listing: Listing) -> Inputs:
        return self.feeds.links(self.feeds.by_id[listing.id])

    def _feed_files(self) -> Iterable[Planned]:
        for item in self.feeds.all:
            yield CalendarFile(item.path, item.load, item.key, item.feed)
        listed = digest([(item.id, item.told) for item in self.feeds.offered])
        yield File("feeds.json", self.feeds.as_json, listed)
        yield File("feeds.opml", self.feeds.as_opml, listed)

    # Pages of their own

    def _facet_indexes(self) -> Iterable[Page]:
        words = self.words
        for facet in self.catalog.facets:
            listings = [listing for listing in self.catalog.by_facet[facet.id] if listing.total]
            yield Page(
                f"{facet.id}.html",
                "facet.html",
                {
                    "title": words("{facet}: browse events", facet=facet.name),
                    "description": words(
                        "{intro} Browse the events of the directory by {facet}.", intro=facet.intro, facet=facet.of_one
                    ),
                    "canonical": self.absolute(f"{facet.id}.html"),
                    "section": facet.id,
                    "heading": facet.name,
                    "intro": facet.intro,
                    "values": [self._value_row(listing) for listing in listings],
                    "map": self._map(listings) if facet.id == "states" else None,
                    "built": self.words.day(self.catalog.today),
                },
            )

    def _map(self, listings: Sequence[Listing]) -> Inputs:
        """The states as shapes; those with events link to their page, and say in words what the shade says."""
        by_name = {listing.name: self._value_row(listing) for listing in listings}
        return {
            "view_box": self.assets.view_box,
            "shapes": [
                {"outline": outline, "value": by_name.get(name)}
                for name, outline in sorted(self.assets.outlines.items())
            ],
        }

    @cached_property
    def months(self) -> Sequence[Month]:
        """The months that have a page, in order."""
        return months.months(self.catalog)

    @property
    def this_month(self) -> str:
        """The address of the month of the catalog's day."""
        today = self.catalog.today
        return next(month.id for month in self.months if month.holds(today)) + ".html"

    def _months(self) -> Iterable[Page]:
        around = [None, *self.months, None]
        today, keys = self.catalog.today.isoformat(), self.parts.keys
        for before, month, after in zip(around, self.months, around[2:], strict=False):
            days = [(day.isoformat(), [keys[event.id] for event in month.days[day]]) for day in sorted(month.days)]
            stamp = digest(month.id, today, before.id if before else "", after.id if after else "", days)
            made = partial(self._month_inputs, before, month, after)
            shown = [event for day in month.days.values() for event in day]
            yield Page(f"{month.id}.html", "month.html", made, stamp, self._changed(shown))

    def _month_inputs(self, before: Month | None, month: Month, after: Month | None) -> Inputs:
        words = self.words
        name = words.month(month.year, month.number)
        events = list(dict.fromkeys(event.id for day in sorted(month.days) for event in month.days[day]))
        return {
            "title": words("{month}: calendar of events", month=name),
            "description": words(
                "The events for public servants of {month} as a month, and as a list by day: {count}.",
                month=name,
                count=words.plural(len(events), "{n} event", "{n} events"),
            ),
            "canonical": self.absolute(f"{month.id}.html"),
            "section": "calendar",
            "heading": name,
            "weekdays": [(words.short_weekdays[day], words.weekdays[day]) for day in (6, 0, 1, 2, 3, 4, 5)],
            "weeks": [[self._day(month, day) for day in week] for week in month.weeks],
            "days": self._day_lists(month),
            "total": len(events),
            "previous": self._month_link(before),
            "next": self._month_link(after),
            "today": None if month.holds(self.catalog.today) else self.this_month,
            "built": self.words.day(self.catalog.today),
        }

    def _month_link(self, month: Month | None) -> Inputs | None:
        return {"name": self.words.month(month.year, month.number), "href": f"{month.id}.html"} if month else None

    def _day(self, month: Month, day: date) -> Inputs:
        """A cell of the grid. Three events fit; for the others it points to the day's list."""
        here = month.days.get(day, ()) if month.holds(day) else ()
        shown = here if len(here) <= _CELL + 1 else here[:_CELL]
        number = day.toordinal()
        return {
            "number": day.day,
            "iso": day.isoformat(),
            "name": self.words.day(day, weekday=True, year=False),
            "inside": month.holds(day),
            "events": [
                {
                    **{name: card[name] for name in ("title", "language", "href", "status_words")},
                    "time": card["clock"] if self.catalog.row(event).start == number else "",
                }
                for event in shown
                for card in (self.card(event),)
            ],
            "more": len(here) - len(shown),
        }

    def _day_lists(self, month: Month) -> list[Inputs]:
        """The month by day: each event on its first day here, and all of a day whose cell could not hold them."""
        told: set[str] = set()
        lists: list[Inputs] = []
        for day in sorted(month.days):
            events = month.days[day]
            full = len(events) > _CELL + 1
            here = [event for event in events if full or event.id not in told]
            told.update(event.id for event in here)
            if here:
                lists.append(
                    {
                        "iso": day.isoformat(),
                        "name": self.words.day(day, weekday=True),
                        "cards": [self.card(event) for event in here],
                    }
                )
        return lists

    def _value_row(self, listing: Listing) -> Inputs:
        entry = self.catalog.collection.topics.get(listing.value) if listing.facet == "topics" else None
        return {
            "name": listing.name,
            "href": f"{listing.id}.html",
            "description": entry.description if entry and entry.description else "",
            "upcoming": len(listing.upcoming),
            "on_demand": len(listing.on_demand),
            "past": len(listing.past),
        }

    def _home(self) -> Page:
        words = self.words
        upcoming = self.catalog.all.upcoming
        now = [event for event in upcoming if self.catalog.is_now(event)]
        ahead = [event for event in upcoming if not self.catalog.is_now(event)]
        recent = self.catalog.all.past[:3] if not ahead else ()
        shown = (*now[:4], *ahead[:6], *self.catalog.all.on_demand[:4], *recent)
        # One number means one thing: what is upcoming, or, where nothing is, none at all.
        every = [listing for listing in self.catalog.by_facet["topics"] if listing.total]
        topics = [listing for listing in every if listing.upcoming] or every
        topics.sort(key=lambda item: (-len(item.upcoming), -item.total, item.name))
        return Page(
            "index.html",
            "index.html",
            {
                "title": f"{self.settings.site_name}: {self.settings.site_subtitle}",
                "description": words(
                    "Conferences, webinars and public meetings for public servants: when they are in your time zone, "
                    "what they cost a government employee, and how they get into your calendar."
                ),
                "canonical": f"{self.settings.site_url}/",
                "section": "home",
                "now": [self.card(event) for event in now[:4]],
                "next": [self.card(event) for event in ahead[:6]],
                "upcoming_total": len(upcoming),
                "on_demand": [self.card(event) for event in self.catalog.all.on_demand[:4]],
                "on_demand_total": len(self.catalog.all.on_demand),
                "recent": [self.card(event) for event in recent],
                "past_total": len(self.catalog.all.past),
                "topics": [self._value_row(listing) for listing in topics[:12]],
                "topics_total": len(every),
                "ways": [
                    *({"name": facet.name, "href": f"{facet.id}.html"} for facet in self.catalog.facets),
                    {"name": words("Free events"), "href": "free.html"},
                    {"name": words("Events with credits"), "href": "credits.html"},
                    {"name": words("Deadlines"), "href": "deadlines.html"},
                    {"name": words("Month calendar"), "href": self.this_month},
                    {"name": words("Archive by year"), "href": "archive.html"},
                ],
                "articles": [
                    {"title": item.title, "href": item.url, "summary": item.summary, "date": item.date}
                    for item in self.articles[:3]
                ],
                "feed": self._feed_links(self.catalog.all) if self.catalog.all.has_calendar else None,
                "built": self.words.day(self.catalog.today),
            },
            changed=self._changed(shown),
        )

    def _archive(self) -> Page:
        words = self.words
        return Page(
            "archive.html",
            "archive.html",
            {
                "title": words("Archive: past events by year"),
                "description": words(
                    "Every past event of the directory by the year in which it ended, with a calendar file for each year."
                ),
                "canonical": self.absolute("archive.html"),
                "section": "archive",
                "years": [
                    {
                        "name": listing.value,
                        "href": f"{listing.id}.html",
                        "count": words.plural(len(listing.past), "{n} event", "{n} events"),
                        "calendar": f"{listing.id}.ics" if listing.has_calendar else "",
                        "months": self._month_counts(listing.past),
                    }
                    for listing in self.catalog.years
                ],
            },
        )

    def _month_counts(self, events: Sequence[Event]) -> list[Inputs]:
        """How many of the events ended in each month, the latest month first."""
        rows, counts = self.catalog.rows, Counter[int]()
        for last, count in Counter([rows[event.id].last for event in events]).items():
            counts[date.fromordinal(last).month] += count
        return [
            {"name": self.words.months[month - 1], "count": counts[month]} for month in sorted(counts, reverse=True)
        ]

    def _on_demand(self) -> Page:
        words = self.words
        events = self.catalog.all.on_demand
        return Page(
            "on-demand.html",
            "on-demand.html",
            {
                "title": words("On demand: webcasts to watch at any time"),
                "description": words(
                    "Webcasts and courses for public servants without a fixed date, with what is known of their length, "
                    "captions and availability."
                ),
                "canonical": self.absolute("on-demand.html"),
                "section": "on-demand",
                "list": [self.card(event) for event in events],
                "total": len(events),
                "built": self.words.day(self.catalog.today),
            },
            changed=self._changed(events),
        )

    def _feeds(self) -> Iterable[Page]:
        today = self.catalog.today.isoformat()
        listed = [(item.id, item.told) for item in self.feeds.offered]
        stamp = digest(today, listed, bool(self.catalog.events))
        yield Page("feeds.html", "feeds.html", self._feeds_inputs, stamp)
        for topic in self.catalog.by_facet["topics"]:
            if pairs := self.feeds.pairs(topic.value):
                stamp = digest(today, [(item.id, item.told) for item in pairs])
                yield Page(f"feeds/{topic.value}.html", "feeds.html", partial(self._pairs_inputs, topic), stamp)

    def _feeds_inputs(self) -> Inputs:
        links, words = self.feeds.links, self.words
        return {
            "title": words("Subscribe: calendars that keep themselves up to date"),
            "description": words(
                "Every calendar of the directory in words, and how to subscribe to it in Outlook, Google Calendar, Apple "
                "Calendar and Thunderbird."
            ),
            "canonical": self.absolute("feeds.html"),
            "section": "feeds",
            "groups": [
                {
                    "name": name,
                    "feeds": [
                        {
                            **links(item),
                            "pairs": [
                                {"name": pair.name, "upcoming": pair.upcoming, "id": pair.id.replace("/", "-")}
                                for pair in self.feeds.pairs(item.id.removeprefix("topics/"))
                            ],
                        }
                        for item in items
                    ],
                }
                for name, items in self.feeds.groups.items()
            ],
            "topic": "",
            **self._besides(),
        }

    def _besides(self) -> Inputs:
        """What the pages of the calendars offer besides."""
        words = self.words
        return {
            "news": [{"href": path, "name": name, "about": about} for path, (name, about) in news(words).items()],
            "embed": self.absolute("embed/events.html"),
            "catalogue": self.settings.catalogued and bool(self.catalog.events),
            "built": words.day(self.catalog.today),
        }

    def _pairs_inputs(self, topic: Listing) -> Inputs:
        """A topic's narrower calendars."""
        words = self.words
        pairs = [{**self.feeds.links(item), "pairs": []} for item in self.feeds.pairs(topic.value)]
        return {
            "title": words("Subscribe to {topic} by state and format", topic=topic.name),
            "description": words(
                "{title}: a calendar for each state and format with something to come.", title=topic.title
            ),
            "canonical": self.absolute(f"feeds/{topic.value}.html"),
            "section": "feeds",
            "groups": [{"name": words("By state and format"), "feeds": pairs}],
            "topic": topic.name,
            **self._besides(),
        }

    def _deadlines(self) -> Page:
        feed = self.feeds.by_id.get("deadlines")
        keys = [(self.parts.key(due.event), due.key) for due in self.feeds.upcoming_dues[:_DUES]]
        stamp = digest(self.catalog.today.isoformat(), feed.told if feed else b"", keys)
        changed = self._changed(due.event for due in self.feeds.upcoming_dues[:_DUES])
        return Page("deadlines.html", "deadlines.html", self._deadlines_inputs, stamp, changed)

    def _deadlines_inputs(self) -> Inputs:
        """What one can still meet, by month; a long list ends where the calendar goes on."""
        ahead, words = self.feeds.upcoming_dues, self.words
        groups: dict[str, list[Inputs]] = {}
        for item in (due.deadline(words) for due in ahead[:_DUES]):
            card = self.card(item.event)
            groups.setdefault(words.month(item.day.year, item.day.month), []).append(
                {
                    "label": item.label,
                    "moment": words.moment(item.moment, item.event.timezone),
                    "datetime": jsonld.moment(item.moment, item.event.timezone),
                    "until": facts.closing(item.moment, item.event.timezone),
                    "note": item.note,
                    "url": item.url,
                    "external": bool(item.url) and not is_government(item.url),
                    "event": {name: card[name] for name in ("href", "title", "language", "dates", "place", "status")},
                    "status_words": card["status_words"],
                }
            )
        feed = self.feeds.by_id.get("deadlines")
        return {
            "title": words("Deadlines: what to do by when"),
            "description": words(
                "Days by which to register, to ask for an accommodation, to propose a talk or to pay the lower price, "
                "the nearest first, with a calendar to subscribe to."
            ),
            "canonical": self.absolute("deadlines.html"),
            "section": "deadlines",
            "groups": [{"name": name, "rows": rows} for name, rows in groups.items()],
            "total": len(ahead),
            "shown": min(len(ahead), _DUES),
            "feed": self.feeds.links(feed) if feed else None,
            "built": self.words.day(self.catalog.today),
        }

    def _not_found(self) -> Page:
        words = self.words
        return Page(
            "404.html",
            "404.html",
            {
                "title": words("Page not found: nothing at this address"),
                "description": words(
                    "There is no page at this address. Search the directory, or start from all upcoming events."
                ),
                "canonical": "",
                "section": "",
                # Shown at any address, so its links cannot be relative to one.
                "root": self.settings.base_path,
            },
            listed=False,
        )

    # Search

    def _search_files(self) -> Iterable[Planned]:
        words = self.words
        parts: list[Inputs] = []
        if self.settings.search:
            keys = self.parts.keys
            for name, events in search.parts(self.catalog).items():
                stamp = digest(name, self.catalog.today.isoformat(), [keys[event.id] for event in events])
                path, made = self._named(f"search/{name}", ".json", stamp, partial(self._columns, events))
                yield File(path, made, stamp)
                parts.append({"name": name, "href": path})
        yield Page(
            "search.html",
            "search.html",
            {
                "title": words("Search events, webcasts and past events"),
                "description": words(
                    "Search the whole directory by words, topic, format and place: upcoming, on-demand and past events, in "
                    "your browser."
                ),
                "canonical": self.absolute("search.html"),
                "section": "search",
                # Its address is promised, and bookmarks lead there; without search it only says where to look instead.
                "noindex": not self.settings.search,
                "parts": parts,
                "event_url": self.settings.event_url,
                "groups": search.groups(self.catalog),
                "limits": search.LIMITS,
                "today": self.catalog.today.isoformat() if self.settings.as_of else "",
                "built": self.words.day(self.catalog.today),
            },
            listed=self.settings.search,
        )
        yield self._shortlist(parts)

    def _columns(self, events: Sequence[Event]) -> bytes:
        found = dict(zip((event.id for event in events), self.parts.some("find", events), strict=True))
        return search.columns(self.catalog, events, lambda event: found[event.id])

    def _named(
        self, name: str, suffix: str, stamp: bytes, make: Callable[[], bytes]
    ) -> tuple[str, bytes | Callable[[], bytes]]:
        """A file with a hash in its name, which hosts may cache for ever: its address, and its bytes or what makes them.

        The name of the last build is taken where the file would be the same.
        """
        if self.keeper and (path := self.keeper.name(name, stamp)):
            return path, make
        data = make()
        path = f"{name}.{hashlib.sha256(data).hexdigest()[:10]}{suffix}"
        if self.keeper:
            self.keeper.keep_name(name, stamp, path)
        return path, data

    def _shortlist(self, parts: Sequence[Inputs]) -> Page:
        words = self.words
        return Page(
            "shortlist.html",
            "shortlist.html",
            {
                "title": words("Your shortlist: the events that you marked with a star"),
                "description": words(
                    "The events that you marked, kept on your device only: what they cost together, which of them clash, "
                    "and one calendar file of all."
                ),
                "canonical": self.absolute("shortlist.html"),
                "section": "shortlist",
                "parts": parts,
                "event_url": self.settings.event_url,
                "built": self.words.day(self.catalog.today),
            },
        )


def collisions(paths: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """The addresses that two files want; `taken` are those of Pelican's own pages.

    Many a disk takes `A.html` and `a.html` for one file, and would keep the one that is written last.
    """
    seen = {path.casefold() for path in taken}
    found: set[str] = set()
    for path in paths:
        key = path.casefold()
        if key in seen:
            found.add(path)
        seen.add(key)
    return sorted(found)


def _latest(listing: Listing) -> Sequence[Event]:
    """The past events that a listing shows."""
    return listing.past[: _EDITIONS if listing.facet == "series" else _LATEST]


def pagination(base: str, number: int, count: int) -> Inputs | None:
    """The page links of a listing, after USWDS: first, last, the neighbours, and gaps; None for a single page."""
    if count == 1:
        return None

    def href(page: int) -> str:
        return f"{base}.html" if page == 1 else f"{base}/page/{page}.html"

    near = sorted({1, count, *range(max(1, number - 1), min(count, number + 1) + 1)})
    links: list[Inputs] = []
    for before, page in zip([0, *near], near, strict=False):
        if page - before > 1:
            links.append({"gap": True})
        links.append({"number": page, "href": href(page), "current": page == number, "last": page == count})
    return {
        "links": links,
        "previous": href(number - 1) if number > 1 else "",
        "next": href(number + 1) if number < count else "",
    }
