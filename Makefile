# One command per thing a developer does. `make help` lists them.
#
# Everything runs in .venv, which holds what uv.lock names. PYTHON chooses the interpreter it is made with:
#     make test PYTHON=python3.12

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

export PYTHON ?=
KILLS ?= 1000
SEED ?= 20261123
BIN := .venv/bin

.PHONY: help
help: ## Lists the targets.
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: venv-demo ## Plays a day at Lindwerk on your machine: no server, no account, nothing leaves it.
	@$(BIN)/python -m demo

# Programs start by a quarter of a second sooner where what they are made of need not be compiled each time, and the
# tests start hundreds; some environments forbid to write that down.
.PHONY: test
test: export PYTHONDONTWRITEBYTECODE =
test: venv-all ## Runs all tests against real servers; installs the servers first where it may.
	@.ci/servers
	@$(BIN)/pytest -n 3 --dist worksteal

.PHONY: check
check: venv-all ## Checks format, style, types and who may import whom.
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

.PHONY: sweep
sweep: venv-all ## Searches far, for an hour: property tests, KILLS=n SEED=s of the daemon under load, each point of a crash.
	@.ci/servers
	@$(BIN)/python -m tests.sweep --kills $(KILLS) --seed $(SEED)

.PHONY: bench
bench: venv-all ## Measures intake and rules, each against a floor measured in the same run; the last line is JSON.
	@.ci/servers
	@$(BIN)/python -m benchmarks

.PHONY: soak
soak: venv-all ## Runs the daemon under a steady trickle of mail for ten minutes and watches whether it grows.
	@.ci/servers
	@$(BIN)/python -m benchmarks.soak

.PHONY: quality
quality: venv-all ## Measures how well mail is understood, over the mails in ../shared/data or POSTROOM_DATA.
	@$(BIN)/python -m benchmarks.quality

.PHONY: lock
lock: venv-all ## Writes uv.lock anew from pyproject.toml.
	@$(BIN)/uv lock --python $(BIN)/python

.PHONY: clean
clean: ## Removes .venv and everything that was built or cached.
	@rm -rf .venv .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: venv-demo venv-all
venv-demo venv-all: venv-%:
	@.ci/venv $*
