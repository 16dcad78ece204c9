#!/usr/bin/env bash
# The same seed gives the same digest for 1, 2 and 4 threads, with and without a result file, with
# and without audit; and the digests in tests/golden/digests.txt, which every build (gcc and clang,
# -O0 and -O3, sanitizers) must reproduce. `UPDATE=1 tests/scenario/determinism.sh HERSTATT` rewrites
# them after a change of the model.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh

digest() {
    "$herstatt" run "$@" --json 2>"$work/err" </dev/null |
        sed -n 's/^  "digest": "\([0-9a-f]*\)",$/\1/p'
}

golden=tests/golden/digests.txt
: >"$work/found"
# HST_QUICK=1 (thread sanitizer) runs the last two only.
while read -r scenario payments seed; do
    if [ "${HST_QUICK:-}" = 1 ] && [ "${scenario#routers/}" = "$scenario" ]; then
        grep "^$scenario $payments $seed " "$golden" >>"$work/found"
        continue
    fi
    one=$(digest "scenarios/$scenario" --set "workload.payments=$payments" --seed "$seed" \
        --no-output --threads 1)
    holds "$scenario has a digest" test -n "$one"
    for threads in 2 4; do
        other=$(digest "scenarios/$scenario" --set "workload.payments=$payments" --seed "$seed" \
            --threads "$threads" --output "$work/d.h5")
        holds "$scenario seed $seed: $threads threads give the same digest" test "$one" = "$other"
    done
    audited=$(digest "scenarios/$scenario" --set "workload.payments=$payments" --seed "$seed" \
        --no-output --audit)
    holds "$scenario seed $seed: an audit changes nothing" test "$one" = "$audited"
    echo "$scenario $payments $seed $one" >>"$work/found"
done <<'RUNS'
default.yaml 3000 42
default.yaml 3000 43
garch.yaml 2000 42
market-stress.yaml 2000 42
tight-liquidity.yaml 2000 42
routers/fewest.yaml 1500 42
routers/static.yaml 1500 42
RUNS
if [ "${UPDATE:-}" = 1 ]; then
    cp "$work/found" "$golden"
fi
if ! diff "$golden" "$work/found"; then
    echo "FAILED: digests differ from $golden"
    failures=$((failures + 1))
fi
finish
