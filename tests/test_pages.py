"""The plan: every file that will exist, and what each page shows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from events import facts, pages
from events.event_page import root_of
from events.pages import CalendarFile, Page, Plan, pagination
from events.render import Renderer
from events.rows import last_day
from events.wording import ENGLISH

from tests import factory
from tests.factory import TODAY, record
from tests.site import attribute, parse
from tests.test_event_page import SITE, TEMPLATES


@pytest.fixture(scope="module")
def rich() -> Plan:
    return factory.plan(factory.rich())


def planned(plan: Plan) -> dict[str, Any]:
    found = {item.path: item for item in plan.files()}
    assert len(found) == len(plan.files())
    return found


def strings(value: Any) -> Iterator[str]:
    """Every text in a page's inputs."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from strings(item)


def plain(text: str) -> str:
    """A text with plain spaces where it has ones that do not break."""
    return " ".join(text.split())


def test_the_contract_s_addresses_are_there(rich: Plan) -> None:
    """Section 2 of the contract, spelled out from the records."""
    files = planned(rich)
    expected = {
        "index.html", "events.html", "events.ics", "on-demand.html", "archive.html", "search.html", "feeds.html",
        "404.html", "free.html", "free.ics", "credits.html", "credits.ics", "deadlines.html", "deadlines.ics",
        "events.json", "events.csv", "new.atom", "changed.atom", "feeds.json", "feeds.opml", "sitemap.xml", "robots.txt",
        "schema/event.json",
    }  # fmt: skip
    for event in rich.catalog.events:
        expected |= {f"events/{event.id}.html", f"events/{event.id}.json"} | (
            {f"events/{event.id}.ics"} if event.dated else set()
        )
        values = {
            "topics": event.topics,
            "organizers": event.organizer,
            "states": [event.state.lower()] if event.state else [],
            "audiences": event.audience,
            "formats": [event.format],
            "kinds": [event.kind],
            "series": [event.series] if event.series else [],
        }
        for facet, used in values.items():
            expected.add(f"{facet}.html")
            for value in used:
                expected |= {f"{facet}/{value}.html"} | ({f"{facet}/{value}.ics"} if event.dated else set())
        if last_day(event) < TODAY and event.format != "on-demand":
            year = last_day(event).year
            expected |= {f"archive/{year}.html"} | ({f"archive/{year}.ics"} if event.dated else set())
    assert expected <= {*files}


def test_a_listing_that_never_held_a_day_has_no_calendar(rich: Plan) -> None:
    files = planned(rich)
    assert "formats/on-demand.html" in files
    assert "formats/on-demand.ics" not in files
    assert "on-demand.ics" not in files


def test_no_address_is_planned_twice(rich: Plan) -> None:
    assert pages.collisions(item.path for item in rich.files()) == []


def test_two_files_at_one_address_are_found_whoever_plans_them() -> None:
    twice = ["a.html", "b.html", "a.html"]
    assert pages.collisions(twice) == ["a.html"]
    assert pages.collisions(twice[:2], ["b.html", "c.html"]) == ["b.html"]


def test_a_draft_has_no_file_and_no_word_on_any_page(rich: Plan) -> None:
    draft = next(event for event in rich.catalog.collection.events if event.draft)
    for item in rich.files():
        assert draft.id not in item.path.split("/")[-1].split(".")
        if isinstance(item, Page):
            assert draft.title not in {*strings(item.inputs)}, item.path


def test_every_page_says_what_a_search_engine_shows_of_it(rich: Plan) -> None:
    site = rich.settings.site_url
    for item in rich.files():
        if isinstance(item, Page) and not item.path.startswith("embed/"):
            assert len(f"{item.inputs['title']} | {rich.settings.site_name}") >= 20, item.path
            assert len(item.inputs["description"]) >= 50, item.path
            assert item.inputs["canonical"].startswith(f"{site}/") or item.path == "404.html"


def test_no_two_pages_have_one_title(rich: Plan) -> None:
    whole = [item for item in rich.files() if isinstance(item, Page) and not item.path.startswith("embed/")]
    titles = [item.inputs["title"] for item in whole]
    assert sorted({*titles}) == sorted(titles)


@pytest.mark.parametrize("title", ["AI", "A day on forms"])
def test_the_shortest_record_still_has_a_title_and_a_description_that_tell(title: str) -> None:
    short = record(title=title, summary="It is a day about forms and about law...", start=None, format="on-demand")
    page = planned(factory.plan({"short": short}))["events/short.html"]
    assert len(f"{page.inputs['title']} | {factory.settings().site_name}") >= 20
    assert len(page.inputs["description"]) >= 50


def test_a_listing_of_many_has_pages_of_25_and_each_event_on_one_of_them(rich: Plan) -> None:
    files = planned(rich)
    upcoming = [event.id for event in rich.catalog.all.upcoming]
    count = -(-len(upcoming) // 25)
    assert count >= 3
    shown: list[str] = []
    for number in range(1, count + 1):
        page = files["events.html" if number == 1 else f"events/page/{number}.html"]
        ids = [card["id"] for group in page.inputs["groups"] for card in group["cards"]]
        assert len(ids) == 25 or number == count
        shown += ids
    assert sorted(shown) == sorted(upcoming)
    assert f"events/page/{count + 1}.html" not in files


def test_the_size_of_a_page_can_be_set() -> None:
    plan = factory.plan(factory.rich(), EVENT_PAGE_SIZE=1000)
    assert not [path for path in planned(plan) if "/page/" in path]


def test_an_event_called_page_does_not_take_the_place_of_pages() -> None:
    records = {**factory._weekly(30), "page": record(title="A page of its own")}
    files = planned(factory.plan(records))
    assert {"events/page.html", "events/page/2.html"} <= {*files}


@pytest.mark.parametrize("count", [1, 2, 3, 7, 40])
def test_from_every_page_of_a_listing_one_reaches_all(count: int) -> None:
    reached = {1}
    todo = [1]
    while todo:
        number = todo.pop()
        links = pagination("events", number, count)
        if links is None:
            assert count == 1
            break
        numbers = {link["number"] for link in links["links"] if "number" in link}
        assert {1, count, number} <= numbers
        assert [link["number"] for link in links["links"] if link.get("current")] == [number]
        assert bool(links["previous"]) == (number > 1)
        assert bool(links["next"]) == (number < count)
        todo += numbers - reached
        reached |= numbers
    assert reached == {*range(1, count + 1)}


def test_links_lead_from_any_depth_to_the_root() -> None:
    assert [root_of(path) for path in ("a.html", "a/b.html", "a/b/c.html")] == [".", "..", "../.."]


def test_what_leaves_the_site_is_absolute_and_below_its_path(rich: Plan) -> None:
    for item in rich.files():
        if isinstance(item, CalendarFile):
            assert b"https://events.example.gov/directory/events/" in item.data, item.path
    page = planned(rich)["events/agenda.html"]
    assert page.inputs["canonical"] == "https://events.example.gov/directory/events/agenda.html"


def test_the_page_for_a_missing_address_does_not_depend_on_that_address(rich: Plan) -> None:
    assert planned(rich)["404.html"].inputs["root"] == "/directory"


def test_addresses_of_events_can_be_changed() -> None:
    plan = factory.plan(
        {"one": record(description="See [it]({event}other)."), "other": record(title="The other")},
        EVENT_URL="e/{slug}.html",
        EVENT_SAVE_AS="e/{id}.html",
    )
    files = planned(plan)
    assert {"e/one.html", "e/one.ics", "e/other.html"} <= {*files}
    assert not [path for path in files if path.startswith("events/")]
    assert files["e/one.html"].inputs["event"]["href"] == "e/one.html"
    assert "../e/other.html" in files["e/one.html"].inputs["event"]["body"]


def test_without_search_there_is_no_search_data() -> None:
    files = planned(factory.plan(factory.rich(), EVENT_SEARCH=False))
    assert not [path for path in files if path.startswith("search/")]
    assert files["search.html"].inputs["parts"] == []


def test_a_site_without_any_record_has_all_its_own_pages() -> None:
    files = planned(factory.plan({}))
    assert {"index.html", "events.html", "on-demand.html", "archive.html", "feeds.html", "search.html"} <= {*files}


def test_today_is_told_to_the_search_only_where_someone_chose_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert planned(factory.plan({}))["search.html"].inputs["today"] == TODAY.isoformat()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1800000000")
    plan = Plan(factory.catalog({}), factory.settings(EVENT_AS_OF=None), factory.plan({}).assets)
    assert planned(plan)["search.html"].inputs["today"] == ""


def test_a_date_without_hours_is_never_given_any(rich: Plan) -> None:
    for event in rich.catalog.events:
        card = rich.card(event)
        if event.start is not None and not event.waits:
            assert (":" in card["datetime"]) == facts.start_is_timed(event), event.id
        else:
            assert card["datetime"] == "", event.id


def test_times_across_the_nation_are_those_of_the_zones() -> None:
    one = factory.event(start="2027-07-01 20:30", timezone="America/New_York")
    assert plain(facts.national_times(one, ENGLISH)) == (
        "8:30 p.m. ET · 7:30 p.m. CT · 6:30 p.m. MT · 5:30 p.m. PT · 4:30 p.m. AKT · 2:30 p.m. HT"
    )
    late = factory.event(start="2027-07-01 20:30", timezone="Pacific/Honolulu")
    assert "2:30 a.m. ET (Friday)" in plain(facts.national_times(late, ENGLISH))
    assert facts.national_times(factory.event(), ENGLISH) == ""


def test_the_leaf_of_an_event_shows_its_days() -> None:
    def leaf(**changes: Any) -> tuple[str, str, str]:
        block = facts.date_block(factory.event(**changes), ENGLISH)
        return block["band"], block["day"], block["foot"]

    assert leaf(start="2027-04-06") == ("Apr", "6", "Tuesday")
    assert leaf(start="2027-04-06", end="2027-04-08") == ("Apr", "6–8", "Tue–Thu")
    assert leaf(start="2027-04-30", end="2027-05-02") == ("Apr–May", "30–2", "Fri–Sun")
    assert leaf(start=None, when="Spring 2028")[1] == "2028"
    assert leaf(status="postponed", when="Spring 2028")[1] == "2028"
    assert leaf(start=None, format="on-demand")[0] == "On demand"


def test_the_home_page_shows_the_nearest_and_says_so_when_there_is_none() -> None:
    home = planned(factory.plan(factory.rich()))["index.html"].inputs
    upcoming = factory.catalog(factory.rich()).all.upcoming
    shown = [card["id"] for card in (*home["now"], *home["next"])]
    assert [event.id for event in upcoming if event.id in shown] == [event.id for event in upcoming][: len(shown)]
    later = planned(factory.plan({"past": record(start="2019-04-02", announced="2019-01-01")}, date(2026, 1, 1)))
    assert (later["index.html"].inputs["now"], later["index.html"].inputs["next"]) == ([], [])
    assert [card["id"] for card in later["index.html"].inputs["recent"]] == ["past"]


def test_a_former_address_leads_on_and_its_calendar_stays() -> None:
    found = {item.path: item for item in factory.plan({"new-name": factory.record(aliases=["old-name"])}).files()}
    page, calendar = found["events/old-name.html"], found["events/old-name.ics"]
    assert isinstance(page, Page)
    assert isinstance(calendar, CalendarFile)
    assert page.inputs["href"] == "events/new-name.html"
    assert page.inputs["canonical"].endswith("/events/new-name.html")
    assert calendar.data == found["events/new-name.ics"].data  # type: ignore[union-attr]


def weekly(count: int, **changes: Any) -> dict[str, factory.Record]:
    """Past events, a week apart."""
    days = [TODAY - timedelta(7 * number) for number in range(1, count + 1)]
    return {f"week-{day}": record(title=f"The week of {day}", start=f"{day}", end=None, **changes) for day in days}


def test_a_list_leads_to_all_that_is_past_of_it_and_of_nothing_else() -> None:
    records = weekly(12, organizer="gsa", audience=["federal"], format="online", venue=None)
    records["other"] = record(title="Another", start="2026-01-05", topics=["data"])
    found = planned(factory.plan(records))
    offered = {
        group["id"]: {value["id"] for value in group["values"]} for group in found["search.html"].inputs["groups"]
    }
    for path in ("topics/cloud.html", "organizers/gsa.html", "formats/online.html", "audiences/federal.html"):
        inputs = found[path].inputs
        assert inputs["past_total"] > len(inputs["past"])
        address = urlsplit(inputs["past_href"])
        assert address.path == "search.html"
        asked = dict(parse_qsl(address.query))
        assert asked.pop("when") == "past"
        ((group, value),) = asked.items()
        assert value in offered[group]
        assert path == f"{group}s/{value}.html"
    assert found["events.html"].inputs["past_href"] == "search.html?when=past"
    without = planned(factory.plan(records, EVENT_SEARCH=False))
    assert without["topics/cloud.html"].inputs["past_href"] == "archive.html"


def test_a_series_has_every_edition_in_one_place() -> None:
    found = planned(factory.plan(weekly(30, series="brown-bag")))
    assert len(found["series/brown-bag.html"].inputs["past"]) == 30
    assert len(found["topics/cloud.html"].inputs["past"]) == 10


def test_the_home_page_counts_one_thing_by_topic(rich: Plan) -> None:
    def shown(plan: Plan) -> list[tuple[str, int]]:
        return [(topic["name"], topic["upcoming"]) for topic in planned(plan)["index.html"].inputs["topics"]]

    upcoming = {listing.name: len(listing.upcoming) for listing in rich.catalog.by_facet["topics"] if listing.upcoming}
    assert upcoming
    assert {*shown(rich)} <= {*upcoming.items()}
    assert shown(factory.plan(weekly(3))) == [("Cloud", 0)]


def test_a_time_in_the_grid_of_a_month_names_its_zone() -> None:
    zones = {"east": "America/New_York", "middle": "America/Chicago"}
    records = {name: record(start="2027-04-06 13:30", timezone=zone) for name, zone in zones.items()}
    weeks = planned(factory.plan(records))["calendar/2027-04.html"].inputs["weeks"]
    times = {event["href"]: event["time"] for week in weeks for day in week for event in day["events"]}
    assert times == {f"events/{name}.html": f"1:30 p.m. {ENGLISH.zone(zone)}" for name, zone in zones.items()}


def test_what_had_no_day_is_not_ahead_once_its_year_is_over() -> None:
    told = {TODAY.year - 2: "2025, day not known", TODAY.year: "Later in 2027, day not known yet"}
    records = {f"in-{year}": record(start=None, when=str(year)) for year in told}
    found = planned(factory.plan(records))
    for path, year in ((f"archive/{TODAY.year - 2}.html", TODAY.year - 2), ("events.html", TODAY.year)):
        assert [group["name"] for group in found[path].inputs["groups"]] == [told[year]]


def test_a_cut_list_of_deadlines_leads_on_when_all_of_it_is_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "_DUES", 2)
    days = [{"date": f"2027-04-0{day}", "label": "Call closes"} for day in (1, 2, 3)]
    for deadlines, way in ((days[:2], []), (days, ["deadlines.ics"])):
        found = planned(factory.plan({"one": record(deadlines=deadlines)}))["deadlines.html"]
        document = parse(Renderer([TEMPLATES], SITE).html(found).decode())
        assert [attribute(link, "href").removeprefix("./") for link in document.query("[data-none] a")] == way


def test_an_agenda_of_whole_days_names_its_zone() -> None:
    session = {"start": "2027-03-16 09:00", "end": "2027-03-16 10:00", "title": "Welcome"}
    days = record(start="2027-03-16", end="2027-03-17", timezone="America/Chicago", sessions=[session])
    timed = {**days, "start": "2027-03-16 09:00", "end": "2027-03-17 17:00"}
    found = planned(factory.plan({"days": days, "timed": timed}))
    assert found["events/days.html"].inputs["event"]["agenda_zone"].startswith("Central Time")
    assert found["events/timed.html"].inputs["event"]["agenda_zone"] == ""
    assert found["events/timed.html"].inputs["event"]["zone"].startswith("Central Time")
