"""The same content, settings and day give the same bytes, whatever the machine is like that builds them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import factory
from tests.site import ROOT, build, files

GUIDE = "Title: A guide\nDate: 2027-01-05\n\nWords, and [the agenda]({event}agenda).\n\n{event}timed\n"
HERE = {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C.UTF-8"}


@contextmanager
def mask(value: int) -> Iterator[None]:
    """Who may read what is made meanwhile."""
    before = os.umask(value)
    try:
        yield
    finally:
        os.umask(before)


def content(folder: Path, *, backwards: bool = False) -> Path:
    """The rich directory with an article, its files made in one order or the other."""
    records = [*factory.rich().items()]
    found = factory.write_content(folder, dict(reversed(records) if backwards else records))
    (found / "articles").mkdir()
    (found / "articles" / "guide.md").write_text(GUIDE, encoding="utf-8")
    return found


def site(folder: Path, source: Path, environment: Mapping[str, str], cwd: Path = ROOT) -> dict[str, bytes]:
    """What a production build makes, compressed copies included, by address."""
    found = build(
        folder,
        source,
        cwd=cwd,
        environment={**environment, "SITEURL": "https://events.example.org/all", "SOURCE_DATE_EPOCH": "1804700000"},
        arguments=("-s", str(ROOT / "publishconf.py")),
        EVENT_CACHE=False,
    )
    return files(found.site.folder)


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The site as it is built here."""
    folder = tmp_path_factory.mktemp("usual")
    found = site(folder / "output", content(folder / "content"), HERE)
    # What a build from somewhere else could differ in is there.
    assert {Path(path).suffix for path in found} >= {
        ".html",
        ".ics",
        ".json",
        ".csv",
        ".atom",
        ".xml",
        ".br",
        ".gz",
        ".png",
    }
    assert any(path.startswith("search/") for path in found)
    return found


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "1", "TZ": "Pacific/Kiritimati", "LC_ALL": "C.UTF-8"},
        # As bare as a container or a cron job may be.
        {"PYTHONHASHSEED": "4242", "TZ": "Pacific/Pago_Pago", "LC_ALL": "POSIX", "LANG": "", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    ],
    ids=["ahead", "bare"],
)  # fmt: skip
def test_another_machine_makes_the_same_bytes(
    usual: Mapping[str, bytes], tmp_path: Path, environment: Mapping[str, str]
) -> None:
    elsewhere = tmp_path / "another place" / "ñandú"
    elsewhere.mkdir(parents=True)
    with mask(0o077):
        source = content(elsewhere / "content", backwards=True)
        found = site(elsewhere / "output", source, environment, cwd=elsewhere)
    assert {*found} == {*usual}
    assert [path for path in sorted(found) if found[path] != usual[path]] == []
