#!/usr/bin/env bash
# What `make test` and `make check` run; each step says its name and how long it took.
#   test.sh             everything
#   test.sh check       format, and lints, documentation and tests of the pure crates: no chain, no Postgres
#   test.sh node URL    only the contract and indexer tests, on the contracts node at URL
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/crates.sh

passed=0
step() {
  local name=$1 began=$SECONDS
  shift
  printf '\n\033[1m== %s\033[0m\n' "$name"
  "$@"
  printf -- '-- %s: %ss\n' "$name" $((SECONDS - began))
}

# Runs a test command, shows its output, and adds up what the runner says it passed.
counted() {
  local log
  log=$(mktemp)
  if ! "$@" 2>&1 | tee "$log"; then
    rm -f "$log"
    return 1
  fi
  local count
  count=$(passed_in "$log")
  rm -f "$log"
  passed=$((passed + count))
}

formatted() {
  cargo fmt --all --check
  (cd contracts && cargo fmt --all --check)
  local module
  for module in "$wasm_module" "$sdk_module" "$sdk_module/bindgen"; do
    (cd "$module" && cargo fmt --check)
  done
}

# Each by itself, so that no other crate of the workspace switches on a feature that it would lack.
tested_alone() {
  local package
  for package in "$@"; do
    checked_cargo test --locked -p "$package" || return
  done
}

checked_alone() {
  local package
  for package in "$@"; do
    cargo clippy --locked -p "$package" -- -D warnings || return
  done
}

# The population that tests read takes minutes of one processor to generate, once: meanwhile others compile.
population() {
  # A group of its own, which is ended as a whole.
  set -m
  scripts/population.sh >"$generated" 2>&1 &
  generating=$!
  set +m
  trap 'kill -- "-$generating" 2>/dev/null || true; rm -f "$generated"' EXIT
}

populated() {
  wait "$generating" && return
  cat "$generated" >&2
  return 1
}

# One compilation for everything: the same features as the build before it, so that no dependency is compiled twice.
tested() {
  local module
  module=$(scripts/wasm.sh) || return
  AEGLE_SEALED_WASM=$module checked_cargo test --locked --workspace
}

case "${1:-}" in
  node)
    # One test at a time: all of them pay from the node's development account, whose nonce they share.
    export CHAIN_URL=$2 RUST_TEST_THREADS=1
    step "contracts and indexer on $CHAIN_URL" counted checked_cargo test --locked --workspace --test contracts --test indexer
    ;;
  check)
    step "format" formatted
    step "rules: lints, documentation, tests" counted rules_tests
    step "${pure[*]}: lints, documentation, tests" counted tested_alone "${pure[@]}"
    ;;
  "")
    before=$(git status --porcelain)
    generated=$(mktemp)
    population
    step "contract bundles are fresh" scripts/contracts.sh --check
    step "dependencies" scripts/deny.sh
    step "format" formatted
    step "rules: lints, documentation, tests" counted rules_tests
    step "shells of the contracts: lints, tests" counted shells_tests
    step "build, lints, documentation" checked_cargo build --locked --workspace --all-targets
    step "population" populated
    step "tests" counted tested
    step "pure crates alone" counted tested_alone "${pure[@]}"
    step "other shipped crates alone" checked_alone "${impure[@]}"
    step "JavaScript clients and the SDK, in Node.js and Chromium" counted scripts/javascript.sh
    step "book" counted scripts/book.sh --run
    after=$(git status --porcelain)
    [ "$before" = "$after" ] || { printf 'the tests changed the tree:\n%s\n' "$after" >&2; exit 1; }
    ;;
  *)
    echo "usage: test.sh [check | node URL]" >&2
    exit 2
    ;;
esac
printf '\n%s passed, 0 failed\n' "$passed"
