#!/usr/bin/env bash
# The command that measures: choosing cases, the table, the file. Speeds themselves are not tested.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh
herstatt=$(realpath "$herstatt")

expect 0 "$herstatt" bench --list
says out "ledger.compact.1e4"
says out "day.default"
expect 0 "$herstatt" bench --list --tier system --tier day
holds "tiers choose" test "$(grep -vcE ' (system|day) ' "$work/out")" -eq 0
holds "there are systems and days" test "$(wc -l <"$work/out")" -ge 6
expect 2 "$herstatt" bench --tier week
says err "expected component, system or day"
expect 2 "$herstatt" bench nothing.like.this
expect 2 "$herstatt" bench crypto.sign --runs 0

expect 0 "$herstatt" bench crypto.sign rail --runs 2 --output "$work/one.json"
says out "crypto.sign"
says out "rail.rtgs"
for word in '"tier": "system"' '"mad":' '"instructions":' '"processor":' '"compiler":' '"flags":' \
    '"governor":' '"load":'; do
    says one.json "$word"
done
expect 0 "$herstatt" compare "$work/one.json" "$work/one.json"
expect 3 "$herstatt" bench crypto.sign --runs 1 --output "$work/no/folder.json"

# Where the scenarios are not, the cases that read them are left out, and that is said.
cd "$work" || exit 1
expect 0 "$herstatt" bench crypto.sign rail --runs 1
says err "cases left out"
expect 2 "$herstatt" bench --tier day
finish
