"""Where the time of a cold build goes: the processor time of each stage and of each kind of file.

One process builds (EVENT_JOBS=1, no cache), with a clock around the places where a stage begins and ends. A kind of file
has on its account what is made for it alone, wherever that happens: its parts, its inputs, its template, the writing.
"""

from __future__ import annotations

import functools
import json
import os
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bench import generate
from bench.measure import run

_ROOT = Path(__file__).parent.parent

# The first pattern that an address matches names its kind.
_KINDS = (
    ("event pages", r"events/[^/]+\.html"),
    ("event calendars (.ics)", r"events/[^/]+\.ics"),
    ("event data (.json)", r"events/[^/]+\.json"),
    ("/events.csv", r"events\.csv"),
    ("listings", r"(events|free|credits)(/page/\d+)?\.html"),
    ("listings", r"events/page/\d+\.html"),
    ("listings", r"(topics|organizers|states|formats|kinds|audiences|series|archive)/.+\.html"),
    ("months", r"calendar/.+"),
    ("calendar feeds", r".+\.ics"),
    ("Atom feeds", r".+\.atom"),
    ("search data", r"search/.+\.json"),
    ("files for machines", r".+\.(json|csv|xml|opml|txt)|_[a-z]+"),
    ("theme", r"theme/.+"),
    ("other pages", r".+\.html"),
)


def kind_of(path: str) -> str:
    """The kind of a file, by its address."""
    return next((kind for kind, pattern in _KINDS if re.fullmatch(pattern, path)), "other files")


def report(folder: Path, count: int, *, as_markdown: bool = False) -> str:
    """The table for a directory of so many events."""
    generate.write(folder / "content", count)
    command = [sys.executable, "-m", "bench.profile", os.fspath(folder)]
    run(command, _ROOT)
    found = json.loads((folder / "profile.json").read_text(encoding="utf-8"))
    text = ""
    for title, rows in found.items():
        whole = sum(seconds for seconds, _ in rows.values())
        ordered = sorted(rows.items(), key=lambda item: -item[1][0])
        table = [
            (name, f"{seconds:.2f}", f"{seconds / whole:.0%}", f"{files:,}" if files else "")
            for name, (seconds, files) in ordered
        ]
        table.append(("together", f"{whole:.2f}", "100%", ""))
        if as_markdown:
            text += f"\n| {title} | CPU seconds | share | files |\n|---|--:|--:|--:|\n"
            text += "".join(f"| {' | '.join(row)} |\n" for row in table)
        else:
            text += f"\n{title}, {count:,} events\n"
            text += "".join(
                f"  {name:<40} {seconds:>7} s {share:>5} {files:>7}\n" for name, seconds, share, files in table
            )
    return text


class _Clock:
    """Processor time by name; a stage that begins within another is not counted twice."""

    def __init__(self) -> None:
        self.spent: defaultdict[str, float] = defaultdict(float)
        self.count: defaultdict[str, int] = defaultdict(int)
        self._inner = [0.0]

    def around(self, function: Callable[..., Any], name: Callable[..., str]) -> Callable[..., Any]:
        """The function, timed under a name that its arguments give."""

        @functools.wraps(function)
        def timed(*args: Any, **kwargs: Any) -> Any:
            begun = time.process_time()
            self._inner.append(0.0)
            try:
                return function(*args, **kwargs)
            finally:
                took = time.process_time() - begun
                label = name(*args)
                self.spent[label] += took - self._inner.pop()
                self.count[label] += 1
                self._inner[-1] += took

        return timed


# The parts of events (events.parts), by the kind of file that they are for.
_PARTS = {
    "card": "cards of lists and pages",
    "entry": "calendars: an event's entry",
    "dues": "calendars: entries of deadlines",
    "find": "search data",
    "json": "event data (.json)",
    "csv": "/events.csv",
}


def _build(folder: Path) -> Mapping[str, Mapping[str, tuple[float, int]]]:
    """Build with a clock; the stages and the kinds of files, each with its seconds and number of files."""
    begun = time.process_time()
    import pelican  # noqa: PLC0415  its import is a part of what a build costs
    from events import collection, making, pages, plugin, workers, writer  # noqa: PLC0415

    stages, files = _Clock(), _Clock()
    imported = time.process_time() - begun

    def staged(holder: Any, method: str, name: str) -> None:
        setattr(holder, method, stages.around(getattr(holder, method), lambda *_: name))

    parts_of = vars(pages.Plan)["parts"].func

    def parts(plan: pages.Plan) -> Any:
        found = parts_of(plan)
        found.makers = {
            name: files.around(make, lambda *_, kind=_PARTS[name]: kind) for name, make in found.makers.items()
        }
        return found

    timed = functools.cached_property(parts)
    timed.__set_name__(pages.Plan, "parts")
    pages.Plan.parts = timed  # type: ignore[assignment]
    suffixes = {".ics": "event calendars (.ics)", ".json": "event data (.json)"}
    workers.Maker._stage = files.around(workers.Maker._stage, lambda *given: suffixes[given[2]])  # type: ignore[method-assign]  # noqa: SLF001
    for holder, method in ((workers.Maker, "_page"), (writer.Output, "fill"), (making.Making, "_told")):
        setattr(holder, method, files.around(getattr(holder, method), lambda *_: "event pages"))
    making.Making._write = files.around(making.Making._write, lambda _, item: kind_of(item.path))  # type: ignore[method-assign]  # noqa: SLF001
    staged(collection.Reader, "read", "read and check")
    staged(workers.Maker, "_read", "make what belongs to single events")
    staged(pages.Plan, "joint_files", "plan")
    staged(making.Making, "begin", "plan events' files, and fill their pages")
    staged(making.Making, "finish", "make what joins events")
    staged(plugin.EventsGenerator, "_keep", "keep for the next build")
    for method in ("publish", "prune"):
        staged(writer.Output, method, "publish")
    values: Mapping[str, Any] = {"EVENT_AS_OF": f"{generate.TODAY}", "EVENT_JOBS": 1, "EVENT_CACHE": False}
    settings = [f"{key}={json.dumps(value)}" for key, value in values.items()]
    output = os.fspath(folder / "output")
    pelican.main([os.fspath(folder / "content"), "-o", output, "-s", "pelicanconf.py", "-e", *settings])
    spent = {name: (seconds, 0) for name, seconds in stages.spent.items()}
    spent["import"] = (imported, 0)
    spent["everything else"] = (time.process_time() - begun - sum(seconds for seconds, _ in spent.values()), 0)
    counts = Counter(kind_of(path.relative_to(output).as_posix()) for path in Path(output).rglob("*") if path.is_file())
    return {
        "stage": spent,
        "kind of file": {name: (seconds, counts[name]) for name, seconds in files.spent.items()},
    }


if __name__ == "__main__":
    _folder = Path(sys.argv[1])
    (_folder / "profile.json").write_text(json.dumps(_build(_folder)), encoding="utf-8")
