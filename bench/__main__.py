"""What it costs to check 10,000 records, in CPU seconds of this machine: `python -m bench`."""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench import generate


def cpu_seconds(command: Sequence[str]) -> float:
    """User and system time of a command that must succeed, with that of its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603  our own command
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print one line for each measurement."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--records", type=int, default=10_000, help="how many records to make (default: 10000)")
    parser.add_argument("--repeat", type=int, default=3, help="the least of how many runs counts (default: 3)")
    options = parser.parse_args(arguments)
    # The working directory, not the machine's folder for temporary files, which may live in memory.
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
        content = generate.write(Path(folder) / "content", options.records)
        command = [sys.executable, "-m", "events.cli", "check", os.fspath(content)]
        seconds = min(cpu_seconds(command) for _ in range(options.repeat))
    sys.stdout.write(f"events check, {options.records:,} records: {seconds:.2f} CPU seconds\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
