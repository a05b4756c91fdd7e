"""The seam to Pelican: one plain generator, one thin writer, and nothing else.

Pelican logs a plugin's exceptions and goes on with exit status 0, and under `-r` it repeats a failing build without a
pause. So every problem is collected, printed once, and ends the build with `SystemExit(1)` before anything is
written; a preview reports it, leaves the bad records out and their last good pages where they are, and goes on.
"""

from __future__ import annotations

import atexit
import gc
import inspect
import io
import os
import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

from pelican import autoreload, signals
from pelican.generators import Generator
from pelican.utils import wait_for_changes
from pelican.writers import FileOverwriteFailedError, Writer

from . import assets, hosting, markup, notices, pictures, render, settings, states, urls, wording
from . import collection as collections
from .assets import Assets
from .collection import Stat
from .model import Event
from .parts import digest
from .problems import Problem, count, did_you_mean, failed, report
from .records import Unreadable, position
from .settings import Settings, SettingsError
from .sitemap import Address
from .store import Found, Seal, Store
from .writer import InTheWayError, Output

# What makes a plan is loaded by a build that needs one: that takes longer than to see that nothing changed.
if TYPE_CHECKING:
    from .making import Making
    from .pages import Plan
    from .workers import Crew


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

    site: _Site
    give_up: Callable[[str], None]

    def __contains__(self, path: object) -> bool:
        return super().__contains__(path) or self._event(path) is not None

    def __getitem__(self, path: str) -> Any:
        return self.get(path) if self._event(path) else super().__getitem__(path)

    def get(self, path: str, default: Any = None) -> Any:
        """The content of that source file."""
        event = self._event(path)
        if event is None:
            return super().get(path, default)
        href, saved = self.site.plan.event_href(event), self.site.plan.event_path(event)
        try:
            return EventLink(event.title, href, saved, event.path, event.language, event.summary)
        except Unreadable as error:
            # Pelican asks while it makes its own pages and feeds; a preview makes nothing of them then.
            self.give_up(error.fault.message)
            return EventLink(event.id, href, saved, event.path, "", "")

    def _event(self, path: object) -> Event | None:
        # For any other file there is no need to know the events.
        return self.site.by_path.get(path) if isinstance(path, str) and path.endswith(collections.SUFFIX) else None


@dataclass
class _Site:
    """The events and what is planned of them, each made when somebody asks for it."""

    chosen: Settings
    assets: Assets
    store: Store
    renderer: render.Renderer
    output: Output

    @cached_property
    def found(self) -> collections.Collection:
        """The content folder."""
        # Where no record had changed, this is not asked for at once, and by then another look is due.
        seen = None if self.seal else vars(self).get("_unread")
        content, paths = self.chosen.content, self.chosen.event_paths
        return collections.load(content, paths, memory=self.store, seen=seen, read=self._reading)

    def _reading(
        self, registries: collections.Collection, reader: collections.Reader
    ) -> Callable[[Sequence[collections.Fresh]], Iterable[collections.Read]]:
        """What reads records, and makes of each at once what can be made of it alone."""
        from . import calendars  # noqa: PLC0415  as above
        from .workers import Crew, Job, WorkerError  # noqa: PLC0415

        calendars.recall(self.store.written)
        chosen, renderer = self.chosen, self.renderer
        words = wording.words(chosen.language)
        bare = not self.output.tree
        job = Job(chosen, registries, reader, words, renderer.folders, renderer.site, renderer.compiled, bare)
        crew = self.crew = Crew(job, renderer, self.store, self.output)

        def read(fresh: Sequence[collections.Fresh]) -> Iterable[collections.Read]:
            try:
                return crew.read(fresh)
            except WorkerError as error:
                _stop(str(error))

        return read

    crew: Crew | None = None

    def end(self) -> None:
        """Leave nothing behind, and let others build: first the processes that put files aside, last the output."""
        atexit.unregister(self.end)
        if self.crew:
            self.crew.close()
        self.store.close()
        self.output.close()

    @property
    def is_read(self) -> bool:
        """Whether somebody asked for the content folder."""
        return "found" in vars(self)

    @cached_property
    def plan(self) -> Plan:
        """The plan, without what Pelican makes itself."""
        from .catalog import Catalog  # noqa: PLC0415  as above
        from .pages import Plan  # noqa: PLC0415

        catalog = Catalog(self.found, self.chosen.today, wording.words(self.chosen.language))
        return Plan(catalog, self.chosen, self.assets, keeper=self.store)

    @cached_property
    def by_id(self) -> Mapping[str, Event]:
        """Every event that has a page."""
        return {event.id: event for event in (*self.found.published, *self.found.withdrawn)}

    @cached_property
    def by_path(self) -> Mapping[str, Event]:
        """The same by the paths of their records below the content folder."""
        return {event.path: event for event in self.by_id.values()}

    @property
    def problems(self) -> Sequence[Problem]:
        """What there is to tell of the records: of those of a seal it is known."""
        return self.seal.problems if self.seal and not self.is_read else self.found.problems

    @property
    def seal(self) -> Seal | None:
        """The seal of the last build, if every record is what it was then."""
        seal = self.store.seal
        return seal if seal and seal.states == self.states else None

    @property
    def states(self) -> Mapping[str, Stat | None] | None:
        """What the file system said of every record: before it was read, if somebody did."""
        return self._read if self.is_read else self._unread

    @cached_property
    def _read(self) -> Mapping[str, Stat | None]:
        return {path: known.stat for path, known in self.found.known.items()}

    @cached_property
    def _unread(self) -> Mapping[str, Stat] | None:
        return collections.states(self.chosen.content, self.chosen.event_paths)


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
        self.failed = False
        self.output: Output

    def write_file(self, name: str, template: Any, context: Mapping[str, Any], *args: Any, **kwargs: Any) -> None:
        """Have a page written; in a preview a template that fails is told, and the last good site stays."""
        self.output = context["output"]
        try:
            super().write_file(name, template, context, *args, **kwargs)
        except Exception as error:
            place = render.place_of(error)
            twice = isinstance(error, FileOverwriteFailedError)
            if not (place or twice or _previewing()):
                raise
            message = f"{place}{error} (while rendering {name})"
            if twice:
                message = f"two articles or pages want the address /{name}; give one of them another `Slug:`"
            if not _previewing():
                _stop(message)
            self.failed = True
            _say(message)

    def write_feed(self, elements: Sequence[Any], context: Mapping[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Have a feed written, unless it is empty: Pelican would stamp that with the time of the build."""
        self.output = context["output"]
        return super().write_feed(elements, context, *args, **kwargs) if elements else None

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
        self.failed = self.unbuildable = False
        # Whether there is nothing to plan from: a registry has a fault, or a record changed while it was read.
        self.unsound = False
        self.site: _Site
        # The states of the records by which the last build's seal holds.
        self.sealed: Mapping[str, Stat | None] | None = None

    def generate_context(self) -> None:
        """Read and check everything; nothing is written if anything is wrong."""
        try:
            try:
                self._read()
            except Unreadable as error:
                self._give_up(error.fault.message)
                self.unsound = True
        except BaseException:
            if "site" in vars(self):
                self.site.end()
            raise

    def _read(self) -> None:
        try:
            chosen = settings.read(self.settings, previewing=_previewing())
        except SettingsError as error:
            _stop(str(error))
        for line in notices.missing(chosen):
            sys.stderr.write(f"\nwarning: {line}\n")
        self.chosen = chosen
        built = self._assets(chosen.theme)
        # Hardly anything that a build makes is in a cycle; looking for cycles in millions of values that stay costs as
        # much as making them.
        gc.disable()
        site = _site(chosen, built.names)
        folders = self.templates = [Path(folder) for folder in self._templates_path]
        state = self.state = states.of(chosen, folders, site)
        # First the output, which waits for another build of it: so nobody else has the store of this one.
        self.output = Output(chosen.output, precompress=chosen.precompress)
        self.store = Store.open(chosen.cache, *state)
        self.store.output = chosen.output
        compiled = render.Compiled(chosen.cache, state.base) if chosen.cache else None
        self.renderer = render.Renderer(folders, site, compiled)
        self.site = _Site(chosen, built, self.store, self.renderer, self.output)
        # Pelican's own pages may end the process between our two turns.
        atexit.register(self.site.end)
        self.context.update(site=site, own=self.renderer.own, output=self.output)
        self._offer_links()
        problems = [*self.site.problems, *self._unread()]
        self.unsound = self.site.is_read and self.site.found.unsound
        if not self.unsound:
            problems += self._link_events()
        self.sealed = self.site.states if self.site.seal else None
        _tell(problems)
        self.failed = failed(problems)
        if self.failed and chosen.strict:
            raise SystemExit(1)
        if self.unsound:
            self._give_up("a registry has a fault, and no event can be shown without it: the last good site stays")

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

    def _offer_links(self) -> None:
        """Put the events where Pelican looks for the targets of `{filename}` links."""
        targets = _Targets(self.context["generated_content"])
        targets.site, targets.give_up = self.site, self._give_up
        self.context["generated_content"] = targets

    def _unread(self) -> Iterator[Problem]:
        """The articles and pages that Pelican could not read: it says why, and would go on without them."""
        for path, content in self.context["generated_content"].items():
            if content is None:
                yield Problem(
                    collections.shown_path(self.chosen.content / path, Path.cwd()), 1, 1, "Pelican cannot read this article or page, and said why",
                    "begin it with the lines `Title: …` and `Date: 2027-03-02`; save it as UTF-8", "error", "", 0,
                )  # fmt: skip

    def _link_events(self) -> Iterator[Problem]:
        """Turn `{event}id` in articles and pages into links and cards; an unknown id is a problem."""
        for content in self.context["generated_content"].values():
            text, summary = getattr(content, "_content", None) or "", getattr(content, "_summary", None) or ""
            named = markup.event_ids(text + summary)
            if not named:
                continue
            by_id = self.site.by_id
            # A record that is there, and wrong, was told already.
            told = {Path(problem.path).stem for problem in self.site.found.problems if problem.severity == "error"}
            if unknown := [identity for identity in named if identity not in by_id and identity not in told]:
                yield from _unknown_events(Path(content.source_path), unknown, [*by_id])
            elif by_id.keys() >= {*named}:
                # Pelican offers no other way in; what it makes of these later (pages, feeds) has the links too.
                content._content = self._with_events(text)  # noqa: SLF001
                if summary:
                    content._summary = content.metadata["summary"] = self._with_events(summary, cards=False)  # noqa: SLF001

    def _with_events(self, text: str, *, cards: bool = True) -> str:
        """The text with its `{event}id` resolved: a card for one in a paragraph of its own, else a link."""
        plan, by_id = self.site.plan, self.site.by_id

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
        return urls.EVENT_LINK.sub(link, text)

    def generate_output(self, writer: EventWriter) -> None:
        """Write every planned file that differs, and remove what nobody plans any more."""
        try:
            self._generate(writer)
        except Unreadable as error:
            self._give_up(error.fault.message)
        except InTheWayError as error:
            self._give_up(str(error))
        finally:
            self.site.end()
            self.renderer.forget()
            # Nor at the end of the process, which looks through all that is not frozen.
            gc.freeze()
            gc.enable()

    def _generate(self, writer: EventWriter) -> None:
        output, site = self.output, self.site
        if self.unsound:
            output.discard()
            return
        taken = {*writer.addresses, *(item.save_as for item in self.context.get("staticfiles", ()))}
        articles, addresses = self._articles(), self._addresses()
        self._refuse_outside()
        around = self._around(taken, articles, addresses)
        seal = site.seal
        planned: Collection[str]
        if seal and seal.around == around and output.stands(seal.files, taken, self.chosen.keep):
            planned, events, keep = seal.files, seal.events, None
        else:
            plan = site.plan.with_pages(articles, writer.addresses, addresses)
            if self.sealed is not None and self.sealed != site.states:
                self._give_up("records were changed while the site was built; build it again")
            making = self._make(plan, taken)
            planned, events, keep = making.keys, len(plan.catalog.events), partial(self._keep, making, around)
        if self.unbuildable or writer.failed:
            output.discard()
            return
        self._copy()
        output.publish()
        # In a preview, a record that was left out for its faults keeps its last good page.
        if not self.failed:
            named = {*taken, *planned}
            output.prune(named, self.chosen.keep, {hosting.SECURITY_TXT: hosting.SECURITY_MARK.encode()})
            if keep:
                keep()
        if self.chosen.changed_files:
            hosting.write_changed(self.chosen.changed_files, self.chosen.site_url, output.changed)
        sys.stdout.write(
            f"{wording.plural(events, 'event')} on {self.chosen.today}: "
            f"{wording.plural(output.written, 'file')} written, {output.unchanged:,} unchanged\n"
        )

    def _copy(self) -> None:
        """Have the files that Pelican would copy published with all others: it writes over what visitors are being sent, and
        looks at times alone."""
        if not self.settings["STATIC_CREATE_LINKS"]:
            for item in self.context["staticfiles"]:
                self.output.copy(item.save_as, self.chosen.content / item.source_path)
            self.context["staticfiles"].clear()

    def _make(self, plan: Plan, taken: Collection[str]) -> Making:
        """Have every file of the plan made that is not what it would be."""
        from .making import Making  # noqa: PLC0415  as above
        from .pages import collisions  # noqa: PLC0415
        from .workers import WorkerError  # noqa: PLC0415

        crew = self.site.crew
        # Who has a plan has read the records.
        assert crew is not None
        making = Making(plan, self.renderer, self.output, self.store, crew)
        try:
            making.begin()
            planned, own = plan.joint_files(), [own.path for own in plan.own_files]
            planned += plan.hosting_files([*taken, *own, *(item.path for item in planned)])
            if twice := collisions([*own, *(item.path for item in planned)], taken):
                listed = "".join(f"\n  /{path}" for path in twice)
                self._give_up(f"two files want the same address:{listed}")
            making.finish(planned)
        except (assets.ThemeError, WorkerError) as error:
            self._give_up(str(error))
        finally:
            # Before anybody discards what they put aside.
            crew.close()
        return making

    def _around(self, taken: Iterable[str], articles: Sequence[tuple[str, ...]], addresses: Sequence[Address]) -> bytes:
        """What stands for all that the site is made of beside its records and what `states.of` knows."""
        theme = self.site.assets
        return digest(
            self.chosen.today.isoformat(),
            sorted(taken),
            repr(articles),
            repr(addresses),
            sorted(self.chosen.keep),
            (sorted(theme.files.items()), theme.view_box, sorted(theme.outlines.items())),
        )

    def _refuse_outside(self) -> None:
        """See to it that every file comes from the content folder."""
        if outside := self._outside():
            listed = "".join(f"\n  {path}" for path in outside)
            self._give_up(f"links lead out of the content folder; copy the files themselves to their place:{listed}")

    def _keep(self, making: Making, around: bytes) -> None:
        """Keep for the next build what this one found and made, unless something changed under its hands."""
        from . import calendars  # noqa: PLC0415  as above

        if not states.settled(self.state, self.chosen, self.templates, self.renderer.site, self.store.began):
            return
        plan, output = making.plan, making.output
        rows, found = plan.catalog.rows, plan.catalog.collection
        records = {
            path: known if known.row is (row := rows.get(known.id)) else known._replace(row=row)
            for path, known in found.known.items()
        }
        files, keys, events = output.stats(making.keys), plan.parts.keys, len(plan.catalog.events)
        said, written = found.problems, calendars.written()
        self.store.save(
            Found(records, found.twins, making.keys, files, making.gaps, keys, around, events, said, written)
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
            # Of what Pelican could not read it knows nothing more.
            if item is not None and not isinstance(item, EventLink):
                real = Path(item.source_path).resolve()
                if not any(real.is_relative_to(folder) for folder in (root, *folders)):
                    found.append(os.path.relpath(item.source_path))
        return sorted(found)

    def _articles(self) -> list[tuple[str, ...]]:
        """What `pages.Article` holds of each."""
        words = wording.words(self.chosen.language)
        return [
            (str(item.title), str(item.url), markup_text(item.summary), words.day(item.date.date()))
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
    for identity in dict.fromkeys(unknown):
        mark = f"{{event}}{identity}"
        start = max(0, text.find(mark))
        line, column = position(text, start)
        excerpt = text.split("\n")[line - 1]
        mend = did_you_mean(identity, known) or "write the id of a record: its file's name without `.yaml`"
        yield Problem(
            collections.shown_path(path, Path.cwd()), line, column, f"there is no event `{identity}`", mend,
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
