"""Markdown from records, made into HTML that cannot hurt.

Raw HTML is text here: Markdown's own HTML rules are switched off, so a tag in a description is shown and never run.
Links go to http(s), mailto or another event; images are refused, because each would be a request to somebody else.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape, unescape
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from .urls import EVENT_LINK, EXTERNAL, is_government, link_fault, url_fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Cheap signs that a text may hold a link, an image or a tag; most descriptions have none and skip the parser.
_SUSPECT = re.compile(r"[<\[]")
# The link that nearly every link is. A text that holds no other bracket can hide nothing from its addresses, and needs
# no parser either: that halves the time that checking 10,000 records takes.
_PLAIN_LINK = re.compile(r"(?<![!\\\]])\[([^\[\]<>!`\\]*)\]\((https?://[^\s()<>\[\]\"'`\\*_&{}]*)\)")
_TAG = re.compile(r"</?[a-z][a-z0-9-]*(?:\s[^<>]*)?/?>|<!--", re.IGNORECASE)
# Only whole runs of backticks are compared: looked for from within them, 20,000 of them took ten minutes.
_CODE = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)|^(?: {4}|\t)[^\n]*", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class MarkupFault:
    """What a text may not, or had better not, hold; `snippet` is the part that is meant, as it was typed."""

    message: str
    help: str
    snippet: str
    warning: bool = False


def html(text: str, event_url: Callable[[str], str] | None = None) -> str:
    """The text as HTML; `event_url` gives the address of an event that is linked as `{event}id`."""
    usual = _usual(text)
    if usual is not None:
        return usual
    from .markdown_parser import made  # noqa: PLC0415  most descriptions are usual

    return made(text, event_url)[0]


# What most descriptions hold, and nothing else: paragraphs, lists of one level, links, words in bold. The library takes eight
# times as long for such a text. Signs of anything more, and characters that a rule of the library may take for white space:
_MORE = re.compile(r"[`\\<>&|_\x00-\x09\x0b-\x1f\x7f-\xa0\u1680\u2000-\u200b\u2028-\u202f\u205f\u3000\ufeff]")
_BOLD = re.compile(r"\*\*([^\s*](?:[^\n*]*[^\s*])?)\*\*")
_ITEM = "- "
# What a line of words begins with; "<" is of a link or of bold words that were made already.
_OPENING = frozenset("<(\"'“‘«¿¡")


def _usual(text: str) -> str | None:
    """The text as HTML as the library makes it; None for a text that is left to the library."""
    if _MORE.search(text):
        return None
    made = _PLAIN_LINK.sub(_usual_link, text)
    if "*" in made:
        made = _BOLD.sub(r"<strong>\1</strong>", made)
    # What was not made into something may be something else.
    if "[" in made or "]" in made or "*" in made:
        return None
    blocks: list[str] = []
    listed = False
    for block in made.strip("\n").split("\n\n"):
        lines = block.split("\n")
        # One list after another is one of another kind.
        if listed and lines[0].startswith(_ITEM):
            return None
        listed = all(line.startswith(_ITEM) for line in lines)
        if listed:
            lines = [line[len(_ITEM) :] for line in lines]
        if not all(line and (line[0].isalpha() or line[0] in _OPENING) and line[-1] != " " for line in lines):
            return None
        if listed:
            items = "</li>\n<li>".join(lines)
            blocks.append(f"<ul>\n<li>{items}</li>\n</ul>")
        else:
            blocks.append(f"<p>{block}</p>")
    return "\n".join(blocks)


def _usual_link(found: re.Match[str]) -> str:
    words, href = found.groups()
    if not words or words != words.strip() or "*" in words or "\n" in words or url_fault(href):
        return found[0]
    marked = "" if is_government(href) else f' class="{EXTERNAL}"'
    return f'<a{marked} href="{href}">{words}</a>'


_ADDRESS = re.compile(r"(<[a-z][^<>]*?\s(?:href|src)=\")([^\"]*)", re.IGNORECASE)


def absolute(page: str, base: str) -> str:
    """HTML that a Markdown parser wrote, with its addresses absolute, as seen from `base`."""
    return _ADDRESS.sub(lambda found: found[1] + escape(urljoin(base, unescape(found[2]))), page)


def event_ids(text: str) -> list[str]:
    """The ids of the events that a text links to."""
    return EVENT_LINK.findall(text)


def faults(text: str) -> list[MarkupFault]:
    """What is wrong with a Markdown text: links that may not be, images, raw HTML (a warning)."""
    if heavy := next(_heavy(text), None):
        return [heavy]
    if not _SUSPECT.search(text):
        return []
    rest = _PLAIN_LINK.sub("", text)
    if not _SUSPECT.search(rest) and not any(url_fault(found[2]) for found in _PLAIN_LINK.finditer(text)):
        return []
    if depth := _depth(text):
        mend = "close each `[` with `]` and each `(` with `)`"
        return [MarkupFault(f"opens {depth} brackets within each other", mend, "")]
    from .markdown_parser import made  # noqa: PLC0415  as above

    _, collect = made(text)
    found = [*_bad_links(collect.links)]
    found += [
        MarkupFault(
            "holds an image, which would be fetched from another site", f"link to it: `[what it shows]({src})`", src
        )
        for src in collect.images
    ]
    if tag := _TAG.search(_CODE.sub("", text)):
        found.append(
            MarkupFault(
                "holds HTML, which is shown as text",
                "use Markdown: `**bold**`, `[words](https://…)`",
                tag[0],
                warning=True,
            )
        )
    return found


# What takes the parser longer than the square of its length is more than any text needs.
_LINES, _BACKTICKS, _IN_A_ROW = 600, 1_000, "`" * 41
# Quotes and lists within one another: the parser calls itself for each, and what it does with a hundred depends on how deep
# in the program it was asked. By signs in a row, and by how far in a line stands.
_NESTED = re.compile(r"^ *(?:(?:>|[*+-][ \t]|\d+\.[ \t])[ \t]*){21}|^(?: {0,3}\t| {4}){21}", re.MULTILINE)
# Cells of tables: each row is filled up to the longest. And characters that references may repeat.
_CELLS, _REPEATED = 10_000, 1_000_000


def _heavy(text: str) -> Iterator[MarkupFault]:
    """What would hold up every build, although it shows nothing: a thousand lines or backticks, a hundred lists within one
    another, what a few signs make a million characters of."""
    lines = text.split("\n")
    if len(lines) > _LINES + 1:
        mend = "join lines that belong together"
        yield MarkupFault(f"has {len(lines):,} lines; it takes at most {_LINES + 1}", mend, "")
    if _IN_A_ROW in text:
        yield MarkupFault(f"has more than {len(_IN_A_ROW) - 1} backticks in a row", "remove them", _IN_A_ROW)
    if (ticks := text.count("`")) > _BACKTICKS:
        mend = "remove those that show nothing"
        yield MarkupFault(f"has {ticks:,} backticks; it takes at most {_BACKTICKS:,}", mend, "")
    if found := _NESTED.search(text):
        mend = "begin the line with its words"
        yield MarkupFault("has more than 20 quotes or lists within one another", mend, found[0].strip())
    if "|" in text and (cells := max(line.count("|") for line in lines) * len(lines)) > _CELLS:
        yield MarkupFault(f"has a table of up to {cells:,} cells", f"it takes {_CELLS:,}: link to the table", "")
    if "]:" in text and text.count("]") * max(map(len, lines)) > _REPEATED:
        mend = "write the links themselves: `[words](https://…)`"
        yield MarkupFault("repeats a long reference too often", mend, "")


# The parser looks for the end of each open bracket up to the text's own: 19,000 of them take it two minutes.
_DEEPEST = 40


def _depth(text: str) -> int:
    """How many brackets of one kind are open at once where that is more than any text needs, else 0."""
    for opening, closing in ("[]", "()"):
        if text.count(opening) <= _DEEPEST:
            continue
        depth = deepest = 0
        for sign in re.findall(f"[\\{opening}\\{closing}]", text):
            depth = depth + 1 if sign == opening else max(0, depth - 1)
            deepest = max(deepest, depth)
        if deepest > _DEEPEST:
            return deepest
    return 0


_MANY = 10


def _bad_links(links: Iterable[str]) -> list[MarkupFault]:
    """The faults of links, each address once; of very many, the first."""
    bad = [(href, fault) for href in dict.fromkeys(links) if (fault := link_fault(href))]
    more = f", and so have {len(bad) - 1:,} more" if len(bad) > _MANY else ""
    return [
        MarkupFault(f"has a link that {what}{more}", mend, href) for href, (what, mend) in bad[: 1 if more else None]
    ]
