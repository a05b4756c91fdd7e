"""The facts of an event in words: the same words on pages, in calendars and in data, in each language of the interface.

Plain English after the Federal Plain Language Guidelines and the AP's way with times ("2:00–3:30 p.m. ET", "noon");
plain Spanish as USAGov writes it ("2:00–3:30 p. m. ET", "mediodía"). What nobody said is called not stated; nothing is
made up to fill a gap.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache, cached_property
from types import MappingProxyType
from typing import Protocol

from . import languages, times, vocabulary
from .model import Credit, Event, Organizer, Price
from .times import Moment

# Who reads this is a public servant: the rate that one of them pays, before what everyone pays.
GOVERNMENT = ("government", "federal", "state-local", "military")


@dataclass(frozen=True, slots=True)
class _Dates:
    """How a language writes days and hours; `year` stands before the year."""

    months: tuple[str, ...]
    weekdays: tuple[str, ...]
    short_months: tuple[str, ...]
    short_weekdays: tuple[str, ...]
    day: Callable[[int, str], str]
    year: str
    weekday: str
    # The days of one month: first, last, month, year.
    span: str
    halves: tuple[str, str]
    noon: str
    midnight: str
    zone: str


_ENGLISH_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_ENGLISH_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SPANISH_MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio",
    "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip
_SPANISH_WEEKDAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")


def _thirds(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(name[:3] for name in names)


_DATES = {
    "en": _Dates(
        _ENGLISH_MONTHS, _ENGLISH_WEEKDAYS, _thirds(_ENGLISH_MONTHS), _thirds(_ENGLISH_WEEKDAYS),
        lambda number, month: f"{month} {number}", ", ", "{}, {}", "{2} {0}–{1}, {3}", ("a.m.", "p.m."),
        "noon", "midnight", "{} time",
    ),
    "es": _Dates(
        _SPANISH_MONTHS, _SPANISH_WEEKDAYS, _thirds(_SPANISH_MONTHS), _thirds(_SPANISH_WEEKDAYS),
        lambda number, month: f"{number} de {month}", " de ", "{}, {}", "{0}–{1} de {2} de {3}",
        # No line break within "p. m." (Fundéu).
        ("a.\u00a0m.", "p.\u00a0m."), "mediodía", "medianoche", "hora de {}",
    ),
}  # fmt: skip

# One letter pair for each family of American zones, which people know better than "EDT" or an offset.
_FAMILIES = {("EST", "EDT"): "ET", ("CST", "CDT"): "CT", ("MST", "MDT"): "MT", ("PST", "PDT"): "PT",
             ("AKST", "AKDT"): "AKT", ("HST", "HDT"): "HT"}  # fmt: skip
LONG_ZONES = {"ET": "Eastern Time", "CT": "Central Time", "MT": "Mountain Time", "PT": "Pacific Time", "AKT": "Alaska Time",
         "HST": "Hawaii Standard Time", "MST": "Mountain Standard Time", "AST": "Atlantic Standard Time",
         "ChST": "Chamorro Standard Time", "SST": "Samoa Standard Time", "UTC": "Coordinated Universal Time"}  # fmt: skip
_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£"}


@dataclass(frozen=True)
class Words:
    """A language of the interface. `words("Not stated")` is that text in the language; an event's facts are methods."""

    language: str

    def __reduce__(self) -> tuple[Callable[[str], Words], tuple[str]]:
        return words, (self.language,)

    @cached_property
    def _texts(self) -> Mapping[str, str]:
        return languages.texts(self.language)

    @cached_property
    def _dates(self) -> _Dates:
        return _DATES.get(self.language, _DATES["en"])

    def __call__(self, text: str, **values: object) -> str:
        """An English text in the language, with `{name}` filled in."""
        said = self._texts.get(text, text)
        return said.format(**values) if values else said

    def plural(self, number: int, one: str, many: str) -> str:
        """One of two English texts in the language, by the number, which `{n}` in them is: "1 event", "1,204 events"."""
        return self(one if number == 1 else many).format(n=f"{number:,}")

    # Vocabularies

    def _said(self, names: Mapping[str, str]) -> Mapping[str, str]:
        return MappingProxyType({key: self(name) for key, name in names.items()})

    @cached_property
    def kind(self) -> Mapping[str, str]:
        return self._said(vocabulary.KIND)

    @cached_property
    def kinds(self) -> Mapping[str, str]:
        return self._said(vocabulary.KIND_PLURAL)

    @cached_property
    def format(self) -> Mapping[str, str]:
        return self._said(vocabulary.FORMAT)

    @cached_property
    def status(self) -> Mapping[str, str]:
        return self._said(vocabulary.STATUS)

    @cached_property
    def audience(self) -> Mapping[str, str]:
        return self._said(vocabulary.AUDIENCE)

    @cached_property
    def eligibility(self) -> Mapping[str, str]:
        return self._said(vocabulary.ELIGIBILITY)

    @cached_property
    def price_for(self) -> Mapping[str, str]:
        return self._said(vocabulary.PRICE_FOR)

    @cached_property
    def registration(self) -> Mapping[str, str]:
        return self._said(vocabulary.REGISTRATION)

    @cached_property
    def credit_names(self) -> Mapping[str, str]:
        return self._said(vocabulary.CREDIT)

    @cached_property
    def accessibility(self) -> Mapping[str, str]:
        return self._said(vocabulary.ACCESSIBILITY)

    @cached_property
    def resource(self) -> Mapping[str, str]:
        return self._said(vocabulary.RESOURCE)

    @cached_property
    def body(self) -> Mapping[str, str]:
        """What sort of body an organizer is."""
        return self._said(vocabulary.ORGANIZER)

    @cached_property
    def state(self) -> Mapping[str, str]:
        return self._said(vocabulary.STATE)

    def country(self, code: str) -> str:
        """A country's name, from the Unicode CLDR."""
        return vocabulary.countries(self.language)[code]

    # Days and hours

    @property
    def months(self) -> Sequence[str]:
        return self._dates.months

    @property
    def weekdays(self) -> Sequence[str]:
        """From Monday."""
        return self._dates.weekdays

    @property
    def short_months(self) -> Sequence[str]:
        return self._dates.short_months

    @property
    def short_weekdays(self) -> Sequence[str]:
        """From Monday."""
        return self._dates.short_weekdays

    def month(self, year: int, number: int) -> str:
        """ "March 2019", as a heading: "Marzo de 2019"."""
        name = self._dates.months[number - 1]
        return f"{name[0].upper()}{name[1:]} {year}" if self.language == "en" else f"{name.capitalize()} de {year}"

    def day(self, when: date, *, weekday: bool = False, year: bool = True) -> str:
        """ "March 5, 2019", or "Tuesday, March 5, 2019"; "martes, 5 de marzo de 2019"."""
        text = self._days[when.month - 1][when.day - 1]
        if weekday:
            text = self._dates.weekday.format(self._dates.weekdays[when.weekday()], text)
        return f"{text}{self._dates.year}{when.year}" if year else text

    @cached_property
    def _days(self) -> Sequence[Sequence[str]]:
        """The days of each month: a page says six, and putting them together each time took twice as long."""
        said = self._dates
        return [[said.day(number, month) for number in range(1, 32)] for month in said.months]

    def days(self, first: date, last: date) -> str:
        """ "March 5, 2019", "March 5–8, 2019", "March 30 – April 2, 2019" or "December 30, 2019 – January 2, 2020"."""
        if first == last:
            return self.day(first)
        if first.year != last.year:
            return f"{self.day(first)} – {self.day(last)}"
        if first.month != last.month:
            return f"{self.day(first, year=False)} – {self.day(last)}"
        said = self._dates
        return said.span.format(first.day, last.day, said.months[first.month - 1], first.year)

    def clock(self, when: datetime) -> str:
        """ "2:30 p.m.", "noon" or "midnight"."""
        hour, minute = when.hour, when.minute
        if not minute and hour in (0, 12):
            return self._dates.noon if hour else self._dates.midnight
        return f"{(hour - 1) % 12 + 1}:{minute:02} {self._dates.halves[hour >= 12]}"  # noqa: PLR2004

    def clocks(self, first: datetime, last: datetime) -> str:
        """ "2:00–3:30 p.m.", "11:00 a.m.–noon"."""
        one, other = self.clock(first), self.clock(last)
        for half in self._dates.halves:
            if one.endswith(half) and other.endswith(half):
                one = one.removesuffix(f" {half}")
        return f"{one}–{other}"

    def zone(self, name: str) -> str:
        """A zone's name beside a time: "ET", "MST" (no daylight saving), "London time"."""
        return _short_zone(name) or self._dates.zone.format(name.rsplit("/", 1)[-1].replace("_", " "))

    def zone_long(self, name: str, at: Moment) -> str:
        """A zone in full, on that date: "Eastern Time (UTC−5)"."""
        short = self.zone(name)
        minutes = int(times.offset(at, name).total_seconds()) // 60
        sign = "−" if minutes < 0 else "+"
        hours, rest = divmod(abs(minutes), 60)
        away = "UTC" if not minutes else f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "")
        long = self(LONG_ZONES[short]) if short in LONG_ZONES else short[0].upper() + short[1:]
        return long if short == "UTC" else f"{long} ({away})"

    def moment(self, when: Moment, name: str | None = None) -> str:
        """ "March 5, 2019" or "March 5, 2019, 2:00 p.m. ET"."""
        if not isinstance(when, datetime):
            return self.day(when)
        return f"{self.day(when)}, {self.hour(when, name)}"

    def hour(self, when: datetime, name: str | None) -> str:
        """ "2:00 p.m. ET"; without a zone "2:00 p.m."."""
        return self.clock(when) + (f" {self.zone(name)}" if name else "")

    def time_of(self, event: Event) -> str:
        """The hours of an event that is over within a day: "2:00–3:30 p.m. ET"; "" where it has none."""
        start, end = event.start, event.end
        if not isinstance(start, datetime) or event.timezone is None:
            return ""
        if isinstance(end, datetime) and event.one_day:
            return f"{self.clocks(start, end)} {self.zone(event.timezone)}"
        return f"{self.clock(start)} {self.zone(event.timezone)}"

    def dates(self, event: Event) -> str:
        """When it is, on one line; for `when:` events what the record says, for on-demand ones "On demand"."""
        start, end, name = event.start, event.end, event.timezone
        days = event.days
        if days is None or event.waits:
            return event.when or self("On demand")
        first, last = days
        if isinstance(start, datetime) and isinstance(end, datetime) and first != last and name:
            return f"{self.day(first)}, {self.clock(start)} – {self.day(last)}, {self.clock(end)} {self.zone(name)}"
        span = self.days(first, last)
        hours = self.time_of(event)
        return f"{span}, {hours}" if hours else span

    # Places

    def city(self, event: Event) -> str:
        """ "Salt Lake City, UT", "Toronto, Canada", or ""."""
        if event.venue is None:
            return ""
        venue = event.venue
        region = venue.state if venue.country == "US" else self.country(venue.country)
        return ", ".join(part for part in (venue.city, region) if part)

    def place(self, event: Event) -> str:
        """Where it is, in few words: the city, "Online", or both."""
        if event.format == "on-demand":
            return self("On demand")
        if event.format == "online":
            return self("Online")
        where = self.city(event)
        return self("{place}, and online", place=where) if event.format == "hybrid" else where

    def address(self, event: Event) -> str:
        """The venue on one line, as a calendar's LOCATION has it: "Name, room, street, city, ST ZIP"."""
        if event.format == "online":
            return self("Online")
        if event.venue is None:
            return ""
        venue = event.venue
        region = " ".join(part for part in (venue.state, venue.postal_code) if part)
        country = "" if venue.country == "US" else self.country(venue.country)
        parts = (venue.name, venue.room, venue.street, venue.city, region, country)
        return ", ".join(part for part in parts if part)

    # Prices

    def amount(self, price: Price) -> str:
        """ "Free", "$295", "$49.50", "295 CAD"."""
        if price.free:
            return self("Free")
        value = Decimal(price.amount)
        digits = f"{value:,.0f}" if value == value.to_integral_value() and "." not in price.amount else f"{value:,.2f}"
        sign = _SIGNS.get(price.currency)
        return f"{sign}{digits}" if sign else f"{digits} {price.currency}"

    def cost(self, event: Event, today: date) -> str:
        """What a public servant pays, in few words: "Free", "Free for government", "$295 for government"."""
        if not event.prices:
            return self("Cost not stated")
        free = free_for(event)
        if free:
            return self("Free") if free == "public" else self("Free for government")
        price = cheapest(valid_on(government_prices(event), today))
        if price is None:
            # Only other groups' prices are known: members', say.
            lowest = cheapest(valid_on(event.prices, today))
            assert lowest is not None
            return self("{price} for {group}", price=self.amount(lowest), group=self.price_for[lowest.for_].lower())
        several = len({p.amount for p in government_prices(event)}) > 1
        text = self.amount(price)
        text = self("From {price}", price=text) if several else text
        return self("{price} for government", price=text) if price.for_ in GOVERNMENT else text


@cache
def words(language: str) -> Words:
    """The interface in a language (BCP 47), English where there are no texts of it."""
    return Words(languages.known(language) or languages.ENGLISH)


class _Spoken(Protocol):
    @property
    def language(self) -> str: ...


def spoken(event: _Spoken, site: Words) -> Words:
    """The words of an event's own page: its language's, where the interface speaks it, else the site's.

    English is what a record is in unless it says otherwise, so that it is no reason to leave the site's language.
    """
    own = languages.known(event.language)
    return words(own) if own not in ("", languages.ENGLISH, site.language) else site


# In no language


@cache
def _short_zone(name: str) -> str:
    """What people in the United States call a zone, in letters; "" for others."""
    if name == "UTC":
        return name
    rule = times.zone_rule(name)
    if rule and (rule.standard, rule.daylight) in _FAMILIES:
        return _FAMILIES[rule.standard, rule.daylight]
    if rule and not rule.changes and name.startswith(("America/", "Pacific/", "US/")) and rule.standard in LONG_ZONES:
        return rule.standard
    return ""


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
    free = [price.for_ for price in event.prices if price.free]
    if "public" in free:
        return "public"
    return "government" if any(group in GOVERNMENT for group in free) else ""


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


# In English: what programs read, and what the commands say.

ENGLISH = words(languages.ENGLISH)
MONTHS, WEEKDAYS = _ENGLISH_MONTHS, _ENGLISH_WEEKDAYS
day, days, clock, clocks = ENGLISH.day, ENGLISH.days, ENGLISH.clock, ENGLISH.clocks
zone, zone_long, moment = ENGLISH.zone, ENGLISH.zone_long, ENGLISH.moment
time_of, dates, city, place, address = ENGLISH.time_of, ENGLISH.dates, ENGLISH.city, ENGLISH.place, ENGLISH.address
amount, cost = ENGLISH.amount, ENGLISH.cost


def plural(number: int, one: str, many: str = "") -> str:
    """ "1 event", "1,204 events"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
