#!/usr/bin/env bash
# Runs the long suites, and writes docs/soak.md: what was run, with which seed and of which commit.
#   soak.sh [SEED]   the seed is a number; the suites of a seed and a commit that have passed are not run again
# `make test` runs a sample of each of them.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/crates.sh

seed=${1:-20260630}
[[ $seed =~ ^[0-9]{1,18}$ ]] || { echo "usage: soak.sh [SEED], a number" >&2; exit 2; }
rounds=10
mutations=1000000
kills=300
decisions=100000
pages=2000
gate_pages=2000
faults=400
questions=10000
commit=$(git rev-parse HEAD)
git diff --quiet HEAD || commit=$commit-changed
cache=${AEGLE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/aegle}
kept=$cache/soak/$commit-$seed
mkdir -p "$kept"

# Runs a suite unless it has passed already. In it, as in every command of a condition, a failure ends nothing by itself. What it prints is kept; its time and its count of tests go into the report.
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
    PROPTEST_RNG_SEED=$1 checked_cargo test --locked -p "$package" || return
  done
}

population() {
  scripts/population.sh || return
  scripts/medplum.sh >&2 || return
  AEGLE_SEED=$seed AEGLE_LEVEL=everything AEGLE_QUESTIONS=$questions checked_cargo test --locked -p aegle-population -- --nocapture
}

# Each by itself, as whoever depends on it alone has it. `make test` only lints these alone.
alone() {
  local package
  for package in "${impure[@]}"; do
    checked_cargo test --locked -p "$package" || return
  done
}

# A test of the workspace, built as `make test` builds it.
long() {
  local target=$1 filter=$2
  shift 2
  (
    export AEGLE_SEED=$seed "$@"
    checked_cargo test --locked --workspace --test "$target" -- "$filter" --nocapture
  )
}

gate() {
  scripts/fhir-server.sh || return
  long paths gate::pages::every_page AEGLE_GATE_PAGES="$gate_pages"
}

fuzzed() {
  AEGLE_FUZZ_SEED=$seed AEGLE_FUZZ_ITERATIONS=$mutations rules_tests --release --test fuzz
}

suite mutations fuzzed
suite model rules_tests --release --test pcf_model
for round in $(seq "$rounds"); do
  suite "properties-$round" properties $((seed + round))
done
suite population population
suite questions long paths oracle
suite policy long indexer policy::every_answer_is_the_chain_s_own AEGLE_POLICY_QUESTIONS="$decisions"
suite pages long indexer policy::pages::every_page AEGLE_DECISION_PAGES="$pages"
suite gate gate
suite kills long paths ingest::kills AEGLE_KILLS="$kills"
suite faults long indexer simulation:: AEGLE_FAULTS="$faults"
# The last one: each compiles most of its dependencies once more, with its own features.
suite alone alone

row() {
  local tests=0 took=0 count time file
  for file in "$kept"/$2.passed; do
    read -r count time <"$file"
    tests=$((tests + count)) took=$((took + time))
  done
  echo "| $1 | $tests | $((took / 60)) min $((took % 60)) s |"
}
{
  cat <<TEXT
# Long suites

\`make soak\` wrote this. Commit \`$commit\`, seed $seed, $(nproc) processors.
All of these passed; \`make soak SEED=$seed\` at that commit runs the same again. Times include compiling.

| suite | tests | time |
|---|---|---|
TEXT
  row "mutations of the corpus through every decoder and rule of the contracts, $mutations a test" mutations
  row "the rules against the independent model, a million questions" model
  row "property tests of ${pure[*]} and aegle-index, $rounds seeds" 'properties-*'
  row "$questions questions about the population, every patient labelled for every kind of question" population
  row "200 questions through the whole path, compared with the plaintext" questions
  row "$decisions questions to the consent contract, in process and on the chain" policy
  row "$pages pages of questions of a hospital's own system, each decision and total compared with the chain" pages
  row "$gate_pages pages of a FHIR server behind the gate: nothing that the chain denies, and the right total" gate
  row "ingestions ended at random moments, and run again: every record once, $kills times" kills
  row "$faults faults under the indexer and its stores, three in ten a kill: nothing lost, nothing twice, nothing revoked shown" faults
  row "tests of ${impure[*]}, each built by itself" alone
  printf '\nWhat the population was asked:\n\n```text\n'
  sed -nE '/^AEGLE_SEED=/,/^test /p' "$kept/population.log" | grep -v '^test ' || true
  printf '```\n'
} >docs/soak.md
echo "written to docs/soak.md" >&2
