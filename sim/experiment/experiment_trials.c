#include "core/base/assert.h"

#include "sim/experiment/experiment.h"

uint32_t hst_trial_replication(const hst_experiment *experiment, uint64_t trial)
{
    hst_assert(experiment->cell_count > 0);
    return (uint32_t)(trial / experiment->cell_count);
}

uint32_t hst_trial_cell(const hst_experiment *experiment, uint64_t trial)
{
    hst_assert(experiment->cell_count > 0);
    return (uint32_t)(trial % experiment->cell_count);
}

int64_t hst_trial_replication_key(const hst_experiment *experiment, uint64_t trial)
{
    hst_assert(experiment->replication_first >= 0);
    return experiment->replication_first + (experiment->common_random_numbers
                                                ? (int64_t)hst_trial_replication(experiment, trial)
                                                : (int64_t)trial);
}
