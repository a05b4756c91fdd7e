"""Tables: a header, then one event a row, with the dates that spreadsheets write. docs/importing.md has the header."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from . import times
from .drafts import written
from .fields import Choice, Group, Many, Type, amount_of, specs
from .model import Event
from .sources import (
    Context,
    Draft,
    block_of,
    country_of,
    line_of,
    platform_of,
    refuse,
    state_of,
    unique,
    venue_of,
    zone_named,
)

_ALIASES: Mapping[str, str] = {
    "name": "title", "event": "title", "event_name": "title", "event_title": "title", "subject": "title",
    "date": "start", "start_date": "start", "starts": "start", "start_wall": "start", "begin": "start",
    "end_date": "end", "ends": "end", "end_wall": "end",
    "time": "start_time", "all_day_event": "", "tz": "timezone", "time_zone": "timezone",
    "location": "venue.name", "place": "venue.name", "venue": "venue.name", "building": "venue.name",
    "room": "venue.room", "address": "venue.street", "street": "venue.street", "city": "venue.city",
    "state": "venue.state", "zip": "venue.postal_code", "zip_code": "venue.postal_code",
    "postal_code": "venue.postal_code", "country": "venue.country",
    "platform": "online.platform", "join_url": "online.url", "link": "url", "website": "url", "web": "url", "page": "url",
    "registration": "registration.url", "registration_url": "registration.url", "register": "registration.url",
    "registration_closes": "registration.closes", "host": "organizer", "agency": "organizer", "organizers": "organizer",
    "organization": "organizer", "topic": "topics", "subjects": "topics", "tags": "topics", "categories": "topics",
    "category": "topics", "type": "kind", "event_type": "kind", "mode": "format", "details": "description",
    "price": "price", "cost": "price", "credits": "credit", "recording": "recording", "cfp_closes": "cfp_closes",
    "uid": "id", "audiences": "audience",
}  # fmt: skip
_OWN = {"start_time", "end_time", "price", "recording", "cfp_closes", "online", "id"}


def _types() -> dict[str, Type]:
    """The fields that a column may name: `title`, `venue.city`; lists of groups have no column."""
    found: dict[str, Type] = {}
    for name, spec in specs(Event).items():
        if isinstance(spec.type, Group):
            found |= {f"{name}.{inner}": inner_spec.type for inner, inner_spec in specs(spec.type.cls).items()}
        elif not (isinstance(spec.type, Many) and isinstance(spec.type.of, Group)):
            found[name] = spec.type
    return found


TYPES: Mapping[str, Type] = _types()


def field_of(column: str) -> str:
    """The field that a column's heading means, or ""."""
    key = re.sub(r"[^a-z0-9.]+", "_", column.casefold().strip()).strip("_")
    if key in TYPES or key in _OWN:
        return key
    return _ALIASES.get(key, "")


def looks_like(text: str) -> bool:
    """Whether the first line is a header with a column for the title and one for the start."""
    fields = {field_of(column) for column in next(csv.reader(io.StringIO(text), _dialect(text)), [])}
    return "title" in fields and len(fields - {""}) > 1


def _dialect(text: str) -> type[csv.Dialect]:
    first = text.split("\n", 1)[0]
    mark = max(",;\t", key=first.count)

    class Found(csv.excel):
        delimiter = mark

    return Found


def read(text: str, context: Context) -> list[Draft]:
    """The events of a table; raises `NotThat`."""
    reader = csv.reader(io.StringIO(text, newline=""), _dialect(text))
    try:
        header = next(reader, [])
        fields = [field_of(column) for column in header]
        if "title" not in fields:
            refuse(
                "has no column `title`", "give the first line the names of the columns; docs/importing.md lists them"
            )
        drafts: list[Draft] = []
        keys: dict[str, int] = {}
        line = reader.line_num + 1
        for row in reader:
            cells = [
                line_of(cell) if field != "description" else cell for field, cell in zip(fields, row, strict=False)
            ]
            if any(cell.strip() for cell in row):
                draft = _draft(header, fields, cells, context)
                draft.line = line
                keys[draft.key] = keys.get(draft.key, 0) + 1
                if keys[draft.key] > 1:
                    draft.key += f"#{keys[draft.key]}"
                drafts.append(draft)
            line = reader.line_num + 1
    except csv.Error as error:
        refuse(f"cannot be read as a table: {error}", "save it as CSV once more", reader.line_num or 1)
    if not drafts:
        refuse("holds no event below its header", "write one event a line")
    return drafts


def _draft(header: Sequence[str], fields: Sequence[str], cells: Sequence[str], context: Context) -> Draft:
    row: dict[str, str] = {}
    draft = Draft(key="")
    for column, name, cell in zip(header, fields, cells, strict=False):
        if cell and not name:
            draft.lost.append(f"column `{line_of(column)}`")
        elif cell and name not in row:
            row[name] = cell
        elif cell and row[name] != cell:
            draft.lost.append(f"column `{line_of(column)}`: `{name}` is given twice")
    own = {name: row.pop(name) for name in [*row] if name in _OWN}
    draft.topics = _topics(row.pop("topics", ""))
    draft.organizers = unique(re.split(r"\s*[;|]\s*", row.pop("organizer", "")))
    for name, text in row.items():
        _put(draft, name, text)
    _times(draft, row, own, context)
    _place(draft, own)
    if "price" in own:
        if amount := amount_of(own["price"]):
            draft.fields["prices"] = [{"for": "public", "amount": amount}]
        else:
            draft.lost.append(f"`price`: `{own['price']}` is no amount")
    if "recording" in own:
        draft.fields["resources"] = [{"type": "recording", "url": own["recording"]}]
    if "cfp_closes" in own and (closes := day_of(own["cfp_closes"])):
        draft.fields["deadlines"] = [{"date": written(closes)[:10], "label": "Call for speakers closes"}]
    source = draft.fields.setdefault("source", {})
    assert isinstance(source, dict)
    source.setdefault("title", context.name)
    if url := row.get("url"):
        source.setdefault("url", url)
    # Without an id of its own, a row is the event of its page and its day: the title is what is mended most.
    page = own.get("id") or row.get("url") or row.get("registration.url") or str(draft.fields.get("title", ""))
    draft.key = f"csv:{page}#{str(draft.fields.get('start', ''))[:10]}" if "id" not in own else f"csv:{page}"
    return draft


def _topics(text: str) -> list[str]:
    """Topics between semicolons, bars or commas; ids, which have hyphens for spaces, between spaces too."""
    if re.fullmatch(r"[a-z0-9-]+(?: [a-z0-9-]+)+", text) and "-" in text:
        return unique(text.split())
    return unique(re.split(r"[;|,]", text))


def _put(draft: Draft, name: str, text: str) -> None:
    kind = TYPES[name]
    value: str | list[str] = text.strip()
    if isinstance(kind, Many):
        value = [part.strip() for part in re.split(r"[;|,]", text) if part.strip()]
    elif isinstance(kind, Choice):
        value = text.strip().casefold().replace(" ", "-") if text.strip() not in kind.values else text.strip()
    elif name == "description":
        value = block_of(text)
    group, _, inner = name.partition(".")
    if inner:
        into = draft.fields.setdefault(group, {})
        assert isinstance(into, dict)
        into[inner] = value
    else:
        draft.put(name, value)


_CLOCK = re.compile(r"\b(\d{1,2})(?::(\d\d))?(?::\d\d)?\s*(a\.?m\.?|p\.?m\.?)?(?=\s|$)", re.IGNORECASE)
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_SLASHED = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4}|\d{2})")
_WORDS = re.compile(r"(?:[A-Za-z]{3,9},?\s+)?([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# A spreadsheet's own count of days, which begins with a day that never was (February 29, 1900).
_SERIAL = re.compile(r"(\d{5})(?:\.(\d+))?")
_EPOCH = date(1899, 12, 30)


def day_of(text: str) -> date | None:
    """A day, or a day and a wall time, as spreadsheets write them: month before day where a slash leaves it open."""
    plain = text.strip()
    if found := _SERIAL.fullmatch(plain):
        moment = datetime.combine(_EPOCH, datetime.min.time()) + timedelta(days=float(plain))
        return moment.replace(second=0, microsecond=0) if found[2] else moment.date()
    numbers: tuple[int, int, int] | None = None
    rest = ""
    if found := _ISO.match(plain):
        numbers, rest = (int(found[1]), int(found[2]), int(found[3])), plain[found.end() :]
    elif found := _SLASHED.match(plain):
        first, second, year = int(found[1]), int(found[2]), int(found[3])
        year += 2000 if year < 100 else 0  # noqa: PLR2004  two digits
        # "13/5/2019" can only be the thirteenth of May.
        month, day = (second, first) if first > 12 else (first, second)  # noqa: PLR2004  months
        numbers, rest = (year, month, day), plain[found.end() :]
    elif (found := _WORDS.match(plain)) and found[1][:3].casefold() in _MONTHS:
        numbers = (int(found[3]), _MONTHS.index(found[1][:3].casefold()) + 1, int(found[2]))
        rest = plain[found.end() :]
    if numbers is None:
        return None
    try:
        day_found = date(*numbers)
    except ValueError:
        return None
    clock = clock_of(rest.strip(" ,T"))
    return datetime(*numbers, *clock) if clock else day_found  # noqa: DTZ001  wall time


def clock_of(text: str) -> tuple[int, int] | None:
    """The hour and minute of "14:00", "2 PM", "1:30 p.m."; None for another text."""
    found = _CLOCK.match(text.strip())
    if not found or (found[2] is None and found[3] is None):
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3]:
        if not 1 <= hour <= 12:  # noqa: PLR2004  a half day
            return None
        hour = hour % 12 + (12 if found[3][0] in "pP" else 0)
    return (hour, minute) if hour < 24 and minute < 60 else None  # noqa: PLR2004  a day


def _times(draft: Draft, row: Mapping[str, str], own: Mapping[str, str], context: Context) -> None:
    for name in ("start", "end"):
        text = row.get(name, "")
        moment = day_of(text) if text else None
        clock = clock_of(own.get(f"{name}_time", ""))
        if name == "end" and moment is None and not text and clock and (start := day_of(row.get("start", ""))):
            moment = start.date() if isinstance(start, datetime) else start
        if clock and moment is not None and not isinstance(moment, datetime):
            moment = datetime(moment.year, moment.month, moment.day, *clock)  # noqa: DTZ001  wall time
        if moment is None:
            if text:
                draft.fields.pop(name, None)
                draft.lost.append(f"`{name}`: `{text}` is no date")
            continue
        draft.fields[name] = written(moment)
        if (found := _SLASHED.match(text)) and int(found[1]) > 12:  # noqa: PLR2004  months
            draft.notes.append(f"`{name}`: `{text}` is read as day/month/year")
    begins, ends = str(draft.fields.get("start", "")), str(draft.fields.get("end", ""))
    if begins and ends and (":" in begins) != (":" in ends):
        # One cell has a time and the other has none, as in a table of days where only the opening hour is known.
        draft.fields["start"], draft.fields["end"] = begins[:10], ends[:10]
        draft.lost.append(f"the time of the {'start' if ':' in begins else 'end'}: the other has none")
    if begins and draft.fields.get("end") == draft.fields.get("start"):
        del draft.fields["end"]
    if any(":" in str(draft.fields.get(name, "")) for name in ("start", "end")):
        venue = draft.fields.get("venue")
        state = state_of(str(venue.get("state", ""))) if isinstance(venue, dict) else ""
        named = zone_named(row.get("timezone", ""))
        if not named:
            draft.notes.append("`timezone` is a guess: the table gives none")
        draft.fields["timezone"] = named or times.zone_of_state(state) or context.zone
    else:
        draft.fields.pop("timezone", None)


def _place(draft: Draft, own: Mapping[str, str]) -> None:
    online = own.get("online", "").casefold() in ("true", "yes", "1", "x", "y")
    venue = draft.fields.get("venue")
    if isinstance(venue, dict):
        country = country_of(str(venue.get("country", "")))
        if country and country != "US":
            venue["country"] = country
        elif country or not venue.get("country"):
            venue.pop("country", None)
        if "country" not in venue and (state := state_of(str(venue.get("state", "")))):
            venue["state"] = state
        if "state" not in venue and "country" not in venue and len(inner := venue_of(str(venue.get("city", "")))) > 1:
            # "Clearwater, FL" in the column of cities.
            venue |= inner
        name = str(venue.get("name", ""))
        if len(venue) == 1 and re.search(r"^(?:online|virtual)\b", name, re.IGNORECASE):
            del draft.fields["venue"]
            online, venue = True, None
    there = isinstance(venue, dict) and "city" in venue and ("state" in venue or "country" in venue)
    if isinstance(joined := draft.fields.get("online"), dict) and (
        platform := platform_of(str(joined.get("platform", "")))
    ):
        joined["platform"] = platform
    if "format" not in draft.fields:
        draft.fields["format"] = ("hybrid" if online else "in-person") if there else "online"
        if not there and not online and "online" not in draft.fields:
            draft.notes.append("`format` is a guess: no city with a state or country, and no `format`")
