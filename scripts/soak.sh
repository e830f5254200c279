#!/usr/bin/env bash
# Runs the long suites, and writes docs/soak.md: what was run, with which seed and of which commit.
#   soak.sh [SEED]   the seed is a number; the suites of a seed and a commit that have passed are not run again
# `make test` runs a sample of each of them.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/crates.sh

seed=${1:-20260630}
[[ $seed =~ ^[0-9]{1,18}$ ]] || { echo "usage: soak.sh [SEED], a number" >&2; exit 2; }
rounds=20
mutations=5000000
kills=300
decisions=100000
questions=10000
commit=$(git rev-parse HEAD)
git diff --quiet HEAD || commit=$commit-changed
cache=${AEGLE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/aegle}
kept=$cache/soak/$commit-$seed
mkdir -p "$kept"

# Runs a suite unless it has passed already. What it prints is kept; its time and its count of tests go into the report.
suite() {
  local name=$1 began=$SECONDS
  shift
  if [ -f "$kept/$name.passed" ]; then
    echo "== $name: has passed" >&2
    return
  fi
  echo "== $name" >&2
  if ! "$@" >"$kept/$name.log" 2>&1; then
    tail -n 40 "$kept/$name.log" >&2
    echo "$name failed; its output is in $kept/$name.log" >&2
    exit 1
  fi
  local tests
  tests=$(sed -nE 's/^test result: ok\. ([0-9]+) passed.*/\1/p' "$kept/$name.log" | awk '{ sum += $1 } END { print sum + 0 }')
  [ "$tests" -gt 0 ] || { echo "$name ran no test" >&2; exit 1; }
  echo "$tests $((SECONDS - began))" >"$kept/$name.passed"
}

# The property tests of the pure crates and of the index, with other inputs each round.
properties() {
  local package
  for package in "${pure[@]}" aegle-index; do
    PROPTEST_RNG_SEED=$1 cargo test --locked -p "$package"
  done
}

population() {
  scripts/population.sh
  scripts/medplum.sh >&2
  AEGLE_SEED=$seed AEGLE_LEVEL=everything AEGLE_QUESTIONS=$questions cargo test --locked -p aegle-population -- --nocapture
}

suite mutations env AEGLE_FUZZ_SEED="$seed" AEGLE_FUZZ_ITERATIONS="$mutations" \
  cargo test --locked --release --manifest-path contracts/Cargo.toml -p aegle-rules --features std --test fuzz
suite model cargo test --locked --release --manifest-path contracts/Cargo.toml -p aegle-rules --features std --test pcf_model
for round in $(seq "$rounds"); do
  suite "properties-$round" properties $((seed + round))
done
suite population population
suite kills env AEGLE_SEED="$seed" AEGLE_KILLS="$kills" \
  cargo test --locked --workspace --test paths -- ingest::kills --nocapture
suite policy env AEGLE_SEED="$seed" AEGLE_POLICY_QUESTIONS="$decisions" \
  cargo test --locked --workspace --test indexer -- policy::every_answer_is_the_chain_s_own --nocapture
