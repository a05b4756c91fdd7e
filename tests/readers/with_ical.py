"""What ical (Home Assistant's reader) makes of calendar files: one JSON list for all files named on the command line."""

from __future__ import annotations

import json
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from ical.calendar_stream import IcsCalendarStream


def moment(value: date | None) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value.isoformat() if value else ""


found = []
for path in sys.argv[1:]:
    calendar = IcsCalendarStream.calendar_from_ics(Path(path).read_bytes().decode())
    found += [
        {
            "file": path,
            "uid": event.uid,
            "start": moment(event.dtstart),
            "end": moment(event.end),
            "title": event.summary,
            "status": str(event.status.value) if event.status else None,
        }
        for event in calendar.events
    ]
sys.stdout.write(json.dumps(found))
