"""The seam to Pelican: one plain generator, one thin writer, and nothing else.

Pelican logs a plugin's exceptions and goes on with exit status 0, and under `-r` it repeats a failing build without a
pause. So every problem is collected, printed once, and ends the build with `SystemExit(1)` before anything is
written; a preview reports it, leaves the bad records out and their last good pages where they are, and goes on.
"""

from __future__ import annotations

import gc
import inspect
import io
import os
import re
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, TextIO

from pelican import autoreload, signals
from pelican.generators import Generator
from pelican.utils import wait_for_changes
from pelican.writers import Writer

from . import assets, hosting, markup, notices, pages, pictures, render, settings, states, wording
from . import collection as collections
from .assets import Assets
from .catalog import Catalog
from .model import Event
from .pages import Article, Plan, Planned
from .problems import Problem, count, did_you_mean, failed, report
from .records import Unreadable, position
from .settings import Settings, SettingsError
from .sitemap import Address
from .store import Found, Made, Store
from .workers import Crew, Maker, Work, WorkerError
from .writer import Output


@dataclass(frozen=True, slots=True)
class EventLink:
    """What Pelican needs to know of an event to link to it with `{filename}` from an article."""

    title: str
    url: str
    save_as: str
    source_path: str
    lang: str
    summary: str


class _Targets(dict[str, Any]):
    """Pelican's table of what links may lead to, with the events: each is looked up when a link names it."""

    events: Mapping[str, Event]
    plan: Plan

    def __contains__(self, path: object) -> bool:
        return super().__contains__(path) or path in self.events

    def __getitem__(self, path: str) -> Any:
        return self.get(path) if path in self.events else super().__getitem__(path)

    def get(self, path: str, default: Any = None) -> Any:
        """The content of that source file."""
        event = self.events.get(path)
        if event is None:
            return super().get(path, default)
        href, saved = self.plan.event_href(event), self.plan.event_path(event)
        return EventLink(event.title, href, saved, event.path, event.language, event.summary)


class _Replacing(io.StringIO):
    """A file for Pelican's writer that reaches the disk when it is closed, whole, and only if it differs."""

    def __init__(self, output: Output, path: str) -> None:
        super().__init__(newline="")
        self._output, self._path = output, path

    def close(self) -> None:
        if not self.closed:
            self._output.write_at(self._path, self.getvalue().encode())
        super().close()

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            super().close()


class EventWriter(Writer):  # type: ignore[misc]  # Pelican has no type hints
    """Pelican's writer, for articles and pages, with the care of ours: unchanged files are left alone."""

    def __init__(self, output_path: str, settings: Mapping[str, Any] | None = None) -> None:
        super().__init__(output_path, settings=settings)
        # Read without a check: `settings.read` refuses what is not a flag before anything is written.
        self.output = Output(Path(output_path), precompress=bool((settings or {}).get("EVENT_PRECOMPRESS")))
        self.failed = False

    def write_file(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Have a page written; in a preview a template that fails is told, and the last good site stays."""
        try:
            super().write_file(name, *args, **kwargs)
        except Exception as error:
            place = render.place_of(error)
            if not place and not _previewing():
                raise
            message = f"{place}{error} (while rendering {name})"
            if not _previewing():
                _stop(message)
            self.failed = True
            _say(message)

    def write_feed(self, elements: Sequence[Any], *args: Any, **kwargs: Any) -> Any:
        """Have a feed written, unless it is empty: Pelican would stamp that with the time of the build."""
        return super().write_feed(elements, *args, **kwargs) if elements else None

    def _add_item_to_the_feed(self, feed: Any, item: Any) -> None:
        """Add an article with its links absolute: a reader of feeds has no page to which they could be relative."""
        super()._add_item_to_the_feed(feed, item)
        entry = feed.items[-1]
        for name in ("content", "description"):
            if entry.get(name):
                entry[name] = markup.absolute(entry[name], entry["link"])

    def _open_w(self, filename: str, encoding: str, override: bool = False) -> TextIO:
        # Opening for real would cut the last good file to nothing; what Pelican checks on the way is kept.
        if filename in self._written_files and not override:
            return super()._open_w(filename, encoding, override)  # type: ignore[no-any-return]
        if override:
            self._overridden_files.add(filename)
        self._written_files.add(filename)
        return _Replacing(self.output, filename)

    @property
    def addresses(self) -> set[str]:
        """What Pelican has written so far, by address."""
        return {Path(os.path.relpath(path, self.output_path)).as_posix() for path in self._written_files}


class EventsGenerator(Generator):  # type: ignore[misc]
    """Reads the records, checks them all, plans the pages and has them written."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plan: Plan | None = None
        self.failed = self.unbuildable = False

    def generate_context(self) -> None:
        """Read and check everything; nothing is written if anything is wrong."""
        try:
            chosen = settings.read(self.settings, previewing=_previewing())
        except SettingsError as error:
            _stop(str(error))
        for line in notices.missing(chosen):
            sys.stderr.write(f"\nwarning: {line}\n")
        self.chosen = chosen
        built = self._assets(chosen.theme)
        # Nothing that a build makes is in a cycle before it is rendered; looking for cycles in millions of values that
        # stay costs as much as making them.
        gc.disable()
        site = _site(chosen, built.names)
        folders = self.templates = [Path(folder) for folder in self._templates_path]
        self.store = Store.open(chosen.cache, *states.of(chosen, folders, site))
        found = collections.load(chosen.content, chosen.event_paths, memory=self.store)
        words = wording.words(chosen.language)
        catalog = Catalog(found, chosen.today, words)
        self.chosen = chosen
        self.plan = Plan(catalog, chosen, built, keeper=self.store)
        self.renderer = render.Renderer(folders, site)
        self.context.update(site=site, own=self.renderer.own)
        self._offer_links((*found.published, *found.withdrawn))
        problems = [*found.problems, *self._link_events(found)]
        _tell(problems)
        self.failed = failed(problems)
        if self.failed and chosen.strict:
            raise SystemExit(1)

    def _give_up(self, message: str) -> None:
        """End the build; a preview goes on to the next change, and publishes nothing of this one."""
        if not _previewing():
            _stop(message)
        _say(message)
        self.unbuildable = True

    def _assets(self, theme: Path) -> Assets:
        """The theme's built files; a preview waits for them where they are missing."""
        while True:
            try:
                built = pictures.drawn(assets.read(theme), self.chosen)
            except assets.ThemeError as error:
                self._give_up(str(error))
                wait_for_changes("", self.settings)
            else:
                self.unbuildable = False
                return built

    def _offer_links(self, events: tuple[Event, ...]) -> None:
        """Put the events where Pelican looks for the targets of `{filename}` links."""
        assert self.plan is not None
        targets = _Targets(self.context["generated_content"])
        targets.events = {event.path: event for event in events}
        targets.plan = self.plan
        self.context["generated_content"] = targets

    def _link_events(self, found: collections.Collection) -> Iterator[Problem]:
        """Turn `{event}id` in articles and pages into links and cards; an unknown id is a problem."""
        assert self.plan is not None
        by_id = {event.id: event for event in (*found.published, *found.withdrawn)}
        # A record that is there, and wrong, was told already.
        told = {Path(problem.path).stem for problem in found.problems if problem.severity == "error"}
        for content in self.context["generated_content"].values():
            text, summary = getattr(content, "_content", None) or "", getattr(content, "_summary", None) or ""
            named = markup.event_ids(text + summary)
            if unknown := [identity for identity in named if identity not in by_id and identity not in told]:
                yield from _unknown_events(Path(content.source_path), unknown, [*by_id])
            elif named and by_id.keys() >= {*named}:
                # Pelican offers no other way in; what it makes of these later (pages, feeds) has the links too.
                content._content = self._with_events(text, by_id)  # noqa: SLF001
                if summary:
                    content._summary = content.metadata["summary"] = self._with_events(summary, by_id, cards=False)  # noqa: SLF001

    def _with_events(self, text: str, by_id: Mapping[str, Event], *, cards: bool = True) -> str:
        """The text with its `{event}id` resolved: a card for one in a paragraph of its own, else a link."""
        assert self.plan is not None
        plan = self.plan

        def card(match: re.Match[str]) -> str:
            event = by_id[match[1]]
            if event.withdrawn:
                return match[0]
            # Pelican resolves {filename} for pages and feeds alike, with the right depth or host.
            try:
                return self.renderer.card(plan.card(event), f"{{filename}}/{event.path}")
            except assets.ThemeError as error:
                self._give_up(str(error))
                return ""

        def link(match: re.Match[str]) -> str:
            event = by_id[match[1]]
            words = wording.words(self.chosen.language)
            gone = words(" (removed from the directory)") if event.withdrawn else ""
            return f'<a href="{{filename}}/{event.path}">{_escape(event.title)}</a>{gone}'

        if cards:
            text = re.sub(r"<p>\s*\{event\}([a-z0-9-]+)\s*</p>", card, text)
        text = re.sub(
            r"(?<=[\"'])\{event\}([a-z0-9-]+)(?=[\"'])", lambda match: f"{{filename}}/{by_id[match[1]].path}", text
        )
        return markup.EVENT_LINK.sub(link, text)

    def generate_output(self, writer: EventWriter) -> None:
        """Write every planned file that differs, and remove what nobody plans any more."""
        try:
            self._generate(writer)
        except Unreadable as error:
            writer.output.discard()
            self._give_up(error.fault.message)

    def _generate(self, writer: EventWriter) -> None:
        assert self.plan is not None
        gc.freeze()
        gc.enable()
        plan = Plan(
            self.plan.catalog,
            self.chosen,
            self.plan.assets,
            self._articles(),
            writer.addresses,
            self._addresses(),
            keeper=self.store,
        )
        output = writer.output
        keys: dict[str, bytes] = {}
        planned: list[Planned] = []
        statics = [item.save_as for item in self.context.get("staticfiles", ())]
        with Crew(Maker(plan, self.renderer), self.chosen.jobs) as crew:
            try:
                crew.make_parts(plan.parts.unkept)
                work = crew.make_files(self._differing(plan.event_files, output, keys), output)
                planned += plan.files()
                planned += plan.hosting_files([*writer.addresses, *statics, *(item.path for item in planned)])
                self._check(planned, {*writer.addresses, *statics})
                self._write(planned, output, keys, work)
            except (assets.ThemeError, WorkerError) as error:
                self._give_up(str(error))
        if self.unbuildable or writer.failed:
            output.discard()
            return
        output.publish()
        # In a preview, a record that was left out for its faults keeps its last good page.
        if not self.failed:
            named = {*writer.addresses, *statics, *(item.path for item in planned)}
            output.prune(named, self.chosen.keep, {hosting.SECURITY_TXT: hosting.SECURITY_MARK.encode()})
            self._keep(plan, keys, output)
        # Pelican copies what is newer than its copy: not a file of last year that takes the place of one of today.
        if not self.settings["STATIC_CREATE_LINKS"]:
            for item in self.context.get("staticfiles", ()):
                output.copied(item.save_as, self.chosen.content / item.source_path)
        if self.chosen.changed_files:
            hosting.write_changed(self.chosen.changed_files, self.chosen.site_url, output.changed)
        events = len(plan.catalog.events)
        sys.stdout.write(
            f"{wording.plural(events, 'event')} on {plan.catalog.today}: "
            f"{wording.plural(output.written, 'file')} written, {output.unchanged:,} unchanged\n"
        )

    def _check(self, planned: Sequence[Planned], taken: Collection[str]) -> None:
        """See to it that every file comes from the content folder, and has its address for itself."""
        if outside := self._outside():
            listed = "".join(f"\n  {path}" for path in outside)
            self._give_up(f"links lead out of the content folder; copy the files themselves to their place:{listed}")
        if twice := pages.collisions(planned, taken):
            self._give_up("two files want the same address:\n" + "\n".join(f"  /{path}" for path in twice))

    def _differing(self, planned: Iterable[Planned], output: Output, keys: dict[str, bytes]) -> list[Planned]:
        """What is not what it would be; the keys of all are put to `keys`, and what is in there is passed over."""
        found = []
        for item in planned:
            if item.path not in keys:
                key = keys[item.path] = item.key
                kept = self.store.made.get(item.path)
                if kept is None or kept.key != key or not output.keep(item.path, kept.stat):
                    found.append(item)
        return found

    def _write(self, planned: Iterable[Planned], output: Output, keys: dict[str, bytes], work: Work) -> None:
        """Have every file written that is not what it would be, while `work` makes those of single events."""
        for item in planned:
            work.tend()
            for differing in self._differing((item,), output, keys):
                try:
                    data = self.renderer.render(differing)
                except assets.ThemeError:
                    # What is wrong with an event's page is told first, as everywhere.
                    work.finish()
                    raise
                output.write(item.path, data)
        work.finish()

    def _keep(self, plan: Plan, keys: Mapping[str, bytes], output: Output) -> None:
        """Keep for the next build what this one found and made, unless something changed under its hands."""
        if not states.settled(self.chosen, self.templates, self.store.began):
            return
        rows = plan.catalog.rows
        records = {
            path: known if known.row is (row := rows.get(known.id)) else known._replace(row=row)
            for path, known in plan.catalog.collection.known.items()
        }
        made = {path: Made(key, stat) for path, key in keys.items() if (stat := output.stat(path)) is not None}
        parts = plan.parts
        self.store.save(
            Found(records, plan.catalog.collection.twins, made, parts.keys),
            ((identity, name, parts.made[identity, name]) for identity, name in parts.fresh),
        )

    def _outside(self) -> list[str]:
        """The articles, pages and files that are links to somewhere else: a change that somebody proposes could
        publish a secret of the machine that builds the site."""
        root = self.chosen.content.resolve()
        # A folder that the settings name may lie outside; what it is, the operator has chosen.
        named = [path for key in ("ARTICLE_PATHS", "PAGE_PATHS", "STATIC_PATHS") for path in self.settings[key]]
        folders = [Path(os.path.normpath(root / path)) for path in named]
        found = []
        for item in (*self.context["generated_content"].values(), *self.context.get("staticfiles", ())):
            if not isinstance(item, EventLink):
                real = Path(item.source_path).resolve()
                if not any(real.is_relative_to(folder) for folder in (root, *folders)):
                    found.append(os.path.relpath(item.source_path))
        return sorted(found)

    def _articles(self) -> list[Article]:
        words = wording.words(self.chosen.language)
        return [
            Article(str(item.title), item.url, markup_text(item.summary), words.day(item.date.date()))
            for item in self.context.get("articles", ())
        ]

    def _addresses(self) -> list[Address]:
        """The pages that Pelican makes itself, translations too, for the sitemap."""
        made = [*self.context.get("articles", ()), *self.context.get("pages", ())]
        found = []
        for item in (content for first in made for content in (first, *first.translations)):
            changed = getattr(item, "modified", None) or getattr(item, "date", None)
            found.append(Address(f"{self.chosen.site_url}/{item.url}", changed.date() if changed else None))
        for name in self.settings["DIRECT_TEMPLATES"]:
            page = self.settings.get(f"{name.upper()}_SAVE_AS", f"{name}.html")
            found.append(Address(f"{self.chosen.site_url}/{page}"))
        return found


def markup_text(html: str) -> str:
    """The words of a piece of HTML, for a place that shows plain text."""
    from html import unescape  # noqa: PLC0415

    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def _escape(text: str) -> str:
    from markupsafe import escape  # noqa: PLC0415

    return str(escape(text))


def _site(chosen: Settings, names: Mapping[str, str]) -> Mapping[str, Any]:
    """What every page may show of the site as a whole."""
    return {
        "name": chosen.site_name,
        "subtitle": chosen.site_subtitle,
        "url": chosen.site_url,
        "language": chosen.language,
        "as_of": chosen.today if chosen.as_of else None,
        "contact": chosen.contact,
        "repository": chosen.repository_url,
        "banner": chosen.gov_banner,
        "identifier": chosen.identifier,
        "notices": notices.NOTICES,
        "search": chosen.search,
        "assets": names,
    }


def _unknown_events(path: Path, unknown: list[str], known: list[str]) -> Iterator[Problem]:
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    shown = os.path.relpath(path)
    for identity in dict.fromkeys(unknown):
        mark = f"{{event}}{identity}"
        start = max(0, text.find(mark))
        line, column = position(text, start)
        excerpt = text.split("\n")[line - 1]
        mend = did_you_mean(identity, known) or "write the id of a record: its file's name without `.yaml`"
        yield Problem(
            shown if not shown.startswith("..") else str(path), line, column, f"there is no event `{identity}`", mend,
            "error", excerpt, len(mark),
        )  # fmt: skip


def _previewing() -> bool:
    """Whether Pelican was started with `-r`: it tells no plugin, but then its `autoreload` has called us."""
    # Equal, not the same: `python -m pelican` loads Pelican's main module twice.
    frame = inspect.currentframe()
    while frame is not None and frame.f_code != autoreload.__code__:
        frame = frame.f_back
    return frame is not None


def _tell(problems: list[Problem]) -> None:
    if problems:
        sys.stderr.write("\n" + report(problems, colour=sys.stderr.isatty()) + f"\n{count(problems)}\n")


def _say(message: str) -> None:
    sys.stderr.write(f"\nerror: {message}\n")


def _stop(message: str) -> NoReturn:
    _say(message)
    raise SystemExit(1)


def register() -> None:
    """Connect to Pelican; it only connects, because Pelican would log an exception here and build without us."""
    signals.get_generators.connect(_generators)
    signals.get_writer.connect(_writer)


def _generators(_pelican: Any) -> type[EventsGenerator]:
    return EventsGenerator


def _writer(_pelican: Any) -> type[EventWriter]:
    return EventWriter
