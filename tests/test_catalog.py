"""The collection on a day: every event is listed where it belongs, once, and in order."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta
from itertools import pairwise

import pytest
from events import catalog as catalogs
from events import markup, wording
from events.catalog import Catalog, months_before
from events.model import Event
from events.rows import last_day, links, order
from events.times import day_of
from hypothesis import given
from hypothesis import strategies as st

from tests import factory
from tests.factory import TODAY, record


@pytest.fixture(scope="module")
def rich() -> Catalog:
    return factory.catalog(factory.rich())


def ids(events: tuple[Event, ...]) -> list[str]:
    return [event.id for event in events]


def test_every_published_event_is_upcoming_past_or_on_demand_and_only_one_of_them(rich: Catalog) -> None:
    listed = [*rich.all.upcoming, *rich.all.past, *rich.all.on_demand]
    assert sorted(event.id for event in listed) == sorted(ids(rich.events))
    assert {event.id for event in rich.all.on_demand} == {
        event.id for event in rich.events if event.format == "on-demand"
    }


def test_a_draft_is_in_no_listing(rich: Catalog) -> None:
    assert any(event.draft for event in rich.collection.events)
    for listing in rich.listings:
        assert not any(event.draft for event in (*listing.upcoming, *listing.past, *listing.on_demand)), listing.id


def test_upcoming_is_what_does_not_end_before_today(rich: Catalog) -> None:
    assert {"now", "ends-today", "starts-today"} <= {*ids(rich.all.upcoming)}
    assert {"ended-yesterday", "ended-lately", "season-gone"} <= {*ids(rich.all.past)}
    assert all(last_day(event) >= TODAY for event in rich.all.upcoming)
    assert all(last_day(event) < TODAY for event in rich.all.past)


def test_an_event_without_a_year_never_becomes_past() -> None:
    catalog = factory.catalog({"no-year": record(start=None, when="To be announced")}, date(2099, 12, 31))
    assert ids(catalog.all.upcoming) == ["no-year"]


def test_upcoming_goes_first_to_last_and_past_last_to_first(rich: Catalog) -> None:
    for listing in rich.listings:
        assert all(order(one) <= order(other) for one, other in pairwise(listing.upcoming)), listing.id
        assert all(order(one) >= order(other) for one, other in pairwise(listing.past)), listing.id


def test_on_one_day_all_day_events_come_before_timed_ones_and_those_by_the_instant() -> None:
    zones = {"east": "America/New_York", "west": "America/Los_Angeles"}
    timed = {name: record(start="2027-04-06 09:00", timezone=zone) for name, zone in zones.items()}
    catalog = factory.catalog({**timed, "whole": record(), "season": record(start=None, when="April 2027")})
    assert ids(catalog.all.upcoming) == ["whole", "east", "west", "season"]


def test_a_postponed_event_stands_where_its_new_time_is() -> None:
    waiting = record(status="postponed", start="2027-03-15", when="Fall 2027")
    catalog = factory.catalog({"waiting": waiting, "summer": record(start="2027-07-01")}, date(2027, 5, 1))
    assert ids(catalog.all.upcoming) == ["summer", "waiting"]
    assert not catalog.is_now(catalog.all.upcoming[1])


def test_a_postponed_event_without_a_new_time_stays_at_its_old_day() -> None:
    catalog = factory.catalog({"gone": record(status="postponed", start="2027-03-05")})
    assert ids(catalog.all.past) == ["gone"]


def test_what_happens_today_happens_now(rich: Catalog) -> None:
    now = {event.id for event in rich.events if rich.is_now(event)}
    assert now == {
        event.id
        for event in rich.events
        if event.start is not None
        and event.status not in ("cancelled", "postponed")
        and day_of(event.start) <= TODAY <= day_of(event.last or event.start)
    }
    assert {"now", "ends-today", "starts-today"} <= now


def test_a_listing_holds_exactly_the_events_of_its_value(rich: Catalog) -> None:
    for facet in rich.facets:
        for listing in rich.by_facet[facet.id]:
            listed = {event.id for event in (*listing.upcoming, *listing.past, *listing.on_demand)}
            assert listed == {event.id for event in rich.events if listing.value in facet.values(event)}, listing.id
            assert len(listed) == listing.total, listing.id


def test_every_value_that_a_record_uses_has_a_listing(rich: Catalog) -> None:
    for facet in rich.facets:
        used = {value for event in (*rich.events, *rich.withdrawn) for value in facet.values(event)}
        assert {listing.value for listing in rich.by_facet[facet.id]} == used


def test_a_body_lists_what_the_bodies_below_it_hold(rich: Catalog) -> None:
    bodies = {listing.value: {*ids(listing.upcoming)} for listing in rich.by_facet["organizers"]}
    assert "brown-bag-01" in bodies["eighteen-f"] & bodies["tts"] & bodies["gsa"]
    assert "brown-bag-01" not in bodies["actiac"]


def test_a_place_of_an_event_that_moved_online_or_is_abroad_is_no_state() -> None:
    abroad = {"city": "Toronto", "state": "Ontario", "country": "CA"}
    catalog = factory.catalog({"abroad": record(format="in-person", venue=abroad)})
    assert catalog.by_facet["states"] == ()


def test_free_lists_what_is_free_for_a_public_servant(rich: Catalog) -> None:
    free = {*ids(rich.free.upcoming)}
    assert {"free-for-all", "free-for-government", "agenda"} <= free
    assert not {"members-alone", "early-bird"} & free
    assert free == {event.id for event in rich.all.upcoming if wording.free_for(event)}


def test_the_archive_has_each_past_event_in_the_year_of_its_last_day(rich: Catalog) -> None:
    by_year = {int(listing.value): {*ids(listing.past)} for listing in rich.years}
    assert "over-past-new-year" in by_year[2026]
    assert sorted(event.id for year in rich.years for event in year.past) == sorted(ids(rich.all.past))
    assert [listing.value for listing in rich.years] == sorted((y.value for y in rich.years), reverse=True)


def test_related_events_are_upcoming_share_a_topic_and_are_not_the_event_itself(rich: Catalog) -> None:
    for event in rich.events:
        related = rich.related(event)
        assert event.id not in ids(related)
        assert all({*event.topics} & {*other.topics} for other in related)
        assert all(other in rich.all.upcoming for other in related)
        assert not any(event.series and other.series == event.series for other in related)


def test_editions_are_the_others_of_a_series_the_latest_first(rich: Catalog) -> None:
    events = {event.id: event for event in rich.events}
    editions = ids(rich.editions(events["brown-bag-03"]))
    others = [event for event in rich.events if event.series == "brown-bag" and event.id != "brown-bag-03"]
    assert editions == [event.id for event in sorted(others, key=order, reverse=True)]
    assert len(others) > 20
    assert rich.editions(events["timed"]) == ()


@given(st.dates(date(1995, 1, 1), date(2099, 12, 31)), st.integers(0, 600))
def test_some_months_before_is_the_same_day_or_the_last_of_a_shorter_month(day: date, months: int) -> None:
    before = months_before(day, months)
    assert (day.year * 12 + day.month) - (before.year * 12 + before.month) == months
    assert before.day == day.day or (before.day < day.day and (before + timedelta(days=1)).day == 1)


def test_a_feed_keeps_what_ended_within_its_months_and_drops_what_is_older(rich: Catalog) -> None:
    held = {event.id for event in rich.window(rich.all.dated, 12, 1000)}
    oldest = months_before(TODAY, 12)
    events = (*rich.events, *rich.withdrawn)
    assert held == {event.id for event in events if event.dated and last_day(event) >= oldest}
    assert "ended-lately" in held
    assert "ended-long-ago" not in held


def test_a_feed_that_must_drop_some_keeps_the_nearest(rich: Catalog) -> None:
    held = rich.window(rich.all.dated, 12, 5)
    assert {event.id for event in held[:3]} == {"now", "ends-today", "starts-today"}
    assert len(held) == 5


def test_a_listing_that_ever_had_a_day_never_has_an_empty_feed(rich: Catalog) -> None:
    later = Catalog(rich.collection, date(2090, 1, 1))
    for listing in later.listings:
        assert bool(later.window(listing.dated, 12, 1000)) == listing.has_calendar, listing.id
    assert any(not listing.has_calendar for listing in later.listings)


@pytest.mark.parametrize("day", [date(2019, 2, 20), TODAY, date(2028, 1, 1), date(2099, 12, 31)])
def test_what_is_listed_does_not_depend_on_the_day_only_where(rich: Catalog, day: date) -> None:
    then = Catalog(rich.collection, day)
    for name in ("topics", "kinds", "organizers", "states"):
        assert [item.id for item in then.by_facet[name]] == [item.id for item in rich.by_facet[name]]


def test_a_name_keeps_its_capitals_where_they_are_part_of_it() -> None:
    assert [catalogs._lower(name) for name in ("Cloud", "AI", "U.S. law", "Open data")] == [
        "cloud", "AI", "U.S. law", "open data"]  # fmt: skip


@given(
    st.lists(
        st.sampled_from(["{event}", "{event}a-day", "[x]({event}b)", "{Event}c", "{", "event}", " ", "d", "."]),
        max_size=6,
    )
)
def test_the_links_of_an_event_are_those_of_its_description(pieces: list[str]) -> None:
    text = "".join(pieces)
    event = dataclasses.replace(factory.event(), description=text)
    assert links(event) == tuple(dict.fromkeys(markup.event_ids(text)))
