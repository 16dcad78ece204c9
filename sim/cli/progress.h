/** @file sim/cli/progress.h
 * A progress line with the time that is left.
 *
 * On a terminal: after a second, at most ten times a second, erased at the end. Elsewhere nothing,
 * unless asked for: then a line for every tenth. Always on stderr.
 */
#ifndef HST_SIM_CLI_PROGRESS_H
#define HST_SIM_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/** State of the line. */
typedef struct hst_progress {
    double started_s; /**< wall clock at the start */
    double last_s;    /**< wall clock of the last update */
    unsigned tenths;  /**< tenths already told */
    bool terminal;    /**< stderr is a terminal */
    bool forced;      /**< asked for */
    bool shown;       /**< there is something to erase */
} hst_progress;

/** Start; `forced` shows it everywhere and at once. */
void hst_progress_start(hst_progress *progress, bool forced);

/** A hst_day_progress; `context` is the hst_progress. */
void hst_progress_update(void *context, uint64_t ended, uint64_t total, int64_t time_ns);

/** A hst_sweep_progress; `context` is the hst_progress. */
void hst_progress_trials(
    void *context, uint64_t finished, uint64_t total, uint64_t failed, double left_s);

/** Erase the line. */
void hst_progress_stop(hst_progress *progress);

#endif
