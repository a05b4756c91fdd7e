"""Faults of records: each golden one reads as an editor sees it, and no input brings the reader down.

tests/records/<name>.yaml is a record with a fault, <name>.txt what `events check` says of it. After a change of
words: `python -m tests.test_records` writes them anew, and the difference is to be read.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from events import collection
from events.problems import report

RECORDS = Path(__file__).parent / "records"
GOLDEN = sorted(path.stem for path in RECORDS.glob("*.yaml"))


def said(name: str, folder: Path) -> str:
    """What the check says of a golden record in a content folder of its own."""
    content = folder / "content"
    shutil.copytree(RECORDS / "registries", content)
    (content / "events").mkdir()
    shutil.copyfile(RECORDS / f"{name}.yaml", content / "events" / f"{name.replace('_', '-')}.yaml")
    return report(collection.load(content, shown_from=content).problems)


@pytest.mark.parametrize("name", GOLDEN)
def test_a_fault_is_told_where_it_is_and_how_to_mend_it(name: str, tmp_path: Path) -> None:
    told = said(name, tmp_path)
    assert told == (RECORDS / f"{name}.txt").read_text(encoding="utf-8")
    assert "help: " in told
    assert ("warning: " in told) == name.startswith("warned_")


def main() -> None:
    """Write what is said of every golden record."""
    for name in GOLDEN:
        with tempfile.TemporaryDirectory() as folder:
            (RECORDS / f"{name}.txt").write_text(said(name, Path(folder)), encoding="utf-8")


if __name__ == "__main__":
    main()
