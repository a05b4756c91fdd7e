"""Every kind of page in a real browser: on a phone, with a keyboard, without scripts, long after it was built."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from events.notices import NOTICES
from events.pages import Page as Planned
from playwright.sync_api import expect

from tests import factory
from tests.browsing import TOO_WIDE, WIDTHS, axe_faults, serving
from tests.site import build

if TYPE_CHECKING:
    from playwright.sync_api import Page

    Open = Callable[..., Page]

pytestmark = pytest.mark.browser

DATED_2019 = ["x4-summit-2019", "sxsw-2019", "gsmcon-2019", "afcea-dc-innovative-technologies-summit-2019"]


def kinds() -> list[str]:
    """A page of every template, and of each event that looks different; the rich directory has them all."""
    events = {
        "agenda", "hostile", "hostile-webcast", "hostile-withdrawn", "long-words", "en-espanol", "cancelled-in-person", "sold-out", "now",
        "postponed-with-season", "moved-online-online", "rescheduled-hybrid", "ended-long-ago", "timed-open",
        "on-demand-in-full", "early-bird", "brown-bag-01",
    }  # fmt: skip
    others = {
        "index.html", "events.html", "events/page/2.html", "topics.html", "topics/plain-language.html", "states.html",
        "states/gu.html", "organizers/gsa.html", "formats/on-demand.html", "series/brown-bag.html", "free.html",
        "archive.html", "archive/2027.html", "calendar/2027-03.html", "on-demand.html", "deadlines.html", "feeds.html",
        "search.html", "shortlist.html", "articles.html", "404.html", *(notice.path for notice in NOTICES),
    }  # fmt: skip
    chosen = {f"events/{identity}.html" for identity in events} | others
    planned = {item.path: item.template for item in factory.plan(factory.rich()).files() if isinstance(item, Planned)}
    shown = {planned[path] for path in chosen if path in planned}
    # A page that leads on at once shows nothing, and paper is looked at where it is printed.
    assert {*planned.values()} - shown <= {"moved.html", "sheets.html", "embed.html"}
    return sorted(chosen)


def test_no_kind_of_page_scrolls_sideways_and_axe_finds_nothing_wrong(rich_url: str, open_page: Open) -> None:
    page = open_page(rich_url)
    faults = []
    for path in kinds():
        page.goto(f"{rich_url}/{path}")
        faults += [f"{path}: {fault}" for fault in axe_faults(page)]
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            faults += [f"{path} at {width}: {fault}" for fault in page.evaluate(TOO_WIDE)]
        # WCAG 1.4.4: 200 % text, on half of a laptop's window and on all of it.
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        for width in (640, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            faults += [f"{path} at {width}, text at 200 %: {fault}" for fault in page.evaluate(TOO_WIDE)]
    assert faults == []


@pytest.mark.parametrize(
    "path", ["index.html", "events.html", "events/agenda.html", "search.html?q=brown", "states.html"]
)
def test_axe_finds_nothing_wrong_on_a_phone(rich_url: str, open_page: Open, path: str) -> None:
    page = open_page(f"{rich_url}/{path}", width=320)
    if "search" in path:
        page.wait_for_selector(".result")
    assert axe_faults(page) == []
    assert page.evaluate(TOO_WIDE) == []


def test_axe_finds_nothing_wrong_in_the_open_menu_and_the_open_details(rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/events.html", width=390)
    page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
    assert page.evaluate(TOO_WIDE) == []
    page.click(".usa-menu-btn")
    page.wait_for_selector(".usa-nav.is-visible")
    assert axe_faults(page) == []


def test_axe_finds_nothing_wrong_in_the_project_s_own_pages(today_url: str, open_page: Open) -> None:
    page = open_page(today_url)
    for path in (
        "index.html",
        "events.html",
        "articles.html",
        "articles/government-gets-social.html",
        "deadlines.html",
    ):
        page.goto(f"{today_url}/{path}")
        assert axe_faults(page) == [], path
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate(TOO_WIDE) == [], (path, width)


def test_the_axe_that_finds_nothing_can_find_something(rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/index.html")
    page.evaluate("document.querySelector('main').append(document.createElement('input'))")
    assert [fault for fault in axe_faults(page) if fault.startswith("label:")]


def test_the_page_s_own_policy_stops_a_script_that_gets_in(rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/index.html", expected=("Content Security Policy", "TrustedScript"))
    page.evaluate("""() => {
      const script = document.createElement('script');
      script.append('window.entered = true');
      document.body.append(script);
    }""")
    assert page.evaluate("window.entered") is None


def test_the_page_s_own_policy_lets_no_script_make_markup_of_text(rich_url: str, open_page: Open) -> None:
    # Trusted Types: what could run a title that a script puts in as HTML is refused, whoever writes that script.
    page = open_page(f"{rich_url}/index.html", expected=("TrustedHTML",))
    refused = """(way) => {
      const made = document.createElement('div');
      try {
        if (way === 'append') made.append('<b>x</b>');
        else if (way === 'insertAdjacentHTML') made.insertAdjacentHTML('beforeend', '<b>x</b>');
        else made[way] = '<b>x</b>';
      } catch (error) { return error.name; }
      return made.childElementCount;
    }"""
    ways = ("innerHTML", "insertAdjacentHTML", "append")
    assert [page.evaluate(refused, way) for way in ways] == ["TypeError", "TypeError", 0]


def test_a_control_is_large_enough_to_touch(rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/events.html", width=320)
    small = """() => [...document.querySelectorAll('button, summary, .usa-pagination a, .usa-nav a, input, select')]
      .filter((node) => node.checkVisibility({visibilityProperty: true}) && !node.closest('.usa-sr-only'))
      .map((node) => [node.className || node.tagName, node.getBoundingClientRect()])
      .filter(([, box]) => box.width > 0 && (box.width < 24 || box.height < 24)).map(([name]) => name)"""
    assert page.evaluate(small) == []


@pytest.mark.parametrize("width", [390, 1280])
def test_the_star_is_on_no_letter_of_the_title(rich_url: str, open_page: Open, width: int) -> None:
    page = open_page(f"{rich_url}/events/long-words.html", width=width)
    page.wait_for_selector(".star:visible")
    assert (
        page.evaluate("""() => {
      const star = document.querySelector('.event-head .star').getBoundingClientRect();
      const words = document.createRange();
      words.selectNodeContents(document.querySelector('h1'));
      return [...words.getClientRects()].filter((line) => line.right > star.left && line.left < star.right
        && line.bottom > star.top && line.top < star.bottom).length;
    }""")
        == 0
    )


def test_the_map_says_what_its_shades_mean(rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/states.html")
    fills = """(paths) => paths.map((path) => getComputedStyle(path).fill)"""
    key, states = "svg.map:not([role])", "svg.map[role=group]"
    legend = page.locator(f"{key} path").evaluate_all(fills)
    assert len({*legend}) == 3
    assert page.locator(f"{key} text").all_text_contents() == [
        "Something upcoming",
        "Past events only",
        "Nothing listed",
    ]
    assert {*page.locator(f"{states} [data-upcoming] path").evaluate_all(fills)} == {legend[0]}
    assert {*page.locator(f"{states} > path").evaluate_all(fills)} == {legend[2]}


# With a keyboard.


def focused(page: Page, expression: str) -> str:
    return str(page.evaluate(f"document.activeElement.{expression}"))


def test_the_first_tab_leads_past_the_header(rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/events.html")
    page.keyboard.press("Tab")
    assert focused(page, "className") == "usa-skipnav"
    expect(page.locator(".usa-skipnav")).to_be_in_viewport(ratio=1)
    page.keyboard.press("Enter")
    assert focused(page, "id") == "main-content"


def test_whatever_has_the_focus_is_seen_to_have_it(rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/events/agenda.html")
    seen = []
    for _ in range(200):
        page.keyboard.press("Tab")
        if focused(page, "tagName") == "BODY":
            break
        ring = page.evaluate("""() => {
          const style = getComputedStyle(document.activeElement);
          const box = document.activeElement.getBoundingClientRect();
          return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1 && box.width > 0 && box.left >= 0;
        }""")
        seen.append((focused(page, "outerHTML.slice(0, 90)"), ring))
    assert len(seen) > 20
    assert [name for name, ring in seen if not ring] == []


def test_what_opens_has_the_ring_that_links_have(rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/events.html")
    ring = """(node) => {
      node.focus();
      const style = getComputedStyle(node);
      return [style.outlineStyle, style.outlineWidth, style.outlineColor];
    }"""
    assert page.locator("summary").first.evaluate(ring) == page.locator("main a").first.evaluate(ring)


def test_on_a_phone_the_menu_opens_takes_the_focus_and_closes_with_escape(rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/events.html", width=390)
    assert not page.is_visible(".usa-nav")
    page.focus(".usa-menu-btn")
    page.keyboard.press("Enter")
    page.wait_for_selector(".usa-nav.is-visible")
    assert page.is_visible("nav.usa-nav a:has-text('Topics')")
    assert page.evaluate("document.querySelector('.usa-nav').contains(document.activeElement)")
    page.keyboard.press("Escape")
    page.wait_for_selector(".usa-nav", state="hidden")
    assert focused(page, "className") == "usa-menu-btn"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("scripts", [True, False])
def test_each_link_of_the_menu_on_a_phone_is_what_one_touches_all_over_its_box(
    rich_url: str, open_page: Open, scheme: str, scripts: bool
) -> None:
    page = open_page(f"{rich_url}/events.html", width=390, color_scheme=scheme, java_script_enabled=scripts)
    if scripts:
        page.click(".usa-menu-btn")
        page.wait_for_selector(".usa-nav.is-visible")
        # It comes in from the side.
        page.evaluate("Promise.all(document.getAnimations().map((animation) => animation.finished))")
    links = page.locator(".usa-nav a")
    assert links.count() == 7
    wrong = """(link) => {
      const box = link.getBoundingClientRect();
      const shares = [0.05, 0.5, 0.95];
      const at = shares.flatMap((x) => shares.map((y) => [box.left + x * box.width, box.top + y * box.height]));
      return at.filter(([x, y]) => document.elementFromPoint(x, y)?.closest('a') !== link);
    }"""
    links.first.scroll_into_view_if_needed()
    assert [link.evaluate(wrong) for link in links.all()] == [[]] * 7
    ours = page.evaluate("""() => ['--text-quiet', '--text-link'].map((name) => {
      document.body.style.color = `var(${name})`;
      return getComputedStyle(document.body).color;
    })""")
    colours = [link.evaluate("(link) => getComputedStyle(link).color") for link in links.all()]
    assert {*colours} == {*ours}
    # The bar beside the current one is not on its words.
    bar, words = links.first.evaluate("""(link) => {
      const bar = getComputedStyle(link, '::after');
      const words = link.firstElementChild.getBoundingClientRect().left - link.getBoundingClientRect().left;
      return [parseFloat(bar.left) + parseFloat(bar.width), words];
    }""")
    assert bar < words


def test_the_ways_to_subscribe_open_with_the_keyboard(rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/events.html")
    assert not page.is_visible(".subscribe__body")
    page.focus(".subscribe summary")
    page.keyboard.press("Enter")
    page.wait_for_selector(".subscribe__body")
    assert page.is_visible(".subscribe__body a[href^='webcal:']")


def test_an_address_to_subscribe_to_can_be_copied(rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/feeds.html", permissions=["clipboard-read", "clipboard-write"])
    button = page.locator("[data-copy]").first
    wanted = button.evaluate("(node) => node.previousElementSibling.value")
    button.click()
    page.wait_for_selector("[data-copy]:has-text('Copied')")
    assert page.evaluate("navigator.clipboard.readText()") == wanted


# Without scripts.


def test_without_scripts_the_menu_is_there_and_listings_work(rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/index.html", width=390, java_script_enabled=False)
    assert page.is_visible(".usa-nav a:has-text('Topics')")
    assert not page.is_visible(".usa-menu-btn")
    boxes = [link.bounding_box() for link in page.locator(".usa-nav a").all()]
    assert all(one["y"] + one["height"] <= other["y"] for one, other in itertools.pairwise(boxes) if one and other)
    page.click(".usa-nav a:has-text('Topics')")
    page.click("main a:has-text('Cloud')")
    assert page.locator("main .event-card").count() > 0
    page.click("main .event-card a >> nth=0")
    assert page.is_visible("main h1")


def test_without_scripts_enter_in_a_search_box_leads_to_a_page_that_says_what_to_do(
    rich_url: str, open_page: Open
) -> None:
    page = open_page(f"{rich_url}/index.html", java_script_enabled=False)
    page.fill("#home-search", "cloud")
    page.press("#home-search", "Enter")
    page.wait_for_url("**/search.html?q=cloud")
    note = page.locator("noscript, .usa-alert").first
    assert "needs JavaScript" in note.inner_text()
    page.click("main a:has-text('topic')")
    assert page.url == f"{rich_url}/topics.html"


# Long after it was built.


def upcoming(page: Page) -> list[str]:
    """The events that a page shows as upcoming."""
    found: list[str] = page.eval_on_selector_all(
        "[data-list=upcoming] .event-card",
        """(cards) => cards.filter((card) => card.checkVisibility())
          .map((card) => card.querySelector('a').getAttribute('href').split('/').pop().replace('.html', ''))""",
    )
    return found


@pytest.mark.parametrize("path", ["index.html", "events.html"])
def test_a_page_built_long_ago_shows_nothing_past_as_upcoming(aged_url: str, open_page: Open, path: str) -> None:
    moments = {
        "2019-02-20T12:00:00-05:00": DATED_2019,
        "2019-03-10T12:00:00-05:00": DATED_2019[1:],
        "2019-03-20T12:00:00-05:00": DATED_2019[2:],
        "2030-01-01T12:00:00-05:00": [],
    }
    for moment, left in moments.items():
        page = open_page(f"{aged_url}/{path}", at=moment)
        assert upcoming(page) == left, moment


def test_a_page_whose_every_event_is_over_by_now_says_so(aged_url: str, open_page: Open) -> None:
    for path in ("index.html", "events.html", "topics/social-media.html"):
        page = open_page(f"{aged_url}/{path}", at="2030-01-01T12:00:00-05:00")
        assert "over by now" in page.inner_text("main"), path
        assert "4 upcoming events" not in page.inner_text("main"), path
        page = open_page(f"{aged_url}/{path}", at="2019-02-21T12:00:00-05:00")
        assert "over by now" not in page.inner_text("main"), path
        assert "upcoming event" in page.inner_text("main"), path


@pytest.fixture(scope="module")
def daily_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Nine events, one on each of the first days of April 2027, seven to a page; built on March 1, and never since."""
    folder = tmp_path_factory.mktemp("daily")
    records = {f"day-{day}": factory.record(title=f"Day {day}", start=f"2027-04-0{day}") for day in range(1, 10)}
    environment = {"SOURCE_DATE_EPOCH": str(int(datetime(2027, 3, 1, 17, tzinfo=UTC).timestamp()))}
    content = factory.write_content(folder / "content", records)
    with serving(build(folder / "output", content, environment=environment, EVENT_PAGE_SIZE=7).site.folder) as url:
        yield url


@pytest.mark.parametrize(
    ("path", "shown", "way"), [("index.html", 6, "events.html"), ("events.html", 7, "events/page/2.html")]
)
def test_a_page_whose_every_event_is_over_leads_to_those_that_it_does_not_show(
    daily_url: str, open_page: Open, path: str, shown: int, way: str
) -> None:
    page = open_page(f"{daily_url}/{path}", at=f"2027-04-0{shown}T12:00:00-04:00")
    assert upcoming(page) == [f"day-{shown}"]
    assert not page.is_visible("[data-none]")
    page = open_page(f"{daily_url}/{path}", at=f"2027-04-0{shown + 1}T12:00:00-04:00")
    assert upcoming(page) == []
    assert "nothing newer" not in page.inner_text("[data-none]")
    page.click("[data-none] a")
    assert page.url == f"{daily_url}/{way}"
    assert upcoming(page)


def test_what_ended_since_the_build_stands_under_past_events_the_latest_first(daily_url: str, open_page: Open) -> None:
    def past(page: Page) -> list[str]:
        return [
            title.inner_text() for title in page.locator("[data-past] h3, [data-past] h2").all() if title.is_visible()
        ]

    page = open_page(f"{daily_url}/events.html", at="2027-04-01T12:00:00-04:00")
    assert past(page) == []
    page = open_page(f"{daily_url}/events.html", at="2027-04-04T12:00:00-04:00")
    assert past(page) == ["Past events", "Day 3", "Day 2", "Day 1"]
    assert upcoming(page) == ["day-4", "day-5", "day-6", "day-7"]
    assert axe_faults(page) == []


def test_today_is_marked_in_its_own_month_alone(daily_url: str, open_page: Open) -> None:
    # The first week of April 2027 begins with four days of March.
    for day, marked in (("03-30", 0), ("04-02", 1)):
        page = open_page(f"{daily_url}/calendar/2027-04.html", at=f"2027-{day}T12:00:00-04:00")
        assert page.locator(".month [aria-current=date]").count() == marked, day


def test_an_event_s_own_page_knows_when_it_is_over_and_when_it_is_on(aged_url: str, open_page: Open) -> None:
    url = f"{aged_url}/events/sxsw-2019.html"
    notes = {"2019-03-01": (False, False), "2019-03-10": (False, True), "2019-03-20": (True, False)}
    for day, (over, now) in notes.items():
        page = open_page(url, at=f"{day}T12:00:00-05:00")
        assert page.is_visible(":text('This event is over')") == over, day
        assert page.is_visible("[data-now]") == now, day


def test_a_site_built_as_of_a_day_keeps_to_it(article_url: str, open_page: Open) -> None:
    page = open_page(f"{article_url}/events.html", at="2030-01-01T12:00:00-05:00")
    assert upcoming(page) == DATED_2019
    page.goto(f"{article_url}/events/sxsw-2019.html")
    assert not page.is_visible(":text('This event is over')")
    page.goto(f"{article_url}/search.html?when=upcoming")
    page.wait_for_selector(".result")
    assert page.locator(".result").count() == len(DATED_2019)


# At an address that is not there.


def test_a_missing_page_has_its_styles_and_its_ways_on_at_any_depth(rich_url: str, open_page: Open) -> None:
    page = open_page(f"{rich_url}/no/such/page/at/all.html", expected=("404",))
    assert page.inner_text("h1") == "Page not found"
    styled = page.evaluate("getComputedStyle(document.querySelector('.usa-button')).backgroundColor")
    assert styled not in ("rgba(0, 0, 0, 0)", "rgb(239, 239, 239)")
    assert page.evaluate("fetch(location.href).then((answer) => answer.status)") == 404
    page.click("main a:has-text('upcoming events')")
    assert page.url == f"{rich_url}/events.html"
