/** @file sim/lineup/results.h
 * A line-up as a result file, and back.
 *
 * The file holds the rows of every world, the line-up as it was written, and what was asked for in
 * its place, so that it can be run again and compared (`herstatt verify`). Processor time is not in
 * it: equal line-ups have equal results on any machine.
 *
 * Errors    HST_IO; HST_NO_MEMORY; HST_CORRUPT for a file without a plan, HST_SCENARIO when its
 *           line-up cannot be read; HST_MISMATCH with the first difference; HST_INTERRUPTED.
 * Threads   as many as asked for.
 */
#ifndef HST_SIM_LINEUP_RESULTS_H
#define HST_SIM_LINEUP_RESULTS_H

#include "sim/lineup/lineup_file.h"
#include "sim/metrics/result.h"
#include "sim/metrics/result_file.h"

/** What there is to write. */
typedef struct hst_lineup_results {
    const hst_lineup_file *file;      /**< its plans have been run */
    const hst_lineup_result *results; /**< [file->plan_count] */
    const char *root_path;            /**< which input is the line-up */
    const char *command;              /**< that writes the file again */
    const char *version;              /**< of the program */
} hst_lineup_results;

/** Write `path`. */
HST_NODISCARD hst_status hst_lineup_write(const hst_lineup_results *results,
                                          const hst_inputs *inputs,
                                          const char *path,
                                          hst_memory memory,
                                          hst_error *error);

/** Run the line-up of a result again and compare every row; `worlds` gets how many. `digest_hex` is
 * the run digest found. */
HST_NODISCARD hst_status hst_lineup_verify(hst_result_file *file,
                                           hst_inputs *inputs,
                                           unsigned threads,
                                           const volatile sig_atomic_t *interrupted,
                                           hst_memory memory,
                                           size_t *worlds,
                                           char digest_hex[65],
                                           hst_error *error);

#endif
