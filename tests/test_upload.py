"""The upload to a bucket: only what differs, as the table says, and nothing of somebody else's is touched."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from events import cli, compression, hosting, upload
from moto import mock_aws

from tests.site import Site, files

BUCKET = "a-directory"


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An S3 in memory, with an empty bucket."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket=BUCKET)
        yield client


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small site with copies, and files that nobody may have."""
    made = tmp_path / "output"
    page, sheet = b"<h1>Events</h1>" * 200, b"h1 { color: navy }" * 200
    contents = {
        "index.html": page, "index.html.br": b"br", "index.html.gz": compression.gzip(page), "events.ics": b"BEGIN:VCALENDAR",
        "theme/css/site.0b29a649.css": sheet, "theme/css/site.0b29a649.css.gz": compression.gzip(sheet), "_headers": b"/*",
        ".events-output": b"ours", ".git/config": b"secret", ".well-known/security.txt": b"Contact:", "images/a.jpg": b"jpg",
    }  # fmt: skip
    for path, data in contents.items():
        (made / path).parent.mkdir(parents=True, exist_ok=True)
        (made / path).write_bytes(data)
    return made


def held(store: Any, prefix: str = "") -> dict[str, bytes]:
    found = store.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", ())
    return {item["Key"]: store.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read() for item in found}


PUBLIC = {"index.html", "events.ics", "theme/css/site.0b29a649.css", ".well-known/security.txt", "images/a.jpg"}


def test_what_is_public_is_sent_with_the_headers_of_the_table(store: Any, folder: Path) -> None:
    outcome = upload.run(store, BUCKET, "", folder)
    assert {*outcome.sent} == PUBLIC
    assert held(store).keys() == PUBLIC | {upload.MARKER}
    for path in PUBLIC:
        found = store.get_object(Bucket=BUCKET, Key=path)
        table = hosting.headers(path, secure=True)
        assert found["Body"].read() == (folder / path).read_bytes()
        assert (found["ContentType"], found["CacheControl"]) == (table["Content-Type"], table["Cache-Control"])
        assert "ContentEncoding" not in found


def test_a_second_run_sends_nothing_and_a_change_sends_that_alone(store: Any, folder: Path) -> None:
    upload.run(store, BUCKET, "", folder)
    assert upload.run(store, BUCKET, "", folder) == upload.Outcome((), (), len(PUBLIC))
    # As long as before, and at the same time: what compares sizes and times sees nothing.
    calendar = folder / "events.ics"
    time = calendar.stat().st_mtime_ns
    calendar.write_bytes(calendar.read_bytes().swapcase())
    os.utime(calendar, ns=(time, time))
    assert upload.run(store, BUCKET, "", folder).sent == ("events.ics",)
    assert held(store)["events.ics"] == calendar.read_bytes()


def test_what_is_gone_is_removed(store: Any, folder: Path) -> None:
    upload.run(store, BUCKET, "", folder)
    (folder / "events.ics").unlink()
    assert upload.run(store, BUCKET, "", folder).removed == ("events.ics",)
    assert "events.ics" not in held(store)


def test_other_headers_send_everything_again(store: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    upload.run(store, BUCKET, "", folder)
    monkeypatch.setattr(hosting, "TYPES", {**hosting.TYPES, ".ics": "text/plain"})
    assert {*upload.run(store, BUCKET, "", folder).sent} == PUBLIC
    assert store.get_object(Bucket=BUCKET, Key="events.ics")["ContentType"] == "text/plain"


def test_objects_of_somebody_else_are_never_removed(store: Any, folder: Path) -> None:
    store.put_object(Bucket=BUCKET, Key="thesis.odt", Body=b"years of work")
    for _ in range(2):
        assert upload.run(store, BUCKET, "", folder).removed == ()
        (folder / "events.ics").unlink(missing_ok=True)
    assert held(store)["thesis.odt"] == b"years of work"
    store.put_object(Bucket=BUCKET, Key="other/mine.txt", Body=b"mine")
    upload.run(store, BUCKET, "site/", folder)
    (folder / "images" / "a.jpg").unlink()
    assert upload.run(store, BUCKET, "site/", folder).removed == ("images/a.jpg",)
    assert held(store, "other/") == {"other/mine.txt": b"mine"}


def test_a_first_run_that_is_stopped_half_way_is_taken_up_by_the_next(
    store: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = upload._send

    def half(client: Any, bucket: str, prefix: str, sent: list[upload.Object]) -> None:
        whole(client, bucket, prefix, sent[:2])
        raise ConnectionError

    with monkeypatch.context() as patched:
        patched.setattr(upload, "_send", half)
        with pytest.raises(ConnectionError):
            upload.run(store, BUCKET, "", folder)
    (folder / "images" / "a.jpg").unlink()
    there = held(store).keys() - {upload.MARKER}
    second = upload.run(store, BUCKET, "", folder)
    assert len(there) == 2
    assert {*second.sent} == PUBLIC - {"images/a.jpg"} - there
    assert {*second.removed} == there & {"images/a.jpg"}
    assert upload.run(store, BUCKET, "", folder) == upload.Outcome((), (), len(PUBLIC) - 1)


def test_a_bucket_without_a_cdn_gets_what_browsers_read_compressed(store: Any, folder: Path) -> None:
    upload.run(store, BUCKET, "", folder, compressed=True)
    for path in PUBLIC:
        found = store.get_object(Bucket=BUCKET, Key=path)
        body = found["Body"].read()
        compressed = found.get("ContentEncoding") == "gzip"
        assert (gzip.decompress(body) if compressed else body) == (folder / path).read_bytes()
        # Calendar programs need not know of it.
        assert compressed == ((folder / f"{path}.gz").is_file())
    assert upload.run(store, BUCKET, "", folder, compressed=True).sent == ()


def test_what_pages_name_is_there_before_them(rich_site: Site) -> None:
    kinds = [hosting.kind_of(item.path).name for item in upload.objects(rich_site.folder, compressed=False)]
    first_page = kinds.index("pages")
    assert {*kinds[first_page:]} == {"pages"}
    assert {"theme", "search", "calendars"} <= {*kinds[:first_page]}


def test_all_of_a_site_arrives(store: Any, rich_site: Site) -> None:
    upload.run(store, BUCKET, "", rich_site.folder)
    expected = {path: data for path, data in files(rich_site.folder).items() if not path.startswith((".", "_"))}
    found: dict[str, bytes] = {}
    for page in store.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
        for item in page["Contents"]:
            found[item["Key"]] = store.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read()
    assert {path: data for path, data in found.items() if path != upload.MARKER} == expected


# The command.


def test_the_command_says_what_it_does_and_a_trial_does_nothing(
    store: Any, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["upload", f"s3://{BUCKET}/site/", "--folder", str(folder)]
    assert cli.main([*command, "--dry-run"]) == cli.CLEAN
    assert "+ events.ics\n" in (said := capsys.readouterr().out)
    assert said.endswith(f"{len(PUBLIC)} would be sent, 0 would be removed, 0 unchanged\n")
    assert held(store) == {}
    assert cli.main(command) == cli.CLEAN
    assert capsys.readouterr().out.endswith(f"{len(PUBLIC)} sent, 0 removed, 0 unchanged\n")
    assert held(store).keys() == {f"site/{path}" for path in (*PUBLIC, upload.MARKER)}


def test_a_place_that_somebody_else_began_is_told(store: Any, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["upload", f"s3://{BUCKET}", "--folder", str(folder)]
    assert cli.main(command) == cli.CLEAN
    assert not capsys.readouterr().err
    store.delete_object(Bucket=BUCKET, Key=upload.MARKER)
    assert cli.main(command) == cli.CLEAN
    assert "s3://BUCKET/FOLDER" in capsys.readouterr().err


@pytest.mark.parametrize("address", ["nonsense", "http://a b", "s3.example.org"])
def test_an_address_that_no_store_can_have_is_wrong_usage(
    store: Any, folder: Path, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["upload", f"s3://{BUCKET}", "--folder", str(folder), "--endpoint-url", address]
    assert cli.main(command) == cli.USAGE
    assert "write the store's address" in capsys.readouterr().err
    assert held(store) == {}


@pytest.mark.parametrize("place", ["events", "https://events", "s3://", "s3:///folder"])
def test_a_place_that_is_no_bucket_is_refused(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["upload", place]) == cli.USAGE
    assert "write s3://" in capsys.readouterr().err


def test_what_fails_is_told(store: Any, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["upload", "s3://nowhere", "--folder", str(folder)]) == cli.PROBLEMS
    assert "NoSuchBucket" in capsys.readouterr().err
    assert cli.main(["upload", f"s3://{BUCKET}", "--folder", str(tmp_path / "empty")]) == cli.PROBLEMS
    assert "make publish" in capsys.readouterr().err
