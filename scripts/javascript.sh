#!/usr/bin/env bash
# Runs the dedot and polkadot.js examples against a devchain, where each deploys and calls the consent contract; then builds
# the SDK and the portal and runs their tests in Node.js and in Chromium.
#   javascript.sh sdk      the SDK alone
#   javascript.sh portal   the portal alone; the SDK must have been built
set -euo pipefail
cd "$(dirname "$0")/.."

. scripts/node.sh
programs=$(realpath "${CARGO_TARGET_DIR:-target}/debug")

# The SDK: what is generated is fresh, types hold, and its tests pass. Node.js writes `pass` otherwise than is counted.
sdk() (
  scripts/sdk.sh
  scripts/sdk.sh --vectors
  cd frontend-sdk/ts
  npm run --silent generate -- --check
  npm run --silent api -- --check
  npm run --silent check
  AEGLE_PROGRAMS=$programs npm run --silent test | sed 's/^ℹ pass /# pass /'
)
case "${1:-}" in
  "") ;;
  sdk)
    sdk
    exit
    ;;
  portal)
    scripts/portal.sh test
    exit
    ;;
  *)
    echo "usage: javascript.sh [sdk | portal]" >&2
    exit 2
    ;;
esac

devchain=$programs/aegle-devchain
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

(
  cd tests/devchain/examples
  npm ci --silent --no-audit --no-fund
  count=0
  for example in dedot.mjs polkadotjs.mjs; do
    echo "-- $example"
    timeout 120 node "$example" ../../../contracts/artifacts/consent.contract
    count=$((count + 1))
  done
  echo "# pass $count"
)
sdk
scripts/portal.sh test
