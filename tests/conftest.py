"""Sites that several tests look at, each built once; nobody changes them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from tests import factory
from tests.browsing import Watch, chromium, serving
from tests.site import Build, Site, article_content, build

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# No test is timed: a busy machine makes nothing wrong.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


# Several times what the temporary files of a run take at once (sites, clones, a browser's profiles): 160 MB.
_ROOM = 1024**3


def pytest_configure() -> None:
    """Put temporary files where there is memory for them: a run waits a minute for a disk."""
    if "TMPDIR" not in os.environ and _takes_all(memory := Path("/dev/shm")):
        os.environ["TMPDIR"] = str(memory)
        # It was asked for already.
        tempfile.tempdir = None


def _takes_all(folder: Path) -> bool:
    """Whether a folder takes what tests put down, and runs it: they run what they have set up. Only Linux has it."""
    if not os.access(folder, os.W_OK):
        return False
    found = os.statvfs(folder)
    return not found.f_flag & os.ST_NOEXEC and found.f_bavail * found.f_frsize >= _ROOM


# Files that take a minute or two, the longest first.
_LONG = ("test_site.py", "test_incremental.py", "test_browser.py", "test_find.py", "test_browser_search.py", "test_inert.py",
         "test_workers.py", "test_servers.py")  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long first: processes that share the files (`make test`) end together so."""
    slow = {item.path for item in items if item.get_closest_marker("browser") or item.get_closest_marker("servers")}
    places = {name: place for place, name in enumerate(_LONG)}
    items.sort(key=lambda item: (places.get(item.path.name, len(_LONG)), item.path not in slow))


@pytest.fixture(scope="session")
def first_content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory's first article with its six records: what the project's content grows by changes nothing here."""
    return article_content(tmp_path_factory.mktemp("first") / "content")


@pytest.fixture(scope="session")
def article_build(first_content: Path) -> Build:
    """That content on a day of 2019 on which all its dates are near."""
    return build(first_content.parent / "article", first_content, EVENT_AS_OF="2019-02-20")


@pytest.fixture(scope="session")
def article_site(article_build: Build) -> Site:
    """The article's directory as of February 20, 2019, with its four dated events ahead."""
    return article_build.site


@pytest.fixture(scope="session")
def past_site(first_content: Path) -> Site:
    """The article's directory on the day of the build: all four dated events are past."""
    return build(first_content.parent / "past", first_content).site


@pytest.fixture(scope="session")
def today_build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """The project's own content, all of it, on the day of the build."""
    return build(tmp_path_factory.mktemp("today") / "output")


@pytest.fixture(scope="session")
def today_site(today_build: Build) -> Site:
    """The directory of today."""
    return today_build.site


@pytest.fixture(scope="session")
def rich_content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The content folder of `factory.rich()`, with no article."""
    return factory.write_content(tmp_path_factory.mktemp("rich") / "content", factory.rich())


@pytest.fixture(scope="session")
def rich_build(rich_content: Path) -> Build:
    """The rich directory, built as of the factory's day."""
    return build(rich_content.parent / "output", rich_content, EVENT_AS_OF=factory.TODAY.isoformat())


@pytest.fixture(scope="session")
def rich_site(rich_build: Build) -> Site:
    """Some eighty events of every status, format and price."""
    return rich_build.site


# A browser, and the sites served to it.


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    with chromium() as found:
        yield found


@pytest.fixture(scope="session")
def rich_url(rich_site: Site) -> Iterator[str]:
    """Where the rich directory is served."""
    with serving(rich_site.folder) as url:
        yield url


@pytest.fixture(scope="session")
def article_url(article_site: Site) -> Iterator[str]:
    """Where the article's directory as of February 20, 2019 is served."""
    with serving(article_site.folder) as url:
        yield url


@pytest.fixture(scope="session")
def today_url(today_site: Site) -> Iterator[str]:
    """Where the directory of today is served."""
    with serving(today_site.folder) as url:
        yield url


@pytest.fixture(scope="session")
def aged_url(first_content: Path) -> Iterator[str]:
    """The article's directory that was built on February 20, 2019, and never since: it does not hold the reader to that day."""
    noon = str(int(datetime(2019, 2, 20, 17, tzinfo=UTC).timestamp()))
    found = build(first_content.parent / "aged", first_content, environment={"SOURCE_DATE_EPOCH": noon})
    with serving(found.site.folder) as url:
        yield url


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens an address in a fresh profile; what no page may do fails the test at its end."""
    watches: list[Watch] = []
    contexts = []

    def opened(url: str, *, width: int = 1280, expected: tuple[str, ...] = (), at: str = "", **options: Any) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, timezone_id="America/New_York", **options
        )
        contexts.append(context)
        page = context.new_page()
        if at:
            page.clock.set_fixed_time(at)
        watches.append(Watch(page, url))
        watches[-1].expected = expected
        page.goto(url)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [fault for watch in watches for fault in watch.faults] == []
