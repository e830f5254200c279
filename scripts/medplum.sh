#!/usr/bin/env bash
# Fetches Medplum's matching of FHIR searches (npm, Apache-2.0), to which the tests of the population hold ours, once.
# Prints the folder that has it.
set -euo pipefail
cd "$(dirname "$0")/../tests/population/medplum"
if ! cmp -s package-lock.json node_modules/.aegle-lock.json; then
  . ../../../scripts/node.sh
  command -v npm >/dev/null 2>&1 || { echo "npm is missing: run scripts/setup.sh" >&2; exit 1; }
  echo "[medplum] fetching $(sed -nE 's/.*"(@medplum\/core)": "([^"]+)".*/\1 \2/p' package.json | head -1)" >&2
  npm ci --silent --ignore-scripts --no-audit --no-fund
  cp package-lock.json node_modules/.aegle-lock.json
fi
pwd
