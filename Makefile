# Every target sets up what it needs; `make demo` and `make test` work as first commands.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8800
WORKERS ?= 3
# Programs are started many times: what was compiled for one is kept for the next.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-faults check format bench bench-growth serve docs constraints clean

demo: $(VENV)/.demo-ready  ## A market on recorded answers of a real crowd, then a server to look at
	@$(BIN)/kempelen demo

test: $(VENV)/.clients-ready  ## All tests, in parallel; workers that wait leave the processors to others
	@$(BIN)/python tools/find_chromium.py
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup $(ARGS)

test-faults: $(VENV)/.clients-ready  ## Killed ten times under load; four processes, replaced under 50 clients
	@$(BIN)/python -m pytest tests/e2e/test_crash.py tests/e2e/test_many_processes.py \
	  --fault-rounds 10 --processes 4 --clients 50 $(ARGS)

check: $(VENV)/.dev-ready  ## Style, types and the rules of the house
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest tests/tidy

format: $(VENV)/.dev-ready  ## Put the code into its usual form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.dev-ready  ## Ratios against a bare server and a raw database, in one run
	@$(BIN)/python benchmarks/bench.py $(ARGS)

bench-growth: $(VENV)/.dev-ready  ## What a page costs: first and thousandth, 1,000 and 1,000,000 HITs
	@$(BIN)/python benchmarks/bench_growth.py $(ARGS)

serve: $(VENV)/.demo-ready  ## A server on this machine, with kempelen.db beside you
	@$(BIN)/kempelen serve --port $(PORT)

docs: $(VENV)/.dev-ready  ## Write the generated pages anew
	$(BIN)/python tools/write_coverage.py
	$(BIN)/python tools/write_errors.py
	$(BIN)/python tools/write_first_revision.py

constraints: $(VENV)/.dev-ready  ## Pin what is installed now
	$(BIN)/python tools/write_constraints.py

clean:  ## Remove the environment and what tools left
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/.pip-ready:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Kempelen needs Python 3.11 or later. Run: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@echo "Making a Python environment in $(VENV) (once)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'pip>=25.1'
	@touch $@

$(VENV)/.demo-ready: $(VENV)/.pip-ready pyproject.toml constraints.txt
	@echo "Installing Kempelen (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[demo]'
	@touch $@

$(VENV)/.dev-ready: $(VENV)/.demo-ready pyproject.toml constraints.txt
	@echo "Installing the tools of the tests (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e . --group dev
	@touch $@

CLIENTS := tests/clients/programs
$(VENV)/.clients-ready: tools/install_clients.py \
    $(CLIENTS)/boto3-of-2020.txt $(CLIENTS)/package-lock.json | $(VENV)/.dev-ready
	@echo "Installing other clients for the tests (once)"
	@$(BIN)/python tools/install_clients.py
	@touch $@
