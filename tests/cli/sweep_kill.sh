#!/bin/bash
# A sweep that is killed at random moments and started again until it ends yields what an unbroken
# one does; no finished trial runs twice, none is lost.
# usage: sweep_kill.sh HERSTATT; HST_SEED repeats the moments of a failure
set -u
here=$(dirname "$0")
# shellcheck source=tests/cli/lib.sh
. "$here/lib.sh"
# shellcheck source=tests/cli/sweep_lib.sh
. "$here/sweep_lib.sh"
seed=${HST_SEED:-$((RANDOM * 32768 + RANDOM))}
RANDOM=$seed
echo "HST_SEED=$seed"
readonly kills_max=12

started=$(date +%s%N)
expect 0 "$herstatt" sweep "$work/tiny.yaml" --threads 2 --output "$work/unbroken.h5" --json
unbroken_ms=$((($(date +%s%N) - started) / 1000000))
cp "$work/out" "$work/unbroken.json"
holds "an unbroken sweep writes every trial once" [ "$(all_records "$work/unbroken.h5")" -eq $trials ]

lives=0
killed=0
ended=0
while [ $ended -eq 0 ]; do
    before=$(all_records "$work/broken.h5")
    "$herstatt" sweep "$work/tiny.yaml" --threads 2 --output "$work/broken.h5" --json \
        >"$work/broken.json" 2>"$work/err" &
    process=$!
    lives=$((lives + 1))
    if [ $lives -le $kills_max ]; then
        delay_ms=$((RANDOM % (unbroken_ms * 2 / 3 + 1)))
        sleep "$((delay_ms / 1000)).$(printf '%03d' $((delay_ms % 1000)))"
        kill -9 $process 2>/dev/null
    fi
    wait $process 2>/dev/null
    case $? in
    0) ended=1 ;;
    137) killed=$((killed + 1)) ;;
    *)
        echo "FAILED: life $lives ends by itself, badly"
        cat "$work/err"
        exit 1
        ;;
    esac
    after=$(all_records "$work/broken.h5")
    echo "life $lives: $before -> $after trials"
    holds "life $lives loses no trial" [ "$after" -ge "$before" ]
    holds "life $lives runs no trial twice" [ "$after" -le $trials ]
done
holds "the last life found what the others had finished" \
    grep -qE "\"resumed_trials\": $before,?$" "$work/broken.json"
holds "every trial is in the journal once" [ "$(all_records "$work/broken.h5")" -eq $trials ]
same_results "$work/unbroken" "$work/broken"

# What is whole is not run again; what is lost from the journal is, and nothing else.
expect 0 "$herstatt" sweep "$work/tiny.yaml" --output "$work/broken.h5" --json
holds "a sweep that has ended has nothing to run" grep -q "\"resumed_trials\": $trials,\?$" "$work/out"
size=$(stat -c %s "$work/broken.h5.trials.0")
truncate -s $((size - 5)) "$work/broken.h5.trials.0"
expect 0 "$herstatt" sweep "$work/tiny.yaml" --output "$work/broken.h5" --json
cp "$work/out" "$work/broken.json"
holds "one torn record is one trial" grep -q "\"resumed_trials\": $((trials - 1)),\?$" "$work/out"
same_results "$work/unbroken" "$work/broken"

# Another experiment does not mix with it.
expect 2 "$herstatt" sweep "$work/tiny.yaml" --seed 7 --output "$work/broken.h5"
says err "trials of another experiment"
says err "--fresh"
same_results "$work/unbroken" "$work/broken"

echo "$lives lives, $killed killed"
finish
