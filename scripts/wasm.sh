#!/usr/bin/env bash
# Builds sealed search as WebAssembly, and prints the path of the module, which tests/wasm holds against the golden vectors.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\033[2m[wasm]\033[0m %s\n' "$*" >&2; }
fail() { printf '[wasm] %s\n' "$*" >&2; exit 1; }
. scripts/wasm-rust.sh
. scripts/crates.sh

target=wasm32-unknown-unknown
folder=$(realpath -m "${CARGO_TARGET_DIR:-target}")/wasm

# The standard library is built too, since Debian has none for this target. The target has no randomness, so the module
# must say itself where that comes from.
build() (
  toolchain=$(toolchain)
  use_linker "$toolchain"
  export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS='--cfg getrandom_backend="custom"'
  cd "$wasm_module"
  RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=$folder rustup run "$toolchain" \
    cargo build --locked --release -Zbuild-std=std,panic_abort --target "$target"
)

command -v rustup >/dev/null 2>&1 || fail "rustup is missing: install it from https://rustup.rs"
say "building $wasm_module"
build >&2
module=$folder/$target/release/aegle_sealed_wasm.wasm
say "$(wc -c <"$module") bytes"
printf '%s\n' "$module"
