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
    curves() { /usr/bin/python3 analysis/consensus_load.py "$@"; }
    expect 0 curves measure "$herstatt" "$work/load.csv" --protocol pbft --replicas 4 --seconds 2
    holds "what is carried is noted" grep -q '^pbft,4,10000,,200,' "$work/load.csv"
    holds "faster processors carry more" grep -q '^pbft,4,10000,cpu,' "$work/load.csv"
    expect 0 curves table "$work/load.csv"
    says out "| 10,000 | pbft | 4 |"
    expect 0 curves draw "$work/load.csv" "$work/load.png"
    holds "the load curve is a picture" test -s "$work/load.png"
fi
# Signatures made and checked, or charged for: the same lines, for every protocol.
expect 0 "$herstatt" consensus --replicas 4 --seconds 2 --load 100 --json
cp "$work/out" "$work/modelled"
expect 0 "$herstatt" consensus --replicas 4 --seconds 2 --load 100 --json --real-crypto
holds "real and modelled crypto give the same figures" cmp "$work/modelled" "$work/out"
# A wider card, faster processors or larger bodies carry more; parameters are checked.
expect 0 "$herstatt" consensus raft --seconds 5 --load 2000 --replicas 16 --bandwidth 100
cp "$work/out" "$work/narrow"
expect 0 "$herstatt" consensus raft --seconds 5 --load 2000 --replicas 16 --bandwidth 1000
holds "a wider card carries more" bash -c '! cmp -s "$1" "$2"' - "$work/narrow" "$work/out"
expect 0 "$herstatt" consensus hotstuff --seconds 2 --threads 1 --body 64 \
    --parameter timeout_ns=5000000000
expect 2 "$herstatt" consensus raft --parameter window=0
says err "expected 1 to 65536"
expect 2 "$herstatt" consensus raft --parameter windows=3
says err 'no protocol that is run has "windows"'
expect 2 "$herstatt" consensus raft --parameter window
says err "expected NAME=N"
expect 2 "$herstatt" consensus --bandwidth 0
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
