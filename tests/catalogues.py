"""Writes the catalogues anew from what the code, the templates and the scripts say: `make words`.

Translations stay; a text that is new has none, and `tests/test_languages.py` names it.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from events import languages, vocabulary
from events.notices import NOTICES
from events.wording import LONG_ZONES

ROOT = Path(__file__).resolve().parents[1]
# Where texts are, how Babel finds them, and the names by which they are called.
SOURCES = (
    ("plugins/events", "*.py", "python", {"words": None, "self": None, "plural": (2, 3)}),
    ("theme/templates", "*.html", "jinja2.ext:babel_extract", {"_": None, "gettext": None}),
)
VOCABULARIES = (
    "KIND", "KIND_PLURAL", "FORMAT", "STATUS", "AUDIENCE", "ELIGIBILITY", "PRICE_FOR", "REGISTRATION", "CREDIT",
    "ACCESSIBILITY", "RESOURCE", "ORGANIZER", "STATE",
)  # fmt: skip


def said() -> Mapping[str, list[str]]:
    """Every text of the interface in English, with the files that say it."""
    found: dict[str, list[str]] = {}
    for text, place in _said():
        places = found.setdefault(text, [])
        if place not in places:
            places.append(place)
    return found


def _said() -> Iterator[tuple[str, str]]:
    for folder, pattern, method, keywords in SOURCES:
        for path in sorted((ROOT / folder).rglob(pattern)):
            place = path.relative_to(ROOT).as_posix()
            with path.open("rb") as file:
                for _, message, _, _ in extract(method, file, keywords, options={"trimmed": "true", "silent": "false"}):
                    for text in (message,) if isinstance(message, str) else message:
                        yield text, place
    # As theme/build.mjs finds them; Babel misses a call within a call.
    for path in sorted((ROOT / "theme" / "scripts").rglob("*.js")):
        for literal in re.findall(r'\bsay\(\s*("(?:[^"\\]|\\.)*")', path.read_text(encoding="utf-8")):
            yield json.loads(literal), path.relative_to(ROOT).as_posix()
    for name in VOCABULARIES:
        for text in getattr(vocabulary, name).values():
            yield text, "plugins/events/vocabulary.py"
    for notice in NOTICES:
        for text in (notice.name, notice.title, notice.description):
            yield text, "plugins/events/notices.py"
    for text in LONG_ZONES.values():
        yield text, "plugins/events/wording.py"


def updated(language: str) -> bytes:
    """A catalogue as it ought to be: every text once, in order, with the translations that there are."""
    path = languages.catalogue(language)
    old = read_po(io.BytesIO(path.read_bytes()), locale=language) if path.is_file() else Catalog(locale=language)
    new = Catalog(locale=language, header_comment=f"# The interface in {language}; `make words` writes the texts in.")
    for text, places in sorted(said().items()):
        entry = old.get(text)
        flags = ["python-brace-format"] if re.search(r"(?<!%)\{\w+\}", text) else []
        new.add(text, entry.string if entry else "", locations=[(place, 0) for place in places], flags=flags)
    written = io.BytesIO()
    write_po(written, new, width=120, omit_header=True)
    return HEADER.format(language=language).encode() + written.getvalue()


HEADER = """# The interface by its English texts; `make words` writes new ones in, without a translation.
msgid ""
msgstr ""
"Language: {language}\\n"
"Content-Type: text/plain; charset=utf-8\\n"

"""

if __name__ == "__main__":
    for spoken in languages.languages()[1:]:
        languages.catalogue(spoken).write_bytes(updated(spoken))
