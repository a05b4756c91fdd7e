"""How the site looks: in light and in dark, in a forker's colours, and as a link on other sites."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING

import brotli
import pytest
from events import assets, pictures

from tests import factory, site
from tests.browsing import axe_faults, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

THEME = site.ROOT / "theme"
KINDS = [
    "index", "events", "events/agenda", "events/cancelled-in-person", "events/postponed-online", "events/now",
    "events/on-demand-in-full", "topics", "topics/data", "states", "calendar/2027-03", "deadlines", "feeds", "archive",
    "on-demand", "search", "search.html?q=brown", "shortlist", "pages/about", "404",
]  # fmt: skip


def size(png: bytes) -> tuple[int, int]:
    """Width and height, out of the first chunk (PNG, 11.2.2)."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    return int.from_bytes(png[16:20]), int.from_bytes(png[20:24])


def test_every_page_that_has_an_address_tells_other_sites_what_it_is(rich_site: site.Site) -> None:
    for path in rich_site.pages():
        document = rich_site.document(path)
        canonical = document.query("link[rel=canonical]")
        if not canonical:
            continue
        said = {
            site.attribute(meta, "property"): site.attribute(meta, "content")
            for meta in document.query("meta[property^='og:']")
        }
        assert said["og:url"] == site.attribute(canonical[0], "href")
        assert said["og:title"] in site.words(document.query_one("title"))
        assert said["og:description"] == site.attribute(document.query_one("meta[name=description]"), "content")
        card = said["og:image"].removeprefix(f"{site.SITE_URL}/")
        assert size((rich_site.folder / card).read_bytes()) == pictures.CARD
        icon = site.attribute(document.query_one("link[rel=apple-touch-icon]"), "href")
        assert size((rich_site.folder / site.local(path, icon)).read_bytes()) == (pictures.ICON, pictures.ICON)


def test_a_long_name_stays_on_its_card() -> None:
    colours = assets.read(THEME).colours
    card = pictures.card("A directory of each and every event " * 5, "<&> " * 60, "https://a.gov/b", colours)
    lines = re.findall(r'<text x="480" y="(\d+)"[^>]*>([^<]*)', card)
    assert max(int(y) for y, _ in lines) < pictures.CARD[1]
    assert all(len(unescape(words)) <= 45 for _, words in lines)
    assert "…" in card
    assert pictures.png(card, 300, assets.read(THEME).font or Path()).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "name", ["Government Workshops", "GOVERNMENT WORKSHOPS OF WYOMING", "W" * 60, "Ñandú & Öffentlichkeit", "€%@&—" * 8]
)
def test_no_name_runs_over_the_edge_of_its_card(name: str) -> None:
    colours = {"accent": "#f00", "primary": "#0f0", "night": "#00f"}
    width, height = pictures.CARD

    def margin(name: str, subtitle: str, address: str) -> bytes:
        # The card's last columns alone: the same as without a word, unless some reach into them.
        whole = pictures.card(name, subtitle, address, colours)
        strip = whole.replace(f'viewBox="0 0 {width} {height}"', f'viewBox="{width - 10} 0 10 {height}"')
        assert strip != whole
        return pictures.png(strip, 10, assets.read(THEME).font or Path())

    assert margin(name, name, f"https://{name.replace(' ', '.')}.gov/") == margin("", "", "")


def test_what_a_page_loads_first_is_light(rich_site: site.Site) -> None:
    style = next((rich_site.folder / "theme" / "css").glob("site.*.css"))
    assert len(brotli.compress(style.read_bytes())) <= 10_000
    document = rich_site.document("index.html")
    loaded = [site.attribute(node, "href") for node in document.query("link[rel=stylesheet], link[rel=icon]")]
    loaded += [site.attribute(node, "src") for node in document.query("script[src], img")]
    total = sum(len(brotli.compress((rich_site.folder / path.removeprefix("./")).read_bytes())) for path in loaded)
    assert total + len(brotli.compress(rich_site.html("index.html").encode())) <= 40_000


def test_no_colour_of_light_is_left_where_dark_has_another(rich_site: site.Site) -> None:
    css = next((rich_site.folder / "theme" / "css").glob("site.*.css")).read_text(encoding="utf-8")
    roots = re.findall(r":root\{([^}]*)\}", css)
    light, dark = (dict(re.findall(r"(--[\w-]+):([^;]+)", root)) for root in roots[:2])
    assert light.keys() == dark.keys()
    used = {*re.findall(r"var\((--[\w-]+)\)", css)}
    assert {*light} <= used
    texts = {value for name, value in light.items() if name.startswith("--text")}
    plain = css.split("@media screen and (prefers-color-scheme:dark)")[0].replace(roots[0], "")
    assert not [colour for colour in texts if re.search(rf"[{{;]color:{colour}[;}}]", plain)]


@pytest.mark.browser
def test_axe_finds_nothing_wrong_with_the_colours_of_the_dark(rich_url: str, open_page: Callable[..., Page]) -> None:
    page = open_page(rich_url, color_scheme="dark")
    for kind in KINDS:
        page.goto(f"{rich_url}/{kind if '.html' in kind else f'{kind}.html'}")
        if "?" in kind:
            page.wait_for_selector(".result")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
        assert axe_faults(page, colours=True) == [], kind


@pytest.mark.browser
def test_the_axe_that_finds_no_wrong_colour_can_find_one(rich_url: str, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{rich_url}/index.html", color_scheme="dark")
    page.evaluate("document.querySelector('main h2').style.color = '#444'")
    assert [fault for fault in axe_faults(page, colours=True) if fault.startswith("color-contrast: ")]


@pytest.mark.browser
def test_forced_colours_and_paper_leave_nothing_unreadable(rich_site: site.Site, browser: Browser) -> None:
    with serving(rich_site.folder) as origin:
        context = browser.new_context(color_scheme="dark", forced_colors="active")
        page = context.new_page()
        for kind in ("index", "events/agenda", "events/cancelled-in-person", "search"):
            page.goto(f"{origin}/{kind}.html")
            assert axe_faults(page) == [], kind
        context.close()
        # On paper dark is light: black on nothing.
        context = browser.new_context(color_scheme="dark")
        page = context.new_page()
        page.goto(f"{origin}/events/agenda.html")
        page.emulate_media(media="print", color_scheme="dark")
        assert page.evaluate("getComputedStyle(document.body).color") == page.evaluate(
            "(page => { page.style.color = 'var(--text-ink)'; const said = getComputedStyle(page).color; page.style.color = ''; return said; })(document.body)"
        )
        red = int(re.findall(r"\d+", page.evaluate("getComputedStyle(document.body).color"))[0])
        assert red < 64
        context.close()


def test_no_style_names_the_theme_s_own_colours_but_the_settings() -> None:
    """A fork that chooses others gets them in the dark too."""
    styles = site.ROOT / "theme" / "styles"
    families = re.findall(
        r'\$theme-color-(?:primary|secondary)-family: "([\w-]+)"',
        (styles / "_settings.scss").read_text(encoding="utf-8"),
    )
    assert len(families) == 2
    for path in styles.glob("*.scss"):
        if path.name != "_settings.scss":
            said = path.read_text(encoding="utf-8")
            assert [family for family in families if f'"{family}-' in said] == [], path.name


def test_a_forker_changes_name_and_colours_in_two_files(tmp_path: Path) -> None:
    fork = tmp_path / "fork"
    for part in ("theme", "plugins"):
        shutil.copytree(site.ROOT / part, fork / part, ignore=shutil.ignore_patterns("static*", "__pycache__"))
    shutil.copy(site.ROOT / "package-lock.json", fork)
    (fork / "node_modules").symlink_to(site.ROOT / "node_modules")
    settings = fork / "theme" / "styles" / "_settings.scss"
    text = settings.read_text(encoding="utf-8")
    ours = assets.read(THEME)
    changed = (
        text.replace('"blue-cool-', '"green-cool-')
        .replace('"blue-cool"', '"green-cool"')
        .replace('"orange-40v"', '"gold-30v"')
    )
    assert changed != text
    settings.write_text(changed, encoding="utf-8")
    subprocess.run(["node", fork / "theme" / "build.mjs"], check=True, capture_output=True, timeout=300)
    theirs = assets.read(fork / "theme")
    assert all(theirs.colours[name] != ours.colours[name] for name in ours.colours)
    folder = tmp_path / "output"
    content = factory.write_content(tmp_path / "content", {"one": factory.record(start="2027-05-04")})
    fork_site = site.build(
        folder, content, THEME=str(fork / "theme"), SITENAME="Learning in Ohio", EVENT_AS_OF=str(factory.TODAY)
    ).site
    css = next((folder / "theme" / "css").glob("site.*.css")).read_text(encoding="utf-8")
    favicon = next((folder / "theme" / "img").glob("favicon.*.svg")).read_text(encoding="utf-8")
    for name in ours.colours:
        assert theirs.colours[name] in css
        assert ours.colours[name] not in css
        assert theirs.colours[name] in favicon
    assert theirs.names["site.css"] != ours.names["site.css"]
    assert site.words(fork_site.document("index.html").query_one(".site-logo")) == "Learning in Ohio"
    card = next((folder / "theme" / "img").glob("card.*.png")).read_bytes()
    drawn = pictures.card("Learning in Ohio", "What is on, when, and for how much", site.SITE_URL, theirs.colours)
    assert theirs.font is not None
    assert card == pictures.png(drawn, pictures.CARD[0], theirs.font)
