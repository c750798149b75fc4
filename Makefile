# The contributor's menu: run, test, test-machines, check, bench, soak, docs. Each installs what it needs and nothing more.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
INPUTS := pyproject.toml constraints.txt

.PHONY: run test test-machines check bench soak docs pictures types clean

run: .venv/.installed
	$(BIN)/slalom serve

# What needs the machine for itself comes last, alone: its memory, or Ray's nodes, which give up where they start too slowly.
ALONE := tests/engine/network/test_names_soak.py tests/cluster

test: .venv/.installed-test
	$(BIN)/python -m pytest -n 4 --no-loadscope-reorder $(addprefix --ignore=,$(ALONE))
	$(BIN)/python -m pytest $(ALONE)

# What holds numbers, once for every processor that this one can be: an hour or so on two cores, so not part of test.
test-machines: .venv/.installed-test
	$(BIN)/python -m tests.machines

check: .venv/.installed-check node_modules/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	npx --no-install pyright
	PYTHONPATH=$(CURDIR)/backend npx --no-install pyright --verifytypes slalom --ignoreexternal | grep -E "completeness score: (9[5-9]|100)"
	npm run --silent types
	npm run --silent lint
	node --test $$(find tests/frontend -name '*.test.js')

bench: .venv/.installed-test
	$(BIN)/python -m tests.bench

# What must hold however often it is tried: an hour a part at most, so not part of test.
soak: .venv/.installed-test
	$(BIN)/python -m tests.soak

docs: .venv/.installed-test
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

# The pictures of docs/, taken from a server that is started for them; needs Chromium.
pictures: .venv/.installed-test
	$(BIN)/python -m tests.document_pictures

types: .venv/.installed
	$(BIN)/python -m slalom.web.typescript

clean:
	rm -rf .venv node_modules

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Slalom needs Python 3.11 or newer, this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 run")'
	$(PYTHON) -m venv .venv

.venv/.installed: .venv/bin/python $(INPUTS)
	$(PIP) -e .
	@touch $@

.venv/.installed-test: .venv/bin/python $(INPUTS)
	$(PIP) -e '.[test]'
	@touch .venv/.installed $@

.venv/.installed-check: .venv/bin/python $(INPUTS)
	$(PIP) -e '.[test,check]'
	@touch .venv/.installed .venv/.installed-test $@

node_modules/.installed: package.json package-lock.json
	npm install --no-save --silent
	@touch $@
