"""iCalendar files (RFC 5545, RFC 7986) that calendar apps read alike.

Each VEVENT is serialised once, and every feed is a join of these texts. Nothing here is random or reads a clock. What is
the same for many events and files is written by the icalendar library (library.py), and kept: it says the same each time,
and loading it takes as long as an edit of one record. Texts, times and coordinates, of which each event has its own, are
written here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from . import times, urls, wording
from .deadlines import Deadline
from .lines import escape, fold
from .model import Event, Organizer, Series, Session, Topic
from .times import DAY, Moment, day_of
from .wording import ENGLISH, Words

DEFAULT_DURATION = timedelta(hours=1)
_EPOCH, _SECOND = date(1970, 1, 1), timedelta(seconds=1)
MOST_SESSIONS = 20
# Outlook tells UIDs apart by their first 202 bytes (MS-STANOICAL 2.1.10).
MOST_UID = 200
_END = b"END:VCALENDAR\r\n"
_BEGIN_EVENT, _END_EVENT = b"BEGIN:VEVENT\r\n", b"END:VEVENT\r\n"


class Entry(NamedTuple):
    """One VEVENT, serialised: its UID, its text, the zone that it needs, and its place in a file's fixed order (by the
    instant, in seconds)."""

    uid: str
    data: bytes
    zone: str
    order: tuple[int, str]


@dataclass(frozen=True, slots=True)
class Directory:
    """What a VEVENT takes from outside its record; `event_page` gives the absolute address of an event's page."""

    event_page: Callable[[Event], str]
    uid_domain: str
    topics: Mapping[str, Topic]
    organizers: Mapping[str, Organizer]
    series: Mapping[str, Series]
    words: Words = ENGLISH


# What the library writes


_written: dict[str, bytes] = {}
# Zones, numbers and words are a few hundred; whatever else comes is not worth keeping for the next build.
_MOST_WRITTEN = 1000
# Each event has its own: a link to join it.
_OWN = ("conference",)


def written() -> Mapping[str, bytes]:
    """What the library wrote so far, by what it was asked for."""
    return _written


def recall(kept: Mapping[str, bytes]) -> None:
    """Know what it wrote before, in the same version."""
    _written.update(kept)


def _library(what: str, *asked: Any) -> bytes:
    place = f"{what}{asked!r}"
    found = _written.get(place)
    if found is None:
        from . import library  # noqa: PLC0415  for nothing but what it never wrote: it takes 0.1 s to load

        found = getattr(library, what)(*asked)
        if len(_written) < _MOST_WRITTEN and asked[:1] != _OWN:
            _written[place] = found
    assert isinstance(found, bytes)
    return found


@lru_cache(maxsize=10_000)
def _property(name: str, value: Any, parameters: tuple[tuple[str, str], ...] = ()) -> bytes:
    """A property as the library writes it: most values are those of a thousand other events."""
    return _library("property_of_event", name, value, parameters)


def vtimezone(name: str) -> bytes:
    """A zone as one STANDARD and at most one DAYLIGHT with a yearly RRULE: the one shape that all apps read. Raises
    `ValueError` for one without such a rule."""
    return _library("vtimezone", name)


def _opening() -> bytes:
    return _library("opening")


@lru_cache(maxsize=10_000)
def _texts(name: str, values: tuple[str, ...]) -> bytes:
    return fold(f"{name}:{','.join(map(escape, values))}")


@lru_cache(maxsize=10_000)
def _version(created: date, changed: date, sequence: int) -> bytes:
    """Which version a VEVENT is: without METHOD, DTSTAMP is LAST-MODIFIED (3.8.7.2), and never the build's time.

    Kept for the deadlines of the event, which have the same, and for those that became known on the same day.
    """
    created_on, changed_on = (f"{day.isoformat().replace('-', '')}T000000Z" for day in (created, changed))
    lines = (f"DTSTAMP:{changed_on}", f"CREATED:{created_on}", f"LAST-MODIFIED:{changed_on}")
    return b"".join([*map(fold, lines), _property("sequence", sequence)])


class _Lines:
    """Content lines while they are put together, in the order in which they come.

    A component of the library takes half a millisecond, which is longer than all else that calendars need of an event.
    So what repeats is kept (`add`), and texts and times, of which each event has its own, are written here.
    """

    def __init__(self, begin: bytes) -> None:
        self._lines = [begin]

    def add(self, name: str, value: Any, *parameters: tuple[str, str]) -> None:
        """A property whose value many have."""
        self._lines.append(_property(name, value, parameters))

    def text(self, name: str, value: str) -> None:
        """A property with a text of its own."""
        self._lines.append(fold(f"{name}:{escape(value)}"))

    def texts(self, name: str, values: tuple[str, ...]) -> None:
        """A property with several texts (RFC 5545, 3.8.1.2), which many events have."""
        self._lines.append(_texts(name, values))

    def uri(self, name: str, value: str) -> None:
        """A property with an address, in which nothing is escaped (RFC 5545, 3.3.13)."""
        self._lines.append(fold(f"{name}:{value}"))

    def moment(self, name: str, when: Moment, zone: str = "") -> None:
        """A property with a day, or a wall time of a zone, without one of UTC (RFC 5545, 3.3.4 and 3.3.5)."""
        # As ISO 8601's basic format; `%Y%m%d` asks the C library for each part, and takes two to four times as long.
        basic = when.isoformat().replace("-", "").replace(":", "")
        if not isinstance(when, datetime):
            line = f"{name};VALUE=DATE:{basic}"
        else:
            line = f"{name};TZID={zone}:{basic}" if zone else f"{name}:{basic}Z"
        self._lines.append(fold(line))

    def __bytes__(self) -> bytes:
        return b"".join(self._lines)


class _VEvent(_Lines):
    """A VEVENT that says already who it is and which version."""

    def __init__(self, uid: str, event: Event) -> None:
        super().__init__(_BEGIN_EVENT)
        self.text("UID", uid)
        self._lines.append(_version(min(event.announced, event.changed), event.changed, event.sequence))

    def __bytes__(self) -> bytes:
        return b"".join([*self._lines, _END_EVENT])


# Events


def entry(event: Event, directory: Directory) -> Entry:
    """The VEVENT of a dated event; raises `ValueError` for one without a day."""
    if event.start is None:
        msg = f"{event.id} has no day, so no calendar can hold it"
        raise ValueError(msg)
    words, page = wording.spoken(event, directory.words), directory.event_page(event)
    uid = f"{event.id}@{directory.uid_domain}"
    first, after, zone = _span(event)
    order = (int(times.instant(event.start, event.timezone).timestamp()), uid)
    item = _VEvent(uid, event)
    item.moment("DTSTART", first, zone)
    item.moment("DTEND", after, zone)
    if event.withdrawn:
        _take_back(item, event, event.title, directory, words)
        return Entry(uid, bytes(item), zone, order)
    item.text("SUMMARY", title(event, words))
    item.text("DESCRIPTION", description(event, directory, words, page))
    if location := words.address(event):
        item.text("LOCATION", location)
    venue = event.venue
    if venue and venue.latitude is not None and venue.longitude is not None and event.format != "online":
        # To ten centimetres; a float's own text may have an exponent (RFC 5545, 3.8.1.6).
        item.uri("GEO", f"{venue.latitude:.6f};{venue.longitude:.6f}")
    _categorise(item, event, directory)
    item.add("status", _STATUS[event.status])
    all_day = not times.has_time(event.start)
    aside = all_day or not event.one_day or event.status in ("tentative", "cancelled", "postponed")
    item.add("transp", "TRANSPARENT" if aside else "OPAQUE")
    item.uri("URL", page)
    if join := _join(event):
        # RFC 7986, 5.11; the link is public, or it would not be in a record.
        label = words("Join")
        if event.online and event.online.platform:
            label = words("Join on {platform}", platform=event.online.platform)
        item.add("conference", urls.ascii_only(join), ("VALUE", "URI"), ("FEATURE", "VIDEO"), ("LABEL", label))
    return Entry(uid, bytes(item), zone, order)


def deadline_entry(deadline: Deadline, directory: Directory) -> Entry:
    """The VEVENT of a deadline: its whole day, that blocks nobody's time."""
    event, day, words = deadline.event, deadline.day, directory.words
    # Ids have no double hyphen, so that no event can ever have the same UID.
    uid = f"{event.id}--{deadline.key}@{directory.uid_domain}"
    if len(uid) > MOST_UID:
        digest = hashlib.sha256(deadline.key.encode()).hexdigest()[:12]
        uid = f"{event.id}--{digest}@{directory.uid_domain}"
    page = directory.event_page(event)
    about = [*_status_lines(event, words), f"{deadline.label}: {words.moment(deadline.moment, event.timezone)}."]
    about += [f"{event.title}: {words.dates(event)}, {words.place(event)}" if event.dated else event.title]
    about += [deadline.note] if deadline.note else []
    about += [deadline.url] if deadline.url else []
    order = ((day - _EPOCH) // _SECOND, uid)
    item = _VEvent(uid, event)
    item.moment("DTSTART", day)
    item.moment("DTEND", day + DAY)
    if event.withdrawn:
        _take_back(item, event, f"{deadline.label}: {event.title}", directory, words)
        return Entry(uid, bytes(item), "", order)
    item.text("SUMMARY", _prefix(event, words) + f"{deadline.label}: {event.title}")
    item.text("DESCRIPTION", "\n".join([*about, "", page]))
    _categorise(item, event, directory)
    item.add("status", _STATUS[event.status])
    item.add("transp", "TRANSPARENT")
    item.uri("URL", page)
    return Entry(uid, bytes(item), "", order)


def _take_back(item: _VEvent, event: Event, what: str, directory: Directory, words: Words) -> None:
    """What a withdrawn record leaves in calendars: CANCELLED, so that programs take the event away, and why."""
    assert event.withdrawn is not None
    page = directory.event_page(event)
    about = words("Removed from the directory on {day}.", day=words.day(event.withdrawn.date))
    about = f"{about} {event.withdrawn.reason}"
    item.text("SUMMARY", words("REMOVED: ") + what)
    item.text("DESCRIPTION", f"{about}\n\n{page}")
    item.add("status", "CANCELLED")
    item.add("transp", "TRANSPARENT")
    item.uri("URL", page)


def _categorise(item: _VEvent, event: Event, directory: Directory) -> None:
    if names := tuple([directory.topics[topic].name for topic in event.topics if topic in directory.topics]):
        item.texts("CATEGORIES", names)


def _join(event: Event) -> str:
    """The public link by which one joins, while there is something to join; else ""."""
    if event.online is None or not event.is_online or event.status in ("cancelled", "postponed"):
        return ""
    return event.online.url or ""


_STATUS = {
    "scheduled": "CONFIRMED",
    "rescheduled": "CONFIRMED",
    "moved-online": "CONFIRMED",
    "tentative": "TENTATIVE",
    # iCalendar has no word for postponed; the old day stays, marked as doubtful, until there is a new one.
    "postponed": "TENTATIVE",
    "cancelled": "CANCELLED",
}


def _prefix(event: Event, words: Words) -> str:
    """Google hides what is cancelled and Outlook shows no status, so the title must say it."""
    if event.status == "cancelled":
        return words("CANCELLED: ")
    return words("POSTPONED: ") if event.status == "postponed" else ""


def title(event: Event, words: Words = ENGLISH) -> str:
    """SUMMARY: the title, behind what must not be missed."""
    return _prefix(event, words) + event.title


def _span(event: Event) -> tuple[Moment, Moment, str]:
    """DTSTART and exclusive DTEND as days or wall times, and the zone whose VTIMEZONE they need: "" for days and UTC."""
    start, end, name = event.start, event.end, event.timezone
    if not isinstance(start, datetime) or name is None:
        assert start is not None
        return start, day_of(end or start) + DAY, ""
    rule = times.zone_rule(name)
    # Outside the rule, and in the hour that comes twice (which apps read either way), only UTC is read alike.
    plain = rule is not None and start.date() >= rule.since
    if isinstance(end, datetime):
        # A record whose own times are in that hour is refused (`model`).
        if plain:
            return start, end, name
        after = times.instant(end, name)
    else:
        after = times.instant(start, name) + DEFAULT_DURATION
        there = after.astimezone(times.zone(name)).replace(tzinfo=None)
        if plain and not times.clock_fault(there, name):
            return start, there, name
    return times.instant(start, name).replace(tzinfo=None), after.replace(tzinfo=None), ""


def span_in_utc(event: Event) -> tuple[Moment, Moment]:
    """DTSTART and exclusive DTEND as days or UTC instants, for links that take no zone."""
    first, after, zone = _span(event)
    if isinstance(first, datetime) and isinstance(after, datetime):
        return times.instant(first, zone or None), times.instant(after, zone or None)
    return first, after


def description(event: Event, directory: Directory, words: Words, page: str) -> str:
    """DESCRIPTION: the facts that decide, the most useful first, the page's address last (apps hide URL)."""
    lines = [*_status_lines(event, words), event.summary, ""]
    lines.append(words("Format: {value}", value=words.format[event.format]))
    if join := _join(event):
        lines.append(words("Join: {value}", value=join))
    if event.organizer:
        lines.append(words("Organizer: {value}", value=wording.organizers(event, directory.organizers)))
    if event.series and event.series in directory.series:
        lines.append(words("Series: {value}", value=directory.series[event.series].name))
    lines.append(words("Cost for government: {value}", value=_cost(event, words)))
    if event.eligibility:
        lines.append(words("Who may attend: {value}", value=words.eligibility[event.eligibility]))
    lines += _registration_lines(event, words)
    if event.credits:
        lines.append(words("Credits: {value}", value=wording.credits_of(event)))
    if event.venue and event.venue.access and event.format != "online":
        lines.append(words("Getting in: {value}", value=event.venue.access))
    lines += _accommodation_lines(event, words)
    if isinstance(event.start, datetime) and event.end is None:
        lines.append(words("The end time is to be confirmed; this entry lasts one hour."))
    if event.commercial:
        lines.append(words("A vendor’s event: listing is not endorsement."))
    lines += _agenda_lines(event, words)
    return "\n".join([*lines, "", page])


def _status_lines(event: Event, words: Words) -> list[str]:
    """What became of it, before anything else: "Moved from March 2, 2027." """
    if event.status == "scheduled" and not event.previous_start and not event.status_note:
        return []
    said = {
        "cancelled": words("Cancelled."),
        "postponed": words("Postponed; no new day is known."),
        "moved-online": words("Moved online."),
        "tentative": words("Tentative: the organizer has not confirmed it."),
    }
    line = said.get(event.status, "")
    if event.status == "postponed" and event.when:
        line = words("Postponed to {when}; the new day is not known yet.", when=event.when)
    if event.status == "moved-online" and (place := words.city(event)):
        line = words("Moved online; it was to be in {place}.", place=place)
    if event.previous_start and event.status not in ("cancelled", "postponed"):
        former = words("Moved from {when}", when=words.moment(event.previous_start[-1], event.timezone))
        line = f"{_sentence(former)} {line}".strip()
    if event.status_note:
        line = f"{line} {event.status_note}".strip()
    return [line, ""] if line else []


def _sentence(words: str) -> str:
    """With a full stop, and not two after "p.m."."""
    return words if words.endswith(".") else f"{words}."


def _agenda_lines(event: Event, words: Words) -> list[str]:
    """The sessions, in order; a long agenda is for the page."""
    if not event.sessions:
        return []
    ordered = sorted(event.sessions, key=lambda session: session.start)
    days = len({session.start.date() for session in ordered}) > 1
    lines = ["", words("Agenda:"), *(_session(session, words, with_day=days) for session in ordered[:MOST_SESSIONS])]
    if more := len(ordered) - MOST_SESSIONS:
        lines += (
            [words.plural(more, "and {n} more session on the page", "and {n} more sessions on the page")]
            if more > 0
            else []
        )
    return lines


def _session(session: Session, words: Words, *, with_day: bool) -> str:
    hours = words.clocks(session.start, session.end) if session.end else words.clock(session.start)
    day = f"{words.day(session.start.date(), year=False)}, " if with_day else ""
    return f"{day}{hours}: {session.title}" + (f" ({session.room})" if session.room else "")


def _cost(event: Event, words: Words) -> str:
    """All government rates in words that do not age with the day of the build."""
    prices = wording.government_prices(event)
    if not prices:
        return words("not stated")
    rows = []
    for price in prices:
        notes = [price.label] if price.label else []
        if price.for_ in ("federal", "state-local", "military"):
            notes.append(words.price_for[price.for_].lower())
        if price.until:
            notes.append(words("until {day}", day=words.day(price.until)))
        rows.append(words.amount(price) + (f" ({', '.join(notes)})" if notes else ""))
    return "; ".join(rows)


def _registration_lines(event: Event, words: Words) -> list[str]:
    registration = event.registration
    # What does not take place takes nobody.
    if registration is None or event.status == "cancelled":
        return []
    said = words.registration[registration.state] if registration.state else ""
    parts = [said] if said else []
    if registration.opens:
        parts.append(words("opens {when}", when=words.moment(registration.opens, event.timezone)))
    if registration.closes:
        parts.append(words("closes {when}", when=words.moment(registration.closes, event.timezone)))
    if registration.note:
        parts.append(registration.note)
    if registration.url:
        parts.append(registration.url)
    return [words("Registration: {value}", value="; ".join(parts))] if parts else []


def _accommodation_lines(event: Event, words: Words) -> list[str]:
    access = event.accessibility
    if access is None:
        return []
    lines = []
    if access.features:
        names = ", ".join(words.accessibility[feature] for feature in access.features)
        lines.append(words("Accessibility: {value}", value=names))
    if access.contact or access.request_by:
        day = words.day(access.request_by) if access.request_by else ""
        if access.contact and day:
            said = words("ask {contact} by {day}", contact=access.contact, day=day)
        else:
            said = words("ask {contact}", contact=access.contact) if access.contact else words("ask by {day}", day=day)
        lines.append(words("Accommodations: {value}", value=said))
    return lines


# Files


@dataclass(frozen=True, slots=True)
class Feed:
    """What a subscribable calendar says of itself."""

    name: str
    description: str
    url: str
    page: str


def calendar(entries: Iterable[Entry], feed: Feed | None = None) -> bytes:
    """A calendar file: zones, then events in a fixed order.

    Without `feed` it is a download of one event, which must carry no calendar name or refresh interval
    (MS-OXCICAL 2.1.3.1.1.17), or Outlook makes a new calendar of it.
    """
    ordered = sorted(entries, key=lambda item: item.order)
    zones = sorted({item.zone for item in ordered if item.zone})
    return b"".join([_head(feed), *map(vtimezone, zones), *(item.data for item in ordered), _END])


def _head(feed: Feed | None) -> bytes:
    item = _Lines(_opening())
    if feed is not None:
        for name in ("NAME", "X-WR-CALNAME"):
            item.text(name, feed.name)
        for name in ("DESCRIPTION", "X-WR-CALDESC"):
            item.text(name, feed.description)
        item.uri("URL", feed.page)
        # With VALUE, without which it would be a text (RFC 7986, 5.8).
        item.uri("SOURCE;VALUE=URI", feed.url)
        item.add("refresh-interval", timedelta(hours=12), ("VALUE", "DURATION"))
        item.add("x-published-ttl", "PT12H")
        item.add("color", "steelblue")
    return bytes(item)


def fitting(sizes: Iterable[tuple[int, str]], feed: Feed, most_bytes: int) -> int:
    """How many entries, in the given order, make a file of at most so many bytes; at least one. Of each is given how many
    bytes it takes, and the zone that it needs beside it."""
    sizes, size = [*sizes], len(_head(feed)) + len(_END)
    # Nearly always all of them do.
    zones = {zone for _, zone in sizes if zone}
    if size + sum([more for more, _ in sizes]) + sum(len(vtimezone(zone)) for zone in zones) <= most_bytes:
        return len(sizes)
    zones.clear()
    count = 0
    for more, zone in sizes:
        size += more
        if zone and zone not in zones:
            size += len(vtimezone(zone))
            zones.add(zone)
        if count and size > most_bytes:
            break
        count += 1
    return count
