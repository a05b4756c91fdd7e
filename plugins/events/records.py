"""From a YAML file to nested text, with every fault named by line and column.

YAML guesses: `NO` becomes false, `08:30` becomes 510, `0.50` loses its zero. Here every scalar stays the text that
the editor typed, and the model alone gives it a type. What YAML offers beyond keys, lists and text (anchors, aliases,
tags, several documents) is refused: nobody needs it in an event, and each has been used to attack a parser.
"""

from __future__ import annotations

import codecs
import os
import re
import stat
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from .problems import Fault, Problem, in_quotes, short

MAX_BYTES = 64 * 1024
MAX_DEPTH = 8
# More faults of form than that are not an editor's: the first is told, the others are counted.
MAX_FAULTS = 10

Tree = str | list[Any] | dict[str, Any]
"""A record as nested text: every scalar is a `str`, and an empty one is absent, wherever it stands."""

Place = tuple[str | int, ...]
"""The way to a value in a tree: `("prices", 0, "amount")`."""

# They take no room at all: soft hyphen, zero-width space, direction marks, word joiner and invisible operators. Joiners
# (U+200C, U+200D) are part of emoji and of some languages' words.
_UNSEEN = "\u00ad\u200b\u200e\u200f\u2060-\u2064"
UNSEEN = re.compile(f"[{_UNSEEN}]")
# C0 controls but tab, LF, CR; DEL and C1; LINE and PARAGRAPH SEPARATOR; bidirectional overrides and isolates, which
# make a text read otherwise than it is stored; interior BOMs; lone surrogates and noncharacters; what takes no room.
FORBIDDEN = re.compile(
    f"[{_UNSEEN}\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)


class Unreadable(Exception):  # noqa: N818  what the file is, not what went wrong here
    """The file could not become a tree at all; `fault` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault

    def __reduce__(self) -> tuple[type[Unreadable], tuple[Fault]]:
        """What another process that met it hands over: an exception is made anew of its arguments."""
        return Unreadable, (self.fault,)


def read(path: Path | str) -> str:
    """The file's text, without a byte order mark.

    Raises `Unreadable` for a link, a folder, a special file, more than 64 KB, or bytes that are not UTF-8.
    """
    try:
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode):
            _refuse(1, 1, "is a link, not a file", "copy the record itself to this place")
        if not stat.S_ISREG(status.st_mode):
            what = "a folder" if stat.S_ISDIR(status.st_mode) else "not a plain file"
            _refuse(1, 1, f"is {what} where a record should be", "a record is one plain file; rename or remove this")
        if status.st_size > MAX_BYTES:
            _refuse(
                1,
                1,
                f"is {status.st_size:,} bytes long; a record has at most {MAX_BYTES:,}",
                "shorten the description, or link to the long text",
            )
        data = _bytes(path, status.st_size)
    except OSError as error:
        _refuse(1, 1, f"cannot be read: {error.strerror}", "check that the file exists and that you may read it")
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
        _refuse(
            line,
            column,
            f"byte 0x{data[error.start]:02x} is not UTF-8 text",
            "save the file with the encoding UTF-8 (your editor offers it under “Save as” or in the status bar)",
        )
    return text


def _bytes(path: Path | str, size: int) -> bytes:
    # Past Python's file objects, which ask the system three times as often and take twice as long.
    file = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        data = os.read(file, MAX_BYTES + 1)
        # From far away a file may come in pieces.
        while len(data) < size and (more := os.read(file, MAX_BYTES + 1)):
            data += more
    finally:
        os.close(file)
    return data


def _plain(text: str) -> str:
    """The text with LF alone at the end of each line: so lines and columns are the same for a file saved on Windows."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def parse(text: str, start: str = "") -> tuple[dict[str, Any], list[Fault]]:
    """The tree of a record's text, and what is wrong with its shape; `start` is what to do where a file that is no record
    does not begin as one of its kind.

    Raises `Unreadable` where there is no tree to speak of: YAML that does not parse, an empty file, a list at the top.
    """
    plain = _plain(text)
    if bad := FORBIDDEN.search(plain):
        line, column = position(plain, bad.start())
        _refuse(
            line,
            column,
            f"the invisible character U+{ord(bad[0]):04X} stands here",
            "delete it and type the text anew; it often comes along when text is copied from a PDF or a chat",
        )
    tree = _by_lines(plain)
    return _by_events(plain, text, start) if tree is None else (tree, [])


# A line of the plain YAML that nearly all records are written in: how far in it stands, whether an item begins here, its
# key, and the rest; with the first line of a block (`|`, `>`) come all of its lines, two columns further in.
_LINE = re.compile(
    r"^( *)(- )?(?:([a-z][a-z0-9_-]{0,79}):(?: +|$))?([|>]-?\n\1  \S.*(?:\n(?:\1  .*)?)*|.*)$",
    re.MULTILINE,
)
# What begins with one of these is more than a text on its line (YAML 1.1, 5.3; an item that stands further in).
_INDICATORS = frozenset("-?:,[]{}#&*!|>'\"%@` ")
_ITEMS = re.compile(r"\[(\w[\w./ -]*(?:, \w[\w./ -]*)*)\] *")
_QUOTED = re.compile(r"""(?:"([^"\\\n]*)"|'([^'\n]*)') *""")
# So many mappings and lists within each other are read by lines: no field has more, and `MAX_DEPTH` allows more.
_LEVELS = 5


def _by_lines(text: str) -> dict[str, Any] | None:
    """The tree of a text that is nothing but keys, texts on one line, blocks and lists: the same that the parser gives.

    None where there is anything else: the parser must say what that is. Nine records of ten are such texts, and lines take
    a third of its time, which goes into two objects of six numbers for every place.
    """
    if "\t" in text:
        return None
    tree: dict[str, Any] = {}
    # The mappings and lists that are open, each with its column; the last key, if nothing stands beside it.
    levels: list[tuple[int, Any]] = [(0, tree)]
    column, place, waiting = levels[0][0], levels[0][1], ""
    for spaces, dash, key, rest in _LINE.findall(text):
        if not (key or dash):
            if rest:
                return None
            continue
        at = len(spaces)
        if dash or at != column:
            below: Any = [] if dash else {}
            if waiting and at > column:
                place[waiting] = below
                levels.append((at, below))
            while levels[-1][0] > at:
                levels.pop()
            column, place = levels[-1]
            if column != at or type(place) is not type(below) or len(levels) > _LEVELS:
                return None
            if dash and key:
                item: dict[str, Any] = {}
                place.append(item)
                column, place = at + len(dash), item
                levels.append((column, place))
        value: Tree | None = rest.strip()
        if rest and (rest[0] in _INDICATORS or ": " in rest or " #" in rest or rest[-1] == ":"):
            # A block below a key that begins an item stands further in.
            value = _special(rest, "" if dash and key else f"\n{spaces}  ")
        if value is None or (key in place if key else not rest):
            return None
        if key:
            place[key], waiting = value, "" if rest else key
        else:
            # No key stands in the column of a text.
            place.append(value)
            column, waiting = -1, ""
    return tree or None


def _special(rest: str, margin: str) -> Tree | None:
    """A list on one line, a quoted text, or a block, before each line of which stands its margin; None for all else."""
    if found := _ITEMS.fullmatch(rest):
        return [item.strip() for item in found[1].split(", ")]
    if found := _QUOTED.fullmatch(rest):
        return (found[1] or found[2] or "").strip()
    sign, newline, _ = rest.partition("\n")
    if not newline or not margin:
        return None
    block = rest[len(sign) :].replace(margin, "\n").strip()
    if sign.startswith("|"):
        return block
    # Folded: a line break is a space, but for some.
    return None if "\n\n" in block or "\n " in block else block.replace("\n", " ")


def _loader(text: str) -> Any:
    # Only now: it takes 13 ms to load, and most builds read every text by its lines.
    import yaml  # noqa: PLC0415

    # libyaml is about nine times as fast; the wheels bring it, a source build may not.
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)


def _kind(event: Any) -> str:
    """What a parser's event is, by its name: its class would have to be loaded before."""
    return type(event).__name__.removesuffix("Event")


def _by_events(plain: str, text: str, start: str = "") -> tuple[dict[str, Any], list[Fault]]:
    """What `parse` gives, by the events of libyaml's parser; `text` is as it stands in the file."""
    faults: list[Fault] = []
    loader = _loader(plain)
    import yaml  # noqa: PLC0415

    try:
        tree = _document(loader.get_event, faults, start, escaped="\\" in text)
    except yaml.MarkedYAMLError as error:
        from . import complaints  # noqa: PLC0415  as above

        raise Unreadable(complaints.explain(error, text)) from None
    except yaml.reader.ReaderError as error:
        raise Unreadable(Fault(1, 1, f"cannot be read as YAML: {error.reason}")) from None
    finally:
        loader.dispose()
    if len(faults) > MAX_FAULTS:
        first = faults[0]
        more = f"{first.message}, and {len(faults) - 1:,} more faults of this kind follow"
        _refuse(first.line, first.column, more, first.help, first.width)
    return tree, faults


def _document(get: Callable[[], Any], faults: list[Fault], start: str, *, escaped: bool) -> dict[str, Any]:
    get()  # StreamStart
    event = get()
    if _kind(event) == "StreamEnd":
        _refuse(1, 1, "the file is empty", start or "start with `title: …`, or delete the file")
    event = get()
    if _kind(event) != "MappingStart":
        if _kind(event) == "Scalar" and not event.value.strip():
            _refuse(1, 1, "the file is empty", start or "start with `title: …`, or delete the file")
        what = "a record is made of `key: value` lines, and this is something else"
        run_on = re.match(r"([A-Za-z_]+)(?::(?=\S)| *=|：)", event.value) if _kind(event) == "Scalar" else None
        if run_on and not start:
            _refuse(*_at(event), "a colon and a space belong behind the key", f"write `{run_on[1]}: …`")
        if _kind(event) == "SequenceStart" and not (start or event.flow_style):
            _refuse(*_at(event), what, "take away the `-` and the spaces before each line: one file holds one event")
        _refuse(*_at(event), what, start or "write `title: …`")
    tree = _mapping(event, get, faults, 1, escaped=escaped)
    get()  # DocumentEnd
    event = get()
    if _kind(event) != "StreamEnd":
        faults.append(
            Fault(
                *_at(event), "a second document starts here", "one file holds one event: remove `---` and what follows"
            )
        )
    return tree


def _mapping(start: Any, get: Callable[[], Any], faults: list[Fault], depth: int, *, escaped: bool) -> dict[str, Any]:
    _check_node(start, faults)
    tree: dict[str, Any] = {}
    keys: dict[str, Any] = {}
    while True:
        key = get()
        if _kind(key) != "Scalar":
            if _kind(key) == "MappingEnd":
                return tree
            _refuse(*_at(key), "a key is plain text", "write `key: value`")
        if key.anchor or key.tag:
            _check_node(key, faults)
        name = key.value
        if escaped and (bad := FORBIDDEN.search(name)):
            _refuse(
                *_at(key), f"the key holds the invisible character U+{ord(bad[0]):04X}", "write it in plain letters"
            )
        value = _node(get(), get, faults, depth, escaped=escaped)
        if name in tree:
            line, column = _at(key)
            first = _at(keys[name])[0]
            said = f"`{short(name)}` stands twice, here and in line {first}"
            faults.append(Fault(line, column, said, "keep one of the two", len(name)))
            continue
        keys[name] = key
        tree[name] = value


def _node(event: Any, get: Callable[[], Any], faults: list[Fault], depth: int, *, escaped: bool) -> Tree:
    kind = _kind(event)
    if kind == "Scalar":
        if event.anchor or event.tag:
            _check_node(event, faults)
        value: str = event.value.strip()
        if escaped and (bad := FORBIDDEN.search(value)):
            faults.append(
                Fault(
                    *_at(event),
                    f"the text holds the invisible character U+{ord(bad[0]):04X}",
                    "use single quotes, in which a backslash is a backslash, or remove the escape",
                )
            )
        return value
    if kind == "Alias":
        mend = "write the value itself; put quotes round a text that starts with `*`"
        faults.append(Fault(*_at(event), f"the alias `*{short(event.anchor)}` is not allowed", mend))
        # As the editor typed it, so that nothing is said to be missing.
        return f"*{event.anchor}"
    if depth >= MAX_DEPTH:
        _refuse(
            *_at(event), f"nested more than {MAX_DEPTH} levels deep", "no field needs that; close a bracket earlier"
        )
    if kind == "MappingStart":
        return _mapping(event, get, faults, depth + 1, escaped=escaped)
    _check_node(event, faults)
    items: list[Any] = []
    while _kind(item := get()) != "SequenceEnd":
        items.append(_node(item, get, faults, depth + 1, escaped=escaped))
    return items


def _check_node(event: Any, faults: list[Fault]) -> None:
    if event.anchor:
        faults.append(
            Fault(*_at(event), f"the anchor `&{short(event.anchor)}` is not allowed", "write the value itself")
        )
    if event.tag:
        faults.append(Fault(*_at(event), f"the tag `{short(event.tag)}` is not allowed", "write the value alone"))


def _at(event: Any) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _refuse(line: int, column: int, message: str, mend: str = "", width: int = 1) -> NoReturn:
    raise Unreadable(Fault(line, column, message, mend, width))


def position(text: str, index: int) -> tuple[int, int]:
    """Line and column, from 1, of a character of the text."""
    before = text[:index]
    return before.count("\n") + 1, index - (before.rfind("\n") + 1) + 1


class Span(NamedTuple):
    """Where a value stands: line and column from 1, and how many characters of its first line it takes."""

    line: int
    column: int
    width: int = 1


def locate(text: str, place: Place, *, key: bool = False) -> Span:
    """Where the value (or, with `key`, the key) at `place` stands in a text that `parse` accepts.

    A place that is not there (a missing field) is told at its nearest parent that is, the top being 1:1. The file is
    parsed a second time for it: only faulty records pay, and the valid ones carry no positions about.
    """
    spans = _spans(text)
    for depth in range(len(place), 0, -1):
        if found := spans.get(place[:depth]):
            return found[0] if key and depth == len(place) else found[1]
    return Span(1, 1)


# "Room #210": YAML takes it for a comment. A comment of an editor's has a space behind its sign.
_COMMENT = re.compile(r"[ \t]+#(?=[^\s#])")
_CUT = re.compile(rf"\S{_COMMENT.pattern}")


def cut_texts(text: str) -> list[Fault]:
    """Where a text without quotes ends before a ` #` that was probably meant to be in it."""
    if " #" not in text or not _CUT.search(text):
        return []
    plain = _plain(text)
    lines, faults = plain.split("\n"), []
    for place, (key, value) in sorted(_spans(plain).items(), key=lambda item: item[1]):
        line = lines[value.line - 1]
        start, end = value.column - 1, value.column - 1 + value.width
        said, rest = line[start:end], line[end:].rstrip()
        if value == key and place and isinstance(place[-1], str):
            # Of an empty value, the place is its key's.
            said, rest = "", rest[1:] if rest.startswith(":") else ""
        found = _COMMENT.match(rest)
        if not place or found is None or said[:1] in ('"', "'", "|", ">", "[", "{"):
            continue
        quoted = in_quotes(f"{said}{rest}".strip())
        name = next((step for step in reversed(place) if isinstance(step, str)), "")
        shown = f"{name}: " if isinstance(place[-1], str) else "- "
        faults.append(
            Fault(
                value.line,
                len(line.rstrip()) - len(rest) + found.end(),
                f"from ` #` on this is a comment, and no part of `{name}`",
                f"put quotes round the text, `{shown}{quoted}`, or a space behind the `#` if it is a comment",
                len(rest) - found.end() + 1,
            )
        )
    return faults


class _ChangedError(Exception):
    """The text is none that `parse` accepts."""


@lru_cache(maxsize=2)
def _spans(text: str) -> dict[Place, tuple[Span, Span]]:
    """Where the key and the value of every place stand. A file has many faults or none, so the last one is kept."""
    loader = _loader(text.replace("\r\n", "\n").replace("\r", "\n"))
    import yaml  # noqa: PLC0415

    spans: dict[Place, tuple[Span, Span]] = {}
    try:
        for _ in range(2):  # StreamStart, DocumentStart
            loader.get_event()
        _walk(loader.get_event(), loader.get_event, (), Span(1, 1), spans)
    except (yaml.YAMLError, _ChangedError):
        # A file that was changed since it was read: what is known of it has to do.
        return spans
    finally:
        loader.dispose()
    return spans


def _walk(event: Any, get: Callable[[], Any], place: Place, key: Span, spans: dict[Place, tuple[Span, Span]]) -> None:
    kind = _kind(event)
    # An empty value has no place of its own worth showing: the key is where the editor looks.
    empty = kind == "Scalar" and not event.value
    # Of a key that stands twice, the tree has the first.
    first = place not in spans
    if first:
        spans[place] = (key, key if empty else _span(event))
    if len(place) > MAX_DEPTH:
        raise _ChangedError
    if kind == "MappingStart":
        while _kind(item := get()) != "MappingEnd":
            if _kind(item) != "Scalar":
                raise _ChangedError
            _walk(get(), get, (*place, item.value), _span(item), spans)
    elif kind == "SequenceStart":
        index = 0
        while _kind(item := get()) != "SequenceEnd":
            _walk(item, get, (*place, index), _span(item), spans)
            index += 1
    else:
        return
    if first and event.flow_style:
        spans[place] = (key, _span(event, item))


def _span(event: Any, last: Any = None) -> Span:
    start, end = event.start_mark, (last or event).end_mark
    width = end.column - start.column if start.line == end.line else 1
    return Span(start.line + 1, start.column + 1, max(1, width))


def problem(
    path: str,
    text: str,
    place: Place,
    message: str,
    mend: str = "",
    *,
    key: bool = False,
    warning: bool = False,
    snippet: str = "",
) -> Problem:
    """A problem of the value at `place` in the file at `path`, with the line that it stands in.

    With `snippet`, the place is that part of the value where it can be found as typed.
    """
    span = locate(text, place, key=key)
    text = _plain(text)
    if snippet:
        lines = text.split("\n")
        start = sum(len(line) + 1 for line in lines[: span.line - 1]) + span.column - 1
        if (index := text.find(snippet, start)) >= 0:
            span = Span(*position(text, index), len(snippet.split("\n", maxsplit=1)[0]))
    return from_fault(path, text, Fault(span.line, span.column, message, mend, span.width), warning=warning)


def from_fault(path: str, text: str, fault: Fault, *, warning: bool = False) -> Problem:
    """A fault of a file's text, with the line that it stands in."""
    lines: Sequence[str] = _plain(text).split("\n")
    excerpt = lines[fault.line - 1] if 0 < fault.line <= len(lines) else ""
    return Problem(
        path,
        fault.line,
        fault.column,
        fault.message,
        fault.help,
        "warning" if warning else "error",
        FORBIDDEN.sub("\ufffd", excerpt),
        fault.width,
    )
