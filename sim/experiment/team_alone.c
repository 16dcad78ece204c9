#include "core/base/assert.h"

#include "sim/experiment/team.h"

bool hst_team_can_join(void)
{
    return false;
}

hst_status
hst_team_start(hst_memory memory, uint32_t launched_ranks, hst_team *out, hst_error *error)
{
    (void)memory;
    hst_assert(launched_ranks >= 1);
    hst_assert(out != NULL);
    if (launched_ranks > 1) {
        return hst_error_set(
            error, HST_UNSUPPORTED,
            "started as one of %u processes, but this build speaks no MPI: install "
            "libopenmpi-dev and openmpi-bin, build again, and herstatt-mpi is "
            "beside this program",
            launched_ranks);
    }
    *out = hst_team_alone();
    return HST_OK;
}
