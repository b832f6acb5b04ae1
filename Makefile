# Each target works in a fresh clone: the environment is made first, from the hash-checked lock. `make` alone lists them.
PYTHON ?= $(or $(firstword $(foreach p,python3 python3.13 python3.12 python3.11,$(if $(shell $(p) -c 'import sys; print("y" if sys.version_info >= (3, 11) else "")' 2>/dev/null),$(p)))),$(error Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11))
BIN := .venv/bin

.PHONY: help setup test proof farm lint format bench demo lock clean
help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile

setup: .venv/ready  ## .venv, from requirements/lock.txt
.venv/ready: requirements/lock.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/lock.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

test: setup  ## everything that is promised, in parallel
	$(BIN)/python -m pytest -n 3 -m "not proof and not farm"

proof: setup  ## the slow proofs: kill loops, long histories
	$(BIN)/python -m pytest -m proof

farm: setup  ## a thousand pages through every way of misbehaving, and two hundred kills: half an hour
	$(BIN)/python -m pytest -s -m farm tests/farm tests/journeys

lint: setup  ## format, rules, types, import layers
	$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy && $(BIN)/lint-imports

format: setup  ## put everything in the house's format
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .

bench: setup  ## figures, one table
	$(BIN)/python -m bench

demo: setup  ## six editions of an invented profile, from page to verified alert
	$(BIN)/tracker demo

lock: setup  ## choose the newest allowed versions of everything and write them down with their hashes
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --upgrade --generate-hashes --no-config --no-header --no-annotate --no-emit-index-url --quiet --output-file requirements/lock.txt

clean:  ## all that can be made again; never config/ or snapshots/
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache demo
