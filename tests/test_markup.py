"""Markdown: the parser that knows few rules makes of every text what the one that knows all makes of it."""

from __future__ import annotations

import gc

import pytest
from events import markdown_parser, markup
from events.markup import faults, html
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from markdown import Markdown

# For every rule of the library what makes it find something, also within quotes and lists, and where a sign is made of others.
NEEDS = (
    "`a_b_c`", "a \\*b\\* c", "[a][b]\n\n[b]: https://a.gov", "[b]\n\n> [b]: https://a.gov", "![a][b]\n\n[b]: c.png",
    "![b]\n\n[b]: c.png", "[a](https://a.gov/x)", "![a](b.png)", "<https://a.gov>", "<a@b.gov>", "a  \nb", "&copy;",
    "*a*", "**a**", "_a_", "__a__", "- a\n\n    b", "- a\n    - b", "    a", "a|b\n-|-\nc|d", "|a|\n|-|", "# a", "> - # a",
    "a\n# b", "> a", "a\n> b", "- > a", "1. a", "a\n\n1. b", "> 1. a", "- 1. a", "\u0661. a", "- a", "+ a", "* a", "> - a",
    "1. - a", "a\n=", "a\n---  ", "> a\n> -", "- a\n\n    b\n    ===", "---", "* * *", "a\n___\nb", "> ***", "- ---", "1. ***",
    "\ta", "a\t\nb", "a\r\r- b", "a\r\n\r\n- b", "!\x02[a](b.png)", "a \x03 \nb", "\x02klzzwxh:0000\x03 *a*", "\x0242\x03",
)  # fmt: skip
SIGNS = (
    "`", "\\", "[", "]", "(", ")", "]:", "](", "![", "!", "<", ">", "&", ";", "*", "_", "|", "#", "=", "-", "+", ":", '"',
    " ", "  ", "   ", "    ", "\n", "\n", "\n\n", "\n    ", "\t", "\r", "\x0b", "\x1c", "\x85", "\u2028", "\u00a0", "\x02",
)  # fmt: skip
OTHERS = ("a", "b c", "1", "1. ", "\u0661. ", "\n- ", "\n> ", "\n[a]: ", "https://a.gov/a_b", "\x03", "<b>", "é")
PIECES = st.sampled_from([*NEEDS, *SIGNS, *SIGNS, *OTHERS])


def parsed(text: str, needed: bool = True) -> tuple[str, list[str], list[str]]:
    """The HTML of a text with its links and images, by the parser of what it needs or by one that knows every rule."""
    if needed:
        made, found = markdown_parser.made(text)
        return made, found.links, found.images
    parser = Markdown(extensions=[markdown_parser.Inert(), "sane_lists", "tables"], output_format="html")
    collect = parser.treeprocessors["collect"]
    assert isinstance(collect, markdown_parser.Collect)
    return parser.convert(text), collect.links, collect.images


@pytest.mark.parametrize("text", NEEDS)
def test_a_text_is_parsed_by_the_rules_that_it_needs(text: str) -> None:
    assert parsed(text) == parsed(text, needed=False)


# Of few different pieces, so that they meet.
@settings(max_examples=300)
@given(st.lists(PIECES, min_size=2, max_size=8).flatmap(lambda few: st.lists(st.sampled_from(few), max_size=20)))
def test_a_parser_without_the_other_rules_makes_the_same_of_any_text(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert parsed(text) == parsed(text, needed=False)


# What most descriptions are; and what begins like that and is something else, for which the library is asked.
USUAL = (
    "A talk; then questions! It costs $5 (bring two).", "a\nb\n\nc", "“a” – é: 1. 2", "- a", "a\n\n- b\n- c\n\nd",
    "[a](https://a.gov/x?y=1#z)", "see [a b](http://b.com).", "- [a](https://a.gov): c", "**a**", "a**b**c", "**a** **b c**.",
    "- **a [b](https://b.com) c**", "(**a**)", "ends in a line break\n", "A {b} ~~c~~ ^d^ e@f.gov #g +h =i https://a.gov",
)  # fmt: skip
UNUSUAL = (
    "", " a", "a ", "a \nb", "a\n b", "a\n\n\nb", "a\n- b", "- a\nb", "- a\n  b", "- a\n\n- b", "- - a", "- # a", "- 1. a", "-a",
    "- ", "-", "+ a", "1. a", "a\n1. b", "# a", "a\n# b", "a\n==", "a\n--", "---", "* * *", "*a*", "***a***", "a ** b ** c", "**a", "**a\nb**",
    "[a]", "[a]: https://a.gov", "![a](https://a.gov/b.png)", "[a](b)", "[a](mailto:a@b.gov)", "[a]({event}b)", "[ a](https://a.gov)",
    "[**a**](https://a.gov)", "[a](https://a.gov/*b*)", "[a [b](https://b.gov)", "[a](https://a@b.gov)", "[a](https://a.gov 'b')",
    "a & b", "a < b", "a > b", "`a`", "\\*", "a_b", "a|b", "a\tb", "a\rb", "a\x0bb", "a\u00a0b", "a\u2028b", "\x02a",
)  # fmt: skip
BITS = (
    "a", "b c", "é", "(", ".", " ", "\n", "\n", "\n\n", "- ", "\n- ", "\n\n- ", "1. ", "[a](https://a.gov/x)",
    "[b c](http://b.com)", "**a**", "**", "*", "[", "](", "]:", "!", "#", "=", "--", "{event}a", "<", "&",
)  # fmt: skip


@pytest.mark.parametrize("text", USUAL)
def test_a_usual_text_is_what_the_library_makes_of_it(text: str) -> None:
    assert markup._usual(text) == parsed(text, needed=False)[0]


@pytest.mark.parametrize("text", UNUSUAL)
def test_what_is_more_than_usual_is_left_to_the_library(text: str) -> None:
    assert markup._usual(text) is None
    assert html(text) == parsed(text, needed=False)[0]


@settings(max_examples=500)
@given(
    st.lists(st.sampled_from(BITS), min_size=2, max_size=6).flatmap(
        lambda few: st.lists(st.sampled_from(few), max_size=12)
    )
)
def test_no_text_becomes_something_else_because_it_looks_usual(bits: list[str]) -> None:
    text = "".join(bits)
    assert markup._usual(text) in (None, parsed(text, needed=False)[0])


@given(st.lists(PIECES, max_size=6))
def test_nor_does_one_of_rare_signs(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert html(text) == parsed(text, needed=False)[0]


def test_most_texts_need_few_rules() -> None:
    plain = "Two halves: a talk (30 minutes), then questions! It costs $5; bring 2 forms.\n\nNo slides - R&D.\n"
    assert [
        sign for sign, there in zip(markdown_parser._INLINE, markdown_parser._found(plain), strict=False) if there
    ] == ["&"]
    assert not any(markdown_parser._found(plain)[len(markdown_parser._INLINE) :])


HEAVY = {
    "quotes": ">" * 300,
    "lists": "* " * 600 + "x",
    "numbers": "1. " * 460 + "x",
    "both": "> * " * 100 + "x",
    "lists, one below the other": "".join(f"{'    ' * depth}- x\n" for depth in range(60)),
    "the same with tabs": "".join("\t" * depth + "- x\n" for depth in range(60)),
    "a table": "a|" * 4600 + "b\n" + "-|" * 4600 + "-\n" + "|\n" * 590,
    "references with a long title": f'[a]: http://x.gov "{"t" * 9_900}"\n\n' + "[a]" * 3_350,
    "references to a long address": f"[a]: http://x.gov/{'t' * 2_000}\n\n" + "[a]" * 5_900,
}


@pytest.mark.parametrize("name", HEAVY)
def test_a_text_that_would_hold_up_the_build_is_refused(name: str) -> None:
    (found,) = faults(HEAVY[name])
    assert not found.warning
    assert found.help
    assert found.snippet in HEAVY[name]


NESTED = ("> ", ">", "* ", "- > ", "> 1. ", "    ")


@given(st.lists(st.sampled_from([*NESTED, "\n", "\t", "x", "x\n\n"]), max_size=120).map("".join), st.integers(0, 150))
def test_what_a_text_is_does_not_depend_on_who_asks(text: str, depth: int) -> None:
    assume(not faults(text))

    def deeper(more: int) -> str:
        return deeper(more - 1) if more else html(text)

    assert deeper(depth) == html(text)


def test_the_deepest_and_widest_texts_are_small_pages() -> None:
    for sign in NESTED:
        text = "".join(sign * depth + "x\n\n" for depth in range(1, 100) if not faults(sign * depth + "x"))
        assert text
        assert len(html(text)) < 100_000
    assert len(html("a|" * 40 + "b\n" + "-|" * 40 + "-\n" + "|\n" * 200)) < 100_000


def test_a_text_without_entities_leaves_nothing_in_memory() -> None:
    plain = [text for text in NEEDS if "&" not in text and not {*"\t\r\x02\x03"} & {*text}]
    for text in plain:
        html(text)
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        assert [text for text in plain if html(text) and gc.collect()] == []
    finally:
        gc.unfreeze()
        gc.enable()
