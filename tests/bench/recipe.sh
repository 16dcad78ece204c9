#!/usr/bin/env bash
# The recipe of docs/how-to/ci-regression.md on real programs: a tenth more work in the ledger is
# caught, and the same program against itself raises no alarm.
#
#   recipe.sh HERSTATT SLOWED            (target herstatt_slowed)
#
# Where instructions are counted they decide, too, and hardly vary. Where only time is measured, one
# attempt may miss on a busy machine; three in a row are a failure, unless the machine is so noisy
# that its own rounds differ by more than a twentieth: then exit 77 (skipped).
set -euo pipefail

herstatt=$1
slowed=$2
readonly attempts=3 rounds=60 cases=(ledger.compact.1e4 crypto.digest crypto.sign)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

measure() {
    "$1" bench "${cases[@]}" --runs 3 --no-baselines --json >>"$work/$2"
}

# Relative spread of the rounds of the slowed case: median distance from the median, in per cent.
spread() {
    sed -n '/"name": "ledger.compact.1e4"/,/"max"/s/.*"max": \([0-9.e+]*\).*/\1/p' "$work/old.json" |
        sort -g | awk '
            { a[NR] = $1 }
            END {
                middle = a[int((NR + 1) / 2)]
                for (i = 1; i <= NR; i++) d[i] = a[i] > middle ? a[i] - middle : middle - a[i]
                n = asort_(d, NR)
                printf "%d\n", 100 * d[int((NR + 1) / 2)] / middle
            }
            function asort_(v, n,    i, j, x) {
                for (i = 2; i <= n; i++) {
                    x = v[i]
                    for (j = i - 1; j > 0 && v[j] > x; j--) v[j + 1] = v[j]
                    v[j + 1] = x
                }
                return n
            }'
}

for ((attempt = 1; attempt <= attempts; attempt++)); do
    rm -f "$work"/*.json
    for ((round = 1; round <= rounds; round++)); do
        # Whoever goes first changes from round to round.
        if ((round % 2 == 0)); then
            measure "$herstatt" old.json
            measure "$slowed" slowed.json
            measure "$herstatt" again.json
        else
            measure "$herstatt" again.json
            measure "$slowed" slowed.json
            measure "$herstatt" old.json
        fi
    done
    silent=0
    caught=0
    "$herstatt" compare "$work/old.json" "$work/again.json" >"$work/again.txt" || silent=$?
    "$herstatt" compare "$work/old.json" "$work/slowed.json" >"$work/slowed.txt" || caught=$?
    if grep -q '"instructions": true' "$work/old.json"; then
        echo "instructions are counted"
    else
        echo "instructions are not counted here: CPU time alone decides"
    fi
    echo "attempt $attempt: $rounds rounds, spread $(spread) %, load$(uptime | sed 's/.*average//')"
    cat "$work/again.txt" "$work/slowed.txt"
    if [ "$silent" -eq 0 ] && [ "$caught" -eq 1 ] && grep -q '^ledger.* regressed$' "$work/slowed.txt" &&
        ! grep -q '^crypto.* regressed$' "$work/slowed.txt"; then
        echo "ok: the slow-down is caught, and the same program raises no alarm"
        exit 0
    fi
done
if [ "$(spread)" -ge 5 ]; then
    echo "skipped: rounds of one program differ by $(spread) % on this machine"
    exit 77
fi
exit 1
