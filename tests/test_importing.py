"""Importing: what others publish becomes drafts that the check accepts, and running it again harms nothing."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import socket
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from events import cli, collection, drafts, import_csv, importing, records
from events.importing import Outcome, Target
from events.problems import failed
from events.sources import FORMATS, Context, NotThat
from hypothesis import given
from hypothesis import strategies as st

from tests.test_records import RECORDS

SAMPLES = Path(__file__).parent / "samples"
GOOD = sorted(path for path in SAMPLES.rglob("*.*") if path.name != "README.md")
CALENDAR, TABLE, PAGE = SAMPLES / "calendar.ics", SAMPLES / "table.csv", SAMPLES / "page.html"
DAY, LATER = date(2026, 11, 24), date(2026, 12, 1)


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A content folder with registries and no record."""
    shutil.copytree(RECORDS / "registries", tmp_path / "content")
    (tmp_path / "content" / "events").mkdir()
    return tmp_path / "content"


def bring_in(content: Path, *files: Path, today: date = DAY, form: str | None = None) -> Outcome:
    return importing.run(files, Target(content, None), form=form, zone="America/New_York", today=today)


def tree_of(content: Path, identity: str) -> dict[str, Any]:
    (path,) = content.rglob(f"{identity}.yaml")
    tree, faults = records.parse(records.read(path))
    assert not faults
    return tree


def snapshot(content: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in content.rglob("*") if path.is_file()}


def edit(path: Path, name: str, value: records.Tree) -> None:
    changed = drafts.replaced(path.read_text(encoding="utf-8"), name, value)
    assert changed is not None
    path.write_text(changed, encoding="utf-8")


def said(rows: list[tuple[Path, list[str]]]) -> list[str]:
    return [line for _, lines in rows for line in lines]


@pytest.mark.parametrize("sample", GOOD, ids=lambda path: path.name)
def test_every_record_is_a_draft_with_its_source_that_the_check_accepts(content: Path, sample: Path) -> None:
    outcome = bring_in(content, sample)
    assert outcome.created
    assert not outcome.problems
    assert not failed(collection.load(content).problems)
    for path in outcome.created:
        tree = tree_of(content, path.stem)
        assert tree["draft"] == "true"
        assert tree["announced"] == tree["source"]["retrieved"] == DAY.isoformat()
        assert tree["source"].keys() & {"url", "title"}


def test_nothing_is_fetched(content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert len(bring_in(content, *GOOD).created) > len(GOOD)


@pytest.mark.parametrize("sample", GOOD, ids=lambda path: path.name)
def test_running_it_again_on_another_day_changes_no_byte(content: Path, sample: Path) -> None:
    made = len(bring_in(content, sample).created)
    before = snapshot(content)
    again = bring_in(content, sample, today=LATER)
    assert snapshot(content) == before
    assert (again.unchanged, again.created, again.updated, again.differ) == (made, [], [], [])


# The four formats


def test_a_calendar_keeps_places_zones_and_last_days(content: Path) -> None:
    outcome = bring_in(content, CALENDAR)
    summit = tree_of(content, "procurement-innovation-summit-2027")
    assert (summit["start"], summit["end"], summit["timezone"]) == (
        "2027-03-10 09:00",
        "2027-03-11 16:00",
        "America/Chicago",
    )
    assert (summit["venue"]["city"], summit["venue"]["state"], summit["venue"]["postal_code"]) == (
        "Chicago",
        "IL",
        "60654",
    )
    assert (summit["status"], summit["organizer"]) == ("tentative", "gsa")
    assert "VALARM inside the event" in said(outcome.lost)
    # DTEND is the day after the last one (RFC 5545, 3.6.1); `end` is the last one.
    assert tree_of(content, "records-management-training-2027")["end"] == "2027-06-03"


def test_each_date_of_a_recurring_event_is_a_record_but_those_that_are_called_off(content: Path) -> None:
    outcome = bring_in(content, CALENDAR)
    hours = [path.stem for path in outcome.created if "office-hours" in path.stem]
    assert sorted(tree_of(content, name)["start"] for name in hours) == ["2027-07-14 13:00", "2027-07-28 13:00"]


def test_a_table_may_hold_the_dates_of_spreadsheets(content: Path) -> None:
    outcome = bring_in(content, TABLE)
    forum, webinar, field = (tree_of(content, path.stem) for path in outcome.created)
    assert (forum["start"], forum["end"], forum["timezone"]) == (
        "2027-03-09 09:30",
        "2027-03-09 12:00",
        "America/New_York",
    )
    assert (webinar["start"], webinar["end"], webinar["prices"]) == (
        "2027-04-12 14:00",
        "2027-04-12 15:00",
        [{"for": "public", "amount": "49.50"}],
    )
    # Day 1 of a spreadsheet is January 1, 1900, in a year that has a February 29 there and had none in the world.
    assert field["start"] == date.fromordinal(date(1899, 12, 30).toordinal() + 46600).isoformat()
    assert said(outcome.lost) == ["column `Colour`"]


def test_a_saved_page_is_read_by_its_json_ld(content: Path) -> None:
    outcome = bring_in(content, PAGE)
    (path,) = outcome.created
    tree = tree_of(content, path.stem)
    assert (tree["format"], tree["status"], tree["timezone"]) == ("in-person", "rescheduled", "America/Denver")
    assert (tree["start"], tree["previous_start"]) == ("2027-07-08 09:00", ["2027-06-10 09:00"])
    assert (tree["venue"]["state"], tree["source"]["url"]) == ("CO", "https://www.example.gov/cyber")
    assert "alert" not in path.read_text(encoding="utf-8")


def test_the_wall_time_of_digital_gov_is_kept_and_its_wrong_offset_told(content: Path) -> None:
    outcome = bring_in(content, *sorted((SAMPLES / "digitalgov").iterdir()))
    summer = tree_of(content, "devops-community-of-practice-monthly-meeting-2019")
    assert summer["timezone"] == "America/New_York"
    (sample,) = (SAMPLES / "digitalgov").glob("2019-07-23-*")
    assert re.search(rf"^date: {summer['start']}:00 -0500$", sample.read_text(encoding="utf-8"), re.MULTILINE)
    told = [line for line in said(outcome.notes) if "is wrong" in line]
    assert [re.findall(r"[+-]\d{4}\b(?!-)", line) for line in told] == [["-0400", "-0500"], ["-0500", "-0400"]]


# Registries


def test_topics_and_organizers_are_matched_by_name_acronym_and_synonym(content: Path) -> None:
    bring_in(content, CALENDAR, TABLE, PAGE)
    for name in ("procurement-innovation-summit-2027", "foia-officers-forum-2027"):
        assert tree_of(content, name)["organizer"] == "gsa"
        assert "customer-experience" in tree_of(content, name)["topics"]
    assert tree_of(content, "cyber-workshop-for-small-networks-2027")["organizer"] == "gsa"


def test_unknown_topics_are_added_below_what_the_registry_holds(content: Path) -> None:
    registry = content / "topics.yaml"
    registry.write_text(f"# Ours; do not sort.\n{registry.read_text(encoding='utf-8')}# The end.", encoding="utf-8")
    before = registry.read_text(encoding="utf-8")
    outcome = bring_in(content, TABLE)
    assert registry.read_text(encoding="utf-8").startswith(before)
    added = {key for name, key, _ in outcome.entries if name == "topics"}
    assert added == {"foia", "budget"}
    assert added <= collection.load(content).topics.keys()


def test_what_was_refused_leaves_nothing_in_the_registries(content: Path, tmp_path: Path) -> None:
    before = snapshot(content)
    table = tmp_path / "table.csv"
    table.write_text("title,start,topics,organizer\nA day,2027-02-30,Jousting,Knights\n", encoding="utf-8")
    assert len(bring_in(content, table).problems) == 1
    assert snapshot(content) == before


# Again, after somebody changed something


def test_an_editors_change_is_never_written_over(content: Path) -> None:
    (path,) = bring_in(content, PAGE).created
    edit(path, "title", "Cyber Workshop")
    edit(path, "draft", "")
    before = snapshot(content)
    assert bring_in(content, PAGE, today=LATER).unchanged == 1
    assert snapshot(content) == before


def changed_page(folder: Path, old: str, new: str) -> Path:
    text = PAGE.read_text(encoding="utf-8")
    assert old in text
    path = folder / "page.html"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def test_what_changed_at_the_source_is_brought_in_and_shown(content: Path, tmp_path: Path) -> None:
    (path,) = bring_in(content, PAGE).created
    edit(path, "kind", "training")
    outcome = bring_in(content, changed_page(tmp_path, "T09:00", "T08:00"), today=LATER)
    ((_, updated),) = outcome.updated
    assert updated[0] == "`start`: `2027-07-08 09:00` → `2027-07-08 08:00`"
    tree = tree_of(content, path.stem)
    assert (tree["start"], tree["kind"], "changes" in tree) == ("2027-07-08 08:00", "training", False)


@pytest.mark.parametrize(("day", "same"), [("2027-09-14", True), ("2028-07-06", False)])
def test_an_event_that_moved_is_the_same_within_its_year(content: Path, tmp_path: Path, day: str, same: bool) -> None:
    (path,) = bring_in(content, PAGE).created
    outcome = bring_in(content, changed_page(tmp_path, "2027-07-08", day), today=LATER)
    assert (len(outcome.updated), len(outcome.created)) == ((1, 0) if same else (0, 1))
    assert tree_of(content, path.stem)["start"] == f"{day if same else '2027-07-08'} 09:00"


def test_a_published_record_tells_its_subscribers_what_the_source_changed(content: Path, tmp_path: Path) -> None:
    (path,) = bring_in(content, PAGE).created
    edit(path, "draft", "")
    bring_in(content, changed_page(tmp_path, "T09:00", "T08:00"), today=LATER)
    (change,) = tree_of(content, path.stem)["changes"]
    assert change["date"] == LATER.isoformat()
    assert "start" in change["note"]


def test_where_both_changed_the_editor_is_asked(content: Path, tmp_path: Path) -> None:
    (path,) = bring_in(content, PAGE).created
    edit(path, "start", "2027-07-08 10:00")
    outcome = bring_in(content, changed_page(tmp_path, "T09:00", "T08:00"), today=LATER)
    assert tree_of(content, path.stem)["start"] == "2027-07-08 10:00"
    assert "`start` stays `2027-07-08 10:00`; the source says `2027-07-08 08:00`" in said(outcome.differ)


def test_a_record_that_was_taken_away_stays_away(content: Path) -> None:
    (path,) = bring_in(content, PAGE).created
    path.unlink()
    outcome = bring_in(content, PAGE, today=LATER)
    assert outcome.removed == [path.stem]
    assert not path.exists()


def test_a_lost_memory_makes_no_second_record_of_the_same_page(content: Path) -> None:
    bring_in(content, *sorted((SAMPLES / "digitalgov").iterdir()))
    (content / importing.LEDGER).write_text("{", encoding="utf-8")
    before = len([*content.rglob("events/**/*.yaml")])
    outcome = bring_in(content, *sorted((SAMPLES / "digitalgov").iterdir()), today=LATER)
    assert [problem.severity for problem in outcome.problems] == ["warning"]
    assert len([*content.rglob("events/**/*.yaml")]) == before


# Files that are not what they claim

BROKEN = {
    "empty.ics": b" \n",
    "binary.csv": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "cut.ics": CALENDAR.read_bytes()[:700],
    "cut.html": PAGE.read_bytes()[:700],
    "cut.md": b"---\ntitle: A day\ndate: 2019-01-02\n",
    "without.html": b"<!doctype html><title>A page</title>",
    "without.ics": b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n",
    "without.csv": b"name of the event\nA day\n",
    "without.md": b"---\ndate: 2019-01-02\n---\n",
    "other.json": b'{"@type": "Person", "name": "Nobody"}',
    "deep.json": b'{"@type": "Event", "about": ' + b"[" * 100_000,
    "words.ics": b"Dear all, the summit is on March 3.",
    "words.txt": b"Dear all, the summit is on March 3.",
    "html.ics": PAGE.read_bytes()[:400],
}


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_a_file_that_is_not_what_it_claims_gets_one_clear_error(content: Path, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(BROKEN[name])
    before = snapshot(content)
    (problem,) = bring_in(content, path).problems
    assert problem.path.endswith(name)
    assert problem.message
    assert problem.help
    assert snapshot(content) == before


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("sample", [CALENDAR, TABLE, PAGE], ids=lambda path: path.name)
def test_a_format_that_is_named_is_the_one_that_counts(content: Path, sample: Path, form: str) -> None:
    outcome = bring_in(content, sample, form=form)
    right = {".ics": "ics", ".csv": "csv", ".html": "json-ld"}[sample.suffix] == form
    assert bool(outcome.created) == right
    assert len(outcome.problems) == (0 if right else 1)


def test_the_good_files_come_in_beside_a_broken_one(
    content: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "words.txt"
    broken.write_bytes(BROKEN["words.txt"])
    monkeypatch.chdir(content.parent)
    assert cli.main(["import", str(broken), str(PAGE), "--today", DAY.isoformat()]) == 1
    out = capsys.readouterr().out
    assert "1 new, 0 updated, 0 unchanged, 0 with differences to look at, 1 not imported" in out
    assert "words.txt:1:1: is no calendar, table, saved page or Digital.gov file" in out


@given(st.sampled_from(GOOD), st.data())
def test_no_damage_to_a_file_brings_the_importers_down(sample: Path, data: st.DataObject) -> None:
    whole = sample.read_bytes()
    at = data.draw(st.integers(0, len(whole)))
    length = data.draw(st.integers(0, 400))
    damaged = whole[:at] + data.draw(st.binary(max_size=20)) + whole[at + length :]
    for form in FORMATS:
        text = damaged.decode("utf-8", "replace")
        with contextlib.suppress(NotThat):
            drafts_found = importing._READERS[form].read(text, Context("file", "America/New_York", DAY))
            assert all(draft.key for draft in drafts_found)


def test_every_column_that_the_documentation_names_is_read() -> None:
    page = (Path(__file__).parent.parent / "docs" / "importing.md").read_text(encoding="utf-8")
    (table,) = re.findall(r"^\| column .*\n\|[-|]+\n((?:\|.*\n)+)", page, re.MULTILINE)
    for row in table.splitlines():
        columns, others, _ = (cell.strip() for cell in row.strip("|").split("|"))
        named = re.findall(r"`([^`]+)`", columns)
        assert all(import_csv.field_of(name) == name for name in named), columns
        for other in filter(None, others.split(", ")):
            assert import_csv.field_of(other) in named, other


@pytest.mark.parametrize(("price", "amount"), [("25,50", "25.50"), ("1,250.00", "1250.00"), ("25-50", ""), ("1,5", "")])
def test_a_price_is_brought_in_where_it_is_sure_and_told_where_it_is_left_out(
    content: Path, tmp_path: Path, price: str, amount: str
) -> None:
    table, page = tmp_path / "some.csv", tmp_path / "some.json"
    table.write_text(f'title,start,price\nA table of forms,2027-03-02,"{price}"\n', encoding="utf-8")
    event = {"@type": "Event", "name": "A page of forms", "startDate": "2027-04-02", "offers": [{"price": price}]}
    page.write_text(json.dumps(event), encoding="utf-8")
    outcome = bring_in(content, table, page)
    wanted = [{"for": "public", "amount": amount}] if amount else None
    assert [tree_of(content, path.stem).get("prices") for path in outcome.created] == [wanted, wanted]
    assert sum(price in line for line in said(outcome.lost)) == (0 if amount else 2)


def test_a_record_that_was_renamed_is_followed_by_its_alias(content: Path, tmp_path: Path) -> None:
    (path,) = bring_in(content, PAGE).created
    renamed = path.with_name("another-name.yaml")
    path.rename(renamed)
    edit(renamed, "aliases", [path.stem])
    outcome = bring_in(content, changed_page(tmp_path, "T09:00", "T08:00"), today=LATER)
    assert (outcome.removed, outcome.created) == ([], [])
    assert tree_of(content, renamed.stem)["start"].endswith("08:00")
    renamed.unlink()
    assert bring_in(content, PAGE, today=LATER).removed == [renamed.stem]


def test_what_does_not_go_with_the_editors_words_is_told_and_the_record_stays_right(
    content: Path, tmp_path: Path
) -> None:
    table = tmp_path / "some.csv"
    row = "id,title,start,timezone,city,state\n1,A table of forms,2027-03-{},America/New_York,{},DC\n"
    table.write_text(row.format("02 09:00", "Washington"), encoding="utf-8")
    (path,) = bring_in(content, table).created
    edit(path, "end", "2027-03-02 12:00")
    table.write_text(row.format("09 09:00", "Arlington"), encoding="utf-8")
    outcome = bring_in(content, table, today=LATER)
    assert not failed(collection.load(content).problems)
    tree = tree_of(content, path.stem)
    assert (tree["start"], tree["venue"]["city"]) == ("2027-03-02 09:00", "Arlington")
    assert any(
        "`start` stays `2027-03-02 09:00`; the source says `2027-03-09 09:00`" in line for line in said(outcome.differ)
    )
    # Once the editor has made room for it, it comes in.
    edit(path, "end", "2027-03-09 12:00")
    bring_in(content, table, today=LATER)
    assert tree_of(content, path.stem)["start"] == "2027-03-09 09:00"
