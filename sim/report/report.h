/** @file sim/report/report.h
 * One HTML file that tells what happened in a result; it opens offline.
 *
 * Everything is aggregated: summaries, histograms and samples are read, payments and hops never
 * are, so the size does not depend on the number of payments. Every picture is drawn from the table
 * that stands behind it. The file appears whole or not at all.
 *
 * Errors    HST_UNSUPPORTED built without the chart library (npm); HST_IO cannot write; what
 *           hst_result_open returns for a damaged, partial, foreign or newer file.
 * Memory    from the hst_memory given, freed before returning; JSON: jansson's own heap.
 * Threads   one thread.
 */
#ifndef HST_SIM_REPORT_REPORT_H
#define HST_SIM_REPORT_REPORT_H

#include "core/base/arena.h"

#include "sim/metrics/result_file.h"

#include <stdbool.h>

/** Whether the chart library was there when this program was built. */
bool hst_report_possible(void);

/** Write the report on the result file `result` to `output`. */
HST_NODISCARD hst_status hst_report_write(const char *result,
                                          const char *output,
                                          hst_memory memory,
                                          hst_error *error);

#endif
