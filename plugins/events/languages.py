"""The languages of the interface: catalogues of texts by their English ones, as gettext keeps them.

A catalogue is `locale/<language>/LC_MESSAGES/events.po`, read as it is when a language is asked for; English has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

LOCALE = Path(__file__).with_name("locale")
ENGLISH = "en"


def catalogue(language: str) -> Path:
    """Where a language's texts are."""
    return LOCALE / language / "LC_MESSAGES" / "events.po"


@cache
def known(tag: str) -> str:
    """The language of the interface for a BCP 47 tag ("es" for "es-MX"); "" where there is none."""
    language = tag.split("-", maxsplit=1)[0].lower()
    return language if language == ENGLISH or catalogue(language).is_file() else ""


def languages() -> tuple[str, ...]:
    """Every language that has texts."""
    return (ENGLISH, *sorted(path.name for path in LOCALE.iterdir() if catalogue(path.name).is_file()))


@cache
def texts(language: str) -> Mapping[str, str]:
    """The texts of a language by the English ones; a text that is not there is said in English."""
    if not known(language) or language == ENGLISH:
        return MappingProxyType({})
    # Imported here: it takes 30 ms, and most sites speak English alone.
    from babel.messages.pofile import read_po  # noqa: PLC0415

    with catalogue(language).open(encoding="utf-8") as file:
        entries = read_po(file, locale=language)
    return MappingProxyType({str(entry.id): str(entry.string) for entry in entries if entry.id and entry.string})
