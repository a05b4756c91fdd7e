"""What vobject makes of calendar files: one JSON list for all files named on the command line."""

from __future__ import annotations

import json
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import vobject


def moment(value: date) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value.isoformat()


found = []
for path in sys.argv[1:]:
    calendar = vobject.readOne(Path(path).read_bytes().decode())
    found += [
        {
            "file": path,
            "uid": event.uid.value,
            "start": moment(event.dtstart.value),
            "end": moment(event.dtend.value),
            "title": event.summary.value,
            "status": event.status.value,
        }
        for event in calendar.vevent_list
    ]
sys.stdout.write(json.dumps(found))
