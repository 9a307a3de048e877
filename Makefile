# Everything a person types here. Each target installs what it needs first, so any of them works on a fresh clone.
PYTHON ?= python3
PY := .venv/bin/python
STAMP := .venv/.installed
PAGES := telemarket/desk/static/build/desk.js

.PHONY: setup demo test bench lint translations strings screenshots clean
setup: $(STAMP) $(PAGES) translations

$(STAMP): requirements.lock pyproject.toml
	@echo "Installing Python packages into .venv (about a minute the first time)…"
	@test -x $(PY) || $(PYTHON) -m venv .venv
	@.venv/bin/pip install --quiet --disable-pip-version-check -r requirements.lock
	@.venv/bin/pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

frontend/node_modules/.package-lock.json: frontend/package.json frontend/package-lock.json
	@echo "Installing front-end packages…"
	@cd frontend && npm ci --silent --no-audit --no-fund
	@touch $@

$(PAGES): frontend/node_modules/.package-lock.json $(shell find frontend/src frontend/static frontend/build.mjs -type f 2>/dev/null)
	@echo "Building the pages…"
	@cd frontend && npm run --silent build

translations: $(STAMP)
	@$(PY) -m babel.messages.frontend --quiet compile --directory telemarket/locale --domain telemarket

# Collect the texts of the sources into the catalogs, where they wait for their translation.
strings: $(STAMP)
	@mkdir -p var
	@$(PY) -m babel.messages.frontend --quiet extract --mapping-file babel.cfg --project telemarket --keywords N_ \
		--no-location --sort-output --output-file var/telemarket.pot .
	@$(PY) -m babel.messages.frontend --quiet update --domain telemarket --input-file var/telemarket.pot \
		--output-dir telemarket/locale --ignore-obsolete --no-fuzzy-matching --ignore-pot-creation-date

demo: setup
	@.venv/bin/telemarket demo

test: setup
	$(PY) -m tests

lint: setup
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

bench: setup
	$(PY) -m tests.bench

bench-%: setup
	$(PY) -m tests.bench $*

# The desk as two operators see it in a whole call, the board and the wall. In docs/images, desk.png is
# var/screenshots/talking-1280-light.png and board.png is board-light.png.
screenshots: setup
	TELEMARKET_SCREENSHOTS=var/screenshots $(PY) -m pytest tests/browser/test_webrtc_calls.py tests/browser/test_board.py \
		-k "two_operators or fifty_operators or read_from_afar"

clean:
	rm -rf .venv frontend/node_modules telemarket/desk/static/build
