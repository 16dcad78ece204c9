/** @file sim/experiment/schedule.h
 * Who runs what: the trials of a round that one rank owes.
 *
 * Pure: every rank computes the whole deal from the set of finished trials, which is equal on all
 * ranks, so no rank has to ask another. The deal decides only where a trial runs, never what it
 * yields.
 *
 * Trials are dealt longest first, each to the rank with the least to do so far (LPT: at most 4/3 of
 * the best possible length of the round), by the mean processor time of the cell's finished trials;
 * a cell without any counts as the mean of the others. Equal estimates are dealt in rotating order,
 * so that a factor whose levels recur with the number of ranks does not put all its slow trials on
 * one of them. A rank's own list is longest first too, for threads that take the next one.
 *
 * Threads   pure functions.
 * Cost      O(n log n + n ranks), n trials of the round.
 * Source    Graham, "Bounds on multiprocessing timing anomalies", 1969 (LPT).
 */
#ifndef HST_SIM_EXPERIMENT_SCHEDULE_H
#define HST_SIM_EXPERIMENT_SCHEDULE_H

#include "core/base/arena.h"

#include "sim/experiment/trial_set.h"

/** A round of trials and the rank that asks. */
typedef struct hst_schedule_round {
    uint64_t first; /**< first trial number */
    uint64_t end;   /**< one behind the last, >= first */
    uint32_t cells; /**< cells of the design, >= 1: trial % cells is its cell */
    uint32_t rank;  /**< who asks, < ranks */
    uint32_t ranks; /**< processes, >= 1 */
} hst_schedule_round;

/** Write the trials this rank owes into owed_out[end - first] and their number to *count_out.
 * `memory` is used inside and given back. */
HST_NODISCARD hst_status hst_schedule_deal(hst_memory memory,
                                           const hst_trial_set *finished,
                                           const hst_schedule_round *round,
                                           uint64_t *owed_out,
                                           size_t *count_out);

/** Trials of the round that no rank has finished. */
uint64_t hst_schedule_open(const hst_trial_set *finished, const hst_schedule_round *round);

/** Estimated processor seconds of the open ones, by the means that the deal uses; 0 when nothing
 * has finished yet, or nothing is open. For progress: divide by all ranks' threads. */
HST_NODISCARD hst_status hst_schedule_estimate(hst_memory memory,
                                               const hst_trial_set *finished,
                                               const hst_schedule_round *round,
                                               double *seconds_out);

#endif
