"""What programs take: JSON and its schemas, the table, the data catalogue, and the examples of docs/data.md."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Any
from urllib.request import urlopen

import jq
import pytest
from events import data, spreadsheet
from events.fields import Group, Many, specs
from events.model import Event
from events.pages import File, Joined, Plan
from events.settings import SettingsError
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator, FormatChecker

from tests import factory
from tests.browsing import serving
from tests.factory import HOSTILE, Record, record
from tests.reading import pinned
from tests.site import ROOT, Site, attribute

RECORDS = factory.rich()
PUBLISHED = {key: tree for key, tree in RECORDS.items() if not tree.get("draft") and "withdrawn" not in tree}
WITHDRAWN = {key: tree for key, tree in RECORDS.items() if "withdrawn" in tree}
OPERATOR = {"EVENT_PUBLISHER": "General Services Administration", "EVENT_CONTACT": "events@gsa.gov"}


@pytest.fixture(scope="module")
def plan() -> Plan:
    return factory.plan(RECORDS)


def file(plan: Plan, path: str) -> bytes:
    (found,) = (item.data for item in plan.files() if isinstance(item, File | Joined) and item.path == path)
    return found


@pytest.fixture(scope="module")
def everything(plan: Plan) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file(plan, "events.json"))
    return found


# JSON


def texts(value: Any) -> Any:
    """A tree with every value as the text that an editor writes."""
    if isinstance(value, dict):
        return {name: texts(item) for name, item in value.items()}
    if isinstance(value, list):
        return [texts(item) for item in value]
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def with_defaults(cls: type, tree: Record) -> Record:
    """A record's tree with the model's defaults, and lists where one value may stand for one."""
    found: Record = {}
    for item in fields(cls):
        name = item.name.rstrip("_")
        if name not in specs(cls) or name == "draft":
            continue
        kind, value = specs(cls)[name].type, tree.get(name, "")
        if value == "":
            if item.default not in (None, ()):
                found[name] = texts(item.default)
            continue
        if isinstance(kind, Many):
            value = [value] if isinstance(value, str) else value
            if isinstance(kind.of, Group):
                value = [with_defaults(kind.of.cls, part) for part in value]
        elif isinstance(kind, Group):
            value = with_defaults(kind.cls, value)
        found[name] = value
    return found


def test_every_event_is_its_record_under_its_own_field_names(everything: dict[str, Any]) -> None:
    rows = {row["id"]: row for row in everything["events"]}
    assert set(rows) == set(PUBLISHED)
    for identity, tree in PUBLISHED.items():
        own = {name: value for name, value in rows[identity].items() if name in specs(Event)}
        assert texts(own) == with_defaults(Event, tree), identity


def test_every_wall_time_has_its_instant_beside_it(everything: dict[str, Any]) -> None:
    def walls(value: Any) -> Iterator[tuple[tuple[Any, ...], str]]:
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(item, dict | list):
                yield from (((key, *path), text) for path, text in walls(item))
            elif re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", str(item)):
                yield (key,), item

    seen = 0
    for row in everything["events"]:
        told = row.get("instants", {})
        for path, wall in walls({name: value for name, value in row.items() if name in specs(Event)}):
            found: Any = told
            for step in path:
                found = found[step]
            there = datetime.fromisoformat(wall).replace(tzinfo=pinned(row["timezone"]))
            assert datetime.fromisoformat(found) == there
            assert datetime.fromisoformat(found).tzinfo == UTC
            seen += 1
        if ":" not in str(row.get("start", "")):
            assert "start" not in told
    assert seen > 60


def test_the_names_of_ids_are_those_of_the_registries(everything: dict[str, Any]) -> None:
    for row in everything["events"]:
        assert row["names"]["topics"] == {topic: factory.TOPICS[topic]["name"] for topic in row["topics"]}
        bodies = row.get("organizer", [])
        assert row["names"].get("organizer", {}) == {body: factory.ORGANIZERS[body]["name"] for body in bodies}
    for name, registry in (("topics", factory.TOPICS), ("organizers", factory.ORGANIZERS), ("series", factory.SERIES)):
        assert everything[name] == {key: dict(entry) for key, entry in registry.items()}


def test_the_file_of_an_event_is_its_row_with_version_and_schema(plan: Plan, everything: dict[str, Any]) -> None:
    for row in everything["events"] + everything["withdrawn"]:
        for identity in (row["id"], *RECORDS[row["id"]].get("aliases", ())):
            own = json.loads(file(plan, f"events/{identity}.json"))
            assert own == {"version": everything["version"], "schema": own["schema"], **row}
            assert own["schema"] == f"{plan.settings.site_url}/schema/event-data.json"


def test_all_files_hold_to_their_schemas(plan: Plan) -> None:
    one, many = json.loads(data.schema()), json.loads(data.list_schema())
    for schema in (one, many):
        Draft7Validator.check_schema(schema)
    check = FormatChecker()
    assert [*Draft7Validator(many, format_checker=check).iter_errors(json.loads(file(plan, "events.json")))] == []
    validator = Draft7Validator(one, format_checker=check)
    for identity in (*PUBLISHED, *WITHDRAWN):
        assert [*validator.iter_errors(json.loads(file(plan, f"events/{identity}.json")))] == [], identity


@pytest.mark.parametrize(
    "wrong",
    [{"status": "canceled"}, {"prices": [{"for": "public"}]}, {"unheard_of": 1}, {"title": None}, {"start": "soon"}],
)
def test_the_schema_refuses_what_no_record_can_hold(plan: Plan, wrong: Record) -> None:
    sound = json.loads(file(plan, "events/timed.json"))
    validator = Draft7Validator(json.loads(data.schema()))
    assert validator.is_valid(sound)
    assert not validator.is_valid({**sound, **wrong})


def test_a_withdrawn_record_leaves_a_tombstone(everything: dict[str, Any]) -> None:
    rows = {row["id"]: row for row in everything["withdrawn"]}
    assert set(rows) == set(WITHDRAWN)
    allowed = {"id", "page", "calendar", "uid", "updated", "sequence", "title", "withdrawn"}
    for identity, row in rows.items():
        assert set(row) <= allowed
        assert row["withdrawn"] == WITHDRAWN[identity]["withdrawn"]
    assert everything["total"] == len(everything["events"])


def test_the_data_are_the_same_on_any_day_while_no_record_changes() -> None:
    days = [factory.plan(RECORDS, today) for today in (date(2027, 3, 10), date(2028, 3, 10))]
    for path in ("events.json", "events.csv", "changed.atom", "new.atom", "events/timed.json"):
        assert len({file(found, path) for found in days}) == 1, path


def test_one_change_changes_only_its_lines() -> None:
    before = factory.plan({**RECORDS, "some-event": record()})
    after = factory.plan({**RECORDS, "some-event": record(title="Another title")})
    old, new = (file(found, "events.json").decode().split("\n") for found in (before, after))
    assert [(a, b) for a, b in itertools.zip_longest(old, new) if a != b] == [
        ('"title": "A day on forms",', '"title": "Another title",')
    ]


def test_a_directory_without_records_has_valid_files() -> None:
    found = json.loads(file(factory.plan({}), "events.json"))
    Draft7Validator(json.loads(data.list_schema())).validate(found)
    assert (found["events"], found["total"], "updated" in found) == ([], 0, False)


def test_no_json_can_close_a_script_that_somebody_puts_it_into(plan: Plan) -> None:
    for path in ("events.json", "events/hostile.json"):
        assert b"<" not in file(plan, path)
        assert HOSTILE.strip() in json.dumps(json.loads(file(plan, path)), ensure_ascii=False).replace(
            '\\"', '"'
        ).replace("\\\\", "\\")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner),
    )
)
def test_json_is_written_as_the_standard_library_writes_it(value: Any) -> None:
    assert data.text(value) == json.dumps(value, ensure_ascii=False)


@given(text=st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zl", "Zp"]), min_size=40, max_size=240))
def test_any_text_comes_back_as_it_was(text: str) -> None:
    found = factory.plan({"some-event": record(summary=text)})
    (row,) = json.loads(file(found, "events.json"))["events"]
    assert row["summary"] == text
    (cells,) = csv.DictReader(io.StringIO(file(found, "events.csv").decode("utf-8-sig")))
    assert cells["summary"] in (text, spreadsheet.guarded(text))


# The table


@pytest.fixture(scope="module")
def rows(plan: Plan) -> dict[str, Mapping[str, str]]:
    text = file(plan, "events.csv").decode("utf-8-sig")
    return {row["id"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}


def test_the_table_is_one_that_excel_reads_as_utf_8(plan: Plan) -> None:
    whole = file(plan, "events.csv")
    assert whole.startswith(b"\xef\xbb\xbf")
    assert whole.endswith(b"\r\n")
    lines = [*csv.reader(io.StringIO(whole.decode("utf-8-sig"), newline=""), strict=True)]
    assert {len(line) for line in lines} == {len(spreadsheet.COLUMNS)}
    assert whole.count(b"\r\n") == whole.count(b"\n") == len(lines) == len(PUBLISHED) + 1


def test_a_row_says_what_the_json_says(rows: dict[str, Mapping[str, str]], everything: dict[str, Any]) -> None:
    assert [*rows] == [event["id"] for event in everything["events"]]
    compared = 0
    for event in everything["events"]:
        row = rows[event["id"]]
        for column, cell in row.items():
            value: Any = event
            for step in column.split("."):
                value = value.get(step) if isinstance(value, dict) else None
            if isinstance(value, dict | list) or column in ("organizer", "topics", "series", "free_for"):
                continue
            if column.endswith("_utc"):
                value = event.get("instants", {}).get(column.removesuffix("_utc"))
            assert cell == ("" if value is None else spreadsheet.guarded(texts(value))), (event["id"], column)
            compared += cell != ""
        for column in ("organizer", "topics"):
            names = "; ".join(event["names"].get(column, {}).values())
            assert row[column] == spreadsheet.guarded(names)
    assert compared > len(rows) * 10


FORMULAS = (
    "=1+1",
    "+1",
    "\r=1+1",
    "\r\n@SUM(A1)",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "＝1+1",
    "＋1+1",
    "－1+1",
    "＠A1",
    '=cmd|"/c calc"!A1',
)


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("before", ["", "  ", "Talks; ", "Talks;", '"', 'Talks;"', "'"])
def test_no_spreadsheet_finds_a_formula_whatever_parts_its_cells(before: str, formula: str) -> None:
    line = io.StringIO()
    csv.writer(line).writerow(["id", spreadsheet.guarded(before + formula), "x"])
    # Where a semicolon parts cells, a quotation mark in the middle of one is no quotation: a return ends the row.
    for delimiter in ",;":
        rows = [line.getvalue()] if delimiter == "," else line.getvalue().replace("\r", "\n").split("\n")
        for cell in (cell for row in csv.reader(rows, delimiter=delimiter, quotechar='"') for cell in row):
            assert not cell.lstrip(' "').startswith(("=", "+", "-", "@", "\t", "＝", "＋", "－", "＠")), cell


@pytest.mark.parametrize("plain", ["-77.0426", "38.8977", "2027-03-02", "A day – on = signs", "mail@agency.gov", ""])
def test_what_is_no_formula_is_left_alone(plain: str) -> None:
    assert spreadsheet.guarded(plain) == plain


# What ends a cell, a line or a quotation, and what begins a formula, each alone between other signs and in any number.
SIGNS = ',;"\r\n\t '
CELLS = st.lists(
    st.one_of(
        st.text(),
        st.text(st.sampled_from(f"{SIGNS}=+-@＝aé0")),
        st.builds("{}{}{}".format, st.sampled_from("aé0"), st.sampled_from(SIGNS), st.sampled_from(("b", *FORMULAS))),
    ),
    min_size=2,
)


@given(CELLS)
def test_a_line_is_written_as_the_standard_library_writes_it(cells: list[str]) -> None:
    expected = io.StringIO(newline="")
    csv.writer(expected, lineterminator="\r\n").writerow([spreadsheet.guarded(cell) for cell in cells])
    assert spreadsheet.joined(cells) == expected.getvalue()


def test_hostile_text_opens_no_cell_of_the_table(rows: dict[str, Mapping[str, str]]) -> None:
    assert rows["hostile"]["title"].endswith(HOSTILE[-20:])
    for row in rows.values():
        for cell in row.values():
            assert not cell.startswith(("=", "+", "@"))
            assert not cell.startswith("-") or float(cell) < 0


# The data catalogue

# What DCAT-US 1.1 asks for, https://resources.data.gov/resources/dcat-us/: the fields that are always required, those of a
# federal agency, and the patterns of its schema, https://project-open-data.cio.gov/v1.1/schema/.
URI = {"type": "string", "pattern": r"^https?://\S+$"}
TYPE = {"type": "string", "pattern": r"^[-\w]+/[-\w]+(\.[-\w]+)*([+][-\w]+)?$"}
DCAT = {
    "type": "object",
    "required": ["conformsTo", "dataset", "@context", "@type"],
    "properties": {
        "@context": URI,
        "@id": URI,
        "@type": {"const": "dcat:Catalog"},
        "conformsTo": {"const": "https://project-open-data.cio.gov/v1.1/schema"},
        "describedBy": URI,
        "dataset": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": [
                    "title", "description", "keyword", "modified", "publisher", "contactPoint", "identifier", "accessLevel",
                ],
                "properties": {
                    "@type": {"const": "dcat:Dataset"},
                    "title": {"type": "string", "minLength": 1},
                    "description": {"type": "string", "minLength": 1},
                    "keyword": {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}},
                    "modified": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"},
                    "identifier": {"type": "string", "minLength": 1},
                    "accessLevel": {"enum": ["public", "restricted public", "non-public"]},
                    "publisher": {
                        "type": "object",
                        "required": ["name"],
                        "properties": {"@type": {"const": "org:Organization"}, "name": {"type": "string", "minLength": 1}},
                    },
                    "contactPoint": {
                        "type": "object",
                        "required": ["fn", "hasEmail"],
                        "properties": {
                            "@type": {"const": "vcard:Contact"},
                            "fn": {"type": "string", "minLength": 1},
                            "hasEmail": {"type": "string", "pattern": r"^mailto:[\w.-]+@[\w.-]+\.[\w.-]+$"},
                        },
                    },
                    "bureauCode": {"type": "array", "items": {"type": "string", "pattern": r"^[0-9]{3}:[0-9]{2}$"}},
                    "programCode": {"type": "array", "items": {"type": "string", "pattern": r"^[0-9]{3}:[0-9]{3}$"}},
                    "license": URI,
                    "landingPage": URI,
                    "describedBy": URI,
                    "describedByType": TYPE,
                    "accrualPeriodicity": {"type": "string", "pattern": r"^(irregular|R/P\w+)$"},
                    "temporal": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d/\d{4}-\d\d-\d\d$"},
                    "language": {"type": "array", "items": {"type": "string", "pattern": "^[a-z]{2,3}(-[A-Za-z0-9]+)*$"}},
                    "distribution": {
                        "type": "array",
                        "minItems": 1,
                        "items": {
                            "type": "object",
                            "required": ["downloadURL", "mediaType"],
                            "properties": {
                                "@type": {"const": "dcat:Distribution"},
                                "downloadURL": URI,
                                "mediaType": TYPE,
                            },
                        },
                    },
                },
            },
        },
    },
}  # fmt: skip


def test_the_data_catalogue_is_what_the_standard_asks_for() -> None:
    codes = {"EVENT_BUREAU_CODE": ["023:00"], "EVENT_PROGRAM_CODE": ["023:001"]}
    for settings, federal in ((OPERATOR, False), ({**OPERATOR, **codes}, True)):
        found = factory.plan(RECORDS, **settings)
        catalogue = json.loads(file(found, "data.json"))
        assert [*Draft7Validator(DCAT).iter_errors(catalogue)] == []
        (dataset,) = catalogue["dataset"]
        assert ("bureauCode" in dataset, "programCode" in dataset) == (federal, federal)
        paths = {item.path for item in found.files()}
        site = found.settings.site_url
        for row in dataset["distribution"]:
            assert row["downloadURL"].removeprefix(f"{site}/") in paths
        assert {row["mediaType"] for row in dataset["distribution"]} == {
            "application/json",
            "text/csv",
            "text/calendar",
        }
        assert dataset["modified"] == json.loads(file(found, "events.json"))["updated"]
        assert dataset["contactPoint"]["hasEmail"] == f"mailto:{OPERATOR['EVENT_CONTACT']}"


@pytest.mark.parametrize("facts", [{}, {"EVENT_PUBLISHER": "GSA"}, {"EVENT_CONTACT": "events@gsa.gov"}])
def test_without_the_operators_facts_there_is_no_data_catalogue(facts: dict[str, Any]) -> None:
    found = factory.plan(RECORDS, **facts)
    assert "data.json" not in {item.path for item in found.files()}
    (feeds,) = (item for item in found.files() if item.path == "feeds.html")
    assert not getattr(feeds, "inputs", {})["catalogue"]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"EVENT_BUREAU_CODE": ["23"], "EVENT_PROGRAM_CODE": ["023:001"]}, "EVENT_BUREAU_CODE holds '23'"),
        ({"EVENT_BUREAU_CODE": ["023:00"]}, "go together"),
        ({"EVENT_BUREAU_CODE": ["023:00"], "EVENT_PROGRAM_CODE": ["023:001"], "EVENT_PUBLISHER": ""}, "set all four"),
        ({"EVENT_PROGRAM_CODE": "023:001"}, "EVENT_PROGRAM_CODE is '023:001'; it takes a list"),
    ],
)
def test_codes_that_no_catalogue_takes_are_told(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(told)):
        factory.settings(**{**OPERATOR, **wrong})


# The documentation

DOC = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
HOST = "https://events.example.gov"
SHELL = re.findall(rf"^curl -s {HOST}(\S+) \| jq -r '(.*)'$", DOC, re.MULTILINE)
PYTHON = re.findall(r"^```python\n(.*?)^```$", DOC, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("path", "query"), SHELL)
def test_the_shell_examples_find_something(article_url: str, path: str, query: str) -> None:
    with urlopen(article_url + path) as answer:
        found = jq.compile(query).input_text(answer.read().decode()).all()
    assert found
    assert all(isinstance(line, str) for line in found)


@pytest.mark.parametrize("script", PYTHON)
def test_the_python_examples_run_and_name_every_event(article_site: Site, article_url: str, script: str) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-W", "error", "-c", script.replace(HOST, article_url)],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for event in article_site.json("events.json")["events"]:
        assert event["title"] in done.stdout


def test_the_documentation_has_examples_of_both_kinds_and_names_every_member() -> None:
    assert len(SHELL) >= 2
    assert len(PYTHON) >= 2
    schema = json.loads(data.list_schema())
    beside = schema["properties"]["events"]["items"]["properties"].keys() - specs(Event).keys()
    for member in {*schema["properties"], *beside}:
        assert f"`{member}`" in DOC, member
    for column in spreadsheet.COLUMNS.keys() - specs(Event).keys():
        assert "." in column or column in beside or f"`{column}`" in DOC, column


# What a page tells of them


def test_every_events_page_leads_to_its_data(rich_site: Site) -> None:
    for identity in PUBLISHED:
        page = f"events/{identity}.html"
        assert f"events/{identity}.json" in rich_site.hrefs(page, "link[rel=alternate][type='application/json']")
        assert rich_site.json(f"events/{identity}.json")["page"].endswith(page)


def test_the_page_of_feeds_leads_to_all_data(rich_site: Site) -> None:
    hrefs = {*rich_site.hrefs("feeds.html", "#data a, #news a")}
    assert {"events.json", "events.csv", "schema/events-data.json", "new.atom", "changed.atom"} <= hrefs
    for kind in ("application/json", "text/csv"):
        (link,) = rich_site.document("events.html").query(f"link[rel=alternate][type='{kind}']")
        assert attribute(link, "href").startswith("./events.")


def test_the_served_data_are_the_planned_ones(rich_site: Site) -> None:
    with serving(rich_site.folder) as url, urlopen(f"{url}/events.json") as answer:
        assert answer.headers.get_content_type() == "application/json"
        assert json.load(answer) == rich_site.json("events.json")
