"""Settings of the production build, over those of pelicanconf.py: `make publish SITEURL=https://…`."""

import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent))
from pelicanconf import *
from pelicanconf import SITEURL as _USUAL

# After pelicanconf, which says where it is.
from events.urls import is_this_machine, site_fault  # isort: skip


def _refuse(why: str) -> None:
    # An exception would reach the screen with Pelican's whole traceback.
    mend = "name the address at which it will be served: make publish SITEURL=https://events.example.org"
    sys.stderr.write(f"\nerror: {why}; {mend}\n")
    raise SystemExit(1)


# Where the site will be served, a sub-path included; `make publish` passes it on.
SITEURL = (os.environ.get("SITEURL") or _USUAL).rstrip("/")
if _fault := site_fault(SITEURL):
    _refuse(f"SITEURL is {SITEURL!r}, which {_fault[0]}; {_fault[1]}")
elif is_this_machine(urlsplit(SITEURL).hostname or ""):
    _refuse(f"SITEURL is {SITEURL!r}, which nobody but this machine can reach")
# A warning is worth a look before the whole world sees the page, but it stops no release.
EVENT_STRICT = True
# `.br` and `.gz` beside every text, so that no server compresses the same page for every reader.
# `PRECOMPRESS=no` for hosts that compress by themselves and would publish the copies as files.
EVENT_PRECOMPRESS = os.environ.get("PRECOMPRESS") != "no"
# `CHANGED_FILES=changed.txt`: a list of what changed, for a CDN's purge.
EVENT_CHANGED_FILES = os.environ.get("CHANGED_FILES") or None
