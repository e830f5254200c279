# Sourced by other scripts: the packages of the workspace, where something is done for each of some of them. Two more are
# shipped that are not of this workspace, and so in none of the lists: aegle-rules (contracts/rules), on which the programs and
# the contracts depend and which `rules_tests` below tests, and aegle-sdk-wasm (`sdk_module`), which scripts/sdk.sh builds and
# scripts/deny.sh holds to deny.toml besides.

# What is shipped and needs no chain and no Postgres to be tested, and few dependencies. Each is tested alone.
pure=(aegle-sealed aegle-keys aegle-protocol aegle-crypto)
# What else is shipped. Each is checked alone.
impure=(aegle-chain aegle-policy aegle-http aegle-index aegle-client aegle-token-service aegle-fhir-gate aegle-indexer aegle-cli)
# The dependencies of each of these are held to deny.toml.
shipped=("${pure[@]}" "${impure[@]}")
# The folder of what is compiled to WebAssembly.
wasm_module=search/sealed/tests/wasm
# The folder of what the SDK has as WebAssembly, and of the tool that makes its JavaScript.
sdk_module=frontend-sdk/wasm

# Runs cargo so that it lints and documents what it compiles, in one pass; see checked-rustc.sh. A warning is an error, but for
# the lints that `allowed` names, each as `-A__CLIPPY_HACKERY__NAME__CLIPPY_HACKERY__`.
checked_cargo() {
  RUSTC_WORKSPACE_WRAPPER=$PWD/scripts/checked-rustc.sh \
    CLIPPY_ARGS=-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__${allowed:-} cargo "$@"
}

# Says how many tests have passed by the output in a file: cargo's count of each program, and the lines `# pass N` of others.
passed_in() {
  sed -nE 's/^test result: ok\. ([0-9]+) passed.*/\1/p; s/^# pass ([0-9]+)$/\1/p' "$1" | awk '{ sum += $1 } END { print sum + 0 }'
}

# Tests the rules of the contracts. Those are a workspace of their own, with a build folder of its own that git ignores.
rules_tests() {
  checked_cargo test --locked --manifest-path contracts/Cargo.toml -p aegle-rules --features std "$@"
}

# Lints and tests the contracts' shells around the rules, as ink! builds them off chain. What its macros write has long types.
shells_tests() {
  allowed=-A__CLIPPY_HACKERY__clippy::type_complexity__CLIPPY_HACKERY__ checked_cargo test --locked --manifest-path contracts/Cargo.toml -p aegle-consortium -p aegle-consent -p aegle-ledger
}
