"""Writing records: what is written reads back as what was meant, and an edit touches one field."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from events import drafts, records
from events.fields import Reading, specs
from events.model import Event, read_event
from hypothesis import given
from hypothesis import strategies as st

from bench import generate
from tests import factory

# What a record may hold at all: the reader refuses the rest, and strips what surrounds a value.
TEXT = (
    st.text(
        st.characters(
            exclude_categories=("Cs", "Cc", "Zl", "Zp"),
            exclude_characters="\u00ad\u200b\u200e\u200f\u2060\u2061\u2062\u2063\u2064\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\ufffe\uffff",
        ),
        min_size=1,
        max_size=60,
    )
    .map(str.strip)
    .filter(bool)
)
LINES = (
    st.lists(TEXT | st.just("") | TEXT.map("  {}".format) | TEXT.map("{}  ".format), min_size=1, max_size=5)
    .map(lambda lines: "\n".join(lines).strip())
    .filter(bool)
)
TREES = st.fixed_dictionaries(
    {"title": TEXT},
    optional={
        "summary": TEXT,
        "description": LINES,
        "topics": st.lists(TEXT, min_size=1, max_size=4),
        "venue": st.dictionaries(st.sampled_from(["name", "city", "access"]), TEXT, min_size=1),
        "prices": st.lists(
            st.dictionaries(st.sampled_from(["for", "amount", "label"]), TEXT, min_size=1), min_size=1, max_size=3
        ),
        "sessions": st.lists(
            st.fixed_dictionaries({"title": TEXT, "speakers": st.lists(TEXT, max_size=3)}), min_size=1, max_size=2
        ),
    },
)


@given(TREES)
def test_what_is_written_reads_back_as_what_was_meant(tree: dict[str, records.Tree]) -> None:
    found, faults = records.parse(drafts.text_of(tree))
    assert found == tree
    assert not faults


@given(TREES, st.sampled_from(["title", "summary", "description"]), LINES)
def test_an_edit_changes_one_field_and_no_comment(tree: dict[str, records.Tree], name: str, value: str) -> None:
    text = "# from the spring list\n" + drafts.text_of(tree) + "# the end\n"
    changed = drafts.replaced(text, name, value)
    assert changed is not None
    assert records.parse(changed)[0] == {**tree, name: value}
    assert changed.startswith("# from the spring list\n")
    assert changed.endswith("# the end\n") or name not in tree


def test_an_edit_in_the_middle_leaves_every_other_line_alone() -> None:
    text = "title: Forms\n# why online: no room\nformat: online\n\n# who asked for it\ntopics: [cloud]\n"
    changed = drafts.replaced(text, "format", "hybrid")
    assert changed == text.replace("online\n\n", "hybrid\n\n")
    assert drafts.replaced(text, "kind", "webinar") == text.replace("# why", "kind: webinar\n# why", 1)
    assert drafts.replaced(text, "format", "") == text.replace("format: online\n", "")


def test_a_record_in_braces_is_not_edited_line_by_line() -> None:
    assert drafts.replaced("{title: Forms, format: online}\n", "format", "hybrid") is None


def test_fields_stand_in_the_order_of_the_model() -> None:
    tree: dict[str, records.Tree] = dict.fromkeys(reversed([*specs(Event)]), "x")
    found = list(records.parse(drafts.text_of(tree))[0])
    assert found == list(specs(Event))


def test_a_missing_field_stands_there_with_what_it_means() -> None:
    text = drafts.text_of({"title": "Forms"}, missing=["summary"])
    assert records.parse(text)[0] == {"title": "Forms", "summary": ""}
    assert specs(Event)["summary"].doc in text


@pytest.mark.parametrize("number", range(40))
def test_records_of_every_kind_are_written_as_they_were_read(number: int) -> None:
    tree, _ = records.parse(generate.record(number)[1])
    assert records.parse(drafts.text_of(tree))[0] == tree


def test_a_filled_record_of_every_field_survives() -> None:
    tree, _ = records.parse(factory.text_of(next(iter(factory.hostile().values()))))
    assert records.parse(drafts.text_of(tree))[0] == tree


def test_the_next_edition_keeps_its_wall_times_and_its_distances() -> None:
    old: dict[str, Any] = {
        "title": "Forms 2026", "kind": "webinar", "format": "online", "status": "cancelled", "status_note": "No room.",
        "start": "2026-03-03 13:30", "end": "2026-03-03 15:00", "timezone": "America/New_York",
        "topics": ["cloud"], "summary": "A day on how agencies write forms that people understand.",
        "sessions": [{"start": "2026-03-03 14:00", "title": "Opening"}],
        "registration": {"url": "https://example.gov/", "closes": "2026-03-01", "state": "sold-out"},
        "deadlines": [{"date": "2026-01-15", "label": "Call for speakers"}],
        "accessibility": {"request_by": "2026-02-20"},
        "prices": [{"for": "public", "amount": "0.50", "until": "2026-02-01"}],
        "announced": "2025-11-01", "aliases": ["old-forms"], "changes": [{"date": "2026-02-01", "note": "Cancelled."}],
        "resources": [{"type": "slides", "url": "https://example.gov/s"}],
    }  # fmt: skip
    # Across the change of the clocks in March: what the wall shows stays.
    new = drafts.next_edition(old, date(2027, 3, 16), date(2026, 11, 23))
    assert new["start"] == "2027-03-16 13:30"
    assert new["end"] == "2027-03-16 15:00"
    days = date(2027, 3, 16) - date(2026, 3, 3)
    for path in (["sessions", 0, "start"], ["registration", "closes"], ["deadlines", 0, "date"], ["prices", 0, "until"],
                 ["accessibility", "request_by"]):  # fmt: skip
        before: Any = old
        after: Any = new
        for step in path:
            before, after = before[step], after[step]
        earlier, later = drafts.moment(before), drafts.moment(after)
        assert earlier is not None
        assert later == earlier + days
    assert new["title"] == "Forms 2027"
    assert new["announced"] == "2026-11-23"
    assert new["draft"] == "true"
    assert not {"status", "status_note", "changes", "aliases", "resources"} & new.keys()
    assert "state" not in new["registration"]
    reading = Reading()
    assert read_event(new, "forms-2027", "", reading), reading.findings


def test_a_new_time_takes_the_sessions_with_it_and_leaves_the_days_before() -> None:
    old: dict[str, Any] = {
        "start": "2026-03-03 13:30", "end": "2026-03-03 15:00", "registration": {"closes": "2026-03-01 17:00"},
        "sessions": [{"start": "2026-03-03 14:00", "title": "Opening"}],
    }  # fmt: skip
    new = drafts.next_edition(old, datetime(2026, 3, 10, 9, 30), date(2026, 1, 1))
    assert [new["start"], new["end"], new["sessions"], new["registration"]] == [
        "2026-03-10 09:30",
        "2026-03-10 11:00",
        [{"start": "2026-03-10 10:00", "title": "Opening"}],
        {"closes": "2026-03-08 17:00"},
    ]


def test_an_event_without_a_day_has_no_next_edition() -> None:
    with pytest.raises(ValueError, match="no `start`"):
        drafts.next_edition({"title": "Forms", "when": "Spring 2027"}, date(2027, 3, 2), date(2026, 1, 1))


def test_an_id_is_the_title_and_the_year_and_never_taken() -> None:
    assert drafts.new_id("Forms that people understand 2026", 2027) == "forms-that-people-understand-2027"
    assert drafts.new_id("Forms", 2027, ["forms-2027", "forms-2027-2"]) == "forms-2027-3"
    assert drafts.new_id("Été à Orléans", None) == "ete-a-orleans"
    assert len(drafts.new_id("many words " * 30, 2027)) <= 80
    assert drafts.new_id("2026", 2027) == "2026-2027"
