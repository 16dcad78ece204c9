#!/usr/bin/env bash
# The Python reader and its example over files of the command, and h5ls over the same.
#
#   read_results.sh HERSTATT PYTHON      exit 77 (skipped) without h5py, pandas or matplotlib
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh
python=${2:-}
if [ -z "$python" ] || ! "$python" -c 'import h5py, pandas, matplotlib' 2>/dev/null; then
    echo "skipped: h5py, pandas or matplotlib missing"
    exit 77
fi

expect 0 "$herstatt" run scenarios/small.yaml --output "$work/run.h5"
expect 0 "$herstatt" sweep scenarios/experiments/routers-x-liquidity.yaml --replications 1 \
    --output "$work/sweep.h5"
expect 0 "$python" -B analysis/latency_by_segment.py "$work/run.h5" -o "$work/figure.png" \
    --csv "$work/figure.csv"
says out "retail       credited within an hour: "
holds "the figure is a picture" grep -q PNG "$work/figure.png"
expect 0 "$python" -B tests/cli/read_results.py "$work/run.h5" "$work/figure.csv" "$work/sweep.h5"
expect 2 "$python" -B analysis/latency_by_segment.py
expect 3 "$python" -B analysis/latency_by_segment.py "$work/sweep.h5" -o "$work/never.png"
says err "a sweep, not a run"
expect 3 "$python" -B analysis/latency_by_segment.py "$work/run.h5" -o "$work/no/folder.png"
holds "no traceback" test "$(grep -c Traceback "$work/err")" -eq 0
if command -v h5ls >/dev/null; then
    expect 0 h5ls "$work/run.h5/summary"
    says out "Dataset {"
fi
# Levels against one of them, pair by pair: differences and intervals by hand.
if "$python" -c 'import scipy' 2>/dev/null; then
    cp -r scenarios "$work/scenarios"
    printf 'experiment: 1\nquestion: Which?\nbase: scenarios/small.yaml\nset: {workload.payments: 60}\nreplications: 3\nfactors:\n  - {key: routing.router, levels: [static_table, cheapest_advertised]}\n  - {key: liquidity.prefunding, levels: [0.25, 2]}\n' >"$work/e.yaml"
    expect 0 "$herstatt" sweep "$work/e.yaml" -o "$work/e.h5"
    expect 0 "$python" -B analysis/paired.py "$work/e.h5" router static_table --picture "$work/p.png"
    says out "| \`all.cost\`, pct | level | mean | against static_table |"
    holds "a picture of differences" test -s "$work/p.png"
    holds "the differences are those of the trials" "$python" -B - "$work/e.h5" "$work/out" <<'PYTHON'
import sys
sys.path.insert(0, "analysis")
from herstatt_results import open_results
with open_results(sys.argv[1]) as results:
    trials = results.trials()
trials = trials[trials["prefunding"].astype(str) == "2"].sort_values("replication")
cost = {name: list(trials[trials["router"] == name]["all.cost"])
        for name in ("static_table", "cheapest_advertised")}
gaps = [b - a for a, b in zip(cost["static_table"], cost["cheapest_advertised"])]
mean = sum(gaps) / 3
half = 4.302653 * (sum((g - mean) ** 2 for g in gaps) / 2) ** 0.5 / 3 ** 0.5
line = f"| 2 | cheapest_advertised | {sum(cost['cheapest_advertised']) / 3:.4g} | {mean:+.4g} +- {half:.2g} |"
assert line in open(sys.argv[2], encoding="utf-8").read(), line
PYTHON
    expect 1 "$python" -B analysis/paired.py "$work/e.h5" router nobody
    expect 1 "$python" -B analysis/paired.py "$work/sweep.h5" router static_table
fi
finish
