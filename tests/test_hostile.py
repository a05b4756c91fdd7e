"""Files that were made to hurt, and texts that nobody expected: one message each, and never a crash."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
from events import collection, markup, records
from events.fields import ID_LENGTH, Id, Reading, id_fault, slug, specs
from events.model import Event, read_event
from events.pages import collisions
from events.problems import FORMATS, report
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import factory
from tests.site import build, files
from tests.test_records import RECORDS

GOOD = factory.text_of(factory.record(topics=["cloud"]))


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A content folder with the registries of the golden records, and no event."""
    shutil.copytree(RECORDS / "registries", tmp_path / "content")
    (tmp_path / "content" / "events").mkdir()
    return tmp_path / "content"


def told(content: Path) -> list[str]:
    """What is said of a content folder, one message each."""
    return [problem.message for problem in collection.load(content, shown_from=content).problems]


HOSTILE: dict[str, bytes] = {
    "brackets": b"[" * 100_000,
    "brackets_within_the_limit": b"topics: " + b"[" * 60_000,
    "braces": b"title: " + b"{" * 60_000,
    "dashes": b"topics:\n  " + b"- " * 30_000,
    "questions": b"? " * 30_000,
    "ten_megabytes": b"title: " + b"x" * 10_000_000,
    "zero_bytes": b"\0" * 5_000,
    "bad_utf8": GOOD.encode() + b"acronym: \xff\xfe\n",
    "half_a_character": GOOD.encode() + "acronym: é".encode()[:-1],
    "utf_16": GOOD.encode("utf-16"),
    "an_alias_bomb": b"\n".join(
        [b"a: &a [x,x,x,x,x,x,x,x,x]"]
        + [f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]".encode() for n in range(8)]
    ),
    "six_thousand_keys": (GOOD + "".join(f"k{n}: x\n" for n in range(6_000))).encode(),
    "nine_thousand_empty_keys": (GOOD + "".join(f"k{n}:\n" for n in range(7_000))).encode(),
    "one_key_six_thousand_times": (GOOD + "kind: webinar\n" * 4_000).encode(),
    "an_enormous_kind": GOOD.replace("kind: webinar", f"kind: {'w' * 60_000}").encode(),
    "an_enormous_start": GOOD.replace("2027-04-06", "2" * 60_000).encode(),
    "an_enormous_topic": GOOD.replace("cloud", "w" * 60_000).encode(),
    "an_enormous_zone": (GOOD + f"timezone: {'w' * 60_000}\n").encode(),
    "an_enormous_country": (GOOD + f"venue: {{country: {'w' * 60_000}}}\n").encode(),
    "ten_thousand_speakers": (GOOD + f"speakers: [{'{name: Ada}, ' * 4_000}]\n").encode(),
    "ten_thousand_links_to_nothing": (GOOD + f"description: '{'[a](b) ' * 2_500}'\n").encode(),
    "two_thousand_links_to_nothing": (
        GOOD + f"description: '{' '.join(f'[a](b{n})' for n in range(1_500))}'\n"
    ).encode(),
    "brackets_in_markdown": (GOOD + f"description: '{'[' * 19_000}'\n").encode(),
    "brackets_in_markdown_that_close_too_early": (GOOD + f"description: 'x{']' * 9_000}{'[' * 9_000}'\n").encode(),
    "parentheses_in_markdown": (GOOD + f"description: '{'[a](' * 4_500}'\n").encode(),
    "backticks": (GOOD + f"description: '{'`' * 19_000}'\n").encode(),
    "backticks_and_a_tag": (GOOD + f"description: '<b {'`' * 19_000}'\n").encode(),
    "runs_of_backticks": (GOOD + f"description: '{'``a`' * 4_500}'\n").encode(),
    "headings": (GOOD + f"description: '{'a NL NL' * 2_500}'\n".replace("NL", "\n\n  -\n\n")).encode(),
    "a_long_unclosed_quote": GOOD.encode() + b'acronym: "' + b"x" * 60_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_costs_at_most_one_message(name: str, content: Path) -> None:
    (content / "events" / "hostile.yaml").write_bytes(HOSTILE[name])
    messages = told(content)
    assert len(messages) == 1
    assert all(len(message) < 400 for message in messages)


def test_a_folder_a_link_and_a_pipe_are_no_records(content: Path) -> None:
    events = content / "events"
    (events / "a-folder.yaml").mkdir()
    (events / "a-target.yaml").write_text(GOOD, encoding="utf-8")
    (events / "a-link.yaml").symlink_to(events / "a-target.yaml")
    (events / "a-link-to-nothing.yaml").symlink_to(events / "nothing")
    (events / "a-link-to-a-folder").symlink_to(content)
    os.mkfifo(events / "a-pipe.yaml")
    found = {problem.path: problem.message for problem in collection.load(content, shown_from=content).problems}
    assert set(found) == {
        "events/a-folder.yaml",
        "events/a-link.yaml",
        "events/a-link-to-nothing.yaml",
        "events/a-link-to-a-folder",
        "events/a-pipe.yaml",
    }


def test_a_record_that_links_to_a_secret_does_not_show_it(content: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("title: the key is 12345\n", encoding="utf-8")
    (content / "events" / "a-link.yaml").symlink_to(secret)
    assert "12345" not in report(collection.load(content, shown_from=content).problems)


def test_what_is_no_id_names_no_file(content: Path) -> None:
    """An id is a file's name and a part of an address: nothing in it leads anywhere else, on any system."""
    bad = [
        "..", "../x", "/etc/passwd", "a/b", "a\\b", "C:", "a.b", ".hidden", "-a", "A-b", "a b", "a%2fb", "caf\u00e9", "x" * 81,
        "con", "nul", "aux", "prn", "com1", "lpt9", "a\u200bb", "\u0430b",
    ]  # fmt: skip
    for name in bad:
        assert id_fault(name), name
        assert not id_fault(slug(name)), name
        reading = Reading()
        read_event({**factory.record(topics=["cloud"]), "aliases": [name]}, "any", "events/any.yaml", reading)
        assert [finding.place for finding in reading.findings if not finding.warning] == [("aliases", 0)], name
    schema = re.compile(Id().schema()["pattern"])
    assert not [name for name in bad if schema.search(name) and len(name) <= ID_LENGTH[1]]
    assert not [name for name in ("console", "com10", "nul-1", "aux-lpt1") if id_fault(name) or not schema.search(name)]


def test_a_record_and_a_registry_with_a_name_of_windows_are_told(content: Path) -> None:
    (content / "events" / "con.yaml").write_text(GOOD, encoding="utf-8")
    topics = content / "topics.yaml"
    topics.write_text(topics.read_text(encoding="utf-8") + "nul:\n  name: Nothing\n", encoding="utf-8")
    found = collection.load(content, shown_from=content).problems
    assert {problem.path for problem in found if "Windows" in problem.message} == {"events/con.yaml", "topics.yaml"}


def test_two_addresses_that_differ_in_case_alone_are_one(tmp_path: Path) -> None:
    same = ["events/a.html", "Events/A.html"]
    assert collisions(same) == ["Events/A.html"]
    assert collisions(same[:1], ["EVENTS/a.html"]) == ["events/a.html"]
    # Two of Pelican's own files are the operator's business.
    assert collisions([], ["images/a.png", "images/A.png"]) == []


@pytest.mark.parametrize("place", ["articles/leak.md", "pages/leak.md", "images/leak.txt", "images/leak"])
def test_a_link_that_leads_out_of_the_content_folder_is_not_published(tmp_path: Path, place: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    secret = outside / "secret.txt"
    secret.write_text("Title: a key\nDate: 2027-01-01\n\nThe key is 12345.\n", encoding="utf-8")
    folder = factory.write_content(tmp_path / "content", {"one": factory.record()})
    link = folder / place
    link.parent.mkdir()
    link.symlink_to(secret if link.suffix else outside)
    done = build(tmp_path / "output", folder, EVENT_AS_OF=factory.TODAY.isoformat())
    assert done.status == 1
    assert "lead out of the content folder" in done.err
    assert link.name in done.err
    assert not [path for path, data in files(tmp_path / "output").items() if b"12345" in data]


def test_a_folder_that_the_settings_name_may_lie_outside(tmp_path: Path) -> None:
    folder = factory.write_content(tmp_path / "content", {"one": factory.record()})
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "map.txt").write_text("words", encoding="utf-8")
    done = build(tmp_path / "output", folder, EVENT_AS_OF=factory.TODAY.isoformat(), STATIC_PATHS=["../shared"])
    assert done.status == 0, done.err


@given(st.binary(max_size=300))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_become_a_record_or_messages(content: Path, data: bytes) -> None:
    path = content / "events" / "any.yaml"
    path.write_bytes(data)
    found = collection.load(content, shown_from=content)
    assert found.events or found.problems
    for form in FORMATS:
        report(found.problems, form, colour=True)


YAML_BITS = st.lists(
    st.sampled_from(
        [*"[]{}:,-?&*!|>'\"%@`#\n\t \\", "\n  ", ": ", "- ", "---\n", "...\n", "<<: ", "!!str ", "title", "a"]
    ),
    max_size=40,
).map("".join)


@given(YAML_BITS)
def test_any_signs_of_yaml_are_read_or_refused_at_a_place_that_is_there(text: str) -> None:
    try:
        tree, faults = records.parse(text)
    except records.Unreadable as error:
        faults = [error.fault]
    else:
        places = [(), *((key,) for key in tree)]
        for place in places:
            assert records.locate(text, place).line <= text.count("\n") + 1
    for fault in faults:
        assert 1 <= fault.line <= text.count("\n") + 1
        assert fault.message


_NAMES = [*specs(Event), "name", "city", "state", "date", "note", "amount", "for", "type"]
SCALARS = st.text(max_size=40) | st.sampled_from(
    ["2027-03-02", "2027-03-02 13:30", "true", "0", "online", "cloud", "US"]
)
TREES: st.SearchStrategy[records.Tree] = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_NAMES) | st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(_NAMES), TREES, max_size=12))
def test_any_tree_becomes_an_event_or_findings_with_a_mend(tree: dict[str, records.Tree]) -> None:
    reading = Reading({"topics": {"cloud": ("Cloud", "FedRAMP")}, "organizers": {}, "series": {}})
    event = read_event(tree, "any", "events/any.yaml", reading)
    assert (event is None) == reading.failed
    for finding in reading.findings:
        assert finding.message
        assert finding.help, finding
        assert len(finding.message) < 400


@given(name=st.sampled_from([*specs(Event)]), text=st.text(min_size=1, max_size=80))
def test_any_text_in_any_field_stays_itself_or_is_refused(name: str, text: str) -> None:
    tree: dict[str, records.Tree] = {**factory.record(topics=["cloud"]), name: text}
    reading = Reading()
    event = read_event(tree, "any", "events/any.yaml", reading)
    if event is not None and isinstance(value := getattr(event, name), str):
        assert value == text


def test_code_is_found_as_before_and_what_has_no_end_is_none() -> None:
    marked = {
        "`a`": "",
        "``a`b``": "",
        "x `a` y ``b`` z": "x  y  z",
        "`a": "`a",
        "``a`": "``a`",
        "a\n    b\nc": "a\n\nc",
    }
    assert {text: markup._CODE.sub("", text) for text in marked} == marked


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=200))
def test_no_description_makes_markup_that_runs(text: str) -> None:
    html = markup.html(text).casefold()
    assert "<script" not in html
    assert "<img" not in html or any("image" in fault.message for fault in markup.faults(text))
    assert 'href="javascript' not in html
    # What the check lets pass without the parser is what the parser lets pass.
    markup.faults(text)


@given(
    words=st.text("ab !*_`\\[]()<", max_size=8),
    address=st.sampled_from(
        [
            "https://a.gov/x",
            "https://me:pw@a.gov/",
            "http://a.gov",
            "javascript:x",
            "//a.gov",
            "https://a.gov/?pwd=1",
            "x y",
        ]
    ),
    after=st.text("ab )](<", max_size=4),
)
def test_the_quick_look_at_plain_links_misses_nothing(words: str, address: str, after: str) -> None:
    text = f"{words}[words]({address}){after}"
    quick = markup.faults(text)
    # A bracket that makes no link sends the same text through the parser.
    slow = [fault for fault in markup.faults(f"{text}\n\n[") if not fault.warning]
    assert [fault for fault in quick if not fault.warning] == slow
