"""Two records of what seems to be one event: the same page, or a like title at about the same time.

They are compared by their gists, the little that this takes. What is found of a record depends on those few that share
its page or two words of its title, so that after an edit only these are looked at again.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from itertools import islice
from operator import or_
from typing import NamedTuple
from zlib import crc32

from .model import Event
from .rows import links
from .times import day_of

NEAR_DAYS = 15
# Of all words of two like titles four of five are in both, so that of those of each together one in nine is in one alone.
_LIKE, _APART = 0.8, 9
_SMALL = frozenset({"the", "a", "an", "of", "for", "and", "to", "in", "on", "with", "annual"})
_WORD, _NUMBER = re.compile(r"[^\W\d_]+"), re.compile(r"\d+")
_YEAR = re.compile(r"(?:19|20)\d\d")


class Gist(NamedTuple):
    """What the checks of the whole folder need to know of a record, in plain values.

    `day` is that of its start, as `date.toordinal` counts (0 = none), `start` its text. `words` and `numbers` are
    those of its title, less small words and years: "Episode 3" and "Episode 4" are two events, however like their
    titles are. `links` are the events that its description links to.
    """

    id: str
    path: str
    draft: bool
    withdrawn: bool
    aliases: tuple[str, ...]
    links: tuple[str, ...]
    page: str
    words: tuple[str, ...]
    numbers: tuple[str, ...]
    day: int
    start: str
    series: str
    format: str

    @property
    def about(self) -> int:
        """When it is, by half a month."""
        return self.day // NEAR_DAYS

    @property
    def cells(self) -> tuple[str, ...]:
        """Where it is looked for: its time by half a month, with each of the first two words of its title.

        Of two like titles, four words of five are the same, so that they share one of their first two, in order, nearly
        always. Nothing else is compared, in a collection of any size.
        """
        about = self.about
        return tuple([f"{about} {word}" for word in self.words[:2]])

    @property
    def near(self) -> tuple[str, ...]:
        """The cells in which its twins are."""
        return tuple([f"{when} {word}" for when in self.times for word in self.words[:2]])

    @property
    def times(self) -> tuple[int, ...]:
        """When its twins are."""
        about = self.about
        return (about - 1, about, about + 1) if self.day else (about,)


def gist(event: Event) -> Gist:
    """The gist of a record."""
    return Gist(
        event.id,
        event.path,
        event.draft,
        event.withdrawn is not None,
        event.aliases,
        links(event),
        (event.url or "").rstrip("/"),
        tuple(sorted({*_WORD.findall(event.title.casefold())} - _SMALL)),
        tuple(sorted({number for number in _NUMBER.findall(event.title) if not _YEAR.fullmatch(number)})),
        day_of(event.start).toordinal() if event.start is not None else 0,
        str(event.start or ""),
        event.series or "",
        event.format,
    )


# Its words and its numbers.
_Title = tuple[tuple[str, ...], tuple[str, ...]]
# The signs of its words, and who has it.
_Held = tuple[int, list["Gist"]]


class Twin(NamedTuple):
    """Another record of what seems to be the same event; `field` is what the two have in common."""

    field: str
    path: str


def twins(gists: Sequence[Gist]) -> dict[str, Twin]:
    """The first record, in the order of their ids, of which each is a twin."""
    found: dict[str, Twin] = {}
    pages: dict[str, Gist] = {}
    # By cell and title: where many events are, many have the same one.
    titles: defaultdict[str, dict[_Title, _Held]] = defaultdict(dict)
    for one in sorted(gists):
        # A duplicate that was published is mended by withdrawing one of the two.
        if one.withdrawn:
            continue
        if one.page:
            first = pages.setdefault(one.page, one)
            if first is not one and not _editions(first, one):
                found[one.id] = Twin("url", first.path)
                continue
        title, signs = (one.words, one.numbers), _signs(one.words)
        like = (there for cell in one.near if (there := titles.get(cell)))
        if (twin := min(_alike(one, signs, like), default=None)) is not None:
            found[one.id] = Twin("title", twin.path)
        for cell in one.cells:
            titles[cell].setdefault(title, (signs, []))[1].append(one)
    return found


def twins_after(
    gists: Sequence[Gist], before: Mapping[str, Twin], changed: Collection[str], former: Iterable[Gist]
) -> dict[str, Twin]:
    """What `twins` gives, where it gave `before` and since then only the records of these ids changed.

    `former` are the gists that these had, as far as they were there.
    """
    touched = [one for one in gists if one.id in changed]
    moved = [*touched, *former]
    # Those with the page of one that changed may have become, or be no longer, the second of two.
    pages = {one.page for one in moved if one.page}
    moved += [one for one in gists if one.page in pages and one.id not in changed]
    is_near = _near(moved)
    # One that changed may be in no cell any more: of its title no word is left to compare.
    around = [one for one in gists if one.id in changed or one.page in pages or is_near(one)]
    # Twins of those may lie in cells that nobody touched.
    is_near_those = _near(around)
    asked = {one.id for one in around}
    owners = {one.page for one in around if one.page}
    compared = [one for one in gists if one.page in owners or is_near_those(one) or one.id in asked]
    # What is the second of a page among those compared only as neighbours is known from before.
    aside = {one.id for one in compared if one.id not in asked and before.get(one.id, ("",))[0] == "url"}
    found = twins([one for one in compared if one.id not in aside])
    there = {one.id for one in gists}
    kept = {identity: twin for identity, twin in before.items() if identity in there and identity not in asked}
    return kept | {identity: twin for identity, twin in found.items() if identity in asked}


def _near(some: Sequence[Gist]) -> Callable[[Gist], bool]:
    """What tells whether a gist is in a cell where twins of some are; nearly all are at another time, and their cells need
    not be put together."""
    times = {when for one in some for when in one.times}
    cells = {cell for one in some for cell in one.near}
    return lambda one: one.about in times and not cells.isdisjoint(one.cells)


def _signs(words: Iterable[str]) -> int:
    """A bit for each word, of 64."""
    return reduce(or_, (1 << (crc32(word.encode()) & 63) for word in words), 0)


def _alike(one: Gist, signs: int, titles: Iterable[Mapping[_Title, _Held]]) -> Iterator[Gist]:
    """The first of each like title that is close, of those with that title in the order of their ids."""
    mine, count = frozenset(one.words), len(one.words)
    for there in titles:
        for (words, numbers), (others_signs, others) in there.items():
            # Words that one of the two has alone are at least as many as such bits: that is seen in a quarter of the time,
            # and most titles are not alike.
            apart = (signs ^ others_signs).bit_count()
            if _APART * apart <= count + len(words) and numbers == one.numbers:
                shared = len(mine.intersection(words))
                if shared >= _LIKE * (len(mine) + len(words) - shared) > 0:
                    yield from islice((other for other in others if _close(one, other)), 1)


def _editions(one: Gist, other: Gist) -> bool:
    return bool(one.series) and one.series == other.series and one.start != other.start


def _close(one: Gist, other: Gist) -> bool:
    if not one.day or not other.day:
        return one.day == other.day and one.format == other.format
    return abs(one.day - other.day) <= NEAR_DAYS and not _editions(one, other)
