"""Records that are taken back: what is left at their address, in calendars and in data, over three builds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from events.collection import load
from events.model import Event
from events.pages import CalendarFile
from icalendar import Calendar

from tests import factory
from tests.factory import record
from tests.site import Site, build, files

SECRET = "A secret place"
BACK = {"date": "2027-03-09", "reason": "Removed at the organizer’s request."}
FORMS = record(
    title="A day on forms",
    summary="A day in a secret place, of which nobody should hear any more.",
    format="in-person",
    start="2027-04-06",
    topics=["cloud"],
    organizer="gsa",
    venue={"name": SECRET, "city": "Bangor", "state": "ME"},
    registration={"url": "https://example.gov/secret", "closes": "2027-04-01"},
    prices=[{"for": "public", "amount": "0"}],
    credits=[{"type": "CPE", "amount": "2"}],
    description=f"{SECRET}, told at length.",
    speakers=[{"name": SECRET}],
    aliases=["old-forms"],
    changes=[{"date": "2027-02-01", "note": f"{SECRET} was found."}],
)
OTHER = record(title="Another day", start="2027-04-20", topics=["data"], description="Like [that day]({event}forms).")


def vevents(site: Site, path: str) -> dict[str, dict[str, str]]:
    """What a program reads of each VEVENT: its UID, sequence, status and title."""
    found = Calendar.from_ical((site.folder / path).read_bytes())
    return {
        str(item["uid"]): {name: str(item[name]) for name in ("sequence", "status", "summary")}
        for item in found.walk("VEVENT")
    }


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> list[Site]:
    """The directory as published, with a record withdrawn the next day, and thirteen months after that."""
    folder = tmp_path_factory.mktemp("withdrawn")
    found = []
    for number, (today, tree) in enumerate(
        [
            ("2027-03-08", FORMS),
            ("2027-03-09", {**FORMS, "withdrawn": BACK}),
            ("2028-06-01", {**FORMS, "withdrawn": BACK}),
        ]
    ):
        content = factory.write_content(folder / f"content-{number}", {"forms": tree, "other": OTHER})
        made = build(folder / f"output-{number}", content, EVENT_AS_OF=today)
        assert made.status == 0, made.err
        found.append(made.site)
    return found


def test_the_address_stays_and_says_when_and_why_and_nothing_else(builds: list[Site]) -> None:
    before, *after = builds
    assert SECRET in before.text("events/forms.html")
    for site in after:
        page = site.text("events/forms.html")
        assert "removed from the directory on March 9, 2027" in page
        assert BACK["reason"] in page
        assert site.text("events/forms.html", "h1") == FORMS["title"]
        assert site.hidden("events/forms.html")
        assert site.moved("events/old-forms.html") == "events/forms.html"
        for path, data in files(site.folder).items():
            for told in (SECRET, FORMS["summary"], "example.gov/secret"):
                assert told.encode() not in data.replace(b"\r\n ", b""), (path, told)


def test_no_address_of_the_first_build_is_lost(builds: list[Site]) -> None:
    before, after, _ = builds
    kept = {path for path in files(before.folder) if not path.startswith(("calendar/", "feeds/", "search/"))}
    assert kept <= {*files(after.folder)}


def test_no_list_of_readers_shows_it(builds: list[Site]) -> None:
    before, *after = builds
    assert "events/forms.html" in before.hrefs("topics/cloud.html")
    for site in after:
        linking = {page for page, target in site.links() if target == "events/forms.html"}
        assert linking <= {"events/forms.html", "events/old-forms.html", "events/other.html"}
        assert "topics/cloud.html" not in site.hrefs("topics.html")
        assert "topics/cloud.html" not in site.hrefs("feeds.html")
        for path in files(site.folder):
            if path.startswith("search/"):
                assert "A day on forms" not in str(site.json(path)), path


def test_every_calendar_that_held_it_takes_it_away_and_no_calendar_vanishes(builds: list[Site]) -> None:
    before, after, later = builds
    uid = "forms@events.example.org"
    held = {path for path in files(before.folder) if path.endswith(".ics") and uid in vevents(before, path)}
    assert {"events.ics", "topics/cloud.ics", "states/me.ics", "free.ics", "credits.ics", "events/forms.ics"} <= held
    assert {"topics/cloud/me.ics", "organizers/gsa.ics", "events/old-forms.ics"} <= held
    for path in held:
        was, now = vevents(before, path)[uid], vevents(after, path)[uid]
        assert (was["status"], now["status"]) == ("CONFIRMED", "CANCELLED"), path
        assert int(now["sequence"]) == int(was["sequence"]) + 1, path
        assert now["summary"].startswith("REMOVED: ")
        assert later.has(path), "programs give up on a calendar that is missing"
    due = "forms--registration@events.example.org"
    assert vevents(before, "deadlines.ics")[due]["status"] == "CONFIRMED"
    assert vevents(after, "deadlines.ics")[due]["status"] == "CANCELLED"
    assert "Registration closes" not in after.text("deadlines.html")
    # A feed that holds others lets it go with its window; one that holds nothing else must not become empty.
    assert set(vevents(later, "states/me.ics")) == {uid}
    assert uid not in vevents(later, "formats/online.ics")


def test_a_feed_lets_it_go_when_its_window_ends(builds: list[Site]) -> None:
    before, after, later = builds
    held = [uid for site in (before, after, later) for uid in vevents(site, "events.ics") if uid.startswith("forms@")]
    assert len(held) == 2


def test_a_link_from_another_record_is_told_and_leads_to_the_page(tmp_path: Path) -> None:
    content = factory.write_content(tmp_path / "content", {"forms": {**FORMS, "withdrawn": BACK}, "other": OTHER})
    made = build(tmp_path / "output", content, EVENT_AS_OF="2027-03-09")
    assert re.search(r"other\.yaml:\d+:\d+: warning: `description` links to an event that was withdrawn", made.err)
    assert "help: take the link out" in made.err
    assert "events/forms.html" in made.site.hrefs("events/other.html")


def test_an_article_says_that_it_was_removed(tmp_path: Path) -> None:
    content = factory.write_content(tmp_path / "content", {"forms": {**FORMS, "withdrawn": BACK}})
    (content / "articles").mkdir()
    text = "Title: Forms\nDate: 2027-03-01\nSummary: Two links to one event that was taken back.\n\n{event}forms\n\nSee {event}forms for more.\n"
    (content / "articles" / "forms.md").write_text(text, encoding="utf-8")
    site = build(tmp_path / "output", content, EVENT_AS_OF="2027-03-09").site
    page = "articles/forms.html"
    assert site.text(page).count("A day on forms (removed from the directory)") == 2
    assert "events/forms.html" in site.hrefs(page)
    assert not site.document(page).query("main .event-card")


@pytest.mark.parametrize("withdrawn", [False, True])
def test_a_duplicate_is_mended_by_withdrawing_one_of_the_two(tmp_path: Path, withdrawn: bool) -> None:
    twice = {**OTHER, "description": "", **({"withdrawn": BACK} if withdrawn else {})}
    found = load(factory.write_content(tmp_path, {"other": {**OTHER, "description": ""}, "twice": twice}))
    assert bool([problem for problem in found.problems if "the same event twice?" in problem.message]) != withdrawn


def test_its_version_grows_by_one_and_its_day_is_the_withdrawals() -> None:
    def event(**changes: Any) -> Event:
        return factory.event(changes=FORMS["changes"], **changes)

    assert event(withdrawn=BACK).sequence == event().sequence + 1
    assert f"{event(withdrawn=BACK).changed}" == BACK["date"]
    earlier = {**BACK, "date": "2027-01-20"}
    assert event(withdrawn=earlier).changed == event().changed, "DTSTAMP never goes back"


def test_a_withdrawn_record_is_in_no_archive() -> None:
    found = factory.plan(
        {"forms": {**FORMS, "start": "2027-01-06", "withdrawn": BACK}, "other": {**OTHER, "start": "2027-01-08"}}
    )
    (archive,) = (item for item in found.files() if isinstance(item, CalendarFile) and item.path == "archive/2027.ics")
    assert [entry.uid for entry in archive.entries] == ["other@events.example.org"]
