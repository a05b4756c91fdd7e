"""What runs without us: workflows, the container image and the link check, held to the rules of those who know them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from events import cli, settings, times

from tests.browsing import serving
from tests.site import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PROGRAMS = Path(sys.executable).parent


def run(*command: object, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, encoding="utf-8", check=False)


def workflow(path: Path) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def test_no_workflow_lets_a_stranger_in() -> None:
    # Offline: whether a commit belongs to an action's repository is for GitHub to say.
    found = run(PROGRAMS / "zizmor", "--offline", "--no-progress", ROOT / ".github")
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_may_do_little_and_runs_only_what_cannot_change(path: Path) -> None:
    found = workflow(path)
    assert found["permissions"] in ({}, {"contents": "read"})
    assert "concurrency" in found
    for job in found["jobs"].values():
        assert job["timeout-minutes"] <= 120
        for step in job["steps"]:
            assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", step.get("uses", "a/b@" + "0" * 40))


def test_the_nightly_build_comes_after_midnight_all_year() -> None:
    from datetime import UTC, datetime

    found = workflow(ROOT / ".github" / "workflows" / "publish.yml")
    # YAML 1.1 reads the key `on` as true.
    minute, hour = (int(part) for part in found[True]["schedule"][0]["cron"].split()[:2])
    zone = times.zone(cli._home_zone())
    for month in range(1, 13):
        here = datetime(2027, month, 15, hour, minute, tzinfo=UTC).astimezone(zone)
        assert here.day == 15
        assert here.hour < 3


def test_the_container_image_is_described_without_fault() -> None:
    # DL3008 wants versions of Debian's packages, which leave the archive with the next security update.
    found = run(PROGRAMS / "hadolint", "--ignore", "DL3008", ROOT / "deploy" / "Containerfile")
    assert found.returncode == 0, found.stdout
    text = (ROOT / "deploy" / "Containerfile").read_text(encoding="utf-8")
    for image in re.findall(r"^FROM (\S+)", text, re.MULTILINE):
        assert re.fullmatch(r"[a-z]+:\d+[\w.-]*", image)
    assert re.findall(r"^USER (\d+)", text, re.MULTILINE)[-1] != "0"


@pytest.mark.servers
def test_the_container_s_server_takes_the_configuration_that_is_written_for_it(tmp_path: Path) -> None:
    from tests.serving import program

    text = (ROOT / "deploy" / "Containerfile").read_text(encoding="utf-8")
    (head,) = re.findall(r"printf '(.*?)' > Caddyfile", text)
    (arguments,) = re.findall(r"events hosting (.*?) >> Caddyfile", text)
    command = arguments.replace('"$SITEURL"', "https://events.example.org").split()
    written = run(PROGRAMS / "events", "hosting", *command)
    assert written.returncode == 0, written.stderr
    file = tmp_path / "Caddyfile"
    file.write_text(head.encode().decode("unicode_escape") + written.stdout, encoding="utf-8")
    found = run(program("caddy"), "validate", "--config", file, "--adapter", "caddyfile")
    assert found.returncode == 0, found.stderr


def test_the_link_check_asks_no_private_address(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("here", encoding="utf-8")
    content = tmp_path / "content"
    content.mkdir()
    check = (PROGRAMS / "lychee", "--config", ROOT / ".github" / "lychee.toml", "content")
    with serving(tmp_path) as url:
        record = content / "one.yaml"
        record.write_text(f"url: {url}/missing\nsource:\n  url: http://10.0.0.1/\n", encoding="utf-8")
        found = run(*check, cwd=tmp_path)
        assert found.returncode == 0, found.stdout + found.stderr
        assert re.search(r"Excluded\s*\|\s*2\b", found.stdout)
        # The same link, were it allowed, would be told: it is seen, and it is broken.
        text = (ROOT / ".github" / "lychee.toml").read_text(encoding="utf-8")
        allowed = tmp_path / "lychee.toml"
        allowed.write_text(text.replace("exclude_all_private = true", "exclude_private = true"), encoding="utf-8")
        told = run(PROGRAMS / "lychee", "--config", allowed, "content", cwd=tmp_path)
        assert told.returncode == 2
        assert f"{url}/missing" in told.stdout


def test_every_setting_that_a_workflow_gives_to_make_publish_is_read() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    read = (ROOT / "publishconf.py").read_text(encoding="utf-8")
    for name in ("SITEURL", "PRECOMPRESS", "CHANGED_FILES"):
        assert f'{name}="$({name})"' in makefile
        assert f'os.environ.get("{name}")' in read
    assert {"EVENT_PRECOMPRESS", "EVENT_CHANGED_FILES"} <= settings.DEFAULTS.keys()
