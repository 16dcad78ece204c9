#!/bin/bash
# A sweep by 1, 2 and 4 processes yields what one thread does; what a large team left unfinished a
# smaller one ends; a rank that fails takes the others with it, with its words and the right exit.
# Exit 77: no MPI, or built without.
# usage: sweep_mpi.sh HERSTATT
set -u
here=$(dirname "$0")
# shellcheck source=tests/cli/lib.sh
. "$here/lib.sh"
if [ ! -x "$herstatt-mpi" ]; then
    echo "herstatt-mpi is not built: no MPI when this tree was configured"
    exit 77
fi
team=(bash "$here/../support/mpirun.sh")
"${team[@]}" 1 true
if [ $? -eq 77 ]; then
    exit 77
fi
# shellcheck source=tests/cli/sweep_lib.sh
. "$here/sweep_lib.sh"

expect 0 "$herstatt" sweep "$work/tiny.yaml" --threads 1 --output "$work/alone.h5" --json
cp "$work/out" "$work/alone.json"
for ranks in 1 2 4; do
    expect 0 "${team[@]}" $ranks "$herstatt" sweep "$work/tiny.yaml" --threads 1 \
        --output "$work/by$ranks.h5" --json
    cp "$work/out" "$work/by$ranks.json"
    same_results "$work/alone" "$work/by$ranks"
    for ((rank = 0; rank < ranks; rank++)); do
        holds "rank $rank of $ranks runs its share" \
            [ "$(records "$work/by$ranks.h5.trials.$rank")" -eq $((trials / ranks)) ]
    done
done

# Only the first record stays in each of four journals; two ranks run the other eight.
for rank in 0 1 2 3; do
    journal=$work/by4.h5.trials.$rank
    size=$(stat -c %s "$journal")
    truncate -s $((size - (size - 96) * 2 / 3)) "$journal"
done
expect 0 "${team[@]}" 2 "$herstatt" sweep "$work/tiny.yaml" --threads 1 --output "$work/by4.h5" --json
holds "one trial of each rank was kept" grep -qE '"resumed_trials": 4,?$' "$work/out"
cp "$work/out" "$work/by4.json"
same_results "$work/alone" "$work/by4"

# Rank 1 cannot open its journal; rank 0 could.
mkdir "$work/bad.h5.trials.1"
expect 3 "${team[@]}" 2 "$herstatt" sweep "$work/tiny.yaml" --threads 1 --output "$work/bad.h5"
says err "rank 1: "
says err "bad.h5.trials.1: cannot open it: Is a directory"
expect 2 "${team[@]}" 3 "$herstatt" sweep "$work/none.yaml"
says err "none.yaml"

# Without herstatt-mpi beside it, a process among several says what is missing.
cp "$herstatt" "$work/lonely"
expect 3 env OMPI_COMM_WORLD_SIZE=2 "$work/lonely" sweep "$work/tiny.yaml"
says err "speaks no MPI"
finish
