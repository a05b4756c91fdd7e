"""`/new.atom` and `/changed.atom`: what was announced and what changed, in words, for feed readers (RFC 4287).

An entry's id is made of the event's UID and of which change it is, so that it is the same for ever, whatever becomes of
the words or the host. Its times are the record's days, at noon UTC, which is the same day from Honolulu to Guam.
"""

from __future__ import annotations

import heapq
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from feedgenerator import Atom1Feed
from markupsafe import Markup

from . import wording
from .calendars import Directory
from .catalog import Catalog
from .data import LICENSE
from .feeds import NEWS, news
from .model import Event
from .settings import Settings
from .wording import Words

MOST = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to tell: `key` tells it apart from all else that is told of its event, `lines` are paragraphs."""

    event: Event
    key: str
    title: str
    lines: tuple[str, ...]
    published: date
    updated: date

    @property
    def order(self) -> tuple[date, str, str]:
        """Sort key: by day; within a day by event, and by change."""
        return (self.published, self.event.id, self.key)


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed's address, the events that it tells of, and what makes its bytes."""

    path: str
    events: list[Event]
    make: Callable[[], bytes]


class _Feed(Atom1Feed):  # type: ignore[misc]  # the library has no type hints
    """The library's feed, which would stamp one without entries with the time of the build."""

    def latest_post_date(self) -> datetime:
        found: datetime = self.feed["updated"]
        return found


def announced(catalog: Catalog) -> list[Entry]:
    """What became known, the latest first."""
    found = [
        Entry(event, "new", _now(event, words) + event.title, _about(event, words), event.announced, event.changed)
        for event in newest(catalog)
        for words in (wording.spoken(event, catalog.words),)
    ]
    return sorted(found, key=lambda entry: entry.order, reverse=True)


def newest(catalog: Catalog) -> list[Event]:
    """The events that became known last."""
    rows = catalog.rows
    return heapq.nlargest(MOST, catalog.events, key=lambda event: (rows[event.id].announced, event.id))


def changed(catalog: Catalog) -> list[Event]:
    """The events, withdrawn ones too, that have the latest changes: enough of them for all entries of the feed."""
    rows = catalog.rows
    days = ((day, event.id, event) for event in (*catalog.events, *catalog.withdrawn) for day in rows[event.id].changes)
    latest = heapq.nlargest(MOST, days, key=lambda item: item[:2])
    return list({identity: event for _, identity, event in latest}.values())


def changes(catalog: Catalog) -> list[Entry]:
    """What changed, the latest first: every line of a change log, and what was withdrawn."""
    found: list[Entry] = []
    for event in changed(catalog):
        words = wording.spoken(event, catalog.words)
        if event.withdrawn is None:
            found += _changes(event, words)
            continue
        day, why = event.withdrawn.date, event.withdrawn.reason
        lines = (words("Removed from the directory on {day}.", day=words.day(day)), why)
        found.append(Entry(event, "withdrawn", words("Removed: ") + event.title, lines, day, day))
    return sorted(found, key=lambda entry: entry.order, reverse=True)[:MOST]


def _changes(event: Event, words: Words) -> Iterator[Entry]:
    last = len(event.changes)
    for number, change in enumerate(event.changes, 1):
        lines = [change.note]
        what = words("Changed: ")
        # Only the last change is known to have led to what is true now.
        if number == last:
            what = _now(event, words) or what
            if event.previous_start and event.status != "cancelled":
                was = words.moment(event.previous_start[-1], event.timezone)
                lines.append(words("Moved from {was} to {now}", was=was, now=words.dates(event)))
            lines += _about(event, words)
        # Numbers of two digits and more keep their order as texts.
        yield Entry(event, f"change-{number:03}", what + event.title, tuple(lines), change.date, change.date)


def _now(event: Event, words: Words) -> str:
    """ "Cancelled: ", or "" where all is as planned."""
    return "" if event.status == "scheduled" else f"{words.status[event.status]}: "


def _about(event: Event, words: Words) -> tuple[str, ...]:
    """What the event is, and the facts that decide, none of which changes with the day of the build."""
    facts = ", ".join(dict.fromkeys(part for part in (words.dates(event), words.place(event)) if part))
    return (event.summary, f"{words.kind[event.kind]}: {facts}")


def feed(path: str, entries: list[Entry], catalog: Catalog, directory: Directory, settings: Settings) -> bytes:
    """A feed of these entries."""
    title, about = news(catalog.words)[path]
    home = f"{settings.site_url}/"
    latest = max((entry.updated for entry in entries), default=None) or quiet_since(catalog)
    found = _Feed(
        title=f"{settings.site_name}: {title}",
        link=home,
        description=about,
        language=settings.language,
        author_name=settings.publisher or settings.site_name,
        author_link=home,
        feed_url=f"{home}{path}",
        feed_guid=_id(directory, path),
        feed_copyright=f"CC0 1.0, {LICENSE}",
        updated=_noon(latest),
    )
    for entry in entries:
        event = entry.event
        text = Markup("").join(Markup("<p>{}</p>").format(line) for line in entry.lines)
        found.add_item(
            title=entry.title,
            link=directory.event_page(event),
            description=None,
            content=text,
            unique_id=_id(directory, f"{event.id}@{directory.uid_domain}#{entry.key}"),
            pubdate=_noon(entry.published),
            updateddate=_noon(entry.updated),
            categories=() if event.withdrawn else [directory.topics[topic].name for topic in event.topics],
        )
    return f"{found.writeString('utf-8')}\n".encode()


def quiet_since(catalog: Catalog) -> date:
    """When a feed that tells of nothing yet was last changed: the day on which the latest event became known. Where there is
    none, it is the catalog's, and no clock's."""
    days = [row.announced for row in catalog.rows.values()]
    return date.fromordinal(max(days)) if days else catalog.today


def feeds(catalog: Catalog, directory: Directory, settings: Settings) -> Iterator[Feed]:
    """Both feeds."""

    def new() -> bytes:
        return feed(NEWS[0], announced(catalog), catalog, directory, settings)

    def different() -> bytes:
        return feed(NEWS[1], changes(catalog), catalog, directory, settings)

    yield Feed(NEWS[0], newest(catalog), new)
    yield Feed(NEWS[1], changed(catalog), different)


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def _id(directory: Directory, name: str) -> str:
    """A UUID URN (RFC 9562, 5.5): the same for the same name, whatever host serves the feed."""
    return uuid.uuid5(uuid.uuid5(uuid.NAMESPACE_DNS, directory.uid_domain), name).urn
