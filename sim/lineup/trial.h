/** @file sim/lineup/trial.h
 * One router on one world: every payment routed, tried, paid for and learned from.
 *
 * Cost of a payment, in basis points of its amount: charges of the hops that carried it, the price
 * of the time until it arrived, the price of each failed attempt. A failed attempt takes the time
 * of the hops before the one that failed and half an hour there; that hop is then excluded. After
 * HST_LINEUP_ATTEMPTS attempts, or without a path, the payment is given up at a price.
 *
 * Where the recipe says `splits`, a router that splits is asked for parts. All of an attempt are
 * sent at once and settled in their order, one after another on what the ones before left. Each
 * arrives or fails by itself; what failed is asked for again as a smaller payment, what arrived has
 * arrived: partial, not all or nothing. Time is the slowest part's; prices of failing and of giving
 * up are by the share that failed or was given up. A payment is completed when all of it arrived.
 *
 * Units     basis points as doubles; nanoseconds.
 * Errors    HST_NO_MEMORY; what the trainer of boosted trees answers.
 * Threads   one trial, one thread; trials are independent.
 */
#ifndef HST_SIM_LINEUP_TRIAL_H
#define HST_SIM_LINEUP_TRIAL_H

#include "core/routing/tree_ensemble.h"

#include "sim/lineup/calibration.h"
#include "sim/lineup/world.h"

enum { HST_LINEUP_ATTEMPTS = 4, HST_LINEUP_WINDOWS = 20 };

/** The prices of the reference comparison: 1.5 bp an hour, 40 bp a failed attempt. */
extern const hst_route_prices hst_lineup_prices;

/** Price of giving up, basis points. */
#define HST_LINEUP_GIVEN_UP_BPS 400.0

/** What came of a trial. */
typedef struct hst_lineup_score {
    uint32_t payments;                     /**< routed */
    uint32_t completed;                    /**< of them */
    uint32_t first_attempt;                /**< completed at the first attempt */
    uint64_t attempts;                     /**< plans tried */
    double cost_bps;                       /**< mean over payments */
    double fee_bps, time_bps, failure_bps; /**< its parts */
    double weighted_bps;                   /**< all cost over all amounts */
    double delay_p50_h, delay_p95_h;       /**< of completed payments, hours */
    double window_bps[HST_LINEUP_WINDOWS]; /**< mean cost by twentieth of the payments */
    double route_cpu_ns;                   /**< host time a decision; not of the digest */
    double fit_cpu_s;                      /**< host time of fitting trees; not of the digest */
    uint64_t fits;                         /**< how often trees were fitted */
    hst_lineup_calibration forecasts;      /**< of routers that say what they expect of hops */
    float *costs_bps;                      /**< by payment; from the arena */
    bool *arrived;                         /**< by payment: completed; from the arena */
} hst_lineup_score;

/** A clock that measures how long routing takes, in seconds; NULL = not measured. */
typedef double (*hst_lineup_clock)(void);

/** A first attempt whose plan was chosen with known chances, for a log. */
typedef struct hst_lineup_choice {
    const hst_router_kind *router;         /**< whose */
    const hst_route_query *query;          /**< what was asked */
    const hst_lineup_world *world;         /**< on which */
    const hst_route_choice *choice;        /**< candidates, costs, propensities */
    double true_bps[HST_ROUTE_CHOICE_MAX]; /**< expected cost of one attempt by the world */
    double cost_bps;                       /**< what the attempt cost */
    bool completed;                        /**< it arrived */
} hst_lineup_choice;

/** What a trial may use of its host. Zero what there is not. */
typedef struct hst_lineup_host {
    hst_lineup_clock clock;          /**< to measure routing and fitting */
    const hst_tree_trainer *trainer; /**< of boosted trees; without it M5 is M3 */
    /** Told of every first attempt that was chosen with known chances. */
    void (*log)(void *context, const hst_lineup_choice *choice);
    void *log_context; /**< handed to it */
} hst_lineup_host;

/** Run one. `arena` holds router and costs. `host` may be NULL. */
HST_NODISCARD hst_status hst_lineup_trial(const hst_router_kind *kind,
                                          const hst_lineup_recipe *recipe,
                                          uint64_t seed,
                                          const hst_lineup_host *host,
                                          hst_arena *arena,
                                          hst_lineup_score *score);

#endif
