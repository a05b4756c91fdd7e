"""A build that remembers the last one makes what a build that remembers nothing makes, byte for byte.

A state machine edits a whole directory in every way that its people, their tools and their accidents do; after each
step it builds once with a store into a folder that is kept, and once without a store into an empty one. What it found
stands below it as tests of their own.
"""

from __future__ import annotations

import marshal
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from events import collection, markup, shelf, states, store, writer
from events.compression import SUFFIXES, WORTH
from events.fields import specs
from events.model import Event
from events.pages import Plan, Planned
from events.parts import packed
from events.problems import failed
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests import building, factory
from tests.factory import MINIMAL, ORGANIZERS, SERIES, TODAY, TOPICS, Record
from tests.site import PELICAN, ROOT, build, files

ZONE = "America/New_York"
BACK = {"date": "2027-03-08", "reason": "Removed at the organizer's request."}
HALL = {"name": "The hall", "city": "Denver", "state": "CO"}

# What can become of a record: some fields that are given together, None for one that is taken away. Every field of the
# model is there with at least two values; what does not fit the record at hand is left out.
CHANGES: Mapping[str, Sequence[Record]] = {
    "title": [{"title": "A day on forms"}, {"title": "a day on forms"}, {"title": "Forms, and <b>more</b> of them"}],
    "acronym": [{"acronym": "ADOF"}, {"acronym": None}],
    "kind": [{"kind": "workshop"}, {"kind": "webinar"}],
    "format": [{"format": "hybrid", "venue": HALL}, {"format": "online", "venue": None}],
    "status": [{"status": "cancelled"}, {"status": None, "when": None}, {"status": "postponed", "when": "Fall 2027"}],
    "status_note": [{"status_note": "The pipes burst."}, {"status_note": None}],
    "start": [
        {"start": "2027-03-10", "end": None},
        {"start": "2027-03-08 22:00", "end": "2027-03-11 01:00", "timezone": ZONE},
        {"start": "2027-05-04 09:00", "end": None, "timezone": "America/Denver"},
        {"start": "2026-02-03", "end": None},
    ],
    "end": [
        {"start": "2027-03-09", "end": "2027-03-12"},
        {"start": "2027-03-09 19:00", "end": "2027-03-10 00:00", "timezone": ZONE},
        {"end": None},
    ],
    "timezone": [{"timezone": "Pacific/Honolulu"}, {"timezone": "Asia/Kolkata"}, {"timezone": None}],
    "when": [
        {"start": None, "end": None, "when": "Summer 2027", "sessions": None},
        {"start": None, "end": None, "when": "To be announced", "sessions": None},
        {"start": "2027-04-06", "when": None, "status": None},
    ],
    "previous_start": [
        {"status": "rescheduled", "when": None, "previous_start": ["2027-02-01"]},
        {"previous_start": None},
    ],
    "venue": [
        {"format": "in-person", "venue": {"city": "Austin", "state": "TX"}},
        {"format": "in-person", "venue": {"name": "Bharat Mandapam", "city": "New Delhi", "country": "IN"}},
    ],
    "online": [{"online": {"platform": "Teams", "url": "https://example.gov/teams"}}, {"online": None}],
    "organizer": [{"organizer": "eighteen-f"}, {"organizer": ["actiac", "gsa"]}, {"organizer": None}],
    "topics": [{"topics": ["cloud"]}, {"topics": ["ai", "cloud", "data"]}, {"topics": ["plain-language"]}],
    "audience": [{"audience": ["tribal"]}, {"audience": None}],
    "eligibility": [{"eligibility": "government-only"}, {"eligibility": None}],
    "prices": [
        {"prices": [{"for": "government", "amount": "50", "label": "Early bird", "until": "2027-03-11"},
                    {"for": "government", "amount": "80"}]},
        {"prices": [{"for": "public", "amount": "0"}]},
        {"prices": [{"for": "public", "amount": "90", "until": "2027-03-09"}]},
        {"prices": None},
    ],
    "registration": [
        {"registration": {"url": "https://example.gov/r", "closes": "2027-03-11", "state": "waitlist"}},
        {"registration": None},
    ],
    "deadlines": [
        {"deadlines": [{"date": "2027-03-10", "label": "Call for speakers"}]},
        {"deadlines": [{"date": "2027-03-10", "label": "call for Speakers"}]},
        {"deadlines": None},
    ],
    "credits": [{"credits": [{"type": "CPE", "amount": "2"}]}, {"credits": None}],
    "accessibility": [
        {"accessibility": {"features": ["asl"], "contact": "a@example.gov", "request_by": "2027-03-12"}},
        {"accessibility": None},
    ],
    "speakers": [{"speakers": [{"name": "Grace Hopper", "title": "Admiral"}]}, {"speakers": None}],
    "sessions": [
        {"start": "2027-03-15 09:00", "end": None, "timezone": ZONE,
         "sessions": [{"start": "2027-03-15 09:00", "end": "2027-03-15 10:00", "title": "Opening"}]},
        {"sessions": None},
    ],
    "objectives": [{"objectives": ["Read a form aloud"]}, {"objectives": None}],
    "contact": [{"contact": "office@example.gov"}, {"contact": None}],
    "attendance": [{"attendance": {"expected": "400", "fundraiser": "false"}}, {"attendance": None}],
    "series": [{"series": "brown-bag"}, {"series": None}],
    "url": [{"url": "https://example.gov/agenda"}, {"url": "https://example.org/forms"}, {"url": None}],
    "on_demand": [
        {"format": "on-demand", "start": None, "end": None, "when": None, "venue": None, "status": None,
         "sessions": None, "on_demand": {"minutes": "30", "available_until": "2027-03-10"}},
        {"on_demand": None, "format": "online", "start": "2027-03-30"},
    ],
    "resources": [{"resources": [{"type": "slides", "url": "https://example.gov/s"}]}, {"resources": None}],
    "commercial": [{"commercial": "true"}, {"commercial": None}],
    "language": [{"language": "es"}, {"language": None}],
    "summary": [
        {"summary": "A morning on how agencies write forms that people understand."},
        {"summary": "An evening on how agencies read forms that people have filled."},
    ],
    "description": [
        {"description": "See [the next]({event}timed) and **more**."},
        {"description": "See {event}now, and https://example.gov/."},
        {"description": None},
    ],
    "source": [{"source": {"url": "https://example.gov/n", "title": "News"}}, {"source": None}],
    "checked": [{"checked": "2027-03-01"}, {"checked": None}],
    "announced": [{"announced": "2027-02-20"}, {"announced": "2026-01-05"}],
    "changes": [
        {"changes": [{"date": "2027-03-02", "note": "It has another room."}]},
        {"changes": [{"date": "2027-03-02", "note": "It has another room."},
                     {"date": "2027-03-05", "note": "It has its old room."}]},
        {"changes": None},
    ],
    "aliases": [{"aliases": ["old-forms", "older-forms"]}, {"aliases": ["old-forms"]}, {"aliases": None}],
    "withdrawn": [{"withdrawn": BACK, "draft": None}, {"withdrawn": None}],
    "draft": [{"draft": "true", "withdrawn": None}, {"draft": None}],
}  # fmt: skip


def test_the_table_of_changes_knows_every_field() -> None:
    assert {*CHANGES} == {*specs(Event)}
    assert all(any(name in change for change in changes) for name, changes in CHANGES.items())


_RICH = factory.rich()
SEED = {
    identity: _RICH[identity]
    for identity in (
        "scheduled-in-person", "tentative-hybrid", "postponed-online", "cancelled-online", "scheduled-on-demand",
        "postponed-with-season", "some-season", "season-gone", "over-past-new-year", "timed", "timed-over-night",
        "now", "ended-yesterday", "ended-long-ago", "early-bird", "members-alone", "brown-bag-01", "brown-bag-02",
        "agenda", "on-demand-in-full", "en-espanol", "draft", "withdrawn-ahead", "withdrawn-webcast", "hostile",
    )
}  # fmt: skip
MORE = {
    **{identity: _RICH[identity] for identity in ("starts-today", "rescheduled-hybrid", "withdrawn-past", "timed-abroad")},
    # The same event twice, by its title and by its page; and one of a series.
    "timed-again": {**_RICH["timed"], "announced": "2027-02-01"},
    "agenda-again": {**MINIMAL, "title": "Another thing altogether", "url": "https://example.gov/agenda/"},
    "brown-bag-now": {**_RICH["brown-bag-01"], "start": "2027-03-10 12:00", "end": "2027-03-10 13:00"},
}  # fmt: skip
GUIDE = "Title: {title}\nDate: 2027-01-05\n\nWords, and [the agenda]({{event}}agenda).\n\n{{event}}{card}\n"

# Settings that people change, each with a value beside the usual one.
SETTINGS: Sequence[Record] = [
    {"EVENT_PAGE_SIZE": 3},
    {"EVENT_FEED_MAX_EVENTS": 2},
    {"EVENT_FEED_PAST_MONTHS": 0},
    {"EVENT_FEED_MAX_BYTES": 10_000},
    {"EVENT_SEARCH": False},
    {"EVENT_UID_DOMAIN": "events.example.net"},
    {"EVENT_CONTACT": "office@example.gov", "EVENT_PUBLISHER": "An office"},
    {"EVENT_SECURITY_CONTACT": "mailto:security@example.gov"},
    {"EVENT_URL": "e/{id}.html", "EVENT_SAVE_AS": "e/{id}.html"},
    {"EVENT_AS_OF": "2027-03-12"},
    {"SITENAME": "Other events"},
    {"SITEURL": "https://events.example.org/all"},
    {"DEFAULT_LANG": "es"},
    {"TIMEZONE": "Pacific/Honolulu"},
]
TEMPLATES = (
    "base.html",
    "card.html",
    "event.html",
    "listing.html",
    "header.html",
    "guide.html",
    "month.html",
    "embed.html",
)
REGISTRY_EDITS: Sequence[tuple[str, Mapping[str, Record]]] = [
    ("topics", {**TOPICS, "cloud": {"name": "Cloud services", "synonyms": ["FedRAMP"]}}),
    ("topics", {**TOPICS, "ai": {**TOPICS["ai"], "description": "Machines that seem to think."}}),
    ("topics", {**TOPICS, "paint": {"name": "Paint"}}),
    ("topics", TOPICS),
    ("organizers", {**ORGANIZERS, "gsa": {"name": "General Services", "acronym": "GSA"}}),
    ("organizers", {**ORGANIZERS, "eighteen-f": {"name": "Office 18F", "parent": "actiac"}}),
    ("organizers", ORGANIZERS),
    ("series", {"brown-bag": {"name": "Brown bag lunch"}}),
    ("series", SERIES),
]  # fmt: skip


def epoch(day: date) -> int:
    """An instant of a day, noon in UTC, as `SOURCE_DATE_EPOCH` has it."""
    return int(datetime.combine(day, time(18), UTC).timestamp())


def project(folder: Path, records: Mapping[str, Record] = SEED) -> Path:
    """A content folder with these records, an article, a page and a picture, and a theme of its own beside it."""
    content = factory.write_content(folder / "content", records)
    if "agenda" in records:
        (content / "articles").mkdir()
        (content / "articles" / "guide.md").write_text(GUIDE.format(title="A guide", card="timed"), encoding="utf-8")
    (content / "images").mkdir()
    (content / "images" / "dot.svg").write_text("<svg/>", encoding="utf-8")
    shutil.copytree(ROOT / "theme" / "templates", folder / "theme" / "templates")
    (folder / "theme" / "static").symlink_to(ROOT / "theme" / "static")
    return content


class Directory:
    """A project in a folder, with the site that is kept from build to build."""

    def __init__(self, folder: Path, records: Mapping[str, Record] = SEED, **overrides: Any) -> None:
        self.folder = folder
        self.content, self.output, self.cache = project(folder, records), folder / "output", folder / "cache"
        self.day, self.overrides = TODAY, overrides
        self._clean: dict[int, dict[str, bytes]] = {}

    def record(self, identity: str) -> Path:
        """The file of a record."""
        return next((self.content / "events").rglob(f"{identity}.yaml"))

    def ids(self) -> list[str]:
        """The ids of all records."""
        return sorted(path.stem for path in (self.content / "events").rglob("*.yaml"))

    def tree(self, identity: str) -> Record:
        """What a record says."""
        found: Record = yaml.load(self.record(identity).read_text(encoding="utf-8"), yaml.BaseLoader)
        return found

    def write(self, identity: str, tree: Record) -> None:
        """Write a record, where it is if it is there."""
        if identity in self.ids():
            self.record(identity).write_text(factory.text_of(tree), encoding="utf-8")
        else:
            factory.write_record(self.content, identity, tree)

    def change(self, identity: str, **changes: Any) -> None:
        """Change some fields of a record; None takes one away."""
        tree = {name: value for name, value in {**self.tree(identity), **changes}.items() if value is not None}
        self.write(identity, tree)

    def sound(self) -> bool:
        """Whether no record and no registry has a fault, and every event that the article names is there."""
        # A draft has no page.
        ids = {identity for identity in self.ids() if self.tree(identity).get("draft") != "true"}
        guides = [path.read_text(encoding="utf-8") for path in (self.content / "articles").glob("*.md")]
        named = {name for text in guides for name in markup.event_ids(text)}
        return named <= ids and not failed(list(collection.load(self.content).problems))

    @contextmanager
    def edit(self) -> Iterator[None]:
        """An edit of the content that is undone if it is wrong."""
        before = {path: (path.read_bytes(), path.stat()) for path in self.content.rglob("*") if path.is_file()}
        yield
        if not self.sound():
            for path in self.content.rglob("*"):
                if path.is_file() and path not in before:
                    path.unlink()
            for path, (data, stat) in before.items():
                if not path.exists() or path.read_bytes() != data:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(data)
                    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    # Builds

    def build(self, **more: Any) -> None:
        """A build that remembers the last one."""
        self._run(self.output, EVENT_CACHE=str(self.cache), **more)

    def _run(self, output: Path, **more: Any) -> None:
        settings = {"THEME": str(self.folder / "theme"), **self.overrides, **more}
        building.run(output, self.content, epoch=epoch(self.day), **settings)

    def clean(self) -> dict[str, bytes]:
        """The site that a build makes which remembers nothing."""
        sources = [*files(self.content).items(), *files(self.folder / "theme" / "templates").items()]
        key = hash((tuple(sorted(sources)), repr(self.overrides), self.day))
        if key not in self._clean:
            with tempfile.TemporaryDirectory() as folder:
                self._run(Path(folder) / "output")
                self._clean[key] = building.published(Path(folder) / "output")
        return self._clean[key]

    def check(self) -> None:
        """Build, and compare; what did not change must not have been written."""
        before = self.state()
        self.build()
        after = self.state()
        clean = self.clean()
        found = {path: data for path, (data, _) in after.items()}
        assert {*found} == {*clean}, {*found} ^ {*clean}
        stale = [path for path in sorted(clean) if found[path] != clean[path]]
        assert stale == []
        same = [path for path in after.keys() & before.keys() if after[path][0] == before[path][0]]
        again = [path for path in same if after[path][1] != before[path][1]]
        # A compressed copy bears the time of its file.
        copies = {path + suffix for path in after.keys() - {*same} | {*again} for suffix in SUFFIXES}
        assert {*again} <= copies

    def state(self) -> dict[str, tuple[bytes, int]]:
        """Every file of the site with its bytes and time."""
        if not self.output.is_dir():
            return {}
        return {
            path: (data, (self.output / path).stat().st_mtime_ns)
            for path, data in building.published(self.output).items()
        }


@pytest.fixture(scope="module", autouse=True)
def pieces() -> Iterator[None]:
    """The few records of these directories in a store of several pieces, as those of a large one are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "_PIECE", 4)
        yield


CHANGE = st.sampled_from(sorted(CHANGES)).flatmap(lambda name: st.sampled_from(CHANGES[name]))
ANY = st.integers(0, 1_000_000)


class Edits(RuleBasedStateMachine):
    """Edits in any order, of any kind."""

    def __init__(self) -> None:
        super().__init__()
        self.temporary = Path(tempfile.mkdtemp())
        self.site = Directory(self.temporary / "project")
        self.former: list[dict[Path, bytes]] = []
        self.site.check()

    def teardown(self) -> None:
        shutil.rmtree(self.temporary)

    @invariant()
    def an_incremental_build_is_a_clean_build(self) -> None:
        self.site.check()

    def some(self, number: int, choice: Sequence[Any]) -> Any:
        return choice[number % len(choice)]

    def id(self, number: int) -> str:
        found: str = self.some(number, self.site.ids())
        return found

    def remember(self) -> None:
        content = self.site.content
        self.former.append({path: path.read_bytes() for path in content.rglob("*") if path.is_file()})

    # Records

    @rule(edits=st.lists(st.tuples(ANY, CHANGE), min_size=1, max_size=4))
    def change(self, edits: list[tuple[int, Record]]) -> None:
        self.remember()
        for number, changes in edits:
            with self.site.edit():
                self.site.change(self.id(number), **changes)

    @rule(identity=st.sampled_from(sorted(MORE)))
    def add(self, identity: str) -> None:
        self.remember()
        with self.site.edit():
            self.site.write(identity, MORE[identity])

    @rule(number=ANY)
    def delete(self, number: int) -> None:
        self.remember()
        with self.site.edit():
            self.site.record(self.id(number)).unlink()

    @rule(
        number=ANY, name=st.sampled_from(["zebra", "aardvark", "made-anew"]), forward=st.booleans(), move=st.booleans()
    )
    def rename(self, number: int, name: str, forward: bool, move: bool) -> None:
        self.remember()
        old = self.id(number)
        with self.site.edit():
            path = self.site.record(old)
            if forward:
                self.site.change(old, aliases=[*self.site.tree(old).get("aliases", ()), old])
            there = self.site.content / "events" / ("moved" if move else path.parent.name) / f"{name}.yaml"
            if name not in self.site.ids():
                there.parent.mkdir(exist_ok=True)
                path.rename(there)

    @rule(one=ANY, other=ANY)
    def swap(self, one: int, other: int) -> None:
        self.remember()
        with self.site.edit():
            first, second = self.site.record(self.id(one)), self.site.record(self.id(other))
            if first != second:
                aside = self.temporary / "aside"
                first.rename(aside)
                second.rename(first)
                aside.rename(second)

    @rule(number=ANY, fault=st.sampled_from(["topics: [clod]", "start: 2027-02-30", "{", "title: [", ""]),
          changes=CHANGE, preview=st.booleans())  # fmt: skip
    def make_wrong_and_right_again(self, number: int, fault: str, changes: Record, preview: bool) -> None:
        path = self.site.record(self.id(number))
        good, before = path.read_bytes(), self.site.state()
        path.write_text(fault, encoding="utf-8")
        if preview:
            # The others go on meanwhile.
            other = self.id(number + 1)
            if other != path.stem:
                was = self.site.record(other).read_bytes()
                self.site.change(other, **changes)
                if failed([p for p in collection.load(self.site.content).problems if p.path != str(path)]):
                    self.site.record(other).write_bytes(was)
            with_page = self.site.output / "events" / f"{path.stem}.html"
            page = with_page.read_bytes() if with_page.is_file() else None
            self.site.build(EVENT_STRICT=False)
            assert page is None or with_page.read_bytes() == page
        else:
            with pytest.raises(SystemExit):
                self.site.build()
            assert self.site.state() == before
        path.write_bytes(good)
        if not self.site.sound():
            self.site.record(other).write_bytes(was)

    @rule(number=ANY, anew=st.booleans())
    def touch(self, number: int, anew: bool) -> None:
        path = self.site.record(self.id(number))
        data = path.read_bytes()
        if anew:
            path.unlink()
        path.write_bytes(data)

    @rule(number=ANY, anew=st.booleans())
    def replace_by_another_of_the_same_size_and_time(self, number: int, anew: bool) -> None:
        path = self.site.record(self.id(number))
        stat = path.stat()
        with self.site.edit():
            data = path.read_bytes().replace(b"that people understand", b"which people read now.")
            if anew:
                path.unlink()
            path.write_bytes(data)
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    @rule(number=ANY)
    def go_back(self, number: int) -> None:
        """As version control does: what it was, with a new time."""
        if self.former:
            with self.site.edit():
                content, then = self.site.content, self.some(number, self.former)
                for path in content.rglob("*"):
                    if path.is_file() and path not in then:
                        path.unlink()
                for path, data in then.items():
                    if not path.exists() or path.read_bytes() != data:
                        path.parent.mkdir(parents=True, exist_ok=True)
                        path.write_bytes(data)

    # What is around them

    @rule(edit=st.sampled_from(REGISTRY_EDITS))
    def edit_a_registry(self, edit: tuple[str, Mapping[str, Record]]) -> None:
        self.remember()
        name, entries = edit
        with self.site.edit():
            (self.site.content / f"{name}.yaml").write_text(factory.text_of({**entries}), encoding="utf-8")

    @rule(title=st.sampled_from(["A guide", "Another guide"]), card=st.sampled_from(["timed", "now", "withdrawn-ahead"]),
          name=st.sampled_from(["articles/guide.md", "articles/second.md", "pages/about.md"]))  # fmt: skip
    def write_an_article(self, title: str, card: str, name: str) -> None:
        self.remember()
        with self.site.edit():
            path = self.site.content / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(GUIDE.format(title=title, card=card), encoding="utf-8")

    @rule()
    def remove_the_articles(self) -> None:
        self.remember()
        for name in ("articles", "pages"):
            for path in (self.site.content / name).glob("*"):
                path.unlink()

    @rule(text=st.sampled_from(["<svg/>", "<svg></svg>", "<svg />"]), old=st.booleans())
    def draw_a_picture(self, text: str, old: bool) -> None:
        path = self.site.content / "images" / "dot.svg"
        if path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            if old:
                os.utime(path, (1_000_000_000, 1_000_000_000))

    @rule(name=st.sampled_from(TEMPLATES), mark=st.sampled_from(["", "one", "other"]))
    def edit_a_template(self, name: str, mark: str) -> None:
        text = (ROOT / "theme" / "templates" / name).read_text(encoding="utf-8")
        if mark:
            text = re.sub(r"(<\w+ )(?=class=)", rf'\1data-mark="{mark}" ', text, count=1)
        (self.site.folder / "theme" / "templates" / name).write_text(text, encoding="utf-8")

    @rule(values=st.sampled_from(SETTINGS))
    def change_a_setting(self, values: Record) -> None:
        if self.site.overrides.keys() >= values.keys():
            self.site.overrides = {k: v for k, v in self.site.overrides.items() if k not in values}
        else:
            self.site.overrides = {**self.site.overrides, **values}

    @rule(days=st.one_of(st.integers(-3, 6), st.sampled_from([-400, -40, 31, 300, 366])))
    def move_the_clock(self, days: int) -> None:
        self.site.day = TODAY + timedelta(days=days)

    # The output

    @rule()
    def delete_the_output(self) -> None:
        shutil.rmtree(self.site.output)

    @rule(number=ANY, how=st.sampled_from(["append", "empty", "delete", "turn", "link", "folder"]))
    def harm_a_file(self, number: int, how: str) -> None:
        path = self.site.output / self.some(number, sorted(building.published(self.site.output)))
        if path.name == writer.MARKER:
            return
        stat, data = path.stat(), path.read_bytes()
        if how == "append":
            path.write_bytes(data + b" ")
        elif how == "empty":
            path.write_bytes(b"")
        elif how == "turn" and path.suffix != ".svg":
            path.write_bytes(data[::-1])
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        elif how != "turn":
            path.unlink()
            if how == "link":
                path.symlink_to(self.site.output / writer.MARKER)
            elif how == "folder":
                (path / "below").mkdir(parents=True)
                (path / "below" / "file").write_bytes(b"x")

    @rule(
        how=st.sampled_from(["delete", "link", "file"]), name=st.sampled_from(["events", "topics", "theme", "schema"])
    )
    def harm_a_folder(self, how: str, name: str) -> None:
        folder = self.site.output / name
        aside = Path(tempfile.mkdtemp(dir=self.temporary)) / name
        if folder.is_symlink() or not folder.is_dir():
            return
        folder.rename(aside)
        if how == "link":
            folder.symlink_to(aside)
        elif how == "file":
            folder.write_bytes(b"x")

    @rule(
        names=st.lists(
            st.sampled_from(["a.html", "events/x.html", "no/where/y.ics", "topics/cloud.html.bak"]), min_size=1
        )
    )
    def add_foreign_files(self, names: list[str]) -> None:
        for name in names:
            path = self.site.output / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"foreign")
        (self.site.output / "empty" / "below").mkdir(parents=True, exist_ok=True)

    # The store

    @rule(how=st.sampled_from(["delete", "truncate", "scatter", "garbage", "version"]), seed=ANY)
    def harm_the_store(self, how: str, seed: int) -> None:
        for path in sorted([*self.site.cache.glob("*.sqlite"), *self.site.cache.glob("*.store")]):
            data, chance = bytearray(path.read_bytes()), random.Random(seed)
            if how == "delete":
                path.unlink()
            elif how == "truncate":
                path.write_bytes(data[: chance.randrange(len(data))])
            elif how == "scatter":
                for _ in range(200):
                    data[chance.randrange(len(data))] = chance.randrange(256)
                path.write_bytes(data)
            elif how == "garbage":
                path.write_bytes(chance.randbytes(5000))
            elif path.suffix == ".store":
                store._File.write(path, [("base", b"other")])

    @rule(number=st.integers(1, 400), place=st.sampled_from(["write", "publish", "keep", "parts", "settle", "fill"]), changes=CHANGE,
          which=ANY, undo=st.booleans())  # fmt: skip
    def kill_a_build(self, number: int, place: str, changes: Record, which: int, undo: bool) -> None:
        path = self.site.record(self.id(which))
        before = path.read_bytes()
        with self.site.edit():
            self.site.change(self.id(which), **changes)
        places: dict[str, tuple[Any, str]] = {
            "write": (writer.Output, "write"),
            "publish": (os, "replace"),
            "keep": (marshal, "dumps"),
            "parts": (store, "digest"),
            "settle": (shelf.Shelf, "settle"),
            "fill": (writer.Output, "fill"),
        }
        try:
            with building.killed_at(number, places[place]):
                self.site.build()
        except building.Killed:
            pass
        if undo:
            path.write_bytes(before)

    @rule()
    def come_back_as_a_copy(self) -> None:
        """As from a backup: the same files at the same place, with their times."""
        aside = self.temporary / "aside"
        self.site.folder.rename(aside)
        shutil.copytree(aside, self.site.folder, symlinks=True)
        shutil.rmtree(aside)


EDITS = Edits.TestCase
EDITS.settings = settings(
    max_examples=int(os.environ.get("EVENTS_EXAMPLES", "3")),
    stateful_step_count=12,
    deadline=None,
    derandomize="EVENTS_EXAMPLES" not in os.environ,
    # Not made smaller: that takes a build for every try, and the steps tell enough.
    phases=[Phase.explicit, Phase.generate],
    report_multiple_bugs=False,
    suppress_health_check=[*HealthCheck],
    print_blob=True,
)


# What it found, and what a reader of the code suspected.


@pytest.fixture
def small(tmp_path: Path) -> Callable[..., Directory]:
    """A directory of some records that was built once."""

    def made(records: Mapping[str, Record], **overrides: Any) -> Directory:
        found = Directory(tmp_path, records, **overrides)
        found.check()
        return found

    return made


Small = Callable[..., Directory]
RECORD = factory.record


def test_a_record_with_another_name_is_told_everywhere_by_that(small: Small) -> None:
    site = small({"blue": RECORD(), "green": RECORD(title="Green ink", start="2027-04-07")})
    path = site.record("blue")
    path.rename(path.with_stem("black"))
    site.check()


def test_records_that_change_places_are_told_everywhere_by_their_new_names(small: Small) -> None:
    site = small({"blue": RECORD(), "green": RECORD(title="Green ink", start="2027-04-07")})
    blue, green = site.record("blue"), site.record("green")
    first, second = blue.read_bytes(), green.read_bytes()
    blue.write_bytes(second)
    green.write_bytes(first)
    site.check()


def test_an_edition_that_leaves_its_series_is_a_related_event_on_the_other_s_page(small: Small) -> None:
    site = small(
        {
            "blue": RECORD(series="brown-bag"),
            "green": RECORD(title="Green ink", start="2027-04-07", series="brown-bag"),
        }
    )
    site.change("green", series=None)
    site.check()


def test_a_list_that_gets_its_first_calendar_has_it_in_its_embedded_list_too(small: Small) -> None:
    site = small({"blue": RECORD(start=None, when="Summer 2027")})
    site.write("green", RECORD(title="Green ink", start="2026-04-07", announced="2026-01-05"))
    site.check()


def test_a_first_event_without_a_calendar_brings_the_catalogue_to_the_page_of_feeds(small: Small) -> None:
    site = small({}, EVENT_CONTACT="office@example.gov", EVENT_PUBLISHER="An office")
    site.write("blue", RECORD(start=None, when="Summer 2027"))
    site.check()


# What the page of the calendars tells of one, each alone: how many events it holds, when it last changed, how many are to
# come, and what comes next.
@pytest.mark.parametrize("told", ["held", "changed", "upcoming", "next"])
def test_the_page_of_the_calendars_tells_of_each_what_it_holds_now(small: Small, told: str) -> None:
    days = {"past-1": "2027-03-01", "past-2": "2027-03-02", "next": "2027-04-07", "then": "2027-04-08"}
    site = small({identity: RECORD(title=f"About {identity}", start=day) for identity, day in days.items()})
    page = site.output / "feeds.html"
    before = page.read_bytes()
    match told:
        case "held":
            site.record("past-1").unlink()
        case "changed":
            site.change("past-1", changes=[{"date": "2027-03-09", "note": "The room is another one."}])
        case "upcoming":
            site.change("then", start="2027-03-03")
        case "next":
            site.change("next", title="About something else")
    site.check()
    assert page.read_bytes() != before


def test_the_next_deadline_is_named_as_its_record_does_where_the_calendar_has_no_room_for_it(small: Small) -> None:
    due = {"date": "2027-03-20", "label": "Call for speakers"}
    records = {
        "blue": RECORD(start="2027-05-06", deadlines=[due]),
        "green": RECORD(title="Green ink", deadlines=[{"date": "2027-03-09", "label": "Papers are due"}]),
    }
    site = small(records, EVENT_FEED_MAX_EVENTS=1)
    site.change("blue", deadlines=[{**due, "label": "call for SPEAKERS"}])
    site.check()


@pytest.mark.parametrize("clock", ["2021-01-05", "2027-03-10"])
def test_deadlines_are_in_their_calendar_however_long_ago_they_were_when_it_was_built_before(
    small: Small, clock: str
) -> None:
    due = {"date": "2021-01-20", "label": "Call for speakers"}
    site = small(
        {
            "blue": RECORD(start="2021-03-06", announced="2020-12-01", deadlines=[due]),
            "green": RECORD(title="Green ink"),
        }
    )
    assert b"Call for speakers" in (site.output / "deadlines.ics").read_bytes()
    site.day = date.fromisoformat(clock)
    site.change("green", title="Greener ink")
    site.check()
    assert b"Call for speakers" in (site.output / "deadlines.ics").read_bytes()


def test_a_picture_that_an_older_one_replaces_is_the_older_one(small: Small) -> None:
    site = small({"blue": RECORD()})
    path = site.content / "images" / "dot.svg"
    path.write_text("<svg></svg>", encoding="utf-8")
    os.utime(path, (1_000_000_000, 1_000_000_000))
    site.check()


def test_a_picture_that_somebody_changed_in_the_output_is_copied_anew(small: Small) -> None:
    site = small({"blue": RECORD()})
    (site.output / "images" / "dot.svg").write_text("<svg></svg>", encoding="utf-8")
    site.check()


def test_a_picture_is_published_with_all_else_or_not_at_all(small: Small) -> None:
    site = small({"blue": RECORD()})
    listed = site.folder / "changed.txt"
    site.overrides["EVENT_CHANGED_FILES"] = str(listed)
    images = site.content / "images"
    (images / "dot.svg").write_text("<svg></svg>", encoding="utf-8")
    (images / "new.svg").write_text(f"<svg>{' ' * WORTH}</svg>", encoding="utf-8")
    before = site.state()
    with pytest.raises(building.Killed), building.killed_at(1, (writer.Output, "publish")):
        site.build()
    assert site.state() == before
    site.check()
    told = {line.rpartition("/images/")[2] for line in listed.read_text(encoding="utf-8").split() if "/images/" in line}
    assert told == {"dot.svg", "new.svg"}
    # As a clone has it: the same bytes of another time.
    for path in images.iterdir():
        os.utime(path, (2_000_000_000, 2_000_000_000))
    site.check()
    site.overrides["EVENT_PRECOMPRESS"] = True
    site.check()
    assert (site.output / "images" / "new.svg.br").is_file()


@pytest.mark.parametrize(
    "text", ["Words.\n", "Title: No day\n\nWords.\n", "Title: A day\nDate: soon\n\nWords.\n", b"Title: \xff\n"]
)
def test_an_article_that_pelican_cannot_read_is_told_with_its_mend(
    small: Small, capsys: pytest.CaptureFixture[str], text: str | bytes
) -> None:
    site = small({"blue": RECORD()})
    before = site.state()
    path = site.content / "articles" / "bad.md"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(SystemExit):
        site.build()
    said = capsys.readouterr().err
    assert f"{path}:1:1: Pelican cannot read this article or page" in said
    assert "`Title: …` and `Date: 2027-03-02`" in said
    assert site.state() == before
    path.unlink()
    site.check()


def test_the_drawn_pictures_are_kept_for_what_they_are_and_are_drawn_of(small: Small) -> None:
    site = small({"blue": RECORD()})
    kept = [*site.cache.glob("*.picture")]
    assert len(kept) == 2
    for path in kept:
        data = path.read_bytes()
        path.write_bytes(data[:300] + bytes([data[300] ^ 1]) + data[301:])
    site.check()
    static = site.folder / "theme" / "static"
    built = static.resolve()
    static.unlink()
    shutil.copytree(built, static)
    (font,) = static.glob("*.ttf")
    # Of the same name, and to the reader of fonts the same.
    font.write_bytes(font.read_bytes() + b"\0")
    site.check()
    assert len([*site.cache.glob("*.picture")]) == 2 * len(kept)


EDITED_LATE = """
import sys
from pathlib import Path
plugins, edit, *arguments = sys.argv[1:]
sys.path.insert(0, plugins)
import events.plugin
from pelican import main
if edit:
    path = Path(plugins) / "events" / "wording.py"
    path.write_text(path.read_text(encoding="utf-8").replace("Cost not stated", "Nobody says what it costs"), encoding="utf-8")
main(arguments)
"""


def test_code_that_was_edited_after_it_was_loaded_is_in_no_store(tmp_path: Path) -> None:
    content, output = project(tmp_path, {"blue": RECORD()}), tmp_path / "output"
    plugins = shutil.copytree(ROOT / "plugins", tmp_path / "plugins", ignore=shutil.ignore_patterns("__pycache__"))
    command = [str(content), "-o", str(output), "-s", str(ROOT / "pelicanconf.py")]
    command += ["-e", f'EVENT_AS_OF="{TODAY}"', f'EVENT_CACHE="{tmp_path / "cache"}"']
    said = []
    for edit in ("now", ""):
        subprocess.run(
            [sys.executable, "-c", EDITED_LATE, plugins, edit, *command], check=True, capture_output=True, cwd=ROOT
        )
        said.append("Nobody says what it costs" in (output / "events.html").read_text(encoding="utf-8"))
    assert said == [False, True]


@pytest.mark.parametrize("path", ["events/blue.html", "images/dot.svg"])
@pytest.mark.parametrize("how", ["folder", "link", "dangling"])
def test_what_stands_where_a_file_must_be_gives_way(small: Small, path: str, how: str) -> None:
    site = small({"blue": RECORD()})
    there, elsewhere = site.output / path, site.folder / "elsewhere"
    elsewhere.write_bytes(b"mine")
    there.unlink()
    if how == "folder":
        (there / "below").mkdir(parents=True)
        (there / "below" / "file").write_bytes(b"")
    else:
        there.symlink_to(elsewhere if how == "link" else site.folder / "nowhere")
    site.check()
    assert elsewhere.read_bytes() == b"mine"
    assert not there.is_symlink()


@pytest.mark.parametrize("how", ["file", "link"])
def test_what_stands_where_a_folder_must_be_gives_way(small: Small, how: str) -> None:
    site = small({"blue": RECORD()})
    there, elsewhere = site.output / "events", site.folder / "elsewhere"
    there.rename(elsewhere)
    held = files(elsewhere)
    if how == "file":
        there.write_bytes(b"")
    else:
        there.symlink_to(elsewhere)
    site.change("blue", title="Nobody writes this through a link")
    site.check()
    assert files(elsewhere) == held


def test_a_first_build_that_is_stopped_in_mid_write_leaves_a_folder_that_is_tidied_later(tmp_path: Path) -> None:
    site = Directory(tmp_path, {"blue": RECORD(), "green": RECORD(title="Green ink", start="2027-04-07")})
    with pytest.raises(building.Killed), building.killed_at(3, (os, "replace")):
        site.build()
    site.record("green").unlink()
    site.check()


def test_a_first_preview_with_a_fault_leaves_a_folder_that_is_tidied_later(tmp_path: Path) -> None:
    site = Directory(tmp_path, {"blue": RECORD(), "green": RECORD(title="Green ink", end="2027-01-01")})
    site.build(EVENT_STRICT=False)
    site.record("green").unlink()
    site.write("red", RECORD(title="Red paint"))
    site.check()
    site.record("blue").unlink()
    site.check()


def test_copies_of_a_longer_page_do_not_outlive_a_build_that_was_stopped_and_undone(small: Small) -> None:
    long = [{"date": "2027-03-02", "note": f"It has another room, for the {number}th time."} for number in range(60)]
    site = small({"blue": RECORD(), "green": RECORD(title="Green ink")}, EVENT_PRECOMPRESS=True)
    path = site.output / "events" / "blue.json"
    assert not path.with_name("blue.json.br").exists()
    before = site.record("blue").read_bytes()
    site.change("blue", changes=long)
    with pytest.raises(building.Killed), building.killed_at(1, (writer.Output, "_move")):
        site.build()
    assert path.with_name("blue.json.br").exists()
    site.record("blue").write_bytes(before)
    site.check()


def test_a_record_that_changes_while_the_site_is_built_is_not_taken_for_what_it_was(
    small: Small, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    site = small({"blue": RECORD(), "green": RECORD(title="Green ink", start="2027-04-07")})
    blue = site.record("blue")
    before, load = blue.read_bytes(), collection.load

    def late(*args: Any, **kwargs: Any) -> Any:
        found = load(*args, **kwargs)
        site.change("blue", title="For a moment")
        return found

    site.change("green", title="Green paint", series="brown-bag")
    (site.folder / "theme" / "templates" / "event.html").write_bytes(
        (ROOT / "theme" / "templates" / "event.html").read_bytes() + b"\n"
    )
    with monkeypatch.context() as patch:
        patch.setattr(collection, "load", late)
        with pytest.raises(SystemExit):
            site.build()
    assert "blue.yaml was changed while the site was built; build it again" in capsys.readouterr().err
    blue.write_bytes(before)
    site.check()


@pytest.mark.parametrize("text", ["{event}blue", "See [it]({event}blue).", "See {event}blue."])
def test_a_record_that_changes_while_pelican_makes_its_own_pages_is_told_as_such(
    small: Small, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    site = small({"blue": RECORD(), "green": RECORD(title="Green ink", start="2027-04-07")})
    (site.content / "articles").mkdir()
    guide = site.content / "articles" / "guide.md"
    guide.write_text(f"Title: A guide\nDate: 2027-01-05\n\n{text}\n", encoding="utf-8")
    site.check()
    load = collection.load

    def late(*args: Any, **kwargs: Any) -> Any:
        found = load(*args, **kwargs)
        site.change("blue", title="For a moment")
        return found

    site.change("green", title="Green paint")
    with monkeypatch.context() as patch:
        patch.setattr(collection, "load", late)
        with pytest.raises(SystemExit):
            site.build()
    err = capsys.readouterr().err
    assert "blue.yaml was changed while the site was built; build it again" in err
    assert "Traceback" not in err
    site.check()


def test_a_template_that_changes_while_the_site_is_built_is_not_taken_for_what_it_was(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = small({"blue": RECORD()})
    path = site.folder / "theme" / "templates" / "event.html"
    before, load = path.read_bytes(), collection.load

    def late(*args: Any, **kwargs: Any) -> Any:
        path.write_bytes(before.replace(b"{% block main %}", b"{% block main %}<!-- for a moment -->"))
        return load(*args, **kwargs)

    site.change("blue", title="Another title")
    with monkeypatch.context() as patch:
        patch.setattr(collection, "load", late)
        site.build()
    path.write_bytes(before)
    site.check()


@pytest.mark.parametrize("seed", range(6))
def test_turned_bits_in_the_store_are_noticed(small: Small, seed: int) -> None:
    site = small({"blue": RECORD(), "green": RECORD(title="Green ink", start="2027-04-07")})
    chance = random.Random(seed)
    for path in sorted([*site.cache.glob("*.sqlite"), *site.cache.glob("*.store")])[seed % 2 :]:
        data = bytearray(path.read_bytes())
        # Letters of what is kept, so that SQLite sees nothing.
        signs = (b"forms", b"Green", b"blue.")
        places = [place for place in range(len(data)) if bytes(data[place : place + 5]) in signs]
        for place in chance.sample(places, len(places) // 2):
            data[place] ^= 1
        path.write_bytes(data)
    site.change("green", title="Green paint")
    site.check()


@pytest.mark.parametrize("seed", range(4))
def test_a_store_of_which_only_the_seal_can_be_read_is_built_anew(small: Small, seed: int) -> None:
    # Without an article that names an event: nobody asks for the records before the plan does.
    site = small({"blue": RECORD(), "green": RECORD(title="Zebra ink", start="2027-04-07")})
    (path,) = site.cache.glob("*.store")
    data = bytearray(path.read_bytes())
    # A word of its title stands in what is known of its record, and nowhere else.
    data[data.index(b"zebra") + seed] ^= 1
    path.write_bytes(data)
    (site.output / "index.html").unlink()
    site.check()


def test_a_part_of_an_event_that_changed_is_not_that_of_the_last_build(tmp_path: Path) -> None:
    kept, places = {"size": (7, "")}, {}
    for key in (b"1" * 16, b"2" * 16):
        found = store.Store.open(tmp_path, b"place", b"base", b"frame")
        if key != b"1" * 16:
            # Another part was asked for first.
            found.take("blue", key, {"card": packed("a card", key)})
            places[key] = found.part("blue", key, "size")
            assert found.each("size", {"blue": key}) == {}
            assert found.each("size", {"blue": b"1" * 16}) == {"blue": (7, "")}
        else:
            found.take("blue", key, {name: packed(value, key) for name, value in kept.items()})
            found.save(store.Found({}, {}, {}, {}, {}, {"blue": key}, b"", 0, (), {}))
        found.close()
    assert places == {b"2" * 16: None}


def test_records_that_nobody_touched_are_taken_from_the_store_as_they_are(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = small({f"event-{number:02}": RECORD(title=f"Event {number}") for number in range(20)})
    # What was written in the moment in which a build began is looked at once more by the next.
    site.build()
    taken: list[str] = []
    raw = store._File.raw

    def noted(file: store._File, name: str) -> bytes:
        taken.append(name)
        return raw(file, name)

    def again() -> int:
        """How many of the pieces were read for the records, and once more for the store."""
        taken.clear()
        with monkeypatch.context() as patch:
            patch.setattr(store._File, "raw", noted)
            site.check()
        return sum(taken.count(name) == 2 for name in {*taken} if name.startswith("records "))

    site.change("event-07", title="Another title")
    assert again() == 4
    # New ones come in pieces of their own, and small pieces are joined.
    for number in range(20, 24):
        site.write(f"event-{number}", RECORD(title=f"Event {number}"))
        assert again() >= 4
    kept = store._File(next(site.cache.glob("*.store")))
    names = kept.read("records")
    records = [path for name in names for path in kept.read(name)]
    kept.close()
    assert len(names) <= 8
    assert len(records) == len({*records}) == 24


def test_a_store_that_was_read_ahead_is_used_if_it_is_still_that_of_the_last_build(small: Small) -> None:
    site = small({"blue": RECORD(), "green": RECORD(title="Green ink", start="2027-04-07")})
    site.build()
    place = states.place(site.content, site.output)
    (path,) = site.cache.glob("*.store")
    store.read_ahead(site.cache, place)
    ahead = store._files_ahead[path]
    site.change("green", title="Green paint")
    site.check()
    assert store._files_ahead == {}
    # Nobody has read it but its own build.
    assert ahead._file.closed
    # Another build has replaced it meanwhile.
    store.read_ahead(site.cache, place)
    stale = store._files_ahead[path]
    copy = path.with_suffix(".copy")
    shutil.copy(path, copy)
    copy.replace(path)
    stale._ahead["base"] = stale._ahead["made"] = None
    site.change("green", title="Green ink again")
    site.check()
    assert store._files_ahead == {}
    # One that cannot be read is left to the build.
    path.write_bytes(b"nothing")
    store.read_ahead(site.cache, place)
    assert store._files_ahead == {}
    site.check()


def test_what_cannot_be_kept_leaves_nothing_behind(tmp_path: Path) -> None:
    def values() -> Iterator[tuple[str, Any]]:
        yield "first", 1
        msg = "no space left"
        raise OSError(msg)

    path = tmp_path / "a.store"
    with pytest.raises(OSError, match="no space left"):
        store._File.write(path, values())
    assert [*tmp_path.iterdir()] == []


# Themes of somebody's own.

GUARD = '{% if others is defined %}{{ others }}{% else %}{% include "others.html" %}{% endif %}'


@pytest.mark.parametrize("how", ["included", "its own", "without the file"])
def test_a_theme_may_tell_of_other_events_in_its_own_way(tmp_path: Path, how: str) -> None:
    site = Directory(tmp_path, {"blue": RECORD(), "green": RECORD(title="Green ink", start="2027-04-07")})
    page = site.folder / "theme" / "templates" / "event.html"
    text, own = page.read_text(encoding="utf-8"), "{% for item in related %}Also: {{ item.title }}{% endfor %}"
    assert GUARD in text
    page.write_text(text.replace(GUARD, '{% include "others.html" %}' if how == "included" else own), encoding="utf-8")
    if how == "without the file":
        page.with_name("others.html").unlink()
    site.check()
    assert "Green ink" in (site.output / "events" / "blue.html").read_text(encoding="utf-8")
    site.change("green", title="Green paint")
    site.check()
    assert "Green paint" in (site.output / "events" / "blue.html").read_text(encoding="utf-8")


def test_a_theme_may_say_no_more_of_other_events_than_makes_their_pages_anew(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = Directory(tmp_path, {"blue": RECORD(), "green": RECORD(title="Green ink", start="2027-04-07")})
    others = site.folder / "theme" / "templates" / "others.html"
    others.write_text("{% for item in related %}{{ item.summary }}{% endfor %}", encoding="utf-8")
    with pytest.raises(SystemExit):
        site.build()
    assert "others.html:1: 'dict object' has no attribute 'summary'" in capsys.readouterr().err


# Builds that fail.


@pytest.mark.parametrize("wrong", ["record", "template", "record that changes"])
def test_others_may_build_only_when_what_a_failed_build_put_aside_is_gone(
    small: Small, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    site = small({"blue": RECORD(), "green": RECORD(title="Green ink", start="2027-04-07")})
    stage, left, close, load = site.output / writer.STAGE, [], writer._Lock.close, collection.load

    def noted(lock: writer._Lock) -> None:
        left.append(stage.exists())
        close(lock)

    def late(*args: Any, **kwargs: Any) -> Any:
        found = load(*args, **kwargs)
        site.change("blue", title="For a moment")
        return found

    site.change("green", title="Green paint", **({"end": "2027-01-01"} if wrong == "record" else {}))
    templates = site.folder / "theme" / "templates"
    for name, added in (("listing.html", "{{ nothing.there }}"),) if wrong == "template" else (("event.html", " "),):
        text = (templates / name).read_text(encoding="utf-8")
        (templates / name).write_text(text.replace("{% block main %}", f"{{% block main %}}{added}"), encoding="utf-8")
    with monkeypatch.context() as patch:
        patch.setattr(writer._Lock, "close", noted)
        if wrong == "record that changes":
            patch.setattr(collection, "load", late)
        with pytest.raises(SystemExit):
            site.build()
    assert left
    assert not any(left)
    assert not stage.exists()


# A registry with a fault.


@pytest.mark.parametrize("wrong", ["cloud:\n  name_: Cloud\n", "cloud: [\n"])
def test_a_registry_with_a_fault_is_told_and_the_last_good_site_stays(
    small: Small, capsys: pytest.CaptureFixture[str], wrong: str
) -> None:
    site = small({"blue": RECORD(), "green": RECORD(title="Green ink", start="2027-04-07")})
    registry = site.content / "topics.yaml"
    before, good = site.state(), registry.read_bytes()
    site.change("green", title="Green paint")
    registry.write_text(wrong, encoding="utf-8")
    for strict in (True, False):
        with pytest.raises(SystemExit):
            site.build(EVENT_STRICT=strict)
        assert re.search(r"topics\.yaml:\d+:\d+: ", capsys.readouterr().err)
        assert site.state() == before
    registry.write_bytes(good)
    site.check()


def test_what_two_builds_at_once_keep_is_told_apart(small: Small) -> None:
    site = small({"blue": RECORD(), "green": RECORD(title="Green ink", start="2027-04-07")})
    before = files(site.cache)
    blue, green = site.record("blue").read_bytes(), site.record("green").read_bytes()
    site.change("green", title="Green paint")
    site.build()
    (one,) = site.cache.glob("*.store")
    kept = one.read_bytes()
    # The other began with the same store, saw another edit, and its parts stand where those of the first did.
    for name, data in before.items():
        (site.cache / name).write_bytes(data)
    site.record("green").write_bytes(green)
    site.change("blue", title="Blue paint")
    site.build()
    one.write_bytes(kept)
    site.record("blue").write_bytes(blue)
    site.change("green", title="Green paint")
    site.check()


# Where nothing changed, nothing is planned.


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> list[date]:
    """The days of the builds with a store that make a plan, as they do."""
    found: list[date] = []
    files_of = Plan.joint_files

    def noted(plan: Plan) -> list[Planned]:
        if plan.settings.cache:
            found.append(plan.settings.today)
        return files_of(plan)

    monkeypatch.setattr(Plan, "joint_files", noted)
    return found


@pytest.fixture
def standing(tmp_path: Path, planned: list[date]) -> Directory:
    """A directory that gives a warning, and was built until nothing is new."""
    records = {**SEED, "timed-again": MORE["timed-again"]}
    site = Directory(tmp_path, records, EVENT_SECURITY_CONTACT="mailto:security@example.gov")
    _written("content/pages/about.md")(site)
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "note.html").write_text("Words.", encoding="utf-8")
    templates = tmp_path / "theme" / "templates"
    (templates / "shared").symlink_to(tmp_path / "shared")
    (templates / "shared" / "round").symlink_to(templates)
    footer = templates / "footer.html"
    footer.write_text(f'{{% include "shared/note.html" %}}{footer.read_text(encoding="utf-8")}', encoding="utf-8")
    site.build()
    # A file that was written in the moment in which a build began may change once more unseen.
    site.build()
    planned.clear()
    return site


def told(said: str) -> list[str]:
    """What a build says, but for Pelican's own last lines, which tell the time."""
    return [line for line in said.splitlines() if not line.strip().startswith(("Done: ", "and "))]


@pytest.mark.parametrize("guide", ["an article with a card", "an article with a link", "no article"])
def test_where_nothing_changed_nothing_is_planned_and_the_same_is_said(
    standing: Directory, planned: list[date], capsys: pytest.CaptureFixture[str], guide: str
) -> None:
    site, path = standing, standing.content / "articles" / "guide.md"
    link = "Title: A guide\nDate: 2027-01-05\n\n[It]({filename}/events/0000/agenda.yaml).\n"
    if guide == "no article":
        path.unlink()
    elif guide == "an article with a link":
        path.write_text(link, encoding="utf-8")
    site.build()
    planned.clear()
    listed = site.folder / "changed.txt"
    site.overrides["EVENT_CHANGED_FILES"] = str(listed)
    site.build()
    assert len(planned) == 1
    listed.write_text("of the build before\n", encoding="utf-8")
    capsys.readouterr()
    site.build()
    short = capsys.readouterr()
    assert len(planned) == 1
    assert listed.read_text(encoding="utf-8") == ""
    # One that remembers nothing looks at everything, and finds it as it was.
    site._run(site.output)
    whole = capsys.readouterr()
    assert told(short.out) == told(whole.out)
    assert "0 files written" in short.out
    assert told(short.err) == told(whole.err)
    assert "the same event twice?" in short.err
    site.check()
    assert len(planned) == 1


def _edited(path: str, old: str, new: str) -> Callable[[Directory], None]:
    def edit(site: Directory) -> None:
        there = site.folder / path
        text = there.read_text(encoding="utf-8")
        assert old in text
        there.write_text(text.replace(old, new, 1), encoding="utf-8")

    return edit


def _written(path: str) -> Callable[[Directory], None]:
    def write(site: Directory) -> None:
        there = site.folder / path
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_text("Title: Another\nDate: 2027-01-06\n\nWords.\n", encoding="utf-8")

    return write


def _removed(path: str) -> Callable[[Directory], None]:
    def remove(site: Directory) -> None:
        there = site.folder / path
        (shutil.rmtree if there.is_dir() else os.unlink)(there)

    return remove


def _set(**overrides: Any) -> Callable[[Directory], None]:
    return lambda site: site.overrides.update(overrides)


def _of_the_same_size_and_time(site: Directory) -> None:
    path = site.output / "events" / "now.html"
    stat = path.stat()
    path.write_bytes(path.read_bytes()[::-1])
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def _next_day(site: Directory) -> None:
    site.day += timedelta(days=1)


def _behind_a_link(site: Directory) -> None:
    (site.folder / "shared" / "note.html").write_text("Other words.", encoding="utf-8")


NEWS: Mapping[str, Callable[[Directory], object]] = {
    "a record": lambda site: site.change("now", title="It has another name"),
    "another record": lambda site: site.write("added", MINIMAL),
    "no such record": lambda site: site.record("season-gone").unlink(),
    "a record that moved": lambda site: site.record("now").rename(site.content / "events" / "now.yaml"),
    "a record with another name": lambda site: site.record("now").rename(site.record("now").with_stem("then")),
    "a registry": _edited("content/topics.yaml", "name: ", "name: New "),
    "an article's title": _edited("content/articles/guide.md", "A guide", "Another guide"),
    "an article's date": _edited("content/articles/guide.md", "2027-01-05", "2027-01-06"),
    "another article": _written("content/articles/another.md"),
    "another page": _written("content/pages/another.md"),
    "a page in the place of ours": _written("content/pages/privacy.md"),
    "another picture": _written("content/images/another.svg"),
    "no such picture": _removed("content/images/dot.svg"),
    "a template": _edited("theme/templates/card.html", "<", "\n<"),
    "a template behind a link": _behind_a_link,
    "a setting": _set(EVENT_PAGE_SIZE=3),
    "a setting of the frame": _set(SITENAME="Other events"),
    "an address": _set(SITEURL="https://events.example.org/all"),
    "what stays in the output": _set(OUTPUT_RETENTION=["kept.txt"]),
    "the day": _next_day,
    "a page of the site": _edited("output/events/now.html", "<", "<!-- -->\n<"),
    "a page of the same size and time": _of_the_same_size_and_time,
    "no such page": _removed("output/events/now.html"),
    "no such hidden file": _removed("output/.well-known/security.txt"),
    "a hidden file": _edited("output/.well-known/security.txt", "Contact", "Kontakt"),
    "a foreign file": _written("output/foreign.html"),
    "a foreign file in a folder": _written("output/no/where/foreign.html"),
    "no output": _removed("output"),
    "no folder of the output": _removed("output/topics"),
    "no store": _removed("cache"),
}


@pytest.mark.parametrize("news", NEWS)
def test_where_anything_changed_the_site_is_planned_anew_and_then_stands_again(
    standing: Directory, planned: list[date], news: str
) -> None:
    NEWS[news](standing)
    standing.check()
    assert len(planned) == 1
    standing.build()
    planned.clear()
    standing.check()
    assert planned == []


@pytest.mark.parametrize(
    "news",
    [
        _edited("content/pages/about.md", "Words", "Other words"),
        _edited("content/images/dot.svg", "<svg/>", "<svg></svg>"),
        _removed("output/articles.html"),
        _removed("output/images"),
        lambda site: (site.output / "empty" / "below").mkdir(parents=True),
    ],
)
def test_what_pelican_sees_to_itself_needs_no_plan(
    standing: Directory, planned: list[date], news: Callable[[Directory], None]
) -> None:
    news(standing)
    standing.check()
    assert planned == []
    assert not (standing.output / "empty").exists()


def test_a_record_with_a_fault_is_told_where_everything_else_stands(
    standing: Directory, planned: list[date], capsys: pytest.CaptureFixture[str]
) -> None:
    path, before = standing.record("now"), standing.state()
    good = path.read_bytes()
    path.write_text("{", encoding="utf-8")
    with pytest.raises(SystemExit):
        standing.build()
    assert "now.yaml" in capsys.readouterr().err
    path.write_bytes(good)
    stray = path.with_suffix(".yml")
    stray.write_bytes(good)
    with pytest.raises(SystemExit):
        standing.build()
    assert "now.yml" in capsys.readouterr().err
    assert standing.state() == before
    stray.unlink()
    standing.check()


def test_a_record_that_goes_when_it_was_found_unchanged_is_not_passed_over(
    standing: Directory, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (standing.content / "articles" / "guide.md").unlink()
    standing.build()
    path, load = standing.record("now"), collection.load
    good = path.read_bytes()

    def late(*args: Any, **kwargs: Any) -> Any:
        path.unlink()
        return load(*args, **kwargs)

    # Something else has it read the records, when all that there is to tell of them was told.
    (standing.output / "index.html").unlink()
    before = standing.state()
    with monkeypatch.context() as patch:
        patch.setattr(collection, "load", late)
        with pytest.raises(SystemExit):
            standing.build()
    assert "records were changed while the site was built; build it again" in capsys.readouterr().err
    assert standing.state() == before
    path.write_bytes(good)
    standing.check()


def test_the_command_itself_makes_a_clean_build_after_edits_and_after_it_was_killed(tmp_path: Path) -> None:
    site = Directory(tmp_path, SEED)

    def run(output: Path, **overrides: Any) -> dict[str, bytes]:
        noon = {"SOURCE_DATE_EPOCH": str(epoch(site.day))}
        theme = str(site.folder / "theme")
        return files(build(output, site.content, environment=noon, THEME=theme, **overrides).site.folder)

    def check() -> None:
        found = run(site.output, EVENT_CACHE=str(site.cache))
        clean = tmp_path / "clean"
        assert found == run(clean, EVENT_CACHE=False)
        shutil.rmtree(clean)

    check()
    old = site.record("ended-yesterday")
    site.change("ended-yesterday", title="It has another name", aliases=["ended-yesterday"])
    old.rename(old.with_stem("renamed"))
    site.day += timedelta(days=2)
    check()
    site.change("now", title="Never read by anyone")
    settings = [f'EVENT_CACHE="{site.cache}"', f'THEME="{site.folder / "theme"}"']
    command = [PELICAN, site.content, "-o", site.output, "-s", ROOT / "pelicanconf.py", "-e", *settings]
    stage = site.output / writer.STAGE
    with subprocess.Popen(
        [str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        # In the midst of its writing, or after it: either way the next build must be right.
        while process.poll() is None and not stage.exists():
            pass
        process.kill()
    site.write("now", SEED["now"])
    check()
