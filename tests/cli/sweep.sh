#!/usr/bin/env bash
# An experiment from its file to an answer: equal on any number of threads, resumed after Ctrl-C,
# lengthened, with a trial that fails, and with mistakes.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh

cp -r scenarios "$work/scenarios"
# experiment FILE REPLICATIONS FACTOR-LINES: a sweep of short days.
experiment() {
    printf 'experiment: 1\ntitle: T\nquestion: Which?\nbase: scenarios/small.yaml\nset: {workload.payments: 60}\nreplications: %s\nfactors:\n%s\n' \
        "$2" "$3" >"$work/$1"
}
content() { "$herstatt" inspect "$1" | sed -n 's/^  content //p'; }
two='  - {key: routing.router, levels: [static_table, cheapest_advertised]}
  - {key: liquidity.prefunding, levels: [0.25, 2]}'
experiment e.yaml 3 "$two"

# An answer, and where to look.
expect 0 "$herstatt" sweep "$work/e.yaml" -o "$work/one.h5" --threads 1
says out "Which?"
says out "4 cells of 2 factors, 3 replications each, 12 trials, 0 failed"
says out "has the lowest all.cost"
says out "Of the variance of all.cost"
says out "herstatt report $work/one.h5"
holds "lines fit a terminal" test -z "$(grep -v "$work" "$work/out" | awk 'length($0) > 80')"
expect 0 "$herstatt" inspect "$work/one.h5"
says out "sweep"
expect 3 "$herstatt" verify "$work/one.h5"
says err "the result of a sweep"

# The same on two threads, and as JSON.
expect 0 "$herstatt" sweep "$work/e.yaml" -o "$work/two.h5" --threads 2 --json --progress
says err "of 12 trials"
holds "JSON has the cells" python3 - "$work/out" <<'PYTHON'
import json, sys
d = json.load(open(sys.argv[1]))
assert d["trials"] == 12 and d["failed_trials"] == 0 and len(d["cells"]) == 4
assert d["cells"][3]["levels"] == {"router": "cheapest_advertised", "prefunding": "2"}
for cell in d["cells"]:
    m = cell["metrics"]["all.cost"]
    assert m["n"] == 3 and m["low"] < m["mean"] < m["high"]
best = min(d["cells"], key=lambda cell: cell["metrics"]["all.cost"]["mean"])["cell"]
assert best == d["best_cell"]
PYTHON
one=$(content "$work/one.h5")
holds "a sweep has a content digest" test -n "$one"
holds "1 and 2 threads give equal contents" test "$one" = "$(content "$work/two.h5")"

# The file is as docs/reference/sweep.md says: every table, every column, in order.
if command -v h5dump >/dev/null; then
    h5dump -H -A 0 "$work/one.h5" >"$work/shape"
    holds "docs/reference/sweep.md describes every table" python3 - "$work/shape" <<'PYTHON'
import re, sys
shape = open(sys.argv[1]).read()
found = {}
for name, body in re.findall(r'DATASET "(\w+)" \{\s*DATATYPE  H5T_COMPOUND \{(.*?)\n      *\}\n *DATASPACE', shape, re.S):
    body = re.sub(r"H5T_(?:ENUM|STRING|ARRAY) \{.*?\} \"", 'H5T "', body, flags=re.S)
    found[name] = re.findall(r'"([^"]+)";', body)
told = {}
for part in re.split(r"\n### /sweep/", open("docs/reference/sweep.md").read())[1:]:
    name = part.split("\n")[0]
    rows = re.findall(r"^\| (.*?) \|", part.split("\n### ")[0], re.M)[1:]
    told[name] = [column for row in rows for column in re.findall(r"`([\w]+)`", row)]
for name, columns in told.items():
    more = {"cells": ["router", "prefunding"],
            "trials": ["all.cost", "all.failed", "all.time_p50", "all.liquidity"]}.get(name, [])
    assert found[name] == columns + more, (name, found[name], columns + more)
assert set(told) | {"trials", "digests", "summary"} == set(found), (sorted(told), sorted(found))
PYTHON
fi

# Nothing is run twice; more replications run what is new; fewer use what is there.
expect 0 "$herstatt" sweep "$work/e.yaml" -o "$work/one.h5"
says out "12 of 12 trials were there already"
holds "a second sweep gives equal contents" test "$one" = "$(content "$work/one.h5")"
expect 0 "$herstatt" sweep "$work/e.yaml" -o "$work/one.h5" --replications 5
says out "12 of 20 trials were there already"
expect 0 "$herstatt" sweep "$work/e.yaml" -o "$work/five.h5" --replications 5
holds "lengthened is as if run at once" \
    test "$(content "$work/one.h5")" = "$(content "$work/five.h5")"
expect 0 "$herstatt" sweep "$work/e.yaml" -o "$work/one.h5" --fresh --replications 3
says out "0 of 12 trials were there already"

# A trial by hand is the trial of the sweep.
if command -v h5dump >/dev/null; then
    run=$(h5dump -a /trials/000007/command "$work/one.h5" | sed -n 's/.*(0): "\(.*\)"/\1/p')
    digest=$(h5dump -a /trials/000007/digest "$work/one.h5" | sed -n 's/.*(0): "\(.*\)"/\1/p')
    # shellcheck disable=SC2086 # the command's words
    expect 0 "$herstatt" ${run#herstatt } --no-output --json
    says out "\"digest\": \"$digest\""
fi

# Ctrl-C keeps what is finished; the same command goes on.
sed 's/payments: 60/payments: 1500/' "$work/e.yaml" >"$work/long.yaml"
set -m
"$herstatt" sweep "$work/long.yaml" -o "$work/long.h5" --threads 2 >"$work/out" 2>"$work/err" &
pid=$!
for _ in $(seq 600); do
    [ -e "$work/long.h5.trials.0" ] && [ "$(stat -c %s "$work/long.h5.trials.0")" -gt 2000 ] && break
    sleep 0.05
done
kill -INT "$pid"
code=0
wait "$pid" || code=$?
holds "interrupted exits with 130, not $code" test "$code" -eq 130
holds "no result yet" test ! -e "$work/long.h5"
says err "the same command goes on"
expect 0 "$herstatt" sweep "$work/long.yaml" -o "$work/long.h5" --threads 2
holds "finished trials were kept" grep -Eq '[1-9][0-9]* of 12 trials were there' "$work/out"
expect 0 "$herstatt" sweep "$work/long.yaml" -o "$work/whole.h5"
holds "interrupted and resumed is as if run at once" \
    test "$(content "$work/long.h5")" = "$(content "$work/whole.h5")"

# A trial that fails is told, with the command that fails alike, and the others count.
experiment fails.yaml 2 '  - name: corridors
    settings:
      - {name: all, set: {}}
      - {name: wrong, set: {corridors: "[{from: DE, to: ZZ, closed: true}]"}}'
expect 1 "$herstatt" sweep "$work/fails.yaml" -o "$work/fails.h5"
says out "4 trials, 2 failed"
says out "no corridor from DE to ZZ"
says out "has the lowest all.cost"
expect 2 "$herstatt" run "$work/scenarios/small.yaml" --seed 42 --set replication=0 \
    --set workload.payments=60 --set 'corridors=[{from: DE, to: ZZ, closed: true}]'
expect 1 "$herstatt" sweep "$work/fails.yaml" -o "$work/fails.h5"
says out "4 of 4 trials were there already"

# Stop when it is sure enough, or at the most replications.
experiment stop.yaml 3 "$two"
echo 'stop: {metric: all.cost, relative: 90%, replications_min: 2, replications_max: 9}' >>"$work/stop.yaml"
expect 0 "$herstatt" sweep "$work/stop.yaml" -o "$work/stop.h5"
says out "as narrow as asked for"
sed -i 's/90%/0.01%/; s/replications_max: 9/replications_max: 4/' "$work/stop.yaml"
expect 0 "$herstatt" sweep "$work/stop.yaml" -o "$work/stop.h5"
says out "replications_max"
says out "4 replications each"

# Other designs.
experiment latin.yaml 2 '  - {key: liquidity.prefunding, range: {low: 0.1, high: 2}}
  - {key: liquidity.credit_line, range: {low: 0, high: 1}}'
sed -i 's/^factors/design: latin_hypercube\npoints: 5\nfactors/' "$work/latin.yaml"
expect 0 "$herstatt" sweep "$work/latin.yaml" -o "$work/latin.h5"
says out "5 cells of 2 factors"
experiment fraction.yaml 2 '  - {key: liquidity.prefunding, levels: [0.1, 2]}
  - {key: liquidity.credit_line, levels: [0, 1]}
  - {key: liquidity.top_up, levels: [false, true]}'
sed -i 's/^factors/design: fractional_factorial\ngenerators: [C=AB]\nfactors/' "$work/fraction.yaml"
expect 0 "$herstatt" sweep "$work/fraction.yaml" -o "$work/fraction.h5"
says out "4 cells of 3 factors"

# Mistakes.
expect 2 "$herstatt" sweep
expect 2 "$herstatt" sweep "$work/nowhere.yaml" -o "$work/x.h5"
says err "nowhere.yaml: no such file"
expect 2 "$herstatt" sweep scenarios/small.yaml -o "$work/x.h5"
says err "this is a scenario"
expect 2 "$herstatt" sweep tests/scenario/malformed_experiments/unknown-key.yaml -o "$work/x.h5"
says err "unknown-key.yaml:3:1: unknown key 'replicatons', did you mean 'replications'?"
expect 2 "$herstatt" sweep "$work/e.yaml" -o "$work/x.h5" --replications 0
expect 2 "$herstatt" sweep "$work/e.yaml" -o "$work/x.h5" --replications 2000
says err "at most 4000 trials"
expect 2 "$herstatt" sweep "$work/e.yaml" -o "$work/x.h5" --seed -1
expect 3 "$herstatt" sweep "$work/e.yaml" -o "$work/e.yaml"
says err "is not a result of herstatt"
expect 3 "$herstatt" sweep "$work/e.yaml" -o "$work/none/x.h5"
expect 2 "$herstatt" sweep "$work/e.yaml" -o "$work/one.h5" --seed 7
says err "--fresh"
expect 0 "$herstatt" sweep "$work/e.yaml" -o "$work/one.h5" --seed 7 --fresh --replications 2
holds "another seed is another sweep" test "$one" != "$(content "$work/one.h5")"
holds "no journal of a sweep that could not begin" test ! -e "$work/x.h5.trials.0"

# The shipped experiments load.
for file in scenarios/experiments/*.yaml; do
    expect 0 "$herstatt" scenarios "$(dirname "$file")"
    says out "$file"
done
finish
