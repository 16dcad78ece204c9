#!/usr/bin/env bash
# A run prints a summary that fits a screen, writes one file, and says how to do it again.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh

expect 0 "$herstatt" run scenarios/small.yaml --output "$work/a.h5" --threads 1
holds "at most 25 lines" test "$(wc -l <"$work/out")" -le 25
holds "at most 80 columns" test "$(wc -L <"$work/out")" -le 80
says out "again   herstatt run scenarios/small.yaml"
says out "$work/a.h5"
says out "0 broken"
holds "no progress outside a terminal" test ! -s "$work/err"
holds "nothing half-written is left" test ! -e "$work/a.h5.partial"

# An existing result is replaced; anything else is not.
expect 0 "$herstatt" run scenarios/small.yaml --output "$work/a.h5"
echo "my thesis" >"$work/thesis.txt"
expect 3 "$herstatt" run scenarios/small.yaml --output "$work/thesis.txt"
says err "is not a result of herstatt"
holds "the thesis is untouched" grep -q "my thesis" "$work/thesis.txt"
expect 3 "$herstatt" run scenarios/small.yaml --output "$work/no/such/folder/a.h5"

# The machine-readable contract.
expect 0 "$herstatt" run scenarios/small.yaml --no-output --json --seed 7 \
    --set workload.payments=500
holds "one JSON object with the promised members" python3 - "$work/out" <<'PYTHON'
import json, sys
d = json.load(open(sys.argv[1]))
for key in ("version", "scenario", "seed", "digest", "wall_seconds", "cpu_seconds",
            "peak_memory_bytes", "output", "payments", "payments_per_cpu_second", "invariants",
            "metrics"):
    assert key in d, key
p = d["payments"]
assert p["total"] == 500 == p["completed"] + p["failed"] + p["pending"]
assert p["pending"] == 0
assert d["seed"] == 7 and d["output"] is None
assert d["invariants"]["violated"] == 0 and d["invariants"]["checked"] > 0
assert all(set(m) == {"value", "unit"} for m in d["metrics"].values())
assert d["reproduce"] == "herstatt run scenarios/small.yaml --set workload.payments=500 --seed 7"
PYTHON
first=$(grep -o '"digest": "[^"]*"' "$work/out")
expect 0 "$herstatt" run scenarios/small.yaml --set workload.payments=500 --seed 7 --no-output --json
holds "the reproducing command reproduces" test "$first" = "$(grep -o '"digest": "[^"]*"' "$work/out")"
expect 0 "$herstatt" run scenarios/small.yaml --no-output --json --seed 8 --set workload.payments=500
holds "another seed is another run" test "$first" != "$(grep -o '"digest": "[^"]*"' "$work/out")"

# Progress on request, on stderr.
expect 0 "$herstatt" run scenarios/small.yaml --no-output --progress
says err "left"

# Every shipped scenario runs, at a size for tests.
while read -r scenario; do
    expect 0 "$herstatt" run "$scenario" --no-output --set workload.payments=300
done < <(find scenarios -name '*.yaml' -not -path '*/fragments/*' \
    -not -path '*/experiments/*' -not -path '*/routing/*' | sort)
expect 2 "$herstatt" run scenarios/routing/lineup.yaml
says err "this file is a line-up; herstatt lineup runs it"
expect 2 "$herstatt" run scenarios/experiments/consensus-day.yaml
says err "this file is an experiment; herstatt sweep runs it"

# A closed corridor carries nothing.
expect 0 "$herstatt" run scenarios/small.yaml --no-output --json \
    --set 'corridors=[{from: US, to: MX, closed: true, weight: 500}]'
says out '"completed"'
holds "payments of a closed corridor fail" python3 - "$work/out" <<'PYTHON'
import json, sys
d = json.load(open(sys.argv[1]))
assert d["payments"]["failed"] > 500, d["payments"]
PYTHON
finish
