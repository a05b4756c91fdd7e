# The directory's few commands; `make help` lists them. Each sets up what it needs, once.

SITEURL ?=
PRECOMPRESS ?=
CHANGED_FILES ?=
AS_OF ?=
OUTPUT ?= output

PYTHON ?= python3
NODE ?= node
NPM ?= npm
BIN := .venv/bin
# An override for Pelican, as JSON behind its one -e.
AS_OF_OVERRIDE = $(if $(AS_OF),-e EVENT_AS_OF='"$(AS_OF)"')

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help html serve publish test check lint bench clean theme lock words tools chromium servers libical

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "  AS_OF=2019-02-20 builds the directory as if today were that day; SITEURL=https://… is the host that publish builds for."

html: .venv/ready theme ## build the site into output/
	$(BIN)/pelican -s pelicanconf.py -o $(OUTPUT) $(AS_OF_OVERRIDE)

serve: .venv/ready theme ## build, serve on http://127.0.0.1:8000, rebuild on change
	$(BIN)/python -m events.server --output $(OUTPUT) --as-of "$(AS_OF)"

publish: .venv/ready theme ## the production build, with publishconf.py
	SITEURL="$(SITEURL)" PRECOMPRESS="$(PRECOMPRESS)" CHANGED_FILES="$(CHANGED_FILES)" \
	  $(BIN)/pelican -s publishconf.py -o $(OUTPUT) $(AS_OF_OVERRIDE)

check: .venv/ready ## check the records only
	$(BIN)/events check content

test: .venv/test-ready theme chromium servers libical ## run every test, those in a browser included
	$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder

lint: .venv/test-ready ## format, lint and type checks
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: .venv/bench-ready theme ## measure what builds cost, beside Hugo; ROWS="cold --events 1000" for some
	$(BIN)/python -m bench $(ROWS)

clean: ## remove what was built; what was installed stays
	rm -rf $(OUTPUT) theme/static theme/static.new .cache

theme: node_modules/.ready
	@$(NODE) theme/build.mjs

lock: .venv/test-ready # write the requirements anew after a change of pyproject.toml
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
	  --custom-compile-command "make lock" --group build -o requirements.txt pyproject.toml
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
	  --custom-compile-command "make lock" --group build --group dev -o requirements-dev.txt pyproject.toml
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
	  --custom-compile-command "make lock" --group bench -o requirements-bench.txt pyproject.toml
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
	  --custom-compile-command "make lock" --extra s3 -c requirements-dev.txt -o requirements-s3.txt pyproject.toml

words: .venv/test-ready # write the texts of code, templates and scripts into the catalogues of the other languages
	$(BIN)/python -m tests.catalogues

# What must be on the machine, named with the way to get it.

tools:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "error: Python 3.11 or later is needed, as \`$(PYTHON)\`. Install it (Debian, Ubuntu: apt-get install python3 python3-venv;" >&2; \
	  echo "macOS: brew install python; Windows: python.org), or name yours: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "error: Python's venv module is missing. Install it (Debian, Ubuntu: apt-get install python3-venv)." >&2; exit 1; }

node_modules/.ready: package.json package-lock.json
	@$(NODE) -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)' 2>/dev/null || { \
	  echo "error: Node.js 20 or later is needed to build the theme. Install it from nodejs.org (Debian 13, Ubuntu 25.04:" >&2; \
	  echo "apt-get install nodejs npm; macOS: brew install node), or name yours: make NODE=/path/to/node …" >&2; exit 1; }
	@command -v $(NPM) >/dev/null || { \
	  echo "error: npm is needed to install what the theme is built from. It comes with Node.js from nodejs.org" >&2; \
	  echo "(Debian, Ubuntu: apt-get install npm)." >&2; exit 1; }
	$(NPM) ci
	@touch $@

.venv/ready: requirements.txt pyproject.toml | tools
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	# pip compiles what it copies, and not what it links to; where Python may not keep that, every start would do it.
	$(BIN)/python -m compileall -q plugins/events
	@touch $@

.venv/test-ready: .venv/ready requirements-dev.txt
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

.venv/bench-ready: .venv/ready requirements-bench.txt
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements-bench.txt
	@touch $@

# Debian's headless shell is the same browser without windows, and takes three fifths of the time.
chromium:
	@command -v chromium-headless-shell >/dev/null || command -v chromium >/dev/null || command -v chromium-browser >/dev/null || \
	command -v google-chrome >/dev/null || { \
	  command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ] && apt-get update -qq && \
	  { apt-get install -y -qq chromium-headless-shell >/dev/null 2>&1 || apt-get install -y -qq chromium >/dev/null; }; } || { \
	  echo "error: the browser tests need Chromium. Install it (Debian: apt-get install chromium-headless-shell, or chromium;" >&2; \
	  echo "macOS: brew install --cask chromium), or leave them out: .venv/bin/pytest -m 'not browser'" >&2; exit 1; }

# The servers that `events hosting` writes configurations for. RUNLEVEL=1: Debian shall not start them for the machine.
servers:
	@PATH="$$PATH:/usr/sbin:/opt/homebrew/bin"; \
	{ command -v nginx && command -v caddy && ls /usr/lib*/nginx/modules/ngx_http_brotli_static_module.so; } >/dev/null 2>&1 || { \
	  command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ] && apt-get update -qq && \
	  RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq nginx-light libnginx-mod-http-brotli-static caddy >/dev/null; } || { \
	  echo "error: the server tests need nginx with its Brotli module, and Caddy. Install them" >&2; \
	  echo "(Debian: apt-get install nginx-light libnginx-mod-http-brotli-static caddy)," >&2; \
	  echo "or leave them out: .venv/bin/pytest -m 'not servers'" >&2; exit 1; }

# One more reader of calendars for the tests, where it costs nothing to have; they do without it elsewhere.
libical:
	@/usr/bin/python3 -c 'import gi; gi.require_version("ICalGLib", "3.0")' 2>/dev/null || { \
	  command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq python3-gi gir1.2-ical-3.0 >/dev/null; } || true
