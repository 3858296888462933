# pplc: `make` lists the commands.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint format update-golden bench

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

setup: $(READY)  ## create .venv and install pplc in it (again when the requirements change)

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("pplc needs Python 3.11 or later; this is " + sys.version.split()[0] + ". Name another one: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev]'
	$(BIN)/python -m compileall -q grammar compiler runtime pplc
	@touch $@

demo: setup  ## fit a mixture to the waiting times of Old Faithful
	$(BIN)/pplc fit specs/faithful.ppl

test: setup  ## run the tests, one process a core
	$(BIN)/python -m pytest -n auto --dist worksteal

lint: setup  ## ruff, mypy --strict and the rules on who may import whom
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	PYTHON=$(BIN)/python tools/typecheck
	PYTHON=$(BIN)/python tools/lint-imports

format: setup  ## lay out the Python code
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

update-golden: setup  ## accept what pplc writes now as the golden files of the tests
	$(BIN)/python -m pytest --update

bench: setup  ## time the start of the command line
	$(BIN)/python benchmarks/startup.py
