#!/usr/bin/env bash
# Installs the small FHIR server that the gate is tested before (tests/fhir-server), where its lock file has changed since.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/node.sh
cd tests/fhir-server

if [ ! node_modules/.package-lock.json -nt package-lock.json ]; then
  echo "[fhir-server] npm ci" >&2
  npm ci --silent --no-audit --no-fund
  touch node_modules/.package-lock.json
fi
