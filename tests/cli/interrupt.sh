#!/usr/bin/env bash
# Ctrl-C leaves a file marked partial, never one that looks complete.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh

set -m
"$herstatt" run scenarios/default.yaml --output "$work/i.h5" --set workload.payments=400000 \
    >"$work/out" 2>"$work/err" &
pid=$!
for _ in $(seq 600); do
    [ -e "$work/i.h5.partial" ] && break
    sleep 0.05
done
sleep 0.2
kill -INT "$pid"
wait "$pid"
code=$?
holds "interrupted exits with 130, not $code" test "$code" -eq 130
holds "no complete-looking file" test ! -e "$work/i.h5"
says err "i.h5.partial"
expect 3 "$herstatt" inspect "$work/i.h5.partial"
says err "partial"
expect 130 "$herstatt" verify "$work/i.h5.partial"
says err "partial"
finish
