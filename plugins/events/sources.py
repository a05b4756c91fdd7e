"""What others publish, on its way to becoming records: the drafts that importers fill, and what can be made of words.

Nothing here is fetched. An importer takes what a file says, guesses only where a record needs a value, and lists every
guess and everything it had to leave behind: a draft is made to be reviewed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from html import unescape
from html.parser import HTMLParser
from typing import Any, NoReturn

from . import times, vocabulary
from .problems import short
from .records import FORBIDDEN, UNSEEN, Tree

# What can be imported; here, because the command line names them without loading what reads them.
FORMATS = ("ics", "csv", "json-ld", "digitalgov")


class NotThat(Exception):  # noqa: N818  what the file is, not what went wrong here
    """The file is not what it claims to be; `line` (from 1) is where that shows."""

    def __init__(self, message: str, mend: str = "", line: int = 1) -> None:
        super().__init__(message)
        self.mend = mend
        self.line = line


def refuse(message: str, mend: str = "", line: int = 1) -> NoReturn:
    """Say that the file is not what it claims to be."""
    raise NotThat(message, mend, line)


@dataclass(slots=True)
class Draft:
    """An event as a source tells it.

    `key` is its identity there (a UID, an address): the same key is the same record, whatever else changed.
    `topics` and `organizers` are words, not yet ids. `notes` are guesses and doubts, `lost` what a record has no
    place for, `line` where the event stands in its file.
    """

    key: str
    fields: dict[str, Tree] = field(default_factory=dict)
    topics: list[str] = field(default_factory=list)
    organizers: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    line: int = 1

    def put(self, name: str, value: Tree | None) -> None:
        """Set a field, unless there is nothing to set."""
        if value:
            self.fields[name] = value


@dataclass(frozen=True, slots=True)
class Context:
    """What an importer is told from outside: the file's name, the zone of times without one, the day of the import."""

    name: str
    zone: str
    today: date


def line_of(text: Any) -> str:
    """A text as one clean line: no tags, no character references, no invisible characters."""
    plain = unescape(str(text or ""))
    if "<" in plain:
        plain = markdown_of(plain)
    return " ".join(FORBIDDEN.sub(" ", UNSEEN.sub("", plain)).split())


def block_of(text: Any) -> str:
    """A text over several lines, without tags and invisible characters."""
    plain = str(text or "").replace("\r\n", "\n").replace("\r", "\n")
    if re.search(r"<(?:p|br|div|li|ul|a|b|strong|em|span|h\d)\b", plain, re.IGNORECASE):
        plain = markdown_of(plain)
    plain = FORBIDDEN.sub("", unescape(plain).replace("\u00a0", " ").replace("\t", "    "))
    lines = [line.rstrip() for line in plain.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Markdown(HTMLParser):
    """The text of an HTML fragment, its paragraphs, lists and links in Markdown."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.hidden = 0
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style"):
            self.hidden += 1
        elif tag == "li":
            self.parts.append("\n- ")
        elif tag == "br":
            self.parts.append("\n")
        elif tag in ("p", "div", "ul", "ol", "h1", "h2", "h3", "h4", "table", "tr"):
            self.parts.append("\n\n")
        elif tag == "a":
            href = dict(attrs).get("href") or ""
            self.links.append(href if re.match(r"https?://[^\s()]+$", href) else "")
            self.parts.append("[" if self.links[-1] else "")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self.hidden = max(0, self.hidden - 1)
        elif tag == "a" and self.links:
            href = self.links.pop()
            self.parts.append(f"]({href})" if href else "")
        elif tag in ("p", "div", "ul", "ol", "h1", "h2", "h3", "h4", "table"):
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.parts.append(re.sub(r"\s+", " ", data) if data.strip() else " ")


def markdown_of(html: str) -> str:
    """An HTML fragment as Markdown; scripts and styles are dropped."""
    parser = _Markdown()
    parser.feed(html)
    parser.close()
    lines = [re.sub(r" {2,}", " ", line).strip() for line in "".join(parser.parts).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


_KINDS = (
    (r"hackathon|codeathon|code-a-thon", "hackathon"),
    (r"public meeting|town hall|board meeting|committee meeting|council meeting", "public-meeting"),
    (r"hearing", "hearing"),
    (r"listening session", "listening-session"),
    (r"industry day|vendor day|reverse industry", "industry-day"),
    (r"job fair|hiring (?:fair|event)|career fair", "job-fair"),
    (r"award", "award-ceremony"),
    (r"open house", "open-house"),
    (r"symposium", "symposium"),
    (r"festival", "festival"),
    (r"\bexpo\b|exhibition|trade show", "expo"),
    (r"summit", "summit"),
    (r"conference|congress|\b\w*(?-i:Con|CON|Conf|CONF)\b", "conference"),
    (r"workshop", "workshop"),
    (r"training|\bclass\b|course|boot ?camp|\b101\b|\bbasics\b|masterclass", "training"),
    (r"webcast", "webcast"),
    (r"monthly call|monthly meeting|community of practice|\bcop\b|check-?in|office hours|quarterly", "community-call"),
    (r"forum|roundtable|round table|panel", "forum"),
    (r"webinar", "webinar"),
)


def kind_of(words: str, form: str) -> tuple[str, bool]:
    """The kind that a title speaks of, and whether it said so; otherwise a webinar online, a forum anywhere else."""
    for pattern, kind in _KINDS:
        if re.search(pattern, words, re.IGNORECASE):
            return kind, True
    return ("webinar" if form == "online" else "forum"), False


_STATE = "|".join(vocabulary.STATE)
_STATE_NAMES = {name.casefold(): code for code, name in vocabulary.STATE.items()} | {
    "d.c.": "DC",
    "washington dc": "DC",
    "washington d.c.": "DC",
}
_ONLINE = re.compile(
    r"\b(?:online|virtual(?:ly)?|webinar|zoom(?:gov)?|teams|webex|google meet|adobe connect|livestream|live stream|"
    r"teleconference|remote)\b",
    re.IGNORECASE,
)
_PLATFORMS = {
    "zoom": "Zoom", "teams": "Microsoft Teams", "webex": "Webex", "google meet": "Google Meet", "google": "Google Meet",
    "adobe connect": "Adobe Connect", "adobe_connect": "Adobe Connect", "youtube_live": "YouTube", "youtube": "YouTube",
    "gotowebinar": "GoToWebinar", "gotomeeting": "GoTo Meeting",
}  # fmt: skip


def platform_of(words: str) -> str:
    """The service that a text names ("youtube_live", "via Zoom"), or ""."""
    folded = words.casefold()
    return next((name for sign, name in _PLATFORMS.items() if re.search(rf"\b{sign}", folded)), "")


def is_online(words: str) -> bool:
    """Whether a place in words is no place: "Online", "via Zoom", an address on the web."""
    return bool(_ONLINE.search(words)) or words.strip().lower().startswith(("http://", "https://"))


def country_of(words: str) -> str:
    """The ISO code of a country, by its code or its English name, or ""."""
    word = words.strip().strip(".")
    folded = word.casefold().replace(".", "")
    if folded in ("us", "usa", "united states", "united states of america"):
        return "US"
    if folded in ("uk", "england", "scotland", "wales"):
        return "GB"
    if word in vocabulary.countries():
        return word
    return next((code for code, name in vocabulary.countries().items() if name.casefold() == word.casefold()), "")


def state_of(words: str) -> str:
    """The USPS code of a state, by its code or its name, or ""."""
    word = words.strip().strip(",")
    if word.upper().strip(".") in vocabulary.STATE:
        return word.upper().strip(".")
    return _STATE_NAMES.get(word.casefold(), _STATE_NAMES.get(word.casefold().strip("."), ""))


def venue_of(location: str) -> dict[str, Tree]:
    """The venue that a location in words speaks of: "Hall, 1800 F Street NW, Washington, DC 20405", "Berlin, Germany".

    Without a city it has at most a name; nothing is looked up.
    """
    text = line_of(location)
    parts = [part.strip() for part in text.split(",") if part.strip()]
    venue: dict[str, Tree] = {}
    if parts and country_of(parts[-1]) and not (len(parts) > 1 and state_of(parts[-1]) and parts[-1].isupper()):
        code = country_of(parts.pop())
        if code != "US":
            venue["country"] = code
    if not parts:
        return {"name": text} if text else {}
    if "country" in venue:
        venue["city"] = parts.pop()
    else:
        found = re.fullmatch(rf"(?:(.+?)\s+)?({_STATE}|D\.C\.)\.?(?:\s+(\d{{5}}(?:-\d{{4}})?))?", parts[-1])
        named = state_of(parts[-1]) if len(parts) > 1 else ""
        if found:
            parts.pop()
            venue["state"] = state_of(found[2])
            if found[3]:
                venue["postal_code"] = found[3]
            if found[1]:
                venue["city"] = found[1]
            elif parts:
                venue["city"] = parts.pop()
        elif named:
            parts.pop()
            venue["state"] = named
            venue["city"] = parts.pop()
        if venue and "city" not in venue:
            return {"name": text}
    street = next((part for part in parts if re.match(r"\d+\w?\s+\w", part)), "")
    if street:
        venue["street"] = street
        parts.remove(street)
    if parts:
        venue["name"] = ", ".join(parts)
    return venue


def zone_of_offset(wall: datetime, offset: timedelta, state: str = "") -> str:
    """The American zone in which the clock stands so far from UTC at that wall time: the state's own, or the largest."""
    candidates = [zone for zone in (times.zone_of_state(state), *times.STATE_ZONES) if zone]
    return next((zone for zone in candidates if times.offset(wall, zone) == offset), "")


def zone_named(name: str) -> str:
    """The IANA zone that a name in a calendar means: its own, one of Windows, one with a prefix, or a spoken one; ""."""
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON  # noqa: PLC0415  only imports need it

    plain = name.strip().strip('"')
    parts = plain.split("/")
    for start in range(len(parts)):
        tail = "/".join(parts[start:])
        if tail in times.zone_names():
            return tail
    windows = WINDOWS_TO_OLSON.get(plain, "")
    return windows or times.spoken_zone(plain)


_ENDS = re.compile(r"(?<=[.!?])[\"'”’)]*\s+(?=[A-Z0-9“\"'(])")
_CUT_WORDS = re.compile(r"(?:…|\.\.\.|\b(?:and|or|the|to|of|with|for|a|an|by|in)\.)$", re.IGNORECASE)


def summary_of(text: str, low: int = 40, high: int = 240) -> str:
    """The first full sentences of a text that make a summary, or ""."""
    plain = line_of(re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", re.sub(r"[*_#>`]+", "", text)))
    found = ""
    for sentence in _ENDS.split(plain):
        candidate = f"{found} {sentence}".strip()
        if len(candidate) > high:
            break
        found = candidate
        if len(found) >= low and found.endswith((".", "!", "?")) and not _CUT_WORDS.search(found):
            return found
    return ""


def summary_from_facts(title: str, kind: str, start: date | None, place: str) -> str:
    """A sentence of 40 to 240 characters that says nothing but what the record knows."""
    what = vocabulary.KIND[kind].lower()
    article = "an" if what[0] in "aeiou" else "a"
    when = f" on {start:%B} {start.day}, {start.year}" if start else ""
    return f"{short(title, 110)} is {article} {what}{when}, {place or 'at a place that is not stated'}, as its organizer lists it."


def clipped(text: str, limit: int) -> str:
    """A text cut at a word, so that it is at most that long."""
    if len(text) <= limit:
        return text
    return text[: limit + 1].rpartition(" ")[0].rstrip(" ,;:–—-") or text[:limit]


def unique(words: Iterable[str]) -> list[str]:
    """The words that say something, each once, in their order."""
    return list(dict.fromkeys(word for word in map(line_of, words) if word))
