"""Which calendars there are, what each holds, and how people and programs are told."""

from __future__ import annotations

import json
import os
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from events import vocabulary
from events.calendars import calendar
from events.catalog import months_before
from events.feeds import Feeds
from events.pages import CalendarFile, Plan
from events.rows import last_day
from events.times import day_of

from tests import factory
from tests.factory import TODAY, Record, record
from tests.site import Site, attribute, build, files, words


@pytest.fixture(scope="module")
def plan() -> Plan:
    return factory.plan(factory.rich())


@pytest.fixture(scope="module")
def feeds(plan: Plan) -> Feeds:
    return plan.feeds


def uids(data: bytes) -> list[str]:
    return re.findall(r"UID:(\S+)@", data.decode().replace("\r\n ", ""))


def files_of(records: Mapping[str, Record], today: date = TODAY, **settings: Any) -> dict[str, bytes]:
    """Every calendar file of a directory, by address."""
    planned = factory.plan(records, today, **settings).files()
    return {item.path: item.data for item in planned if isinstance(item, CalendarFile)}


def held(records: Mapping[str, Record], path: str, today: date = TODAY, **settings: Any) -> list[str]:
    return uids(files_of(records, today, **settings)[path])


# Which there are


def test_every_listing_that_ever_held_a_dated_event_has_a_calendar_at_its_address(plan: Plan) -> None:
    planned = {item.path for item in plan.files()}
    for listing in plan.catalog.listings:
        assert (f"{listing.id}.ics" in planned) == listing.has_calendar
        assert f"{listing.id}.html" in planned
    assert "on-demand.ics" not in planned


def test_every_topic_has_a_calendar_for_each_state_and_format_of_its_events(feeds: Feeds, plan: Plan) -> None:
    wanted = set()
    for event in (*plan.catalog.events, *plan.catalog.withdrawn):
        if event.dated:
            for topic in event.topics:
                wanted.add(f"topics/{topic}/{event.format}")
                wanted |= {f"topics/{topic}/{event.state.lower()}"} if event.state else set()
    assert {item.id for item in feeds.all if item.pair} == wanted
    assert any(item.endswith("/ut") or len(item.rsplit("/", 1)[1]) == 2 for item in wanted)


def test_a_pair_holds_the_topics_events_of_that_state_or_format_and_no_others(feeds: Feeds, plan: Plan) -> None:
    by_id = {event.id: event for event in (*plan.catalog.events, *plan.catalog.withdrawn)}
    for item in feeds.all:
        if item.pair:
            value = item.id.rsplit("/", 1)[1]
            for uid in uids(calendar(item.entries, item.feed)):
                event = by_id[uid]
                assert item.pair in event.topics
                assert value in (event.format, (event.state or "").lower())


def test_a_pair_stays_at_its_address_when_nothing_is_upcoming_but_is_no_longer_offered() -> None:
    records = {"some-event": record(start="2027-04-06")}
    for today, offered in ((date(2027, 4, 1), True), (date(2027, 4, 7), False), (date(2035, 1, 1), False)):
        found = factory.plan(records, today)
        assert held(records, "topics/cloud/online.ics", today) == ["some-event"]
        assert ("topics/cloud/online" in {item.id for item in found.feeds.offered}) == offered
        assert ("feeds/cloud.html" in {item.path for item in found.files()}) == offered


def test_a_place_of_an_event_that_moved_online_keeps_it_for_its_subscribers() -> None:
    venue = {"city": "Denver", "state": "CO"}
    moved = record(status="moved-online", venue=venue, changes=[{"date": "2027-02-01", "note": "Moved online."}])
    assert held({"some-event": moved}, "states/co.ics") == ["some-event"]


def test_a_directory_without_a_dated_event_has_no_calendar_and_empty_lists() -> None:
    found = factory.plan({"some-event": record(start=None, when="Spring 2028")})
    assert not [item for item in found.files() if isinstance(item, CalendarFile)]
    assert json.loads(found.feeds.as_json())["calendars"] == []
    assert not [*ET.fromstring(found.feeds.as_opml()).iterfind(".//outline[@type='link']")]


def test_there_is_no_calendar_of_deadlines_while_there_is_no_deadline() -> None:
    assert "deadlines.ics" not in files_of({"some-event": record()})
    due = record(registration={"closes": "2027-04-01"})
    assert held({"some-event": due}, "deadlines.ics") == ["some-event--registration"]


def test_an_event_without_a_day_can_have_a_deadline() -> None:
    early = record(start=None, when="Fall 2027", deadlines=[{"date": "2027-05-01", "label": "Papers due"}])
    assert held({"some-event": early}, "deadlines.ics") == ["some-event--date-papers-due"]
    assert "events/some-event.ics" not in files_of({"some-event": early})


# What they hold


def test_a_feed_holds_what_is_upcoming_and_what_ended_in_the_last_twelve_months() -> None:
    records = {
        f"day-{days}": record(start=f"{TODAY + timedelta(days=days)}", announced="2025-01-01")
        for days in (-800, -400, -366, -365, -364, -1, 0, 1, 400, 4000)
    }
    oldest = months_before(TODAY, 12)
    wanted = {identity for identity, tree in records.items() if date.fromisoformat(tree["start"]) >= oldest}
    assert "day-4000" in wanted
    assert "day-366" not in wanted
    assert set(held(records, "events.ics")) == set(held(records, "topics/cloud.ics")) == wanted


def test_of_too_many_events_a_feed_holds_the_nearest() -> None:
    records = {f"day-{days}": record(start=f"{TODAY + timedelta(days=days)}") for days in range(-20, 21)}
    assert set(held(records, "events.ics", EVENT_FEED_MAX_EVENTS=11)) == {f"day-{days}" for days in range(-5, 6)}


def test_of_too_many_bytes_a_feed_holds_the_nearest() -> None:
    records = {f"day-{days}": record(start=f"{TODAY + timedelta(days=days)}") for days in range(60)}
    found = files_of(records, EVENT_FEED_MAX_BYTES=10_000)
    kept = uids(found["events.ics"])
    assert kept == [f"day-{days}" for days in range(len(kept))]
    assert 10 < len(kept) < 60
    assert all(len(data) <= 10_000 for data in found.values())


def test_a_feed_whose_events_are_long_past_keeps_the_one_that_ended_last() -> None:
    records = {
        "started-first": record(start="2019-03-01", end="2019-06-01", announced="2019-01-01"),
        "started-last": record(start="2019-05-01", announced="2019-01-01"),
        "older": record(start="2018-05-01", announced="2018-01-01"),
    }
    assert held(records, "events.ics") == ["started-first"]
    assert held({**records, "ahead": record(topics=["data"])}, "topics/cloud.ics") == ["started-first"]


def test_a_feed_shows_an_event_that_was_held_beside_those_that_were_taken_back() -> None:
    back = {"date": "2020-08-01", "reason": "It was none for the public."}
    records = {
        "held": record(start="2020-06-01", announced="2020-01-01"),
        "taken-back": record(start="2020-09-01", announced="2020-01-01", withdrawn=back),
    }
    assert held(records, "events.ics") == ["held"]
    assert held(records, "events.ics", date(2021, 6, 15)) == ["held", "taken-back"]


@pytest.mark.parametrize("years", [0, 1, 2, 20])
def test_a_feed_is_never_empty_and_never_gone_however_old_the_directory_is(years: int) -> None:
    found = files_of(factory.rich(), TODAY.replace(year=TODAY.year + years))
    assert all(uids(data) for data in found.values())
    assert {path for path in files_of(factory.rich()) if path.count("/") != 1 or not path.startswith("archive/")} <= {
        *found
    }


def test_a_cancelled_and_a_postponed_event_stay_where_they_were() -> None:
    for status in ("cancelled", "postponed"):
        for path in ("events.ics", "topics/cloud.ics", "topics/cloud/online.ics", "formats/online.ics"):
            assert held({"some-event": record(status=status)}, path) == ["some-event"]


def test_the_feeds_and_the_archive_together_hold_every_event_that_has_a_day() -> None:
    found = files_of(factory.rich())
    singles = {uid for path, data in found.items() if path.startswith("events/") for uid in uids(data)}
    topics = {uid for path, data in found.items() if re.fullmatch(r"topics/[^/]+\.ics", path) for uid in uids(data)}
    archive = {uid for path, data in found.items() if path.startswith("archive/") for uid in uids(data)}
    assert topics | archive == singles
    assert {"cancelled-online", "cancelled-in-person"} <= topics


def test_the_archive_of_a_year_is_whole_and_by_the_last_day(plan: Plan) -> None:
    found = files_of(factory.rich())
    past = [event for event in plan.catalog.events if event.dated and last_day(event) < TODAY]
    for event in past:
        assert event.id in uids(found[f"archive/{last_day(event).year}.ics"])
    assert sum(len(uids(data)) for path, data in found.items() if path.startswith("archive/")) == len(past)


def test_one_changed_record_changes_its_own_entry_in_its_own_calendars_and_nothing_else() -> None:
    records = factory.rich()
    changed = {"start": "2027-04-21 09:00", "end": "2027-04-21 17:00", "sessions": None}
    after_records = {**records, "agenda": record(**{**records["agenda"], **changed})}
    before, after = files_of(records), files_of(after_records)
    assert before.keys() == after.keys()
    touched = {path for path in before if before[path] != after[path]}
    assert touched == {
        path for path, data in before.items() if any(uid.split("--")[0] == "agenda" for uid in uids(data))
    }
    assert touched < before.keys()
    for path in touched:
        assert _without("agenda", before[path]) == _without("agenda", after[path])


def _without(identity: str, data: bytes) -> list[bytes]:
    head, *blocks = data.split(b"BEGIN:VEVENT\r\n")
    own = (f"UID:{identity}@".encode(), f"UID:{identity}--".encode())
    return [head, *sorted(block.removesuffix(b"END:VCALENDAR\r\n") for block in blocks if not block.startswith(own))]


def test_two_builds_give_the_same_bytes_whatever_the_hash_seed_and_the_zone(rich_content: Path, tmp_path: Path) -> None:
    builds = []
    for seed, zone in (("1", "Pacific/Kiritimati"), ("2", "America/Los_Angeles")):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone}
        made = build(tmp_path / seed, rich_content, environment=environment, EVENT_AS_OF=TODAY.isoformat())
        assert made.status == 0, made.err
        builds.append(
            {path: data for path, data in files(made.output).items() if path.endswith((".ics", ".json", ".opml"))}
        )
    assert len(builds[0]) > 150
    assert builds[0] == builds[1]


# What they are called


def test_every_calendar_has_a_name_of_its_own(feeds: Feeds) -> None:
    names = [item.feed.name for item in feeds.all]
    assert len({name.casefold() for name in names}) == len(names)
    assert "Events for Public Servants: Cloud" in names
    assert "Events for Public Servants: Cloud, online" in names


def test_calendars_that_would_be_called_alike_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(factory, "SERIES", {"webinars": {"name": "Webinars"}})
    monkeypatch.setattr(factory, "TOPICS", {"webinars": {"name": "Webinars"}, "other": {"name": "webinars"}})
    found = factory.plan({"some-event": record(topics=["webinars", "other"], series="webinars")})
    names = {item.id: item.feed.name.removeprefix("Events for Public Servants: ") for item in found.feeds.all}
    assert len({name.casefold() for name in names.values()}) == len(names)
    assert names["series/webinars"] == "Webinars (series)"
    assert names["topics/other"].startswith("Webinars (")


def test_no_name_is_longer_than_outlook_takes_and_long_names_stay_different(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(factory, "TOPICS", {f"topic-{n}": {"name": f"{'Long ' * 15}{n}"} for n in (1, 2)})
    long = factory.plan({"some-event": record(topics=["topic-1", "topic-2"])}, SITENAME="Site " * 60)
    names = [item.feed.name for item in long.feeds.all]
    assert max(map(len, names)) <= 255
    assert len(set(names)) == len(names)


# How people and programs are told


def test_the_links_are_all_made_of_the_one_absolute_address(feeds: Feeds) -> None:
    for item in feeds.all:
        links = feeds.addresses(item)
        url = f"https://events.example.gov/directory/{item.id}.ics"
        assert links["url"] == item.feed.url == url
        assert len(url) <= 256
        assert links["webcal"] == url.replace("https://", "webcal://")
        google = urlsplit(links["google"])
        assert (google.netloc, parse_qs(google.query)) == ("calendar.google.com", {"cid": [links["webcal"]]})
        for name, host in (("outlook", "outlook.live.com"), ("office", "outlook.office.com")):
            parts = urlsplit(links[name])
            assert (parts.netloc, parse_qs(parts.query)) == (host, {"url": [url], "name": [item.feed.name]})


def test_a_calendar_tells_its_count_its_next_event_and_its_last_change() -> None:
    records = {
        "past": record(title="Past", start="2027-03-01"),
        "cancelled-next": record(title="Cancelled", start="2027-03-15", status="cancelled"),
        "waits": record(title="Waits", start="2027-03-16", status="postponed", when="Fall 2027"),
        "next": record(title="Next", start="2027-03-20", changes=[{"date": "2027-02-03", "note": "Moved here."}]),
    }
    found = factory.plan(records).feeds
    links = found.links(found.by_id["topics/cloud"])
    assert (links["count"], links["upcoming"], links["changed"]) == ("4 events", 3, "February 3, 2027")
    assert links["next"] == {"title": "Next", "dates": "March 20, 2027", "href": "events/next.html"}


def test_the_json_and_the_opml_list_the_same_calendars(feeds: Feeds) -> None:
    rows = json.loads(feeds.as_json())["calendars"]
    assert [row["url"] for row in rows] == [item.feed.url for item in feeds.offered]
    root = ET.fromstring(feeds.as_opml())
    assert (root.tag, root.get("version"), [child.tag for child in root]) == ("opml", "2.0", ["head", "body"])
    outlines = [node for node in root.iter("outline") if node.get("type") == "link"]
    assert {(node.get("url"), node.get("text")) for node in outlines} == {(row["url"], row["name"]) for row in rows}
    news = {node.get("xmlUrl") for node in root.iter("outline") if node.get("type") == "rss"}
    assert news == {row["url"] for row in json.loads(feeds.as_json())["news"]}
    assert len(news) == 2
    # OPML 2.0: every outline has text, and one of type "link" a url.
    assert all(node.get("text") for node in root.iter("outline"))
    for row in rows:
        assert row["entries"] > 0
        assert row["next"] is None or row["next"]["date"] >= TODAY.isoformat() or row["upcoming"]


def test_the_feeds_page_names_every_calendar_with_every_way_to_subscribe(rich_site: Site) -> None:
    rows = rich_site.json("feeds.json")["calendars"]
    named = {attribute(node, "href") for node in rich_site.document("feeds.html").query("a")}
    addresses = {attribute(node, "value") for node in rich_site.document("feeds.html").query("input[readonly]")}
    for row in rows:
        if row["id"].startswith("archive/"):
            assert f"./{row['id']}.ics" in named
        elif row["id"].count("/") == 2:
            _, topic, value = row["id"].split("/")
            assert f"./feeds/{topic}.html#topics-{topic}-{value}" in named
            narrower = rich_site.document(f"feeds/{topic}.html")
            links = {attribute(node, "href") for node in narrower.query(f"#topics-{topic}-{value} a")}
            assert {row["webcal"], row["google"], row["outlook"], row["office"]} <= links
        else:
            assert {row["webcal"], row["google"], row["outlook"], row["office"]} <= named
            assert row["url"] in addresses
    assert "Google may take up to a day" in rich_site.text("feeds.html")


def test_every_page_with_a_calendar_tells_programs_where_it_is(rich_site: Site) -> None:
    for row in rich_site.json("feeds.json")["calendars"]:
        if row["id"].count("/") < 2:
            (link,) = rich_site.document(f"{row['id']}.html").query("link[type='text/calendar']")
            assert attribute(link, "rel") == "alternate"
            assert attribute(link, "title") == row["name"]
            assert attribute(link, "href").endswith(f"{row['id']}.ics")


def test_a_deadline_that_a_record_tells_in_the_language_of_the_site_is_told_once() -> None:
    closes = {"url": "https://a.example.gov", "closes": "2027-04-01"}
    said = [{"date": "2027-04-01", "label": "Cierra la inscripción"}]
    spanish = record(language="es", registration=closes, deadlines=said)
    plan = factory.plan({"some-event": spanish}, DEFAULT_LANG="es")
    (own,) = plan.feeds.dues
    assert own.key.startswith("date-")
    (calendar,) = [item for item in plan.feeds.all if item.id == "deadlines"]
    assert calendar.total == 1
    assert b"inscripci" in b"".join(entry.data for entry in calendar.entries)


def test_the_deadlines_page_lists_what_can_still_be_met_in_order(plan: Plan, rich_site: Site) -> None:
    ahead = [item for item in plan.feeds.deadlines if item.day >= TODAY and not item.event.withdrawn]
    shown = rich_site.document("deadlines.html").query(".event-line")
    assert len(shown) == len(ahead) > 3
    for item, node in zip(ahead, shown, strict=True):
        assert " ".join(f"{item.label} for {item.event.title}".split()) in words(node)
        (when,) = node.query("time")
        assert attribute(when, "datetime").startswith(f"{item.day}")


def test_the_page_of_a_pair_is_the_search_for_it(feeds: Feeds) -> None:
    for item in feeds.all:
        if item.pair:
            value = item.id.rsplit("/", 1)[1]
            name = "format" if value in vocabulary.FORMAT else "state"
            page = urlsplit(item.page)
            assert (page.path, parse_qs(page.query)) == (
                "search.html",
                {"when": ["upcoming"], "topic": [item.pair], name: [value]},
            )


def test_an_entry_of_a_feed_lies_on_the_day_of_its_event(feeds: Feeds, plan: Plan) -> None:
    events = (*plan.catalog.events, *plan.catalog.withdrawn)
    by_uid = {f"{event.id}@events.example.org": event for event in events}
    for item in feeds.all:
        if item.id != "deadlines":
            for made in item.entries:
                start = by_uid[made.uid].start
                assert start is not None
                assert abs((datetime.fromtimestamp(made.order[0], UTC).date() - day_of(start)).days) <= 1
