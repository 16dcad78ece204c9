/* Apart from the files that read keys: a run's headers and a scenario's keys both name an
 * hst_key. */
#include "core/base/assert.h"

#include "sim/experiment/experiment.h"
#include "sim/run/day.h"

#include <string.h>

static bool higher_is_better(const char *name)
{
    static const char *const good[] = {"completed",   "bank_10min",  "bank_1h",
                                       "credited_1h", "at_most_one", "throughput"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot != NULL && i < sizeof good / sizeof good[0]; i++) {
        if (strcmp(dot + 1, good[i]) == 0) {
            return true;
        }
    }
    return false;
}

const hst_experiment_metric *hst_experiment_figures(hst_arena *arena, uint32_t *count)
{
    hst_assert(arena != NULL);
    hst_assert(count != NULL);
    hst_day_metric *figures = HST_ARENA_NEW(arena, hst_day_metric, HST_DAY_METRIC_MAX);
    hst_experiment_metric *out = HST_ARENA_NEW(arena, hst_experiment_metric, HST_DAY_METRIC_MAX);
    if (figures == NULL || out == NULL) {
        return NULL;
    }
    *count = hst_day_metrics(figures);
    for (uint32_t i = 0; i < *count; i++) {
        out[i] = (hst_experiment_metric){.index = i,
                                         .name = figures[i].name,
                                         .unit = figures[i].unit,
                                         .description = figures[i].description,
                                         .higher_is_better = higher_is_better(figures[i].name)};
    }
    return *count > 0 ? out : NULL;
}
