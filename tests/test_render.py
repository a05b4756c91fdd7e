"""From the plan to bytes: a page is its template applied to its inputs, and to nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from events.assets import Assets, ThemeError, read
from events.pages import File, Page
from events.render import Compiled, Renderer
from jinja2 import Environment


def theme(folder: Path, **templates: str) -> Path:
    """A theme's templates, with the frame that every page has."""
    folder.mkdir(parents=True, exist_ok=True)
    frame = {"header": "<header>{{ root }} {{ section }}</header>", "footer": "<footer></footer>"}
    for name, text in {**frame, **templates}.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return folder


def test_a_page_is_its_template_applied_to_its_inputs(tmp_path: Path) -> None:
    renderer = Renderer([theme(tmp_path, page="{{ root }}|{{ title }}|{{ site.name }}")], {"name": "Ours"})
    assert renderer.render(Page("a/b/c.html", "page.html", {"title": "T"})) == b"../..|T|Ours"
    assert renderer.render(File("x.json", b"{}")) == b"{}"


def test_every_text_is_escaped(tmp_path: Path) -> None:
    renderer = Renderer([theme(tmp_path, page='<a title="{{ title }}">{{ title }}</a>')], {})
    html = renderer.html(Page("x.html", "page.html", {"title": "\"'><script>"})).decode()
    assert "<script>" not in html
    assert html.count('"') == 2


def test_a_frame_is_made_for_each_depth_and_section(tmp_path: Path) -> None:
    renderer = Renderer([theme(tmp_path, page="{{ chrome(root, section).header }}")], {})

    def header(path: str, section: str) -> str:
        return renderer.html(Page(path, "page.html", {"section": section})).decode()

    assert header("x.html", "topics") == "<header>. topics</header>"
    assert header("a/x.html", "topics") == "<header>.. topics</header>"
    assert header("b/x.html", "home") == "<header>.. home</header>"


def test_an_earlier_folder_overrides_a_later_one(tmp_path: Path) -> None:
    base, own = theme(tmp_path / "base", page="base", other="base"), tmp_path / "own"
    own.mkdir()
    (own / "page.html").write_text("own", encoding="utf-8")
    renderer = Renderer([own, base], {})
    assert renderer.html(Page("x.html", "page.html", {})) == b"own"
    assert renderer.html(Page("x.html", "other.html", {})) == b"base"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("one\n{{ missing }}", 2),
        ("one\n\n{{ title.missing.deeper }}", 3),
        ("{% for x in %}", 1),
        ("one\n{% endif %}", 2),
        ("one\ntwo\n{{ title + 1 }}", 3),
        ("{% include 'piece.html' %}", 2),
    ],
)
def test_a_template_that_fails_is_told_with_file_line_and_page(tmp_path: Path, text: str, line: int) -> None:
    renderer = Renderer([theme(tmp_path, page=text, piece="\n{{ missing }}")], {})
    with pytest.raises(ThemeError) as raised:
        renderer.html(Page("events/x.html", "page.html", {"title": "T"}))
    name = "piece.html" if "piece" in text else "page.html"
    assert f"{name}:{line}: " in str(raised.value)
    assert "events/x.html" in str(raised.value)


@pytest.fixture
def compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[bytes, int]]:
    """Renders a page with a cache: its bytes, and how many templates were compiled for it."""
    calls = 0
    compile_of = Environment.compile

    def counted(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        return compile_of(*args, **kwargs)

    monkeypatch.setattr(Environment, "compile", counted)

    def made(text: str = "{{ _('Archive') }}", state: bytes = b"state", language: str = "en") -> tuple[bytes, int]:
        nonlocal calls
        calls = 0
        folders = [theme(tmp_path / "theme", page=text)]
        renderer = Renderer(folders, {}, Compiled(tmp_path / "cache", state))
        return renderer.html(Page("x.html", "page.html", {"lang": language})), calls

    return made


def test_a_template_is_compiled_once_for_its_text_its_language_and_all_that_compiles_it(
    compiled: Callable[..., tuple[bytes, int]],
) -> None:
    assert compiled() == (b"Archive", 1)
    assert compiled() == (b"Archive", 0)
    assert compiled(language="es") == (b"Archivo", 1)
    assert compiled() == (b"Archive", 0)
    assert compiled(language="es") == (b"Archivo", 0)
    assert compiled(text="Another") == (b"Another", 1)
    assert compiled(state=b"other") == (b"Archive", 1)


@pytest.mark.parametrize("how", ["empty", "short", "turned", "folder"])
def test_a_compiled_template_that_was_harmed_is_compiled_anew(
    tmp_path: Path, compiled: Callable[..., tuple[bytes, int]], how: str
) -> None:
    compiled()
    (path,) = (tmp_path / "cache").iterdir()
    data = path.read_bytes()
    path.unlink()
    if how == "folder":
        path.mkdir()
    harmed = {"empty": [b""], "short": [data[:-1]], "folder": [b""]}.get(how) or [
        data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :] for place in range(len(data))
    ]
    for kept in harmed:
        if how != "folder":
            path.write_bytes(kept)
        assert compiled() == (b"Archive", 1)


def test_a_template_that_is_not_there_is_told_with_the_page_that_needs_it(tmp_path: Path) -> None:
    renderer = Renderer([theme(tmp_path)], {})
    with pytest.raises(ThemeError, match=r"no template gone\.html, which x\.html needs"):
        renderer.html(Page("x.html", "gone.html", {}))


def built(folder: Path) -> Path:
    """A theme whose style sheet is built."""
    (folder / "static" / "css").mkdir(parents=True)
    (folder / "static" / "css" / "site.abc.css").write_bytes(b"body{}")
    manifest = {
        "inputs": "x",
        "files": {"site.css": "css/site.abc.css"},
        "map": {"viewBox": "0 0 9 9", "paths": {"Utah": "M1,1l2,2z"}},
    }
    (folder / "static" / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def test_the_theme_s_files_are_found_by_their_names(tmp_path: Path) -> None:
    names, files = {"site.css": "theme/css/site.abc.css"}, {"theme/css/site.abc.css": b"body{}"}
    assert read(built(tmp_path)) == Assets(names, files, "0 0 9 9", {"Utah": "M1,1l2,2z"})


def test_a_theme_that_was_never_built_says_how_to_build_it(tmp_path: Path) -> None:
    with pytest.raises(ThemeError, match=r"manifest\.json is missing.*make theme.*Node"):
        read(tmp_path)


def test_a_theme_that_lost_a_file_says_which(tmp_path: Path) -> None:
    (built(tmp_path) / "static" / "css" / "site.abc.css").unlink()
    with pytest.raises(ThemeError, match=r"site\.abc\.css is missing.*make theme"):
        read(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"files": 1}', '{"inputs": "x"}', '{"files": {}}'])
def test_a_manifest_that_is_none_says_so(tmp_path: Path, text: str) -> None:
    (built(tmp_path) / "static" / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(ThemeError, match="cannot be read; run `make theme`"):
        read(tmp_path)
