#!/usr/bin/env bash
# Builds the contract bundles into contracts/artifacts when their sources changed.
#   contracts.sh            builds; quick, and without any toolchain, when the bundles are fresh
#   contracts.sh --check    only says whether they are; fails when they are not
set -euo pipefail
cd "$(dirname "$0")/.."

cargo_contract_version=5.0.3
contracts=(consortium consent ledger)
artifacts=contracts/artifacts
cache=${AEGLE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/aegle}

say() { printf '\033[2m[contracts]\033[0m %s\n' "$*" >&2; }
fail() { printf '[contracts] %s\n' "$*" >&2; exit 1; }
. scripts/wasm-rust.sh

# The version of each tool, and one line for each source that a bundle is built from. Test files are no such sources.
sources() {
  local file
  printf 'rust %s\ncargo-contract %s\n' "$rust_version" "$cargo_contract_version"
  find contracts/Cargo.toml contracts/Cargo.lock contracts/*/Cargo.toml contracts/*/src -type f \
    ! -name tests.rs ! -name testing.rs | LC_ALL=C sort | while read -r file; do
    sha256sum "$file"
  done
}

# The sources, and then the bundles themselves, so that neither changes without the other.
digest() {
  sources
  local contract
  for contract in "${contracts[@]}"; do
    sha256sum "$artifacts/$contract.contract" "$artifacts/$contract.json"
  done
}

fresh() {
  [ -f "$artifacts/sources.sha256" ] && diff -q <(digest 2>/dev/null) "$artifacts/sources.sha256" >/dev/null
}

# cargo-contract builds in a temporary folder, puts Cargo.lock beside the folder of the contract there, and so builds
# whatever versions are the newest. This cargo moves the lock file to where it counts.
write_locking_cargo() {
  cat >"$1" <<'EOF'
#!/usr/bin/env bash
for folder in "$PWD" "${@#--manifest-path=}"; do
  folder=${folder%/Cargo.toml}
  if [[ $folder == */cargo-contract_*/* && -f $folder/../Cargo.lock && ! -f $folder/Cargo.lock ]]; then
    cp "$folder/../Cargo.lock" "$folder/Cargo.lock"
  fi
done
exec rustup run "$RUSTUP_TOOLCHAIN" cargo "$@"
EOF
  chmod +x "$1"
}

prepare() {
  command -v rustup >/dev/null 2>&1 || fail "rustup is missing: install it from https://rustup.rs"
  if ! "$cache/tools/bin/cargo-contract" contract --version 2>/dev/null | grep -qF " $cargo_contract_version-"; then
    say "installing cargo-contract $cargo_contract_version (about 15 minutes)"
    cargo install cargo-contract --version "$cargo_contract_version" --locked --root "$cache/tools" >&2
  fi
  RUSTUP_TOOLCHAIN=$(toolchain)
  export RUSTUP_TOOLCHAIN
  use_linker "$RUSTUP_TOOLCHAIN"
  # The contracts are built for another target, with other features: they share no build folder with anything else.
  export CARGO_TARGET_DIR="$cache/contracts-target"
  mkdir -p "$CARGO_TARGET_DIR" "$artifacts"
  export CARGO="$CARGO_TARGET_DIR/locking-cargo"
  write_locking_cargo "$CARGO"
  # Where a version is missing from the lock file, take none that needs a newer Rust.
  export CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS=fallback
}

case "${1:-}" in
  "") ;;
  --check)
    fresh || fail "contracts/artifacts is stale: run scripts/contracts.sh and commit what it writes"
    say "up to date"
    exit 0
    ;;
  *) fail "usage: contracts.sh [--check]" ;;
esac

if fresh; then
  say "up to date"
  exit 0
fi

prepare
before=$(sources)
for contract in "${contracts[@]}"; do
  say "building $contract"
  # More passes would merge functions; the chain charges a call for compiling every function that it enters, by size.
  (cd "contracts/$contract" && "$cache/tools/bin/cargo-contract" contract build --release --optimization-passes 1 >&2)
  built="$CARGO_TARGET_DIR/ink/aegle_$contract/aegle_$contract"
  cp "$built.contract" "$artifacts/$contract.contract"
  cp "$built.json" "$artifacts/$contract.json"
done
[ "$before" = "$(sources)" ] || fail "the sources changed while they were built: run scripts/contracts.sh again"
digest >"$artifacts/sources.sha256"
say "built ${contracts[*]} into $artifacts"
