"""Whole sites, built by the `pelican` command: what is in them, and what stops them."""

from __future__ import annotations

import itertools
import json
import os
import re
import runpy
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest
from events.writer import MARKER
from justhtml import JustHTML

from tests import factory
from tests.factory import record
from tests.site import (
    ARTICLE_RECORDS,
    ROOT,
    SITE_URL,
    Build,
    Site,
    article_content,
    attribute,
    build,
    faults,
    files,
    words,
)

OURS = {identity: path.read_text(encoding="utf-8") for identity, path in ARTICLE_RECORDS.items()}
DATED = {identity for identity, text in OURS.items() if re.search(r"^start:", text, re.MULTILINE)}
ARTICLE = "articles/government-gets-social.html"


def stamps(folder: Path) -> dict[str, int]:
    return {path: (folder / path).stat().st_mtime_ns for path in files(folder)}


def titles() -> dict[str, str]:
    return {identity: re.findall(r"^title: (.*)$", text, re.MULTILINE)[0] for identity, text in OURS.items()}


# The first article and its records.


def test_the_build_succeeds_and_says_what_it_did(article_build: Build) -> None:
    assert article_build.status == 0
    written = len(files(article_build.output)) - 1  # the marker
    assert re.search(rf"{len(OURS)} events on 2019-02-20: (\d+) files written, 0 unchanged", article_build.out)
    assert f"{written} files written" in article_build.out
    assert article_build.err == ""


def test_on_a_day_of_2019_the_four_dated_events_are_upcoming(article_site: Site) -> None:
    assert len(DATED) == 4
    listed = [href for href in article_site.hrefs("events.html", "main [data-list=upcoming] a") if "/" in href]
    assert listed == sorted({f"events/{identity}.html" for identity in DATED}, key=listed.index)
    assert {*listed} == {f"events/{identity}.html" for identity in DATED}
    assert (article_site.folder / "events.ics").read_bytes().count(b"BEGIN:VEVENT") == 4
    assert "as of February 20, 2019" in article_site.text("index.html", "body")


def test_today_the_directory_is_honest_that_all_four_are_past_and_stays_useful(past_site: Site) -> None:
    home = past_site.text("index.html")
    assert "No event with a date is announced at the moment" in home
    for path in ("on-demand.html", "feeds.html", "archive.html", ARTICLE):
        assert path in past_site.hrefs("index.html")
    assert "Nothing is announced here at the moment" in past_site.text("events.html")
    archived = {*past_site.hrefs("archive/2019.html")}
    assert {f"events/{identity}.html" for identity in DATED} <= archived
    for identity in DATED:
        assert "This event is over" in past_site.text(f"events/{identity}.html")
    assert "as of" not in past_site.text("index.html", "header")


def test_what_nobody_said_is_called_not_stated(article_site: Site) -> None:
    for identity in OURS:
        facts = article_site.text(f"events/{identity}.html", "dl")
        assert "Cost Not stated" in facts, identity
        assert "Who may attend Not stated" in facts, identity
        assert "Accessibility Not stated" in facts, identity


def test_the_article_s_cards_lead_to_the_events(article_site: Site) -> None:
    linked = article_site.hrefs(ARTICLE, "main .event-card a")
    assert {*linked} == {f"events/{identity}.html" for identity in OURS}
    assert "{event}" not in article_site.html(ARTICLE)
    for identity, title in titles().items():
        assert title in article_site.text(ARTICLE), identity
    feed = (article_site.folder / "articles.atom").read_text(encoding="utf-8")
    assert f"{SITE_URL}/events/gsmcon-2019.html" in feed


def test_a_feed_of_articles_has_no_relative_link(tmp_path: Path) -> None:
    content = factory.write_content(tmp_path / "content", {"other": record()})
    (content / "articles").mkdir()
    text = 'Title: Forms\nDate: 2027-03-01\nSummary: See [them](../topics.html).\n\n[All](../topics/cloud.html?a=1&amp;b=2), [here](#part), [them](https://example.org/), <mailto:me@example.gov> and {event}other. `href="../x"`\n'
    (content / "articles" / "forms.md").write_text(text, encoding="utf-8")
    made = build(tmp_path / "output", content, SITEURL="https://x.example.org/events")
    assert made.status == 0, made.err
    entry = ET.parse(made.output / "articles.atom").find(".//{*}entry")
    assert entry is not None
    root = "https://x.example.org/events"
    content_html, summary = (JustHTML(f"{entry.findtext(f'{{*}}{name}')}") for name in ("content", "summary"))
    hrefs = [attribute(link, "href") for page in (content_html, summary) for link in page.query("a")]
    assert hrefs == [
        f"{root}/topics/cloud.html?a=1&b=2", f"{root}/articles/forms.html#part", "https://example.org/",
        "mailto:me@example.gov", f"{root}/events/other.html", f"{root}/topics.html",
    ]  # fmt: skip
    assert 'href="../x"' in content_html.to_text()


def test_the_typo_of_the_source_is_mended_where_readers_see_it(article_site: Site) -> None:
    page = article_site.text("events/sxsw-2019.html")
    assert "March 8" in page
    assert "Changes" in page


# Every page of every site.


@pytest.fixture(scope="session")
def empty_site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    folder = tmp_path_factory.mktemp("empty")
    (folder / "content" / "events").mkdir(parents=True)
    return build(folder / "output", folder / "content").site


@pytest.fixture(params=["article_site", "past_site", "today_site", "rich_site", "empty_site"])
def site(request: pytest.FixtureRequest) -> Site:
    found: Site = request.getfixturevalue(request.param)
    return found


def test_every_page_is_html_by_the_standard(site: Site) -> None:
    found = [f"{path}:{fault}" for path in site.pages() for fault in faults(site.html(path))]
    assert found == []


@pytest.mark.parametrize("text", ['<p a="1" a="2">', "<p><div></div></p>", "<ul></li></ul>", "&bogus;", "<b>", "<div>"])
def test_the_parser_that_says_so_finds_faults(text: str) -> None:
    assert faults(f"<!doctype html><title>x</title>{text}")
    assert not faults("<!doctype html><title>x</title><p>x</p>")


def test_every_link_and_fragment_leads_somewhere(site: Site) -> None:
    anchors = {path: {attribute(node, "id") for node in site.document(path).query("[id]")} for path in site.pages()}
    broken = set()
    for page, target in site.links():
        if page == "404.html":
            continue
        path, _, fragment = target.partition("#")
        if not site.has(path) or (fragment and fragment not in anchors.get(path, set())):
            broken.add(f"{page} → {target}")
    assert sorted(broken) == []


def test_every_link_to_the_site_s_own_host_leads_somewhere(site: Site) -> None:
    for page in site.pages():
        for node in site.document(page).query("[href]"):
            href = attribute(node, "href")
            if href.startswith(f"{SITE_URL}/"):
                assert site.has(urlsplit(href).path.removeprefix("/") or "index.html"), (page, href)


def test_every_page_tells_what_it_is_in_its_own_title_and_description(site: Site) -> None:
    seen: dict[str, str] = {}
    for path in site.pages():
        document = site.document(path)
        title = words(document.query_one("title"))
        assert len(title) >= 20, path
        assert seen.setdefault(title, path) == path
        (description,) = document.query("meta[name=description]")
        assert len(attribute(description, "content")) >= 50, path
        canonical = document.query("link[rel=canonical]")
        assert [attribute(node, "href") for node in canonical] == (
            [] if path == "404.html" else [f"{SITE_URL}/{'' if path == 'index.html' else site.moved(path) or path}"]
        )


def test_every_page_has_one_heading_of_the_first_rank_and_skips_none(site: Site) -> None:
    for path in site.pages():
        ranks = [int(name[1]) for name in re.findall(r"<(h[1-6])\b", site.html(path).split("<footer", maxsplit=1)[0])]
        assert ranks.count(1) == 1, path
        assert ranks[0] == 1, path
        assert all(later <= earlier + 1 for earlier, later in itertools.pairwise(ranks)), path


def test_no_id_stands_twice_on_a_page(site: Site) -> None:
    for path in site.pages():
        ids = [attribute(node, "id") for node in site.document(path).query("[id]")]
        assert sorted({*ids}) == sorted(ids), path


def test_no_page_breaks_its_own_content_security_policy(site: Site) -> None:
    for path in site.pages():
        document = site.document(path)
        (policy,) = document.query("meta[http-equiv=Content-Security-Policy]")
        assert "default-src 'none'" in attribute(policy, "content")
        assert "unsafe" not in attribute(policy, "content")
        for node in document.query("*"):
            for name, value in (node.attrs or {}).items():
                assert not name.startswith("on"), (path, name)
                assert name != "style", (path, value)
                assert "javascript:" not in str(value).lower() or name in ("content", "value", "data-parts"), path
        assert document.query("style, iframe, object, embed, base") == []
        for node in document.query("script"):
            assert attribute(node, "type") == "application/ld+json" or attribute(node, "src"), path
        for node in document.query("script[src], link[rel=stylesheet], img"):
            assert not urlsplit(attribute(node, "src") or attribute(node, "href")).scheme, path


def test_no_machine_path_and_no_template_sign_is_on_any_page(site: Site) -> None:
    for path, data in files(site.folder).items():
        assert str(ROOT).encode() not in data, path
        assert str(site.folder).encode() not in data, path
        if path.endswith(".html"):
            assert b"{event}" not in data, path
            assert b"{filename}" not in data, path
            assert b">None<" not in data, path
            assert b" None" not in data or b"None upcoming" in data, path


# Hostile texts.


def test_hostile_text_in_every_field_of_a_record_is_inert(rich_site: Site) -> None:
    for path in rich_site.pages():
        document = rich_site.document(path)
        assert document.query("main img, main b, main svg[onload], [onerror], [onclick], [onmouseover]") == [], path
        for node in document.query("script"):
            assert "alert" not in words(node) or attribute(node, "type") == "application/ld+json", path
    assert "alert(1)" in rich_site.text("events/hostile.html")


def test_hostile_text_is_shown_as_it_was_typed(rich_site: Site) -> None:
    for identity in ("hostile", "hostile-webcast"):
        page = rich_site.text(f"events/{identity}.html", "body")
        assert " ".join(factory.HOSTILE.split()) in page
        assert "{{7*7}}" in page
        assert "49" not in rich_site.text(f"events/{identity}.html", "h1")


def test_hostile_text_keeps_data_well_formed(rich_site: Site) -> None:
    for path in files(rich_site.folder):
        if path.endswith(".json"):
            rich_site.json(path)
        if path.endswith(".ics"):
            lines = (rich_site.folder / path).read_bytes().split(b"\r\n")
            assert not [line for line in lines if line and not re.match(rb"[A-Z-]+[;:]| ", line)], path
    for path in rich_site.pages():
        for node in rich_site.document(path).query("script[type='application/ld+json']"):
            json.loads(node.to_text())


def test_a_hostile_address_of_the_search_data_stays_in_its_attribute(rich_site: Site) -> None:
    (form,) = rich_site.document("search.html").query("form#search")
    for part in json.loads(attribute(form, "data-parts")):
        assert rich_site.has(part["href"])


# What stops a build.


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a content folder of its own, already built into `output`."""
    article_content(tmp_path / "content")
    assert build(tmp_path / "output", tmp_path / "content", cwd=tmp_path, EVENT_AS_OF="2019-02-20").status == 0
    return tmp_path


def again(project: Path, **overrides: Any) -> Build:
    return build(project / "output", project / "content", cwd=project, **{"EVENT_AS_OF": "2019-02-20", **overrides})


def fails(project: Path, **overrides: Any) -> Build:
    """A build that must fail and leave the last good output as it was, byte for byte and with its times."""
    before, times = files(project / "output"), stamps(project / "output")
    found = again(project, **overrides)
    assert found.status == 1, found.out
    assert files(project / "output") == before
    assert stamps(project / "output") == times
    assert "Traceback" not in found.err
    return found


def test_a_broken_record_is_named_with_its_place_and_mend_and_the_last_good_site_stays(project: Path) -> None:
    path = project / "content" / "events" / "2019" / "gsmcon-2019.yaml"
    lines = path.read_text(encoding="utf-8").split("\n")
    number = next(index for index, line in enumerate(lines) if line.startswith("end: "))
    lines[number] = "end: 2019-03-04"
    path.write_text("\n".join(lines), encoding="utf-8")
    other = project / "content" / "events" / "2019" / "sxsw-2019.yaml"
    other.write_text(other.read_text(encoding="utf-8").replace("kind: ", "knd: "), encoding="utf-8")
    found = fails(project)
    column = len("end: ") + 1
    assert f"content/events/2019/gsmcon-2019.yaml:{number + 1}:{column}: `end` is before `start`" in found.err
    assert f"{lines[number]}\n" in found.err
    assert "help: swap them, or mend the date" in found.err
    assert "content/events/2019/sxsw-2019.yaml:" in found.err
    assert "did you mean `kind`?" in found.err
    assert re.search(r"\d errors.* in 2 files", found.err), "what links to a broken record is not broken itself"


def test_an_unknown_setting_stops_the_build_with_the_one_that_was_meant(project: Path) -> None:
    assert "error: unknown setting EVENT_ASOF; did you mean EVENT_AS_OF?" in fails(project, EVENT_ASOF="x").err


def test_an_article_that_names_no_event_is_told_with_its_place(project: Path) -> None:
    article = project / "content" / "articles" / "government-gets-social.md"
    text = article.read_text(encoding="utf-8").replace("{event}sxsw-2019", "{event}sxsw-2091")
    article.write_text(text, encoding="utf-8")
    line = text[: text.index("{event}sxsw-2091")].count("\n") + 1
    found = fails(project)
    assert f"content/articles/government-gets-social.md:{line}:1: there is no event `sxsw-2091`" in found.err
    assert "help: did you mean `sxsw-2019`?" in found.err


def test_a_template_that_fails_half_way_leaves_the_last_good_site(project: Path) -> None:
    record_file = project / "content" / "events" / "2019" / "gsmcon-2019.yaml"
    record_file.write_text(record_file.read_text(encoding="utf-8").replace("Three days", "Four days"), encoding="utf-8")
    for name in ("feeds.html", "article.html", "card.html"):
        own = project / "templates" / name
        own.parent.mkdir(exist_ok=True)
        own.write_text("{% macro card() %}{% endmacro %}\n\n{{ nowhere.to_be_found }}\n", encoding="utf-8")
        before = files(project / "output")
        found = again(project, THEME_TEMPLATES_OVERRIDES=[str(own.parent)])
        assert found.status == 1, name
        assert "nowhere" in found.err, name
        assert files(project / "output") == before, name
        own.unlink()
    assert again(project).status == 0
    assert "Four days" in Site(project / "output").text("events/gsmcon-2019.html")


def test_two_pages_at_one_address_stop_the_build(project: Path) -> None:
    page = project / "content" / "pages" / "mine.md"
    page.parent.mkdir(exist_ok=True)
    page.write_text("Title: Mine\nSave_as: topics.html\n\nWords.\n", encoding="utf-8")
    assert "two files want the same address:\n  /topics.html" in fails(project).err


def test_a_theme_that_was_never_built_stops_the_build_with_how_to_build_it(project: Path) -> None:
    shutil.copytree(ROOT / "theme" / "templates", project / "theme" / "templates")
    assert "run `make theme`" in fails(project, THEME=str(project / "theme")).err


def test_a_folder_of_records_that_is_not_there_stops_the_build(project: Path) -> None:
    shutil.move(project / "content" / "events", project / "content" / "evnts")
    found = fails(project)
    assert "content/events:1:1: this folder of records does not exist" in found.err


# What a build keeps, writes and removes.


def test_what_is_unchanged_keeps_its_time_and_one_edit_changes_few_files(project: Path) -> None:
    before = stamps(project / "output")
    assert "0 files written" in again(project).out
    assert stamps(project / "output") == before
    path = project / "content" / "events" / "2019" / "gsmcon-2019.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("Three days", "Four days"), encoding="utf-8")
    assert again(project).status == 0
    changed = {name for name, when in stamps(project / "output").items() if before.get(name) != when}
    assert {"events/gsmcon-2019.html", "events/gsmcon-2019.ics", "states/tn.html", "events.ics"} <= changed
    assert not {"events/sxsw-2019.html", "states/ut.html", "states/ut.ics", "404.html", "on-demand.html"} & changed


def test_a_removed_record_takes_its_pages_with_it(project: Path) -> None:
    (project / "content" / "events" / "2019" / "x4-summit-2019.yaml").unlink()
    article = project / "content" / "articles" / "government-gets-social.md"
    article.write_text(article.read_text(encoding="utf-8").replace("{event}x4-summit-2019", ""), encoding="utf-8")
    assert again(project).status == 0
    left = {*files(project / "output")}
    assert not [path for path in left if "x4-summit" in path]
    assert "states/ut.html" not in left
    assert "events/gsmcon-2019.html" in left


def test_files_in_a_folder_of_somebody_else_are_never_deleted(tmp_path: Path) -> None:
    output = tmp_path / "home"
    output.mkdir()
    (output / "letters.txt").write_text("dear", encoding="utf-8")
    for day in ("2019-02-20", "2026-01-01"):
        assert build(output, EVENT_AS_OF=day).status == 0
    assert (output / "letters.txt").read_text(encoding="utf-8") == "dear"


@pytest.mark.parametrize("path", ["events", "index.html/theirs"])
def test_a_folder_of_somebody_else_in_which_something_is_in_the_way_stays_as_it_is(tmp_path: Path, path: str) -> None:
    output = tmp_path / "home"
    (output / path).parent.mkdir(parents=True)
    (output / path).write_text("dear", encoding="utf-8")
    found = build(output, EVENT_CACHE=False)
    assert found.status == 1
    assert f"error: {output / path.partition('/')[0]} is in the way of the site" in found.err
    assert "Traceback" not in found.err
    assert [*files(output)] == [path]


def test_two_articles_that_want_one_address_are_told_with_the_mend(project: Path) -> None:
    for name in ("one", "other"):
        text = f"Title: The {name}\nDate: 2027-01-05\nSlug: same\n\nWords.\n"
        (project / "content" / "articles" / f"{name}.md").write_text(text, encoding="utf-8")
    found = again(project)
    assert found.status == 1
    assert "two articles or pages want the address /articles/same.html; give one of them another `Slug:`" in found.err
    assert "Traceback" not in found.err


def test_git_and_what_is_to_be_retained_stay(project: Path) -> None:
    for name in (".git/HEAD", "CNAME", "stray.html"):
        (project / "output" / name).parent.mkdir(exist_ok=True)
        (project / "output" / name).write_text("x", encoding="utf-8")
    assert again(project, OUTPUT_RETENTION=["CNAME"]).status == 0
    left = files(project / "output")
    assert {".git/HEAD", "CNAME"} <= {*left}
    assert "stray.html" not in left


def test_the_same_content_gives_the_same_bytes_anywhere(tmp_path: Path, article_build: Build) -> None:
    elsewhere = tmp_path / "an other place"
    elsewhere.mkdir()
    environment = {
        "TZ": "Pacific/Kiritimati",
        "LANG": "C",
        "LC_ALL": "C",
        "PYTHONHASHSEED": "4242",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
        "HOME": str(elsewhere),
    }
    content = article_content(elsewhere / "inhalt")
    found = build(tmp_path / "output", content, cwd=elsewhere, environment=environment, EVENT_AS_OF="2019-02-20")
    assert found.status == 0, found.err
    assert files(tmp_path / "output") == files(article_build.output)


def test_the_day_may_come_from_the_source_date(tmp_path: Path) -> None:
    # 03:30 UTC of the 21st, which is still the 20th in the site's zone.
    found = build(tmp_path / "output", environment={"SOURCE_DATE_EPOCH": "1550719800", "TZ": "Asia/Tokyo"})
    assert "events on 2019-02-20" in found.out
    assert "as of" not in found.site.text("index.html", "header")


# Other places, folders and settings.


def test_a_site_below_a_path_links_within_it_and_names_it_in_what_leaves(tmp_path: Path) -> None:
    url = "https://www.example.gov/learn/events"
    site = build(tmp_path / "output", EVENT_AS_OF="2019-02-20", SITEURL=url).site
    for page, target in site.links():
        if page != "404.html":
            assert site.has(target.partition("#")[0]), (page, target)
    lost = site.document("404.html")
    for node in lost.query("link[rel=stylesheet], script[src], header a, main a"):
        href = attribute(node, "href") or attribute(node, "src")
        assert href.startswith(("/learn/events/", "#")), href
        assert href.startswith("#") or site.has(href.removeprefix("/learn/events/")), href
    assert f"URL:{url}/events/gsmcon-2019.html" in site.html("events/gsmcon-2019.ics").replace("\r\n ", "")
    assert SITE_URL.encode() not in b"".join(files(site.folder).values())


def test_make_publish_takes_the_address_from_its_environment(tmp_path: Path) -> None:
    found = build(
        tmp_path / "output",
        arguments=("-s", str(ROOT / "publishconf.py")),
        environment={"SITEURL": "https://events.example.gov/"},
        EVENT_AS_OF="2019-02-20",
    )
    (canonical,) = found.site.document("events.html").query("link[rel=canonical]")
    assert attribute(canonical, "href") == "https://events.example.gov/events.html"
    assert b"127.0.0.1" not in b"".join(files(found.output).values())
    assert (found.output / "index.html.br").is_file()


def test_a_build_says_which_addresses_a_cdn_must_forget(tmp_path: Path) -> None:
    listed = tmp_path / "changed.txt"
    environment = {"SITEURL": "https://events.example.gov/all", "CHANGED_FILES": str(listed), "PRECOMPRESS": "no"}
    for _ in range(2):
        found = build(tmp_path / "output", arguments=("-s", str(ROOT / "publishconf.py")), environment=environment)
        held = {f"https://events.example.gov/all/{path}" for path in files(found.site.folder) if path != MARKER}
        if _ == 0:
            assert {*listed.read_text(encoding="utf-8").split()} == held | {"https://events.example.gov/all/"}
    assert listed.read_text(encoding="utf-8") == ""
    assert not any(path.endswith((".br", ".gz")) for path in held)


def test_make_publish_refuses_to_build_for_this_machine(tmp_path: Path) -> None:
    found = build(tmp_path / "output", arguments=("-s", str(ROOT / "publishconf.py")), environment={"SITEURL": ""})
    assert found.status == 1
    assert f"error: SITEURL is {SITE_URL!r}" in found.err
    assert "Traceback" not in found.err
    assert not found.output.exists()


@pytest.mark.parametrize(
    "url",
    [
        "", "http://127.0.0.1:8000", "https://localhost/events", "http://[::1]", "http://0.0.0.0:80", "events.example.gov",
        "//events.example.gov", "ftp://events.example.gov", "https:///", "https://events.example.gov/?a=b",
        "http://127.1", "https://[::1",
    ],
)  # fmt: skip
def test_its_settings_refuse_an_address_that_is_no_host_for_the_world(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    monkeypatch.setenv("SITEURL", url)
    with pytest.raises(SystemExit, match="1"):
        runpy.run_path(str(ROOT / "publishconf.py"))
    said = capsys.readouterr().err
    assert f"error: SITEURL is {(url or SITE_URL).rstrip('/')!r}" in said
    assert "make publish SITEURL=https://events.example.org" in said


def test_any_folder_of_records_becomes_a_site(tmp_path: Path) -> None:
    content = factory.write_content(tmp_path / "Ünïcode & spaces", {"one-day": record()}, organizers={}, series={})
    site = build(tmp_path / "out put", content, cwd=tmp_path, EVENT_AS_OF="2027-03-10").site
    assert "events/one-day.html" in site.hrefs("events.html")
    assert site.has("search.html")
    assert [path for path in files(site.folder) if path.startswith("search/upcoming.")]


def test_warnings_alone_stop_nothing(tmp_path: Path) -> None:
    content = factory.write_content(tmp_path / "content", {"one-day": record(url="http://example.gov/")})
    found = build(tmp_path / "output", content, cwd=tmp_path, EVENT_AS_OF="2027-03-10")
    assert found.status == 0
    assert "content/events/2027/one-day.yaml:" in found.err
    assert "warning: " in found.err


def test_search_can_be_left_out(tmp_path: Path) -> None:
    site = build(tmp_path / "output", EVENT_AS_OF="2019-02-20", EVENT_SEARCH=False).site
    assert not (site.folder / "search").exists()
    assert "Search is switched off" in site.text("search.html")
    assert not [node for node in site.document("search.html").query("script") if "search" in attribute(node, "src")]


def test_a_site_without_search_leads_nobody_there(tmp_path: Path) -> None:
    gone = record(withdrawn={"date": "2027-03-01", "reason": "At the request of the organizer."})
    content = factory.write_content(tmp_path / "content", {**factory.rich(), "gone": gone})
    for searched in (True, False):
        output = tmp_path / str(searched)
        site = build(output, content, EVENT_AS_OF="2027-03-10", EVENT_SEARCH=searched).site
        leading = {
            path
            for path in site.pages()
            for node in site.document(path).query("a[href], form[action]")
            if "search.html" in (attribute(node, "href") or attribute(node, "action"))
        }
        assert ({"index.html", "404.html", "events.html", "events/gone.html"} <= leading) is searched
        assert bool(leading) is searched
        assert ("/search.html<" in site.html("sitemap.xml")) is searched
        assert (not site.document("search.html").query("meta[name=robots]")) is searched
    # Who kept a list of what is past finds the way to it.
    assert "./archive.html" in [attribute(node, "href") for node in site.document("search.html").query("main a")]


def test_other_addresses_of_events_hold_throughout_the_site(tmp_path: Path) -> None:
    site = build(
        tmp_path / "output", EVENT_AS_OF="2019-02-20", EVENT_URL="e/{slug}.html", EVENT_SAVE_AS="e/{id}.html"
    ).site
    assert site.has("e/gsmcon-2019.html")
    assert site.has("e/gsmcon-2019.ics")
    assert not {*files(site.folder)} & {
        f"events/{identity}.{suffix}" for identity in OURS for suffix in ("html", "ics")
    }
    for page, target in site.links():
        if page != "404.html":
            assert site.has(target.partition("#")[0]), (page, target)


def linked_from(site: Site, start: str) -> Iterator[str]:
    """Every page that one reaches by links alone."""
    links: dict[str, set[str]] = {}
    for page, target in site.links():
        links.setdefault(page, set()).add(target.partition("#")[0])
    seen, todo = {start}, [start]
    while todo:
        for target in links.get(todo.pop(), set()) - seen:
            seen.add(target)
            todo.append(target)
    yield from seen


def test_every_page_can_be_reached_from_the_home_page(site: Site) -> None:
    reached = {*linked_from(site, "index.html")}
    assert {*site.pages()} - reached == {"404.html", *[path for path in site.pages() if site.hidden(path)]}


def test_a_former_address_leads_on_for_people_and_for_calendar_programs(rich_site: Site) -> None:
    former = {alias: identity for identity, tree in factory.rich().items() for alias in tree.get("aliases", [])}
    assert former
    for alias, identity in former.items():
        page = f"events/{alias}.html"
        assert rich_site.moved(page) == f"events/{identity}.html"
        assert rich_site.hrefs(page) == [f"events/{identity}.html"]
        assert rich_site.has(f"events/{alias}.ics") == rich_site.has(f"events/{identity}.ics")
        assert page not in {target for _, target in rich_site.links()}


def test_the_build_needs_no_network_and_no_home(tmp_path: Path) -> None:
    found = build(
        tmp_path / "output",
        environment={"HOME": os.devnull, "http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"},
    )
    assert found.status == 0


def test_without_an_article_there_is_no_feed_for_pelican_to_stamp_with_its_time(empty_site: Site) -> None:
    assert not empty_site.has("articles.atom")
    assert "articles.atom" not in empty_site.html("articles.html")
