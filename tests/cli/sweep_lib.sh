# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # work is from lib.sh, trials is for the tests that source this
# Sourced by the tests of sweeps, after lib.sh and from the root of the repository: a tiny experiment
# in $work/tiny.yaml, 12 trials, and when two of its results are the same.

ln -s "$PWD/scenarios" "$work/scenarios"
cat >"$work/tiny.yaml" <<'YAML'
experiment: 1
title: Tiny
question: Is it the same again?
base: scenarios/small.yaml
replications: 3
metrics: [all.cost, all.failed]
factors:
  - key: routing.router
    levels: [static_table, fewest_hops]
  - key: workload.payments
    levels: [40, 80]
YAML
readonly trials=12

# records JOURNAL: whole records in it; the header, 96 bytes, has the metrics of a record at 12.
records() {
    local size metrics
    size=$(stat -c %s "$1" 2>/dev/null || echo 0)
    if [ "$size" -lt 96 ]; then
        echo 0
        return
    fi
    metrics=$(od -An -tu4 -j12 -N4 "$1")
    echo $(((size - 96) / (312 + 8 * metrics + 32)))
}

# all_records OUTPUT: of all its journals.
all_records() {
    local journal sum=0
    for journal in "$1".trials.*; do
        sum=$((sum + $(records "$journal")))
    done
    echo "$sum"
}

# figures JSON: without what depends on the machine.
figures() {
    sed -E '/^ *"(cpu_seconds|wall_seconds|resumed_trials|output)":/d' "$1"
}

# same_results A B: what two sweeps found and wrote, A.json and A.h5; but for times and processors.
same_results() {
    holds "$2 has the figures of $1" diff <(figures "$1.json") <(figures "$2.json")
    if command -v h5diff >/dev/null; then
        holds "$2 has the tables of $1" h5diff -q --exclude-path /meta/host "$1.h5" "$2.h5"
    fi
}
