/** @file sim/report/report.h
 * One HTML file that tells what happened in a result, how several differ, or what a sweep answers;
 * it opens offline.
 *
 * Everything is aggregated: summaries, histograms and samples are read, payments and hops never
 * are, so the size does not depend on the number of payments. Every picture is drawn from the table
 * that stands behind it. The file appears whole or not at all.
 *
 * Errors    HST_IO cannot write; HST_INVALID too many results, or a sweep among several; what
 *           hst_result_open returns for a damaged, partial, foreign or newer file.
 * Memory    from the hst_memory given, freed before returning; JSON: jansson's own heap.
 * Threads   one thread.
 */
#ifndef HST_SIM_REPORT_REPORT_H
#define HST_SIM_REPORT_REPORT_H

#include "core/base/arena.h"

#include "sim/metrics/result_file.h"

#include <stdbool.h>

/** Most results in one report. */
enum { HST_REPORT_RESULTS_MAX = 12 };

/** Whether the chart library was there when this program was built; without it a report has words
 * and tables, and says what is missing. */
bool hst_report_has_pictures(void);

/** Write the report on `count` result files to `output`. */
HST_NODISCARD hst_status hst_report_write(const char *const *results,
                                          size_t count,
                                          const char *output,
                                          hst_memory memory,
                                          hst_error *error);

#endif
