"""What changed since a revision, and whether calendar subscribers hear of it.

A calendar app takes a changed event only when its SEQUENCE grew, which is the length of `changes`; and it keeps an
event that vanished from its feed. So a published record whose time, place, status or deadlines changed needs a new entry
there, its day stays while no other is known, and one that goes away needs an alias or `withdrawn`. Git is asked for the
old records; nothing is checked out. A calendar that loses its last event is warned of: its address goes.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
                problems.append(_hidden(content, start, aliases[old.id], revision, today))
        elif old.id in events:
            problems += _changed(content, start, (old, events[old.id]), revision, today)
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
                problems.append(_emptied(content, start, event, identity))
    return sorted(problems, key=lambda problem: problem.order)


def _emptied(content: Path, start: Path, event: Event, calendar: str) -> Problem:
    path = content / event.path
    return records.problem(
        shown_path(path, start),
        records.read(path),
        (),
        f"no event is left in the calendar `{calendar}.ics`: it goes, and those who subscribe to it hear no more of this one",
        "if this mends a mistake, leave it as it is; else keep what the event is filed under",
        warning=True,
    )


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


def _changed(content: Path, start: Path, editions: tuple[Event, Event], revision: str, today: str) -> Iterator[Problem]:
    old, new = editions
    path = content / new.path
    before, after = _facts(old), _facts(new)
    differ = [name for name in _TOLD if before[name] != after[name]]
    lost = new.sequence < old.sequence
    back = old.withdrawn is not None and new.withdrawn is None and new.sequence <= old.sequence
    moved = [] if new.withdrawn else _moved(old, new)
    undated = old.dated and not new.dated and not new.withdrawn
    if not (new.draft or back or lost or undated or ((differ or moved) and new.sequence == old.sequence)):
        return
    text = records.read(path)
    if new.draft:
        yield _hidden(content, start, new, revision, today)
        return
    if undated:
        yield records.problem(
            shown_path(path, start),
            text,
            (),
            f"`start` is gone (it was `{_shown(old.start)}` at {short(revision)}): the event would vanish from every calendar",
            "bring `start` back as it was, and write `status: postponed`; `when` may say what is known of the new day",
        )
        return
    if back:
        yield records.problem(
            shown_path(path, start),
            text,
            (),
            f"this event was withdrawn at {short(revision)} and is back: calendars would ignore it",
            "add to `changes` an entry for the day it was withdrawn, and one for today",
        )
        return
    if lost:
        yield records.problem(
            shown_path(path, start),
            text,
            ("changes",),
            f"`changes` has {new.sequence} of the {old.sequence} it had at {short(revision)}: calendars would ignore it",
            "bring the old entries back, and add a new one",
        )
        return
    for name in differ:
        was = "" if name == "venue" or before[name] is None else f" (it was `{_shown(before[name])}`)"
        yield records.problem(
            shown_path(path, start),
            text,
            (name,),
            f"`{name}` changed since {short(revision)}{was}, and `changes` has no new entry: no calendar would hear of it",
            _entry(today),
        )
    for place in moved:
        yield records.problem(
            shown_path(path, start),
            text,
            place,
            f"a deadline moved since {short(revision)}, and `changes` has no new entry: no calendar would hear of it",
            _entry(today),
            key=True,
        )


def _entry(today: str) -> str:
    return f"add to `changes:` the lines `- date: {today}` and `  note: …`"


def _hidden(content: Path, start: Path, event: Event, revision: str, today: str) -> Problem:
    path = content / event.path
    return records.problem(
        shown_path(path, start),
        records.read(path),
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
