"""The whole content folder: every record and registry read and checked in one pass.

Nothing here knows what day it is. What is found wrong is collected, never raised, so that an editor sees all of it at
once; what is right is kept, so that a preview can go on without the rest.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from . import records, twins
from .fields import Id, Reading, id_fault, slug
from .model import REGISTRIES, Event, Organizer, Series, Topic, names, read_entry, read_event
from .problems import Fault, Problem, failed, nearest, short
from .records import Unreadable, from_fault
from .rows import Row
from .twins import NEAR_DAYS, Gist, Twin

SUFFIX = ".yaml"


Stat = tuple[int, int, int, int]
"""What the file system says of a file: size, times of change in ns (`st_mtime`, `st_ctime`), inode."""


class Known(NamedTuple):
    """What there is to know of a record's file without reading it again.

    `stat` is None where the file may have been changed since without a sign of it. `gist` and `row` are there for a
    record that was right, `row` only if the site shows it.
    """

    stat: Stat | None
    digest: bytes
    id: str
    problems: tuple[Problem, ...]
    gist: Gist | None
    row: Row | None = None

    def plain(self) -> tuple[Any, ...]:
        """The same in plain values, but for `stat`."""
        problems = tuple(dataclasses.astuple(problem) for problem in self.problems)
        return (self.digest, self.id, problems, self.gist and tuple(self.gist), self.row and tuple(self.row))

    @classmethod
    def restored(cls, stat: Stat | None, plain: tuple[Any, ...]) -> Known:
        """What `plain` was made of."""
        found, identity, problems, gist, row = plain
        told = tuple(Problem(*values) for values in problems) if problems else ()
        return cls(stat, found, identity, told, gist and Gist._make(gist), row and Row._make(row))


class Fresh(NamedTuple):
    """A record's file that must be read: where it is (`below` the content folder), the id that its name gives, what the
    file system said of it, the digest that it had when it was read last, and whether it is the one with that id."""

    path: str
    below: str
    id: str
    stat: Stat | None
    former: bytes
    first: bool


class Read(NamedTuple):
    """What was read in a file: what there is to know of it, and its event where it is right; of one whose bytes are as
    they were (`same`), neither was made again."""

    known: Known
    event: Event | None
    same: bool = False


class Memory(Protocol):
    """What the last build knew of the folder (store.py)."""

    @property
    def records(self) -> Mapping[str, Known]:
        """The files of records by their paths below the content folder."""

    @property
    def twins(self) -> Mapping[str, Twin]:
        """What `twins` found."""

    def settled(self, stat: Stat) -> bool:
        """Whether a file of that state would show a later change."""


class _Later(Event):
    """An event of a record that did not change: its fields are read when somebody asks for the first of them."""

    __slots__ = ("_known", "_reader")

    def __init__(self, known: Known, reader: Reader) -> None:
        fill = object.__setattr__
        assert known.gist is not None
        fill(self, "_known", known)
        fill(self, "_reader", reader)
        fill(self, "id", known.id)
        fill(self, "path", known.gist.path)
        fill(self, "draft", known.gist.draft)
        if not known.gist.withdrawn:
            fill(self, "withdrawn", None)

    def __getattr__(self, name: str) -> Any:
        # Only for a field that is not there yet.
        if name not in _FIELDS:
            raise AttributeError(name)
        event = self._reader.again(self._known)
        for field_name in _FIELDS:
            object.__setattr__(self, field_name, getattr(event, field_name))
        return object.__getattribute__(self, name)


_FIELDS = frozenset(item.name for item in dataclasses.fields(Event))


@dataclass(frozen=True)
class Collection:
    """What a content folder holds: the valid records in the order of their ids, the registries, the problems.

    `digests` stand for the bytes of the records' files and `rows` are what lists need of them, as far as known, by id;
    `known` is what there is to know of every file, by its path, and `twins` the near duplicates. With `unsound`, a registry
    has a fault: events name entries that are not there, and nothing can be made of them.
    """

    events: tuple[Event, ...]
    topics: Mapping[str, Topic]
    organizers: Mapping[str, Organizer]
    series: Mapping[str, Series]
    problems: tuple[Problem, ...]
    digests: Mapping[str, bytes] = field(default_factory=dict)
    rows: Mapping[str, Row] = field(default_factory=dict)
    known: Mapping[str, Known] = field(default_factory=dict)
    twins: Mapping[str, Twin] = field(default_factory=dict)
    unsound: bool = False

    @cached_property
    def published(self) -> tuple[Event, ...]:
        """The records that the site shows: all but the drafts and those that were withdrawn."""
        return tuple(event for event in self.events if not event.draft and not event.withdrawn)

    @cached_property
    def withdrawn(self) -> tuple[Event, ...]:
        """The records that were taken back: of each the site shows that it was, and its title."""
        return tuple(event for event in self.events if event.withdrawn)


def shown_path(path: Path | str, start: Path) -> str:
    """A path as the editor would type it: relative to `start`, where the command runs, if it lies below."""
    relative = os.path.relpath(path, start)
    return (relative if not relative.startswith("..") else str(path)).replace(os.sep, "/")


@dataclass(slots=True)
class _Texts:
    """The text of each file that a later check may have to point into."""

    root: Path
    shown_from: Path
    problems: list[Problem] = field(default_factory=list)

    def shown(self, path: Path | str) -> str:
        """The path as the editor would type it: relative to where the command runs, if it lies below."""
        return shown_path(path, self.shown_from)

    def add(self, path: Path | str, text: str, fault: Fault, *, warning: bool = False) -> None:
        self.problems.append(from_fault(self.shown(path), text, fault, warning=warning))

    def add_cut_texts(self, path: Path | str, text: str) -> None:
        for fault in records.cut_texts(text):
            self.add(path, text, fault, warning=True)

    def add_findings(self, path: Path | str, text: str, reading: Reading) -> None:
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
        self,
        one: Gist | Event,
        place: records.Place,
        message: str,
        mend: str,
        *,
        warning: bool = False,
        snippet: str = "",
    ) -> None:
        """A problem that was found when the record was already read: its text is read once more."""
        path = self.root / one.path
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
    memory: Memory | None = None,
    seen: Mapping[str, Stat] | None = None,
    read: Callable[[Collection, Reader], Callable[[Sequence[Fresh]], Iterable[Read]]] | None = None,
) -> Collection:
    """Read the content folder `root`: its registries, and the records below `event_paths`.

    With `only`, the problems are those of the records in these files or folders (the others are read all the same:
    whether an id is taken depends on them). Paths in problems are relative to `shown_from` (default: the current
    folder). With `memory`, a record whose file did not change is not read; all the rest is found as without it. `seen` are
    the `states` of just before, and nobody looks for other files. `read` is told the collection as far as it is known before
    any record is, and gives what reads files in `Reader.read_all`'s place, several processes perhaps.
    """
    texts = _Texts(root, shown_from or Path.cwd())
    registries: dict[str, dict[str, Any]] = {}
    ids: dict[str, Mapping[str, Sequence[str]]] = {}
    for name, cls in REGISTRIES.items():
        entries, there = _read_registry(texts, root / f"{name}{SUFFIX}", cls)
        registries[name] = entries
        # An entry with a fault is there all the same: a mistake in a registry is told once, not by every record.
        if there is not None:
            ids[name] = {identity: names(entries[identity]) if identity in entries else () for identity in there}
    _check_parents(texts, root, registries["organizers"], ids)
    reader = Reader(root, texts.shown_from, ids)
    unsound = failed(texts.problems)
    files, places, fresh = _files(texts, root, event_paths, memory, seen or {})
    told = tuple(texts.problems)
    empty = Collection((), registries["topics"], registries["organizers"], registries["series"], told, unsound=unsound)
    read_all = read(empty, reader) if read else reader.read_all
    taken = dict(zip((file.below for file in fresh), read_all(fresh), strict=True))
    known: dict[str, Known] = {}
    events: list[Event] = []
    gists: dict[str, Gist] = {}
    for file, kept in files:
        one, event = _taken(file, kept, taken.get(file.below), memory)
        known[file.below] = one
        texts.problems += one.problems
        if one.gist and file.first:
            gists[file.id] = one.gist
            events.append(event or _Later(one, reader))
    events.sort(key=lambda event: event.id)
    gists = {event.id: gists[event.id] for event in events}
    _check_aliases(texts, gists.values(), places)
    _check_links(texts, [*gists.values()], places)
    found = _twins(gists, memory)
    _warn_of_twins(texts, gists, found)
    problems = texts.problems
    if only:
        # A link in a record's place is meant itself, not what it leads to.
        wanted = [
            texts.shown(path.parent.resolve() / path.name if path.is_symlink() else path.resolve()) for path in only
        ]
        problems = [p for p in problems if any(p.path == w or p.path.startswith(w + "/") or w == "." for w in wanted)]
    return dataclasses.replace(
        empty,
        events=tuple(events),
        problems=tuple(sorted(problems, key=lambda problem: problem.order)),
        digests={event.id: known[event.path].digest for event in events},
        rows={event.id: row for event in events if (row := known[event.path].row) is not None},
        known=known,
        twins=found,
    )


def early(root: Path, found: Collection, today: date, shown_from: Path) -> list[Problem]:
    """A warning for each record that was announced or changed on a day that is still to come."""
    texts = _Texts(root, shown_from)
    for event in found.events:
        days: dict[records.Place, date] = {("announced",): event.announced}
        if event.changes and event.changed == event.changes[-1].date:
            days["changes", len(event.changes) - 1, "date"] = event.changed
        for place, day in days.items():
            if day > today:
                said = f"{day} is still to come: today is {today}"
                mend = f"write the day on which it was written down: `{today}`, or an earlier one"
                texts.point(event, place, said, mend, warning=True)
    return texts.problems


def states(root: Path, event_paths: Sequence[str]) -> Mapping[str, Stat] | None:
    """What the file system says of every record's file, by the keys of `Collection.known`; None where that is not all
    that there is to say of them: a file is in the way, or has just gone."""
    texts = _Texts(root, root)
    found: dict[str, Stat] = {}
    start = len(str(root)) + 1
    for path, _ in _record_files(texts, root, event_paths):
        stat = file_stat(path)
        if stat is None:
            return None
        found[path[start:].replace(os.sep, "/")] = stat
    return None if texts.problems else found


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads single records, with the ids of the registries and their words; another process can be told it."""

    root: Path
    shown_from: Path
    ids: Mapping[str, Mapping[str, Sequence[str]]]

    def read_all(self, fresh: Iterable[Fresh]) -> Iterator[Read]:
        """Read files, one after the other."""
        return map(self.read, fresh)

    def read(self, file: Fresh) -> Read:
        """Read a record's file; what is wrong with it is told in what is known of it."""
        texts = _Texts(self.root, self.shown_from)
        text, tree = _read_text(texts, file.path)
        found = _digest(file.id, text)
        if found == file.former and not texts.problems:
            return Read(Known(file.stat, found, file.id, (), None), None, same=True)
        event = None
        if tree is not None:
            sound = not texts.problems
            reading = Reading(self.ids)
            event = read_event(tree, file.id, file.below, reading)
            texts.add_findings(file.path, text, reading)
            texts.add_cut_texts(file.path, text)
            event = event if sound else None
        gist = twins.gist(event) if event else None
        return Read(Known(file.stat, found, file.id, tuple(texts.problems), gist), event)

    def again(self, kept: Known) -> Event:
        """The event of a file that was right when it was read before; raises `Unreadable` where it is not what it was."""
        assert kept.gist is not None
        path = self.root / kept.gist.path
        text = records.read(path)
        tree, _ = records.parse(text)
        event = read_event(tree, kept.id, kept.gist.path, Reading(self.ids))
        # What is made of another text than the one that was checked would be kept for what that one makes.
        if event is None or _digest(kept.id, text) != kept.digest:
            msg = f"{shown_path(path, self.shown_from)} was changed while the site was built; build it again"
            raise Unreadable(Fault(1, 1, msg))
        return event


def _files(
    texts: _Texts, root: Path, event_paths: Sequence[str], memory: Memory | None, seen: Mapping[str, Stat]
) -> tuple[list[tuple[Fresh, Known | None]], dict[str, str], list[Fresh]]:
    """Every record's file, with what is known of it; the file that has each id; and the files that must be read."""
    files: list[tuple[Fresh, Known | None]] = []
    places: dict[str, str] = {}
    fresh: list[Fresh] = []
    start, former_of = len(str(root)) + 1, memory.records if memory else {}
    # Nearly always somebody has just walked through the folders.
    found = (
        [(f"{root}{os.sep}{below}", below.rpartition("/")[2]) for below in seen]
        if seen
        else _record_files(texts, root, event_paths)
    )
    for path, name in found:
        identity = name.removesuffix(SUFFIX)
        below = path[start:] if os.sep == "/" else path[start:].replace(os.sep, "/")
        kept = former_of.get(below)
        # A name that was right is right.
        if not (kept and kept.row) and (fault := id_fault(identity)):
            mend = f"rename it to `{slug(identity)}{SUFFIX}`"
            texts.add(path, "", Fault(1, 1, f"the file's name is no id: {fault}", mend))
        elif identity in places:
            first = texts.shown(places[identity])
            texts.add(path, "", Fault(1, 1, f"the id `{identity}` is taken by {first}", "rename one of the two files"))
        else:
            places[identity] = path
        stat = seen.get(below) or file_stat(path) if memory else None
        # What was wrong is read again where the file differs at all: what was told of it stands in no digest.
        former = kept.digest if kept and kept.gist else b""
        file = Fresh(path, below, identity, stat, former, places.get(identity) == path)
        files.append((file, kept))
        if not (kept and kept.stat and kept.stat == stat):
            fresh.append(file)
    return files, places, fresh


def _taken(file: Fresh, kept: Known | None, read: Read | None, memory: Memory | None) -> tuple[Known, Event | None]:
    """What is known of a file after some were read, and its event, if that was."""
    if read is None:
        assert kept is not None
        return kept, None
    stat = file.stat if file.stat and memory and memory.settled(file.stat) else None
    if read.same:
        assert kept is not None
        return kept._replace(stat=stat), None
    return read.known._replace(stat=stat), read.event


def _digest(identity: str, text: str) -> bytes:
    """What stands for a record: its id too, because two records that change places leave every text as it was."""
    return hashlib.blake2b(f"{identity}\n{text}".encode(errors="surrogatepass"), digest_size=16).digest()


def file_stat(path: str) -> Stat | None:
    """What the file system says of a file, or of a link itself; None where there is none."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


def _twins(gists: Mapping[str, Gist], memory: Memory | None) -> Mapping[str, Twin]:
    if memory is None or not memory.records:
        return twins.twins([*gists.values()])
    former = {known.gist.id: known.gist for known in memory.records.values() if known.gist}
    changed = {
        identity for identity, one in gists.items() if (before := former.get(identity)) is not one and before != one
    }
    changed |= former.keys() - gists.keys()
    gone = [former[identity] for identity in changed if identity in former]
    return twins.twins_after([*gists.values()], memory.twins, changed, gone)


def _record_files(texts: _Texts, root: Path, event_paths: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The path and the name of every record's file. Texts: ten thousand `Path` objects cost as much as their files."""
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
                if name.startswith("."):
                    continue
                # `os.path.join` takes as long as asking for the file's state.
                path = f"{folder}{os.sep}{name}"
                if name.endswith(SUFFIX) or os.path.islink(path):
                    yield path, name
                elif re.search(r"\.(yml|yaml\.\w+|YAML|json)$", name):
                    stem = name.split(".", 1)[0]
                    mend = f"rename it to `{stem}{SUFFIX}`"
                    if f"{stem}{SUFFIX}" in files:
                        mend = (
                            f"`{stem}{SUFFIX}` stands beside it: move there what is missing there, and delete this file"
                        )
                    texts.add(
                        path, "", Fault(1, 1, f"this file is not read: its name does not end in `{SUFFIX}`", mend)
                    )


def _read_text(texts: _Texts, path: Path | str, start: str = "") -> tuple[str, Mapping[str, Any] | None]:
    """A file's text and tree; the tree is None where its shape was refused. `start` as for `records.parse`."""
    text = ""
    try:
        text = records.read(path)
        tree, faults = records.parse(text, start)
    except Unreadable as error:
        texts.add(path, text, error.fault)
        return text, None
    for fault in faults:
        texts.add(path, text, fault)
    return text, tree


def _read_registry(texts: _Texts, path: Path, cls: type) -> tuple[dict[str, Any], list[str] | None]:
    """The valid entries of a registry, and all its ids; no ids where the file could not be read at all."""
    if not path.exists() and not path.is_symlink():
        return {}, []
    text, tree = _read_text(texts, path, "start with an id and a colon, `some-id:`, and below it `  name: …`")
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
    texts.add_cut_texts(path, text)
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


def _check_aliases(texts: _Texts, gists: Iterable[Gist], places: Mapping[str, str]) -> None:
    owners: dict[str, str] = {}
    for one in gists:
        for index, alias in enumerate(one.aliases):
            if alias in places:
                owner = texts.shown(places[alias])
            elif alias in owners:
                owner = owners[alias]
            else:
                owners[alias] = texts.shown(texts.root / one.path)
                continue
            texts.point(
                one, ("aliases", index), f"the alias `{alias}` is taken by {owner}", "remove it; ids are never reused"
            )


def _check_links(texts: _Texts, gists: Sequence[Gist], places: Mapping[str, str]) -> None:
    """Every event that a description links to is there; a page that is published leads to no draft."""
    drafts = {one.id for one in gists if one.draft}
    withdrawn = {one.id for one in gists if one.withdrawn}
    for one in gists:
        for identity in one.links:
            link = f"{{event}}{identity}"
            if identity not in places:
                near = nearest(identity, sorted(places))
                mend = f"did you mean `{near}`?" if near else "write the record's id: its file's name without `.yaml`"
                said = f"`description` links to an event that is not there: `{short(identity)}`"
                texts.point(one, ("description",), said, mend, snippet=link)
            elif identity in drafts and not one.draft:
                said = f"`description` links to a draft, which has no page: `{identity}`"
                mend = "take `draft: true` out of that record, or the link out of this one"
                texts.point(one, ("description",), said, mend, warning=True, snippet=link)
            elif identity in withdrawn and not one.withdrawn:
                said = f"`description` links to an event that was withdrawn, and whose page says no more: `{identity}`"
                texts.point(one, ("description",), said, "take the link out", warning=True, snippet=link)


def _warn_of_twins(texts: _Texts, gists: Mapping[str, Gist], found: Mapping[str, Twin]) -> None:
    mend = "remove one of the two, or give both the same `series` if they are editions of one event"
    for identity, twin in found.items():
        other = texts.shown(texts.root / twin.path)
        what = f"has the same page as {other}" if twin.field == "url" else f"is like {other}, within {NEAR_DAYS} days"
        texts.point(gists[identity], (twin.field,), f"{what}: the same event twice?", mend, warning=True)
