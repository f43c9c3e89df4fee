# Two commands matter: `make demo` and `make test`. Each sets up what it needs; see .ci/setup.
.PHONY: help setup demo demo-rebuild test test-slow lint format bench messages lock clean

PYTEST_ARGS ?=

help:
	@echo "make demo    bring up two pharmacies, push, check, break and repair them; print a report"
	@echo "make demo-rebuild  a dead poste and one hit by ransomware come back, as QEMU machines (5 minutes; root)"
	@echo "make test    run the tests (make test-slow: those that take over a minute)"
	@echo "make lint    ruff, mypy, import-linter"
	@echo "make bench   run the benchmarks"
	@echo "make messages  collect the messages to translate, compile their translations"
	@echo "make lock    pin the Python packages anew after a change of pyproject.toml"
	@echo "make clean   remove .venv, caches and the labs that are up"

setup:
	@.ci/setup

demo: setup
	@.venv/bin/python -m officefleet.lab.demo

demo-rebuild: setup
	@.venv/bin/python -m officefleet.lab.demo demo-rebuild

test: setup
	@.venv/bin/officefleet lab build || true # the lab's tests say what is missing
	@.venv/bin/python -m pytest -n 2 --dist loadgroup -m "not slow and not differential" $(PYTEST_ARGS)

test-slow: setup
	@.venv/bin/python -m pytest -n 2 --dist loadgroup -m "slow or differential" $(PYTEST_ARGS)

lint: setup
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

format: setup
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

bench: setup
	@for script in bench/[a-z]*.py; do \
		if grep -q '^if __name__' $$script; then .venv/bin/python $$script || exit 1; fi; done

messages: setup
	@.venv/bin/python .ci/messages.py

lock: setup
	@.ci/lock

clean:
	@if [ -x .venv/bin/officefleet ]; then .venv/bin/officefleet lab down; fi
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
