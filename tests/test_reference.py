"""The field reference, the schema and the editors' set-up say what the check asks for, and nothing else."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from events import cli, model, records, reference

from tests import factory
from tests.site import Site
from tests.test_records import GOLDEN, RECORDS

ROOT = Path(__file__).parent.parent
CONTENT = sorted((ROOT / "content" / "events").rglob("*.yaml"))
SCHEMA = model.event_schema()
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)

# What a schema cannot see; whatever else the check refuses, an editor underlines while it is typed.
UNSEEN = {
    # The registries, the other records, lists of codes and zones.
    "a_topic_that_nobody_knows", "an_unknown_topic", "an_unknown_organizer", "an_unknown_series", "an_alias_that_is_taken",
    "a_country_that_is_none", "a_timezone_that_is_none",
    # Which of two values is the earlier one; the calendar and its clocks.
    "a_session_that_ends_before_it_starts", "changes_out_of_order", "ends_a_day_before_it_starts",
    "ends_before_it_starts", "ends_when_it_starts", "on_demand_that_ends_before_it_begins",
    "registration_closes_before_it_opens", "a_time_that_comes_twice", "a_time_that_the_clocks_skip",
    "a_day_that_no_calendar_has", "a_year_long_ago",
    # What a text says.
    "a_link_that_runs_code", "a_link_to_no_event", "a_link_without_a_scheme", "an_image", "a_passcode_in_a_note",
    "a_url_with_a_passcode", "a_url_with_a_bad_port",
}  # fmt: skip


class EditorsLoader(yaml.SafeLoader):
    """YAML 1.2's core schema, which editors read by: numbers and booleans, but no dates and no `yes`."""


EditorsLoader.yaml_implicit_resolvers = {}
for tag, pattern, first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
):
    EditorsLoader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(rf"^(?:{pattern})$"), list(first))


def refused(text: str) -> list[str]:
    """What an editor underlines in a record."""
    return [error.message for error in VALIDATOR.iter_errors(yaml.load(text, EditorsLoader))]


def readable(name: str) -> bool:
    """Whether a golden record is a tree at all: a schema is asked about nothing else."""
    try:
        text = records.read(RECORDS / f"{name}.yaml")
        return not records.parse(text)[1]
    except records.Unreadable:
        return False


def test_the_field_reference_is_that_of_the_model() -> None:
    assert (ROOT / "docs" / "records.md").read_text(encoding="utf-8") == reference.text(), (
        "write it anew: events schema --reference > docs/records.md"
    )


def test_the_editors_schema_is_that_of_the_model(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["schema"]) == 0
    printed = capsys.readouterr().out
    assert json.loads(printed) == SCHEMA
    assert (ROOT / ".vscode" / "event.schema.json").read_text(encoding="utf-8") == printed, (
        "write it anew: events schema > .vscode/event.schema.json"
    )


def test_the_schema_on_the_site_is_the_printed_one(article_site: Site) -> None:
    assert (article_site.folder / "schema" / "event.json").read_text(encoding="utf-8") == reference.schema()


def test_the_editors_settings_hold_every_record_against_the_schema() -> None:
    folder = ROOT / ".vscode"
    settings: dict[str, Any] = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    ((schema, pattern),) = settings["yaml.schemas"].items()
    assert (ROOT / schema).is_file()
    assert CONTENT
    for path in CONTENT:
        assert fnmatch(path.relative_to(ROOT).as_posix(), pattern)


def test_the_schema_is_valid_draft_07_and_describes_every_field() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    groups = [SCHEMA]
    for group in groups:
        for name, field in group["properties"].items():
            assert field.get("title"), name
            assert field.get("description"), name
            groups += [inner for inner in (field, field.get("items", {})) if "properties" in inner]
    assert len(groups) > 10


def test_the_schemas_own_examples_are_valid() -> None:
    for name, field in SCHEMA["properties"].items():
        for example in field.get("examples", []):
            shown = yaml.load(json.dumps(example), EditorsLoader)
            if field.get("type") != "array" or isinstance(shown, list):
                loaded = yaml.load(shown, EditorsLoader) if isinstance(shown, str) else shown
                assert not [*jsonschema.Draft7Validator(field).iter_errors(loaded)], name


@pytest.mark.parametrize("path", CONTENT, ids=lambda path: path.stem)
def test_the_schema_accepts_every_record_of_the_directory(path: Path) -> None:
    assert refused(path.read_text(encoding="utf-8")) == []


def test_the_schema_accepts_records_of_every_shape() -> None:
    for tree in factory.rich().values():
        # The factory's quotes around a flag would be an editor's mistake.
        assert refused(factory.text_of(tree).replace("'true'", "true").replace("'false'", "false")) == []


@pytest.mark.parametrize("name", [name for name in GOLDEN if readable(name) and not name.startswith("warned_")])
def test_the_schema_sees_every_fault_that_one_can_see(name: str) -> None:
    found = refused((RECORDS / f"{name}.yaml").read_text(encoding="utf-8-sig"))
    assert bool(found) == (name not in UNSEEN), found


def test_every_fault_that_a_schema_cannot_see_is_a_golden_one() -> None:
    assert set(GOLDEN) >= UNSEEN
