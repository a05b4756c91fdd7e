"""The pieces of HTML for other sites' pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests import factory
from tests.browsing import TOO_WIDE
from tests.site import ROOT, SITE_URL, Site, attribute, faults, parse, words

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def pieces(site: Site) -> dict[str, str]:
    """Every piece with the address of the list that it is of."""
    folder = site.folder / "embed"
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="ascii") for path in folder.rglob("*.html")}


def test_every_list_of_what_is_ahead_has_a_piece_and_only_those(rich_site: Site) -> None:
    lists = {path for path in rich_site.pages() if rich_site.document(path).query("main [data-list=upcoming]")}
    lists = {path for path in lists if "/page/" not in path and not path.startswith("events/")} - {
        "index.html",
        "deadlines.html",
    }
    assert lists <= {*pieces(rich_site)}
    for path in pieces(rich_site):
        assert rich_site.has(path)
        assert not path.startswith("archive/")


def test_the_document_names_the_lists_that_have_a_piece_and_those_that_have_none(rich_site: Site) -> None:
    text = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
    told = text[text.index("There is one of") : text.index("It has no script")]
    having, lacking = (re.findall(r"`/([\w-]+(?:/|\.html))`", part) for part in told.split("none of"))
    assert {f"{path.partition('/')[0]}/" if "/" in path else path for path in pieces(rich_site)} == {*having}
    assert not [path for path in pieces(rich_site) if path.startswith((*lacking, "archive"))]
    assert all(rich_site.has(path) for path in lacking if path.endswith(".html"))


def test_a_piece_is_html_loads_nothing_and_leads_away_from_the_frame(rich_site: Site) -> None:
    for path, text in pieces(rich_site).items():
        assert faults(f"<!doctype html><title>x</title>{text}") == [], path
        document = parse(text)
        assert document.query("script, style, link, img, iframe, form, object, [style], [id], [class]") == [], path
        links = document.query("a")
        assert links
        for node in links:
            assert urlsplit(attribute(node, "href")).netloc == urlsplit(SITE_URL).netloc
            assert attribute(node, "target") == "_top"
            assert rich_site.has(urlsplit(attribute(node, "href")).path.removeprefix("/")), path


def test_it_has_the_next_ten_of_the_list_in_its_order(rich_site: Site) -> None:
    for path, text in pieces(rich_site).items():
        shown = [f"events/{attribute(node, 'href').rsplit('/', 1)[1]}" for node in parse(text).query("li a")]
        # What is on now stands first on the page too, but under a heading of its own.
        ahead = rich_site.hrefs(path, "main [data-list=upcoming] .event-card__title a")
        assert len(shown) == min(10, len(ahead)), path
        assert {*shown} <= {*ahead}
        if "All" not in text:
            assert sorted(shown) == sorted(ahead)


def test_hostile_text_is_shown_as_it_was_typed(rich_site: Site) -> None:
    seen = 0
    for text in pieces(rich_site).values():
        document = parse(text)
        assert document.query("script, img, svg, b, [onclick], [onerror], [onmouseover]") == []
        seen += factory.HOSTILE.strip() in words(document.query_one("section"))
    assert seen > 0


@contextmanager
def served_by_somebody_else(folder: Path) -> Iterator[str]:
    """The address of a server that knows nothing of our headers."""
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{httpd.server_port}"
    finally:
        httpd.shutdown()
        httpd.server_close()
        thread.join()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.mark.browser
@pytest.mark.parametrize("way", ["framed", "included"])
def test_it_is_readable_on_another_site_on_a_phone(
    rich_site: Site, rich_url: str, tmp_path: Path, browser: Browser, way: str
) -> None:
    piece = rich_site.html("embed/events.html")
    frame = f'<iframe src="{rich_url}/embed/events.html" title="Upcoming events" width="100%" height="640"></iframe>'
    # The page has another encoding than ours; what is included takes it on.
    head = '<meta charset="windows-1252"><meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
    html = f'<!doctype html><html lang="en">{head}<title>An agency</title>{piece if way == "included" else frame}'
    (tmp_path / "index.html").write_text(html, encoding="ascii")
    with served_by_somebody_else(tmp_path) as other:
        page = browser.new_page(viewport={"width": 320, "height": 700})
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(f"{other}/index.html")
        shown = page.frames[-1]
        assert len(page.frames) == (2 if way == "framed" else 1)
        assert shown.inner_text("h2") == "All upcoming events"
        assert shown.locator("li").count() == 10
        assert "–" in shown.inner_text("section"), "dashes come through in any encoding"
        assert shown.evaluate(TOO_WIDE) == []
        page.close()
    # Without a document type a frame is laid out as pages once were; the browser says so, and nothing else.
    assert [text for text in said if "Quirks Mode" not in text] == []
