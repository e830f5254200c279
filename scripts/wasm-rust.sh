# Sourced by what builds WebAssembly: finds or installs the Rust that does. The caller has `say` and `fail`.

rust_version=1.85

# Finds a Rust of that version whose Wasm code the chain takes: from 1.87 on, rustc emits bulk memory instructions.
# Prints the name of its rustup toolchain.
toolchain() {
  local name
  for name in web "$rust_version"; do
    if rustup run "$name" rustc --version 2>/dev/null | grep -qF "rustc $rust_version."; then
      echo "$name"
      return
    fi
  done
  local debian=
  if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    apt-get update -qq >&2
    apt-cache madison rustc-web 2>/dev/null | grep -qF "| $rust_version." && debian=yes
  fi
  if [ -n "$debian" ]; then
    say "installing Rust $rust_version with its Wasm target"
    local pin="=$rust_version.*"
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends --allow-downgrades "rustc-web$pin" \
      "cargo-web$pin" "rust-web-src$pin" "rust-web-clippy$pin" "libstd-rust-web-dev$pin" lld-19 binaryen >&2
    rustup toolchain link web /usr >&2
    echo web
    return
  fi
  fail "Rust $rust_version is missing: rustup toolchain install $rust_version --component rust-src,clippy"
}

# A linker for Wasm: Debian's, where Rust is Debian's, and otherwise the one that Rust brings.
use_linker() {
  if [ "$1" = web ]; then
    command -v wasm-ld-19 >/dev/null 2>&1 || fail "wasm-ld-19 is missing: apt-get install lld-19"
    export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld-19
  fi
}
