/** @file sim/bench/bench.h
 * Benchmark cases and the runner behind `herstatt bench`.
 *
 * A case does a fixed amount of deterministic work and says how long it took in CPU seconds of its
 * own thread; preparation stays outside the measured part (hst_bench_start ... hst_bench_stop).
 * Machines are noisy, so figures are only comparable inside one run: a case may bring a baseline (a
 * naive version of ours, or a peer library), and the runner interleaves the two and reports the
 * median of the paired ratios. Cases come in three tiers: components, systems built of them on a
 * fixed scenario, and whole days.
 *
 * Where the machine counts instructions (perf_event_open), those of the measured part are reported
 * beside the time: they hardly depend on neighbours.
 *
 * A module registers by one file `sim/bench/case_<module>.c` that defines
 * `const hst_bench_table hst_bench_<module>`; the build finds the file and lists the table. What
 * such a case links beyond its module (a peer library) goes into `case_<module>.cmake` beside it.
 *
 * Units     seconds of CPU time; work in the case's own unit (transfers, events, queries);
 *           instructions retired in user mode by the calling thread.
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

/** How much a case is about. */
typedef enum hst_bench_tier {
    HST_BENCH_COMPONENT = 0, /**< one module by itself, on work made for it */
    HST_BENCH_SYSTEM = 1,    /**< several together: a rail, a router, on a fixed scenario */
    HST_BENCH_DAY = 2,       /**< a whole run */
    HST_BENCH_TIER_COUNT = 3 /**< how many tiers */
} hst_bench_tier;

/** "component", "system", "day". */
const char *hst_bench_tier_text(hst_bench_tier tier);

/** What one execution of a case measured. The runner hands it in with zeroes and the counter. */
typedef struct hst_bench_sample {
    double work;            /**< units of work done, > 0 */
    double seconds;         /**< CPU seconds of the calling thread spent on it, > 0 */
    double instructions;    /**< retired meanwhile, 0 = not counted */
    char note[96];          /**< what else is worth telling, one line; "" = nothing */
    int counter;            /**< private: descriptor of the instruction counter, 0 or less = none */
    double seconds_at;      /**< private: clock at the start of the measured part */
    double instructions_at; /**< private: counter at the start of the measured part */
} hst_bench_sample;

/** The measured part begins. */
void hst_bench_start(hst_bench_sample *sample);

/** The measured part ends: its seconds and instructions are added to the sample. Parts may follow
 * one another; what lies between them is not measured. */
void hst_bench_stop(hst_bench_sample *sample);

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
    const char *folder;          /**< must be in the working folder, or NULL */
    double aim;                  /**< value aimed for on the reference machine, 0 = none */
    double aim_ratio;            /**< ratio to the baseline aimed for, 0 = none */
    hst_bench_tier tier;         /**< what it is about; components when left out */
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

/** CPU seconds used by all threads of the process so far (CLOCK_PROCESS_CPUTIME_ID). */
double hst_bench_process_seconds(void);

/** One case over its runs: what was measured, and after hst_bench_conclude the figures. */
typedef struct hst_bench_report {
    const hst_bench_case *bench_case;          /**< which */
    hst_bench_function baseline;               /**< the case's, or NULL */
    hst_status status;                         /**< HST_OK, or why there are no figures */
    unsigned rounds;                           /**< executions so far, uncounted ones too */
    unsigned runs;                             /**< counted executions */
    double median, min, max;                   /**< of the reported value */
    double mad;                                /**< median absolute deviation from the median */
    double instructions;                       /**< median by unit of work, 0 = not counted */
    double baseline_median;                    /**< of the baseline's value, 0 = none */
    double ratio_median, ratio_min, ratio_max; /**< times as fast as the baseline, pair by pair */
    char note[96];                             /**< of the last execution; "" = none */
    double samples[HST_BENCH_RUN_MAX];         /**< reported values, in the order of the runs */
    double baselines[HST_BENCH_RUN_MAX];       /**< the same of the baseline */
    double counts[HST_BENCH_RUN_MAX];          /**< instructions by unit of work, 0 = not counted */
} hst_bench_report;

/** Nothing measured yet; without `baseline` that of the case is left out. */
void hst_bench_begin(hst_bench_report *report, const hst_bench_case *bench_case, bool baseline);

/** Execute a case once, with its baseline, which goes first every other time; `counted` says
 * whether it is a run or a warm-up. Several cases are interleaved by giving each a round in turn.
 * The first failure is kept, and further rounds of the case do nothing. */
void hst_bench_round(hst_bench_report *report, bool counted);

/** Compute the figures of all runs so far. */
void hst_bench_conclude(hst_bench_report *report);

/** Begin, `warmups` uncounted rounds, `runs` counted ones (1 ... HST_BENCH_RUN_MAX), conclude. */
hst_bench_report
hst_bench_measure(const hst_bench_case *bench_case, unsigned runs, unsigned warmups);

#endif
