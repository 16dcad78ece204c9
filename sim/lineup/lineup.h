/** @file sim/lineup/lineup.h
 * Every router on the same worlds, over several seeds: trials in parallel, then what the numbers
 * say, with intervals.
 *
 *   trials  routers x seeds, each on its own copy of a seed's world       (threads)
 *   scores  by router and seed
 *   rows    by router: means over seeds, ratio to the oracle, intervals, tests
 *
 * Ratios are formed seed by seed and then averaged, with Student's t interval over seeds: all
 * routers of a seed met the same payments and the same luck. A router's difference to the reference
 * (the cheapest advertised one) is tested by Wilcoxon's signed rank over seeds, and Holm's
 * correction over routers.
 *
 * Regret up to a window is the sum of (cost - oracle's cost) so far over the oracle's sum so far.
 * Recovery is the number of payments after the break until the ratio of a window comes within two
 * points of its mean before the break.
 *
 * Units     basis points of the amount, shares, hours, nanoseconds of processor time a decision.
 * Errors    HST_NO_MEMORY, HST_INTERRUPTED.
 * Threads   any number of them; rows do not depend on it (but for processor time). With a log
 *           one thread, so that the log is in order.
 */
#ifndef HST_SIM_LINEUP_LINEUP_H
#define HST_SIM_LINEUP_LINEUP_H

#include "sim/lineup/trial.h"
#include "sim/statistics/statistics.h"

#include <signal.h>

enum { HST_LINEUP_ROUTER_MAX = 48, HST_LINEUP_SEED_MAX = 100 };

/** What to run. */
typedef struct hst_lineup_plan {
    hst_lineup_recipe recipe;                              /**< of every world */
    const hst_router_kind *routers[HST_LINEUP_ROUTER_MAX]; /**< in the order of the rows */
    uint32_t router_count;                                 /**< >= 1 */
    uint32_t seed_count;                                   /**< 1 ... HST_LINEUP_SEED_MAX */
    uint64_t first_seed;                                   /**< worlds first_seed ... */
    double confidence;                                     /**< of intervals */
    unsigned threads;                                      /**< >= 1 */
    hst_lineup_host host;                                  /**< clock, trainer, log */
    const volatile sig_atomic_t *interrupted;              /**< may be NULL */
    void (*progress)(void *context, uint32_t done, uint32_t total); /**< may be NULL */
    void *progress_context;                                         /**< handed to it */
} hst_lineup_plan;

/** What the numbers say of a router. */
typedef struct hst_lineup_row {
    const hst_router_kind *router;           /**< whose */
    hst_interval cost_bps;                   /**< mean all-in cost */
    hst_interval ratio;                      /**< to the oracle's */
    hst_interval saving_bps;                 /**< reference's cost - own; 0 wide for itself */
    double p;                                /**< of the saving, Holm-corrected; 1 for itself */
    double weighted_bps;                     /**< cost over value */
    double fee_bps, time_bps, failure_bps;   /**< parts of the mean cost */
    double first_attempt, completed;         /**< shares of payments */
    double attempts;                         /**< a payment */
    double delay_p50_h, delay_p95_h;         /**< of completed payments */
    double route_cpu_ns;                     /**< a decision */
    double fit_cpu_s, fits;                  /**< of boosted trees, a world */
    double window_bps[HST_LINEUP_WINDOWS];   /**< mean cost over time */
    double window_ratio[HST_LINEUP_WINDOWS]; /**< to the oracle's */
    double regret[HST_LINEUP_WINDOWS];       /**< relative, up to here */
    hst_lineup_forecast forecast;            /**< of hops; no hops when it says nothing */
    double recovery; /**< payments after the break; -1 = not within the run */
} hst_lineup_row;

/** Everything. */
typedef struct hst_lineup_result {
    hst_lineup_row *rows;     /**< plan.router_count, from the arena */
    hst_lineup_score *scores; /**< [router * seed_count + seed]; its arrays are NULL */
    uint32_t oracle;          /**< row that ratios refer to, or router_count: ratios are 0 */
    uint32_t reference;       /**< row that savings refer to, or router_count: likewise */
    uint64_t digest;          /**< of all scores but processor time */
} hst_lineup_result;

/** Run all trials and form the rows. */
HST_NODISCARD hst_status hst_lineup_run(const hst_lineup_plan *plan,
                                        hst_memory memory,
                                        hst_arena *arena,
                                        hst_lineup_result *result);

#endif
