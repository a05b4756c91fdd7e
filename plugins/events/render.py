"""From the plan to bytes: a page is its template applied to its inputs, and to nothing else.

The frame around every page (header and footer) is rendered once for each depth and section and put in as it is: the
frame costs more than the page, and is the same for thousands of them.
"""

from __future__ import annotations

import contextlib
import hashlib
import marshal
import os
import traceback
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from jinja2 import (
    BytecodeCache,
    FileSystemLoader,
    StrictUndefined,
    TemplateNotFound,
    TemplateSyntaxError,
)
from jinja2.bccache import Bucket
from markupsafe import Markup

from . import languages, wording
from .assets import ThemeError
from .compiling import Once, Templates
from .parts import digest
from .records import Unreadable
from .templates import Translated

# A build in which nothing changed renders no page of a plan.
if TYPE_CHECKING:
    from .pages import Page, Planned

# How many pieces are kept for other pages: a card takes 5 kB, with what it shows.
_PIECES = 10_000


def place_of(error: Exception) -> str:
    """ "theme/templates/event.html:12: ", the template's line that failed; "" where none did."""
    if isinstance(error, TemplateSyntaxError):
        return f"{_shown(error.filename or error.name or '')}:{error.lineno}: "
    # Jinja2 puts the templates' own lines into the traceback; the last of them is the innermost.
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.endswith(".html")]
    return f"{_shown(frames[-1].filename)}:{frames[-1].lineno}: " if frames else ""


def _shown(path: str) -> str:
    """A template's path as one types it here."""
    relative = os.path.relpath(path)
    return path if relative.startswith("..") else relative


class Compiled(NamedTuple):
    """Where compiled templates are kept, and what stands for all that made them beside their source (states.py)."""

    folder: Path
    state: bytes


class _Kept(BytecodeCache):
    """Templates as an earlier build, or another process of this one, compiled them into a language.

    Jinja2's own cache takes whatever it finds for compiled code; here that stands behind a digest of all that it was made
    of, and of itself. What is not just that is compiled anew, and what cannot be written is not kept.
    """

    def __init__(self, folder: Path, *made_of: bytes | str) -> None:
        self._folder, self._made_of = folder, made_of

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take a template's code, if it is kept."""
        with contextlib.suppress(OSError):
            data = self._path(bucket).read_bytes()
            if data[:16] == self._mark(bucket, data[16:]):
                bucket.code = marshal.loads(data[16:])  # noqa: S302  we wrote it

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template's code."""
        code, path = marshal.dumps(bucket.code), self._path(bucket)
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            aside = path.with_suffix(f".{os.getpid()}")
            aside.write_bytes(self._mark(bucket, code) + code)
            aside.replace(path)

    def _path(self, bucket: Bucket) -> Path:
        name = hashlib.blake2b(repr((bucket.key, self._made_of[1:])).encode(), digest_size=16)
        return self._folder / f"{name.hexdigest()}.template"

    def _mark(self, bucket: Bucket, code: bytes) -> bytes:
        return digest(self._made_of, bucket.key, bucket.checksum, code)


class Renderer:
    """The templates of a theme with what all pages share (`site`).

    `folders` are searched in order; a later one gives what an earlier one does not override. A page is rendered in the
    language that its input `lang` names, else in the site's (`site["language"]`). `compiled` says where templates are kept.
    """

    def __init__(self, folders: Sequence[Path], site: Mapping[str, Any], compiled: Compiled | None = None) -> None:
        self.folders, self.site, self.compiled = tuple(folders), site, compiled
        self._language = str(site.get("language", languages.ENGLISH))
        self._once = Once(_PIECES)
        self.environment = lru_cache(maxsize=None)(self._environment)
        self.chrome = lru_cache(maxsize=None)(self._chrome)

    def _environment(self, language: str) -> Templates:
        """The templates in a language."""
        words = wording.words(language)
        made = Templates(
            loader=FileSystemLoader(self.folders),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=StrictUndefined,
            # What is constant in our templates stands in them as such, and looking for it was 3% of compiling.
            optimized=False,
            auto_reload=False,
            bytecode_cache=_Kept(self.compiled.folder, self.compiled.state, words.language) if self.compiled else None,
            extensions=[Translated.into(words.language)],
        )
        made.globals.update(site=self.site, lang=words.language, chrome=partial(self.chrome, words.language))
        # Each language has its scripts.
        made.globals["js"] = "js" if words.language == languages.ENGLISH else f"{words.language}.js"
        made.globals["once"] = self._once
        made.filters.update(day=words.day, said=words)
        return made

    def _chrome(self, language: str, root: str, section: str) -> Mapping[str, Markup]:
        """Header and footer of the pages of a section at a depth."""
        templates = self.environment(language)
        return {
            name: Markup(templates.get_template(f"{name}.html").render(root=root, section=section))  # noqa: S704  our own template, autoescaped
            for name in ("header", "footer")
        }

    def own(self, template: str, language: str, **inputs: Any) -> Markup:
        """One of Pelican's own articles and pages by a template of ours, in a language (BCP 47)."""
        templates = self.environment(languages.known(language) or self._language)
        return Markup(templates.get_template(template).render(inputs))  # noqa: S704  our own template, autoescaped

    def html(self, page: Page) -> bytes:
        """The page's bytes; raises `ThemeError` with the template's file and line where it fails."""
        try:
            # Once: they are made when they are asked for, each time anew.
            inputs = page.inputs
            templates = self.environment(inputs.get("lang", self._language))
            return templates.get_template(page.template).encoded({"root": page.root, **inputs}, page.encoding)
        except TemplateNotFound as error:
            msg = f"the theme has no template {error.name}, which {page.path} needs"
            raise ThemeError(msg) from None
        except Unreadable:
            raise
        except Exception as error:
            msg = f"{place_of(error) or page.template + ': '}{error} (while rendering {page.path})"
            raise ThemeError(msg) from error

    def forget(self) -> None:
        """Let go of pieces that were kept for other pages: with their templates they are in a cycle."""
        self._once.forget()

    def has(self, template: str) -> bool:
        """Whether the theme has a template of that name."""
        return any((folder / template).is_file() for folder in self.folders)

    def fragment(self, template: str, inputs: Mapping[str, Any]) -> bytes:
        """A part of pages, in the language that its inputs name; raises `ThemeError` as `html` does."""
        try:
            return self.environment(inputs["lang"]).get_template(template).encoded(dict(inputs))
        except TemplateNotFound as error:
            msg = f"the theme has no template {error.name}"
            raise ThemeError(msg) from None
        except Exception as error:
            msg = f"{place_of(error) or template + ': '}{error}"
            raise ThemeError(msg) from error

    def card(self, card: Mapping[str, Any], href: str) -> str:
        """One event's card with the given link, for an article's text; raises `ThemeError` as `html` does."""
        try:
            return self.environment(self._language).get_template("card.html").module.card(card, "", "h3", href)  # type: ignore[attr-defined,no-any-return]
        except Exception as error:
            msg = f"{place_of(error)}{error} (while rendering the card of {card['id']})"
            raise ThemeError(msg) from error

    def render(self, planned: Planned) -> bytes:
        """The bytes of any planned file."""
        from .pages import Page  # noqa: PLC0415  as above

        return self.html(planned) if isinstance(planned, Page) else planned.data
