"""A directory of events for public servants: YAML records in, a static site with calendars out.

The package is a Pelican plugin (`register`) and the `events` command. Data flows one way through its modules:
records → model → collection → catalog → pages → render → writer; docs/architecture.md draws it.
"""

from __future__ import annotations

__version__ = "0.1.0"


def register() -> None:
    """Connect the plugin to Pelican."""
    # Imported here: worker processes and the `events` command need the package without Pelican.
    from .plugin import register as connect  # noqa: PLC0415

    connect()
