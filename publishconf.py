"""Settings of the production build, over those of pelicanconf.py: `make publish SITEURL=https://…`."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from pelicanconf import *
from pelicanconf import SITEURL as _LOCAL

# Where the site will be served, a sub-path included; `make publish` passes it on.
SITEURL = os.environ.get("SITEURL", _LOCAL).rstrip("/")
# A warning is worth a look before the whole world sees the page, but it stops no release.
EVENT_STRICT = True
