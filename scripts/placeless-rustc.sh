#!/usr/bin/env bash
# The rustc that contracts are built with: their code is what their sources say, wherever they are built.
#
# It writes no path of the machine into the code, and marks each crate by its name and version, where cargo marks it by
# the folder that it lies in. AEGLE_CHECKOUT is the folder of the checkout. Called by cargo as a RUSTC_WRAPPER.
set -euo pipefail

rustc=$1
shift
# What runs on this machine, such as build scripts and macros, may know where it is.
if [[ " $* " != *" wasm32-"* ]]; then
  exec "$rustc" "$@"
fi
arguments=()
for argument in "$@"; do
  case "$argument" in
    metadata=*) arguments+=("metadata=$CARGO_PKG_NAME-$CARGO_PKG_VERSION") ;;
    *) arguments+=("$argument") ;;
  esac
done
# Of two prefixes that fit, the later one counts.
prefixes=("--remap-path-prefix=$AEGLE_CHECKOUT=/aegle")
for registry in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/; do
  prefixes+=("--remap-path-prefix=${registry%/}=/registry")
done
prefixes+=("--remap-path-prefix=$("$rustc" --print sysroot)=/rust" "--remap-path-prefix=$PWD=/aegle/build")
exec "$rustc" "${arguments[@]}" "${prefixes[@]}"
