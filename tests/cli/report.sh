#!/bin/bash
# herstatt report: a whole file or none; in a browser, pictures are drawn and figures are the file's.
set -euo pipefail
herstatt=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
    echo "FAILED: $*" >&2
    exit 1
}
"$herstatt" run scenarios/small.yaml --output "$work/small.h5" >/dev/null
status=0
"$herstatt" report "$work/small.h5" --output "$work/r.html" 2>"$work/err" || status=$?
if [ "$status" -eq 3 ] && grep -q npm "$work/err"; then
    [ ! -e "$work/r.html" ] || fail "a file without a chart library"
    echo "skipped: built without npm"
    exit 77
fi
[ "$status" -eq 0 ] || fail "exit $status: $(cat "$work/err")"
[ "$(stat -c %s "$work/r.html")" -lt 2000000 ] || fail "report too large"

head -c 100000 "$work/small.h5" >"$work/cut.h5"
echo hello >"$work/foreign.h5"
for bad in cut foreign absent; do
    status=0
    "$herstatt" report "$work/$bad.h5" --output "$work/bad.html" 2>"$work/err" || status=$?
    [ "$status" -eq 3 ] || fail "$bad: exit $status"
    [ -s "$work/err" ] || fail "$bad: no words"
    [ -z "$(find "$work" -name 'bad.html*')" ] || fail "$bad: left a file"
done

if ! command -v chromium >/dev/null; then
    echo "skipped: no chromium"
    exit 77
fi
timeout 120 chromium --headless --no-sandbox --disable-gpu --user-data-dir="$work/profile" \
    --enable-logging=stderr --dump-dom "file://$work/r.html" >"$work/dom" 2>"$work/log"
! grep CONSOLE "$work/log" || fail "console errors"
/usr/bin/python3 - "$work/small.h5" "$work/dom" <<'PY'
import re, sys
try:
    import h5py
except ImportError:
    print("skipped: no h5py"); sys.exit(77)
dom = open(sys.argv[2]).read()
body = dom[dom.index('<main'):]
assert body.count('<svg') == body.count('class="chart"') >= 8, body.count('<svg')
shown = {float(v) for v in re.findall(r'data-value="([^"]*)"', body)}
near = lambda v: any(abs(v - s) <= 1e-12 * max(1, abs(v)) for s in shown)
f = h5py.File(sys.argv[1])
targets = f['targets'][:]
assert len(targets) > 0
for t in targets:
    assert near(t['measured']) and near(t['published']), t
metrics = {m['name'].decode(): m['value'] for m in f['summary'][:]}
for name in ('remittance.fee', 'retail.fx_margin', 'wholesale.liquidity'):
    assert near(metrics[name]), name
assert '%d payments were sent' % metrics['all.submitted'] in body
top = sorted(f['corridors']['amount_micro_usd'])[-1]
assert near(top * 1e-6), top
PY
