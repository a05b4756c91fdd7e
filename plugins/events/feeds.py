"""Which calendars one can subscribe to, what each is called and holds, and how programs are told of it.

Every listing of dated events has one at its own address, and so has every topic in a state and in a format, so that a
narrower choice can be subscribed to and not only looked at. It is served for as long as any record belongs there, however
long past: programs give up on a calendar that is missing or empty, and their users hear nothing of it.
"""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from operator import itemgetter
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from . import calendars, catalog, deadlines, urls, vocabulary
from .calendars import Entry, Feed
from .catalog import Catalog, Listing, Span
from .deadlines import Deadline
from .model import Event
from .parts import Parts, digest
from .rows import Row
from .settings import Settings
from .wording import Words

# "MUST be less than or equal to 255 characters" (MS-OXCICAL 2.1.3.1.1.17); longer ones are dropped.
LONGEST_NAME = 255

NEWS = ("new.atom", "changed.atom")
"""The Atom feeds (`atom`)."""


class Due(NamedTuple):
    """A deadline as lists see it: its day (as `date.toordinal` counts), what sorts it, and its event."""

    day: int
    title: str
    identity: str
    key: str
    event: Event

    def deadline(self, words: Words) -> Deadline:
        """All that the record says of it, in that language."""
        return next(item for item in deadlines.of(self.event, words) if item.key == self.key)


@dataclass(frozen=True, slots=True)
class Next:
    """What comes next in a calendar: its title, when it is, and the event that it belongs to."""

    title: str
    dates: str
    day: date
    event: Event


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar file that one can subscribe to.

    `id` is its address without ".ics", `page` that of the page which shows the same (both below the root), `name` what
    it holds ("Cloud in Utah"), `feed` what the file says of itself, with a name that no other calendar has. `total`
    counts the entries of the file, `upcoming` those that are still to come. A `pair` is a topic in a state or format.
    All that a `silent` one ever held was withdrawn: it stays for its subscribers, and is no longer listed.
    `key` stands for all of it, and `told` for what pages and lists of calendars tell of it; what is slow to make is made when
    it is asked for.
    """

    id: str
    name: str
    group: str
    page: str
    feed: Feed
    total: int
    upcoming: int
    changed: date
    told: bytes
    key: bytes
    load: Callable[[], Sequence[Entry]]
    next: Callable[[], Next | None]
    pair: str = ""
    silent: bool = False

    @property
    def path(self) -> str:
        """Where the file is saved."""
        return f"{self.id}.ics"

    @property
    def entries(self) -> Sequence[Entry]:
        """Its VEVENTs, the nearest to today first."""
        return self.load()

    @property
    def following(self) -> Next | None:
        """What comes next in it."""
        return self.next()

    @property
    def listed(self) -> bool:
        """Whether it is that of a listing of what is ahead, which other sites can embed."""
        return not (self.pair or self.complete or self.id == "deadlines")

    @property
    def complete(self) -> bool:
        """Whether it is the file of a past year: whole, and nothing to subscribe to."""
        return self.id.startswith("archive/")


@dataclass(frozen=True)
class Feeds:
    """The calendars of a catalog; `event_href` gives an event's address below the root, `card` what lists show of it."""

    catalog: Catalog
    settings: Settings
    parts: Parts
    event_href: Callable[[Event], str]
    card: Callable[[Event], Mapping[str, Any]]

    def absolute(self, href: str) -> str:
        """An address with the host before it."""
        return f"{self.settings.site_url}/{href}"

    @cached_property
    def all(self) -> tuple[Calendar, ...]:
        """Every calendar, in the order of the feeds page: the whole, then by facet, pairs behind their topic."""
        dated = [listing for listing in self.catalog.listings if listing.has_calendar]
        whole = [listing for listing in dated if not listing.facet]
        rest = [listing for listing in dated if listing.facet]
        names = self._names([*whole, *rest, *self._pairs])
        made = {listing.id: self._calendar(listing, names[listing.id]) for listing in [*whole, *rest, *self._pairs]}
        pairs: defaultdict[str, list[Calendar]] = defaultdict(list)
        for pair in self._pairs:
            pairs[pair.value].append(made[pair.id])
        ordered = [made[listing.id] for listing in whole]
        ordered += [self._deadlines_calendar(names["deadlines"])] if self.dues else []
        for listing in rest:
            ordered.append(made[listing.id])
            if listing.facet == "topics":
                ordered += pairs[listing.value]
        return tuple(ordered)

    @cached_property
    def offered(self) -> tuple[Calendar, ...]:
        """Those that are listed: all but the pairs with nothing to come, whose subscribers keep what they have."""
        return tuple(item for item in self.all if (item.upcoming or not item.pair) and not item.silent)

    @cached_property
    def by_id(self) -> Mapping[str, Calendar]:
        """The calendars by their address without ".ics"."""
        return {item.id: item for item in self.all}

    @cached_property
    def groups(self) -> Mapping[str, Sequence[Calendar]]:
        """The calendars under the headings of the feeds page, without the pairs."""
        found: dict[str, list[Calendar]] = {}
        for item in self.offered:
            if not item.pair:
                found.setdefault(item.group, []).append(item)
        return found

    def pairs(self, topic: str) -> Sequence[Calendar]:
        """A topic's narrower calendars that have something upcoming."""
        return [item for item in self.offered if item.pair == topic]

    # What there is

    @cached_property
    def _pairs(self) -> Sequence[Listing]:
        """Each topic by state and by format, as far as an event with a date ever had both."""
        parts: defaultdict[str, list[str]] = defaultdict(list)
        for identity in self.catalog.members:
            if identity.count("/") == 2:  # noqa: PLR2004  topics/cloud/ut
                _, topic_id, value = identity.split("/")
                parts[topic_id].append(value)
        found = []
        for topic in self.catalog.by_facet["topics"]:
            found += [self._pair(topic, value) for value in sorted(parts[topic.value], key=_format_last)]
        return found

    def _pair(self, topic: Listing, value: str) -> Listing:
        form = value in vocabulary.FORMAT
        words = (
            self.catalog.words.format[value].lower()
            if form
            else self.catalog.words("in {state}", state=self.catalog.words.state[value.upper()])
        )
        name = f"{topic.name}, {words}" if form else f"{topic.name} {words}"
        title = f"{topic.title}, {words}" if form else f"{topic.title} {words}"
        about = self.catalog.words("{title}, the nearest first.", title=title)
        return self.catalog.listing(f"{topic.id}/{value}", title, name=name, description=about, value=topic.value)

    @cached_property
    def dues(self) -> Sequence[Due]:
        """The deadlines that a calendar may tell of, by day: all where that leaves none. Those of withdrawn events are for
        calendars alone."""
        return self._dues_since(self._oldest) or self._dues_since(0)

    def is_due(self, row: Row) -> bool:
        """Whether calendars tell of a deadline of the event, unless there is nothing newer anywhere."""
        return any(day >= self._oldest for day, _ in row.deadlines)

    def _dues_since(self, oldest: int) -> Sequence[Due]:
        found, rows = [], self.catalog.rows
        for event in (*self.catalog.events, *self.catalog.withdrawn):
            row = rows[event.id]
            found += [Due(day, row.order[3], event.id, key, event) for day, key in row.deadlines if day >= oldest]
        return sorted(found, key=itemgetter(0, 1, 2, 3))

    @cached_property
    def upcoming_dues(self) -> Sequence[Due]:
        """Those that one can still meet."""
        today, rows = self.catalog.today.toordinal(), self.catalog.rows
        return [due for due in self.dues if due.day >= today and not rows[due.identity].withdrawn]

    @property
    def deadlines(self) -> Sequence[Deadline]:
        """Every deadline of every event with all that its record says of it."""
        return [due.deadline(self.catalog.words) for due in self._dues_since(0)]

    # What each is

    def _names(self, listings: Sequence[Listing]) -> Mapping[str, str]:
        """A name for each calendar, with the site's before it, that no other has.

        Two may be called alike (a topic and a series, say): then the facet, and at last the address, tells them apart.
        """
        of_one = {facet.id: facet.of_one for facet in self.catalog.facets}
        plain = {item.id: item.name[0].upper() + item.name[1:] for item in listings} | {
            "deadlines": self.catalog.words("Deadlines")
        }
        names = {identity: self._name(words) for identity, words in plain.items()}
        for suffixes in ({item.id: of_one.get(item.facet, "") for item in listings}, {key: key for key in plain}):
            counts = Counter(name.casefold() for name in names.values())
            for identity, suffix in suffixes.items():
                if suffix and counts[names[identity].casefold()] > 1:
                    names[identity] = self._name(plain[identity], f" ({suffix})")
        return names

    def _name(self, words: str, suffix: str = "") -> str:
        text = f"{self.settings.site_name}: {words}" if self.settings.site_name else words
        room = LONGEST_NAME - len(suffix)
        return (text if len(text) <= room else f"{text[: room - 1].rstrip()}…") + suffix

    def _feed(self, identity: str, name: str, about: str, page: str) -> Feed:
        described = self.catalog.words(
            "{about} From {site}, {address}",
            about=about,
            site=self.settings.site_name,
            address=f"{self.settings.site_url}/",
        )
        return Feed(name, described, self.absolute(f"{identity}.ics"), self.absolute(page))

    def _calendar(self, listing: Listing, name: str) -> Calendar:
        pair = listing.id.count("/") == 2  # noqa: PLR2004  topics/cloud/ut
        words = self.catalog.words
        group = (
            words("Archive")
            if listing.facet == "archive"
            else self._group_names.get(listing.facet, words("Everything"))
        )
        page = f"{listing.id}.html"
        if pair:
            facet = "format" if listing.id.rsplit("/", 1)[1] in vocabulary.FORMAT else "state"
            query = urlencode({"when": "upcoming", "topic": listing.value, facet: listing.id.rsplit("/", 1)[1]})
            page = f"search.html?{query}" if self.settings.search else f"topics/{listing.value}.html"
        feed = self._feed(listing.id, name, listing.description, page)
        held: Sequence[Event] = listing.dated
        if listing.facet != "archive":
            held = self._fitting(self._held(listing), feed)
        rows = self.catalog.rows
        ahead = [event for event in listing.upcoming if rows[event.id].dated]
        following = next((event for event in ahead if self._comes(rows[event.id])), None)
        changed = self.catalog.members[listing.id].changed
        keys = self.parts.keys
        told = digest(feed.name, page, len(held), len(ahead), changed, keys[following.id] if following else b"")
        return Calendar(
            listing.id,
            listing.name[0].upper() + listing.name[1:],
            self._group_names["topics"] if pair else group,
            page,
            feed,
            len(held),
            len(ahead),
            date.fromordinal(changed),
            told,
            digest(told, [keys[event.id] for event in held]),
            lambda: [Entry(*part) for part in self.parts.some("entry", held)],
            lambda: self._next(following) if following else None,
            listing.value if pair else "",
            silent=not listing.total,
        )

    def entry(self, event: Event) -> Entry:
        """The VEVENT of a dated event."""
        return Entry(*self.parts.get("entry", event))

    def _due_entry(self, due: Due) -> Entry:
        return Entry(*self.parts.get("dues", due.event)[due.key])

    def _next(self, event: Event) -> Next:
        card = self.card(event)
        return Next(card["title"], card["dates"], date.fromordinal(self.catalog.row(event).start), event)

    @staticmethod
    def _comes(row: Row) -> bool:
        """Whether it can be what comes next: neither cancelled nor waiting for a new day."""
        return row.status != "cancelled" and row.first > 0

    @cached_property
    def _windows(self) -> Mapping[str, Sequence[Event]]:
        """What each calendar holds, the nearest to today first; one that holds nothing then is not there."""
        found: defaultdict[str, list[Event]] = defaultdict(list)
        rows, oldest = self.catalog.rows, self._oldest
        recent = [event for event in self.catalog.all.dated if rows[event.id].last >= oldest]
        most = self.settings.feed_max_events
        for event in self.catalog.window(recent, self.settings.feed_past_months, len(recent)):
            row = rows[event.id]
            for identity in ("events", *row.listings, *row.pairs):
                if len(found[identity]) < most:
                    found[identity].append(event)
        return found

    @cached_property
    def _oldest(self) -> int:
        """The first day of which calendars still tell."""
        return catalog.months_before(self.catalog.today, self.settings.feed_past_months).toordinal()

    def _held(self, listing: Listing) -> Sequence[Event]:
        """What a calendar holds: what its window does, and where that shows nothing, the latest past event that shows."""
        held, rows = self._windows.get(listing.id, ()), self.catalog.rows
        if any(not rows[event.id].withdrawn for event in held):
            return held
        shown = [event for event in listing.dated if not rows[event.id].withdrawn]
        return (
            *held,
            *self.catalog.window(shown or (() if held else listing.dated), self.settings.feed_past_months, 1),
        )

    def _fitting(self, events: Sequence[Event], feed: Feed) -> Sequence[Event]:
        known = self.parts.sizes
        sizes = (known[event.id] for event in events)
        return events[: calendars.fitting(sizes, feed, self.settings.feed_max_bytes)]

    @cached_property
    def _group_names(self) -> Mapping[str, str]:
        return {facet.id: facet.name for facet in self.catalog.facets}

    def _deadlines_calendar(self, name: str) -> Calendar:
        words = self.catalog.words
        about = words(
            "Days by which to register, to ask for an accommodation, to propose a talk or to pay the lower price."
        )
        feed = self._feed("deadlines", name, about, "deadlines.html")
        rows = self.catalog.rows
        nearest = catalog.nearest(
            self.dues,
            lambda due: Span(due.day, due.day, f"{due.identity} {due.key}"),
            self.catalog.today,
            self.settings.feed_past_months,
            self.settings.feed_max_events,
        )
        sizes = (self.parts.get("due_sizes", due.event)[due.key] for due in nearest)
        held = nearest[: calendars.fitting(sizes, feed, self.settings.feed_max_bytes)]
        upcoming = self.upcoming_dues
        first = next((due for due in upcoming if rows[due.identity].status != "cancelled"), None)
        changed = max([row.changed for row in rows.values() if row.deadlines])
        next_key = (self.parts.key(first.event), first.key) if first else ()
        told = digest(feed.name, len(held), len(upcoming), changed, next_key)
        return Calendar(
            "deadlines",
            words("Deadlines"),
            words("Everything"),
            "deadlines.html",
            feed,
            len(held),
            len(upcoming),
            date.fromordinal(changed),
            told,
            digest(told, [(self.parts.key(due.event), due.key) for due in held]),
            lambda: [self._due_entry(due) for due in held],
            lambda: _next_due(first.deadline(words), words) if first else None,
        )

    # How programs and people are told

    def links(self, item: Calendar) -> Mapping[str, Any]:
        """A calendar as pages show it: its name, what it holds, and the link by which each program subscribes."""
        following = item.following
        return {
            "name": item.name,
            "title": item.feed.name,
            "page": item.page,
            "href": item.path,
            **self.addresses(item),
            "count": self.catalog.words.plural(item.total, "{n} deadline", "{n} deadlines")
            if item.id == "deadlines"
            else self.catalog.words.plural(item.total, "{n} event", "{n} events"),
            "upcoming": item.upcoming,
            "next": {"title": following.title, "dates": following.dates, "href": self.event_href(following.event)}
            if following
            else None,
            "changed": self.catalog.words.day(item.changed),
            "complete": item.complete,
        }

    def addresses(self, item: Calendar) -> Mapping[str, str]:
        """The link for each program; all are made from the one absolute address."""
        url, name = item.feed.url, item.feed.name
        webcal = f"webcal://{url.split('://', 1)[1]}"
        asked = urlencode({"url": url, "name": name}, quote_via=quote, safe="")
        return {
            "url": url,
            "webcal": webcal,
            # Google takes an https address in `cid` for an e-mail address, and a webcal one for a calendar.
            "google": f"https://calendar.google.com/calendar/r?cid={urls.quote(webcal)}",
            "outlook": f"https://outlook.live.com/calendar/0/addfromweb?{asked}",
            "office": f"https://outlook.office.com/calendar/0/addfromweb?{asked}",
        }

    def as_json(self) -> bytes:
        """`/feeds.json`: the Atom feeds; every calendar with its links, its count, what comes next, its last change."""
        data = {
            "title": self.catalog.words("{site}: calendars", site=self.settings.site_name),
            "home": self.absolute("feeds.html"),
            "news": [
                {"name": f"{self.settings.site_name}: {name}", "description": about, "url": self.absolute(path)}
                for path, (name, about) in news(self.catalog.words).items()
            ],
            "calendars": [self._row(item) for item in self.offered],
        }
        return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()

    def _row(self, item: Calendar) -> Mapping[str, Any]:
        following = item.following
        return {
            "id": item.id,
            "name": item.feed.name,
            "group": item.group,
            "description": item.feed.description,
            "page": item.feed.page,
            **self.addresses(item),
            "entries": item.total,
            "upcoming": item.upcoming,
            "next": {
                "title": following.title,
                "date": following.day.isoformat(),
                "page": self.absolute(self.event_href(following.event)),
            }
            if following
            else None,
            "changed": item.changed.isoformat(),
            "embed": self.absolute(f"embed/{item.id}.html") if item.listed else None,
        }

    def as_opml(self) -> bytes:
        """`/feeds.opml`: the same list as OPML 2.0, an outline for each group.

        Type "link", for "rss" would promise feed readers something that a calendar is not; the Atom feeds are just that.
        """
        root = ET.Element("opml", version="2.0")
        head = ET.SubElement(root, "head")
        ET.SubElement(head, "title").text = self.catalog.words("{site}: calendars", site=self.settings.site_name)
        body = ET.SubElement(root, "body")
        told = ET.SubElement(body, "outline", text=self.catalog.words("News"))
        for path, (name, about) in news(self.catalog.words).items():
            title = f"{self.settings.site_name}: {name}"
            ET.SubElement(told, "outline", type="rss", text=title, xmlUrl=self.absolute(path), description=about)
        outlines: dict[str, ET.Element] = {}
        for item in self.offered:
            if item.group not in outlines:
                outlines[item.group] = ET.SubElement(body, "outline", text=item.group)
            ET.SubElement(
                outlines[item.group],
                "outline",
                type="link",
                text=item.feed.name,
                url=item.feed.url,
                htmlUrl=item.feed.page,
                description=item.feed.description,
            )
        ET.indent(root)
        return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def news(words: Words) -> Mapping[str, tuple[str, str]]:
    """The Atom feeds: the name of each, and what it tells."""
    told = (
        (words("New events"), words("Events for public servants as they become known, the latest first.")),
        (words("Changes"), words("What was moved, cancelled, removed or otherwise changed, the latest first.")),
    )
    return dict(zip(NEWS, told, strict=True))


def _next_due(item: Deadline, words: Words) -> Next:
    return Next(f"{item.label}: {item.event.title}", words.day(item.day), item.day, item.event)


def _format_last(value: str) -> tuple[bool, int, str]:
    """States by their names, then formats in the vocabulary's order."""
    if value in vocabulary.FORMAT:
        return (True, [*vocabulary.FORMAT].index(value), "")
    return (False, 0, vocabulary.STATE[value.upper()])
