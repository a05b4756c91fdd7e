"""Programs that read calendars, none of them ours: each is run in a process of its own and says what it understood.

ical.js is Thunderbird's, node-ical feeds many dashboards, vobject is Radicale's, ical Home Assistant's; libical, which
is Evolution's, joins them where Debian's own Python has it (`make test` installs it there).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

HERE = Path(__file__).resolve().parent
DEBIAN = "/usr/bin/python3"


def _has_libical() -> bool:
    asked = "import gi; gi.require_version('ICalGLib', '3.0')"
    return (
        Path(DEBIAN).exists() and not subprocess.run([DEBIAN, "-c", asked], capture_output=True, check=False).returncode
    )


READERS: Mapping[str, tuple[str, ...]] = {
    "ical.js": ("node", str(HERE / "readers" / "ical-js.mjs")),
    "node-ical": ("node", str(HERE / "readers" / "node-ical.mjs")),
    "vobject": (sys.executable, str(HERE / "readers" / "with_vobject.py")),
    "ical": (sys.executable, str(HERE / "readers" / "with_ical.py")),
    **({"libical": (DEBIAN, str(HERE / "readers" / "with_libical.py"))} if _has_libical() else {}),
}

STATUS = {"tentative": "TENTATIVE", "postponed": "TENTATIVE", "cancelled": "CANCELLED"}
# By the language of the record.
PREFIX = {
    "en": {"postponed": "POSTPONED: ", "cancelled": "CANCELLED: ", "withdrawn": "REMOVED: "},
    "es": {"postponed": "APLAZADO: ", "cancelled": "CANCELADO: ", "withdrawn": "RETIRADO: "},
}


class Seen(NamedTuple):
    """What a subscriber sees of an event: days as days, times as instants; the end is exclusive."""

    uid: str
    start: str
    end: str
    title: str
    status: str


def read(reader: str, paths: Sequence[Path]) -> dict[str, list[Seen]]:
    """What a reader finds in each file, by the file's path."""
    done = subprocess.run(
        [*READERS[reader], *map(str, paths)],
        cwd=HERE.parent,
        env={**os.environ, "TZ": "UTC"},
        capture_output=True,
        encoding="utf-8",
        check=True,
        timeout=300,
    )
    found: dict[str, list[Seen]] = {str(path): [] for path in paths}
    for row in json.loads(done.stdout):
        found[row.pop("file")].append(Seen(**row))
    return {path: sorted(rows) for path, rows in found.items()}


def meant(identity: str, tree: Mapping[str, Any], domain: str = "events.example.org") -> Seen:
    """What the record says, worked out from its text alone, with the pinned time zones."""
    status = tree.get("status", "scheduled")
    said = "withdrawn" if "withdrawn" in tree else status
    title = PREFIX[tree.get("language", "en").partition("-")[0]].get(said, "") + tree["title"]
    if said == "withdrawn":
        status = "cancelled"
    start, end = _span(tree["start"], tree.get("end"), tree.get("timezone", "UTC"))
    return Seen(f"{identity}@{domain}", start, end, title, STATUS.get(status, "CONFIRMED"))


def pinned(zone: str) -> ZoneInfo:
    """A zone from the pinned package: `ZoneInfo(zone)` would ask the machine's own database first."""
    with resources.files("tzdata.zoneinfo").joinpath(*zone.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=zone)


def _span(start: str, end: str | None, zone: str) -> tuple[str, str]:
    if " " not in start:
        return start, (date.fromisoformat(end or start) + timedelta(days=1)).isoformat()
    first = datetime.fromisoformat(start).replace(tzinfo=pinned(zone)).astimezone(UTC)
    last = datetime.fromisoformat(end).replace(tzinfo=pinned(zone)).astimezone(UTC) if end else None
    return f"{first:%Y-%m-%dT%H:%M:%SZ}", f"{last or first + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
