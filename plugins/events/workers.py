"""Processes beside the main one, that make what belongs to single events: their parts, and their pages.

A large directory spends most of its time on them. So each record is read, checked and made into all that can be made of it
alone in one go, wherever there is time; what comes back is what lists need to know. A page tells of other events in one
place: it is put aside with a gap there, which is filled when all events are known. What joins events (listings, feeds, the
search data) stays with the main process, which hands out, takes its own share of the work, and plans.

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
from pathlib import Path
from threading import Thread
from types import MappingProxyType, ModuleType
from typing import Any, NamedTuple, TypeVar

from . import calendars, parts, rows
from .assets import Assets, ThemeError
from .calendars import Entry
from .catalog import Catalog
from .collection import Collection, Fresh, Known, Read, Reader
from .model import Event
from .pages import GAP, Page, Plan, body_key
from .parts import Keeper, packed
from .problems import failed
from .render import Compiled, Renderer
from .rows import Row
from .settings import Settings
from .wording import Words
from .writer import Early, Output, Staged, put_aside, size_of, stage

# Each process beside the main one starts for so many events: it takes 0.4 s of processor time before its first, and an
# event takes 2 ms.
LEAST = 400
# Events or files in a chunk: enough that handing it on costs nothing beside making it, and so few that all processes
# end together.
_CHUNK = 64
# Chunks that wait for each process: the main one hands out more when it comes to it.
_AHEAD = 16
_GAP = GAP.encode()

Item = TypeVar("Item")


class WorkerError(Exception):
    """A process is gone that had work to do; the message says so, and what to do."""

    def __init__(self) -> None:
        super().__init__(
            "a worker process ended before its work was done, or could not begin: it was killed, or the machine has no room; "
            "nothing was published. Build again, with one process if need be: EVENT_JOBS=1"
        )


@dataclass(frozen=True)
class Job:
    """What events' files take from outside their records, as another process can be told it."""

    settings: Settings
    # Without its events.
    registries: Collection
    reader: Reader
    words: Words
    folders: tuple[Path, ...]
    site: Mapping[str, Any]
    compiled: Compiled | None
    # Whether there is no file of a last build.
    bare: bool

    def maker(self, renderer: Renderer | None = None) -> Maker:
        """What does the work."""
        plan = Plan(Catalog(self.registries, self.settings.today, self.words), self.settings, Assets({}, {}, "", {}))
        return Maker(self.reader, plan, renderer or Renderer(self.folders, self.site, self.compiled), self.bare)


class Made(NamedTuple):
    """What came of a record's file: what was read, and of an event that the site shows the key and the parts (packed), and
    those of its files that were made."""

    read: Read
    key: bytes = b""
    parts: Mapping[str, bytes] = MappingProxyType({})
    files: Sequence[Early] = ()


class Again(NamedTuple):
    """A page of an event that is to be made of its record, which was read before: where it goes, whether the event is on or
    over, which events that it links to have a page, what it tells of others, and how large the page of the last build is
    (None where there was none)."""

    known: Known
    path: str
    now: bool
    over: bool
    there: Sequence[str]
    others: bytes
    size: int | None


class Filled(NamedTuple):
    """A page of an event that was made again, and where it tells of others."""

    staged: Staged
    gap: int


@dataclass
class Maker:
    """Makes what belongs to single events; its plan knows none."""

    reader: Reader
    plan: Plan
    renderer: Renderer
    bare: bool
    # Whether the theme's template can be filled later, as far as it was tried.
    _gaps: bool = True

    def read(self, files: Sequence[Fresh], *, whole: bool) -> list[Made]:
        """Read records' files; with `whole`, make of each that is right all that can be made of it alone."""
        return [self._read(file, whole=whole) for file in files]

    def _read(self, file: Fresh, *, whole: bool) -> Made:
        read = self.reader.read(file)
        event = read.event
        if event is None or event.draft or not file.first or not whole:
            return Made(read)
        row = rows.row(event, self.plan.catalog.facets)
        read = read._replace(known=read.known._replace(row=row))
        key = parts.key(read.known.digest, row, self.plan.catalog.today.toordinal())
        made = self.plan.parts.all(event, row)
        files = [] if event.withdrawn else [*self._files(event, row, key, made)]
        return Made(read, key, {name: packed(part, key) for name, part in made.items()}, files)

    def _files(self, event: Event, row: Row, key: bytes, made: Mapping[str, Any]) -> Iterator[Early]:
        """The event's own files, put aside: who knows all events will look whether they are wanted."""
        if row.dated:
            yield self._stage(event, ".ics", key, calendars.calendar([Entry(*made["entry"])]))
        yield self._stage(event, ".json", key, self.plan.data.event(made["json"]))
        # Which of the events that it links to have a page is not known yet.
        if self._gaps and not row.links and (page := self._page(event, row, key, made["card"])):
            yield page

    def _page(self, event: Event, row: Row, key: bytes, card: Mapping[str, Any]) -> Early | None:
        """The event's page, but for what it tells of others; None where that cannot be left out."""
        today = self.plan.catalog.today.toordinal()
        page = self.plan.body_page(event, card, row.is_now(today), row.is_over(today), ())
        try:
            found = self._with_gap(page)
        except ThemeError:
            # It is told when the page is made again, in its turn.
            found = None
        if found is None:
            self._gaps = False
            return None
        data, gap = found
        put_aside(self.plan.settings.output, page.path, data)
        return Early(page.path, len(data), True, body_key(key, row, today, ()), gap)

    def _stage(self, event: Event, suffix: str, key: bytes, data: bytes) -> Early:
        path, output = self.plan.event_path(event, suffix), self.plan.settings.output
        return Early(*stage(output, path, data, None if self.bare else size_of(output, path)), key)

    def _with_gap(self, page: Page) -> tuple[bytes, int] | None:
        """A page without what it tells of others, and where that stands; None where the theme puts it in no one place."""
        before, gap, after = self.renderer.html(page).partition(_GAP)
        return (before + after, len(before)) if gap and _GAP not in after else None

    def again(self, asked: Sequence[Again]) -> list[Filled | None]:
        """Make pages anew, and put aside what differs; None where the theme puts what they tell of others in no one place."""
        return [self._again(one) for one in asked]

    def _again(self, asked: Again) -> Filled | None:
        event = self.reader.again(asked.known)
        card = self.plan.event_pages.card(event, self.plan.words)
        try:
            found = self._with_gap(self.plan.body_page(event, card, asked.now, asked.over, asked.there))
        except ThemeError:
            # A template that asks for what stands in the gap; any other fault is told when the whole page is made.
            return None
        if found is None:
            return None
        data, gap = found
        data = data[:gap] + asked.others + data[gap:]
        return Filled(stage(self.plan.settings.output, asked.path, data, asked.size), gap)


# In a worker process

_maker: Maker | None = None


def _begin(job: Job) -> None:
    """Make a process ready for a job."""
    global _maker  # noqa: PLW0603  an executor has no other place for what each of its processes needs
    _maker = job.maker()
    Thread(target=_end_with_parent, daemon=True).start()
    # As in the main process: hardly anything is in a cycle.
    gc.disable()


def _end_with_parent() -> None:
    """Leave with the main process, however it went: one that was killed can tell nobody."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _read(asked: tuple[Sequence[Fresh], bool]) -> bytes:
    assert _maker is not None
    files, whole = asked
    return marshal.dumps(
        [
            (one.read.known.plain(), one.read.same, one.key, {**one.parts}, [tuple(early) for early in one.files])
            for one in _maker.read(files, whole=whole)
        ]
    )


def _again(asked: Sequence[Again]) -> list[Filled | None]:
    assert _maker is not None
    return _maker.again(asked)


# In the main process


class Crew:
    """The processes of a build: the main one, which has a renderer already, and others, one for every `LEAST` events of the
    first work that is large enough, as far as the settings allow. What is made of events it gives to a keeper, and what is put
    aside to the output. Close it: then, whatever ended the work, the others are gone."""

    def __init__(self, job: Job, renderer: Renderer, keeper: Keeper, output: Output) -> None:
        self._job, self._maker = job, job.maker(renderer)
        self._keeper, self._output = keeper, output
        self._pool: ProcessPoolExecutor | None = None
        self._others = 0
        # A build that will fail makes nothing more, and of events whose registries have a fault nothing can be made.
        told = job.registries
        self._whole = not (told.unsound or (job.settings.strict and failed(told.problems)))

    def close(self) -> None:
        """Send the others away."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    def read(self, fresh: Sequence[Fresh]) -> list[Read]:
        """Read records' files, in `collection.load`'s place, and make at once what can be made of each alone: so no event
        is handed from one process to another, and none has to stay."""
        found: dict[str, Read] = {}

        def take(files: Sequence[Fresh], made: bytes) -> None:
            for file, (plain, same, key, parts_, files_) in zip(files, marshal.loads(made), strict=True):
                read = Read(Known.restored(file.stat, plain), None, same)
                self._take(file, Made(read, key, parts_, [Early(*one) for one in files_]), found)

        def here(files: Sequence[Fresh]) -> None:
            for file, made in zip(files, self._maker.read(files, whole=self._whole), strict=True):
                self._take(file, made, found)

        asked = ((files, self._whole) for files in _chunks(fresh))
        Work(
            asked,
            _read,
            lambda one, made: take(one[0], made),
            lambda one: here(one[0]),
            pool=self._enough(len(fresh)),
            others=self._others,
        ).finish()
        return [found[file.below] for file in fresh]

    def _take(self, file: Fresh, made: Made, found: dict[str, Read]) -> None:
        # Few events stay as they are; of many, each is read again if somebody should ask.
        few = len(found) < _CHUNK
        found[file.below] = made.read if few else made.read._replace(event=None)
        if made.parts:
            self._keeper.take(file.id, made.key, made.parts)
        for early in made.files:
            self._output.early[early.path] = early
        if self._job.settings.strict and failed(made.read.known.problems):
            self._whole = False

    def again(self, asked: Sequence[Again], take: Callable[[Again, Filled | None], object]) -> Work:
        """Have pages of events made anew; `take` is told of each. The main process does its share when it ends the work."""

        def taken(chunk: Sequence[Again], found: Sequence[Filled | None]) -> None:
            for one, filled in zip(chunk, found, strict=True):
                take(one, filled)

        pool = self._enough(len(asked))
        chunks = _chunks(asked)
        return Work(
            chunks, _again, taken, lambda chunk: taken(chunk, self._maker.again(chunk)), pool=pool, others=self._others
        )

    def _enough(self, events: int) -> ProcessPoolExecutor | None:
        """The other processes, if they are there or so many events are worth it."""
        others = min(self._job.settings.jobs - 1, events // LEAST)
        if self._pool is None and others:
            spawn = multiprocessing.get_context("spawn")
            # A machine may offer no semaphores; then this process does it all.
            with contextlib.suppress(OSError, ImportError, NotImplementedError):
                self._pool = ProcessPoolExecutor(others, spawn, _begin, (self._job,))
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
        except (BrokenProcessPool, OSError):
            # Here the others are started, and the machine may have no room for them.
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
