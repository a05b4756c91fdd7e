"""The one-way house: a module imports only from those before it, and only the last know Pelican."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "plugins" / "events"

# The order in which data flows, and imports with it. A new module takes its place here.
HOUSE = [
    "problems", "urls", "vocabulary", "times", "markdown_parser", "markup", "complaints", "records", "guesses", "fields", "model", "languages", "wording", "deadlines", "rows", "twins", "collection",
    "drafts", "history", "reference", "sources", "import_ics", "import_csv", "import_jsonld", "import_digitalgov", "importing", "forms",
    "catalog", "joining", "parts", "months", "identifier", "settings", "lines", "library", "calendars", "feeds", "data", "spreadsheet", "dcat", "atom", "sitemap", "jsonld", "facts", "search", "assets", "pictures", "hosting", "notices", "event_page", "pages", "templates", "compiling", "render", "compression", "shelf", "store", "states", "writer", "workers", "making", "upload", "plugin", "server", "cli",
]  # fmt: skip
KNOWS_PELICAN = {"plugin", "server"}


def imports(path: Path) -> tuple[set[str], set[str]]:
    """The package's own modules that a file imports anywhere, and the others."""
    own: set[str] = set()
    others: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            others |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level:
            own |= {node.module.split(".")[0]} if node.module else {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            others.add(str(node.module).split(".")[0])
    return own - {"__version__"}, others


MODULES = sorted(path.stem for path in PACKAGE.glob("*.py") if path.stem != "__init__")


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_from_those_before_it(module: str) -> None:
    assert module in HOUSE, "a new module: give it its place in HOUSE"
    own, others = imports(PACKAGE / f"{module}.py")
    assert own <= {*HOUSE[: HOUSE.index(module)]}
    assert "events" not in others, "write `from . import …`, so that the order can be checked"
    assert "pelican" not in others or module in KNOWS_PELICAN


def test_the_package_itself_imports_pelican_only_when_pelican_asks() -> None:
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    at_import = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert {node.module for node in at_import if isinstance(node, ast.ImportFrom)} == {"__future__"}


def test_the_house_on_paper_is_this_one() -> None:
    paper = (PACKAGE.parent.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = paper[paper.index("| module |") :].split("\n\n")[0]
    rows = re.findall(r"^\| (`.+?`) \|", table, re.MULTILINE)
    assert [name for row in rows for name in re.findall(r"`(\w+)`", row)] == HOUSE
