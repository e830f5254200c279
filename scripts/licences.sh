#!/usr/bin/env bash
# Fails when something that is shipped links a crate without a permissive licence. The contract toolchain and the devchain are build and test tools, and are not looked at.
set -euo pipefail
cd "$(dirname "$0")/.."

shipped=(aegle-cli aegle-client aegle-crypto aegle-indexer aegle-index aegle-keys aegle-protocol aegle-sealed aegle-token-service)
permissive='MIT|MIT-0|Apache-2\.0|BSD-2-Clause|BSD-3-Clause|ISC|Zlib|CC0-1\.0|Unicode-3\.0|Unlicense|0BSD|BSL-1\.0|CDLA-Permissive-2\.0'
refused=0

for package in "${shipped[@]}"; do
  tree=$(cargo tree --locked -p "$package" -e normal --prefix none --no-dedupe --format $'{p}\t{l}')
  # A licence expression passes when one of its alternatives (OR, or the older "/") names only permissive licences.
  while IFS=$'\t' read -r name expression; do
    printf '%s\n' "$expression" | tr -d '()' | sed -E 's# OR | */ *#\n#g' |
      grep -qE "^($permissive)( WITH LLVM-exception)?( AND ($permissive)( WITH LLVM-exception)?)*$" || {
      printf '%s links %s, licence: %s\n' "$package" "$name" "${expression:-none}" >&2
      refused=1
    }
  done < <(sed -E 's/ v[0-9][^\t]*//' <<<"$tree" | sort -u)
done

exit "$refused"
