"""Events in a saved web page (schema.org JSON-LD in its scripts), or in a JSON file of the same."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

from . import times
from .drafts import written
from .fields import amount_of
from .sources import (
    Context,
    Draft,
    NotThat,
    block_of,
    country_of,
    line_of,
    platform_of,
    refuse,
    state_of,
    unique,
    venue_of,
    zone_of_offset,
)

# schema.org's subtypes of Event that do not say so in their names, and those of them that we have a kind for.
_SUBTYPES = {"Festival": "festival", "Hackathon": "hackathon", "CourseInstance": "training", "ExhibitionEvent": "expo",
             "EducationEvent": "", "BusinessEvent": "", "ConferenceEvent": "conference"}  # fmt: skip
_STATUS = {"eventcancelled": "cancelled", "eventpostponed": "postponed", "eventrescheduled": "rescheduled",
           "eventmovedonline": "moved-online"}  # fmt: skip
_MODE = {"offlineeventattendancemode": "in-person", "onlineeventattendancemode": "online",
         "mixedeventattendancemode": "hybrid"}  # fmt: skip
_KEPT = {
    "@type", "@id", "@context", "name", "startDate", "endDate", "location", "organizer", "description", "url",
    "eventStatus", "eventAttendanceMode", "offers", "previousStartDate", "isAccessibleForFree", "keywords", "about",
    "performer", "inLanguage", "mainEntityOfPage", "headline", "datePublished", "dateModified", "identifier",
}  # fmt: skip
_DEEPEST = 12


class _Scripts(HTMLParser):
    """The JSON-LD scripts of a page, each with its line, and the page's own address and title."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[int, str]] = []
        self.address = ""
        self.title = ""
        self._line = 0
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = {name: value or "" for name, value in attrs}
        if tag == "script" and facts.get("type", "").split(";")[0].strip().casefold() == "application/ld+json":
            self._inside, self._line = "script", self.getpos()[0]
            self.found.append((self._line, ""))
        elif tag == "title" and not self.title:
            self._inside = "title"
        elif tag == "link" and "canonical" in facts.get("rel", "").casefold().split():
            self.address = facts.get("href", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._inside:
            self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            line, text = self.found[-1]
            self.found[-1] = (line, text + data)
        elif self._inside == "title":
            self.title += data


def looks_like(text: str) -> bool:
    """Whether a text is a page with JSON-LD, or JSON that speaks of schema.org."""
    start = text.lstrip()[:1]
    if start in "{[" and start:
        return "@type" in text
    return bool(re.search(r"application/ld\+json", text, re.IGNORECASE)) or bool(
        re.match(r"\s*(?:<!doctype html|<html)", text, re.IGNORECASE)
    )


def read(text: str, context: Context) -> list[Draft]:
    """The events of a page; raises `NotThat`."""
    page = _Scripts()
    if text.lstrip()[:1] in ("{", "["):
        page.found = [(1, text)]
    else:
        page.feed(text)
        page.close()
    if not page.found:
        refuse("holds no JSON-LD (no script of the type application/ld+json)", "save the page of the event itself")
    drafts: list[Draft] = []
    broken: NotThat | None = None
    for line, script in page.found:
        try:
            data = json.loads(_bare(script), strict=False)
        except (ValueError, RecursionError) as error:
            at = line + getattr(error, "lineno", 1) - 1
            broken = NotThat(
                f"JSON-LD that cannot be read: {getattr(error, 'msg', 'nested too deep')}",
                "save the page once more",
                at,
            )
            continue
        drafts += [_draft(event, page, context, line) for event in _events(data)]
    if not drafts:
        raise broken or NotThat("its JSON-LD speaks of no event", "save the page of the event itself")
    pages = Counter(draft.key.partition("#")[0] for draft in drafts)
    for draft in drafts:
        page_of, mark, day = draft.key.partition("#")
        if mark and pages[page_of] == 1:
            # Alone on its page, an event that moves to another day of the year is the same; next year's is another.
            draft.key = f"{page_of}#{day[:4]}"
    if broken:
        drafts[0].lost.append(f"line {broken.line}: {broken}")
    return drafts


def _bare(script: str) -> str:
    """The JSON without the comments that hide it from old browsers."""
    text = script.strip()
    text = re.sub(r"^(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/|<!\[CDATA\[)", "", text).strip()
    text = re.sub(r"(?:-->|//\s*\]\]>|/\*\s*\]\]>\s*\*/|\]\]>)$", "", text).strip()
    return text.rstrip(";")


def _type_names(thing: Any) -> list[str]:
    found = thing.get("@type", []) if isinstance(thing, dict) else []
    names = found if isinstance(found, list) else [found]
    return [str(name).rsplit("/", 1)[-1].removeprefix("schema:") for name in names]


def _is_event(thing: Any) -> bool:
    return any(name.endswith("Event") or name in _SUBTYPES for name in _type_names(thing))


def _events(data: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """Every event, wherever it stands: alone, in a list, in a graph, in an item list, in a page's main entity."""
    if depth > _DEEPEST:
        return
    if isinstance(data, list):
        for item in data:
            yield from _events(item, depth + 1)
    elif isinstance(data, dict):
        if _is_event(data) and data.get("name"):
            yield data
            return
        for key in ("@graph", "itemListElement", "item", "mainEntity", "event", "events", "subjectOf", "hasPart"):
            if key in data:
                yield from _events(data[key], depth + 1)


def _one(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _name(value: Any) -> str:
    return line_of(value.get("name")) if isinstance(value, dict) else line_of(value) if isinstance(value, str) else ""


def _address(value: Any) -> str:
    found = _one(value)
    text = found.get("@id") or found.get("url") if isinstance(found, dict) else found
    return line_of(text) if isinstance(text, str) and text.startswith(("http://", "https://")) else ""


def _draft(event: dict[str, Any], page: _Scripts, context: Context, line: int) -> Draft:
    url = _address(event.get("url")) or _address(event.get("mainEntityOfPage")) or _address(event.get("@id"))
    title = line_of(_one(event["name"]))
    started = line_of(_one(event.get("startDate")))
    where = url or page.address
    draft = Draft(
        key=f"{where or f'jsonld:{title}'}#{started[:10]}" if started else where or f"jsonld:{title}", line=line
    )
    draft.put("title", title)
    draft.put("url", where)
    draft.put("description", block_of(_one(event.get("description"))))
    draft.put("status", _STATUS.get(str(_one(event.get("eventStatus")) or "").rsplit("/", 1)[-1].casefold()))
    kinds = [_SUBTYPES.get(name, "") for name in _type_names(event)]
    draft.put("kind", next((kind for kind in kinds if kind), ""))
    state = _place(event, draft)
    _times(event, draft, state, context)
    _money(event, draft)
    draft.organizers = unique(_name(item) for item in _many(event.get("organizer")))
    words = [part for item in _many(event.get("keywords")) if isinstance(item, str) for part in item.split(",")]
    draft.topics = unique([*words, *(_name(item) for item in _many(event.get("about")))])
    speakers = unique(_name(item) for item in _many(event.get("performer")))
    draft.put("speakers", [{"name": name} for name in speakers])
    language = _one(event.get("inLanguage"))
    draft.put("language", line_of(language if isinstance(language, str) else (language or {}).get("alternateName", "")))
    published = line_of(_one(event.get("datePublished")))[:10]
    source = {"url": where, "title": line_of(page.title) or title, "published": published}
    draft.fields["source"] = {key: value for key, value in source.items() if value}
    draft.lost += [f"`{key}`" for key in sorted(event) if key not in _KEPT]
    return draft


def _place(event: dict[str, Any], draft: Draft) -> str:
    """Format, venue and platform; returns the state."""
    mode = _MODE.get(str(_one(event.get("eventAttendanceMode")) or "").rsplit("/", 1)[-1].casefold(), "")
    venue: dict[str, Any] = {}
    online = False
    for place in _many(event.get("location")):
        if "VirtualLocation" in _type_names(place):
            online = True
            if name := platform_of(_name(place)) or platform_of(_address(place)):
                draft.fields["online"] = {"platform": name}
        elif isinstance(place, str):
            venue = venue or {**venue_of(place)}
        elif isinstance(place, dict) and not venue:
            venue = _venue(place)
    there = "city" in venue and ("state" in venue or "country" in venue)
    if mode in ("in-person", "hybrid") and not there:
        draft.notes.append(f"`format` should be {mode}, but no city with a state or country is stated: fill in `venue`")
        mode = "online"
    form = mode or ("hybrid" if there and online else "in-person" if there else "online")
    if not mode and not there and not online:
        draft.notes.append("`format` is a guess: the page names no place")
    draft.fields["format"] = form
    if venue and (form != "online" or not there):
        draft.fields["venue"] = venue
    elif venue:
        draft.lost.append("`location`: the event is online")
    return str(venue.get("state", "")) if "country" not in venue else ""


def _venue(place: dict[str, Any]) -> dict[str, Any]:
    address = _one(place.get("address"))
    name = line_of(place.get("name"))
    if isinstance(address, str):
        found: dict[str, Any] = {**venue_of(address)}
        return {**found, "name": name} if name and "city" in found else found or ({"name": name} if name else {})
    if not isinstance(address, dict):
        return {**venue_of(name)} if name else {}
    country = country_of(_name(address.get("addressCountry")))
    state = line_of(_name(address.get("addressRegion")))
    venue = {
        "name": name,
        "street": line_of(address.get("streetAddress")),
        "city": line_of(address.get("addressLocality")),
        "state": (state_of(state) or state) if country in ("", "US") else state,
        "postal_code": line_of(address.get("postalCode")),
        "country": country if country != "US" else "",
    }
    geo = _one(place.get("geo"))
    if isinstance(geo, dict) and geo.get("latitude") and geo.get("longitude"):
        venue |= {"latitude": str(geo["latitude"])[:12], "longitude": str(geo["longitude"])[:12]}
    return {key: value for key, value in venue.items() if value}


def moment_of(text: str) -> date | None:
    """A day or a time as JSON-LD writes it; a time keeps its offset where it has one."""
    plain = text.strip().replace("Z", "+00:00")
    try:
        return datetime.fromisoformat(plain) if "T" in plain or ":" in plain else date.fromisoformat(plain[:10])
    except ValueError:
        return None


def _times(event: dict[str, Any], draft: Draft, state: str, context: Context) -> None:
    found: dict[str, date] = {}
    for key, name in (("startDate", "start"), ("endDate", "end")):
        text = line_of(_one(event.get(key)))
        moment = moment_of(text) if text else None
        if moment is not None:
            found[name] = moment
        elif text:
            draft.lost.append(f"`{key}`: `{text[:40]}` is no date")
    start, end = found.get("start"), found.get("end")
    if start is None:
        return
    zone = _zone(start, draft, state, context) if isinstance(start, datetime) else ""
    draft.fields["start"] = written(_wall(start, zone))
    if zone:
        draft.fields["timezone"] = zone
    if end is not None and isinstance(end, datetime) == isinstance(start, datetime):
        if (wall := written(_wall(end, zone))) != draft.fields["start"]:
            draft.fields["end"] = wall
    elif end is not None:
        draft.lost.append("`endDate`: one of start and end has a time and the other has none")
    former = [moment_of(line_of(item)) for item in _many(event.get("previousStartDate"))]
    draft.put("previous_start", [written(_wall(item, zone)) for item in former if item is not None])


def _zone(start: datetime, draft: Draft, state: str, context: Context) -> str:
    offset = start.utcoffset()
    if offset is None:
        zone = times.zone_of_state(state) or context.zone
        draft.notes.append("`timezone` is a guess: the page gives a time without an offset")
        return zone
    wall = start.replace(tzinfo=None)
    zone = zone_of_offset(wall, offset, state)
    if state and times.zone_of_state(state) and zone != times.zone_of_state(state):
        home = times.zone_of_state(state)
        if offset != timedelta(0):
            draft.notes.append(f"the offset {start:%z} is not that of {home} on that day: is the hour right?")
        return home
    if offset == timedelta(0):
        return "UTC"
    if not zone:
        draft.notes.append(f"no American zone has the offset {start:%z} on that day: mend `timezone`")
    elif not state:
        draft.notes.append(f"`timezone` is a guess from the offset {start:%z}")
    return zone or "UTC"


def _wall(when: date, zone: str) -> date:
    if not isinstance(when, datetime):
        return when
    if when.tzinfo is not None and zone:
        when = when.astimezone(UTC).astimezone(times.zone(zone))
    return when.replace(tzinfo=None, second=0, microsecond=0)


def _money(event: dict[str, Any], draft: Draft) -> None:
    prices: list[dict[str, str]] = []
    for offer in _many(event.get("offers")):
        if not isinstance(offer, dict):
            continue
        price = offer.get("price", offer.get("lowPrice"))
        amount = amount_of(str(price))
        if not amount and price not in (None, ""):
            draft.lost.append(f"`offers`: `{line_of(str(price))[:40]}` is no amount")
        if amount:
            row = {"for": "public", "amount": amount}
            currency = line_of(offer.get("priceCurrency"))
            if currency and currency != "USD":
                row["currency"] = currency
            if name := line_of(offer.get("name")):
                row["label"] = name[:80]
            prices.append(row)
        if (url := _address(offer.get("url"))) and "registration" not in draft.fields:
            draft.fields["registration"] = {"url": url}
    if not prices and str(event.get("isAccessibleForFree", "")).casefold() == "true":
        prices = [{"for": "public", "amount": "0"}]
    draft.put("prices", prices)
