"""Faults of records: each golden one reads as an editor sees it, and no input brings the reader down.

tests/records/<name>.yaml is a record with a fault, <name>.txt what `events check` says of it. After a change of
words: `python -m tests.test_records` writes them anew, and the difference is to be read.
"""

from __future__ import annotations

import pickle
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from random import Random

import pytest
from events import collection, records
from events.problems import Fault, report
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bench import generate

RECORDS = Path(__file__).parent / "records"
GOLDEN = sorted(path.stem for path in RECORDS.glob("*.yaml"))


def said(name: str, folder: Path) -> str:
    """What the check says of a golden record in a content folder of its own."""
    content = folder / "content"
    shutil.copytree(RECORDS / "registries", content)
    (content / "events").mkdir()
    shutil.copyfile(RECORDS / f"{name}.yaml", content / "events" / f"{name.replace('_', '-')}.yaml")
    return report(collection.load(content, shown_from=content).problems)


@pytest.mark.parametrize("name", GOLDEN)
def test_a_fault_is_told_where_it_is_and_how_to_mend_it(name: str, tmp_path: Path) -> None:
    told = said(name, tmp_path)
    assert told == (RECORDS / f"{name}.txt").read_text(encoding="utf-8")
    assert "help: " in told
    assert ("warning: " in told) == name.startswith("warned_")


# Most records are read line by line; what they say must be what YAML's own parser takes from them.
CONTENT = Path(__file__).parent.parent / "content"
USUAL = [generate.record(number)[1] for number in range(0, 400, 7)]
USUAL += [path.read_text(encoding="utf-8") for path in sorted(CONTENT.rglob("*.yaml"))]
ODD = [data.decode() for name in GOLDEN if (data := (RECORDS / f"{name}.yaml").read_bytes()).isascii()]
TEXTS = [*USUAL, *ODD]
PIECES = [
    "\n", "\n\n", " ", "  ", "   ", "\n \n", "- ", "- - ", "-   ", ":", ": ", "::", "#", " #", "\n# a\n", "|", "|-", "|2", ">", ">-", "'", '"', "''",
    '"a"', "'a' ", '"\\n"', "[", "]", ", ", ",", "[a, b]", "[ a]", "[a-b, c d ]", "[]", "{", "}", "{a: b}", "&a ", "*a", "!a ", "%", "@", "`", "\\",
    "?", "? ", "---\n", "...\n", "~", "<<: ", "a", "b: ", "b-1:\n", "b:\n  ", "c: d\n", "\n  e: f", "\n    g: h", "\n  - i: j", "\n    - k",
    "\nl: |\n  m\n\n   n\n", "\no: >-\n  p\n  q\n", "\u00a0", "\u3000", "é", "“", "\t", "0", "=",
]  # fmt: skip


def same(text: str) -> bool:
    """Whether lines give a tree; it is then the parser's."""
    if records.FORBIDDEN.search(text):
        return False
    found = records._by_lines(text)
    assert found is None or records._by_events(text, text) == (found, []), text
    return found is not None


def test_the_records_that_people_write_are_read_line_by_line() -> None:
    assert sum(map(same, USUAL)) > 0.95 * len(USUAL)
    assert sum(map(same, ODD)) < len(ODD)


def mutated(text: str, chance: Random) -> str:
    """A text, or some lines of it, with something put in, taken out, moved or written over."""
    lines = text.splitlines(keepends=True) or [""]
    if chance.random() < 0.7:
        first = chance.randrange(len(lines))
        lines = lines[first : first + chance.randrange(1, 9)]
    for _ in range(chance.randrange(4)):
        where = chance.randrange(len(lines))
        line = lines[where]
        at = chance.randrange(len(line) + 1)
        piece = chance.choice(PIECES)
        lines[where] = chance.choice(
            [
                line[:at] + piece + line[at:],
                line[:at] + piece,
                line[:at] + line[at + 1 :],
                piece + line,
                line[2:],
                f"  {line}",
            ]
        )
    return "".join(lines)


# Random by its seed: drawn one by one, so many texts take minutes.
@settings(max_examples=300)
@given(st.integers(0, 2**32))
def test_lines_give_what_the_parser_gives_or_nothing(seed: int) -> None:
    chance = Random(seed)
    for _ in range(20):
        same(mutated(chance.choice(TEXTS), chance))
        same("".join(chance.choices(PIECES, k=chance.randrange(12))))


@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
@example("a: b\n  c: d\n")
@example("a: b\n c\n")
@example("a:\n- b\n")
@example("a:\n  - b\n  c: d\n")
@example("a:\n  - b: |\n    c\n")
@example("a:\n  -   - b\n")
@example("a: |\n  b\n \n  c\n")
@example("a: >\n  b\n   c\n  d\n")
@example("a: b\na: c\n")
@example("a: \u00a0\nb: [c ,d]\n")
@example("  a: b\n")
@example("a:\n  b:\n    c:\n      d:\n        e:\n          f:\n            g:\n              h: i\n")
def test_lines_of_any_pieces_give_what_the_parser_gives_or_nothing(text: str) -> None:
    same(text)


def test_a_file_from_windows_is_read_as_any_other() -> None:
    for text in USUAL[:20]:
        assert records.parse(text.replace("\n", "\r\n")) == records.parse(text)


def test_the_parser_is_loaded_for_a_text_that_needs_it_and_for_no_other() -> None:
    script = """
import sys
from events import collection, records
assert records.parse("a: b\\nc: [d, e]\\n") == ({"a": "b", "c": ["d", "e"]}, [])
assert "yaml" not in sys.modules
assert records.parse("{a: b}\\n") == ({"a": "b"}, [])
assert "yaml" in sys.modules
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def main() -> None:
    """Write what is said of every golden record."""
    for name in GOLDEN:
        with tempfile.TemporaryDirectory() as folder:
            (RECORDS / f"{name}.txt").write_text(said(name, Path(folder)), encoding="utf-8")


if __name__ == "__main__":
    main()


def test_lone_returns_end_lines_for_places_and_excerpts_too() -> None:
    text = "title: A fine title\rkind: nope\u202e\r"
    with pytest.raises(records.Unreadable) as found:
        records.parse(text)
    told = records.from_fault("x.yaml", text, found.value.fault)
    assert (told.line, told.column, told.excerpt) == (2, 11, "kind: nope\ufffd")
    problem = records.problem("x.yaml", "title: A\rkind: nope\r", ("kind",), "is none")
    assert (problem.line, problem.column, problem.excerpt) == (2, 7, "kind: nope")


def test_what_was_unreadable_is_told_by_another_process_as_here() -> None:
    fault = Fault(3, 4, "is wrong", "mend it", 5)
    again = pickle.loads(pickle.dumps(records.Unreadable(fault)))
    assert (str(again), again.fault) == ("is wrong", fault)
