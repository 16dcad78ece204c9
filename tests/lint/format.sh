#!/bin/sh
# Every .c and .h file of core, sim and tests is as clang-format 14 writes it.
# usage: format.sh [ROOT]
set -eu
cd "${1:-.}"
tool=$(command -v clang-format-14 || command -v clang-format || true)
case $("${tool:-false}" --version 2>/dev/null || true) in
*"version 14."*) ;;
*)
    echo "format: clang-format 14 is not here (other versions format differently)"
    exit 77
    ;;
esac
files=$(find core sim tests -name '*.[ch]' 2>/dev/null | sort)
if [ -z "$files" ]; then
    echo "format: no sources under core, sim, tests"
    exit 1
fi
# shellcheck disable=SC2086 # one argument a file; names have no spaces
if ! found=$("$tool" --style=file --dry-run --Werror $files 2>&1); then
    echo "$found" | sed -n 's/^\([^ ]*\):\([0-9]*\):[0-9]*: error:.*/\1:\2: not as clang-format writes it/p'
    echo "format: repair with: $tool -i FILE"
    exit 1
fi
echo "format: $(echo "$files" | wc -l) files as they should be"
