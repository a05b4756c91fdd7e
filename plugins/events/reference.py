"""The field reference (docs/records.md) and the schema, made from the model: they ask for what the check asks for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from . import vocabulary
from .fields import Choice, Group, Many, Spec, Type, specs
from .model import REGISTRIES, Event, event_schema, id_words
from .records import MAX_BYTES, MAX_DEPTH

_HEAD = f"""\
# Records: the field reference

This page is made from the model by `events schema --reference`; a test fails when they differ.

A record is one YAML file, `content/events/<year>/<id>.yaml`. The file's name without `.yaml` is the event's **id**
({id_words()}); it is part of every address, so choose it once. The folder is for you alone.

A record to start from: `events new`. To check what you wrote: `events check`. Every value is read as the text that
you typed: `2027-03-02 13:30` is that, `02134` a ZIP code, `0.50` keeps its zero. A field without a value counts as not
there. Refused are anchors, aliases, tags, a second document, a key twice, more than {MAX_DEPTH} levels, more than
{MAX_BYTES // 1024} KB, and invisible characters.

Fields marked * are required.
"""


def schema() -> str:
    """The JSON Schema of a record, as `events schema` prints it and the site has it in `/schema/event.json`."""
    return json.dumps(event_schema(), ensure_ascii=False, indent=2) + "\n"


def text() -> str:
    """The whole page, in Markdown."""
    parts = [_HEAD, "\n## The fields\n\n", _table(specs(Event))]
    for name, kind in _groups(Event):
        parts += [f"\n### `{name}`\n\n", f"{_of(name)}\n\n", _table(specs(kind.cls))]
    parts.append("\n## The vocabularies\n")
    for title, values in _vocabularies():
        parts += [f"\n### {title}\n\n", *(f"- `{value}`: {words}\n" for value, words in values.items())]
    parts.append(
        "\n## The registries\n\nTopics, organizers and series stand in files of their own beside `content/events/`:"
        " `id:`, and indented below it its fields.\n"
    )
    for name, cls in REGISTRIES.items():
        parts += [f"\n### `content/{name}.yaml`\n\n", _table(specs(cls))]
    return "".join(parts)


def _of(name: str) -> str:
    spec = specs(Event)[name]
    return spec.doc + (" A list; each item has these fields:" if isinstance(spec.type, Many) else "")


def _groups(cls: type) -> Iterator[tuple[str, Group]]:
    for name, spec in specs(cls).items():
        kind: Type = spec.type.of if isinstance(spec.type, Many) else spec.type
        if isinstance(kind, Group):
            yield name, kind


def _table(fields: Mapping[str, Spec]) -> str:
    rows = ["| field | what it says | what it takes | example |\n", "|---|---|---|---|\n"]
    for name, spec in fields.items():
        kind = spec.type.of if isinstance(spec.type, Many) else spec.type
        words = spec.type.words()
        if isinstance(kind, Group):
            words = f"{'a list of ' if isinstance(spec.type, Many) else ''}[fields of its own](#{name})"
        example = ""
        if spec.example is not None:
            shown = f"[{', '.join(spec.example)}]" if isinstance(spec.example, list) else spec.example
            example = f"`{shown}`"
        cells = [f"`{name}`{' *' if spec.required else ''}", spec.doc, words, example]
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n")
    return "".join(rows)


def _vocabularies() -> Iterator[tuple[str, Mapping[str, str]]]:
    """Every vocabulary that a field takes, under the field's name."""
    for name, spec in specs(Event).items():
        kind: Type = spec.type.of if isinstance(spec.type, Many) else spec.type
        if isinstance(kind, Choice):
            yield f"`{name}`", kind.values
        elif isinstance(kind, Group):
            for inner, inner_spec in specs(kind.cls).items():
                inner_kind: Type = inner_spec.type.of if isinstance(inner_spec.type, Many) else inner_spec.type
                if isinstance(inner_kind, Choice):
                    yield f"`{name}.{inner}`", inner_kind.values
    yield "`venue.state`, in the United States", vocabulary.STATE
