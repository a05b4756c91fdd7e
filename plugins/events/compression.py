"""Smaller copies beside the files that servers send as text: `.br` (Brotli, RFC 7932) and `.gz` (gzip, RFC 1952).

They are made once, when a file changes, instead of by the server for every reader. Measured on a site of 2,000
events (share of the original, CPU seconds a MB), event pages and calendars of listings:

    Brotli 4   26.2 %, 0.020    10.6 %, 0.007        gzip 6   26.5 %, 0.014    10.8 %, 0.013
    Brotli 5   24.7 %, 0.023     9.2 %, 0.010        gzip 9   26.4 %, 0.016    10.5 %, 0.018
    Brotli 9   24.5 %, 0.592     8.7 %, 0.125
    Brotli 11  21.2 %, 1.224     7.5 %, 1.467

So 5 is for all that a build may change; the theme's files change once a year and are part of every first visit, and
get 11: the style sheet then has 10.4 kB instead of 11.4.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

import brotli

SUFFIXES = (".br", ".gz")
# What `hosting.TYPES` sends as text; pictures and fonts are compressed already.
TEXTS = frozenset({".html", ".ics", ".json", ".csv", ".atom", ".xml", ".opml", ".txt", ".css", ".js", ".svg"})
# In bytes. Below, a file comes in the same first packets either way, and a download of one event, the smallest and
# least asked for of all, would be three files instead of one, ten thousand times.
WORTH = 2000

_BROTLI_QUICK, _BROTLI_SMALL, _GZIP = 5, 11, 6


def variants(path: str, data: bytes) -> Mapping[str, bytes]:
    """The smaller copies of a file by their suffix; none where it is not worth it. The same bytes give the same."""
    if not is_text(path) or len(data) < WORTH:
        return {}
    quality = _BROTLI_SMALL if path.startswith("theme/") else _BROTLI_QUICK
    return {".br": brotli.compress(data, mode=brotli.MODE_TEXT, quality=quality), ".gz": gzip(data)}


def is_text(path: str) -> bool:
    """Whether files of this name are compressed at all."""
    return os.path.splitext(path)[1] in TEXTS


def gzip(data: bytes) -> bytes:
    """A gzip member that tells no name, no time and no system, so that it is the same wherever it is made."""
    packer = zlib.compressobj(_GZIP, zlib.DEFLATED, -zlib.MAX_WBITS)
    header = b"\x1f\x8b\x08\x00" + bytes(4) + b"\x00\xff"
    return header + packer.compress(data) + packer.flush() + struct.pack("<2L", zlib.crc32(data), len(data) % 2**32)


def write_beside(sources: Iterable[tuple[str, str, str]]) -> None:
    """Write the copies of many files; each is (its address, the file to read, where the copies go, without suffix).

    A copy gets the time of its file: by that `is_current` knows that the two belong together, and a server that makes
    its ETag or Last-Modified of the time says the same for all. Both libraries let go of Python's lock while they
    work, so that threads use every core.
    """
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for _ in pool.map(_write_beside, sources):
            pass


def _write_beside(source: tuple[str, str, str]) -> None:
    path, file, beside = source
    with open(file, "rb") as original:
        data = original.read()
    made = variants(path, data)
    if made:
        os.makedirs(os.path.dirname(beside), exist_ok=True)
    time = os.stat(file).st_mtime_ns
    for suffix, copy in made.items():
        with open(beside + suffix, "wb") as smaller:
            smaller.write(copy)
        os.utime(beside + suffix, ns=(time, time))


def is_current(file: str, size: int) -> bool:
    """Whether a file of that many bytes has its copies beside it, or needs none."""
    if not is_text(file) or size < WORTH:
        return True
    try:
        time = os.stat(file).st_mtime_ns
        return all(os.stat(file + suffix).st_mtime_ns == time for suffix in SUFFIXES)
    except FileNotFoundError:
        return False
