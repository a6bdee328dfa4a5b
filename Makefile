# `make` lists what there is.

CARGO ?= cargo
# Warnings fail the checks, but not a build in the middle of work.
CLIPPY := $(CARGO) clippy --quiet --all-targets --all-features -- -D warnings
NEXTEST := $(shell command -v cargo-nextest 2>/dev/null)

.PHONY: help setup test lint unit deny accuracy demo

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "%-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install what the tests need and this machine lacks
	@./scripts/setup.sh

test: setup lint unit deny ## Everything that must pass: checks, tests, doctests, licences

lint: ## Formatting, clippy and documentation, without warnings
	$(CARGO) fmt --check
	$(CLIPPY)
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --quiet --no-deps --all-features

unit: ## The tests and doctests alone
ifdef NEXTEST
	$(CARGO) nextest run --all-features --no-fail-fast
else
	$(CARGO) test --quiet --all-features --all-targets --no-fail-fast
endif
	$(CARGO) test --quiet --all-features --doc

deny: ## Licences and advisories of the dependencies, where cargo-deny is installed
	@./scripts/deny.sh

accuracy: ## Field by field: the sample journal's articles against its database
	$(CARGO) test --quiet --test accuracy -- --nocapture

demo: ## Harvest and export the sample journal
	$(CARGO) run --quiet -- demo
