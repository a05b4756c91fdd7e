"""The page of an event: what it says for each status and format, and the two sheets of paper.

The words of each page are kept in tests/pages/ for review. After a change that is meant, write them anew with
`EVENTS_WRITE_PAGES=1 .venv/bin/pytest tests/test_event_page.py`, and read the difference before you commit it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from events import vocabulary
from events.facts import duty_hours
from events.pages import Page
from events.render import Renderer

from tests import factory
from tests.site import attribute, parse, words

PAGES = Path(__file__).parent / "pages"
TEMPLATES = Path(__file__).resolve().parent.parent / "theme" / "templates"
SITE = {
    "name": "Events", "subtitle": "", "url": "https://events.example.gov", "language": "en", "as_of": "",
    "contact": "", "repository": "", "banner": False, "identifier": None, "notices": (), "search": True,
    "assets": {"site.css": "site.css", "site.js": "site.js", "favicon.svg": "favicon.svg", "search.js": "search.js",
               "shortlist.js": "shortlist.js"},
}  # fmt: skip


def page(**changes: Any) -> str:
    """The HTML of the page of an event with some fields set."""
    plan = factory.plan({"some-event": factory.record(**changes)})
    found = next(item for item in plan.files() if isinstance(item, Page) and item.path == "events/some-event.html")
    return Renderer([TEMPLATES], SITE).html(found).decode()


def text(**changes: Any) -> str:
    """The words of that page."""
    return words(parse(page(**changes)).query_one("main"))


def lines(html: str) -> str:
    """What a reader sees of a page without scripts, a line for each part of it."""
    parts = parse(html).query("main .event-alert, main .event-head, main .about__row, main .event-part, main .panel")
    seen = [part for part in parts if "hidden" not in (part.attrs or {})]
    # Both are hidden until a script shows them.
    return "".join(words(part).replace(" Happening now", "").replace(" ☆", "") + "\n" for part in seen)


PLACE = {"venue": {"name": "City Hall", "city": "Chicago", "state": "IL", "access": "Bring a photo ID."}}
FORMATS: dict[str, dict[str, Any]] = {
    "in-person": {"format": "in-person", **PLACE},
    "online": {"format": "online", "online": {"platform": "Zoom"}},
    "hybrid": {"format": "hybrid", **PLACE},
    "on-demand": {"format": "on-demand", "kind": "webcast", "start": None, "on_demand": {"minutes": "45"}},
}
WHY = {"status_note": "The organizer said why.", "changes": [{"date": "2027-02-01", "note": "Something changed."}]}
STATUSES: dict[str, dict[str, Any]] = {
    "scheduled": {},
    "tentative": {"status_note": "The room is not booked yet."},
    "postponed": {**WHY, "when": "Fall 2027"},
    "rescheduled": {**WHY, "previous_start": ["2027-03-30 13:30"]},
    "moved-online": {**WHY, **PLACE},
    "cancelled": WHY,
}
TIMED = {"start": "2027-04-06 13:30", "end": "2027-04-06 15:00", "timezone": "America/New_York"}
# An event that moved online is online; what is on demand has no date to be moved.
CASES = [
    (status, form)
    for status in vocabulary.STATUS
    for form in vocabulary.FORMAT
    if (status != "moved-online" or form == "online")
    and (form != "on-demand" or status in ("scheduled", "tentative", "cancelled"))
]


@pytest.mark.parametrize(("status", "form"), CASES)
def test_the_page_says_what_it_said(status: str, form: str) -> None:
    html = page(**{**TIMED, **STATUSES[status], **FORMATS[form], "status": status, **_no_time(form)})
    kept = PAGES / f"{status}-{form}.txt"
    wrapped = lines(html)
    if os.environ.get("EVENTS_WRITE_PAGES"):
        PAGES.mkdir(exist_ok=True)
        kept.write_text(wrapped, encoding="utf-8")
    assert wrapped == kept.read_text(encoding="utf-8")


def _no_time(form: str) -> dict[str, None]:
    return {"start": None, "end": None, "timezone": None} if form == "on-demand" else {}


def test_every_case_is_kept_and_nothing_else() -> None:
    assert {path.stem for path in PAGES.iterdir()} == {f"{status}-{form}" for status, form in CASES}


def test_facts_stand_in_one_order_on_every_page() -> None:
    names = [
        "When",
        "Where",
        "Cost",
        "Who may attend",
        "Registration",
        "Credits",
        "Accessibility",
        "Organizer",
        "Topics",
    ]
    html = page(**TIMED, credits=[{"type": "CPE", "amount": "1.5"}])
    assert [words(term) for term in parse(html).query("dl.about dt")] == names


def test_what_nobody_said_is_not_stated() -> None:
    said = text()
    for name in ("Cost", "Who may attend", "Registration", "Accessibility", "Organizer"):
        assert f"{name} Not stated" in said


def test_a_webcast_says_that_nobody_checked_whether_it_is_still_there() -> None:
    gone = text(format="on-demand", kind="webcast", start=None)
    there = text(format="on-demand", kind="webcast", start=None, on_demand={"url": "https://example.gov/w"})
    checked = text(
        format="on-demand", kind="webcast", start=None, on_demand={"url": "https://example.gov/w"}, checked="2027-03-01"
    )
    assert "availability is not verified" in gone
    assert "availability not verified" in there
    assert "not verified" not in checked


@pytest.mark.parametrize(("announced", "told"), [("2027-03-01", True), ("2027-03-02", False)])
def test_the_day_on_which_it_became_known_is_told_where_it_was_before_the_event(announced: str, told: bool) -> None:
    seen = text(start="2027-03-02", end=None, timezone=None, announced=announced)
    assert ("Listed since it became known" in seen) == told


@pytest.mark.parametrize("day", [{}, {"request_by": "2027-03-20"}])
@pytest.mark.parametrize(
    ("contact", "mail"),
    [
        ("access@example.gov", True),
        ("Jane Doe, 202-555-0100", False),
        ("access@example.gov?bcc=you@example.com", False),
        ("Jane <access@example.gov>", False),
    ],
)
def test_whom_to_ask_for_an_accommodation_is_a_link_where_it_is_an_address(
    contact: str, mail: bool, day: dict[str, str]
) -> None:
    document = parse(page(accessibility={"contact": contact, **day}))
    found = {(attribute(link, "href"), words(link)) for link in document.query(".about a[href^='mailto:']")}
    assert found == ({(f"mailto:{contact}", contact)} if mail else set())
    assert f"For an accommodation ask {contact}" in words(document.query_one(".about"))


def test_a_vendor_s_event_says_that_listing_is_no_endorsement() -> None:
    assert "Listing is not endorsement" in text(commercial="true")
    assert "Listing is not endorsement" not in text()


def test_links_that_leave_gov_and_mil_are_marked() -> None:
    def marked(url: str) -> bool:
        link = parse(page(url=url)).query_one(f'dl.about a[href="{url}"]')
        assert link is not None
        return "usa-link--external" in str((link.attrs or {}).get("class"))

    assert marked("https://events.example.com/x")
    assert not marked("https://www.gsa.gov/x")
    assert not marked("https://www.navy.mil/x")


def test_the_approval_sheet_has_the_facts_and_leaves_the_blanks_blank() -> None:
    html = page(
        **TIMED,
        objectives=["Test a form with a screen reader"],
        contact="events@agency.gov",
        prices=[{"for": "government", "amount": "295", "label": "Early bird", "until": "2027-03-01"}],
        organizer="gsa",
    )
    sheet = words(parse(html).query_one("#approval-sheet"))
    for fact in (
        "Duty hours 1.5",
        "Test a form with a screen reader",
        "events@agency.gov",
        "General Services Administration (GSA)",
        "Tuition: government employees, Early bird, until March 1, 2027 $295",
        "None: it is taken part in online",
    ):
        assert fact in sheet
    blank = words(parse(page()).query_one("#approval-sheet"))
    assert "Vendor’s contact to fill in" in blank
    assert "Duty hours to fill in" in blank


def test_the_ethics_sheet_gives_facts_and_no_conclusion() -> None:
    facts = {
        "expected": "400",
        "mix": "Agencies and universities.",
        "free_value": "495",
        "free_includes": "Lunch.",
        "invited_by": "The organizer",
        "fundraiser": "false",
    }
    sheet = words(parse(page(attendance=facts)).query_one("#ethics-sheet"))
    for fact in ("400", "Agencies and universities.", "$495", "Lunch.", "The organizer", "Raises funds No"):
        assert fact in sheet
    silent = words(parse(page()).query_one("#ethics-sheet"))
    for name in ("Expected attendance", "Mix of those who attend", "Value of free attendance", "Raises funds"):
        assert f"{name} Not stated" in silent
    for conclusion in ("qualifies", "approved", "you may accept free attendance"):
        assert conclusion not in silent.casefold()


@pytest.mark.parametrize(
    ("sessions", "hours"),
    [
        ([("09:00", "10:30"), ("10:30", "12:00")], "3"),
        ([("09:00", "10:30"), ("09:30", "10:00")], "1.5"),
        ([("09:00", "10:00"), ("11:00", None)], ""),
    ],
)
def test_duty_hours_are_those_of_the_sessions_if_all_are_known(
    sessions: list[tuple[str, str | None]], hours: str
) -> None:
    rows = [
        {"title": "Part", "start": f"2027-04-06 {start}", **({"end": f"2027-04-06 {end}"} if end else {})}
        for start, end in sessions
    ]
    assert duty_hours(factory.event(timezone="America/New_York", sessions=rows)) == hours


def test_a_day_without_hours_has_no_duty_hours() -> None:
    assert duty_hours(factory.event()) == ""
    assert duty_hours(factory.event(**TIMED)) == "1.5"
    assert duty_hours(factory.event(start=None, format="on-demand", on_demand={"minutes": "45"})) == "0.75"


@pytest.mark.parametrize(("start", "ahead"), [("2027-04-06", True), ("2027-01-06", False)])
def test_only_what_is_ahead_is_told_how_to_join_and_stands_under_upcoming(start: str, ahead: bool) -> None:
    found = page(start=start)
    assert ("How to join is told" in found) is ahead
    there = page(
        start=start, online={"url": "https://example.gov/zoom", "platform": "Zoom"}, registration={"state": "open"}
    )
    assert [phrase in there for phrase in ("Join on Zoom", "Registration is open")] == [ahead, ahead]
    assert ("Held on Zoom." in there) is not ahead
    current = parse(found).query("header [aria-current]")
    assert [words(link) for link in current] == ["Upcoming"] * ahead
