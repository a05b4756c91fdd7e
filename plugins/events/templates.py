"""Templates in the languages of the interface.

A template is put into a language when it is compiled, so that no page pays for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import takewhile

from jinja2 import TemplateSyntaxError
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

from .languages import ENGLISH, texts

_CALL = ["name", "lparen", "string", "rparen"]


class Translated(Extension):
    """`{% trans %}…{% endtrans %}` and `_("…")`, as Jinja2's own i18n extension writes them, at no cost per page.

    Jinja2's looks each text up again for every page. Here the template's tokens are put into the language that
    `Translated.into` names before the template is compiled. Plural forms are two texts and an `if`.
    """

    language = ENGLISH

    @classmethod
    def into(cls, language: str) -> type[Translated]:
        """The extension for an environment of that language."""
        return type(cls.__name__, (cls,), {"language": language})

    def filter_stream(self, stream: TokenStream) -> Iterable[Token]:
        """The template's tokens, in the language."""
        tokens = iter(self._calls([*stream]))
        for token in tokens:
            if token.type != "block_begin":
                yield token
                continue
            following = next(tokens)
            if (following.type, following.value) == ("name", "trans"):
                block = list(takewhile(lambda inner: (inner.type, inner.value) != ("name", "endtrans"), tokens))
                next(tokens)
                yield from self._block(block[:-1], stream.name)
            else:
                yield token
                yield following

    def _calls(self, tokens: list[Token]) -> Iterator[Token]:
        """The tokens with every `_("text")` made the text itself."""
        place = 0
        while place < len(tokens):
            token = tokens[place]
            # First what few of the thousands are.
            if token.value == "_" and [each.type for each in tokens[place : place + 4]] == _CALL:
                text = tokens[place + 2]
                yield Token(text.lineno, "string", self._said(text.value))
                place += 4
            else:
                yield token
                place += 1

    def _said(self, text: str) -> str:
        return texts(self.language).get(text, text)

    def _block(self, tokens: list[Token], template: str | None) -> Iterator[Token]:
        """A block's tokens: its values are `name=expression` in its head, or plain names in its body."""
        head = next(index for index, token in enumerate(tokens) if token.type == "block_end")
        values = _values(tokens[:head])
        message = ""
        body = iter(tokens[head + 1 :])
        for token in body:
            if token.type == "data":
                message += token.value
            elif token.type == "variable_begin":
                name = next(body).value
                line = token.lineno
                values.setdefault(name, [Token(line, "name", name)])
                message += f"%({name})s"
                next(body)
            else:
                msg = f"only names in {{{{ }}}} may stand within `trans`, and no `{token.value}`"
                raise TemplateSyntaxError(msg, token.lineno, template)
        line = tokens[head].lineno
        said = self._said(re.sub(r"\s*\n\s*", " ", message.strip()))
        for part in re.split(r"(%\(\w+\)s)", said):
            if named := re.fullmatch(r"%\((\w+)\)s", part):
                yield Token(line, "variable_begin", "{{")
                yield from values[named[1]]
                yield Token(line, "variable_end", "}}")
            elif part:
                yield Token(line, "data", part)


def _values(tokens: list[Token]) -> dict[str, list[Token]]:
    """The values of a head, `name=expression, name=expression`, by their names."""
    values: dict[str, list[Token]] = {}
    depth = 0
    name = ""
    for index, token in enumerate(tokens):
        depth += (token.type in ("lparen", "lbracket", "lbrace")) - (token.type in ("rparen", "rbracket", "rbrace"))
        if depth == 0 and token.type == "name" and tokens[index + 1 : index + 2] and tokens[index + 1].type == "assign":
            name = token.value
            values[name] = []
        elif depth == 0 and (token.type == "comma" or (token.type == "assign" and not values[name])):
            continue
        else:
            values[name].append(token)
    return values
