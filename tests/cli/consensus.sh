#!/usr/bin/env bash
# Protocols side by side, storms, and the table of costs, as their users meet them.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh

expect 0 "$herstatt" consensus rtgs raft --seconds 5 --replicas 3 --replicas 5 --faults none \
    --faults leader
says out "finality, s"
[ "$(grep -c '^r' "$work/out")" -eq 8 ] || {
    echo "FAILED: not two protocols in four settings"
    failures=$((failures + 1))
}
cp "$work/out" "$work/first"
expect 0 "$herstatt" consensus rtgs raft --seconds 5 --replicas 3 --replicas 5 --faults none \
    --faults leader
holds "the same seed gives the same table" cmp "$work/first" "$work/out"
expect 0 "$herstatt" consensus pbft --seconds 5 --json
says out '"finality_p50_seconds"'
says out '"violated": null'
if /usr/bin/python3 -c 'import matplotlib' 2>/dev/null; then
    cp "$work/out" "$work/load.json"
    expect 0 /usr/bin/python3 analysis/consensus_load.py "$work/load.json" "$work/load.png"
    holds "the load curve is a picture" test -s "$work/load.png"
fi
expect 0 "$herstatt" consensus pbft --seconds 2 --load 20 --real-crypto
expect 0 "$herstatt" consensus --list
says out "hotstuff"
expect 2 "$herstatt" consensus pfbt
says err "no protocol is called \"pfbt\""
expect 2 "$herstatt" consensus --faults meteor
says err 'got "meteor"'
expect 2 "$herstatt" consensus --replicas zero
expect 2 "$herstatt" consensus --costs "$work/none.csv"
printf 'item,ns\nverify,5\nverifi,3\n' >"$work/bad.csv"
expect 2 "$herstatt" consensus --costs "$work/bad.csv"
says err "bad.csv:3:1"

# A storm within what is tolerated ends well; a trusted operator has nobody to fail it.
expect 0 "$herstatt" bench --chaos 60 --storms 2 pbft raft hotstuff
says out "unsafe"
cp "$work/out" "$work/first"
expect 0 "$herstatt" bench --chaos 60 --storms 2 --json pbft
says out '"unsafe": 0'
expect 2 "$herstatt" bench --chaos 0
expect 2 "$herstatt" bench --chaos 5 paxos
says err "there are:"
finish
