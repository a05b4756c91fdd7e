"""The facts of an event in words: the same words on pages, in calendars and in data.

Plain English after the Federal Plain Language Guidelines and the AP's way with times ("2:00–3:30 p.m. ET", "noon").
What nobody said is called not stated; nothing is made up to fill a gap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from . import times, vocabulary
from .model import Credit, Event, Organizer, Price
from .times import Moment, day_of

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

# Who reads this is a public servant: the rate that one of them pays, before what everyone pays.
GOVERNMENT = ("government", "federal", "state-local", "military")


def day(when: date, *, weekday: bool = False, year: bool = True) -> str:
    """ "March 5, 2019", or "Tuesday, March 5, 2019"."""
    text = f"{MONTHS[when.month - 1]} {when.day}"
    if weekday:
        text = f"{WEEKDAYS[when.weekday()]}, {text}"
    return f"{text}, {when.year}" if year else text


def days(first: date, last: date) -> str:
    """ "March 5, 2019", "March 5–8, 2019", "March 30 – April 2, 2019" or "December 30, 2019 – January 2, 2020"."""
    if first == last:
        return day(first)
    if first.year != last.year:
        return f"{day(first)} – {day(last)}"
    if first.month != last.month:
        return f"{day(first, year=False)} – {day(last)}"
    return f"{MONTHS[first.month - 1]} {first.day}–{last.day}, {first.year}"


def clock(when: datetime) -> str:
    """ "2:30 p.m.", "noon" or "midnight"."""
    if (when.hour, when.minute) == (12, 0):
        return "noon"
    if (when.hour, when.minute) == (0, 0):
        return "midnight"
    return f"{(when.hour - 1) % 12 + 1}:{when.minute:02} {'a' if when.hour < 12 else 'p'}.m."  # noqa: PLR2004


def clocks(first: datetime, last: datetime) -> str:
    """ "2:00–3:30 p.m.", "11:00 a.m.–noon"."""
    one, other = clock(first), clock(last)
    if one[-4:] == other[-4:] and one.endswith(".m."):
        one = one[:-5]
    return f"{one}–{other}"


# One letter pair for each family of American zones, which people know better than "EDT" or an offset.
_FAMILIES = {("EST", "EDT"): "ET", ("CST", "CDT"): "CT", ("MST", "MDT"): "MT", ("PST", "PDT"): "PT",
             ("AKST", "AKDT"): "AKT", ("HST", "HDT"): "HT"}  # fmt: skip
_LONG = {"ET": "Eastern Time", "CT": "Central Time", "MT": "Mountain Time", "PT": "Pacific Time", "AKT": "Alaska Time",
         "HST": "Hawaii Standard Time", "MST": "Mountain Standard Time", "AST": "Atlantic Standard Time",
         "ChST": "Chamorro Standard Time", "SST": "Samoa Standard Time", "UTC": "Coordinated Universal Time"}  # fmt: skip


def zone(name: str) -> str:
    """A zone's name beside a time: "ET", "MST" (no daylight saving), "London time"."""
    if name == "UTC":
        return "UTC"
    rule = times.zone_rule(name)
    if rule and (rule.standard, rule.daylight) in _FAMILIES:
        return _FAMILIES[rule.standard, rule.daylight]
    if rule and not rule.changes and name.startswith(("America/", "Pacific/", "US/")) and rule.standard in _LONG:
        return rule.standard
    return name.rsplit("/", 1)[-1].replace("_", " ") + " time"


def zone_long(name: str, at: Moment) -> str:
    """A zone in full, on that date: "Eastern Time (UTC−5)"."""
    short = zone(name)
    minutes = int(times.offset(at, name).total_seconds()) // 60
    sign = "−" if minutes < 0 else "+"
    hours, rest = divmod(abs(minutes), 60)
    away = "UTC" if not minutes else f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "")
    long = _LONG.get(short, short[0].upper() + short[1:])
    return long if short == "UTC" else f"{long} ({away})"


def moment(when: Moment, name: str | None = None) -> str:
    """ "March 5, 2019" or "March 5, 2019, 2:00 p.m. ET"."""
    if not isinstance(when, datetime):
        return day(when)
    return f"{day(when)}, {clock(when)}" + (f" {zone(name)}" if name else "")


def time_of(event: Event) -> str:
    """The hours of an event that is over within a day: "2:00–3:30 p.m. ET"; "" where it has none."""
    start, end = event.start, event.end
    if not isinstance(start, datetime) or event.timezone is None:
        return ""
    if isinstance(end, datetime) and end.date() == start.date():
        return f"{clocks(start, end)} {zone(event.timezone)}"
    return f"{clock(start)} {zone(event.timezone)}"


def dates(event: Event) -> str:
    """When it is, on one line; for `when:` events what the record says, for on-demand ones "On demand"."""
    start, end, name = event.start, event.end, event.timezone
    if start is None or event.waits:
        return event.when or "On demand"
    if isinstance(start, datetime) and isinstance(end, datetime) and start.date() != end.date() and name:
        return f"{day(start)}, {clock(start)} – {day(end)}, {clock(end)} {zone(name)}"
    span = days(day_of(start), day_of(end if end is not None else start))
    hours = time_of(event)
    return f"{span}, {hours}" if hours else span


def city(event: Event) -> str:
    """ "Salt Lake City, UT", "Toronto, Canada", or ""."""
    if event.venue is None:
        return ""
    venue = event.venue
    region = venue.state if venue.country == "US" else vocabulary.countries()[venue.country]
    return ", ".join(part for part in (venue.city, region) if part)


def place(event: Event) -> str:
    """Where it is, in few words: the city, "Online", or both."""
    if event.format == "on-demand":
        return "On demand"
    if event.format == "online":
        return "Online"
    where = city(event)
    return f"{where}, and online" if event.format == "hybrid" else where


def address(event: Event) -> str:
    """The venue on one line, as a calendar's LOCATION has it: "Name, room, street, city, ST ZIP"."""
    if event.format == "online":
        return "Online"
    if event.venue is None:
        return ""
    venue = event.venue
    region = " ".join(part for part in (venue.state, venue.postal_code) if part)
    country = "" if venue.country == "US" else vocabulary.countries()[venue.country]
    parts = (venue.name, venue.room, venue.street, venue.city, region, country)
    return ", ".join(part for part in parts if part)


_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£"}


def amount(price: Price) -> str:
    """ "Free", "$295", "$49.50", "295 CAD"."""
    if price.free:
        return "Free"
    value = Decimal(price.amount)
    digits = f"{value:,.0f}" if value == value.to_integral_value() and "." not in price.amount else f"{value:,.2f}"
    sign = _SIGNS.get(price.currency)
    return f"{sign}{digits}" if sign else f"{digits} {price.currency}"


def cheapest(prices: Sequence[Price]) -> Price | None:
    """The lowest of some prices of one currency; the first where the currencies differ."""
    if not prices or len({price.currency for price in prices}) > 1:
        return prices[0] if prices else None
    return min(prices, key=lambda price: Decimal(price.amount))


def valid_on(prices: Sequence[Price], today: date) -> list[Price]:
    """The prices that still hold on that day; all of them where none does."""
    return [price for price in prices if price.until is None or price.until >= today] or list(prices)


def government_prices(event: Event) -> list[Price]:
    """What a public servant may pay: the government's rates, else the public's."""
    for groups in (GOVERNMENT, ("public",)):
        if found := [price for price in event.prices if price.for_ in groups]:
            return found
    return []


def free_for(event: Event) -> str:
    """ "public" where it is free for everyone, "government" where for public servants only, else ""."""
    if any(price.free for price in event.prices if price.for_ == "public"):
        return "public"
    if any(price.free for price in event.prices if price.for_ in GOVERNMENT):
        return "government"
    return ""


def cost(event: Event, today: date) -> str:
    """What a public servant pays, in few words: "Free", "Free for government", "$295 for government"."""
    if not event.prices:
        return "Cost not stated"
    free = free_for(event)
    if free:
        return "Free" if free == "public" else "Free for government"
    price = cheapest(valid_on(government_prices(event), today))
    if price is None:
        # Only other groups' prices are known: members', say.
        lowest = cheapest(valid_on(event.prices, today))
        assert lowest is not None
        return f"{amount(lowest)} for {vocabulary.PRICE_FOR[lowest.for_].lower()}"
    several = len({p.amount for p in government_prices(event)}) > 1
    text = ("from " if several else "") + amount(price)
    text = text[0].upper() + text[1:]
    return f"{text} for government" if price.for_ in GOVERNMENT else text


def credit(item: Credit) -> str:
    """ "6.5 CPE"."""
    return f"{item.amount} {item.type}" if item.amount else item.type


def credits_of(event: Event) -> str:
    """ "6.5 CPE, 6 CLP", or ""."""
    return ", ".join(credit(item) for item in event.credits)


def organizers(event: Event, registry: Mapping[str, Organizer]) -> str:
    """ "General Services Administration (GSA)", joined by commas; "" where not stated."""
    return ", ".join(organizer(registry[identity]) for identity in event.organizer if identity in registry)


def organizer(entry: Organizer) -> str:
    """A body's name with its acronym."""
    return f"{entry.name} ({entry.acronym})" if entry.acronym else entry.name


def plural(number: int, one: str, many: str = "") -> str:
    """ "1 event", "1,204 events"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
