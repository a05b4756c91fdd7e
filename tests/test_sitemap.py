"""The sitemap and robots.txt: exactly the pages that search engines shall show, each with a true date."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import date
from pathlib import Path
from urllib.robotparser import RobotFileParser

import pytest
from events import sitemap
from events.pages import File
from events.sitemap import Address

from tests import factory
from tests.factory import record
from tests.site import CONTENT, SITE_URL, Site, attribute, build

SPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def listed(data: bytes) -> dict[str, str]:
    """The addresses of a sitemap, each with its `lastmod` or ""."""
    root = ET.fromstring(data)
    rows = [(str(node.findtext(f"{SPACE}loc")), node.findtext(f"{SPACE}lastmod") or "") for node in root]
    assert len({url for url, _ in rows}) == len(rows)
    return dict(rows)


@pytest.mark.parametrize("name", ["article_site", "rich_site"])
def test_it_lists_exactly_the_pages_that_are_canonical_and_shall_be_found(
    name: str, request: pytest.FixtureRequest
) -> None:
    site: Site = request.getfixturevalue(name)
    wanted = set()
    for path in site.pages():
        own = f"{SITE_URL}/{'' if path == 'index.html' else path}"
        canonical = [attribute(node, "href") for node in site.document(path).query("link[rel=canonical]")]
        if canonical == [own] and not site.hidden(path):
            wanted.add(own)
    found = listed((site.folder / "sitemap.xml").read_bytes())
    assert set(found) == wanted
    assert f"{SITE_URL}/404.html" not in found


def test_the_date_of_a_page_is_that_of_the_last_change_to_what_it_shows() -> None:
    changes = [{"date": "2027-03-01", "note": "A new room."}]
    found = factory.plan(
        {
            "changed": record(changes=changes, topics=["cloud"]),
            "unchanged": record(topics=["data"], announced="2027-02-02"),
        }
    )
    (data,) = (item.data for item in found.files() if isinstance(item, File) and item.path == "sitemap.xml")
    site = found.settings.site_url
    rows = listed(data)
    for path in ("events/changed.html", "topics/cloud.html", "events.html", "", "calendar/2027-04.html"):
        assert rows[f"{site}/{path}"] == "2027-03-01", path
    for path in ("events/unchanged.html", "topics/data.html"):
        assert rows[f"{site}/{path}"] == "2027-02-02", path
    for path in ("search.html", "feeds.html", "free.html"):
        assert rows[f"{site}/{path}"] == "", path


def test_a_page_of_a_long_list_has_the_date_of_its_own_events() -> None:
    records = {f"event-{n}": record(start=f"2027-05-0{n}") for n in range(1, 5)}
    records["event-4"]["changes"] = [{"date": "2027-03-01", "note": "A new room."}]
    found = factory.plan(records, EVENT_PAGE_SIZE=3)
    (data,) = (item.data for item in found.files() if isinstance(item, File) and item.path == "sitemap.xml")
    rows = listed(data)
    site = found.settings.site_url
    assert rows[f"{site}/events/page/2.html"] == "2027-03-01"
    assert rows[f"{site}/events.html"] == records["event-1"]["announced"]


def test_too_many_pages_for_one_file_become_an_index_of_several() -> None:
    site = "https://events.example.gov"
    addresses = [Address(f"{site}/{n:03}.html", date(2027, 1, 1 + n % 28)) for n in range(25)]
    for most, parts in ((25, 0), (24, 2), (10, 3)):
        files = {path: make() for path, make in sitemap.sitemaps(addresses, site, most)}
        if not parts:
            assert set(files) == {"sitemap.xml"}
            assert len(listed(files["sitemap.xml"])) == 25
            continue
        index = listed(files.pop("sitemap.xml"))
        assert set(index) == {f"{site}/{path}" for path in files}
        assert len(files) == parts
        rows = [listed(data) for data in files.values()]
        assert all(len(part) <= most for part in rows)
        assert {url for part in rows for url in part} == {address.url for address in addresses}
        for path, data in files.items():
            assert index[f"{site}/{path}"] == max(listed(data).values())


def test_signs_that_xml_knows_are_written_for_it() -> None:
    ((_, make),) = sitemap.sitemaps([Address("https://events.example.gov/a&b.html")], "https://events.example.gov")
    assert [*listed(make())] == ["https://events.example.gov/a&b.html"]


def test_robots_let_everybody_read_everything_and_name_the_sitemap(rich_site: Site) -> None:
    robots = RobotFileParser()
    robots.parse(rich_site.html("robots.txt").splitlines())
    for path in ("", "events.ics", "events.json", "topics/cloud.html"):
        assert robots.can_fetch("Googlebot", f"{SITE_URL}/{path}")
    assert robots.site_maps() == [f"{SITE_URL}/sitemap.xml"]


def test_below_a_path_every_address_has_it(tmp_path: Path) -> None:
    url = "https://www.example.gov/learn/events"
    site = build(tmp_path / "output", CONTENT, EVENT_AS_OF="2019-02-20", SITEURL=url).site
    assert all(row.startswith(f"{url}/") for row in listed((site.folder / "sitemap.xml").read_bytes()))
    assert f"Sitemap: {url}/sitemap.xml" in site.html("robots.txt")
