"""The months of a catalog as grids of weeks: which event stands on which day.

An event of several days stands on each of them. What has no day yet stands in no month, and neither does what is on
demand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from .catalog import Catalog
from .model import Event


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
    days: defaultdict[int, list[Event]] = defaultdict(list)
    rows = found.rows
    for event in found.ordered:
        row = rows[event.id]
        # What waits for a new day stands in no month.
        if row.first:
            for day in range(row.first, row.last + 1):
                days[day].append(event)
    grids: dict[tuple[int, int], dict[date, list[Event]]] = {(found.today.year, found.today.month): {}}
    for number, events in days.items():
        when = date.fromordinal(number)
        grids.setdefault((when.year, when.month), {})[when] = events
    return [Month(year, number, grids[year, number]) for year, number in sorted(grids)]
