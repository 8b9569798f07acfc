# Everything starts here. Needs: make, Python 3.11 or newer with its venv module. Nothing else.
SHELL := /bin/bash
# The newest Python that can make a virtual environment; else the newest that is new enough, to say what it lacks.
PYTHON ?= $(shell for test in 'import ensurepip, venv' 'pass'; do for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c "import sys; sys.exit(sys.version_info < (3, 11)); $$test" 2>/dev/null && \
	$$p -c "$$test" 2>/dev/null && { echo $$p; exit; }; done; done)
VENV := .venv
BIN := $(VENV)/bin
SECONDS ?= 60

.PHONY: help demo run test check bench lock clean
help: ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

$(VENV)/.ready: pyproject.toml requirements.txt
	@test -n "$(PYTHON)" && command -v $(PYTHON) >/dev/null || { echo "make: Python 3.11 or newer is missing. On Debian or Ubuntu: apt install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "make: Python's venv module is missing. On Debian or Ubuntu: apt install python3-venv"; exit 1; }
	@echo "Installing into $(VENV) (once; up to a minute) ..."
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

demo: $(VENV)/.ready ## the whole pipe, offline, against a small fictional press (SECONDS=60)
	$(BIN)/tintinh demo --seconds $(SECONDS) --data demo-data

run: $(VENV)/.ready ## the daemon; run `.venv/bin/tintinh init` once before
	$(BIN)/tintinh run

test: $(VENV)/.ready-dev ## all tests, two at a time
	$(BIN)/python -m pytest -n 2 --dist worksteal

check: $(VENV)/.ready-dev ## lint, format, types, import contract
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.ready-dev ## the measured numbers (docs/numbers.md); takes a while
	$(BIN)/python -m benchmarks

lock: ## write the lock files anew (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --no-emit-find-links \
		pyproject.toml requirements-build.in -o requirements.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --no-emit-find-links \
		-c requirements.txt --group dev -o requirements-dev.txt

clean: ## remove what was installed and made here
	rm -rf $(VENV) demo-data build dist
