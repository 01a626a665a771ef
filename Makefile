# Homeward: `make help` lists every command. Needs Python 3.11 or newer, make and git.
SHELL := /bin/sh
.DEFAULT_GOAL := help

BIN := .venv/bin
POS := $(wildcard recovery/translations/*/LC_MESSAGES/messages.po)
CATALOGUES := $(POS:.po=.mo)
POT := recovery/translations/messages.pot
MARKS := $(foreach mark,_l sentence Refused Conflict TooManyTries,-k $(mark))
COMPILE := $(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-header
# The last release for Node.js 20.
LIGHTHOUSE := 12.8.2
ARGS ?=

.PHONY: help install keys setup run demo test check format lint types contracts audit bench lighthouse pictures screenshots \
	translations gather pins clean browsers

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

install: .venv/.runtime $(CATALOGUES) ## Make the environment for running only, pinned

setup: .venv/.tests $(CATALOGUES) ## Make the environment with all tools, pinned

run: .venv/.runtime $(CATALOGUES) ## Start Homeward here with a demo clinic (HOST=, PORT=)
	@exec $(BIN)/python app.py

demo: .venv/.runtime $(CATALOGUES) ## The same, with minutes instead of hours
	@RECOVERY_DEMO=minutes exec $(BIN)/python app.py

keys: .venv/.runtime ## Print fresh keys for a production environment file
	@$(BIN)/python -c 'from recovery import config; print(config.fresh_keys())'

test: setup browsers ## Run every test (ARGS="-k words" chooses some)
	$(BIN)/python -m pytest -n auto --dist loadfile $(ARGS) || { [ $$? = 1 ] && \
	$(BIN)/python -m pytest -n 0 --last-failed --last-failed-no-failures none $(ARGS); }

check: format lint types contracts audit test ## Format, lint, types, import contracts, known vulnerabilities, tests

format: setup
	$(BIN)/ruff format --check .

lint: setup
	$(BIN)/ruff check .

types: setup
	$(BIN)/mypy

contracts: setup
	$(BIN)/lint-imports --no-cache

audit: setup ## Ask whether a pinned package has a known vulnerability (says so if nobody can be asked)
	@$(BIN)/python .ci/audit

bench: setup ## Measure notices and pages a second, as ratios (ARGS=--help makes it small)
	@$(BIN)/python -m tests.bench $(ARGS)

pictures: setup browsers ## Take anew the pictures of the manifest, in static/pictures/
	$(BIN)/python -m tests.browser.app_pictures

lighthouse: setup browsers .venv/lighthouse/$(LIGHTHOUSE) ## Print Lighthouse's scores of the pages on a slow phone
	@$(BIN)/python -m tests.lighthouse $(ARGS)

screenshots: setup browsers ## Keep a picture of every page in tests/artefacts/
	$(BIN)/python -m pytest -m "screenshots or pictures" $(ARGS)

translations: setup ## Gather texts, update and compile the catalogues (English is in the source)
	@$(MAKE) --silent gather
	@for language in es; do \
		folder=recovery/translations/$$language/LC_MESSAGES; \
		mkdir -p $$folder; \
		if [ -f $$folder/messages.po ]; then action="update --no-fuzzy-matching --ignore-obsolete --width=88 --ignore-pot-creation-date"; \
		else action=init; fi; \
		$(BIN)/pybabel --quiet $$action -i $(POT) -o $$folder/messages.po -l $$language; \
		$(BIN)/pybabel compile --statistics -i $$folder/messages.po -o $$folder/messages.mo; \
	done

gather:
	@$(BIN)/pybabel --quiet extract --no-location $(MARKS) -F .ci/babel.cfg -o $(POT) .

pins: setup ## Make requirements.txt and tests/requirements.txt anew
	$(COMPILE) --upgrade pyproject.toml -o requirements.txt
	$(COMPILE) --upgrade tests/requirements.in -o tests/requirements.txt

clean: ## Remove the environment and what was built (keeps instance/)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis tests/artefacts $(CATALOGUES)
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

browsers:
	@.ci/setup-browsers

recovery/translations/%.mo: recovery/translations/%.po | .venv/.runtime
	@$(BIN)/pybabel --quiet compile -i $< -o $@

.venv/bin/python:
	@.ci/make-environment .venv

.venv/.runtime: requirements.txt | .venv/bin/python
	@echo "Installing what Homeward needs ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/lighthouse/$(LIGHTHOUSE): | .venv/bin/python
	@command -v npm >/dev/null || { echo "make lighthouse needs Node.js 20 or newer with npm: please install it." >&2; exit 1; }
	@echo "Installing Lighthouse ..."
	@mkdir -p .venv/lighthouse
	@npm install --silent --prefix .venv/lighthouse --no-save --no-audit --no-fund --no-package-lock lighthouse@$(LIGHTHOUSE)
	@touch $@

.venv/.tests: tests/requirements.txt .venv/.runtime
	@echo "Installing what the tests need ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt -r tests/requirements.txt
	@touch $@
