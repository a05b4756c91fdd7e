"""What a record is: the one definition from which validation, JSON Schema and the field reference follow.

The dataclasses below are the contract's table. Rules between fields (an end before its start, a venue that is
missing) follow them in `_check_event`, one small function for each group of fields.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from itertools import pairwise
from typing import Any

from . import times, vocabulary
from .fields import (
    ID_LENGTH,
    Amount,
    Choice,
    Code,
    Flag,
    Group,
    Id,
    Language,
    Many,
    Markdown,
    Number,
    Reading,
    Record,
    Text,
    Url,
    Zone,
    build,
    given,
    object_schema,
    read_fields,
    record,
    zone_words,
)
from .fields import Moment as MomentType
from .records import Place
from .times import Moment

_DATE = MomentType("day")
_EITHER = MomentType("either")
_CLOCK = MomentType("time")


@record
class Venue(Record):
    """Where an event is held (schema.org Place and PostalAddress)."""

    name: str | None = given(Text(2, 200), "The building or hall.", example="GSA Headquarters")
    room: str | None = given(Text(1, 120), "Room, floor or wing.", example="Auditorium, first floor")
    street: str | None = given(Text(2, 200), "Street and number.", example="1800 F Street NW")
    city: str | None = given(Text(2, 100), "City.", example="Washington")
    state: str | None = given(
        Text(1, 60), "USPS code where the country is US (DC, PR, GU, VI, AS, MP too), else free text.", example="DC"
    )
    postal_code: str | None = given(Text(2, 12), "ZIP or postal code.", example="20405")
    country: str = given(Code("country"), "ISO 3166 code; US where nothing is said.", default="US", example="US")
    latitude: float | None = given(Number(-90, 90), "Degrees north; only together with `longitude`.", example="38.8977")
    longitude: float | None = given(Number(-180, 180), "Degrees east; west is negative.", example="-77.0426")
    access: str | None = given(
        Text(4, 500),
        "What one needs to get in: identification, an escort, an entrance.",
        example="Bring a REAL ID or PIV card.",
    )


@record
class Online(Record):
    """How one joins from elsewhere."""

    platform: str | None = given(Text(2, 80), "The service it is held on.", example="Zoom")
    url: str | None = given(Url(), "The public join link, and none that is sent to those who registered.")


@record
class Price(Record):
    """What one group pays (schema.org Offer)."""

    for_: str = given(Choice(vocabulary.PRICE_FOR), "Who pays it.", required=True, example="government")
    amount: str = given(Amount("a price"), "The price; `0` is free.", required=True, example="295")
    currency: str = given(Code("currency"), "ISO 4217 code; USD where nothing is said.", default="USD", example="USD")
    label: str | None = given(Text(2, 80), "What the organizer calls it.", example="Early bird")
    until: date | None = given(_DATE, "The last day of this price.", example="2027-01-31")

    @property
    def free(self) -> bool:
        """Whether nothing is paid."""
        return Decimal(self.amount) == 0


@record
class Registration(Record):
    """How one signs up."""

    url: str | None = given(Url(), "Where one registers.")
    opens: Moment | None = given(_EITHER, "When registration opens.", example="2027-01-04")
    closes: Moment | None = given(_EITHER, "When it closes; a day counts to its end.", example="2027-02-26")
    state: str | None = given(
        Choice(vocabulary.REGISTRATION), "How it stands, where the dates do not tell.", example="open"
    )
    note: str | None = given(Text(4, 300), "What else one must know.", example="Use a .gov or .mil address.")


@record
class Deadline(Record):
    """A day by which something must be done."""

    date: date = given(_DATE, "The last day.", required=True, example="2027-01-15")
    label: str = given(Text(3, 120), "What must be done.", required=True, example="Call for speakers closes")
    url: str | None = given(Url(), "Where it is done.")


@record
class Credit(Record):
    """Credits towards a certificate or a licence."""

    type: str = given(Choice(vocabulary.CREDIT), "The kind of credit.", required=True, example="CPE")
    amount: str | None = given(Amount("a number of credits"), "How many.", example="6.5")
    field: str | None = given(Text(2, 120), "Field of study.", example="Information technology")
    level: str | None = given(Text(2, 60), "Program level.", example="Basic")


@record
class Accessibility(Record):
    """What is done so that everyone can take part."""

    features: tuple[str, ...] = given(
        Many(Choice(vocabulary.ACCESSIBILITY), unique=True), "What the organizer promises.", example=["captions", "asl"]
    )
    contact: str | None = given(Text(4, 200), "Whom to ask for an accommodation.", example="events@agency.gov")
    request_by: date | None = given(_DATE, "The day by which to ask.", example="2027-02-19")


@record
class Speaker(Record):
    """A person who speaks."""

    name: str = given(Text(2, 120), "The person's name.", required=True, example="Ada Lovelace")
    title: str | None = given(Text(2, 160), "What the person does.", example="Chief Data Officer")
    organization: str | None = given(Text(2, 160), "For whom.", example="Department of Labor")


@record
class Session(Record):
    """A part of the agenda."""

    start: datetime = given(_CLOCK, "When it begins.", required=True, example="2027-03-02 09:00")
    end: datetime | None = given(_CLOCK, "When it ends.", example="2027-03-02 09:45")
    title: str = given(Text(2, 200), "What it is called.", required=True, example="Opening remarks")
    room: str | None = given(Text(1, 120), "Where in the building.", example="Room 1461")
    speakers: tuple[str, ...] = given(Many(Text(2, 120)), "Names of those who speak.", example=["Ada Lovelace"])


@record
class Attendance(Record):
    """What an ethics office asks of a widely attended gathering (5 CFR 2635.204(g)); facts, and no conclusion."""

    expected: int | None = given(Number(1, 999_999, whole=True), "How many people are expected.", example="400")
    mix: str | None = given(
        Text(4, 300), "Who they are.", example="Agencies at all levels, universities, and companies of many trades."
    )
    free_value: str | None = given(
        Amount("a value in US dollars"),
        "The market value of free attendance, by the organizer's own figures.",
        example="495",
    )
    free_includes: str | None = given(
        Text(4, 300),
        "What free attendance includes: meals, entertainment, materials.",
        example="Lunch and a reception.",
    )
    invited_by: str | None = given(
        Text(2, 200), "Who offers free attendance: the organizer, or somebody else.", example="The organizer"
    )
    fundraiser: bool | None = given(Flag(), "Whether it raises funds for a charity or a cause.", example="false")


@record
class OnDemand(Record):
    """What can be watched at any time."""

    available_from: date | None = given(_DATE, "The first day.", example="2027-03-10")
    available_until: date | None = given(_DATE, "The last day.", example="2028-03-10")
    minutes: int | None = given(Number(1, 6000, whole=True), "How long it takes.", example="60")
    url: str | None = given(Url(), "Where it is watched.")
    captions: bool | None = given(Flag(), "Whether it has captions.", example="true")


@record
class Resource(Record):
    """What is left after the event."""

    type: str = given(Choice(vocabulary.RESOURCE), "What it is.", required=True, example="recording")
    title: str | None = given(Text(2, 160), "Its name.", example="Recording of the webinar")
    url: str = given(Url(), "Where it is.", required=True)


@record
class Source(Record):
    """Where the facts of a record come from."""

    url: str | None = given(Url(), "The page that was read.")
    title: str | None = given(Text(2, 200), "The page's title.", example="Government Gets Social")
    publisher: str | None = given(Text(2, 120), "Who published it.", example="GovEvents")
    published: date | None = given(_DATE, "When it was published.", example="2019-01-23")
    retrieved: date | None = given(_DATE, "When it was read.", example="2026-11-23")


@record
class Change(Record):
    """A line of the change log that readers see."""

    date: date = given(_DATE, "The day of the change.", required=True, example="2027-02-01")
    note: str = given(
        Text(4, 400), "What changed, for readers.", required=True, example="Moved from March 2 to April 6."
    )


@record
class Withdrawn(Record):
    """Why an editor took a record back."""

    date: date = given(_DATE, "The day on which it was taken back.", required=True, example="2027-02-01")
    reason: str = given(Text(4, 400), "Why, for readers.", required=True, example="Removed at the organizer's request.")


@record
class Event(Record):
    """One event, webcast or public meeting."""

    id: str
    path: str

    title: str = given(
        Text(2, 120),
        "The event's name, without year, place or price.",
        required=True,
        example="Accessibility Open House",
    )
    acronym: str | None = given(Text(2, 30), "What people call it for short; searched and shown.", example="GSMCON")
    kind: str = given(Choice(vocabulary.KIND), "What sort of event it is.", required=True, example="webinar")
    format: str = given(Choice(vocabulary.FORMAT), "How one takes part.", required=True, example="online")
    status: str = given(Choice(vocabulary.STATUS), "How it stands.", default="scheduled", example="scheduled")
    status_note: str | None = given(Text(4, 400), "Why, for readers.", example="The venue closed for repairs.")
    start: Moment | None = given(_EITHER, "First day, or day and wall time.", example="2027-03-02 13:30")
    end: Moment | None = given(
        _EITHER,
        "Last day (inclusive), or day and wall time of the end; the same shape as `start`.",
        example="2027-03-02 15:00",
    )
    timezone: str | None = given(Zone(), "Required where `start` has a time.", example="America/New_York")
    when: str | None = given(
        Text(4, 80, like="Spring 2027"),
        "Instead of `start` while no day is known; a postponed event may have both.",
        example="Spring 2027",
    )
    previous_start: tuple[Moment, ...] = given(
        Many(_EITHER), "The former starts of a rescheduled event, oldest first.", example=["2027-02-02 13:30"]
    )
    venue: Venue | None = given(
        Group(Venue), "Required for in-person and hybrid events: at least city and state, or city and country."
    )
    online: Online | None = given(Group(Online), "How one joins from elsewhere.")
    organizer: tuple[str, ...] = given(
        Many(Id("organizers"), unique=True, or_one=True), "Who holds it; absent = not stated.", example="gsa"
    )
    topics: tuple[str, ...] = given(
        Many(Id("topics"), 1, 5, unique=True), "What it is about.", required=True, example=["accessibility"]
    )
    audience: tuple[str, ...] = given(
        Many(Choice(vocabulary.AUDIENCE), unique=True), "For whom it is meant.", example=["federal", "state"]
    )
    eligibility: str | None = given(Choice(vocabulary.ELIGIBILITY), "Who may come.", example="government-only")
    prices: tuple[Price, ...] = given(Many(Group(Price)), "What it costs; absent = not stated.")
    registration: Registration | None = given(Group(Registration), "How one signs up.")
    deadlines: tuple[Deadline, ...] = given(
        Many(Group(Deadline)),
        "Other days to keep; registration's close and the accommodations date join them by themselves.",
    )
    credits: tuple[Credit, ...] = given(Many(Group(Credit)), "Credits that it earns.")
    accessibility: Accessibility | None = given(Group(Accessibility), "What is done so that everyone can take part.")
    speakers: tuple[Speaker, ...] = given(Many(Group(Speaker)), "Who speaks.")
    sessions: tuple[Session, ...] = given(Many(Group(Session)), "The agenda.")
    objectives: tuple[str, ...] = given(
        Many(Text(4, 240)),
        "What one can do afterwards, for a training request (SF-182).",
        example=["Test a web form with a screen reader"],
    )
    contact: str | None = given(
        Text(4, 200), "Whom to ask about the event, for a training request.", example="events@agency.gov"
    )
    attendance: Attendance | None = given(
        Group(Attendance), "What an ethics office asks of a widely attended gathering (5 CFR 2635.204(g))."
    )
    series: str | None = given(Id("series"), "The series it is an edition of.", example="gsmcon")
    url: str | None = given(Url(), "The organizer's page.")
    on_demand: OnDemand | None = given(Group(OnDemand), "Only for `format: on-demand`.")
    resources: tuple[Resource, ...] = given(Many(Group(Resource)), "Slides, recording and more, after the event.")
    commercial: bool = given(
        Flag(), "A vendor's event; the page says that listing is not endorsement.", default=False, example="true"
    )
    language: str = given(Language(), "The event's language.", default="en", example="en")
    summary: str = given(
        Text(40, 240),
        "One full sentence.",
        required=True,
        example="A one-hour tour of the tools that federal teams use to test their sites for accessibility.",
    )
    description: str | None = given(
        Markdown(1, 20_000), "More, in Markdown; raw HTML is shown as text, links are http(s), mailto or `{event}id`."
    )
    source: Source | None = given(Group(Source), "Where the facts come from.")
    checked: date | None = given(_DATE, "When it was last compared with the organizer's page.", example="2026-11-23")
    announced: date = given(_DATE, "The day it became known.", required=True, example="2026-11-23")
    changes: tuple[Change, ...] = given(
        Many(Group(Change)),
        "The change log, oldest first; its length (one more once `withdrawn`) is the calendar's SEQUENCE.",
    )
    aliases: tuple[str, ...] = given(Many(Id(), unique=True), "Former ids; the old addresses redirect.")
    withdrawn: Withdrawn | None = given(
        Group(Withdrawn),
        "For a published record that must go: its address then says when and why, and shows its title and nothing else;"
        " calendars take the event away.",
    )
    draft: bool = given(Flag(), "Left out of the site.", default=False, example="true")

    @property
    def dated(self) -> bool:
        """Whether it has a day: only then is there a VEVENT."""
        return self.start is not None

    @property
    def last(self) -> Moment | None:
        """The last day, or the wall time at which it ends; an unknown end is the start."""
        return self.end if self.end is not None else self.start

    @property
    def days(self) -> tuple[date, date] | None:
        """The first and the last of its days; what ends at midnight does not reach into the next."""
        if self.start is None:
            return None
        first, end = times.day_of(self.start), self.end
        if end is None:
            return first, first
        last = times.day_of(end)
        return first, last - times.DAY if isinstance(end, datetime) and end.time() == time.min else last

    @property
    def one_day(self) -> bool:
        """Whether it begins and ends on the same day."""
        days = self.days
        return days is not None and days[0] == days[1]

    @property
    def waits(self) -> bool:
        """Whether it is postponed to a time that only `when` tells: its old `start` says no longer when it is."""
        return self.status == "postponed" and self.when is not None

    @property
    def changed(self) -> date:
        """The day of its last change: DTSTAMP and LAST-MODIFIED."""
        last = self.changes[-1].date if self.changes else self.announced
        return max(last, self.withdrawn.date) if self.withdrawn else last

    @property
    def sequence(self) -> int:
        """RFC 5545, 3.8.7.4: how often it was changed, its withdrawal among the changes."""
        return len(self.changes) + (self.withdrawn is not None)

    @property
    def state(self) -> str | None:
        """USPS code of its venue."""
        return self.venue.state if self.venue and self.venue.country == "US" else None

    @property
    def is_online(self) -> bool:
        """Whether one can take part from elsewhere at a given time."""
        return self.format in ("online", "hybrid")


@record
class Topic(Record):
    """An entry of content/topics.yaml."""

    id: str
    name: str = given(Text(2, 80), "What readers see.", required=True, example="Customer experience")
    description: str | None = given(Text(10, 400), "What belongs here.")
    synonyms: tuple[str, ...] = given(Many(Text(1, 80), unique=True), "Other words that find it.", example=["CX"])


@record
class Organizer(Record):
    """An entry of content/organizers.yaml."""

    id: str
    name: str = given(Text(2, 160), "The full name.", required=True, example="General Services Administration")
    acronym: str | None = given(Text(2, 30), "What people call it for short.", example="GSA")
    type: str | None = given(Choice(vocabulary.ORGANIZER), "What sort of body it is.", example="federal")
    parent: str | None = given(Id("organizers"), "The organizer that it is part of.", example="gsa")
    url: str | None = given(Url(), "Its home page.")
    also_known_as: tuple[str, ...] = given(Many(Text(1, 160), unique=True), "Former and other names that find it.")


@record
class Series(Record):
    """An entry of content/series.yaml."""

    id: str
    name: str = given(Text(2, 160), "What readers see.", required=True, example="Plain language community meetings")
    description: str | None = given(Text(10, 400), "What its editions have in common.")
    url: str | None = given(Url(), "Its home page.")


REGISTRIES: Mapping[str, type] = {
    "topics": Topic,
    "organizers": Organizer,
    "series": Series,
}


def names(entry: Topic | Organizer | Series) -> tuple[str, ...]:
    """All the words that an entry of a registry may be meant by."""
    if isinstance(entry, Topic):
        return (entry.name, *entry.synonyms)
    if isinstance(entry, Organizer):
        return (entry.name, *((entry.acronym,) if entry.acronym else ()), *entry.also_known_as)
    return (entry.name,)


def read_event(tree: Mapping[str, Any], identity: str, path: str, reading: Reading) -> Event | None:
    """The event of a record's tree, or None after its faults were told to `reading`."""
    reading.tree = tree
    found = read_fields(Event, dict(tree), (), reading)
    assert found is not None
    # What has no value is not there.
    there = tree if "" not in tree.values() else {name: value for name, value in tree.items() if value != ""}
    _check_event(found, there, reading)
    if reading.failed:
        return None
    found |= {"id": identity, "path": path}
    event: Event = build(Event, found)
    return event


def read_entry(cls: type, value: Any, identity: str, reading: Reading) -> Any:
    """The entry of a registry, or None after its faults were told to `reading`."""
    before = len(reading.findings)
    found = read_fields(cls, value, (identity,), reading)
    if found is None or any(not finding.warning for finding in reading.findings[before:]):
        return None
    return build(cls, {**found, "id": identity})


def event_schema() -> dict[str, Any]:
    """The record's JSON Schema, draft-07 compatible."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Event record",
        "description": "One event of the directory: content/events/<year>/<id>.yaml. Every value is read as text.",
        **_place_schema(object_schema(Event)),
        "dependencies": {"end": ["start"]},
        # What one field asks of another, as far as an editor can tell while it is typed; the check knows the rest.
        "allOf": [
            {
                "if": {"properties": {"start": {"pattern": ":"}}, "required": ["start"]},
                "then": {"required": ["timezone"]},
            },
            {
                "if": {"properties": {"format": {"enum": ["in-person", "hybrid"]}}, "required": ["format"]},
                "then": {
                    "required": ["venue"],
                    "properties": {
                        "venue": {"required": ["city"], "anyOf": [{"required": ["state"]}, {"required": ["country"]}]}
                    },
                },
            },
            {
                "if": {"properties": {"start": {"pattern": ":"}}, "required": ["start"]},
                "then": {"properties": {"end": {"pattern": ":"}}},
                "else": {"properties": {"end": {"pattern": "^[^:]*$"}}},
            },
            {
                "if": {"properties": {"status": {"const": "moved-online"}}, "required": ["status"]},
                "then": {"properties": {"format": {"const": "online"}}},
            },
            {
                "if": {"properties": {"status": {"const": "postponed"}}, "required": ["status"]},
                "else": {"not": {"required": ["start", "when"]}},
            },
            {
                "if": {"properties": {"format": {"const": "on-demand"}}, "required": ["format"]},
                "then": {"not": {"anyOf": [{"required": [key]} for key in ("start", "end", "when")]}},
                "else": {
                    "anyOf": [{"required": ["start"]}, {"required": ["when"]}],
                    "not": {"required": ["on_demand"]},
                },
            },
        ],
    }


def _place_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with what the fields of a venue ask of one another."""
    schema["properties"]["venue"] |= {
        "dependencies": {"latitude": ["longitude"], "longitude": ["latitude"]},
        "if": {"not": {"properties": {"country": {"not": {"const": "US"}}}, "required": ["country"]}},
        "then": {"properties": {"state": {"enum": [*vocabulary.STATE]}}},
    }
    return schema


def _check_event(found: Mapping[str, Any], tree: Mapping[str, Any], reading: Reading) -> None:
    _check_dates(found, tree, reading)
    _check_times(found, tree, reading)
    _check_place(found, tree, reading)
    _check_on_demand(found, tree, reading)
    _check_changes(found, reading)
    _check_withdrawn(found, tree, reading)
    _check_titles(found, reading)


def _lacks(name: str, tree: Mapping[str, Any], reading: Reading) -> bool:
    """Whether a field is missing: what stands there under another name was told."""
    return name not in tree and name not in reading.meant


def _check_dates(found: Mapping[str, Any], tree: Mapping[str, Any], reading: Reading) -> None:
    if (
        _lacks("start", tree, reading)
        and not {"when", "on_demand"} & tree.keys()
        and found.get("format") != "on-demand"
    ):
        reading.error((), "`start` is missing", "add `start: 2027-03-02`, or `when: Spring 2027` while no day is known")
    start, end = found.get("start"), found.get("end")
    if "when" in found and "start" in tree and found.get("status", "scheduled") != "postponed":
        reading.error(
            ("when",),
            "`when` stands beside `start`",
            "remove `when`; only a postponed event keeps its old `start` beside the new time",
        )
    if "end" in tree and _lacks("start", tree, reading):
        reading.error(("end",), "`end` stands without `start`", "add `start: …`, or remove `end`")
    if start is not None and end is not None:
        timed, first, last = times.has_time(start), times.day_of(start), times.day_of(end)
        if timed != times.has_time(end):
            what = "a time" if timed else "no time"
            mend = f"{last} 17:00" if timed else f"{last}"
            reading.error(("end",), f"`start` has {what} and `end` has not the same shape", f"write `end: {mend}`")
        elif timed and end <= start:
            same = end == start
            mend = "leave `end` out if it is not known" if same else "swap them, or mend the date"
            if first == last and end.time() == time.min and not same:
                mend = f"midnight begins a day: write `{last + times.DAY} 00:00`"
            said = f"`end` is {'the same as' if same else 'before'} `start` ({start:%Y-%m-%d %H:%M})"
            reading.error(("end",), said, mend)
        elif end < start:
            reading.error(("end",), f"`end` is before `start` ({start})", "swap them, or mend the date")
        elif (days := (last - first).days + 1) > _LONG:
            reading.warning(
                ("end",), f"the event is {days} days long", "check the dates; several dates are several records"
            )
    source = found.get("source")
    if (
        start is not None
        and source
        and source.published
        and times.day_of(start) < source.published
        and not _past(found)
    ):
        reading.warning(
            ("start",),
            f"`start` is before the source was published ({source.published}): a year typo?",
            f"check the year; {source.published.year} or {source.published.year + 1} would fit",
        )


# In days.
_LONG = 14


def _past(found: Mapping[str, Any]) -> bool:
    """Whether the source looks back on the event: what comes after an event has resources to show."""
    return bool(found.get("resources"))


def _wall_times(found: Mapping[str, Any]) -> list[tuple[Place, datetime]]:
    """Every wall time of a record, with its place."""
    some: list[tuple[Place, Any]] = [(("start",), found.get("start")), (("end",), found.get("end"))]
    some += [(("previous_start", index), moment) for index, moment in enumerate(found.get("previous_start", ()))]
    registration = found.get("registration")
    if registration and (registration.opens or registration.closes):
        some += [(("registration", "opens"), registration.opens), (("registration", "closes"), registration.closes)]
    for index, session in enumerate(found.get("sessions", ())):
        some += [(("sessions", index, "start"), session.start), (("sessions", index, "end"), session.end)]
    return [(place, moment) for place, moment in some if isinstance(moment, datetime)]


def _check_times(found: Mapping[str, Any], tree: Mapping[str, Any], reading: Reading) -> None:
    walls = _wall_times(found)
    if walls and _lacks("timezone", tree, reading):
        key = str(walls[0][0][0])
        reading.error((), f"`timezone` is missing: `{key}` has a time", zone_words(tree, "timezone: "))
    zone = found.get("timezone")
    if zone:
        for place, wall in walls:
            fault = times.clock_fault(wall, zone)
            if fault == "skipped":
                reading.error(
                    place,
                    f"{wall:%H:%M} does not exist on {wall:%Y-%m-%d} in {zone}: the clocks skip that hour",
                    "write the time that the organizer's clock will show, an hour later or earlier",
                )
            elif fault:
                reading.error(
                    place,
                    f"{wall:%H:%M} comes twice on {wall:%Y-%m-%d} in {zone}: the clocks go back",
                    "write the instant in `timezone: UTC`",
                )
    registration = found.get("registration")
    if registration and registration.opens and registration.closes:
        # A day counts to its end, so that opening at noon and closing "on that day" is right.
        opens, closes = registration.opens, registration.closes
        same_shape = times.has_time(opens) and times.has_time(closes)
        if (closes < opens) if same_shape else times.day_of(closes) < times.day_of(opens):
            reading.error(
                ("registration", "closes"), "registration closes before it opens", "swap them, or mend a date"
            )
    for index, session in enumerate(found.get("sessions", ())):
        if session.end and session.end <= session.start:
            reading.error(
                ("sessions", index, "end"), "the session ends before it starts", "swap them, or mend the time"
            )


def _check_place(found: Mapping[str, Any], tree: Mapping[str, Any], reading: Reading) -> None:
    form, status, venue = found.get("format"), found.get("status", "scheduled"), found.get("venue")
    if status == "moved-online" and form is not None and form != "online":
        reading.error(("format",), f"the event is moved online, but its format is `{form}`", "write `format: online`")
    if form in ("in-person", "hybrid") and _lacks("venue", tree, reading):
        reading.error(
            (), f"`venue` is missing: the format is `{form}`", "add `venue:` with at least `city:` and `state:`"
        )
    if venue is None:
        return
    if form in ("in-person", "hybrid"):
        if not venue.city:
            reading.error(("venue",), "`city` is missing in `venue`", "add `city: …`, indented by two spaces")
        if venue.country == "US" and not venue.state:
            reading.error(
                ("venue",), "`state` is missing in `venue`", "add `state: DC` (or `country:` where it is abroad)"
            )
    if venue.country == "US" and venue.state and venue.state not in vocabulary.STATE:
        # "N. Y.", "Washington, D.C."
        by_name = {_letters(name): code for code, name in vocabulary.STATE.items()} | {"washingtondc": "DC"}
        folded = _letters(venue.state)
        near = by_name.get(folded) or (folded.upper() if folded.upper() in vocabulary.STATE else "")
        reading.error(
            ("venue", "state"),
            f"`{venue.state}` is no USPS state code",
            f"write `{near}`"
            if near
            else "write two capital letters, such as `UT`, or set `country:` where it is abroad",
        )
    if (venue.latitude is None) != (venue.longitude is None):
        key = "latitude" if venue.longitude is None else "longitude"
        reading.error(("venue", key), "one coordinate says nothing without the other", "write both, or neither")
    if venue.longitude is not None and venue.longitude > 0 and venue.country == "US":
        _check_longitude(venue, reading)
    if form == "online" and status != "moved-online":
        reading.warning(
            ("venue",),
            "an online event has a venue",
            "write `format: hybrid`, or `status: moved-online`, or remove the venue",
        )


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalpha())


# In degrees east: the westernmost of the Aleutian Islands lie beyond the 180th meridian.
_ATTU = 172


def _check_longitude(venue: Venue, reading: Reading) -> None:
    """Warn where a place in the United States is told to lie in Asia."""
    state, longitude = venue.state or "", venue.longitude or 0
    if state in vocabulary.STATE and state not in ("GU", "MP") and (state != "AK" or longitude < _ATTU):
        reading.warning(
            ("venue", "longitude"),
            f"{vocabulary.STATE[state]} lies west of Greenwich, and this is east of it",
            f"write `{-longitude}`: west is negative",
        )


def _check_on_demand(found: Mapping[str, Any], tree: Mapping[str, Any], reading: Reading) -> None:
    form = found.get("format")
    if form is None:
        return
    if form != "on-demand" and "on_demand" in tree:
        reading.error(
            ("on_demand",),
            f"`on_demand` is for `format: on-demand`, and this is `{form}`",
            "remove it, or mend the format",
            key=True,
        )
    if form == "on-demand":
        for key in ("start", "end", "when"):
            if key in tree:
                reading.error(
                    (key,),
                    f"what is on demand has no `{key}`",
                    "write `available_from:` below `on_demand:`, or mend the format",
                )
    times_of = found.get("on_demand")
    if (
        times_of
        and times_of.available_from
        and times_of.available_until
        and times_of.available_until < times_of.available_from
    ):
        reading.error(("on_demand", "available_until"), "it ends before it begins", "swap them, or mend a date")


def _check_changes(found: Mapping[str, Any], reading: Reading) -> None:
    changes: Sequence[Change] = found.get("changes", ())
    for index, (earlier, later) in enumerate(pairwise(changes), 1):
        if later.date < earlier.date:
            reading.error(
                ("changes", index, "date"),
                f"the changes are out of order: {later.date} stands after {earlier.date}",
                "put the oldest first",
            )


def _check_withdrawn(found: Mapping[str, Any], tree: Mapping[str, Any], reading: Reading) -> None:
    if "withdrawn" in tree and found.get("draft"):
        reading.error(
            ("draft",),
            "a draft was never published, so it cannot be withdrawn",
            "remove `draft` if it was published, else `withdrawn`",
            key=True,
        )


def _check_titles(found: Mapping[str, Any], reading: Reading) -> None:
    title, start = found.get("title"), found.get("start")
    if title and start:
        years = {int(year) for year in _YEAR.findall(title)}
        if years and start.year not in years:
            reading.warning(
                ("title",),
                f"the title says {min(years)}, and `start` is in {start.year}",
                "mend the one that is wrong; a title is best without a year",
            )
    summary = found.get("summary")
    if summary and not summary.rstrip(_CLOSING).endswith(_FULL_STOPS):
        reading.warning(("summary",), "the summary breaks off: it has no full stop", "end it with a full sentence")
    # Looked for in its last letters alone: from the first on it took longer than all other rules of a record.
    elif summary and _DANGLING.search(summary, len(summary) - len("and.")):
        reading.warning(("summary",), "the summary breaks off", "end it with a full sentence")


_YEAR = re.compile(r"\b(?:19|20)\d{2}\b")
_FULL_STOPS, _CLOSING = (".", "!", "?", "…"), "\"'”’)]"
_DANGLING = re.compile(r"(?:\.\.\.|…|\b(?:and|or|the|a|an)\.)$", re.IGNORECASE)


def id_words() -> str:
    """The rule for ids, for the reference."""
    return f"lower-case letters, digits and single hyphens, {ID_LENGTH[0]}–{ID_LENGTH[1]} characters"
