"""What the YAML parser complains of, in an editor's words, with the line as it should be where that can be told.

The parser says where it could not go on, which is often behind the mistake: a title that begins with a bracket is a list to
it, and what follows the bracket is too much. It is asked only when something is wrong.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence

import yaml

from .problems import Fault, in_quotes, short

# Longer lines are shown by their beginning alone: nobody copies them from a message.
_SHOWN = 300


def explain(error: yaml.MarkedYAMLError, text: str) -> Fault:
    """A parser's complaint about a text as an editor can mend it."""
    return _within(_explained(error, text), text)


def _explained(error: yaml.MarkedYAMLError, text: str) -> Fault:  # noqa: PLR0911  one for each complaint
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    said = error.problem or ""
    lines = text.splitlines() or [""]
    here = lines[line - 1] if line <= len(lines) else ""
    if "mapping values are not allowed" in said:
        key, _, value = here.partition(":")
        if len(key) == column - 1 and key.strip() and " " not in key.strip() and key.startswith(" "):
            return Fault(
                line, column, "this line does not fit the lines above it", "indent it exactly as its neighbours are"
            )
        mend = f"put quotes round the text: `{key}: {in_quotes(value.strip())}`"
        if not value.strip():
            mend = "indent this line as its neighbours are"
        return Fault(line, column, "a colon inside the text confuses YAML", mend)
    if "\\t" in said or "\t" in here[: column or 1]:
        return Fault(line, column, "a tab stands where spaces belong", "indent with two spaces for each level")
    if "found unexpected end of stream" in said or "while scanning a quoted scalar" in (error.context or ""):
        if error.context_mark and "quoted scalar" in (error.context or ""):
            line, column = error.context_mark.line + 1, error.context_mark.column + 1
            if "escape" not in said:
                return Fault(
                    line, column, "this quotation mark is never closed", 'close the text with the same mark: `"…"`'
                )
        return Fault(
            line, column, said or "the text ends too early", "use single quotes, in which a backslash is a backslash"
        )
    if "flow" in (error.context or "") and error.context_mark:
        # Where a value was to come, the parser does not say of what.
        told = "flow node" not in (error.context or "")
        is_list, start = (
            ("sequence" in (error.context or ""), error.context_mark) if told else _open(text, error.context_mark)
        )
        kind, mark_shown = ("list", "`]`") if is_list else ("group", "`}`")
        return Fault(
            start.line + 1,
            start.column + 1,
            f"this {kind} is never closed",
            f"close it with {mark_shown}, or put quotes round a text that starts so",
        )
    if "could not find expected ':'" in said:
        begun = error.context_mark or mark
        return _without_colon(begun.line if begun else 0, lines)
    if "cannot start any token" in said:
        return Fault(
            line,
            column,
            f"a text cannot start with {here[column - 1 : column] or 'this character'!r} unless it is quoted",
            f"put quotes round it: `{in_quotes(here[column - 1 :].strip())}`",
        )
    if "undefined alias" in said or "alias" in (error.context or ""):
        # Of an alias, the parser names the first sign.
        return _half_quoted(line, column + 1, lines) or Fault(
            line, column, "a text that starts with `*` needs quotes", "write it in quotes; aliases are not allowed"
        )
    if "expected '-' indicator" in said:
        return _half_quoted(line, column, lines) or Fault(
            line,
            column,
            "this line does not fit the list above it",
            "take away the `-` above if it is no list; what belongs to its item stands two spaces further in",
        )
    if "expected <block end>" in said or "did not find expected key" in said:
        return _half_quoted(line, column, lines) or Fault(
            line,
            column,
            "this line does not fit the lines above it",
            "indent it as its neighbours are; put quotes round a text that begins with a quotation mark, `[`, `{`, `-` or `#`",
        )
    return Fault(
        line, column, f"YAML cannot read this: {said}", "put quotes round the text, or compare with another record"
    )


def _without_colon(index: int, lines: Sequence[str]) -> Fault:
    """What is wrong with a line, counted from 0, in which the parser misses a colon."""
    here = lines[index] if index < len(lines) else ""
    line, column = index + 1, len(here) - len(here.lstrip()) + 1
    above = next((above for above in reversed(lines[:index]) if above.strip()), "")
    if found := re.match(r"(\s*)((?:- +)?)([\w-]+): *[|>][+-]?\s*$", above):
        spaces = " " * (len(found[1]) + len(found[2]) + 2)
        mend = f"put {len(spaces)} spaces before each line of the text of `{found[3]}`: `{spaces}{short(here, _SHOWN)}`"
        return Fault(line, column, "this line does not stand further in than the key of its text", mend)
    # "kind:webinar", "kind = webinar", and no address or equation in a text that goes on.
    if found := re.match(r"\s*(?:- +)*([A-Za-z][a-z0-9_]*)(?:( *：| +=(?=\s)| +;(?=\s))|:(?!/))(.*\S)\s*$", here):
        what = "a colon and a space belong here" if found[2] else "a plain space is missing behind the colon"
        return Fault(line, found.end(1) + 1, what, f"write `{found[1]}: {short(found[3], _SHOWN)}`")
    if (found := re.match(r"\s*-([^\s-].*)$", here)) and re.search(r":\s*$|^\s*- ?\S", above):
        return Fault(line, column + 1, "a space is missing behind the `-`", f"write `- {short(found[1], _SHOWN)}`")
    return Fault(
        line, column, "this line has no colon", "write `key: value`; a text over several lines starts with `key: >`"
    )


# A key or the sign of an item, and a value that begins with what means something to YAML.
_MARKED = re.compile(r"\s*((?:- +)*(?:[A-Za-z][\w-]*: +)?)((['\"\[{*]).*\S)\s*$")
_ADDRESS = re.compile(r"\[[^]]*\]\((https?://[^\s()]+)\)")
_QUOTES = re.compile(r"""(["'])([^"']*)\1""")


def _half_quoted(line: int, column: int, lines: Sequence[str]) -> Fault | None:
    """A text of which YAML took the beginning for all of it: "'GSA's day'", "[Virtual] day", "*Free* day".

    None where the line is none, or where the parser stopped before that text: then the line stands in a wrong place.
    """
    found = _MARKED.match(lines[line - 1]) if line <= len(lines) else None
    if found is None or column - 1 <= found.start(2):
        return None
    before, text, sign = found.groups()
    # Where YAML took it to end.
    end = text.find({"[": "]", "{": "}", "*": " "}.get(sign, sign), 1) + 1
    if sign in "'\"" and (column - 1 < found.start(2) + end or (sign == '"' and text.count(sign) % 2)):
        return _odd(line, found.start(2) + 1, sign, lines)
    said = {
        "[": "a text that starts with `[` is a list to YAML, and more follows behind the `]`",
        "{": "a text that starts with `{` is a group to YAML, and more follows behind the `}`",
        "*": "a text that starts with `*` needs quotes",
    }.get(sign, "the text ends at its second quotation mark, and more follows")
    # A comment stays one.
    if comment := re.search(r"\s+#", text[end:]):
        text = text[: end + comment.start()]
    mend = _mended(before, text, sign)
    if len(mend) > _SHOWN:
        mend = "put quotes round the whole text"
    return Fault(line, found.start(2) + 1, said, mend, len(found[2]))


def _odd(line: int, column: int, sign: str, lines: Sequence[str]) -> Fault:
    """Of three quotation marks, or one, the first to be open: that of a line above, or the text goes on below."""
    for number, here in enumerate(lines[: line - 1], 1):
        found = _MARKED.match(here)
        if found and found[3] == sign and found[2].count(sign) % 2:
            line, column = number, found.start(2) + 1
            break
    return Fault(
        line,
        column,
        "this quotation mark is never closed, or others stand between it and its end",
        "close the text with the same mark on its line; write a text over several lines below `key: >`, without quotes",
    )


def _mended(before: str, text: str, sign: str) -> str:
    """How to write a value of which YAML reads the beginning alone, behind its key."""
    if sign in "'\"":
        items = _QUOTES.findall(text)
        if re.fullmatch(rf"{_QUOTES.pattern}\s*,", text):
            return f"take away the comma: `{before}{text[:-1].rstrip()}`"
        if len(items) > 1 and re.fullmatch(r"(?:(?:\"[^\"']*\"|'[^\"']*')\s*(?:,\s*)?)+", text) and "," in text:
            return f"write a list in brackets: `{before}[{', '.join(_plain(item) for _, item in items)}]`"
        inner = text[1:-1]
        # The marks of "The "big" day" are all of it; those of "A" and "B" are not.
        if text.endswith(sign) and not re.match(rf"[^{sign}]*{sign}(?:[\s,;.:!?)]|$)", inner):
            text = inner
    if sign == "[" and before.endswith("url: ") and (found := _ADDRESS.fullmatch(text)):
        return f"write the address alone: `{before}{found[1]}`"
    mend = f"put quotes round the whole text: `{before}{_quoted(text)}`"
    return f"{mend}; put all of a list between its brackets" if sign == "[" else mend


def _plain(item: str) -> str:
    return item if re.fullmatch(r"\w[\w ./-]*", item) else _quoted(item)


def _quoted(text: str) -> str:
    """A text in quotes, as YAML reads it."""
    return f"'{text}'" if '"' in text and "'" not in text else in_quotes(text)


def _open(text: str, end: yaml.Mark) -> tuple[bool, yaml.Mark]:
    """The innermost list or group that is open at a place: whether it is a list, and where it begins."""
    found: list[tuple[bool, yaml.Mark]] = []
    with contextlib.suppress(yaml.YAMLError):
        for token in yaml.scan(text):
            if (token.start_mark.line, token.start_mark.column) >= (end.line, end.column):
                break
            if isinstance(token, yaml.FlowSequenceStartToken | yaml.FlowMappingStartToken):
                found.append((isinstance(token, yaml.FlowSequenceStartToken), token.start_mark))
            elif found and isinstance(token, yaml.FlowSequenceEndToken | yaml.FlowMappingEndToken):
                found.pop()
    return found[-1] if found else (False, end)


def _within(fault: Fault, text: str) -> Fault:
    """The fault at a place that is there: what is missed at the end is told where the text ends, not a line below."""
    lines = text.splitlines() or [""]
    if fault.line <= len(lines):
        return fault
    while len(lines) > 1 and not lines[-1].strip():
        lines.pop()
    return Fault(len(lines), max(1, len(lines[-1].rstrip())), fault.message, fault.help)
