#!/usr/bin/env bash
# What work costs here, measured and charged.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh

expect 0 "$herstatt" bench --calibrate "$work/costs.csv"
says out "crypto.verify"
expect 0 "$herstatt" consensus rtgs --seconds 2 --costs "$work/costs.csv"
expect 3 "$herstatt" bench --calibrate "$work/no/such/folder.csv"
finish
