#!/usr/bin/env bash
# Routers on networks of channels, as their users meet them.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh

cat >"$work/table.csv" <<'CSV'
src,dst,lower,upper
0,1,0,100
1,2,-50,100
2,3,0,100
3,0,0,100
0,2,-10,30
CSV
cat >"$work/small.yaml" <<'YAML'
channels: 1
title: A small one
network: credit
table: table.csv
priors: [halves, as_given]
scales: [1, 2]
routers: [R1, flash, M3]
seeds: 2
payments: 50
amount_median: 5
amount_p90: 20
YAML
small=("$work/small.yaml")
expect 0 "$herstatt" lineup "${small[@]}" --threads 1
says out "credit: 4 nodes, 5 channels; 2 seeds of 50 payments, up to 4 attempts; digest"
says out "as_given balances, capacities x 2: O3 leaves"
says out "R9   flash"
says out "Rank by value delivered, capacities x 1"
grep -o 'digest [0-9a-f]*' "$work/out" > "$work/one"
expect 0 "$herstatt" lineup "${small[@]}" --threads 3
grep -o 'digest [0-9a-f]*' "$work/out" > "$work/three"
holds "results do not depend on threads" cmp "$work/one" "$work/three"
expect 0 "$herstatt" lineup "${small[@]}" --json --payments 20
says out '"value_of_bound"'
expect 2 "$herstatt" lineup "${small[@]}" -o "$work/l.h5"
says err "no result files of line-ups on channels yet"
for file in lightning credit credit-published; do
    expect 0 "$herstatt" lineup "scenarios/routing/$file.yaml" --seeds 2 --payments 20
    says out "Rank by value delivered"
done
wrong() {
    sed "$1" "$work/small.yaml" > "$work/mine.yaml"
    expect 2 "$herstatt" lineup "$work/mine.yaml"
    says err "$2"
}
wrong 's/halves/halve/' "mine.yaml:5:10: priors[0]: expected a prior of balances"
says err "did you mean 'halves'?"
wrong 's/M3/O1/' "routers[2]: expected a router without foresight"
wrong 's/\[1, 2\]/[0]/' "mine.yaml:6:10: scales[0]: expected"
wrong 's/seeds/seed/' "unknown key 'seed', did you mean 'seeds'?"
wrong 's/amount_p90: 20/amount_p90: 2/' "amount_p90: expected at least amount_median"
wrong 's/network: credit/network: debit/' "network: expected"
wrong 's/table.csv/absent.csv/' "absent.csv"
wrong 's/network: credit/network: lightning/' "balances of Lightning are private"
printf 'src,dst,lower,upper\n0,1,0,x\n' > "$work/table.csv"
expect 2 "$herstatt" lineup "${small[@]}"
says err "table.csv:2:"
expect 0 "$herstatt" scenarios --lineups
says out "| \`amount_p90\` |"
expect 0 "$herstatt" scenarios
says out "Routers on Ripple's credit network"
finish
