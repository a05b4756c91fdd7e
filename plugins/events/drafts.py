"""Writing records: YAML text in the order of the model, and a new edition of an old event.

What is written here reads back as exactly the tree that was meant (`records.parse` of `text_of` of a tree is that
tree), whatever its texts hold; tests/test_drafts.py holds it to that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from . import records
from .fields import ID_LENGTH, Group, Many, Markdown, Moment, Spec, Type, slug, specs
from .model import Event
from .problems import in_quotes
from .records import Tree

# A plain scalar that YAML, in a block and in brackets, can take for nothing else.
_PLAIN = re.compile(r"[A-Za-z0-9(/$+“‘À-ɏ][^\n\t\r]*")
_UNSAFE = re.compile(r":(?=\s|$)|\s#|\s$")
_UNSAFE_IN_BRACKETS = re.compile(r"[\[\]{},:]|\s#|\s$")


def scalar(text: str, *, bracketed: bool = False) -> str:
    """A text as one line of YAML: plain where it can be, else in double quotes."""
    unsafe = _UNSAFE_IN_BRACKETS if bracketed else _UNSAFE
    if _PLAIN.fullmatch(text) and not unsafe.search(text):
        return text
    return in_quotes(text)


def text_of(tree: Mapping[str, Tree], *, cls: type = Event, missing: Sequence[str] = ()) -> str:
    """The YAML of a record, its fields in the order of the model; `missing` ones stand there to be filled in."""
    lines: list[str] = []
    for name, spec in specs(cls).items():
        if name in missing:
            lines.append(f"{name}:  # {spec.doc} {spec.type.words().capitalize()}.".rstrip())
        elif tree.get(name, "") != "":
            lines += field_lines(name, tree[name], spec.type)
    return "".join(f"{line}\n" for line in lines)


def field_lines(name: str, value: Tree, kind: Type | None = None) -> list[str]:
    """The lines of one field."""
    if isinstance(value, str):
        if "\n" in value or isinstance(kind, Markdown):
            return _block(name, value)
        return [f"{name}: {scalar(value)}"]
    if isinstance(value, dict):
        fields = _inner(value, kind)
        return [f"{name}:", *fields] if fields else [f"{name}: {{}}"]
    if all(isinstance(item, str) for item in value) and not any("\n" in str(item) for item in value):
        return [f"{name}: [{', '.join(scalar(str(item), bracketed=True) for item in value)}]"]
    lines = [f"{name}:"]
    for item in value:
        if isinstance(item, str):
            lines.append(f"  - {scalar(item)}")
            continue
        inner = _inner(item, kind.of if isinstance(kind, Many) else None) if isinstance(item, dict) else ["  []"]
        lines += [f"  - {line[2:]}" if index == 0 else f"  {line}" for index, line in enumerate(inner or ["  {}"])]
    return lines


def _inner(value: Mapping[str, Tree], kind: Type | None) -> list[str]:
    known: Mapping[str, Spec] = specs(kind.cls) if isinstance(kind, Group) else {}
    order = [name for name in known if name in value] + [name for name in value if name not in known]
    lines: list[str] = []
    for name in order:
        if value[name] != "":
            lines += field_lines(name, value[name], known[name].type if name in known else None)
    return [f"  {line}" if line else "" for line in lines]


def _block(name: str, text: str) -> list[str]:
    """A text of several lines, as it stands; where YAML would change it, in quotes."""
    lines = text.split("\n")
    odd = any(line != line.rstrip() or "\t" in line or not line.isprintable() for line in lines) or text.startswith(" ")
    if odd:
        return [f"{name}: {in_quotes(text)}"]
    return [f"{name}: |", *(f"  {line}" if line else "" for line in lines)]


def replaced(text: str, name: str, value: Tree) -> str | None:
    """A record's text with one field changed or added, all else as the editor left it, comments too.

    None where the text is of a shape in which that cannot be done line by line (a record in braces, say); the caller
    then says what to change instead of changing it. `value` "" takes the field away.
    """
    tree, faults = records.parse(text)
    if faults:
        return None
    order = list(specs(Event))
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    starts = {key: records.locate(text, (key,), key=True).line - 1 for key in tree}
    new = [] if value == "" else [f"{line}\n" for line in field_lines(name, value, specs(Event)[name].type)]
    if name in tree:
        begin = starts[name]
        end = min((start for start in starts.values() if start > begin), default=len(lines))
        # Comments and empty lines above the next field belong to that one.
        while end > begin + 1 and (not lines[end - 1].strip() or lines[end - 1].startswith("#")):
            end -= 1
    else:
        before = [starts[key] for key in tree if key in order and order.index(key) > order.index(name)]
        begin = end = min(before, default=len(lines))
        while begin > 0 and lines[begin - 1].startswith("#"):
            begin = end = begin - 1
    changed = "".join([*lines[:begin], *new, *lines[end:]])
    wanted = {**tree, name: value} if value != "" else {key: item for key, item in tree.items() if key != name}
    try:
        found, faults = records.parse(changed)
    except records.Unreadable:
        return None
    return changed if found == wanted and not faults else None


def new_id(title: str, year: int | None, taken: Iterable[str] = ()) -> str:
    """An id from a title and a year ("gsmcon-2027"); a number follows where it is taken."""
    words = slug(re.sub(r"\b(?:19|20)\d\d\b", " ", title))
    if words.startswith("item") and not re.search(r"\bitem", title, re.IGNORECASE):
        words = slug(title)
    tail = f"-{year}" if year else ""
    limit = ID_LENGTH[1] - len(tail) - 4
    words = words if len(words) <= limit else words[:limit].rpartition("-")[0] or words[:limit]
    used = set(taken)
    found = f"{words}{tail}"
    number = 2
    while found in used:
        found = f"{words}{tail}-{number}"
        number += 1
    return found


_EDITION = (
    "status", "status_note", "when", "previous_start", "resources", "source", "checked", "changes", "aliases", "withdrawn",
    "draft",
)  # fmt: skip
"""What belongs to one edition alone, and starts anew with the next."""


def moment(text: str) -> date | datetime | None:
    """A day, or a day and a wall time, as records write them; None for any other text."""
    for form in ("%Y-%m-%d", "%Y-%m-%d %H:%M"):
        try:
            found = datetime.strptime(text, form)  # noqa: DTZ007  wall time; the zone stands beside it
        except ValueError:
            continue
        return found if "%H" in form else found.date()
    return None


def written(when: date) -> str:
    """A day, or a day and a wall time, as records write it."""
    return f"{when:%Y-%m-%d %H:%M}" if isinstance(when, datetime) else f"{when:%Y-%m-%d}"


def next_edition(tree: Mapping[str, Tree], start: date, today: date) -> dict[str, Tree]:
    """A record of the next edition of an event: every date moved by as many days as the start, at the same wall time.

    Where the new `start` brings a time of its own, the event's end and its sessions move with it. What was said of
    the old edition alone (its status, changes, recordings, source) is left behind, and the record is a draft until
    somebody has looked at it. Raises `ValueError` where the old record has no start to count from.
    """
    old = moment(str(tree.get("start", "")))
    if old is None:
        msg = "the record has no `start` to count from"
        raise ValueError(msg)
    old_day = old.date() if isinstance(old, datetime) else old
    new_day = start.date() if isinstance(start, datetime) else start
    days = new_day - old_day
    later = timedelta()
    if isinstance(start, datetime):
        if not isinstance(old, datetime):
            msg = "the old `start` has no time: give the new one as a day, and add the time by hand"
            raise ValueError(msg)  # noqa: TRY004  the record is at fault, not the caller
        later = datetime.combine(old_day, start.time()) - datetime.combine(old_day, old.time())
    kept = {name: value for name, value in tree.items() if name not in _EDITION and value != ""}
    moved: dict[str, Tree] = {}
    for name, value in kept.items():
        by = days + later if name in ("start", "end", "sessions") else days
        moved[name] = _shifted(value, specs(Event)[name].type, by) if name in specs(Event) else value
    if registration := moved.get("registration"):
        assert isinstance(registration, dict)
        moved["registration"] = {name: value for name, value in registration.items() if name != "state"}
    moved["title"] = re.sub(rf"\b{old_day.year}\b", str(new_day.year), str(tree["title"])) if "title" in tree else ""
    moved["announced"] = written(today)
    moved["draft"] = "true"
    return moved


def _shifted(value: Tree, kind: Type, by: timedelta) -> Tree:
    """A value with every date in it moved."""
    if isinstance(kind, Moment) and isinstance(value, str):
        when = moment(value)
        if when is None:
            return value
        return written(
            when + by if isinstance(when, datetime) else (datetime.combine(when, datetime.min.time()) + by).date()
        )
    if isinstance(kind, Many) and isinstance(value, list):
        return [_shifted(item, kind.of, by) for item in value]
    if isinstance(kind, Group) and isinstance(value, dict):
        inner = specs(kind.cls)
        return {name: _shifted(item, inner[name].type, by) if name in inner else item for name, item in value.items()}
    return value
