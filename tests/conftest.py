"""Sites that several tests look at, each built once; nobody changes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import factory
from tests.site import Build, Site, build


@pytest.fixture(scope="session")
def article_build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """The project's own content on the day after the first of its events was announced to be near."""
    return build(tmp_path_factory.mktemp("article") / "output", EVENT_AS_OF="2019-02-20")


@pytest.fixture(scope="session")
def article_site(article_build: Build) -> Site:
    """The directory as of February 20, 2019, with its four dated events ahead."""
    return article_build.site


@pytest.fixture(scope="session")
def today_build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """The project's own content on the day of the build: all four dated events are past."""
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
