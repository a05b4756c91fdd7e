"""The `events` command: check, start, clone and import records without building the site."""

from __future__ import annotations

import argparse
import ast
import gc
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from . import (
    __version__,
    collection,
    drafts,
    forms,
    history,
    hosting,
    model,
    records,
    reference,
    settings,
    sources,
    times,
    wording,
)
from .fields import Choice, Id, Many, Reading, Zone, id_fault, specs, state_in
from .model import Event
from .problems import FORMATS, Problem, count, failed, nearest, report

if TYPE_CHECKING:
    from .importing import Target

CLEAN, PROBLEMS, USAGE = 0, 1, 2

_HOME_ZONE = "America/New_York"
_EVENT_PATHS = ("events",)


class UsageError(Exception):
    """The command line asks for what cannot be done; the message says why."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; its exit status is 0 (clean, warnings allowed), 1 (problems) or 2 (wrong usage)."""
    parser = argparse.ArgumentParser(prog="events", description="Keep the records of the event directory.")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add in (_add_check, _add_new, _add_clone, _add_import, _add_schema, _add_hosting, _add_upload):
        add(commands)
    options = parser.parse_args(arguments)
    try:
        return int(options.run(options))
    except (UsageError, history.HistoryError, settings.SettingsError) as error:
        sys.stderr.write(f"events: {error}\n")
        return USAGE
    except BrokenPipeError:
        # Whoever read the list has seen enough (`events check | head`); there is nobody to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PROBLEMS


def _add_check(commands: Any) -> None:
    parser = commands.add_parser("check", help="list the problems of records", description=check.__doc__)
    parser.add_argument(
        "path", nargs="*", type=Path, help="a content folder, or a folder or record in one (default: content)"
    )
    parser.add_argument("--format", choices=FORMATS, default="text", help="text, GitHub annotations or JSON")
    parser.add_argument(
        "--since", metavar="REV", help="also refuse changes since this git revision that no subscriber would hear of"
    )
    _add_today(parser)
    parser.set_defaults(run=check)


def check(options: argparse.Namespace) -> int:
    """List every problem of the records, sorted, on standard output."""
    # Records hold no cycles: the collector would walk through all of them, again and again, and find nothing.
    gc.disable()
    # In a content folder, or in one of its own folders, what is around is meant.
    here = Path("content") if Path("content").exists() or content_root(Path()) is None else Path()
    paths: list[Path] = options.path or [here]
    problems: list[Problem] = []
    by_root: dict[Path, list[Path]] = {}
    # One that is no day is told whether or not it is needed.
    today = _today(options) if options.today or options.since is not None else None
    for path in paths:
        if not path.exists() and not path.is_symlink():
            msg = f"{path}: there is no such file or folder"
            raise UsageError(msg)
        root = content_root(path)
        if root is None:
            msg = f"{path}: not a content folder, nor in one (a content folder holds `events/`)"
            raise UsageError(msg)
        by_root.setdefault(root, []).append(path)
    for root, asked in by_root.items():
        only = [path for path in asked if path.resolve() != root]
        whole = len(only) < len(asked)
        found = collection.load(root, _EVENT_PATHS, only=() if whole else only)
        problems += found.problems
        # Without a day to compare with, what is said of records depends on them alone.
        if today:
            told = collection.early(root, found, today, Path.cwd())
            if options.since is not None:
                day, calendars = drafts.written(today), _calendars(found)
                told += history.check(root, _EVENT_PATHS, found, options.since, today=day, calendars=calendars)
            problems += told if whole else [problem for problem in told if _is_asked(problem, only)]
    sys.stdout.write(report(problems, options.format, colour=_colourful()))
    if options.format == "text":
        sys.stdout.write(f"\n{count(problems)}\n" if problems else "no problems\n")
    return PROBLEMS if failed(problems) else CLEAN


def _calendars(found: collection.Collection) -> Callable[[Event], Iterable[str]]:
    """What gives the ids of the calendars that an event belongs to."""
    from . import catalog, rows  # noqa: PLC0415  nothing else here needs them

    facets = catalog.facets(found, wording.ENGLISH)
    return lambda event: [*(row := rows.row(event, facets)).listings, *row.pairs]


def _is_asked(problem: Problem, only: Sequence[Path]) -> bool:
    path = Path(problem.path).absolute()
    return any(path == asked.absolute() or path.is_relative_to(asked.resolve()) for asked in only)


def _colourful() -> bool:
    # https://no-color.org
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def content_root(path: Path) -> Path | None:
    """The content folder that a path is, or is in: the nearest one upwards that holds `events/`."""
    absolute = path.absolute() if path.is_symlink() else path.resolve()
    if absolute.is_dir() and absolute.name != "events" and (absolute / "events").is_dir():
        return absolute
    for folder in absolute.parents:
        if (folder / "events").is_dir() and absolute.is_relative_to(folder / "events"):
            return folder
    # A registry stands beside `events/`.
    if absolute.suffix == collection.SUFFIX and (absolute.parent / "events").is_dir():
        return absolute.parent
    return None


def _add_today(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--today", metavar="YYYY-MM-DD", help="the day to write down (default: SOURCE_DATE_EPOCH, or the current day)"
    )


def _today(options: argparse.Namespace) -> date:
    if options.today:
        found = drafts.moment(options.today)
        if type(found) is not date:
            msg = f"--today is {options.today!r}; write a day, such as 2026-11-23"
            raise UsageError(msg)
        return found
    return settings.today(None, _home_zone())[0]


def _home_zone() -> str:
    """TIMEZONE of the pelicanconf.py in the current folder, read and not run; else the Eastern one."""
    try:
        tree = ast.parse(Path("pelicanconf.py").read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError):
        return _HOME_ZONE
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            if "TIMEZONE" in names and Zone().read(str(node.value.value), (), Reading()):
                return str(node.value.value)
    return _HOME_ZONE


_VENUE = {"venue": "name", "street": "street", "city": "city", "state": "state", "country": "country"}
_FLAT = (
    "title", "acronym", "kind", "format", "status", "start", "end", "timezone", "when", "organizer", "topics",
    "audience", "eligibility", "series", "url", "summary", "announced",
)  # fmt: skip
_ASKED = (
    "title",
    "kind",
    "format",
    "start",
    "end",
    "timezone",
    "city",
    "state",
    "organizer",
    "topics",
    "url",
    "summary",
)


def _add_new(commands: Any) -> None:
    parser = commands.add_parser("new", help="write a record to start from", description=new.__doc__)
    for name in _FLAT:
        spec = specs(Event)[name]
        parser.add_argument(f"--{name}", help=f"{spec.doc} Example: {_example(spec.example)}".replace("%", "%%"))
    for flag, field in _VENUE.items():
        parser.add_argument(f"--{flag}", help=f"the venue's {field}")
    parser.add_argument("--registration-url", help="where one registers")
    parser.add_argument("--form", type=Path, metavar="FILE", help="take the fields from a filled issue form")
    _add_place(parser)
    parser.set_defaults(run=new)


def _add_place(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--id", help="the record's id (default: from the title and the year)")
    parser.add_argument("--content", type=Path, default=Path("content"), help="the content folder (default: content)")
    _add_today(parser)


def _example(example: Any) -> str:
    return ",".join(example) if isinstance(example, list) else str(example or "")


def new(options: argparse.Namespace) -> int:
    """Write a record from flags, from a filled issue form, or from answers on a terminal."""
    root = _content(options.content)
    tree: dict[str, Any] = {}
    if options.form:
        try:
            tree = forms.read(options.form.read_text(encoding="utf-8"))
        except OSError as error:
            msg = f"{options.form}: cannot be read: {error.strerror}"
            raise UsageError(msg) from None
        except UnicodeDecodeError:
            msg = f"{options.form}: is not UTF-8 text"
            raise UsageError(msg) from None
    flags = {name: value for name in (*_FLAT, *_VENUE) if (value := getattr(options, name)) is not None}
    if not tree and not flags and sys.stdin.isatty():
        flags = _ask(root)
    tree |= _tree(flags)
    if options.registration_url:
        tree["registration"] = {"url": options.registration_url}
    _match(root, tree)
    state = state_in(tree)
    if ":" in str(tree.get("start", "")) and not tree.get("timezone") and state not in times.SPLIT_STATES:
        tree["timezone"] = times.zone_of_state(state)
    if not tree.get("title"):
        msg = "say at least `--title`; on a terminal, `events new` alone asks for everything"
        raise UsageError(msg)
    tree.setdefault("announced", drafts.written(_today(options)))
    return _write(root, tree, options.id)


def _match(root: Path, tree: dict[str, Any]) -> None:
    """Put the ids of topics and organizers in the place of their names, acronyms and synonyms."""
    # Loads the calendar library, which costs the check a tenth of its time and says nothing there.
    from .importing import same  # noqa: PLC0415

    known = collection.load(root, _EVENT_PATHS, only=[root / "topics.yaml"])
    for field, entries in (("topics", known.topics), ("organizer", known.organizers)):
        meant = {same(word): key for key, entry in entries.items() for word in model.names(entry)}
        value = tree.get(field)
        if isinstance(value, str):
            tree[field] = meant.get(same(value), value)
        elif value:
            tree[field] = list(dict.fromkeys(meant.get(same(word), word) for word in value))


def _tree(flags: Mapping[str, str]) -> dict[str, Any]:
    """The flags as a record's tree."""
    tree: dict[str, Any] = {}
    venue: dict[str, str] = {}
    for name, value in flags.items():
        if not value.strip():
            continue
        if name in _VENUE:
            venue[_VENUE[name]] = value.strip()
            continue
        kind = specs(Event)[name].type
        values = [part.strip() for part in value.split(",") if part.strip()]
        tree[name] = value.strip() if not isinstance(kind, Many) or (kind.or_one and len(values) == 1) else values
    if venue:
        tree["venue"] = venue
    return tree


def _ask(root: Path) -> dict[str, str]:
    """Answers to questions on the terminal, each checked at once."""
    known = collection.load(root, _EVENT_PATHS)
    registries = {
        "topics": {key: model.names(entry) for key, entry in known.topics.items()},
        "organizers": {key: model.names(entry) for key, entry in known.organizers.items()},
    }
    answers: dict[str, str] = {}
    for name in _ASKED:
        if _is_needless(name, answers):
            continue
        while True:
            answer = input(f"{_question(name, registries)}: ").strip()
            fault = _fault(name, answer, registries)
            if not fault:
                break
            sys.stdout.write(f"  {fault}\n")
        answers[name] = answer
    return answers


def _is_needless(name: str, answers: Mapping[str, str]) -> bool:
    form = answers.get("format")
    if name in ("city", "state"):
        return form not in ("in-person", "hybrid")
    if name in ("start", "end"):
        return form == "on-demand" or (name == "end" and not answers.get("start"))
    return name == "timezone" and ":" not in answers.get("start", "")


def _question(name: str, registries: Mapping[str, Mapping[str, Sequence[str]]]) -> str:
    spec = specs(model.Venue)[name] if name in _VENUE else specs(Event)[name]
    kind = spec.type.of if isinstance(spec.type, Many) else spec.type
    choices = [*kind.values] if isinstance(kind, Choice) else []
    if isinstance(kind, Id):
        choices = [*registries.get(kind.of, {})]
    hint = f"\n  {', '.join(choices)}" if choices else ""
    needed = " (needed)" if spec.required else ""
    return f"{name}{needed}: {spec.doc} Example: {_example(spec.example)}{hint}\n{name}"


def _fault(name: str, answer: str, registries: Mapping[str, Mapping[str, Sequence[str]]]) -> str:
    """What is wrong with an answer, and how to mend it; "" where nothing is."""
    spec = specs(model.Venue)[name] if name in _VENUE else specs(Event)[name]
    if not answer:
        return f"`{name}` is needed" if spec.required else ""
    reading = Reading(registries)
    value = answer if name in _VENUE else _tree({name: answer})[name]
    spec.type.read(value, (name,), reading)
    wrong = [finding for finding in reading.findings if not finding.warning]
    return f"{wrong[0].message}; {wrong[0].help}" if wrong else ""


def _content(path: Path) -> Path:
    root = content_root(path)
    if root is None:
        msg = f"{path}: not a content folder (a content folder holds `events/`); name yours with `--content`"
        raise UsageError(msg)
    return root


def _write(root: Path, tree: dict[str, Any], asked_id: str | None) -> int:
    """Write a new record, and say what is still to be filled in."""
    start = drafts.moment(str(tree.get("start", "")))
    taken = {path.name.removesuffix(collection.SUFFIX) for path in (root / "events").rglob(f"*{collection.SUFFIX}")}
    identity = asked_id or drafts.new_id(str(tree["title"]), start.year if start else None, taken)
    if fault := id_fault(identity):
        msg = f"--id: `{identity}` is no id: {fault}"
        raise UsageError(msg)
    if identity in taken:
        msg = f"there is a record `{identity}` already; choose another id with `--id`"
        raise UsageError(msg)
    folder = "on-demand" if tree.get("format") == "on-demand" else str(start.year) if start else "undated"
    path = root / "events" / folder / f"{identity}{collection.SUFFIX}"
    missing = [name for name, spec in specs(Event).items() if spec.required and not tree.get(name)]
    path.parent.mkdir(parents=True, exist_ok=True)
    # "x": a file that came to be in the meantime is nobody's to overwrite.
    with path.open("x", encoding="utf-8", newline="\n") as file:
        file.write(drafts.text_of(tree, missing=missing))
    problems = collection.load(root, _EVENT_PATHS, only=[path]).problems
    sys.stdout.write(f"wrote {collection.shown_path(path, Path.cwd())}\n")
    if problems:
        sys.stdout.write(f"\n{report(problems, colour=_colourful())}\n{count(problems)}\n")
    return PROBLEMS if failed(problems) else CLEAN


def _add_clone(commands: Any) -> None:
    parser = commands.add_parser("clone", help="write the next edition of an event", description=clone.__doc__)
    parser.add_argument("source", metavar="ID", help="the id of the record to start from")
    parser.add_argument("--start", required=True, help="the new start: YYYY-MM-DD, or YYYY-MM-DD HH:MM")
    _add_place(parser)
    parser.set_defaults(run=clone)


def clone(options: argparse.Namespace) -> int:
    """Copy a record for its next edition, every date moved by the same distance, as a draft."""
    root = _content(options.content)
    found = sorted((root / "events").rglob(f"{Path(options.source).name}{collection.SUFFIX}"))
    if not found:
        ids = {path.name.removesuffix(collection.SUFFIX) for path in (root / "events").rglob(f"*{collection.SUFFIX}")}
        near = nearest(options.source, sorted(ids))
        msg = f"there is no record `{options.source}`" + (f"; did you mean `{near}`?" if near else "")
        raise UsageError(msg)
    start = drafts.moment(options.start)
    if start is None:
        msg = f"--start is {options.start!r}; write YYYY-MM-DD, or YYYY-MM-DD HH:MM"
        raise UsageError(msg)
    try:
        tree, faults = records.parse(records.read(found[0]))
        if faults:
            msg = f"{found[0]}:{faults[0].line}: {faults[0].message}; mend it first"
            raise UsageError(msg)
        edition = drafts.next_edition(tree, start, _today(options))
    except records.Unreadable as error:
        msg = f"{found[0]}: {error}; mend it first"
        raise UsageError(msg) from None
    except ValueError as error:
        msg = f"{found[0]}: {error}"
        raise UsageError(msg) from None
    return _write(root, edition, options.id)


def _add_import(commands: Any) -> None:
    parser = commands.add_parser("import", help="bring in what others publish, as drafts", description=bring_in.__doc__)
    parser.add_argument("file", nargs="+", type=Path, help="a calendar, a table, a saved page, a Digital.gov file")
    parser.add_argument("--format", choices=sources.FORMATS, help="what the files are (default: told by their content)")
    parser.add_argument(
        "--to", type=Path, metavar="DIR", help="the folder for the drafts (default: content/events/<year>)"
    )
    parser.add_argument("--timezone", help="the zone of times without one (default: that of the settings)")
    _add_today(parser)
    parser.set_defaults(run=bring_in)


def bring_in(options: argparse.Namespace) -> int:
    """Write a draft for each event in the files; run again, it brings in what changed and leaves your edits alone."""
    from . import importing  # noqa: PLC0415  as above

    zone = options.timezone or _home_zone()
    if Zone().read(zone, ("timezone",), reading := Reading()) is None:
        msg = f"--timezone: {reading.findings[0].message}; {reading.findings[0].help}"
        raise UsageError(msg)
    target = _target(options.to)
    outcome = importing.run(options.file, target, form=options.format, zone=zone, today=_today(options))
    shown = importing.told(outcome, Path.cwd())
    sys.stdout.write(shown)
    if outcome.problems:
        sys.stdout.write(f"\n{report(outcome.problems, colour=_colourful())}")
    return PROBLEMS if failed(outcome.problems) else CLEAN


def _target(to: Path | None) -> Target:
    """Where drafts go, and which content folder's registries they use."""
    from .importing import Target  # noqa: PLC0415  as above

    if to is None:
        return Target(_content(Path("content")), None)
    if to.exists() and not to.is_dir():
        msg = f"--to {to}: is a file; name a folder"
        raise UsageError(msg)
    absolute = to.resolve()
    for folder in (absolute, *absolute.parents):
        if folder.name == "events" and (folder == absolute or (folder.parent / "topics.yaml").is_file()):
            return Target(folder.parent, absolute)
    root = content_root(to)
    if root is not None:
        return Target(root, None)
    # A folder of its own becomes a content folder, with what the one that is here knows of topics and organizers.
    return Target(absolute, None, content_root(Path("content")) if Path("content").is_dir() else None)


def _add_schema(commands: Any) -> None:
    parser = commands.add_parser("schema", help="print the JSON Schema of a record", description=schema.__doc__)
    parser.add_argument("--reference", action="store_true", help="print docs/records.md, the field reference, instead")
    parser.set_defaults(run=schema)


def schema(options: argparse.Namespace) -> int:
    """Print what a record may hold: as JSON Schema (draft-07), or as the field reference in Markdown."""
    if options.reference:
        sys.stdout.write(reference.text())
    else:
        sys.stdout.write(reference.schema())
    return CLEAN


def _add_hosting(commands: Any) -> None:
    parser = commands.add_parser(
        "hosting", help="print the configuration of a web server", description=print_hosting.__doc__
    )
    parser.add_argument("server", choices=sorted(hosting.SERVERS), help="which one")
    parser.add_argument("--url", required=True, help="where the site is served, such as https://events.example.org")
    parser.add_argument("--root", default="/srv/events", help="the site's folder on the server (default: /srv/events)")
    parser.add_argument(
        "--listen",
        default="",
        help="what to listen on instead, behind a proxy or in a container: :8080, 127.0.0.1:8080",
    )
    parser.set_defaults(run=print_hosting)


def print_hosting(options: argparse.Namespace) -> int:
    """Print a configuration with the headers, types and copies that the site is made for."""
    try:
        site = hosting.Site(options.root.rstrip("/"), options.url.rstrip("/"), options.listen)
    except ValueError as error:
        raise UsageError(str(error)) from None
    sys.stdout.write(hosting.SERVERS[options.server](site))
    return CLEAN


def _add_upload(commands: Any) -> None:
    parser = commands.add_parser("upload", help="bring a built site to an S3 bucket", description=bring_up.__doc__)
    parser.add_argument("to", metavar="s3://BUCKET[/FOLDER]", help="where to")
    parser.add_argument("--folder", type=Path, default=Path("output"), help="the built site (default: output)")
    parser.add_argument("--endpoint-url", help="the store's address, if it is not Amazon's")
    parser.add_argument(
        "--gzip", action="store_true", help="send what browsers read compressed, for a bucket without a CDN before it"
    )
    parser.add_argument("--dry-run", action="store_true", help="only say what would be sent and removed")
    parser.set_defaults(run=bring_up)


def bring_up(options: argparse.Namespace) -> int:
    """Send the files that differ, with their types and caching, and remove what is no longer part of the site."""
    from . import upload  # noqa: PLC0415  only who uploads needs it

    place = urlsplit(options.to)
    if place.scheme != "s3" or not place.netloc or place.query or place.fragment:
        msg = f"{options.to}: write s3://, the bucket's name, and the folder in it if there is one"
        raise UsageError(msg)
    try:
        import boto3  # noqa: PLC0415  an extra
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415
    except ImportError:
        msg = "uploading needs boto3; install it: .venv/bin/pip install --require-hashes -r requirements-s3.txt"
        raise UsageError(msg) from None
    folder = place.path.strip("/")
    try:
        client = boto3.client("s3", endpoint_url=options.endpoint_url)
    except ValueError as error:
        msg = f"--endpoint-url: {error}; write the store's address, such as https://s3.example.org"
        raise UsageError(msg) from None
    except BotoCoreError as error:
        sys.stderr.write(f"events: {error}\n")
        return PROBLEMS
    try:
        outcome = upload.run(
            client,
            place.netloc,
            f"{folder}/" if folder else "",
            options.folder,
            compressed=options.gzip,
            dry=options.dry_run,
        )
    except (upload.UploadError, BotoCoreError, ClientError) as error:
        sys.stderr.write(f"events: {error}\n")
        return PROBLEMS
    for sign, paths in (("+", outcome.sent), ("-", outcome.removed)):
        sys.stdout.writelines(f"{sign} {path}\n" for path in paths)
    would = "would be " if options.dry_run else ""
    sys.stdout.write(
        f"{len(outcome.sent):,} {would}sent, {len(outcome.removed):,} {would}removed, {outcome.unchanged:,} unchanged\n"
    )
    if not outcome.ours:
        sys.stderr.write(
            f"events: {options.to} holds what no upload of ours put there, so nothing is ever removed and everything is "
            "sent each time; name a folder of the site's own, s3://BUCKET/FOLDER\n"
        )
    return CLEAN


if __name__ == "__main__":
    sys.exit(main())
