"""A filled issue form (.github/ISSUE_TEMPLATE/event.yml) as a record's tree.

GitHub renders a filled form as a heading and a value for each of its fields; whoever sends it may write anything at
all there, so it is text to be checked like any other and nothing else.
"""

from __future__ import annotations

import re
from typing import Any

from .fields import Many, specs
from .model import Event
from .records import FORBIDDEN

# The form's labels, and the fields that they fill. tests/test_forms.py compares them with the form.
LABELS = {
    "Title": "title",
    "Kind": "kind",
    "Format": "format",
    "Start": "start",
    "End": "end",
    "Time zone": "timezone",
    "Venue": "venue.name",
    "City": "venue.city",
    "State": "venue.state",
    "Organizer": "organizer",
    "Topics": "topics",
    "Web page": "url",
    "Registration page": "registration.url",
    "Summary": "summary",
    "Description": "description",
    "Where the facts come from": "source.url",
}
# How GitHub writes an empty field, and a list from which nothing was chosen.
_NOTHING = {"_No response_", "None"}


def read(body: str) -> dict[str, Any]:
    """The fields of a filled form; headings that are none of its labels belong to the text above them."""
    tree: dict[str, Any] = {}
    name = ""
    lines: dict[str, list[str]] = {}
    for line in body.replace("\r\n", "\n").split("\n"):
        found = re.fullmatch(r"### (.+?)\s*", line)
        label = LABELS.get(found[1]) if found else None
        if label and label not in lines:
            name = label
            lines[name] = []
        elif name:
            lines[name].append(line)
    for field, said in lines.items():
        text = FORBIDDEN.sub("", "\n".join(said)).strip()
        if not text or text in _NOTHING:
            continue
        if field == "timezone":
            # "America/New_York (Eastern)", as the form offers it.
            text = text.partition(" (")[0]
        group, _, inner = field.partition(".")
        if inner:
            tree.setdefault(group, {})[inner] = " ".join(text.split())
            continue
        kind = specs(Event)[field].type
        if field == "description":
            tree[field] = text
        elif isinstance(kind, Many):
            values = [part.strip() for part in re.split(r"[,\n]", text) if part.strip()]
            tree[field] = values[0] if kind.or_one and len(values) == 1 else values
        else:
            tree[field] = " ".join(text.split())
    return tree
