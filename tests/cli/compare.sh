#!/usr/bin/env bash
# Two files, a verdict, an exit; and what is no file of ours.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh

# bench_file FILE SHARE: 15 rounds of one case at SHARE percent of its speed.
bench_file() {
    local round
    for round in $(seq 15); do
        printf '{"schema": 1, "benchmarks": [{"name": "a", "unit": "x/s", "value": %d}]}\n' \
            $((($2) * 1000 + round))
    done >"$1"
}
bench_file "$work/old.json" 100
bench_file "$work/slow.json" 90
bench_file "$work/near.json" 98
expect 0 "$herstatt" compare "$work/old.json" "$work/old.json"
says out "verdict  same"
expect 0 "$herstatt" compare "$work/old.json" "$work/near.json"
expect 1 "$herstatt" compare "$work/near.json" "$work/slow.json" --junit "$work/j.xml" \
    --markdown "$work/m.md" --dashboard "$work/d.json"
says out "verdict  regressed"
says j.xml 'failures="1"'
says m.md "| regressed |"
says d.json '"unit": "x/s"'
expect 0 "$herstatt" compare "$work/near.json" "$work/slow.json" --threshold a=20
expect 0 "$herstatt" compare "$work/near.json" "$work/slow.json" --threshold "*=20%"
expect 1 "$herstatt" compare "$work/near.json" "$work/slow.json" --threshold "b*=20%"
expect 1 "$herstatt" compare "$work/old.json" "$work/near.json" --threshold "b=9" --threshold "a*=1%"
expect 2 "$herstatt" compare "$work/old.json" "$work/near.json" --threshold "a=%"
expect 0 "$herstatt" compare "$work/slow.json" "$work/old.json" --json
says out '"verdict": "improved"'

expect 0 "$herstatt" run scenarios/small.yaml --output "$work/a.h5"
expect 0 "$herstatt" run scenarios/small.yaml --output "$work/b.h5" --seed 7
expect 0 "$herstatt" compare "$work/a.h5" "$work/a.h5"
expect 1 "$herstatt" compare "$work/a.h5" "$work/b.h5"
says out "behaviour-changed"

expect 2 "$herstatt" compare "$work/a.h5"
expect 2 "$herstatt" compare "$work/a.h5" "$work/a.h5" --threshold cost
expect 2 "$herstatt" compare "$work/a.h5" "$work/a.h5" --confidence 2
head -c 5000 "$work/a.h5" >"$work/part.h5"
expect 3 "$herstatt" compare "$work/a.h5" "$work/part.h5"
says err "truncated"
expect 3 "$herstatt" compare "$work/a.h5" "$work/old.json"
expect 3 "$herstatt" compare "$work/a.h5" README.md
says err "not a result of herstatt"
expect 3 "$herstatt" compare "$work/none" "$work/a.h5"
head -c 50 "$work/old.json" >"$work/part.json"
expect 3 "$herstatt" compare "$work/old.json" "$work/part.json"
says err "damaged or partial"
echo '{"schema": 9, "benchmarks": []}' >"$work/newer.json"
expect 3 "$herstatt" compare "$work/old.json" "$work/newer.json"
says err "newer herstatt"
finish
