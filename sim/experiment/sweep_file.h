/** @file sim/experiment/sweep_file.h
 * The result of a sweep as one HDF5 file; docs/reference/sweep.md describes it.
 *
 * Equal sweeps give files with equal content digests, whatever the threads, ranks and machine; what
 * the host took is under /meta/host, outside of that digest. The file appears under its name only
 * when it is whole (sim/metrics/result.h).
 *
 * Errors    those of hst_result_finish.
 * Memory    the arena handed in, for rows.
 * Threads   one.
 */
#ifndef HST_SIM_EXPERIMENT_SWEEP_FILE_H
#define HST_SIM_EXPERIMENT_SWEEP_FILE_H

#include "sim/experiment/analysis.h"

/** What is written. */
typedef struct hst_sweep_record {
    const hst_analysis *analysis; /**< with the experiment */
    const hst_trial_set *trials;  /**< all of them */
    const hst_inputs *inputs;     /**< every file that was read */
    const char *answer;           /**< in words */
    size_t answer_size;           /**< bytes of it */
    const char *stopped;          /**< why no more replications were run */
    const char *command;          /**< that writes this file again */
    double cpu_seconds;           /**< of all trials */
    double wall_seconds;          /**< of this life of the sweep */
    uint32_t threads;             /**< of each rank */
    uint32_t ranks;               /**< processes */
    uint64_t resumed;             /**< trials of earlier lives */
} hst_sweep_record;

/** Write it to `path`, replacing a result that is there. */
HST_NODISCARD hst_status hst_sweep_write(const hst_sweep_record *record,
                                         const char *path,
                                         hst_arena *arena,
                                         hst_error *error);

#endif
