"""Several processes make the same site as one, and fail as one does."""

from __future__ import annotations

import marshal
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from multiprocessing import active_children, get_context
from pathlib import Path
from typing import Any, cast

import pytest
from events import workers
from events.assets import Assets, ThemeError
from events.catalog import Catalog
from events.collection import Collection, Fresh, Read, Reader, load
from events.pages import Plan
from events.parts import unpacked
from events.problems import failed
from events.render import Renderer
from events.wording import ENGLISH
from events.workers import Crew, Job, Work, WorkerError
from events.writer import STAGE, Output

from bench import generate
from tests import factory
from tests.site import ROOT, alone, build, files

THEME = ROOT / "theme"
# More than a process needs to be started for.
MANY = workers.LEAST + 20
PATIENCE = 60  # seconds until a test gives up


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A content folder that is worth a second process."""
    return generate.write(tmp_path_factory.mktemp("many") / "content", MANY)


class Names(dict[str, str]):
    """An address for every file of a theme that was never built."""

    def __missing__(self, name: str) -> str:
        return f"theme/{name}"


class Kept:
    """Who keeps parts, and nothing else."""

    def __init__(self) -> None:
        self.parts: dict[tuple[str, str], Any] = {}

    def take(self, event: str, key: bytes, parts: Mapping[str, bytes]) -> None:
        for name, data in parts.items():
            assert (event, name) not in self.parts
            self.parts[event, name] = unpacked(data, key)


@dataclass
class Reading:
    """A content folder that is read by a crew: what is known of it then, the parts, and what was put aside."""

    content: Path
    output: Path
    jobs: int
    kept: Kept = field(default_factory=Kept)
    processes: int = 0

    def job(self, registries: Collection, reader: Reader) -> Job:
        names = dict.fromkeys(("site.css", "site.js", "init.js", "sprite.svg", "icon.svg"), "theme/x")
        site = {
            "name": "Events", "subtitle": "", "url": "https://events.example.org", "language": "en", "as_of": None,
            "contact": "", "repository": "", "banner": False, "identifier": None, "notices": (), "search": True,
        }  # fmt: skip
        chosen = replace(factory.settings(EVENT_AS_OF=factory.TODAY.isoformat()), output=self.output, jobs=self.jobs)
        folders = (THEME / "templates",)
        return Job(chosen, registries, reader, ENGLISH, folders, {**site, "assets": Names(names)}, None, bare=False)

    def read(self) -> tuple[Collection, Output]:
        output = Output(self.output)

        def reading(registries: Collection, reader: Reader) -> Callable[[Sequence[Fresh]], Sequence[Read]]:
            job = self.job(registries, reader)

            def read(fresh: Sequence[Fresh]) -> Sequence[Read]:
                with closing(Crew(job, Renderer(job.folders, job.site), cast("Any", self.kept), output)) as crew:
                    found = crew.read(fresh)
                    self.processes = len(active_children())
                    return found

            return read

        return load(self.content, read=reading), output


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """A content folder with every odd and every hostile record, and one whose deadlines are long past."""
    dues = [{"date": "2021-01-20", "label": "Call for speakers"}]
    past = factory.record(title="Long ago", start="2021-03-06", announced="2020-12-01", deadlines=dues)
    return factory.write_content(tmp_path / "content", {**factory.rich(), **factory.hostile(), "long-ago": past})


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other processes for any number of events, and few of them at a time."""
    monkeypatch.setattr(workers, "_CHUNK", 5)
    monkeypatch.setattr(workers, "LEAST", 1)


@pytest.mark.usefixtures("eager")
def test_any_number_of_processes_makes_the_same_of_hostile_records_too(odd: Path, tmp_path: Path) -> None:
    found = []
    for jobs in (1, 2, 8):
        reading = Reading(odd, tmp_path / f"{jobs}", jobs)
        read, output = reading.read()
        assert reading.processes == jobs - 1
        aside = files(output.stage)
        assert {path.rsplit(".", 1)[1] for path in aside} == {"html", "ics", "json"}
        found.append((reading.kept.parts, output.early, aside, read.known, read.problems, read.rows))
        # Who keeps parts learns of each once, and of every event that has a page.
        ids = {event.id for event in (*read.published, *read.withdrawn)}
        names = Plan(factory.catalog({}), factory.settings(), Assets({}, {}, "", {})).parts
        every = {(one, name) for one in ids for name in (*names.makers, *names.drawn)}
        # Of deadlines of which no calendar tells any more nothing is made.
        oldest = factory.TODAY.replace(year=factory.TODAY.year - 1).toordinal()
        over = {one for one in ids if all(day < oldest for day, _ in read.rows[one].deadlines)}
        assert {one for one in over if read.rows[one].deadlines}
        assert over < ids
        assert every - reading.kept.parts.keys() == {(one, name) for one in over for name in ("dues", "due_sizes")}
        assert {*output.early} == {*aside}
    assert found[0] == found[1] == found[2]


def test_what_is_put_aside_early_is_what_the_plan_asks_for(odd: Path, tmp_path: Path) -> None:
    reading = Reading(odd, tmp_path / "output", 1)
    read, output = reading.read()
    plan = Plan(
        Catalog(read, factory.TODAY), factory.settings(EVENT_AS_OF=factory.TODAY.isoformat()), Assets({}, {}, "", {})
    )
    renderer = Renderer([THEME / "templates"], reading.job(read, cast("Any", None)).site)
    pages = 0
    for own in plan.own_files:
        early = output.early.pop(own.path, None)
        if early and own.suffix == ".html":
            assert early.stamp == own.body
            output.fill(early, renderer.fragment("others.html", plan.others(own.event).made()))
            pages += 1
        elif early:
            assert early.stamp == own.stamp
        else:
            # Which of the events that it links to have a page was not known.
            assert plan.catalog.row(own.event).links
            continue
        assert (output.stage / own.path).read_bytes() == renderer.render(plan.own_file(own)), own.path
    assert pages
    assert output.early == {}


def test_what_comes_of_any_record_can_be_handed_over(
    odd: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (odd / "events" / "wrong.yaml").write_text("title: [\n", encoding="utf-8")

    def reading(registries: Collection, reader: Reader) -> Callable[[Sequence[Fresh]], Iterator[Read]]:
        maker = Reading(odd, tmp_path / "output", 1).job(registries, reader).maker()
        monkeypatch.setattr(workers, "_maker", maker)

        def read(fresh: Sequence[Fresh]) -> Iterator[Read]:
            kinds = set()
            for whole in (True, False):
                for file in fresh:
                    ((_, _, key, parts, early),) = marshal.loads(workers._read(([file], whole)))
                    assert bool(key) == bool(parts)
                    kinds.add((whole, bool(parts), bool(early)))
            # Events, withdrawn ones, drafts and faulty ones.
            assert kinds == {(True, True, True), (True, True, False), (True, False, False), (False, False, False)}
            return reader.read_all(fresh)

        return read

    load(odd, read=reading)


def test_a_few_events_start_no_process(odd: Path, tmp_path: Path) -> None:
    reading = Reading(odd, tmp_path / "output", 8)
    read, _ = reading.read()
    assert len(read.events) < workers.LEAST
    assert reading.processes == 0
    assert active_children() == []


@pytest.mark.usefixtures("eager")
def test_after_a_fault_nothing_more_is_made(odd: Path, tmp_path: Path) -> None:
    factory.write_record(odd, "aardvark", factory.record(start="2000-02-30", announced="1999-01-01"))
    reading = Reading(odd, tmp_path / "output", 1)
    read, output = reading.read()
    assert failed(read.problems)
    assert 0 < len(output.early) < len(read.events)
    assert len({event for event, _ in reading.kept.parts}) < len(read.events)


# Work in chunks


def renderer_of(_: object) -> tuple[int, int, bool]:
    """In a worker: who it is, how many renderers it has, and whether it knows Pelican."""
    import gc

    assert workers._maker is not None
    return os.getpid(), sum(isinstance(thing, Renderer) for thing in gc.get_objects()), "pelican" in sys.modules


def doubled(chunk: Sequence[int]) -> list[int]:
    """Some numbers twice as large; 13 cannot be doubled, and 66 ends the process."""
    if 66 in chunk:
        os._exit(9)
    if 13 in chunk or 31 in chunk:
        msg = f"{chunk}"
        raise ThemeError(msg)
    time.sleep(0.001)
    return [number * 2 for number in chunk]


@pytest.fixture
def pool() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(2, get_context("spawn")) as found:
        yield found


Worked = Callable[[Sequence[int]], list[int]]


def worked(pool: ProcessPoolExecutor, numbers: Sequence[int], here: Worked = doubled) -> list[int]:
    """What comes of some numbers, each a chunk."""
    found: list[int] = []
    work = Work(
        ([number] for number in numbers),
        doubled,
        lambda _, taken: found.extend(taken),
        lambda chunk: found.extend(here(chunk)),
        pool=pool,
        others=2,
    )
    work.finish()
    return found


def test_each_chunk_is_done_once(pool: ProcessPoolExecutor) -> None:
    numbers = [*range(1000, 1200)]
    assert sorted(worked(pool, numbers)) == [number * 2 for number in numbers]


def test_the_first_fault_in_the_order_of_the_work_is_told_whoever_met_it(pool: ProcessPoolExecutor) -> None:
    with pytest.raises(ThemeError, match=r"\[13\]"):
        worked(pool, [*range(1, 60)])

    def at_once(chunk: Sequence[int]) -> list[int]:
        msg = f"{chunk} here"
        raise ThemeError(msg)

    # This process fails with a later chunk while the others are still at an earlier one.
    with pytest.raises(ThemeError, match=r"\[13\]$"):
        worked(pool, [13, *range(100, 200)], at_once)


def test_a_process_that_ends_is_an_error_with_its_mend() -> None:
    with ProcessPoolExecutor(1, get_context("spawn")) as pool, pytest.raises(WorkerError, match="EVENT_JOBS=1"):
        worked(pool, [66, *range(20)], list)


def test_a_process_has_one_renderer_and_knows_nothing_of_pelican(odd: Path, tmp_path: Path) -> None:
    job = Reading(odd, tmp_path, 1).job(load(odd), Reader(odd, odd, {}))
    with ProcessPoolExecutor(2, get_context("spawn"), workers._begin, (job,)) as pool:
        found: list[Any] = []
        Work(([number] for number in range(30)), renderer_of, lambda _, told: found.append(told), found.append,
             pool=pool, others=30)._wait()  # fmt: skip
    assert found
    assert {renderers for _, renderers, _ in found} == {1}
    assert not any(pelican for _, _, pelican in found)


# Whole sites


def test_a_site_is_the_same_and_says_the_same_by_whatever_command(many: Path, tmp_path: Path) -> None:
    settings: dict[str, Any] = {"EVENT_AS_OF": "2027-03-10", "EVENT_CACHE": False}
    one = build(tmp_path / "one", many, EVENT_JOBS=1, **settings)
    two = build(tmp_path / "two", many, EVENT_JOBS=2, **settings)
    assert files(one.site.folder) == files(two.site.folder)
    assert told(two.out) == told(one.out)
    assert told(two.err) == told(one.err)
    again = build(tmp_path / "two", many, EVENT_JOBS=3, **settings)
    assert "0 files written" in again.out
    command = [sys.executable, "-m", "pelican", many, "-o", tmp_path / "module", "-s", ROOT / "pelicanconf.py", "-e"]
    command += ['EVENT_AS_OF="2027-03-10"', "EVENT_CACHE=false", "EVENT_JOBS=2"]
    done = subprocess.run([str(part) for part in command], cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    assert files(tmp_path / "module") == files(one.output)
    assert told(done.stdout) == told(one.out)


def told(text: str) -> str:
    """What a build said, without the seconds that it took."""
    return re.sub(r"[\d.]+\s+seconds", "", " ".join(text.split()))


def test_a_template_s_fault_is_told_as_one_process_tells_it_and_the_site_stays(many: Path, tmp_path: Path) -> None:
    theme = shutil.copytree(THEME, tmp_path / "theme", ignore=shutil.ignore_patterns("scripts", "styles"))
    output = tmp_path / "output"
    settings: dict[str, Any] = {"THEME": str(theme), "EVENT_AS_OF": "2027-03-10", "EVENT_CACHE": False}
    before = files(build(output, many, EVENT_JOBS=1, **settings).site.folder)
    page = theme / "templates" / "event.html"
    above, end, below = page.read_text(encoding="utf-8").rpartition("{% endblock")
    page.write_text(f"{above}{{{{ event.nothing.at.all }}}}\n{end}{below}", encoding="utf-8")
    failed = [build(output, many, EVENT_JOBS=jobs, **settings) for jobs in (1, 2)]
    for one in failed:
        assert one.status == 1
        assert re.search(r"event\.html:\d+: .* \(while rendering events/\S+\.html\)", one.err)
        assert one.err.count("while rendering") == 1
        assert "Traceback" not in one.err
        assert files(output) == before
    assert told(failed[0].err) == told(failed[1].err)


@pytest.fixture
def running(many: Path, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A build of two processes in a group of its own, at a time when both are at work, and its output folder."""
    content = generate.write(tmp_path / "content", 3 * MANY)
    output = tmp_path / "output"
    # As from a terminal: who starts the tests in the background has them ignore Ctrl+C, and every process below them.
    main = "import pelican, signal; signal.signal(signal.SIGINT, signal.default_int_handler); pelican.main()"
    command = [sys.executable, "-c", main, content, "-o", output, "-s", ROOT / "pelicanconf.py"]
    command += ["-e", "EVENT_CACHE=false", "EVENT_JOBS=2"]
    process = subprocess.Popen(
        [str(part) for part in command],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", start_new_session=True,
    )  # fmt: skip
    begun = time.monotonic()
    while not [*output.glob(f"{STAGE}/events/*.html")]:
        assert process.poll() is None
        assert time.monotonic() - begun < PATIENCE
        time.sleep(0.01)
    yield process, output
    if alone(process.pid, patience=0):
        return
    os.killpg(process.pid, signal.SIGKILL)


def test_ctrl_c_leaves_no_process_behind(running: tuple[subprocess.Popen[str], Path]) -> None:
    process, output = running
    os.killpg(process.pid, signal.SIGINT)
    said, err = process.communicate(timeout=PATIENCE)
    assert alone(process.pid)
    assert "interrupt" in (said + err).lower()
    assert "Traceback" not in err
    assert files(output) == {}


def test_a_build_that_is_killed_takes_its_processes_with_it(running: tuple[subprocess.Popen[str], Path]) -> None:
    process, _ = running
    process.kill()
    process.communicate(timeout=PATIENCE)
    assert alone(process.pid)


def test_a_killed_worker_ends_the_build_and_nothing_is_published(
    running: tuple[subprocess.Popen[str], Path],
) -> None:
    process, output = running
    shown = subprocess.run(["ps", "-wweo", "pid,ppid,args"], capture_output=True, encoding="utf-8", check=True).stdout
    rows = [line.split(maxsplit=2) for line in shown.splitlines()[1:]]
    found = [int(pid) for pid, parent, args in rows if int(parent) == process.pid and "spawn_main" in args]
    assert len(found) == 1, rows
    os.kill(found[0], signal.SIGKILL)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert "a worker process ended before its work was done" in err
    assert "Traceback" not in err
    assert files(output) == {}
    assert alone(process.pid)
