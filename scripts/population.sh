#!/usr/bin/env bash
# Generates a population of synthetic patients as FHIR R4 (PyPI clinosim, MIT) into the cache, once: about five minutes.
# Prints the folder that has it, one NDJSON file a resource type.
#   population.sh [SIZE]   of a catchment of SIZE people; 2000 gives the population that the tests read
# The same seed and end give the same resources, byte for byte; only the generator's own manifests tell the time.
set -euo pipefail
cd "$(dirname "$0")"

version=0.6.5
seed=20260630
end=2026-06-30
size=${1:-2000}
[[ $size =~ ^[1-9][0-9]*$ ]] || { echo "usage: population.sh [SIZE]" >&2; exit 2; }
cache=${AEGLE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/aegle}
folder=$cache/clinosim-$version-$seed-$size

if [ ! -f "$folder/Patient.ndjson" ]; then
  python3 -c 'import ensurepip, venv' 2>/dev/null || { echo "python3 with venv is missing: run scripts/setup.sh" >&2; exit 1; }
  mkdir -p "$cache"
  work=$(mktemp -d "$cache/population.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  echo "[population] installing clinosim $version" >&2
  python3 -m venv "$work/python"
  "$work/python/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: --require-hashes \
    --requirement population-requirements.txt >&2
  echo "[population] generating $size people, up to $end" >&2
  if ! "$work/python/bin/clinosim" simulate --population "$size" --seed "$seed" --country US --end "$end" \
    --format fhir-r4 --output "$work/output" >"$work/log" 2>&1; then
    tail -n 20 "$work/log" >&2
    exit 1
  fi
  # Renaming is atomic: a folder that is there is complete.
  mv -T "$work/output/fhir_r4" "$folder" 2>/dev/null || [ -f "$folder/Patient.ndjson" ]
fi
printf '%s\n' "$folder"
