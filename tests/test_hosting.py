"""The one table of headers, and every form of it that hosts read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path, PurePosixPath

import pytest
from events import cli, hosting
from hypothesis import given
from hypothesis import strategies as st

from tests import factory
from tests.site import ROOT, Site, attribute, build, files

URL = "https://events.example.gov"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("index.html", "pages"), ("events/gsmcon-2019.html", "pages"), ("search.html", "pages"), ("404.html", "pages"),
        ("theme/css/site.0b29a649.css", "theme"), ("search/2019.599be79589.json", "search"), ("feeds.json", "data"),
        ("events.ics", "calendars"), ("events/gsmcon-2019.ics", "calendars"), ("schema/event.json", "data"),
        ("articles.atom", "data"), ("robots.txt", "data"), ("embed/events.html", "embeds"), ("images/photo.jpg", "others"),
    ],
)  # fmt: skip
def test_a_file_is_of_the_kind_that_its_address_says(path: str, kind: str) -> None:
    assert hosting.kind_of(path).name == kind


@given(st.text(min_size=1))
def test_every_address_is_of_some_kind(path: str) -> None:
    assert hosting.kind_of(path.replace("\n", "")) in hosting.KINDS


def test_only_what_carries_its_own_digest_is_kept_for_ever(rich_site: Site) -> None:
    kept = {path for path in files(rich_site.folder) if "immutable" in hosting.kind_of(path).headers["Cache-Control"]}
    assert kept
    assert all(re.search(r"\.[0-9a-f]{8,}\.[a-z]+$", path) for path in kept)


def test_every_kind_of_file_that_a_build_makes_has_its_type(rich_site: Site, article_site: Site) -> None:
    made = {PurePosixPath(path).suffix for site in (rich_site, article_site) for path in files(site.folder)}
    assert {".html", ".ics", ".json"} <= made
    assert made - {"", *hosting.TYPES} == set()


def test_no_policy_lets_a_script_in_that_is_not_a_file_of_the_site() -> None:
    for kind in hosting.KINDS:
        policy = dict(
            part.split(maxsplit=1) for part in kind.headers.get("Content-Security-Policy", "").split("; ") if part
        )
        assert policy.get("script-src", "'self'") == "'self'"
        assert policy.get("default-src", "'none'") == "'none'"


def test_pages_say_themselves_what_the_header_says_but_who_may_frame_them(article_site: Site) -> None:
    for path in article_site.pages():
        for meta in article_site.document(path).query("meta[http-equiv=Content-Security-Policy]"):
            assert attribute(meta, "content") == hosting.POLICY
    assert hosting.PAGES.headers["Content-Security-Policy"] == f"{hosting.POLICY}; frame-ancestors 'none'"


def test_hosts_without_https_promise_none() -> None:
    assert "Strict-Transport-Security" in hosting.headers("index.html", secure=True)
    assert "Strict-Transport-Security" not in hosting.headers("index.html", secure=False)
    for write in hosting.SERVERS.values():
        assert "Strict-Transport-Security" in write(hosting.Site("/srv/events", URL))
        assert "Strict-Transport-Security" not in write(hosting.Site("/srv/events", URL.replace("https", "http")))


def test_the_document_shows_the_table() -> None:
    text = (ROOT / "docs" / "publishing.md").read_text(encoding="utf-8")
    rows = [row.split(" | ") for row in re.findall(r"^\| (.* \| `public, .*) \|$", text, re.MULTILINE)]
    assert len(rows) == len(hosting.KINDS)
    for kind, (_, cache, is_open, framed) in zip(hosting.KINDS, rows, strict=True):
        assert cache == f"`{kind.headers['Cache-Control']}`"
        assert (is_open == "yes") is ("Access-Control-Allow-Origin" in kind.headers)
        assert (framed == "yes") is ("frame-ancestors *" in kind.headers.get("Content-Security-Policy", ""))


# The command.


def test_the_command_prints_what_a_server_reads(capsys: pytest.CaptureFixture[str]) -> None:
    for name, write in hosting.SERVERS.items():
        assert cli.main(["hosting", name, "--url", f"{URL}/all/", "--root", "/srv/site/"]) == cli.CLEAN
        assert capsys.readouterr().out == write(hosting.Site("/srv/site", f"{URL}/all"))


@pytest.mark.parametrize(
    "wrong",
    [
        ["--url", "events.example.gov"], ["--url", f"{URL}/a b"], ["--url", f"{URL}/;}}"], ["--url", f"{URL}/?a=b"], ["--url", f"{URL}:99999"], ["--url", "https://x..org"],
        ["--url", URL, "--root", "srv"], ["--url", URL, "--root", "/srv/my site"], ["--url", URL, "--listen", "80; }"],
    ],
)  # fmt: skip
def test_what_would_break_a_configuration_is_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["hosting", "nginx", *wrong]) == cli.USAGE
    assert "write" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("listen", "places"),
    [
        ("", ["80", "[::]:80"]),
        (":8080", ["8080", "[::]:8080"]),
        ("8080", ["8080", "[::]:8080"]),
        ("127.0.0.1:8080", ["127.0.0.1:8080"]),
        ("[::1]:8080", ["[::1]:8080"]),
    ],
)
def test_nginx_listens_to_both_kinds_of_addresses_unless_it_is_told_one(listen: str, places: list[str]) -> None:
    assert (
        re.findall(r"^    listen (.*);$", hosting.nginx(hosting.Site("/srv/events", URL, listen)), re.MULTILINE)
        == places
    )


# `_headers` and `_redirects`, read as their hosts read them.


def rules(text: str) -> dict[str, dict[str, str]]:
    """The rules of a `_headers` file by their address."""
    found: dict[str, dict[str, str]] = {}
    for line in text.splitlines():
        if line.startswith("/"):
            assert line not in found
            found[line] = {}
        else:
            name, value = line.removeprefix("  ").split(": ", 1)
            assert name not in found[[*found][-1]]
            found[[*found][-1]][name] = value
    return found


def matching(found: dict[str, dict[str, str]], path: str) -> Iterator[dict[str, str]]:
    """The rules that a path matches: `*` is any text."""
    for address, own in found.items():
        if re.fullmatch(re.escape(address).replace(r"\*", ".*"), path):
            yield own


@pytest.mark.parametrize("base", ["", "/directory"])
def test_headers_file_gives_every_file_what_the_table_says(rich_site: Site, base: str) -> None:
    paths = [*files(rich_site.folder), "embed/events.html", "images/photo.jpg"]
    found = rules(hosting.headers_file(URL + base, paths))
    for path in paths:
        own = [*matching(found, f"{base}/{path}")]
        said = Counter(name for rule in own for name in rule)
        sent = {name: value for rule in own for name, value in rule.items()}
        table = hosting.headers(path, secure=True)
        # Both hosts revalidate pages by themselves, and know the types of what a browser shows.
        assert sent.get("Cache-Control", hosting.REVALIDATED) == table["Cache-Control"]
        assert sent.get("Content-Type", table.get("Content-Type")) == table.get("Content-Type")
        for name in ("Access-Control-Allow-Origin", "X-Content-Type-Options", "Strict-Transport-Security"):
            assert sent.get(name) == table.get(name)
        # What Cloudflare would join and Netlify replace is the same either way.
        assert {name for name, times in said.items() if times > 1} <= {"Content-Security-Policy", "X-Frame-Options"}
        framed = "frame-ancestors *" in table.get("Content-Security-Policy", "")
        assert framed == (hosting.kind_of(path).name == "embeds")
        if hosting.kind_of(path) is hosting.PAGES or framed:
            assert (sent.get("X-Frame-Options") == "DENY") is not framed
            assert not any("frame-ancestors 'none'" in rule.get("Content-Security-Policy", "") for rule in own)


def test_pages_without_their_suffix_are_guarded_alike(rich_site: Site) -> None:
    found = rules((rich_site.folder / "_headers").read_text(encoding="utf-8"))
    for path in rich_site.pages():
        if hosting.kind_of(path) is hosting.PAGES:
            bare = "/" if path == "index.html" else "/" + path.removesuffix(".html")
            assert any(rule.get("X-Frame-Options") == "DENY" for rule in matching(found, bare))


def test_headers_file_keeps_within_what_its_hosts_read(rich_site: Site) -> None:
    text = (rich_site.folder / "_headers").read_text(encoding="utf-8")
    assert len(rules(text)) <= hosting.MOST_RULES
    longest_line = 2000
    assert max(map(len, text.splitlines())) <= longest_line


def test_former_addresses_are_redirects_that_lead_to_a_page(rich_site: Site) -> None:
    lines = (rich_site.folder / "_redirects").read_text(encoding="utf-8").splitlines()
    moves = {old: new for old, new, status in (line.split() for line in lines) if status == "301"}
    assert moves
    assert len(moves) == len(lines)
    for old, new in moves.items():
        assert rich_site.moved(old[1:]) == new[1:]
        assert not rich_site.moved(new[1:])
    assert {f"/{path}" for path in rich_site.pages() if rich_site.moved(path)} == moves.keys()


def test_redirects_stop_where_cloudflare_stops_reading() -> None:
    moves = [(f"events/old-{number}.html", "events/new.html") for number in range(hosting.MOST_REDIRECTS + 5)]
    assert len(hosting.redirects_file(URL, moves).splitlines()) == hosting.MOST_REDIRECTS
    assert hosting.redirects_file(URL, []) == ""
    assert hosting.redirects_file(f"{URL}/all", moves[:1]) == "/all/events/old-0.html /all/events/new.html 301\n"


# security.txt


def test_security_txt_goes_with_its_setting_and_the_operator_s_own_stays(tmp_path: Path) -> None:
    content = factory.write_content(tmp_path / "content", {"one": factory.record()})
    output = tmp_path / "output"
    file = output / hosting.SECURITY_TXT
    assert build(output, content, EVENT_SECURITY_CONTACT="mailto:security@example.gov").status == 0
    assert file.is_file()
    assert build(output, content).status == 0
    assert not file.parent.exists()
    file.parent.mkdir()
    file.write_text("Contact: mailto:me@example.gov\n", encoding="utf-8")
    assert build(output, content).status == 0
    assert file.is_file()


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_security_txt_expires_within_a_year_and_changes_once_a_month(day: date) -> None:
    text = hosting.security_txt("mailto:security@example.gov", URL, "en", day)
    expires = date.fromisoformat(re.findall(r"^Expires: (.{10})T00:00:00Z$", text, re.MULTILINE)[0])
    assert timedelta(180) < expires - day < timedelta(365)
    next_day = day + timedelta(1)
    same = text == hosting.security_txt("mailto:security@example.gov", URL, "en", next_day)
    assert same is (next_day.month == day.month)


def test_security_txt_is_there_if_somebody_is_named_and_the_host_is_ours() -> None:
    def planned(url: str, contact: str = "") -> set[str]:
        plan = factory.plan({"one": factory.record()}, SITEURL=url, EVENT_SECURITY_CONTACT=contact)
        return {item.path for item in plan.hosting_files([])}

    who = "mailto:security@example.gov"
    assert hosting.SECURITY_TXT in planned(URL, who)
    assert hosting.SECURITY_TXT not in planned(URL)
    # It counts at the root of a host only.
    assert hosting.SECURITY_TXT not in planned(f"{URL}/all", who)
