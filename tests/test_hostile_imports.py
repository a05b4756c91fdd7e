"""Files that others made to hurt: an import fetches nothing, runs nothing, and writes nothing but drafts in their folder."""

from __future__ import annotations

import json
import socket
import subprocess
import urllib.request
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from events import collection, importing, markup, records
from events.fields import specs
from events.importing import Outcome, Target
from events.model import Event
from events.problems import failed

from tests import factory
from tests.test_inert import PAYLOADS

DAY = date(2026, 11, 24)
ELSEWHERE = "http://attacker.example/x"

Form = Callable[[str], str]


def _calendar(text: str) -> str:
    # As RFC 5545, 3.3.11 has it escaped, so that the text itself arrives whole.
    told = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{told}", f"URL:{ELSEWHERE}", f"SOURCE;VALUE=URI:{ELSEWHERE}",
        "BEGIN:VEVENT", f"UID:{told}", "DTSTAMP:20260101T000000Z", "DTSTART;VALUE=DATE:20270406",
        f"SUMMARY:Forms {told}", f"DESCRIPTION:A day on forms that people understand. {told}\\n{told}", f"LOCATION:{told}",
        f"URL:{ELSEWHERE}", f"ATTACH:{ELSEWHERE}", "ATTACH:file:///etc/passwd", f"CATEGORIES:{told}",
        f'ORGANIZER;CN="{told.replace(chr(34), "")}":mailto:a@example.gov', f"CONTACT:{told}", f"COMMENT:{told}",
        f"IMAGE;VALUE=URI:{ELSEWHERE}", f"CONFERENCE;VALUE=URI:{ELSEWHERE}", "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip
    return "\r\n".join(lines)


def _table(text: str) -> str:
    cell = '"' + text.replace('"', '""') + '"'
    names = "title,start,summary,description,organizer,topics,venue_name,city,state,url"
    return f"{names}\n{cell},2027-04-06,{cell},{cell},{cell},{cell},{cell},{cell},DC,{ELSEWHERE}\n"


def _page(text: str) -> str:
    event = {
        "@context": ELSEWHERE, "@import": ELSEWHERE, "@type": "Event", "name": f"Forms {text}", "startDate": "2027-04-06",
        "description": text, "url": ELSEWHERE, "image": ELSEWHERE, "keywords": [text],
        "organizer": {"@type": "Organization", "name": text, "url": "javascript:alert(1)"},
        "location": {"@type": "Place", "name": text, "address": {"addressLocality": text, "addressRegion": "DC"}},
        "performer": {"@id": ELSEWHERE, "name": text}, "@included": {"@id": ELSEWHERE},
    }  # fmt: skip
    held = json.dumps(event).replace("</", "<\\/").replace("<!--", "<\\u0021--")
    return (
        f'<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]><html><head><title>&x; Forms</title>'
        f'<link rel="canonical" href="{ELSEWHERE}"><link rel="stylesheet" href="{ELSEWHERE}">'
        f'<script src="{ELSEWHERE}"></script><script type="application/ld+json">{held}</script></head></html>'
    )


def _front_matter(text: str) -> str:
    said = json.dumps(text)
    return (
        f"---\nslug: forms\ntitle: {said}\ndeck: {said}\nsummary: {said}\nhost: {said}\nevent_type: {said}\n"
        f"date: 2027-04-06 14:00:00 -0500\nend_date: 2027-04-06 15:00:00 -0500\ntopics:\n  - {said}\n"
        f'registration_url: {ELSEWHERE}\nevent_organizer: {said}\n---\n\n{text}\n\n{{{{< img src="{ELSEWHERE}" >}}}}\n'
    )


FORMS: dict[str, tuple[str, Form]] = {
    "ics": ("file.ics", _calendar),
    "csv": ("file.csv", _table),
    "json-ld": ("file.html", _page),
    "digitalgov": ("2027-04-06-forms.md", _front_matter),
}


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return factory.write_content(tmp_path / "content", {})


@pytest.fixture(autouse=True)
def shut(monkeypatch: pytest.MonkeyPatch) -> None:
    """No way out: whoever opens a connection or starts a program fails."""

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError

    for owner, name in (
        (socket, "socket"), (socket, "getaddrinfo"), (socket, "create_connection"), (urllib.request, "urlopen"),
        (subprocess, "Popen"),
    ):  # fmt: skip
        monkeypatch.setattr(owner, name, refuse)


def bring_in(content: Path, name: str, text: str) -> Outcome:
    path = content.parent / name
    path.write_bytes(text.encode())
    return importing.run((path,), Target(content, None), form=None, zone="America/New_York", today=DAY)


def urls(tree: Any) -> list[str]:
    """Every address that a tree holds."""
    if isinstance(tree, dict):
        own = [value for key, value in tree.items() if key == "url"]
        return own + [text for item in tree.values() for text in urls(item)]
    return [text for item in tree for text in urls(item)] if isinstance(tree, list) else []


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("form", FORMS)
def test_a_hostile_import_makes_drafts_that_the_check_accepts_or_nothing(
    content: Path, form: str, payload: str
) -> None:
    name, write = FORMS[form]
    before = {path for path in content.parent.rglob("*") if path.is_file()}
    outcome = bring_in(content, name, write(payload))
    made = {path for path in content.parent.rglob("*") if path.is_file()} - before - {content.parent / name}
    assert outcome.created or outcome.problems
    for path in made:
        assert path.resolve().is_relative_to(content.resolve()), path
    for path in outcome.created:
        tree, faults = records.parse(records.read(path))
        assert not faults
        assert tree.keys() <= specs(Event).keys()
        assert tree["draft"] == "true"
        assert {text.split(":")[0] for text in urls(tree)} <= {"http", "https"}
        assert "<script" not in markup.html(tree.get("description", ""))
    assert not failed(collection.load(content).problems)


@pytest.mark.parametrize("form", FORMS)
def test_a_good_one_of_each_kind_would_have_come_in(content: Path, form: str) -> None:
    name, write = FORMS[form]
    assert bring_in(content, name, write("A day on forms that everyone can fill in")).created


def test_tags_of_yaml_in_front_matter_run_nothing(content: Path, tmp_path: Path) -> None:
    mark = tmp_path / "entered"
    text = _front_matter("Forms").replace("slug: forms", f"slug: !!python/object/apply:os.mknod ['{mark}']")
    outcome = bring_in(content, "2027-04-06-forms.md", text)
    assert not mark.exists()
    assert not outcome.created or not failed(collection.load(content).problems)


@pytest.mark.parametrize("name", ["../../escape", "/etc/escape", "..", "con", "a/b", "x" * 5_000])
def test_the_name_of_a_draft_stays_in_its_folder(content: Path, name: str) -> None:
    text = (
        _calendar("Forms").replace("SUMMARY:Forms Forms", f"SUMMARY:{name} forms").replace("UID:Forms", f"UID:{name}")
    )
    outcome = bring_in(content, "file.ics", text)
    for path in outcome.created:
        assert path.resolve().is_relative_to((content / "events").resolve())
        assert path.name == f"{path.stem}.yaml"
    assert not failed(collection.load(content).problems)
