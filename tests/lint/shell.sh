#!/bin/sh
# Our shell scripts give shellcheck nothing to find.
# usage: shell.sh [ROOT]
set -eu
cd "${1:-.}"
if ! command -v shellcheck >/dev/null; then
    echo "shell: shellcheck is not here"
    exit 77
fi
files=$(find . \( -name .git -o -name build \) -prune -o -type f \( -name '*.sh' -o -name '*.slurm' -o -path './quickstart' \
    -o -path './.ci/*' \) -print | sort)
# shellcheck disable=SC2086 # one argument a file; names have no spaces
shellcheck $files
echo "shell: $(echo "$files" | wc -l) scripts without findings"
