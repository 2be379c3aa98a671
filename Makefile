# O-Key's commands. GNU make 3.81 (macOS) is enough.

PYTHON ?= python3
UV_COMPILE = .venv/bin/python -m uv pip compile pyproject.toml --quiet --generate-hashes --universal --python-version 3.11 --no-header

# Without compiled files every start of Python takes twice its time; some containers set this for their images' sake.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test bench chaos lint lock audit clean venv

help: ## Say what there is
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## /  make \1|/' | awk -F'|' '{ printf "%-14s %s\n", $$1, $$2 }'

run: venv ## Start O-Key on this machine (PORT=8001 moves it); Ctrl-C stops it
	@.venv/bin/python -m dev.run

test: venv ## Check everything (STAGES="lint units-sqlite" picks stages)
	@.venv/bin/python -m dev.test $(STAGES)

bench: venv ## Measure what it costs: a table of ratios, and var/bench.json (ROWS="cost outage" picks some)
	@.venv/bin/python -m tests.bench $(ROWS)

chaos: venv ## Break everything at random for 4 minutes (SEED=… repeats a run, MINUTES=… prolongs it, CROWD=… link jobs at once)
	@SEED=$(SEED) MINUTES=$(MINUTES) CROWD=$(CROWD) .venv/bin/python -m tests.chaos

lint: venv ## Put the formatting right, then check style, types and imports
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .
	@.venv/bin/python -m dev.test lint types imports

lock: venv ## Write the lock files anew from pyproject.toml (UPGRADE=1 takes newer releases)
	@$(UV_COMPILE) $(if $(UPGRADE),--upgrade) -o requirements.lock
	@$(UV_COMPILE) $(if $(UPGRADE),--upgrade) --group dev -c requirements.lock -o requirements-dev.lock

audit: venv ## Ask a public list whether a locked package has a known weakness (needs the network)
	@.venv/bin/python -m uv tool run pip-audit --require-hashes --disable-pip --requirement requirements.lock

clean: ## Remove what was installed and generated, the development database included
	@$(PYTHON) dev/bootstrap.py --clean

venv:
	@$(PYTHON) dev/bootstrap.py
