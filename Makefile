# Everything here works on a fresh checkout: what a target needs is installed into .venv first,
# and again only when pyproject.toml or constraints.txt changed.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

VENV := .venv
PYTHON := $(VENV)/bin/python
READY := $(VENV)/.ready

.PHONY: help demo test coverage lint format bench torture clean

help: ## Show what there is to make.
	@echo 'make TARGET, where TARGET is one of:'
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1 \2/p' Makefile | while read -r target text; \
	do printf '  %-10s %s\n' "$$target" "$$text"; done

demo: $(READY) ## Record two weeks of sample attempts and look at them.
	@sh examples/demo.sh

test: $(READY) ## Run the tests, without those that take minutes.
	$(PYTHON) -m pytest -n auto -m 'not torture and not model'

coverage: $(READY) ## Run the tests and show which lines they miss.
	$(PYTHON) -m coverage erase
	$(PYTHON) -m coverage run -m pytest -m 'not torture and not model'
	$(PYTHON) -m coverage combine --quiet
	$(PYTHON) -m coverage report

lint: $(READY) ## Check rules, format and types.
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m mypy

format: $(READY) ## Format the code.
	$(PYTHON) -m ruff format

bench: $(READY) ## Measure the speed against its bounds; takes minutes.
	$(PYTHON) -m bench

torture: $(READY) ## Run the tests that take minutes: long histories, a real language model.
	@$(PYTHON) -m pip --disable-pip-version-check --quiet install --constraint constraints.txt --group model
	$(PYTHON) -m pytest -m 'torture or model'

clean: ## Remove what these targets made.
	rm -rf $(VENV) demo build dist .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache \
	  .ruff_cache
	find leadlog tests examples bench -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

$(READY): pyproject.toml constraints.txt
	@sh .ci/make-venv $(VENV)
	@touch $@
