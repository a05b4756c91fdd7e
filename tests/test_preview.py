"""The preview of `make serve`: an edit is seen, a fault is told, and the last good site stays."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPResponse
from pathlib import Path

import pytest
from events import server

from tests.factory import record, write_content, write_record
from tests.site import PELICAN, ROOT, alone

PATIENCE = 90  # seconds until a test gives up; a rebuild takes two or three


@dataclass
class Preview:
    """A running preview of a project of its own."""

    folder: Path
    log: Path
    process: subprocess.Popen[bytes]
    url: str = ""

    @property
    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def page(self, path: str) -> str:
        """A page as it is served now."""
        with urllib.request.urlopen(f"{self.url}/{path}", timeout=10) as answer:
            text: str = answer.read().decode()
            return text

    def until(self, what: str, true: Callable[[], bool]) -> None:
        """Wait until something is true."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            assert self.process.poll() is None, f"the preview ended:\n{self.said}"
            try:
                if true():
                    return
            except (OSError, urllib.error.URLError):
                pass
            time.sleep(0.1)
        pytest.fail(f"{what} did not happen:\n{self.said}")

    def builds(self) -> int:
        """How many builds have come to their end."""
        return len(re.findall(r"events? on 2027-03-10: ", self.said))


def project(folder: Path) -> Path:
    """A project of its own: two records, a guide that shows one of them, and a copy of the theme."""
    for name in ("static", "templates"):
        shutil.copytree(ROOT / "theme" / name, folder / "theme" / name)
    shutil.copy(ROOT / "pelicanconf.py", folder)
    write_content(folder / "content", {"one": record(title="The first title"), "other": record(title="Another event")})
    (folder / "content" / "articles").mkdir()
    (folder / "content" / "articles" / "guide.md").write_text(
        "Title: A guide\nDate: 2027-01-05\n\n{event}other\n", encoding="utf-8"
    )
    return folder


@pytest.fixture(scope="module")
def preview(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Preview]:
    with previewing(project(tmp_path_factory.mktemp("preview"))) as found:
        yield found


@contextmanager
def previewing(folder: Path, **environment: str) -> Iterator[Preview]:
    """The preview of a project while it runs; at its end Ctrl+C must end it well."""
    log = folder / "log"
    command = [sys.executable, "-m", "events.server", "--port", "0", "--output", "output", "--as-of", "2027-03-10"]
    with log.open("wb") as file:
        process = subprocess.Popen(
            command,
            cwd=folder, env={**os.environ, **environment}, stdout=file, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    found = Preview(folder, log, process)
    try:
        found.until("the start", lambda: "Serving" in found.said)
        found.url = re.findall(r"Serving (http://127\.0\.0\.1:\d+)", found.said)[0]
        found.until("the first build", lambda: "The first title" in found.page("events/one.html"))
        yield found
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        # With it went the process that waited for the next edit.
        assert alone(process.pid)
    assert process.returncode in (0, -signal.SIGKILL)


def edit(preview: Preview, **changes: object) -> None:
    write_record(preview.folder / "content", "one", record(**changes))


def restored(preview: Preview) -> None:
    title = f"Restored after {preview.builds()} builds"
    edit(preview, title=title)
    preview.until("the mended site", lambda: title in preview.page("events/one.html"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--port", "99999"], "--port 99999 is none; write a number from 0"),
        (["--port", "-1"], "--port -1 is none"),
        (["--output", "file"], "--output file cannot be a folder"),
        (["--output", "file/output"], "--output file/output cannot be a folder"),
    ],
)
def test_a_preview_that_cannot_be_served_is_wrong_usage(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["events.server", *arguments])
    with pytest.raises(SystemExit) as ended:
        server.main()
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_one_edit_is_seen_after_a_rebuild(preview: Preview) -> None:
    edit(preview, title="The second title")
    # Files take their places one after the other.
    preview.until("the edit", lambda: "The second title" in preview.page("events/one.html"))
    preview.until("the list", lambda: "The second title" in preview.page("events.html"))
    assert "as of March 10, 2027" in preview.page("events.html")


def test_links_and_feeds_name_the_port_that_is_served(preview: Preview) -> None:
    assert f"{preview.url}/events.ics" in preview.page("events.html")
    assert f"{preview.url}/events/one.html" in preview.page("events/one.ics").replace("\r\n ", "")


def test_a_bad_record_is_told_its_last_good_page_stays_and_the_others_go_on(preview: Preview) -> None:
    good = preview.page("events/one.html")
    before = len(preview.said)
    edit(preview, end="2027-01-01")
    write_record(preview.folder / "content", "other", record(title="Another title"))
    place = re.compile(r"content/events/2027/one\.yaml:\d+:\d+: `end` is before `start`")
    preview.until("the report", lambda: bool(place.search(preview.said[before:])))
    preview.until("the other edit", lambda: "Another title" in preview.page("events/other.html"))
    assert preview.page("events/one.html") == good
    restored(preview)
    # A build that was repeated without a pause would have told it many times by now.
    assert len(place.findall(preview.said[before:])) <= 3


def test_what_is_saved_while_a_record_is_wrong_stays_when_it_is_as_it_was_again(preview: Preview) -> None:
    restored(preview)
    good, before = preview.page("events/one.html"), len(preview.said)
    path = next((preview.folder / "content").rglob("one.yaml"))
    text = path.read_text(encoding="utf-8")
    edit(preview, end="2027-01-01")
    preview.until("the report", lambda: "`end` is before `start`" in preview.said[before:])
    write_record(preview.folder / "content", "other", record(title="Saved meanwhile"))
    preview.until("the other edit", lambda: "Saved meanwhile" in preview.page("events.html"))
    # The lists do not tell of what is wrong; its page waits.
    assert preview.page("events/one.html") == good
    assert "events/one.html" not in preview.page("events.html")
    path.write_text(text, encoding="utf-8")
    preview.until("the record's return", lambda: "events/one.html" in preview.page("events.html"))
    assert "Saved meanwhile" in preview.page("events.html")
    assert "Saved meanwhile" in preview.page("events/one.html")


def test_an_edit_of_the_plugin_is_seen(tmp_path: Path) -> None:
    folder = project(tmp_path)
    shutil.copytree(ROOT / "plugins" / "events", folder / "plugins" / "events")
    path = folder / "plugins" / "events" / "library.py"
    with previewing(folder, PYTHONPATH=str(folder / "plugins")) as preview:
        text = path.read_text(encoding="utf-8")
        assert "-//Another program//EN" not in preview.page("events/one.ics")
        path.write_text(re.sub(r'PRODID = ".*"', 'PRODID = "-//Another program//EN"', text), encoding="utf-8")
        preview.until("the edit", lambda: "-//Another program//EN" in preview.page("events/one.ics"))
        assert "-//Another program//EN" in preview.page("events.ics")


@pytest.mark.parametrize("template", ["listing.html", "guide.html", "card.html"])
def test_a_template_that_fails_is_told_and_the_last_good_site_stays(preview: Preview, template: str) -> None:
    path = preview.folder / "theme" / "templates" / template
    text = path.read_text(encoding="utf-8")
    good, before = preview.page("events.html"), len(preview.said)
    broken = text.replace("{% block main %}", "{% block main %}{{ nowhere.at_all }}")
    path.write_text(broken.replace("{% macro card(", "{% macro crad("), encoding="utf-8")
    preview.until("the report", lambda: "error: " in preview.said[before:])
    assert preview.page("events.html") == good
    path.write_text(text, encoding="utf-8")
    restored(preview)
    assert preview.said[before:].count("error: ") <= 6


def test_a_theme_that_is_being_built_anew_is_waited_for(preview: Preview) -> None:
    static, aside = preview.folder / "theme" / "static", preview.folder / "aside"
    before = len(preview.said)
    static.rename(aside)
    edit(preview, title="While the theme was away")
    preview.until("the report", lambda: "run `make theme`" in preview.said[before:])
    aside.rename(static)
    preview.until("the edit", lambda: "While the theme was away" in preview.page("events/one.html"))
    assert preview.said[before:].count("run `make theme`") <= 3


def test_what_is_saved_while_a_build_runs_is_not_missed(preview: Preview) -> None:
    started = preview.builds()
    for number in range(20):
        edit(preview, title=f"Saved {number} times")
        time.sleep(0.05)
    preview.until("the last edit", lambda: "Saved 19 times" in preview.page("events/one.html"))
    assert preview.builds() - started <= 20


def test_a_setting_that_cannot_be_used_is_told_and_can_be_mended(preview: Preview) -> None:
    path = preview.folder / "pelicanconf.py"
    text, before = path.read_text(encoding="utf-8"), len(preview.said)
    path.write_text(f"{text}\nEVENT_PAGE_SIZE = 0\n", encoding="utf-8")
    preview.until("the report", lambda: "EVENT_PAGE_SIZE is 0" in preview.said[before:])
    preview.until("the end of the build", lambda: "last good site is still served" in preview.said[before:])
    assert "<h1" in preview.page("events.html")
    path.write_text(text, encoding="utf-8")
    restored(preview)


def test_a_preview_that_is_killed_takes_the_process_that_waits_with_it(tmp_path: Path) -> None:
    with previewing(project(tmp_path)) as found:
        found.process.kill()


def test_a_preview_of_faults_shows_no_traceback(preview: Preview) -> None:
    restored(preview)
    assert "Traceback" not in preview.said


# Pelican's own `-r`, for those who are used to it.


def test_pelican_s_own_autoreload_tells_faults_without_ending_and_without_haste(tmp_path: Path) -> None:
    folder = project(tmp_path)
    edit_of = folder / "content"
    template = folder / "theme" / "templates" / "listing.html"
    text = template.read_text(encoding="utf-8")
    command = [PELICAN, "-r", "-s", "pelicanconf.py", "-o", "output", "-e", 'EVENT_AS_OF="2027-03-10"']
    with (folder / "log").open("wb") as file:
        process = subprocess.Popen([str(part) for part in command], cwd=folder, stdout=file, stderr=subprocess.STDOUT)
    preview = Preview(folder, folder / "log", process)

    def until(what: str, true: Callable[[], bool], save: Callable[[], object]) -> None:
        """Pelican looks away while it builds, so one saves again, as a person would."""
        ends = [time.monotonic()]

        def seen() -> bool:
            if time.monotonic() >= ends[0]:
                save()
                ends[0] = time.monotonic() + 5
            return true()

        preview.until(what, seen)

    page = folder / "output" / "events" / "one.html"
    try:
        preview.until("the first build", lambda: "The first title" in page.read_text(encoding="utf-8"))
        bad = record(title="Bad", end="2027-01-01")
        until(
            "the report", lambda: "`end` is before `start`" in preview.said, lambda: write_record(edit_of, "one", bad)
        )
        assert "The first title" in page.read_text(encoding="utf-8")
        until("the mended record", lambda: "Good" in page.read_text(encoding="utf-8"),
              lambda: write_record(edit_of, "one", record(title="Good")))  # fmt: skip
        until("the report of the template", lambda: "listing.html:1: " in preview.said,
              lambda: template.write_text("{{ nowhere.at_all }}", encoding="utf-8"))  # fmt: skip
        assert "Good" in page.read_text(encoding="utf-8")
        template.write_text(text, encoding="utf-8")
        until("the mended template", lambda: "Better" in page.read_text(encoding="utf-8"),
              lambda: write_record(edit_of, "one", record(title="Better")))  # fmt: skip
    finally:
        process.terminate()
        process.wait(30)
    assert preview.said.count("`end` is before `start`") <= 5
    assert preview.said.count("nowhere") <= 5


# The server itself.


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Callable[..., tuple[int, dict[str, str], bytes]]]:
    """Asks a server of a small folder: status, headers, body."""
    from tests.browsing import serving

    (tmp_path / "index.html").write_text("home", encoding="utf-8")
    (tmp_path / "404.html").write_text("lost", encoding="utf-8")
    (tmp_path / "a.ics").write_text("BEGIN:VCALENDAR", encoding="utf-8")
    (tmp_path / "search").mkdir()
    (tmp_path.parent / "secret.txt").write_text("secret", encoding="utf-8")
    with serving(tmp_path) as url:

        def ask(path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
            request = urllib.request.Request(
                f"{url}{path}", headers={k.replace("_", "-"): v for k, v in headers.items()}
            )
            try:
                answer: HTTPResponse = urllib.request.urlopen(request, timeout=10)
            except urllib.error.HTTPError as error:
                with error:
                    return error.code, dict(error.headers), error.read()
            with answer:
                return answer.status, dict(answer.headers), answer.read()

        yield ask


Ask = Callable[..., tuple[int, dict[str, str], bytes]]


def test_a_missing_address_has_the_site_s_own_page_and_the_right_status(served: Ask) -> None:
    assert served("/no/such/page.html")[0::2] == (404, b"lost")
    assert served("/search/")[0] == 404


def test_a_calendar_has_the_type_that_calendar_programs_want(served: Ask) -> None:
    status, headers, body = served("/a.ics")
    assert (status, headers["Content-Type"], body) == (200, "text/calendar; charset=utf-8", b"BEGIN:VCALENDAR")


def test_what_is_unchanged_is_not_sent_again(served: Ask) -> None:
    _, headers, _ = served("/")
    assert served("/", If_None_Match=headers["ETag"])[0::2] == (304, b"")
    assert served("/", If_None_Match='"other"')[0::2] == (200, b"home")


@pytest.mark.parametrize("path", ["/../secret.txt", "/%2e%2e/secret.txt", "/search/../../secret.txt", "//secret.txt"])
def test_nothing_outside_the_folder_is_served(served: Ask, path: str) -> None:
    status, _, body = served(path)
    assert (status, body) == (404, b"lost")


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    httpd = server.server(tmp_path, 0)
    try:
        command = [sys.executable, "-m", "events.server", "--port", str(httpd.server_port), "--output", str(tmp_path)]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False, timeout=60)
    finally:
        httpd.server_close()
    assert done.returncode == 1
    assert f"error: port {httpd.server_port} cannot be used" in done.stderr
    assert [*tmp_path.iterdir()] == []
