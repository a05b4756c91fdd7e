"""Our own compiler of templates: whatever Jinja2's code would write, or say of a fault, ours does."""

from __future__ import annotations

import gc
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from events import notices, render
from events.compiling import Once, Templates, join, joined, known, shown
from events.identifier import LINKS, identifier
from events.pages import Page
from events.render import Renderer
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import DictLoader, Environment, StrictUndefined, Template, pass_context, pass_environment, pass_eval_context
from jinja2.filters import do_join
from jinja2.nodes import EvalContext
from jinja2.runtime import markup_join
from markupsafe import Markup, escape

from tests import building, factory
from tests.site import ROOT
from tests.test_workers import Names


class Whole(Template):
    """A template that Jinja2 renders as text."""

    def encoded(self, inputs: dict[str, Any], encoding: str = "utf-8") -> bytes:
        return self.render(inputs).encode(encoding, "xmlcharrefreplace")


class Ordinary(Environment):
    """Jinja2's environment and code, with the one rule that ours adds: the item of a dict comes before its attribute."""

    template_class = Whole

    def getattr(self, obj: Any, attribute: str) -> Any:
        return obj[attribute] if type(obj) is dict and attribute in obj else super().getattr(obj, attribute)


OPTIONS: dict[str, Any] = {
    "autoescape": True,
    "trim_blocks": True,
    "lstrip_blocks": True,
    "undefined": StrictUndefined,
    "auto_reload": False,
}

# Values


@dataclass(frozen=True)
class Thing:
    """An object with attributes, items, and HTML of its own."""

    title: str

    def __html__(self) -> str:
        return f"<i>{self.title}</i>"

    def __getitem__(self, name: str | int) -> str:
        if isinstance(name, int):
            raise IndexError
        return f"[{name}]"


class Loud(str):
    """A text that is not of the type `str`, and shows itself as HTML."""

    __slots__ = ()

    def __html__(self) -> str:
        return f"<b>{self.upper()}</b>"


class Whisper(str):
    """A text that is not of the type `str`, and that is none when it is shown."""

    __slots__ = ()

    def __str__(self) -> str:
        return "<whisper>"


# What pages hold, what HTML is made of, and what UTF-8 cannot hold.
TEXTS = st.text(st.sampled_from("ab &<>\"'{}%;#☆é\n\0\ud800"), max_size=6)
PLAIN = st.one_of(
    TEXTS,
    TEXTS.map(Markup),
    TEXTS.map(Loud),
    TEXTS.map(Whisper),
    TEXTS.map(Thing),
    st.integers(-3, 300),
    st.sampled_from([None, True, False, 1.5, b"<bytes>", "한", (), [], {}]),
)
# Names that every dict has as a method are among the keys.
NAMES = st.sampled_from(["a", "b", "title", "items", "get"])
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3), st.tuples(inner, inner)
    ),
    max_leaves=6,
)


def raises_stop(*_: Any) -> None:
    raise StopIteration


@pass_context
def seen_by(context: Any, *names: str) -> str:
    return "|".join(f"{name}={context.get(name)}" for name in names)


CALLABLES = {
    "context_of": seen_by,
    "escapes": pass_eval_context(lambda context, *given: f"<{context.autoescape}, {given}>"),
    "named": pass_environment(lambda environment, *given, **named: f"<{given}, {named}, {environment.autoescape}>"),
    "stops": raises_stop,
    "markup": lambda value: Markup("<u>%s</u>") % value,
}

# Everything that templates can do, and what our compiler writes its own code for above all

PIECE = "<{{ x }}>{{ y.a }}{% set given = x %}"
FRAME = "<html>{% block head %}[{{ x }}]{% endblock %}|{% block main scoped %}{{ y }}{% endblock %}|{{ z }}</html>"
MACROS = """
{% macro plain(a, b="<&>", c=x) -%}<{{ a }}|{{ b }}|{{ c is defined }}>{%- endmacro %}
{% macro nested(a) %}{{ plain(a, a) }}{{ plain(plain(a)) }}{% endmacro %}
{% macro more(a) %}{{ a }}{{ varargs }}{{ kwargs|dictsort }}{% endmacro %}
{% macro around(a) %}<p>{{ caller(a) }}</p>{{ caller(a) }}{% endmacro %}
{% macro _own(a) %}{{ a }}{% endmacro %}
Text of the module: {{ plain(1) }}
"""
SHARED = {"piece": PIECE, "frame": FRAME, "macros": MACROS, "given": "{{ given }}"}
TEMPLATES = [
    "{{ x }}",
    "{{ x }}{{ x }}{{ y }}",
    "<a href=\"{{ x }}\" title='{{ y }}'>☆ {{ z }}</a>",
    "{{ missing }}",
    "{{ x.a }}",
    "{{ x.a.b }}|{{ x['a'] }}|{{ x.title }}",
    "{{ x.title.upper() }}",
    "{{ missing.a }}",
    "{{ missing.a.b }}",
    "{% for name, value in x.items() %}{{ name }}={{ value }};{% endfor %}",
    "{{ x[0] }}{{ x[0].a }}{{ x[-1:] }}",
    "{{ {'a': x}.a }}{{ {'get': x}.get }}{{ [{'a': y}][0].a }}{{ (x or y).a }}",
    "{{ x.a is defined }}{{ x.a is undefined }}{{ missing is defined }}{{ x.a|default(y) }}{{ missing|default(x) }}",
    "{{ missing.a is defined }}",
    "{% if x %}{{ x }}{% elif y %}{{ y.a }}{% else %}-{% endif %}{{ x if y else z }}{{ x if y }}",
    "{{ x ~ y }}{{ x ~ '<' ~ z }}{{ '<' ~ '>' }}",
    "{{ x|join(', ') }}{{ x|join('<br>'|safe) }}{{ x|join(y) }}",
    "{{ x|join(', ', attribute='a') }}{{ [x, y]|join }}{{ ['a', '<']|join('&') }}{{ (x, y)|join('<') }}",
    "{{ x|safe }}{{ x|e }}{{ x|forceescape }}{{ x|string }}{{ (x|string)|length }}{{ x|lower }}{{ x|upper|safe }}",
    "{{ x|tojson }}",
    "{{ y|urlencode }}{{ {'class': y}|xmlattr }}",
    "{{ x == y }}{{ x in [y] }}{{ not x }}{{ x and y }}{{ x is sameas y }}",
    "{{ x + 1 }}",
    "{{ '<b>' }}{{ 1 }}{{ none }}{{ true }}{{ [1, '<'] }}{{ ('<',) }}{{ {'a': '<'} }}{{ 1.5 }}",
    "{% for item in x %}{{ item }}{% if not loop.last %}, {% endif %}{% else %}nothing{{ y }}{% endfor %}",
    "{% for item in x if item %}{{ loop.index }}{{ loop.first }}{{ item.a }}{{ loop.cycle('<', '>') }}{% endfor %}",
    "{% for item in [x, y] %}{% for inner in item %}{{ inner }}{{ loop.length }}{% endfor %}{{ loop.index0 }}{% endfor %}",
    "{% for item in [x, [y, [z]]] recursive %}<{{ item }}>{% if item is sequence and loop.depth < 4 %}{{ loop(item) }}{% endif %}{% endfor %}",
    "{% for a, b in [(x, y), (y, z)] %}{% set c = a %}{{ c }}{{ b }}{{ context_of('a', 'c', 'x') }}{% endfor %}{{ c }}",
    "{% set a = x %}{% set b, c = y, z %}{{ a }}{{ b }}{{ c }}{% set a = x.a %}{{ a }}",
    "{% set a %}<{{ x }}>{% if y %}{{ y }}{% endif %}{% endset %}{{ a }}{{ a|length }}{{ a ~ x }}",
    "{% set a|upper %}<{{ x }}>{% endset %}{{ a }}",
    "{% set n = namespace(a=x) %}{% set n.b = y %}{% for item in [1, 2] %}{% set n.a = item %}{% endfor %}{{ n.a }}{{ n.b }}",
    "{% set c = cycler('<', x) %}{{ c.next() }}{{ c.next() }}{% set j = joiner('&') %}{{ j() }}{{ j() }}",
    "{% with a = x, b = y %}{{ a }}{{ b.a }}{% endwith %}{{ a }}",
    "{% filter upper %}<{{ x }}>{{ y }}{% endfilter %}{% filter escape %}<b>{{ x }}{% endfilter %}",
    "{% autoescape false %}{{ x }}{{ markup(y) }}{{ '<' ~ x }}{{ [x]|join('<') }}{% endautoescape %}{{ x }}",
    "{% autoescape y %}{{ x }}{{ markup(z) }}{{ '<' ~ x }}{% set a %}<{{ x }}{% endset %}{{ a }}{% endautoescape %}{{ x }}",
    "{% macro m(a) %}<{{ a }}>{% endmacro %}{% autoescape false %}{{ m(x) }}{% endautoescape %}{{ m(x) }}{{ m('<b>') }}",
    "{% macro m(a, b) %}{{ a }}{{ b }}{% endmacro %}{{ m(x) }}",
    "{% macro m(a, b=1) %}{{ a }}{{ b }}{{ y }}{% endmacro %}{{ m(x) }}{{ m(x, y) }}{{ m(b=x, a=y) }}{{ m(*[x, y]) }}{{ m(**{'a': x}) }}",
    "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(x, y) }}",
    "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(b=x) }}",
    "{% macro m(a) %}{{ a.b.c }}{% endmacro %}\n\n{{ m(x) }}",
    "{% macro m() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(x, y) }}{{ m(a=x) }}{{ m() }}",
    "{% macro m(a) %}<{{ caller(a) }}>{% endmacro %}{% call(b) m(x) %}{{ b }}|{{ y }}{% endcall %}",
    "{% macro m(a) %}<{{ caller() }}>{% endmacro %}{{ m(x) }}",
    "{% macro m(a) %}{{ a }}{% if a is iterable and a is not string and a %}{{ m(a[0]) }}{% endif %}{% endmacro %}{{ m(x) }}",
    "{% macro m(a) %}<{{ a }}>{% endmacro %}{% set n = m(x) %}{{ n }}{{ m(x)|length }}{{ m(x) ~ y }}{{ m(m(x)) }}{{ [m(x)] }}",
    "{% macro m(a) %}{% set b = a %}{{ context_of('a', 'b', 'x') }}{{ b }}{% endmacro %}{{ m(y) }}",
    "{{ m(x) }}{% macro m(a) %}{{ a }}{% endmacro %}",
    "{% for m in [x] %}{{ m(y) }}{% endfor %}",
    "{{ context_of('x', 'missing') }}{{ escapes(x) }}{{ named(x, a=y) }}{{ named(x) }}{{ markup(x) }}{{ markup(markup(y)) }}",
    "{{ stops() }}",
    "{{ stops(x) is defined }}",
    "{{ x() }}",
    "{{ x(y) }}",
    "{{ missing() }}",
    "{{ range(3)|list }}{{ dict(a=x).a }}{{ lipsum is defined }}",
    "{% include 'piece' %}|{{ given is defined }}",
    "{% set y = x %}{% set w = 1 %}{% include 'piece' %}",
    "{% for y in [x, z] %}{% include 'piece' %}{% endfor %}",
    "{% include 'macros' without context %}",
    "{% include 'gone' ignore missing %}{% include ['gone', 'given'] ignore missing without context %}{{ x }}",
    "{% set given = x %}{% include ['gone', 'given'] %}{% include 'given' %}",
    "{% include z %}",
    "{% include 'gone' %}",
    "{% macro m(x) %}{% include 'piece' %}{% endmacro %}{{ m(y) }}{% set a %}{% include 'piece' %}{% endset %}{{ a }}",
    "{% import 'macros' as m %}{{ m.plain(x) }}{{ m.nested(y) }}{{ m.more(x, y, a=z) }}{{ m.gone is defined }}{{ m }}",
    "{% import 'macros' as m with context %}{{ m.plain(y) }}{{ m }}",
    "{% import 'macros' as m %}{{ m.plain(1, 2, 3, 4) }}",
    "{% from 'macros' import plain, nested as other %}{{ plain(x) }}{{ plain(x, y) }}{{ plain(x, b=y) }}{{ other(x) }}",
    "{% from 'macros' import more, around %}{{ more(x) }}{{ more(x, y) }}{% call(a) around(x) %}{{ a }}<{{ y }}>{% endcall %}",
    "{% from 'macros' import plain with context %}{{ plain(y) }}{% for x in [1, '<'] %}{{ plain(x) }}{% endfor %}",
    "{% from 'macros' import gone %}{{ gone(x) }}",
    "{% from 'piece' import given with context %}{{ given }}",
    "{% extends 'frame' %}",
    "{% extends 'frame' %}{% block main %}<{{ x }}>{{ super() }}{{ self.head() }}{% endblock %}",
    "before {{ x }}{% set z = y %}{% extends 'frame' %}{% set w = 1 %}after{% block head %}{{ z }}{% endblock %}",
    "{% if x %}{% extends 'frame' %}{% endif %}own {{ y }}{% block main %}<{{ x }}>{% endblock %}{{ z }}",
    "{% extends 'frame' if x else 'piece' %}{% block main %}{{ y }}{% endblock %}",
    "{% block a required %}{% endblock %}",
    "{% for x in [y, z] %}{% block a scoped %}{{ x }}{{ loop.index }}{% endblock %}{% endfor %}{% block b %}{{ x }}{% endblock %}",
    "{% block a %}{% set b = x %}{{ b }}{{ context_of('b') }}{% for c in [y] %}{{ context_of('b', 'c') }}{% endfor %}{% endblock %}",
    "{% block a %}{{ x.a.b }}{% endblock %}{{ self.a() }}",
    "{% autoescape false %}{% block a scoped %}{{ x }}{% macro m() %}<b>{% endmacro %}{{ m() }}{% endblock %}{% endautoescape %}",
    "{{ self.gone() }}",
    "{% raw %}{{ x }}{% endraw %}{# {{ x }} #}",
    "{% set value = x %}{{ value }}{{ value.a }}{{ y.a }}{{ value }}",
    "{% set known = x %}{% set shown, written, direct = y, y, y %}{{ known }}{{ shown }}{{ written }}{{ direct }}",
    "one\n{{ x }}\n{{ y.a\n.b }}\nfour {{ missing }}",
    "{% for a in x %}\n{{ a }}\n{% if a.b %}\n{{ a.b.c }}\n{% endif %}{% endfor %}",
]


@cache
def templates(environment: Any, text: str) -> Any:
    """An environment of that kind with a template of that text."""
    made = environment(loader=DictLoader({**SHARED, "own": text}), **OPTIONS)
    made.globals.update(CALLABLES)
    return made


def outcome(environment: Any, text: str, inputs: dict[str, Any]) -> tuple[str, Any]:
    """The bytes of a template with some inputs, or what is said of its fault and in which line."""
    try:
        template = templates(environment, text).get_template("own")
        return "bytes", [template.encoded(dict(inputs), encoding) for encoding in ("utf-8", "ascii")]
    except Exception as error:  # noqa: BLE001
        lines = [frame.tb_lineno for frame in frames(error) if frame.tb_frame.f_code.co_filename == "<template>"]
        # The address of an object is another each time.
        return type(error).__name__, (re.sub("0x[0-9a-f]+", "", str(error)), lines[-1:])


def frames(error: BaseException) -> Iterator[Any]:
    trace = error.__traceback__
    while trace:
        yield trace
        trace = trace.tb_next


EXAMPLES: list[dict[str, Any]] = [
    {"x": "<&>\"'", "y": {"a": "<b>", "items": "i"}, "z": [Markup("<b>"), "<"]},
    {"x": {"a": {"b": {"c": "'"}}, "title": "t"}, "y": ["<", Thing("&")], "z": "piece"},
    {"x": [], "y": "", "z": None},
    {"x": [{"a": 1, "b": {"c": 2}}], "y": {"a": {"b": "☆"}}, "z": {"get": "\ud800"}},
    {"x": Loud("<"), "y": Whisper("a"), "z": b"x"},
    {"x": Markup("<b>"), "y": 5, "z": True},
]


@pytest.mark.parametrize("text", TEMPLATES)
def test_our_code_writes_and_says_what_jinja2_s_does(text: str) -> None:
    for inputs in EXAMPLES:
        assert outcome(Templates, text, inputs) == outcome(Ordinary, text, inputs)


@settings(max_examples=500)
@given(text=st.sampled_from(TEMPLATES), x=VALUES, y=VALUES, z=VALUES)
def test_it_does_so_for_any_values(text: str, x: Any, y: Any, z: Any) -> None:
    inputs = {"x": x, "y": y, "z": z}
    assert outcome(Templates, text, inputs) == outcome(Ordinary, text, inputs)


def test_these_templates_are_mostly_shown_and_also_refused() -> None:
    kinds = [outcome(Ordinary, text, inputs)[0] for text in TEMPLATES for inputs in EXAMPLES]
    assert kinds.count("bytes") > len(kinds) / 2
    assert {"UndefinedError", "TypeError", "TemplateNotFound", "TemplateRuntimeError"} < {*kinds}


@given(VALUES)
def test_a_value_is_shown_as_markupsafe_escapes_it(value: Any) -> None:
    for _ in "12":
        assert shown(value) == str(escape(value)).encode("utf-8", "surrogatepass")


@given(st.lists(st.one_of(TEXTS, PLAIN), max_size=4))
def test_parts_are_joined_as_jinja2_joins_them(parts: list[Any]) -> None:
    ours, theirs = joined(tuple(parts)), markup_join(parts)
    assert (type(ours), ours) == (type(theirs), theirs)


@given(st.one_of(VALUES, st.lists(TEXTS)), st.one_of(TEXTS, PLAIN), st.booleans())
def test_a_list_is_joined_as_jinja2_joins_it(value: Any, between: Any, escapes: bool) -> None:
    context = EvalContext(Templates(autoescape=escapes))

    def said(join: Callable[..., Any]) -> tuple[type, str]:
        try:
            made = join(context, value, between)
        except Exception as error:  # noqa: BLE001
            return type(error), str(error)
        return type(made), made

    assert said(join) == said(do_join)


def test_what_is_kept_of_texts_is_bounded() -> None:
    known.clear()
    for number in range(25_000):
        shown(f"<{number}>")
    shown("x" * 201)
    assert 0 < len(known) <= 10_000
    assert max(map(len, known)) <= 200


MACROS = (
    "{% macro item(value, tag='b', more='') %}<{{ tag }}>{{ seen(value.text) }}{{ more }}</{{ tag }}>{% endmacro %}"
    "{% macro other(value) %}{{ value.text }};{% endmacro %}"
)


def keeping(source: str, **values: Any) -> Callable[..., str]:
    """A page that has macros, and keeps what they give."""
    templates = Templates(
        loader=DictLoader({"macros": MACROS, "page": "{% from 'macros' import item, other %}" + source}), **OPTIONS
    )
    templates.globals.update(once=Once(100), **values)
    return lambda **inputs: templates.get_template("page").encoded(inputs).decode()


def test_a_macro_may_ask_for_what_another_of_its_name_gives() -> None:
    inner = "{% macro card(value) %}B{{ value.text }}{% endmacro %}"
    outer = "{% from 'inner' import card as inner %}{% macro card(value) %}A[{{ once(inner, value) }}]{% endmacro %}"
    page = "{% from 'outer' import card as outer %}{% from 'inner' import card as inner %}"
    page += "{{ once(outer, value) }}|{{ once(inner, value) }}|{{ inner(value) }}"
    templates = Templates(loader=DictLoader({"inner": inner, "outer": outer, "page": page}), **OPTIONS)
    templates.globals["once"] = Once(100)
    for _ in range(2):
        assert templates.get_template("page").encoded({"value": {"text": 1}}) == b"A[B1]|B1|B1"


def test_a_macro_is_asked_once_for_the_same_object_and_arguments() -> None:
    asked: list[str] = []

    def seen(text: str) -> str:
        asked.append(text)
        return text

    page = keeping(
        "{% for value in values %}{{ once(item, value) }}{{ once(item, value, 'i', '&') }}{{ once(other, value) }}{% endfor %}"
        "{% set text = once(item, values[0]) %}{{ text }}{{ text|length }}{{ once(seen, 'é<') }}",
        seen=seen,
    )
    first, second = {"text": "1<"}, {"text": "1<"}
    wanted = "<b>1&lt;</b><i>1&lt;&amp;</i>1&lt;;" * 3 + "<b>1&lt;</b>12é&lt;"
    assert page(values=[first, second, first]) == wanted
    # Equal objects are two: the one may be shown otherwise, as a `Markup` is that equals its text.
    assert asked == ["1<"] * 4 + ["é<"]
    assert page(values=[second, first, second]) == wanted
    assert len(asked) == 5


def test_equal_arguments_that_are_shown_otherwise_are_others() -> None:
    page = keeping("{% for more in all %}{{ once(item, value, 'b', more) }}{% endfor %}", seen=str)
    value = {"text": ""}
    assert (
        page(value=value, all=[1, True, 1.0, "&", Markup("&")]) == "<b>1</b><b>True</b><b>1.0</b><b>&amp;</b><b>&</b>"
    )


def test_an_object_in_the_place_of_one_that_is_gone_is_another() -> None:
    numbers = iter(range(1000))
    # Each is made anew, and would take the place in memory of the one before it.
    page = keeping("{{ once(item, make()) }}", seen=str, make=lambda: {"text": next(numbers)})
    assert [page() for _ in range(1000)] == [f"<b>{number}</b>" for number in range(1000)]


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("{{ item.text }}|{{ kwargs }}", "1|{}"),
        ("{{ item.text }}|{{ varargs|length }}", "1|0"),
        ("{{ item.text }}|{% if caller is defined %}{{ caller() }}{% endif %}", "1|"),
    ],
)
def test_a_macro_that_takes_more_than_its_arguments_is_asked_as_jinja2_asks_it(body: str, wanted: str) -> None:
    templates = Templates(**OPTIONS)
    templates.globals["once"] = Once(100)
    page = templates.from_string("{% macro one(item) %}" + body + "{% endmacro %}{{ once(one, item) }}")
    assert page.render(item={"text": 1}) == wanted


def test_a_macro_that_knows_a_page_leaves_no_page_in_memory() -> None:
    page = keeping("{% from 'macros' import item as own with context %}{{ once(own, value) }}", seen=str)
    once = Once(100)
    for number in range(20):
        assert page(value={"text": number}, once=once) == f"<b>{number}</b>"
        assert len(once._known) == 1
    once.forget()
    assert not once._known
    assert not once._macros


def test_a_build_lets_go_of_what_it_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Seen] = []

    class Seen(Once):
        most = 0

        def __init__(self, most: int) -> None:
            super().__init__(most)
            made.append(self)

        def code(self, macro: Callable[..., object], item: object, *more: Any) -> bytes:
            found = super().code(macro, item, *more)
            self.most = max(self.most, len(self._known))
            return found

    monkeypatch.setattr(render, "Once", Seen)
    content = factory.write_content(tmp_path / "content", factory.rich())
    building.run(tmp_path / "output", content, EVENT_AS_OF=factory.TODAY.isoformat())
    assert max(once.most for once in made) > 10
    assert not any(once._known for once in made)


def test_what_is_kept_of_macros_is_bounded() -> None:
    once = Once(10)
    for _ in range(100):
        once.code(escape, object())
    assert len(once._known) == 10


# Our own pages


def pages(language: str) -> list[Page]:
    """Every page of a site with every odd kind of record."""
    records = {**factory.rich(), **factory.hostile()}
    plan = factory.plan(
        records,
        DEFAULT_LANG=language,
        EVENT_PAGE_SIZE=5,
        EVENT_REPOSITORY_URL="https://github.com/a/b",
        EVENT_PUBLISHER="Büro",
    )
    return [planned for planned in plan.files() if isinstance(planned, Page)]


def site(language: str, official: bool) -> dict[str, Any]:
    """What every page shows of a site, with all that an official one has or with none of it."""
    agency = identifier(
        {"agency": "The <Agency>", "url": "https://a.example.gov", **dict.fromkeys(LINKS, "")}, "a.example.gov"
    )
    return {
        "name": "Events & more", "subtitle": "", "url": "https://events.example.gov", "language": language,
        "as_of": date(2027, 3, 10) if official else None, "contact": "a@example.gov", "repository": "https://github.com/a/b",
        "banner": official, "notices": notices.NOTICES, "search": True,
        "identifier": agency if official else None,
        "assets": Names({"icon.png": "icon.png", "card.png": "card.png"} if official else {}),
    }  # fmt: skip


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("official", [False, True])
def test_every_page_is_what_jinja2_s_code_makes_of_it(
    monkeypatch: pytest.MonkeyPatch, language: str, official: bool
) -> None:
    planned = pages(language)
    ours = Renderer([ROOT / "theme" / "templates"], site(language, official))
    # Made before the other takes its place: events speak their own languages.
    assert all(isinstance(ours.environment(each), Templates) for each in ("en", "es"))
    monkeypatch.setattr(render, "Templates", Ordinary)
    ordinary = Renderer([ROOT / "theme" / "templates"], site(language, official))
    assert all(isinstance(ordinary.environment(each), Ordinary) for each in ("en", "es"))
    for page in planned:
        assert ours.html(page) == ordinary.html(page)
    assert {page.template for page in planned} > {
        "event.html",
        "listing.html",
        "month.html",
        "embed.html",
        "withdrawn.html",
    }


def test_no_page_of_many_stays_in_memory() -> None:
    # A build does not look for cycles: what is in one stays until its end.
    planned, renderer = pages("en"), Renderer([ROOT / "theme" / "templates"], site("en", official=False))
    for page in planned:
        renderer.html(page)
    counts = Counter(page.template for page in planned)
    many = [page for page in planned if counts[page.template] > 1]
    gc.collect()
    # What is there already is not looked at again for every page.
    gc.freeze()
    gc.disable()
    try:
        left = {page.path: gc.collect() for page in many if renderer.html(page)}
    finally:
        gc.unfreeze()
        gc.enable()
    assert {path: count for path, count in left.items() if count} == {}
