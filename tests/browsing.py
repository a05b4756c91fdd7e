"""A real browser for tests: the system's Chromium, which nothing but the site under test may be asked from."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from events import server

from tests.site import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# The first is the same browser without windows, which takes three fifths of the time.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
# Tags and rules of axe-core.
_ALL = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_COLOURS = ["color-contrast", "link-in-text-block"]
WIDTHS = (320, 390, 1280)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium; without one the tests fail, for nothing else can prove what they prove."""
    from playwright.sync_api import sync_playwright

    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.fail("no Chromium is installed; `make chromium` says how to get it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The address of a server of the folder, without a slash at its end."""
    httpd = server.server(folder, 0)
    thread = Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{httpd.server_port}"
    finally:
        httpd.shutdown()
        httpd.server_close()
        thread.join()


class Watch:
    """What a page does that no page of ours may do: errors, and requests to anybody else."""

    def __init__(self, page: Page, origin: str) -> None:
        self.faults: list[str] = []
        self.expected: tuple[str, ...] = ()
        self.host = urlsplit(origin).netloc
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))
        page.on("request", self._request)

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning") and not any(part in message.text for part in self.expected):
            self.faults.append(f"{message.page.url}: {message.text}")

    def _request(self, request: Any) -> None:
        if urlsplit(request.url).scheme not in ("data", "blob") and urlsplit(request.url).netloc != self.host:
            self.faults.append(f"asks {request.url}")


# What reaches over the right edge, though the page's own `overflow-x: hidden` may hide it. What scrolls within itself
# may hold more than it shows, and what only screen readers see stands outside on purpose.
TOO_WIDE = """() => {
  const scrolls = (node) => {
    for (let up = node.parentElement; up && up !== document.body; up = up.parentElement)
      if (/auto|scroll|hidden|clip/.test(getComputedStyle(up).overflowX)) return true;
    return false;
  };
  const wide = [...document.body.querySelectorAll('*')].filter((node) => {
    const box = node.getBoundingClientRect();
    return box.width > 1 && box.right > innerWidth + 1 && node.checkVisibility({visibilityProperty: true})
      && !scrolls(node);
  });
  const said = wide.map((node) => `${node.tagName}.${node.className} to ${node.getBoundingClientRect().right}`);
  if (document.documentElement.scrollWidth > innerWidth) said.push(`page scrolls to ${document.documentElement.scrollWidth}`);
  return said;
}"""


def axe_faults(page: Page, *, colours: bool = False) -> list[str]:
    """What axe-core finds wrong by WCAG 2.2 AA, as "rule: element"; with `colours`, of those alone.

    It goes in through the debugger, so that the page's own content security policy stays as strict as it is.
    """
    session = page.context.new_cdp_session(page)
    session.send("Runtime.evaluate", {"expression": AXE.read_text(encoding="utf-8")})
    only = _COLOURS if colours else _ALL
    run = f"axe.run({{runOnly: {only}}}).then((found) => JSON.stringify(found.violations.flatMap((rule) => rule.nodes.map((node) => `${{rule.id}}: ${{node.target}} ${{node.failureSummary}}`))))"
    answer = session.send("Runtime.evaluate", {"expression": run, "awaitPromise": True, "returnByValue": True})
    session.detach()
    import json

    found: list[str] = json.loads(answer["result"]["value"])
    return found
