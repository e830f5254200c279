#!/usr/bin/env bash
# Builds the book in docs/ as HTML into book/, and checks the links of the book and of the other documents, offline.
#   book.sh --run   then runs every command of the book besides; the programs must have been built
# The HTML is as deep in the tree as docs/ is, so that links to sources hold in both.
set -euo pipefail
cd "$(dirname "$0")/.."
# The book runs a program of Node.js.
. scripts/node.sh

case "${1:-}" in
  "" | --run) ;;
  *) echo "usage: book.sh [--run]" >&2; exit 2 ;;
esac
tools=$(scripts/tools.sh)
"$tools/mdbook" build docs
# Pages on the web are not asked for: only what is in the tree must be there.
git ls-files -z --cached --others --exclude-standard '*.md' |
  xargs -0 "$tools/lychee" --offline --no-progress --include-fragments
find book -name '*.html' ! -name print.html ! -name toc.html ! -name 404.html -print0 |
  xargs -0 "$tools/lychee" --offline --no-progress
if [ "${1:-}" = --run ]; then
  python3 scripts/book_commands.py "${CARGO_TARGET_DIR:-target}/debug"
fi
