#!/usr/bin/env bash
# Builds the portal, and what it is shown and tested with. The SDK must have been built: scripts/sdk.sh.
#   portal.sh               builds it into frontend-sdk/portal/dist
#   portal.sh demo          starts a chain, an indexer that serves it, and a token service, with people to sign in as
#   portal.sh test          types, messages, cards, and journeys in Chromium
#   portal.sh screenshots   takes the pictures of docs/portal anew; with a folder, of every page in every look, into it
set -euo pipefail
cd "$(dirname "$0")/.."

. scripts/node.sh
AEGLE_PROGRAMS=$(realpath -m "${CARGO_TARGET_DIR:-target}/debug")
export AEGLE_PROGRAMS
[ -f frontend-sdk/ts/dist/index.js ] || { echo "[portal] the SDK is missing: run scripts/sdk.sh" >&2; exit 1; }

cd frontend-sdk/portal
npm ci --silent --no-audit --no-fund
npm run --silent build
case "${1:-}" in
  "") ;;
  demo) npm run --silent demo ;;
  screenshots) npm run --silent screenshots -- "${@:2}" ;;
  test)
    npm run --silent check
    # Node.js writes `pass` otherwise than is counted.
    npm run --silent test | sed -u 's/^ℹ pass /# pass /'
    ;;
  *)
    echo "usage: portal.sh [demo | test | screenshots [FOLDER]]" >&2
    exit 2
    ;;
esac
