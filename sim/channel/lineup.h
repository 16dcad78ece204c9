/** @file sim/channel/lineup.h
 * Routers side by side on one network of channels: by prior of the balances, by scale of the
 * capacities, over several seeds.
 *
 *   cells   priors x scales
 *   trials  cells x seeds x routers, and O3 once a cell and seed        (threads)
 *   rows    by cell and router: means over seeds with Student's t intervals
 *
 * Payments depend on the seed alone, balances on prior and seed: all routers of a cell meet the
 * same, and cells of a seed differ in nothing else. A scale multiplies capacities and largest
 * amounts, not payments.
 *
 * Routers of a cell are ranked by the value they deliver, and compared seed by seed with fewest
 * hops, the shortest path. Rankings are shown by prior, since they
 * depend on it (arXiv 2410.13784).
 *
 * Units     shares of 1; parts per million; messages; nanoseconds of processor time a decision.
 * Errors    as sim/channel/trial.h; HST_INVALID too when a scaled capacity is out of range.
 * Threads   any number of them; rows do not depend on it (but for processor time).
 */
#ifndef HST_SIM_CHANNEL_LINEUP_H
#define HST_SIM_CHANNEL_LINEUP_H

#include "sim/channel/trial.h"
#include "sim/statistics/statistics.h"

enum {
    HST_CHANNEL_LINEUP_ROUTER_MAX = 48,
    HST_CHANNEL_LINEUP_SCALE_MAX = 16,
    HST_CHANNEL_LINEUP_SEED_MAX = 100,
    HST_CHANNEL_LINEUP_PAYMENT_MAX = 1000000
};

/** What to run. */
typedef struct hst_channel_lineup {
    hst_channel_table table;                                        /**< at scale 1 */
    hst_channel_demand demand;                                      /**< law of payments */
    const hst_router_kind *routers[HST_CHANNEL_LINEUP_ROUTER_MAX];  /**< order of the rows */
    hst_channel_prior priors[HST_CHANNEL_PRIOR_COUNT];              /**< of balances */
    uint32_t scales[HST_CHANNEL_LINEUP_SCALE_MAX];                  /**< factors, >= 1 */
    uint32_t router_count;                                          /**< >= 1 */
    uint32_t prior_count;                                           /**< >= 1 */
    uint32_t scale_count;                                           /**< >= 1 */
    uint32_t seed_count;                                            /**< >= 1 */
    uint64_t first_seed;                                            /**< and the next ones */
    uint32_t payments;                                              /**< a trial */
    uint32_t attempts;                                              /**< a payment */
    int64_t spacing_ns;                                             /**< between payments */
    double confidence;                                              /**< of intervals */
    unsigned threads;                                               /**< >= 1 */
    double (*clock)(void);                                          /**< may be NULL */
    const volatile sig_atomic_t *interrupted;                       /**< may be NULL */
    void (*progress)(void *context, uint32_t done, uint32_t total); /**< may be NULL */
    void *progress_context;                                         /**< handed to it */
} hst_channel_lineup;

/** What a cell says of a router. */
typedef struct hst_channel_row {
    const hst_router_kind *router; /**< whose */
    hst_interval success;          /**< share of payments */
    hst_interval volume;           /**< share of the value asked for */
    hst_interval of_bound;         /**< value as a share of O3 */
    hst_interval lead;             /**< volume less fewest-hops', paired by seed; 0 without it */
    hst_interval attempts;         /**< a payment */
    hst_interval probes;           /**< messages a payment */
    hst_interval fee_ppm;          /**< fees of the value delivered */
    double volume_msat;            /**< mean value delivered */
    double first_attempt;          /**< share of payments */
    double parts;                  /**< a delivered payment */
    double route_cpu_ns;           /**< a decision */
    uint32_t rank;                 /**< 1 = most value delivered; equals share the better one */
} hst_channel_row;

/** One prior at one scale. */
typedef struct hst_channel_cell {
    hst_channel_prior prior;   /**< of balances */
    uint32_t scale;            /**< of capacities */
    double bound;              /**< O3, mean share of the value asked for */
    hst_channel_row *rows;     /**< by router */
    hst_channel_score *scores; /**< [seed * router_count + router] */
    int64_t *bounds_msat;      /**< O3 by seed */
} hst_channel_cell;

/** Everything. */
typedef struct hst_channel_lineup_result {
    hst_channel_cell *cells; /**< [prior * scale_count + scale], from the arena */
    uint32_t cell_count;     /**< how many */
    uint64_t digest;         /**< of all scores but processor time, and of the bounds */
} hst_channel_lineup_result;

/** Trials of a line-up, bounds included. */
uint32_t hst_channel_lineup_trials(const hst_channel_lineup *lineup);

/** Run it. */
HST_NODISCARD hst_status hst_channel_lineup_run(const hst_channel_lineup *lineup,
                                                hst_memory memory,
                                                hst_arena *arena,
                                                hst_channel_lineup_result *result);

#endif
