"""Finding events in a real browser: every filter against a plain computation on the same records."""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from events import search, times, wording
from events.catalog import Catalog
from events.model import Event
from events.rows import last_day
from events.times import day_of
from icalendar import Calendar
from playwright.sync_api import expect

from tests import factory
from tests.browsing import TOO_WIDE, axe_faults
from tests.factory import TODAY
from tests.site import ROOT, Site

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

    Open = Callable[..., Page]

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def rich() -> Catalog:
    return factory.catalog(factory.rich())


# The plain computation: what each filter means, in Python and without the columns that the page reads.


def when_of(one: Event) -> str:
    if one.format == "on-demand":
        return "on-demand"
    return "past" if last_day(one) < TODAY else "upcoming"


def parents(bodies: Iterable[str]) -> set[str]:
    found = {*bodies}
    while more := {factory.ORGANIZERS[body].get("parent", body) for body in found} - found:
        found |= more
    return found


VALUES: Mapping[str, Callable[[Event], Iterable[str]]] = {
    "when": lambda one: [when_of(one)],
    "topic": lambda one: one.topics,
    "format": lambda one: [one.format],
    "kind": lambda one: [one.kind],
    "state": lambda one: [one.state.lower()] if one.state else [],
    "organizer": lambda one: parents(one.organizer),
    "audience": lambda one: one.audience,
    "eligibility": lambda one: [one.eligibility or "not-stated"],
    "credits": lambda one: [item.type for item in one.credits],
    "accessibility": lambda one: (one.accessibility and one.accessibility.features) or ["not-stated"],
}


def costs(one: Event, cost: str) -> bool:
    if cost == "free":
        return wording.free_for(one) == "public"
    if cost == "government":
        return bool(wording.free_for(one))
    limit = Decimal(cost)
    holding = [price for price in one.prices if price.currency == "USD" and not (price.until and price.until < TODAY)]
    government = [price for price in one.prices if price.for_ in wording.GOVERNMENT]
    mine = [price for price in holding if price.for_ in (wording.GOVERNMENT if government else ("public",))]
    return bool(wording.free_for(one)) or any(Decimal(price.amount) <= limit for price in mine)


def in_range(one: Event, first: date, last: date) -> bool:
    if one.format == "on-demand":
        return False
    if one.start is not None and not one.waits:
        return day_of(one.start) <= last and last_day(one) >= first
    period = times.period(one.when or "")
    return period is not None and period[0] <= last and period[1] >= first


def month_end(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


SUNDAY = TODAY - timedelta(days=(TODAY.weekday() + 1) % 7)
DATES = {
    "today": (TODAY, TODAY),
    "week": (SUNDAY, SUNDAY + timedelta(days=6)),
    "30-days": (TODAY, TODAY + timedelta(days=30)),
    "month": (TODAY.replace(day=1), month_end(TODAY.year, TODAY.month)),
    "fiscal-year": (date(2026, 10, 1), date(2027, 9, 30)),
    "q1": (date(2026, 10, 1), date(2026, 12, 31)),
    "q2": (date(2027, 1, 1), date(2027, 3, 31)),
    "q3": (date(2027, 4, 1), date(2027, 6, 30)),
    "q4": (date(2027, 7, 1), date(2027, 9, 30)),
}


def fitting(catalog: Catalog, query: Iterable[tuple[str, str]]) -> set[str]:
    """The ids of the events that a question means."""
    asked: dict[str, list[str]] = {}
    for name, value in query:
        asked.setdefault(name, []).append(value)

    def fits(one: Event) -> bool:
        for name, values in asked.items():
            if name == "cost" and not costs(one, values[0]):
                return False
            if name == "date" and not in_range(one, *DATES[values[0]]):
                return False
            if name in VALUES and not {*VALUES[name](one)} & {*values}:
                return False
        return True

    return {one.id for one in catalog.events if fits(one)}


def results(page: Page) -> list[str]:
    """The ids of all results, "Show more" pressed to the end."""
    expect(page.locator("#search-status")).to_have_text(re.compile(r"\d+ results?\b"))
    while page.is_visible("#search-more button"):
        page.click("#search-more button")
    hrefs: list[str] = page.eval_on_selector_all(
        ".result__title a", "(links) => links.map((link) => link.getAttribute('href'))"
    )
    return [href.split("/")[-1].removesuffix(".html") for href in hrefs]


def offered(page: Page) -> dict[str, list[str]]:
    """The values of each filter on the page."""
    found: dict[str, list[str]] = {}
    for name, value in page.eval_on_selector_all(
        ".find__groups input[type=checkbox], #filter-cost option, #filter-date option",
        "(all) => all.map((node) => [node.name || node.parentElement.name, node.value])",
    ):
        if value:
            found.setdefault(name, []).append(value)
    return found


def test_every_filter_alone_gives_what_the_records_say(rich: Catalog, rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/search.html")
    values = offered(page)
    assert {*values} == {*VALUES, "cost", "date"}
    assert values["date"] == [*DATES]
    for name, of in VALUES.items():
        assert {*values[name]} == {value for one in rich.events for value in of(one)}, name
    for name, all_values in values.items():
        some = all_values if name in ("date", "cost", "when", "eligibility") else all_values[:3]
        for value in some:
            page.goto(f"{rich_url}/search.html?{name}={value}")
            assert {*results(page)} == fitting(rich, [(name, value)]), (name, value)


def test_two_filters_together_narrow_and_two_values_of_one_widen(rich: Catalog, rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/search.html")
    values = offered(page)
    pairs = [
        [(one, values[one][0]), (other, values[other][-1])] for one, other in itertools.pairwise([*values, "topic"])
    ]
    pairs += [[(name, value) for value in values[name][:2]] for name in VALUES if len(values[name]) > 1]
    found = 0
    for query in pairs:
        page.goto(f"{rich_url}/search.html?{urlencode(query)}")
        wanted = fitting(rich, query)
        assert {*results(page)} == wanted, query
        found += bool(wanted)
    assert found > len(pairs) / 2


def test_typed_days_give_what_lies_between_them(rich: Catalog, rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/search.html?date=today")
    page.click("[data-fold=date] summary")
    page.fill("#filter-from", "4/1/2027")
    page.fill("#filter-to", "2027-05-15")
    page.press("#filter-to", "Tab")
    wanted = {one.id for one in rich.events if in_range(one, date(2027, 4, 1), date(2027, 5, 15))}
    expect(page).to_have_url(re.compile(r"\?from=2027-04-01&to=2027-05-15$"))
    assert {*results(page)} == wanted
    assert page.input_value("#filter-date") == ""
    page.fill("#filter-to", "13/45/2027")
    page.press("#filter-to", "Tab")
    expect(page.locator("#to-error")).to_have_text(re.compile("Type a day"))
    assert page.get_attribute("#filter-to", "aria-invalid") == "true"
    assert axe_faults(page) == []
    assert parse_qs(urlsplit(page.url).query) == {"from": ["2027-04-01"]}


@pytest.mark.parametrize("width", [390, 1280])
def test_a_last_day_before_the_first_is_told_and_not_dropped_in_silence(
    rich_url: str, open_page: Open, width: int
) -> None:
    page = open_page(f"{rich_url}/search.html?from=2027-05-15&to=2027-04-01", width=width)
    expect(page.get_by_role("alert")).to_have_text("This day is before the first one")
    assert page.input_value("#filter-to") == "2027-04-01"
    colours = [page.locator(place).evaluate("(node) => getComputedStyle(node).color") for place in ("#to-error", "#q")]
    assert colours[0] != colours[1]
    assert axe_faults(page) == []


def test_paper_has_the_results_and_no_form(rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/search.html?q=brown")
    assert results(page)
    page.emulate_media(media="print")
    assert page.locator("main").locator("input, select, button, summary").filter(visible=True).count() == 0
    box, whole = (page.locator(place).first.bounding_box() for place in (".result", ".find"))
    assert box
    assert whole
    assert box["width"] == whole["width"]


def test_the_numbers_beside_the_values_follow_the_choices(rich: Catalog, rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/search.html?topic=data&free=1")
    results(page)
    shown = page.eval_on_selector_all(
        ".fold__count", "(all) => all.map((node) => [node.closest('label').htmlFor, node.textContent])"
    )
    numbers = dict(shown)
    for name, values in offered(page).items():
        if name in VALUES:
            for value in values:
                query = [("cost", "government"), (name, value)] + ([("topic", "data")] if name != "topic" else [])
                assert numbers[f"filter-{name}-{value}"] == str(len(fitting(rich, query))), (name, value)


def test_results_tell_what_is_on_now_and_in_which_language(rich: Catalog, rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/search.html?when=upcoming")
    now = {one.id for one in rich.events if rich.is_now(one)}
    results(page)
    badges = page.eval_on_selector_all(".result:has(.badge--now)", "(lines) => lines.map((line) => line.dataset.id)")
    assert {*badges} == now
    assert now
    title = page.locator(".result[data-id=en-espanol] .result__title a")
    assert title.get_attribute("lang") == "es"
    assert page.locator(".result a[lang]").count() == len([one for one in rich.all.upcoming if one.language != "en"])


def test_what_is_ahead_is_shown_before_the_archive_is_there_and_keeps_the_focus(
    rich: Catalog, rich_url: str, open_page: Open
) -> None:
    page = open_page(f"{rich_url}/search.html")
    held: list[Route] = []
    page.route(re.compile(r"/search/\d{4}\."), lambda route: held.append(route))  # noqa: PLW0108  Playwright marks it
    page.goto(f"{rich_url}/search.html?topic=cloud")
    first = page.locator(".result a").first
    first.focus()
    expect(page.locator("#search-status")).to_have_text("Searching…")
    assert page.locator(".badge--past").count() == 0
    assert held
    for route in held:
        route.continue_()
    expect(page.locator("#search-status")).to_have_text(re.compile(r"\d+ results"))
    assert page.evaluate("document.activeElement === document.querySelector('.result a')")
    assert {*results(page)} == fitting(rich, [("topic", "cloud")])


def test_each_order_is_the_one_that_it_names(rich: Catalog, rich_url: str, open_page: Open) -> None:
    events = {one.id: one for one in rich.events}
    page = open_page(f"{rich_url}/search.html?when=upcoming")
    results(page)
    page.select_option("#filter-sort", "newest")
    days = [events[identity].announced for identity in results(page)]
    assert days == sorted(days, reverse=True)
    page.select_option("#filter-sort", "deadline")
    first = results(page)[:3]
    assert "agenda" in first
    assert "sort=deadline" in page.url


def test_each_choice_is_one_entry_of_the_history_and_all_come_back(rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/search.html")
    page.click("[data-fold=topic] summary")
    seen = []
    for value in ("data", "cloud"):
        page.click(f"label[for=filter-topic-{value}]")
        seen.append(results(page))
    assert parse_qs(urlsplit(page.url).query) == {"topic": ["cloud", "data"]}
    assert page.inner_text("[data-fold=topic] [data-chosen]") == "2 chosen"
    page.reload()
    assert results(page) == seen[1]
    page.go_back()
    expect(page.locator("#filter-topic-cloud")).not_to_be_checked()
    assert results(page) == seen[0]
    other = open_page(f"{rich_url}/search.html?topic=cloud&topic=data")
    assert results(other) == seen[1]
    other.click("#search-clear")
    expect(other.locator("#search-status")).to_have_text("")
    assert urlsplit(other.url).query == ""


def test_the_filters_work_with_the_keyboard_alone(rich: Catalog, rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/search.html")
    page.focus("#q")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('[data-fold=topic]') !== null"):
            break
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    first = rich.by_facet["topics"][0]
    assert {*results(page)} == fitting(rich, [("topic", first.value)])
    assert page.evaluate("document.activeElement.value") == first.value


def test_hostile_values_in_the_address_are_dropped(rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/search.html?topic=%3Cimg%20src%3Dx%3E&from=%3Cb%3E&cost=-1&when=upcoming&sort=%00")
    assert results(page)
    assert page.locator("main img").count() == 0
    assert page.input_value("#filter-from") == ""


@pytest.mark.parametrize("width", [320, 1280])
def test_the_opened_filters_fit_and_have_no_fault(rich_url: str, open_page: Open, width: int) -> None:
    page = open_page(f"{rich_url}/search.html?topic=cloud&topic=data", width=width)
    results(page)
    page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
    assert page.evaluate(TOO_WIDE) == []
    assert axe_faults(page) == []


def test_choosing_shifts_nothing_that_stands_above_the_results(rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/search.html")
    page.click("[data-fold=topic] summary")
    place = "document.querySelector('[data-fold=format]').getBoundingClientRect().top + scrollY"
    before = page.evaluate(place)
    page.click("label[for=filter-topic-cloud]")
    results(page)
    assert page.evaluate(place) == before


# Taking results away.


def saved(page: Page, button: str) -> str:
    with page.expect_download() as waiting:
        page.click(button)
    return waiting.value.path().read_bytes().decode()


def vevents(text: str) -> set[str]:
    """The VEVENTs of a calendar file, each as it stands there."""
    return {*re.findall(r"^BEGIN:VEVENT\r\n.*?^END:VEVENT\r\n", text, re.DOTALL | re.MULTILINE)}


@pytest.mark.parametrize("query", ["q=brown", "topic=data", "q=PRX3", ""])
def test_the_file_of_the_results_holds_the_feeds_own_events(
    rich: Catalog, rich_site: Site, rich_url: str, open_page: Open, query: str
) -> None:
    page = open_page(f"{rich_url}/search.html?{query or 'when=upcoming&when=past'}")
    found = results(page)
    page.click("#search-take summary")
    text = saved(page, "#search-download")
    dated = {one.id for one in rich.events if one.dated}
    wanted: set[str] = set()
    for identity in dated & {*found}:
        wanted |= vevents((rich_site.folder / f"events/{identity}.ics").read_bytes().decode())
    assert vevents(text) == wanted
    assert wanted
    calendar = Calendar.from_ical(text)
    assert not calendar.get_missing_tzids()
    assert len(calendar.timezones) == len(calendar.get_used_tzids())
    assert "a copy and does not update" in page.inner_text("#search-take")


def test_the_calendar_offered_is_the_exact_one_or_says_that_it_is_broader(rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/search.html?topic=cloud")
    results(page)
    page.click("#search-take summary")
    place = page.locator("#search-feed")
    expect(place).to_contain_text("made of just these choices")
    href = place.locator("a").first.get_attribute("href") or ""
    assert href.startswith("webcal:")
    assert href.endswith("/topics/cloud.ics")
    page.fill("#q", "forms")
    expect(place).to_contain_text("nearest is broader")
    assert (place.locator("a").first.get_attribute("href") or "").endswith("/topics/cloud.ics")
    assert axe_faults(page) == []
    page.goto(f"{rich_url}/search.html?when=past")
    results(page)
    page.click("#search-take summary")
    expect(place).to_contain_text("no calendar to subscribe to")


# The shortlist.


def listed(page: Page) -> list[str]:
    return [
        href.split("/")[-1].removesuffix(".html")
        for href in page.eval_on_selector_all(
            "#shortlist .result__title a", "(links) => links.map((link) => link.getAttribute('href'))"
        )
    ]


def test_a_star_keeps_an_event_on_the_device_wherever_it_is_pressed(rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/events/agenda.html")
    star = page.locator(".event-head .star")
    assert (star.get_attribute("aria-label") or "").startswith("Shortlist: A day with an agenda")
    star.focus()
    page.keyboard.press("Space")
    expect(star).to_have_attribute("aria-pressed", "true")
    page.goto(f"{rich_url}/search.html?q=PRX3")
    page.click("[data-star=members-alone]")
    page.goto(f"{rich_url}/events.html")
    page.locator("[data-star]").first.click()
    first = page.locator("[data-star]").first.get_attribute("data-star")
    page.reload()
    expect(page.locator("[data-star]").first).to_have_attribute("aria-pressed", "true")
    page.click("footer a:has-text('Shortlist')")
    expect(page.locator("#shortlist-status")).to_have_text("3 events")
    assert {*listed(page)} == {"agenda", "members-alone", first}
    page.click("#shortlist [data-star=agenda]")
    expect(page.locator("#shortlist-status")).to_have_text("2 events")
    assert "agenda" not in listed(page)


def test_the_shortlist_tells_clashes_costs_and_credits(rich_site: Site, rich_url: str, open_page: Open) -> None:
    chosen = ["agenda", "early-bird", "hostile", "ended-long-ago", "on-demand-in-full"]
    page = open_page(f"{rich_url}/shortlist.html")
    page.evaluate("(ids) => localStorage.setItem('events.shortlist', JSON.stringify(ids))", [*chosen, "gone-for-good"])
    page.reload()
    expect(page.locator("#shortlist-status")).to_have_text("5 events. 1 more is no longer listed.")
    assert {*listed(page)} == {*chosen}
    assert page.locator("#shortlist img").count() == 0
    sums = page.locator("#shortlist-totals")
    credits_of = {one.id: one.credits for one in factory.catalog(factory.rich()).events}
    earned = [item for identity in chosen for item in credits_of[identity]]
    assert {item.type for item in earned} == {"CPE"}
    expect(sums).to_contain_text(f"{sum((Decimal(item.amount or 0) for item in earned), Decimal(0)).normalize():f} CPE")
    prices = {one.id: search.government_price(one, TODAY) for one in factory.catalog(factory.rich()).events}
    known = [price for identity in chosen if (price := prices[identity]) is not None]
    expect(sums).to_contain_text(f"${sum(known):,}")
    page.select_option("#reader", "public")
    expect(sums).to_contain_text("$495")
    assert page.evaluate("localStorage.getItem('events.reader')") == "public"
    text = saved(page, "#shortlist-export")
    wanted: set[str] = set()
    for identity in set(chosen) - {"on-demand-in-full"}:
        wanted |= vevents((rich_site.folder / f"events/{identity}.ics").read_bytes().decode())
    assert vevents(text) == wanted
    page.click("#shortlist-clear")
    expect(page.locator("#shortlist-status")).to_contain_text("Nothing is on your shortlist")
    assert page.evaluate("localStorage.getItem('events.shortlist')") is None


def test_the_shortlist_and_the_event_s_page_tell_each_reader_the_same_price(rich_url: str, open_page: Open) -> None:
    chosen = ["agenda", "early-bird", "free-for-all", "free-for-government", "members-alone"]
    readers = ["federal", "state-local", "contractor", "public"]
    page = open_page(f"{rich_url}/shortlist.html")
    page.evaluate("(ids) => localStorage.setItem('events.shortlist', JSON.stringify(ids))", chosen)
    prices: dict[tuple[str, str], str] = {}
    for reader, identity in itertools.product(readers, chosen):
        page.goto(f"{rich_url}/events/{identity}.html")
        page.select_option("#reader", reader)
        prices[reader, identity] = page.inner_text(".my-price__amount").lower()
    assert len({*prices.values()}) > 3
    for reader in readers:
        page.goto(f"{rich_url}/shortlist.html")
        page.select_option("#reader", reader)
        facts = dict(zip(listed(page), page.locator("#shortlist .result__facts").all_inner_texts(), strict=True))
        for identity in chosen:
            assert f"Your price: {prices[reader, identity]}" in facts[identity], (reader, identity)


def test_events_at_one_time_are_said_to_clash(rich: Catalog, rich_url: str, open_page: Open) -> None:
    all_day = [one for one in rich.all.upcoming if one.start and not times.has_time(one.start)]
    holding = [one for one in all_day if one.status not in ("cancelled", "postponed")]
    same = next(
        [one.id, other.id]
        for one, other in itertools.combinations(holding, 2)
        if one.start and other.start and day_of(one.start) < day_of(other.start) <= last_day(one)
    )
    page = open_page(f"{rich_url}/shortlist.html")
    page.evaluate("(ids) => localStorage.setItem('events.shortlist', JSON.stringify(ids))", same)
    page.reload()
    expect(page.locator("#shortlist .clash")).to_have_count(2)
    expect(page.locator("#shortlist-totals")).to_contain_text("1 pair")


@pytest.mark.parametrize("width", [320, 1280])
def test_the_shortlist_fits_and_has_no_fault(rich_url: str, open_page: Open, width: int) -> None:
    page = open_page(f"{rich_url}/shortlist.html", width=width)
    assert axe_faults(page) == []
    page.evaluate('localStorage.setItem(\'events.shortlist\', \'["long-words", "hostile", "agenda"]\')')
    page.reload()
    expect(page.locator("#shortlist .result")).to_have_count(3)
    assert page.evaluate(TOO_WIDE) == []
    assert axe_faults(page) == []


def test_a_browser_that_keeps_nothing_still_has_a_star_for_the_page(rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/index.html")
    page.add_init_script("Object.defineProperty(window, 'localStorage', {get() { throw new Error('refused'); }})")
    page.goto(f"{rich_url}/events.html")
    star = page.locator("[data-star]").first
    star.click()
    expect(star).to_have_attribute("aria-pressed", "true")
    star.click()
    expect(star).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize("kept", ["{", "null", "7", '{"a": 1}', '["<img>", 3, null]'])
def test_a_spoilt_shortlist_is_an_empty_one(rich_url: str, open_page: Open, kept: str) -> None:
    page = open_page(f"{rich_url}/shortlist.html")
    page.evaluate("(text) => localStorage.setItem('events.shortlist', text)", kept)
    page.reload()
    expect(page.locator("#shortlist-status")).to_contain_text("Nothing is on your shortlist")


def test_without_scripts_there_is_no_star_and_the_shortlist_says_what_it_needs(rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/events.html", java_script_enabled=False)
    assert not page.is_visible("[data-star]")
    page.goto(f"{rich_url}/shortlist.html")
    assert "needs JavaScript" in page.inner_text("main")


# The reader's own time.


def test_an_event_in_another_zone_tells_the_reader_s_own_time(rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/events/timed-open.html")
    assert "(noon your time)" in page.inner_text(".about")
    page.goto(f"{rich_url}/events/timed.html")
    assert "your time" not in page.inner_text(".about")


# The scripts by themselves.


def test_the_scripts_pass_their_own_tests() -> None:
    node = shutil.which("node")
    assert node is not None
    tests = sorted((ROOT / "tests" / "scripts").glob("*.test.mjs"))
    done = subprocess.run([node, "--test", *tests], capture_output=True, encoding="utf-8", check=False, timeout=120)
    assert done.returncode == 0, done.stdout
    assert tests
