#!/usr/bin/env bash
# A day over a distributed ledger: it completes, conserves, verifies, and is equal on any number of
# threads; with one corridor on it only that one changes; currency is changed where the scenario says;
# corridors of any kind can be moved onto it, on any day; faults of validators delay it and break
# nothing; real signatures change nothing; its keys are checked.
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
    [ "$protocol" = faulty-day ] && continue
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
for conversion in on_ramp off_ramp both_ramps; do
    day "$conversion" --set rails.dlt.protocol=raft --set "rails.dlt.conversion=$conversion" \
        --threads 1 --audit --output "$work/$conversion.h5"
    day "$conversion.2" --set rails.dlt.protocol=raft --set "rails.dlt.conversion=$conversion" \
        --threads 2 --no-output
    expect 0 "$herstatt" verify "$work/$conversion.h5"
done
day euro --no-output --set rails.dlt.protocol=raft --set rails.dlt.conversion=both_ramps \
    --set rails.dlt.currency=EUR
# Within a currency, pegs on both sides, an exotic pair, without and with three decimals; a Saturday.
kinds='[DE-FR, AE-PK, GB-NG, JP-VN, KW-EG, US-MX]'
for conversion in ledger on_ramp off_ramp both_ramps; do
    day "kinds.$conversion" --no-output --audit --set rails.dlt.protocol=raft \
        --set "rails.dlt.corridors=$kinds" --set "rails.dlt.conversion=$conversion" \
        --set workload.payments=4000
    day "saturday.$conversion" --no-output --audit --set rails.dlt.protocol=raft \
        --set clock.date=2025-10-18 --set "rails.dlt.conversion=$conversion"
done
day saturday.off --no-output --set clock.date=2025-10-18
day unused --no-output --set rails.dlt.conversion=on_ramp --set "rails.dlt.corridors=$kinds"
day poor --no-output --set rails.dlt.protocol=raft --set liquidity.prefunding=0.01

# The shipped bad day, small: the same payments as the day without faults.
bad() {
    local name=$1
    shift
    expect 0 "$herstatt" run scenarios/consensus/faulty-day.yaml --json --no-output \
        --set workload.payments=3000 "$@"
    cp "$work/out" "$work/$name.json"
}
bad bad --threads 1
bad bad.2 --threads 2
bad fine --set 'rails.dlt.faults=[]'
expect 0 "$herstatt" run scenarios/consensus/faulty-day.yaml --set workload.payments=3000 \
    --output "$work/bad.h5"
says out 'validators 7, pbft: final in'
says out '5 faults, 60 min of validators down'
expect 0 "$herstatt" verify "$work/bad.h5"

# Drawn faults, within the bound of each protocol.
for protocol in raft pbft jolteon; do
    day "chaos.$protocol" --no-output --threads 1 --set "rails.dlt.protocol=$protocol" \
        --set rails.dlt.chaos=24
done
day chaos.pbft.2 --no-output --threads 2 --set rails.dlt.protocol=pbft --set rails.dlt.chaos=24
day chaos.other --no-output --seed 7 --set rails.dlt.protocol=pbft --set rails.dlt.chaos=24

# Real signatures: the same events, and so the same digest.
for protocol in raft pbft tendermint jolteon; do
    for crypto in modelled real; do
        day "$protocol.$crypto" --no-output --set "rails.dlt.protocol=$protocol" \
            --set workload.payments=100 --set "rails.dlt.crypto=$crypto"
    done
done
day slow --no-output --set rails.dlt.protocol=raft --set rails.dlt.validators=3 \
    --set rails.dlt.faults='[{kind: crash, validators: [leader], from: 0s}]' \
    --set rails.dlt.parameters.election_timeout_ns=4s
day quick --no-output --set rails.dlt.protocol=raft --set rails.dlt.validators=3 \
    --set rails.dlt.faults='[{kind: crash, validators: [leader], from: 0s}]'

python3 - "$work" <<'PYTHON' || failures=$((failures + 1))
import json, os, sys
d = {n[:-5]: json.load(open(os.path.join(sys.argv[1], n)))
     for n in os.listdir(sys.argv[1]) if n.endswith(".json")}
m = {k: {name: v["value"] for name, v in r["metrics"].items()} for k, r in d.items()}
conversions = ["ledger", "on_ramp", "off_ramp", "both_ramps"]
everything = ["raft", "on_ramp", "off_ramp", "both_ramps"]
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
    "keys of a ledger that is not there change nothing": d["unused"]["digest"] == d["off"]["digest"],
    "corridors of all kinds go over it": all(
        0 < m["kinds." + c]["dlt.payments"] < 1000 for c in conversions),
    "on a Saturday too, without waiting for Monday": all(
        m["saturday." + c]["dlt.payments"] > 500 and m["saturday." + c]["all.waited"] == 0 and
        m["saturday." + c]["all.time_p50"] < m["saturday.off"]["all.time_p50"] / 2
        for c in conversions),
    "parts of the cost are the whole cost": all(
        abs(sum(v for n, v in m[k].items() if n.startswith("dlt.cost_")) - m[k]["all.cost"]) < 1e-6
        for k in everything),
    "the ledger converts, or a ramp does": [
        [m[k]["dlt.cost_" + part] > 0 for part in ("dealer", "off_ramp", "held")]
        for k in everything] == [[True, False, False], [False, False, False],
                                 [False, True, True], [False, True, True]],
    "the payments are the same": len({m[k]["dlt.payments"] for k in everything}) == 1,
    "one currency, or all": [m[k]["dlt.currencies"] for k in everything + ["euro"]] ==
        [m["raft"]["dlt.currencies"]] * 3 + [1, 1],
    "a balance in each currency that is paid in, one in the home currency, or one in all":
        m["on_ramp"]["dlt.balances"] > 2 * m["raft"]["dlt.balances"] ==
        2 * m["both_ramps"]["dlt.balances"] < m["off_ramp"]["dlt.balances"],
    "foreign money there and with whom": m["raft"]["dlt.foreign_amount"] == 0 <
        m["off_ramp"]["dlt.foreign_amount"] < m["on_ramp"]["dlt.foreign_amount"],
    "what came in is taken back": m["on_ramp"]["dlt.redemptions"] == 0 <
        m["both_ramps"]["dlt.redemptions"] < m["off_ramp"]["dlt.redemptions"],
    "money in one currency pools": m["both_ramps"]["dlt.loans"] < m["on_ramp"]["dlt.loans"],
    "little money ready, more loans": m["poor"]["dlt.loans"] > m["raft"]["dlt.loans"],
}
bad, fine = m["bad"], m["fine"]
checks.update({
    "faults: every payment completes all the same": bad["all.completed"] == fine["all.completed"],
    "faults: nothing is left under way": bad["all.pending"] == 0,
    "faults: the slowest payments are slower":
        bad["dlt.finality_p99"] > 10 * fine["dlt.finality_p99"],
    "faults: most payments are not": bad["dlt.finality_p50"] < 2 * fine["dlt.finality_p50"],
    "faults: leaders were replaced": bad["dlt.view_changes"] > fine["dlt.view_changes"] == 0,
    "faults: no decision while no side has a quorum": 1000 < bad["dlt.longest_quiet"] < 1300,
    "faults: no such time without them": fine["dlt.longest_quiet"] < 5,
    "faults: counted":
        bad["dlt.faults"] == 5 and bad["dlt.down"] == 3600 and fine["dlt.faults"] == 0,
    "another seed draws other faults":
        m["chaos.pbft"]["dlt.down"] != m["chaos.other"]["dlt.down"],
    "parameters are the protocol's": d["slow"]["digest"] != d["quick"]["digest"],
})
for name in m:
    if name.startswith("chaos."):
        checks[name + ": everything completes"] = \
            m[name]["all.pending"] == 0 and m[name]["all.completed"] > 500
        checks[name + ": something went wrong"] = m[name]["dlt.faults"] > 3
    if name.endswith(".real"):
        checks[name + ": the digest of modelled signatures"] = \
            d[name]["digest"] == d[name[:-5] + ".modelled"]["digest"]
    if name + ".2" in m:
        checks[name + ": two threads, the same digest"] = \
            d[name]["digest"] == d[name + ".2"]["digest"]
bad = [name for name, holds in checks.items() if not holds]
for name in bad:
    print("FAILED:", name)
sys.exit(bool(bad))
PYTHON

# A validator with another state than the others is found out by name.
expect 1 "$herstatt" run scenarios/small.yaml --no-output --set rails.dlt.protocol=pbft \
    --set workload.payments=600 \
    --set 'rails.dlt.faults=[{kind: bit_flip, validators: [2], from: 9h}]'
says out '! consensus: state'

expect 2 "$herstatt" run scenarios/small.yaml --no-output --set rails.dlt.protocol=rafft
says err 'rails.dlt.protocol: expected one of none,'
says err 'did you mean raft?'
expect 2 "$herstatt" run scenarios/small.yaml --no-output --set rails.dlt.protocol=raft \
    --set 'rails.dlt.corridors=[US-MX, AQ-US]'
says err 'rails.dlt.corridors[1]: no corridor from AQ to US in the tables'
expect 2 "$herstatt" run scenarios/small.yaml --no-output --set rails.dlt.conversion=onramp
says err 'rails.dlt.conversion: expected one of ledger, on_ramp, off_ramp, both_ramps'
expect 2 "$herstatt" run scenarios/small.yaml --no-output --set rails.dlt.protocol=raft \
    --set rails.dlt.currency=USX
says err 'rails.dlt.currency: no currency USX in the tables'
expect 2 "$herstatt" run scenarios/small.yaml --no-output --set rails.dlt.protocol=raft \
    --set 'rails.dlt.corridors=[]'
says err 'rails.dlt.corridors: expected at least one corridor, or all'
expect 2 "$herstatt" run scenarios/small.yaml --no-output --set rails.dlt.protocol=pbft \
    --set rails.dlt.parameters.view_timeout=2s
says err "rails.dlt.parameters.view_timeout: pbft has no parameter 'view_timeout'"
says err "did you mean 'view_timeout_ns'?"
expect 2 "$herstatt" run scenarios/small.yaml --no-output --set rails.dlt.protocol=pbft \
    --set rails.dlt.parameters.view_timeout_ns=2y
says err 'rails.dlt.parameters.view_timeout_ns: expected a duration in ['
finish
