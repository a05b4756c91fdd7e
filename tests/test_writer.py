"""The output folder: only what changed is written, whole or not at all, and nothing foreign is touched."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from events.writer import MARKER, Early, Output, put_aside, size_of, stage

from tests.site import files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "output"


def build(folder: Path, planned: dict[str, bytes], keep: tuple[str, ...] = ()) -> Output:
    """What a build does: write everything aside, publish it, prune."""
    output = Output(folder)
    for path, data in planned.items():
        output.write(path, data)
    output.publish()
    output.prune(planned, keep)
    return output


def held(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {MARKER}


def test_a_missing_folder_is_made(folder: Path) -> None:
    build(folder, {"index.html": b"one", "events/deep/er.html": b"two"})
    assert held(folder) == {"index.html", "events/deep/er.html"}


def test_a_file_whose_bytes_are_the_same_keeps_its_time(folder: Path) -> None:
    build(folder, {"same.html": b"same", "other.html": b"before"})
    for name in ("same.html", "other.html"):
        os.utime(folder / name, (1_000_000_000, 1_000_000_000))
    output = build(folder, {"same.html": b"same", "other.html": b"after"})
    assert (folder / "same.html").stat().st_mtime == 1_000_000_000
    assert (folder / "other.html").stat().st_mtime != 1_000_000_000
    assert (folder / "other.html").read_bytes() == b"after"
    assert output.written == 1


def test_who_reads_a_file_while_it_changes_reads_it_whole(folder: Path) -> None:
    build(folder, {"page.html": b"before"})
    with (folder / "page.html").open("rb") as reader:
        build(folder, {"page.html": b"after, and longer"})
        assert reader.read() == b"before"
    assert held(folder) == {"page.html"}


def test_a_write_that_fails_leaves_the_last_good_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(folder, {"page.html": b"before"})

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        build(folder, {"page.html": b"after"})
    assert (folder / "page.html").read_bytes() == b"before"


def test_a_build_that_ends_half_way_leaves_the_last_good_site(folder: Path) -> None:
    build(folder, {"page.html": b"before", "old.html": b""})
    output = Output(folder)
    output.write("page.html", b"after")
    output.write("new/page.html", b"after")
    assert (folder / "page.html").read_bytes() == b"before"
    output.discard()
    assert files(folder) == {"page.html": b"before", "old.html": b"", MARKER: files(folder)[MARKER]}


def test_what_a_killed_build_left_is_gone_after_the_next(folder: Path) -> None:
    Output(folder).write("half.html", b"half")
    assert not (folder / "half.html").exists()
    build(folder, {"page.html": b"whole"})
    assert {*files(folder)} == {"page.html", MARKER}


def test_the_last_of_two_texts_for_one_page_counts(folder: Path) -> None:
    build(folder, {"page.html": b"first"})
    output = Output(folder)
    output.write("page.html", b"second")
    output.write_at(folder / "page.html", b"first")
    output.publish()
    assert (folder / "page.html").read_bytes() == b"first"
    assert output.written == 0


def test_what_nobody_plans_any_more_goes_with_its_folder(folder: Path) -> None:
    build(folder, {"index.html": b"", "events/a.html": b"", "topics/cloud/ut.ics": b""})
    build(folder, {"index.html": b"", "events/a.html": b""})
    assert held(folder) == {"index.html", "events/a.html"}
    assert not (folder / "topics").exists()


def test_files_in_a_folder_that_no_build_of_ours_began_are_never_deleted(folder: Path) -> None:
    folder.mkdir()
    (folder / "thesis.odt").write_bytes(b"years of work")
    for _ in range(2):
        build(folder, {"index.html": b""})
        build(folder, {"other.html": b""})
    assert held(folder) == {"thesis.odt", "index.html", "other.html"}
    assert not (folder / MARKER).exists()


def test_an_empty_folder_may_be_ours(folder: Path) -> None:
    folder.mkdir()
    build(folder, {"old.html": b""})
    build(folder, {"new.html": b""})
    assert held(folder) == {"new.html"}


def test_a_fresh_clone_with_nothing_but_git_in_it_may_be_ours(folder: Path) -> None:
    (folder / ".git").mkdir(parents=True)
    build(folder, {"old.html": b""})
    build(folder, {"new.html": b""})
    assert held(folder) == {"new.html"}
    assert (folder / ".git").is_dir()


def test_what_is_to_be_kept_and_hidden_files_stay(folder: Path) -> None:
    build(folder, {"index.html": b""})
    stays = [".git/config", ".well-known/security.txt", ".nojekyll", "CNAME", "media/film.mp4"]
    for name in [*stays, "stray.html", "events/.hidden/x.html"]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")
    build(folder, {"index.html": b""}, keep=("CNAME", "media"))
    assert held(folder) == {"index.html", *stays}


def test_a_hidden_file_of_ours_goes_when_it_is_planned_no_more(folder: Path) -> None:
    mine, theirs = ".well-known/mine.txt", ".well-known/theirs.txt"
    build(folder, {"index.html": b"", mine: b"# ours\nx"})
    (folder / theirs).write_bytes(b"x")
    output = Output(folder)
    output.write("index.html", b"")
    output.publish()
    output.prune({"index.html"}, hidden={mine: b"# ours", theirs: b"# ours", ".well-known/none.txt": b""})
    assert held(folder) == {"index.html", theirs}
    assert output.removed == [mine]


def test_a_link_out_of_the_folder_is_not_followed(folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "mine.txt").write_bytes(b"mine")
    build(folder, {"index.html": b""})
    (folder / "link").symlink_to(elsewhere)
    build(folder, {"index.html": b""})
    assert (elsewhere / "mine.txt").read_bytes() == b"mine"


def test_a_link_that_holds_the_same_bytes_gives_way_to_a_file(folder: Path, tmp_path: Path) -> None:
    build(folder, {"page.html": b"the same"})
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"the same")
    (folder / "page.html").unlink()
    (folder / "page.html").symlink_to(elsewhere)
    assert size_of(folder, "page.html") is None
    assert stage(folder, "page.html", b"the same", size_of(folder, "page.html")).differs
    build(folder, {"page.html": b"the same"})
    assert not (folder / "page.html").is_symlink()


def test_a_first_build_that_fails_leaves_no_folder(tmp_path: Path) -> None:
    output = Output(tmp_path / "a" / "b")
    output.write("page.html", b"half")
    output.discard()
    assert [*tmp_path.iterdir()] == []


def test_what_was_put_aside_early_and_again_is_published(folder: Path) -> None:
    output = Output(folder)
    for path in ("kept.html", "nobody's.html"):
        put_aside(folder, path, b"early")
        output.early[path] = Early(path, 5, True, b"")
    output.write("kept.html", b"later")
    output.publish()
    assert held(folder) == {"kept.html"}
    assert (folder / "kept.html").read_bytes() == b"later"


def test_two_builds_of_one_folder_come_one_after_the_other(folder: Path) -> None:
    output = Output(folder)
    output.write("page.html", b"first")
    asked = (
        "import sys; from pathlib import Path; from events.writer import Output; sys.stdout.write('asks'); sys.stdout.flush();"
        "output = Output(Path(sys.argv[1])); output.write('page.html', b'second'); output.publish()"
    )
    command = [sys.executable, "-c", asked, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as other:
        assert other.stderr
        assert f"Another build writes to {folder}; this one waits for it." in other.stderr.readline().decode() + (
            other.stderr.readline().decode()
        )
        assert other.poll() is None
        output.publish()
        assert (folder / "page.html").read_bytes() == b"first"
        output.close()
        assert other.wait(30) == 0
    assert (folder / "page.html").read_bytes() == b"second"
    assert held(folder) == {"page.html"}


def test_a_process_does_not_wait_for_itself(folder: Path) -> None:
    first, second = Output(folder), Output(folder)
    first.close()
    second.close()
    Output(folder).close()


def test_who_waits_for_a_first_build_that_fails_has_the_folder_to_itself(folder: Path) -> None:
    output = Output(folder)
    asked = (
        "import sys; from pathlib import Path; from events.writer import Output; output = Output(Path(sys.argv[1]));"
        "print('inside', flush=True); sys.stdin.readline(); output.write('page.html', b'whole'); output.publish()"
    )
    command = [sys.executable, "-c", asked, str(folder)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as other:
        assert other.stdin
        assert other.stdout
        assert other.stderr
        assert "waits" in other.stderr.readline() + other.stderr.readline()
        output.close()
        assert other.stdout.readline() == "inside\n"
        third = os.open(folder, os.O_RDONLY)
        with pytest.raises(BlockingIOError):
            fcntl.flock(third, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(third)
        other.stdin.write("go on\n")
        other.stdin.close()
        assert other.wait(30) == 0
    assert held(folder) == {"page.html"}
