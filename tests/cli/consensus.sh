#!/usr/bin/env bash
# Protocols side by side, storms, and the table of costs, as their users meet them.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh

expect 0 "$herstatt" consensus rtgs raft --seconds 5 --replicas 3 --replicas 5 --faults none \
    --faults leader
says out "finality, s"
# Eight rows, and the four with faults again in a table of what the faults did.
[ "$(grep -c '^r' "$work/out")" -eq 12 ] || {
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
    curves=(/usr/bin/python3 analysis/consensus_load.py)
    expect 0 "${curves[@]}" measure "$herstatt" "$work/load.csv" --protocol pbft --replicas 4 --seconds 2
    holds "what is carried is noted" grep -q '^pbft,4,10000,,200,' "$work/load.csv"
    holds "faster processors carry more" grep -q '^pbft,4,10000,cpu,' "$work/load.csv"
    expect 0 "${curves[@]}" table "$work/load.csv"
    says out "| 10,000 | pbft | 4 |"
    expect 0 "${curves[@]}" draw "$work/load.csv" "$work/load.png"
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
# shellcheck disable=SC2317 # called by holds
differs() { ! cmp -s "$1" "$2"; }
holds "a wider card carries more" differs "$work/narrow" "$work/out"
expect 0 "$herstatt" consensus hotstuff --seconds 2 --threads 1 --body 64 \
    --parameter timeout_ns=5000000000
expect 2 "$herstatt" consensus raft --parameter window=0
says err "expected 1 to 65536"
expect 2 "$herstatt" consensus raft --parameter windows=3
says err 'no protocol that is run has "windows"'
expect 2 "$herstatt" consensus raft --parameter window
says err "expected NAME=N"
expect 2 "$herstatt" consensus --bandwidth 0
expect 0 "$herstatt" consensus pbft --seconds 2 --load 20 --real-crypto

# A result: told as the table, verified, inspected, compared, and never in place of another file.
expect 0 "$herstatt" consensus rtgs pbft --seconds 5 --faults none --faults partition -o "$work/c.h5"
says out "Result: $work/c.h5"
grep -v '^Result' "$work/out" >"$work/with"
expect 0 "$herstatt" consensus rtgs pbft --seconds 5 --faults none --faults partition
holds "a result changes nothing" cmp "$work/with" "$work/out"
expect 0 "$herstatt" verify "$work/c.h5"
says out "4 studies or worlds run again"
expect 0 "$herstatt" verify --json "$work/c.h5"
says out '"studies": 4'
expect 0 "$herstatt" inspect "$work/c.h5"
says out "pbft.7.100.partition.recover"
holds "studies are rows" grep -q "/consensus/studies  *4 rows" "$work/out"
says out "/network/links"
again=$(sed -n 's/^  command *//p' "$work/out")
holds "inspect shows the command: $again" test -n "$again"
expect 0 "$herstatt" consensus rtgs pbft --seconds 5 --faults none --faults partition -o "$work/d.h5" --json
says out '"finality_p50_seconds"'
expect 0 "$herstatt" compare "$work/c.h5" "$work/d.h5"
expect 0 "$herstatt" consensus rtgs pbft --seconds 5 --faults none --faults partition --seed 2 \
    -o "$work/d.h5"
expect 1 "$herstatt" compare "$work/c.h5" "$work/d.h5"
says out "pbft.7.100.none.finality_p50"
cp scenarios/data/costs.csv "$work/mine.csv"
expect 0 "$herstatt" consensus rtgs --seconds 5 --costs "$work/mine.csv" -o "$work/d.h5"
rm "$work/mine.csv"
expect 0 "$herstatt" verify "$work/d.h5"
expect 0 "$herstatt" consensus raft hotstuff --seconds 3 --parameter window=50 --bandwidth 200 \
    --body 64 --threads 1 -o "$work/d.h5"
expect 0 "$herstatt" verify "$work/d.h5"
echo precious >"$work/notes.txt"
expect 3 "$herstatt" consensus rtgs --seconds 1 -o "$work/notes.txt"
says err "is not a result of herstatt"
holds "what is not ours stays" grep -q precious "$work/notes.txt"
expect 3 "$herstatt" consensus rtgs --seconds 1 -o "$work/none/c.h5"
printf 'x' | dd of="$work/c.h5" bs=1 seek=40000 conv=notrunc status=none
expect 1 "$herstatt" verify "$work/c.h5"

# A payment day over a ledger has its validators in its result; a sweep may ask for their figures.
expect 0 "$herstatt" run scenarios/small.yaml --set rails.dlt.protocol=pbft \
    --set 'rails.dlt.corridors=[all]' --set workload.payments=300 -o "$work/day.h5"
expect 0 "$herstatt" inspect "$work/day.h5"
holds "a day is one study" grep -q "/consensus/studies  *1 rows" "$work/out"
holds "of seven nodes" grep -q "/network/nodes  *7 rows" "$work/out"
says out "dlt.throughput"
expect 0 "$herstatt" verify "$work/day.h5"
expect 0 "$herstatt" run scenarios/small.yaml --set workload.payments=50 -o "$work/plain.h5"
expect 0 "$herstatt" inspect "$work/plain.h5"
holds "a day without a ledger has no such tables" test "$(grep -c '/consensus/' "$work/out")" -eq 0
cp -r scenarios "$work/"
sed 's/^replications: 3/replications: 1/; s|^base: .*|base: ../small.yaml|' \
    scenarios/experiments/consensus-day.yaml >"$work/scenarios/experiments/day.yaml"
expect 0 "$herstatt" sweep "$work/scenarios/experiments/day.yaml" -o "$work/sweep.h5"
says out "finality_p50"
says out "dlt.messages"
says out "gasper"

expect 0 "$herstatt" consensus --list
says out "hotstuff"
expect 2 "$herstatt" consensus pfbt
says err "no protocol is called \"pfbt\""
expect 2 "$herstatt" consensus --faults meteor
says err 'got "meteor"'
expect 0 "$herstatt" consensus raft --seconds 5 --faults all
says out "Under faults"
holds "all five fault sets" test "$(grep -c "^raft" "$work/out")" -eq 9
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
# Beyond it two halves decide by themselves; the command printed last gives the same event again.
expect 1 "$herstatt" bench --chaos 60 --storms 8 --beyond 1 tendermint
says out "agreement broken"
says out "voted for both sides: replicas"
grep 'at event' "$work/out" >"$work/first"
read -ra again < <(sed -n 's/^  again: herstatt //p' "$work/out")
expect 1 "$herstatt" "${again[@]}"
grep 'at event' "$work/out" >"$work/second"
holds "the smallest storm can be repeated" cmp "$work/first" "$work/second"
expect 0 "$herstatt" bench --chaos 60 --storms 2 --beyond 1 --faults none tendermint
expect 2 "$herstatt" bench --chaos 60 --faults 0
says err "expected numbers from 1 to"
expect 2 "$herstatt" bench --chaos 0
expect 2 "$herstatt" bench --chaos 5 paxos
says err "there are:"
finish
