"""Importing: what others publish becomes records, once; run again, it brings in what changed there.

What an import last wrote into each field is kept as a digest in `imports.json`, beside the registries. So a later run
can tell three cases apart: the source changed (the field is brought up to date, and shown), the editor changed it
(left alone), or both did (left alone, and shown). Nothing is fetched.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

from . import collection, drafts, import_csv, import_digitalgov, import_ics, import_jsonld, model, records, vocabulary
from .collection import SUFFIX, shown_path
from .fields import Choice, Finding, Reading, slug, specs
from .model import Event
from .problems import Problem, short
from .records import Tree
from .sources import (
    FORMATS,
    Context,
    Draft,
    NotThat,
    clipped,
    kind_of,
    line_of,
    refuse,
    summary_from_facts,
    summary_of,
    unique,
)

_READERS: Mapping[str, ModuleType] = {
    "ics": import_ics,
    "digitalgov": import_digitalgov,
    "json-ld": import_jsonld,
    "csv": import_csv,
}
# Only where the content shows nothing: then the message is about what the file was meant to be.
_BY_SUFFIX: Mapping[str, str] = {
    ".ics": "ics", ".csv": "csv", ".tsv": "csv", ".html": "json-ld", ".htm": "json-ld", ".json": "json-ld",
    ".jsonld": "json-ld", ".md": "digitalgov",
}  # fmt: skip
MAX_BYTES = 20 * 1024 * 1024
LEDGER = "imports.json"
# Written once, when the record is made: they tell of the import itself.
_ONCE = {"announced", "draft", "source", "changes"}
# Told in calendars: whoever changes one of these in a published record has to say so in `changes`.
_TOLD = {"start", "end", "timezone", "format", "venue", "status"}
UNSORTED = "unsorted"


@dataclass(frozen=True, slots=True)
class Target:
    """Where drafts go: a content folder, and a folder of their own in it, or None for `events/<year>` there.

    A content folder that is new starts with the registries of `seed`.
    """

    root: Path
    folder: Path | None
    seed: Path | None = None


@dataclass(slots=True)
class Outcome:
    """What an import did, in the order of the files: records made, changed, left as they were; what to look at."""

    created: list[Path] = field(default_factory=list)
    updated: list[tuple[Path, list[str]]] = field(default_factory=list)
    unchanged: int = 0
    differ: list[tuple[Path, list[str]]] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    entries: list[tuple[str, str, str]] = field(default_factory=list)
    notes: list[tuple[Path, list[str]]] = field(default_factory=list)
    lost: list[tuple[Path, list[str]]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def run(files: Sequence[Path], target: Target, *, form: str | None, zone: str, today: date) -> Outcome:
    """Import files, each of the given format or of that which its content shows, into the target."""
    outcome = Outcome()
    found: list[tuple[Path, Draft]] = []
    for path in _shown_progress(files, "reading"):
        try:
            found += [(path, draft) for draft in read(path, form, zone, today)]
        except NotThat as error:
            outcome.problems.append(Problem(shown_path(path, Path.cwd()), error.line, 1, str(error), error.mend))
    work = _Work(target, today, outcome)
    work.meet((draft for _, draft in found))
    for path, draft in _shown_progress(found, "writing"):
        work.take(path, draft)
    work.close()
    return outcome


def _shown_progress(items: Sequence[Any], what: str) -> Iterator[Any]:
    """The items, with a bar on the terminal while they are worked through."""
    if not sys.stderr.isatty() or len(items) < 20:  # noqa: PLR2004  done before anyone has read it
        yield from items
        return
    from rich.console import Console  # noqa: PLC0415  only a terminal needs it
    from rich.progress import track  # noqa: PLC0415

    yield from track(items, description=what, console=Console(stderr=True), transient=True)


def read(path: Path, form: str | None, zone: str, today: date) -> list[Draft]:
    """The drafts of one file; raises `NotThat` where it is not what it claims."""
    text = _text(path)
    name = form or detect(text) or _BY_SUFFIX.get(path.suffix.casefold(), "")
    if not name:
        refuse(
            "is no calendar, table, saved page or Digital.gov file",
            f"name what it is with `--format {'|'.join(FORMATS)}`",
        )
    return list(_READERS[name].read(text, Context(path.name, zone, today)))


def detect(text: str) -> str:
    """The format that a text shows, or ""."""
    return next((name for name, reader in _READERS.items() if reader.looks_like(text)), "")


def _text(path: Path) -> str:
    try:
        if path.is_dir():
            refuse("is a folder", "name the files in it")
        if path.stat().st_size > MAX_BYTES:
            refuse(f"is larger than {MAX_BYTES // 1024**2} MB", "cut it into several files")
        data = path.read_bytes()
    except OSError as error:
        refuse(f"cannot be read: {error.strerror}", "check its name")
    if not data.strip():
        refuse("is empty", "save it once more")
    if b"\0" in data:
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            with contextlib.suppress(UnicodeDecodeError):
                return data.decode("utf-16").replace("\0", "")
        refuse("is no text file", "export it as .ics, .csv, .html or .md")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What spreadsheets on Windows write.
        return data.decode("cp1252", "replace")


class _Work:
    """One run of an import: the registries and records that are there, and those that come to be."""

    def __init__(self, target: Target, today: date, outcome: Outcome) -> None:
        self.target, self.today, self.outcome = target, today, outcome
        if target.seed and not (target.root / "events").exists():
            target.root.mkdir(parents=True, exist_ok=True)
            for name in model.REGISTRIES:
                with contextlib.suppress(FileNotFoundError):
                    shutil.copyfile(target.seed / f"{name}{SUFFIX}", target.root / f"{name}{SUFFIX}")
        (target.root / "events").mkdir(parents=True, exist_ok=True)
        self.folder = target.folder
        if self.folder:
            self.folder.mkdir(parents=True, exist_ok=True)
        there = collection.load(target.root)
        self.known: dict[str, dict[str, tuple[str, ...]]] = {
            "topics": {key: model.names(entry) for key, entry in there.topics.items()},
            "organizers": {key: model.names(entry) for key, entry in there.organizers.items()},
            "series": {key: model.names(entry) for key, entry in there.series.items()},
        }
        self.new: dict[str, dict[str, dict[str, str]]] = {"topics": {}, "organizers": {}}
        self.used: set[tuple[str, str]] = set()
        self.words: dict[str, dict[str, str]] = {
            name: {meant: key for key in reversed([*entries]) for meant in map(same, (*entries[key], key)) if meant}
            for name, entries in self.known.items()
        }
        self.files: dict[str, Path] = {}
        for place in (target.root / "events", *([self.folder] if self.folder else [])):
            for path in sorted(place.rglob(f"*{SUFFIX}")):
                self.files.setdefault(path.name.removesuffix(SUFFIX), path)
        self.sources: dict[str, str] = {}
        self.renamed = {alias: event.id for event in there.events for alias in event.aliases}
        for event in there.events:
            if event.source and event.source.url:
                self.sources.setdefault(event.source.url, event.id)
        self.ledger: dict[str, Any] = {}
        self.before = ""
        with contextlib.suppress(FileNotFoundError):
            self.before = (target.root / LEDGER).read_text(encoding="utf-8")
            self.ledger = _ledger(self.before, target.root / LEDGER, outcome)

    def meet(self, found: Iterable[Draft]) -> None:
        """Learn the long names with their acronyms first, so that "DAP" finds "Digital Analytics Program (DAP)"."""
        names = unique(name for draft in found for name in draft.organizers)
        for name in sorted(names, key=lambda name: not _ACRONYM.search(name)):
            if _ACRONYM.search(name):
                self.entry("organizers", name)

    def _entries(self, registry: str, words: Iterable[str], draft: Draft) -> list[str]:
        """The ids that several words mean; what is too short for a name is lost."""
        found = {word: self.entry(registry, word) for word in words}
        draft.lost += [f"`{word}`, too short for a name" for word, key in found.items() if not key]
        return list(dict.fromkeys(key for key in found.values() if key))

    def entry(self, registry: str, words: str) -> str:
        """The id that words mean in a registry; a new entry where it knows none, "" for what is too short for one."""
        plain = line_of(words).strip(" .,;")
        found = _ACRONYM.search(plain)
        name, acronym = (plain[: found.start()].strip(), found[1]) if found else (plain, "")
        known = self.words[registry]
        for attempt in (plain, name, acronym):
            if attempt and (key := known.get(same(attempt))):
                known.setdefault(same(plain), key)
                return key
        limit = 80 if registry == "topics" else 160
        shown = clipped(name, limit)
        if len(shown) < _SHORTEST:
            return ""
        if registry == "topics" and re.fullmatch(r"[a-z0-9-]+", shown):
            shown = shown.replace("-", " ").capitalize()
        key = slug(acronym or shown) if registry == "organizers" else slug(name)
        taken = {*self.known[registry], *self.new[registry]}
        number = 2
        base = key
        while key in taken:
            key, number = f"{base[:75].rstrip('-')}-{number}", number + 1
        self.new[registry][key] = {"name": shown} | ({"acronym": acronym} if acronym else {})
        self.known[registry][key] = (shown, *([acronym] if acronym else []))
        for meant in (plain, name, acronym, key):
            if same(meant):
                known.setdefault(same(meant), key)
        return key

    def take(self, path: Path, draft: Draft) -> None:
        """Make the draft's record, or bring the one that is there up to date."""
        identity = self._there(draft)
        before = len(draft.lost)
        tree = self.settled(draft)
        if tree is None:
            where = shown_path(path, Path.cwd())
            why = "; ".join([*draft.lost[before:]] or draft.lost[-1:]) or "what a record needs is missing"
            title = short(str(draft.fields.get("title", "an event")))
            self.outcome.problems.append(
                Problem(
                    where,
                    draft.line,
                    1,
                    f"`{title}` could not become a record: {why}",
                    "write it by hand: `events new`",
                )
            )
            return
        if identity is None:
            self._create(draft, tree)
            return
        if identity not in self.files:
            self.outcome.removed.append(identity)
            return
        self._update(draft, tree, identity)

    def _there(self, draft: Draft) -> str | None:
        """The id of the record that was made from this event before, or that names the same page as its source."""
        if entry := self.ledger.get(draft.key):
            identity = str(entry["id"])
            return identity if identity in self.files else self.renamed.get(identity, identity)
        source = draft.fields.get("source")
        url = source.get("url") if isinstance(source, dict) else None
        return self.sources.get(str(url)) if url and draft.key == url else None

    def settled(self, draft: Draft) -> dict[str, Tree] | None:
        """The tree of a record that the model accepts; what it refuses is listed as lost. None where too little is left."""
        tree: dict[str, Tree] = {**draft.fields}
        title = str(tree.get("title", ""))
        if len(title) > _TITLE:
            tree["title"] = clipped(title, _TITLE)
            draft.lost.append(f"the end of the title, which is {len(title)} characters long")
        for name in ("kind", "format", "status", "eligibility"):
            said = vocabulary.SPOKEN.get(str(tree.get(name, "")))
            kind = specs(Event)[name].type
            if said and isinstance(kind, Choice) and tree[name] not in kind.values and said in kind.values:
                tree[name] = said
        if str(tree.get("kind", "")) not in vocabulary.KIND:
            if given := tree.pop("kind", None):
                draft.lost.append(f"`kind`: `{short(str(given))}` is not one of ours")
            tree["kind"], sure = kind_of(title, str(tree.get("format", "online")))
            if not sure:
                draft.notes.append(f"`kind` is a guess: {tree['kind']}")
        if len(topics := unique(draft.topics)) > _TOPICS:
            draft.lost.append(f"topics beyond the first {_TOPICS}: {', '.join(topics[_TOPICS:])}")
        topics = self._entries("topics", topics[:_TOPICS], draft) or self._topics_in(title)
        if not topics:
            topics = [self.entry("topics", UNSORTED)]
            draft.notes.append("`topics`: the source names none that we know")
        tree["topics"] = list(dict.fromkeys(topics))
        organizers = self._entries("organizers", draft.organizers, draft)
        if organizers:
            tree["organizer"] = organizers[0] if len(organizers) == 1 else [*organizers]
        self._summarise(tree, draft)
        source = tree.get("source")
        if isinstance(source, dict):
            tree["source"] = {**source, "retrieved": drafts.written(self.today)}
        tree.setdefault("announced", drafts.written(self.today))
        tree["draft"] = "true"
        return self._accepted(tree, draft)

    def _summarise(self, tree: dict[str, Tree], draft: Draft) -> None:
        said = str(tree.get("summary", ""))
        place = tree.get("venue") if tree.get("format") != "online" else None
        where = f"in {place['city']}" if isinstance(place, dict) and place.get("city") else "online"
        start = drafts.moment(str(tree.get("start", "")))
        made = summary_of(said) or summary_of(f"{said.rstrip(' .')}.") if said else ""
        if said and made != said:
            draft.notes.append(
                "`summary` is shortened to full sentences" if made else "`summary` is written from the facts"
            )
        if not said:
            made = summary_of(str(tree.get("description", "")))
            draft.notes.append(f"`summary` is {'taken from the description' if made else 'written from the facts'}")
        if said and not made:
            made = summary_of(str(tree.get("description", "")))
        tree["summary"] = made or summary_from_facts(str(tree.get("title", "")), str(tree["kind"]), start, where)

    def _topics_in(self, words: str) -> list[str]:
        """The topics whose names or synonyms stand in a title, at most three."""
        padded = f" {same(words)} "
        found = [key for meant, key in self.words["topics"].items() if len(meant) > 1 and f" {meant} " in padded]
        return list(dict.fromkeys(found))[:3]

    def _accepted(self, tree: dict[str, Tree], draft: Draft) -> dict[str, Tree] | None:
        """The tree without what the model refuses, one thing after another."""
        for _ in range(30):
            reading = Reading(self.known)
            if model.read_event(tree, "draft", "", reading) is not None:
                return {name: tree[name] for name in specs(Event) if name in tree}
            fault = next(finding for finding in reading.findings if not finding.warning)
            if not self._mended(tree, draft, fault):
                draft.lost.append(fault.message)
                return None
        return None

    def _mended(self, tree: dict[str, Tree], draft: Draft, fault: Finding) -> bool:  # noqa: PLR0911  one for each mend
        """Take away the value that is refused; False where nothing can be taken away."""
        place = fault.place
        if not place or (len(place) == 1 and place[0] in _NEEDED and place[0] != "venue"):
            if place == ("description",):
                return False
            return self._without_place(tree, draft) if "venue" in fault.message or "`state`" in fault.message else False
        if place[0] == "venue" and len(place) == 1 and tree.get("format") in ("in-person", "hybrid"):
            return self._without_place(tree, draft)
        if (
            place == ("description",)
            and fault.snippet
            and (plain := _without_link(str(tree["description"]), fault.snippet))
        ):
            tree["description"] = plain
            draft.lost.append(f"a link in the description: {short(fault.snippet)}")
            return True
        if (
            place == ("description",)
            and (plain := re.sub(r"\[([^\]]*)\]\(\s*\)", r"\1", str(tree["description"]))) != tree["description"]
        ):
            tree["description"] = plain
            draft.lost.append("links in the description that lead nowhere")
            return True
        if place == ("description",) and "characters long" in fault.message:
            tree["description"] = (
                str(tree["description"])[:_DESCRIPTION].rpartition("\n\n")[0] or str(tree["description"])[:_DESCRIPTION]
            )
            draft.lost.append("the end of the description, which is too long")
            return True
        if place == ("description",) and "passcode" in fault.message:
            lines = str(tree["description"]).split("\n")
            kept = [line for line in lines if not _refused_text(line)]
            if len(kept) < len(lines):
                tree["description"] = "\n".join(kept).strip()
                draft.lost.append("the lines of the description that give away a passcode")
                return True
        draft.lost.append(f"{fault.message}")
        _take_away(tree, place)
        return True

    def _without_place(self, tree: dict[str, Tree], draft: Draft) -> bool:
        """A record whose city is not known is held online until an editor says where: the check warns of its venue."""
        if tree.get("format") == "online":
            return False
        draft.notes.append(f"`format` was {tree.get('format')}, but city and state are not known: fill in `venue`")
        tree["format"] = "online"
        return True

    def _create(self, draft: Draft, tree: dict[str, Tree]) -> None:
        start = drafts.moment(str(tree.get("start", "")))
        year = start.year if start else None
        identity = drafts.new_id(str(tree["title"]), year)
        if identity in self.files and start:
            identity = f"{identity}{start:-%m-%d}" if year else identity
        if identity in self.files:
            identity = drafts.new_id(str(tree["title"]), year, self.files)
        folder = self.folder or self.target.root / "events" / (str(year) if year else "undated")
        path = folder / f"{identity}{SUFFIX}"
        path.parent.mkdir(parents=True, exist_ok=True)
        # "x": never over a file that is there.
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(drafts.text_of(tree))
        self.files[identity] = path
        self._remember(draft, identity, {name: tree[name] for name in tree if name not in _ONCE})
        self.outcome.created.append(path)
        self._say(path, draft)

    def _update(self, draft: Draft, tree: dict[str, Tree], identity: str) -> None:  # noqa: PLR0915  three texts side by side
        path = self.files[identity]
        try:
            text = records.read(path)
            ours, faults = records.parse(text)
        except records.Unreadable as error:
            self.outcome.differ.append((path, [f"it cannot be read: {error}; mend it first"]))
            return
        if faults:
            self.outcome.differ.append((path, [f"line {faults[0].line}: {faults[0].message}; mend it first"]))
            return
        entry = self.ledger.get(draft.key)
        last: Mapping[str, str] = entry["fields"] if entry else {}
        updated: dict[str, str] = {}
        differ: list[str] = []
        before = text
        agreed: dict[str, Tree] = {}
        kept: dict[str, str] = {}
        for name in specs(Event):
            if name in _ONCE:
                continue
            theirs, mine = tree.get(name, ""), ours.get(name, "")
            base = last.get(name)
            if _digest(theirs) == _digest(mine):
                agreed[name] = theirs
            elif base is not None and _digest(theirs) == base:
                kept[name] = base
            elif (base is None and mine == "") or (base is not None and _digest(mine) == base):
                changed = drafts.replaced(text, name, theirs)
                if changed is None:
                    differ.append(f"`{name}`: the source says {_shown(theirs)}; change it by hand")
                    kept |= {name: base} if base else {}
                    continue
                text = changed
                agreed[name] = theirs
                updated[name] = f"`{name}`: {_shown(mine)} → {_shown(theirs)}"
            elif theirs == "" and base is None:
                continue
            else:
                differ.append(f"`{name}` stays {_shown(mine)}; the source says {_shown(theirs)}")
                kept |= {name: base} if base else {}
        if updated and (refused := self._refused(before, {name: tree.get(name, "") for name in updated})):
            # What the source says does not go together with what the editor wrote.
            text = before
            for name in refused:
                differ.append(
                    f"`{name}` stays {_shown(ours.get(name, ''))}; the source says {_shown(tree.get(name, ''))}, "
                    "which does not go with the rest of your record"
                )
                del agreed[name], updated[name]
                kept |= {name: last[name]} if name in last else {}
            for name in updated:
                text = drafts.replaced(text, name, agreed[name]) or text
        told = [name for name in updated if name in _TOLD]
        if told and ours.get("draft") != "true":
            changes = ours.get("changes") if isinstance(ours.get("changes"), list) else []
            assert isinstance(changes, list)
            note = f"The organizer changed: {', '.join(told)}."
            more = drafts.replaced(text, "changes", [*changes, {"date": drafts.written(self.today), "note": note}])
            text = more if more is not None else text
        if updated:
            path.write_text(text, encoding="utf-8", newline="\n")
            self.outcome.updated.append((path, [*updated.values()]))
        if differ:
            self.outcome.differ.append((path, differ))
        if not updated and not differ:
            self.outcome.unchanged += 1
        self._remember(draft, identity, agreed, kept)

    def _refused(self, text: str, changes: Mapping[str, Tree]) -> list[str]:
        """The changes without which a record that was right stays so: one, else those of its time, else all."""
        tree, _ = records.parse(text)

        def right(leave: Iterable[str]) -> bool:
            new = {**tree, **{name: value for name, value in changes.items() if name not in leave}}
            return model.read_event(new, "draft", "", Reading(self.known)) is not None

        if right([]) or not right(changes):
            return []
        times_of = [name for name in ("start", "end", "timezone") if name in changes]
        return next((leave for leave in (*([name] for name in changes), times_of) if right(leave)), [*changes])

    def _remember(
        self,
        draft: Draft,
        identity: str,
        agreed: Mapping[str, Tree],
        kept: Mapping[str, str] | None = None,
    ) -> None:
        for registry, name in (("topics", "topics"), ("organizers", "organizer")):
            value = agreed.get(name, "")
            self.used |= {(registry, str(key)) for key in ([value] if isinstance(value, str) else value)}
        digests = {name: _digest(value) for name, value in agreed.items() if value != ""} | {**(kept or {})}
        order = [name for name in specs(Event) if name in digests]
        self.ledger[draft.key] = {"id": identity, "fields": {name: digests[name] for name in order}}

    def _say(self, path: Path, draft: Draft) -> None:
        if draft.notes:
            self.outcome.notes.append((path, list(dict.fromkeys(draft.notes))))
        if draft.lost:
            self.outcome.lost.append((path, list(dict.fromkeys(draft.lost))))

    def close(self) -> None:
        """Write the new entries of the registries, and what was written where."""
        for registry, entries in self.new.items():
            # What only a refused event or a field that the editor wrote anew would have needed is left out.
            if needed := {key: entry for key, entry in entries.items() if (registry, key) in self.used}:
                self._append(registry, needed)
        rows = [f"  {json.dumps(key, ensure_ascii=False)}: {json.dumps(self.ledger[key], ensure_ascii=False)}"
                for key in sorted(self.ledger)]  # fmt: skip
        text = "{\n" + ",\n".join(rows) + "\n}\n" if rows else ""
        if text != self.before:
            _put(self.target.root / LEDGER, text)

    def _append(self, registry: str, entries: Mapping[str, Mapping[str, str]]) -> None:
        """Add entries at a registry's end; everything above them stays as it is."""
        path = self.target.root / f"{registry}{SUFFIX}"
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        if text and not text.endswith("\n"):
            text += "\n"
        for key, entry in entries.items():
            text += f"{key}:\n" + "".join(f"  {name}: {drafts.scalar(value)}\n" for name, value in entry.items())
            self.outcome.entries.append((registry, key, entry["name"]))
        _put(path, text)


_TITLE, _TOPICS, _DESCRIPTION = 120, 5, 20_000
# A name in a registry (model.py).
_SHORTEST = 2
_NEEDED = {name for name, spec in specs(Event).items() if spec.required} | {"venue"}
_ACRONYM = re.compile(r"\s*\(([A-Z][A-Za-z0-9&-]{1,14})\)$")


def same(words: str) -> str:
    """Words as they are compared: "U.S. Web Design System" and "US web design system" are one."""
    text = line_of(words).casefold().replace("&", " and ")
    text = re.sub(r"['’.]", "", text)
    text = re.sub(r"\bcop\b", "community of practice", text)
    text = re.sub(r"[^\w]+", " ", text).strip()
    return text.removeprefix("the ")


def _digest(value: Tree) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _ledger(text: str, path: Path, outcome: Outcome) -> dict[str, Any]:
    try:
        found = json.loads(text) if text.strip() else {}
        sound = isinstance(found, dict) and all(
            isinstance(row, dict) and isinstance(row.get("id"), str) and isinstance(row.get("fields"), dict)
            for row in found.values()
        )
    except (ValueError, RecursionError):
        sound = False
    if not sound:
        outcome.problems.append(
            Problem(
                shown_path(path, Path.cwd()),
                1,
                1,
                "the memory of earlier imports cannot be read",
                "bring it back from git; without it, records that are there are told by the address of their source",
                severity="warning",
            )
        )
        return {}
    return dict(found)


def _put(path: Path, text: str) -> None:
    """Write a file in one step: a run that is stopped leaves the old one."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_text(text, encoding="utf-8", newline="\n")
    os.replace(temporary, path)  # noqa: PTH105  one step


def _refused_text(line: str) -> bool:
    reading = Reading()
    specs(Event)["description"].type.read(line, ("description",), reading) if line.strip() else None
    return any("passcode" in finding.message for finding in reading.findings)


def _without_link(text: str, address: str) -> str:
    """A Markdown text in which the links to an address are plain words; "" where none is found."""
    plain = re.sub(rf"!?\[([^\]]*)\]\({re.escape(address)}[^)]*\)", r"\1", text)
    plain = plain.replace(f"<{address}>", "")
    return plain if plain != text else text.replace(address, "") if address in text else ""


def _take_away(tree: dict[str, Tree], place: records.Place) -> None:
    """Remove the value at a place; a group or list that nothing is left of goes with it."""
    *way, last = place
    at: Any = tree
    for step in way:
        at = at[step]
    del at[last]
    if way and not at:
        _take_away(tree, tuple(way))


def _shown(value: Tree) -> str:
    if value == "":
        return "nothing"
    return f"`{short(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), 80)}`"


def told(outcome: Outcome, start: Path) -> str:
    """What an import did, in words."""
    lines: list[str] = []
    lines += [f"new      {shown_path(path, start)}" for path in outcome.created]
    for word, rows in (
        ("updated ", outcome.updated),
        ("differs ", outcome.differ),
        ("check   ", outcome.notes),
        ("left out", outcome.lost),
    ):
        for path, said in rows:
            lines.append(f"{word} {shown_path(path, start)}")
            lines += [f"           {line}" for line in said]
    lines += [f"removed  {identity}: you took it away; it stays away" for identity in outcome.removed]
    lines += [f"new in {registry}{SUFFIX}: {key} ({name})" for registry, key, name in outcome.entries]
    lines.append(
        f"{len(outcome.created)} new, {len(outcome.updated)} updated, {outcome.unchanged} unchanged, "
        f"{len(outcome.differ)} with differences to look at, {len(outcome.problems)} not imported"
    )
    return "\n".join(lines) + "\n"
