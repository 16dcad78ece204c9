/** @file core/routing/search.h
 * Exact best paths over the corridor graph: what is asked, what is answered, and the scratch a
 * search works in. The two algorithms (core/routing/dijkstra.h, core/routing/bidirectional.h) give
 * the same answer, edge for edge.
 *
 * Order of paths. Costs are exact integers in femto-USD (1e-15 US dollars), so nothing is rounded
 * before two paths are compared:
 *
 *   exact cost of a hop = fixed_micro_usd * 1e9 + amount * rate_ppb + delay_price * delay_ns
 *
 *   HST_ORDER_CHEAPEST      lower exact cost, then fewer hops, then the list rule
 *   HST_ORDER_FEWEST_HOPS   fewer hops, then lower exact cost, then the list rule
 *   HST_ORDER_FIRST_LISTED  fewer hops, then the list rule
 *   HST_ORDER_WEIGHED       lower sum of the caller's weights, then fewer hops, then the list rule
 *   list rule               edge ids compared hop by hop from the source: the smaller first
 *                           difference wins
 *
 * The order is total, so the answer is unique: it does not depend on the algorithm, the heap or the
 * machine. A path may use an edge when it is enabled, takes the amount and is not excluded, and may
 * pass through a node only when that node forwards (HST_NODE_TRANSIT).
 *
 * A hop limit is exact too: when the best path is longer than asked, a second search by hop count
 * finds the best one within the limit.
 *
 * Units     femto-USD for exact costs, micro-USD for amounts.
 * Errors    HST_NO_PATH.
 * Memory    the scratch is planned at init: about 128 bytes a node and 40 an edge, times two.
 *           A path lives in the scratch until its next search.
 * Threads   a scratch belongs to one thread; any number of them may search one frozen graph at
 *           once as long as nobody changes it.
 * Cost      nothing is cleared between searches: labels carry the number of their search.
 * Source    Dijkstra, Numer. Math. 1, 1959; Pohl, "Bi-directional search", Machine Intelligence 6,
 *           1971; Dreyfus, Oper. Res. 17(3), 1969 (stopping rule). The list rule and how both
 *           algorithms obey it: core/routing/search_trace.c.
 */
#ifndef HST_CORE_ROUTING_SEARCH_H
#define HST_CORE_ROUTING_SEARCH_H

#include "core/base/arena.h"
#include "core/base/status.h"
#include "core/routing/graph.h"

#include <stdbool.h>
#include <stdint.h>

/** An exact cost or a path's rank. */
__extension__ typedef unsigned __int128 hst_weight;

/** Femto-USD in a micro-USD. */
#define HST_FEMTO_PER_MICRO UINT64_C(1000000000)

/** No hop limit. */
#define HST_HOPS_UNLIMITED UINT32_MAX

/** Largest price of delay: a thousand dollars a second. */
#define HST_DELAY_PRICE_MAX_MICRO_USD_PER_S INT64_C(1000000000)

/** Which path is best. */
typedef enum hst_search_order {
    HST_ORDER_CHEAPEST,     /**< cost, hops, list rule */
    HST_ORDER_FEWEST_HOPS,  /**< hops, cost, list rule */
    HST_ORDER_FIRST_LISTED, /**< hops, list rule: prices are not looked at */
    HST_ORDER_WEIGHED       /**< the caller's weights, hops, list rule */
} hst_search_order;

/** What a hop weighs to the caller of HST_ORDER_WEIGHED, in femto-USD: below HST_WEIGHT_CLOSED, or
 * that for a hop this query must not use; the same each time one search asks. */
typedef hst_weight (*hst_search_weigh)(void *context, uint32_t edge);

/** The hop is closed to this query. */
#define HST_WEIGHT_CLOSED ((hst_weight)1 << 91)

/** What is asked. */
typedef struct hst_search_query {
    uint32_t source;                     /**< node */
    uint32_t target;                     /**< node; equal to source gives the empty path */
    int64_t amount_micro_usd;            /**< 0 ... HST_ROUTE_AMOUNT_MAX_MICRO_USD */
    int64_t delay_price_micro_usd_per_s; /**< 0 ... HST_DELAY_PRICE_MAX_MICRO_USD_PER_S */
    hst_search_order order;              /**< which path is best */
    uint32_t hop_count_max;              /**< 1 ... graph->hop_limit, or HST_HOPS_UNLIMITED */
    uint32_t excluded_count;             /**< edges not to use, tested one by one: keep few */
    const uint32_t *excluded_edges;      /**< their ids, unordered */
    hst_search_weigh weigh;              /**< for HST_ORDER_WEIGHED; asked once or more an edge */
    void *weigh_context;                 /**< handed to it */
    bool weigh_above_charge;             /**< no weight is below the hop's advertised charge: it is
                                              then asked only of hops that could matter */
} hst_search_query;

/** What is answered. */
typedef struct hst_search_path {
    const uint32_t *edges;      /**< from source to target, in the scratch */
    uint32_t hop_count;         /**< how many */
    hst_weight exact_femto_usd; /**< exact cost with the price of delay; 0 for FIRST_LISTED;
                                     sum of the weights for WEIGHED */
    int64_t
        limit_floor_micro_usd; /**< the path stays best, at this query's costs, for the hops
                                    that take any amount in (floor, amount]; -1 = no limit seen */
} hst_search_path;

/** One direction's binary relation of node and rank: see search_internal.h. */
struct hst_search_node;

/** A lazy 4-ary heap: keys in groups of four, one cache line each. */
typedef struct hst_search_heap {
    hst_weight *keys;  /**< the root at index 3, children of i at 4 * (i - 2) ... + 3 */
    uint32_t *nodes;   /**< beside the keys */
    uint32_t end;      /**< one behind the last entry; 3 when empty */
    uint32_t capacity; /**< places */
} hst_search_heap;

/** Scratch of one searching thread; fields are private to the searches. */
typedef struct hst_search {
    const hst_graph *graph;        /**< what is searched */
    struct hst_search_node *nodes; /**< labels of both directions */
    hst_search_heap heaps[2];      /**< forward, backward */
    uint32_t *meetings;            /**< nodes where the halves of a best path join */
    uint32_t meeting_count;        /**< how many */
    uint32_t *stack;               /**< node_count places, also the frontier of hop_limited */
    uint32_t *path;                /**< edges of the answer */
    hst_weight *layers;            /**< (hop_limit + 1) * node_count ranks by hop count */
    uint32_t *layer_nodes;         /**< nodes of each layer, node_count places a layer */
    hst_weight best;               /**< rank of the best path so far */
    hst_weight tops[2];            /**< no unsettled node of a side ranks below this */
    uint32_t epoch;                /**< number of this search; labels of others do not count */
    hst_search_query query;        /**< being answered */
    uint64_t excluded_mask;        /**< bit (edge & 63) of each excluded edge */
    int64_t limit_floor_micro_usd; /**< largest ceiling that closed an edge to this query */
} hst_search;

/** Plan the scratch for a frozen graph. HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_search_init(hst_search *search,
                                         hst_arena *arena,
                                         const hst_graph *graph);

#endif
