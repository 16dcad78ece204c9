/** @file sim/run/verify.h
 * Does a result file tell the truth? Run its own inputs again and compare.
 *
 *   1 the file's seal and the digest of every dataset (sim/metrics/result_file.h)
 *   2 the scenario and tables stored in it, run again in memory, give the same run digest
 *   3 the same rows: payments, summary and final roots
 *   4 every ledger, replayed from genesis, gives every header and root again
 *
 * The result of `herstatt consensus` has studies in place of a scenario and of ledgers; they are
 * run again and every row is compared (sim/run/studies.h). So it is with the worlds of a line-up
 * (sim/lineup/results.h).
 *
 * Nothing outside the file is read, so a result can be verified a year later on another machine.
 *
 * Errors    HST_MISMATCH when the file tells something else than its inputs give, with the first
 *           difference in `error`; otherwise those of reading and running.
 */
#ifndef HST_SIM_RUN_VERIFY_H
#define HST_SIM_RUN_VERIFY_H

#include "sim/run/day.h"

/** Verify; `report` holds the second run, and `studies` how many studies or worlds were run in
 * place of a day, of which `report` then holds the digest alone. */
HST_NODISCARD hst_status hst_verify(const char *path,
                                    unsigned threads,
                                    const volatile sig_atomic_t *interrupted,
                                    hst_day_progress progress,
                                    void *progress_context,
                                    hst_day_report *report,
                                    size_t *studies,
                                    hst_error *error);

#endif
