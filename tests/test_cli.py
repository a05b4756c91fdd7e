"""The `events` command as editors and continuous integration use it: exit status, formats, paths, silent changes."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import pytest
from events import cli, collection, records

from tests import factory

GOOD = factory.record(start="2027-04-06 09:00", end="2027-04-06 10:00", timezone="America/New_York")
BAD = factory.record(kind="webinr", topics=["nobody"])
WARNED = factory.record(summary="A day on how agencies write forms that people understand")


@pytest.fixture
def content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A content folder with two sound records; the working directory is the one above."""
    monkeypatch.chdir(tmp_path)
    # Noon of the day around which all of it is dated.
    monkeypatch.setenv("SOURCE_DATE_EPOCH", f"{datetime.combine(factory.TODAY, time(12), UTC).timestamp():.0f}")
    return factory.write_content(tmp_path / "content", {"forms": GOOD, "other": factory.record(title="Clouds at noon")})


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command; its status and what it wrote to standard output and standard error."""

    def ran(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        try:
            status = cli.main([str(argument) for argument in arguments])
        except SystemExit as stopped:
            status = int(stopped.code or 0)
        told = capsys.readouterr()
        return status, told.out, told.err

    return ran


# check


def test_sound_records_cost_no_words(content: Path, run: Run) -> None:
    assert run("check") == (0, "no problems\n", "")


def test_problems_are_listed_on_standard_output_and_fail(content: Path, run: Run) -> None:
    path = factory.write_record(content, "bad", BAD)
    status, out, err = run("check")
    assert (status, err) == (1, "")
    assert re.findall(r"^(\S+?):\d+:\d+: ", out, re.MULTILINE) == [os.path.relpath(path)] * 2
    assert out.endswith("2 errors in 1 file\n")
    assert "\x1b" not in out, "colour is for terminals"


def test_warnings_are_listed_and_do_not_fail(content: Path, run: Run) -> None:
    factory.write_record(content, "warned", WARNED | {"title": "Something else"})
    status, out, _ = run("check")
    assert status == 0
    assert ": warning: " in out
    assert out.endswith("1 warning in 1 file\n")


def test_an_annotation_names_file_line_and_column(content: Path, run: Run) -> None:
    path = factory.write_record(content, "bad", BAD)
    status, out, _ = run("check", "--format", "github")
    assert status == 1
    rows = out.splitlines()
    assert len(rows) == 2
    for row in rows:
        assert re.match(rf"::error file={re.escape(os.path.relpath(path))},line=\d+,col=\d+::.*%0Ahelp: ", row)


def test_json_holds_what_the_text_tells(content: Path, run: Run) -> None:
    factory.write_record(content, "bad", BAD)
    _, out, _ = run("check", "--format", "json")
    rows = json.loads(out)
    _, text, _ = run("check")
    assert [f"{row['path']}:{row['line']}:{row['column']}: {row['message']}" for row in rows] == [
        line for line in text.splitlines() if re.match(r"\S+:\d+:\d+: ", line)
    ]
    assert all(f"help: {row['help']}\n" in text for row in rows)


def test_json_of_sound_records_is_an_empty_list(content: Path, run: Run) -> None:
    assert json.loads(run("check", "--format", "json")[1]) == []


@pytest.mark.parametrize("asked", ["content", "content/events", "content/events/2027", "content/events/2027/bad.yaml"])
def test_a_folder_or_a_record_may_be_named(content: Path, run: Run, asked: str) -> None:
    factory.write_record(content, "bad", BAD)
    assert run("check", asked)[1].endswith("2 errors in 1 file\n")


def test_within_a_content_folder_what_is_there_is_checked(
    content: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    factory.write_record(content, "bad", BAD)
    for folder in (content, content / "events", content / "events" / "2027"):
        monkeypatch.chdir(folder)
        assert run("check")[1].endswith("2 errors in 1 file\n")


def test_a_record_that_was_not_asked_for_is_not_told_of(content: Path, run: Run) -> None:
    factory.write_record(content, "bad", BAD)
    assert run("check", "content/events/2027/forms.yaml") == (0, "no problems\n", "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["check", "nowhere"], "no such file or folder"),
        (["check", "."], "not a content folder"),
        (["check", "--format", "xml"], "invalid choice"),
        (["check", "--since", "HEAD"], "not in a git repository"),
        (["check", "--unknown"], "unrecognized arguments"),
        (["check", "--today", "x"], "--today"),
        ([], "required: COMMAND"),
        (["clone", "form", "--start", "2028-04-04"], "did you mean `forms`?"),
        (["clone", "forms", "--start", "next year"], "YYYY-MM-DD"),
        (["clone", "other", "--start", "2028-04-04 09:00"], "`start` has no time"),
        (["new", "--title", "A day", "--id", "../up"], "is no id"),
        (["new", "--title", "A day", "--id", "forms"], "already"),
        (["new", "--title", "A day", "--content", "nowhere"], "not a content folder"),
        (["new", "--title", "A day", "--today", "soon"], "--today"),
        (["new", "--form", "nowhere.md"], "cannot be read"),
        (["import", "nowhere.ics", "--timezone", "Mars"], "no time zone"),
        (["import"], "required: file"),
    ],
)
def test_wrong_usage_is_told_on_standard_error(content: Path, run: Run, arguments: list[str], said: str) -> None:
    before = sorted(content.rglob("*"))
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert said in err
    assert sorted(content.rglob("*")) == before


# check --since


@pytest.fixture
def git(content: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A repository in which the content is committed."""
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        monkeypatch.delenv(name, raising=False)

    def do(*arguments: str) -> None:
        who = ["-c", "user.name=Editor", "-c", "user.email=editor@example.gov", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *who, *arguments], check=True, capture_output=True)

    do("init", "-q")
    do("add", "content")
    do("commit", "-qm", "As published")
    return do


def edited(content: Path, **changes: Any) -> None:
    """Write the published record anew with some fields changed."""
    factory.write_record(content, "forms", {k: v for k, v in {**GOOD, **changes}.items() if v is not None})


@pytest.mark.usefixtures("git")
@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, None),
        ({"start": "2027-04-06 08:00"}, "start"),
        ({"end": "2027-04-06 11:00"}, "end"),
        ({"timezone": "America/Chicago"}, "timezone"),
        ({"status": "cancelled"}, "status"),
        ({"format": "hybrid", "venue": {"city": "Denver", "state": "CO"}}, "format"),
        ({"status": "cancelled", "changes": [{"date": "2027-02-01", "note": "Called off."}]}, None),
        ({"withdrawn": {"date": "2027-02-01", "reason": "Not for the public."}}, None),
        ({"summary": "Another sentence about the forms that agencies write, and why."}, None),
    ],
)
def test_a_published_event_changes_only_with_a_word_to_its_subscribers(
    content: Path, run: Run, changes: dict[str, Any], told: str | None
) -> None:
    edited(content, **changes)
    status, out, _ = run("check", "--since", "HEAD", "--today", "2027-02-01")
    assert status == (1 if told else 0)
    if told:
        assert f"`{told}` changed since HEAD" in out
        assert "- date: 2027-02-01" in out


@pytest.mark.usefixtures("git")
def test_an_event_that_vanished_is_missed(content: Path, run: Run) -> None:
    (content / "events" / "2027" / "forms.yaml").unlink()
    status, out, _ = run("check", "--since", "HEAD")
    assert status == 1
    assert "forms.yaml:1:1: this event was published at HEAD and is gone" in out
    assert "`withdrawn:`" in out


@pytest.mark.usefixtures("git")
def test_a_published_event_cannot_become_a_draft(content: Path, run: Run) -> None:
    edited(content, draft="true")
    status, out, _ = run("check", "--since", "HEAD", "--today", "2027-02-01")
    assert status == 1
    assert "this event was published at HEAD: as a draft its address is gone" in out
    assert "`withdrawn:`, `  date: 2027-02-01` and `  reason: …`" in out


def test_what_was_withdrawn_comes_back_with_a_word_to_its_subscribers(
    content: Path, run: Run, git: Callable[..., None]
) -> None:
    edited(content, withdrawn={"date": "2027-02-01", "reason": "Not for the public."})
    git("commit", "-qam", "Take it back")
    changes = [{"date": "2027-02-01", "note": "Removed from the directory."}]
    for told in ([], changes):
        edited(content, changes=told)
        status, out, _ = run("check", "--since", "HEAD")
        assert status == 1
        assert "this event was withdrawn at HEAD and is back" in out
    edited(content, changes=[*changes, {"date": "2027-02-03", "note": "Back in the directory."}])
    assert run("check", "--since", "HEAD")[0] == 0


@pytest.mark.usefixtures("git")
def test_an_event_may_take_a_new_name_with_an_alias(content: Path, run: Run) -> None:
    (content / "events" / "2027" / "forms.yaml").unlink()
    factory.write_record(content, "forms-day", {**GOOD, "aliases": ["forms"]})
    assert run("check", "--since", "HEAD")[0] == 0


@pytest.mark.usefixtures("git")
def test_a_new_name_takes_no_published_event_away(content: Path, run: Run) -> None:
    (content / "events" / "2027" / "forms.yaml").unlink()
    factory.write_record(content, "forms-day", {**GOOD, "aliases": ["forms"], "draft": "true"})
    status, out, _ = run("check", "--since", "HEAD")
    assert status == 1
    assert "forms-day.yaml" in out
    assert "as a draft its address is gone" in out


@pytest.mark.usefixtures("git")
@pytest.mark.parametrize("changes", [[], [{"date": "2027-02-01", "note": "The day is not known any more."}]])
def test_a_day_that_calendars_have_stays_until_there_is_a_new_one(
    content: Path, run: Run, changes: list[dict[str, str]]
) -> None:
    path = content / "events" / "2027" / "forms.yaml"
    told = {**GOOD, "when": "Fall 2027", **({"changes": changes} if changes else {})}
    path.write_text(factory.text_of({k: v for k, v in told.items() if k not in ("start", "end", "timezone")}))
    status, out, _ = run("check", "--since", "HEAD")
    assert status == 1
    assert "`start` is gone (it was `2027-04-06 09:00` at HEAD)" in out
    assert out.count("forms.yaml:") == 1
    path.write_text(factory.text_of({**told, "status": "postponed"}))
    assert run("check", "--since", "HEAD")[0] == (0 if changes else 1)


@pytest.mark.usefixtures("git")
def test_an_editor_is_told_of_a_calendar_that_ends(content: Path, run: Run) -> None:
    edited(content, topics=["data"], changes=[{"date": "2027-02-01", "note": "It is about data."}])
    status, out, _ = run("check", "--since", "HEAD")
    # The other event is on its topic still.
    assert (status, "calendar" in out) == (0, False)
    edited(
        content,
        format="in-person",
        venue={"city": "Denver", "state": "CO"},
        changes=[{"date": "2027-02-01", "note": "To Denver."}],
    )
    factory.write_record(content, "other", factory.record(title="Clouds at noon", topics=["data"]))
    status, out, _ = run("check", "--since", "HEAD")
    assert status == 0
    told = {
        line.partition("calendar `")[2].partition(".ics`")[0] for line in out.splitlines() if "no event is left" in line
    }
    assert told == {"topics/cloud/online"}


DEADLINES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "closes": ({"registration": {"closes": "2027-03-01"}}, {"registration": {"closes": "2027-03-08"}}),
    "request_by": ({"accessibility": {"request_by": "2027-03-01"}}, {"accessibility": {"request_by": "2027-03-08"}}),
    "deadlines": (
        {"deadlines": [{"date": "2027-03-01", "label": "Call for papers"}]},
        {"deadlines": [{"date": "2027-03-08", "label": "Call for papers"}]},
    ),
    "prices": (
        {"prices": [{"for": "public", "amount": "10", "until": "2027-03-01"}]},
        {"prices": [{"for": "public", "amount": "10", "until": "2027-03-08"}]},
    ),
}


@pytest.mark.parametrize("where", DEADLINES)
def test_a_deadline_moves_with_a_word_to_its_subscribers(
    content: Path, run: Run, git: Callable[..., None], where: str
) -> None:
    before, after = DEADLINES[where]
    edited(content, **before)
    # One that is new is told as such.
    assert run("check", "--since", "HEAD")[0] == 0
    git("commit", "-qam", "Name a deadline")
    edited(content, **after)
    status, out, _ = run("check", "--since", "HEAD", "--today", "2027-02-01")
    assert status == 1
    assert "a deadline moved since HEAD, and `changes` has no new entry" in out
    line = next(line for line in out.splitlines() if "a deadline moved" in line)
    text = next((content / "events").rglob("forms.yaml")).read_text(encoding="utf-8")
    assert where in text.splitlines()[int(line.split(":")[1]) - 1]
    edited(content, **after, changes=[{"date": "2027-02-01", "note": "A week more."}])
    assert run("check", "--since", "HEAD")[0] == 0


@pytest.mark.usefixtures("git")
def test_an_event_may_move_to_another_folder(content: Path, run: Run) -> None:
    (content / "events" / "archive").mkdir()
    (content / "events" / "2027" / "forms.yaml").rename(content / "events" / "archive" / "forms.yaml")
    assert run("check", "--since", "HEAD")[0] == 0


def test_changes_that_were_told_stay_told(content: Path, run: Run, git: Callable[..., None]) -> None:
    edited(content, changes=[{"date": "2027-02-01", "note": "A new room."}])
    git("commit", "-qam", "Tell of the room")
    edited(content)
    status, out, _ = run("check", "--since", "HEAD")
    assert status == 1
    assert "`changes` has 0 of the 1 it had at HEAD" in out
    assert run("check", "--since", "HEAD~1")[0] == 0


@pytest.mark.usefixtures("git")
@pytest.mark.parametrize("revision", ["nobody/knows", "--output=x", ""])
def test_a_revision_that_git_does_not_know_is_wrong_usage(content: Path, run: Run, revision: str) -> None:
    status, out, err = run("check", f"--since={revision}")
    assert (status, out) == (2, "")
    assert "such as `origin/main`" in err


@pytest.mark.usefixtures("git")
def test_without_git_since_says_so_and_check_does_without(
    content: Path, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "git is not installed" in run("check", "--since", "HEAD")[2]
    assert run("check")[0] == 0


# new, clone


FULL = (
    "--title", "Plain forms: a workshop", "--kind", "workshop", "--format", "hybrid", "--start", "2027-05-04 09:00", "--end",
    "2027-05-04 12:00", "--timezone", "America/Denver", "--city", "Denver", "--state", "CO", "--organizer", "gsa", "--topics",
    "cloud, data", "--url", "https://example.gov/forms", "--registration-url", "https://example.gov/register", "--summary",
    "A morning on writing forms that people can fill in without help.", "--today", "2027-01-05",
)  # fmt: skip


def test_a_record_from_flags_is_sound_and_holds_them(content: Path, run: Run) -> None:
    status, out, _ = run("new", *FULL)
    assert (status, out) == (0, "wrote content/events/2027/plain-forms-a-workshop-2027.yaml\n")
    (event,) = [event for event in collection.load(content).events if event.kind == "workshop"]
    assert (event.title, event.topics, event.organizer) == ("Plain forms: a workshop", ("cloud", "data"), ("gsa",))
    assert event.venue
    assert (event.venue.city, event.venue.state) == ("Denver", "CO")
    assert event.registration
    assert event.registration.url == "https://example.gov/register"
    assert f"{event.announced}" == "2027-01-05"
    assert run("check")[0] == 0


def test_a_new_record_has_the_zone_of_its_state_where_the_state_has_one(content: Path, run: Run) -> None:
    without = [word for word in FULL if word not in ("--timezone", "America/Denver")]
    assert run("new", *without)[0] == 0
    assert "\ntimezone: America/Denver\n" in next(content.rglob("plain-*")).read_text(encoding="utf-8")
    # Texas has two: the check says which one most of it has, and the editor decides.
    status, out, _ = run("new", *["TX" if word == "CO" else word for word in without])
    assert status == 1
    assert "help: add `timezone: America/Chicago`, the zone of most of Texas" in out


def test_what_is_still_missing_stands_in_the_new_record_with_its_meaning(content: Path, run: Run) -> None:
    status, out, _ = run("new", "--title", "Plain forms", "--today", "2027-01-05")
    assert status == 1
    text = (content / "events" / "undated" / "plain-forms.yaml").read_text(encoding="utf-8")
    for name in ("kind", "format", "topics", "summary"):
        assert re.search(rf"^{name}:  # \w", text, re.MULTILINE)
        assert f"`{name}` is missing" in out


class Terminal(io.StringIO):
    """Standard input on which somebody types."""

    def isatty(self) -> bool:
        return True


def test_on_a_terminal_new_asks_until_an_answer_will_do(
    content: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = ["", "Plain forms", "webinr", "webinar", "online", "May 4, 2027", "2027-05-04", "", "", "nobody", "cloud"]
    answers += ["", "too short", "An hour on writing forms that people can fill in without help."]
    monkeypatch.setattr("sys.stdin", Terminal("".join(f"{answer}\n" for answer in answers)))
    status, out, _ = run("new", "--today", "2027-01-05")
    assert (status, out.endswith("wrote content/events/2027/plain-forms-2027.yaml\n")) == (0, True)
    for wrong in (
        "`title` is needed",
        "did you mean `webinar`?",
        "write `2027-05-04`",
        "is not in content/topics.yaml",
    ):
        assert wrong in out


def test_the_next_edition_keeps_the_hours_and_is_a_draft(content: Path, run: Run) -> None:
    before = (content / "events" / "2027" / "forms.yaml").read_bytes()
    status, out, _ = run("clone", "forms", "--start", "2028-04-04", "--today", "2027-09-01")
    assert (status, out) == (0, "wrote content/events/2028/a-day-on-forms-2028.yaml\n")
    tree, _ = records.parse(records.read(content / "events" / "2028" / "a-day-on-forms-2028.yaml"))
    assert (tree["start"], tree["end"]) == ("2028-04-04 09:00", "2028-04-04 10:00")
    assert (tree["announced"], tree["draft"]) == ("2027-09-01", "true")
    assert (content / "events" / "2027" / "forms.yaml").read_bytes() == before


@pytest.mark.parametrize(("today", "warned"), [("2027-02-01", 0), ("2027-01-31", 1), ("2026-12-31", 2)])
def test_a_day_in_the_log_that_is_still_to_come_is_warned_of(content: Path, run: Run, today: str, warned: int) -> None:
    changes = [{"date": "2027-02-01", "note": "Moved to another room."}]
    tree = factory.record(title="A late one", announced="2027-01-01", changes=changes)
    path = factory.write_record(content, "late", tree)
    status, out, _ = run("check", path, "--today", today)
    assert (status, out.count("is still to come")) == (0, warned)
    assert out.count(f"`{today}`") == warned
