"""The issue form for people without git: what they fill in becomes a record, whatever they fill in."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from events import cli, collection, forms, records, times, vocabulary
from hypothesis import given
from hypothesis import strategies as st

from tests import factory

GITHUB = Path(__file__).parent.parent / ".github"
FORM: dict[str, Any] = yaml.safe_load((GITHUB / "ISSUE_TEMPLATE" / "event.yml").read_text(encoding="utf-8"))
FIELDS = {item["attributes"]["label"]: item for item in FORM["body"] if item["type"] != "markdown"}
WORKFLOWS = {path.stem: path.read_text(encoding="utf-8") for path in (GITHUB / "workflows").glob("*.yml")}

FILLED = {
    "Title": "Plain forms: a workshop",
    "Kind": "workshop",
    "Format": "hybrid",
    "Start": "2027-05-04 09:00",
    "End": "2027-05-04 12:00",
    "Time zone": "America/Denver (Mountain)",
    "City": "Denver",
    "State": "CO",
    "Organizer": "GSA",
    "Topics": "FedRAMP, Customer experience",
    "Web page": "https://example.gov/forms",
    "Summary": "A morning on writing forms that people can fill in without help.",
    "Description": "Bring a form.\n\n### Agenda\n\n* Look\n* Mend",
}


def body_of(filled: dict[str, str]) -> str:
    """A filled form as GitHub renders it."""
    return "\r\n\r\n".join(f"### {label}\r\n\r\n{filled.get(label) or '_No response_'}" for label in FIELDS)


def test_the_form_asks_for_what_the_code_reads() -> None:
    assert list(FIELDS) == list(forms.LABELS)
    required = {label for label, item in FIELDS.items() if item.get("validations", {}).get("required")}
    assert required == {"Title", "Kind", "Format", "Topics", "Summary"}


def test_the_forms_lists_are_the_vocabularies() -> None:
    def options(label: str) -> list[str]:
        return [*FIELDS[label]["attributes"]["options"]]

    assert options("Kind") == [*vocabulary.KIND]
    assert options("Format") == [*vocabulary.FORMAT]
    assert {option.partition(" (")[0] for option in options("Time zone")} <= times.zone_names()


def test_a_filled_form_is_a_sound_record(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = factory.write_content(tmp_path / "content", {})
    form = tmp_path / "form.md"
    form.write_text(body_of(FILLED), encoding="utf-8")
    arguments = ["new", "--form", str(form), "--content", str(content), "--today", "2027-01-05"]
    assert cli.main(arguments) == 0, capsys.readouterr().out
    (event,) = collection.load(content).events
    assert (event.title, event.kind, event.timezone) == (FILLED["Title"], "workshop", "America/Denver")
    assert event.topics == ("cloud", "customer-experience")
    assert event.organizer == ("gsa",)
    assert event.description == FILLED["Description"]


def test_a_field_that_was_left_empty_is_not_stated() -> None:
    assert forms.read(body_of({"Title": "A day", "Kind": "None"})) == {"title": "A day"}


HOSTILE = [
    factory.HOSTILE,
    "$(touch owned) `touch owned` ; touch owned",
    "a\nstart: 2027-01-01\n---\n- !!python/object:os.system",
    "::error::owned\n::set-output name=x::y",
    "&a *a {a: b} [c] # d",
    "\u202eowned\u2028\0",
    "### Title\n\nAnother title",
    "../../../etc/passwd",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_stays_a_text(tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    content = factory.write_content(tmp_path / "content", {})
    form = tmp_path / "form.md"
    form.write_text(body_of(dict.fromkeys(FILLED, text)), encoding="utf-8")
    status = cli.main(["new", "--form", str(form), "--content", str(content), "--today", "2027-01-05"])
    assert status == 1, capsys.readouterr()
    (path,) = (content / "events").rglob("*.yaml")
    tree, faults = records.parse(records.read(path))
    assert not faults
    # The text may say anything, and only in the fields into which it was typed.
    assert tree.keys() <= {field.partition(".")[0] for field in forms.LABELS.values()} | {"announced"}
    assert not [*tmp_path.rglob("owned")]


@given(st.text(max_size=300), st.dictionaries(st.sampled_from(sorted(forms.LABELS)), st.text(max_size=60)))
def test_no_form_brings_the_reader_down(noise: str, filled: dict[str, str]) -> None:
    tree = forms.read(noise + body_of(filled))
    assert tree.keys() <= {field.partition(".")[0] for field in forms.LABELS.values()}


# The workflows


def test_no_workflow_puts_what_somebody_typed_into_a_command() -> None:
    assert set(WORKFLOWS) >= {"records", "record-from-issue"}
    for name in ("records", "record-from-issue"):
        workflow = yaml.safe_load(WORKFLOWS[name])
        for job in workflow["jobs"].values():
            for step in job["steps"]:
                assert "${{" not in step.get("run", "")
                assert re.fullmatch(r"actions/checkout@[0-9a-f]{40}", step.get("uses", f"actions/checkout@{'0' * 40}"))
        # Nothing but what a job names for itself.
        assert workflow["permissions"] in ({}, {"contents": "read"})
    # The filled form comes in as the value of a variable, and in no other way.
    assert re.findall(r"(\w+): \$\{\{ github\.event\.issue\.body \}\}", WORKFLOWS["record-from-issue"]) == ["BODY"]
    assert "issue.title" not in WORKFLOWS["record-from-issue"]


class Repository:
    """A clone of a repository with content, in which the steps of the workflow run with a `gh` that writes down its words."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clone, self.origin = folder, folder / "clone", folder / "origin"
        self.environment = {
            key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "GITHUB_", "SOURCE_DATE"))
        } | {
            "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "RUNNER_TEMP": str(folder),
            "GITHUB_OUTPUT": str(folder / "outputs"),
            "NUMBER": "7",
            "BRANCH": "record/issue-7",
            "BASE": "main",
            "ROBOT": "robot@example.gov",
            "GIT_CONFIG_GLOBAL": str(folder / "gitconfig"),
        }
        (folder / "gitconfig").write_text("[user]\nname = Editor\nemail = editor@example.gov\n", encoding="utf-8")
        (folder / "bin").mkdir()
        gh = folder / "bin" / "gh"
        gh.write_text(
            f'#!/bin/sh\necho "$*" >> {folder}/said\n[ "$2" != list ] || echo 0\n[ "$2" != "$REFUSED" ]\n',
            encoding="utf-8",
        )
        gh.chmod(0o755)
        self.git("init", "-q", "--bare", "-b", "main", str(self.origin), there=folder)
        self.git("clone", "-q", str(self.origin), str(self.clone), there=folder)
        factory.write_content(self.clone / "content", {})
        (self.clone / "content" / "events" / ".gitkeep").touch()
        self.git("add", "content")
        self.git("commit", "-qm", "Start")
        self.git("push", "-q", "origin", "HEAD:main")
        events = self.clone / ".venv" / "bin" / "events"
        events.parent.mkdir(parents=True)
        plugins = Path(cli.__file__).parent.parent
        events.write_text(
            f'#!/bin/sh\nPYTHONPATH={plugins} exec {sys.executable} -m events.cli "$@"\n', encoding="utf-8"
        )
        events.chmod(0o755)

    def git(self, *arguments: str, there: Path | None = None) -> str:
        return subprocess.run(
            ["git", *arguments],
            cwd=there or self.clone,
            env=self.environment,
            check=True,
            capture_output=True,
            encoding="utf-8",
        ).stdout

    def step(self, number: int, **more: str) -> None:
        """Run a step as GitHub runs it: by bash, stopping at the first command that fails."""
        workflow = yaml.safe_load(WORKFLOWS["record-from-issue"])
        script = workflow["jobs"]["record"]["steps"][number]["run"]
        bash = shutil.which("bash") or "bash"
        subprocess.run(
            [bash, "-e", "-c", script], cwd=self.clone, env=self.environment | more, check=True, capture_output=True
        )

    @property
    def said(self) -> str:
        """What was told to GitHub."""
        path = self.folder / "said"
        return path.read_text(encoding="utf-8") if path.exists() else ""


def test_a_filled_form_becomes_a_pull_request_with_the_record(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    repository.step(2)
    repository.step(3, BODY=body_of(FILLED | {"Kind": "workshp"}))
    text = repository.git(
        "show", "record/issue-7:content/events/2027/plain-forms-a-workshop-2027.yaml", there=tmp_path / "origin"
    )
    assert 'title: "Plain forms: a workshop"\n' in text
    assert "pr create --base main --head record/issue-7" in repository.said
    assert "workflow run records.yml --ref record/issue-7" in repository.said
    message = (tmp_path / "message.md").read_text(encoding="utf-8")
    assert "    help: did you mean `workshop`?" in message


def test_where_robots_may_open_no_pull_request_the_answer_names_the_branch(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    repository.step(3, BODY=body_of(FILLED), REFUSED="create")
    assert re.search(r"^issue comment 7 .*record/issue-7", repository.said, re.MULTILINE)
    assert "record/issue-7" in repository.git("branch", "--list", "--all", there=tmp_path / "origin")
    assert "workflow run records.yml --ref record/issue-7" in repository.said


def test_a_form_that_says_nothing_is_answered_below_it(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    repository.step(3, BODY="### Title\n\n_No response_\n")
    assert repository.said.startswith("issue comment 7")
    assert "record/issue-7" not in repository.git("branch", "--list", "--all", there=tmp_path / "origin")


def test_a_record_that_an_editor_took_over_is_left_alone(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    repository.git("push", "-q", "origin", "HEAD:record/issue-7")
    repository.step(2)
    assert (tmp_path / "outputs").read_text(encoding="utf-8") == "taken=true\n"
    assert repository.said.startswith("issue comment 7")
    workflow = yaml.safe_load(WORKFLOWS["record-from-issue"])
    assert workflow["jobs"]["record"]["steps"][3]["if"] == "steps.branch.outputs.taken != 'true'"
