#!/usr/bin/env bash
# How often `herstatt compare` is wrong about speed, measured with real programs on this machine.
#
#   tests/bench/false_alarms.sh HERSTATT SLOWED [RERUNS [SLOWED-RERUNS [ROUNDS [FOLDER]]]]
#
# HERSTATT is a release build, SLOWED one whose ledger cases do a tenth more work: the target
# herstatt_slowed, or any build with -DHST_BENCH_SLOWDOWN=ledger:10. All reruns take their rounds in
# turn. Then every rerun of the one program is compared with every other (each alarm is false), and
# every rerun of the slowed one with every one of the other (each silence is a miss), at the default
# settings; and again with two reruns taken together, which are one of twice the rounds. Takes about
# a third of a second a rerun and round, 16 minutes as it stands, and half as long again to compare.
# Files stay in FOLDER if given; when they are there already, they are compared and nothing is run.
set -euo pipefail

herstatt=$1
slowed=$2
reruns=${3:-50}
slowed_reruns=${4:-20}
rounds=${5:-40}
cases=(ledger.compact.1e4 crypto.sign crypto.digest base.csv metrics.histogram money.convert)

if [ $# -ge 6 ]; then
    work=$6
    mkdir -p "$work"
else
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
fi

measure() {
    "$1" bench "${cases[@]}" --runs 2 --no-baselines --json >>"$work/$2.json" 2>/dev/null
}

start=$SECONDS
if [ ! -s "$work/base.1.json" ]; then
    for ((round = 1; round <= rounds; round++)); do
        for ((i = 1; i <= reruns; i++)); do
            measure "$herstatt" "base.$i"
            # The slowed reruns are spread evenly among the others.
            if ((i * slowed_reruns / reruns > (i - 1) * slowed_reruns / reruns)); then
                measure "$slowed" "slowed.$((i * slowed_reruns / reruns))"
            fi
        done
    done
fi
seconds=$((SECONDS - start))
for name in base slowed; do
    count=$slowed_reruns
    [ "$name" = slowed ] || count=$reruns
    for ((i = 1; i < count; i += 2)); do
        cat "$work/$name.$i.json" "$work/$name.$((i + 1)).json" >"$work/double_$name.$(((i + 1) / 2)).json"
    done
done

# verdict OLD NEW: "same", "improved", ... on stdout; anything but 0 and 1 is a failure of this script.
verdict() {
    local status=0
    "$herstatt" compare "$work/$1.json" "$work/$2.json" >"$work/compare.txt" || status=$?
    [ "$status" -le 1 ] || { cat "$work/compare.txt" >&2; exit 1; }
    sed -n 's/^verdict *//p' "$work/compare.txt"
}

# rates TITLE BASE SLOWED COUNT COUNT
rates() {
    local title=$1 base=$2 slow=$3 base_count=$4 slow_count=$5
    local pairs=0 slower=0 faster=0 tries=0 caught=0 elsewhere=0 i j
    for ((i = 1; i <= base_count; i++)); do
        for ((j = i + 1; j <= base_count; j++)); do
            pairs=$((pairs + 1))
            case $(verdict "$base.$i" "$base.$j") in
            regressed) slower=$((slower + 1)) ;;
            improved) faster=$((faster + 1)) ;;
            esac
        done
        for ((j = 1; j <= slow_count; j++)); do
            tries=$((tries + 1))
            verdict "$base.$i" "$slow.$j" >/dev/null
            if grep -q '^ledger.* regressed$' "$work/compare.txt"; then
                caught=$((caught + 1))
            fi
            if grep -q '^[^lv].* regressed$' "$work/compare.txt"; then
                elsewhere=$((elsewhere + 1))
            fi
        done
    done
    echo "$title"
    echo "  equal programs    $pairs comparisons: $slower called slower, $faster called faster"
    echo "  ledger 10 % more  $tries comparisons: caught in $caught, another case blamed in $elsewhere"
}

sed -n 's/.*"processor": "\(.*\)",/processor   \1/p' "$work/base.1.json" | head -n 1
echo "processors  $(nproc)"
echo "load        $(sed -n 's/.*"load": \([0-9.]*\).*/\1/p' "$work"/base.*.json | sort -n |
    awk '{ a[NR] = $1 } END { printf "%.1f (median), %.1f to %.1f", a[int((NR + 1) / 2)], a[1], a[NR] }')"
echo "measured    $reruns + $slowed_reruns reruns, ${#cases[@]} cases, $seconds s"
rates "$rounds rounds" base slowed "$reruns" "$slowed_reruns"
rates "$((2 * rounds)) rounds" double_base double_slowed $((reruns / 2)) $((slowed_reruns / 2))
