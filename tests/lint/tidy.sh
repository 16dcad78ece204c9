#!/bin/bash
# clang-tidy 14 finds nothing in core and sim, by the compile commands of a build tree.
# usage: tidy.sh ROOT BUILD [FILE-PATTERN]
set -euo pipefail
cd "$1"
build=$2
pattern=${3:-/(core|sim)/}
tool=$(command -v clang-tidy-14 || command -v clang-tidy || true)
case $("${tool:-false}" --version 2>/dev/null || true) in
*"version 14."*) ;;
*)
    echo "tidy: clang-tidy 14 is not here"
    exit 77
    ;;
esac
if [ ! -f "$build/compile_commands.json" ]; then
    echo "tidy: no compile_commands.json in $build"
    exit 1
fi
mapfile -t files < <(sed -n 's/^ *"file": "\(.*\)",\{0,1\}$/\1/p' "$build/compile_commands.json" |
    sort -u | grep -E "$pattern")
if [ "${#files[@]}" -eq 0 ]; then
    echo "tidy: no compiled file matches $pattern"
    exit 1
fi
# What only gcc takes (how it clears memory) would be an error.
commands=$(mktemp -d)
trap 'rm -rf "$commands"' EXIT
sed 's/ -mmem[a-z]*-strategy=[^ "]*//g' "$build/compile_commands.json" >"$commands/compile_commands.json"
# Two at a time; gcc's warning flags are unknown to clang. Only the findings themselves are shown: for
# the path that leads to one, run the tool on that file by hand.
if ! found=$(printf '%s\0' "${files[@]}" | xargs -0 -n 1 -P 2 "$tool" --quiet -p "$commands" \
    --extra-arg=-Wno-unknown-warning-option 2>/dev/null); then
    grep -E '^[^ ]+:[0-9]+:[0-9]+: (error|warning):' <<<"$found" | sed "s|^$PWD/||" | sort -u ||
        echo "tidy: the tool itself failed"
    echo "tidy: more with $tool -p $build --extra-arg=-Wno-unknown-warning-option FILE; a NOLINT carries its reason"
    exit 1
fi
echo "tidy: ${#files[@]} files without findings"
