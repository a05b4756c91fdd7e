"""Search in a real browser: what it finds is what the records say, and its whole state is in the address."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from events import wording
from events.catalog import Catalog
from playwright.sync_api import expect

from tests import factory
from tests.site import Site

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

    Open = Callable[..., Page]

pytestmark = pytest.mark.browser

HOSTILE_QUERY = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def rich() -> Catalog:
    return factory.catalog(factory.rich())


def results(page: Page) -> list[str]:
    """The ids of what is shown, once the search has answered."""
    expect(page.locator("#search-status")).to_have_text(re.compile(r"\d+ results?\b"))
    hrefs: list[str] = page.eval_on_selector_all(
        ".result a", "(links) => links.map((link) => link.getAttribute('href'))"
    )
    return [href.split("/")[-1].removesuffix(".html") for href in hrefs]


def count(page: Page) -> int:
    """How many results the status line tells of."""
    expect(page.locator("#search-status")).to_have_text(re.compile(r"\d+ results?\b"))
    return int(re.findall(r"\d+", page.inner_text("#search-status"))[0])


def everything(page: Page) -> set[str]:
    """All results, "Show more" pressed to the end."""
    results(page)
    while page.is_visible("#search-more button"):
        page.click("#search-more button")
    return {*results(page)}


def tick(page: Page, group: str, value: str) -> None:
    """Tick a value of a filter, whose fold it opens if need be."""
    fold = page.locator(f"[data-fold={group}]")
    if fold.get_attribute("open") is None:
        fold.locator("summary").click()
    page.click(f"label[for=filter-{group}-{value}]")


# Words.


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("GSMCON", "gsmcon-2019"),
        ("gsmcon", "gsmcon-2019"),
        ("customer experiance", "x4-summit-2019"),
        ("goverment social", "gsmcon-2019"),
        ("soci", "gsmcon-2019"),
        ("Nashville", "gsmcon-2019"),
        ("Tennessee", "gsmcon-2019"),
        ("CX", "x4-summit-2019"),
        ("Armed Forces Communications", "afcea-dc-innovative-technologies-summit-2019"),
        ("linkedin", "linkedin-for-govcon"),
    ],
)
def test_words_find_the_event_that_they_mean(article_url: str, open_page: Open, words: str, found: str) -> None:
    page = open_page(f"{article_url}/search.html")
    page.fill("#q", words)
    page.press("#q", "Enter")
    assert found in results(page)[:3]


def test_an_acronym_is_the_first_hit(article_url: str, open_page: Open) -> None:
    assert results(open_page(f"{article_url}/search.html?q=GSMCON"))[0] == "gsmcon-2019"


def test_an_organizer_s_acronym_finds_what_its_units_hold(rich: Catalog, rich_url: str, open_page: Open) -> None:
    (gsa,) = [listing for listing in rich.by_facet["organizers"] if listing.value == "gsa"]
    ids = {event.id for event in (*gsa.upcoming, *gsa.past, *gsa.on_demand)}
    assert ids <= everything(open_page(f"{rich_url}/search.html?q=GSA"))


def test_a_topic_s_other_name_finds_its_events(rich: Catalog, rich_url: str, open_page: Open) -> None:
    cloud = {event.id for event in rich.events if "cloud" in event.topics}
    assert cloud <= everything(open_page(f"{rich_url}/search.html?q=FedRAMP"))


def test_a_word_that_is_still_being_typed_does_not_empty_the_list(rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/search.html?q=brown%20b")
    assert count(page) == count(open_page(f"{rich_url}/search.html?q=brown%20bag")) > 0


def test_a_short_word_must_be_exact(rich_url: str, open_page: Open) -> None:
    found = everything(open_page(f"{rich_url}/search.html?q=PRX3"))
    assert found == {"members-alone"}


def test_accents_may_be_left_out(rich_url: str, open_page: Open) -> None:
    assert "en-espanol" in results(open_page(f"{rich_url}/search.html?q=publico%20ciudadania"))


def test_search_from_any_page_s_header_leads_to_the_results(article_url: str, open_page: Open) -> None:
    page = open_page(f"{article_url}/topics/social-media.html")
    page.fill("#site-search", "GSMCON")
    page.press("#site-search", "Enter")
    page.wait_for_url("**/search.html?q=GSMCON")
    assert results(page)[0] == "gsmcon-2019"
    page.click(".result a >> nth=0")
    assert page.inner_text("h1").startswith("Government Social Media Conference")


# Filters.


def test_each_filter_gives_exactly_what_the_records_say(rich: Catalog, rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/search.html")
    names = {"topics": "topic", "organizers": "organizer", "states": "state", "formats": "format", "kinds": "kind"}
    checked = 0
    for facet, name in names.items():
        offered = page.eval_on_selector_all(f"input[name={name}]", "(all) => all.map((box) => box.value)")
        # One whose every event was withdrawn is at its address and nowhere else.
        listings = [listing for listing in rich.by_facet[facet] if listing.total]
        assert offered == [listing.value for listing in listings]
        for listing in listings[:6]:
            page.goto(f"{rich_url}/search.html?{name}={listing.value}")
            assert count(page) == listing.total, listing.id
            checked += 1
    assert checked > 20


def test_each_time_gives_exactly_what_the_catalog_lists(rich: Catalog, rich_url: str, open_page: Open) -> None:
    wanted = {"upcoming": rich.all.upcoming, "past": rich.all.past, "on-demand": rich.all.on_demand}
    for when, events in wanted.items():
        page = open_page(f"{rich_url}/search.html?when={when}")
        assert count(page) == len(events), when
        assert everything(page) == {event.id for event in events}, when


def test_upcoming_results_stand_in_the_order_of_the_listing(rich: Catalog, rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/search.html?when=upcoming")
    dated = {event.id for event in rich.all.upcoming if event.start is not None and not event.waits}
    days = {event.id: str(event.start)[:10] for event in rich.all.upcoming}
    shown = [identity for identity in results(page) if identity in dated]
    assert [days[identity] for identity in shown] == sorted(days[identity] for identity in shown)


def test_filters_narrow_each_other(rich: Catalog, rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/search.html?topic=data&free=1")
    free = {event.id for event in rich.events if "data" in event.topics and wording.free_for(event)}
    assert {*results(page)} == free
    assert free


def test_a_filter_that_is_not_offered_is_none(rich: Catalog, rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/search.html?q=brown&topic=nonsense")
    assert page.locator("input[name=topic]:checked").count() == 0
    assert everything(page) == {event.id for event in rich.events if event.title.startswith("Brown bag")}


# The address.


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_the_whole_state_is_in_the_address_and_comes_back_with_it(rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/search.html")
    page.fill("#q", "brown bag")
    tick(page, "when", "upcoming")
    tick(page, "format", "online")
    before = results(page)
    assert query(page) == {"q": ["brown bag"], "when": ["upcoming"], "format": ["online"]}
    page.reload()
    assert results(page) == before
    assert page.input_value("#q") == "brown bag"
    assert page.is_checked("#filter-format-online")
    page.go_back()
    assert query(page) == {"q": ["brown bag"], "when": ["upcoming"]}
    assert not page.is_checked("#filter-format-online")
    page.go_forward()
    assert results(page) == before
    page.click(".result a >> nth=0")
    page.go_back()
    assert results(page) == before


def test_typing_does_not_fill_the_history(rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/index.html")
    page.goto(f"{rich_url}/search.html")
    page.type("#q", "brown bag", delay=30)
    assert results(page)
    expect(page).to_have_url(re.compile(r"q=brown"))
    page.go_back()
    assert page.url == f"{rich_url}/index.html"


def test_without_a_question_there_are_no_results_and_no_status_but_what_to_do(rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/search.html")
    expect(page.locator("#search-results")).to_contain_text("Type some words or choose filters")
    link = page.locator("#search-results a")
    assert link.evaluate("(link) => link.href") == f"{rich_url}/events.html"
    page.fill("#q", "brown")
    assert results(page)
    page.fill("#q", "")
    expect(page.locator("#search-status")).to_have_text("")
    assert page.locator(".result").count() == 0
    assert query(page) == {}


# What is shown.


def test_the_number_of_results_is_announced(rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/search.html?q=PRX3")
    assert results(page) == ["members-alone"]
    assert page.get_attribute("#search-status", "role") == "status"
    assert page.inner_text("#search-status") == "1 result for “PRX3”"


def test_more_results_are_shown_when_asked_for_and_the_focus_goes_to_the_first(rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/search.html?q=brown")
    first = results(page)
    assert len(first) == 25
    page.click("#search-more button")
    assert results(page)[:25] == first
    href = page.evaluate("document.activeElement.getAttribute('href')")
    assert href.split("/")[-1] == f"{results(page)[25]}.html"


def test_nothing_found_says_which_choice_to_drop_and_what_that_gives(rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/search.html?q=brown&topic=cloud&when=upcoming")
    assert results(page) == []
    box = page.locator(".empty")
    expect(box).to_contain_text("Nothing fits all of this")
    link = box.locator("a", has_text="Drop “Cloud”")
    promised = int(re.findall(r"\d+", link.locator("xpath=..").inner_text())[-1])
    link.click()
    assert count(page) == promised == 28
    assert "topic" not in query(page)


def test_words_that_no_record_has_lead_on(rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/search.html?q=zzzzzzzzzzzz")
    assert results(page) == []
    page.click(".empty a:has-text('all upcoming events')")
    assert page.url == f"{rich_url}/events.html"


def test_what_is_past_or_cancelled_is_called_so(rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/search.html?q={quote('Over for long')}")
    page.wait_for_selector(".result:has-text('Over for long') .badge--past")
    page.goto(f"{rich_url}/search.html?q=cancelled%20in-person")
    page.wait_for_selector(".result:has-text('cancelled') .badge--cancelled")


def test_a_hostile_question_is_inert(rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/search.html?q={quote(HOSTILE_QUERY)}")
    results(page)
    assert HOSTILE_QUERY in page.inner_text("#search-status")
    assert page.input_value("#q") == HOSTILE_QUERY
    assert page.locator("main img").count() == 0


def test_a_hostile_record_is_inert_among_the_results(rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/search.html?q=onerror")
    assert {"hostile", "hostile-webcast"} <= {*results(page)}
    assert factory.HOSTILE[:40] in page.inner_text("#search-results")
    assert page.locator("#search-results img, #search-results script").count() == 0


def test_data_that_does_not_come_is_told(rich_site: Site, rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/search.html", expected=("Failed to load resource",))
    page.route("**/search/*.json", lambda route: route.fulfill(status=503, body=""))
    page.fill("#q", "brown")
    expect(page.locator("#search-status")).to_contain_text("could not be loaded")
    page.unroute("**/search/*.json")
    page.fill("#q", "brown b")
    assert results(page)


def test_only_the_data_that_a_question_needs_is_loaded(rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/index.html")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path.split("/")[-1].split(".")[0]))
    page.goto(f"{rich_url}/search.html?when=upcoming")
    assert results(page)
    assert "upcoming" in asked
    assert not {"2019", "2027", "on-demand"} & {*asked}


def test_results_follow_the_reader_s_clock(aged_url: str, open_page: Open) -> None:
    page = open_page(f"{aged_url}/search.html?when=upcoming", at="2019-03-20T12:00:00-04:00")
    assert results(page) == ["gsmcon-2019", "afcea-dc-innovative-technologies-summit-2019"]
    page = open_page(f"{aged_url}/search.html?when=past", at="2019-03-20T12:00:00-04:00")
    assert results(page) == ["sxsw-2019", "x4-summit-2019"]


# What moves while one reads.

SHIFTS = """window.shifts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.shifts.push(entry.value);
}).observe({type: 'layout-shift', buffered: true});"""
# https://web.dev/articles/cls: 0.1 is good; what is below this, nobody sees.
UNSEEN = 0.02


def shift(page: Page, url: str, late: float = 0.3) -> float:
    """How much of the page moved (CLS) until the results, which come late, were there and painted."""
    page.add_init_script(SHIFTS)

    def slow(route: Route) -> None:
        page.wait_for_timeout(late * 1000)
        route.continue_()

    page.route("**/search/*.json", slow)
    page.goto(url)
    expect(page.locator("#search-status")).to_have_text(re.compile(r"\d+ results?\b"))
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    moved: list[float] = page.evaluate("window.shifts")
    return sum(moved)


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("query", ["q=brown", "q=zzzz", "topic=cloud&when=upcoming&when=past", "when=past&q=over"])
def test_nothing_moves_when_results_arrive(rich_url: str, open_page: Open, width: int, query: str) -> None:
    page = open_page(f"{rich_url}/404.html", width=width)
    assert shift(page, f"{rich_url}/search.html?{query}") < UNSEEN


def test_a_page_that_moves_is_seen_to_move(rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/404.html", width=390)
    page.add_init_script("""addEventListener('DOMContentLoaded', () => {
      document.querySelector('.find__results').style.minHeight = '0';
    });""")
    assert shift(page, f"{rich_url}/search.html?q=brown") > UNSEEN
