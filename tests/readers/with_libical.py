"""What libical (Evolution's and GNOME Calendar's reader) makes of calendar files: one JSON list for all files named.

For Debian's own Python, with gir1.2-ical-3.0 and python3-gi; the virtual environment cannot import them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import gi

gi.require_version("ICalGLib", "3.0")
from gi.repository import ICalGLib  # noqa: E402

STATUS = {
    ICalGLib.PropertyStatus.CONFIRMED: "CONFIRMED",
    ICalGLib.PropertyStatus.TENTATIVE: "TENTATIVE",
    ICalGLib.PropertyStatus.CANCELLED: "CANCELLED",
}


def moment(time: Any) -> str:
    if time.is_date():
        return f"{time.get_year():04}-{time.get_month():02}-{time.get_day():02}"
    # The file's own VTIMEZONE, never the machine's database.
    utc = time.convert_to_zone(ICalGLib.Timezone.get_utc_timezone())
    return (
        f"{utc.get_year():04}-{utc.get_month():02}-{utc.get_day():02}"
        f"T{utc.get_hour():02}:{utc.get_minute():02}:{utc.get_second():02}Z"
    )


found = []
for path in sys.argv[1:]:
    calendar = ICalGLib.Component.new_from_string(Path(path).read_bytes().decode())
    if calendar.count_errors():
        sys.exit(f"{path}: libical finds {calendar.count_errors()} faults")
    event = calendar.get_first_component(ICalGLib.ComponentKind.VEVENT_COMPONENT)
    while event is not None:
        found.append(
            {
                "file": path,
                "uid": event.get_uid(),
                "start": moment(event.get_dtstart()),
                "end": moment(event.get_dtend()),
                "title": event.get_summary(),
                "status": STATUS[event.get_status()],
            }
        )
        event = calendar.get_next_component(ICalGLib.ComponentKind.VEVENT_COMPONENT)
sys.stdout.write(json.dumps(found))
