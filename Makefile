.PHONY: try lab lint test versions setup-try setup-lab setup-test
.DEFAULT_GOAL := try
BIN := .venv/bin
NPX := npx --no --

# What there is to see: in the terminal, and under build/try.
try: setup-try
	@$(BIN)/python tools/try.py

# The quickstart in JupyterLab.
lab: setup-lab
	@$(BIN)/jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) notebooks/quickstart.ipynb

# The checks that take seconds.
lint: setup-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(NPX) tsc -p .

# Everything that CI runs.
test: lint
	$(NPX) vitest run
	$(BIN)/python -m pytest -q -n 2 --dist loadscope --no-loadscope-reorder

# The newest versions of all that the tests use, written down as the tested ones; then run the tests.
versions: setup-test
	@tools/versions

setup-try setup-lab setup-test:
	@tools/setup $(@:setup-%=%)
