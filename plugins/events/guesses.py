"""What a day or a time means that is written otherwise than a record has it: for mends, and for nothing else.

Nothing is made up: where a text leaves a part open, or can be read in two ways, there is no guess.
"""

from __future__ import annotations

import calendar
import contextlib
import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from . import times
from .records import Place, Tree

_LONGEST_DATE = 60
# Texts and no patterns yet: only mends need them, and a start would compile them for nothing.
TIMED = r"(?i)\d:\d\d|\b\d{1,2}\s*[ap]\.?m\b|T\d\d|\d\d-\d\d \d{4}$|\dh\d\d"
# The third of February, or the second of March; two days of a month.
_UNSURE = r"(?:0?[1-9]|1[0-2])\.(?:0?[1-9]|1[0-2])\.\d{4}|\d{4}-\d\d-\d\d-"
_TO = r"\s*(?:[-–—]|\bto\b|\bthrough\b)\s*"
_NOON = r"(?i)\bnoon\b"
_WALL = r"(?:\d{1,2}:\d\d(?:\s*[ap]\.?m\.?)?|\d{1,2}\s*[ap]\.?m\.?)"
_HOUR = r"\d{1,2}(?::\d\d)?"
# "10-12:00", "1:30-3": the library takes what follows the hyphen for an offset.
_HALF_SPAN = r"\s\d{1,2}\s?[-–—]\s?\d{1,2}:\d\d|:\d\d\s?[-–—]\s?\d{1,2}(?![\d:])"
# "March 2-4, 2027", "10-12 May 2027"; "March 30 - April 2, 2027"; "2027-03-02 9:00 AM - 11:00 AM"; "March 2, 2027 1:30-3 pm".
_DAYS = rf"(?i)(?=.*[a-z]{{3}})(\D*)(\d{{1,2}})(?:st|nd|rd|th)?{_TO}(\d{{1,2}}(?:st|nd|rd|th)?)(\D+\d{{4}})"
_DATES = r"(?i)(.*?\w{2}.*?)(?:\s[-–—]\s|[–—]|\s(?:to|through)\s|(?<=\d-\d\d)/)\s*(.*\D(\d{4})|\d{4}-\d\d-\d\d)"
_CLOCKS = rf"(?i)(.*\d{{4}}.*?)\s({_WALL}){_TO}({_WALL})"
# A row of an agenda: its hours, and what is on.
SESSION = rf"(?i)(noon|{_HOUR}{_TO}{_HOUR}\s*[ap]\.?m\.?|{_WALL}(?:{_TO}{_WALL})?)(?:\s*[:–—-])?\s+(\S.*)"
_HOURS = rf"(?i)(.*\d{{4}}.*?)\s({_HOUR}){_TO}({_HOUR})\s*([ap])\.?m\.?"


def with_noon(text: str) -> str:
    """A text in which the noon is a time."""
    return re.sub(_NOON, "12:00 pm", text)


def moment(text: str) -> datetime | None:
    """What a date written otherwise means; None where a part of it would have to be made up, or a number is left over."""
    if len(text) > _LONGEST_DATE or not re.search(r"\d{4}", text) or re.match(_UNSURE, text):
        return None
    if re.search(_HALF_SPAN, text):
        return None
    from dateutil import parser  # noqa: PLC0415  needed for faults and imports only

    try:
        # What the text leaves open is taken from the default: what differs is not in the text.
        found = parser.parse(text, default=datetime(2000, 1, 1), ignoretz=True)  # noqa: DTZ001
        other = parser.parse(text, default=datetime(2004, 2, 2), ignoretz=True)  # noqa: DTZ001
    # What the library lets through when a text is no date at all.
    except (ValueError, ArithmeticError, TypeError, LookupError, AttributeError):
        return None
    said = {f"{found:{form}}" for form in ("%Y", "%m", "%d", "%H", "%I", "%M", "%S", "%Y%m%d", "%H%M")} | {"00"}
    numbers = re.findall(r"\d+", re.sub(r"(?<=\d) ?[+-]\d\d:?\d\d$", "", text) if re.search(TIMED, text) else text)
    sure = found.date() == other.date() and str(found.year) in text
    return found if sure and all(number.zfill(2) in said for number in numbers) else None


def with_day(text: str, place: Place, tree: Mapping[str, Tree]) -> str:
    """What to do about a time that stands without a day; "" where it is none."""
    if not re.fullmatch(rf"(?i)noon|{_WALL}", text):
        return ""
    start = _start_beside(place, tree)
    day = _day_of(start)
    # Of an end the day is sure, and of a session where the event has one day.
    sure = day and (place[-1] == "end" or (place[0] == "sessions" and _day_of(tree.get("end") or start) == day))
    meant = moment(f"{day if sure else '2027-03-02'} {with_noon(text)}")
    if meant is None:
        return ""
    if not sure:
        return f"write its day before it, such as `{meant:%Y-%m-%d %H:%M}`"
    if place[-1] == "end":
        meant = _after(start, meant, text)
    also = "" if re.search(TIMED, start) or place[0] == "sessions" else ", and write a time in `start` too"
    return f"write it with its day: `{meant:%Y-%m-%d %H:%M}`{also}"


def _after(start: str, end: datetime, text: str) -> datetime:
    """An end that is behind its start: "3:00" is in the afternoon of what begins at noon, and midnight is that after it."""
    begins = moment(start)
    if begins is None or end > begins:
        return end
    if end.time() == time.min:
        return end + times.DAY
    later = end + timedelta(hours=12)
    return end if re.search(r"(?i)[ap]\.?m", text) or later.date() != end.date() else later


def _start_beside(place: Place, tree: Mapping[str, Tree]) -> str:
    """The `start` beside a place, or else of the record, or ""."""
    beside: Any = tree
    # A value may be read alone.
    with contextlib.suppress(LookupError, TypeError):
        for step in place[:-1]:
            beside = beside[step]
    starts = [group.get("start", "") for group in (beside, tree) if isinstance(group, dict)]
    return next((start for start in starts if _day_of(start)), "")


def day_beside(place: Place, tree: Mapping[str, Tree]) -> str:
    """The day of that start as `YYYY-MM-DD`, or ""."""
    return _day_of(_start_beside(place, tree))


def _day_of(text: Tree) -> str:
    """The day that a text names, as `YYYY-MM-DD`, or ""."""
    found = moment(text) if isinstance(text, str) else None
    return f"{found:%Y-%m-%d}" if found else ""


def days_of(day: str) -> str:
    """How many days the month has of a day that is none, or months a year."""
    year, month = int(day[:4]), int(day[5:7])
    if not 1 <= month <= len(times.MONTHS):
        return "write a month from 01 to 12, and a day of it"
    days = calendar.monthrange(year, month)[1]
    return f"{times.MONTHS[month - 1].capitalize()} {year} has {days} days"


def span(text: str) -> tuple[date, date] | None:
    """The first and the last day, or wall time, that a text names both of."""
    if len(text) > _LONGEST_DATE:
        return None
    if days := re.fullmatch(_DAYS, text):
        ends = (f"{days[1]}{days[2]}{days[4]}", f"{days[1]}{days[3]}{days[4]}")
    elif hours := re.fullmatch(_HOURS, text):
        ends = (f"{hours[1]} {hours[2]} {hours[4]}m", f"{hours[1]} {hours[3]} {hours[4]}m")
        begins, until = map(moment, ends)
        # Both in the same half of the day, or the first before noon.
        if begins and until and begins >= until and hours[4] in "pP":
            ends = (f"{hours[1]} {hours[2]} am", ends[1])
    elif clocks := re.fullmatch(_CLOCKS, text):
        ends = (f"{clocks[1]} {clocks[2]}", f"{clocks[1]} {clocks[3]}")
    elif dates := re.fullmatch(_DATES, text):
        ends = (dates[1] if re.search(r"\d{4}", dates[1]) else f"{dates[1]}, {dates[3]}", dates[2])
    else:
        return None
    first, last = map(moment, ends)
    if first is None or last is None or first >= last:
        return None
    timed = [bool(re.search(TIMED, end)) for end in ends]
    return None if timed[0] != timed[1] else (first, last) if timed[0] else (first.date(), last.date())


def period(text: str) -> str:
    """A text as `when` takes it, where it names a year and perhaps a month or a season and no day; else ""."""
    if len(text) > _LONGEST_DATE:
        return ""
    if found := re.fullmatch(r"(\d{4})[-/](\d{1,2})", text):
        month = int(found[2])
        return f"{times.MONTHS[month - 1].capitalize()} {found[1]}" if 1 <= month <= len(times.MONTHS) else ""
    rest = re.sub(r"\b(?:FY\s*)?\d{4}\b|\bQ[1-4]\b", "", text, flags=re.IGNORECASE)
    return text if times.period(text) and not re.search(r"\d", rest) else ""


def session(text: str, day: str) -> list[str]:
    """The lines of a session in whose place stands "13:30 Opening" or "9-9:30 am Registration", on a day."""
    found = re.fullmatch(SESSION, text)
    if not found or not day:
        return []
    hours = span(f"{day} {found[1]}")
    start = hours[0] if hours else moment(f"{day} {with_noon(found[1])}")
    if start is None:
        return []
    ends = [f"end: {hours[1]:%Y-%m-%d %H:%M}"] if hours else []
    return [f"start: {start:%Y-%m-%d %H:%M}", *ends, f"title: {found[2]}"]
