"""nginx and Caddy, really started with our configuration: what a reader, a subscriber and a stranger get from them."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import brotli
import pytest
from events import compression, hosting

from tests import factory
from tests.serving import Answer, Served, started
from tests.site import Site, build, files

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.servers

READ: dict[str, Callable[[bytes], bytes]] = {"br": brotli.decompress, "gzip": gzip.decompress, "": lambda data: data}


@pytest.fixture(scope="module", params=["", "/directory"], ids=["at the root", "below a path"])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, rich_content: Path) -> Site:
    """The rich directory with its smaller copies, as `make publish` makes it, and some files that nobody may have."""
    base: str = request.param
    found = build(
        tmp_path_factory.mktemp("served") / "output",
        rich_content,
        EVENT_AS_OF=factory.TODAY.isoformat(),
        EVENT_PRECOMPRESS=True,
        EVENT_SECURITY_CONTACT="mailto:security@example.gov",
        SITEURL=f"https://events.example.gov{base}",
    ).site
    for name in (".git/config", "events/.secret", ".htpasswd", "images/photo.jpg"):
        (found.folder / name).parent.mkdir(exist_ok=True)
        (found.folder / name).write_text("secret", encoding="utf-8")
    if base:
        (found.folder / ".well-known").mkdir()
        (found.folder / ".well-known" / "security.txt").write_text("Contact: …\n", encoding="utf-8")
    return found


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def served(request: pytest.FixtureRequest, site: Site) -> Iterator[Served]:
    """The site on a server."""
    base = "/directory" if "//events.example.gov/directory/" in site.html("index.html") else ""
    with started(request.param, site.folder, base) as found:
        yield found


def address(path: str) -> str:
    return "/" + quote(path)


def public(site: Site) -> dict[str, bytes]:
    """All that the server may give away, by address."""
    return {
        path: data
        for path, data in files(site.folder).items()
        if not any(part.startswith(".") and part != ".well-known" for part in path.split("/"))
        and f"/{path}" not in hosting.HIDDEN
        and not path.endswith(compression.SUFFIXES)
        and path != "404.html"
    }


def one_of_each_kind(site: Site) -> dict[str, bytes]:
    """A file of each kind and suffix, and of those the largest, which has copies if any has."""
    found: dict[tuple[str, str], str] = {}
    held = public(site)
    for path, data in held.items():
        key = (hosting.kind_of(path).name, Path(path).suffix)
        if key not in found or len(data) > len(held[found[key]]):
            found[key] = path
    assert {name for name, _ in found} >= {"theme", "search", "calendars", "data", "pages", "others"}
    return {path: held[path] for path in found.values()}


def test_every_file_comes_as_it_is_with_every_header_of_the_table(served: Served, site: Site) -> None:
    for path, data in one_of_each_kind(site).items():
        answer = served.get(address(path))
        assert (answer.status, answer.body) == (200, data), path
        table = {name.lower(): value for name, value in hosting.headers(path, secure=True).items()}
        ours = {name.lower() for kind in hosting.KINDS for name in (*kind.headers, *hosting.SECURE)}
        sent = {name: value for name, value in answer.headers.items() if name in ours or name == "content-type"}
        assert sent == table, path


def test_every_page_and_calendar_of_the_site_is_there(served: Served, site: Site) -> None:
    for path, data in public(site).items():
        answer = served.get(address(path))
        assert (answer.status, answer.body) == (200, data), path


def test_the_home_page_is_at_the_site_s_own_address(served: Served, site: Site) -> None:
    answer = served.get("/")
    assert (answer.status, answer.body) == (200, (site.folder / "index.html").read_bytes())
    same = served.get("/index.html").headers
    assert {name: answer.headers[name] for name in same if name != "date"} == {
        name: value for name, value in same.items() if name != "date"
    }
    if served.base:
        redirect = served.get("").headers
        assert redirect["location"] == f"{served.base}/"


def test_programs_get_calendars_by_head_too(served: Served) -> None:
    # Thunderbird asks by HEAD before it subscribes.
    head, got = (served.get("/events.ics", method) for method in ("HEAD", "GET"))
    assert (head.status, head.body) == (200, b"")
    for name in ("content-type", "etag", "cache-control", "content-length"):
        assert head.headers[name] == got.headers[name]


@pytest.mark.parametrize("accepted", ["", "gzip", "br", "gzip, deflate, br, zstd", "br;q=0, gzip"])
def test_a_client_gets_the_copy_that_it_can_read(served: Served, site: Site, accepted: str) -> None:
    for path, data in one_of_each_kind(site).items():
        answer = served.get(address(path), accept_encoding=accepted)
        encoding = answer.headers.get("content-encoding", "")
        assert READ[encoding](answer.body) == data
        if not compression.variants(path, data):
            assert encoding == ""
            continue
        # A cache on the way must keep them apart, whichever of them it sees first.
        assert answer.headers["vary"].lower() == "accept-encoding"
        best = "" if not accepted else "br" if "br" in accepted and "br;q=0" not in accepted else "gzip"
        assert encoding == best
        if best:
            suffix = {"br": ".br", "gzip": ".gz"}[best]
            assert answer.body == (site.folder / f"{path}{suffix}").read_bytes()


@pytest.mark.parametrize("accepted", ["", "gzip", "br"])
def test_what_did_not_change_is_not_sent_again(served: Served, site: Site, accepted: str) -> None:
    for path in one_of_each_kind(site):
        first = served.get(address(path), accept_encoding=accepted)
        for asked in ({"if_none_match": first.headers["etag"]}, {"if_modified_since": first.headers["last-modified"]}):
            again = served.get(address(path), accept_encoding=accepted, **asked)
            assert (again.status, again.body) == (304, b""), (path, asked)
            assert again.headers["etag"] == first.headers["etag"]
            # RFC 9110, section 15.4.5: what decides about the copy that the client keeps goes with it.
            assert again.headers["cache-control"] == first.headers["cache-control"]


def test_what_changed_is_sent_again(served: Served) -> None:
    stale = {"if_none_match": '"another"', "if_modified_since": "Thu, 01 Jan 1970 00:00:00 GMT"}
    assert served.get("/events.ics", **stale).status == 200


def is_not_found(answer: Answer, site: Site) -> bool:
    """Whether an answer is the site's own page for what is not there, as a page."""
    table = {name.lower(): value for name, value in hosting.headers("404.html", secure=True).items()}
    assert {name: answer.headers[name] for name in table} == table
    assert "access-control-allow-origin" not in answer.headers
    return answer.status == 404 and answer.body == (site.folder / "404.html").read_bytes()


@pytest.mark.parametrize(
    "path",
    ["/nowhere", "/nowhere.html", "/events/nowhere.ics", "/nowhere.json", "/theme/gone.css", "/a/b/c/", "/404.html"],
)
def test_what_is_not_there_is_the_404_page_with_its_status(served: Served, site: Site, path: str) -> None:
    assert is_not_found(served.get(path), site)


@pytest.mark.parametrize("path", ["/events", "/events/", "/theme", "/theme/", "/search/", "/images/", "/.well-known/"])
def test_no_folder_is_listed(served: Served, site: Site, path: str) -> None:
    assert is_not_found(served.get(path), site)


@pytest.mark.parametrize(
    "path",
    [
        "/.events-output", "/.git/config", "/.git/", "/.htpasswd", "/events/.secret", "/%2egit/config", "//.git/config",
        "/theme/../.git/config", "/events/%2e%2e/.htpasswd", "/.well-known/../.git/config", *hosting.HIDDEN,
    ],
)  # fmt: skip
def test_what_is_hidden_stays_hidden(served: Served, path: str) -> None:
    answer = served.get(path)
    # Caddy sends a path with two slashes or dots to its plain form first, which is refused in turn.
    assert answer.status in {404, 301, 308}
    assert b"secret" not in answer.body
    assert b"Built by Pelican" not in answer.body


@pytest.mark.parametrize("path", ["/../../../etc/passwd", "/..%2f..%2f..%2fetc/passwd", "/theme/../../site.conf"])
def test_nothing_outside_the_site_is_served(served: Served, path: str) -> None:
    answer = served.get(path)
    assert answer.status in {301, 308, 400, 404}
    assert b"root:" not in answer.body
    assert b"server" not in answer.body[:200]


def test_whatever_watches_over_the_server_learns_that_it_lives(served: Served) -> None:
    root = Served(served.url, served.port, "")
    assert root.get(hosting.ALIVE).status == 200


def test_what_is_outside_the_path_of_the_site_is_not_there(served: Served, site: Site) -> None:
    outside = ["/", "/index.html", "/events.html", "/directoryx", "/other/"] if served.base else []
    for path in outside:
        answer = Served(served.url, served.port, "").get(path)
        assert (answer.status, answer.body) == (404, (site.folder / "404.html").read_bytes()), path


def test_whom_to_tell_of_a_weakness_is_there(served: Served, site: Site) -> None:
    answer = served.get("/.well-known/security.txt")
    assert answer.body == (site.folder / ".well-known" / "security.txt").read_bytes()
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


def test_a_list_may_be_framed_and_a_page_may_not(site: Site) -> None:
    for name in ("nginx", "caddy"):
        folder = site.folder.parent / f"embedding-{name}"
        (folder / "embed").mkdir(parents=True)
        for path in ("404.html", "index.html", "embed/events.html"):
            (folder / path).write_text("<!doctype html><title>A list</title>", encoding="utf-8")
        with started(name, folder, "") as found:
            policies = [found.get(path).headers["content-security-policy"] for path in ("/", "/embed/events.html")]
        assert [policy.split("; frame-ancestors ")[1] for policy in policies] == ["'none'", "*"]


@pytest.mark.browser
def test_every_kind_of_page_works_under_its_headers_without_a_word_of_complaint(
    served: Served, site: Site, open_page: Callable[..., Page]
) -> None:
    seen = {site.document(path).query_one("main").attrs.get("class"): path for path in site.pages()}  # type: ignore[union-attr]
    for path in sorted({*seen.values(), "index.html", "search.html", "shortlist.html", "feeds.html", "404.html"}):
        missing = path == "404.html"
        page = open_page(
            f"{served.url}/{'nowhere' if missing else quote(path)}", expected=("404 (Not Found)",) if missing else ()
        )
        # Its scripts have run, and what they put off is done; a quiet network, which takes half a second, need not be seen.
        page.evaluate("new Promise((done) => setTimeout(done, 50))")
        assert page.locator("h1").count() == 1
    page = open_page(f"{served.url}/search.html?q=summit")
    page.locator("main li h2, main li h3").first.wait_for()


@pytest.mark.browser
def test_the_policy_of_the_header_holds(served: Served, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{served.url}/", expected=("Content Security Policy",))
    # Meta elements cannot say who may frame a page: the policy that does is the header's. A style and not a script,
    # which Trusted Types would stop on its way to the policy.
    told = page.evaluate("""() => new Promise((done) => {
      const told = [];
      document.addEventListener("securitypolicyviolation", (event) => {
        told.push([event.effectiveDirective, event.originalPolicy.includes("frame-ancestors 'none'")]);
        if (told.length === 2) done(told);
      });
      const style = document.createElement("style");
      style.textContent = "h1 { display: none }";
      document.head.append(style);
    })""")
    assert sorted(told) == [["style-src-elem", False], ["style-src-elem", True]]
    assert page.locator("h1").is_visible()
