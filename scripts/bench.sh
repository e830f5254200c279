#!/usr/bin/env bash
# Runs the benchmarks whose names begin with the first argument (all of them without one).
# Standard output: one JSON object a line. Everything else goes to standard error.
set -euo pipefail
cd "$(dirname "$0")/.."
only=${1:-}

# The prefixes that each benchmark binary measures: package, binary, prefixes.
benches=(
  "aegle-crypto crypto crypto/"
  "aegle-index search search/"
  "aegle-stories path ingest/ anchor/"
)

for bench in "${benches[@]}"; do
  read -r package binary prefixes <<<"$bench"
  for prefix in $prefixes; do
    if [[ $prefix == "$only"* || $only == "$prefix"* ]]; then
      cargo bench --locked --profile dev -p "$package" --bench "$binary" -- "$only" | grep --line-buffered '^{'
      break
    fi
  done
done
