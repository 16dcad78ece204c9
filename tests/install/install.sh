#!/bin/bash
# Install into a temporary prefix, build the small program there in two ways, and run it.
# usage: install.sh CMAKE BUILD_FOLDER PROGRAM_FOLDER COMPILER GENERATOR
set -euo pipefail
cmake=$1
build=$2
program=$3
compiler=$4
generator=$5
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

step() {
    if ! "${@:2}" >"$place/log" 2>&1; then
        cat "$place/log"
        echo "install: $1 failed"
        exit 1
    fi
}

step "installing" "$cmake" --install "$build" --component core --prefix "$place/prefix"
config=$(find "$place/prefix" -name herstatt-core.pc)
if [ -z "$config" ]; then
    echo "install: no herstatt-core.pc"
    exit 1
fi
PKG_CONFIG_PATH=$(dirname "$config")
export PKG_CONFIG_PATH
# --define-prefix: the file names the prefix of the build, this test installed elsewhere.
read -ra flags <<<"$(pkg-config --define-prefix --cflags --libs herstatt-core)"
step "building with pkg-config" "$compiler" -std=c11 -Wall -Wextra -Wpedantic -Werror \
    "$program/main.c" "${flags[@]}" -o "$place/by_pkg_config"
step "configuring with find_package" "$cmake" -G "$generator" -S "$program" -B "$place/build" \
    -DCMAKE_PREFIX_PATH="$place/prefix" -DCMAKE_C_COMPILER="$compiler"
step "building with find_package" "$cmake" --build "$place/build"
if grep -rqF "$(dirname "$program")" "$place/prefix" --include='*.cmake' --include='*.pc'; then
    echo "install: the installed files name the source folder"
    exit 1
fi
first=$("$place/by_pkg_config")
second=$("$place/build/program")
if [ "$first" != "$second" ]; then
    printf 'pkg-config:   %s\nfind_package: %s\n' "$first" "$second"
    echo "install: the two programs differ"
    exit 1
fi
echo "$first"
echo "install: the installed library works through pkg-config and find_package"
