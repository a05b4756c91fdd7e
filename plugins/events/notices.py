"""The pages that a site owes its readers: who runs it, how to have an event added or corrected, how accessible it is,
and what it learns of them.

What they say of the operator comes from the settings. A page of the same name in `content/pages/` takes the place of
one of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from . import wording
from .settings import Settings
from .urls import is_government


@dataclass(frozen=True, slots=True)
class Notice:
    """One of these pages: its template is `<id>.html`, its address `pages/<id>.html`."""

    id: str
    name: str
    title: str
    description: str

    @property
    def path(self) -> str:
        """Where it is saved."""
        return f"pages/{self.id}.html"


NOTICES = (
    Notice(
        "about",
        "About",
        "About this directory of events",
        "What the directory lists and what it does not, who runs it, where its facts come from, and what a listing means.",
    ),
    Notice(
        "submit",
        "Add or correct an event",
        "Add an event, or correct one",
        "How to tell us of an event that is missing, and of anything that is wrong, out of date or cancelled.",
    ),
    Notice(
        "accessibility",
        "Accessibility",
        "Accessibility statement",
        "What is done so that everyone can use this site, how that is tested, what was not tested, and how to report a barrier.",
    ),
    Notice(
        "privacy",
        "Privacy",
        "Privacy: what this site learns of you",
        "No cookies, no third parties, no counting of visits: what your browser keeps, and who sees what you ask for.",
    ),
)


def notices(settings: Settings, replaced: Collection[str] = ()) -> Iterator[tuple[Notice, Mapping[str, Any]]]:
    """The pages with what they show; `replaced` are the addresses that the operator's own pages have."""
    repository = settings.repository_url
    words = wording.words(settings.language)
    github = urlsplit(repository).hostname == "github.com"
    for notice in NOTICES:
        if notice.path not in replaced:
            yield (
                notice,
                {
                    "title": words(notice.title),
                    "description": words(notice.description),
                    "canonical": f"{settings.site_url}/{notice.path}",
                    "section": "pages",
                    "name": words(notice.name),
                    "publisher": settings.publisher,
                    "leaves": bool(repository) and not is_government(repository),
                    # Addresses below a repository are known for GitHub alone.
                    "form": f"{repository}/issues/new/choose" if github else "",
                    "guide": f"{repository}/blob/HEAD/CONTRIBUTING.md" if github else "",
                    "tested": words.day(settings.accessibility_date) if settings.accessibility_date else "",
                },
            )


def missing(settings: Settings) -> list[str]:
    """What the operator set that shows nowhere, and what a public site should set for these pages to tell it; one line each."""
    found = []
    if settings.public and not settings.contact:
        found.append(
            "EVENT_CONTACT is not set: no page tells whom to ask, or where to report a barrier; "
            "write a mail address in pelicanconf.py"
        )
    if settings.security_contact and settings.base_path:
        # RFC 9116, section 3: it counts at the root of a host only.
        found.append(
            f"EVENT_SECURITY_CONTACT shows nowhere: the site is below {settings.base_path}, and nobody looks for a "
            "security.txt there; have whoever keeps the host put it at its root, or leave the setting out"
        )
    return found
