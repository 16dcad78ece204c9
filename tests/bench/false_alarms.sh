#!/usr/bin/env bash
# How often `herstatt compare` is wrong about speed, measured with real programs on this machine.
#
#   tests/bench/false_alarms.sh HERSTATT SLOWED [RERUNS [SLOWED-RERUNS [ROUNDS [FOLDER]]]]
#
# HERSTATT is a release build, SLOWED one whose ledger cases do a tenth more work: the target
# herstatt_slowed, or any build with -DHST_BENCH_SLOWDOWN=ledger:10. All reruns take their rounds in
# turn. Then every pair of reruns of the one program is compared (each alarm is false), and every
# rerun of the slowed one with one of the other (each silence is a miss), at the default settings.
# Takes about half a second a rerun and round: 20 minutes as it stands. Files stay in FOLDER if given.
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
    "$1" bench "${cases[@]}" --runs 2 --no-baselines --json >>"$2" 2>/dev/null
}

rm -f "$work"/base.*.json "$work"/slowed.*.json
start=$SECONDS
for ((round = 1; round <= rounds; round++)); do
    for ((i = 1; i <= reruns; i++)); do
        measure "$herstatt" "$work/base.$i.json"
        # The slowed reruns are spread evenly among the others.
        if ((i * slowed_reruns / reruns > (i - 1) * slowed_reruns / reruns)); then
            measure "$slowed" "$work/slowed.$((i * slowed_reruns / reruns)).json"
        fi
    done
done
seconds=$((SECONDS - start))

# verdict OLD NEW: "same", "improved", ... on stdout; anything but 0 and 1 is a failure of this script.
verdict() {
    local status=0
    "$herstatt" compare "$1" "$2" >"$work/compare.txt" || status=$?
    [ "$status" -le 1 ] || { cat "$work/compare.txt" >&2; exit 1; }
    sed -n 's/^verdict *//p' "$work/compare.txt"
}

pairs=0
slower=0
faster=0
for ((i = 1; i <= reruns; i++)); do
    for ((j = i + 1; j <= reruns; j++)); do
        pairs=$((pairs + 1))
        case $(verdict "$work/base.$i.json" "$work/base.$j.json") in
        regressed) slower=$((slower + 1)) ;;
        improved) faster=$((faster + 1)) ;;
        esac
    done
done
caught=0
elsewhere=0
for ((j = 1; j <= slowed_reruns; j++)); do
    answer=$(verdict "$work/base.$((1 + (j - 1) % reruns)).json" "$work/slowed.$j.json")
    if [ "$answer" = regressed ] && grep -q '^ledger.*regressed$' "$work/compare.txt"; then
        caught=$((caught + 1))
    fi
    if grep -q '^[^l].* regressed$' "$work/compare.txt"; then
        elsewhere=$((elsewhere + 1))
    fi
done

sed -n 's/.*"processor": "\(.*\)",/processor   \1/p' "$work/base.1.json" | head -n 1
echo "processors  $(nproc)"
echo "load        $(sed -n 's/.*"load": \([0-9.]*\).*/\1/p' "$work"/base.*.json | sort -n |
    awk '{ a[NR] = $1 } END { printf "%.1f (median), %.1f to %.1f", a[int((NR + 1) / 2)], a[1], a[NR] }')"
echo "measured    $reruns + $slowed_reruns reruns of $rounds rounds, ${#cases[@]} cases, $seconds s"
echo "equal       $pairs comparisons: $slower called slower, $faster called faster"
echo "slowed 10 % $slowed_reruns comparisons: caught in $caught, another case blamed in $elsewhere"
