"""The directory's settings. What to change when you make it yours: docs/customize.md."""

import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent
# Pelican logs a plugin that it cannot import and builds without it; importing it here makes that a failure.
sys.path.insert(0, str(_HERE / "plugins"))
import events

# Yours to change.
SITENAME = "Events for Public Servants"
SITESUBTITLE = "What is on, when, and for how much"
# Absolute, because calendars and feeds leave the site; links inside pages are relative and work anywhere.
SITEURL = "http://127.0.0.1:8000"
TIMEZONE = "America/New_York"
DEFAULT_LANG = "en"
EVENT_CONTACT = ""
EVENT_REPOSITORY_URL = ""
# Part of every event's UID: choose it once and never change it, or every subscriber gets every event twice.
EVENT_UID_DOMAIN = "events.example.org"
# The day on which the site was last tested for accessibility: theirs who made it, until you test your own.
EVENT_ACCESSIBILITY_DATE = "2026-11-24"
# Official sites (.gov, .mil) set this and EVENT_IDENTIFIER in publishconf.py: docs/customize.md.
EVENT_GOV_BANNER = False

# How it is built.
PATH = str(_HERE / "content")
OUTPUT_PATH = str(_HERE / "output")
# What a build keeps for the next, so that it makes only what changed; safe to delete at any time.
EVENT_CACHE = str(_HERE / ".cache" / "events")
THEME = str(_HERE / "theme")
PLUGINS = [events]
EVENT_PATHS = ["events"]
ARTICLE_PATHS = ["articles"]
PAGE_PATHS = ["pages"]
STATIC_PATHS = ["images"]
LOCALE = ["C"]
RELATIVE_URLS = True
# Pelican does not escape by itself; every text of a record is hostile until it is escaped.
JINJA_ENVIRONMENT = {"autoescape": True, "trim_blocks": True, "lstrip_blocks": True}
# The plugin plans the theme's hashed files itself, so that nothing is copied twice or left behind.
THEME_STATIC_PATHS: list[str] = []
STATIC_CHECK_IF_MODIFIED = True
DELETE_OUTPUT_DIRECTORY = False
CACHE_CONTENT = False
USE_FOLDER_AS_CATEGORY = False
DEFAULT_CATEGORY = "guides"
SLUGIFY_SOURCE = "basename"
SUMMARY_MAX_LENGTH = 40

ARTICLE_URL = ARTICLE_SAVE_AS = "articles/{slug}.html"
ARTICLE_LANG_URL = ARTICLE_LANG_SAVE_AS = "articles/{slug}-{lang}.html"
DRAFT_URL = DRAFT_SAVE_AS = "articles/drafts/{slug}.html"
PAGE_URL = PAGE_SAVE_AS = "pages/{slug}.html"
DIRECT_TEMPLATES = ["articles"]
ARTICLES_SAVE_AS = "articles.html"
PAGINATED_TEMPLATES: dict[str, int | None] = {}
AUTHOR_SAVE_AS = CATEGORY_SAVE_AS = TAG_SAVE_AS = ""
AUTHORS_SAVE_AS = CATEGORIES_SAVE_AS = TAGS_SAVE_AS = ARCHIVES_SAVE_AS = ""

FEED_ALL_ATOM = "articles.atom"
CATEGORY_FEED_ATOM = TRANSLATION_FEED_ATOM = AUTHOR_FEED_ATOM = AUTHOR_FEED_RSS = None
