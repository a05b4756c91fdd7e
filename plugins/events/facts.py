"""The facts of one event as a page shows them: plain text, numbers and lists, and what nobody said left empty.

Nothing here knows of other events, of the day, or of where the site is served.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from . import times
from .model import Event, Price, Registration
from .times import Moment, day_of
from .urls import is_government
from .wording import Words

Inputs = Mapping[str, Any]


def date_block(event: Event, words: Words) -> Inputs:
    """The tear-off leaf beside every event: a band with the month, the day in large, a foot."""
    days = event.days
    if days is None or event.waits:
        if event.format == "on-demand":
            return {"band": words("On demand"), "day": "", "foot": words("any time")}
        period = times.period(event.when or "")
        return {"band": words("Date TBA"), "day": str(period[1].year) if period else "?", "foot": ""}
    first, last = days
    month = words.short_months[first.month - 1]
    if first == last:
        return {"band": month, "day": str(first.day), "foot": words.weekdays[first.weekday()]}
    other = words.short_months[last.month - 1]
    band = month if (first.year, first.month) == (last.year, last.month) else f"{month}–{other}"
    return {
        "band": band,
        "day": f"{first.day}–{last.day}",
        "foot": f"{words.short_weekdays[first.weekday()]}–{words.short_weekdays[last.weekday()]}",
    }


def start_is_timed(event: Event) -> bool:
    """Whether the event has a time, and not only a day."""
    return event.start is not None and times.has_time(event.start)


def long_dates(event: Event, words: Words) -> str:
    """The dates with weekdays: "Tuesday, March 5 – Friday, March 8, 2019"."""
    days = event.days
    if days is None:
        return ""
    first, last = days
    if first == last:
        return words.day(first, weekday=True)
    if start_is_timed(event):
        return words.dates(event)
    return f"{words.day(first, weekday=True, year=first.year != last.year)} – {words.day(last, weekday=True)}"


_NATION = (
    ("America/New_York", "ET"),
    ("America/Chicago", "CT"),
    ("America/Denver", "MT"),
    ("America/Los_Angeles", "PT"),
    ("America/Anchorage", "AKT"),
    ("Pacific/Honolulu", "HT"),
)


def national_times(event: Event, words: Words) -> str:
    """For an online event at a time: the hour across the United States, right for that date; "" for others."""
    if not isinstance(event.start, datetime) or event.timezone is None or not event.is_online:
        return ""
    there = times.there(event.start, event.timezone)
    rows = []
    for name, short in _NATION:
        here = there.astimezone(times.zone(name))
        row = f"{words.clock(here)} {short}"
        if here.day != there.day:
            row += f" ({words.weekdays[here.weekday()]})"
        # No line break within a time: a lone "9:30" tells nothing.
        rows.append(row.replace(" ", "\u00a0"))
    return " · ".join(rows)


def registration(registration: Registration | None, zone: str | None, words: Words) -> Inputs | None:
    """How one signs up, with the instants for the reader's clock; None where nobody said."""
    if registration is None:
        return None
    return {
        "url": registration.url or "",
        "external": bool(registration.url) and not is_government(registration.url or ""),
        "opens": words.moment(registration.opens, zone) if registration.opens else "",
        "closes": words.moment(registration.closes, zone) if registration.closes else "",
        # For the reader's clock: "closes in 5 days" is true on one day only.
        "opens_at": minute_of(registration.opens, zone) if registration.opens else 0,
        "closes_at": closing(registration.closes, zone) if registration.closes else 0,
        "state": registration.state or "",
        "state_words": words.registration[registration.state] if registration.state else "",
        "note": registration.note or "",
    }


def minute_of(moment: Moment, zone: str | None) -> int:
    """The instant in minutes since 1970, UTC."""
    return times.second(moment, zone) // 60


def end_of_day(day: date, zone: str | None) -> int:
    """When a day is over, in minutes since 1970, UTC: in its zone, else in the westernmost of the United States, so
    that no reader sees it end early."""
    return minute_of(day + times.DAY, zone or "Pacific/Honolulu")


def beginning(event: Event) -> int:
    """When it begins, in minutes since 1970, UTC; 0 = no day is known.

    A whole day without a zone begins where `end_of_day` ends it: counted from midnight UTC, the afternoon before would
    be told in Denver as the day itself.
    """
    if event.start is None:
        return 0
    zone = event.timezone or "Pacific/Honolulu"
    return minute_of(event.start, zone)


def closing(moment: Moment, zone: str | None) -> int:
    """When something closes, in minutes since 1970, UTC: at its time, or at the end of its day."""
    return minute_of(moment, zone) if times.has_time(moment) else end_of_day(day_of(moment), zone)


def duty_hours(event: Event) -> str:
    """How long it takes: the sessions' hours where all are known, else those of an event that is over in a day."""
    spans = [(item.start, item.end) for item in event.sessions]
    if not spans and isinstance(event.start, datetime) and isinstance(event.end, datetime) and event.one_day:
        spans = [(event.start, event.end)]
    if event.on_demand and event.on_demand.minutes:
        minutes: float = event.on_demand.minutes
    elif spans and all(end is not None for _, end in spans):
        # Parallel sessions are sat through once.
        merged: list[tuple[datetime, datetime]] = []
        for start, end in sorted((start, end) for start, end in spans if end is not None):
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        minutes = sum((end - start).total_seconds() for start, end in merged) / 60
    else:
        return ""
    return f"{minutes / 60:.2f}".rstrip("0").rstrip(".")


def sessions(event: Event, words: Words) -> list[Inputs]:
    """The agenda by day."""
    days: dict[date, list[Inputs]] = {}
    for item in event.sessions:
        hours = words.clocks(item.start, item.end) if item.end else words.clock(item.start)
        days.setdefault(item.start.date(), []).append(
            {"time": hours, "title": item.title, "room": item.room or "", "speakers": ", ".join(item.speakers)}
        )
    return [{"day": words.day(day, weekday=True), "rows": rows} for day, rows in sorted(days.items())]


def agenda_zone(event: Event, words: Words) -> str:
    """The zone of the agenda where nothing above it names one: "" for an event that has a time itself."""
    if not event.sessions or event.timezone is None or start_is_timed(event):
        return ""
    return words.zone_long(event.timezone, event.sessions[0].start)


def source(event: Event, words: Words) -> Inputs | None:
    """Where the record's facts come from; None where nobody said."""
    source = event.source
    if source is None:
        return None
    return {
        "title": source.title or source.publisher or words("the organizer’s page"),
        "publisher": source.publisher or "" if source.title else "",
        "url": source.url or "",
        "published": words.day(source.published) if source.published else "",
        "retrieved": words.day(source.retrieved) if source.retrieved else "",
    }


def venue(event: Event, address: str, words: Words) -> Inputs | None:
    """Where it is held, as lines of an address, with the way in; `address` is that on one line."""
    place = event.venue
    if place is None:
        return None
    region = " ".join(part for part in (place.state, place.postal_code) if part)
    country = "" if place.country == "US" else words.country(place.country)
    lines = [place.street, ", ".join(part for part in (place.city, region) if part), country]
    query = address if event.format != "online" else ""
    if place.latitude is not None and place.longitude is not None:
        query = f"{place.latitude},{place.longitude}"
    return {
        "name": place.name or "",
        "room": place.room or "",
        "lines": [line for line in lines if line],
        "access": place.access or "",
        "state": {"name": words.state[place.state], "href": f"states/{place.state.lower()}.html"}
        if place.country == "US" and place.state
        else None,
        # A city is no place on a map; a street or coordinates are.
        "map": f"https://www.openstreetmap.org/search?query={quote(query)}" if place.street or place.latitude else "",
    }


def price(row: Price, zone: str | None, words: Words) -> Inputs:
    """What one group pays, and until when."""
    return {
        "for": words.price_for[row.for_],
        "group": row.for_,
        "value": row.amount,
        "amount": words.amount(row),
        "label": row.label or "",
        "until": words.day(row.until) if row.until else "",
        "ends": end_of_day(row.until, zone) if row.until else 0,
    }
