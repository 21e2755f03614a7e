# `make demo` and `make test` need Python 3.11+, pip, git and make; they set up .venv themselves.
PYTHON ?= python3
BIN := .venv/bin
# Python compiles what it imports, which is the smaller part of what is installed.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --constraint constraints.txt
EXAMPLES := examples/quince
OURS := pyproject.toml $(wildcard plugins/*/pyproject.toml) simulator/pyproject.toml $(addsuffix /pyproject.toml,$(EXAMPLES)) constraints.txt

unexport PYTHONDONTWRITEBYTECODE PYTHONUNBUFFERED # a process that compiles everything anew takes seconds to start

# Tests of whole runs, of tests, of histories and of many requests. Their lines are not counted, which takes more than
# twice the time; what the others reach is counted, and is enough.
WHOLE := simulator/tests examples/quince/tests/test_contract.py $(wildcard plugins/*/tests/test_proof.py) \
  $(addprefix plugins/birdie/tests/test_,$(addsuffix .py,api_contract command contract s3)) \
  $(addprefix plugins/warehouse/tests/test_,$(addsuffix .py,command contract)) \
  $(addprefix plugins/trackco_cxm/tests/test_,$(addsuffix .py,bounds reading)) plugins/trackco_nps/tests/test_extract.py \
  $(addprefix tests/,$(addsuffix .py,testing/test_contract_of_trackco testing/test_sharpness test_budget test_canary \
  test_cassettes test_docs test_end_to_end test_faults test_fuzz test_hostile test_killed test_plan test_scaffold \
  test_schema test_settings_effect test_target_faults test_wheels))

# Twice as many as there are likely to be processors: many tests wait, for a disk or for a process that they have started.
PYTEST := pytest -n 4 --dist worksteal

.PHONY: demo demo-birdie test lint types tests docs cassettes bench bench-quick bench-instructions torture wheels clean

demo: .venv/demo.stamp ## import a packaged recording into demo.db and look at it
	@$(BIN)/python tools/demo.py

demo-birdie: .venv/birdie.stamp ## import the same recording into a simulated Birdie, and look at it there
	@$(BIN)/python tools/demo_birdie.py

test: .venv/test.stamp ## everything: lint, types, tests of the host and of every plugin, replays
	@$(MAKE) --no-print-directory --jobs=2 lint types tests

lint: .venv/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/test.stamp
	$(BIN)/mypy

tests: .venv/test.stamp
	$(BIN)/coverage erase
	$(BIN)/coverage run -m $(PYTEST) $(addprefix --ignore=,$(WHOLE))
	$(BIN)/python -m $(PYTEST) $(WHOLE)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

docs: .venv/test.stamp ## write the generated pages again
	$(BIN)/python tools/generate_docs.py

cassettes: .venv/test.stamp ## record the cassettes again, from the simulator
	$(BIN)/python tools/record_cassettes.py

bench: .venv/test.stamp ## everybody on the same work, ours at any size, stages, targets; hours; writes docs/benchmarks.md
	$(BIN)/python benchmarks/run.py
	$(BIN)/python benchmarks/report.py
	$(BIN)/python benchmarks/replay.py

bench-quick: .venv/test.stamp ## less work, once, with the peers that are there; under three minutes; writes nothing
	@$(BIN)/python benchmarks/run.py --quick

bench-instructions: .venv/test.stamp ## whether small workloads take 5 % more or fewer instructions than they did; needs valgrind
	@$(BIN)/python benchmarks/instructions.py

torture: .venv/test.stamp ## the long tests at full size: ten times the kills, random histories, each check on each broken plugin
	TORTURE_KILLS=640 $(BIN)/python -m pytest -q tests/test_killed.py tests/test_target_faults.py
	TORTURE=20 $(BIN)/python -m pytest -q -n 2 plugins/*/tests/test_proof.py tests/test_fuzz.py tests/test_plan.py tests/test_end_to_end.py \
	  tests/test_budget.py tests/test_faults.py tests/testing/test_sharpness.py \
	  plugins/birdie/tests/test_contract.py plugins/birdie/tests/test_s3.py plugins/warehouse/tests

wheels: .venv/test.stamp ## build what users install into dist/
	@for project in . plugins/birdie plugins/trackco_cxm plugins/trackco_nps plugins/warehouse; do \
	  $(BIN)/python -m build --wheel --no-isolation --outdir dist $$project > /dev/null || exit 1; done
	@ls dist

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache demo.db*

.venv/demo.stamp: $(OURS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "connector-core needs Python 3.11 or newer; try: make demo PYTHON=python3.12")'
	@test -x $(BIN)/python || { echo "Setting up .venv ..."; $(PYTHON) -m venv .venv; }
	@$(PIP) hatchling editables
	@$(PIP) --no-build-isolation --editable '.[cassette]' --editable plugins/trackco_cxm --editable plugins/trackco_nps
	@touch $@

.venv/birdie.stamp: .venv/demo.stamp
	@$(PIP) --no-build-isolation --editable simulator --editable plugins/birdie
	@touch $@

.venv/test.stamp: .venv/birdie.stamp requirements-dev.txt
	@$(PIP) --requirement requirements-dev.txt
	@$(PIP) --no-build-isolation --editable 'plugins/warehouse[postgres]' --editable tests/distributions/acme_survey $(addprefix --editable ,$(EXAMPLES))
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --constraint constraints.txt \
	  --no-build-isolation --wheel-dir .venv/wheels '.[testing]' hatchling editables
	@rm -f .venv/wheels/connector_core-*
	@touch $@
