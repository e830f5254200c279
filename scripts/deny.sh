#!/usr/bin/env bash
# Holds the dependencies of what is shipped to deny.toml, and the sources of all dependencies.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/crates.sh

tools=$(scripts/tools.sh)
# The older way to write "GPL-3.0", as an alternative to a permissive licence, is a warning, and no business of ours.
deny() {
  "$tools/cargo-deny" --config deny.toml --locked --manifest-path "$1" check --hide-inclusion-graph --allow parse-error "${@:2}"
}

for package in "${shipped[@]}"; do
  folder=$(cargo pkgid --locked -p "$package")
  folder=${folder#path+file://}
  echo "$package"
  deny "${folder%%#*}/Cargo.toml" bans licenses
done
echo "$sdk_module"
deny "$sdk_module/Cargo.toml" bans licenses
for workspace in . contracts "$sdk_module" "$sdk_module/bindgen"; do
  echo "sources of $workspace"
  deny "$workspace/Cargo.toml" sources
done
