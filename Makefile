# Each target bootstraps what it needs: a virtual environment from the hash-locked requirements, byte-compiled.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   ?= .venv
BIN    := $(VENV)/bin
ARGS   ?=
WORKERS ?= $(shell $(PYTHON) -c "import os; print(os.cpu_count() + 1)")

.PHONY: demo daily up test test-ducklake coverage check bench calibrate soak lock clean

demo: $(VENV)/.runtime
	@$(BIN)/ballast demo $(ARGS)

daily: $(VENV)/.runtime
	@$(BIN)/ballast daily $(ARGS)

up: $(VENV)/.runtime
	@$(BIN)/ballast up $(ARGS)

# In the order of names, not the files with the most tests first: the longest are those with few. One worker more than
# there are cores, since many tests wait: for Prefect, for a vendor's pause, for a lock.
test: $(VENV)/.dev
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

# The warehouse on DuckLake: its own tests, and those of the warehouse that hold for every engine. Needs PostgreSQL's
# programs (Debian: apt-get install postgresql); without them everything skips and says so. ARGS=--long runs every case,
# and two machines in network namespaces.
test-ducklake: $(VENV)/.dev
	BALLAST_TEST_WAREHOUSE=ducklake $(BIN)/python -m pytest -n $(WORKERS) tests/ducklake tests/warehouse $(ARGS)

# The same with the lines that no test reaches: counting them makes a suite a third slower.
coverage: ARGS += --cov --cov-report=term-missing:skip-covered
coverage: test

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks $(ARGS)

# What the crash watch sees and what it invents: the tables and the picture of docs/crash-watch.md.
calibrate: $(VENV)/.dev
	$(BIN)/python -m benchmarks crash_watch $(ARGS)

soak: $(VENV)/.dev
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m "soak or long" --long --soak 200 --kills 2000 $(ARGS)

lock: $(VENV)/.dev
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-strip-extras --no-emit-index-url --no-emit-find-links pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-strip-extras --no-emit-index-url --no-emit-find-links pyproject.toml --extra dask -c requirements.lock -o requirements-dask.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-strip-extras --no-emit-index-url --no-emit-find-links pyproject.toml --extra ducklake -c requirements.lock -o requirements-ducklake.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-strip-extras --no-emit-index-url --no-emit-find-links pyproject.toml --extra dask --extra ducklake --extra dev -c requirements.lock -c requirements-dask.lock -c requirements-ducklake.lock -o requirements-dev.lock

clean:
	rm -rf $(VENV) build ballast.egg-info .coverage

# The lock is complete, so nothing is left to resolve (--no-deps): older pips look for newer versions of what others ask
# for with an extra, and then miss its hash.
# PYTHONDONTWRITEBYTECODE may be set in the environment; without byte code Great Expectations takes 8-10 s to import.
$(VENV)/.runtime: requirements.lock pyproject.toml
	@echo "Setting up $(VENV) from requirements.lock (once, about 1 GB; a few minutes)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q -j 0 $(VENV)/lib config expectations flows quant tasks warehouse || true
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.lock
	@echo "Adding the tools for tests and checks from requirements-dev.lock"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m compileall -q -j 0 $(VENV)/lib || true
	@touch $@
