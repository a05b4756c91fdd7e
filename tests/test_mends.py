"""Mends: what the check tells an editor to write is right when it is written, and means what the editor meant."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from events import records, sources, times, vocabulary
from events.fields import (
    Amount,
    Finding,
    Group,
    Known,
    Moment,
    Reading,
    Type,
    Zone,
    amount_of,
    meant_field,
    specs,
)
from events.model import Event, Venue, read_event
from events.problems import Fault
from hypothesis import given
from hypothesis import strategies as st

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


MARCH = date(2027, 3, 2)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("March 2-4, 2027", 2),
        ("March 2nd–4th, 2027", 2),
        ("2-12 March 2027", 10),
        ("March 2 - April 2, 2027", 31),
        ("March 2 2027 to March 4 2027", 2),
        ("2027-03-02/2027-03-04", 2),
        ("2027-03-02 to 2027-03-04", 2),
        ("3/2/2027 - 3/4/2027", 2),
    ],
)
def test_a_span_of_days_is_told_as_its_start_and_its_end(text: str, days: int) -> None:
    meant = [f"start: {MARCH}", f"end: {MARCH + timedelta(days=days)}"]
    assert quoted(told(Moment(), text, "start")) == meant
    assert quoted(told(Moment(), text, "end")) == meant
    # No other field has room for two days.
    assert quoted(told(Moment("day"), text, "announced")) == ["2027-03-02"] == quoted(told(Moment("day"), "nonsense"))


def test_a_span_of_hours_is_told_as_its_start_and_its_end() -> None:
    for text in ("2027-03-02 13:30-15:00", "March 2, 2027 1:30 PM – 3:00 p.m.", "2027-03-02 13:30 to 15:00"):
        assert quoted(told(Moment(), text, "start")) == [f"start: {MARCH} 13:30", f"end: {MARCH} 15:00"]
    assert quoted(told(Moment(), "2027-03-02T13:30-05:00", "start")) == [f"{MARCH} 13:30", "timezone:"]


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2027-03", "March 2027"),
        ("March 2027", ""),
        ("2027", ""),
        ("Spring 2027", ""),
        ("Q2 2027", ""),
        ("TBD", "Spring 2027"),
    ],
)
def test_where_no_day_is_said_none_is_made_up(text: str, when: str) -> None:
    said = quoted(told(Moment(), text, "start"))
    assert said[-1] == f"when: {when or text}"
    assert not findings(start=None, end=None, timezone=None, when=when or text)
    assert not re.search(r"2027-03-\d\d", "".join(said)) or text == "TBD"
    assert "when" not in told(Moment("day"), text, "announced")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2027-03-02 1330", "2027-03-02 13:30"),
        ("2027-03-02  13:30", "2027-03-02 13:30"),
        ("2027-03-02\u00a013:30", "2027-03-02 13:30"),
        ("2027-03-02 24:00", "2027-03-03 00:00"),
        ("2027-12-31 24:00", "2028-01-01 00:00"),
        ("Wed Mar 3 2027", "2027-03-03"),
        ("20270302", "2027-03-02"),
        ("March 2, 2027, 1:30 p.m.", "2027-03-02 13:30"),
    ],
)
def test_a_date_written_otherwise_is_told_whole(text: str, meant: str) -> None:
    assert told(Moment(), text, "end") == f"write `{meant}`"
    assert Moment().right(meant, {})


def test_a_space_that_looks_like_another_is_named() -> None:
    for text, words in (("2027-03-02  13:30", "two spaces"), ("2027-03-02\u00a013:30", "a space of another kind")):
        (finding,) = findings(start=text, timezone="America/New_York")
        assert words in finding.message


@pytest.mark.parametrize("text", ["2.3.2027", "March 2 and 4, 2027", "2027-03-02-04", "2027-03-02 and 2027-03-09"])
def test_a_date_that_can_be_read_in_two_ways_is_not_guessed(text: str) -> None:
    assert told(Moment("day"), text) == told(Moment("day"), "nonsense")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2027-02-30", "February 2027 has 28 days"),
        ("2028-02-30 13:30", "February 2028 has 29 days"),
        ("2027-04-31", "April 2027 has 30 days"),
        ("2027-13-01", "write a month from 01 to 12, and a day of it"),
        ("2027-00-01", "write a month from 01 to 12, and a day of it"),
    ],
)
def test_a_day_that_no_calendar_has_is_told_with_those_that_it_has(text: str, words: str) -> None:
    assert told(Moment(), text) == words


@pytest.mark.parametrize(
    ("text", "clock"),
    [("15:00", "15:00"), ("3 pm", "15:00"), ("3:30 p.m.", "15:30"), ("noon", "12:00"), ("9:05", "09:05")],
)
def test_a_time_without_its_day_is_told_with_that_of_the_start(text: str, clock: str) -> None:
    for start in ("2027-05-04 08:00", "May 4, 2027 8:00 am"):
        finding = findings(start=start, end=text, timezone="America/New_York")[-1]
        assert quoted(finding.help) == [f"2027-05-04 {clock}"]
        assert finding.help.startswith("write it with its day")
    sessions = [{"start": "2027-05-05 08:00", "end": text, "title": "Opening"}, {"start": text, "title": "Opening"}]
    of_sessions = findings(start="2027-05-04 08:00", timezone="America/New_York", sessions=sessions)
    assert [quoted(each.help) for each in of_sessions] == [[f"2027-05-05 {clock}"], [f"2027-05-04 {clock}"]]
    # Where the day is not sure, none is told as the one.
    unsure = [*findings(start=text), *findings(start="2027-05-04", previous_start=[text], status="rescheduled")]
    unsure += findings(start="2027-05-04", end="2027-05-06", sessions=[{"start": text, "title": "Opening"}])
    for finding in unsure:
        assert finding.help == f"write its day before it, such as `2027-03-02 {clock}`"
    assert told(Moment("day"), text) == told(Moment("day"), "nonsense")


@pytest.mark.parametrize(
    ("text", "end"), [("3:00", "2027-03-02 15:00"), ("12am", "2027-03-03 00:00"), ("2 am", "2027-03-02 02:00")]
)
def test_an_end_is_told_behind_its_start(text: str, end: str) -> None:
    (finding,) = findings(start="2027-03-02 13:30", end=text, timezone="America/New_York")
    assert quoted(finding.help) == [end]


def test_a_time_at_the_end_alone_is_told_to_be_wanted_at_the_start_too() -> None:
    (finding,) = findings(start="2027-03-02", end="15:00", timezone=None)
    assert quoted(finding.help) == ["2027-03-02 15:00", "start"]
    assert "a time in `start` too" in finding.help


@pytest.mark.parametrize("text", ["2027-03-02 10-12:00", "March 2, 2027 1:30-3", "March 2, 2027 10-noon-2"])
def test_hours_are_not_taken_for_an_offset(text: str) -> None:
    assert "the zone goes" not in told(Moment(), text, "start")
    assert not re.search(r"2027-03-02 \d", told(Moment(), text, "previous_start"))


@pytest.mark.parametrize(
    ("hours", "first", "last"),
    [
        ("10-noon", "10:00", "12:00"),
        ("noon-2 pm", "12:00", "14:00"),
        ("1:30-3 pm", "13:30", "15:00"),
        ("9-5pm", "09:00", "17:00"),
        ("11 – 1 p.m.", "11:00", "13:00"),
        ("9-11:30 am", "09:00", "11:30"),
    ],
)
def test_hours_of_which_only_the_last_says_its_half_of_the_day(hours: str, first: str, last: str) -> None:
    assert quoted(told(Moment(), f"March 2, 2027 {hours}", "start")) == [
        f"start: {MARCH} {first}",
        f"end: {MARCH} {last}",
    ]


@pytest.mark.parametrize(
    ("row", "lines"),
    [
        ("13:30 Opening", ["- start: 2027-05-04 13:30", "title: Opening"]),
        ({"13:30": "Opening"}, ["- start: 2027-05-04 13:30", "title: Opening"]),
        ("1:30 pm – Opening", ["- start: 2027-05-04 13:30", "title: Opening"]),
        ({"noon": "Lunch"}, ["- start: 2027-05-04 12:00", "title: Lunch"]),
        ("9-9:30 am: Registration", ["- start: 2027-05-04 09:00", "end: 2027-05-04 09:30", "title: Registration"]),
        ("13:30-15:00 Opening", ["- start: 2027-05-04 13:30", "end: 2027-05-04 15:00", "title: Opening"]),
        ("10 ways to fail", ["- start: …", "title: 10 ways to fail"]),
    ],
)
def test_a_row_of_an_agenda_is_told_as_a_session(row: Any, lines: list[str]) -> None:
    (finding,) = findings(start="2027-05-04 08:00", timezone="America/New_York", sessions=[row])
    assert quoted(finding.help) == lines


# Every date that can be told from its text is told right, however it is written.
@given(
    st.dates(date(1990, 1, 1), date(2099, 12, 31)),
    st.sampled_from(["{0:%B} {0.day}, {0:%Y}", "{0.day} {0:%b} {0:%Y}", "{0.month}/{0.day}/{0:%Y}", "{0:%A}, {0:%B} {0.day}, {0:%Y}", "{0:%Y%m%d}"]),
)  # fmt: skip
def test_a_day_is_told_as_it_is_meant(day: date, form: str) -> None:
    assert quoted(told(Moment("day"), form.format(day))) == [day.isoformat()]


AMOUNTS = {
    "25,50": "25.50", "$25.50": "25.50", "1,250.00": "1250.00", "1,250": "1250", "$1,250": "1250", "050": "50", "00": "0", ".50": "0.50",
    "249 USD": "249", "US$ 249": "249", "6 CPE": "6", "1.5 credits": "1.5", "Free": "0",
}  # fmt: skip
DOUBTFUL = [
    "$25 (members $10)", "1e3", "10%", "1/2", "1,5", "25-50", "1,2345", "1.250,00", "12,34,56", "-5", "none", "1 250", "12,345,678",
    "$", "5 hours", "25 cents",
]  # fmt: skip


def test_an_amount_is_told_where_it_is_sure_and_never_made_of_digits_that_stand_apart() -> None:
    for text, meant in AMOUNTS.items():
        assert told(Amount(), text) == f"write `{meant}`"
        assert Amount().right(meant, {}) == meant
    for text in DOUBTFUL:
        assert told(Amount(), text) == told(Amount(), "nonsense")
    assert quoted(told(Amount(), "€25")) == ["25", "currency: EUR"]


@given(st.text("0123456789.,$ -/%eE", min_size=1, max_size=12))
def test_no_amount_has_other_digits_than_its_text(text: str) -> None:
    digits = re.sub(r"\D", "", amount_of(text))
    assert digits.lstrip("0") in re.sub(r"[^\d]", "", text)
    assert not digits or len(re.findall(r"\d+", text.replace(",", "").replace(".", ""))) == 1


KNOWN: Known = {
    "organizers": {"gsa": ("General Services Administration", "GSA"), "opm": ("Office of Personnel Management", "OPM")},
    "topics": {"cloud": ("Cloud", "FedRAMP"), "forms": ("Forms",)},
}


@pytest.mark.parametrize(
    ("field", "text", "meant"),
    [
        ("organizer", "gsa, opm", "[gsa, opm]"),
        ("organizer", "GSA, OPM", "[gsa, opm]"),
        ("organizer", "gsa and opm", "[gsa, opm]"),
        ("organizer", "GSA & Office of Personnel Management", "[gsa, opm]"),
        ("organizer", "General Services Administration", "gsa"),
        ("audience", "Federal", "[federal]"),
        ("audience", "Feds, small business", "[federal, small-business]"),
        ("topics", "cloud", "[cloud]"),
        ("topics", "FedRAMP, forms, Cloud", "[cloud, forms]"),
        ("previous_start", "2027-02-02", "[2027-02-02]"),
        ("objectives", "Test a web form", "[Test a web form]"),
        ("aliases", "old-name", "[old-name]"),
        ("speakers", "Jane Doe", "\n  - name: Jane Doe"),
        ("credits", "CPE", "\n  - type: CPE"),
        ("language", "en_US", "en-US"),
        ("language", "EN", "en"),
        ("language", "zh-hant_tw", "zh-Hant-TW"),
        ("when", "TBD", "Spring 2027"),
    ],
)
def test_what_a_mend_writes_is_taken(field: str, text: str, meant: str) -> None:
    kind = specs(Event)[field].type
    reading = Reading(KNOWN)
    assert kind.read(text, (field,), reading) is None
    assert reading.findings[0].help.count(meant.strip())
    tree, faults = records.parse(f"{field}: {meant}\n")
    assert not faults
    assert kind.right(tree[field], KNOWN) is not None


def test_a_list_of_which_a_value_is_not_known_is_not_told_as_if_it_were() -> None:
    assert quoted(told(specs(Event)["audience"].type, "dogs"))[0] == "field: […]"
    assert "federal" in told(specs(Event)["audience"].type, "dogs")
    # The comma may be part of the text.
    assert "a line of its own" in told(specs(Event)["objectives"].type, "Test a form, and mend it")


def test_a_group_is_told_with_the_lines_that_it_needs() -> None:
    for field, text, lines in (
        ("prices", "25", ["- for: …", "amount: 25"]),
        ("changes", "Moved to May", ["- date: …", "note: Moved to May"]),
        ("venue", "Washington, DC", ["city: Washington", "state: DC"]),
        ("venue", "The big hall", ["city: …", "state: …"]),
        ("registration", "https://example.gov/", ["url: https://example.gov/"]),
        ("accessibility", "ASL, captions", ["features: [asl, captions]"]),
        ("withdrawn", "true", ["date: …", "reason: …"]),
    ):
        assert quoted(told(specs(Event)[field].type, text, field)) == lines
    reading = Reading()
    specs(Event)["speakers"].type.read(["Jane Doe"], ("speakers",), reading)
    assert quoted(reading.findings[0].help) == ["- name: Jane Doe"]


@pytest.mark.parametrize(
    "text", ["old-name.yaml", "/events/old-name.html", "https://events.example.gov/events/old-name.ics", "old-name.yml"]
)
def test_an_alias_is_the_id_in_the_name_of_a_file_or_a_page(text: str) -> None:
    (finding,) = findings(aliases=[text])
    assert finding.help == "write `old-name`"


def test_degrees_with_their_quarter_are_told_with_their_sign() -> None:
    latitude, longitude = specs(Venue)["latitude"].type, specs(Venue)["longitude"].type
    for kind, text, meant in (
        (longitude, "77.04° W", "-77.04"), (longitude, "13.4 e", "13.4"), (latitude, "38.9°N", "38.9"), (latitude, "14.3 S", "-14.3"),
    ):  # fmt: skip
        assert told(kind, text) == f"write `{meant}`"
    assert float(quoted(told(longitude, "77.04° N"))[0]) < 0


@pytest.mark.parametrize(
    ("state", "longitude", "warned"),
    [
        ("DC", "77.04", True),
        ("DC", "-77.04", False),
        ("GU", "144.75", False),
        ("MP", "145.7", False),
        ("AK", "173.2", False),
        ("AK", "149.9", True),
    ],
)
def test_a_place_in_the_united_states_is_not_in_asia(state: str, longitude: str, *, warned: bool) -> None:
    venue = {"city": "A city", "state": state, "latitude": "38.9", "longitude": longitude}
    told_of = findings(format="in-person", venue=venue)
    assert [finding.warning for finding in told_of] == [True] * warned
    assert all(quoted(finding.help) == [f"-{longitude}"] for finding in told_of)
    assert not findings(format="in-person", venue={**venue, "state": "Victoria", "country": "AU"})


@pytest.mark.parametrize("said", ["Room #210", "1800 F Street NW #7", "#a11y Open House", 'The "big" \\ hall #2'])
@pytest.mark.parametrize(
    "line", ["title: {}", "title:   {}  ", "venue:\n  room: {}", "speakers:\n  - name: {}", "objectives:\n  - {}"]
)
def test_a_text_that_a_number_sign_cuts_is_told_with_the_quotes_that_it_needs(said: str, line: str) -> None:
    if "- {}" in line and said.startswith("#"):
        return
    text = f"kind: webinar\n{line.format(said)}\nformat: online\n"
    (fault,) = records.cut_texts(text)
    lines = text.split("\n")
    assert lines[fault.line - 1][fault.column - 1 :].rstrip() == said[said.index("#") :]
    assert fault.width == len(said) - said.index("#")
    mended = quoted(fault.help)[0]
    tree, _ = records.parse(f"{mended}\n" if ": " in mended else f"title:\n  {mended}\n")
    (value,) = tree.values()
    assert value in (said, [said])
    lines[fault.line - 1] = re.sub(r"(\w+:|-) .*$", lambda _: mended, lines[fault.line - 1])
    assert records.cut_texts("\n".join(lines)) == []


@pytest.mark.parametrize(
    "text",
    [
        "a: b  # a comment\n",
        "a: # a comment\n",
        "a: b\n# c: d #e\n",
        "a: b#c\n",
        'a: "b #c"\n',
        "a: |\n  b #c\n\n  ## D\n",
        "a: b ## c\n",
        "a: b #\n",
    ],
)
def test_a_comment_is_no_text_that_was_cut(text: str) -> None:
    assert records.cut_texts(text) == []


@pytest.mark.parametrize("code", [0xAD, 0x200B, 0x200E, 0x200F, 0x2060, 0x2064])
def test_what_takes_no_room_is_refused_and_left_out_of_imports(code: int) -> None:
    with pytest.raises(records.Unreadable, match=f"U\\+{code:04X}"):
        records.parse(f"title: Acces{chr(code)}sibility\n")
    assert sources.line_of(f"Acces{chr(code)}sibility") == "Accessibility"
    assert records.parse("title: The family \U0001f469\u200d\U0001f469\u200d\U0001f467 day\n")[1] == []


def test_the_examples_of_plans_that_change_are_right_in_a_record_with_an_end() -> None:
    guide = (Path(__file__).parent.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    examples = re.findall(r"```yaml\n(# .*?)```", guide, re.DOTALL)
    assert examples
    base = {
        "start": "2027-03-02 13:30",
        "end": "2027-03-02 15:00",
        "timezone": "America/New_York",
        "announced": "2027-01-01",
    }
    for example in examples:
        tree, faults = records.parse(example)
        assert not faults
        assert not [finding for finding in findings(**{**base, **tree}) if not finding.warning], example


def test_an_end_at_the_midnight_before_is_told_as_that_after() -> None:
    (finding,) = findings(start="2027-03-02 19:00", end="2027-03-02 00:00", timezone="America/New_York")
    assert quoted(finding.help) == ["2027-03-03 00:00"]
    assert not findings(start="2027-03-02 19:00", end="2027-03-03 00:00", timezone="America/New_York")


# The form of a file


def complaint(text: str) -> Fault:
    """What is said of a text that is no record."""
    with pytest.raises(records.Unreadable) as raised:
        records.parse(text)
    return raised.value.fault


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("'GSA's Open House'", "GSA's Open House"),
        ('"The "big" day"', 'The "big" day'),
        ("'GSA's \"big\" day'", 'GSA\'s "big" day'),
        ('"Quoted" and more', '"Quoted" and more'),
        ('"A" and "B"', '"A" and "B"'),
        ('"GSA" day # ask Ann first', '"GSA" day'),
        ("[Draft] day # ask Ann first", "[Draft] day"),
        ('"The #1 "big" day"', 'The #1 "big" day'),
        ("[Virtual] Open House", "[Virtual] Open House"),
        ("{Virtual} Open House", "{Virtual} Open House"),
        ("*Open House*", "*Open House*"),
    ],
)
@pytest.mark.parametrize("line", ["title: {}", "speakers:\n  - name: {}", "objectives:\n  - {}", "venue:\n  room: {}"])
def test_a_text_of_which_yaml_takes_the_beginning_for_all_is_told_in_quotes(line: str, typed: str, meant: str) -> None:
    text = f"kind: webinar\n{line.format(typed)}\nformat: online\n"
    fault, lines = complaint(text), text.split("\n")
    assert lines[fault.line - 1][fault.column - 1 :][: fault.width] == typed
    assert "Ann" not in fault.help
    wrong = line.format(typed).split("\n")[-1].strip()
    lines[fault.line - 1] = lines[fault.line - 1].replace(wrong, quoted(fault.help)[0])
    tree, faults = records.parse("\n".join(lines))
    assert not faults
    assert only({key: value for key, value in tree.items() if key not in ("kind", "format")}) == meant


def only(value: Any) -> str:
    """The one text within a tree."""
    while not isinstance(value, str):
        (value,) = value.values() if isinstance(value, dict) else value
    return value


@pytest.mark.parametrize(
    ("wrong", "right", "at"),
    [
        ("kind:webinar", "kind: webinar", (2, 5)),
        ("kind:\u00a0webinar", "kind: webinar", (2, 5)),
        ("kind:webinar   ", "kind: webinar", (2, 5)),
        ("Kind:webinar", "Kind: webinar", (2, 5)),
        ("kind = webinar", "kind: webinar", (2, 5)),
        ("kind：webinar", "kind: webinar", (2, 5)),
        ("topics:\n-cloud", "- cloud", (3, 2)),
        ("description: |\nAll are welcome.", "  All are welcome.", (3, 1)),
        ("description: |\nnote:this", "  note:this", (3, 1)),
        ("description: >\n-first", "  -first", (3, 1)),
        ("on_demand:\n  note: >-\n  All are welcome.", "    All are welcome.", (4, 3)),
    ],
)
def test_a_space_that_is_missing_is_told_where_it_is_missing(wrong: str, right: str, at: tuple[int, int]) -> None:
    fault = complaint(f"title: Forms\n{wrong}\nformat: online\n")
    assert (fault.line, fault.column) == at
    assert quoted(fault.help)[-1] == right


@pytest.mark.parametrize(
    "line", ["https://example.gov/a", "noon;bring lunch", "a=b is what we do", "-and more", "kind == webinar"]
)
def test_a_text_that_goes_on_below_its_key_is_taken_for_no_key(line: str) -> None:
    assert quoted(complaint(f"title: Forms\nsummary: An afternoon\n{line}\nformat: online\n").help)[0] == "key: value"


@pytest.mark.parametrize("line", [r"title: C:\temp: a \"tour\"", r"title: @\temp and \"more\"", r"title: %C:\temp"])
def test_a_text_is_told_in_quotes_with_its_own_signs(line: str) -> None:
    tree, _ = records.parse(re.sub(r"`\"", '`title: "', complaint(f"{line}\n").help).split("`")[1])
    assert tree == {"title": line.removeprefix("title: ")}


def test_the_first_line_may_miss_its_space_too() -> None:
    for line in ("title:Forms and more", "title = Forms", "title：Forms"):
        fault = complaint(f"{line}\n")
        assert fault.line == 1
        assert quoted(fault.help) == ["title: …"]


@pytest.mark.parametrize(
    "text",
    [
        'title: Forms\n city: "Washington"\n',
        "title: Forms\n topics: [cloud]\n",
        'prices:\n  - for: "public"\n   amount: "0"\n',
        'topics:\n  - cloud\n - "data"\n',
        'title: "Forms\nvenue:\n  city: "Washington"\n',
        'summary: "An "afternoon" for\n  all people."\n',
    ],
)
def test_a_line_that_is_right_in_itself_is_not_told_in_other_quotes(text: str) -> None:
    fault, lines = complaint(text), text.split("\n")
    assert "whole text" not in fault.help
    if '"Forms' in text:
        assert (fault.line, fault.column) == (1, 8)
    assert not {*quoted(fault.help)} & {line.strip() for line in lines}


@pytest.mark.parametrize(
    ("line", "mend"),
    [
        ('topics: "cloud", "data"', "topics: [cloud, data]"),
        ("topics: 'cloud', 'data: big'", 'topics: [cloud, "data: big"]'),
        ('aliases:\n  - "old-name",', '- "old-name"'),
        ("url: [The page](https://example.gov/a)", "url: https://example.gov/a"),
    ],
)
def test_a_value_with_more_behind_its_end_is_told_as_it_is_meant(line: str, mend: str) -> None:
    assert quoted(complaint(f"title: Forms\n{line}\nformat: online\n").help)[0] == mend


def test_what_follows_a_list_is_not_told_to_be_taken_away() -> None:
    help_ = complaint("title: Forms\ntopics: [cloud], data\n").help
    assert "put all of a list between its brackets" in help_
    assert "take away" not in help_


@pytest.mark.parametrize(
    "text", ["x: " + "'a' " * 15_000, "x: " + "[a] " * 15_000, "x: " + '"a", ' * 12_000 + "!", "x:" + "a:" * 20_000]
)
def test_a_long_line_is_told_in_few_words(text: str) -> None:
    assert len(complaint(f"{text}\ny\n: z").help) < 1_000


def test_it_is_told_too_where_what_stands_there_is_a_text_to_yaml() -> None:
    assert [finding.help for finding in findings(topics="-cloud -data")] == ["write `topics: [cloud, data]`"]
    assert [finding.help for finding in findings(prices={"-for": "public"})] == ["put a space behind each `-`"]
    (finding,) = findings(speakers=["name:Jane Doe"])
    assert quoted(finding.help) == ["name: Jane Doe"]
    (finding,) = findings(registration="url:https://example.gov/")
    assert quoted(finding.help) == ["url: https://example.gov/"]
    # Several lines are one text to YAML.
    (finding,) = findings(online="platform:Zoom url:https://example.gov/")
    assert "each colon" in finding.help
    assert "https" not in finding.help


def test_a_record_in_a_list_and_a_list_that_goes_on_as_none_are_told_so() -> None:
    assert "take away the `-`" in complaint("- title: Forms\n  kind: webinar\n").help
    fault = complaint("venue:\n  - name: The hall\n  city: Denver\n")
    assert fault.line == len(["venue:", "name:", "city:"])
    assert "take away the `-` above" in fault.help


# The names of fields

CLASSES = [
    Event,
    *(
        kind.cls
        for spec in specs(Event).values()
        for kind in (spec.type, getattr(spec.type, "of", None))
        if isinstance(kind, Group)
    ),
]


def test_what_others_call_a_field_is_told_by_its_name() -> None:
    for field, names in vocabulary.FIELDS.items():
        places = [cls for cls in CLASSES if field in specs(cls)]
        assert places, field
        for name in names.split():
            told_of = [meant_field(name, specs(cls)) for cls in places if name not in specs(cls)]
            assert field in told_of, name
            assert all(told_of), name


def test_what_stands_there_under_another_name_is_not_told_as_missing_too() -> None:
    summary = factory.MINIMAL["summary"]
    for changes in (
        {"summary": None, "abstract": summary},
        {"summary": None, "sumary": summary},
        {"start": None, "end": None, "date": "2027-03-02"},
        {"format": "in-person", "Location": {"city": "Denver", "state": "CO"}},
        {"start": "2027-03-02 13:30", "tz": "America/New_York"},
        {"prices": [{"for": "public", "price": "20"}]},
        {"deadlines": [{"date": "2027-03-01", "name": "Call for speakers"}]},
        {"start": None, "end": None, "when": "Spring 2027", "date": "March 2"},
        {"on-demand": "true"},
        {"start": None, "date": "2027-03-02", "end": "2027-03-03"},
    ):
        (finding,) = findings(**changes)
        assert finding.message.startswith("unknown field")
        assert finding.help.startswith("did you mean")


def test_what_is_missing_is_told_where_nothing_else_is_meant_to_be_it() -> None:
    for changes in ({"on-demand": "true"}, {f"odd-{number}": "x" for number in range(50)} | {"date": "2027-03-02"}):
        assert "`start` is missing" in [
            finding.message for finding in findings(start=None, end=None, timezone=None, **changes)
        ]


def test_what_is_told_of_one_field_twice_goes_into_one() -> None:
    for changes in (
        {"time": "13:30"},
        {"name": "Forms"},
        {"start": None, "end": None, "timezone": None, "date": "2027-03-02", "time": "13:30"},
    ):
        for finding in findings(**changes):
            assert re.fullmatch(r"all of it goes into one `(start|title):`", finding.help)


def test_a_list_of_fields_is_told_as_the_list_that_it_is() -> None:
    for field, value, mend in (
        ("audience", {"federal": "", "state": ""}, "write `audience: [federal, state]`"),
        ("prices", {"for": "public", "amount": "0"}, "write `- for: …`, and what follows two spaces further in"),
        ("prices", {"government": "295"}, "start each item with `- `"),
        ("topics", {"": "x"}, "start each item with `- `"),
    ):
        assert [finding.help for finding in findings(**{field: value})] == [mend]


def test_a_name_with_an_and_is_one() -> None:
    long = "A name of many words, " * 7 + "and an end"
    known: Known = {"topics": {"agile": ("Agile and product management",), "long": (long,)}}
    for text, identity in (("Agile and product management", "agile"), (long, "long")):
        reading = Reading(known)
        specs(Event)["topics"].type.read(text, ("topics",), reading)
        specs(Event)["topics"].type.read([text], ("topics",), reading)
        assert [finding.help for finding in reading.findings] == [
            f"write `topics: [{identity}]`",
            f"write `{identity}`",
        ]


def test_an_address_within_a_thousand_brackets_is_told_in_peace() -> None:
    for text in ("<" * 900 + "https://example.gov" + ">" * 900, "[a](" * 400 + "https://example.gov" + ")" * 400):
        (finding,) = findings(url=text)
        assert finding.message


def test_a_status_that_is_written_as_a_field_is_told_as_one() -> None:
    assert [finding.help for finding in findings(canceled="true")] == ["write `status: cancelled`"]
    assert [finding.help for finding in findings(postponed="yes")] == ["write `status: postponed`"]
    for text in ("false", "False", "No", "off", "0", "N/A", "null"):
        assert [finding.help for finding in findings(cancelled=text)] == ["take the line away"]
    assert [finding.help for finding in findings(moved_online="yes")] == ["write `status: moved-online`"]
    assert "in place of" in findings(cancelled="true", status="scheduled")[0].help
    assert "`status_note:`" in findings(postponed="2027-04-01")[0].help
    assert "status: scheduled" not in findings(scheduled="false")[0].help
    for text, state in (("sold out", "sold-out"), ("Full", "sold-out"), ("closed", "closed"), ("waitlist", "waitlist")):
        (finding,) = findings(status=text)
        assert quoted(finding.help) == ["registration:", f"state: {state}"]


def test_an_address_is_told_without_what_stands_round_it() -> None:
    for text in ("<https://example.gov/a>", "[The page](https://example.gov/a)"):
        (finding,) = findings(url=text)
        assert quoted(finding.help) == ["https://example.gov/a"]
    (finding,) = findings(registration={"url": "events@example.gov"})
    assert "e-mail address" in finding.message
    assert not [text for text in quoted(finding.help) if "@" in text]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Washington, D.C.", "DC"),
        ("D.C.", "DC"),
        ("N.Y.", "NY"),
        ("N. Y.", "NY"),
        ("U.S. Virgin Islands", "VI"),
        ("utah", "UT"),
        ("Washington", "WA"),
        ("pr", "PR"),
    ],
)
def test_a_state_is_told_by_its_code(text: str, code: str) -> None:
    (finding,) = findings(format="in-person", venue={"city": "A city", "state": text})
    assert quoted(finding.help) == [code]
