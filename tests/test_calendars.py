"""Calendar files: RFC 5545 to the octet, and read alike by programs that are not ours."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

import icalendar
import pytest
from events import calendars, library, times, vocabulary
from events.calendars import Directory, Feed, calendar, entry, vtimezone
from events.deadlines import of as deadlines_of
from events.fields import Reading
from events.lines import escape, fold
from events.model import Event, Organizer, Series, Topic, read_event
from events.pages import CalendarFile
from events.wording import words
from hypothesis import assume, given
from hypothesis import strategies as st

from tests import factory
from tests.factory import Record, record
from tests.reading import READERS, Seen, meant, pinned, read

DIRECTORY = Directory(
    lambda event: f"https://events.example.gov/events/{event.id}.html",
    "events.example.org",
    {"cloud": Topic(id="cloud", name="Cloud, and what; it carries")},
    {"gsa": Organizer(id="gsa", name="General Services Administration", acronym="GSA")},
    {"brown-bag": Series(id="brown-bag", name="Brown bag")},
)
FEED = Feed(
    "Events: Cloud", "All of them.", "https://events.example.gov/cloud.ics", "https://events.example.gov/c.html"
)

# What an editor can write in one line: the records refuse control characters and lone surrogates.
TEXT = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="\ufeff\ufffe\uffff"))
# Text that is made of what has to be escaped, and long enough for folds to fall into it.
HARD = st.text(st.sampled_from('\\;,^"\nnNé–😀a '), min_size=60, max_size=300)


def unfolded(data: bytes) -> list[str]:
    """The content lines of a text, after RFC 5545, 3.1."""
    return data.replace(b"\r\n ", b"").decode().split("\r\n")[:-1]


def properties(event: Event) -> dict[str, str]:
    """The lines of an event's VEVENT by name with parameters, values as they stand."""
    found = {}
    for line in unfolded(entry(event, DIRECTORY).data)[1:-1]:
        # The colon that ends the name is the first outside of quotes.
        split = re.match(r"((?:[^:\"]|\"[^\"]*\")*):(.*)", line)
        assert split
        found[split[1]] = split[2]
    return found


def unescaped(value: str) -> str:
    """A TEXT value back to the text, after RFC 5545, 3.3.11."""
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value)


def described(event: Event) -> list[str]:
    return unescaped(properties(event)["DESCRIPTION"]).split("\n")


# Text


@given(st.one_of(TEXT, HARD))
def test_any_text_comes_back_from_its_escapes(text: str) -> None:
    escaped = escape(text)
    assert unescaped(escaped) == text
    assert "\n" not in escaped
    assert not re.search(r"(?<!\\)(?:\\\\)*[;,]", escaped)


@given(st.one_of(TEXT, HARD))
def test_a_folded_line_has_75_octets_at_most_and_cuts_no_character_and_no_escape(text: str) -> None:
    line = f"SUMMARY:{escape(text)}"
    data = fold(line)
    assert data.endswith(b"\r\n")
    parts = data.removesuffix(b"\r\n").split(b"\r\n")
    for number, part in enumerate(parts):
        assert len(part) <= 75
        assert number == 0 or part.startswith(b" ")
        # Decoding fails inside a character; an odd number of backslashes at the end would be half an escape.
        whole = part.decode()
        assert (len(whole) - len(whole.rstrip("\\"))) % 2 == 0
    assert unfolded(data) == [line]


def _with_parameter(text: str) -> str:
    """A content line with a parameter, as the library writes it."""
    parameters: bytes = icalendar.Parameters({"X-B": text}).to_ical()
    return f"X-A;{parameters.decode()}:c"


@given(HARD)
def test_a_fold_never_cuts_a_quoted_parameters_escape(text: str) -> None:
    for part in fold(_with_parameter(text)).removesuffix(b"\r\n").split(b"\r\n "):
        assert (len(part) - len(part.rstrip(b"^"))) % 2 == 0


def _content_line(text: str) -> Any:
    return icalendar.parser.Contentline(text)  # type: ignore[no-untyped-call]


# RFC 6868 knows no backslash, but this reader takes it for an escape in parameters too.
@given(HARD.map(lambda text: text.replace("\\", "")))
def test_a_parameter_comes_back_from_its_quotes(text: str) -> None:
    line = unfolded(fold(_with_parameter(text)))[0]
    assert _content_line(line).parts()[1]["X-B"] == text


def test_what_the_library_gets_wrong_is_right_here() -> None:
    # The reasons for `Text` and `fold`; when this fails, the library may do it.
    assert icalendar.vText(r"C:\New").to_ical() == rb"C:\New".replace(b"\\N", b"\\n")
    assert unescaped(escape(r"C:\New")) == r"C:\New"
    text = "a" * 62 + "\\" * 3
    theirs = _content_line(f"SUMMARY:{icalendar.vText(text).to_ical().decode()}").to_ical()
    assert any((len(part) - len(part.rstrip(b"\\"))) % 2 for part in theirs.split(b"\r\n "))


@given(st.one_of(TEXT, HARD).filter(str.strip))
def test_any_title_is_read_back_as_it_was_written(text: str) -> None:
    title = " ".join(text.split())
    event = factory.event(title="placeholder")
    object.__setattr__(event, "title", title)
    data = calendar([entry(event, DIRECTORY)], FEED)
    assert str(icalendar.Calendar.from_ical(data).events[0]["summary"]) == title
    assert max(map(len, data.split(b"\r\n"))) <= 75


# The file


@pytest.fixture(scope="module")
def files() -> Mapping[str, CalendarFile]:
    """Every calendar of the rich directory, by address."""
    planned = factory.plan(factory.rich()).files()
    return {item.path: item for item in planned if isinstance(item, CalendarFile)}


def test_every_file_is_made_of_whole_short_lines_without_control_characters(
    files: Mapping[str, CalendarFile],
) -> None:
    for item in files.values():
        data = item.data
        assert data.endswith(b"END:VCALENDAR\r\n")
        assert data.count(b"\r") == data.count(b"\n") == data.count(b"\r\n")
        for line in data.removesuffix(b"\r\n").split(b"\r\n"):
            assert 0 < len(line) <= 75
            assert not re.search("[\x00-\x08\x0b-\x1f\x7f\ufeff]", line.decode())


def test_every_file_is_one_calendar_with_its_zones_before_its_events(files: Mapping[str, CalendarFile]) -> None:
    for item in files.values():
        lines = unfolded(item.data)
        assert lines[:4] == ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{library.PRODID}", "CALSCALE:GREGORIAN"]
        assert lines.count("BEGIN:VCALENDAR") == lines.count("END:VCALENDAR") == 1
        zones = [line.removeprefix("TZID:") for line in lines if line.startswith("TZID:")]
        used = {found[1] for line in lines if (found := re.match(r"DT(?:START|END);TZID=([^:]+):", line))}
        assert zones == sorted(used), "each zone once, and none that is not used"
        first = lines.index("BEGIN:VEVENT")
        assert all(index < first for index, line in enumerate(lines) if line.endswith("VTIMEZONE"))
        assert not [line for line in lines if re.fullmatch(r"[^:]*:", line)], "no empty property"


def test_no_file_asks_for_answers_rings_or_sends(files: Mapping[str, CalendarFile]) -> None:
    never = ("METHOD", "ORGANIZER", "ATTENDEE", "BEGIN:VALARM", "BEGIN:VTODO", "RRULE;", "X-ALT-DESC")
    for item in files.values():
        assert not [line for line in unfolded(item.data) if line.startswith(never)]


def test_no_uid_stands_twice_in_a_file_nor_is_too_long(files: Mapping[str, CalendarFile]) -> None:
    for item in files.values():
        uids = [line for line in unfolded(item.data) if line.startswith("UID:")]
        assert len(uids) == len(set(uids))
        assert all(len(uid.encode()) <= len("UID:") + 200 and not re.search(r"\s", uid) for uid in uids)


def test_an_event_has_the_same_text_in_every_file(files: Mapping[str, CalendarFile]) -> None:
    found: dict[str, set[str]] = {}
    for item in files.values():
        for block in item.data.decode().split("BEGIN:VEVENT")[1:]:
            uid = block.split("UID:")[1].split("\r\n")[0]
            found.setdefault(uid, set()).add(block.split("END:VEVENT")[0])
    assert len(found) > 80
    assert {uid: len(texts) for uid, texts in found.items() if len(texts) > 1} == {}


def test_a_feed_names_itself_and_says_how_often_to_look_again() -> None:
    lines = unfolded(
        calendar([entry(factory.event(), DIRECTORY)], Feed("A; b, c", "D\\e", "https://u/x.ics", "https://u/x"))
    )
    for line in (
        "NAME:A\\; b\\, c",
        "X-WR-CALNAME:A\\; b\\, c",
        "DESCRIPTION:D\\\\e",
        "X-WR-CALDESC:D\\\\e",
        "URL:https://u/x",
        "SOURCE;VALUE=URI:https://u/x.ics",
        "REFRESH-INTERVAL;VALUE=DURATION:PT12H",
        "X-PUBLISHED-TTL:PT12H",
    ):
        assert line in lines[: lines.index("BEGIN:VEVENT")]


@given(st.one_of(TEXT, HARD), st.one_of(TEXT, HARD))
def test_any_name_and_description_of_a_feed_come_back_from_its_head(name: str, about: str) -> None:
    feed = Feed(name, about, "https://u.example/x.ics", "https://u.example/search.html?topic=a%20b&state=ut")
    data = calendar([], feed)
    assert max(map(len, data.split(b"\r\n"))) <= 75
    found = dict(line.split(":", 1) for line in unfolded(data))
    assert {unescaped(found[key]) for key in ("NAME", "X-WR-CALNAME")} == {name}
    assert {unescaped(found[key]) for key in ("DESCRIPTION", "X-WR-CALDESC")} == {about}
    assert (found["URL"], found["SOURCE;VALUE=URI"]) == (feed.page, feed.url)


def test_the_download_of_one_event_carries_no_name_and_no_refresh() -> None:
    head = unfolded(calendar([entry(factory.event(), DIRECTORY)]))[:5]
    assert head[4] == "BEGIN:VEVENT"
    assert not [line for line in head if line.startswith(("NAME", "X-", "REFRESH", "SOURCE", "METHOD"))]


def test_events_stand_by_start_and_then_by_uid() -> None:
    events = [
        factory.event("c", start="2027-05-01"),
        factory.event("b", start="2027-05-01"),
        factory.event("a", start="2027-06-01"),
    ]
    texts = {calendar([entry(event, DIRECTORY) for event in order], FEED) for order in (events, events[::-1])}
    assert len(texts) == 1
    assert re.findall(rb"UID:(\w)@", texts.pop()) == [b"b", b"c", b"a"]


def test_a_file_is_cut_at_its_size_and_never_to_nothing() -> None:
    entries = [entry(factory.event(f"event-{number}"), DIRECTORY) for number in range(50)]
    for most in (0, 5_000, 10_000, 10**6):
        kept = entries[: calendars.fitting([(len(item.data), item.zone) for item in entries], FEED, most)]
        assert kept
        size = len(calendar(kept, FEED))
        assert size <= most or len(kept) == 1
        assert len(kept) == 50 or len(calendar(entries[: len(kept) + 1], FEED)) > most


# One event


def test_the_version_of_an_event_is_that_of_its_changes() -> None:
    fresh = properties(factory.event(announced="2026-11-23"))
    assert fresh["DTSTAMP"] == fresh["LAST-MODIFIED"] == fresh["CREATED"] == "20261123T000000Z"
    assert fresh["SEQUENCE"] == "0"
    changes = [{"date": "2026-12-01", "note": "Moved."}, {"date": "2027-01-04", "note": "Moved again."}]
    changed = properties(factory.event(announced="2026-11-23", changes=changes))
    assert changed["DTSTAMP"] == changed["LAST-MODIFIED"] == "20270104T000000Z"
    assert changed["CREATED"] == "20261123T000000Z"
    assert changed["SEQUENCE"] == "2"
    # An event that became known after its last change was not made later than it was changed.
    late = properties(factory.event(announced="2027-02-01", changes=changes))
    assert late["CREATED"] == late["LAST-MODIFIED"] == "20270104T000000Z"


def test_a_uid_is_made_of_the_id_alone() -> None:
    before = properties(factory.event("some-event"))["UID"]
    after = properties(factory.event("some-event", title="Another title", start="2028-01-03", format="online"))["UID"]
    assert before == after == "some-event@events.example.org"


@pytest.mark.parametrize(
    ("status", "said", "title"),
    [
        ("scheduled", "CONFIRMED", ""),
        ("rescheduled", "CONFIRMED", ""),
        ("moved-online", "CONFIRMED", ""),
        ("tentative", "TENTATIVE", ""),
        ("postponed", "TENTATIVE", "POSTPONED: "),
        ("cancelled", "CANCELLED", "CANCELLED: "),
    ],
)
def test_a_status_is_said_in_iCalendars_words_and_in_the_title(status: str, said: str, title: str) -> None:  # noqa: N802
    event = factory.event(status=status, start="2027-04-06 09:00", timezone="America/New_York")
    found = properties(event)
    assert found["STATUS"] == said
    assert found["SUMMARY"] == title + event.title
    blocks = status in ("scheduled", "rescheduled", "moved-online")
    assert found["TRANSP"] == ("OPAQUE" if blocks else "TRANSPARENT")


def test_whole_and_several_days_block_nobodys_time() -> None:
    assert properties(factory.event(start="2027-04-06"))["TRANSP"] == "TRANSPARENT"
    several = factory.event(start="2027-04-06 09:00", end="2027-04-07 17:00", timezone="America/New_York")
    assert properties(several)["TRANSP"] == "TRANSPARENT"
    evening = factory.event(start="2027-04-06 19:00", end="2027-04-07 00:00", timezone="America/New_York")
    assert properties(evening)["TRANSP"] == "OPAQUE"


def test_the_end_of_whole_days_is_the_day_after_the_last() -> None:
    for start, end, after in (
        ("2026-09-14", "2026-09-16", "20260917"),
        ("2028-02-28", None, "20280229"),
        ("2027-02-28", None, "20270301"),
        ("2028-02-29", None, "20280301"),
        ("2027-12-31", None, "20280101"),
    ):
        found = properties(factory.event(start=start, end=end))
        assert found["DTSTART;VALUE=DATE"] == start.replace("-", "")
        assert found["DTEND;VALUE=DATE"] == after


def test_a_time_without_an_end_lasts_an_hour_and_says_so() -> None:
    event = factory.event(start="2027-04-06 23:30", timezone="America/New_York")
    found = properties(event)
    assert found["DTEND;TZID=America/New_York"] == "20270407T003000"
    assert "The end time is to be confirmed; this entry lasts one hour." in described(event)


ZONES = ("America/New_York", "America/Phoenix", "Europe/Dublin", "Australia/Sydney", "Asia/Jerusalem", "UTC")
MINUTES = st.datetimes(datetime(1990, 1, 1), datetime(2099, 12, 30)).map(
    lambda when: when.replace(second=0, microsecond=0)
)
# Around the hours at which New York's clocks change.
EDGES = st.builds(
    lambda day, minutes: day + timedelta(minutes=minutes),
    st.sampled_from([datetime(2027, 3, 13, 22), datetime(2027, 11, 6, 22)]),
    st.integers(0, 360),
)


@given(st.one_of(MINUTES, EDGES), st.none() | st.integers(1, 3000), st.sampled_from(ZONES))
def test_any_times_are_the_records_instants(start: datetime, minutes: int | None, zone: str) -> None:
    end = None if minutes is None else start + timedelta(minutes=minutes)
    assume(not any(times.clock_fault(wall, zone) for wall in (start, end) if wall))
    tree = {"start": f"{start:%Y-%m-%d %H:%M}", "timezone": zone, "announced": "1990-01-01"}
    found = properties(factory.event(**tree, **({"end": f"{end:%Y-%m-%d %H:%M}"} if end else {})))
    begins = start.replace(tzinfo=pinned(zone)).astimezone(UTC)
    ends = end.replace(tzinfo=pinned(zone)).astimezone(UTC) if end else begins + timedelta(hours=1)
    for name, instant in (("DTSTART", begins), ("DTEND", ends)):
        (key,) = (key for key in found if key.split(";")[0] == name)
        if key == name:
            assert found[key] == f"{instant:%Y%m%dT%H%M%SZ}"
        else:
            assert (key, found[key]) == (f"{name};TZID={zone}", f"{instant.astimezone(pinned(zone)):%Y%m%dT%H%M%S}")


def test_a_record_that_ends_in_the_hour_that_comes_twice_is_refused() -> None:
    # So no VEVENT of a given end need look for it.
    tree = record(start="2027-11-07 00:30", end="2027-11-07 01:30", timezone="America/New_York")
    reading = Reading()
    assert read_event(tree, "some-event", "some-event.yaml", reading) is None
    assert [finding.place for finding in reading.findings if not finding.warning] == [("end",)]


def test_an_hour_that_would_end_in_the_one_that_comes_twice_is_written_in_utc() -> None:
    found = properties(factory.event(start="2027-11-07 00:30", timezone="America/New_York"))
    assert found["DTSTART"] == "20271107T043000Z"
    assert found["DTEND"] == "20271107T053000Z"


@pytest.mark.parametrize(
    ("start", "zone"),
    [
        ("2005-07-01 09:00", "America/New_York"),
        ("2027-07-01 09:00", "Asia/Jerusalem"),
        ("2027-07-01 09:00", "Africa/Cairo"),
        ("2027-07-01 09:00", "America/Nuuk"),
        ("2027-07-01 09:00", "UTC"),
    ],
)
def test_times_that_no_yearly_rule_covers_are_written_in_utc(start: str, zone: str) -> None:
    found = properties(factory.event(start=start, timezone=zone))
    instant = datetime.fromisoformat(start).replace(tzinfo=pinned(zone)).astimezone(UTC)
    assert found["DTSTART"] == f"{instant:%Y%m%dT%H%M%SZ}"


def test_a_description_starts_with_what_changed_and_ends_with_the_page() -> None:
    event = factory.event(
        status="rescheduled",
        start="2027-04-06 13:30",
        end="2027-04-06 15:00",
        timezone="America/New_York",
        previous_start=["2027-02-02 13:30", "2027-03-02 13:30"],
        status_note="The room was taken.",
    )
    lines = described(event)
    assert lines[0] == "Moved from March 2, 2027, 1:30 p.m. ET. The room was taken."
    assert lines[-1] == properties(event)["URL"] == DIRECTORY.event_page(event)


def test_a_description_tells_the_facts_that_decide() -> None:
    event = factory.event(**factory.rich()["agenda"] | {"series": "brown-bag"})
    text = "\n".join(described(event))
    for fact in (
        event.summary,
        "Format: In person and online",
        "Join: https://example.gov/join",
        "Organizer: General Services Administration (GSA)",
        "Series: Brown bag",
        "Cost for government: Free",
        "Who may attend: Government employees only",
        "closes April 16, 2027; https://example.gov/register",
        "Credits: 6.5 CPE",
        "Getting in: Bring a REAL ID or PIV card.",
        "Accessibility: Captions, American Sign Language",
        "Accommodations: ask access@example.gov by April 6, 2027",
        "Agenda:\n9:00–9:45 a.m.: Opening\n10:00 a.m.: Work in groups (1461)",
    ):
        assert fact in text


def test_a_long_agenda_is_cut_and_says_so() -> None:
    sessions = [
        {"start": f"2027-04-0{day} {hour:02}:00", "title": f"Part {hour}"} for day in (6, 7) for hour in range(8, 20)
    ]
    event = factory.event(start="2027-04-06 08:00", end="2027-04-07 20:00", timezone="UTC", sessions=sessions)
    agenda = described(event)[described(event).index("Agenda:") + 1 :]
    assert agenda[0] == "April 6, 8:00 a.m.: Part 8"
    assert agenda[calendars.MOST_SESSIONS] == f"and {len(sessions) - calendars.MOST_SESSIONS} more sessions on the page"


@pytest.mark.parametrize(
    ("changes", "first"),
    [
        ({"status": "cancelled"}, "Cancelled."),
        ({"status": "postponed"}, "Postponed; no new day is known."),
        ({"status": "postponed", "when": "Fall 2027"}, "Postponed to Fall 2027; the new day is not known yet."),
        ({"status": "tentative"}, "Tentative: the organizer has not confirmed it."),
        ({"status": "moved-online"}, "Moved online."),
        (
            {"status": "moved-online", "venue": {"city": "Denver", "state": "CO"}},
            "Moved online; it was to be in Denver, CO.",
        ),
        ({"status": "rescheduled", "previous_start": ["2027-03-02"]}, "Moved from March 2, 2027."),
        # The day that it leaves is the one on which it stands, and no former one.
        ({"status": "postponed", "previous_start": ["2027-03-02"]}, "Postponed; no new day is known."),
    ],
)
def test_what_became_of_an_event_is_its_first_line(changes: Mapping[str, Any], first: str) -> None:
    event = factory.event(**changes)
    assert described(event)[0] == first
    assert properties(event)["LOCATION"] == "Online"


def test_a_postponed_event_stays_on_its_old_day() -> None:
    found = properties(factory.event(status="postponed", start="2027-04-06", when="Fall 2027"))
    assert found["DTSTART;VALUE=DATE"] == "20270406"


def test_a_public_link_is_a_conference_while_there_is_something_to_join() -> None:
    online = {"platform": 'Zoom: "A"; b', "url": "https://example.gov/join?a=1,2;b"}
    name = "CONFERENCE;VALUE=URI;FEATURE=VIDEO;LABEL=\"Join on Zoom: ^'A^'; b\""
    assert properties(factory.event(online=online))[name] == online["url"]
    for status in ("cancelled", "postponed"):
        assert name not in properties(factory.event(online=online, status=status))
    assert not [key for key in properties(factory.event()) if key.startswith("CONFERENCE")]


def test_the_address_of_a_conference_is_one_of_rfc_3986() -> None:
    online = {"url": "https://exämple.gov:8443/ü/日本?q=ö&r=a%20b#é"}
    found = next(value for key, value in properties(factory.event(online=online)).items() if "CONFERENCE" in key)
    assert found == "https://xn--exmple-cua.gov:8443/%C3%BC/%E6%97%A5%E6%9C%AC?q=%C3%B6&r=a%20b#%C3%A9"


def test_nobody_is_asked_to_register_for_what_is_cancelled() -> None:
    registration = {"state": "open", "url": "https://example.gov/register"}
    for status, told in (("scheduled", True), ("cancelled", False)):
        lines = described(factory.event(registration=registration, status=status))
        assert any(line.startswith("Registration: ") for line in lines) == told


def test_a_place_is_one_line_and_its_position_has_no_exponent() -> None:
    venue = {"name": "Hall", "street": "1 Main St", "city": "Greenwich", "country": "GB"}
    near = venue | {"latitude": "51.4779", "longitude": "-0.000015"}
    found = properties(factory.event(format="in-person", venue=near))
    assert unescaped(found["LOCATION"]) == "Hall, 1 Main St, Greenwich, United Kingdom"
    assert found["GEO"] == "51.477900;-0.000015"


def test_the_topics_are_the_categories() -> None:
    assert properties(factory.event())["CATEGORIES"] == "Cloud\\, and what\\; it carries"


def test_an_event_without_a_day_has_no_vevent() -> None:
    with pytest.raises(ValueError, match="no day"):
        entry(factory.event(start=None, when="Spring 2027"), DIRECTORY)


# Deadlines


def dues(event: Event) -> dict[str, dict[str, str]]:
    found = {}
    for item in deadlines_of(event):
        lines = unfolded(calendars.deadline_entry(item, DIRECTORY).data)[1:-1]
        found[item.key] = dict(line.split(":", 1) for line in lines)
    return found


def with_deadlines(**changes: Any) -> Event:
    fields: Record = {
        "start": "2027-04-06 09:00",
        "timezone": "America/New_York",
        "registration": {"closes": "2027-04-01 17:00", "url": "https://example.gov/register"},
        "accessibility": {"request_by": "2027-03-23", "contact": "access@example.gov"},
        "deadlines": [{"date": "2027-02-01", "label": "Call for speakers closes"}],
        "prices": [
            {"for": "government", "amount": "200", "label": "Early bird", "until": "2027-03-01"},
            {"for": "public", "amount": "300", "label": "Early bird", "until": "2027-03-01"},
            {"for": "government", "amount": "295"},
        ],
    }
    return factory.event("forms", **fields | changes)


def test_every_field_that_names_a_last_day_gives_a_deadline() -> None:
    found = dues(with_deadlines())
    assert {key: item["SUMMARY"].split(":")[0] for key, item in found.items()} == {
        "date-call-for-speakers-closes": "Call for speakers closes",
        "price-early-bird": "Early bird price ends",
        "accommodations": "Accommodation requests due",
        "registration": "Registration closes",
    }
    for item in found.values():
        first, after = (datetime.strptime(item[f"DT{end};VALUE=DATE"], "%Y%m%d") for end in ("START", "END"))
        assert after - first == timedelta(days=1)
        assert item["TRANSP"] == "TRANSPARENT"
    assert "April 1\\, 2027\\, 5:00 p.m. ET" in found["registration"]["DESCRIPTION"]
    assert "Government employees: $200\\; General public: $300." in found["price-early-bird"]["DESCRIPTION"]


def test_a_deadline_that_is_put_off_keeps_its_uid_and_moves() -> None:
    before, after = (
        dues(with_deadlines()),
        dues(
            with_deadlines(
                registration={"closes": "2027-04-03"},
                deadlines=[{"date": "2027-02-15", "label": "Call for speakers closes"}],
            )
        ),
    )
    assert {key: item["UID"] for key, item in before.items()} == {key: item["UID"] for key, item in after.items()}
    assert after["registration"]["DTSTART;VALUE=DATE"] == "20270403"
    assert after["date-call-for-speakers-closes"]["DTSTART;VALUE=DATE"] == "20270215"


@given(st.dates(date(1990, 1, 1), date(2099, 12, 31)))
def test_a_deadline_stands_among_events_at_the_instant_that_begins_its_day(day: date) -> None:
    event = factory.event(deadlines=[{"date": f"{day}", "label": "Papers due"}])
    (due,) = deadlines_of(event)
    found = calendars.deadline_entry(due, DIRECTORY)
    assert found.order == (datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp(), found.uid)


def test_deadlines_of_one_name_are_told_apart() -> None:
    twice = [{"date": "2027-02-01", "label": "Papers due"}, {"date": "2027-03-01", "label": "Papers due"}]
    found = dues(with_deadlines(deadlines=twice, registration=None, accessibility=None, prices=None))
    assert [item["UID"] for item in found.values()] == [
        "forms--date-papers-due@events.example.org",
        "forms--date-papers-due--2@events.example.org",
    ]


@pytest.mark.parametrize(
    ("label", "said"),
    [("Early bird", "Early bird price ends"), ("Group rate", "Group rate ends"), (None, "Price ends")],
)
def test_the_end_of_a_price_is_told_by_its_name(label: str | None, said: str) -> None:
    price = {"for": "public", "amount": "10", "until": "2027-03-01"} | ({"label": label} if label else {})
    assert [item.label for item in deadlines_of(factory.event(prices=[price]))] == [said]


def test_a_registration_without_seats_keeps_its_day_and_says_so() -> None:
    full = {"closes": "2027-04-01", "state": "sold-out", "note": "Write to the organizer."}
    assert [item.note for item in deadlines_of(factory.event(registration=full))] == [
        "Sold out. Write to the organizer."
    ]


def test_no_deadline_can_have_the_uid_of_an_event() -> None:
    # An id has single hyphens only.
    assert all("--" in item["UID"] for item in dues(with_deadlines()).values())


@given(identity=st.integers(2, 80), label=st.text(st.characters(categories=["L", "N"]), min_size=3, max_size=120))
def test_a_deadlines_uid_is_short_and_plain(identity: int, label: str) -> None:
    directory = Directory(DIRECTORY.event_page, "d" * 100, {}, {}, {})
    event = factory.event("i" * identity, deadlines=[{"date": "2027-02-01", "label": label}])
    for item in deadlines_of(event):
        uid = calendars.deadline_entry(item, directory).uid
        assert len(uid) <= 200
        assert uid.isascii()


@pytest.mark.parametrize(("status", "prefix"), [("cancelled", "CANCELLED: "), ("postponed", "POSTPONED: ")])
def test_the_deadlines_of_what_does_not_take_place_say_so(status: str, prefix: str) -> None:
    for item in dues(with_deadlines(status=status)).values():
        assert item["SUMMARY"].startswith(prefix)
        assert item["STATUS"] == ("CANCELLED" if status == "cancelled" else "TENTATIVE")


def test_the_deadlines_of_a_moved_event_say_so() -> None:
    event = with_deadlines(status="rescheduled", previous_start=["2027-03-20 09:00"])
    for item in dues(event).values():
        assert item["DESCRIPTION"].startswith("Moved from March 20\\, 2027\\, 9:00 a.m. ET.\\n")


def test_what_a_record_names_itself_is_not_told_twice() -> None:
    said = [{"date": "2027-04-01", "label": "Registration closes"}]
    found = dues(with_deadlines(deadlines=said, accessibility=None, prices=None))
    assert [item["SUMMARY"] for item in found.values()] == ["Registration closes: A day on forms"]


def test_which_deadlines_an_event_has_does_not_depend_on_who_asks() -> None:
    said = [{"date": "2027-04-01", "label": "Cierra la inscripción"}]
    for language, count in (("es", 1), ("en", 2)):
        event = factory.event(
            language=language, registration={"url": "https://a.example.gov", "closes": "2027-04-01"}, deadlines=said
        )
        found = [[item.key for item in deadlines_of(event, words(each))] for each in ("en", "es")]
        assert found[0] == found[1]
        assert len(found[0]) == count


# Zones


def american_zones() -> list[str]:
    """Every zone of the United States and its territories, from the database's own table."""
    table = resources.files("tzdata.zoneinfo").joinpath("zone.tab").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
    return sorted(row[2] for row in rows if row[0] in {"US", "PR", "GU", "VI", "AS", "MP"})


def ruled_zones() -> list[str]:
    return sorted(name for name in times.zone_names() if times.zone_rule(name))


def test_a_zone_is_a_standard_time_and_at_most_one_daylight_time_with_a_yearly_rule() -> None:
    for name in ruled_zones():
        lines = unfolded(vtimezone(name))
        assert lines.count("BEGIN:STANDARD") == 1
        rules = [line for line in lines if line.startswith("RRULE:")]
        assert len(rules) == 2 * lines.count("BEGIN:DAYLIGHT") <= 2
        assert all(re.fullmatch(r"RRULE:FREQ=YEARLY;BYDAY=-?\d[A-Z]{2};BYMONTH=\d+", rule) for rule in rules)
        assert not [line for line in lines if line.startswith(("RDATE", "COMMENT", "X-"))]


@pytest.mark.parametrize("name", ["America/Phoenix", "Pacific/Honolulu", "Pacific/Guam", "America/Puerto_Rico", "Pacific/Pago_Pago"])  # fmt: skip
def test_where_the_clock_never_changes_there_is_no_rule(name: str) -> None:
    lines = unfolded(vtimezone(name))
    assert "BEGIN:DAYLIGHT" not in lines
    assert not [line for line in lines if line.startswith("RRULE")]


def test_a_zone_starts_at_the_wall_clock_before_the_change_of_the_current_law() -> None:
    lines = unfolded(vtimezone("America/New_York"))
    assert [line for line in lines if line.startswith("DTSTART")] == [
        "DTSTART:20070311T020000",
        "DTSTART:20071104T020000",
    ]


def test_every_zone_with_a_rule_says_what_the_database_says() -> None:
    # By arithmetic of its own: the last onset before an instant decides, each in the offset before it. Most names are
    # links to another, with the same data.
    for name in {times._tzif(name): name for name in ruled_zones()}.values():
        parts = re.findall(
            r"BEGIN:(?:STANDARD|DAYLIGHT)\nDTSTART:(\S+)\n(?:RRULE:FREQ=YEARLY;BYDAY=(-?\d)(\w\w);BYMONTH=(\d+)\n)?"
            r"TZOFFSETFROM:(\S+)\nTZOFFSETTO:(\S+)\nTZNAME:(\S+)\n",
            "\n".join(unfolded(vtimezone(name))),
        )
        zone, rule = pinned(name), times.zone_rule(name)
        assert rule is not None
        onsets = sorted(onset for part in parts for onset in _onsets(part))
        begins = [when for when, _ in onsets]
        moment = max(
            datetime.combine(rule.since, datetime.min.time(), UTC) + timedelta(days=1), datetime(2007, 1, 1, tzinfo=UTC)
        )
        while moment.year < 2032:
            before = bisect_right(begins, moment.replace(tzinfo=None))
            assert before, (name, moment)
            there = moment.astimezone(zone)
            assert onsets[before - 1][1] == (there.utcoffset(), there.tzname()), (name, moment)
            moment += timedelta(days=5, hours=7)


def _onsets(part: tuple[str, ...]) -> list[tuple[datetime, tuple[timedelta, str]]]:
    """When a part of a zone begins, in UTC, and the offset and the zone's name from then on."""
    start, week, weekday, month, before, after, name = part

    def span(text: str) -> timedelta:
        sign = -1 if text[0] == "-" else 1
        return sign * timedelta(hours=int(text[1:3]), minutes=int(text[3:5]), seconds=int(text[5:7] or 0))

    first = datetime.strptime(start, "%Y%m%dT%H%M%S")
    if not month:
        return [(first - span(before), (span(after), name))]
    found = []
    for year in range(first.year, 2033):
        days = [first.replace(year=year, month=int(month), day=1) + timedelta(days=number) for number in range(31)]
        here = [day for day in days if day.month == int(month) and f"{day:%A}".upper().startswith(weekday)]
        index = int(week)
        found.append((here[index - 1 if index > 0 else index] - span(before), (span(after), name)))
    return found


# Independent readers


def every_clock() -> dict[str, Record]:
    """Timed events in every American zone, on both sides of both changes, at the ends of February and of the year.

    Beside them some zones whose law has not changed lately: ical and node-ical ask the machine's own database.
    """
    moments = [
        ("2027-02-28 23:30", "2027-03-01 00:30"),
        ("2027-03-13 12:00", "2027-03-13 13:00"),
        ("2027-03-14 01:30", "2027-03-14 03:30"),
        ("2027-03-14 12:00", "2027-03-14 13:00"),
        ("2027-07-01 09:00", "2027-07-01 10:30"),
        ("2027-11-06 12:00", "2027-11-08 12:00"),
        ("2027-11-07 00:30", None),
        ("2027-11-07 02:30", "2027-11-07 03:30"),
        ("2027-12-31 23:30", "2028-01-01 00:30"),
        ("2028-02-29 09:00", "2028-02-29 17:00"),
    ]
    zones = [*american_zones(), "America/Panama", "Europe/London", "Europe/Dublin", "Asia/Kolkata", "Australia/Sydney",
             "Asia/Jerusalem", "UTC"]  # fmt: skip
    found = {}
    for zone in zones:
        for start, end in moments:
            identity = re.sub(r"[^a-z0-9]+", "-", f"{zone} {start}".lower()).strip("-")
            found[identity] = record(
                title=f"At {start}, in {zone}", start=start, end=end, timezone=zone, topics=["data"], kind="training"
            )
    # Around the law that the United States have had since 2007, and before it.
    for number, start in enumerate(("2005-07-01 09:00", "2007-03-12 09:00", "2007-11-04 12:00", "2007-11-05 09:00")):
        found[f"old-{number}"] = record(
            title=f"Old, {start}", start=start, timezone="America/New_York", announced="2004-01-01", topics=["ai"]
        )
    for day in ("2027-02-28", "2028-02-28", "2028-02-29", "2027-12-31", "2027-03-14", "2027-11-07"):
        found[f"day-{day}"] = record(title=f"All day, {day}", start=day, topics=["ai"])
        after = f"{date.fromisoformat(day) + timedelta(days=2)}"
        found[f"days-{day}"] = record(title=f"Three days from {day}", start=day, end=after, topics=["ai"])
    return found


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Mapping[str, Record], Sequence[Path]]:
    """The rich directory with an event at every hard time: its records, and all of its calendar files."""
    records = {**factory.rich(), **every_clock()}
    folder = tmp_path_factory.mktemp("calendars")
    paths = []
    for item in factory.plan(records).files():
        if isinstance(item, CalendarFile):
            path = folder / item.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(item.data)
            paths.append(path)
    return records, paths


@pytest.mark.parametrize("reader", READERS)
def test_an_independent_reader_sees_what_the_records_say(
    reader: str, published: tuple[Mapping[str, Record], Sequence[Path]]
) -> None:
    records, paths = published
    seen = read(reader, paths)
    dated = {
        meant(key, tree).uid: meant(key, tree)
        for key, tree in records.items()
        if "start" in tree and not tree.get("draft")
    }
    singles: set[Seen] = set()
    for path, rows in seen.items():
        assert rows, path
        if "--" in rows[0].uid:  # deadlines have a test of their own
            continue
        assert rows == [dated[row.uid] for row in rows]
        if "/events/" in path:
            singles.update(rows)
    assert singles == {*dated.values()}, "the downloads are all of the events"


@pytest.mark.parametrize("reader", READERS)
def test_an_independent_reader_sees_every_deadline_on_its_day(
    reader: str, published: tuple[Mapping[str, Record], Sequence[Path]]
) -> None:
    _, paths = published
    plan = factory.plan(factory.rich())
    due = {f"{item.event.id}--{item.key}@events.example.org": item for item in plan.feeds.deadlines}
    (path,) = (path for path in paths if path.name == "deadlines.ics")
    rows = read(reader, [path])[str(path)]
    assert {row.uid for row in rows} == set(due)
    for row in rows:
        item = due[row.uid]
        assert (row.start, row.end) == (f"{item.day}", f"{item.day + timedelta(days=1)}")
        assert row.title.endswith(f"{item.label}: {item.event.title}")


def test_every_status_and_format_is_among_what_the_readers_saw() -> None:
    trees = factory.rich().values()
    assert {tree.get("status", "scheduled") for tree in trees} == {*vocabulary.STATUS}
    assert {tree["format"] for tree in trees} == {*vocabulary.FORMAT}
