#!/usr/bin/env bash
# Bad input: a clear message, the documented exit, nothing left behind.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh

expect 2 "$herstatt"
expect 2 "$herstatt" fly
says err 'no command "fly"'
expect 2 "$herstatt" run
says err "expected SCENARIO, got 0 arguments"
expect 2 "$herstatt" run a b
expect 2 "$herstatt" run scenarios/small.yaml --threads many
says err '--threads: expected a whole number in [0, 256], got "many"'
expect 2 "$herstatt" run scenarios/small.yaml --no-such-option
expect 2 "$herstatt" bench no-such-case
# A letter means the same wherever the option is; elsewhere it is refused.
expect 2 "$herstatt" verify -o x
expect 2 "$herstatt" run scenarios/small.yaml -o
expect 0 "$herstatt" run scenarios/small.yaml --set workload.payments=100 -o "$work/short.h5"
holds "-o is --output" test -s "$work/short.h5"
expect 0 "$herstatt" --version
expect 0 "$herstatt" --help
for command in run verify inspect scenarios bench calibrate help; do
    expect 0 "$herstatt" "$command" --help
    says out "usage: herstatt $command"
    expect 0 "$herstatt" "$command" -h
done

expect 2 "$herstatt" run "$work/none.yaml"
expect 2 "$herstatt" run scenarios/small.yaml --no-output --set workload.paymnts=5
says err "did you mean 'payments'"
expect 2 "$herstatt" run scenarios/small.yaml --no-output --seed=-1
expect 2 "$herstatt" run scenarios/small.yaml --output "$work/x.h5" --set banks.scale=cheap
says err "banks.scale"
holds "no file from a run that could not start" test ! -e "$work/x.h5" -a ! -e "$work/x.h5.partial"
expect 2 "$herstatt" run scenarios/small.yaml --no-output --set 'corridors=[{from: KI, to: KE, weight: 2}]'
says err "no corridor from KI to KE"

# Tables are checked like scenarios.
mkdir -p "$work/s"
cp -r scenarios/data "$work/s/data"
cp -r scenarios/fragments scenarios/small.yaml scenarios/default.yaml "$work/s/"
expect 0 "$herstatt" run "$work/s/small.yaml" --no-output --set workload.payments=100
sed -i 's/^EUR-T2,EUR,/EUR-T2,EUX,/' "$work/s/data/rtgs.csv"
expect 2 "$herstatt" run "$work/s/small.yaml" --no-output
says err 'rtgs.csv:'
says err 'got "EUX"'

# A full disk leaves nothing that looks whole.
if [ -w /dev/full ]; then
    expect 3 bash -c "'$herstatt' scenarios --reference >/dev/full"
fi
( ulimit -f 200; expect 3 "$herstatt" run scenarios/small.yaml --output "$work/full.h5"; exit "$failures" )
holds "a run on a full disk exits with 3" test $? -eq 0
holds "and leaves no result" test ! -e "$work/full.h5"
finish
