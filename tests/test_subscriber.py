"""A real subscriber: vdirsyncer fetches a feed over http, khal shows what is in it, and changes arrive."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from events.pages import CalendarFile
from events.server import server

from tests import factory
from tests.factory import Record, record
from tests.reading import PREFIX

BIN = Path(sys.executable).parent
KHAL = """
[calendars]
[[events]]
path = {home}/events
readonly = True
[locale]
local_timezone = UTC
default_timezone = UTC
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
[sqlite]
path = {home}/khal.db
"""
VDIRSYNCER = """
[general]
status_path = "{home}/status"
[pair events]
a = "web"
b = "local"
collections = null
[storage web]
type = "http"
url = "{url}"
[storage local]
type = "filesystem"
path = "{home}/events"
fileext = ".ics"
"""


class Subscriber:
    """Somebody with vdirsyncer and khal who subscribed to one feed."""

    def __init__(self, home: Path, url: str) -> None:
        (home / "events").mkdir(parents=True)
        self.home = home
        (home / "khal.conf").write_text(KHAL.format(home=home), encoding="utf-8")
        (home / "vdirsyncer.conf").write_text(VDIRSYNCER.format(home=home, url=url), encoding="utf-8")
        self._run("vdirsyncer", "-c", str(home / "vdirsyncer.conf"), "discover")

    def _run(self, program: str, *arguments: str) -> str:
        own = {name: str(self.home) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME")}
        done = subprocess.run(
            [str(BIN / program), *arguments],
            env={**os.environ, **own, "TZ": "UTC", "NO_PROXY": "127.0.0.1"},
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def sync(self, first: str, last: str) -> dict[str, dict[str, str]]:
        """Fetch the feed, and say what khal shows of each event of a time, by its page.

        Not by UID: for a read-only feed vdirsyncer puts a digest of its text in its place.
        """
        self._run("vdirsyncer", "-c", str(self.home / "vdirsyncer.conf"), "sync")
        fields = ("url", "title", "start", "end", "status")
        asked = [part for name in fields for part in ("--json", name)]
        out = self._run(
            "khal", "-c", str(self.home / "khal.conf"), "list", *asked, "--once", "2026-01-01", "2028-01-01"
        )
        rows = [row for line in out.splitlines() for row in json.loads(line)]
        found = {row["url"].rsplit("/", 1)[1].removesuffix(".html"): row for row in rows}
        assert len(found) == len(rows), "nothing doubles"
        return found


def publish(folder: Path, records: Mapping[str, Record]) -> None:
    for item in factory.plan(records).files():
        if isinstance(item, CalendarFile):
            path = folder / item.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(item.data)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder, and the address at which it is served."""
    folder = tmp_path / "site"
    folder.mkdir()
    httpd = server(folder, 0)
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield folder, f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    thread.join()
    httpd.server_close()


def records(**changes: Any) -> dict[str, Record]:
    base: dict[str, Record] = {
        "moves": record(
            title="It will move", start="2027-04-06 13:30", end="2027-04-06 15:00", timezone="America/New_York"
        ),
        "is-cancelled": record(title="It will not take place", start="2027-04-20", end="2027-04-22"),
        "stays": record(title="Nothing happens; to it, at all", start="2027-05-04"),
    }
    return {identity: {**tree, **changes.get(identity.replace("-", "_"), {})} for identity, tree in base.items()}


def test_a_subscriber_sees_a_move_and_a_cancellation_on_the_second_sync(site: tuple[Path, str], tmp_path: Path) -> None:
    folder, url = site
    publish(folder, records())
    subscriber = Subscriber(tmp_path / "home", f"{url}/topics/cloud.ics")
    first = subscriber.sync("2027-04-01", "2027-06-01")
    assert sorted(first) == sorted(records())
    moves, cancelled, stays = first["moves"], first["is-cancelled"], first["stays"]
    assert (moves["start"], moves["end"]) == ("2027-04-06 17:30", "2027-04-06 19:00")
    assert (cancelled["start"], cancelled["end"], cancelled["status"]) == ("2027-04-20", "2027-04-22", "CONFIRMED")
    assert stays["title"] == records()["stays"]["title"]

    changed = [{"date": "2027-03-09", "note": "It was changed."}]
    moved = {"start": "2027-11-09 13:30", "end": "2027-11-09 15:00", "previous_start": ["2027-04-06 13:30"]}
    publish(
        folder,
        records(
            moves={**moved, "status": "rescheduled", "changes": changed},
            is_cancelled={"status": "cancelled", "changes": changed},
        ),
    )
    second = subscriber.sync("2027-04-01", "2027-12-01")
    assert sorted(second) == sorted(records()), "nothing vanishes"
    # In November New York is an hour further from UTC than in April.
    assert (second["moves"]["start"], second["moves"]["end"]) == ("2027-11-09 18:30", "2027-11-09 20:00")
    assert second["is-cancelled"]["status"] == "CANCELLED"
    assert second["is-cancelled"]["title"] == PREFIX["en"]["cancelled"] + records()["is-cancelled"]["title"]
    assert second["stays"] == stays


def test_a_subscriber_keeps_what_is_past_when_nothing_is_upcoming(site: tuple[Path, str], tmp_path: Path) -> None:
    folder, url = site
    old = {"long-ago": record(title="Long ago", start="2026-01-20", announced="2025-12-01")}
    publish(folder, old)
    subscriber = Subscriber(tmp_path / "home", f"{url}/topics/cloud/online.ics")
    for _ in range(2):
        assert [*subscriber.sync("2026-01-01", "2026-02-01")] == ["long-ago"]
