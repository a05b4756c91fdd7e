"""The content folder as a whole: registries, former ids, links between records."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from events import collection, markup
from events.problems import Problem

from tests import factory


def problems(folder: Path, records: dict[str, dict[str, Any]], **registries: Any) -> tuple[Problem, ...]:
    """What is said of a content folder with these records."""
    content = factory.write_content(folder / "content", records, **registries)
    return collection.load(content, shown_from=content).problems


def test_a_fault_in_a_registry_is_told_once_and_not_by_every_record(tmp_path: Path) -> None:
    records = {f"forms-{number}": factory.record(title=f"{word} forms", topics=["cloud"]) for number, word in
               enumerate(("Blue", "Green", "Red"))}  # fmt: skip
    found = problems(tmp_path, records, topics={**factory.TOPICS, "cloud": {"nmae": "Cloud"}})
    assert {problem.path for problem in found} == {"topics.yaml"}


def test_a_registry_that_cannot_be_read_is_told_once(tmp_path: Path) -> None:
    content = factory.write_content(tmp_path / "content", {"forms": factory.record(topics=["cloud"])})
    (content / "topics.yaml").write_text("cloud: [\n", encoding="utf-8")
    assert [problem.path for problem in collection.load(content, shown_from=content).problems] == ["topics.yaml"]


def test_without_a_registry_every_id_is_unknown(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, {"forms": factory.record(topics=["cloud"])}, topics={})
    assert problem.message == "`cloud` is not in content/topics.yaml"


@pytest.mark.parametrize(
    ("organizers", "line"),
    [
        ({"gsa": {"name": "GSA", "parent": "tts"}, "tts": {"name": "TTS", "parent": "gsa"}}, "part of itself"),
        ({"gsa": {"name": "GSA", "parent": "gsa"}}, "part of itself"),
        ({"gsa": {"name": "GSA", "parent": "gssa"}}, "not in content/organizers.yaml"),
        ({"gsa": ""}, "takes fields"),
        ({"G S A": {"name": "GSA"}}, "is no id"),
        ({"gsa": {"name": "GSA", "type": "agency"}}, "cannot be `agency`"),
    ],
)
def test_the_rules_hold_for_registries_too(tmp_path: Path, organizers: dict[str, Any], line: str) -> None:
    found = problems(tmp_path, {}, organizers=organizers)
    assert found
    assert all(problem.path == "organizers.yaml" and line in problem.message for problem in found)


def test_a_former_id_belongs_to_one_event_alone(tmp_path: Path) -> None:
    records = {
        "blue-forms": factory.record(title="Blue forms", aliases=["old-forms", "red-paint"]),
        "green-ink": factory.record(title="Green ink", aliases=["old-forms"]),
        "red-paint": factory.record(title="Red paint"),
    }
    found = {(problem.path.rpartition("/")[2], problem.message) for problem in problems(tmp_path, records)}
    assert found == {
        ("blue-forms.yaml", "the alias `red-paint` is taken by events/2027/red-paint.yaml"),
        ("green-ink.yaml", "the alias `old-forms` is taken by events/2027/blue-forms.yaml"),
    }


@pytest.mark.parametrize(
    ("draft", "linking", "warned"), [("true", "false", True), ("true", "true", False), ("false", "false", False)]
)
def test_a_published_record_links_to_no_draft(tmp_path: Path, draft: str, linking: str, warned: bool) -> None:
    records = {
        "blue-forms": factory.record(title="Blue forms", draft=draft),
        "green-ink": factory.record(
            title="Green ink", draft=linking, description="See [the other]({event}blue-forms)."
        ),
    }
    found = problems(tmp_path, records)
    assert [problem.severity for problem in found] == ["warning"] * warned
    assert all(problem.excerpt[problem.column - 1 :].startswith("{event}blue-forms") for problem in found)


def test_a_link_to_an_event_that_is_not_there_names_the_nearest(tmp_path: Path) -> None:
    records = {
        "blue-forms": factory.record(title="Blue forms"),
        "green-ink": factory.record(title="Green ink", description="See [the other]({event}blue-froms)."),
    }
    (problem,) = problems(tmp_path, records)
    assert (problem.severity, problem.help) == ("error", "did you mean `blue-forms`?")


@pytest.mark.parametrize("end", [".", ",", ";", ":", "!", "?", "…", "”", "’s", "-", ")."])
def test_an_id_in_running_text_ends_before_punctuation(end: str) -> None:
    assert markup.event_ids(f"Like {{event}}blue-forms{end} And so on.") == [
        "blue-forms" + ("’s" if end == "’s" else "")
    ]


def test_a_link_that_goes_on_after_its_id_is_told(tmp_path: Path) -> None:
    records = {
        "blue-forms": factory.record(title="Blue forms"),
        "green-ink": factory.record(title="Green ink", description="See [the other]({event}blue-forms.)"),
    }
    (problem,) = problems(tmp_path, records)
    assert problem.message == "`description` has a link that goes on after an event's id"
    assert problem.help == "write `{event}blue-forms`"


def test_numbered_sessions_of_one_month_are_no_duplicates(tmp_path: Path) -> None:
    records = {
        f"crowdsourcing-{number}": factory.record(
            title=f"Federal crowdsourcing series, episode {number}", start=f"2027-04-0{number}"
        )
        for number in (1, 2, 3)
    }
    assert problems(tmp_path, records) == ()


@pytest.mark.parametrize("name", ["forms.yml", "forms.YAML", "forms.json", "forms.yaml.bak"])
def test_a_file_that_looks_like_a_record_and_is_none_is_named(tmp_path: Path, name: str) -> None:
    content = factory.write_content(tmp_path / "content", {})
    (content / "events" / name).write_text("title: x\n", encoding="utf-8")
    (problem,) = collection.load(content, shown_from=content).problems
    assert problem.help == "rename it to `forms.yaml`"


def test_hidden_files_and_pictures_are_left_alone(tmp_path: Path) -> None:
    content = factory.write_content(tmp_path / "content", {})
    for name in (".forms.yaml", ".git/config.yaml", "poster.png", "README.md"):
        (content / "events" / name).parent.mkdir(exist_ok=True)
        (content / "events" / name).write_text("x", encoding="utf-8")
    assert collection.load(content, shown_from=content).problems == ()


def test_an_empty_registry_is_told_how_a_registry_begins(tmp_path: Path) -> None:
    content = factory.write_content(tmp_path / "content", {})
    for text in ("", "# Topics\n", "- cloud\n"):
        (content / "topics.yaml").write_text(text, encoding="utf-8")
        (problem,) = collection.load(content, shown_from=content).problems
        assert "`some-id:`" in problem.help
        assert "title" not in problem.help


def test_a_file_with_another_suffix_is_not_to_be_renamed_over_a_record(tmp_path: Path) -> None:
    content = factory.write_content(tmp_path / "content", {"forms": factory.record(topics=["cloud"])})
    (record,) = (content / "events").rglob("forms.yaml")
    record.with_suffix(".yml").write_text("title: Forms\n", encoding="utf-8")
    (problem,) = collection.load(content, shown_from=content).problems
    assert "rename" not in problem.help
    record.unlink()
    (problem,) = collection.load(content, shown_from=content).problems
    assert problem.help == "rename it to `forms.yaml`"
