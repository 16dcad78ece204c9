#!/bin/sh
# No file of the tree names a folder of the machine it was made on.
# usage: machine_paths.sh [ROOT] [PATTERN...]
# Extra patterns (the source and build folders of this very build) come from CMake.
set -eu
cd "${1:-.}"
[ $# -eq 0 ] || shift
# Written in pieces, so that this file does not find itself.
pattern="/wor""k/|/hom""e/[a-z]|/roo""t/|/User""s/|/tm""p/[A-Za-z]+[.]|/mn""t/[a-z]"
for extra; do
    # A build inside a folder such as /src would match honest text.
    case $extra in
    /*/*) pattern="$pattern|$extra/" ;;
    esac
done
found=$(find . \( -name .git -o -name build -o -path ./results \) -prune -o -type f -print |
    sort | xargs grep -nIE "$pattern" || true)
if [ -n "$found" ]; then
    echo "$found" | cut -c -200
    echo "machine_paths: the lines above name folders of one machine"
    exit 1
fi
echo "machine_paths: none"
