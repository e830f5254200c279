#!/usr/bin/env bash
# Compiles, lints and documents a crate of the workspace in one pass. Cargo runs this as RUSTC_WORKSPACE_WRAPPER.
#
# `cargo clippy` and `cargo doc` each compile every dependency again, as metadata: two more compilations of a thousand crates.
# clippy-driver is a rustc that lints, and rustdoc takes the libraries that the build has made.
set -euo pipefail

clippy-driver "$@"

# Only what `cargo doc` would document: the library of a package, or the program of one that has none.
source='' arguments=()
shift
while [ $# -gt 0 ]; do
  case $1 in
    --test) exit 0 ;;
    */src/lib.rs | src/lib.rs | */src/main.rs | src/main.rs) source=$1 ;;
    --crate-name | --crate-type | --cfg | --check-cfg | -L | --extern) arguments+=("$1" "$2") && shift ;;
    --edition=* | --error-format=* | --warn=* | --deny=* | --forbid=* | --allow=*) arguments+=("$1") ;;
    --out-dir) folder=$2/../../doc && shift ;;
  esac
  shift
done
if [ -z "$source" ] || [[ $source == */main.rs && -e ${source%main.rs}lib.rs ]]; then exit 0; fi
# The entry page, doc/index.html, lists the crates: an option that rustdoc has not made stable.
RUSTC_BOOTSTRAP=1 exec rustdoc "$source" "${arguments[@]}" --json=diagnostic-rendered-ansi -D warnings --out-dir "$folder" \
  -Z unstable-options --enable-index-page
