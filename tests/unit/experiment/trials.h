/** @file tests/unit/experiment/trials.h
 * Trials that follow from their number, for tests of what keeps them.
 */
#ifndef HST_TESTS_UNIT_EXPERIMENT_TRIALS_H
#define HST_TESTS_UNIT_EXPERIMENT_TRIALS_H

#include "sim/experiment/trial.h"

#include <stdio.h>
#include <string.h>

/** Metrics of each. */
enum { TRIALS_VALUES = 2 };

/** Trial `number`: every seventh failed. */
static inline hst_trial trials_make(uint64_t number, double values[TRIALS_VALUES])
{
    hst_trial trial = {.number = number, .cpu_seconds = 0.25 + (double)(number % 5)};
    if (number % 7 == 6) {
        trial.status = HST_CORRUPT;
        hst_ignore(snprintf(trial.reason, sizeof trial.reason, "ledger %llu refuses to seal",
                            (unsigned long long)number) > 0
                       ? HST_OK
                       : HST_IO);
    } else {
        trial.digest = hst_blake2b(&number, sizeof number);
    }
    values[0] = (double)number / 3.0;
    values[1] = -(double)number;
    return trial;
}

/** Whether a trial is the one that its number makes. */
static inline bool trials_right(const hst_trial *trial, const double *values)
{
    double right_values[TRIALS_VALUES];
    const hst_trial right = trials_make(trial->number, right_values);
    unsigned char a[HST_TRIAL_REASON_SIZE + 128];
    unsigned char b[sizeof a];
    hst_trial_encode(&right, right_values, TRIALS_VALUES, a);
    hst_trial_encode(trial, values, TRIALS_VALUES, b);
    return memcmp(a, b, hst_trial_size(TRIALS_VALUES)) == 0;
}

#endif
