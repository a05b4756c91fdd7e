"""Wall times, zones and instants, from the pinned time-zone database alone.

A record says what the clock on the wall shows and where the wall stands; everything else (the instant, the offset on
that date, the rule that a calendar file needs) follows from the IANA database. It is read from the `tzdata` package,
never from the machine, so that the same record gives the same bytes everywhere.
"""

from __future__ import annotations

import re
import struct
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

Moment = date | datetime
"""A whole day, or a wall time of some zone (naive; the zone stands beside it)."""

DAY = timedelta(days=1)

# What editors write for a zone, and the name that is meant. IANA has some of these too ("EST" is Panama's clock, with
# no daylight saving), which is why a bare abbreviation is refused rather than believed.
SPOKEN_ZONES = {
    "ET": "America/New_York",
    "EST": "America/New_York",
    "EDT": "America/New_York",
    "EASTERN": "America/New_York",
    "CT": "America/Chicago",
    "CST": "America/Chicago",
    "CDT": "America/Chicago",
    "CENTRAL": "America/Chicago",
    "MT": "America/Denver",
    "MST": "America/Denver",
    "MDT": "America/Denver",
    "MOUNTAIN": "America/Denver",
    "PT": "America/Los_Angeles",
    "PST": "America/Los_Angeles",
    "PDT": "America/Los_Angeles",
    "PACIFIC": "America/Los_Angeles",
    "AKT": "America/Anchorage",
    "AKST": "America/Anchorage",
    "AKDT": "America/Anchorage",
    "ALASKA": "America/Anchorage",
    "HT": "Pacific/Honolulu",
    "HST": "Pacific/Honolulu",
    "HAWAII": "Pacific/Honolulu",
    "AST": "America/Puerto_Rico",
    "CHST": "Pacific/Guam",
    "GMT": "UTC",
    "Z": "UTC",
}

# Where a state has two zones, the one in which most of its people live has it.
STATE_ZONES = {
    "America/New_York": "CT DC DE FL GA IN KY MA MD ME MI NC NH NJ NY OH PA RI SC VA VT WV",
    "America/Chicago": "AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI",
    "America/Denver": "CO ID MT NM UT WY",
    "America/Phoenix": "AZ",
    "America/Los_Angeles": "CA NV OR WA",
    "America/Anchorage": "AK",
    "Pacific/Honolulu": "HI",
    "America/Puerto_Rico": "PR VI",
    "Pacific/Guam": "GU MP",
    "Pacific/Pago_Pago": "AS",
}
_ZONE_OF_STATE = {state: zone for zone, states in STATE_ZONES.items() for state in states.split()}
# 49 CFR part 71; in Arizona the Navajo Nation changes its clocks.
SPLIT_STATES = frozenset(["AK", "AZ", "FL", "ID", "IN", "KS", "KY", "MI", "ND", "NE", "NV", "OR", "SD", "TN", "TX"])


def zone_of_state(state: str) -> str:
    """The zone of most people of a state, by its USPS code, or ""."""
    return _ZONE_OF_STATE.get(state, "")


def spoken_zone(words: str) -> str:
    """The zone that "ET", "Eastern Time" or "Pacific Standard Time" means, or ""."""
    return SPOKEN_ZONES.get(re.sub(r"(?: (?:STANDARD|DAYLIGHT))?(?: TIME)?$", "", words.strip().upper()), "")


def has_time(moment: Moment) -> bool:
    """Whether it is a wall time and not a whole day (a `datetime` is a `date` too, so `isinstance` misleads)."""
    return isinstance(moment, datetime)


def day_of(moment: Moment) -> date:
    """The day that a moment falls on, by its own wall."""
    return moment.date() if isinstance(moment, datetime) else moment


@cache
def zone_names() -> frozenset[str]:
    """The names that a record may use: IANA's, less the bare abbreviations."""
    text = resources.files("tzdata").joinpath("zones").read_text(encoding="ascii")
    return frozenset(name for name in text.split() if "/" in name or name == "UTC")


@cache
def _tzif(name: str) -> bytes:
    if name not in zone_names():
        msg = f"unknown time zone {name!r}"
        raise ValueError(msg)
    return resources.files("tzdata.zoneinfo").joinpath(*name.split("/")).read_bytes()


@cache
def zone(name: str) -> ZoneInfo:
    """The zone of that IANA name; raises `ValueError` for another."""
    # `ZoneInfo(name)` would prefer the machine's own database to the pinned package.
    import io  # noqa: PLC0415

    return ZoneInfo.from_file(io.BytesIO(_tzif(name)), key=name)


def clock_fault(wall: datetime, name: str) -> str:
    """ "skipped" or "repeated" where the clock change makes that wall time no time or two, else ""."""
    there = zone(name)
    if there.utcoffset(wall) == there.utcoffset(wall.replace(fold=1 - wall.fold)):
        return ""
    back = wall.replace(tzinfo=there, fold=0).astimezone(UTC).astimezone(there).replace(tzinfo=None)
    return "repeated" if back == wall else "skipped"


def instant(moment: Moment, name: str | None) -> datetime:
    """The instant, in UTC, of a wall time in a zone.

    A whole day begins at its midnight there; without a zone, at midnight UTC: good for ordering, and shown to nobody.
    """
    return there(moment, name).astimezone(UTC)


def second(moment: Moment, name: str | None) -> int:
    """That instant in seconds since 1970: what comes of `instant`, in a third of its time."""
    return int(there(moment, name).timestamp())


def there(moment: Moment, name: str | None) -> datetime:
    """A wall time in its zone; a day is taken at its beginning, and without a zone all is UTC."""
    hour = moment.time() if isinstance(moment, datetime) else time.min
    # `replace(tzinfo=…)` takes three times as long.
    return datetime.combine(moment, hour, zone(name) if name else UTC)


def offset(moment: Moment, name: str) -> timedelta:
    """The zone's distance from UTC at that wall time."""
    wall = moment if isinstance(moment, datetime) else datetime.combine(moment, time(12))
    found = wall.replace(tzinfo=zone(name)).utcoffset()
    assert found is not None
    return found


class Onset(NamedTuple):
    """When a clock change happens every year: in `month`, on the `week`-th `weekday` (0 = Sunday; week 5 = the last),
    at `at` past midnight by the wall clock before the change (RFC 5545, 3.6.5)."""

    month: int
    week: int
    weekday: int
    at: timedelta

    def in_year(self, year: int) -> datetime:
        """The wall time, before the change, at which it happens in that year."""
        if self.week == 5:  # noqa: PLR2004
            first = date(year + self.month // 12, self.month % 12 + 1, 1)
            back = (first.isoweekday() % 7 - self.weekday - 1) % 7 + 1
            day = first - timedelta(days=back)
        else:
            first = date(year, self.month, 1)
            ahead = (self.weekday - first.isoweekday() % 7) % 7
            day = first + timedelta(days=ahead + 7 * (self.week - 1))
        return datetime.combine(day, time.min) + self.at


class ZoneRule(NamedTuple):
    """A zone in the one shape that every calendar app reads: a standard time and at most one daylight time.

    `since` is the first day from which on the rule and the zone agree for good; earlier times go out in UTC.
    """

    name: str
    standard: str
    standard_offset: timedelta
    daylight: str
    daylight_offset: timedelta
    to_standard: Onset | None
    to_daylight: Onset | None
    since: date

    @property
    def changes(self) -> bool:
        """Whether the clock changes at all."""
        return self.to_daylight is not None


_NAME = r"([A-Za-z]{3,}|<[A-Za-z0-9+-]+>)"
_OFFSET = r"([+-]?\d{1,3}(?::\d{2}){0,2})"
_RULE = r"M(\d{1,2})\.([1-5])\.([0-6])(?:/([+-]?\d{1,3}(?::\d{2}){0,2}))?"
_FOOTER = re.compile(f"{_NAME}{_OFFSET}(?:{_NAME}{_OFFSET}?,{_RULE},{_RULE})?")


def _span(text: str) -> timedelta:
    sign = -1 if text.startswith("-") else 1
    hours, minutes, seconds = (*map(int, text.lstrip("+-").split(":")), 0, 0)[:3]
    return sign * timedelta(hours=hours, minutes=minutes, seconds=seconds)


def _onset(month: str, week: str, weekday: str, at: str | None) -> Onset | None:
    when = _span(at) if at else timedelta(hours=2)
    # A negative hour, or one past midnight, falls on another day than the rule names: no BYDAY can say it.
    if not timedelta(0) <= when < DAY:
        return None
    return Onset(int(month), int(week), int(weekday), when)


@cache
def zone_rule(name: str) -> ZoneRule | None:
    """The zone's rule in force, from the POSIX footer of its TZif file (RFC 9636, 3.3), or None where it has none
    that a yearly RRULE can say (Morocco, Jerusalem, Nuuk). UTC has none either, by whatever name: it needs none."""
    data = _tzif(name)
    footer = data.rstrip(b"\n").rsplit(b"\n", 1)[-1].decode("ascii")
    found = _FOOTER.fullmatch(footer)
    if not found or found[1] == "UTC":
        return None
    standard, west, daylight, daylight_west = found[1], found[2], found[3], found[4]
    base = -_span(west)
    transitions = _transitions(data)
    if not daylight:
        # The clock was last changed in that year; from the next on it stands still.
        since = max((when.year + 1 for when, _ in transitions), default=1970)
        return ZoneRule(name, standard.strip("<>"), base, "", base, None, None, date(max(since, 1970), 1, 1))
    other = -_span(daylight_west) if daylight_west else base + timedelta(hours=1)
    begins, ends = _onset(*found.group(5, 6, 7, 8)), _onset(*found.group(9, 10, 11, 12))
    if begins is None or ends is None:
        return None
    names = [(standard.strip("<>"), base, ends), (daylight.strip("<>"), other, begins)]
    # Dublin's law calls winter the exception; a calendar app wants the smaller offset to be STANDARD.
    names.sort(key=lambda row: row[1])
    (low, low_offset, to_low), (high, high_offset, to_high) = names
    since_year = _agreement(transitions, to_low, low_offset, to_high, high_offset)
    first = max(to_low.in_year(since_year), to_high.in_year(since_year)).date()
    return ZoneRule(name, low, low_offset, high, high_offset, to_low, to_high, first)


def _agreement(
    transitions: list[tuple[datetime, timedelta]],
    to_low: Onset,
    low: timedelta,
    to_high: Onset,
    high: timedelta,
) -> int:
    """The first year from which on the recorded transitions are those of the rule."""
    # What changes a name alone (Grand Turk stayed at −4 from 2015 to 2018) bounds the record, but moves no clock.
    steps = pairwise([(datetime.min, None), *transitions])  # noqa: DTZ901  UTC throughout
    recorded = {(when, after) for (_, before), (when, after) in steps if before != after}
    last = max((when for when, _ in transitions), default=datetime(1970, 1, 1))  # noqa: DTZ001  UTC throughout
    ruled = {
        change
        for year in range(1970, max(last.year, 1970) + 1)
        for change in ((to_low.in_year(year) - high, low), (to_high.in_year(year) - low, high))
        if change[0] <= last
    }
    return max((when.year + 1 for when, _ in (recorded ^ ruled)), default=1970)


def _transitions(data: bytes) -> list[tuple[datetime, timedelta]]:
    """The recorded changes of clock or name from a TZif file's 64-bit block (RFC 9636, 3.2): instant (UTC, naive) and
    the offset after it."""
    header = struct.Struct(">4s1s15x6I")
    _, _, *counts = header.unpack_from(data)
    is_ut, is_std, leaps, times, types, chars = counts
    start = header.size + times * 5 + types * 6 + chars + leaps * 8 + is_std + is_ut
    _, _, *counts = header.unpack_from(data, start)
    _, _, _, times, types, _ = counts
    start += header.size
    instants = struct.unpack_from(f">{times}q", data, start)
    kinds = struct.unpack_from(f">{times}B", data, start + times * 8)
    offsets = [struct.unpack_from(">i", data, start + times * 9 + 6 * index)[0] for index in range(types)]
    epoch = datetime(1970, 1, 1)  # noqa: DTZ001
    return [
        (epoch + timedelta(seconds=when), timedelta(seconds=offsets[kind]))
        for when, kind in zip(instants, kinds, strict=True)
        if when > -(2**31)
    ]


_SEASONS = {"winter": (1, 3), "spring": (3, 6), "summer": (6, 9), "fall": (9, 12), "autumn": (9, 12)}
MONTHS = [
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
]  # fmt: skip
_YEAR = re.compile(r"\b(?:FY\s*)?((?:19|20)\d{2})\b", re.IGNORECASE)


def period(words: str) -> tuple[date, date] | None:
    """First and last day of what "Spring 2027", "late March 2027", "Q2 2027", "FY 2027" or "2027" speak of.

    None where no year is named: such an event sorts behind all others and never becomes past. Seasons are the
    northern ones by whole months; a fiscal year and its quarters are the federal ones, from October.
    """
    found = _YEAR.search(words)
    if not found:
        return None
    year, text = int(found[1]), words.casefold()
    fiscal = bool(re.search(r"\b(fy|fiscal)\b|\bfy\d", text))
    first, last = 1, 12
    quarter = re.search(r"\bq([1-4])\b|\b(first|second|third|fourth) quarter\b", text)
    half = re.search(r"\b(first|second) half\b", text)
    months = [number for number, name in enumerate(MONTHS, 1) if re.search(rf"\b{name[:3]}(?:{name[3:]})?\b", text)]
    season = next((name for name in _SEASONS if name in text), None)
    if quarter:
        number = int(quarter[1]) if quarter[1] else ["first", "second", "third", "fourth"].index(quarter[2]) + 1
        first, last = 3 * number - 2, 3 * number
    elif half:
        first, last = (1, 6) if half[1] == "first" else (7, 12)
    elif months:
        first, last = min(months), max(months)
    elif season:
        first, last = _SEASONS[season]
    if fiscal:
        first, last = first - 3, last - 3
    begin = date(year + (first - 1) // 12, (first - 1) % 12 + 1, 1)
    after = date(year + last // 12, last % 12 + 1, 1)
    return begin, after - DAY
