"""Wall times, zones and instants, compared with the time-zone database itself."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from events import times
from hypothesis import given
from hypothesis import strategies as st

ZONES = sorted(times.zone_names())
WALLS = st.datetimes(datetime(2007, 4, 1), datetime(2037, 12, 31)).map(
    lambda wall: wall.replace(second=0, microsecond=0)
)


def test_every_zone_can_be_read() -> None:
    assert len(ZONES) > 400
    assert {times.zone(name).key for name in ZONES} == {*ZONES}


def test_no_zone_has_a_bare_abbreviation_for_a_name() -> None:
    assert not {*times.SPOKEN_ZONES} & {*ZONES}
    assert {*times.SPOKEN_ZONES.values()} <= {*ZONES}


@pytest.mark.parametrize("name", ["EST", "Moon/Crater", "../../etc/passwd", "America", ""])
def test_another_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="unknown time zone"):
        times.zone(name)


def test_the_machine_s_own_database_is_not_asked(tmp_path: Path) -> None:
    wrong = tmp_path / "America" / "New_York"
    wrong.parent.mkdir()
    wrong.write_bytes(times._tzif("UTC"))
    noon = datetime(2027, 7, 1, 12)
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath([str(tmp_path)])
    try:
        machine = noon.replace(tzinfo=zoneinfo.ZoneInfo.no_cache("America/New_York"))
        ours = noon.replace(tzinfo=times.zone.__wrapped__("America/New_York"))
    finally:
        zoneinfo.reset_tzpath(before)
    assert machine.utcoffset() == timedelta(0)
    assert ours.utcoffset() == timedelta(hours=-4)


@given(WALLS, st.sampled_from(ZONES))
def test_a_wall_time_is_skipped_repeated_or_shown_just_once(wall: datetime, name: str) -> None:
    there = times.zone(name)
    # Which instants show this wall time? The offsets of a day before and after are all that can matter.
    offsets = {
        (wall.replace(tzinfo=UTC) + timedelta(hours=hours)).astimezone(there).utcoffset() for hours in (-27, 0, 27)
    }
    shown = {
        instant
        for offset in offsets
        if offset is not None
        and (instant := wall.replace(tzinfo=UTC) - offset).astimezone(there).replace(tzinfo=None) == wall
    }
    assert times.clock_fault(wall, name) == {0: "skipped", 1: "", 2: "repeated"}[len(shown)]


@pytest.mark.parametrize(
    ("wall", "fault"),
    [
        (datetime(2027, 3, 14, 1, 59), ""),
        (datetime(2027, 3, 14, 2, 0), "skipped"),
        (datetime(2027, 3, 14, 2, 59), "skipped"),
        (datetime(2027, 3, 14, 3, 0), ""),
        (datetime(2027, 11, 7, 0, 59), ""),
        (datetime(2027, 11, 7, 1, 0), "repeated"),
        (datetime(2027, 11, 7, 1, 59), "repeated"),
        (datetime(2027, 11, 7, 2, 0), ""),
    ],
)
def test_the_hours_of_a_clock_change_are_known(wall: datetime, fault: str) -> None:
    assert times.clock_fault(wall, "America/New_York") == fault
    assert times.clock_fault(wall, "America/Phoenix") == ""


@given(WALLS, st.sampled_from(ZONES))
def test_an_instant_shows_its_wall_time_again(wall: datetime, name: str) -> None:
    if times.clock_fault(wall, name) != "skipped":
        assert times.instant(wall, name).astimezone(times.zone(name)).replace(tzinfo=None) == wall


@given(WALLS | st.dates(date(1990, 1, 1), date(2099, 12, 31)), st.sampled_from([*ZONES, None]), st.sampled_from([0, 1]))
def test_the_second_of_a_moment_is_that_of_its_instant(moment: times.Moment, name: str | None, fold: int) -> None:
    if isinstance(moment, datetime):
        moment = moment.replace(fold=fold)
    assert times.second(moment, name) == times.instant(moment, name).timestamp()


def test_a_day_begins_at_its_midnight() -> None:
    assert times.instant(date(2027, 7, 1), "America/New_York") == datetime(2027, 7, 1, 4, tzinfo=UTC)
    assert times.instant(date(2027, 7, 1), None) == datetime(2027, 7, 1, tzinfo=UTC)


def test_a_rule_says_what_the_database_says_from_its_first_day_on() -> None:
    """Every zone, an hour before and after each change of the rule, in its first years and in years to come."""
    changing = 0
    for name in ZONES:
        rule = times.zone_rule(name)
        if rule is None:
            continue
        there = times.zone(name)
        for year in range(rule.since.year, 2038):
            if rule.to_daylight is None or rule.to_standard is None:
                middle = datetime(year, 7, 1, tzinfo=UTC).astimezone(there)
                assert (middle.utcoffset(), middle.tzname()) == (rule.standard_offset, rule.standard), (name, year)
                continue
            changing += 1
            low, high = rule.standard_offset, rule.daylight_offset
            for onset, before, after in ((rule.to_daylight, low, high), (rule.to_standard, high, low)):
                change = onset.in_year(year).replace(tzinfo=UTC) - before
                if onset.in_year(year).date() < rule.since:
                    continue
                assert (change - timedelta(minutes=1)).astimezone(there).utcoffset() == before, (name, year)
                assert change.astimezone(there).utcoffset() == after, (name, year)
    assert changing > 500


def test_the_smaller_offset_is_the_standard_one() -> None:
    rules = [rule for name in ZONES if (rule := times.zone_rule(name)) and rule.changes]
    assert all(rule.standard_offset < rule.daylight_offset for rule in rules)
    assert any(rule.name == "Europe/Dublin" for rule in rules)


@pytest.mark.parametrize("name", ["UTC", "Etc/UTC", "Etc/Zulu", "Asia/Jerusalem", "America/Nuuk"])
def test_a_zone_that_no_yearly_rule_can_say_has_none(name: str) -> None:
    assert times.zone_rule(name) is None


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("2027", (2027, 1, 1), (2027, 12, 31)),
        ("Spring 2027", (2027, 3, 1), (2027, 6, 30)),
        ("late summer of 2027", (2027, 6, 1), (2027, 9, 30)),
        ("Autumn 2027", (2027, 9, 1), (2027, 12, 31)),
        ("Fall 2027", (2027, 9, 1), (2027, 12, 31)),
        ("Winter 2028", (2028, 1, 1), (2028, 3, 31)),
        ("mid-March 2027", (2027, 3, 1), (2027, 3, 31)),
        ("Sep 2027", (2027, 9, 1), (2027, 9, 30)),
        ("April or May 2027", (2027, 4, 1), (2027, 5, 31)),
        ("Q2 2027", (2027, 4, 1), (2027, 6, 30)),
        ("fourth quarter of 2027", (2027, 10, 1), (2027, 12, 31)),
        ("second half of 2027", (2027, 7, 1), (2027, 12, 31)),
        ("FY 2027", (2026, 10, 1), (2027, 9, 30)),
        ("FY2027", (2026, 10, 1), (2027, 9, 30)),
        ("Q1 FY 2027", (2026, 10, 1), (2026, 12, 31)),
        ("fiscal year 2027", (2026, 10, 1), (2027, 9, 30)),
    ],
)
def test_a_period_in_words_has_a_first_and_a_last_day(
    words: str, first: tuple[int, int, int], last: tuple[int, int, int]
) -> None:
    assert times.period(words) == (date(*first), date(*last))


@given(st.text(max_size=40))
def test_any_words_are_a_period_or_none(words: str) -> None:
    period = times.period(words)
    assert period is None or period[0] <= period[1]


def test_words_without_a_year_are_no_period() -> None:
    assert times.period("To be announced in spring") is None


@given(st.integers(1990, 2099), st.integers(1, 12), st.integers(1, 5), st.integers(0, 6))
def test_an_onset_falls_on_its_weekday_of_its_week(year: int, month: int, week: int, weekday: int) -> None:
    found = times.Onset(month, week, weekday, timedelta(hours=2)).in_year(year)
    assert (found.month, found.isoweekday() % 7, found.hour) == (month, weekday, 2)
    if week == 5:
        assert (found + timedelta(days=7)).month != month
    else:
        assert (found.day - 1) // 7 + 1 == week
