# The words of the workshop. `make` alone lists them.
PYTHON ?= python3
BIN := .venv/bin

help:      ## list these words
	@sed -n 's/^\([a-z]*\): .*## /\1\t/p' $(MAKEFILE_LIST)

setup:     ## make .venv and install everything in it
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'

test:      ## the everyday tests
	$(BIN)/pytest

torture:   ## the long seeded runs of kills, cuts and refusals; writes their figures into docs/torture.md
	$(BIN)/python tests/torture/table.py

browser:   ## the pages in headless Chromium, where there is one
	$(BIN)/pytest -n 0 -m browser tests/browser

screenshots: ## write the pictures of the docs anew, where there is a Chromium
	PYTHONPATH=tests:tests/browser $(BIN)/python docs/make_screenshots.py

conformance: ## published suites of others, fetched from the package registries
	$(BIN)/pytest -n 0 -m conformance tests/conformance

lint:      ## ruff, all rules
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

types:     ## mypy, strict
	$(BIN)/mypy

format:    ## put the code in its form
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .

check: test lint types  ## all that a change must pass

samples:   ## write sample_data/ anew
	$(BIN)/python sample_data/make_samples.py

reference: ## write mapping.md, codes.md, commands.md and ledger.md of docs/ anew
	$(BIN)/python docs/make_reference.py

bench:     ## all that docs/speed.md says, measured and written there; some ten minutes on an idle machine
	$(BIN)/python bench/suite.py --work /dev/shm --write

.PHONY: help setup test torture browser screenshots conformance lint types format check samples reference bench
