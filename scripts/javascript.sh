#!/usr/bin/env bash
# Runs the dedot and polkadot.js examples against a devchain: each deploys and calls the consent contract.
set -euo pipefail
cd "$(dirname "$0")/.."

# What scripts/setup.sh installed where the system's Node.js is too old.
cache=${AEGLE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/aegle}
if [ -x "$cache/node/bin/node" ]; then export PATH="$cache/node/bin:$PATH"; fi

devchain="${CARGO_TARGET_DIR:-target}/debug/aegle-devchain"
ready=$(mktemp)
"$devchain" --port 0 >"$ready" &
chain=$!
trap 'kill "$chain" 2>/dev/null || true; rm -f "$ready"' EXIT
for _ in $(seq 100); do
  grep -q '^listening on ' "$ready" && break
  kill -0 "$chain" || { echo "the devchain did not start" >&2; exit 1; }
  sleep 0.1
done
WS_URL=$(sed -n 's/^listening on //p' "$ready")
export WS_URL

cd tests/devchain/examples
npm ci --silent --no-audit --no-fund
count=0
for example in dedot.mjs polkadotjs.mjs; do
  echo "-- $example"
  timeout 120 node "$example" ../../../contracts/artifacts/consent.contract
  count=$((count + 1))
done
echo "# pass $count"
