"""From the plan to the output: what is there already stays, and the rest is made of as little as it takes.

A page of an event is put together of its own and of what it tells of other events. Its own may have been made when its
record was read, or stand in the page of the last build; only else the record is read once more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from .assets import ThemeError
from .model import Event
from .pages import Joined, Own, Plan, Planned
from .render import Renderer
from .store import Gap, Store
from .workers import Again, Crew, Filled, Work
from .writer import Output


@dataclass
class Making:
    """Has the files of a plan made that are not what they would be; `keys` stand for what each is made of, by its address,
    and `gaps` say where events' pages tell of other events."""

    plan: Plan
    renderer: Renderer
    output: Output
    store: Store
    crew: Crew
    keys: dict[str, bytes] = field(default_factory=dict)
    gaps: dict[str, Gap] = field(default_factory=dict)
    # The pages that are made again, by their addresses, and the work that this is.
    _again: dict[str, Own] = field(default_factory=dict)
    _work: Work | None = None
    _others: dict[bytes, bytes] = field(default_factory=dict)

    def begin(self) -> None:
        """Make the files of single events; pages for which a record must be read again are only begun."""
        early, again = self.output.early, []
        gaps, made, standing, keys = self.store.gaps, self.store.made, self._standing, self.keys
        for own in self.plan.own_files:
            path, stamp = own.path, own.stamp
            keys[path] = stamp
            if made.get(path) == stamp and path in standing:
                self.output.unchanged += 1
                if path in gaps:
                    self.gaps[path] = gaps[path]
            elif own.suffix == ".html":
                if asked := self._put_together(own):
                    again.append(asked)
            elif path in early and early[path].stamp == stamp:
                self.output.take(early.pop(path).staged)
            else:
                self._write(self.plan.own_file(own))
        if again:
            self._work = self.crew.again(again, self._made_again)

    def finish(self, planned: Iterable[Planned]) -> None:
        """Make all other files, while other processes are busy with what was begun."""
        for item in planned:
            if not self._stands(item):
                if self._work:
                    self._work.tend()
                try:
                    self._write(item)
                except ThemeError:
                    # What is wrong with an event's page is told first, as everywhere.
                    if self._work:
                        self._work.finish()
                    raise
        if self._work:
            self._work.finish()

    def _stands(self, item: Planned) -> bool:
        """Whether a file is what it would be and stays, or was seen to already."""
        path = item.path
        if path in self.keys:
            return True
        key = self.keys[path] = item.key
        stands = self.store.made.get(path) == key and path in self._standing
        self.output.unchanged += stands
        return stands

    @cached_property
    def _standing(self) -> set[str]:
        """The files that are as the last build left them."""
        return self.output.standing(self.store.files)

    def _put_together(self, page: Own) -> Again | None:
        """Put a page of an event together of what is there; what is missing where that cannot be."""
        if not self._in_gaps:
            self._write(self.plan.own_file(page))
            return None
        path, event, output, others = page.path, page.event, self.output, self._told(page.event)
        early = output.early.get(path)
        if early and early.stamp == page.body:
            del output.early[path]
            output.fill(early, others)
            self.gaps[path] = (page.body, early.gap, len(others))
            return None
        body, gap, length = self.store.gaps.get(path, (b"", 0, 0))
        stat = self.store.files.get(path)
        if body == page.body and stat and output.tree.get(path) == stat:
            output.refill(path, gap, length, others)
            self.gaps[path] = (body, gap, len(others))
            return None
        catalog = self.plan.catalog
        self._again[path] = page
        return Again(
            catalog.collection.known[event.path],
            path,
            catalog.is_now(event),
            catalog.is_over(event),
            self.plan.there(event),
            others,
            output.size(path),
        )

    @cached_property
    def _in_gaps(self) -> bool:
        """Whether the theme has what fills gaps; one of somebody's own may say it otherwise."""
        return self.renderer.has("others.html")

    def _told(self, event: Event) -> bytes:
        """What a page tells of other events: many tell the same."""
        others = self.plan.others(event)
        if others.key not in self._others:
            self._others[others.key] = self.renderer.fragment("others.html", others.made())
        return self._others[others.key]

    def _made_again(self, asked: Again, filled: Filled | None) -> None:
        page = self._again[asked.path]
        if filled is None:
            # The theme's own page tells of others in no one place, so that only all of it is right.
            self._write(self.plan.own_file(page))
        else:
            self.output.take(filled.staged)
            self.gaps[asked.path] = (page.body, filled.gap, len(asked.others))

    def _write(self, item: Planned) -> None:
        if isinstance(item, Joined):
            self.output.write_pieces(item.path, item.made())
        else:
            self.output.write(item.path, self.renderer.render(item))
