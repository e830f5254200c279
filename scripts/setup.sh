#!/usr/bin/env bash
# Installs what `make demo` and `make test` need beyond Rust. Idempotent; quick when everything is there.
#   setup.sh demo    a C compiler, Postgres binaries, Node.js and npm (the FHIR examples are an npm package)
#   setup.sh test    the same
# The contract toolchain is not installed here: scripts/contracts.sh does that, and only when contracts must be rebuilt.
set -euo pipefail

# A command that must be there, and the Debian package that has it.
needs=("cc build-essential" "pkg-config pkg-config" "make make" "git git" "node nodejs" "npm npm")
oldest_node=20

say() { printf '\033[2m[setup]\033[0m %s\n' "$*" >&2; }
fail() { printf '[setup] %s\n' "$*" >&2; exit 1; }

has_postgres() {
  command -v pg_ctl >/dev/null 2>&1 || compgen -G '/usr/lib/postgresql/*/bin/pg_ctl' >/dev/null
}

missing=()
for need in "${needs[@]}"; do
  command -v "${need%% *}" >/dev/null 2>&1 || missing+=("${need##* }")
done
has_postgres || missing+=(postgresql)

if [ "${#missing[@]}" -gt 0 ]; then
  command -v apt-get >/dev/null 2>&1 || fail "install these, then run again: ${missing[*]}"
  as_root=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null 2>&1 || fail "run as root, or install sudo: apt-get must install ${missing[*]}"
    as_root=(sudo)
  fi
  say "apt-get install ${missing[*]}"
  if ! has_postgres; then
    # The binaries are wanted, not a system-wide cluster: the indexer starts a private one.
    "${as_root[@]}" mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' | "${as_root[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
  fi
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
fi

command -v cargo >/dev/null 2>&1 || fail "Rust is missing: install it from https://rustup.rs"
node_major=$(node -p 'process.versions.node.split(".")[0]')
[ "$node_major" -ge "$oldest_node" ] || fail "Node.js $oldest_node or newer is needed, found $(node --version)"
say "ready"
