"""The preview: a build after every change, and a server that knows what a missing page is.

Pelican's own server answers a missing address with nothing at all; this one sends the site's 404 page, the right
type for calendars, and an ETag, as a real host would. It serves this machine alone and is not for production.
Pelican's own `-r` looks away while it builds and misses what is saved meanwhile, and ends at a setting that it cannot
use; here every build is a process of its own, and the watch goes on. The process of the next build is started ahead and
has loaded everything when an edit comes, which takes as long as building what one edit changes.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from pelican.settings import read_settings
from watchfiles import watch

from . import hosting, states
from .urls import MOST_PORTS

HOST, PORT = "127.0.0.1", 8000
SETTINGS = "pelicanconf.py"


class Handler(SimpleHTTPRequestHandler):
    """Serves a built site."""

    protocol_version = "HTTP/1.1"
    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, **hosting.TYPES}  # noqa: RUF012  the base class's own attribute

    def do_GET(self) -> None:
        """Answer with the file, "not modified", or the 404 page."""
        self._answer(body=True)

    def do_HEAD(self) -> None:
        """The same without the body."""
        self._answer(body=False)

    def _answer(self, *, body: bool) -> None:
        path = Path(self.translate_path(self.path))
        if path.is_dir():
            path /= "index.html"
        status = HTTPStatus.OK
        if not path.is_file():
            status, path = HTTPStatus.NOT_FOUND, Path(self.directory) / "404.html"
        data = path.read_bytes() if path.is_file() else b"Not found\n"
        tag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
        if status is HTTPStatus.OK and self.headers.get("If-None-Match") == tag:
            self.send_response(HTTPStatus.NOT_MODIFIED)
            self.send_header("ETag", tag)
            self.end_headers()
            return
        self.send_response(status)
        address = Path(os.path.relpath(path, self.directory)).as_posix()
        # All that a real host sends, so that what its policy forbids is seen here; but what is edited is seen at once.
        sent = {**hosting.headers(address, secure=False), "Cache-Control": "no-cache"}
        for name, value in {"Content-Type": self.guess_type(str(path)), **sent}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("ETag", tag)
        self.end_headers()
        if body:
            self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's name
        """Say only what went wrong: a line for each style sheet hides the messages of the build."""
        if len(args) > 1 and str(args[1]).startswith(("4", "5")):
            super().log_message(format, *args)


def server(folder: Path, port: int = PORT) -> ThreadingHTTPServer:
    """A server of the folder on this machine; port 0 takes a free one."""
    return ThreadingHTTPServer((HOST, port), partial(Handler, directory=str(folder)))


def main() -> int:
    """Build, serve, and rebuild on change until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m events.server", description="Preview the directory.")
    parser.add_argument("--output", type=Path, default=Path("output"), help="the folder to build into and serve")
    parser.add_argument("--port", type=int, default=PORT, help="0 takes a free one")
    parser.add_argument("--as-of", default="", help="build as if today were that day")
    options = parser.parse_args()
    if not 0 <= options.port <= MOST_PORTS:
        parser.error(f"--port {options.port} is none; write a number from 0 to {MOST_PORTS}")
    try:
        options.output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        parser.error(f"--output {options.output} cannot be a folder ({error.strerror}); name one that can be written")
    try:
        httpd = server(options.output, options.port)
    except OSError as error:
        sys.stderr.write(f"error: port {options.port} cannot be used ({error.strerror}); is another preview running?\n")
        return 1
    site_url = f"http://{HOST}:{httpd.server_port}"
    # Not strict: what is wrong is told and left out, and the rest goes on.
    overrides = {"SITEURL": site_url, "EVENT_STRICT": False}
    if options.as_of:
        overrides["EVENT_AS_OF"] = options.as_of
    arguments = ["-s", SETTINGS, "-o", str(options.output), "-e"]
    arguments += [f"{key}={json.dumps(value)}" for key, value in overrides.items()]
    # Outright: a shell that starts it in the background has it ignore Ctrl+C, and nothing would end it but a kill.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    _say(f"Serving {site_url} – stop with Ctrl+C")
    Thread(target=httpd.serve_forever, daemon=True).start()
    settings = read_settings(SETTINGS)
    cache = settings.get("EVENT_CACHE")
    place = states.place(Path(settings["PATH"]), options.output)
    # What is wrong with a setting the build will say.
    builder = Builder(arguments, (Path(cache), place) if isinstance(cache, str) else None)
    try:
        for found in _changes(settings):
            # What it has loaded must be what is there.
            if any(Path(path).is_relative_to(_PACKAGE) for path in found):
                builder.renew()
            if builder.build():
                _say("The build failed; the last good site is still served.")
    except KeyboardInterrupt:
        _say("")
    finally:
        builder.close()
        httpd.shutdown()
        httpd.server_close()
    return 0


_PACKAGE = Path(__file__).resolve().parent
# What a process of the next build does: it loads what a build needs, waits for a word, and leaves with who started it.
# Ctrl+C ends it without a word while it waits.
_WAIT = """
import signal, sys
usual = signal.signal(signal.SIGINT, signal.SIG_DFL)
import pelican
import events.making, events.plugin, events.store
events.states.libraries()
{ahead}
if sys.stdin.readline():
    signal.signal(signal.SIGINT, usual)
    sys.exit(pelican.main())
"""


class Builder:
    """Builds with these arguments of Pelican's command, each in a process of its own that was started ahead; where it is told
    of the folder of a `store` and of its place, it has read that too."""

    def __init__(self, arguments: Sequence[str], store: tuple[Path, bytes] | None = None) -> None:
        ahead = (
            f"import pathlib\nevents.store.read_ahead(pathlib.Path({str(store[0])!r}), {store[1]!r})" if store else ""
        )
        self._command = [sys.executable, "-c", _WAIT.format(ahead=ahead), *arguments]
        self._next: subprocess.Popen[bytes] | None = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._command, stdin=subprocess.PIPE)  # noqa: S603  our own command

    def build(self) -> int:
        """Build, and say with which status that ended."""
        process = self._next or self._start()
        # One that is gone says so by its status.
        with contextlib.suppress(OSError):
            process.communicate(b"build\n")
        # Not ahead where it would only say once more that the package cannot be loaded.
        self._next = None if process.returncode else self._start()
        return process.returncode

    def renew(self) -> None:
        """Start the next process anew."""
        self.close()
        self._next = self._start()

    def close(self) -> None:
        """End the process that waits."""
        if self._next:
            self._next.kill()
            self._next.communicate()


def _changes(settings: Mapping[str, Any]) -> Iterator[Collection[str]]:
    """The paths of what changed, in the content, the theme, the settings or this package; at the start none."""
    started = False
    # The first, empty answer says that the watch has begun: from then on nothing that is saved can be missed.
    places = (settings["PATH"], settings["THEME"], SETTINGS, _PACKAGE)
    for found in watch(*places, rust_timeout=250, yield_on_timeout=True):
        if found or not started:
            started = True
            yield [path for _, path in found]


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
