"""Calendar files (RFC 5545): one draft for each date of each VEVENT."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from icalendar import Calendar
from icalendar.prop.broken import vBroken

from . import times
from .drafts import written
from .sources import (
    Context,
    Draft,
    block_of,
    is_online,
    line_of,
    platform_of,
    refuse,
    unique,
    venue_of,
    zone_named,
    zone_of_offset,
)

# A yearly rule for a daily meeting has this many dates and a few more; nobody reviews more drafts than that.
MOST_DATES = 366
_STATUS = {"CANCELLED": "cancelled", "TENTATIVE": "tentative"}
_KEPT = {
    "UID", "SUMMARY", "DESCRIPTION", "DTSTART", "DTEND", "DURATION", "LOCATION", "URL", "STATUS", "CATEGORIES",
    "ORGANIZER", "GEO", "CREATED", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID",
    "TRANSP", "CLASS", "PRIORITY",
}  # fmt: skip


def looks_like(text: str) -> bool:
    """Whether a text is a calendar file."""
    return text.lstrip().upper().startswith("BEGIN:VCALENDAR")


def read(text: str, context: Context) -> list[Draft]:
    """The events of a calendar file; raises `NotThat`."""
    if not looks_like(text):
        refuse("is no calendar: it does not start with BEGIN:VCALENDAR", "save the calendar as .ics once more")
    if not re.search(r"^END:VCALENDAR\s*$", text, re.MULTILINE | re.IGNORECASE):
        last = text.rstrip().count("\n") + 1
        refuse("breaks off: its last line is not END:VCALENDAR", "save the calendar as .ics once more", last)
    try:
        calendars = Calendar.from_ical(text, multiple=True)
    # What the library lets through when a file breaks off or a line is no property.
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        refuse(f"cannot be read as a calendar: {line_of(error)[:120]}", "save the calendar once more")
    drafts: list[Draft] = []
    for calendar in calendars:
        name = line_of(calendar.get("X-WR-CALNAME"))
        zone = zone_named(str(calendar.get("X-WR-TIMEZONE", "")))
        events = calendar.walk("VEVENT")
        unread = [_without_broken(event) for event in events]
        # An event without a name of its own gets its place in the file: no better identity is there.
        moved = {(str(e.get("UID", "")), _when(e, "RECURRENCE-ID")) for e in events if e.get("RECURRENCE-ID")}
        for number, event in enumerate(events, 1):
            found = [*_drafts(event, number, context, (name, zone), moved)]
            for draft in found:
                draft.lost += unread[number - 1]
            drafts += found
    if not drafts:
        refuse("holds no event (no VEVENT)", "export the calendar with its events")
    return drafts


def _without_broken(event: Any) -> list[str]:
    """Take away the properties whose values cannot be read, which raise whenever they are asked; what they were."""
    unread: list[str] = []
    for name in [*event]:
        values = event[name] if isinstance(event[name], list) else [event[name]]
        if any(isinstance(value, vBroken) for value in values):
            unread.append(f"{name}: `{line_of(str(values[0]))[:40]}` cannot be read")
            del event[name]
    return unread


def _value(event: Any, name: str) -> Any:
    found = event.get(name)
    return found[0] if isinstance(found, list) and found else found


def _when(event: Any, name: str) -> date | datetime | None:
    found = getattr(_value(event, name), "dt", None)
    return found if isinstance(found, date) else None


def _drafts(
    event: Any, number: int, context: Context, calendar: tuple[str, str], moved: set[tuple[str, Any]]
) -> Iterator[Draft]:
    """The drafts of one VEVENT; `calendar` has the calendar's name and zone, `moved` the dates told elsewhere."""
    calendar_name, calendar_zone = calendar
    title = line_of(event.get("SUMMARY"))
    uid = line_of(event.get("UID")) or f"{context.name}#{number}"
    start = _when(event, "DTSTART")
    draft = Draft(key=f"uid:{uid}")
    _told(event, draft, title, calendar_name, context)
    if start is None:
        draft.lost.append("DTSTART: no date, or none that can be read")
        yield draft
        return
    zone = _zone(event, start, draft, context, calendar_zone) if isinstance(start, datetime) else ""
    first = _wall(start, zone)
    length = _length(event, start, draft)
    if again := _when(event, "RECURRENCE-ID"):
        draft.key = f"{draft.key}#{_wall(again, zone):%Y-%m-%d}"
        yield _dated(draft, first, length, zone)
        return
    skipped = {(uid, when) for key, when in moved if key == uid}
    dates = _dates(event, first, zone, draft)
    for day in dates:
        one = draft
        if len(dates) > 1:
            if any(_same(_wall(when, zone), day) for _, when in skipped if when is not None):
                continue
            one = Draft(f"{draft.key}#{day:%Y-%m-%d}", {**draft.fields}, draft.topics, draft.organizers,
                        [*draft.notes], [*draft.lost])  # fmt: skip
        yield _dated(one, day, length, zone)


def _same(one: date, other: date) -> bool:
    return written(one)[:10] == written(other)[:10]


def _dated(draft: Draft, start: date, length: timedelta | None, zone: str) -> Draft:
    draft.fields["start"] = written(start)
    if isinstance(start, datetime):
        draft.fields["timezone"] = zone
        if length:
            draft.fields["end"] = written(start + length)
    elif length and length.days > 1:
        # DTEND is exclusive (RFC 5545, 3.6.1), a record's end is not.
        draft.fields["end"] = written(start + length - times.DAY)
    return draft


def _told(event: Any, draft: Draft, title: str, calendar: str, context: Context) -> None:
    """Everything but the times."""
    draft.put("title", title)
    description = block_of(event.get("DESCRIPTION"))
    draft.put("description", description)
    status = _STATUS.get(str(event.get("STATUS", "")).upper())
    draft.put("status", status)
    url = line_of(event.get("URL"))
    draft.put("url", url)
    location = line_of(event.get("LOCATION"))
    _place(draft, location, description)
    if (geo := _value(event, "GEO")) is not None and isinstance(venue := draft.fields.get("venue"), dict):
        venue |= {"latitude": f"{geo.latitude:.6f}", "longitude": f"{geo.longitude:.6f}"}
    categories = event.get("CATEGORIES")
    for group in categories if isinstance(categories, list) else [categories] if categories else []:
        draft.topics += [str(word) for word in getattr(group, "cats", [group])]
    draft.topics = unique(draft.topics)
    organizer = _value(event, "ORGANIZER")
    if organizer is not None and (name := line_of(getattr(organizer, "params", {}).get("CN"))) and "@" not in name:
        draft.organizers = [name]
    elif organizer is not None:
        draft.lost.append("ORGANIZER: an address without a name")
    created = _when(event, "CREATED")
    if created is not None:
        draft.fields["announced"] = written(created)[:10]
    draft.fields["source"] = {"title": calendar or context.name} | ({"url": url} if url else {})
    other = sorted({str(name) for name in event if str(name) not in _KEPT and not str(name).startswith("X-")})
    draft.lost += [f"{name}" for name in other]
    inside = sorted({component.name for component in event.subcomponents if component.name})
    draft.lost += [f"{name} inside the event" for name in inside]


def _place(draft: Draft, location: str, description: str) -> None:
    if location and not is_online(location):
        venue = venue_of(location)
        draft.fields["venue"] = {**venue}
        if "city" in venue:
            draft.fields["format"] = "in-person"
            return
        draft.fields["format"] = "online"
        draft.notes.append(f"LOCATION is `{location[:60]}`: fill in city and state, and mend `format`")
        return
    draft.fields["format"] = "online"
    if platform := platform_of(location) or platform_of(description):
        draft.fields["online"] = {"platform": platform}
    if not location:
        draft.notes.append("`format` is a guess: no LOCATION is given")


def _zone(event: Any, start: datetime, draft: Draft, context: Context, calendar_zone: str) -> str:
    """The zone in which the event's wall clock stands."""
    venue = draft.fields.get("venue")
    state = str(venue.get("state", "")) if isinstance(venue, dict) else ""
    named = str(_value(event, "DTSTART").params.get("TZID", ""))
    if named and (zone := zone_named(named)):
        return zone
    offset = start.utcoffset()
    if named and offset is not None:
        zone = zone_of_offset(start.replace(tzinfo=None), offset, state)
        if zone:
            draft.notes.append(f"the zone `{named}` is not known; {zone} has its offset on that day")
            return zone
    if offset is not None and start.tzinfo is not None and not named:
        # UTC says when, and not what the clock on the wall shows.
        return calendar_zone or times.zone_of_state(state) or "UTC"
    zone = calendar_zone or times.zone_of_state(state) or context.zone
    draft.notes.append(
        f"`timezone` is a guess: the time has {'an unknown zone, `' + named + '`' if named else 'no zone'}"
    )
    return zone


def _wall(when: date, zone: str) -> date:
    """What the clock shows there; a day stays a day."""
    if not isinstance(when, datetime):
        return when
    if when.tzinfo is None or not zone:
        return when.replace(tzinfo=None, second=0, microsecond=0)
    key = getattr(when.tzinfo, "key", None)
    # Its own zone: the wall time as it was written, whatever offset this machine's database gives it.
    if key == zone:
        return when.replace(tzinfo=None, second=0, microsecond=0)
    return when.astimezone(UTC).astimezone(times.zone(zone)).replace(tzinfo=None, second=0, microsecond=0)


def _length(event: Any, start: date, draft: Draft) -> timedelta | None:
    end = _when(event, "DTEND")
    if end is not None and isinstance(end, datetime) == isinstance(start, datetime):
        if isinstance(end, datetime) and isinstance(start, datetime) and (end.tzinfo is None) != (start.tzinfo is None):
            draft.lost.append("DTEND: its zone is not that of DTSTART")
            return None
        length = end - start
        if length < timedelta():
            draft.lost.append("DTEND: it is before DTSTART")
            return None
        return length
    if end is not None:
        draft.lost.append("DTEND: one of DTSTART and DTEND has a time and the other has none")
    found = getattr(_value(event, "DURATION"), "dt", None)
    return found if isinstance(found, timedelta) and found > timedelta() else None


def _dates(event: Any, first: date, zone: str, draft: Draft) -> list[date]:
    """Every date of the event: one, or those of a rule that ends; the first of one that never does."""
    rule = _value(event, "RRULE")
    added = [_wall(item.dt, zone) for item in _moments(event, "RDATE") if isinstance(item.dt, date)]
    if rule is None:
        return sorted({first, *(when for when in added if type(when) is type(first))}, key=written)
    if event.get("RRULE") is not rule:
        draft.lost.append("RRULE: all but the first of several rules")
    frequency = str((rule.get("FREQ") or [""])[0]).upper()
    if not (rule.get("COUNT") or rule.get("UNTIL")) or frequency not in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY"):
        draft.lost.append(
            f"RRULE: it repeats without an end ({rule.to_ical().decode()}); only the first date is carried over"
        )
        return [first]
    from dateutil.rrule import rrulestr  # noqa: PLC0415  only rules need it

    plain = datetime.combine(first, datetime.min.time()) if not isinstance(first, datetime) else first
    until = rule.get("UNTIL")
    text = re.sub(r";?UNTIL=[^;]*", "", rule.to_ical().decode()).strip(";")
    if until and isinstance(until[0], date):
        last = _wall(until[0], zone)
        if not isinstance(last, datetime):
            last = datetime.combine(last, datetime.max.time())
        text += f";UNTIL={last:%Y%m%dT%H%M%S}"
    try:
        found = list(itertools.islice(rrulestr(text, dtstart=plain), MOST_DATES + 1))
    except (ValueError, TypeError, OverflowError):
        draft.lost.append(f"RRULE: it cannot be read ({text}); only the first date is carried over")
        return [first]
    if len(found) > MOST_DATES:
        draft.lost.append(f"RRULE: it has more than {MOST_DATES} dates; those after are left out")
    away = {written(_wall(item.dt, zone))[:10] for item in _moments(event, "EXDATE") if isinstance(item.dt, date)}
    walls: list[date] = [when if isinstance(first, datetime) else when.date() for when in found[:MOST_DATES]]
    walls = [when for when in walls if written(when)[:10] not in away]
    return sorted({*walls, *(when for when in added if type(when) is type(first))}, key=written) or [first]


def _moments(event: Any, name: str) -> list[Any]:
    found = event.get(name)
    groups = found if isinstance(found, list) else [found] if found is not None else []
    return [item for group in groups for item in getattr(group, "dts", [])]
