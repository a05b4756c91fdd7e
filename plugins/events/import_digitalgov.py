"""Digital.gov's event files: YAML front matter, then Markdown with Hugo's shortcodes.

Their offsets are wrong for half of the year (`-0500` in July): what the clock on the wall showed in Washington is the
truth, and an offset that disagrees is reported.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from . import records, times
from .sources import Context, Draft, block_of, line_of, platform_of, refuse, state_of, unique

ZONE = "America/New_York"
_FRONT = re.compile(r"\A\s*---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)(.*)\Z", re.DOTALL)
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[ T](\d{1,2}):(\d\d)(?::\d\d)?)?\s*([+-]\d\d):?(\d\d)?")
_SHORTCODE = re.compile(r"\{\{[<%]\s*/?\s*([\w-]*)\s*(.*?)\s*[>%]\}\}", re.DOTALL)
# What the page's layout needs, and a directory does not.
_LAYOUT = {"slug", "weight", "primary_image", "featured_image", "kicker", "expirydate", "draft", "aliases"}
_KNOWN = {
    "title", "summary", "deck", "host", "event_organizer", "registration_url", "captions", "date", "end_date",
    "topics", "categories", "tag", "authors", "youtube_id", "youtube_title", "event_platform", "event_type", "venue",
}  # fmt: skip


def looks_like(text: str) -> bool:
    """Whether a text has front matter with a title and a date."""
    found = _FRONT.match(text[: records.MAX_BYTES])
    return bool(
        found and re.search(r"^title:", found[1], re.MULTILINE) and re.search(r"^date:", found[1], re.MULTILINE)
    )


def read(text: str, _: Context) -> list[Draft]:
    """The one event of a file; raises `NotThat`."""
    found = _FRONT.match(text.replace("\r\n", "\n"))
    if not found:
        refuse("has no front matter", "a Digital.gov file starts with `---`, its fields, and `---`")
    first = text[: found.start(1)].count("\n")
    try:
        tree, faults = records.parse(found[1])
    except records.Unreadable as error:
        refuse(f"front matter: {error.fault.message}", error.fault.help, error.fault.line + first)
    title = line_of(_text(tree, "title"))
    if not title:
        refuse("front matter without a `title`", "an event has at least `title:` and `date:`")
    draft = Draft(key=_page(tree, title), line=1)
    draft.put("title", title)
    _times(tree, draft)
    body = _body(found[2], draft)
    form = _place(tree, draft)
    draft.fields["format"] = form
    draft.put("summary", line_of(_text(tree, "summary")) or line_of(_text(tree, "deck")))
    draft.put("description", body)
    draft.organizers = unique([*_hosts(_text(tree, "host")), *_hosts(_text(tree, "event_organizer"))])
    draft.topics = unique(word for key in ("topics", "categories", "tag") for word in _list(tree.get(key, "")))
    if address := _text(tree, "registration_url"):
        draft.fields["registration"] = {"url": address}
    if video := _text(tree, "youtube_id"):
        name = line_of(_text(tree, "youtube_title"))
        resource = {"type": "recording", "title": name, "url": f"https://www.youtube.com/watch?v={video}"}
        draft.fields["resources"] = [{key: value for key, value in resource.items() if value}]
    if _text(tree, "captions"):
        draft.fields["accessibility"] = {"features": ["captions"]}
        draft.lost.append("`captions`: the address of the live captions (that there were captions is kept)")
    if re.search(r"government employees only|only (?:open|available) to (?:federal|government)", body, re.IGNORECASE):
        draft.fields["eligibility"] = "government-only"
        draft.notes.append("`eligibility` is taken from the description")
    draft.fields["source"] = {"url": draft.key, "title": title, "publisher": "Digital.gov"}
    _leftovers(tree, draft)
    draft.notes += [f"front matter, line {fault.line + first}: {fault.message}" for fault in faults]
    return [draft]


def _text(tree: Any, key: str) -> str:
    value = tree.get(key, "")
    return value if isinstance(value, str) else ""


def _list(value: Any) -> list[str]:
    return (
        [item for item in value if isinstance(item, str) and item]
        if isinstance(value, list)
        else [value]
        if isinstance(value, str) and value
        else []
    )


def _hosts(words: str) -> list[str]:
    """ "Code.gov and DigitalGov" are two; "Research and Data" may be one, so only names with dots or commas are split."""
    plain = re.sub(r"^hosted by (?:the )?", "", line_of(words), flags=re.IGNORECASE)
    if re.search(r"\.gov\b.* and |,", plain):
        return re.split(r"\s*,\s*|\s+and\s+", plain)
    return [plain]


def _page(tree: Any, title: str) -> str:
    """The address at which Digital.gov published the event."""
    day = _DATE.search(_text(tree, "date"))
    slug = _text(tree, "slug") or re.sub(r"[^a-z0-9]+", "-", title.casefold()).strip("-")
    where = f"{day[1]}/{day[2]}/{day[3]}/" if day else ""
    return f"https://digital.gov/event/{where}{slug}/"


def _times(tree: Any, draft: Draft) -> None:
    """Start and end by the wall in Washington; one note where an offset disagrees with it."""
    disagreed: dict[str, str] = {}
    for key, name in (("date", "start"), ("end_date", "end")):
        text = _text(tree, key)
        found = _DATE.search(text) or re.search(r"(\d{4})-(\d\d)-(\d\d)(?:[ T](\d{1,2}):(\d\d))?()()", text)
        if not found:
            if text:
                draft.lost.append(f"`{key}`: `{text}` is no date")
            continue
        day = f"{found[1]}-{found[2]}-{found[3]}"
        if not found[4]:
            draft.fields[name] = day
            continue
        draft.fields[name] = f"{day} {int(found[4]):02}:{found[5]}"
        draft.fields["timezone"] = ZONE
        if not found[6]:
            continue
        try:
            wall = datetime.strptime(str(draft.fields[name]), "%Y-%m-%d %H:%M")  # noqa: DTZ007  wall time
        except ValueError:
            continue
        minutes = int(found[7] or 0) * (-1 if found[6].startswith("-") else 1)
        said, true = timedelta(hours=int(found[6]), minutes=minutes), times.offset(wall, ZONE)
        if said != true:
            disagreed.setdefault(f"{found[6]}{found[7] or '00'}", f"{true / timedelta(hours=1):+03.0f}00 on {day}")
    for said_text, true_text in disagreed.items():
        draft.notes.append(f"the offset {said_text} is wrong: {ZONE} is at {true_text}; the wall time is kept")


def _place(tree: Any, draft: Draft) -> str:
    """The format, and venue or platform with it."""
    kinds = {word.casefold() for word in _list(tree.get("event_type", ""))}
    given = tree.get("venue")
    venue: dict[str, Any] = {}
    if isinstance(given, dict):
        names = {
            "venue_name": "name",
            "room": "room",
            "address": "street",
            "city": "city",
            "state": "state",
            "zip": "postal_code",
        }
        venue = {
            new: line_of(given[old]) for old, new in names.items() if isinstance(given.get(old), str) and given[old]
        }
        if state := state_of(str(venue.get("state", ""))):
            venue["state"] = state
        draft.lost += [f"`venue.{key}`" for key in given if key not in names and key != "country" and given[key]]
    if platform := platform_of(_text(tree, "event_platform")):
        draft.fields["online"] = {"platform": platform}
    online, there = "online" in kinds or not kinds, "in-person" in kinds
    if there and not ("city" in venue and "state" in venue):
        draft.notes.append("it was in person, but its city and state are not stated: fill in `venue` and `format`")
        there, online = False, True
    if not kinds:
        draft.notes.append("`format` is a guess: no `event_type` is given")
        there, online = "city" in venue and "state" in venue, True
    if there:
        draft.fields["venue"] = venue
        return "hybrid" if online else "in-person"
    if venue:
        draft.lost.append("`venue`: the event is online")
    return "online"


def _body(text: str, draft: Draft) -> str:
    """The Markdown, without what only Digital.gov's own site can make into a page."""
    gone: dict[str, int] = {}

    def replace(found: re.Match[str]) -> str:
        name = found[1] or "?"
        if name in {"ref", "relref", "link"}:
            return "https://digital.gov/" + found[2].strip("\"' /").removesuffix(".md").removesuffix("/_index") + "/"
        if video := re.search(r'(?:id="?)?([\w-]{11})\b', found[2]) if name == "youtube" else None:
            named = re.search(r'title="([^"]*)"', found[2])
            return f"[{line_of(named[1]) if named else 'Video'}](https://www.youtube.com/watch?v={video[1]})"
        if not re.match(r"\{\{[<%]\s*/", found[0]):
            gone[name] = gone.get(name, 0) + 1
        # A file's label is part of a sentence: "see the {{< asset-static … label="Judging Form (PDF)" >}}".
        label = re.search(r'label="([^"]*)"', found[2])
        return label[1] if label else ""

    body = _SHORTCODE.sub(replace, text)
    images = re.findall(r"!\[[^\]]*\]\([^)]*\)", body)
    body = re.sub(r"!\[([^\]]*)\]\([^)]*\)", r"\1", body)
    embedded = re.findall(r"<iframe\b|<img\b", body, re.IGNORECASE)
    if re.search(r"</?[a-z][^>]*>", body, re.IGNORECASE):
        body = re.sub(
            r"<a\b[^>]*href=[\"']?(https?://[^\"'\s>]+)[^>]*>(.*?)</a>",
            r"[\2](\1)",
            body,
            flags=re.IGNORECASE | re.DOTALL,
        )
        body = re.sub(r"<br\s*/?>", "  \n", body, flags=re.IGNORECASE)
        body = re.sub(r"</?[a-z][^>]*>|<!--.*?-->", "", body, flags=re.IGNORECASE | re.DOTALL)
    # Links within their site, written without its name; anchors of their page.
    body = re.sub(r"\]\((/[^)\s]*)\)", r"](https://digital.gov\1)", body)
    body = re.sub(r"\[([^\]]*)\]\(#[^)]*\)", r"\1", body)
    draft.lost += [f"{count} {name!r} shortcode{'' if count == 1 else 's'} of Hugo" for name, count in gone.items()]
    if images or embedded:
        count = len(images) + len(embedded)
        draft.lost.append(f"{count} image{'' if count == 1 else 's'} or embedded frames")
    return block_of(body)


def _leftovers(tree: Any, draft: Draft) -> None:
    if _list(tree.get("authors", "")):
        draft.lost.append("`authors`: those who wrote the page, who need not be speakers")
    if _text(tree, "deck") and _text(tree, "summary") and _text(tree, "deck") != _text(tree, "summary"):
        draft.lost.append("`deck`: the summary says it")
    other = [key for key in tree if key not in _KNOWN | _LAYOUT and tree[key] != ""]
    draft.lost += [f"`{key}`" for key in other]
