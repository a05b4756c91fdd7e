"""To a bucket of Amazon S3 or a store that speaks its language: only what differs, with the headers of `hosting`.

The known tools fall short here: `aws s3 sync` compares size and time (a new checkout has new times; `--size-only` misses
`10:00` → `11:00`), guesses no `text/calendar; charset=utf-8`, and sends pages before the style sheets that they name.
S3 tells the MD5 of what it holds as the ETag of an object that was put in one piece, as all of these are.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from . import compression, hosting

# Says that the objects beside it are ours, and with which headers they went.
MARKER = ".events-output"
# S3 looks at no Accept-Encoding: what is sent compressed, is compressed for all. Browsers read it; some programs do not.
_FOR_BROWSERS = {"pages", "theme", "search"}
_AT_ONCE = 8


class UploadError(Exception):
    """The site cannot be uploaded; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Object:
    """What one file becomes in the bucket; it is read when it is asked for, because a site is larger than a memory."""

    path: str
    file: Path
    headers: Mapping[str, str]

    @property
    def body(self) -> bytes:
        """What is sent."""
        return self.file.read_bytes()

    @property
    def tag(self) -> str:
        """What the store will call its ETag."""
        return hashlib.md5(self.body, usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was sent and removed, by address below the site's root; `ours` is whether an upload of ours began the place."""

    sent: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: int
    ours: bool = True


def objects(folder: Path, *, compressed: bool) -> Iterable[Object]:
    """The objects of a built site, in the order in which they may become visible: what is named, before who names it."""
    paths = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    ranks = {"theme": 0, "search": 0, "pages": 2}
    for path in sorted(filter(_is_public, paths), key=lambda path: (ranks.get(hosting.kind_of(path).name, 1), path)):
        sent = hosting.headers(path, secure=True)
        chosen = {"CacheControl": sent["Cache-Control"]}
        if "Content-Type" in sent:
            chosen["ContentType"] = sent["Content-Type"]
        smaller = folder / f"{path}.gz"
        if compressed and hosting.kind_of(path).name in _FOR_BROWSERS and smaller.is_file():
            yield Object(path, smaller, {**chosen, "ContentEncoding": "gzip"})
        else:
            yield Object(path, folder / path, chosen)


def _is_public(path: str) -> bool:
    hidden = any(part.startswith(".") and part != ".well-known" for part in path.split("/"))
    return not hidden and f"/{path}" not in hosting.HIDDEN and not path.endswith(compression.SUFFIXES)


def run(client: Any, bucket: str, prefix: str, folder: Path, *, compressed: bool = False, dry: bool = False) -> Outcome:
    """Bring the bucket to the state of the folder; `client` is boto3's. `prefix` is "" or ends with a slash.

    Nothing is removed from a place that no upload of ours began. A run that is stopped half way is taken up by the next.
    """
    if not (folder / "index.html").is_file():
        msg = f"{folder} holds no built site; run `make publish SITEURL=https://…` first"
        raise UploadError(msg)
    held: dict[str, str] = {}
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        held |= {item["Key"].removeprefix(prefix): item["ETag"].strip('"') for item in page.get("Contents", ())}
    marker = json.dumps([*map(asdict, hosting.KINDS), hosting.TYPES, compressed]).encode()
    ours = not held or MARKER in held
    same_headers = held.get(MARKER) == hashlib.md5(marker, usedforsecurity=False).hexdigest()
    wanted = [*objects(folder, compressed=compressed)]
    sent = [item for item in wanted if not same_headers or held.get(item.path) != item.tag]
    removed = sorted(held.keys() - {item.path for item in wanted} - {MARKER}) if ours else []

    def mark() -> None:
        client.put_object(Bucket=bucket, Key=prefix + MARKER, Body=marker, ContentType="application/json")

    if not dry:
        # Before the first file of all, or the next run would find a place that somebody else began.
        if not held:
            mark()
        _send(client, bucket, prefix, sent)
        for first in range(0, len(removed), 1000):
            keys = [{"Key": prefix + path} for path in removed[first : first + 1000]]
            client.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})
        if held and ours and not same_headers:
            mark()
    return Outcome(tuple(item.path for item in sent), tuple(removed), len(wanted) - len(sent), ours)


def _send(client: Any, bucket: str, prefix: str, sent: list[Object]) -> None:
    def put(item: Object) -> None:
        client.put_object(Bucket=bucket, Key=prefix + item.path, Body=item.body, **item.headers)

    named = [item for item in sent if hosting.kind_of(item.path).name != "pages"]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        # One after the other: all that pages name is there before the first page is.
        for group in (named, sent[len(named) :]):
            for _ in pool.map(put, group):
                pass
