"""The `events` command: check records without building the site."""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Sequence
from pathlib import Path

from . import __version__, collection
from .problems import FORMATS, Problem, count, failed, report

CLEAN, PROBLEMS, USAGE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; its exit status is 0 (clean, warnings allowed), 1 (problems) or 2 (wrong usage)."""
    parser = argparse.ArgumentParser(prog="events", description="Keep the records of the event directory.")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    add_check(commands)
    options = parser.parse_args(arguments)
    return int(options.run(options))


def add_check(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`events check`."""
    parser = commands.add_parser("check", help="list the problems of records", description=check.__doc__)
    parser.add_argument(
        "path", nargs="*", type=Path, help="a content folder, or a folder or record in one (default: content)"
    )
    parser.add_argument("--format", choices=FORMATS, default="text", help="text, GitHub annotations or JSON")
    parser.set_defaults(run=check)


def check(options: argparse.Namespace) -> int:
    """List every problem of the records, sorted, on standard output."""
    # Records hold no cycles: the collector would walk through all of them, again and again, and find nothing.
    gc.disable()
    paths: list[Path] = options.path or [Path("content")]
    problems: list[Problem] = []
    by_root: dict[Path, list[Path]] = {}
    for path in paths:
        if not path.exists() and not path.is_symlink():
            return wrong_usage(f"{path}: there is no such file or folder")
        root = content_root(path)
        if root is None:
            return wrong_usage(f"{path}: not a content folder, nor in one (a content folder holds `events/`)")
        by_root.setdefault(root, []).append(path)
    for root, asked in by_root.items():
        only = [path for path in asked if path.resolve() != root]
        whole = len(only) < len(asked)
        problems += collection.load(root, only=() if whole else only).problems
    sys.stdout.write(report(problems, options.format, colour=sys.stdout.isatty()))
    if options.format == "text":
        sys.stdout.write(f"\n{count(problems)}\n" if problems else "no problems\n")
    return PROBLEMS if failed(problems) else CLEAN


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


def wrong_usage(message: str) -> int:
    """Say what was wrong with the command line."""
    sys.stderr.write(f"events: {message}\n")
    return USAGE


if __name__ == "__main__":
    sys.exit(main())
