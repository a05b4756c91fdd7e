"""The pages that a site owes its readers, and the identifier of official ones: true at once, and the operator's own."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from events.identifier import FIELDS, LINKS
from events.notices import NOTICES, missing, notices
from events.settings import SettingsError

from tests import factory
from tests.browsing import TOO_WIDE, WIDTHS, axe_faults, serving
from tests.site import ROOT, Build, Site, build, faults

if TYPE_CHECKING:
    from playwright.sync_api import Page

    Open = Callable[..., Page]

AGENCY = {
    "agency": "General <b>Services</b> & Administration",
    "shortname": "GSA",
    "url": "https://www.gsa.gov",
    **{name: f"https://www.gsa.gov/{name}" for name in LINKS if name not in ("accessibility", "privacy")},
}
OFFICIAL = "https://events.example.gov/directory"
FACTS: dict[str, Any] = {
    "EVENT_CONTACT": "events+help@example.gov",
    "EVENT_REPOSITORY_URL": "https://github.com/example/events",
    "EVENT_PUBLISHER": "The <i>Office</i> of Events",
    "EVENT_ACCESSIBILITY_DATE": "2027-02-03",
}
PATHS = [notice.path for notice in NOTICES]


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return factory.write_content(tmp_path_factory.mktemp("notices") / "content", {"one": factory.record()})


def made(content: Path, name: str, **settings: Any) -> Build:
    return build(content.parent / name, content, EVENT_AS_OF=factory.TODAY.isoformat(), **settings)


@pytest.fixture(scope="module")
def bare(content: Path) -> Site:
    """A site whose operator has said nothing of themselves."""
    return made(content, "bare", EVENT_ACCESSIBILITY_DATE=None).site


@pytest.fixture(scope="module")
def told(content: Path) -> Site:
    """A site whose operator has said everything."""
    return made(content, "told", **FACTS).site


@pytest.fixture(scope="module")
def official(content: Path) -> Site:
    """An official site below a sub-path."""
    return made(content, "official", SITEURL=OFFICIAL, EVENT_IDENTIFIER=AGENCY, **FACTS).site


@pytest.mark.parametrize("path", PATHS)
def test_every_page_links_to_the_pages_that_a_site_owes_its_readers(path: str, bare: Site) -> None:
    assert bare.has(path)
    for page in bare.pages():
        if bare.document(page).query("footer"):
            links = [href.split("/directory/")[-1].lstrip("/") for href in bare.hrefs(page, "footer a")]
            assert path in links, page


def test_they_are_right_html_and_their_links_lead_somewhere(bare: Site, told: Site, official: Site) -> None:
    for site in (bare, told, official):
        for path in PATHS:
            assert faults(site.html(path)) == []
            for href in site.hrefs(path, "a"):
                target = href.split("#")[0]
                assert re.match(r"https?:|mailto:", target) or site.has(target), (path, href)


def test_what_the_operator_said_stands_there_and_nothing_else_is_claimed(bare: Site, told: Site) -> None:
    assert FACTS["EVENT_PUBLISHER"] in told.text("pages/about.html")
    assert "is run by" not in bare.text("pages/about.html")
    assert "February 3, 2027" in told.text("pages/accessibility.html")
    assert "last tested" not in bare.text("pages/accessibility.html")
    for path in PATHS:
        mails = [href for href in told.hrefs(path) if href.startswith("mailto:")]
        assert mails
        assert all(href.split("?")[0] == f"mailto:{FACTS['EVENT_CONTACT']}" for href in mails)
        assert not [href for href in bare.hrefs(path, "a") if href.startswith("mailto:")]
    for path in ("pages/submit.html", "pages/accessibility.html"):
        assert "have not named an address" in bare.text(path)
        assert "have not named an address" not in told.text(path)


def test_a_repository_on_github_has_a_form_and_a_guide_and_any_other_has_an_address(content: Path) -> None:
    (notice, github), *_ = notices(factory.settings(**FACTS))
    assert (github["form"], github["guide"]) == (
        f"{FACTS['EVENT_REPOSITORY_URL']}/issues/new/choose",
        f"{FACTS['EVENT_REPOSITORY_URL']}/blob/HEAD/CONTRIBUTING.md",
    )
    (_, other), *_ = notices(factory.settings(EVENT_REPOSITORY_URL="https://git.example.gov/events"))
    assert (other["form"], other["guide"]) == ("", "")
    site = made(content, "elsewhere", EVENT_REPOSITORY_URL="https://git.example.gov/events").site
    assert "https://git.example.gov/events" in site.hrefs("pages/submit.html")
    assert notice.path == PATHS[0]


def test_a_page_of_one_s_own_takes_the_place_of_ours(content: Path, tmp_path: Path) -> None:
    mine = factory.write_content(tmp_path / "content", {"one": factory.record()})
    (mine / "pages").mkdir()
    (mine / "pages" / "privacy.md").write_text("Title: Our privacy act notice\n\nOur own words.\n", encoding="utf-8")
    site = build(tmp_path / "output", mine, EVENT_AS_OF=factory.TODAY.isoformat()).site
    assert "Our own words." in site.text("pages/privacy.html")
    assert "Our own words." not in site.text("pages/about.html")


def test_the_privacy_page_names_all_that_the_scripts_keep(bare: Site) -> None:
    kept = set()
    for path in (ROOT / "theme" / "scripts").rglob("*.js"):
        script = path.read_text(encoding="utf-8")
        for name in re.findall(r"localStorage\.\w+\((\w+)", script):
            kept |= set(re.findall(rf"const {name} = \"(.+)\";", script)) or {f"{name} of {path.name}"}
        assert not re.search(r"document\.cookie|sessionStorage|indexedDB|sendBeacon|caches\.", script)
    named = {element.to_text() for element in bare.document("pages/privacy.html").query("main code")}
    assert named == kept


def test_a_public_site_without_a_contact_is_told_in_one_line_what_to_set(content: Path) -> None:
    done = made(content, "public", SITEURL="https://events.example.org")
    warnings = [line for line in done.err.splitlines() if line.startswith("warning: ")]
    assert len(warnings) == 1
    assert "EVENT_CONTACT" in warnings[0]
    assert done.status == 0


def test_a_site_on_this_machine_or_with_a_contact_is_told_nothing() -> None:
    assert missing(factory.settings())
    assert not missing(factory.settings(EVENT_CONTACT="events@example.gov"))
    for url in ("http://127.0.0.1:8000", "http://localhost:8000/directory", "http://[::1]:8000"):
        assert not missing(factory.settings(SITEURL=url))


def test_a_contact_for_security_that_no_file_can_tell_is_said() -> None:
    facts = {"EVENT_CONTACT": "events@example.gov", "EVENT_SECURITY_CONTACT": "mailto:security@example.gov"}
    (warning,) = missing(factory.settings(SITEURL="https://www.example.gov/events", **facts))
    assert warning.startswith("EVENT_SECURITY_CONTACT ")
    assert "/events" in warning
    assert not missing(factory.settings(SITEURL="https://events.example.gov", **facts))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("EVENT_CONTACT", "no address"),
        ("EVENT_CONTACT", "a@b.gov?cc=everybody@b.gov"),
        ("EVENT_CONTACT", "a@b.gov\nBcc: c@d.gov"),
        ("EVENT_CONTACT", 'a@b.gov"onclick="x'),
        ("EVENT_REPOSITORY_URL", "javascript:alert(1)"),
        ("EVENT_REPOSITORY_URL", "github.com/example/events"),
        ("EVENT_PUBLISHER", "two\nlines"),
        ("EVENT_PUBLISHER", 7),
        ("EVENT_ACCESSIBILITY_DATE", "soon"),
        ("EVENT_ACCESSIBILITY_DATE", 2027),
    ],
)
def test_a_fact_that_cannot_be_one_is_refused(key: str, value: Any) -> None:
    with pytest.raises(SettingsError, match=key):
        factory.settings(**{key: value})


# The identifier.


def test_the_identifier_is_off_unless_it_is_asked_for(told: Site, official: Site) -> None:
    for path in (*PATHS, "index.html", "events/one.html"):
        assert not told.document(path).query(".usa-identifier")
        assert "identifier." not in told.html(path)
        assert len(official.document(path).query(".usa-identifier")) == 1
        assert "This is not an official government website" not in official.text(path, "body")


def test_the_identifier_is_for_government() -> None:
    assert factory.settings(EVENT_IDENTIFIER=AGENCY).identifier
    for url in ("https://events.example.org", "http://events.example.gov", "https://example.gov.example.org"):
        with pytest.raises(SettingsError, match=r"^EVENT_IDENTIFIER is for official sites: SITEURL must be https"):
            factory.settings(EVENT_IDENTIFIER=AGENCY, SITEURL=url)


def test_the_identifier_has_the_agency_the_domain_and_every_link(official: Site) -> None:
    root = official.document("events/one.html").query_one(".usa-identifier")
    assert root is not None
    words = root.to_text()
    assert AGENCY["agency"] in words
    assert "events.example.gov" in words
    links = official.hrefs("events/one.html", ".usa-identifier a")
    assert links[0] == AGENCY["url"]
    wanted = [AGENCY.get(name) or f"pages/{name}.html" for name in LINKS]
    assert links[1:-1] == wanted
    assert links[-1] == "https://www.usa.gov/"


def test_an_agency_that_has_no_such_page_says_so_and_the_link_is_left_out() -> None:
    chosen = factory.settings(EVENT_IDENTIFIER={**AGENCY, "foia": "", "domain": "example.gov"}).identifier
    assert chosen is not None
    assert "foia" not in chosen.links
    assert [*chosen.links] == [name for name in LINKS if name != "foia"]
    assert chosen.domain == "example.gov"


@pytest.mark.parametrize("key", sorted(set(AGENCY) - {"shortname", "about", "vulnerability"}))
def test_what_the_identifier_lacks_is_named(key: str) -> None:
    with pytest.raises(SettingsError, match=f"^EVENT_IDENTIFIER lacks '{key}'"):
        factory.settings(EVENT_IDENTIFIER={name: value for name, value in AGENCY.items() if name != key})


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({**AGENCY, "fioa": ""}, "did you mean 'foia'"),
        ({**AGENCY, "no_feer": ""}, "did you mean 'no_fear'"),
        ({**AGENCY, "url": "javascript:alert(1)"}, "only http and https are linked"),
        ({**AGENCY, "oig": "www.gsaig.gov"}, "write `https://www.gsaig.gov`"),
        ({**AGENCY, "agency": "a\nb"}, "takes a text on one line"),
        ({**AGENCY, "agency": 7}, "takes a text on one line"),
        (True, "takes names and addresses"),
        ("GSA", "takes names and addresses"),
    ],
)
def test_an_identifier_that_cannot_be_used_is_refused_with_its_mend(value: Any, said: str) -> None:
    with pytest.raises(SettingsError, match=r"^EVENT_IDENTIFIER") as raised:
        factory.settings(EVENT_IDENTIFIER=value)
    assert said in str(raised.value)


def test_every_key_of_the_identifier_is_in_the_docs() -> None:
    text = (ROOT / "docs" / "customize.md").read_text(encoding="utf-8")
    assert [key for key in FIELDS if f"`{key}`" not in text] == []


@pytest.mark.browser
@pytest.mark.parametrize("language", ["en", "es"])
def test_axe_finds_nothing_wrong_with_the_identifier_the_banner_and_these_pages(
    content: Path, open_page: Open, language: str
) -> None:
    site = made(
        content, f"browsed-{language}", SITEURL=OFFICIAL, EVENT_IDENTIFIER=AGENCY, EVENT_GOV_BANNER=True, **FACTS,
        DEFAULT_LANG=language,
    ).site  # fmt: skip
    with serving(site.folder) as url:
        page = open_page(url)
        for path in (*PATHS, "events.html"):
            page.goto(f"{url}/{path}")
            assert axe_faults(page) == [], path
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                assert page.evaluate(TOO_WIDE) == [], (path, width)
        assert ("Visite USAGov" in page.inner_text(".usa-identifier")) == (language == "es")
        ground = page.evaluate("getComputedStyle(document.querySelector('.usa-identifier')).backgroundColor")
        assert ground != "rgba(0, 0, 0, 0)"


@pytest.mark.browser
def test_axe_finds_nothing_wrong_with_these_pages_where_nobody_is_named(bare: Site, open_page: Open) -> None:
    with serving(bare.folder) as url:
        page = open_page(url)
        for path in PATHS:
            page.goto(f"{url}/{path}")
            assert axe_faults(page) == [], path
