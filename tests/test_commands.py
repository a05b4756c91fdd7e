"""The commands of the Makefile, run in a copy of the project that has nothing set up."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.site import ROOT, Site, build, files

CONTRACT = ["html", "serve", "publish", "test", "check", "lint", "bench", "clean", "help"]
NOT_THE_PROJECT = shutil.ignore_patterns(
    ".git", ".venv", "node_modules", "output", "tests", "__pycache__", ".cache", ".*_cache", "*.egg-info", ".hypothesis"
)
MAKE = shutil.which("make") or "make"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project with the theme built, and with neither `.venv` nor `node_modules`."""
    shutil.copytree(ROOT, tmp_path / "project", ignore=NOT_THE_PROJECT)
    return tmp_path / "project"


def make(project: Path, *arguments: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run make there, unaware of a make that runs the tests."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS", "SITEURL"))}
    environment["PATH"] = environment["PATH"] if path is None else path
    return subprocess.run(
        [MAKE, *arguments],
        cwd=project,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


def ready(project: Path) -> tuple[str, ...]:
    """Set up as after a first `make html`, with the tools of this project; the arguments that make needs for it."""
    for name in (".venv", "node_modules"):
        (project / name).mkdir()
    for package in (ROOT / "node_modules").iterdir():
        if not package.name.startswith("."):
            (project / "node_modules" / package.name).symlink_to(package)
    (project / ".venv" / "ready").touch()
    (project / "node_modules" / ".ready").touch()
    return (f"BIN={Path(sys.executable).parent}",)


def program(folder: Path, name: str, script: str) -> str:
    """A program that does what the shell script says."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@pytest.mark.parametrize("arguments", [(), ("help",)])
def test_help_lists_every_command_of_the_contract(project: Path, arguments: tuple[str, ...]) -> None:
    found = make(project, *arguments)
    assert found.returncode == 0
    listed = dict(re.findall(r"^  make (\w+) +(.+)$", found.stdout, re.MULTILINE))
    assert [*listed] == sorted(CONTRACT, key=[*listed].index)
    assert {*listed} == {*CONTRACT}
    assert all(listed.values())


# What is missing on the machine.


def test_a_missing_python_is_named_with_how_to_get_it(project: Path) -> None:
    found = make(project, "html", "PYTHON=/nonexistent/python3")
    assert found.returncode != 0
    assert "error: Python 3.11 or later is needed" in found.stderr
    assert "apt-get install python3 python3-venv" in found.stderr
    assert not (project / ".venv").exists()


def test_an_old_python_is_named_with_how_to_get_another(project: Path, tmp_path: Path) -> None:
    old = program(tmp_path, "python3.9", 'case "$2" in *version_info*) exit 1;; esac; exit 0')
    found = make(project, "check", f"PYTHON={old}")
    assert found.returncode != 0
    assert "error: Python 3.11 or later is needed" in found.stderr


def test_a_python_without_venv_is_named_with_how_to_get_it(project: Path, tmp_path: Path) -> None:
    bare = program(tmp_path, "python3", 'case "$2" in *ensurepip*) exit 1;; esac; exit 0')
    found = make(project, "html", f"PYTHON={bare}")
    assert found.returncode != 0
    assert "error: Python's venv module is missing" in found.stderr
    assert "apt-get install python3-venv" in found.stderr


@pytest.mark.parametrize("command", ["html", "serve", "publish", "test"])
def test_a_missing_or_old_node_is_named_with_how_to_get_it(project: Path, tmp_path: Path, command: str) -> None:
    tools = ready(project)
    (project / ".venv" / "test-ready").touch()
    (project / "node_modules" / ".ready").unlink()
    for node in ("/nonexistent/node", program(tmp_path, "node", "exit 1")):
        found = make(project, command, f"NODE={node}", *tools)
        assert found.returncode != 0
        assert "error: Node.js 20 or later is needed" in found.stderr
        assert "nodejs.org" in found.stderr


def test_a_missing_npm_is_named_with_how_to_get_it(project: Path) -> None:
    found = make(project, "theme", "NPM=/nonexistent/npm")
    assert found.returncode != 0
    assert "error: npm is needed" in found.stderr
    assert "apt-get install npm" in found.stderr
    assert not (project / "node_modules").exists()


def test_a_missing_chromium_is_named_with_how_to_do_without(project: Path, tmp_path: Path) -> None:
    empty = tmp_path / "bin"
    empty.mkdir()
    found = make(project, "chromium", path=str(empty))
    assert found.returncode != 0
    assert "error: the browser tests need Chromium" in found.stderr
    assert "pytest -m 'not browser'" in found.stderr


def test_missing_servers_are_named_with_how_to_do_without(project: Path, tmp_path: Path) -> None:
    # Nothing that could install them, and no nginx where Debian puts it either.
    empty = tmp_path / "bin"
    empty.mkdir()
    makefile = project / "Makefile"
    makefile.write_text(makefile.read_text(encoding="utf-8").replace("/usr/sbin", str(empty)), encoding="utf-8")
    found = make(project, "servers", path=str(empty))
    assert found.returncode != 0
    assert "error: the server tests need nginx with its Brotli module, and Caddy" in found.stderr
    assert "apt-get install nginx-light" in found.stderr
    assert "pytest -m 'not servers'" in found.stderr


# What they do.


def test_make_html_builds_the_site_that_plain_pelican_builds(project: Path, tmp_path: Path) -> None:
    found = make(project, "html", "AS_OF=2019-02-20", *ready(project))
    assert found.returncode == 0, found.stderr
    theme = str(project / "theme")
    plain = build(tmp_path / "plain", project / "content", THEME=theme, EVENT_AS_OF="2019-02-20")
    assert files(project / "output") == files(plain.site.folder)


def test_make_publish_builds_for_the_host_that_is_named(project: Path) -> None:
    found = make(project, "publish", "SITEURL=https://events.example.gov/all", "AS_OF=2019-02-20", *ready(project))
    assert found.returncode == 0, found.stderr
    site = Site(project / "output")
    assert 'href="https://events.example.gov/all/events.html"' in site.html("events.html")
    assert "127.0.0.1" not in site.html("events.html")


def test_make_check_fails_for_a_bad_record_and_names_it(project: Path) -> None:
    tools = ready(project)
    assert make(project, "check", *tools).returncode == 0
    (project / "content" / "events" / "2019" / "bad.yaml").write_text("title: Bad\n", encoding="utf-8")
    found = make(project, "check", *tools)
    assert found.returncode != 0
    assert "content/events/2019/bad.yaml:1:1: " in found.stdout


def test_make_html_fails_where_the_build_fails(project: Path) -> None:
    (project / "content" / "events" / "2019" / "bad.yaml").write_text("title: Bad\n", encoding="utf-8")
    found = make(project, "html", *ready(project))
    assert found.returncode != 0
    assert "content/events/2019/bad.yaml:1:1: " in found.stderr


def test_make_clean_removes_what_was_built_and_nothing_else(project: Path) -> None:
    before = {*files(project)}
    (project / "output").mkdir()
    (project / "output" / "index.html").touch()
    assert make(project, "clean").returncode == 0
    left = {*files(project)}
    assert before - left == {path for path in before if path.startswith("theme/static/")}
    assert left <= before
