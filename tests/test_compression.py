"""The smaller copies: the same text in fewer bytes, beside every text that is worth it, and never beside another text."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import brotli
import pytest
from events import compression
from events.writer import MARKER, Output
from hypothesis import given
from hypothesis import strategies as st

from tests.site import Build, build, files

TEXT = b"<p>An afternoon with the tools that federal teams use.</p>\n" * 100
OTHER = TEXT.replace(b"afternoon", b"evening")
READ = {".br": brotli.decompress, ".gz": gzip.decompress}


def copies(path: str) -> set[str]:
    return {path + suffix for suffix in READ}


@given(st.binary(max_size=5000).map(lambda data: data * (compression.WORTH // max(1, len(data)) + 1)))
def test_a_copy_holds_the_same_bytes_and_is_made_the_same_again(data: bytes) -> None:
    made = compression.variants("page.html", data)
    assert made == compression.variants("page.html", data)
    assert set(made) == (set(READ) if len(data) >= compression.WORTH else set())
    assert all(READ[suffix](copy) == data for suffix, copy in made.items())


def test_a_gzip_copy_tells_no_name_and_no_time() -> None:
    head = compression.gzip(TEXT)[:10]
    flags, time, system = head[3], head[4:8], head[9]
    unknown = 255
    assert (flags, time, system) == (0, bytes(4), unknown)


@pytest.mark.parametrize("path", ["photo.jpg", "font.woff2", "icon.png", "events/gsmcon", "page.html.gz"])
def test_what_is_no_text_has_no_copies(path: str) -> None:
    assert compression.variants(path, TEXT) == {}


def test_the_theme_s_files_are_made_smaller_than_what_a_build_may_change() -> None:
    quick, small = (compression.variants(path, TEXT + bytes(range(256)))[".br"] for path in ("a.css", "theme/a.css"))
    assert len(small) < len(quick)


# In the output folder.


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "output"


def publish(folder: Path, planned: dict[str, bytes], *, precompress: bool = True) -> None:
    output = Output(folder, precompress=precompress)
    for path, data in planned.items():
        output.write(path, data)
    output.publish()
    output.prune(planned)


def held(folder: Path) -> dict[str, bytes]:
    return {path: data for path, data in files(folder).items() if path != MARKER}


def test_copies_come_with_their_file_and_change_with_it(folder: Path) -> None:
    for text in (TEXT, OTHER):
        publish(folder, {"events/page.html": text, "small.html": b"small"})
        found = held(folder)
        assert found.keys() == {"events/page.html", "small.html"} | copies("events/page.html")
        assert all(READ[suffix](found["events/page.html" + suffix]) == text for suffix in READ)


def test_copies_go_with_their_file(folder: Path) -> None:
    publish(folder, {"a.html": TEXT, "b.html": TEXT})
    publish(folder, {"a.html": TEXT})
    assert held(folder).keys() == {"a.html"} | copies("a.html")


def test_a_file_that_becomes_too_small_loses_its_copies(folder: Path) -> None:
    publish(folder, {"a.html": TEXT})
    publish(folder, {"a.html": b"small"})
    assert held(folder) == {"a.html": b"small"}


def test_copies_go_when_nobody_wants_them_any_more_and_come_back(folder: Path) -> None:
    publish(folder, {"a.html": TEXT})
    publish(folder, {"a.html": TEXT}, precompress=False)
    assert held(folder) == {"a.html": TEXT}
    publish(folder, {"a.html": TEXT})
    assert held(folder).keys() == {"a.html"} | copies("a.html")


def test_copies_of_a_file_that_stays_are_left_alone(folder: Path) -> None:
    publish(folder, {"a.html": TEXT, "b.html": TEXT})
    before = {path: (folder / path).stat() for path in ("a.html", *copies("a.html"))}
    publish(folder, {"a.html": TEXT, "b.html": OTHER})
    for path, stat in before.items():
        now = (folder / path).stat()
        assert (now.st_ino, now.st_mtime_ns) == (stat.st_ino, stat.st_mtime_ns)


def test_file_and_copies_have_one_time(folder: Path) -> None:
    publish(folder, {"a.html": TEXT})
    assert len({(folder / path).stat().st_mtime_ns for path in ("a.html", *copies("a.html"))}) == 1


@pytest.mark.parametrize("suffix", sorted(READ))
def test_a_copy_that_is_missing_or_of_another_time_is_made_again(folder: Path, suffix: str) -> None:
    publish(folder, {"a.html": TEXT})
    right = held(folder)
    (folder / f"a.html{suffix}").unlink()
    publish(folder, {"a.html": TEXT})
    assert held(folder) == right
    # As a build that was stopped half way, or a program that knows nothing of copies, leaves it.
    (folder / f"a.html{suffix}").write_bytes(b"of another text")
    os.utime(folder / f"a.html{suffix}", ns=(1, 1))
    publish(folder, {"a.html": TEXT})
    assert held(folder) == right


def test_a_build_that_ends_half_way_leaves_file_and_copies_as_they_were(folder: Path) -> None:
    publish(folder, {"a.html": TEXT})
    right = held(folder)
    output = Output(folder, precompress=True)
    output.write("a.html", OTHER)
    output.discard()
    assert held(folder) == right


def test_the_last_of_two_texts_for_one_page_is_the_one_that_is_compressed(folder: Path) -> None:
    publish(folder, {"a.html": TEXT})
    output = Output(folder, precompress=True)
    output.write("a.html", OTHER)
    output.write("a.html", TEXT)
    output.publish()
    assert READ[".br"]((folder / "a.html.br").read_bytes()) == TEXT


def test_what_changed_is_told_without_its_copies(folder: Path) -> None:
    publish(folder, {"a.html": TEXT, "b.html": TEXT, "c.html": TEXT})
    output = Output(folder, precompress=True)
    for path, text in {"a.html": TEXT, "b.html": OTHER, "new/d.html": TEXT}.items():
        output.write(path, text)
    output.publish()
    output.prune(["a.html", "b.html", "new/d.html"])
    assert output.changed == ["b.html", "c.html", "new/d.html"]


# Whole sites.


@pytest.fixture(scope="module")
def compressed_build(first_content: Path) -> Build:
    folder = first_content.parent / "compressed"
    return build(folder, first_content, EVENT_AS_OF="2019-02-20", EVENT_PRECOMPRESS=True)


def test_a_whole_site_has_its_copies_and_is_otherwise_the_same(compressed_build: Build, article_build: Build) -> None:
    plain, found = files(article_build.site.folder), files(compressed_build.site.folder)
    worth = {path for path, data in plain.items() if compression.variants(path, data)}
    assert {"index.html", "events.ics", "events/gsmcon-2019.html"} <= worth
    assert found.keys() == plain.keys() | {name for path in worth for name in copies(path)}
    assert {path: found[path] for path in plain} == plain
    assert all(READ[suffix](found[path + suffix]) == plain[path] for path in worth for suffix in READ)


def test_a_second_build_touches_no_copy(compressed_build: Build, first_content: Path) -> None:
    folder = compressed_build.site.folder
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    assert build(folder, first_content, EVENT_AS_OF="2019-02-20", EVENT_PRECOMPRESS=True).status == 0
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()} == before
