/** @file core/routing/surrogate.h
 * From beliefs about hops to a plan: the additive surrogate of expected all-in cost.
 *
 *   weight(hop) = advertised charge + expected extra + price of time * expected delay
 *                 - cost of a failure * ln P(hop succeeds)
 *
 * A path that fails costs a failure and is tried again elsewhere, so its expected cost is about
 * the sum of charges plus (1 - P) / P failures, and -ln P is that to first order, and adds up along
 * a path. One exact search finds the best sum. Its plan is off by at most what the logarithm left
 * out: (1 - P) / P + ln P failures. unit.routing.surrogate tries all paths of small random graphs,
 * a failure at 40 basis points, and prints how far the plan is from the least expected cost:
 *
 *   mean chance of a hop     0.965 (the line-up's)     0.9        0.76
 *   gap, mean                0.005 %                   0.2 %      1.1 %
 *   gap, largest             1.1 %                     21 %       136 %
 *
 * So it is good where hops mostly work.
 *
 * A router says what it believes of a hop through one function; it is asked once a hop and query.
 *
 * A belief never makes a hop cheaper than advertised: what is expected on top is not negative.
 *
 * Units     micro-USD, nanoseconds; weights in whole femto-USD, rounded to nearest.
 * Errors    HST_NO_PATH; hops with a chance below HST_SUCCESS_FLOOR are not used.
 * Memory    16 bytes an edge and a search's scratch, from the arena.
 * Threads   as its search.
 * Cost      one search; beliefs are asked lazily, only of the hops it touches.
 */
#ifndef HST_CORE_ROUTING_SURROGATE_H
#define HST_CORE_ROUTING_SURROGATE_H

#include "core/routing/router.h"
#include "core/routing/search.h"
#include "core/routing/yen.h"

/** Hops with a lower chance are left out. */
#define HST_SUCCESS_FLOOR 1e-4

/** What a router thinks of `edge` for `query`; `belief` comes zeroed but for success = 1 and
 * delay_ns = the advertised delay. */
typedef void (*hst_believe)(void *self,
                            const hst_route_query *query,
                            uint32_t edge,
                            hst_hop_truth *belief);

/** A planner with its scratch. */
typedef struct hst_surrogate {
    hst_search search;            /**< scratch */
    hst_route_prices prices;      /**< of time and failure */
    hst_weight *weights;          /**< by edge: weight for the query in `asked` */
    uint32_t *asked;              /**< by edge: number of the query it is for */
    uint32_t number;              /**< of the query */
    hst_believe believe;          /**< the router's */
    void *self;                   /**< the router */
    const hst_route_query *query; /**< being answered */
} hst_surrogate;

/** Plan the scratch for setup->graph. HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_surrogate_init(hst_surrogate *surrogate,
                                            const hst_router_setup *setup,
                                            hst_believe believe,
                                            void *self);

/** The best plan by the beliefs, with its advertised price. HST_NO_PATH. */
HST_NODISCARD hst_status hst_surrogate_plan(hst_surrogate *surrogate,
                                            const hst_route_query *query,
                                            hst_route_plan *plan);

/** The k best plans by the beliefs, best first, in yen->paths. HST_NO_PATH. */
HST_NODISCARD hst_status hst_surrogate_alternatives(hst_surrogate *surrogate,
                                                    const hst_route_query *query,
                                                    uint32_t k,
                                                    hst_yen *yen);

/** A path of the scratch as a plan with its advertised price. */
void hst_surrogate_to_plan(const hst_surrogate *surrogate,
                           const hst_route_query *query,
                           const uint32_t *edges,
                           uint32_t hop_count,
                           hst_route_plan *plan);

/** Weight of one belief: what hst_surrogate_plan adds up. HST_WEIGHT_CLOSED below the floor. */
hst_weight hst_surrogate_weight(const hst_route_prices *prices,
                                int64_t amount_micro_usd,
                                const hst_graph_edge *edge,
                                const hst_hop_truth *belief);

#endif
