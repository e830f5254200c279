# Sourced by what runs Node.js: the one that scripts/setup.sh installed, where the system's is too old.

cache=${AEGLE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/aegle}
if [ -x "$cache/node/bin/node" ]; then export PATH="$cache/node/bin:$PATH"; fi
