/** @file sim/report/sweep_means.h
 * Private to sim/report: means of some metrics by cell, out of a sweep's result.
 */
#ifndef HST_SIM_REPORT_SWEEP_MEANS_H
#define HST_SIM_REPORT_SWEEP_MEANS_H

#include "sim/report/page.h"

/** Means of `names[metric_count]` in means[metric * room + cell], where room is *count as handed
 * in; *count becomes the number of cells filled in. NaN where the sweep has no such metric. Labels
 * are the cells' levels. */
HST_NODISCARD hst_status hst_sweep_means(const hst_report_input *input,
                                         const char *const *names,
                                         size_t metric_count,
                                         char (*labels)[64],
                                         size_t *count,
                                         double *means,
                                         hst_error *error);

#endif
