#!/usr/bin/env bash
# verify says yes to a fresh result and no to a changed one, wherever the change is.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh

expect 0 "$herstatt" run scenarios/small.yaml --output "$work/a.h5" --set workload.payments=400 --seed 3
expect 0 "$herstatt" verify "$work/a.h5"
says out "verified"
says out "audited"
expect 0 "$herstatt" verify "$work/a.h5" --json --threads 1
expect 0 "$herstatt" inspect "$work/a.h5"
holds "inspect fits 80 columns" test "$(wc -L <"$work/out")" -le 80
expect 0 "$herstatt" inspect "$work/a.h5" --json
holds "inspect prints JSON" python3 -m json.tool "$work/out"

# It needs nothing but the file.
mkdir "$work/elsewhere"
cp "$work/a.h5" "$work/elsewhere/b.h5"
absolute=$(realpath "$herstatt")
expect 0 env -C "$work/elsewhere" "$absolute" verify b.h5

# One changed byte, anywhere.
size=$(stat -c %s "$work/a.h5")
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
    cp "$work/a.h5" "$work/damaged.h5"
    at=$((size * i / 13 + i * 7))
    byte=$(od -An -tu1 -j "$at" -N 1 "$work/damaged.h5" | tr -d ' ')
    printf '%b' "$(printf '\\x%02x' $(((byte + 1) % 256)))" |
        dd of="$work/damaged.h5" bs=1 seek="$at" conv=notrunc status=none
    expect 1 "$herstatt" verify "$work/damaged.h5"
    expect 3 "$herstatt" inspect "$work/damaged.h5"
done

# One changed rate in the stored scenario's tables.
cp "$work/a.h5" "$work/rate.h5"
at=$(grep -abo -m 1 '2025-10-15,1\.' "$work/rate.h5" | head -n 1 | cut -d: -f1)
holds "the stored rates are found" test -n "$at"
printf '9' | dd of="$work/rate.h5" bs=1 seek="$((at + 13))" conv=notrunc status=none
expect 1 "$herstatt" verify "$work/rate.h5"

# Truncated at many lengths; foreign; not there.
for i in 0 1 100 511 512 16383 16384 16385 20000 "$((size / 2))" "$((size - 1))"; do
    head -c "$i" "$work/a.h5" >"$work/short.h5"
    "$herstatt" verify "$work/short.h5" >"$work/out" 2>"$work/err"
    code=$?
    holds "a file cut to $i bytes is refused ($code)" test "$code" -eq 1 -o "$code" -eq 3
    holds "with a reason" test -s "$work/err"
done
echo "not a result" >"$work/foreign.h5"
"$herstatt" verify "$work/foreign.h5" >/dev/null 2>"$work/err"
says err "not a result of herstatt"
expect 3 "$herstatt" inspect "$work/foreign.h5"
expect 3 "$herstatt" verify "$work/missing.h5"
expect 3 "$herstatt" inspect "$work"
finish
