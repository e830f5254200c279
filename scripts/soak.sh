#!/usr/bin/env bash
# Runs the long suites, and writes docs/soak.md: what has passed, when, with which seed and of which commit.
#   soak.sh [SEED [SUITE...]]   the seed is a number; without names, all suites. Those of a seed and a commit that have passed are
#                               not run again, and the report is written after each: a run that was ended goes on
# `make test` runs a sample of each of them.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/crates.sh

seed=${1:-20260630}
[[ $seed =~ ^[0-9]{1,18}$ ]] || { echo "usage: soak.sh [SEED [SUITE...]], a seed is a number" >&2; exit 2; }
wanted=("${@:2}")
names=(mutations model properties reproduce population questions policy pages gate kills faults alone)
for name in "${wanted[@]}"; do
  [[ " ${names[*]} " == *" $name "* ]] || { echo "no suite is called $name; there are ${names[*]}" >&2; exit 2; }
done
rounds=10
mutations=1000000
kills=300
decisions=100000
pages=2000
gate_pages=2000
faults=400
questions=10000
commit=$(git rev-parse HEAD)
git diff --quiet HEAD -- . ':!docs/soak.md' || commit=$commit-changed
cache=${AEGLE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/aegle}
kept=$cache/soak/$commit-$seed
mkdir -p "$kept"

# Runs a suite, unless it has passed already or is not wanted. In it, as in every command of a condition, a failure ends nothing by
# itself. What it prints is kept; its time and its count of tests go into the report.
suite() {
  local name=$1 began=$SECONDS
  shift
  if [ "${#wanted[@]}" -gt 0 ] && [[ " ${wanted[*]} " != *" ${name%%:*} "* ]]; then
    return
  fi
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
  tests=$(passed_in "$kept/$name.log")
  [ "$tests" -gt 0 ] || { echo "$name ran no test" >&2; exit 1; }
  echo "$tests $((SECONDS - began)) $(date -u +%F)" >"$kept/$name.passed"
  report
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

# One row of the report: what has passed of this commit and seed in this or an earlier run, or what the report says already.
row() {
  local name=$1 text=$2 parts=$3 tests=0 took=0 day= count time file
  local files=("$kept/$name".passed "$kept/$name":*.passed)
  local passed=()
  for file in "${files[@]}"; do
    [ ! -f "$file" ] || passed+=("$file")
  done
  if [ "${#passed[@]}" -lt "$parts" ]; then
    grep -F "| $name |" "$said" || echo "| $name | $text | not run yet | | | |"
    return
  fi
  for file in "${passed[@]}"; do
    read -r count time day <"$file"
    tests=$((tests + count)) took=$((took + time))
  done
  echo "| $name | $text | $tests | $((took / 60)) min $((took % 60)) s | \`${commit:0:12}${commit:40}\`, $seed | $day |"
}

report() {
  local said
  said=$(mktemp)
  [ ! -f docs/soak.md ] || cp docs/soak.md "$said"
  {
    cat <<'TEXT'
# Long suites

`make soak` wrote this. Each row says of which commit and with which seed a suite has passed last: `make soak SEED=number` at that commit runs the
same again, `make soak SEED=number SUITES=name` that one alone. Times include
compiling what the suite needs.

| suite | what | tests | time | commit, seed | day |
|---|---|---|---|---|---|
TEXT
    row mutations "mutations of the corpus through every decoder and rule of the contracts, $mutations a test" 1
    row model "the rules against the independent model, a million questions" 1
    row properties "property tests of ${pure[*]} and aegle-index, $rounds seeds" "$rounds"
    row reproduce "the contracts built in another folder and under another HOME: the code hashes that are committed" 1
    row population "$questions questions about the population, every patient labelled for every kind of question; those that Medplum's matching can answer, compared with it" 1
    row questions "200 questions through the whole path, compared with the plaintext" 1
    row policy "$decisions questions to the consent contract, in process and on the chain" 1
    row pages "$pages pages of questions of a hospital's own system, each decision and total compared with the chain" 1
    row gate "$gate_pages pages of a FHIR server behind the gate: nothing that the chain denies, and the right total" 1
    row kills "ingestions ended at random moments, and run again: every record once, $kills times" 1
    row faults "$faults faults under the indexer and its stores, three in ten a kill: nothing lost, nothing twice, nothing revoked shown" 1
    row alone "tests of ${impure[*]}, each built by itself" "${#impure[@]}"
  } >docs/soak.md.new
  mv docs/soak.md.new docs/soak.md
  rm "$said"
}

suite mutations fuzzed
suite model rules_tests --release --test pcf_model
for round in $(seq "$rounds"); do
  suite "properties:$round" properties $((seed + round))
done
suite reproduce scripts/contracts.sh --reproduce
suite population population
suite questions long paths oracle
suite policy long indexer policy::every_answer_is_the_chain_s_own AEGLE_POLICY_QUESTIONS="$decisions"
suite pages long indexer policy::pages::every_page AEGLE_DECISION_PAGES="$pages"
suite gate gate
suite kills long paths ingest::kills AEGLE_KILLS="$kills"
suite faults long indexer simulation:: AEGLE_FAULTS="$faults"
# The last ones: each compiles what it depends on once more, with its own features.
for package in "${impure[@]}"; do
  suite "alone:$package" checked_cargo test --locked -p "$package"
done
report
echo "written to docs/soak.md" >&2
