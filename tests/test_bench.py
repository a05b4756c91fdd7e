"""The bench: its records are right, and its peer makes what ours makes, so that neither is measured for doing less."""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
from pathlib import Path

import pytest
from events import collection

from bench import generate, hugo, profile
from bench.__main__ import Row, markdown

ROOT = Path(__file__).parent.parent
EVENTS = 60
# Small pages, so that few events fill several.
PAGE = 3


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ours")
    values = {"EVENT_AS_OF": f"{generate.TODAY}", "EVENT_PAGE_SIZE": PAGE}
    settings = [f"{key}={json.dumps(value)}" for key, value in values.items()]
    content, output = os.fspath(generate.write(folder / "content", EVENTS)), os.fspath(folder / "output")
    command = [sys.executable, "-m", "pelican", content, "-o", output, "-s", "pelicanconf.py", "-e", *settings]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder / "output"


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("peer")
    site = hugo.write(folder / "site", EVENTS)
    environment = {**os.environ, "HUGO_PAGINATION_PAGERSIZE": str(PAGE)}
    command = hugo.command(site, folder / "output")
    said = subprocess.run(command, check=True, capture_output=True, encoding="utf-8", env=environment)
    assert said.stdout + said.stderr == ""
    return folder / "output"


def addresses(site: Path, pattern: str) -> set[str]:
    """The addresses of a site's files; Hugo puts the pages of a section into folders of their own."""
    found = {path.relative_to(site).as_posix() for path in site.glob(pattern) if path.is_file()}
    return {re.sub(r"^(events|events/page/\d+)/index\.(html|ics)$", r"\1.\2", path) for path in found}


def uids(calendar: Path) -> list[str]:
    text = calendar.read_text(encoding="utf-8").replace("\n ", "")
    return sorted(re.findall(r"^UID:(.+)$", text, re.MULTILINE))


def test_every_record_of_the_bench_is_right(tmp_path: Path) -> None:
    found = collection.load(generate.write(tmp_path, 400), ["events"])
    assert len(found.published) == 400
    assert found.problems == ()


def test_a_record_is_the_same_whatever_the_size_of_its_folder(tmp_path: Path) -> None:
    few, many = ({*generate.records(count)} for count in (5, 50))
    assert few < many


def test_the_peer_has_a_page_and_a_calendar_for_every_event(ours: Path, peer: Path) -> None:
    ids = {identity for _, identity, _ in generate.records(EVENTS)}
    for suffix in ("html", "ics"):
        assert addresses(peer, f"events/*.{suffix}") - {f"events.{suffix}"} == {
            f"events/{name}.{suffix}" for name in ids
        }
        assert addresses(ours, f"events/*.{suffix}") == {f"events/{name}.{suffix}" for name in ids}


# `lists` is what free and credits are to Hugo.
@pytest.mark.parametrize("facet", ["events", "free", "credits", *(facet for facet in hugo.FACETS if facet != "lists")])
def test_the_peer_has_every_page_of_a_listing(facet: str, ours: Path, peer: Path) -> None:
    patterns = [f"{facet}.html", f"{facet}/*.html", f"{facet}/page/*.html", f"{facet}/*/page/*.html"]
    if facet == "events":
        patterns = ["events.html", "events/index.html", "events/page/**/*.html"]
    theirs, own = ({path for pattern in patterns for path in addresses(site, pattern)} for site in (peer, ours))
    assert theirs == own
    assert own


def test_the_calendars_of_the_peer_hold_the_same_events(ours: Path, peer: Path) -> None:
    feeds = [path for path in addresses(peer, "**/*.ics") if not (path.startswith("events/"))]
    assert len(feeds) > len(hugo.FACETS)
    for path in feeds:
        theirs = peer / ("events/index.ics" if path == "events.ics" else path)
        assert uids(theirs) == uids(ours / path), path


def test_an_event_page_of_the_peer_is_as_long_as_ours(ours: Path, peer: Path) -> None:
    sizes = [
        statistics.median(
            (site / "events" / f"{identity}.html").stat().st_size for _, identity, _ in generate.records(EVENTS)
        )
        for site in (ours, peer)
    ]
    # What differs: relative links, spaces. Who changes theme/templates/event.html changes bench/hugo with it.
    assert sizes[1] == pytest.approx(sizes[0], rel=0.1)


def test_every_file_of_the_site_is_of_a_kind_that_the_profile_names(ours: Path) -> None:
    kinds = {path: profile.kind_of(path) for path in addresses(ours, "**/*") if not path.startswith(".")}
    assert [path for path, kind in kinds.items() if kind == "other files"] == []
    assert sum(kind == "event pages" for kind in kinds.values()) == EVENTS


def test_a_target_is_told_with_its_row() -> None:
    row = Row("cold", "CPU 1 s", "CPU 2 s", "0.50", [("≤ 0.60 ×", True), ("≤ 0.40 ×", False)])
    assert markdown([row]).splitlines()[-1] == "| cold | CPU 1 s | CPU 2 s | 0.50 | ≤ 0.60 ×: met; ≤ 0.40 ×: not met |"
