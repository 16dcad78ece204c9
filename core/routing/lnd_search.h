/** @file core/routing/lnd_search.h
 * LND's path search: from the receiver backwards, by the distance
 *
 *   distance(path) = sum of weights + cost of an attempt / P(path)
 *
 * of which the least is the better route to try first. P is a product, so the distance of a whole
 * is not the sum of its parts, and the best rest of a path depends on what precedes it. The search
 * settles nodes in the order of the distance all the same, and keeps one label a node. It is a
 * heuristic: it can miss the path of least distance, or find none where a hop limit or the least
 * chance cut off the label that was kept. Finding the least distance is NP-complete (arXiv
 * 2410.13784). How often it misses is counted in unit.routing.lnd.
 *
 *   weight(hop) = advertised charge + price of time * advertised delay
 *
 * LND's second term is the risk of locked funds, 15e-9 of the amount for each block of time lock;
 * here it is what the sender says its time is worth. Unlike in LND, which pays no fee to itself,
 * the first hop's charge counts: here it is real.
 *
 * Units     micro-USD, nanoseconds; weights and distances in whole femto-USD.
 * Errors    HST_NO_PATH.
 * Memory    about 64 bytes a node and 20 an edge, from the arena.
 * Threads   one search, one thread.
 * Determinism  equal distances go to the higher chance, then to the label found first; nodes of
 *           equal distance settle by their number.
 * Cost      one Dijkstra, not bidirectional; chances are asked only of hops that could matter if
 *           they were sure to succeed.
 * Source    lightningnetwork/lnd, routing/pathfind.go (re-implemented).
 */
#ifndef HST_CORE_ROUTING_LND_SEARCH_H
#define HST_CORE_ROUTING_LND_SEARCH_H

#include "core/routing/router.h"
#include "core/routing/search.h"

/** How paths compare. */
typedef struct hst_lnd_distance {
    int64_t attempt_micro_usd;  /**< cost of an attempt, fixed */
    int64_t attempt_ppb;        /**< and of the amount */
    int64_t delay_ppb_per_hour; /**< price of time, of the amount; 0 = time does not matter */
    double chance_min;          /**< paths below are dropped: 0.01 */
} hst_lnd_distance;

/** Chance that a hop takes the query's amount, 0 ... 1. */
typedef double (*hst_lnd_chance)(void *self, uint32_t edge);

/** What is known of a node. */
typedef struct hst_lnd_label {
    hst_weight weight;   /**< sum of weights from here to the target */
    hst_weight distance; /**< weight + cost of an attempt / chance */
    double chance;       /**< product from here to the target */
    uint32_t edge;       /**< first hop of that path */
    uint32_t hops;       /**< of that path */
    uint32_t epoch;      /**< the search that set it */
    uint32_t settled;    /**< the search that made it final */
} hst_lnd_label;

/** Scratch of one searching thread. */
typedef struct hst_lnd_search {
    const hst_graph *graph; /**< what is searched */
    hst_lnd_label *labels;  /**< by node */
    hst_search_heap heap;   /**< by distance, then node */
    uint32_t epoch;         /**< number of this search */
} hst_lnd_search;

/** Plan the scratch for a frozen graph. HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_lnd_search_init(hst_lnd_search *search,
                                             hst_arena *arena,
                                             const hst_graph *graph);

/** Search and fill the whole plan; HST_NO_PATH leaves it as it was. */
HST_NODISCARD hst_status hst_lnd_search_run(hst_lnd_search *search,
                                            const hst_lnd_distance *how,
                                            const hst_route_query *query,
                                            hst_lnd_chance chance,
                                            void *self,
                                            hst_route_plan *plan);

/** Weight of one hop. */
hst_weight
hst_lnd_weight(const hst_lnd_distance *how, int64_t amount_micro_usd, const hst_graph_edge *edge);

/** Distance of a path of this weight and chance (> 0). */
hst_weight hst_lnd_distance_of(const hst_lnd_distance *how,
                               int64_t amount_micro_usd,
                               hst_weight weight,
                               double chance);

#endif
