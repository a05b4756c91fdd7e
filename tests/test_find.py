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
from events import times, wording
from events.catalog import Catalog, last_day
from events.model import Event
from events.times import day_of
from playwright.sync_api import expect

from tests import factory
from tests.browsing import TOO_WIDE, axe_faults
from tests.factory import TODAY
from tests.site import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Page

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
    "accessibility": lambda one: one.accessibility.features if one.accessibility else [],
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


def test_the_scripts_pass_their_own_tests() -> None:
    node = shutil.which("node")
    assert node is not None
    tests = sorted((ROOT / "tests" / "scripts").glob("*.test.mjs"))
    done = subprocess.run([node, "--test", *tests], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout
    assert tests
