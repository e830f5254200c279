#!/usr/bin/env bash
# Builds the contract bundles into contracts/artifacts when their sources changed.
#   contracts.sh              builds; quick, and without any toolchain, when the bundles are fresh
#   contracts.sh --check      only says whether they are; fails when they are not
#   contracts.sh --prepare    installs the toolchain and builds nothing
#   contracts.sh --reproduce  builds them anew, in another folder and under another HOME, and compares the code hashes
set -euo pipefail
cd "$(dirname "$0")/.."

cargo_contract_version=5.0.3
contracts=(consortium consent ledger)
artifacts=contracts/artifacts
other_layout() { echo "$artifacts/test/$1-layout-2.contract"; }
cache=${AEGLE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/aegle}

say() { printf '\033[2m[contracts]\033[0m %s\n' "$*" >&2; }
fail() { printf '[contracts] %s\n' "$*" >&2; exit 1; }
. scripts/wasm-rust.sh

# The version of each tool, and one line for each source that a bundle is built from. Test files are no such sources.
sources() {
  local file
  printf 'rust %s\ncargo-contract %s\n' "$rust_version" "$cargo_contract_version"
  find scripts/placeless-rustc.sh contracts/Cargo.toml contracts/Cargo.lock contracts/*/Cargo.toml contracts/*/src -type f \
    ! -name tests.rs ! -name testing.rs ! -path '*/tests/*' | LC_ALL=C sort | while read -r file; do
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
  for contract in "${contracts[@]}"; do
    sha256sum "$(other_layout "$contract")"
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

# The code hash that a bundle says, which is that of its code.
code_hash() {
  grep -oE '"hash":"0x[0-9a-f]{64}"' "$1" | head -n 1 | cut -d '"' -f 4
}

# Builds the contracts of a copy of this checkout, in another folder and under another HOME, and compares the code.
reproduce() {
  local other contract committed built differ=
  other=$(mktemp -d)
  trap 'rm -rf "$other"' EXIT
  mkdir -p "$other/elsewhere/scripts" "$other/home/.cargo/registry" "$other/cache"
  cp scripts/contracts.sh scripts/placeless-rustc.sh scripts/wasm-rust.sh "$other/elsewhere/scripts/"
  tar -c --exclude=target contracts | tar -x -C "$other/elsewhere"
  rm "$other/elsewhere/$artifacts/sources.sha256"
  # What was downloaded serves both; it is unpacked anew.
  local downloads=${CARGO_HOME:-$HOME/.cargo}/registry
  for folder in index cache; do
    [ -d "$downloads/$folder" ] && cp -r "$downloads/$folder" "$other/home/.cargo/registry/$folder"
  done
  ln -s "$cache/tools" "$other/cache/tools"
  env RUSTUP_HOME="${RUSTUP_HOME:-$HOME/.rustup}" HOME="$other/home" CARGO_HOME="$other/home/.cargo" \
    AEGLE_CACHE="$other/cache" CARGO_TARGET_DIR= "$other/elsewhere/scripts/contracts.sh"
  for contract in "${contracts[@]}"; do
    committed=$(code_hash "$artifacts/$contract.contract")
    built=$(code_hash "$other/elsewhere/$artifacts/$contract.contract")
    say "$contract: committed $committed, built elsewhere $built"
    [ -n "$built" ] && [ "$committed" = "$built" ] || differ="$differ $contract"
  done
  [ -z "$differ" ] || fail "other code is built elsewhere of:$differ"
  say "the code is the same"
  echo "# pass ${#contracts[@]}"
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
  export AEGLE_CHECKOUT=$PWD RUSTC_WRAPPER=$PWD/scripts/placeless-rustc.sh
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
  --prepare)
    prepare
    say "the toolchain is there"
    exit 0
    ;;
  --reproduce)
    fresh || fail "contracts/artifacts is stale: run scripts/contracts.sh first"
    prepare
    reproduce
    exit 0
    ;;
  *) fail "usage: contracts.sh [--check | --prepare | --reproduce]" ;;
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
# What the tests of upgrades go over to: each contract with another layout. Nobody deploys them.
mkdir -p "$artifacts/test"
for contract in "${contracts[@]}"; do
  say "building $contract with another layout, for a test"
  (cd "contracts/$contract" && "$cache/tools/bin/cargo-contract" contract build --release --optimization-passes 1 --features layout-2 >&2)
  cp "$CARGO_TARGET_DIR/ink/aegle_$contract/aegle_$contract.contract" "$(other_layout "$contract")"
done
[ "$before" = "$(sources)" ] || fail "the sources changed while they were built: run scripts/contracts.sh again"
digest >"$artifacts/sources.sha256"
say "built ${contracts[*]} into $artifacts"
