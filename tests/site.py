"""Whole sites for tests: built by the real `pelican` command in a process of its own, and read back as a browser would."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from justhtml import JustHTML
from tinyhtml5.parser import HTMLParser

ROOT = Path(__file__).resolve().parent.parent
CONTENT = ROOT / "content"
PELICAN = Path(sys.executable).with_name("pelican")
SITE_URL = "http://127.0.0.1:8000"
ARTICLE = CONTENT / "articles" / "government-gets-social.md"
ARTICLE_RECORDS = {
    identity: next((CONTENT / "events").rglob(f"{identity}.yaml"))
    for identity in re.findall(r"^\{event\}(\S+)$", ARTICLE.read_text(encoding="utf-8"), re.MULTILINE)
}
"""The records of the directory's first article, by id: they stay the same while the content grows."""


@dataclass(frozen=True, slots=True)
class Build:
    """A run of the `pelican` command: where it wrote, how it ended, what it said."""

    output: Path
    status: int
    out: str
    err: str

    @property
    def site(self) -> Site:
        """The site that a build left; it must have succeeded."""
        assert self.status == 0, self.err
        return Site(self.output)


def build(
    output: Path,
    content: Path = CONTENT,
    *,
    cwd: Path = ROOT,
    environment: Mapping[str, str] | None = None,
    arguments: tuple[str, ...] = (),
    **overrides: Any,
) -> Build:
    """Build a content folder; `overrides` are settings, given as JSON behind the one `-e` that Pelican keeps."""
    settings = [f"{key}={json.dumps(value)}" for key, value in overrides.items()]
    command = [PELICAN, content, "-o", output, "-s", ROOT / "pelicanconf.py", *arguments]
    done = subprocess.run(
        [str(part) for part in command] + (["-e", *settings] if settings else []),
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
    return Build(output, done.returncode, done.stdout, done.stderr)


def article_content(folder: Path) -> Path:
    """Write a content folder of that article, its records and the registries alone; returns the folder."""
    for path in (ARTICLE, *ARTICLE_RECORDS.values(), *CONTENT.glob("*.yaml")):
        there = folder / path.relative_to(CONTENT)
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, there)
    return folder


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder by its address, with its bytes."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@dataclass(frozen=True)
class Site:
    """A built site."""

    folder: Path

    def pages(self) -> list[str]:
        """The addresses of its HTML pages; what others embed is no page."""
        found = sorted(path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*.html"))
        return [path for path in found if not path.startswith("embed/")]

    def has(self, path: str) -> bool:
        """Whether there is a file at that address."""
        return (self.folder / path).is_file()

    def html(self, path: str) -> str:
        """A page's text."""
        return (self.folder / path).read_text(encoding="utf-8")

    def json(self, path: str) -> Any:
        """What a JSON file holds."""
        return json.loads((self.folder / path).read_bytes())

    def document(self, path: str) -> JustHTML:
        """A page as the HTML standard reads it."""
        return parse(self.html(path))

    def moved(self, path: str) -> str:
        """Where a page leads on to because its address is a former one; "" for all others."""
        found = self.document(path).query("meta[http-equiv=refresh]")
        return local(path, attribute(found[0], "content").removeprefix("0; url=")) if found else ""

    def hidden(self, path: str) -> bool:
        """Whether a page asks search engines to leave it out."""
        return bool(self.document(path).query("meta[name=robots][content=noindex]"))

    def text(self, path: str, selector: str = "main") -> str:
        """The words of a part of a page, with single spaces."""
        return words(self.document(path).query_one(selector))

    def hrefs(self, path: str, selector: str = "main a") -> list[str]:
        """Where the links of a part of a page lead, as addresses below the site's root where they stay on it."""
        found = []
        for element in self.document(path).query(selector):
            href = attribute(element, "href")
            found.append(href if urlsplit(href).scheme else local(path, href))
        return found

    def links(self) -> Iterator[tuple[str, str]]:
        """Every link of every page that stays on the site, as (page, address with fragment)."""
        for path in self.pages():
            document = self.document(path)
            for name in ("href", "src", "action"):
                for element in document.query(f"[{name}]"):
                    href = attribute(element, name)
                    if href and not urlsplit(href).scheme and not href.startswith("//"):
                        yield path, local(path, href)


@cache
def parse(text: str) -> JustHTML:
    """A page as the HTML standard reads it."""
    return JustHTML(text, sanitize=False)


def faults(text: str) -> list[str]:
    """What is wrong with a page by the HTML standard, as "line:column: code"."""
    parser = HTMLParser()
    parser.parse(text)
    return [f"{line}:{column}: {code} {data.get('name', '')}".rstrip() for (line, column), code, data in parser.errors]


def attribute(node: Any, name: str) -> str:
    """The value of an element's attribute, "" where it has none."""
    return str((node.attrs or {}).get(name) or "")


def words(node: Any) -> str:
    """The words of a part of a page, with single spaces."""
    assert node is not None
    return " ".join(node.to_text().split())


def local(page: str, href: str) -> str:
    """The address below the root that a relative link of a page means, with its fragment."""
    whole = urljoin(f"http://site/{page}", href)
    parts = urlsplit(whole)
    path = unquote(parts.path.removeprefix("/")) or "index.html"
    return path + (f"#{unquote(parts.fragment)}" if parts.fragment else "")


def alone(group: int, patience: float = 60) -> bool:
    """Whether no process of that group is left, or none within so many seconds."""
    begun = time.monotonic()
    while True:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        if time.monotonic() - begun >= patience:
            return False
        time.sleep(0.05)
