# shellcheck shell=bash
# shellcheck disable=SC2034 # herstatt is for the tests that source this
# Sourced by the tests of the command. Usage of a test: NAME.sh HERSTATT
set -u
herstatt=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

# expect EXIT COMMAND...: run, keep stdout and stderr in $work, compare the exit status.
expect() {
    local wanted=$1 got=0
    shift
    "$@" >"$work/out" 2>"$work/err" </dev/null || got=$?
    if [ "$got" -ne "$wanted" ]; then
        echo "FAILED: exit $got instead of $wanted: $*"
        head -n 5 "$work/out" "$work/err"
        failures=$((failures + 1))
    fi
}

# says FILE TEXT: the text must be in $work/FILE.
says() {
    if ! grep -qF -- "$2" "$work/$1"; then
        echo "FAILED: $1 does not say: $2"
        head -n 20 "$work/$1"
        failures=$((failures + 1))
    fi
}

# kill_a_run RESULT: leave RESULT.partial as a run does that is killed once its seal is written.
kill_a_run() {
    local run
    "$herstatt" run scenarios/default.yaml --output "$1" >/dev/null 2>&1 &
    run=$!
    for _ in $(seq 200); do
        head -n 1 "$1.partial" 2>/dev/null | grep -aqx "herstatt result" && break
        sleep 0.05
    done
    kill -9 "$run"
    wait "$run" 2>/dev/null
}

# holds DESCRIPTION COMMAND...: the command must succeed.
holds() {
    local what=$1
    shift
    if ! "$@" >/dev/null 2>&1; then
        echo "FAILED: $what"
        failures=$((failures + 1))
    fi
}

finish() {
    [ "$failures" -eq 0 ] && echo "ok"
    exit $((failures > 0))
}
