"""The whole content folder: every record and registry read and checked in one pass.

Nothing here knows what day it is. What is found wrong is collected, never raised, so that an editor sees all of it at
once; what is right is kept, so that a preview can go on without the rest.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from . import markup, records
from .fields import Id, Reading, id_fault, slug
from .model import REGISTRIES, Event, Organizer, Series, Topic, names, read_entry, read_event
from .problems import Problem, nearest, short
from .records import Fault, Unreadable, from_fault
from .rows import Row
from .times import day_of

SUFFIX = ".yaml"
NEAR_DAYS = 15
_LIKE = 0.8


@dataclass(frozen=True)
class Collection:
    """What a content folder holds: the valid records in the order of their ids, the registries, the problems.

    `digests` stand for the bytes of the records' files, by id.
    """

    events: tuple[Event, ...]
    topics: Mapping[str, Topic]
    organizers: Mapping[str, Organizer]
    series: Mapping[str, Series]
    problems: tuple[Problem, ...]
    digests: Mapping[str, bytes] = field(default_factory=dict)
    rows: Mapping[str, Row] = field(default_factory=dict)

    @cached_property
    def published(self) -> tuple[Event, ...]:
        """The records that the site shows: all but the drafts and those that were withdrawn."""
        return tuple(event for event in self.events if not event.draft and not event.withdrawn)

    @property
    def withdrawn(self) -> tuple[Event, ...]:
        """The records that were taken back: of each the site shows that it was, and its title."""
        return tuple(event for event in self.events if event.withdrawn)


def shown_path(path: Path, start: Path) -> str:
    """A path as the editor would type it: relative to `start`, where the command runs, if it lies below."""
    relative = os.path.relpath(path, start)
    return (relative if not relative.startswith("..") else str(path)).replace(os.sep, "/")


@dataclass(slots=True)
class _Texts:
    """The text of each file that a later check may have to point into."""

    root: Path
    shown_from: Path
    problems: list[Problem] = field(default_factory=list)

    def shown(self, path: Path) -> str:
        """The path as the editor would type it: relative to where the command runs, if it lies below."""
        return shown_path(path, self.shown_from)

    def add(self, path: Path, text: str, fault: Fault) -> None:
        self.problems.append(from_fault(self.shown(path), text, fault))

    def add_findings(self, path: Path, text: str, reading: Reading) -> None:
        for finding in reading.findings:
            self.problems.append(
                records.problem(
                    self.shown(path),
                    text,
                    finding.place,
                    finding.message,
                    finding.help,
                    key=finding.key,
                    warning=finding.warning,
                    snippet=finding.snippet,
                )
            )

    def point(
        self, event: Event, place: records.Place, message: str, mend: str, *, warning: bool = False, snippet: str = ""
    ) -> None:
        """A problem that was found when the record was already read: its text is read once more."""
        path = self.root / event.path
        try:
            text = records.read(path)
        except Unreadable:  # it was changed under our hands; the next build will say more
            text = ""
        self.problems.append(
            records.problem(self.shown(path), text, place, message, mend, warning=warning, snippet=snippet)
        )


def load(
    root: Path,
    event_paths: Sequence[str] = ("events",),
    *,
    only: Sequence[Path] = (),
    shown_from: Path | None = None,
) -> Collection:
    """Read the content folder `root`: its registries, and the records below `event_paths`.

    With `only`, the problems are those of the records in these files or folders (the others are read all the same:
    whether an id is taken depends on them). Paths in problems are relative to `shown_from` (default: the current
    folder).
    """
    texts = _Texts(root, shown_from or Path.cwd())
    registries: dict[str, dict[str, Any]] = {}
    known: dict[str, Mapping[str, Sequence[str]]] = {}
    for name, cls in REGISTRIES.items():
        entries, ids = _read_registry(texts, root / f"{name}{SUFFIX}", cls)
        registries[name] = entries
        # An entry with a fault is there all the same: a mistake in a registry is told once, not by every record.
        if ids is not None:
            known[name] = {identity: names(entries[identity]) if identity in entries else () for identity in ids}
    _check_parents(texts, root, registries["organizers"], known)
    events: list[Event] = []
    places: dict[str, Path] = {}
    for path in _record_files(texts, root, event_paths):
        identity = path.name.removesuffix(SUFFIX)
        if fault := id_fault(identity):
            mend = f"rename it to `{slug(identity)}{SUFFIX}`"
            texts.add(path, "", Fault(1, 1, f"the file's name is no id: {fault}", mend))
        elif identity in places:
            first = texts.shown(places[identity])
            texts.add(path, "", Fault(1, 1, f"the id `{identity}` is taken by {first}", "rename one of the two files"))
        else:
            places[identity] = path
        event = _read_record(texts, path, identity, known)
        if event is not None and places.get(identity) is path:
            events.append(event)
    events.sort(key=lambda event: event.id)
    _check_aliases(texts, events, places)
    _check_links(texts, events, places)
    _check_near_duplicates(texts, events)
    problems = texts.problems
    if only:
        # A link in a record's place is meant itself, not what it leads to.
        wanted = [
            texts.shown(path.parent.resolve() / path.name if path.is_symlink() else path.resolve()) for path in only
        ]
        problems = [p for p in problems if any(p.path == w or p.path.startswith(w + "/") or w == "." for w in wanted)]
    return Collection(
        tuple(events),
        registries["topics"],
        registries["organizers"],
        registries["series"],
        tuple(sorted(problems, key=lambda problem: problem.order)),
    )


def _record_files(texts: _Texts, root: Path, event_paths: Sequence[str]) -> Iterator[Path]:
    for base in event_paths:
        top = root / base
        if not top.is_dir():
            texts.add(top, "", Fault(1, 1, "this folder of records does not exist", "create it, or mend `EVENT_PATHS`"))
            continue
        for folder, folders, files in os.walk(top):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in [*folders]:
                if name.endswith(SUFFIX) or (Path(folder) / name).is_symlink():
                    folders.remove(name)
                    files.append(name)
            for name in sorted(files):
                path = Path(folder) / name
                if name.startswith("."):
                    continue
                if name.endswith(SUFFIX) or path.is_symlink():
                    yield path
                elif re.search(r"\.(yml|yaml\.\w+|YAML|json)$", name):
                    stem = name.split(".", 1)[0]
                    mend = f"rename it to `{stem}{SUFFIX}`"
                    texts.add(
                        path, "", Fault(1, 1, f"this file is not read: its name does not end in `{SUFFIX}`", mend)
                    )


def _read_text(texts: _Texts, path: Path) -> tuple[str, Mapping[str, Any] | None]:
    """A file's text and tree; the tree is None where its shape was refused."""
    text = ""
    try:
        text = records.read(path)
        tree, faults = records.parse(text)
    except Unreadable as error:
        texts.add(path, text, error.fault)
        return text, None
    for fault in faults:
        texts.add(path, text, fault)
    return text, tree


def _read_record(
    texts: _Texts, path: Path, identity: str, known: Mapping[str, Mapping[str, Sequence[str]]]
) -> Event | None:
    before = len(texts.problems)
    text, tree = _read_text(texts, path)
    if tree is None:
        return None
    sound = len(texts.problems) == before
    reading = Reading(known)
    event = read_event(tree, identity, str(path)[len(str(texts.root)) + 1 :].replace(os.sep, "/"), reading)
    texts.add_findings(path, text, reading)
    return event if sound else None


def _read_registry(texts: _Texts, path: Path, cls: type) -> tuple[dict[str, Any], list[str] | None]:
    """The valid entries of a registry, and all its ids; no ids where the file could not be read at all."""
    if not path.exists() and not path.is_symlink():
        return {}, []
    text, tree = _read_text(texts, path)
    entries: dict[str, Any] = {}
    if tree is None:
        return entries, None
    reading = Reading()
    for identity, value in tree.items():
        if fault := id_fault(identity):
            reading.error((identity,), f"`{short(identity)}` is no id: {fault}", f"write `{slug(identity)}`", key=True)
            continue
        entry = read_entry(cls, value, identity, reading)
        if entry is not None:
            entries[identity] = entry
    texts.add_findings(path, text, reading)
    return entries, list(tree)


def _check_parents(
    texts: _Texts,
    root: Path,
    organizers: Mapping[str, Organizer],
    known: Mapping[str, Mapping[str, Sequence[str]]],
) -> None:
    """Every parent is there, and nobody is part of itself."""
    path = root / f"organizers{SUFFIX}"
    reading = Reading(known)
    for identity, entry in organizers.items():
        if entry.parent is None:
            continue
        if Id("organizers").read(entry.parent, (identity, "parent"), reading) is None:
            continue
        seen, step = {identity}, organizers.get(entry.parent)
        while step is not None:
            if step.id in seen:
                reading.error(
                    (identity, "parent"), f"`{identity}` is part of itself", "name the body above it, or none"
                )
                break
            seen.add(step.id)
            step = organizers.get(step.parent) if step.parent else None
    if reading.findings:
        texts.add_findings(path, records.read(path), reading)


def _check_aliases(texts: _Texts, events: Iterable[Event], places: Mapping[str, Path]) -> None:
    owners: dict[str, str] = {}
    for event in events:
        for index, alias in enumerate(event.aliases):
            if alias in places:
                owner = texts.shown(places[alias])
            elif alias in owners:
                owner = owners[alias]
            else:
                owners[alias] = texts.shown(texts.root / event.path)
                continue
            texts.point(
                event, ("aliases", index), f"the alias `{alias}` is taken by {owner}", "remove it; ids are never reused"
            )


def _check_links(texts: _Texts, events: Sequence[Event], places: Mapping[str, Path]) -> None:
    """Every event that a description links to is there; a page that is published leads to no draft."""
    drafts = {event.id for event in events if event.draft}
    withdrawn = {event.id for event in events if event.withdrawn}
    for event in events:
        if not event.description or "{event}" not in event.description:
            continue
        for identity in dict.fromkeys(markup.event_ids(event.description)):
            link = f"{{event}}{identity}"
            if identity not in places:
                near = nearest(identity, sorted(places))
                mend = f"did you mean `{near}`?" if near else "write the record's id: its file's name without `.yaml`"
                said = f"`description` links to an event that is not there: `{short(identity)}`"
                texts.point(event, ("description",), said, mend, snippet=link)
            elif identity in drafts and not event.draft:
                said = f"`description` links to a draft, which has no page: `{identity}`"
                mend = "take `draft: true` out of that record, or the link out of this one"
                texts.point(event, ("description",), said, mend, warning=True, snippet=link)
            elif identity in withdrawn and not event.withdrawn:
                said = f"`description` links to an event that was withdrawn, and whose page says no more: `{identity}`"
                texts.point(event, ("description",), said, "take the link out", warning=True, snippet=link)


_SMALL = frozenset({"the", "a", "an", "of", "for", "and", "to", "in", "on", "with", "annual"})
_WORD, _NUMBER = re.compile(r"[^\W\d_]+"), re.compile(r"\d+")
_YEAR = re.compile(r"(?:19|20)\d\d")


def _words(title: str) -> tuple[frozenset[str], frozenset[str]]:
    """What two titles of one event share: words, less the small ones; and numbers, less years.

    The numbers must be the same: "Episode 3" and "Episode 4" are two events, however like their titles are.
    """
    words = frozenset(_WORD.findall(title.casefold())) - _SMALL
    return words, frozenset(number for number in _NUMBER.findall(title) if not _YEAR.fullmatch(number))


def _check_near_duplicates(texts: _Texts, events: Sequence[Event]) -> None:
    """Warn of two records of what seems to be one event: the same page, or a like title at about the same time."""
    pages: dict[str, Event] = {}
    # By half a month and by pair of words: of two like titles, four words of five are the same, so that they share
    # one of their first two, in order, nearly always. Nothing else is compared, in a collection of any size.
    titles: defaultdict[tuple[int, str], list[_Title]] = defaultdict(list)
    for event in events:
        # A duplicate that was published is mended by withdrawing one of the two.
        if event.withdrawn:
            continue
        if event.url:
            first = pages.setdefault(event.url.rstrip("/"), event)
            if first is not event and not _editions(first, event):
                _near(texts, event, ("url",), f"has the same page as {texts.shown(texts.root / first.path)}")
                continue
        title = _Title(*_words(event.title), event)
        about = _day(event).toordinal() // NEAR_DAYS if event.start else -1
        first_words = sorted(title.words)[:2]
        twin: Event | None = None
        for when in (about - 1, about, about + 1) if event.start else (about,):
            for word in first_words:
                for other in titles.get((when, word), ()):
                    if _alike(title, other) and _close(event, other.event) and (not twin or other.event.id < twin.id):
                        twin = other.event
        if twin:
            _near(texts, event, ("title",), f"is like {texts.shown(texts.root / twin.path)}, within {NEAR_DAYS} days")
        for word in first_words:
            titles[about, word].append(title)


@dataclass(frozen=True, slots=True)
class _Title:
    words: frozenset[str]
    numbers: frozenset[str]
    event: Event


def _near(texts: _Texts, event: Event, place: records.Place, what: str) -> None:
    mend = "remove one of the two, or give both the same `series` if they are editions of one event"
    texts.point(event, place, f"{what}: the same event twice?", mend, warning=True)


def _editions(one: Event, other: Event) -> bool:
    return one.series is not None and one.series == other.series and one.start != other.start


def _alike(one: _Title, other: _Title) -> bool:
    if one.numbers != other.numbers:
        return False
    shared = len(one.words & other.words)
    return shared >= _LIKE * (len(one.words) + len(other.words) - shared) > 0


def _close(one: Event, other: Event) -> bool:
    if one.start is None or other.start is None:
        return one.start is other.start and one.format == other.format
    apart = abs((_day(one) - _day(other)).days)
    return apart <= NEAR_DAYS and not _editions(one, other)


def _day(event: Event) -> date:
    assert event.start is not None
    return day_of(event.start)
