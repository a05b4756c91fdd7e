"""What a command costs: processor time of all its processes, time on the wall, and memory."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Cost:
    """`cpu` (user and system) and `wall` in seconds; `biggest`, the peak of its biggest process, and `together`, that
    of all its processes at once (0 where nobody watched), in megabytes."""

    cpu: float
    wall: float
    biggest: float
    together: float = 0.0


class CommandError(Exception):
    """A command that did not succeed; the message has its last words."""


def run(
    command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None, *, watch: bool = False
) -> Cost:
    """Run a command in a folder and say what it cost; raises `CommandError`. `watch` looks at its memory as it runs."""
    with tempfile.TemporaryFile() as said:
        begun = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603  our own commands
            command, cwd=folder, env={**usual(), **(environment or {})}, stdout=said, stderr=subprocess.STDOUT
        )
        watcher = _Watcher(process.pid) if watch else None
        # Its own usage with that of all children it waited for; getrusage(RUSAGE_CHILDREN) would add up all runs.
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        together = watcher.stop() if watcher else 0.0
        if process.returncode:
            said.seek(0)
            words = said.read().decode(errors="replace")[-2000:]
            msg = f"{' '.join(command)} ended with status {process.returncode}:\n{words}"
            raise CommandError(msg)
    # Linux counts in kibibytes.
    return Cost(used.ru_utime + used.ru_stime, wall, used.ru_maxrss * 1024 / _MEGABYTE, together)


def usual() -> Mapping[str, str]:
    """The environment, in which Python keeps what it compiled: where it may not, each start compiles the plugin anew, and
    no installed program is measured so."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


class _Watcher(threading.Thread):
    """Adds up the memory of a process and all below it, twenty times a second (Linux's /proc)."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid, self._peak, self._ended = pid, 0, threading.Event()
        self.start()

    def run(self) -> None:
        while not self._ended.wait(0.05):
            self._peak = max(self._peak, _resident(self._pid))

    def stop(self) -> float:
        """The peak, in megabytes."""
        self._ended.set()
        self.join()
        return self._peak / _MEGABYTE


def _resident(pid: int) -> int:
    """The bytes that a process and all below it hold in memory; 0 for one that has gone."""
    place = Path("/proc") / str(pid)
    try:
        own = int((place / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        children = [
            int(child) for task in (place / "task").iterdir() for child in (task / "children").read_text().split()
        ]
    except (OSError, IndexError):
        return 0
    return own + sum(map(_resident, children))
