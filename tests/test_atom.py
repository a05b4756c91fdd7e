"""The Atom feeds, read by feedparser as feed readers read them."""

from __future__ import annotations

import itertools
import json
import time
import xml.etree.ElementTree as ET
from datetime import date, timedelta
from typing import Any

import feedparser
import pytest
from events import atom
from events.pages import File, Plan

from tests import factory
from tests.factory import record
from tests.site import Site, attribute

ATOM = "{http://www.w3.org/2005/Atom}"
RECORDS = factory.rich()


def file(plan: Plan, path: str) -> bytes:
    (found,) = (item.data for item in plan.files() if isinstance(item, File) and item.path == path)
    return found


def read(plan: Plan, path: str) -> Any:
    found = feedparser.parse(file(plan, path))
    assert not found.bozo, found
    assert found.version == "atom10"
    return found


def told(path: str, **changes: Any) -> list[Any]:
    """The entries of a directory with one event."""
    entries: list[Any] = read(factory.plan({"some-event": record(**changes)}), path).entries
    return entries


@pytest.fixture(scope="module")
def plan() -> Plan:
    return factory.plan(RECORDS)


@pytest.mark.parametrize("path", ["new.atom", "changed.atom"])
def test_a_feed_has_what_rfc_4287_requires(plan: Plan, path: str) -> None:
    root = ET.fromstring(file(plan, path))
    assert root.tag == f"{ATOM}feed"
    for node in (root, *root.iterfind(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(node.findall(f"{ATOM}{name}")) == 1, name
    assert root.findall(f"{ATOM}author/{ATOM}name")
    links = {node.get("rel"): node.get("href") for node in root.iterfind(f"{ATOM}link")}
    assert links["self"] == f"{plan.settings.site_url}/{path}"
    for entry in root.iterfind(f"{ATOM}entry"):
        (link,) = entry.iterfind(f"{ATOM}link")
        assert (link.get("rel"), entry.findall(f"{ATOM}content") != []) == ("alternate", True)
        assert link.get("href", "").startswith(f"{plan.settings.site_url}/events/")
    ids = [str(node.findtext(f"{ATOM}id")) for node in (root, *root.iterfind(f"{ATOM}entry"))]
    assert len({*ids}) == len(ids)
    assert all(identity.startswith("urn:uuid:") for identity in ids)


def test_every_event_is_announced_once_the_latest_first() -> None:
    records = {f"event-{n:03}": record(announced=f"{date(2026, 6, 1) + timedelta(days=n)}") for n in range(40)}
    entries = read(factory.plan(records), "new.atom").entries
    assert [entry.link.rsplit("/", 1)[1] for entry in entries] == [
        f"{key}.html" for key in sorted(records, reverse=True)
    ]
    for entry, key in zip(entries, sorted(records, reverse=True), strict=True):
        # The day is the same one wherever in the United States the feed is read.
        for hours in (-10, 10):
            shifted = time.gmtime(time.mktime(entry.published_parsed) - time.timezone + hours * 3600)
            assert time.strftime("%Y-%m-%d", shifted) == records[key]["announced"]


def test_a_feed_ends_where_nobody_reads_on() -> None:
    records = {
        f"event-{n:03}": record(
            announced=f"{date(2026, 1, 1) + timedelta(days=n)}",
            changes=[{"date": f"{date(2026, 1, 2) + timedelta(days=n)}", "note": "A new room."}],
        )
        for n in range(atom.MOST + 5)
    }
    for path in ("new.atom", "changed.atom"):
        entries = read(factory.plan(records), path).entries
        assert len(entries) == atom.MOST
        assert f"event-{atom.MOST + 4:03}" in entries[0].link


def test_every_line_of_a_change_log_is_told_in_its_own_words(plan: Plan) -> None:
    entries = read(plan, "changed.atom").entries
    seen = {(entry.link.rsplit("/", 1)[1].removesuffix(".html"), entry.updated[:10]) for entry in entries}
    wanted = {
        (key, change["date"])
        for key, tree in RECORDS.items()
        if not tree.get("draft") and "withdrawn" not in tree
        for change in tree.get("changes", ())
    }
    wanted |= {(key, tree["withdrawn"]["date"]) for key, tree in RECORDS.items() if "withdrawn" in tree}
    assert seen == wanted
    assert [entry.updated for entry in entries] == sorted((entry.updated for entry in entries), reverse=True)


@pytest.mark.parametrize(
    ("changes", "title", "words"),
    [
        ({"status": "cancelled"}, "Cancelled: A day on forms", "The venue closed."),
        (
            {"status": "rescheduled", "previous_start": ["2027-03-02"]},
            "Rescheduled: ",
            "Moved from March 2, 2027 to April 6",
        ),
        ({"status": "moved-online"}, "Moved online: ", "Online"),
        ({}, "Changed: A day on forms", "The venue closed."),
    ],
)
def test_the_title_says_what_became_of_it_and_the_text_the_rest(changes: Any, title: str, words: str) -> None:
    log = [{"date": "2027-02-01", "note": "The venue closed."}]
    (entry,) = told("changed.atom", changes=log, **changes)
    assert entry.title.startswith(title)
    assert words in entry.content[0].value
    assert log[0]["note"] in entry.content[0].value


def test_only_the_last_change_is_told_as_what_holds_now() -> None:
    log = [{"date": "2027-02-01", "note": "A new room."}, {"date": "2027-02-05", "note": "Called off."}]
    last, first = told("changed.atom", status="cancelled", changes=log)
    assert (last.title, first.title) == ("Cancelled: A day on forms", "Changed: A day on forms")


def test_an_entry_keeps_its_id_whatever_is_edited_or_added() -> None:
    log = [{"date": "2027-02-01", "note": "A new room."}]
    more = [*log, {"date": "2027-02-05", "note": "Another one."}]
    (before,) = told("changed.atom", changes=log)
    assert [entry.id for entry in told("changed.atom", title="Renamed", start="2028-01-01", changes=more)][
        1
    ] == before.id
    (new,) = told("new.atom", changes=log)
    (renamed,) = told("new.atom", title="Renamed", announced="2027-01-09", changes=more)
    elsewhere = factory.plan({"some-event": record()}, SITEURL="https://other.example.org")
    assert new.id == renamed.id == read(elsewhere, "new.atom").entries[0].id != before.id


def test_a_withdrawn_record_is_told_and_nothing_of_it() -> None:
    back = {"date": "2027-03-01", "reason": "The organizer asked for it."}
    log = [{"date": "2027-02-01", "note": "Something secret."}]
    assert told("new.atom", withdrawn=back, changes=log) == []
    (entry,) = told("changed.atom", withdrawn=back, changes=log)
    assert entry.title == "Removed: A day on forms"
    assert back["reason"] in entry.content[0].value
    assert "secret" not in json.dumps(entry)
    assert entry.get("tags", []) == []


def test_a_feed_without_entries_is_valid_and_reads_no_clock() -> None:
    for path in ("new.atom", "changed.atom"):
        found = read(factory.plan({}), path)
        assert found.entries == []
        assert found.feed.updated.startswith(f"{factory.TODAY}")


def test_a_feed_that_tells_of_nothing_stays_as_it_is_from_day_to_day() -> None:
    records = {"some-event": factory.record(), "other": factory.record(announced="2027-01-15")}
    days = [factory.TODAY, factory.TODAY.replace(year=factory.TODAY.year + 1)]
    one, other = [file(factory.plan(records, day), "changed.atom") for day in days]
    assert one == other
    assert read(factory.plan(records), "changed.atom").feed.updated.startswith("2027-01-15")


def test_hostile_text_is_text_in_feeds(plan: Plan) -> None:
    seen = 0
    for path in ("new.atom", "changed.atom"):
        for entry in ET.fromstring(file(plan, path)).iterfind(f"{ATOM}entry"):
            assert entry.find(f"{ATOM}title").get("type") in (None, "text")  # type: ignore[union-attr]
            html = str(entry.findtext(f"{ATOM}content"))
            assert "<script" not in html
            assert "<img" not in html
            seen += "&lt;script&gt;alert(1)" in html
    assert seen > 1


def test_every_page_leads_feed_readers_to_both(rich_site: Site) -> None:
    for path in rich_site.pages():
        links = rich_site.document(path).query("link[rel=alternate][type='application/atom+xml']")
        names = [attribute(link, "href").rsplit("/", 1)[1] for link in links]
        assert names == ["new.atom", "changed.atom"], path
    for earlier, later in itertools.pairwise(("new.atom", "changed.atom")):
        assert (rich_site.folder / earlier).read_bytes() != (rich_site.folder / later).read_bytes()
