"""The types of fields: a right value is read without a word, and of every other one something is said."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import re
from collections.abc import Iterator
from datetime import date, datetime, time
from random import Random
from typing import Any

import pytest
from events import fields
from events.fields import Group, Known, Many, Moment, Reading, Type, build, read_fields, specs
from events.model import REGISTRIES, Event, Venue
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests import factory

KNOWN: Known = {
    "topics": {"cloud": ("Cloud", "Clouds"), "forms": ("Forms",)},
    "organizers": {"gsa": ("General Services Administration", "GSA")},
    "series": {"brown-bag": ("Brown bag",)},
}
# Values that some field takes, that look like such, or that none takes.
TEXTS = [
    "", " ", "x", "cloud", "gsa", "brown-bag", "Cloud", "webinar", "online", "federal", "asl", "recording", "CPE", "open",
    "government", "true", "false", "yes", "0", "249", "0.50", "1,000", "-3", "90.5", "12345678", "US", "CA", "XX", "USD",
    "eur", "en", "pt-BR", "EN", "America/New_York", "EST", "UTC", "2027-03-02", "2027-03-02 13:30", "2027-03-02T13:30",
    "2027-02-30", "2027-03-02 24:00", "1989-12-31", "2100-01-01", "2027-3-2", "https://www.example.gov/a?b=1#c",
    "http://example.gov", "HTTP://EXAMPLE.GOV", "ftp://example.gov", "https://a:b@example.gov", "https://example.gov?pwd=1",
    "Two words", "two\nlines", "The PIN is 1234", "w" * 61, "w" * 121, "w" * 301, "w" * 501, "w" * 20_001,
    "A [link](https://example.gov)", "A [link](javascript:x)", "![An image](https://example.gov/a.png)", "<b>bold</b>",
]  # fmt: skip
FILLED = factory.filled(
    Event, factory.Filling("A plain text of forty characters and more", "https://example.gov", "*A*")
)


def kinds(cls: type) -> Iterator[Type]:
    """Every type of the fields of a dataclass, and the types within them."""
    for spec in specs(cls).values():
        kind: Type = spec.type
        yield kind
        if isinstance(kind, Many):
            kind = kind.of
            yield kind
        if isinstance(kind, Group):
            yield from kinds(kind.cls)


KINDS = [kind for cls in (Event, *REGISTRIES.values()) for kind in kinds(cls)]


def agrees(kind: Type, value: Any) -> None:
    """A value is right, or something is said of it."""
    reading = Reading(KNOWN)
    read, right = kind.read(value, ("field",), reading), kind.right(value, KNOWN)
    assert (right is None) == bool(reading.findings), value
    assert right is None or right == read
    assert read is not None or reading.failed
    # Said as if nobody had asked whether it is right.
    if right is None:
        again = Reading(KNOWN)
        assert (kind.told(value, ("field",), again), again.findings) == (read, reading.findings)


@pytest.mark.parametrize("kind", {type(kind): kind for kind in KINDS}.values(), ids=lambda kind: type(kind).__name__)
def test_of_every_text_something_is_said_or_it_is_right(kind: Type) -> None:
    asked = [kind, *(other for other in KINDS if type(other) is type(kind))]
    for one in asked:
        for value in [*TEXTS, *([text] for text in TEXTS), [], {}, [[]], [{}], {"x": "y"}, ["cloud", "cloud"]]:
            agrees(one, value)


@given(st.sampled_from(KINDS), st.text(max_size=30) | st.text("0123456789-: .", max_size=17))
def test_of_any_text_something_is_said_or_it_is_right(kind: Type, text: str) -> None:
    agrees(kind, text)


def mutated(value: Any, chance: Random) -> Any:
    """A tree in which something is perhaps not as it was."""
    if isinstance(value, dict):
        changed = {name: mutated(item, chance) for name, item in value.items() if chance.random() > 0.03}
        return changed | ({chance.choice(["x", "for_", "date"]): "x"} if chance.random() < 0.03 else {})
    if isinstance(value, list) and chance.random() > 0.03:
        return [mutated(item, chance) for item in value * chance.choice([1, 1, 1, 2, 0])]
    return value if chance.random() > 0.1 else copy.deepcopy(chance.choice([*TEXTS, [], {}, ["x"]]))


# Random by its seed: drawn one by one, so many trees take minutes.
@settings(max_examples=1000)
@given(st.integers(0, 2**32))
def test_a_group_is_right_where_reading_its_fields_says_nothing(seed: int) -> None:
    chance = Random(seed)
    for name, spec in specs(Event).items():
        kind = spec.type.of if isinstance(spec.type, Many) else spec.type
        if not isinstance(kind, Group):
            continue
        tree = FILLED[name][0] if isinstance(spec.type, Many) else FILLED[name]
        value = mutated(tree, chance)
        agrees(kind, value)
        reading = Reading(KNOWN)
        found = read_fields(kind.cls, value, (), reading)
        right = kind.right(value, KNOWN)
        assert (right is None) == bool(reading.findings)
        if right is not None:
            assert found is not None
            assert right == build(kind.cls, found)


WHEN = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?: (\d{2}):(\d{2}))?", re.ASCII)


def moment(text: str, shape: str) -> date | datetime | None:
    """What stands there, by the rule as it is told to editors."""
    found = WHEN.fullmatch(text)
    if not found or (shape == "day" and found[4]) or (shape == "time" and not found[4]):
        return None
    numbers = [int(number) for number in found.groups() if number is not None]
    try:
        read = datetime(*numbers) if found[4] else date(*numbers)  # type: ignore[arg-type]
    except ValueError:
        return None
    return read if 1990 <= read.year <= 2099 else None


NEARLY = st.builds(
    "{:04}-{:02}-{:02}{}{}".format,
    st.integers(1988, 2101),
    st.integers(0, 13),
    st.integers(0, 32),
    st.sampled_from(["", "", " ", "T", " 9:30", " 24:00", " 13:60", "\n"]),
    st.just("") | st.times().map("{:%H:%M}".format) | st.sampled_from(["Z", " ", "٠٩:٣٠"]),
)


@given(NEARLY | st.text("0123456789-: W", max_size=17), st.sampled_from(["day", "time", "either"]))
@example("2027-W01-1", "day")
@example("20270302", "either")
@example("٢٠٢٧-٠٣-٠٢", "day")
@example("2027-03-02 13:30\n", "time")
def test_a_moment_is_what_its_shape_says(text: str, shape: str) -> None:
    read = Moment(shape).right(text, {})
    assert read == moment(text, shape)
    assert read is None or type(read) is type(moment(text, shape))


@given(st.datetimes(datetime(1990, 1, 1), datetime(2099, 12, 31)))
def test_every_day_and_every_minute_is_read_as_it_was_written(when: datetime) -> None:
    wall = datetime.combine(when.date(), time(when.hour, when.minute))
    assert Moment().right(f"{wall:%Y-%m-%d %H:%M}", {}) == wall
    assert Moment().right(f"{wall:%Y-%m-%d}", {}) == wall.date()


WORDS = [
    "pass",
    "PassCode",
    "password",
    "paſſword",
    "pwd",
    "pin",
    "PIN",
    "pın",
    "access code",
    "acceſs code",
    "map",
    "is",
]
ENDS = [" ", ":", "= ", "#", "1", "12345", "٣٤٥٦", "x1", "é", "-", "\n"]


@given(st.lists(st.sampled_from(WORDS + ENDS), max_size=8).map("".join) | st.text(max_size=20))
@example("The passcode is a1")
@example("paſſword: 12345")
@example("Passwords: the end of an era")
def test_a_passcode_is_told_wherever_the_pattern_finds_one(text: str) -> None:
    found = re.search(r"\d", text) and fields._PASSCODE.search(text)
    assert fields._tells_passcode(text) == bool(found)


def test_records_are_equal_by_their_values_and_cross_processes() -> None:
    event = factory.event(
        format="hybrid", venue={"city": "Austin", "state": "TX"}, prices=[{"for": "public", "amount": "5"}]
    )
    again = pickle.loads(pickle.dumps(event))
    assert again == event
    assert hash(again) == hash(event)
    assert repr(again) == repr(event)
    assert again is not event
    assert type(again) is Event
    assert dataclasses.replace(event, title="Another") != event
    assert event != event.venue


def test_records_are_as_their_dataclass_says() -> None:
    assert Venue(city="Austin") == Venue(city="Austin", state=None, country="US")
    assert repr(Venue(city="Austin")).startswith("Venue(name=None, room=None, street=None, city='Austin', state=None,")
    with pytest.raises(TypeError, match="Venue has no town"):
        Venue(town="Austin")
    with pytest.raises(TypeError, match="Event needs path"):
        Event(id="one")


def test_a_record_does_not_change() -> None:
    venue = Venue(city="Austin")
    with pytest.raises(dataclasses.FrozenInstanceError, match="'city'"):
        venue.city = "Boston"
    with pytest.raises(dataclasses.FrozenInstanceError, match="'city'"):
        del venue.city
    with pytest.raises(dataclasses.FrozenInstanceError, match="'town'"):
        venue.town = "Boston"
    assert venue.city == "Austin"
