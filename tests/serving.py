"""Real web servers for tests: nginx and Caddy on this machine, with the configuration that `events hosting` prints."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from events import hosting

# Debian puts servers where only root's PATH looks.
_PLACES = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin"])
_BROTLI = "ngx_http_brotli_static_module.so"
_MODULES = ("/usr/lib/nginx/modules", "/usr/lib64/nginx/modules", "/usr/local/lib/nginx/modules")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answers; the names of headers in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Served:
    """A site on a server: its address without a slash at its end, and its path ("" or "/sub")."""

    url: str
    port: int
    base: str

    def get(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """Ask for a path below the site's own, as it is; `if_none_match` is the header If-None-Match."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            asked = {name.replace("_", "-").title(): value for name, value in headers.items()}
            connection.request(method, self.base + path, headers={"Accept-Encoding": "identity", **asked})
            response = connection.getresponse()
            pairs = response.getheaders()
            # A header that comes twice would be hidden by a mapping.
            names = [name.lower() for name, _ in pairs]
            assert len({*names}) == len(names), pairs
            return Answer(response.status, {name.lower(): value for name, value in pairs}, response.read())
        finally:
            connection.close()


def program(name: str) -> str:
    """Where a server's program is; without it the tests fail, for nothing else can prove what they prove."""
    found = shutil.which(name, path=_PLACES)
    if found is None:
        pytest.fail(f"{name} is not installed; `make servers` says how to get it")
    return found


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def started(name: str, folder: Path, base: str) -> Iterator[Served]:
    """A server of a copy of the folder, below a path, as a user who may do nothing else where we may choose one."""
    with tempfile.TemporaryDirectory(prefix="events-served-") as made:
        place = Path(made)
        site = place / "site"
        shutil.copytree(folder, site)
        port = free_port()
        shown = hosting.Site(str(site), f"https://events.example.gov{base}", f"127.0.0.1:{port}")
        command = (_nginx if name == "nginx" else _caddy)(place, hosting.SERVERS[name](shown))
        as_nobody = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
        if as_nobody:
            for path in (place, *place.rglob("*")):
                shutil.chown(path, "nobody", "nogroup")
        with (place / "log").open("wb") as log:
            process = subprocess.Popen(  # type: ignore[call-overload]
                command, cwd=place, env={"HOME": made, "PATH": _PLACES}, stdout=log, stderr=log, **as_nobody
            )
        try:
            _wait(process, port, place / "log")
            yield Served(f"http://127.0.0.1:{port}{base}", port, base)
        finally:
            process.terminate()
            process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    # Until it answers or ends; what it said is the message then.
    while process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail(log.read_text(encoding="utf-8", errors="replace"))


def _nginx(place: Path, configuration: str) -> list[str]:
    module = next((path for folder in _MODULES if (path := Path(folder) / _BROTLI).is_file()), None)
    if module is None:
        pytest.fail("nginx's Brotli module is not installed; `make servers` says how to get it")
    (place / "site.conf").write_text(configuration, encoding="utf-8")
    # What nginx gives away where a server names no folder of its own, as it is installed.
    (place / "html").mkdir()
    (place / "html" / "index.html").write_text("<title>Welcome to nginx!</title>", encoding="utf-8")
    temporary = "".join(
        f"    {kind}_temp_path {place}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (place / "nginx.conf").write_text(
        f"load_module {module};\ndaemon off;\nmaster_process off;\npid {place}/pid;\nerror_log stderr warn;\n"
        f"events {{}}\nhttp {{\n    access_log off;\n{temporary}    include {place}/site.conf;\n}}\n",
        encoding="utf-8",
    )
    return [program("nginx"), "-p", str(place), "-c", str(place / "nginx.conf")]


def _caddy(place: Path, configuration: str) -> list[str]:
    (place / "Caddyfile").write_text("{\n\tadmin off\n}\n" + configuration, encoding="utf-8")
    return [program("caddy"), "run", "--config", str(place / "Caddyfile"), "--adapter", "caddyfile"]
