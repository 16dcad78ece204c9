#!/bin/bash
# Run a program as several processes on this machine; exit 77 where that cannot be done.
# usage: mpirun.sh RANKS PROGRAM [ARGUMENT...]
set -euo pipefail
ranks=$1
shift
if ! mpirun --version 2>/dev/null | grep -q 'Open MPI'; then
    echo "mpirun: Open MPI is not here (Debian: openmpi-bin)"
    exit 77
fi
options=(--oversubscribe --bind-to none)
if [ "$(id -u)" -eq 0 ]; then
    options+=(--allow-run-as-root)
fi
# One machine: no remote shell, and no copying between processes that containers forbid.
export OMPI_MCA_plm=isolated OMPI_MCA_btl_vader_single_copy_mechanism=none
# Sanitizers: what an MPI library keeps until the end of the process is not our leak.
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"
exec mpirun "${options[@]}" -n "$ranks" "$@"
