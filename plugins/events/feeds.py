"""Which calendars one can subscribe to, what each is called and holds, and how programs are told of it.

Every listing of dated events has one at its own address, and so has every topic in a state and in a format, so that a
narrower choice can be subscribed to and not only looked at. An address, once given, is served for ever: programs give
up on a calendar that is missing or empty, and their users hear nothing of it.
"""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlencode

from . import calendars, catalog, deadlines, vocabulary
from .calendars import Directory, Entry, Feed
from .catalog import Catalog, Listing
from .deadlines import Deadline
from .model import Event
from .settings import Settings
from .times import day_of
from .wording import Words

# "MUST be less than or equal to 255 characters" (MS-OXCICAL 2.1.3.1.1.17); longer ones are dropped.
LONGEST_NAME = 255

NEWS = ("new.atom", "changed.atom")
"""The Atom feeds (`atom`)."""


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
    """

    id: str
    name: str
    group: str
    page: str
    feed: Feed
    entries: Sequence[Entry]
    upcoming: int
    following: Next | None
    changed: date
    pair: str = ""
    silent: bool = False

    @property
    def path(self) -> str:
        """Where the file is saved."""
        return f"{self.id}.ics"

    @property
    def total(self) -> int:
        """How many entries the file holds."""
        return len(self.entries)

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
    """The calendars of a catalog; `event_href` gives an event's address below the root."""

    catalog: Catalog
    settings: Settings
    directory: Directory
    entries: Mapping[str, Entry]
    event_href: Callable[[Event], str]

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
        ordered += [self._deadlines_calendar(names["deadlines"])] if self.deadlines else []
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
        found = []
        for topic in self.catalog.by_facet["topics"]:
            parts: dict[str, tuple[list[Event], list[Event], list[Event]]] = {}
            for events, which in ((topic.upcoming, 0), (topic.past, 1), (topic.withdrawn, 2)):
                for event in events:
                    if event.dated:
                        for value in (*((event.state.lower(),) if event.state else ()), event.format):
                            parts.setdefault(value, ([], [], []))[which].append(event)
            found += [self._pair(topic, value, *parts[value]) for value in sorted(parts, key=_format_last)]
        return found

    def _pair(
        self, topic: Listing, value: str, upcoming: Sequence[Event], past: Sequence[Event], withdrawn: Sequence[Event]
    ) -> Listing:
        form = value in vocabulary.FORMAT
        words = (
            self.catalog.words.format[value].lower()
            if form
            else self.catalog.words("in {state}", state=self.catalog.words.state[value.upper()])
        )
        name = f"{topic.name}, {words}" if form else f"{topic.name} {words}"
        title = f"{topic.title}, {words}" if form else f"{topic.title} {words}"
        about = self.catalog.words("{title}, the nearest first.", title=title)
        return Listing(
            f"{topic.id}/{value}", title, name, about, tuple(upcoming), tuple(past), (),
            value=topic.value, withdrawn=tuple(withdrawn),
        )  # fmt: skip

    @cached_property
    def deadlines(self) -> Sequence[Deadline]:
        """Every deadline of every event, by day; those of withdrawn ones are for calendars alone."""
        events = (*self.catalog.events, *self.catalog.withdrawn)
        found = [item for event in events for item in deadlines.of(event, self.catalog.words)]
        return sorted(found, key=lambda item: item.order)

    @cached_property
    def upcoming_deadlines(self) -> Sequence[Deadline]:
        """Those that one can still meet."""
        return [item for item in self.deadlines if item.day >= self.catalog.today and not item.event.withdrawn]

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
        if listing.facet == "archive":
            entries = [self.entries[event.id] for event in listing.dated]
        else:
            entries = [self.entries[event.id] for event in self._window(listing)]
            entries = calendars.fitting(entries, feed, self.settings.feed_max_bytes)
        ahead = [event for event in listing.upcoming if event.dated]
        following = next((event for event in ahead if event.status != "cancelled" and not event.waits), None)
        return Calendar(
            listing.id,
            listing.name[0].upper() + listing.name[1:],
            self._group_names["topics"] if pair else group,
            page,
            feed,
            entries,
            len(ahead),
            _next(following, words) if following else None,
            max(event.changed for event in listing.dated),
            listing.value if pair else "",
            silent=not listing.total,
        )

    def _window(self, listing: Listing) -> Sequence[Event]:
        """What a calendar holds: `catalog.window`, with the order of all events worked out once."""
        members = [event for event in listing.dated if event.id in self._nearness]
        if not members:
            return catalog.window(listing, self.catalog.today, self.settings.feed_past_months, 1)
        members.sort(key=lambda event: self._nearness[event.id])
        return members[: self.settings.feed_max_events]

    @cached_property
    def _nearness(self) -> Mapping[str, int]:
        """The events that calendars hold, by how near they are to today."""
        months = self.settings.feed_past_months
        members = catalog.window(self.catalog.all, self.catalog.today, months, len(self.catalog.all.dated))
        return {event.id: place for place, event in enumerate(members)}

    @cached_property
    def _group_names(self) -> Mapping[str, str]:
        return {facet.id: facet.name for facet in self.catalog.facets}

    def _deadlines_calendar(self, name: str) -> Calendar:
        about = self.catalog.words(
            "Days by which to register, to ask for an accommodation, to propose a talk or to pay the lower price."
        )
        feed = self._feed("deadlines", name, about, "deadlines.html")
        nearest = catalog.nearest(
            self.deadlines,
            lambda item: (item.day, item.day, f"{item.event.id} {item.key}"),
            self.catalog.today,
            self.settings.feed_past_months,
            self.settings.feed_max_events,
        )
        entries = [calendars.deadline_entry(item, self.directory) for item in nearest]
        ahead = [item for item in self.upcoming_deadlines if item.event.status != "cancelled"]
        return Calendar(
            "deadlines",
            self.catalog.words("Deadlines"),
            self.catalog.words("Everything"),
            "deadlines.html",
            feed,
            calendars.fitting(entries, feed, self.settings.feed_max_bytes),
            len(self.upcoming_deadlines),
            Next(
                f"{ahead[0].label}: {ahead[0].event.title}",
                self.catalog.words.day(ahead[0].day),
                ahead[0].day,
                ahead[0].event,
            )
            if ahead
            else None,
            max(item.event.changed for item in self.deadlines),
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
            "google": f"https://calendar.google.com/calendar/r?cid={quote(webcal, safe='')}",
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


def _next(event: Event, words: Words) -> Next:
    assert event.start is not None
    return Next(event.title, words.dates(event), day_of(event.start), event)


def _format_last(value: str) -> tuple[bool, int, str]:
    """States by their names, then formats in the vocabulary's order."""
    if value in vocabulary.FORMAT:
        return (True, [*vocabulary.FORMAT].index(value), "")
    return (False, 0, vocabulary.STATE[value.upper()])
