/** @file sim/cli/report.h
 * A finished day for people (at most 25 lines of 80 columns) and for machines (one JSON object).
 */
#ifndef HST_SIM_CLI_REPORT_H
#define HST_SIM_CLI_REPORT_H

#include "sim/run/day.h"

#include <stdio.h>

/** Where things are, for the last lines. */
typedef struct hst_report_place {
    const char *scenario; /**< path as given */
    const char *output;   /**< result file, or NULL */
    const char *again;    /**< command that reproduces the run */
} hst_report_place;

/** Print for people. */
void hst_report_print(const hst_day_report *report, const hst_report_place *place, FILE *stream);

/** Print one JSON object and a line feed; false when memory or the stream failed. */
bool hst_report_json(const hst_day_report *report, const hst_report_place *place, FILE *stream);

#endif
