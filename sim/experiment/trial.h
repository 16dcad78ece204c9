/** @file sim/experiment/trial.h
 * What is kept of one finished trial, and its one form as bytes.
 *
 * A trial is one run of a scenario at one cell of the design with one replication; its number is
 * replication * cells + cell, so it stays when replications are added. A record is a hst_trial and
 * the trial's metrics, value_count doubles in the order of the experiment. The same bytes go into a
 * journal (sim/experiment/journal.h) and between ranks (sim/experiment/team.h):
 *
 *   offset  size
 *        0     8  trial number
 *        8     4  status, a number of core/base/status.h
 *       12     4  zero
 *       16     8  processor time, bits of a double
 *       24    32  behaviour digest
 *       56   256  reason, text filled up with zeros
 *      312   8 n  metrics, bits of doubles (a NaN stays the NaN it is)
 *
 * all integers little-endian, so ranks on unlike machines understand each other.
 *
 * Units     cpu_seconds: seconds of one thread's processor time.
 * Errors    hst_trial_decode: HST_CORRUPT for bytes that hst_trial_encode cannot have written.
 * Memory    none taken.
 * Threads   pure values.
 */
#ifndef HST_SIM_EXPERIMENT_TRIAL_H
#define HST_SIM_EXPERIMENT_TRIAL_H

#include "core/base/status.h"
#include "core/crypto/hash.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HST_TRIAL_REASON_SIZE = 256, /**< bytes for why a trial failed, NUL included */
    HST_TRIAL_VALUES_MAX = 4096  /**< most metrics of a trial */
};

/** A finished trial, without its metrics. */
typedef struct hst_trial {
    uint64_t number;                    /**< replication * cells + cell */
    hst_status status;                  /**< HST_OK, or why it failed; never HST_INTERRUPTED */
    double cpu_seconds;                 /**< processor time it took, >= 0 */
    hst_hash digest;                    /**< what it did (run digest); zero when it failed */
    char reason[HST_TRIAL_REASON_SIZE]; /**< "" when it did not fail; one line */
} hst_trial;

/** Bytes of an encoded record with `value_count` <= HST_TRIAL_VALUES_MAX metrics. */
size_t hst_trial_size(uint32_t value_count);

/** Write the record into bytes[hst_trial_size(value_count)]. */
void hst_trial_encode(const hst_trial *trial,
                      const double *values,
                      uint32_t value_count,
                      unsigned char *bytes);

/** Read it back. */
HST_NODISCARD hst_status hst_trial_decode(const unsigned char *bytes,
                                          uint32_t value_count,
                                          hst_trial *trial,
                                          double *values);

/** Whether a second try could end otherwise: the host failed (no memory, input or output), not the
 * trial. Such an end is told, but not kept in a journal, so a resumed sweep runs the trial again.
 */
bool hst_trial_may_repeat(hst_status status);

#endif
