#!/usr/bin/env bash
# Runs the benchmarks whose names begin with the first argument (all of them without one).
# Standard output: one JSON object a line. Everything else goes to standard error.
# What is measured is the release build that people install: fat LTO, one codegen unit. The first run compiles it.
# RECORDS=20000 (default) resources for ingest/ndjson_records_per_s and ingest/peak_rss_mib.
# SCALE=100k (default), 1m or 10m records for search/; the built indexes are kept in $AEGLE_CACHE (0.1, 0.5 and 5 GB).
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/crates.sh
only=${1:-}

# The lines with figures; none is no failure.
figures() { grep --line-buffered '^{' || [ $? -eq 1 ]; }

# The prefixes that each benchmark binary measures: binary, prefixes.
benches=(
  "crypto crypto/ search/verify_100_hits_ms search/proof_100_hits_kb search/prove_100_hits_ms"
  "search search/ oprf/ index/"
  "proxies pre/open_3of5_p50_ms"
  "path ingest/ policy/ decision/ search/ingest_records_per_s search/storage_vs_plaintext_ratio search/private_"
)

echo "[bench] measuring release builds (fat LTO, one codegen unit), $(rustc --version)" >&2
for bench in "${benches[@]}"; do
  read -r binary prefixes <<<"$bench"
  for prefix in $prefixes; do
    if [[ $prefix == "$only"* || $only == "$prefix"* ]]; then
      # The program whose ingestion is measured lies beside the benchmark.
      [ "$binary" != path ] || cargo build --locked --release --workspace --bin aegle
      cargo bench --locked --workspace --bench "$binary" -- "$only" | figures
      break
    fi
  done
done

# The SDK: what an application loads, and how long it takes in Chromium until it can be used.
if [[ sdk/ == "$only"* || $only == sdk/* ]]; then
  . scripts/node.sh
  scripts/sdk.sh >&2
  (cd frontend-sdk/ts && node bench/sdk.ts "$only") | figures
fi

# What every message costs, by the test that holds it to the table, built as `make test` builds it.
if [[ contract/ == "$only"* || $only == contract/* || consent/ == "$only"* || $only == consent/* ]]; then
  AEGLE_PRINT_COSTS=1 checked_cargo test --locked --workspace --test contracts -- --nocapture costs | figures | { grep "\"name\":\"$only" || [ $? -eq 1 ]; }
fi
