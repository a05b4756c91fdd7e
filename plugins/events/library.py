"""What the icalendar library writes: single properties, zones, and how a file begins.

Three things of icalendar 7.3.0 are set right on the way, each with a test in tests/test_calendars.py: it takes a backslash
before a capital N for a line break (`Text`), cuts an escaped backslash in two where it folds (`lines.fold`), and writes
zones as lists of dates that Thunderbird reads an hour late (`vtimezone`).
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from icalendar import Calendar, Component, Event, Timezone, TimezoneDaylight, TimezoneStandard, vRecur, vText

from . import times
from .lines import escape, fold
from .times import Onset, ZoneRule

PRODID = "-//Events for Public Servants//Event directory//EN"
_WEEKDAYS = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")


class Text(vText):
    """A TEXT value that is escaped after RFC 5545, 3.3.11, and not by what its characters look like."""

    def to_ical(self) -> bytes:
        """The escaped text."""
        return escape(str(self)).encode()


def _serialise(component: Component) -> bytes:
    return b"".join(fold(str(line)) for line in component.content_lines(sorted=False) if line)


def property_of_event(name: str, value: Any, parameters: tuple[tuple[str, str], ...]) -> bytes:
    """A property of a VEVENT, as a content line."""
    item = Event()
    item.add(name, value, parameters=dict(parameters))
    return _serialise(item).removeprefix(b"BEGIN:VEVENT\r\n").removesuffix(b"END:VEVENT\r\n")


def opening() -> bytes:
    """How every file begins."""
    # No METHOD: with one, every VEVENT would need an ORGANIZER (RFC 5546, 3.2.1), and Outlook would take it for mail.
    # Not `Calendar.new(…)`: it makes up a UID.
    item = Calendar()
    item.add("version", "2.0")
    item.add("prodid", PRODID)
    item.add("calscale", "GREGORIAN")
    return _serialise(item).removesuffix(b"END:VCALENDAR\r\n")


def vtimezone(name: str) -> bytes:
    """The zone as one STANDARD and at most one DAYLIGHT with a yearly RRULE; raises `ValueError` for one without such a rule."""
    rule = times.zone_rule(name)
    if rule is None:
        msg = f"{name} has no yearly rule; its times go out in UTC"
        raise ValueError(msg)
    item = Timezone()
    item.add("tzid", name)
    standard, daylight = TimezoneStandard(), TimezoneDaylight()
    low, high = rule.standard_offset, rule.daylight_offset
    if rule.to_standard is None or rule.to_daylight is None:
        standard.add("dtstart", datetime.combine(rule.since, time.min))
        _offsets(standard, rule.standard, low, low)
    else:
        year = min(_year_since(rule, rule.to_standard), _year_since(rule, rule.to_daylight))
        _yearly(daylight, rule.to_daylight, year)
        _offsets(daylight, rule.daylight, low, high)
        item.add_component(daylight)
        _yearly(standard, rule.to_standard, year)
        _offsets(standard, rule.standard, high, low)
    item.add_component(standard)
    return _serialise(item)


def _year_since(rule: ZoneRule, onset: Onset) -> int:
    """The last year in which that change happened on or before the rule's first day."""
    year = rule.since.year
    return year if onset.in_year(year).date() <= rule.since else year - 1


def _yearly(part: TimezoneStandard | TimezoneDaylight, onset: Onset, year: int) -> None:
    """When a part of a zone begins every year, by the wall clock before it (3.6.5)."""
    part.add("dtstart", onset.in_year(year))
    week = -1 if onset.week == 5 else onset.week  # noqa: PLR2004  POSIX writes the last week as the fifth
    part.add("rrule", vRecur(freq="YEARLY", bymonth=onset.month, byday=f"{week}{_WEEKDAYS[onset.weekday]}"))


def _offsets(part: TimezoneStandard | TimezoneDaylight, name: str, before: timedelta, after: timedelta) -> None:
    part.add("tzoffsetfrom", before)
    part.add("tzoffsetto", after)
    part.add("tzname", Text(name))
