"""What is wrong with a record, where, and how to mend it.

Every check of the project ends in a `Problem`; this module alone decides how one is shown, so that an editor
reads the same three things in the terminal, in a pull request and in a build: the place, the fault, the mend.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

Severity = Literal["error", "warning"]

FORMATS = ("text", "github", "json")


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of one file.

    `line` and `column` count from 1, `width` is the number of characters that the caret underlines, `excerpt` is the
    line as it stands in the file ("" where there is no line to show, as for a folder in a file's place).
    """

    path: str
    line: int
    column: int
    message: str
    help: str = ""
    severity: Severity = "error"
    excerpt: str = ""
    width: int = 1

    @property
    def order(self) -> tuple[str, int, int, str]:
        """Sort key: by file, then by place, so that two runs list the same problems alike."""
        return (self.path, self.line, self.column, self.message)


# Longer than any id, name or vocabulary value: comparing more is slow, and says nothing.
_COMPARED = 80


class Fault(NamedTuple):
    """A fault of the text itself, before anyone asked what it means; line and column count from 1."""

    line: int
    column: int
    message: str
    help: str = ""
    width: int = 1


def short(text: str, limit: int = 60) -> str:
    """A value as a message may quote it: on one line, and not all 60,000 characters of it."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[:limit]}…"


def in_quotes(text: str) -> str:
    """A text in double quotes, as YAML reads it: JSON's strings are YAML's double-quoted ones."""
    return json.dumps(text, ensure_ascii=False)


def nearest(word: str, allowed: Iterable[str]) -> str:
    """The allowed value that the editor most likely meant, or "" where none is near."""
    if len(word) > _COMPARED:
        return ""
    choices = list(allowed)
    folded = {choice.casefold(): choice for choice in reversed(choices)}
    key = word.casefold().strip().replace("_", "-").replace(" ", "-")
    for attempt in (word.casefold().strip(), key, key.rstrip("s"), key + "s"):
        if attempt in folded:
            return folded[attempt]
    import difflib  # noqa: PLC0415  needed for faults only

    near = difflib.get_close_matches(key, folded, n=1, cutoff=0.7)
    return folded[near[0]] if near else ""


def did_you_mean(word: str, allowed: Sequence[str], *, limit: int = 24) -> str:
    """The `help:` text for a value outside a list: the nearest value, or else the whole list if it is short."""
    near = nearest(word, allowed)
    if near:
        return f"did you mean `{near}`?"
    if not allowed:
        return ""
    shown = ", ".join(allowed[:limit])
    return f"write one of: {shown}" + (", …" if len(allowed) > limit else "")


def failed(problems: Iterable[Problem]) -> bool:
    """Whether any of them is an error (warnings alone fail nothing)."""
    return any(problem.severity == "error" for problem in problems)


def count(problems: Sequence[Problem]) -> str:
    """The closing line: "2 errors and 1 warning in 2 files"."""
    errors = sum(problem.severity == "error" for problem in problems)
    warnings = len(problems) - errors
    parts = [
        f"{number} {word}{'' if number == 1 else 's'}"
        for number, word in ((errors, "error"), (warnings, "warning"))
        if number
    ]
    files = len({problem.path for problem in problems})
    return f"{' and '.join(parts) or 'no problems'} in {files} file{'' if files == 1 else 's'}"


def report(problems: Iterable[Problem], form: str = "text", *, colour: bool = False) -> str:
    """All problems, sorted, as text for a terminal, GitHub annotations or JSON; ends with a newline unless empty."""
    found = sorted(problems, key=lambda problem: problem.order)
    if form == "json":
        rows = [
            {
                "path": p.path,
                "line": p.line,
                "column": p.column,
                "severity": p.severity,
                "message": p.message,
                "help": p.help,
            }
            for p in found
        ]
        return json.dumps(rows, ensure_ascii=False, indent=2) + "\n"
    if form == "github":
        return "".join(_annotation(problem) for problem in found)
    if form == "text":
        return "\n".join(_paragraph(problem, colour=colour) for problem in found)
    msg = f"unknown report format {form!r}; use one of {', '.join(FORMATS)}"
    raise ValueError(msg)


# Controls, separators of lines, what turns the direction of a text, and halves of characters, which no output can hold.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def _seen(text: str, but: str = "") -> str:
    """A text as a report may show it: a file's name may hold a line of its own, or what a terminal would obey."""
    return _UNSEEN.sub(lambda sign: sign[0] if sign[0] in but else sign[0].encode("unicode_escape").decode(), text)


def _paragraph(problem: Problem, *, colour: bool) -> str:
    bold, red, yellow, cyan, reset = ("\x1b[1m", "\x1b[31m", "\x1b[33m", "\x1b[36m", "\x1b[0m") if colour else [""] * 5
    place = f"{_seen(problem.path)}:{problem.line}:{problem.column}:"
    tone = yellow if problem.severity == "warning" else red
    prefix = "warning: " if problem.severity == "warning" else ""
    lines = [f"{bold}{place}{reset} {tone}{prefix}{reset}{_seen(problem.message)}"]
    if problem.excerpt:
        gutter = f"{problem.line:>5} | "
        # The terminal would stretch a tab, and the caret would miss its place.
        excerpt = problem.excerpt.replace("\t", " ")
        start, shown = _window(excerpt, problem.column)
        before = shown[: problem.column - 1 - start]
        meant = shown[len(before) : len(before) + problem.width]
        lines.append(f"{gutter}{shown}")
        lines.append(f"{'':>5} | {' ' * _cells(before)}{tone}{'^' * max(1, _cells(meant))}{reset}")
    if problem.help:
        lines.append(f"{cyan}help:{reset} {_seen(problem.help)}")
    return "\n".join(lines) + "\n"


def _cells(text: str) -> int:
    """How many cells of a terminal a text takes: two for a Chinese character or an emoji, none for an accent."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def _window(line: str, column: int, width: int = 110) -> tuple[int, str]:
    """A part of a long line in which the column can be seen: where it starts, and its text."""
    if len(line) <= width:
        return 0, line
    start = max(0, min(column - 1 - width // 3, len(line) - width))
    return start, line[start : start + width]


def _annotation(problem: Problem) -> str:
    """GitHub's workflow command; its own escapes, or a newline in a message would end the annotation."""

    def data(text: str) -> str:
        return _seen(text, "\r\n").replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")

    def value(text: str) -> str:
        return data(text).replace(":", "%3A").replace(",", "%2C")

    message = problem.message + (f"\nhelp: {problem.help}" if problem.help else "")
    return (
        f"::{problem.severity} file={value(problem.path)},line={problem.line},col={problem.column}::{data(message)}\n"
    )
