"""The peer: Hugo, with the same events, for the pages that both have (docs/performance.md says which).

`write` makes Hugo's site from the records of bench/generate.py: a Markdown file with YAML front matter for each event,
in which everything that a template would have to work out for every listing (the last day, the month, the state) is
worked out already. The templates are ours, in bench/hugo.
"""

from __future__ import annotations

import os
import shutil
from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import Any

import yaml
from events import calendars, notices, times, vocabulary, wording

from bench import generate

SOURCE = Path(__file__).parent / "hugo"
_WORDS = wording.words("en")

# Each facet's name, its sentence, and the title of a listing of it.
FACETS: Mapping[str, tuple[str, str, str]] = {
    "topics": ("Topics", "What the events are about.", "Events on {}"),
    "organizers": ("Organizers", "Who holds the events.", "Events by {}"),
    "states": (
        "States and territories",
        "Where in the United States one can go to an event.",
        "Events in {}",
    ),
    "formats": ("Formats", "In a room, online, or whenever it suits.", "{}: events"),
    "kinds": ("Kinds of event", "From a one-hour webinar to a conference.", "{}"),
    "audiences": ("Audiences", "For whom the events are meant.", "Events for {}"),
    "series": ("Series", "Events that come back: every edition in one place.", "{}"),
    "archive": ("Archive", "What is past, by the year in which it ended.", "Events of {}"),
    "calendar": ("Calendar", "The events by month.", "{}"),
    "lists": ("Lists", "Events that have something in common.", "{}"),
}


def binary() -> Path:
    """Hugo itself, without the Python around it."""
    return Path(str(metadata.distribution("hugo").locate_file("hugo/binaries/hugo")))


def command(site: Path, output: Path | None = None) -> list[str]:
    """How to build a site that `write` made: into a folder, or into memory without one."""
    where = ["--renderToMemory"] if output is None else ["--destination", os.fspath(output)]
    cache = ["--cacheDir", os.fspath(site / "cache")]
    return [os.fspath(binary()), "--source", os.fspath(site), "--quiet", "--noBuildLock", *cache, *where]


def write(site: Path, count: int, today: date = generate.TODAY) -> Path:
    """Write the source of Hugo's site as of a day, from the first `count` records; returns its folder."""
    shutil.copytree(SOURCE, site)
    params = site / "config" / "_default" / "params.yaml"
    params.parent.mkdir(parents=True)
    _save(params, {"today": today.isoformat()})
    foot = [{"name": item.name, "url": f"/{item.path}"} for item in notices.NOTICES]
    _save(params.with_name("menus.yaml"), {"footer": [item | {"weight": at} for at, item in enumerate(foot, 1)]})
    _save(site / "data" / "vocabulary.yaml", _words())
    _save(site / "data" / "zones.yaml", {zone: _zone(zone) for _, _, _, zone, _ in generate.CITIES})
    terms: defaultdict[str, set[str]] = defaultdict(set, calendar={f"{today:%Y-%m}"})
    for number in range(count):
        front = write_event(site, *generate.record(number), today)
        for facet in FACETS:
            terms[facet].update(front.get(facet, ()))
    _lists(site / "content", terms)
    return site


def write_event(site: Path, identity: str, record: str, today: date = generate.TODAY) -> Mapping[str, Any]:
    """Write the page of a record; returns its front matter."""
    given = yaml.load(record, yaml.CBaseLoader)  # noqa: S506  makes nothing but text, lists and mappings
    start, end, zone = given["start"], given.get("end", given["start"]), given.get("timezone")
    first, last = start[:10], end[:10]
    changed = given["changes"][-1]["date"] if "changes" in given else given["announced"]
    months, day = [], date.fromisoformat(first)
    while day.isoformat() <= last:
        if f"{day:%Y-%m}" not in months:
            months.append(f"{day:%Y-%m}")
        day += timedelta(days=1)
    government = [price["amount"] for price in given.get("prices", ()) if price["for"] in ("government", "public")]
    front: dict[str, Any] = {
        "id": identity,
        "title": given["title"],
        "description": given["summary"],
        "date": _instant(start, zone),
        "lastmod": changed,
        "start": _instant(start, zone),
        "end": _instant(end, zone),
        "last": last,
        "what": given["kind"],
        "mode": given["format"],
        "website": given["url"],
        "topics": given["topics"],
        "organizers": [given["organizer"]],
        "states": [given["venue"]["state"].lower()] if "venue" in given else [],
        "formats": [given["format"]],
        "kinds": [given["kind"]],
        "audiences": given["audience"],
        "calendar": months,
        "archive": [last[:4]] if last < today.isoformat() else [],
        "lists": [*(["free"] if "0" in government else []), *(["credits"] if "credits" in given else [])],
    }
    kept = (
        "status", "status_note", "timezone", "venue", "online", "eligibility", "prices", "registration", "credits",
        "accessibility", "checked", "announced", "changes",
    )  # fmt: skip
    front |= {key: given[key] for key in kept if key in given}
    _page(site / "content" / "events" / f"{identity}.md", front, given["description"])
    return front


def _instant(moment: str, zone: str | None) -> str:
    """A day as it is; a time with the offset that holds on it, which Hugo's dates need."""
    if zone is None:
        return moment
    return datetime.fromisoformat(moment).replace(tzinfo=times.zone(zone)).isoformat()


def _lists(content: Path, terms: Mapping[str, set[str]]) -> None:
    """The pages of listings: their titles and sentences."""
    _page(content / "_index.md", {"title": "Events for Public Servants", "description": "What is on, and when."})
    about = "Everything that is still to come or happening now, the nearest first."
    heading = "All upcoming events"
    _page(content / "events" / "_index.md", {"title": "All events", "heading": heading, "description": about})
    topics = {key: (name, text) for key, name, text in generate.TOPICS}
    bodies = {key: (f"{name} ({short})", kind) for key, name, short, kind in generate.ORGANIZERS}
    words: Mapping[str, Mapping[str, str]] = {
        "topics": {key: name for key, (name, _) in topics.items()},
        "organizers": {key: name for key, (name, _) in bodies.items()},
        "states": {key.lower(): name for key, name in vocabulary.STATE.items()},
        "formats": vocabulary.FORMAT,
        "kinds": vocabulary.KIND_PLURAL,
        "audiences": vocabulary.AUDIENCE,
        "lists": {"free": "Free events", "credits": "Events with credits"},
    }
    for facet, (name, intro, title) in FACETS.items():
        _page(content / facet / "_index.md", {"title": name, "description": intro, "url": f"/{facet}.html"})
        for value in sorted(terms[facet]):
            shown = words.get(facet, {}).get(value, value)
            front = {"title": shown, "heading": title.format(shown), "description": f"{title.format(shown)}: {intro}"}
            if facet == "topics":
                front["description"] = topics[value][1]
            elif facet == "organizers":
                front["body"] = bodies[value][1]
            elif facet == "lists":
                front["slug"] = value
            elif facet == "calendar":
                month = _WORDS.month(int(value[:4]), int(value[5:]))
                front |= {"title": month, "linkTitle": value, "heading": month, "month": value}
            _page(content / facet / value / "_index.md", front)


def _words() -> Mapping[str, Mapping[str, str]]:
    """The vocabularies in words, for the templates."""
    return {
        "kind": dict(vocabulary.KIND),
        "format": dict(vocabulary.FORMAT),
        "status": dict(vocabulary.STATUS),
        "audience": dict(vocabulary.AUDIENCE),
        "eligibility": dict(vocabulary.ELIGIBILITY),
        "price": dict(vocabulary.PRICE_FOR),
        "credit": dict(vocabulary.CREDIT),
        "accessibility": dict(vocabulary.ACCESSIBILITY),
        "registration": dict(vocabulary.REGISTRATION),
        "organizer": dict(vocabulary.ORGANIZER),
    }


def _zone(name: str) -> Mapping[str, str]:
    """A zone's words and its VTIMEZONE."""
    long = _WORDS.zone_long(name, generate.TODAY).rsplit(" (", 1)[0]
    return {"short": _WORDS.zone(name), "long": long, "vtimezone": calendars.vtimezone(name).decode()}


def _page(path: Path, front: Mapping[str, Any], body: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"---\n{_dump(front)}---\n{body}", encoding="utf-8")


def _save(path: Path, data: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_dump(data), encoding="utf-8")


def _dump(data: Mapping[str, Any]) -> str:
    return yaml.dump(data, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True, width=10_000)
