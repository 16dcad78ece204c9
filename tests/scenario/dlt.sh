#!/usr/bin/env bash
# A day over a distributed ledger: it completes, conserves, verifies, and is equal on any number of
# threads; with one corridor on it only that one changes; its keys are checked.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh

day() {
    local name=$1
    shift
    expect 0 "$herstatt" run scenarios/small.yaml --json --set workload.payments=600 "$@"
    cp "$work/out" "$work/$name.json"
}

for scenario in scenarios/consensus/*.yaml; do
    protocol=$(basename "$scenario" .yaml)
    expect 0 "$herstatt" scenarios --resolve "$scenario"
    says out "protocol: \"$protocol\""
    day "$protocol" --set "rails.dlt.protocol=$protocol" --threads 1 --audit \
        --output "$work/$protocol.h5"
    day "$protocol.2" --set "rails.dlt.protocol=$protocol" --threads 2 --no-output
    expect 0 "$herstatt" verify "$work/$protocol.h5"
done
day off --no-output
day one --no-output --set rails.dlt.protocol=raft --set 'rails.dlt.corridors=[US-MX]'
day dear --no-output --set rails.dlt.protocol=raft --set charges.dlt_fixed_usd=5
day poor --no-output --set rails.dlt.protocol=raft --set liquidity.prefunding=0.01

python3 - "$work" <<'PYTHON' || failures=$((failures + 1))
import json, os, sys
d = {n[:-5]: json.load(open(os.path.join(sys.argv[1], n)))
     for n in os.listdir(sys.argv[1]) if n.endswith(".json")}
m = {k: {name: v["value"] for name, v in r["metrics"].items()} for k, r in d.items()}
checks = {
    "off by default, and then without figures": not any("dlt" in n for n in m["off"]),
    "every completed payment was a transaction":
        m["raft"]["dlt.payments"] == m["raft"]["all.completed"] > 500,
    "nothing is left under way": m["raft"]["all.pending"] == 0,
    "faster than correspondents": m["raft"]["all.time_p50"] < m["off"]["all.time_p50"],
    "nobody is between the agents": m["raft"]["all.at_most_one"] == 100,
    "finality takes a batch and a round trip":
        0.2 < m["raft"]["dlt.finality_p50"] < m["raft"]["dlt.finality_p99"] < 2,
    "a majority is slower than one operator":
        m["raft"]["dlt.finality_p50"] > m["rtgs"]["dlt.finality_p50"],
    "one corridor on it, the others not": 0 < m["one"]["dlt.payments"] < 100,
    "a dearer ledger costs more": m["dear"]["all.fee"] > m["raft"]["all.fee"] + 0.1,
    "little money ready, more loans": m["poor"]["dlt.loans"] > m["raft"]["dlt.loans"],
}
for name in m:
    if name + ".2" in m:
        checks[name + ": two threads, the same digest"] = \
            d[name]["digest"] == d[name + ".2"]["digest"]
bad = [name for name, holds in checks.items() if not holds]
for name in bad:
    print("FAILED:", name)
sys.exit(bool(bad))
PYTHON

expect 2 "$herstatt" run scenarios/small.yaml --no-output --set rails.dlt.protocol=rafft
says err 'rails.dlt.protocol: expected one of none,'
says err 'did you mean raft?'
expect 2 "$herstatt" run scenarios/small.yaml --no-output --set rails.dlt.protocol=raft \
    --set 'rails.dlt.corridors=[US-MX, AQ-US]'
says err 'rails.dlt.corridors[1]: no corridor from AQ to US in the tables'
finish
