"""Several processes make the same site as one, and fail as one does."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import active_children, get_context
from pathlib import Path
from typing import Any

import pytest
from events import workers
from events.assets import ThemeError
from events.pages import Plan
from events.render import Renderer
from events.workers import Crew, Job, Maker, Work, WorkerError
from events.writer import MARKER, STAGE, Output

from bench import generate
from tests import factory
from tests.site import ROOT, build, files

THEME = ROOT / "theme"
# More than a process needs to be started for.
MANY = workers.LEAST + 20
PATIENCE = 60  # seconds until a test gives up


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A content folder that is worth a second process."""
    return generate.write(tmp_path_factory.mktemp("many") / "content", MANY)


def maker(plan: Plan, output: Path) -> Maker:
    """What makes the files of a plan, with the site's own templates."""
    names = dict.fromkeys(("site.css", "site.js", "init.js", "sprite.svg", "icon.svg"), "theme/x")
    site = {
        "name": "Events", "subtitle": "", "url": "https://events.example.org", "language": "en", "as_of": None,
        "contact": "", "repository": "", "banner": False, "identifier": None, "notices": (), "search": True,
    }  # fmt: skip
    plan = replace(plan, settings=replace(plan.settings, output=output))
    return Maker(plan, Renderer([THEME / "templates"], {**site, "assets": Names(names)}))


class Names(dict[str, str]):
    """An address for every file of a theme that was never built."""

    def __missing__(self, name: str) -> str:
        return f"theme/{name}"


def made(folder: Path, jobs: int) -> dict[str, bytes]:
    """The files of single events as that many processes make them, a chunk of few at a time."""
    whole = maker(factory.plan({**factory.rich(), **factory.hostile()}), folder)
    output = Output(folder)
    with Crew(whole, jobs, least=1) as crew:
        crew.make_parts(whole.plan.parts.unkept)
        crew.make_files(whole.plan.event_files, output).finish()
    output.publish()
    assert output.written == len(whole.plan.event_files)
    return {path: data for path, data in files(folder).items() if path != MARKER}


def test_any_number_of_processes_makes_the_same_files_of_hostile_records_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_CHUNK", 5)
    alone = made(tmp_path / "1", 1)
    assert {path.rsplit(".", 1)[1] for path in alone} == {"html", "ics", "json"}
    assert made(tmp_path / "2", 2) == alone
    assert made(tmp_path / "8", 8) == alone


def test_a_part_is_the_same_whoever_made_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_CHUNK", 5)
    found = []
    for jobs in (1, 3):
        whole = maker(factory.plan(factory.rich()), tmp_path)
        parts = whole.plan.parts
        with Crew(whole, jobs, least=1) as crew:
            crew.make_parts(parts.unkept)
        found.append({(event.id, name): parts.get(name, event) for event in parts.unkept for name in parts.makers})
        # Who keeps parts learns of each once.
        assert sorted(parts.fresh) == sorted(found[-1])
    assert found[0] == found[1]


def test_a_few_events_start_no_process(tmp_path: Path) -> None:
    whole = maker(factory.plan(factory.rich()), tmp_path)
    assert len(whole.plan.parts.unkept) < workers.LEAST
    with Crew(whole, 8) as crew:
        crew.make_parts(whole.plan.parts.unkept)
        crew.make_files(whole.plan.event_files, Output(tmp_path)).finish()
        assert active_children() == []


# Work in chunks


def renderer_of(_: object) -> tuple[int, int, int]:
    """In a worker: who it is, and how many renderers it has."""
    import gc

    assert workers._job is not None
    assert workers._job.maker.renderer is not None
    gc.unfreeze()
    return os.getpid(), sum(isinstance(thing, Renderer) for thing in gc.get_objects()), len(sys.modules)


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


def test_a_process_has_one_renderer_and_knows_nothing_of_pelican(tmp_path: Path) -> None:
    whole = maker(factory.plan(factory.rich()), tmp_path)
    context = get_context("spawn")
    with ProcessPoolExecutor(2, context, workers._begin, (Job.of(whole),)) as pool:
        found: list[Any] = []
        Work(([number] for number in range(30)), renderer_of, lambda _, told: found.append(told), found.append,
             pool=pool, others=30)._wait()  # fmt: skip
    assert found
    assert {renderers for _, renderers, _ in found} == {1}


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


def alone(group: int, patience: float = PATIENCE) -> bool:
    """Whether no process of that group is left, or soon none."""
    begun = time.monotonic()
    while True:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        if time.monotonic() - begun >= patience:
            return False
        time.sleep(0.05)


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
