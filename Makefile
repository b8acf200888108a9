# make demo: a synthetic show from landing files to agendas.  make test: lint, types, tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help install demo test lint types unit test-neo4j bench quality quality-streams fuzz ui clean

help: ## show this list
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

install: $(STAMP) ## make .venv and install into it

$(STAMP): pyproject.toml constraints.txt hatch_build.py pa_assets_cli.pth
	@if command -v uv >/dev/null 2>&1; then \
		uv venv --quiet --allow-existing --python $(PYTHON) $(VENV) && \
		uv pip install --quiet --python $(BIN)/python --constraint constraints.txt --editable '.[dev]'; \
	else \
		$(PYTHON) -m venv $(VENV) && \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'; \
	fi
	@touch $(STAMP)

demo: $(STAMP) ## four synthetic shows, from landing files to agendas
	$(BIN)/pa demo

test: lint types unit ## everything that must hold before a change lands

lint: $(STAMP) ## style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP) ## types
	$(BIN)/mypy

# One worker more than processors, for tests wait for servers; one thread each for matrices.
WORKERS = $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) + 1)')

unit: $(STAMP) ## tests
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

test-neo4j: $(STAMP) ## the contract of the graph on a real Neo4j: one of its own (JDK 17, Maven) or PA_TEST_NEO4J_URI
	$(BIN)/python -m pa_assets_tests.neo4j -- $(BIN)/python -m pytest -m graph_contract -p no:xdist

bench: $(STAMP) ## a table of measured times
	$(BIN)/python -m pa_assets_tests.benchmarks

quality: $(STAMP) ## quality of recommendations; DATA=folder with meetup_montana and fosdem
	$(BIN)/python -m pa_assets_tests.benchmarks.quality --data $(DATA)

quality-streams: $(STAMP) ## quality of filled streams; DATA=folder with fosdem and epsa
	$(BIN)/python -m pa_assets_tests.benchmarks.quality_streams --data $(DATA)

fuzz: $(STAMP) ## malformed landing files through data preparation
	$(BIN)/python -m pa_assets_tests.fuzz

ui: $(STAMP) ## the Dagster UI with its daemon
	$(BIN)/dagster dev

clean: ## remove the environment; data and history stay
	rm -rf $(VENV)
