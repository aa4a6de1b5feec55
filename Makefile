.PHONY: test lab lint setup-test
.DEFAULT_GOAL := test
PY := .venv/bin/python

setup-test:
	@tools/setup test

lint: setup-test
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports

test: lint
	$(PY) -m pytest -q
