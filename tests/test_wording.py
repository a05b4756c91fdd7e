"""The facts of an event in words."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal

import pytest
from events import times, vocabulary, wording
from hypothesis import given
from hypothesis import strategies as st

from tests.factory import ORGANIZERS, TODAY, event

DAYS = st.dates(date(1990, 1, 1), date(2099, 12, 31))


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2019-03-05", "2019-03-05", "March 5, 2019"),
        ("2019-03-05", "2019-03-08", "March 5–8, 2019"),
        ("2019-03-30", "2019-04-02", "March 30 – April 2, 2019"),
        ("2019-12-30", "2020-01-02", "December 30, 2019 – January 2, 2020"),
    ],
)
def test_days_are_said_as_shortly_as_they_are_clear(first: str, last: str, words: str) -> None:
    assert wording.days(date.fromisoformat(first), date.fromisoformat(last)) == words


@given(DAYS, DAYS)
def test_days_name_the_first_and_the_last_and_their_years(one: date, other: date) -> None:
    first, last = min(one, other), max(one, other)
    numbers = [int(number) for number in re.findall(r"\d+", wording.days(first, last))]
    assert {first.day, last.day, first.year, last.year} == {*numbers}


@given(DAYS)
def test_a_day_is_said_in_each_language(day: date) -> None:
    assert wording.words("en").day(day) == f"{wording.MONTHS[day.month - 1]} {day.day}, {day.year}"
    spanish = wording.words("es")
    assert spanish.day(day) == f"{day.day} de {spanish.months[day.month - 1]} de {day.year}"
    assert spanish.day(day, weekday=True, year=False).startswith(f"{spanish.weekdays[day.weekday()]}, {day.day} de ")


def test_every_minute_of_a_day_is_said_in_its_own_words() -> None:
    said = {wording.clock(datetime(2027, 1, 1, hour, minute)) for hour in range(24) for minute in range(60)}
    assert len(said) == 24 * 60
    assert {"noon", "midnight", "12:30 p.m.", "12:01 a.m.", "9:05 a.m."} <= said


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("14:00", "15:30", "2:00–3:30 p.m."),
        ("09:00", "10:00", "9:00–10:00 a.m."),
        ("11:00", "13:00", "11:00 a.m.–1:00 p.m."),
        ("11:00", "12:00", "11:00 a.m.–noon"),
        ("12:00", "13:00", "noon–1:00 p.m."),
    ],
)
def test_hours_of_one_half_of_the_day_name_it_once(first: str, last: str, words: str) -> None:
    begin, end = (datetime.fromisoformat(f"2027-04-06 {clock}") for clock in (first, last))
    assert wording.clocks(begin, end) == words


@pytest.mark.parametrize(
    ("name", "short", "long"),
    [
        ("America/New_York", "ET", "Eastern Time (UTC−4)"),
        ("America/Phoenix", "MST", "Mountain Standard Time (UTC−7)"),
        ("Pacific/Honolulu", "HST", "Hawaii Standard Time (UTC−10)"),
        ("Pacific/Guam", "ChST", "Chamorro Standard Time (UTC+10)"),
        ("Asia/Kolkata", "Kolkata time", "Kolkata time (UTC+5:30)"),
        ("Europe/London", "London time", "London time (UTC+1)"),
        ("UTC", "UTC", "Coordinated Universal Time"),
    ],
)
def test_a_zone_is_called_what_people_call_it(name: str, short: str, long: str) -> None:
    assert wording.zone(name) == short
    assert wording.zone_long(name, date(2027, 7, 1)) == long


def test_every_zone_has_a_name_and_an_offset() -> None:
    for name in times.zone_names():
        assert wording.zone(name)
        assert "UTC" in wording.zone_long(name, date(2027, 7, 1)) or wording.zone(name) == "UTC"


def test_dates_of_every_shape() -> None:
    zone = "America/New_York"
    said = {
        "April 6, 2027": event(),
        "April 6–8, 2027": event(end="2027-04-08"),
        "April 6, 2027, 1:30–3:00 p.m. ET": event(start="2027-04-06 13:30", end="2027-04-06 15:00", timezone=zone),
        "April 6, 2027, 1:30 p.m. ET": event(start="2027-04-06 13:30", timezone=zone),
        "April 6, 2027, 10:00 p.m. – April 7, 2027, 1:00 a.m. ET": event(
            start="2027-04-06 22:00", end="2027-04-07 01:00", timezone=zone
        ),
        "April 6, 2027, 1:00 p.m.–midnight ET": event(start="2027-04-06 13:00", end="2027-04-07 00:00", timezone=zone),
        "April 6, 2027, 1:00 p.m. – April 7, 2027, midnight ET": event(
            start="2027-04-06 13:00", end="2027-04-08 00:00", timezone=zone
        ),
        "Spring 2027": event(start=None, when="Spring 2027"),
        "Fall 2027": event(status="postponed", when="Fall 2027"),
        "On demand": event(start=None, format="on-demand"),
    }
    assert {words: wording.dates(one) for words, one in said.items()} == {words: words for words in said}


def test_places_of_every_format() -> None:
    venue = {"name": "Hall", "room": "1", "street": "2 Main St", "city": "Provo", "state": "UT", "postal_code": "84601"}
    abroad = {"city": "Toronto", "state": "Ontario", "country": "CA"}
    assert wording.place(event(format="in-person", venue=venue)) == "Provo, UT"
    assert wording.place(event(format="hybrid", venue=venue)) == "Provo, UT, and online"
    assert wording.place(event(format="in-person", venue=abroad)) == "Toronto, Canada"
    assert wording.place(event(status="moved-online", venue=venue)) == "Online"
    assert wording.place(event(format="on-demand", start=None)) == "On demand"
    assert wording.address(event(format="in-person", venue=venue)) == "Hall, 1, 2 Main St, Provo, UT 84601"
    assert wording.address(event(status="moved-online", venue=venue)) == "Online"


PUBLIC, GOVERNMENT = {"for": "public", "amount": "495"}, {"for": "government", "amount": "295"}


@pytest.mark.parametrize(
    ("prices", "words"),
    [
        (None, "Cost not stated"),
        ([{"for": "public", "amount": "0"}], "Free"),
        ([{"for": "public", "amount": "0.00"}], "Free"),
        ([PUBLIC, {"for": "federal", "amount": "0"}], "Free for government"),
        ([PUBLIC], "$495"),
        ([PUBLIC, GOVERNMENT], "$295 for government"),
        ([GOVERNMENT, {"for": "military", "amount": "95"}], "From $95 for government"),
        ([{"for": "member", "amount": "75"}], "$75 for members"),
        ([{"for": "public", "amount": "1249.5", "currency": "EUR"}], "€1,249.50"),
        ([{"for": "public", "amount": "95", "currency": "CAD"}], "95 CAD"),
    ],
)
def test_the_cost_is_what_a_public_servant_pays(prices: list[dict[str, str]] | None, words: str) -> None:
    assert wording.cost(event(prices=prices), TODAY) == words


def test_a_price_counts_until_its_last_day() -> None:
    early = {"for": "government", "amount": "200", "until": TODAY.isoformat()}
    one = event(prices=[early, GOVERNMENT])
    assert wording.cost(one, TODAY) == "From $200 for government"
    tomorrow = date.fromordinal(TODAY.toordinal() + 1)
    assert "$295" in wording.cost(one, tomorrow)


@given(st.decimals(0, 9999999, places=2, allow_nan=False))
def test_an_amount_reads_back_as_what_was_typed(value: Decimal) -> None:
    said = wording.amount(event(prices=[{"for": "public", "amount": str(value)}]).prices[0])
    assert (Decimal(0) if said == "Free" else Decimal(said.replace("$", "").replace(",", ""))) == value


def test_free_is_for_whom_it_is_free() -> None:
    free = {"amount": "0"}
    assert wording.free_for(event(prices=[{"for": "public", **free}, GOVERNMENT])) == "public"
    for group in wording.GOVERNMENT:
        assert wording.free_for(event(prices=[{"for": group, **free}])) == "government"
    for group in {*vocabulary.PRICE_FOR} - {*wording.GOVERNMENT, "public"}:
        assert wording.free_for(event(prices=[{"for": group, **free}])) == ""


def test_a_body_is_named_with_its_acronym() -> None:
    from tests.factory import catalog

    bodies = catalog({}).collection.organizers
    for identity, tree in ORGANIZERS.items():
        said = wording.organizer(bodies[identity])
        assert tree["name"] in said
        assert tree.get("acronym", "") in said


def test_numbers_and_their_nouns_agree() -> None:
    assert [wording.plural(number, "event") for number in (0, 1, 2, 1204)] == [
        "0 events", "1 event", "2 events", "1,204 events"]  # fmt: skip
    assert wording.plural(2, "series", "series") == "2 series"
