#!/usr/bin/env bash
# Fetches the official HL7 FHIR R4 examples (npm package hl7.fhir.r4.examples 4.0.1, CC0) into the cache, once.
# Prints the folder that has them.
set -euo pipefail

package=hl7.fhir.r4.examples
version=4.0.1
digest=dce87f1b5b9341867033f7d1f544fa1b5232503f6d62813887ac6b8a8b6cb682
cache=${AEGLE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/aegle}
folder=$cache/$package-$version

if [ ! -f "$folder/package/package.json" ]; then
  command -v npm >/dev/null 2>&1 || { echo "npm is missing: run scripts/setup.sh" >&2; exit 1; }
  mkdir -p "$cache"
  work=$(mktemp -d "$cache/examples.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  echo "[examples] fetching $package $version" >&2
  (cd "$work" && npm pack --silent "$package@$version" >/dev/null)
  echo "$digest  $work/$package-$version.tgz" | sha256sum --check --quiet
  tar -xzf "$work/$package-$version.tgz" -C "$work"
  rm "$work/$package-$version.tgz"
  # Renaming is atomic: a folder that is there is complete.
  mv -T "$work" "$folder" 2>/dev/null || [ -f "$folder/package/package.json" ]
fi
printf '%s\n' "$folder/package"
