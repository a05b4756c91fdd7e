"""How a problem is shown: the caret under the place, in a terminal, an annotation and JSON."""

from __future__ import annotations

import json
import re
import unicodedata

import pytest
from events.problems import FORMATS, Problem, count, did_you_mean, failed, nearest, report, short
from hypothesis import given
from hypothesis import strategies as st


def problem(excerpt: str = "kind: webinr", column: int = 7, width: int = 6, **more: str) -> Problem:
    """A problem of the second line of a record."""
    facts = {"message": "`kind` cannot be `webinr`", "help": "did you mean `webinar`?", **more}
    return Problem("events/forms.yaml", 2, column, facts["message"], facts["help"], "error", excerpt, width)


@given(
    st.text(st.characters(categories=("L", "N", "P", "Zs")), max_size=200), st.text("webinr", min_size=1, max_size=20)
)
def test_the_caret_stands_under_the_word_that_is_meant(before: str, word: str) -> None:
    shown = report([problem(f"{before}{word}", len(before) + 1, len(word))]).split("\n")

    def cells(text: str) -> int:
        return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)

    line, caret = shown[1].partition(" | ")[2], shown[2].partition(" | ")[2]
    column = cells(caret) - len(caret.lstrip())
    # The line may be cut, but never before the word.
    starts = [found.start() for found in re.finditer(re.escape(word[:1]), line)]
    assert column in {cells(line[:start]) for start in starts}
    assert len(line) <= 110


def test_a_tab_in_the_line_does_not_move_the_caret() -> None:
    lines = report([problem("kind:\twebinr")]).split("\n")
    assert lines[1].index("webinr") == lines[2].index("^")


def test_problems_are_sorted_by_file_line_and_column() -> None:
    places = [("b", 1, 1), ("a", 10, 1), ("a", 2, 9), ("a", 2, 3)]
    rows = json.loads(report((Problem(path, line, column, "x") for path, line, column in places), "json"))
    assert [(row["path"], row["line"], row["column"]) for row in rows] == sorted(places)


@given(st.text(), st.text(), st.text())
def test_an_annotation_is_one_line_whatever_it_says(path: str, message: str, mend: str) -> None:
    text = report([Problem(path, 1, 1, message, mend)], "github")
    assert text.endswith("\n")
    assert "\n" not in text[:-1]
    assert "\r" not in text
    place = text.split("::")[1]
    assert place.count(",") == 2


HOSTILE = "a\n::error file=README.md::no\r\x1b[2J\x9b2J\u2028\u202e\udcff.yaml"


@pytest.mark.parametrize("form", ["text", "github"])
def test_no_name_of_a_file_is_obeyed_by_who_shows_it(form: str) -> None:
    plain, shown = (report([Problem(path, 1, 1, path, path)], form) for path in ("a.yaml", HOSTILE))
    assert shown.count("\n") == plain.count("\n")
    assert not [char for char in shown if char != "\n" and unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl")]
    assert [line for line in shown.splitlines() if line.startswith("::error file=README")] == []
    assert r"\x1b[2J" in shown


@pytest.mark.parametrize("form", FORMATS)
def test_colour_is_for_terminals_alone(form: str) -> None:
    assert "\x1b" not in report([problem()], form)
    assert ("\x1b" in report([problem()], form, colour=True)) == (form == "text")


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown report format"):
        report([], "xml")


def test_a_warning_says_so_and_fails_nothing() -> None:
    warning = Problem("a", 1, 1, "look", severity="warning")
    assert report([warning]).startswith("a:1:1: warning: look")
    assert not failed([warning])
    assert failed([warning, problem()])


@pytest.mark.parametrize(
    ("errors", "warnings", "words"),
    [(1, 0, "1 error in 1 file"), (2, 1, "2 errors and 1 warning in 1 file"), (0, 2, "2 warnings in 1 file")],
)
def test_the_last_line_counts(errors: int, warnings: int, words: str) -> None:
    warning = Problem("events/forms.yaml", 1, 1, "look", severity="warning")
    assert count([problem()] * errors + [warning] * warnings) == words


@pytest.mark.parametrize("said", ["In Person", "in_person", "inperson", "in-persons", "IN-PERSON"])
def test_the_nearest_value_is_found_through_spelling(said: str) -> None:
    assert nearest(said, ["in-person", "online", "hybrid"]) == "in-person"


@given(st.text(min_size=100, max_size=200))
def test_what_is_too_long_to_be_a_value_is_near_to_none_and_cut_when_quoted(text: str) -> None:
    assert nearest(text, [text]) == ""
    assert len(short(text)) <= 61
    assert "\n" not in short(text)


def test_a_long_list_of_values_is_cut() -> None:
    assert did_you_mean("zzzz", [f"value-{number}" for number in range(50)], limit=3).endswith("value-2, …")
