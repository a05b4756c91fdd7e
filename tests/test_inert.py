"""Hostile text in every field, of every kind, is text in every file of the site.

Two sites are built. In one every text of every record, registry and article holds a payload; in the other each payload
is as long, and harmless. A text that nobody takes for markup, for a property of a calendar or for a template changes no
structure: so both sites must have the same files, with the same elements, properties, keys and cells in the same order.
A field, a page or a feed that is added later is covered by itself.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from events.fields import Group, Many, Text, Type, specs
from events.model import REGISTRIES, Event

from tests import factory
from tests.browsing import serving
from tests.factory import Filling, Record, filled
from tests.site import Site, attribute, build, files, parse

if TYPE_CHECKING:
    from playwright.sync_api import Dialog, Page

    Open = Callable[..., Page]

# Short, so that a field of 30 characters holds each whole behind its mark.
PAYLOADS = (
    '"><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)" x="',
    "</script><!--<script>",
    "</title></textarea></style><b>",
    "{{7*7}}{%x%}{#x#}${7+7}",
    "{filename}/x|static|/y{attach}",
    r"x\nATTACH:file:///etc/passwd",
    r';X=1:,\,"\;END:VEVENT',
    "&lt;script&gt;&#60;b&#62;&amp;",
    "]]><b>x</b><?xml version='1'?>",
    "<a href='{filename}/x'>y</a>",
    "javascript:alert(1)//%0d%0aX: y",
)
MARKED = 3


@dataclass(frozen=True, slots=True)
class Marked(Filling):
    """Texts that begin with a mark of their own for each field, so that none is like another and order is theirs."""

    mark: str = ""

    def said(self, way: str) -> str:
        return f"{self.mark}{_WAYS.index(way):02} {self.text}"


def ways(cls: type, way: str = "") -> Iterator[tuple[str, Type]]:
    """Every field of the dataclass that holds a value, by the way to it."""
    for name, spec in specs(cls).items():
        kind = spec.type
        while isinstance(kind, Many):
            kind = kind.of
        if isinstance(kind, Group):
            yield from ways(kind.cls, f"{way}{name}.")
        else:
            yield f"{way}{name}", kind


_WAYS = sorted({way for cls in (Event, *REGISTRIES.values()) for way, kind in ways(cls) if isinstance(kind, Text)})


def harmless(text: str) -> str:
    """A text of the same length in which every sign is a letter."""
    return re.sub(r"[^A-Za-z0-9 ]", "x", text)


def hostile(text: str) -> str:
    return text


def write(folder: Path, twist: Callable[[str], str]) -> Path:
    """A content folder with four records, a registry entry of each kind, an article and a page for every payload."""
    records: dict[str, Record] = {}
    registries: dict[str, dict[str, Record]] = {name: {} for name in REGISTRIES}
    (folder / "articles").mkdir(parents=True)
    (folder / "pages").mkdir()
    for number, payload in enumerate(PAYLOADS):
        mark = chr(ord("a") + number)
        text = twist(payload)
        filling = Marked(text, twist("https://example.org/a'(1)//?q=%22%3E&amp;x=;y,z"), f"{mark} {text}", mark=mark)
        if twist is harmless:
            filling = Marked(text, f"https://example.org/{'x' * 30}", f"{mark} {text}", mark=mark)
        for name, cls in REGISTRIES.items():
            entry = {key: value for key, value in filled(cls, filling).items() if key != "parent"}
            registries[name][f"{name}-{mark}"] = entry
        for identity, tree in factory.hostile(filling).items():
            records[f"{identity}-{mark}"] = {
                **tree,
                "topics": [f"topics-{mark}"],
                "organizer": [f"organizers-{mark}"],
                "series": f"series-{mark}",
                "url": f"{tree['url']}{mark}{identity}",
                "aliases": [f"{alias}-{mark}" for alias in tree["aliases"]],
            }
        about = f"Title: {mark} {text}\nSummary: {mark} {text}\n"
        # In these a comma or a semicolon begins the next one.
        one = re.sub("[,;]", "x", text)
        article = f"{about}Date: 2027-01-{number + 1:02}\nTags: {one}\nAuthor: {one}\nCategory: {one}\n"
        card = f"{{event}}hostile-{mark}\n\n[words]({{event}}hostile-webcast-{mark})\n"
        (folder / "articles" / f"article-{mark}.md").write_text(f"{article}\n{card}", encoding="utf-8")
        (folder / "pages" / f"page-{mark}.md").write_text(f"{about}\nWords.\n", encoding="utf-8")
    factory.write_content(folder, records, **registries)
    return folder


def site(folder: Path, twist: Callable[[str], str]) -> Site:
    text = twist(PAYLOADS[0])
    done = build(
        folder / "output", write(folder / "content", twist), EVENT_AS_OF=factory.TODAY.isoformat(), SITENAME=text,
        SITESUBTITLE=text, EVENT_PUBLISHER=text, EVENT_CONTACT="a@example.gov",
    )  # fmt: skip
    assert "49" not in done.err
    return done.site


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The site whose every text is a payload."""
    return site(tmp_path_factory.mktemp("attacked"), hostile)


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The same with harmless texts of the same lengths."""
    return site(tmp_path_factory.mktemp("calm"), harmless)


def test_every_text_of_the_model_is_attacked() -> None:
    trees = list(factory.hostile(Marked("x", "https://example.org/", "x", mark="a")).values())
    whole = "\n".join(factory.text_of(tree) for tree in trees)
    texts = {way for way, kind in ways(Event) if isinstance(kind, Text) and way != "description"}
    assert {way for way in texts if f"a{_WAYS.index(way):02} " not in whole} == set()
    assert all("description" in tree for tree in trees)
    # Whatever else the model has is a number, a day, a code or an id, and holds no text.
    others = {type(kind).__name__ for _, kind in ways(Event) if not isinstance(kind, Text)}
    assert others <= {"Choice", "Moment", "Zone", "Id", "Url", "Amount", "Number", "Flag", "Code", "Language"}


# What is the same in two files that differ in their texts alone.


def shape(value: Any) -> Any:
    """A JSON value without its texts and numbers."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value]
    return type(value).__name__


def of_html(text: str) -> list[Any]:
    found: list[Any] = []
    for node in parse(text).query("*"):
        found.append((node.name, sorted(node.attrs or {})))
        if attribute(node, "type") == "application/ld+json":
            found.append(shape(json.loads(node.to_text())))
    return found


_PROPERTY = re.compile(r'([A-Z-]+)((?:;[A-Z-]+=(?:"[^"\r\n]*"|[^";:,\r\n]*)(?:,(?:"[^"\r\n]*"|[^";:,\r\n]*))*)*):')


def of_calendar(text: str) -> list[Any]:
    """The names of properties and parameters (RFC 5545, 3.1), and the values of BEGIN and END."""
    assert "\n" not in text.replace("\r\n", "")
    found = []
    for line in text.replace("\r\n ", "").split("\r\n")[:-1]:
        parts = _PROPERTY.match(line)
        assert parts, line
        value = line[parts.end() :] if parts[1] in ("BEGIN", "END") else ""
        found.append((parts[1], re.findall(r";([A-Z-]+)=", re.sub(r'"[^"]*"', "", parts[2])), value))
    return found


def of_xml(text: str) -> list[Any]:
    return [(node.tag, sorted(node.attrib)) for node in ET.fromstring(text).iter()]


def of_table(text: str) -> list[Any]:
    return [len(row) for row in csv.reader(io.StringIO(text, newline=""))]


def of_lines(text: str) -> list[Any]:
    return [len(line.split()) for line in text.splitlines()]


SKELETONS: Mapping[str, Callable[[str], Any]] = {
    ".html": of_html,
    ".ics": of_calendar,
    ".json": lambda text: shape(json.loads(text)),
    ".xml": of_xml,
    ".atom": of_xml,
    ".opml": of_xml,
    ".csv": of_table,
    ".txt": of_lines,
    ".css": str,
    ".js": str,
    ".svg": str,
    "": of_lines,
}


def skeletons(found: Site) -> dict[str, Any]:
    """The skeleton of every file by its address, without the digests in names."""
    made = {}
    for path, data in files(found.folder).items():
        suffix = Path(path).suffix
        if suffix == ".png":
            # Drawn from the texts: all that can differ is what is seen.
            assert data.startswith(b"\x89PNG\r\n\x1a\n")
            continue
        assert suffix in SKELETONS, f"{path}: a new kind of file; say how it is read, so that it is covered"
        made[re.sub(r"\.[0-9a-f]{8,10}\.", ".", path)] = SKELETONS[suffix](data.decode())
    return made


def test_no_text_changes_the_structure_of_any_file(attacked: Site, calm: Site) -> None:
    found, wanted = skeletons(attacked), skeletons(calm)
    assert sorted(found) == sorted(wanted)
    assert [path for path in wanted if found[path] != wanted[path]] == []
    assert {Path(path).suffix for path in found} >= {".html", ".ics", ".json", ".atom", ".opml"}


def test_a_text_that_does_change_it_is_seen() -> None:
    plain, broken = '<p title="x">x</p>', '<p title=""><script>alert(1)</script>">x</p>'
    assert of_html(plain) != of_html(broken)
    assert of_html('<p title="x">x</p>') != of_html('<p title="" onclick="x">x</p>')
    assert of_calendar("SUMMARY:x\r\n") != of_calendar("SUMMARY:x\r\nATTACH:x\r\n")
    assert of_calendar("SUMMARY;X=1:x\r\n") != of_calendar("SUMMARY:x\r\n")
    assert shape({"a": "x"}) != shape({"a": "x", "b": "x"})
    assert of_table("a,b\r\n") != of_table("a,b\r\nc\r\n")


def test_every_payload_is_shown_as_it_was_typed(attacked: Site) -> None:
    for number, payload in enumerate(PAYLOADS):
        mark = chr(ord("a") + number)
        for place in (
            f"events/hostile-{mark}",
            f"topics/topics-{mark}",
            f"articles/article-{mark}",
            f"pages/page-{mark}",
        ):
            heading = attacked.text(f"{place}.html", "h1")
            assert " ".join(payload.split()) in heading, place


def test_links_go_where_links_may_go_and_nothing_is_loaded_but_our_own(attacked: Site) -> None:
    for path in attacked.pages():
        document = attacked.document(path)
        schemes = {
            re.match(r"[a-z]+:", attribute(node, name), re.IGNORECASE)
            for name in ("href", "action", "src", "data", "formaction", "poster")
            for node in document.query(f"[{name}]")
        }
        assert {found[0] for found in schemes if found} <= {"http:", "https:", "mailto:", "webcal:"}, path
        assert document.query("iframe, object, embed, base, style, [style], [srcdoc]") == [], path
        for node in document.query("script[src], img[src], link[rel=stylesheet], link[rel=icon], source, video, audio"):
            address = attribute(node, "src") or attribute(node, "href")
            assert re.match(r"(?:\.|\.\.|)(?:/\.\.)*/theme/", address), (path, address)
        assert {attribute(node, "type") for node in document.query("script:not([src])")} <= {"application/ld+json"}


def test_no_event_handler_is_an_attribute_of_any_element(attacked: Site) -> None:
    for path in attacked.pages():
        for node in attacked.document(path).query("*"):
            assert not [name for name in node.attrs or {} if name.startswith("on")], path


FIRE = """() => {
  for (const node of document.querySelectorAll('*')) {
    for (const kind of ['mouseover', 'focus', 'error', 'load', 'click'])
      if (kind !== 'click' || !node.closest('a, button, summary')) node.dispatchEvent(new Event(kind));
  }
}"""


@pytest.mark.browser
def test_a_browser_runs_nothing_and_asks_nobody(attacked: Site, open_page: Open) -> None:
    with serving(attacked.folder) as url:
        page = open_page(f"{url}/index.html")
        dialogs: list[str] = []

        def dismiss(dialog: Dialog) -> None:
            dialogs.append(f"{page.url}: {dialog.message}")
            dialog.dismiss()

        page.on("dialog", dismiss)
        for path in attacked.pages():
            if not attacked.moved(path):
                page.goto(f"{url}/{path}")
                page.evaluate(FIRE)
        page.goto(f"{url}/search.html?when=upcoming&when=past&when=on-demand")
        page.wait_for_selector(".result")
        page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
        while page.is_visible("#search-more button"):
            page.click("#search-more button")
        for star in page.locator(".result .star").all():
            star.click()
        page.evaluate(FIRE)
        shown = page.inner_text("#search-results")
        assert [payload for payload in PAYLOADS if payload not in shown] == []
        page.goto(f"{url}/shortlist.html")
        page.wait_for_selector(".result")
        page.evaluate(FIRE)
        assert page.locator(".result").count() == len(PAYLOADS) * 3
        assert page.context.cookies() == []
        assert dialogs == []
