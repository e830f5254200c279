#!/usr/bin/env bash
# What `make test` runs; each step says its name and how long it took.
#   test.sh             everything
#   test.sh node URL    only the contract and indexer tests, on the contracts node at URL
set -euo pipefail
cd "$(dirname "$0")/.."

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
  count=$(sed -nE 's/^test result: ok\. ([0-9]+) passed.*/\1/p; s/^# pass ([0-9]+)$/\1/p' "$log" | awk '{ sum += $1 } END { print sum + 0 }')
  rm -f "$log"
  passed=$((passed + count))
}

if [ "${1:-}" = node ]; then
  # One test at a time: all of them pay from the node's development account, whose nonce they share.
  export CHAIN_URL=$2 RUST_TEST_THREADS=1
  step "contracts and indexer on $CHAIN_URL" counted cargo test --locked --workspace --test contracts --test indexer
  printf '\n%s passed, 0 failed\n' "$passed"
  exit 0
fi

before=$(git status --porcelain)
step "contract bundles are fresh" scripts/contracts.sh --check
step "licences" scripts/licences.sh
step "format" cargo fmt --all --check
step "format of the contracts" bash -c 'cd contracts && cargo fmt --all --check'
step "format of what is wasm" bash -c 'cd search/sealed/tests/wasm && cargo fmt --check'
step "lints" cargo clippy --locked --workspace --all-targets -- -D warnings
step "documentation" env RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps --quiet
step "build" cargo build --locked --workspace --bins
step "rules" counted cargo test --locked --manifest-path contracts/Cargo.toml -p aegle-rules --features std
step "tests" counted cargo test --locked --workspace --exclude aegle-wasm-tests
step "sealed search as wasm" counted scripts/wasm.sh
step "JavaScript clients on the devchain" counted scripts/javascript.sh
after=$(git status --porcelain)
[ "$before" = "$after" ] || { printf 'the tests changed the tree:\n%s\n' "$after" >&2; exit 1; }
printf '\n%s passed, 0 failed\n' "$passed"
