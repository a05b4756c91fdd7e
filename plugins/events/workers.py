"""Processes beside the main one, that make what belongs to single events: their parts, and their pages.

A large directory spends most of its time on them, and each is made of one record and of what `pages.Shown` hands on of
others. What joins events (listings, feeds, the search data) stays with the main process,
which plans, hands out, and takes its own share of the work.

Processes are started anew (`spawn`), never forked: Pelican shows its progress from a thread, and a copy of a process
with threads may hang. What a chunk of work says does not depend on who did it, and faults are told in the order of the
work, so that a site, and what is said of its faults, are the same for any number of processes.
"""

from __future__ import annotations

import contextlib
import gc
import marshal
import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from threading import Thread
from types import ModuleType, TracebackType
from typing import Any, NamedTuple, Self, TypeVar

from .assets import Assets
from .catalog import Catalog
from .collection import Collection
from .model import Event
from .pages import File, Page, Plan, Planned, Shown
from .render import Compiled, Renderer
from .settings import Settings
from .wording import Words
from .writer import Output, Staged, stage

# Each process beside the main one starts for so many events: it takes 0.4 s of processor time before its first, and an
# event takes 2 ms.
LEAST = 400
# Events or files in a chunk: enough that handing it on costs nothing beside making it, and so few that all processes
# end together.
_CHUNK = 64
# Chunks that wait for each process: the main one hands out more when it comes to it.
_AHEAD = 16

Item = TypeVar("Item")


class WorkerError(Exception):
    """A process is gone that had work to do; the message says so, and what to do."""

    def __init__(self) -> None:
        super().__init__(
            "a worker process ended before its work was done: it was killed, or the machine has too little memory; "
            "nothing was published. Build again, with one process if need be: EVENT_JOBS=1"
        )


@dataclass(frozen=True)
class Job:
    """What events' files take from outside their records, as another process can be told it."""

    settings: Settings
    # Without its events.
    registries: Collection
    words: Words
    folders: tuple[Path, ...]
    site: Mapping[str, Any]
    compiled: Compiled | None

    @classmethod
    def of(cls, maker: Maker) -> Job:
        """The job of the main process, for the others."""
        plan, renderer = maker.plan, maker.renderer
        found = plan.catalog.collection
        registries = Collection((), found.topics, found.organizers, found.series, ())
        return cls(plan.settings, registries, plan.words, renderer.folders, renderer.site, renderer.compiled)

    @cached_property
    def maker(self) -> Maker:
        """What does the work."""
        plan = Plan(Catalog(self.registries, self.settings.today, self.words), self.settings, Assets({}, {}, "", {}))
        return Maker(plan, Renderer(self.folders, self.site, self.compiled))


class Asked(NamedTuple):
    """A file of one event that is to be made, with all that it takes: what an event's own page shows, and how large the
    file of the last build is (None where there was none)."""

    file: Page | File
    shown: Shown | None
    size: int | None


@dataclass(frozen=True)
class Maker:
    """Makes what belongs to single events; `plan` may be one without events."""

    plan: Plan
    renderer: Renderer

    def parts(self, events: Sequence[Event]) -> list[list[Any]]:
        """All parts of some events, each event's in the order of their makers."""
        parts = self.plan.parts
        return [[parts.get(name, event) for name in parts.makers] for event in events]

    def files(self, asked: Sequence[Asked]) -> list[Staged]:
        """Make files, and put aside what differs."""
        return [self._file(*one) for one in asked]

    def _file(self, file: Page | File, shown: Shown | None, size: int | None) -> Staged:
        if shown is not None:
            file = Page(file.path, "event.html", partial(self.plan.event_pages.inputs, *shown))
        return stage(self.plan.settings.output, file.path, self.renderer.render(file), size)


# In a worker process

_job: Job | None = None


def _begin(job: Job) -> None:
    """Make a process ready for a job."""
    global _job  # noqa: PLW0603  an executor has no other place for what each of its processes needs
    _job = job
    Thread(target=_end_with_parent, daemon=True).start()
    gc.freeze()


def _end_with_parent() -> None:
    """Leave with the main process, however it went: one that was killed can tell nobody."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _parts(events: Sequence[Event]) -> bytes:
    assert _job is not None
    parts = _job.maker.plan.parts
    made = marshal.dumps(_job.maker.parts(events))
    parts.made.clear()
    parts.fresh.clear()
    return made


def _files(asked: Sequence[Asked]) -> list[Staged]:
    assert _job is not None
    return _job.maker.files(asked)


# In the main process


class Crew:
    """The processes of a build: the main one (`maker`), and up to `jobs - 1` others, one for every `least` events that are
    to be made. Use it in a `with`: at its end, whatever ends it, the others are gone."""

    def __init__(self, maker: Maker, jobs: int, least: int = LEAST) -> None:
        self._maker, self._jobs, self._least = maker, jobs, least
        self._pool: ProcessPoolExecutor | None = None
        self._others = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def make_parts(self, events: Sequence[Event]) -> None:
        """Have the parts of these events made side by side, if they are many; else each is made when it is asked for."""
        parts = self._maker.plan.parts

        def keep(events: Sequence[Event], made: bytes) -> None:
            for event, values in zip(events, marshal.loads(made), strict=True):
                parts.take(event, values)

        if pool := self._enough(len(events)):
            Work(_chunks(events), _parts, keep, self._maker.parts, pool=pool, others=self._others).finish()

    def make_files(self, planned: Sequence[Planned], output: Output) -> Work:
        """Have planned files of single events made and put aside for `output`. The main process does its share when it
        ends the work."""
        asked = (self._asked(chunk, output) for chunk in _chunks(planned))
        pool = self._enough(sum(isinstance(item, Page) for item in planned))

        def take(_: object, found: Sequence[Staged]) -> None:
            for one in found:
                output.take(one)

        return Work(
            asked, _files, take, lambda chunk: take(chunk, self._maker.files(chunk)), pool=pool, others=self._others
        )

    def _asked(self, planned: Sequence[Planned], output: Output) -> list[Asked]:
        # What a chunk says twice, it holds once: a card that many pages show is one object, and pickled once.
        seen: dict[tuple[str, str], Any] = {}
        plan, asked = self._maker.plan, []
        for item in planned:
            shown = None
            file: Page | File
            if not isinstance(item, Page):
                file = File(item.path, item.data)
            elif item.event is None:
                file = Page(item.path, item.template, item.inputs)
            else:
                file, shown = Page(item.path, item.template, {}), plan.shown(item.event, seen)
            asked.append(Asked(file, shown, output.size(item.path)))
        return asked

    def _enough(self, events: int) -> ProcessPoolExecutor | None:
        """The other processes, if they are there or so many events are worth it."""
        others = min(self._jobs - 1, events // self._least)
        if self._pool is None and others:
            job = Job.of(self._maker)
            spawn = multiprocessing.get_context("spawn")
            # A machine may offer no semaphores; then this process does it all.
            with contextlib.suppress(OSError, ImportError, NotImplementedError):
                self._pool = ProcessPoolExecutor(others, spawn, _begin, (job,))
                self._others = others
        return self._pool


class Work:
    """Work in chunks: other processes do `there` and `take` takes what it gives, this one does `here`.

    The first fault in the order of the chunks is raised, and no other.
    """

    def __init__(
        self,
        chunks: Iterable[Sequence[Any]],
        there: Callable[[Any], Any],
        take: Callable[[Any, Any], object],
        here: Callable[[Any], object],
        *,
        pool: ProcessPoolExecutor | None,
        others: int,
    ) -> None:
        self._chunks, self._there, self._take, self._here = iter(chunks), there, take, here
        self._pool, self._most = pool, others * _AHEAD
        # What the others have before them, in order.
        self._out: deque[tuple[Sequence[Any], Future[Any]]] = deque()
        self.tend()

    def tend(self) -> None:
        """Take what the others have done, and hand out more. Call it often."""
        while self._out and self._out[0][1].done():
            self._take_next()
        while self._pool and len(self._out) < self._most and (chunk := next(self._chunks, None)):
            self._hand_out(self._pool, chunk)

    def finish(self) -> None:
        """Do here what nobody has begun, and wait for the rest."""
        while chunk := next(self._chunks, None) or self._taken_back():
            try:
                self._here(chunk)
            except Exception:
                # All that others have before them comes before it.
                self._wait()
                raise
            self.tend()
        self._wait()

    def _hand_out(self, pool: ProcessPoolExecutor, chunk: Sequence[Any]) -> None:
        try:
            with _apart():
                self._out.append((chunk, pool.submit(self._there, chunk)))
        except BrokenProcessPool:
            raise WorkerError from None

    def _take_next(self) -> None:
        chunk, future = self._out.popleft()
        try:
            self._take(chunk, future.result())
        except BrokenProcessPool:
            raise WorkerError from None

    def _taken_back(self) -> Sequence[Any]:
        """The last chunk, if no process has it yet."""
        return self._out.pop()[0] if self._out and self._out[-1][1].cancel() else ()

    def _wait(self) -> None:
        while self._out:
            self._take_next()


def _chunks(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    return (items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK))


@contextlib.contextmanager
def _apart() -> Iterator[None]:
    """Start processes that know nothing of this one's main module, and are deaf to Ctrl+C.

    A new process would import what the user started, be it Pelican's command, pytest or a script that builds when it is
    imported; nothing here needs it. Ctrl+C reaches every process of a terminal, and is the main one's business.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        sys.modules["__main__"] = main
