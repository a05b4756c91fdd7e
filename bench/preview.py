"""How long an editor waits: from saving a record to its page in the preview."""

from __future__ import annotations

import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from bench.measure import CommandError, usual

# The settings of the project, with the content and the cache of the bench.
_SETTINGS = """\
import runpy
globals().update(runpy.run_path({settings!r}))
PATH, EVENT_CACHE = {content!r}, {cache!r}
"""
# How long a build may take, and how long an editor takes at least to look at one edit and to make the next, in seconds.
_PATIENCE, _PAUSE = 600.0, 4.0


def waits(folder: Path, settings: Path, day: str, change: Callable[[int], tuple[str, str]], many: int) -> list[float]:
    """The seconds that passed, in so many edits, from each edit to its page on the server; `change` makes one, and says which
    page shows it, and by which words. The records are in the folder `content`."""
    place = folder / "preview"
    place.mkdir(exist_ok=True)
    said = _SETTINGS.format(settings=f"{settings}", content=f"{folder / 'content'}", cache=f"{place / 'cache'}")
    (place / "pelicanconf.py").write_text(said, encoding="utf-8")
    command = [sys.executable, "-m", "events.server", "--port", "0", "--output", "output", "--as-of", day]
    log = place / "log"
    with log.open("wb") as file:
        process = subprocess.Popen(command, cwd=place, env=usual(), stdout=file, stderr=subprocess.STDOUT)  # noqa: S603  our own command

    def until(answer: Callable[[], bool]) -> None:
        begun = time.monotonic()
        while not answer():
            if process.poll() is not None or time.monotonic() - begun > _PATIENCE:
                msg = f"{' '.join(command)} shows no page:\n{log.read_text(encoding='utf-8')[-2000:]}"
                raise CommandError(msg)
            time.sleep(0.01)

    found: list[float] = []
    try:
        until(lambda: " written, " in log.read_text(encoding="utf-8"))
        url = re.findall(r"Serving (http://\S+)", log.read_text(encoding="utf-8"))[0]
        for turn in range(many):
            time.sleep(_PAUSE)
            page, words = change(turn)
            begun = time.monotonic()
            until(lambda page=page, words=words: words in _page(f"{url}/{page}"))  # type: ignore[misc]
            found.append(time.monotonic() - begun)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return found


def _page(url: str) -> str:
    try:
        with urllib.request.urlopen(url) as answer:  # noqa: S310  our own server
            return str(answer.read(), "utf-8")
    except (urllib.error.URLError, OSError):
        return ""
