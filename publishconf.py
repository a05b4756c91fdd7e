"""Settings of the production build, over those of pelicanconf.py: `make publish SITEURL=https://…`."""

import ipaddress
import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent))
from pelicanconf import *
from pelicanconf import SITEURL as _USUAL


def _refuse(why: str) -> None:
    # An exception would reach the screen with Pelican's whole traceback.
    mend = "name the address at which it will be served: make publish SITEURL=https://events.example.org"
    sys.stderr.write(f"\nerror: {why}; {mend}\n")
    raise SystemExit(1)


def _is_this_machine(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback or address.is_unspecified


# Where the site will be served, a sub-path included; `make publish` passes it on.
SITEURL = (os.environ.get("SITEURL") or _USUAL).rstrip("/")
_parts = urlsplit(SITEURL)
if _parts.scheme not in ("http", "https") or not _parts.hostname:
    _refuse(f"SITEURL is {SITEURL!r}, which is no absolute address")
elif _is_this_machine(_parts.hostname):
    _refuse(f"SITEURL is {SITEURL!r}, which nobody but this machine can reach")
elif _parts.query or _parts.fragment or _parts.username is not None:
    _refuse(f"SITEURL is {SITEURL!r}; it takes a host and a path, and nothing more")
# A warning is worth a look before the whole world sees the page, but it stops no release.
EVENT_STRICT = True
# `.br` and `.gz` beside every text, so that no server compresses the same page for every reader.
# `PRECOMPRESS=no` for hosts that compress by themselves and would publish the copies as files.
EVENT_PRECOMPRESS = os.environ.get("PRECOMPRESS") != "no"
# `CHANGED_FILES=changed.txt`: a list of what changed, for a CDN's purge.
EVENT_CHANGED_FILES = os.environ.get("CHANGED_FILES") or None
