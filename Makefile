# Two commands matter: `make reanalysis` and `make test`. Both set up what they need, once.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check
STUDY ?= li_shi_border

.DEFAULT_GOAL := help
.PHONY: help reanalysis test test-all lint calibrate benchmark lock clean

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

reanalysis: $(VENV)/.stamp  ## run the reanalysis and write reports/<study>/report.html
	$(BIN)/bayes-border reanalyse $(STUDY)

test: $(VENV)/.stamp  ## run the tests
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test-all: test  ## run the tests, then every mutant of the calibration at full length (many minutes)
	PYTHONPATH=tests $(BIN)/python benchmarks/mutants.py

lint: $(VENV)/.stamp  ## check style, types and layers
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

calibrate: $(VENV)/.stamp  ## compute the stored calibrations anew (many minutes)
	$(BIN)/python scripts/precompute.py sbc --study $(STUDY)
	$(BIN)/python scripts/precompute.py sbc --posterior --study $(STUDY)
	$(BIN)/python scripts/precompute.py placebo --study $(STUDY)
	$(BIN)/python scripts/precompute.py power --study $(STUDY)
	$(BIN)/python scripts/precompute.py resolution --study $(STUDY)

benchmark: $(VENV)/.stamp  ## measure the program (many minutes)
	$(BIN)/python benchmarks/first_column.py
	$(BIN)/python benchmarks/placebo.py
	$(BIN)/python benchmarks/sbc_profile.py
	$(BIN)/python benchmarks/growth.py 9 31

lock:  ## write requirements.lock anew (maintainers; needs uv)
	@command -v uv >/dev/null || { echo "uv was not found: install it from https://docs.astral.sh/uv/"; exit 1; }
	uv pip compile pyproject.toml --group dev --universal --python-version 3.12 \
		--generate-hashes --no-emit-index-url --no-header --quiet -o requirements.lock

clean:  ## remove the environment and every cache
	rm -rf $(VENV) .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist

# A stamp is the last thing written, so an interrupted installation is started again from nothing.
$(VENV)/.packages: requirements.lock
	@python=$$(scripts/find_python.sh) && echo "Setting up $(VENV) with $$python (some minutes, once)" && \
		rm -rf $(VENV) && "$$python" -m venv $(VENV)
	@$(PIP) install --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.stamp: $(VENV)/.packages pyproject.toml
	@rm -f $@
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@
