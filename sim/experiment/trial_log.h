/** @file sim/experiment/trial_log.h
 * The memory of a sweep: every finished trial of all ranks, now and of earlier lives.
 *
 * Puts journal, team and set together, so the loop of a sweep is
 *
 *   hst_trial_log_open(...)                         what earlier lives finished, on every rank
 *   for each round [first, end) of trial numbers:
 *       hst_schedule_deal(set, ..., first, end)     what this rank still owes of it
 *       run each, in parallel: hst_trial_log_add()  kept for ever once it returns
 *       hst_trial_log_share(status)                 now every rank has the whole round
 *       stop?                                       judged from the set: equal everywhere
 *   rank 0 writes the result from the set
 *
 * Files are OUTPUT.trials.K, K the rank that wrote it. Rank r of a team reads all journals whose K
 * modulo ranks is r and writes its own, so a sweep may go on with another number of ranks.
 *
 * Errors    those of journal.h, team.h and trial_set.h. open and share are collective: they return
 *           the same status, with the same words, on all ranks, and all ranks must call them.
 * Memory    from `memory`; released by hst_trial_log_close.
 * Threads   hst_trial_log_add is safe from any thread; the rest belongs to one.
 */
#ifndef HST_SIM_EXPERIMENT_TRIAL_LOG_H
#define HST_SIM_EXPERIMENT_TRIAL_LOG_H

#include "sim/experiment/journal.h"
#include "sim/experiment/team.h"
#include "sim/experiment/trial_set.h"

/** Bytes that hold any journal's path, NUL included. */
enum { HST_TRIAL_LOG_PATH_SIZE = 4096 };

/** A sweep's finished trials; opaque. */
typedef struct hst_trial_log hst_trial_log;

/** Collective. Open the journals of the result file `output`, read them, and share what they hold.
 * A rank that already failed calls with `status` and its *error and gets the team's answer. The
 * report counts all ranks' journals, equal on all. `team` must outlive the log; its own copy is
 * not made. On failure *out is NULL. */
HST_NODISCARD hst_status hst_trial_log_open(hst_memory memory,
                                            const hst_team *team,
                                            hst_status status,
                                            const char *output,
                                            const hst_journal_key *key,
                                            hst_journal_report *report,
                                            hst_trial_log **out,
                                            hst_error *error);

/** Keep a finished trial: in the journal, unless hst_trial_may_repeat, and for the next share. The
 * set does not change before that. */
HST_NODISCARD hst_status hst_trial_log_add(hst_trial_log *log,
                                           const hst_trial *trial,
                                           const double *values,
                                           hst_error *error);

/** Collective, at the end of a round, on success and failure alike: every rank's new trials into
 * every rank's set. `status` and *error are this rank's own. When the team failed the sets may
 * differ, and the sweep ends. */
HST_NODISCARD hst_status hst_trial_log_share(hst_trial_log *log,
                                             hst_status status,
                                             hst_error *error);

/** All trials shared so far. */
const hst_trial_set *hst_trial_log_set(const hst_trial_log *log);

/** Trials found at the start, of earlier lives. */
size_t hst_trial_log_resumed(const hst_trial_log *log);

/** Remove all journals of the result file `output`, of whatever sweep. HST_REFUSED when a process
 * has one open; HST_IO. */
HST_NODISCARD hst_status hst_trial_log_forget(const char *output, hst_error *error);

/** Close the journal and give all memory back; NULL is allowed. */
void hst_trial_log_close(hst_trial_log *log);

#endif
