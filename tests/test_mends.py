"""Mends: what the check tells an editor to write is right when it is written, and means what the editor meant."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
from events import times
from events.fields import Finding, Reading, Type, Zone
from events.model import read_event

from tests import factory


def told(kind: Type, value: object, key: str = "field", tree: dict[str, object] | None = None) -> str:
    """The mend of a value that is refused."""
    reading = Reading(tree=tree)  # type: ignore[arg-type]
    assert kind.read(value, (key,), reading) is None  # type: ignore[arg-type]
    return reading.findings[0].help


def quoted(words: str) -> list[str]:
    """What a mend quotes."""
    return re.findall(r"`([^`]*)`", words)


def at(state: str) -> dict[str, object]:
    return {"venue": {"city": "Somewhere", "state": state}}


def findings(**changes: Any) -> list[Finding]:
    """What is found in a small record with some fields changed."""
    reading = Reading()
    read_event(factory.record(**changes), "some-event", "", reading)
    return reading.findings


STATES = {state: zone for zone, states in times.STATE_ZONES.items() for state in states.split()}


@pytest.mark.parametrize("text", ["GMT-5", "UTC-5", "UTC+05:30", "-0500", "gmt -5", "-05:00", "UTC−5"])
def test_an_offset_is_no_zone(text: str) -> None:
    said = told(Zone(), text)
    assert said.startswith("an offset is no zone")
    assert quoted(said)[0] == "America/New_York"
    assert {*quoted(said)} <= {*times.STATE_ZONES}
    for state, zone in STATES.items():
        assert quoted(told(Zone(), text, tree=at(state))) == [zone]


@pytest.mark.parametrize(
    "city", ["Boston", "Houston", "Washington", "Miami", "Dallas", "Seattle", "Atlanta", "San_Diego"]
)
def test_a_city_is_never_taken_for_another_that_is_spelt_like_it(city: str) -> None:
    assert quoted(told(Zone(), f"America/{city}"))[:2] == ["America/New_York", "America/Chicago"]
    assert quoted(told(Zone(), f"America/{city}", tree=at("WA"))) == ["America/Los_Angeles"]


def test_a_name_that_is_meant_without_doubt_is_told_as_such() -> None:
    for text, zone in (
        ("Chicago", "America/Chicago"),
        ("america/new york", "America/New_York"),
        ("Pacific Standard Time", "America/Los_Angeles"),
        ("ET", "America/New_York"),
    ):
        assert told(Zone(), text) == f"write `{zone}`"
    assert told(Zone(), "America/New_Yrok").startswith("did you mean `America/New_York`?")
    # Arizona's clocks are those of Denver in winter alone; Athens, Georgia, is not in Greece.
    assert quoted(told(Zone(), "MST", tree=at("AZ"))) == ["America/Phoenix"]
    assert quoted(told(Zone(), "Athens", tree=at("GA"))) == ["America/New_York"]
    assert quoted(told(Zone(), "America/Denvr", tree={"venue": {"country": "DE"}}))[0] == "America/Denver"


@pytest.mark.parametrize("state", sorted(STATES))
def test_a_zone_that_is_missing_is_told_for_the_state_of_the_venue(state: str) -> None:
    changes = {"start": "2027-03-02 13:30", "format": "in-person", **at(state)}
    (finding,) = findings(**changes)
    assert finding.message.startswith("`timezone` is missing")
    assert quoted(finding.help) == [f"timezone: {STATES[state]}"]
    assert ("most of" in finding.help) == (state in times.SPLIT_STATES)
    assert not findings(**changes, timezone=STATES[state])


def test_where_a_zone_is_missing_and_no_state_is_known_no_zone_is_told_as_the_one() -> None:
    for more in ({}, {"venue": {"city": "Berlin", "country": "DE"}, "format": "in-person"}):
        (finding,) = findings(start="2027-03-02 13:30", **more)
        assert {*quoted(finding.help)} > {"timezone:", "America/New_York", "America/Chicago"}


def test_every_state_of_two_zones_is_in_one_of_them() -> None:
    assert {*STATES} > times.SPLIT_STATES
    assert all(times.offset(datetime(2027, 1, 1), zone) for zone in times.STATE_ZONES)
