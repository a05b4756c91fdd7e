"""The months of a catalog as grids of weeks: which event stands on which day.

An event of several days stands on each of them. What has no day yet stands in no month, and neither does what is on
demand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from . import catalog
from .catalog import Catalog
from .model import Event
from .times import DAY, day_of


@dataclass(frozen=True, slots=True)
class Month:
    """A month with the events of each of its days, in listing order."""

    year: int
    number: int
    days: Mapping[date, Sequence[Event]]

    @property
    def id(self) -> str:
        """Its address without suffix: "calendar/2027-03"."""
        return f"calendar/{self.year}-{self.number:02}"

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.number, 1)

    @property
    def weeks(self) -> list[list[date]]:
        """Its weeks from Sunday to Saturday, with the days of the neighbours that fill the first and last."""
        start = self.first - timedelta(days=self.first.isoweekday() % 7)
        weeks: list[list[date]] = []
        while not weeks or (start.year, start.month) == (self.year, self.number):
            weeks.append([start + timedelta(days=offset) for offset in range(7)])
            start += timedelta(days=7)
        return weeks

    def holds(self, day: date) -> bool:
        """Whether the day is one of its own."""
        return (day.year, day.month) == (self.year, self.number)


def months(found: Catalog) -> list[Month]:
    """Every month in which something is or was on, and the month of the catalog's day, in order."""
    days: defaultdict[tuple[int, int], defaultdict[date, list[Event]]] = defaultdict(lambda: defaultdict(list))
    today = found.today
    days[today.year, today.month]
    for event in sorted(found.events, key=found.position):
        # A postponed event stands at its new time, if that is known as a period only, in no month.
        if event.start is None or (event.status == "postponed" and event.when):
            continue
        day, last = day_of(event.start), catalog.last_day(event)
        while day <= last:
            days[day.year, day.month][day].append(event)
            day += DAY
    return [Month(year, number, dict(days[year, number])) for year, number in sorted(days)]
