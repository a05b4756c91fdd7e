"""What subscribers cost: requests a second and bytes a poll, from nginx on this machine: `python -m bench.serving`.

A site of generated records is built, served with the configuration that `events hosting` writes, and asked by wrk, for
a few seconds each: the calendar of all that is ahead as a new subscriber gets it, and as one that has it already.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench import generate
from tests.serving import Served, started
from tests.site import build

FEED = "/events.ics"
SUBSCRIBERS, POLLS_A_DAY = 1_000_000, 24


def load(served: Served, wrk: str, seconds: int, **asked: str) -> float:
    """Requests a second; every answer must be a good one."""
    headers = [part for name, value in asked.items() for part in ("-H", f"{name.replace('_', '-')}: {value}")]
    command = [wrk, "-t1", "-c32", f"-d{seconds}s", *headers, served.url + FEED]
    said = subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout  # noqa: S603  our own command
    if "Non-2xx" in said or "Socket errors" in said:
        sys.exit(said)
    return float(re.findall(r"Requests/sec:\s*([\d.]+)", said)[0])


def weight(served: Served, **asked: str) -> tuple[int, int]:
    """Status and bytes of an answer, with its status line and headers as they travel by HTTP/1.1."""
    answer = served.get(FEED, **asked)
    head = "HTTP/1.1 200 OK\r\n" + "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items()) + "\r\n"
    return answer.status, len(head.encode()) + len(answer.body)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print a row for each way to ask, and what they mean for a million subscribers."""
    parser = argparse.ArgumentParser(prog="python -m bench.serving", description=__doc__)
    parser.add_argument("--records", type=int, default=1000, help="how many records to make (default: 1000)")
    parser.add_argument("--seconds", type=int, default=4, help="how long to ask in each way (default: 4)")
    options = parser.parse_args(arguments)
    wrk = shutil.which("wrk")
    if wrk is None:
        sys.exit("error: wrk is needed. Install it (Debian: apt-get install wrk; macOS: brew install wrk).")
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
        content = generate.write(Path(folder) / "content", options.records)
        output = build(Path(folder) / "output", content, EVENT_PRECOMPRESS=True).site.folder
        size = (output / FEED[1:]).stat().st_size
        sys.stdout.write(f"{FEED}: {size:,} bytes, {options.records:,} records in all, {os.cpu_count()} cores\n")
        costs = {}
        with started("nginx", output, "") as served:
            tag = served.get(FEED).headers["etag"]
            ways = {
                "new, Brotli": {"accept_encoding": "br"},
                "new, gzip": {"accept_encoding": "gzip"},
                "new, plain": {},
                "not modified": {"if_none_match": tag},
            }
            for way, asked in ways.items():
                status, costs[way] = weight(served, **asked)
                rate = load(served, wrk, options.seconds, **asked)
                sys.stdout.write(f"{status} {way:13}{rate:>10,.0f} requests a second, {costs[way]:>9,} bytes a poll\n")
    polls = SUBSCRIBERS * POLLS_A_DAY
    sys.stdout.write(
        f"{SUBSCRIBERS:,} subscribers, {POLLS_A_DAY} polls a day: {polls / 86_400:,.0f} requests a second\n"
    )
    # A day on which the calendar changed once: each gets it whole once, and "not modified" the other times.
    for way in ("new, gzip", "new, plain"):
        once = SUBSCRIBERS * (costs[way] + (POLLS_A_DAY - 1) * costs["not modified"])
        sys.stdout.write(
            f"  {way.removeprefix('new, ')}: {once / 1e9:,.1f} GB a day that changes it once, "
            f"{polls * costs['not modified'] / 1e9:,.1f} GB a day without a change, "
            f"{polls * costs[way] / 1e9:,.1f} GB a day without ETags\n"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
