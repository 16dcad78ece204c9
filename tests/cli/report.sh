#!/usr/bin/env bash
# herstatt report: a whole file or none; in a browser, pictures are drawn, figures are the file's,
# and phone width, dark, print and keyboard work.
#
#   report.sh HERSTATT [PYTHON]
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh
python=${2:-python3}

expect 0 "$herstatt" run scenarios/small.yaml -o "$work/small.h5"
expect 0 "$herstatt" run scenarios/small.yaml --set routing.router=static_table \
    --set 'corridors=[{from: US, to: IN, closed: true}]' -o "$work/other.h5"
expect 0 "$herstatt" report "$work/small.h5" -o "$work/run.html"
says out "$work/run.html"
if grep -q npm "$work/err"; then
    echo "skipped: built without npm"
    exit 77
fi
expect 0 "$herstatt" report "$work/small.h5" "$work/other.h5" -o "$work/runs.html"
cp -r scenarios "$work/"
sed 's/^replications: 20/replications: 3/' \
    "$work/scenarios/experiments/routers-x-liquidity.yaml" >"$work/scenarios/experiments/short.yaml"
expect 0 "$herstatt" sweep "$work/scenarios/experiments/short.yaml" -o "$work/sweep.h5"
expect 0 "$herstatt" report "$work/sweep.h5" -o "$work/sweep.html"
cat >"$work/scenarios/experiments/fails.yaml" <<'YAML'
experiment: 1
base: ../small.yaml
replications: 2
metrics: [all.cost]
factors:
  - name: corridors
    settings:
      - {name: all, set: {workload.payments: 60}}
      - {name: less, set: {workload.payments: 50}}
      - {name: wrong, set: {corridors: "[{from: DE, to: ZZ, closed: true}]"}}
YAML
expect 0 "$herstatt" consensus --seconds 20 --faults none --faults partition --load 100 --load 1000 \
    -o "$work/consensus.h5"
expect 0 "$herstatt" report "$work/consensus.h5" -o "$work/consensus.html"
for protocol in raft pbft; do
    expect 0 "$herstatt" run scenarios/small.yaml --set "rails.dlt.protocol=$protocol" \
        --set 'rails.dlt.corridors=[all]' -o "$work/$protocol.h5"
done
expect 0 "$herstatt" report "$work/pbft.h5" -o "$work/day.html"
expect 0 "$herstatt" report "$work/raft.h5" "$work/pbft.h5" -o "$work/days.html"
cat >"$work/scenarios/experiments/ledgers.yaml" <<'YAML'
experiment: 1
base: ../small.yaml
replications: 2
set: {rails.dlt.corridors: "[all]"}
metrics: [dlt.finality_p50, dlt.finality_p99, dlt.messages, dlt.cpu]
factors:
  - {key: rails.dlt.protocol, levels: [rtgs, pbft, xrpl]}
YAML
expect 0 "$herstatt" sweep "$work/scenarios/experiments/ledgers.yaml" -o "$work/ledgers.h5"
expect 0 "$herstatt" report "$work/ledgers.h5" -o "$work/ledgers.html"
expect 2 "$herstatt" report "$work/small.h5" "$work/consensus.h5" -o "$work/none.html"
says err "a report of its own"
expect 1 "$herstatt" sweep "$work/scenarios/experiments/fails.yaml" -o "$work/fails.h5"
expect 0 "$herstatt" report "$work/fails.h5" -o "$work/fails.html"
holds "a report of moderate size" test "$(stat -c %s "$work/run.html")" -lt 2000000

# Damaged, truncated, partial, foreign, newer, absent: words, exit 3, nothing left.
refused() {
    expect 3 "$herstatt" report "$1" -o "$work/bad.html"
    says err "$2"
    expect 3 "$herstatt" report "$work/small.h5" "$1" -o "$work/bad.html"
    says err "$2"
    holds "no file after $1" test -z "$(find "$work" -name 'bad.html*')"
}
cp "$work/small.h5" "$work/damaged.h5"
printf 'x' | dd of="$work/damaged.h5" bs=1 seek=100000 conv=notrunc status=none
refused "$work/damaged.h5" "damaged"
head -c 100000 "$work/small.h5" >"$work/cut.h5"
refused "$work/cut.h5" "truncated"
echo hello >"$work/foreign.h5"
refused "$work/foreign.h5" "not a result of herstatt"
refused "$work/absent.h5" "No such file"
kill_a_run "$work/killed.h5"
refused "$work/killed.h5.partial" "partial: the run that wrote it did not finish"
seal=$(sed -n 's/^SEAL_SIZE = //p' analysis/herstatt_results.py)
head -n 7 "$work/small.h5" | sed 's/^schema 1$/schema 9/' >"$work/lines"
{
    cat "$work/lines"
    printf 'check %.32s\n' "$(b2sum -l 256 <"$work/lines")"
} >"$work/block"
printf "%-$((seal - 1 - $(stat -c %s "$work/block")))s\n" "" >>"$work/block"
{ cat "$work/block"; tail -c +$((seal + 1)) "$work/small.h5"; } >"$work/newer.h5"
refused "$work/newer.h5" "written by a newer herstatt: schema 9"
expect 2 "$herstatt" report "$work/small.h5" "$work/sweep.h5" -o "$work/bad.html"
says err "a sweep has a report of its own"
expect 2 "$herstatt" report "$work/small.h5" -o "$work/other.h5"
says err "is a result"
expect 3 "$herstatt" report "$work/small.h5" -o "$work/none/r.html"

if ! command -v chromium >/dev/null || ! "$python" -c 'import h5py' 2>/dev/null; then
    echo "no chromium or h5py: pictures are not looked at"
    [ "$failures" -eq 0 ] || finish
    exit 77
fi

# browse NAME WIDTH [SCRIPT]: the page after SCRIPT ran in it; no word on the console.
browse() {
    local page="$work/$1.html"
    if [ $# -gt 2 ]; then
        sed "s|</body></html>|<script src='$3'></script></body></html>|" "$page" >"$work/probe.html"
        page="$work/probe.html"
    fi
    timeout 120 chromium --headless --no-sandbox --disable-gpu --user-data-dir="$work/profile" \
        --window-size="$2",900 --enable-logging=stderr --dump-dom "file://$page" \
        >"$work/$1.dom" 2>"$work/log"
    holds "no console errors in $1" test "$(grep -c CONSOLE "$work/log")" -eq 0
}
browse run 1200
browse runs 1200
browse sweep 1200
browse fails 1200
for name in consensus day days ledgers; do
    browse "$name" 1200
    holds "a consensus page in $name" grep -q "<h2>Consensus</h2>" "$work/$name.dom"
done
for words in "PARTIAL: 2 of 6 trials failed" "no corridor from DE to ZZ" "herstatt run .*small.yaml --seed"; do
    holds "the report on a sweep with failed trials says $words" grep -q "$words" "$work/fails.dom"
done
expect 0 "$python" tests/cli/report_figures.py "$work"

# Without the library the page says what is missing and shows tables.
"$python" - "$work" <<'PY'
import re, sys
html = open(sys.argv[1] + '/run.html').read()
parts = html.split('<script>\n')
assert 'Apache ECharts' in parts[1]
parts[1] = '</script>\n'
open(sys.argv[1] + '/tables.html', 'w').write('<script>\n'.join(parts))
PY
browse tables 1200
holds "what is missing is said" grep -q "Pictures are missing: this herstatt was built without npm" "$work/tables.dom"
holds "and no picture is left empty" test "$(grep -c 'class="chart"' "$work/tables.dom")" -eq 0

# What a hand and an eye would find; the script leaves its findings in the page.
browse run 390 "$PWD/tests/cli/report_probe.js"
sed -n 's/.*<pre id="probe">\(.*\)/\1/p' "$work/run.dom" >"$work/probe"
holds "the probe ran to its end: $(cat "$work/probe")" grep -q '^ok' "$work/probe"
finish
