#!/usr/bin/env bash
# Reference pages are what the program prints; commands in README and tutorial run.
# shellcheck disable=SC2016 # the backticks are Markdown
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh

"$herstatt" help --markdown >"$work/command.md"
holds "docs/reference/command.md is up to date (herstatt help --markdown)" \
    diff "$work/command.md" docs/reference/command.md
"$herstatt" scenarios --reference >"$work/scenario.md"
holds "docs/reference/scenario.md is up to date (herstatt scenarios --reference)" \
    diff "$work/scenario.md" docs/reference/scenario.md
"$herstatt" scenarios --experiments >"$work/experiment.md"
holds "docs/reference/experiment.md is up to date (herstatt scenarios --experiments)" \
    diff "$work/experiment.md" docs/reference/experiment.md
"$herstatt" consensus --markdown >"$work/protocols.md"
holds "docs/reference/protocols.md is up to date (herstatt consensus --markdown)" \
    diff "$work/protocols.md" docs/reference/protocols.md
sed -n 's/^    X(\([A-Z_]*\), \([0-9]*\), "\(.*\)").*/| `HST_\1` | \2 | \3 |/p' \
    core/base/status.h >"$work/status"
sed -n '/status:begin/,/status:end/p' docs/reference/status-codes.md | grep '^| `HST' >"$work/documented"
holds "docs/reference/status-codes.md lists every status" diff "$work/status" "$work/documented"

expect 0 "$herstatt" scenarios
says out "scenarios/default.yaml"
expect 0 "$herstatt" scenarios --resolve scenarios/default.yaml
cp "$work/out" "$work/resolved.yaml"

# Every command line of the tutorial, in order, in a copy of the scenarios.
mkdir "$work/t"
cp -r scenarios "$work/t/"
absolute=$(realpath "$herstatt")
mkdir "$work/bin"
ln -s "$absolute" "$work/bin/herstatt"
count=0
while read -r line; do
    count=$((count + 1))
    if ! (cd "$work/t" && PATH="$work/bin:$PATH" bash -c "$line" >"$work/out" 2>&1 </dev/null); then
        echo "FAILED: docs/tutorial/first-scenario.md: $line"
        head -n 5 "$work/out"
        failures=$((failures + 1))
    fi
done < <(sed -n '/^```sh$/,/^```$/p' docs/tutorial/first-scenario.md | grep -v '^```')
holds "the tutorial has commands" test "$count" -ge 5
finish
