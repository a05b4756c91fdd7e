"""Which addresses a record and its texts may hold, and how texts stand in addresses."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib import parse
from urllib.parse import urlsplit

LIMIT = 2048
_PLAIN = re.compile(r"https?://[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?:/[A-Za-z0-9._~/%+=?&#,;-]*)?")
_PASSCODE = re.compile(r"[?&#](?:pwd|passcode|password|pin|access_code)=", re.IGNORECASE)


def url_fault(text: str) -> tuple[str, str] | None:  # noqa: PLR0911  one line for each way to be wrong
    """What is wrong with a web address, and its mend; None where nothing is."""
    # What nearly every address is: nothing in it could be wrong but its length or a passcode.
    if _PLAIN.fullmatch(text) and len(text) <= LIMIT and not _PASSCODE.search(text):
        return None
    # Once: what stands round an address may stand round itself a thousand times.
    if len(text) <= LIMIT and (found := re.fullmatch(r"<([^<\[]\S*)>|\[[^]]*\]\(([^<\[]\S*)\)", text)):
        inner = found[1] or found[2]
        if not url_fault(inner):
            return "holds more than an address", f"write `{inner}`"
    if re.search(r"""[\s<>"{}|\\^`]""", text):
        return "holds a character that no web address has", "copy the address again from the browser's address line"
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is no web address", "copy it again from the browser's address line"
    if re.fullmatch(r"[^@/?#:]+@[^@/?#:]+\.[A-Za-z]+", text):
        return (
            "is an e-mail address, not that of a page",
            "write the address of a page; whom to ask about an event stands in its `contact:`",
        )
    if not parts.scheme and "." in text.split("/", maxsplit=1)[0]:
        return "lacks its beginning", f"write `https://{text}`"
    if parts.scheme.lower() not in ("http", "https"):
        return (
            f"starts with `{parts.scheme or text[:12]}`; only http and https are linked",
            "write an address that starts with `https://`",
        )
    if parts.username is not None or parts.password is not None:
        return "holds a user name or password", "remove what stands before the `@`"
    if not host:
        return "names no host", "write the whole address, such as `https://www.example.gov/page`"
    if len(text) > LIMIT:
        return f"is {len(text)} characters long", f"use an address of at most {LIMIT} characters"
    if _PASSCODE.search(text):
        return "gives away a meeting's passcode", "link to the page where people register instead"
    return None


_NAME = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?"
MOST_PORTS = 65_535


def site_fault(url: object) -> tuple[str, str] | None:  # noqa: PLR0911  one line for each way to be wrong
    """What is wrong with the address of a site, and its mend; None where nothing is.

    Its path stands as it is in pages, calendars and the configurations of servers: so it has only what means itself in
    all of them.
    """
    found = (
        re.fullmatch(r"https?://(\[[^]/]*]|[^/:?#]+)(?::([^/?#]*))?(.*)", url, re.DOTALL)
        if isinstance(url, str)
        else None
    )
    if not found:
        return (
            "is no absolute address",
            "write all of it, such as 'https://events.example.org', for calendars to link back",
        )
    host, port, path = found.groups()
    if "@" in host or "@" in (port or ""):
        return "holds a user name or password", "write the host alone, without what stands before the `@`"
    if "?" in path or "#" in path:
        return "goes on after its path", "write a host and a path, and nothing more"
    if not (_is_address(host[1:-1]) if host.startswith("[") else re.fullmatch(rf"{_NAME}(\.{_NAME})*", host)):
        return (
            f"has {host!r} for its host",
            "write a name such as 'events.example.org', in Punycode where it is not ASCII",
        )
    if port is not None and not (re.fullmatch(r"[0-9]{1,5}", port) and 0 < int(port) <= MOST_PORTS):
        return f"has {port!r} for its port", f"write a number from 1 to {MOST_PORTS}, or leave it out with its colon"
    if not re.fullmatch(r"(/(?!\.{1,2}(/|\Z))[A-Za-z0-9._~-]+)*/?", path):
        return (
            f"has {path!r} for its path",
            "write names of letters, digits, `-`, `.`, `_` and `~`, with one `/` before each",
        )
    return None


def _is_address(text: str) -> bool:
    """Whether it is an IPv6 address."""
    import ipaddress  # noqa: PLC0415  few addresses are numbers

    try:
        return bool(ipaddress.IPv6Address(text)) and "%" not in text
    except ValueError:
        return False


def is_this_machine(host: str) -> bool:
    """Whether a host is the machine that asks, in any way to write it that browsers know (127.1, 0x7f.1, localhost)."""
    import ipaddress  # noqa: PLC0415  as above
    import socket  # noqa: PLC0415

    name = host.rstrip(".").lower()
    try:
        address = ipaddress.ip_address(name if ":" in name else socket.inet_aton(name))
    except (OSError, ValueError):
        return name.split(".")[-1] in ("localhost", "localdomain")
    address = getattr(address, "ipv4_mapped", None) or address
    return address.is_loopback or address.is_unspecified


# The id ends before punctuation: in running text a full stop or a comma follows it.
EVENT_LINK = re.compile(r"\{event\}((?:[^\s\"'<>)\]]*\w)?)")
_MAILTO = re.compile(r"mailto:[^\s@<>\"']+@[^\s@<>\"'?]+(\?[^\s<>\"']*)?", re.IGNORECASE)


# A mail address that may stand behind `mailto:`, where `?` and `&` would begin a header (RFC 6068, 2).
MAIL = re.compile(r"[A-Za-z0-9.!#$%'*+/=^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def link_fault(href: str) -> tuple[str, str] | None:
    """What is wrong with a link of a text, and its mend; None where nothing is."""
    if _MAILTO.fullmatch(href) or EVENT_LINK.fullmatch(href):
        return None
    if found := EVENT_LINK.match(href):
        return ("goes on after an event's id", f"write `{found[0]}`")
    return url_fault(href)


# What nearly every address begins with. The library takes all of it apart: 5 µs instead of one, three times a page.
_HOST = re.compile(r"https?://([A-Za-z0-9.-]+)(?:/|\Z)")


def is_government(url: str) -> bool:
    """Whether an address is below .gov or .mil: other links leave the government's own pages."""
    found = _HOST.match(url)
    host = found[1].lower() if found else urlsplit(url).hostname or ""
    return host.rstrip(".").endswith((".gov", ".mil"))


# How a link looks that leaves them.
EXTERNAL = "usa-link usa-link--external"

_SIGN = re.compile(r"[^A-Za-z0-9_.~%-]")


def quote(text: str) -> str:
    """A text as the value of a query (RFC 3986, 2.1): the same as `urllib.parse.quote(text, safe="")`.

    That looks at one byte after another: 10 µs for a sentence, and eight of them a page. A text has few different signs
    beside its letters, and each is replaced at once.
    """
    quoted = text.replace("%", "%25").replace(" ", "%20")
    for sign in set(_SIGN.findall(quoted)):
        quoted = quoted.replace(sign, _quoted_sign(sign))
    return quoted


def ascii_only(url: str) -> str:
    """An address as RFC 3986 has it: its host in Punycode, and what else is not ASCII as the bytes of its UTF-8.

    As it is where its host has no such name (IDNA 2003): browsers would find nothing there either.
    """
    if url.isascii():
        return url
    parts = urlsplit(url)
    try:
        place = parts.netloc.encode("idna").decode()
    except UnicodeError:
        place = parts.netloc
    return parse.quote(parts._replace(netloc=place).geturl(), safe="!#$%&'()*+,/:;=?@[]~")


@lru_cache(maxsize=1024)
def _quoted_sign(sign: str) -> str:
    return parse.quote(sign, safe="")
