"""What the documents say: every command in them runs, every link leads somewhere, every name is one that there is."""

from __future__ import annotations

import json
import os
import re
import runpy
import shutil
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml
from events import records, settings, wording
from events.fields import Reading
from events.model import Event, read_event

from tests.site import ROOT, article_content

DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
TEXTS = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in DOCUMENTS}
README, CONTRIBUTING, CUSTOMIZE = TEXTS["README.md"], TEXTS["CONTRIBUTING.md"], TEXTS["docs/customize.md"]
BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
# What begins like this between backticks is a command and not a name.
COMMAND = re.compile(
    r"(?:[A-Z_]+=\S+ )*(?:make|events|pelican|python|pip|pytest|node|npm|docker|apt-get|curl|git|\.venv/bin/[\w-]+)(?: |$)"
)


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """The blocks of code of a document: what language each is in, and its text."""
    for _, language, inside in BLOCK.findall(text):
        yield language, textwrap.dedent(inside)


def spans(text: str) -> list[str]:
    """What stands between backticks in a document's running text."""
    return re.findall(r"`([^`\n]+)`", BLOCK.sub("", text))


def commands(text: str) -> Iterator[str]:
    """The commands of a document, as one would type them at the project's root."""
    for language, inside in blocks(text):
        if language == "sh":
            lines = inside.replace("\\\n", " ").splitlines()
            yield from filter(None, (re.sub(r"(^|\s+)# .*", "", line).strip() for line in lines))
    for span in spans(text):
        if COMMAND.match(span) and span not in ("events", "pelican", "make", "python", "git", "node", "npm"):
            yield re.sub(r"^(events|pelican|python|pytest) ", r".venv/bin/\1 ", span)


# What no test can run as it stands, and why; what is said of the rest of it elsewhere.
CANNOT = {
    "make test": "it would run this test",
    "make lint": "it looks at the whole project, and is run beside the tests",
    "make lock": "it asks the package index",
    "make words": "it writes the catalogues that tests/test_languages.py compares",
    "make serve": "it runs until it is stopped; tests/test_preview.py starts it",
    ".venv/bin/pelican -r": "it runs until it is stopped; tests/test_preview.py starts it",
    "node theme/build.mjs --watch": "it runs until it is stopped",
    ".venv/bin/events new": "it asks on a terminal; tests/test_cli.py answers",
    ".venv/bin/events check --since main": "it needs a repository's history; tests/test_cli.py makes one",
    ".venv/bin/events upload s3://the-bucket": "it needs a bucket; tests/test_upload.py has one",
    ".venv/bin/events upload s3://the-bucket --dry-run": "it needs a bucket; tests/test_upload.py has one",
    ".venv/bin/pip install --require-hashes -r requirements-s3.txt": "it asks the package index",
    ".venv/bin/python -m tests.test_records": "it writes what tests/test_records.py compares",
    ".venv/bin/python -m bench.serving": "it measures for minutes; tests/test_bench.py runs a part",
    ".venv/bin/python -m bench --help": "the copy has no bench; another test asks it",
    "apt-get install nginx libnginx-mod-http-brotli-static": "it changes the machine",
    "ln -s ../sites-available/events /etc/nginx/sites-enabled/ && nginx -t && systemctl reload nginx": "it changes the machine",
    "certbot --nginx -d events.example.org": "it asks for a certificate",
    "rsync -a --delete output/ /srv/events/": "it changes the machine",
    "systemctl reload caddy": "it changes the machine",
    "docker build -f deploy/Containerfile --build-arg SITEURL=https://events.example.org -t events .": "it needs Docker; hadolint reads the file",
    "docker run --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges -p 8080:8080 events": "it needs Docker",
}
# Of these the command line is checked, and not run.
APART = re.compile(
    r"make bench|(?:\S+=\S+ )?\.venv/bin/pytest|curl -s https://events\.example\.gov|\.venv/bin/events [a-z]+$"
)
ALL = list(dict.fromkeys(command for text in TEXTS.values() for command in commands(text)))
RUN = [command for command in ALL if command not in CANNOT and not APART.match(command)]


@pytest.fixture(scope="module")
def set_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as after its first `make html`, with the first article's content and a calendar to import."""
    folder = tmp_path_factory.mktemp("documents") / "project"
    kept = [
        "Makefile",
        "LICENSE",
        "package.json",
        "package-lock.json",
        "pyproject.toml",
        "docs",
        "plugins",
        "theme",
        ".vscode",
    ]
    for path in [*(ROOT / name for name in kept), *ROOT.glob("*conf.py"), *ROOT.glob("requirements*.txt")]:
        copied = shutil.copytree if path.is_dir() else shutil.copy2
        folder.mkdir(exist_ok=True)
        copied(path, folder / path.name)
    article_content(folder / "content")
    shutil.copy2(ROOT / "tests" / "samples" / "calendar.ics", folder / "calendar.ics")
    (folder / "etc").mkdir()
    # Python finds its packages by the folder that its program is in.
    virtual = folder / ".venv"
    virtual.mkdir()
    for path in Path(sys.prefix).iterdir():
        if path.name in ("bin", "lib", "pyvenv.cfg"):
            (virtual / path.name).symlink_to(path)
    (folder / "node_modules").mkdir()
    for package in (ROOT / "node_modules").iterdir():
        if not package.name.startswith("."):
            (folder / "node_modules" / package.name).symlink_to(package)
    for mark in (".venv/ready", ".venv/test-ready", ".venv/bench-ready", "node_modules/.ready"):
        (folder / mark).touch()
    # Once: its styles follow from the articles too, of which there are few here.
    done = run("make theme", folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def project(set_up: Path, tmp_path: Path) -> Path:
    """A copy of that for one command."""
    return shutil.copytree(set_up, tmp_path / "project", symlinks=True)


def run(command: str, project: Path) -> subprocess.CompletedProcess[str]:
    """Type a command there; what it would write elsewhere on the machine stays in the copy."""
    typed = re.sub(r"> /etc/\S*/(\w+)", r"> etc/\1", command).replace("FILE", "calendar.ics")
    # Hosts name the site in the environment.
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))}
    environment |= {"SITEURL": "https://events.example.org"}
    return subprocess.run(
        ["bash", "-c", typed], cwd=project, env=environment, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8",
        check=False, timeout=120,
    )  # fmt: skip


@pytest.mark.parametrize("command", RUN)
def test_a_command_of_the_documents_works(project: Path, command: str) -> None:
    done = run(command, project)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_cannot_be_run_is_said_somewhere_and_make_knows_it(project: Path) -> None:
    assert set(ALL) >= CANNOT.keys()
    for command in (*CANNOT, *filter(APART.match, ALL)):
        if command.startswith("make "):
            done = run(command.replace("make ", "make -n ", 1), project)
            assert done.returncode == 0, done.stderr


def test_every_command_of_events_that_a_document_names_is_offered() -> None:
    offered = subprocess.run(
        [Path(sys.executable).with_name("events"), "--help"], capture_output=True, encoding="utf-8", check=True
    )
    known = {*re.findall(r"^    ([a-z]+) ", offered.stdout, re.MULTILINE)}
    named = {match[1] for command in ALL if (match := re.match(r"\.venv/bin/events ([a-z]+)", command))}
    assert named
    assert named <= known


def test_every_way_to_run_some_tests_names_tests_and_marks_that_there_are() -> None:
    marks = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"][
        "markers"
    ]
    shown = [command for command in ALL if ".venv/bin/pytest" in command]
    assert shown
    for command in shown:
        for path in re.findall(r"tests/\S+", command):
            assert (ROOT / path).is_file(), command
        for chosen in re.findall(r'-m "([^"]+)"', command):
            assert {*re.findall(r"\w+", chosen)} - {"not", "and"} <= {mark.split(":")[0] for mark in marks}, command


def test_every_row_of_the_bench_that_a_document_asks_for_is_one() -> None:
    shown = [match[1] for command in ALL for match in re.finditer(r'ROWS="([^"]+)"', command)]
    assert shown
    said = subprocess.run(
        [sys.executable, "-m", "bench", "--help"], cwd=ROOT, capture_output=True, encoding="utf-8", check=True
    ).stdout
    for word in {word for row in shown for word in row.split() if not word.isdecimal()}:
        assert re.search(rf"(?<![\w-]){word}(?![\w-])", said), word


def test_every_block_of_code_says_what_it_is_in() -> None:
    # A block that is only indented would pass all these tests by.
    for name, text in TEXTS.items():
        assert {language for language, _ in blocks(text)} <= {"sh", "yaml", "python", "html", "text"}, name
        assert not re.search(r"\n\n(?: {4}|\t)\S", BLOCK.sub("", text)), name


# Links and names


def slugs(text: str) -> set[str]:
    """The anchors of a document, as GitHub makes them of its headings."""
    found: set[str] = set()
    for heading in re.findall(r"^#{1,6} (.+)$", BLOCK.sub("", text), re.MULTILINE):
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        while slug in found:
            slug += "-1"
        found.add(slug)
    return found


def test_every_link_leads_to_a_file_and_a_heading() -> None:
    for name, text in TEXTS.items():
        running = BLOCK.sub("", text)
        for target in (*re.findall(r"\]\(([^){\s]+)\)", running), *re.findall(r'(?:src|href)="([^"]+)"', running)):
            if re.match(r"https?:|mailto:", target):
                continue
            path, _, anchor = target.partition("#")
            there = (ROOT / name).parent / path if path else ROOT / name
            assert there.exists(), (name, target)
            if anchor:
                assert anchor in slugs(there.read_text(encoding="utf-8")), (name, target)


def test_every_document_is_in_the_list_of_them() -> None:
    listed = {*re.findall(r"^\| \[[^\]]+\]\(([^)]+)\) \|", README, re.MULTILINE)}
    assert listed == TEXTS.keys() - {"README.md"}


# What the reader makes, or a build.
MADE = ("theme/static/", "content/pages/", "content/imports.json", "content/events/2027/accessibility-open-house")


def test_every_file_of_the_project_that_a_document_names_is_there() -> None:
    named = {
        (name, span)
        for name, text in TEXTS.items()
        for span in spans(text)
        if re.fullmatch(r"(?:bench|content|deploy|docs|plugins|tests|theme|\.github|\.vscode)/[\w./-]+", span)
    }
    assert named
    assert {(name, span) for name, span in named if not span.startswith(MADE) and not (ROOT / span).exists()} == set()


def test_every_document_that_the_code_names_is_there() -> None:
    places = [ROOT / "Makefile", *ROOT.glob("*.py"), *ROOT.glob("plugins/events/*.py"), *ROOT.glob(".github/**/*.yml")]
    for path in places:
        for name in re.findall(r"\bdocs/[\w-]+\.\w+", path.read_text(encoding="utf-8")):
            assert (ROOT / name).exists(), (path.name, name)


def test_every_setting_that_a_document_names_is_one() -> None:
    named = {(name, key) for name, text in TEXTS.items() for key in re.findall(r"\bEVENT_[A-Z_]*[A-Z]\b", text)}
    assert {(name, key) for name, key in named if key not in settings.DEFAULTS} == set()


def test_every_setting_has_its_row_with_what_it_is_as_it_comes() -> None:
    ours = {**settings.DEFAULTS, **runpy.run_path(str(ROOT / "pelicanconf.py"))}
    ours["EVENT_CACHE"] = os.path.relpath(ours["EVENT_CACHE"], ROOT)
    told: dict[str, Any] = {}
    for names, values in re.findall(r"^\| ((?:`[A-Z_]+`(?:, )?)+) \|.*\| ([^|]+) \|$", CUSTOMIZE, re.MULTILINE):
        keys = re.findall(r"`(\w+)`", names)
        shown = [json.loads(value) for value in re.findall(r"`([^`]+)`", values)] or [None] * len(keys)
        told |= dict(zip(keys, shown, strict=True))
    assert told.keys() >= settings.DEFAULTS.keys()
    assert told == {key: ours[key] for key in told}


def test_every_workflow_has_its_row() -> None:
    rows = re.findall(r"^\| `(\S+\.yml)` \|", TEXTS["docs/publishing.md"], re.MULTILINE)
    assert sorted(rows) == sorted(path.name for path in (ROOT / ".github" / "workflows").glob("*.yml"))


def test_every_dependency_has_its_reason() -> None:
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    (first,) = (number for number, line in enumerate(lines) if line == "dependencies = [")
    for line in lines[first + 1 : lines.index("]", first)]:
        assert re.match(r' +"[^"]+", +# .{9}', line), line
    package = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    rows = re.findall(r"^\| (`.*`) \| .+ \|$", TEXTS["docs/architecture.md"].split("| npm package |")[1], re.MULTILINE)
    assert sorted(name for row in rows for name in re.findall(r"`([^`]+)`", row)) == sorted(package["devDependencies"])


# The README's event


def example() -> tuple[str, str]:
    """The README's record, and where it tells to put it."""
    (text,) = (inside for language, inside in blocks(README) if language == "yaml")
    (path,) = re.findall(r"Make `(content/events/\S+\.yaml)`", README)
    return path, text


def event() -> Event:
    path, text = example()
    tree, faults = records.parse(text)
    assert not faults
    found = read_event(tree, Path(path).stem, path, Reading())
    assert found is not None
    return found


def checked(project: Path, text: str) -> str:
    """What the check says of the README's record with another text."""
    path = project / example()[0]
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return run(".venv/bin/events check", project).stdout


def test_the_readme_s_record_is_a_good_one(project: Path) -> None:
    assert checked(project, example()[1]) == "no problems\n"


def test_the_message_that_is_explained_is_what_the_check_says(project: Path) -> None:
    said = checked(project, example()[1].replace("kind: open-house", "kind: openhouse"))
    shown = [inside for text in (README, CONTRIBUTING) for language, inside in blocks(text) if language == "text"]
    assert len(shown) == 3
    assert [text for text in shown if said.startswith(text)] == [shown[0], shown[2]]
    # On GitHub the place is where it stands.
    place, message, *_, mend = shown[0].replace(": ", "\n", 1).splitlines()
    assert place == f"{example()[0]}:2:7"
    assert shown[1] == f"{message}\n{mend}\n"


def test_the_picture_shows_that_record_and_what_becomes_of_it() -> None:
    path, alt = re.findall(r'<img src="([^"]+)" width="\d+" alt="([^"]+)">', README)[0]
    drawn = (ROOT / path).read_text(encoding="utf-8")
    assert len(drawn) < 8000
    assert not re.search(r"href|url\(|@import|<script", drawn)
    tree = ET.fromstring(drawn)
    said = {
        " ".join("".join(item.itertext()).split()): item.get("class", "")
        for item in tree.iter()
        if item.tag.endswith("}text")
    }
    lines = [" ".join(line.split()) for line in example()[1].splitlines()]
    shown = [text for text, kind in said.items() if kind == "record"]
    assert shown == lines[: len(shown)]
    words, meant = wording.words("en"), event()
    assert f"{words.time_of(meant)}, {words.city(meant)}" in said
    assert all(word in alt for word in ("YAML record", "page", "calendars", "search", "data"))


def test_the_records_that_contributing_tells_to_copy_are_there() -> None:
    (start,) = re.findall(r"easiest\s+start is a copy of(.*?)\.\n", CONTRIBUTING, re.DOTALL)
    named = re.findall(r"`([^`]+)`", start)
    assert len(named) == 3
    for identity in named:
        assert [*(ROOT / "content" / "events").rglob(f"{identity}.yaml")], identity


def test_what_editors_look_for_on_github_is_called_that() -> None:
    folder = ROOT / ".github"
    check = yaml.safe_load((folder / "workflows" / "records.yml").read_text(encoding="utf-8"))
    (job,) = check["jobs"]
    assert f"*{check['name']} / {job}*" in CONTRIBUTING
    form = yaml.safe_load((folder / "ISSUE_TEMPLATE" / "event.yml").read_text(encoding="utf-8"))
    assert f"*Issues → New issue → {form['name']}*" in CONTRIBUTING
    publish = yaml.safe_load((folder / "workflows" / "publish.yml").read_text(encoding="utf-8"))
    links = yaml.safe_load((folder / "workflows" / "links.yml").read_text(encoding="utf-8"))
    assert f"*{publish['name']}* and *{links['name']}*" in TEXTS["docs/publishing.md"]
