#!/usr/bin/env bash
# Damaged, partial, foreign and newer files: `compare` and the Python reader say what is wrong, name
# the file and exit 3; neither crashes, and neither takes one for a result. report.sh does the same
# for `report`.
#
#   compare_bad_files.sh HERSTATT [PYTHON]      without PYTHON, or its modules, compare alone
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh

reader=()
if [ $# -ge 2 ] && "$2" -c 'import h5py, pandas, matplotlib' 2>/dev/null; then
    reader=("$2" -B analysis/latency_by_segment.py -o "$work/never.png")
else
    echo "h5py, pandas or matplotlib missing: the Python reader is not tested"
fi

# refused FILE WORDS: by compare on either side, and by the Python reader.
refused() {
    expect 3 "$herstatt" compare "$1" "$work/good.h5"
    says err "$2"
    says err "$1"
    expect 3 "$herstatt" compare "$work/good.h5" "$1" --json
    says err "$2"
    holds "nothing on stdout for $1" test ! -s "$work/out"
    if [ ${#reader[@]} -gt 0 ]; then
        expect 3 "${reader[@]}" "$1"
        says err "${3:-$2}"
        says err "$1"
        holds "no traceback for $1" test "$(grep -c Traceback "$work/err")" -eq 0
    fi
}

# flip FILE AT: change one bit of a copy.
flip() {
    local byte
    cp "$work/good.h5" "$1"
    byte=$(od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' ')
    # shellcheck disable=SC2059
    printf "\\x$(printf %x $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

seal=$(sed -n 's/^SEAL_SIZE = //p' analysis/herstatt_results.py)
expect 0 "$herstatt" run scenarios/small.yaml --output "$work/good.h5"
expect 0 "$herstatt" compare "$work/good.h5" "$work/good.h5"
size=$(stat -c %s "$work/good.h5")

# Damaged: in the seal, in HDF5's own structures, in the middle, at the end, and longer than it was.
flip "$work/seal.h5" 60
refused "$work/seal.h5" "damaged"
flip "$work/front.h5" $((seal + 20))
refused "$work/front.h5" "damaged"
flip "$work/middle.h5" $((size / 2))
refused "$work/middle.h5" "damaged"
flip "$work/end.h5" $((size - 1))
refused "$work/end.h5" "damaged"
{ cat "$work/good.h5"; echo; } >"$work/longer.h5"
refused "$work/longer.h5" "1 bytes were added at its end"

# Cut short: by a byte, by half, within the seal.
head -c $((size - 1)) "$work/good.h5" >"$work/byte.h5"
refused "$work/byte.h5" "truncated"
head -c $((size / 2)) "$work/good.h5" >"$work/half.h5"
refused "$work/half.h5" "truncated"
head -c 100 "$work/good.h5" >"$work/head.h5"
refused "$work/head.h5" "truncated"

# Partial: what a run leaves that is killed.
kill_a_run "$work/killed.h5"
refused "$work/killed.h5.partial" "partial: the run that wrote it did not finish"

# Foreign: text, nothing, another program's HDF5, a folder, no file.
refused README.md "not a result of herstatt"
: >"$work/empty.h5"
refused "$work/empty.h5" "not a result of herstatt"
tail -c +$((seal + 1)) "$work/good.h5" >"$work/other.h5"
refused "$work/other.h5" "an HDF5 file, but not a result of herstatt"
refused "$work" "not a regular file" "Is a directory"
refused "$work/none.h5" "cannot be opened" "No such file"

# Newer: the seal of schema 9, right in itself.
head -n 7 "$work/good.h5" | sed 's/^schema 1$/schema 9/' >"$work/lines"
{
    cat "$work/lines"
    printf 'check %.32s\n' "$(b2sum -l 256 <"$work/lines")"
} >"$work/block"
printf "%-$((seal - 1 - $(stat -c %s "$work/block")))s\n" "" >>"$work/block"
{ cat "$work/block"; tail -c +$((seal + 1)) "$work/good.h5"; } >"$work/newer.h5"
refused "$work/newer.h5" "written by a newer herstatt: schema 9"

# Benchmark files: compare alone reads them.
bench_refused() {
    printf '%s' "$1" >"$work/bad.json"
    expect 3 "$herstatt" compare "$work/good.json" "$work/bad.json"
    says err "$2"
    says err "bad.json"
    expect 3 "$herstatt" compare "$work/bad.json" "$work/good.json"
    says err "$2"
}
one='{"name": "a", "unit": "x/s", "value": 1, "samples": [1, 2]}'
echo "{\"schema\": 1, \"benchmarks\": [$one]}" >"$work/good.json"
expect 0 "$herstatt" compare "$work/good.json" "$work/good.json"
bench_refused "{\"schema\": 1, \"benchmarks\": [$one" "damaged or partial"
bench_refused "{\"schema\": 1, \"benchmarks\": [$one]} x" "damaged or partial"
bench_refused "{\"schema\": 7, \"benchmarks\": [$one]}" "newer herstatt"
bench_refused '{"hits": 3}' "not a benchmark file of herstatt"
bench_refused '{"benchmarks": [{"name": "a", "unit": "x/s", "value": -1}]}' "not a benchmark file"
bench_refused "{\"benchmarks\": [$one, $one]}" "stands twice"
bench_refused '[]' "not a result of herstatt"
expect 3 "$herstatt" compare "$work/good.json" "$work/good.h5"
says err "one file is a result and the other benchmarks"
finish
