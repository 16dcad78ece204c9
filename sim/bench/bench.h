/** @file sim/bench/bench.h
 * Benchmark cases and the runner behind `herstatt bench`.
 *
 * A case does a fixed amount of deterministic work and says how long it took in CPU seconds of its
 * own thread; preparation stays outside the measured part. Machines are noisy, so figures are only
 * comparable inside one run: a case may bring a baseline (a naive version of ours, or a peer
 * library), and the runner interleaves the two and reports the median of the paired ratios.
 *
 * A module registers by one file `sim/bench/case_<module>.c` that defines
 * `const hst_bench_table hst_bench_<module>`; the build finds the file and lists the table. What
 * such a case links beyond its module (a peer library) goes into `case_<module>.cmake` beside it.
 *
 * Units     seconds of CPU time; work in the case's own unit (transfers, events, queries).
 * Errors    HST_NO_MEMORY, or what the measured code returned; HST_MISMATCH when case and baseline
 *           disagree; HST_OVERFLOW when a sample has no positive finite work and time. The runner
 *           reports the case as failed.
 * Threads   cases run one at a time, on the caller's thread.
 */
#ifndef HST_SIM_BENCH_BENCH_H
#define HST_SIM_BENCH_BENCH_H

#include "core/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What one execution of a case measured. */
typedef struct hst_bench_sample {
    double work;    /**< units of work done, > 0 */
    double seconds; /**< CPU seconds of the calling thread spent on it, > 0 */
} hst_bench_sample;

/** One execution: prepare, measure, clean up. `parameter` is the case's own constant. */
typedef hst_status (*hst_bench_function)(const void *parameter, hst_bench_sample *sample);

/** A named case; the reported value is work / seconds (or seconds / work for "s/..." units). */
typedef struct hst_bench_case {
    const char *name;            /**< dotted, e.g. "ledger.transfer.1e6" */
    const char *summary;         /**< one line: what is measured and on what */
    const char *unit;            /**< "transfers/s", "events/s"; base units, higher is better */
    const char *baseline_name;   /**< what the baseline is, or NULL */
    hst_bench_function run;      /**< the measured code */
    hst_bench_function baseline; /**< equal work by the baseline, or NULL */
    const void *parameter;       /**< handed to both */
    double aim;                  /**< value aimed for on the reference machine, 0 = none */
    double aim_ratio;            /**< ratio to the baseline aimed for, 0 = none */
    bool slow;                   /**< left out unless asked for by name or --all */
} hst_bench_case;

/** A module's table of cases. */
typedef struct hst_bench_table {
    const hst_bench_case *cases; /**< in report order */
    size_t case_count;           /**< how many */
} hst_bench_table;

/** Pointers to every registered table, in alphabetical order of the modules. */
const hst_bench_table *const *hst_bench_tables(size_t *table_count);

/** Most runs of a case. */
enum { HST_BENCH_RUN_MAX = 1000 };

/** CPU seconds used by the calling thread so far (CLOCK_THREAD_CPUTIME_ID). */
double hst_bench_cpu_seconds(void);

/** Median, minimum and maximum of one case over its runs, and of the paired ratios. */
typedef struct hst_bench_report {
    const hst_bench_case *bench_case;          /**< which */
    hst_status status;                         /**< HST_OK, or why there are no figures */
    unsigned runs;                             /**< counted executions */
    double median, min, max;                   /**< of the reported value */
    double samples[HST_BENCH_RUN_MAX];         /**< reported values, in the order of the runs */
    double baseline_median;                    /**< of the baseline's value, 0 = none */
    double ratio_median, ratio_min, ratio_max; /**< times as fast as the baseline, pair by pair */
} hst_bench_report;

/** Run one case `runs` times (1 ... HST_BENCH_RUN_MAX) after `warmups` uncounted ones, interleaved
 * with its baseline, which goes first every other time. The first failure ends the measurement. */
hst_bench_report
hst_bench_measure(const hst_bench_case *bench_case, unsigned runs, unsigned warmups);

#endif
