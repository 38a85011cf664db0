# Two commands do everything: `make demo` and `make test`. Both create the environment when it is missing.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help demo test lint types unit fuzz hostile accuracy speed images samples clean

help:  ## Show what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "nbtrace needs Python 3.11 or newer; call: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

# The sample holds failed imports, of which nbtrace tells with status 1. Any other status is an error of nbtrace, and
# so is one that does not even know its version.
demo: $(STAMP)  ## Run the main job on a sample bundle
	@$(BIN)/nbtrace --version > /dev/null
	@$(BIN)/nbtrace analyze sample_logs/mixed-night; status=$$?; test $$status -eq 1 || { echo "status $$status" >&2; exit 1; }

test: lint types unit  ## Run every check: ruff, mypy, pytest with coverage

lint: $(STAMP)  ## Check style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)  ## Check types
	$(BIN)/mypy

unit: $(STAMP)  ## Run the tests with branch coverage
	$(BIN)/pytest -n auto --cov --cov-report=term

FUZZ_SECONDS ?= 200
fuzz: $(STAMP)  ## Look for inputs that break nbtrace, FUZZ_SECONDS for each target (needs a wheel of atheris)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[fuzz]'
	@for target in records names texts listings archives bundles; do \
		$(BIN)/python tests/fuzz/by_coverage.py $$target .fuzz -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -rss_limit_mb=1024 -timeout=30 || exit 1; \
	done

hostile: $(STAMP)  ## Measure what hostile files do: survival, same answers, memory, traces left
	$(BIN)/python benchmarks/hostile.py

accuracy: $(STAMP)  ## Measure how true the verdicts are on simulated bundles
	$(BIN)/python benchmarks/accuracy.py

speed: $(STAMP)  ## Measure how fast nbtrace is beside other tools, on 1 GB of logs
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[bench]'
	$(BIN)/python benchmarks/speed.py

images: $(STAMP)  ## Measure how nbtrace grows up to 100,000 images, phase by phase
	$(BIN)/python benchmarks/images.py

samples: $(STAMP)  ## Write sample_logs/ anew from the simulator
	$(BIN)/python sample_logs/make.py

clean:  ## Remove the environment and all that was made
	rm -rf $(VENV) dist build .fuzz .coverage* .pytest_cache .mypy_cache .ruff_cache .hypothesis
