#!/usr/bin/env bash
# Builds the SDK for browsers and Node.js: the WebAssembly module with its JavaScript into frontend-sdk/ts/pkg, and the
# TypeScript into frontend-sdk/ts/dist. Both are build products that git ignores.
#   sdk.sh             builds both, and says how large they are
#   sdk.sh --vectors   builds a module that can check golden vectors besides, into frontend-sdk/ts/pkg-vectors
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\033[2m[sdk]\033[0m %s\n' "$*" >&2; }
fail() { printf '[sdk] %s\n' "$*" >&2; exit 1; }
. scripts/wasm-rust.sh
. scripts/node.sh
. scripts/crates.sh

target=wasm32-unknown-unknown
folder=$(realpath -m "${CARGO_TARGET_DIR:-target}")/wasm-sdk

# The standard library is built too, since Debian has none for this target; without the words of panics, which nobody reads
# in a browser. Names of folders are left out of the module, so that it is the same wherever it is built.
module() (
  toolchain=$(toolchain)
  use_linker "$toolchain"
  cd "$sdk_module"
  RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=$folder rustup run "$toolchain" \
    cargo build --locked --release -Zbuild-std=std,panic_abort -Zbuild-std-features=panic_immediate_abort,optimize_for_size \
    --target "$target" "$@"
)

# The JavaScript that goes with a module, by the library behind wasm-bindgen's command.
bindings() {
  local to=$1
  cargo build --quiet --locked --manifest-path "$sdk_module/bindgen/Cargo.toml" --target-dir "$folder/bindgen"
  rm -rf "$to"
  mkdir -p "$to"
  "$folder/bindgen/debug/aegle-sdk-bindgen" "$folder/$target/release/aegle_sdk_wasm.wasm" "$to"
  (cd "$to" && sha256sum aegle_bg.wasm >SHA256SUMS)
}

zipped() { gzip -9 -c "$1" | wc -c; }

command -v rustup >/dev/null 2>&1 || fail "rustup is missing: install it from https://rustup.rs"
case "${1:-}" in
  "")
    say "building $sdk_module"
    module >&2
    bindings frontend-sdk/ts/pkg
    mkdir -p frontend-sdk/ts/metadata
    cp contracts/artifacts/{consortium,consent,ledger}.json frontend-sdk/ts/metadata/
    (cd frontend-sdk/ts && npm ci --silent --no-audit --no-fund && npm run --silent build)
    say "module: $(zipped frontend-sdk/ts/pkg/aegle_bg.wasm) bytes as gzip, its JavaScript $(zipped frontend-sdk/ts/pkg/aegle.js)"
    ;;
  --vectors)
    say "building $sdk_module with vectors"
    module --features vectors >&2
    bindings frontend-sdk/ts/pkg-vectors
    ;;
  *)
    echo "usage: sdk.sh [--vectors]" >&2
    exit 2
    ;;
esac
