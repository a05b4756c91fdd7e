"""What depends on the reader, in a real browser: the price for me, how registration stands, and sheets on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from events import wording
from events.model import Event, Price

from tests import factory
from tests.browsing import serving
from tests.site import build

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

# Whose price each reader pays where there is none of the reader's own.
PAYS = {
    "federal": ("federal", "government", "public"),
    "state-local": ("state-local", "government", "public"),
    "contractor": ("contractor", "public"),
    "public": ("public",),
}


def price_for(event: Event, reader: str, today: date) -> str:
    """What the page must say, worked out from the record."""
    groups = (name for name in PAYS[reader] if any(price.for_ == name for price in event.prices))
    group = next(groups, "")
    mine = [price for price in event.prices if price.for_ == group]
    valid = [price for price in mine if price.until is None or price.until >= today]
    if not mine:
        return "not stated"
    if not valid:
        return "no longer on sale"
    best: Price = min(valid, key=lambda price: Decimal(price.amount))
    return wording.amount(best)


@pytest.mark.parametrize("reader", PAYS)
@pytest.mark.parametrize("identity", ["free-for-government", "early-bird", "members-alone", "agenda"])
def test_the_price_is_the_reader_s_own(browser: Browser, rich_url: str, identity: str, reader: str) -> None:
    page = browser.new_page()
    page.goto(f"{rich_url}/events/{identity}.html")
    page.get_by_label("Your price, as").select_option(reader)
    event = next(found for found in factory.catalog(factory.rich()).events if found.id == identity)
    assert page.locator("output").inner_text() == price_for(event, reader, factory.TODAY)
    page.close()


def test_the_choice_is_kept_on_the_device_until_it_is_taken_back(browser: Browser, rich_url: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{rich_url}/events/agenda.html")
    page.get_by_label("Your price, as").select_option("federal")
    page.goto(f"{rich_url}/events/early-bird.html")
    assert page.locator("output").inner_text() == "$295"
    page.get_by_label("Your price, as").select_option("")
    page.reload()
    assert page.locator("output").inner_text() == ""
    assert page.evaluate("localStorage.length") == 0
    context.close()


def test_without_a_script_every_price_is_there_and_no_dead_control(browser: Browser, rich_url: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{rich_url}/events/early-bird.html")
    assert page.locator(".prices tbody tr").count() == 3
    assert not page.get_by_label("Your price, as").is_visible()
    context.close()


REGISTERED = {
    "opens": {"opens": "2027-04-01 12:00", "closes": "2027-05-01"},
    "url": {"url": "https://example.gov/register", "closes": "2027-05-01"},
    "open": {"url": "https://example.gov/register", "closes": "2027-05-01", "state": "open"},
    "waitlist": {"url": "https://example.gov/register", "closes": "2027-05-01", "state": "waitlist"},
    "sold-out": {"closes": "2027-05-01", "state": "sold-out"},
    "until-the-end": {"url": "https://example.gov/register", "state": "open"},
    "cancelled": {
        "url": "https://example.gov/register",
        "opens": "2027-04-01",
        "closes": "2027-05-01",
        "state": "open",
    },
}


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site that follows the reader's clock: two events, with registration from April 1 to May 1."""
    folder = tmp_path_factory.mktemp("live")
    records = {
        name: factory.record(
            title=f"Registration {name}",
            status="cancelled" if name == "cancelled" else "scheduled",
            online={"platform": "Zoom", "url": "https://example.gov/zoom"},
            start="2027-06-01 09:00",
            timezone="America/New_York",
            registration=registration,
            deadlines=[{"date": "2027-05-01", "label": "Call for speakers closes"}],
            prices=[{"for": "public", "amount": "90", "until": "2027-05-01"}, {"for": "member", "amount": "80"}],
        )
        for name, registration in REGISTERED.items()
    }
    content = factory.write_content(folder / "content", records)
    # Not EVENT_AS_OF: the pages would keep to that day.
    environment = {"SOURCE_DATE_EPOCH": str(int(datetime(2027, 3, 1, tzinfo=UTC).timestamp()))}
    with serving(build(folder / "output", content, environment=environment).site.folder) as url:
        yield url


def at(browser: Browser, url: str, moment: datetime) -> Page:
    """The page as somebody sees it at that instant."""
    page = browser.new_page()
    page.clock.set_fixed_time(moment)
    page.goto(url)
    return page


# May 1 is over in New York at 04:00 UTC on May 2.
CLOSES = datetime(2027, 5, 2, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (datetime(2027, 3, 29, 16, tzinfo=UTC), "Opens in 3 days."),
        (CLOSES - timedelta(days=5, minutes=1), "Closes in 5 days."),
        (CLOSES - timedelta(minutes=1), "Closes within a day."),
        (CLOSES, "Registration has closed."),
    ],
)
def test_registration_is_told_by_the_reader_s_clock(browser: Browser, live: str, moment: datetime, said: str) -> None:
    page = at(browser, f"{live}/events/opens.html", moment)
    assert page.locator("[data-registration] strong").all_inner_texts() == [said]
    page.close()


SOON = CLOSES - timedelta(days=5, minutes=1)


@pytest.mark.parametrize(
    ("name", "moment", "said"),
    [
        ("open", datetime(2027, 3, 1, 16, tzinfo=UTC), "Registration is open. Closes May 1, 2027."),
        ("open", SOON, "Closes in 5 days. Closes May 1, 2027."),
        ("open", CLOSES, "Registration has closed."),
        ("waitlist", SOON, "Closes in 5 days. Waitlist only. Closes May 1, 2027."),
        ("waitlist", CLOSES, "Registration has closed."),
        ("sold-out", SOON, "Sold out. Closes May 1, 2027."),
    ],
)
def test_the_reader_s_clock_takes_the_place_of_what_the_record_says_of_registration(
    browser: Browser, live: str, name: str, moment: datetime, said: str
) -> None:
    page = at(browser, f"{live}/events/{name}.html", moment)
    assert page.locator("[data-registration]").inner_text().strip() == said
    page.close()


def test_a_cancelled_event_invites_nobody(browser: Browser, live: str) -> None:
    page = at(browser, f"{live}/events/cancelled.html", SOON)
    row = page.locator(".about__row", has=page.get_by_text("Registration", exact=True)).locator("dd")
    assert row.inner_text().split("\n") == ["The event is cancelled.", "Registration page"]
    assert page.get_by_text(re.compile("Join|Held on|How to join")).count() == 0
    page.close()


def test_after_registration_has_closed_nothing_invites_to_register(browser: Browser, live: str) -> None:
    before = at(browser, f"{live}/events/url.html", CLOSES - timedelta(days=1))
    assert before.get_by_role("link", name="Register", exact=True).is_visible()
    before.close()
    after = at(browser, f"{live}/events/url.html", CLOSES)
    assert after.get_by_role("link", name="Registration page", exact=True).is_visible()
    assert not after.get_by_role("link", name="Register", exact=True).is_visible()
    after.close()


def test_a_price_and_a_deadline_that_are_behind_the_reader_say_so(browser: Browser, live: str) -> None:
    for moment, told in ((CLOSES - timedelta(minutes=1), 0), (CLOSES, 2)):
        page = at(browser, f"{live}/events/url.html", moment)
        past = [part for part in page.locator("[data-ends]").all_inner_texts() if "May 1, 2027" in part]
        assert len(past) == 2
        assert [part.count("(past)") for part in past] == [told // 2] * 2
        assert page.locator("[data-ends]", has_text="(past)").count() == told
        page.close()


def test_an_event_that_ended_since_the_build_says_that_it_is_over(browser: Browser, live: str) -> None:
    for moment, over in ((datetime(2027, 6, 1, 13, tzinfo=UTC), False), (datetime(2027, 6, 2, tzinfo=UTC), True)):
        page = at(browser, f"{live}/events/until-the-end.html", moment)
        assert page.locator("[data-over]").is_visible() is over
        # And invites nobody, as a page that was built later would not.
        for said in ("Register", "Join on Zoom", "Registration is open."):
            assert page.get_by_text(said, exact=True).is_visible() is not over
        assert page.get_by_role("link", name="Registration page", exact=True).is_visible() is over
        page.close()


@pytest.mark.parametrize("sheet", ["approval-sheet", "ethics-sheet"])
@pytest.mark.parametrize("identity", ["agenda", "early-bird", "hostile"])
def test_a_sheet_is_one_page_of_paper_and_nothing_else(
    browser: Browser, rich_url: str, identity: str, sheet: str
) -> None:
    page = browser.new_page()
    page.goto(f"{rich_url}/events/{identity}.html#{sheet}")
    page.emulate_media(media="print")
    assert page.locator(f"main .page > :visible:not(#{sheet})").count() == 0
    assert page.locator(f"#{sheet}").is_visible()
    printed = page.pdf(format="Letter")
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", printed)) == 1
    page.close()


def test_a_sheet_is_away_until_it_is_asked_for(browser: Browser, rich_url: str) -> None:
    page = browser.new_page()
    page.goto(f"{rich_url}/events/agenda.html")
    assert not page.locator("#approval-sheet").is_visible()
    page.get_by_role("link", name="Approval sheet").click()
    assert page.locator("#approval-sheet").is_visible()
    assert page.get_by_role("button", name="Print the approval sheet").is_visible()
    page.close()
