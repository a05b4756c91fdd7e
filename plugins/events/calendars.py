"""iCalendar files (RFC 5545, RFC 7986) that calendar apps read alike.

Each VEVENT is serialised once, by the icalendar library, and every feed is a join of these texts. What the library
gets wrong is not asked of it: time zones come from `times.zone_rule` (its own are lists of dates that Thunderbird
reads an hour late), and nothing here is random or reads a clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

from icalendar import Calendar, Timezone, TimezoneDaylight, TimezoneStandard, vRecur, vText
from icalendar import Event as VEvent

from . import times, vocabulary, wording
from .model import Event, Organizer, Topic
from .times import DAY, Onset, ZoneRule, day_of

PRODID = "-//Events for Public Servants//Event directory//EN"
DEFAULT_DURATION = timedelta(hours=1)
_FOLD = 75
_WEEKDAYS = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")


@dataclass(frozen=True, slots=True)
class Entry:
    """One event, serialised: its UID, its VEVENT, the zone that it needs, and its place in a file's fixed order."""

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


def entry(event: Event, directory: Directory) -> Entry:
    """The VEVENT of a dated event; raises `ValueError` for one without a day."""
    if event.start is None:
        msg = f"{event.id} has no day, so no calendar can hold it"
        raise ValueError(msg)
    uid = f"{event.id}@{directory.uid_domain}"
    item = VEvent()
    stamp = datetime.combine(event.changed, time.min, UTC)
    item.add("uid", uid)
    item.add("dtstamp", stamp)
    item.add("created", datetime.combine(min(event.announced, event.changed), time.min, UTC))
    item.add("last-modified", stamp)
    item.add("sequence", event.sequence)
    first, after, zone = _span(event)
    item.add("dtstart", first)
    item.add("dtend", after)
    item.add("summary", title(event))
    item.add("description", description(event, directory))
    if location := wording.address(event):
        item.add("location", location)
    venue = event.venue
    if venue and venue.latitude is not None and venue.longitude is not None and event.format != "online":
        item.add("geo", (venue.latitude, venue.longitude))
    item.add("categories", [directory.topics[topic].name for topic in event.topics if topic in directory.topics])
    item.add("status", _STATUS[event.status])
    all_day = not times.has_time(event.start)
    several = day_of(event.last or event.start) != day_of(event.start)
    aside = all_day or several or event.status in ("tentative", "cancelled", "postponed")
    item.add("transp", "TRANSPARENT" if aside else "OPAQUE")
    item.add("url", directory.event_page(event))
    if event.online and event.online.url and event.is_online and event.status != "cancelled":
        # RFC 7986, 5.11; the link is public, or it would not be in a record.
        label = f"Join on {event.online.platform}" if event.online.platform else "Join"
        item.add("conference", event.online.url, parameters={"VALUE": "URI", "FEATURE": "VIDEO", "LABEL": label})
    return Entry(uid, item.to_ical(sorted=False), zone, (times.instant(event.start, event.timezone), uid))


_STATUS = {
    "scheduled": "CONFIRMED",
    "rescheduled": "CONFIRMED",
    "moved-online": "CONFIRMED",
    "tentative": "TENTATIVE",
    # iCalendar has no word for postponed; the old day stays, marked as doubtful, until there is a new one.
    "postponed": "TENTATIVE",
    "cancelled": "CANCELLED",
}


def title(event: Event) -> str:
    """SUMMARY: Google hides what is cancelled and Outlook shows no status, so the title must say it."""
    prefix = {"cancelled": "CANCELLED: ", "postponed": "POSTPONED: "}.get(event.status, "")
    return prefix + event.title


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
    if event.organizer:
        lines.append(f"Organizer: {wording.organizers(event, directory.organizers)}")
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
        lines.append("The end time is not stated; this entry lasts one hour.")
    if event.commercial:
        lines.append("A vendor's event: listing is not endorsement.")
    return "\n".join([*lines, "", directory.event_page(event)])


def _status_lines(event: Event) -> list[str]:
    said = {
        "cancelled": "Cancelled.",
        "postponed": "Postponed.",
        "moved-online": "Moved online.",
        "tentative": "Tentative.",
    }
    line = said.get(event.status, "")
    if event.status == "postponed" and event.when:
        line = f"Postponed to {event.when}; the new day is not known yet."
    if event.previous_start and event.status != "cancelled":
        line = " ".join([f"Moved from {wording.moment(event.previous_start[-1], event.timezone)}.", line]).strip()
    if event.status_note:
        line = f"{line} {event.status_note}".strip()
    return [line, ""] if line else []


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


@cache
def vtimezone(name: str) -> bytes:
    """The zone as one STANDARD and at most one DAYLIGHT with a yearly RRULE: the one shape that all apps read."""
    rule = times.zone_rule(name)
    if rule is None:
        msg = f"{name} has no yearly rule; its times go out in UTC"
        raise ValueError(msg)
    item = Timezone()
    item.add("tzid", name)
    standard, daylight = TimezoneStandard(), TimezoneDaylight()
    if rule.to_standard is None or rule.to_daylight is None:
        standard.add("dtstart", datetime.combine(rule.since, time.min))
        _offsets(standard, rule.standard, rule.standard_offset, rule.standard_offset)
        item.add_component(standard)
        return bytes(item.to_ical(sorted=False))
    year = min(_year_since(rule, rule.to_standard), _year_since(rule, rule.to_daylight))
    _yearly(daylight, rule.to_daylight, year)
    _offsets(daylight, rule.daylight, rule.standard_offset, rule.daylight_offset)
    _yearly(standard, rule.to_standard, year)
    _offsets(standard, rule.standard, rule.daylight_offset, rule.standard_offset)
    item.add_component(daylight)
    item.add_component(standard)
    return bytes(item.to_ical(sorted=False))


def _year_since(rule: ZoneRule, onset: Onset) -> int:
    """The last year in which that change happened on or before the rule's first day."""
    year = rule.since.year
    return year if onset.in_year(year).date() <= rule.since else year - 1


def _yearly(part: TimezoneStandard | TimezoneDaylight, onset: Onset, year: int) -> None:
    part.add("dtstart", onset.in_year(year))
    week = -1 if onset.week == 5 else onset.week  # noqa: PLR2004  POSIX writes the last week as the fifth
    part.add("rrule", vRecur(freq="YEARLY", bymonth=onset.month, byday=f"{week}{_WEEKDAYS[onset.weekday]}"))


def _offsets(part: TimezoneStandard | TimezoneDaylight, name: str, before: timedelta, after: timedelta) -> None:
    part.add("tzoffsetfrom", before)
    part.add("tzoffsetto", after)
    part.add("tzname", name)


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
    head = _head(feed)
    return b"".join(
        [head, *(vtimezone(name) for name in zones), *(item.data for item in ordered), b"END:VCALENDAR\r\n"]
    )


def _head(feed: Feed | None) -> bytes:
    item = Calendar()
    item.add("version", "2.0")
    item.add("prodid", PRODID)
    item.add("calscale", "GREGORIAN")
    if feed is not None:
        # `Calendar.new(name=…)` does not escape these, and its refresh interval lacks the VALUE that it must have.
        item.add("name", vText(feed.name))
        item.add("x-wr-calname", vText(feed.name))
        item.add("description", vText(feed.description))
        item.add("x-wr-caldesc", vText(feed.description))
        item.add("url", feed.page)
        item.add("source", feed.url, parameters={"VALUE": "URI"})
        item.add("refresh-interval", timedelta(hours=12), parameters={"VALUE": "DURATION"})
        item.add("x-published-ttl", "PT12H")
        item.add("color", "steelblue")
    data: bytes = item.to_ical(sorted=False)
    return data.removesuffix(b"END:VCALENDAR\r\n")


def fitting(entries: Sequence[Entry], feed: Feed, most_bytes: int) -> list[Entry]:
    """As many of the entries, in the given order, as make a file of at most so many bytes."""
    size = len(_head(feed)) + len(b"END:VCALENDAR\r\n")
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
