"""How the site is served: one table of kinds of files and their headers, and every form of it that hosts read.

nginx and Caddy configurations (`events hosting`), `_headers` and `_redirects` (Netlify, Cloudflare Pages), the preview
and the upload to S3 are all written from `KINDS` and `TYPES`, so that they cannot come to differ.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath
from urllib.parse import quote, urlsplit

from .urls import site_fault

UTF8 = "; charset=utf-8"
# By suffix; https://www.iana.org/assignments/media-types, but for OPML (http://opml.org/spec2.opml).
TYPES: Mapping[str, str] = {
    ".html": "text/html" + UTF8,
    ".ics": "text/calendar" + UTF8,  # RFC 5545, section 8.1
    ".atom": "application/atom+xml" + UTF8,  # RFC 4287, section 7
    ".json": "application/json",  # RFC 8259, section 11: it takes no charset
    ".csv": "text/csv" + UTF8,  # RFC 7111
    ".opml": "text/x-opml" + UTF8,
    ".xml": "application/xml" + UTF8,
    ".txt": "text/plain" + UTF8,
    ".css": "text/css" + UTF8,
    ".js": "text/javascript" + UTF8,  # RFC 9239
    ".svg": "image/svg+xml" + UTF8,
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".ico": "image/vnd.microsoft.icon",
    ".woff2": "font/woff2",
    ".pdf": "application/pdf",
}

# What theme/templates/base.html says in its meta element too, for hosts that send no headers; there it cannot hold
# `frame-ancestors` (CSP level 3, section 3.3).
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
_PAGE = POLICY + "; frame-ancestors 'none'"
# A list for other people's pages: text and links, in a frame of anybody.
_EMBEDDED = "default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors *"
# XML and SVG that is opened by itself is a document, in which a script could run.
_INERT = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"

# A page names hashed files, which are gone after the next build: it is asked for each time, and "not modified" is a
# few hundred bytes. A calendar may be an hour old: apps ask every half hour (Thunderbird) to once a day (Google), and
# what is cancelled shall not wait much longer than that. Should the host be down, a week-old calendar is better than
# none (RFC 5861). A hashed file never changes (RFC 8246).
REVALIDATED = "public, max-age=0, must-revalidate"
HOURLY = "public, max-age=3600, stale-while-revalidate=600, stale-if-error=604800"
DAILY = "public, max-age=86400"
FOREVER = "public, max-age=31536000, immutable"

_TYPED_AS_SAID = {"X-Content-Type-Options": "nosniff"}
# Lets scripts of any site read them.
_OPEN = {"Access-Control-Allow-Origin": "*"}
_DOCUMENT = {
    # An organizer may know that a visitor came from here, and never what they searched for.
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """Files that are served alike: their addresses (`*` is any text), and how they are sent.

    Calendars go out with little more than they need: a million subscribers fetch mostly headers.
    """

    name: str
    patterns: Sequence[str]
    headers: Mapping[str, str]

    @property
    def regex(self) -> str:
        """What matches the addresses below the site's own path, for nginx, Caddy and Python alike."""
        ways = [re.escape(pattern).replace(r"\*", ".*") for pattern in self.patterns]
        return f"(?:{'|'.join(ways)})$"


def _cached(cache: str, policy: str = "", *others: Mapping[str, str]) -> Mapping[str, str]:
    made = {"Cache-Control": cache, **_TYPED_AS_SAID}
    if policy:
        made["Content-Security-Policy"] = policy
    for other in others:
        made |= other
    return made


PAGES = Kind(
    "pages",
    ["*.html", "*/"],
    _cached(REVALIDATED, _PAGE, _DOCUMENT, {"Cross-Origin-Opener-Policy": "same-origin"}),
)
# The first that matches counts; the last matches all.
KINDS = (
    Kind("theme", ["/theme/*"], _cached(FOREVER, _INERT)),
    Kind("search", ["/search/*.json"], _cached(FOREVER, "", _OPEN)),
    Kind("embeds", ["/embed/*"], _cached(HOURLY, _EMBEDDED, _DOCUMENT, _OPEN)),
    Kind("calendars", ["*.ics"], _cached(HOURLY, "", _OPEN)),
    Kind("data", ["*.atom", "*.json", "*.csv", "*.opml", "*.xml", "*.txt"], _cached(HOURLY, _INERT, _OPEN)),
    PAGES,
    Kind("others", ["*"], _cached(DAILY, _INERT)),
)

# A year, RFC 6797; neither subdomains nor the browsers' own list, which are decisions about a whole domain.
SECURE = {"Strict-Transport-Security": "max-age=31536000"}

# Answers whether the server lives, for whatever watches over it.
ALIVE = "/.well-known/alive"
HIDDEN = ("/_headers", "/_redirects")


def kind_of(path: str) -> Kind:
    """The kind of the file at an address below the site's root."""
    return next(kind for kind in KINDS if re.match(kind.regex, "/" + path))


def headers(path: str, *, secure: bool) -> dict[str, str]:
    """All the headers that a file goes out with, but those that the server counts itself (ETag, Vary, dates)."""
    made = {**kind_of(path).headers, **(SECURE if secure else {})}
    if found := TYPES.get(PurePosixPath(path).suffix):
        made["Content-Type"] = found
    return made


@dataclass(frozen=True, slots=True)
class Site:
    """Where a server finds and shows the site: its folder on the server, and its address.

    `listen` is what to listen on where that is not what the address says: behind a proxy, in a container.
    """

    root: str
    url: str
    listen: str = ""

    def __post_init__(self) -> None:
        """Refuse, with `ValueError`, what would be read as something else in a configuration."""
        if fault := site_fault(self.url):
            msg = f"{self.url!r} {fault[0]}; {fault[1]}"
            raise ValueError(msg)
        if not re.fullmatch(r"/[\w./~-]+", self.root, re.ASCII):
            msg = f"{self.root!r} is no folder of a server; write one such as /srv/events, without spaces"
            raise ValueError(msg)
        if not re.fullmatch(r"[\w.:\[\]-]*", self.listen, re.ASCII):
            msg = f"{self.listen!r} is nothing to listen on; write a port or an address such as 127.0.0.1:8080"
            raise ValueError(msg)

    @property
    def base(self) -> str:
        """The path below which the site is served: "" or "/events"."""
        return urlsplit(self.url).path.rstrip("/")

    @property
    def always(self) -> Mapping[str, str]:
        """The headers of every answer, whatever its kind."""
        return SECURE if urlsplit(self.url).scheme == "https" else {}


def nginx(site: Site) -> str:
    """A configuration for nginx with its Brotli module, to be included within `http`.

    Each header is set once, from a map, and an empty one is not sent: an `add_header` inside a location would
    silently undo those around it.
    """
    base = re.escape(site.base)
    kinds = "".join(f'    "~^{base}{kind.regex}" {kind.name};\n' for kind in KINDS)
    maps, adds = "", ""
    for name in dict.fromkeys(name for kind in KINDS for name in kind.headers):
        variable = f"$events_{name.lower().replace('-', '_')}"
        rows = "".join(f'    {kind.name} "{kind.headers[name]}";\n' for kind in KINDS if name in kind.headers)
        maps += f'map $events_kind {variable} {{\n    default "";\n{rows}}}\n'
        adds += f"    add_header {name} {variable} always;\n"
    adds += "".join(f'    add_header {name} "{value}" always;\n' for name, value in site.always.items())
    types = "".join(f"        {found.removesuffix(UTF8)} {suffix[1:]};\n" for suffix, found in TYPES.items())
    # nginx adds text/html itself, and warns when it is told.
    charsets = " ".join(found.removesuffix(UTF8) for found in [*TYPES.values()][1:] if found.endswith(UTF8))
    hidden = "|".join(re.escape(path) for path in HIDDEN)
    host = urlsplit(site.url).hostname or ""
    if ":" in host:
        host = f"[{host}]"
    below = ""
    if site.base:
        # Without an answer of its own, what is outside would be nginx's own folder, with its page of welcome.
        below = f"    location = {site.base} {{ return 301 {site.base}/; }}\n    location / {{ return 404; }}\n"
    wanted = site.listen.removeprefix(":") or "80"
    # A port alone is one of IPv4 to nginx.
    places = [wanted, f"[::]:{wanted}"] if wanted.isdecimal() else [wanted]
    listens = "".join(f"    listen {place};\n" for place in places)
    return f"""\
# {_WRITTEN}
map $uri $events_kind {{
{kinds}}}
{maps}
server {{
{listens}    server_name {host};

    types {{
{types}    }}
    default_type application/octet-stream;
    charset utf-8;
    charset_types {charsets};

    # The build made the copies; nothing is compressed while somebody waits.
    gzip off;
    brotli_static on;
    gzip_static on;
    gzip_vary on;
    etag on;

    autoindex off;
    server_tokens off;
    absolute_redirect off;
    log_not_found off;
{adds}
    error_page 403 404 =404 {site.base}/404.html;
    location = {site.base}/404.html {{ internal; alias {site.root}/404.html; }}

    # What starts with a dot, and the files that tell other hosts what this one tells nginx.
    location = {ALIVE} {{ default_type text/plain; return 200; }}

    location ~ ^{base}(?:(?:/.*)?/\\.(?!well-known/)|(?:{hidden})$) {{ return 404; }}
{below}    location = {site.base}/ {{ rewrite ^ {site.base}/index.html last; }}
    location {site.base}/ {{
        alias {site.root}/;
        # A folder is no page, and what is in it no list.
        if (-d $request_filename) {{ return 404; }}
    }}
}}
"""


def caddyfile(site: Site) -> str:
    """A configuration for Caddy 2.6 or later, which gets its certificate itself where the address is https."""
    parts = urlsplit(site.url)
    # Without a scheme Caddy would want a certificate for whatever it listens on.
    address = f"http://{site.listen}" if site.listen else f"{parts.scheme}://{parts.netloc}"
    kinds = "".join(f'\t\t\t"~^{kind.regex}" {kind.name}\n' for kind in KINDS)
    typed = "".join(f'\t\t\t"~\\.{suffix[1:]}$" "{found}"\n' for suffix, found in TYPES.items())
    typed += f'\t\t\t"~/$" "{TYPES[".html"]}"\n'
    blocks = ""
    for kind in KINDS:
        rows = "".join(f'\t\t\t{name} "{value}"\n' for name, value in (*kind.headers.items(), *site.always.items()))
        blocks += f"\t\t@{kind.name} vars {{events_kind}} {kind.name}\n\t\theader @{kind.name} {{\n{rows}\t\t}}\n"
    # A file that is missing had its own headers set already.
    page = "".join(f'\t\t\t{name} "{value}"\n' for name, value in headers("404.html", secure=False).items())
    undone = "".join(
        f"\t\t\t-{name}\n"
        for name in dict.fromkeys(name for kind in KINDS for name in kind.headers)
        if name not in PAGES.headers
    )
    redirect = f"\tredir {site.base} {site.base}/ permanent\n" if site.base else ""
    # Without an answer of its own, what is outside would be an empty page with status 200.
    outside = "\thandle {\n\t\terror 404\n\t}\n" if site.base else ""
    return f"""\
# {_WRITTEN}
{address} {{
{redirect}	handle_path {site.base}/* {{
		root * {site.root}
		map {{path}} {{events_kind}} {{
{kinds}		}}
		map {{path}} {{events_type}} {{
{typed}		}}
{blocks}\
		@typed path_regexp (/|\\.({"|".join(suffix[1:] for suffix in TYPES)}))$
		header @typed Content-Type {{events_type}}
		header @typed {{
			Vary Accept-Encoding
			defer
		}}
		@hidden {{
			path */.* {" ".join(HIDDEN)}
			not path /.well-known/*
		}}
		error @hidden 404
		error /404.html 404
		file_server {{
			precompressed br gzip
			disable_canonical_uris
		}}
	}}
	handle {ALIVE} {{
		respond 200
	}}
{outside}	handle_errors {{
		root * {site.root}
		rewrite * /404.html
		header {{
{page}{undone}\t\t}}
		file_server {{
			precompressed br gzip
			status 404
		}}
	}}
}}
"""


_WRITTEN = "Written by `events hosting`: change plugins/events/hosting.py and write it anew."

SERVERS: Mapping[str, Callable[[Site], str]] = {"nginx": nginx, "caddy": caddyfile}


# What Netlify and Cloudflare Pages read. A file gets the headers of every rule that matches it; where two rules set the
# same one, Netlify takes the last and Cloudflare joins them. So what may differ is set by one rule for each file, but
# for policies, which may be joined: browsers then hold the page to both (CSP level 3, section 8.1).

# https://developers.cloudflare.com/pages/configuration/headers/ and …/redirects/
MOST_RULES, MOST_REDIRECTS = 100, 2000


def headers_file(site_url: str, paths: Iterable[str]) -> str:
    """The `_headers` file for a site of these files.

    Both hosts have browsers revalidate pages without being told, and Cloudflare serves `/events.html` as `/events`: so
    the rule for everything says what pages need, but for whom may frame them, and how long to keep them.
    """
    base = urlsplit(site_url).path.rstrip("/")
    secure = SECURE if urlsplit(site_url).scheme == "https" else {}
    everywhere = {**PAGES.headers, "Content-Security-Policy": POLICY, **secure}
    del everywhere["Cache-Control"]
    rules: dict[str, Mapping[str, str]] = {"/*": everywhere}
    # Short names first, so that one that begins another is there before it.
    held = sorted(_examples(paths), key=lambda path: (path.partition("/")[0].removesuffix(".html"), path))
    # The suffixes that mean one thing in a folder of its own, and another elsewhere.
    shared = {PurePosixPath(path).suffix for path in held if _in_folder(kind_of(path))}
    for path in held:
        kind, (folder, _, below), suffix = kind_of(path), path.partition("/"), PurePosixPath(path).suffix
        if kind is PAGES:
            if path == "index.html":
                rules["/"] = {"X-Frame-Options": "DENY"}
            # `/events*`: the page with and without its suffix, and the pages below it; sorted, `/event*` came before.
            stem = f"/{folder.removesuffix('.html')}*"
            if not any(known.endswith("*") and stem.startswith(known[:-1]) for known in rules if known != "/*"):
                rules[stem] = {"X-Frame-Options": "DENY"}
        elif _in_folder(kind):
            for pattern in kind.patterns:
                rules[pattern] = _beyond(kind, everywhere)
        else:
            here = f"/{folder}/*{suffix}" if below else f"/{path}"
            typed = {"Content-Type": TYPES[suffix]} if suffix in TYPES else {}
            rules[here if suffix in shared or not suffix else f"/*{suffix}"] = {**_beyond(kind, everywhere), **typed}
    return "".join(
        f"{base}{address}\n" + "".join(f"  {name}: {value}\n" for name, value in found.items())
        for address, found in rules.items()
    )


def _examples(paths: Iterable[str]) -> Iterable[str]:
    """The first file of each suffix in each folder, by name, and every file at the top: the others are sent as these."""
    found: dict[tuple[str, str], str] = {}
    for path in paths:
        # By hand: there are as many as files, and `os.path.splitext` takes four times as long.
        top, dot = path.find("/"), path.rfind(".")
        suffix = path[dot:] if top >= 0 and path.rfind("/") + 1 < dot else ""
        key = (path[:top] if top >= 0 else path, suffix)
        if key not in found or path < found[key]:
            found[key] = path
    return found.values()


def _in_folder(kind: Kind) -> bool:
    return all(pattern.startswith("/") for pattern in kind.patterns)


def _beyond(kind: Kind, everywhere: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in kind.headers.items() if everywhere.get(name) != value}


def redirects_file(site_url: str, moves: Iterable[tuple[str, str]]) -> str:
    """The `_redirects` file for addresses that moved, as (from, to) below the root; "" for none.

    Those beyond the most that Cloudflare Pages takes keep the page that leads on, as all do on other hosts.
    """
    base = urlsplit(site_url).path.rstrip("/")
    lines = [f"{base}/{quote(old)} {base}/{quote(new)} 301\n" for old, new in sorted(moves)]
    return "".join(lines[:MOST_REDIRECTS])


def security_txt(contact: str, site_url: str, language: str, today: date) -> str:
    """Whom to tell of a weakness, RFC 9116.

    It must expire, and should within a year. The day is that of the build, to the month: half a year after the last
    build the file expires, as it should where nobody looks after the site, and its bytes change once a month, not daily.
    """
    months = today.year * 12 + today.month - 1 + 7
    expires = date(months // 12, months % 12 + 1, 1)
    return (
        f"{SECURITY_MARK}\n"
        f"Contact: {contact}\n"
        f"Expires: {expires.isoformat()}T00:00:00Z\n"
        f"Preferred-Languages: {language}\n"
        f"Canonical: {site_url}/{SECURITY_TXT}\n"
    )


SECURITY_TXT = ".well-known/security.txt"
# How ours begins: one that somebody put into the output by hand is left alone.
SECURITY_MARK = "# Made from EVENT_SECURITY_CONTACT."


def write_changed(file: Path, site_url: str, paths: Iterable[str]) -> None:
    """Write the addresses of changed files, one a line, for the purge of a CDN."""
    found = [f"{site_url}/{quote(path)}" for path in paths]
    # The home page is asked for by the site's own address.
    found += [f"{site_url}/" for path in found if path == f"{site_url}/index.html"]
    file.write_text("".join(f"{address}\n" for address in found), encoding="utf-8")
