"""What a record may not say: every refusal and every warning that is promised, each with the record that proves it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from events import cli, collection, drafts, records
from events.fields import Choice, Group, Many, Reading, Type, specs
from events.model import Event, read_event
from hypothesis import given
from hypothesis import strategies as st

from tests import factory
from tests.test_records import GOLDEN, RECORDS

# The contract's words, and the golden records that hold the check to them (tests/records/).
PROMISED = {
    "unknown key": ["an_unknown_key", "an_unknown_key_in_a_group", "an_unknown_key_like_none"],
    "duplicate key (both lines named)": ["a_duplicate_key"],
    "a second document": ["a_second_document"],
    "anchors, aliases, tags": ["an_anchor", "an_alias", "an_alias_bomb", "a_tag"],
    "depth over 8": ["too_deep", "too_many_brackets"],
    "control and bidi-override characters, U+2028/2029": ["a_control_character", "a_bidi_override", "a_line_separator"],
    "bad UTF-8": ["not_utf8"],
    "a value outside its vocabulary": ["an_unknown_kind", "an_unknown_format", "an_unknown_status"],
    "one value where a list belongs": ["one_topic_without_a_list", "previous_start_without_a_list"],
    "the same topic twice": ["a_topic_twice"],
    "1–5 topics": ["no_topic", "too_many_topics"],
    "changes out of order": ["changes_out_of_order"],
    "end before start": ["ends_before_it_starts", "ends_a_day_before_it_starts", "ends_when_it_starts"],
    "start and end of one shape": ["start_with_a_time_end_without", "end_with_a_time_start_without"],
    "no T, no offsets": ["a_date_with_a_t", "a_date_with_an_offset"],
    "a time that does not exist or occurs twice": ["a_time_that_the_clocks_skip", "a_time_that_comes_twice"],
    "a time without timezone": ["a_time_without_a_timezone"],
    "an unknown topic, organizer, series": ["an_unknown_topic", "an_unknown_organizer", "an_unknown_series"],
    "a URL with credentials or another scheme": ["a_url_with_credentials", "a_file_url", "a_url_that_runs_code"],
    "meeting passcodes": ["a_passcode_in_a_note", "a_url_with_a_passcode"],
    "links are http(s), mailto or {event}id": ["a_link_that_runs_code", "a_link_without_a_scheme", "a_link_to_no_event"],
    "required fields": ["a_missing_title", "a_missing_kind", "a_missing_format", "a_missing_topic", "a_missing_summary",
                        "a_missing_announced", "no_start_and_no_when"],
    "a venue for in-person and hybrid": ["no_venue_in_person", "a_venue_without_a_city", "a_venue_without_a_state"],
    "a moved-online event has format online": ["moved_online_but_in_person"],
    "on_demand only for format on-demand": ["on_demand_for_an_online_event", "on_demand_with_a_start"],
    "warning: a year in the title that is not the start's": ["warned_a_year_in_the_title"],
    "warning: a start before the source was published": ["warned_before_its_source"],
    "warning: a summary that breaks off": ["warned_a_summary_that_breaks_off", "warned_a_summary_with_an_ellipsis"],
    "warning: more than 14 days long": ["warned_longer_than_14_days"],
    "warning: http": ["warned_http"],
    "warning: raw HTML": ["warned_html_in_the_description"],
}  # fmt: skip


@pytest.mark.parametrize("promise", sorted(PROMISED))
def test_every_promise_is_kept_by_a_golden_record(promise: str) -> None:
    assert set(PROMISED[promise]) <= set(GOLDEN)
    for name in PROMISED[promise]:
        told = (RECORDS / f"{name}.txt").read_text(encoding="utf-8")
        assert ("warning: " in told) == promise.startswith("warning")


def _choices(cls: type, way: str = "") -> list[tuple[str, Choice]]:
    found: list[tuple[str, Choice]] = []
    for name, spec in specs(cls).items():
        kind: Type = spec.type.of if isinstance(spec.type, Many) else spec.type
        if isinstance(kind, Choice):
            found.append((f"{way}{name}", kind))
        elif isinstance(kind, Group):
            found += _choices(kind.cls, f"{way}{name}.")
    return found


@pytest.mark.parametrize(("name", "kind"), _choices(Event))
def test_every_vocabulary_refuses_what_it_does_not_hold_and_names_the_nearest(name: str, kind: Choice) -> None:
    for value in kind.values:
        reading = Reading()
        assert kind.read(value, (name,), reading) == value
        assert not reading.findings
        assert kind.read(f"{value}x", (name,), reading) is None
        (finding,) = reading.findings
        near = re.search(r"did you mean `([^`]+)`", finding.help)
        assert near, finding
        assert near[1] in kind.values


@pytest.mark.parametrize("name", [name for name, spec in specs(Event).items() if spec.required])
def test_an_empty_value_is_a_missing_one(name: str) -> None:
    reading = Reading()
    assert read_event({**factory.MINIMAL, name: ""}, "a-day", "", reading) is None
    assert f"`{name}` is missing" in [finding.message for finding in reading.findings]


ENDINGS = ["A sentence", " ", "a", "an", "and", "band", "The", "the", ".", "...", "…", "!", "?", '"', "”", ")"]


@given(st.lists(st.sampled_from(ENDINGS), max_size=5))
def test_a_summary_breaks_off_where_its_whole_text_does(ends: list[str]) -> None:
    summary = "A sentence that is long enough for a summary" + "".join(ends)
    reading = Reading()
    read_event({**factory.MINIMAL, "summary": summary}, "a-day", "", reading)
    whole = bool(re.search(r"""[.!?…]["'”’)\]]*$""", summary))
    dangling = bool(re.search(r"(?:\.\.\.|…|\b(?:and|or|the|a|an)\.)$", summary, re.IGNORECASE))
    told = [finding.message for finding in reading.findings if "breaks off" in finding.message]
    assert told == (
        ["the summary breaks off: it has no full stop"] if not whole else ["the summary breaks off"] if dangling else []
    )


# What one record cannot say of itself


def said(content: Path) -> list[str]:
    return [f"{p.severity}: {p.path}: {p.message}" for p in collection.load(content, shown_from=content).problems]


def test_two_records_with_one_id_are_refused_and_both_are_named(tmp_path: Path) -> None:
    content = factory.write_content(tmp_path / "content", {"day": factory.record()})
    factory.write_record(content, "day", factory.record(start="2028-04-06"))
    assert said(content) == [
        "error: events/2028/day.yaml: the id `day` is taken by events/2027/day.yaml",
    ]


@pytest.mark.parametrize("stem", ["A-Day", "a_day", "a--day", "-day", "a", "d" * 81, "tag des amtes"])
def test_a_file_whose_name_is_no_id_is_refused(tmp_path: Path, stem: str) -> None:
    content = factory.write_content(tmp_path / "content", {stem: factory.record()})
    (message,) = said(content)
    assert "the file's name is no id" in message


ONE = factory.record(title="A day on forms for the public", url="https://example.gov/forms")


@pytest.mark.parametrize(
    ("changes", "warned"),
    [
        ({"title": "Quite another name", "start": "2027-09-01"}, True),
        ({"url": None, "start": "2027-04-20"}, True),
        ({"url": None, "start": "2027-04-22"}, False),
        ({"url": "https://example.gov/forms/"}, True),
        ({"url": "https://example.gov/other", "title": "Quite another name"}, False),
        ({"title": "A day on forms for the public: episode 2", "url": None}, False),
    ],
)
def test_what_seems_to_be_the_same_event_twice_is_warned_of(
    tmp_path: Path, changes: dict[str, Any], warned: bool
) -> None:
    other = {name: value for name, value in {**ONE, **changes}.items() if value is not None}
    content = factory.write_content(tmp_path / "content", {"one": ONE, "two": other})
    found = said(content)
    assert len(found) == int(warned)
    assert all(message.startswith("warning: events/2027/two.yaml: ") for message in found)


def test_editions_of_a_series_are_no_duplicates(tmp_path: Path) -> None:
    one = {**ONE, "series": "brown-bag"}
    content = factory.write_content(tmp_path / "content", {"one": one, "two": {**one, "start": "2027-04-13"}})
    assert said(content) == []


def test_all_problems_of_all_records_come_in_one_pass_and_in_order(tmp_path: Path) -> None:
    bad = factory.record(kind="x", format="y", topics=["z"])
    content = factory.write_content(tmp_path / "content", {"b": bad | {"url": "ftp://x"}, "aa": bad, "bb": bad})
    problems = collection.load(content, shown_from=content).problems
    assert [problem.order for problem in problems] == sorted(problem.order for problem in problems)
    assert len({problem.path for problem in problems}) == 3
    assert len(problems) > 9


# What CONTRIBUTING.md tells editors to write

CONTRIBUTING = (Path(__file__).parent.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
ADVICE = re.findall(r"```yaml\n# (\w+(?: \w+)?): .*\n((?:.+\n)+?)```", CONTRIBUTING)


@pytest.mark.parametrize(("case", "advice"), ADVICE, ids=[case for case, _ in ADVICE])
def test_subscribers_hear_of_what_the_advice_to_editors_changes(
    tmp_path: Path, case: str, advice: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert [name for name, _ in ADVICE] == ["Cancelled", "Postponed", "Rescheduled", "Moved online"]
    monkeypatch.chdir(tmp_path)
    published = factory.record(
        format="in-person",
        start="2027-03-02 13:30",
        timezone="America/New_York",
        venue={"city": "Washington", "state": "DC"},
        title="A day on forms",
    )
    content = factory.write_content(tmp_path / "content", {"forms": published})
    who = ["-c", "user.name=E", "-c", "user.email=e@example.gov", "-c", "commit.gpgsign=false"]
    for arguments in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "As published"]):
        subprocess.run(["git", *arguments], check=True, capture_output=True)
    changed, _ = records.parse(advice)
    path = content / "events" / "2027" / "forms.yaml"
    path.write_text(drafts.text_of({**published, **changed}), encoding="utf-8")
    status = cli.main(["check", "--since", "HEAD"])
    assert status == 0, capsys.readouterr().out
    # Without the entry in `changes`, the check would not have it.
    path.write_text(
        drafts.text_of({**published, **changed} | {"changes": []}).replace("changes: []\n", ""), encoding="utf-8"
    )
    assert cli.main(["check", "--since", "HEAD"]) == 1, case
