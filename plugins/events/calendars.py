"""iCalendar files (RFC 5545, RFC 7986) that calendar apps read alike.

Each VEVENT is serialised once, and every feed is a join of these texts. Nothing here is random or reads a clock.

The lines are written here: icalendar 7.3.0 takes a backslash before a capital N in a title for a line break, cuts an
escaped backslash in two where it folds (Google drops such an event), writes zones as lists of dates that Thunderbird
reads an hour late, and needs three times as long. It reads all of them back in the tests, as one reader of several.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import chain

from . import times, vocabulary, wording
from .deadlines import Deadline
from .model import Event, Organizer, Series, Session, Topic
from .times import DAY, Onset, ZoneRule, day_of

PRODID = "-//Events for Public Servants//Event directory//EN"
DEFAULT_DURATION = timedelta(hours=1)
MOST_SESSIONS = 20
# Outlook tells UIDs apart by their first 202 bytes (MS-STANOICAL 2.1.10).
MOST_UID = 200
_FOLD = 75
# The first two bits of a byte in the middle of a UTF-8 character.
_CONTINUES = 0b10
_WEEKDAYS = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")
_END = b"END:VCALENDAR\r\n"


@dataclass(frozen=True, slots=True)
class Entry:
    """One VEVENT, serialised: its UID, its text, the zone that it needs, and its place in a file's fixed order."""

    uid: str
    data: bytes
    zone: str
    order: tuple[datetime, str]


@dataclass(frozen=True, slots=True)
class Directory:
    """What a VEVENT takes from outside its record; `event_page` gives the absolute address of an event's page."""

    event_page: Callable[[Event], str]
    uid_domain: str
    topics: Mapping[str, Topic]
    organizers: Mapping[str, Organizer]
    series: Mapping[str, Series]


# Text (RFC 5545, 3.1 and 3.3.11)


def escape(text: str) -> str:
    """A TEXT value: backslash, semicolon, comma and line break escaped, and nothing else."""
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return text.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")


def quote(text: str) -> str:
    """A parameter's value, always in quotes; what they cannot hold is written after RFC 6868."""
    text = text.replace("^", "^^").replace('"', "^'").replace("\n", "^n")
    return f'"{text}"'


def fold(line: str) -> bytes:
    """A content line as bytes, with CRLF: no part is longer than 75 octets, no character and no escape is cut."""
    data = line.encode()
    if len(data) <= _FOLD:
        return data + b"\r\n"
    parts = []
    start, end = 0, _FOLD
    while end < len(data):
        while data[end] >> 6 == _CONTINUES:
            end -= 1
        # After an odd number of backslashes (in a parameter: of carets) the last one escapes what follows.
        before = end
        while data[before - 1] == data[end - 1] and data[end - 1] in b"\\^":
            before -= 1
        end -= (end - before) % 2
        parts.append(data[start:end])
        # The space that marks a continuation counts too.
        start, end = end, end + _FOLD - 1
    parts.append(data[start:])
    return b"\r\n ".join(parts) + b"\r\n"


def _component(name: str, lines: Iterable[str]) -> bytes:
    return b"".join(fold(line) for line in chain((f"BEGIN:{name}",), lines, (f"END:{name}",)))


# Events


def entry(event: Event, directory: Directory) -> Entry:
    """The VEVENT of a dated event; raises `ValueError` for one without a day."""
    if event.start is None:
        msg = f"{event.id} has no day, so no calendar can hold it"
        raise ValueError(msg)
    uid = f"{event.id}@{directory.uid_domain}"
    first, after, zone = _span(event)
    lines = [*_version(uid, event), _when("DTSTART", first, zone), _when("DTEND", after, zone)]
    lines += [f"SUMMARY:{escape(title(event))}", f"DESCRIPTION:{escape(description(event, directory))}"]
    if location := wording.address(event):
        lines.append(f"LOCATION:{escape(location)}")
    venue = event.venue
    if venue and venue.latitude is not None and venue.longitude is not None and event.format != "online":
        # Six decimals are ten centimetres; a float's own text may have an exponent, which GEO cannot.
        lines.append(f"GEO:{venue.latitude:.6f};{venue.longitude:.6f}")
    lines += _categories(event, directory)
    lines.append(f"STATUS:{_STATUS[event.status]}")
    all_day = not times.has_time(event.start)
    several = day_of(event.last or event.start) != day_of(event.start)
    aside = all_day or several or event.status in ("tentative", "cancelled", "postponed")
    lines.append(f"TRANSP:{'TRANSPARENT' if aside else 'OPAQUE'}")
    lines.append(f"URL:{directory.event_page(event)}")
    if join := _join(event):
        # RFC 7986, 5.11; the link is public, or it would not be in a record.
        label = quote(f"Join on {event.online.platform}" if event.online and event.online.platform else "Join")
        lines.append(f"CONFERENCE;VALUE=URI;FEATURE=VIDEO;LABEL={label}:{join}")
    return Entry(uid, _component("VEVENT", lines), zone, (times.instant(event.start, event.timezone), uid))


def deadline_entry(deadline: Deadline, directory: Directory) -> Entry:
    """The VEVENT of a deadline: its whole day, that blocks nobody's time."""
    event = deadline.event
    # Ids have no double hyphen, so that no event can ever have the same UID.
    uid = f"{event.id}--{deadline.key}@{directory.uid_domain}"
    if len(uid) > MOST_UID:
        digest = hashlib.sha256(deadline.key.encode()).hexdigest()[:12]
        uid = f"{event.id}--{digest}@{directory.uid_domain}"
    page = directory.event_page(event)
    about = [*_status_lines(event), f"{deadline.label}: {wording.moment(deadline.moment, event.timezone)}."]
    about += [f"{event.title}: {wording.dates(event)}, {wording.place(event)}" if event.dated else event.title]
    about += [deadline.note] if deadline.note else []
    about += [deadline.url] if deadline.url else []
    lines = [*_version(uid, event), _when("DTSTART", deadline.day, ""), _when("DTEND", deadline.day + DAY, "")]
    lines.append(f"SUMMARY:{escape(_PREFIX.get(event.status, '') + f'{deadline.label}: {event.title}')}")
    lines.append(f"DESCRIPTION:{escape(chr(10).join([*about, '', page]))}")
    lines += _categories(event, directory)
    lines += [f"STATUS:{_STATUS[event.status]}", "TRANSP:TRANSPARENT", f"URL:{page}"]
    return Entry(uid, _component("VEVENT", lines), "", (times.instant(deadline.day, None), uid))


def _version(uid: str, event: Event) -> list[str]:
    """Who it is and which version: without METHOD, DTSTAMP is LAST-MODIFIED (3.8.7.2), and never the build's time."""
    stamp = f"{event.changed:%Y%m%d}T000000Z"
    created = f"{min(event.announced, event.changed):%Y%m%d}T000000Z"
    return [
        f"UID:{uid}",
        f"DTSTAMP:{stamp}",
        f"CREATED:{created}",
        f"LAST-MODIFIED:{stamp}",
        f"SEQUENCE:{event.sequence}",
    ]


def _when(name: str, moment: date | datetime, zone: str) -> str:
    if not isinstance(moment, datetime):
        return f"{name};VALUE=DATE:{moment:%Y%m%d}"
    return f"{name};TZID={zone}:{moment:%Y%m%dT%H%M%S}" if zone else f"{name}:{moment:%Y%m%dT%H%M%SZ}"


def _categories(event: Event, directory: Directory) -> list[str]:
    names = [escape(directory.topics[topic].name) for topic in event.topics if topic in directory.topics]
    return [f"CATEGORIES:{','.join(names)}"] if names else []


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


# Google hides what is cancelled and Outlook shows no status, so the title must say it.
_PREFIX = {"cancelled": "CANCELLED: ", "postponed": "POSTPONED: "}


def title(event: Event) -> str:
    """SUMMARY: the title, behind what must not be missed."""
    return _PREFIX.get(event.status, "") + event.title


def _span(event: Event) -> tuple[date | datetime, date | datetime, str]:
    """DTSTART, exclusive DTEND, and the zone whose VTIMEZONE they need ("" for days and UTC)."""
    start = event.start
    if not isinstance(start, datetime) or event.timezone is None:
        assert start is not None
        return start, day_of(event.last or start) + DAY, ""
    there = times.zone(event.timezone)
    first = start.replace(tzinfo=there)
    if isinstance(event.end, datetime):
        after = event.end.replace(tzinfo=there)
    else:
        after = (first.astimezone(UTC) + DEFAULT_DURATION).astimezone(there)
    rule = times.zone_rule(event.timezone)
    # Outside the rule, and in the hour that comes twice (which apps read either way), only UTC is read alike.
    plain = rule is not None and first.date() >= rule.since
    if plain and not times.clock_fault(after.replace(tzinfo=None), event.timezone):
        return first, after, event.timezone
    return first.astimezone(UTC), after.astimezone(UTC), ""


def span_in_utc(event: Event) -> tuple[date | datetime, date | datetime]:
    """DTSTART and exclusive DTEND as days or UTC instants, for links that take no zone."""
    first, after, _ = _span(event)
    if isinstance(first, datetime) and isinstance(after, datetime):
        return first.astimezone(UTC), after.astimezone(UTC)
    return first, after


def description(event: Event, directory: Directory) -> str:
    """DESCRIPTION: the facts that decide, the most useful first, the page's address last (apps hide URL)."""
    lines = [*_status_lines(event), event.summary, ""]
    lines.append(f"Format: {vocabulary.FORMAT[event.format]}")
    if join := _join(event):
        lines.append(f"Join: {join}")
    if event.organizer:
        lines.append(f"Organizer: {wording.organizers(event, directory.organizers)}")
    if event.series and event.series in directory.series:
        lines.append(f"Series: {directory.series[event.series].name}")
    lines.append(f"Cost for government: {_cost(event)}")
    if event.eligibility:
        lines.append(f"Who may attend: {vocabulary.ELIGIBILITY[event.eligibility]}")
    lines += _registration_lines(event)
    if event.credits:
        lines.append(f"Credits: {wording.credits_of(event)}")
    if event.venue and event.venue.access and event.format != "online":
        lines.append(f"Getting in: {event.venue.access}")
    lines += _accommodation_lines(event)
    if isinstance(event.start, datetime) and event.end is None:
        lines.append("The end time is to be confirmed; this entry lasts one hour.")
    if event.commercial:
        lines.append("A vendor's event: listing is not endorsement.")
    lines += _agenda_lines(event)
    return "\n".join([*lines, "", directory.event_page(event)])


def _status_lines(event: Event) -> list[str]:
    """What became of it, before anything else: "Moved from March 2, 2027." """
    said = {
        "cancelled": "Cancelled.",
        "postponed": "Postponed; no new day is known.",
        "moved-online": "Moved online.",
        "tentative": "Tentative: the organizer has not confirmed it.",
    }
    line = said.get(event.status, "")
    if event.status == "postponed" and event.when:
        line = f"Postponed to {event.when}; the new day is not known yet."
    if event.status == "moved-online" and (place := wording.city(event)):
        line = f"Moved online; it was to be in {place}."
    if event.previous_start and event.status != "cancelled":
        line = f"Moved from {_sentence(wording.moment(event.previous_start[-1], event.timezone))} {line}".strip()
    if event.status_note:
        line = f"{line} {event.status_note}".strip()
    return [line, ""] if line else []


def _sentence(words: str) -> str:
    """With a full stop, and not two after "p.m."."""
    return words if words.endswith(".") else f"{words}."


def _agenda_lines(event: Event) -> list[str]:
    """The sessions, in order; a long agenda is for the page."""
    if not event.sessions:
        return []
    ordered = sorted(event.sessions, key=lambda session: session.start)
    days = len({session.start.date() for session in ordered}) > 1
    lines = ["", "Agenda:", *(_session(session, with_day=days) for session in ordered[:MOST_SESSIONS])]
    if more := len(ordered) - MOST_SESSIONS:
        lines += [f"and {wording.plural(more, 'more session')} on the page"] if more > 0 else []
    return lines


def _session(session: Session, *, with_day: bool) -> str:
    hours = wording.clocks(session.start, session.end) if session.end else wording.clock(session.start)
    day = f"{wording.day(session.start.date(), year=False)}, " if with_day else ""
    return f"{day}{hours}: {session.title}" + (f" ({session.room})" if session.room else "")


def _cost(event: Event) -> str:
    """All government rates in words that do not age with the day of the build."""
    prices = wording.government_prices(event)
    if not prices:
        return "not stated"
    rows = []
    for price in prices:
        notes = [price.label] if price.label else []
        if price.for_ in ("federal", "state-local", "military"):
            notes.append(vocabulary.PRICE_FOR[price.for_].lower())
        if price.until:
            notes.append(f"until {wording.day(price.until)}")
        rows.append(wording.amount(price) + (f" ({', '.join(notes)})" if notes else ""))
    return "; ".join(rows)


def _registration_lines(event: Event) -> list[str]:
    registration = event.registration
    if registration is None:
        return []
    said = vocabulary.REGISTRATION[registration.state] if registration.state else ""
    parts = [said] if said else []
    if registration.opens:
        parts.append(f"opens {wording.moment(registration.opens, event.timezone)}")
    if registration.closes:
        parts.append(f"closes {wording.moment(registration.closes, event.timezone)}")
    if registration.note:
        parts.append(registration.note)
    if registration.url:
        parts.append(registration.url)
    return [f"Registration: {'; '.join(parts)}"] if parts else []


def _accommodation_lines(event: Event) -> list[str]:
    access = event.accessibility
    if access is None:
        return []
    lines = []
    if access.features:
        names = ", ".join(vocabulary.ACCESSIBILITY[feature] for feature in access.features)
        lines.append(f"Accessibility: {names}")
    if access.contact or access.request_by:
        ask = f"ask {access.contact}" if access.contact else "ask"
        by = f" by {wording.day(access.request_by)}" if access.request_by else ""
        lines.append(f"Accommodations: {ask}{by}")
    return lines


# Zones


@cache
def vtimezone(name: str) -> bytes:
    """The zone as one STANDARD and at most one DAYLIGHT with a yearly RRULE: the one shape that all apps read."""
    rule = times.zone_rule(name)
    if rule is None:
        msg = f"{name} has no yearly rule; its times go out in UTC"
        raise ValueError(msg)
    if rule.to_standard is None or rule.to_daylight is None:
        since = datetime.combine(rule.since, time.min)
        offset = rule.standard_offset
        parts = _onset("STANDARD", since, None, (offset, offset), rule.standard)
    else:
        year = min(_year_since(rule, rule.to_standard), _year_since(rule, rule.to_daylight))
        low, high = rule.standard_offset, rule.daylight_offset
        begins, ends = rule.to_daylight, rule.to_standard
        parts = [
            *_onset("DAYLIGHT", begins.in_year(year), begins, (low, high), rule.daylight),
            *_onset("STANDARD", ends.in_year(year), ends, (high, low), rule.standard),
        ]
    return _component("VTIMEZONE", [f"TZID:{name}", *parts])


def _year_since(rule: ZoneRule, onset: Onset) -> int:
    """The last year in which that change happened on or before the rule's first day."""
    year = rule.since.year
    return year if onset.in_year(year).date() <= rule.since else year - 1


def _onset(
    kind: str, start: datetime, onset: Onset | None, offsets: tuple[timedelta, timedelta], name: str
) -> list[str]:
    """One part of a zone, with the offsets before and after; `start` is the wall clock before it (3.6.5)."""
    rule = []
    if onset is not None:
        week = -1 if onset.week == 5 else onset.week  # noqa: PLR2004  POSIX writes the last week as the fifth
        rule = [f"RRULE:FREQ=YEARLY;BYMONTH={onset.month};BYDAY={week}{_WEEKDAYS[onset.weekday]}"]
    before, after = offsets
    told = [f"TZOFFSETFROM:{_offset(before)}", f"TZOFFSETTO:{_offset(after)}", f"TZNAME:{name}"]
    return [f"BEGIN:{kind}", f"DTSTART:{start:%Y%m%dT%H%M%S}", *rule, *told, f"END:{kind}"]


def _offset(span: timedelta) -> str:
    """RFC 5545, 3.3.14: "-0500", with seconds only where there are any."""
    seconds = int(span.total_seconds())
    hours, rest = divmod(abs(seconds), 3600)
    text = f"{'-' if seconds < 0 else '+'}{hours:02}{rest // 60:02}"
    return f"{text}{rest % 60:02}" if rest % 60 else text


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
    # No METHOD: with one, every VEVENT would need an ORGANIZER (RFC 5546, 3.2.1), and Outlook would take it for mail.
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODID}", "CALSCALE:GREGORIAN"]
    if feed is not None:
        name, about = escape(feed.name), escape(feed.description)
        lines += [f"NAME:{name}", f"X-WR-CALNAME:{name}", f"DESCRIPTION:{about}", f"X-WR-CALDESC:{about}"]
        lines += [f"URL:{feed.page}", f"SOURCE;VALUE=URI:{feed.url}"]
        lines += ["REFRESH-INTERVAL;VALUE=DURATION:PT12H", "X-PUBLISHED-TTL:PT12H", "COLOR:steelblue"]
    return b"".join(map(fold, lines))


def fitting(entries: Sequence[Entry], feed: Feed, most_bytes: int) -> list[Entry]:
    """As many of the entries, in the given order, as make a file of at most so many bytes; at least one."""
    size = len(_head(feed)) + len(_END)
    zones: set[str] = set()
    kept: list[Entry] = []
    for item in entries:
        more = len(item.data) + (len(vtimezone(item.zone)) if item.zone and item.zone not in zones else 0)
        if kept and size + more > most_bytes:
            break
        size += more
        zones.add(item.zone)
        kept.append(item)
    return kept
