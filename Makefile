.PHONY: try lab site lint test versions setup-try setup-lab setup-site setup-test types front-end style contracts front-end-types
.DEFAULT_GOAL := try
BIN := .venv/bin
# Most tests wait for sound, so there are more of them at once than processors.
WORKERS ?= 4
NPX := npx --no --
CHECKS := types style contracts front-end-types
AT_ONCE := --no-print-directory --jobs 2 $(if $(filter output-sync,$(.FEATURES)),--output-sync)
# Every kernel and every server of the tests is another Python: each would compile the package again.
export PYTHONDONTWRITEBYTECODE =

# What there is to see: in the terminal, and under build/try.
try: setup-try
	@$(BIN)/python tools/try.py

# The quickstart in JupyterLab.
lab: setup-lab
	@$(BIN)/jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) notebooks/quickstart.ipynb

# The documents, the lessons with their outputs, and the reference, as pages under build/site.
site: setup-site
	@$(BIN)/python tools/site.py

# The checks that take seconds.
lint: setup-test
	@$(MAKE) $(AT_ONCE) $(CHECKS)

# Everything that CI runs. The checks fill the time in which tests wait for sound; their output comes in between.
test: setup-test
	@$(MAKE_COMMAND) $(AT_ONCE) --keep-going $(CHECKS) front-end & checks=$$!; trap 'kill $$checks' INT; \
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadscope --no-loadscope-reorder; tests=$$?; \
	wait $$checks || { echo "A check failed; its output stands above, and 'make lint' repeats most of them." >&2; exit 1; }; \
	exit $$tests

types:
	$(BIN)/mypy

front-end:
	$(NPX) vitest run

style:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

contracts:
	$(BIN)/lint-imports

front-end-types:
	$(NPX) tsc -p .

# The newest versions of all that the tests use, written down as the tested ones; then run the tests.
versions: setup-test
	@tools/versions

setup-try setup-lab setup-site setup-test:
	@tools/setup $(@:setup-%=%)
