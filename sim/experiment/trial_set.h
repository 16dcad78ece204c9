/** @file sim/experiment/trial_set.h
 * Finished trials by number, each once.
 *
 * Every rank ends each round with an equal set, whatever rank ran which trial, so whatever is
 * computed from it (intervals, when to stop, who runs what) is equal everywhere.
 *
 * Errors    HST_MISMATCH when a trial comes twice and the two disagree: the program or the machine
 *           is not deterministic, and no figure of the sweep could be trusted. HST_NO_MEMORY.
 * Memory    from the hst_memory given; released by hst_trial_set_destroy.
 * Threads   one thread at a time; reading from several is safe while none adds.
 * Cost      look-up O(log n); adding in ascending order O(1) amortised, elsewhere O(n).
 */
#ifndef HST_SIM_EXPERIMENT_TRIAL_SET_H
#define HST_SIM_EXPERIMENT_TRIAL_SET_H

#include "core/base/arena.h"

#include "sim/base/error.h"
#include "sim/experiment/trial.h"

/** Finished trials; opaque. */
typedef struct hst_trial_set hst_trial_set;

/** An empty set for trials of `value_count` <= HST_TRIAL_VALUES_MAX metrics. */
HST_NODISCARD hst_status hst_trial_set_create(hst_memory memory,
                                              uint32_t value_count,
                                              hst_trial_set **out);

/** Give all memory back; NULL is allowed. */
void hst_trial_set_destroy(hst_trial_set *set);

/** Put in a copy. A trial that is there already must be equal in all but processor time, and is
 * then left as it is; HST_MISMATCH, with words, when it differs. */
HST_NODISCARD hst_status hst_trial_set_add(hst_trial_set *set,
                                           const hst_trial *trial,
                                           const double *values,
                                           hst_error *error);

/** Trials in the set. */
size_t hst_trial_set_count(const hst_trial_set *set);

/** Metrics of a trial. */
uint32_t hst_trial_set_value_count(const hst_trial_set *set);

/** Trial `index` < count in ascending order of number; `values_out` may be NULL. Pointers hold
 * until the next hst_trial_set_add. */
const hst_trial *
hst_trial_set_item(const hst_trial_set *set, size_t index, const double **values_out);

/** The trial with this number, or NULL; `values_out` may be NULL. */
const hst_trial *
hst_trial_set_find(const hst_trial_set *set, uint64_t number, const double **values_out);

#endif
