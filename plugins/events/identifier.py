"""The identifier at the foot of official websites: whose the site is, and the links that the law wants on it.

The parts and their order are those of the U.S. Web Design System (designsystem.digital.gov/components/identifier).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .urls import url_fault

# In the order in which they are shown. An agency that has none (of a FOIA page, outside the executive branch) says so
# with "", so that none of them is left out by oversight.
LINKS = ("about", "accessibility", "foia", "no_fear", "oig", "performance", "privacy", "vulnerability")
# What the agency's own page is by default: its home page, and the pages of this site.
_OURS = {"accessibility": "pages/accessibility.html", "privacy": "pages/privacy.html"}
_OPTIONAL = {"about", "vulnerability", *_OURS}
FIELDS = ("agency", "shortname", "url", "domain", *LINKS)


class Unusable(Exception):  # noqa: N818  what the setting is, not what went wrong here
    """The setting cannot be used; the message says why, `key` is the key that is unknown."""

    def __init__(self, message: str, key: str = "") -> None:
        super().__init__(message)
        self.key = key


class Identifier(NamedTuple):
    """Whose site it is. `links` are addresses by the names of `LINKS`: absolute, or below this site's root."""

    agency: str
    shortname: str
    url: str
    domain: str
    links: Mapping[str, str]


def identifier(value: Any, host: str) -> Identifier:
    """The identifier of a setting; raises `Unusable`. `host` is the domain where none is named."""
    if not isinstance(value, Mapping):
        msg = f"is {value!r}; it takes names and addresses, such as {{'agency': 'General Services Administration', …}}"
        raise Unusable(msg)
    for key in value:
        if key not in FIELDS:
            msg = f"has no {key!r}; it takes {', '.join(FIELDS)}"
            raise Unusable(msg, str(key))
    for key, item in value.items():
        if not isinstance(item, str) or not item.isprintable():
            msg = f"has {item!r} for {key!r}; it takes a text on one line"
            raise Unusable(msg)
    for key in ("agency", "url"):
        if not value.get(key):
            msg = f"lacks {key!r}, the {'name' if key == 'agency' else 'address'} of the agency whose site this is"
            raise Unusable(msg)
    for key in LINKS:
        if key not in value and key not in _OPTIONAL:
            msg = f"lacks {key!r}; write its address, or '' if the agency has none"
            raise Unusable(msg)
    for key in ("url", *LINKS):
        if value.get(key) and (fault := url_fault(value[key])):
            msg = f"has {value[key]!r} for {key!r}, which {fault[0]}; {fault[1]}"
            raise Unusable(msg)
    links = {
        **dict.fromkeys(LINKS, ""),
        "about": value["url"],
        **_OURS,
        **{key: value[key] for key in LINKS if key in value},
    }
    return Identifier(
        value["agency"],
        value.get("shortname") or value["agency"],
        value["url"],
        value.get("domain") or host,
        {key: href for key, href in links.items() if href},
    )
