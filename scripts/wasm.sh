#!/usr/bin/env bash
# Builds sealed search as WebAssembly, and holds the module against the golden vectors.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\033[2m[wasm]\033[0m %s\n' "$*" >&2; }
fail() { printf '[wasm] %s\n' "$*" >&2; exit 1; }
. scripts/wasm-rust.sh

crate=search/sealed/tests/wasm
target=wasm32-unknown-unknown
folder=$(realpath -m "${CARGO_TARGET_DIR:-target}")/wasm

# The standard library is built too, since Debian has none for this target. The target has no randomness, so the module
# must say itself where that comes from.
build() (
  toolchain=$(toolchain)
  use_linker "$toolchain"
  export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS='--cfg getrandom_backend="custom"'
  cd "$crate"
  RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=$folder rustup run "$toolchain" \
    cargo build --locked --release -Zbuild-std=std,panic_abort --target "$target"
)

command -v rustup >/dev/null 2>&1 || fail "rustup is missing: install it from https://rustup.rs"
say "building $crate"
build
export AEGLE_SEALED_WASM=$folder/$target/release/aegle_sealed_wasm.wasm
say "$(wc -c <"$AEGLE_SEALED_WASM") bytes: $AEGLE_SEALED_WASM"
cargo test --locked -p aegle-wasm-tests
