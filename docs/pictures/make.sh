#!/usr/bin/env bash
# Make the pictures of this folder again; needs a herstatt built with npm, and Chromium.
#
#   docs/pictures/make.sh build/release/sim/cli/herstatt
set -eu
herstatt=$(realpath "${1:?usage: docs/pictures/make.sh HERSTATT}")
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# shot REPORT PAGE NAME WIDTH HEIGHT: one page of a report.
shot() {
    sed "s|</head>|<style>main>section:not(#page$2){display:none}h1{display:none}</style></head>|" \
        "$work/$1.html" >"$work/page.html"
    chromium --headless --no-sandbox --disable-gpu --hide-scrollbars \
        --run-all-compositor-stages-before-draw --virtual-time-budget=3000 --window-size="$4,$5" \
        --user-data-dir="$work/profile" --screenshot="$PWD/docs/pictures/$3.png" \
        "file://$work/page.html" 2>/dev/null
}
"$herstatt" run scenarios/default.yaml --output "$work/default.h5" >/dev/null
"$herstatt" report "$work/default.h5" --output "$work/run.html"
"$herstatt" run scenarios/default.yaml --set routing.router=static_table \
    --output "$work/static_table.h5" >/dev/null
"$herstatt" report "$work/default.h5" "$work/static_table.h5" --output "$work/runs.html"
"$herstatt" sweep scenarios/experiments/routers-x-liquidity.yaml --output "$work/sweep.h5" >/dev/null
"$herstatt" report "$work/sweep.h5" --output "$work/sweep.html"
shot run 0 report-overview 1100 880
shot run 0 report-overview-phone 390 1000
shot run 2 report-corridors 1100 820
shot run 4 report-liquidity 1100 780
shot runs 0 report-comparison 1100 1000
shot sweep 0 report-sweep 1100 960
"$herstatt" consensus --faults all --output "$work/consensus.h5" >/dev/null
"$herstatt" report "$work/consensus.h5" --output "$work/consensus.html"
shot consensus 0 report-consensus 1100 1330
shot consensus 1 report-faults 1100 1240
