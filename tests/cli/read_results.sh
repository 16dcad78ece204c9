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
finish
