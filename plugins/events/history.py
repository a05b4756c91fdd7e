"""What changed since a revision, and whether calendar subscribers hear of it.

A calendar app takes a changed event only when its SEQUENCE grew, which is the length of `changes`; and it keeps an
event that vanished from its feed. So a published record whose time, place, status or deadlines changed needs a new entry
there, its day stays while no other is known, and one that goes away needs an alias or `withdrawn`. Git is asked for the
old records; nothing is checked out. A calendar that loses its last event is warned of: its address goes.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from . import deadlines, records
from .collection import SUFFIX, Collection, shown_path
from .fields import Reading
from .model import Event, read_event
from .problems import Problem, short
from .records import Place

# Only what is told in a calendar: readers of the page see the rest for themselves.
_TOLD = ("start", "end", "timezone", "format", "venue", "status")
# Where a record tells of a deadline, by the first word of its key (deadlines.py).
_DEADLINES: Mapping[str, Place] = {
    "registration": ("registration", "closes"),
    "accommodations": ("accessibility", "request_by"),
    "date": ("deadlines",),
    "price": ("prices",),
}
_PLACE = ("name", "room", "street", "city", "state", "postal_code", "country")


class HistoryError(Exception):
    """The revision cannot be read; the message says why, and what to do."""


def check(
    content: Path,
    event_paths: Sequence[str],
    now: Collection,
    revision: str,
    *,
    today: str,
    calendars: Callable[[Event], Iterable[str]],
    shown_from: Path | None = None,
) -> list[Problem]:
    """The published events of `revision` whose change or end nobody would hear of; `today` goes into the help, and `calendars`
    gives the ids of the calendars that an event belongs to.

    Raises `HistoryError` where git, the repository or the revision is missing.
    """
    start = shown_from or Path.cwd()
    point = partial(_problem, content, start)
    events = {event.id: event for event in now.events}
    aliases = {alias: event for event in now.events for alias in event.aliases}
    files = {path.stem: path for base in event_paths for path in (content / base).rglob(f"*{SUFFIX}")}
    problems: list[Problem] = []
    held: dict[str, Event] = {}
    for path, text in _records_at(content, event_paths, revision):
        old = _published(path, text)
        if old is None:
            continue
        if old.dated:
            held |= dict.fromkeys(calendars(old), old)
        if old.id in aliases:
            # By its new name it is another event to calendars; only that it is there counts.
            if aliases[old.id].draft:
                problems.append(_hidden(point, aliases[old.id], revision, today))
        elif old.id in events:
            problems += _changed(point, old, events[old.id], revision, today)
        elif old.id not in files:
            problems.append(
                Problem(
                    shown_path(content / path, start),
                    1,
                    1,
                    f"this event was published at {short(revision)} and is gone: its subscribers would keep it for ever",
                    f"bring the file back with {_withdrawal(today)}; if it has a new name, add `aliases: [{old.id}]`"
                    " to the new record",
                )
            )
    # Where each belongs is known only of those that are right.
    if files.keys() <= events.keys():
        kept = {identity for event in now.events if event.dated and not event.draft for identity in calendars(event)}
        for identity in sorted(held.keys() - kept):
            if event := events.get(held[identity].id) or aliases.get(held[identity].id):
                said = f"no event is left in the calendar `{identity}.ics`: it goes, and those who subscribe to it hear no more of this one"
                mend = "if this mends a mistake, leave it as it is; else keep what the event is filed under"
                problems.append(point(event, (), said, mend, warning=True))
    return sorted(problems, key=lambda problem: problem.order)


def _withdrawal(today: str) -> str:
    return f"the lines `withdrawn:`, `  date: {today}` and `  reason: …`"


def _published(path: str, text: str) -> Event | None:
    """The record as it was, where it was valid and no draft."""
    try:
        tree, faults = records.parse(text)
    except records.Unreadable:
        return None
    event = None if faults else read_event(tree, PurePosixPath(path).stem, path, Reading())
    return None if event is None or event.draft else event


def _facts(event: Event) -> dict[str, Any]:
    facts: dict[str, Any] = {name: getattr(event, name) for name in _TOLD if name != "venue"}
    facts["venue"] = tuple(getattr(event.venue, name) for name in _PLACE) if event.venue else None
    return facts


def _problem(content: Path, start: Path, event: Event, *told: Any, **more: Any) -> Problem:
    """A problem in the record of an event, as `records.problem` has it."""
    path = content / event.path
    return records.problem(shown_path(path, start), records.read(path), *told, **more)


def _changed(point: Callable[..., Problem], old: Event, new: Event, revision: str, today: str) -> Iterator[Problem]:
    before, after = _facts(old), _facts(new)
    differ = [name for name in _TOLD if before[name] != after[name]]
    moved = [] if new.withdrawn else _moved(old, new)
    at = short(revision)
    if new.draft:
        yield _hidden(point, new, revision, today)
    elif old.dated and not new.dated and not new.withdrawn:
        yield point(
            new,
            (),
            f"`start` is gone (it was `{_shown(old.start)}` at {at}): the event would vanish from every calendar",
            "bring `start` back as it was, and write `status: postponed`; `when` may say what is known of the new day",
        )
    elif old.withdrawn is not None and new.withdrawn is None and new.sequence <= old.sequence:
        yield point(
            new,
            (),
            f"this event was withdrawn at {at} and is back: calendars would ignore it",
            "add to `changes` an entry for the day it was withdrawn, and one for today",
        )
    elif new.sequence < old.sequence:
        yield point(
            new,
            ("changes",),
            f"`changes` has {new.sequence} of the {old.sequence} it had at {at}: calendars would ignore it",
            "bring the old entries back, and add a new one",
        )
    elif new.sequence == old.sequence:
        unheard = "and `changes` has no new entry: no calendar would hear of it"
        mend = f"add to `changes:` the lines `- date: {today}` and `  note: …`"
        for name in differ:
            was = "" if name == "venue" or before[name] is None else f" (it was `{_shown(before[name])}`)"
            yield point(new, (name,), f"`{name}` changed since {at}{was}, {unheard}", mend)
        for place in moved:
            yield point(new, place, f"a deadline moved since {at}, {unheard}", mend, key=True)


def _hidden(point: Callable[..., Problem], event: Event, revision: str, today: str) -> Problem:
    return point(
        event,
        ("draft",),
        f"this event was published at {short(revision)}: as a draft its address is gone, and subscribers keep it",
        f"remove `draft`; to take the event back, write {_withdrawal(today)}",
    )


def _moved(old: Event, new: Event) -> list[Place]:
    """Where the record tells of a deadline that calendars had on another day."""
    before = {item.key: item.moment for item in deadlines.of(old)}
    keys = [item.key for item in deadlines.of(new) if before.get(item.key, item.moment) != item.moment]
    return list(dict.fromkeys(_DEADLINES[key.partition("-")[0]] for key in keys))


def _shown(value: Any) -> str:
    return f"{value:%Y-%m-%d %H:%M}" if hasattr(value, "hour") else str(value)


def _records_at(content: Path, event_paths: Sequence[str], revision: str) -> Iterator[tuple[str, str]]:
    """The path, relative to the content folder, and the text of every record at the revision."""
    if revision.startswith("-"):
        msg = f"`{short(revision)}` is no revision; write a commit, a branch or a tag, such as `origin/main`"
        raise HistoryError(msg)
    folder = content.resolve()
    if _git(folder, "rev-parse", "--is-inside-work-tree").returncode:
        msg = f"{content}: not in a git repository, so there is nothing to compare with"
        raise HistoryError(msg)
    found = _git(folder, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    if found.returncode:
        msg = (
            f"git knows no revision `{short(revision)}`; write a commit, a branch or a tag, such as `origin/main`"
            " (a shallow clone has to fetch it first: `git fetch origin main`)"
        )
        raise HistoryError(msg)
    commit = found.stdout.decode().strip()
    listed = _git(folder, "ls-tree", "-r", "-z", commit, "--", *event_paths)
    blobs: list[tuple[str, str]] = []
    for row in listed.stdout.decode("utf-8", "replace").split("\0"):
        facts, _, path = row.partition("\t")
        # A link (mode 120000) was never a record.
        if path.endswith(SUFFIX) and facts.startswith("100"):
            blobs.append((path, facts.split()[2]))
    batch = _git(folder, "cat-file", "--batch", given="".join(f"{blob}\n" for _, blob in blobs).encode()).stdout
    at = 0
    for path, _ in blobs:
        head, _, _ = (
            batch[at:].partition(b"\n") if len(batch) - at < _HEADER else batch[at : at + _HEADER].partition(b"\n")
        )
        size = int(head.split()[2])
        data = batch[at + len(head) + 1 : at + len(head) + 1 + size]
        at += len(head) + size + 2
        yield path, data.decode("utf-8-sig", "replace")


_HEADER = 200


def _git(folder: Path, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(  # noqa: S603  arguments of our own, the revision checked
            ["git", "-C", str(folder), *arguments],  # noqa: S607  the git that the editor has
            input=given,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        msg = "git is not installed; `--since` asks it for the old records"
        raise HistoryError(msg) from None
