/** @file sim/experiment/sweep.h
 * Run an experiment: every trial once, on any number of threads and processes, and write its
 * result.
 *
 *   open the trials of earlier lives
 *   for each round:  deal the trials that are missing, run them, share them, stop?
 *   rank 0:          analyse, write the result
 *
 * A round is all replications, or with a stop rule first its fewest and then a fifth more each time
 * (at least one): all cells always have equally many, and when to stop is decided between rounds
 * from trials alone, so it does not depend on who ran them.
 *
 * A trial runs on one thread, on a copy in memory of the inputs, so files that change meanwhile do
 * not matter. One that fails is kept with its reason and the sweep goes on; one whose invariants
 * broke counts as failed. Each is on the disk, in OUTPUT.trials.K, before it counts
 * (sim/experiment/trial_log.h); the journals stay after the sweep, so that it can be lengthened.
 *
 * Errors    HST_INTERRUPTED; HST_MISMATCH when the journals are another experiment's, or a trial
 *           came out differently the second time; HST_REFUSED when another process has them;
 *           HST_IO, HST_NO_MEMORY. All ranks return the same.
 * Memory    hst_os_memory, and the arena handed in for what is returned.
 * Threads   options.threads. CPU time is that of the thread of each trial.
 * Cost      the trials; then milliseconds.
 */
#ifndef HST_SIM_EXPERIMENT_SWEEP_H
#define HST_SIM_EXPERIMENT_SWEEP_H

#include "sim/experiment/analysis.h"
#include "sim/experiment/team.h"

#include <signal.h>

/** Told after every trial, from any thread but one at a time: trials of this rank that are
 * finished, of how many in this round, those that failed, and the seconds that are left (negative
 * while not known). */
typedef void (*hst_sweep_progress)(
    void *context, uint64_t finished, uint64_t total, uint64_t failed, double left_s);

/** How to run. */
typedef struct hst_sweep_options {
    hst_inputs *inputs;               /**< as hst_experiment_load left them */
    const hst_experiment *experiment; /**< what to run */
    const hst_team *team;             /**< with whom */
    const char *output;               /**< result file; journals lie beside it */
    const char *command;              /**< that writes it again, for the result */
    unsigned threads;                 /**< >= 1 */
    bool fresh;                       /**< forget trials of earlier lives */
    const volatile sig_atomic_t
        *interrupted;            /**< stop soon when it becomes non-zero; may be NULL */
    hst_sweep_progress progress; /**< may be NULL */
    void *progress_context;      /**< handed to it */
} hst_sweep_options;

/** A trial that failed. */
typedef struct hst_sweep_failure {
    uint64_t trial;     /**< which */
    const char *reason; /**< why */
} hst_sweep_failure;

/** Most failures that are told. */
enum { HST_SWEEP_FAILURES_MAX = 3 };

/** What came of it; texts live in the arena. Analysis and answer are rank 0's only. */
typedef struct hst_sweep {
    const hst_analysis *analysis; /**< rank 0: figures; else NULL */
    const char *answer;           /**< rank 0: words; else NULL */
    const char *stopped;          /**< why no more replications were run */
    uint32_t replications;        /**< of each cell */
    uint64_t trials;              /**< of all cells */
    uint64_t resumed;             /**< found in journals */
    uint64_t damaged;             /**< damaged records of journals, run again */
    bool without_lock;            /**< journals on a file system without locks */
    uint64_t failed;              /**< trials that failed */
    hst_sweep_failure failures[HST_SWEEP_FAILURES_MAX]; /**< the first of them */
    double cpu_seconds;                                 /**< of all trials, of all lives */
    double wall_seconds;                                /**< of this life */
} hst_sweep;

/** Run, analyse, write. Collective: all ranks of the team call it. A rank that failed before, as
 * when it could not read the experiment, calls with that `status` and its *error, and `options`
 * may then lack inputs and experiment. */
HST_NODISCARD hst_status hst_sweep_run(const hst_sweep_options *options,
                                       hst_status status,
                                       hst_arena *arena,
                                       hst_sweep *sweep,
                                       hst_error *error);

#endif
