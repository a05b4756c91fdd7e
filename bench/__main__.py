"""What the directory costs beside Hugo: `python -m bench`, or some rows of it: `python -m bench cold --events 1000`.

docs/performance.md says how it is measured. `python -m bench profile` says where the time of a cold build goes.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from bench import generate, hugo, preview, profile
from bench.measure import CommandError, Cost, run

ROOT = Path(__file__).parent.parent
SETTINGS = ROOT / "pelicanconf.py"
ROWS = ("cold", "changed", "unchanged", "preview", "memory", "check", "growth")
_LARGE = 100_000


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: what was measured, ours and Hugo's in words, the ratios, and each target with whether it
    is met."""

    name: str
    ours: str
    hugo: str = ""
    ratios: str = ""
    targets: Sequence[tuple[str, bool]] = ()

    @property
    def cells(self) -> Sequence[str]:
        """Its words, column by column."""
        said = "; ".join(f"{words}: {'met' if met else 'not met'}" for words, met in self.targets)
        return (self.name, self.ours, self.hugo, self.ratios, said)


HEAD = ("", "ours", "Hugo", "ours / Hugo", "target")


@dataclass(frozen=True)
class Sites:
    """The same events for both, `count` of them, in a folder of their own."""

    folder: Path
    count: int

    def make(self) -> Sites:
        """Write what both build from."""
        generate.write(self.folder / "content", self.count)
        hugo.write(self.folder / "hugo", self.count)
        return self

    def ours(self, *, watch: bool = False) -> Cost:
        """Build ours with what is there."""
        values = {"EVENT_AS_OF": f"{generate.TODAY}", "EVENT_CACHE": os.fspath(self.folder / "cache")}
        settings = [f"{key}={json.dumps(value)}" for key, value in values.items()]
        output = os.fspath(self.folder / "output")
        content = os.fspath(self.folder / "content")
        command = [sys.executable, "-m", "pelican", content, "-o", output, "-s", "pelicanconf.py", "-e", *settings]
        return run(command, ROOT, watch=watch)

    def start(self) -> Cost:
        """Run Pelican with nothing to do, as it comes."""
        for name in ("nothing", "nothing/content"):
            (self.folder / name).mkdir(exist_ok=True)
        return run([sys.executable, "-m", "pelican", "content", "-o", "output"], self.folder / "nothing")

    def forget(self) -> None:
        """Remove what the last build of ours left."""
        for name in ("output", "cache"):
            shutil.rmtree(self.folder / name, ignore_errors=True)

    def hugo(self, *, watch: bool = False) -> Cost:
        """Build Hugo's, in memory; it keeps nothing between two runs."""
        return run(hugo.command(self.folder / "hugo"), ROOT, watch=watch)

    def change(self, turn: int) -> tuple[str, str]:
        """Change a record, another one each turn, for both; the address of its page, and the words that are new there."""
        number = (turn * 7919 + 13) % self.count
        identity, text = generate.record(number)
        words = f"told {turn + 1} times by those who do the work"
        text = text.replace("told by those who do the work", words)
        year = identity.rsplit("-", 2)[1]
        (self.folder / "content" / "events" / year / f"{identity}.yaml").write_text(text, encoding="utf-8")
        hugo.write_event(self.folder / "hugo", identity, text)
        return f"events/{identity}.html", words


class Trial(NamedTuple):
    """What ours cost, what Hugo's did, and what Pelican took with nothing to do, one after the other."""

    ours: Cost
    hugo: Cost
    start: Cost


def trials(many: int, ours: Callable[[int], Cost], sites: Sites) -> list[Trial]:
    """Costs in turn, so that what else the machine does falls on all."""
    return [Trial(ours(turn), sites.hugo(), sites.start()) for turn in range(many)]


def compared(name: str, found: Sequence[Trial], targets: Sequence[tuple[str, str, float]]) -> Row:
    """The medians; a target is a measure ("cpu ratio", "wall ratio", "cpu", "starts"), the words for it, and its bound."""
    values = {
        "cpu ratio": statistics.median(one.ours.cpu / one.hugo.cpu for one in found),
        "wall ratio": statistics.median(one.ours.wall / one.hugo.wall for one in found),
        "cpu": statistics.median(one.ours.cpu for one in found),
        "starts": statistics.median(one.ours.cpu / one.start.cpu for one in found),
    }
    ratios = f"CPU {values['cpu ratio']:.2f}, wall {values['wall ratio']:.2f}"
    if any(measure == "starts" for measure, _, _ in targets):
        ratios += f"; {values['starts']:.1f} starts of {statistics.median(one.start.cpu for one in found):.2f} s"
    return Row(
        name,
        _seconds([one.ours for one in found]),
        _seconds([one.hugo for one in found]),
        ratios,
        [(words, values[measure] <= bound) for measure, words, bound in targets],
    )


def _seconds(costs: Sequence[Cost]) -> str:
    cpu = statistics.median(cost.cpu for cost in costs)
    return f"CPU {cpu:.2f} s, wall {statistics.median(cost.wall for cost in costs):.2f} s"


# The targets of the project by number of events; other numbers have none. Those in seconds were set on a machine on which
# Pelican takes 0.18 s of processor time with nothing to do; in that unit (a start) they hold for any machine.
_COLD = {
    100: [("cpu", "CPU < 0.5 s", 0.5), ("starts", "≤ 2.8 starts", 2.8)],
    1_000: [("cpu ratio", "CPU ≤ 0.80 ×", 0.80)],
    10_000: [("cpu ratio", "CPU ≤ 0.60 ×", 0.60), ("wall ratio", "wall ≤ 0.50 ×", 0.50)],
}
_CHANGED = {
    10_000: [("wall ratio", "wall ≤ 0.06 ×", 0.06), ("cpu", "CPU ≤ 0.6 s", 0.6), ("starts", "≤ 3.3 starts", 3.3)]
}
_UNCHANGED = {10_000: [("cpu", "CPU ≤ 0.5 s", 0.5), ("starts", "≤ 2.8 starts", 2.8)]}
_PREVIEW = {10_000: (1, 5.6)}
_MEMORY = {10_000: 300, _LARGE: 1200}


def cold(sites: Sites, many: int) -> Row:
    """Everything anew: no output, no cache."""

    def ours(_turn: int) -> Cost:
        sites.forget()
        return sites.ours()

    found = trials(many, ours, sites)
    return compared(f"cold, {sites.count:,} events", found, _COLD.get(sites.count, ()))


def changed(sites: Sites, many: int) -> Row:
    """One record differs from the last build."""
    sites.forget()
    sites.ours()

    def ours(turn: int) -> Cost:
        sites.change(turn)
        return sites.ours()

    found = trials(many, ours, sites)
    return compared(f"one record changed, {sites.count:,} events", found, _CHANGED.get(sites.count, ()))


def unchanged(sites: Sites, many: int) -> Row:
    """Nothing differs from the last build."""
    sites.forget()
    sites.ours()
    found = trials(many, lambda _turn: sites.ours(), sites)
    return compared(f"nothing changed, {sites.count:,} events", found, _UNCHANGED.get(sites.count, ()))


def previewed(sites: Sites, many: int) -> Row:
    """From saving a record to its page in the preview."""

    def change(turn: int) -> tuple[str, str]:
        # No edit that another row made.
        return sites.change(1_000 + turn)

    waited = statistics.median(preview.waits(sites.folder, SETTINGS, f"{generate.TODAY}", change, many))
    start = statistics.median(sites.start().wall for _ in range(many))
    said = _PREVIEW.get(sites.count)
    return Row(
        f"an edit in the preview, {sites.count:,} events",
        f"on screen after {waited:.2f} s; {waited / start:.1f} starts of {start:.2f} s",
        targets=[(f"< {said[0]} s", waited < said[0]), (f"≤ {said[1]} starts", waited / start <= said[1])]
        if said
        else [],
    )


def memory(sites: Sites, *, peer: bool = True) -> Row:
    """The peak of a cold build: its biggest process, and all of them together; with `peer`, beside Hugo's."""
    sites.forget()
    mine = sites.ours(watch=True)
    its = sites.hugo(watch=True) if peer else None
    bound = _MEMORY.get(sites.count)
    peak = max(mine.biggest, mine.together)
    return Row(
        f"memory, {sites.count:,} events",
        f"{mine.biggest:.0f} MB, all processes {mine.together:.0f} MB",
        f"{its.biggest:.0f} MB" if its else "",
        f"{peak / its.biggest:.2f}" if its else "",
        [(f"≤ {bound} MB", peak <= bound)] if bound else [],
    )


def check(sites: Sites, many: int) -> Row:
    """Only the records' check."""
    command = [sys.executable, "-m", "events.cli", "check", os.fspath(sites.folder / "content")]
    return Row(f"check, {sites.count:,} records", _seconds([run(command, ROOT) for _ in range(many)]))


def growth(small: Sites, large: Sites) -> Row:
    """Processor time of each event in a directory ten times as large: a build between some of the small one, because a
    machine is not as fast in one minute as in the next."""

    def each(sites: Sites) -> float:
        sites.forget()
        return sites.ours().cpu / sites.count

    before = [each(small) for _ in range(3)]
    one = each(large)
    other = statistics.median([*before, *(each(small) for _ in range(3))])
    ratio = one / other
    return Row(
        f"CPU per event, {large.count:,} against {small.count:,}",
        f"{one * 1000:.2f} ms against {other * 1000:.2f} ms: {ratio:.2f} ×",
        targets=[("≤ 1.10 ×", ratio <= 1.10)],
    )


def measured(options: argparse.Namespace, folder: Path) -> Iterator[Row]:
    """The rows that were asked for, as they come."""
    rows = options.rows or [row for row in ROWS if row != "growth" or options.large]
    most = max(options.events)
    made = {count: Sites(folder / str(count), count) for count in sorted({*options.events})}
    for count, sites in made.items():
        sites.make()
        if "cold" in rows:
            yield cold(sites, options.pairs)
        if count == most:
            if "changed" in rows:
                yield changed(sites, options.pairs)
            if "unchanged" in rows:
                yield unchanged(sites, options.pairs)
            if "preview" in rows:
                yield previewed(sites, options.pairs)
            if "memory" in rows:
                yield memory(sites)
            if "check" in rows:
                yield check(sites, options.pairs)
    if "growth" in rows:
        large = Sites(folder / str(_LARGE), _LARGE).make()
        yield growth(made[most], large)
        if "memory" in rows:
            # Hugo would take more memory than most machines have.
            yield memory(large, peer=False)


def markdown(rows: Sequence[Row]) -> str:
    """The table for docs/performance.md."""
    cells = [HEAD, ["---"] * len(HEAD), *(row.cells for row in rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells) + "\n"


def plain(row: Row) -> str:
    """A row on the terminal."""
    name, ours, other, ratios, targets = row.cells
    lines = [name, f"  ours  {ours}"]
    lines += [f"  Hugo  {other}", f"  ratio {ratios}"] if other else []
    lines += [f"  {targets}"] if targets else []
    return "\n".join(lines) + "\n"


def scratch() -> Path:
    """Where to build: a folder in memory where there is one, for ours writes what Hugo keeps in memory."""
    shared = Path("/dev/shm")  # noqa: S108  Linux's file system in memory
    return shared if os.access(shared, os.W_OK) else Path(tempfile.gettempdir())


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument(
        "rows", nargs="*", metavar="ROW", help=f"{', '.join(ROWS)}, or profile (default: all but growth)"
    )
    parser.add_argument("--events", type=int, nargs="+", help="how many events (default: 100 1000 10000)")
    parser.add_argument(
        "--pairs",
        type=int,
        default=5,
        help="how many rounds (a pair of builds, and a start), of which the median counts",
    )
    parser.add_argument("--large", action="store_true", help=f"also growth to {_LARGE:,} events, which takes minutes")
    parser.add_argument("--markdown", action="store_true", help="end with the table as Markdown")
    parser.add_argument("--folder", type=Path, default=scratch(), help="where to build (default: in memory)")
    options = parser.parse_args(arguments)
    if unknown := {*options.rows} - {*ROWS, "profile"}:
        parser.error(f"there is no row {', '.join(sorted(unknown))}; choose from {', '.join(ROWS)}, profile")
    profiling = "profile" in options.rows
    options.events = options.events or ([10_000] if profiling else [100, 1_000, 10_000])
    with tempfile.TemporaryDirectory(dir=options.folder, prefix="bench-") as name:
        folder = Path(name)
        try:
            if profiling:
                sys.stdout.write(profile.report(folder, options.events[0], as_markdown=options.markdown))
                return 0
            sys.stdout.write(f"building in {folder}\n")
            rows = []
            for row in measured(options, folder):
                rows.append(row)
                sys.stdout.write(plain(row))
                sys.stdout.flush()
        except CommandError as error:
            sys.stderr.write(f"error: {error}\n")
            return 1
    if options.markdown:
        sys.stdout.write("\n" + markdown(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
