#!/usr/bin/env bash
# What can be forecast of exchange rates, as its users meet it.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh

# 600 returns whose variance swings: a calm hundred, a wild hundred.
awk 'BEGIN { x = 12345; print "return"
    for (i = 0; i < 600; i++) { s = 0
        for (k = 0; k < 12; k++) { x = (x * 1103515245 + 12345) % 2147483648; s += x / 2147483648 }
        printf "%.6f\n", (s - 6) * (int(i / 100) % 2 ? 2 : 0.5) } }' > "$work/mine.csv"
expect 0 "$herstatt" forecast --series "$work/mine.csv"
says out "mine.csv: 600 returns in per cent"
says out "the last 300 forecast one step ahead; fits: every 250"
says out "random walk"
says out "log-likelihood"
says out "adaptive conformal"
holds "lines fit 80 columns" awk 'length > 80 { print; exit 1 }' "$work/out"
cp "$work/out" "$work/once"
expect 0 "$herstatt" forecast --series "$work/mine.csv"
holds "equal files, equal forecasts" cmp "$work/once" "$work/out"
expect 0 "$herstatt" forecast --series "$work/mine.csv" --refit 0 --json
says out '"clark_west"'
says out '"standard_errors"'

expect 0 "$herstatt" forecast --control random-walk --seeds 2 --returns 1200
says out "the control holds"
holds "lines fit 80 columns" awk 'length > 80 { print; exit 1 }' "$work/out"
expect 0 "$herstatt" forecast --control planted
says out "the control holds"
holds "lines fit 80 columns" awk 'length > 80 { print; exit 1 }' "$work/out"
expect 0 "$herstatt" forecast --control spread --seeds 10
says out "the control holds"
holds "lines fit 80 columns" awk 'length > 80 { print; exit 1 }' "$work/out"
expect 0 "$herstatt" forecast --control spread --seeds 10 --json
says out '"reversion, wandering"'
# Too short to find what is there: the answer is no.
expect 1 "$herstatt" forecast --control planted --seeds 3 --returns 600
says out "the control does NOT hold"
expect 1 "$herstatt" forecast --control planted --seeds 3 --returns 600 --json
says out '"holds": false'

# A folder with two currencies, one of them too short to be forecast.
{
    echo "date,AAA,BBB"
    awk 'NR > 1 { y = 2000 + int(i / 336); d = i % 336; rate *= exp($1 / 100)
        printf "%d-%02d-%02d,%.8f,%s\n", y, 1 + int(d / 28), 1 + d % 28, rate, (i < 40 ? "2" : ""); i++ }
        BEGIN { rate = 1 }' "$work/mine.csv"
} > "$work/fx_daily.csv"
expect 0 "$herstatt" forecast "$work"
says out "AAA "
says out "Against the driftless random walk: 0 of 2 mean forecasts better"
holds "lines fit 80 columns" awk 'length > 80 { print; exit 1 }' "$work/out"

printf 'return\n0.5\nhalf\n' > "$work/bad.csv"
expect 2 "$herstatt" forecast --series "$work/bad.csv"
says err "bad.csv:3:1:"
says err 'got "half"'
printf 'close\n1\n' > "$work/bad.csv"
expect 2 "$herstatt" forecast --series "$work/bad.csv"
says err "expected a header \"return\", \"rate\""
head -n 100 "$work/mine.csv" > "$work/bad.csv"
expect 2 "$herstatt" forecast --series "$work/bad.csv"
says err "expected at least 500 returns, got 99"
awk 'BEGIN { print "rate"; for (i = 0; i < 700; i++) print 7 }' > "$work/bad.csv"
expect 2 "$herstatt" forecast --series "$work/bad.csv"
says err "expected returns that vary"
expect 2 "$herstatt" forecast --control brownian
says err "expected random-walk, planted or spread"
expect 2 "$herstatt" forecast --control planted --seeds 1
expect 2 "$herstatt" forecast --series "$work/absent.csv"
finish
