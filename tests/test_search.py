"""The search data: what the browser reads back is what the records say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from events import deadlines, facts, search, times, vocabulary, wording
from events.catalog import Catalog
from events.model import Event
from events.rows import NOT_STATED, last_day
from events.times import day_of
from hypothesis import given
from hypothesis import strategies as st

from tests import factory
from tests.factory import TODAY, event


@pytest.fixture(scope="module")
def rich() -> Catalog:
    return factory.catalog(factory.rich())


def test_a_whole_day_without_a_zone_begins_on_no_reader_s_day_before() -> None:
    whole = event(start="2027-03-16", end="2027-03-16", timezone=None)
    for zone in ("America/New_York", "America/Denver", "Pacific/Honolulu"):
        here = datetime.fromtimestamp(search.begins(whole) * 60, times.zone(zone))
        assert here.date() == date(2027, 3, 16)
    assert search.until(whole) - search.begins(whole) == 24 * 60


ZONES = ["America/New_York", "America/Denver", "Pacific/Honolulu", "Africa/Casablanca", "Asia/Kathmandu", "UTC", None]
WALLS = st.datetimes(datetime(1990, 1, 1), datetime(2099, 12, 31)).map(
    lambda wall: wall.replace(second=0, microsecond=0)
)


@given(WALLS | st.dates(date(1990, 1, 1), date(2099, 12, 31)), st.sampled_from(ZONES))
def test_a_minute_is_that_of_the_instant(moment: date | datetime, zone: str | None) -> None:
    assert facts.minute_of(moment, zone) * 60 == times.instant(moment, zone).timestamp()


@pytest.fixture(scope="module")
def parts(rich: Catalog) -> dict[str, Any]:
    return {name: json.loads(data) for name, data in search.index(rich).items()}


def rows(part: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The columns as rows, with the numbers followed into their dictionaries, as search.js does."""
    columns = part["columns"]
    lists = {"topics": "topics", "organizers": "organizers", "audiences": "audiences"}
    single = {"state": "states", "format": "formats", "kind": "kinds", "status": "statuses"}
    plain = {"place": "places", "cost": "costs", "eligibility": "eligibilities"}
    found = []
    for number in range(len(columns["id"])):
        row = {name: column[number] for name, column in columns.items()}
        row |= {name: [part[entries][code] for code in row[name]] for name, entries in lists.items()}
        row |= {name: part[entries][row[name]] if row[name] >= 0 else None for name, entries in single.items()}
        row |= {name: part[entries][row[name]] for name, entries in plain.items()}
        row["features"] = [part["features"][code] for code in row["features"]]
        found.append(row)
    return found


def test_each_event_is_in_the_file_of_its_time(rich: Catalog, parts: dict[str, Any]) -> None:
    recent = [one.id for one in rich.all.past if TODAY - last_day(one) <= timedelta(days=30)]
    assert "ended-lately" in recent
    assert "ended-before" not in recent
    assert parts["upcoming"]["columns"]["id"] == [*[one.id for one in rich.all.upcoming], *recent]
    assert parts["on-demand"]["columns"]["id"] == [one.id for one in rich.all.on_demand]
    for year in rich.years:
        assert parts[year.value]["columns"]["id"] == [one.id for one in year.past]
    assert [*parts] == ["upcoming", "on-demand", *(year.value for year in rich.years)]


def test_rows_read_back_equal_the_records(rich: Catalog, parts: dict[str, Any]) -> None:
    events = {one.id: one for one in rich.events}
    bodies = next(facet for facet in rich.facets if facet.id == "organizers")
    seen = set()
    for part in parts.values():
        assert part["version"] == search.VERSION
        assert len({len(column) for column in part["columns"].values()}) == 1
        for row in rows(part):
            one = events[row["id"]]
            seen.add(one.id)
            assert (row["title"], row["acronym"], row["summary"]) == (one.title, one.acronym or "", one.summary)
            assert row["dates"] == wording.dates(one)
            assert row["place"] == wording.place(one)
            assert row["cost"] == wording.cost(one, TODAY)
            assert row["credits"] == wording.credits_of(one)
            assert [entry[0] for entry in row["topics"]] == [*one.topics]
            assert [entry[0] for entry in row["organizers"]] == [*bodies.values(one)]
            assert [entry[0] for entry in row["audiences"]] == [*one.audience]
            assert row["format"] == [one.format, vocabulary.FORMAT[one.format]]
            assert row["kind"] == [one.kind, vocabulary.KIND[one.kind]]
            assert row["status"] == [one.status, vocabulary.STATUS[one.status]]
            assert row["state"] == ([one.state.lower(), vocabulary.STATE[one.state]] if one.state is not None else None)
            assert row["free"] == {"": 0, "government": 1, "public": 2}[wording.free_for(one)]
            assert row["eligibility"] == (one.eligibility or NOT_STATED)
            assert part["languages"][row["language"]] == one.language
            assert row["features"] == [*search.features(one)]
            assert [kind for kind, _ in row["earns"]] == [item.type for item in one.credits]
            assert row["announced"] == one.announced.isoformat()
            assert row["deadlines"] == sorted({d.day.isoformat() for d in deadlines.of(one) if d.day >= TODAY})
            assert (row["begins"] != 0) == one.dated
            assert row["words"] == " ".join(speaker.name for speaker in one.speakers)
    assert seen == {*events}


def test_an_entry_brings_every_word_that_it_may_be_meant_by(parts: dict[str, Any]) -> None:
    topics = {entry[0]: entry[1:] for entry in parts["upcoming"]["topics"]}
    bodies = {entry[0]: entry[1:] for entry in parts["upcoming"]["organizers"]}
    assert topics["cloud"] == ["Cloud", "FedRAMP"]
    assert bodies["gsa"] == ["General Services Administration", "GSA"]
    assert bodies["eighteen-f"] == ["Office 18F", "Eighteen F"]


def test_the_same_catalog_gives_the_same_bytes(rich: Catalog) -> None:
    assert search.index(rich) == search.index(Catalog(rich.collection, rich.today))


def end_of(one: Event) -> datetime:
    """When an event with a start is over: the definition, spelled out."""
    assert one.start is not None
    if isinstance(one.start, datetime):
        end = one.end if isinstance(one.end, datetime) else one.start + timedelta(hours=1)
        return times.instant(end, one.timezone)
    return times.instant(day_of(one.last or one.start) + timedelta(days=1), one.timezone or "Pacific/Honolulu")


def test_an_event_is_over_at_its_end_and_not_before(rich: Catalog) -> None:
    for one in rich.events:
        if one.start is not None and not one.waits:
            assert datetime.fromtimestamp(search.until(one) * 60, UTC) == end_of(one), one.id


def test_a_whole_day_is_over_nowhere_in_the_nation_before_it_ends() -> None:
    over = datetime.fromtimestamp(search.until(event(start="2027-04-06")) * 60, UTC)
    for name in ("America/New_York", "America/Los_Angeles", "America/Anchorage", "Pacific/Honolulu"):
        assert over.astimezone(times.zone(name)).date() >= date(2027, 4, 7)


def test_what_has_no_year_is_never_over() -> None:
    assert search.until(event(start=None, when="To be announced")) == 0
    assert search.until(event(format="on-demand", start=None)) == 0


def test_a_postponed_event_is_over_when_its_new_time_is() -> None:
    waiting = event(status="postponed", start="2027-03-15", when="Fall 2027")
    season = event(start=None, when="Fall 2027")
    assert search.until(waiting) == search.until(season)
    row = rows(json.loads(search.columns(factory.catalog({}), [waiting])))[0]
    assert (row["start"], row["dates"], row["end"]) == ("", "Fall 2027", last_day(season).isoformat())


def test_the_reader_s_clock_and_the_catalog_agree_on_a_later_day(rich: Catalog) -> None:
    """What a page built long ago hides is what a page built that day would call past."""
    for days in range(0, 400, 7):
        day = TODAY + timedelta(days=days)
        noon = datetime(day.year, day.month, day.day, 22, tzinfo=UTC)
        for one in Catalog(rich.collection, day).all.upcoming:
            if last_day(one) > day:
                assert not 0 < search.until(one) <= noon.timestamp() / 60, (one.id, day)
        for one in Catalog(rich.collection, day).all.past:
            assert 0 < search.until(one) <= noon.timestamp() / 60, (one.id, day)


def test_the_price_is_that_of_today_in_dollars() -> None:
    def both(*prices: dict[str, str]) -> tuple[float | None, ...]:
        one = event(prices=[*prices])
        found = (search.government_price(one, TODAY), search.reader_price(one, "public", TODAY))
        return tuple(None if price is None else float(price) for price in found)

    public, free = {"for": "public", "amount": "495"}, {"for": "government", "amount": "0"}
    early = {"for": "government", "amount": "200", "until": str(TODAY - timedelta(days=1))}
    assert both() == (None, None)
    assert both(public) == (495, 495)
    assert both(public, free) == (0, 495)
    assert both(public, early, {"for": "government", "amount": "295"}) == (295, 495)
    assert both({**public, "currency": "CAD"}) == (None, None)
    assert both({"for": "member", "amount": "75"}) == (None, None)


def test_each_reader_pays_the_first_price_that_is_theirs() -> None:
    def all_pay(*prices: dict[str, str]) -> list[float | None]:
        one = event(prices=[*prices])
        row = json.loads(search.columns(factory.catalog({}), [one]))["columns"]["pays"][0]
        found = [search.reader_price(one, reader, TODAY) for reader in search.READERS]
        assert row == [-1 if price is None else price for price in found]
        return [None if price is None else float(price) for price in found]

    public, government = {"for": "public", "amount": "400"}, {"for": "government", "amount": "200.50"}
    assert all_pay() == [None] * 4
    assert all_pay(public) == [400] * 4
    assert all_pay(public, government) == [200.5, 200.5, 400, 400]
    assert all_pay(public, government, {"for": "state-local", "amount": "0"}) == [200.5, 0, 400, 400]
    assert all_pay({"for": "military", "amount": "0"}, {"for": "contractor", "amount": "9"}) == [None, None, 9, None]
    over = {"for": "contractor", "amount": "9", "until": str(TODAY - timedelta(days=1))}
    assert all_pay(public, over) == [400, 400, None, 400]
