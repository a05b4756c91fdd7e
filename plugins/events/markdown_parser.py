"""Markdown by the library, with no more of its rules than a text needs, and none for raw HTML.

It is loaded for texts that are more than usual (markup.py): a process that makes pages need not wait for it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape
from typing import TYPE_CHECKING

from markdown import Markdown
from markdown.extensions import Extension
from markdown.extensions.sane_lists import SaneListExtension
from markdown.extensions.tables import TableExtension
from markdown.treeprocessors import Treeprocessor
from markdown.util import AMP_SUBSTITUTE, AtomicString

from .urls import EVENT_LINK, EXTERNAL, is_government, link_fault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from xml.etree.ElementTree import Element


class Collect(Treeprocessor):
    """Reads the links and images of a text, and fits it into a page: headings start below the page's own."""

    def __init__(self, md: Markdown) -> None:
        super().__init__(md)
        self.links: list[str] = []
        self.images: list[str] = []
        self.event_url: Callable[[str], str] = _no_event

    def run(self, root: Element) -> None:
        for element in root.iter():
            if element.tag == "a":
                # As a browser will read it: character references, and the library's mark for an ampersand, resolved.
                href = unescape(element.get("href", "").replace(AMP_SUBSTITUTE, "&"))
                self.links.append(href)
                if link_fault(href):
                    # Nobody gets here with a record that was refused; if somebody does, the link is dead.
                    del element.attrib["href"]
                elif found := EVENT_LINK.fullmatch(href):
                    element.set("href", self.event_url(found[1]))
                elif href.lower().startswith("http") and not is_government(href):
                    element.set("class", EXTERNAL)
            elif element.tag == "img":
                self.images.append(element.get("src", ""))
            elif element.tag in _HEADINGS:
                element.tag = _HEADINGS[element.tag]


# Below the page's own.
_HEADINGS = {f"h{level}": f"h{min(6, level + 2)}" for level in range(1, 7)}


class _Leave(Treeprocessor):
    """Marks every paragraph without a sign as what the library leaves alone (its `AtomicString`), which spares 20 µs."""

    def __init__(self, md: Markdown, signs: Sequence[str]) -> None:
        super().__init__(md)
        self.signs = signs

    def run(self, root: Element) -> None:
        for element in root.iter():
            text = element.text
            if text and not any(sign in text for sign in self.signs):
                element.text = AtomicString(text)


class Inert(Extension):
    """Markdown without raw HTML."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802  the library's name
        md.preprocessors.deregister("html_block")
        md.inlinePatterns.deregister("html")
        # Last of all, when escapes are resolved and a link is what it will be.
        md.treeprocessors.register(Collect(md), "collect", -1)


# The library asks every rule of every paragraph, and a description holds few signs of any. So each rule stands here beside what
# a text must hold for it to find something, and a text is parsed with those alone that may: in 40% of the time, which was
# 400 µs. First the rules within paragraphs, then those of whole blocks.
_INLINE: Mapping[str, Sequence[str]] = {
    "`": ("backtick",),
    "\\": ("escape",),
    # Nothing is a reference that is not defined somewhere.
    "]:": ("reference", "image_reference", "short_reference", "short_image_ref"),
    "](": ("link",),
    "![": ("image_link",),
    "<": ("autolink", "automail"),
    "  \n": ("linebreak",),
    "&": ("entity",),
    "*": ("em_strong",),
    "_": ("em_strong",),
}
_BLOCKS: Mapping[str, Sequence[str]] = {
    "]:": ("reference",),
    "    ": ("indent", "code"),
    "|": ("table",),
    "#": ("hashheader",),
    ">": ("quote",),
}
# Blocks that a line begins, or is. What else it begins with may be taken off it first: quotes and items of lists are within
# one another.
_LINE = r"\n[ \d.*+>-]*"
_MARKED: Mapping[re.Pattern[str], Sequence[str]] = {
    re.compile(rf"{_LINE}\d\. "): ("olist",),
    re.compile(rf"{_LINE}[*+-] "): ("ulist",),
    re.compile(r"\n[ \d.*+>=_-]*[*=_-] *(?:\n|\Z)"): ("setextheader", "hr"),
}
_Found = tuple[bool, ...]
_SIGNS = (*_INLINE, *_BLOCKS)
_EVERY = (True,) * (len(_SIGNS) + len(_MARKED))


def _found(text: str) -> _Found:
    """Which signs a text holds, in the order above."""
    # Tabs become blanks, returns line breaks, and the library's own marks nothing, before any rule is asked.
    if "\t" in text or "\r" in text or "\x02" in text or "\x03" in text:
        return _EVERY
    lines = f"\n{text}"
    return (*[sign in lines for sign in _SIGNS], *[line.search(lines) is not None for line in _MARKED])


# One for each set of signs, of which a directory has some dozens: making a parser takes as long as using it.
@lru_cache(maxsize=64)
def _parser(found: _Found = _EVERY) -> tuple[Markdown, Collect]:
    """A parser without the rules whose signs are not there: the library lets them be taken away by their names
    (https://python-markdown.github.io/extensions/api/#registries)."""
    parser = Markdown(extensions=[Inert(), SaneListExtension(), TableExtension()], output_format="html")
    inline, blocks = found[: len(_INLINE)], found[len(_INLINE) :]
    for registry, rules, there in (
        (parser.inlinePatterns, [*_INLINE.values()], inline),
        (parser.parser.blockprocessors, [*_BLOCKS.values(), *_MARKED.values()], blocks),
    ):
        needed = {name for names, has in zip(rules, there, strict=True) if has for name in names}
        for name in {name for names in rules for name in names} - needed:
            registry.deregister(name)
    # With no rule within paragraphs they are left as they are, and without backslashes nothing is escaped.
    if any(inline):
        # What is defined in another paragraph is told from its bracket.
        signs = [sign.replace("]:", "[") for sign, has in zip(_INLINE, inline, strict=True) if has]
        # Before the library's own "inline" (20).
        parser.treeprocessors.register(_Leave(parser, signs), "leave", 25)
    else:
        parser.treeprocessors.deregister("inline")
    # What puts back what was put aside as it stands: of the rules that are left, "entity" alone does that. The library makes a
    # cycle of it for every text, and a build does not look for cycles.
    if "entity" not in parser.inlinePatterns:
        parser.postprocessors.deregister("raw_html")
    if "escape" not in parser.inlinePatterns:
        parser.treeprocessors.deregister("unescape")
    collect = parser.treeprocessors["collect"]
    assert isinstance(collect, Collect)
    return parser, collect


def _no_event(identity: str) -> str:
    return f"#{identity}"


def made(text: str, event_url: Callable[[str], str] | None = None) -> tuple[str, Collect]:
    """The text as HTML, and what was collected on the way."""
    parser, collect = _parser(_found(text))
    parser.reset()
    collect.links, collect.images, collect.event_url = [], [], event_url or _no_event
    return parser.convert(text), collect
