/** @file sim/run/day.h
 * One run: from a scenario to a day of payments to a result file.
 *
 *   inputs -> scenario -> tables -> institutions, market, workload -> books -> events -> result
 *
 * The same function serves `herstatt run` (inputs from disk, a result file out) and `herstatt
 * verify` (inputs out of a result file, nothing written, every ledger audited), so what is verified
 * is what runs.
 *
 * The run digest is BLAKE2b-256 over the ordered events (kernel hash), the final header and state
 * root of every ledger, and the payment counts. Same scenario and seed: same digest, on any number
 * of threads.
 *
 * Errors    HST_SCENARIO, HST_IO with text and position; HST_INTERRUPTED; HST_CORRUPT when a ledger
 *           refuses to seal. On any of them no complete result file is left.
 * Memory    planned from the scenario; released before returning.
 * Threads   options.threads for drawing, sealing and writing; results do not depend on it.
 */
#ifndef HST_SIM_RUN_DAY_H
#define HST_SIM_RUN_DAY_H

#include "core/base/status.h"
#include "core/crypto/hash.h"

#include "sim/base/error.h"
#include "sim/base/inputs.h"
#include "sim/payment/world.h"
#include "sim/scenario/scenario.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Called now and then with the payments that have ended, out of how many, and the simulated time.
 */
typedef void (*hst_day_progress)(void *context, uint64_t ended, uint64_t total, int64_t time_ns);

/** How to run. */
typedef struct hst_day_options {
    hst_inputs *inputs;           /**< where the scenario and its tables are */
    const char *root;             /**< the scenario's path in them */
    const char *const *overrides; /**< "key.path=value" */
    size_t override_count;        /**< how many */
    const char *output;           /**< result file; NULL = none */
    bool overwrite;               /**< replace an existing result */
    unsigned threads;             /**< >= 1 */
    bool audit;                   /**< replay every ledger at the end */
    const volatile sig_atomic_t
        *interrupted;          /**< stop soon when it becomes non-zero; may be NULL */
    hst_day_progress progress; /**< may be NULL */
    void *progress_context;    /**< handed to it */
} hst_day_options;

/** One named figure of the summary. */
typedef struct hst_day_metric {
    char name[48];         /**< dotted */
    char unit[16];         /**< base unit */
    double value;          /**< the figure */
    char description[120]; /**< what it is */
} hst_day_metric;

/** A figure beside a published one. */
typedef struct hst_day_target {
    char name[48];       /**< dotted metric */
    char unit[16];       /**< unit of both */
    double measured;     /**< by this run */
    double published;    /**< by somebody else */
    hst_row_bound bound; /**< which side counts as meeting it */
    char source[120];    /**< who */
} hst_day_target;

/** Reasons a payment may fail for: numbers of hst_row_reason are below it. */
enum { HST_DAY_REASON_COUNT = 16 };

/** Figures a segment is reported by. */
typedef struct hst_day_segment {
    uint64_t submitted, completed, failed, waited, pending; /**< payments */
    uint64_t by_reason[HST_DAY_REASON_COUNT];               /**< failures, by hst_row_reason */
    int64_t p50_ns, p90_ns, p99_ns;                         /**< submission to credit */
    double cost_pct, fee_pct, margin_pct, liquidity_pct;    /**< mean of payments' own per cents */
    double value_cost_pct;                                  /**< cost over amount, by value */
    double bank_10min_pct, bank_1h_pct, credited_1h_pct;    /**< of payments submitted */
    double at_most_one_pct;                                 /**< completed with <= 1 intermediary */
} hst_day_segment;

/** Most entries of the lists below. */
enum { HST_DAY_METRIC_MAX = 192, HST_DAY_TARGET_MAX = 32, HST_DAY_INVARIANT_MAX = 24 };

/** One invariant. */
typedef struct hst_day_invariant {
    char name[48];         /**< short */
    char description[224]; /**< what it says */
    uint64_t checked;      /**< times checked */
    uint64_t violated;     /**< times broken */
} hst_day_invariant;

/** What came of it. */
typedef struct hst_day_report {
    hst_scenario scenario;                        /**< as run */
    hst_hash digest;                              /**< run digest */
    char digest_hex[65];                          /**< the same, for people */
    uint64_t total, completed, failed, pending;   /**< payments */
    uint64_t events, transfers, blocks;           /**< work done */
    uint32_t corridors, currencies, institutions; /**< corridors with payments; world */
    uint32_t ledgers;                             /**< books kept */
    double wall_seconds;           /**< spent; host figures are never part of the digest */
    double cpu_seconds;            /**< of all threads */
    double setup_cpu_seconds;      /**< of them, before the first event */
    uint64_t peak_memory_bytes;    /**< of the process */
    uint64_t planned_memory_bytes; /**< for payments, from the scenario */
    hst_day_segment segments[HST_SEGMENT_SUMS];          /**< last = all */
    uint32_t metric_count;                               /**< entries of metrics */
    hst_day_metric metrics[HST_DAY_METRIC_MAX];          /**< the summary */
    uint32_t target_count;                               /**< entries of targets */
    hst_day_target targets[HST_DAY_TARGET_MAX];          /**< beside published figures */
    uint32_t invariant_count;                            /**< entries of invariants */
    hst_day_invariant invariants[HST_DAY_INVARIANT_MAX]; /**< all of them */
    uint64_t invariants_checked, invariants_violated;    /**< sums */
} hst_day_report;

/** Run. The report is large: keep it off small stacks. */
HST_NODISCARD hst_status hst_day_run(const hst_day_options *options,
                                     hst_day_report *report,
                                     hst_error *error);

/** Names, units and descriptions of the figures a report can have, in its order, with values of
 * zero; returns how many there are. Those from "dlt." on are in reports of days with a distributed
 * ledger alone. */
uint32_t hst_day_metrics(hst_day_metric metrics[HST_DAY_METRIC_MAX]);

/** Word for a reason as in results ("no_liquidity"), or NULL for a number that is none. */
const char *hst_day_reason_text(uint32_t reason);

/** Version of the program, "0.1.0". */
const char *hst_version(void);

#endif
