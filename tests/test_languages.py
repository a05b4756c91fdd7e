"""The interface in each of its languages: complete, and said in the right places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from babel.dates import format_date
from events import languages, wording
from events.model import Event
from events.pages import Page, Plan
from events.render import Renderer
from events.templates import Translated
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment
from justhtml import JustHTML

from tests import catalogues, factory, site
from tests.browsing import Watch, axe_faults, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser

OTHERS = [language for language in languages.languages() if language != languages.ENGLISH]
DAYS = st.dates(date(1990, 1, 1), date(2099, 12, 31))
FIELD = re.compile(r"%\(\w+\)s|\{\w+\}")
TAG = re.compile(r"<[^>]+>")


@pytest.mark.parametrize("language", OTHERS)
def test_a_catalogue_has_every_text_and_no_other(language: str) -> None:
    # `make words` writes new texts in; a translator does the rest.
    assert languages.catalogue(language).read_bytes() == catalogues.updated(language)
    assert {*languages.texts(language)} == {*catalogues.said()}


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_keeps_what_is_filled_in_and_every_link(language: str) -> None:
    for english, said in languages.texts(language).items():
        assert sorted(FIELD.findall(said)) == sorted(FIELD.findall(english)), english
        assert sorted(TAG.findall(said)) == sorted(TAG.findall(english)), english
        # What stands at the edge joins it to what is beside it.
        assert [said[:1].isspace(), said[-1:].isspace()] == [english[:1].isspace(), english[-1:].isspace()], english


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_in_a_template_or_script_is_left_out_of_the_catalogue(language: str) -> None:
    """Every letter that a template shows by itself is within `trans`, a script's within `say`."""
    stray = [
        f"{path.name}: {text}" for path in sorted(TEMPLATES.glob("*.html")) for text in _bare(path.read_text("utf-8"))
    ]
    assert not [text for text in stray if not text.startswith(ELSEWHERE)]


TEMPLATES = site.ROOT / "theme" / "templates"
# The identifier, whose words USWDS gives in both languages.
ELSEWHERE = "identifier.html"
# Names, which no language changes.
NAMES = {
    "Google Calendar",
    "Outlook.com",
    "Microsoft 365",
    "(Atom)",
    "&lt;iframe src title width height&gt;&lt;/iframe&gt;",
}


def _bare(text: str) -> Iterator[str]:
    """What a template shows that is neither within `trans` nor computed."""
    hidden = r"\{#.*?#\}|<!--.*?-->|<svg.*?</svg>|\{% trans.*?endtrans %\}|\{\{.*?\}\}|\{%.*?%\}"
    text = re.sub(hidden, "\0", text, flags=re.DOTALL)
    shown = re.findall(r'(?:aria-label|placeholder|title|alt)="([^"\0]*)"', text)
    shown += re.split(r"<[^>]*>|\0", re.sub(r'="[^"]*"', "", text))
    for part in shown:
        if re.search(r"[A-Za-z]{2}", part) and part.strip() not in NAMES:
            yield part.strip()


@given(DAYS)
def test_days_in_spanish_are_those_of_the_unicode_cldr(day: date) -> None:
    es = wording.words("es")
    assert es.day(day) == format_date(day, "d 'de' MMMM 'de' y", locale="es")
    assert es.day(day, weekday=True) == format_date(day, "EEEE, d 'de' MMMM 'de' y", locale="es")


def test_spanish_days_and_hours_are_said_as_usagov_says_them() -> None:
    es = wording.words("es")
    assert es.day(date(2019, 3, 5), weekday=True) == "martes, 5 de marzo de 2019"
    assert es.days(date(2019, 3, 5), date(2019, 3, 8)) == "5–8 de marzo de 2019"
    assert es.days(date(2019, 3, 30), date(2019, 4, 2)) == "30 de marzo – 2 de abril de 2019"
    assert es.clocks(datetime(2019, 3, 5, 14), datetime(2019, 3, 5, 15, 30)) == "2:00–3:30 p.\u00a0m."
    assert es.clock(datetime(2019, 3, 5, 12)) == "mediodía"
    assert es.zone_long("America/New_York", date(2019, 3, 5)) == "hora del Este (UTC−5)"


@given(DAYS, DAYS)
def test_days_in_any_language_name_the_first_and_the_last_and_their_years(one: date, other: date) -> None:
    first, last = min(one, other), max(one, other)
    for language in languages.languages():
        numbers = [int(number) for number in re.findall(r"\d+", wording.words(language).days(first, last))]
        assert {first.day, last.day, first.year, last.year} == {*numbers}


def test_a_language_without_texts_is_said_in_english() -> None:
    assert wording.words("fr").language == languages.ENGLISH
    assert wording.words("es-MX").language == "es"


@pytest.mark.parametrize(
    ("own", "site_language", "said"),
    [
        ("en", "en", "en"),
        ("es", "en", "es"),
        ("es-PR", "en", "es"),
        ("fr", "en", "en"),
        ("en", "es", "es"),
        ("es", "es", "es"),
    ],
)
def test_an_event_speaks_its_own_language_where_the_interface_can(own: str, site_language: str, said: str) -> None:
    event: Event = factory.event(language=own)
    assert wording.spoken(event, wording.words(site_language)).language == said


def test_templates_are_translated_when_they_are_compiled() -> None:
    environment = Environment(extensions=[Translated.into("es")], autoescape=True)
    template = environment.from_string(
        "{% trans when=e.when, title=f('a, b', c='d') %}Postponed to {{ when }}.{% endtrans %}|{{ _('Cost') }}|"
        "{% trans %}\n  Not\n stated {% endtrans %}|{{ f(_('Deadlines'), c='x') }}"
    )
    shown = template.render(e={"when": "<otoño>"}, f=lambda text, c: text + c)
    assert shown == "Aplazado a &lt;otoño&gt;.|Costo|No se indica|Fechas límitex"


def test_a_block_with_more_than_names_is_refused_with_its_line() -> None:
    environment = Environment(extensions=[Translated.into("en")], autoescape=True)
    with pytest.raises(Exception, match="only names") as caught:
        environment.from_string("one\n{% trans %}two {% if x %}three{% endif %}{% endtrans %}")
    assert getattr(caught.value, "lineno", 0) == 2


# Whole pages


def rendered(plan: Plan, path: str, language: str = "en") -> JustHTML:
    page = next(item for item in plan.files() if isinstance(item, Page) and item.path == path)
    names = {f"{name}.{kind}": "x" for name in ("site", "search", "shortlist") for kind in ("js", "es.js", "css")}
    shared = {
        "name": "Eventos", "subtitle": "", "url": "https://events.example.gov", "language": language, "as_of": None,
        "contact": "", "repository": "", "banner": False, "identifier": None, "notices": (), "search": True,
        "assets": {**names, "favicon.svg": "x"},
    }  # fmt: skip
    return site.parse(Renderer([TEMPLATES], shared).html(page).decode())


def test_a_spanish_record_on_an_english_site_has_a_spanish_page_and_is_marked_in_lists() -> None:
    plan = factory.plan(factory.rich(), EVENT_PAGE_SIZE=1000)
    own = rendered(plan, "events/en-espanol.html")
    assert site.attribute(own.query_one("html"), "lang") == "es"
    assert "martes, 11 de mayo de 2027" in site.words(own.query_one("main"))
    assert site.words(own.query_one(".usa-skipnav")) == "Ir al contenido principal"
    assert not own.query("main [lang=es]")
    topics = own.query(".about__row a[lang=en]")
    assert topics
    card = next(item for item in rendered(plan, "events.html").query(".event-card a") if "Lenguaje" in site.words(item))
    assert site.attribute(card, "lang") == "es"


@pytest.fixture(scope="module")
def spanish(tmp_path_factory: pytest.TempPathFactory) -> site.Site:
    folder: Path = tmp_path_factory.mktemp("es")
    content = factory.write_content(folder / "content", factory.rich())
    return site.build(folder / "output", content, DEFAULT_LANG="es", EVENT_AS_OF=str(factory.TODAY)).site


def test_a_spanish_site_says_everything_in_spanish(spanish: site.Site) -> None:
    for path in spanish.pages():
        document = spanish.document(path)
        assert site.attribute(document.query_one("html"), "lang") == "es", path
        # "Happening now" is also the title of a record.
        seen = site.words(document.query_one("body"))
        assert not re.search(r"\b(January|March|Tuesday|Not stated|Cancelled\.|Built on)\b", seen), path
    calendar = (spanish.folder / "events" / "agenda.ics").read_bytes().decode().replace("\r\n ", "")
    assert "Organiza: " in calendar
    assert "Costo para el Gobierno: Gratis" in calendar


@pytest.mark.browser
def test_axe_finds_nothing_wrong_with_spanish_pages(spanish: site.Site, browser: Browser) -> None:
    kinds = ["index", "events", "events/agenda", "events/en-espanol", "events/cancelled-online", "topics", "topics/data",
             "states", "calendar/2027-03", "deadlines", "feeds", "archive", "archive/2019", "on-demand", "search",
             "shortlist", "articles", "404", "pages/about", "pages/submit", "pages/accessibility", "pages/privacy"]  # fmt: skip
    with serving(spanish.folder) as origin:
        page = browser.new_page(locale="es-US", timezone_id="America/Los_Angeles")
        watch = Watch(page, origin)
        for kind in kinds:
            page.goto(f"{origin}/{kind}.html")
            assert page.get_attribute("html", "lang") == "es", kind
            assert axe_faults(page) == [], kind
        page.goto(f"{origin}/events/agenda.html")
        assert "6:00 a.\u00a0m. en su hora local" in page.inner_text(".about")
        assert page.get_attribute(".event-head .star", "aria-label") == "Mi lista: A day with an agenda (ADWA)"
        page.goto(f"{origin}/search.html?q=brown")
        # Results come as their files do; the last one ends "Buscando…".
        page.locator("#search-status", has_text=re.compile(r"^\d")).wait_for()
        assert re.fullmatch(r"\d+ resultados para «brown»", page.inner_text("#search-status"))
        assert watch.faults == []
        page.close()
