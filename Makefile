# Each target sets up .venv by itself:   make demo   make test   make clean
# Another interpreter:                   make test PYTHON=python3.13

PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test clean

demo: .venv/demo-installed
	$(BIN)/python -m nn train digits --out demo
	$(BIN)/python -m nn train moons --out demo/moons

test: .venv/test-installed
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/biome ci viz/page
	$(BIN)/mypy
	$(BIN)/pytest
	$(BIN)/pytest --numprocesses 2 -m notebook tests/notebooks

# The stamps are written last, so an interrupted installation is repeated.
.venv/demo-installed: EXTRAS :=
.venv/test-installed: EXTRAS := [dev]
.venv/demo-installed .venv/test-installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	    { echo 'glassgrad needs Python 3.11 or newer; $(PYTHON) is older or does not run. Name another: make $(or $(MAKECMDGOALS),demo) PYTHON=python3.13' >&2; exit 1; }
	@echo 'Installing into .venv, once; this takes a minute or two.'
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.$(EXTRAS)'
	@touch $@

clean:
	rm -rf .venv demo build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +
