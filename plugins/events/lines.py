"""Content lines of iCalendar (RFC 5545, 3.1): texts escaped, long lines folded.

The icalendar library cuts an escaped backslash in two where it folds, at which Google drops the event; so lines are folded
here.
"""

from __future__ import annotations

_FOLD = 75
# The first two bits of a byte in the middle of a UTF-8 character.
_CONTINUES = 0b10


def escape(text: str) -> str:
    """A TEXT value: backslash, semicolon, comma and line break escaped, and nothing else."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def fold(line: str) -> bytes:
    """A content line as bytes, with CRLF: no part is longer than 75 octets, no character and no escape is cut."""
    data = line.encode()
    if len(data) <= _FOLD:
        return data + b"\r\n"
    parts = []
    start, end = 0, _FOLD
    while end < len(data):
        while data[end] >> 6 == _CONTINUES:
            end -= 1
        # After an odd number of backslashes (in a parameter: of carets) the last one escapes what follows.
        if (last := data[end - 1]) in b"\\^":
            before = end
            while data[before - 1] == last:
                before -= 1
            end -= (end - before) % 2
        parts.append(data[start:end])
        # The space that marks a continuation counts too.
        start, end = end, end + _FOLD - 1
    parts.append(data[start:])
    return b"\r\n ".join(parts) + b"\r\n"
