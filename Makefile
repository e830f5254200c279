# Aegle. `make demo` and `make test` set up everything they need.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

ONLY ?=
CHAIN_URL ?=
SEED ?=
SUITES ?=
export AEGLE_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/aegle
TARGET := $(or $(CARGO_TARGET_DIR),$(CURDIR)/target)/debug

.PHONY: help setup demo portal check test test-node soak bench book doc contracts reproduce-contracts fmt

help: ## What can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

setup: ## Install what is missing (Debian packages, the FHIR examples)
	@scripts/setup.sh
	@scripts/examples.sh >&2

demo: ## From FHIR bundles to verified search results, on a devchain or CHAIN_URL=ws://...
	@scripts/setup.sh demo
	@scripts/examples.sh >&2
	@cargo build --locked -p aegle-cli -p aegle-indexer -p aegle-devchain
	@"$(TARGET)/aegle" demo $(if $(CHAIN_URL),--chain-url "$(CHAIN_URL)")

portal: setup ## The portal in a browser, with demo people to sign in as: prints where, and their words
	@cargo build --locked -p aegle-cli -p aegle-indexer -p aegle-devchain
	@scripts/sdk.sh
	@scripts/portal.sh demo

check: ## Format, and lints, documentation and tests of what is pure: no chain, no Postgres
	@scripts/test.sh check

test: setup ## Everything that must hold: format, lints, docs, tests, vectors, a clean tree
	@scripts/fhir-server.sh >&2
	@scripts/medplum.sh >&2
	@scripts/test.sh

test-node: setup ## The contract and indexer tests on a real contracts node: CHAIN_URL=ws://...
	@test -n "$(CHAIN_URL)" || { echo "usage: make test-node CHAIN_URL=ws://host:port" >&2; exit 2; }
	@scripts/test.sh node "$(CHAIN_URL)"

soak: setup ## The long suites, resumable, with a report in docs/soak.md; SEED=number for other inputs, SUITES=names for some
	@scripts/fhir-server.sh >&2
	@scripts/soak.sh $(or $(SEED),20260630) $(SUITES)

bench: setup ## Benchmarks, one JSON object a line; ONLY=search/ for the names that begin so
	@scripts/bench.sh "$(ONLY)"

book: ## The book in docs/, as HTML in book/, with its links checked
	@scripts/book.sh

doc: ## The documentation of the crates, with an entry page: target/doc/index.html
	@source scripts/crates.sh && checked_cargo build --locked --workspace --all-targets

contracts: ## Build the contract bundles, when their sources changed
	@scripts/contracts.sh

reproduce-contracts: ## Build the contracts in another folder and under another HOME: the code hashes are those committed
	@scripts/contracts.sh --reproduce

fmt: ## Format the Rust sources
	@cargo fmt --all
	@cd contracts && cargo fmt --all
