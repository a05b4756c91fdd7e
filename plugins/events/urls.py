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
    if re.search(r"""[\s<>"{}|\\^`]""", text):
        return "holds a character that no web address has", "copy the address again from the browser's address line"
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is no web address", "copy it again from the browser's address line"
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
