/** @file core/routing/yen.h
 * The k best paths without repeated nodes, by the caller's weights.
 *
 * Path i + 1 is the best of all that leave the first i somewhere: for each node of path i, the best
 * way on from there that neither returns to the part before nor takes an edge that an earlier path
 * took from the same beginning. Each is one exact search (core/routing/search.h,
 * HST_ORDER_WEIGHED), so the list is in the searches' total order and unique.
 *
 * Units     femto-USD.
 * Errors    HST_NO_PATH when there is none at all; fewer than k is no error.
 * Memory    fixed, in the caller's hst_yen.
 * Threads   as its search.
 * Cost      at most 1 + (k - 1) * HST_HOP_MAX searches.
 * Source    Yen, "Finding the K shortest loopless paths in a network", Management Science 17, 1971;
 *           Lawler, Management Science 18, 1972 (leave only behind the last deviation).
 */
#ifndef HST_CORE_ROUTING_YEN_H
#define HST_CORE_ROUTING_YEN_H

#include "core/routing/search.h"

/** Most paths of one call. */
enum { HST_YEN_PATH_MAX = 16 };

/** A path. */
typedef struct hst_yen_path {
    uint32_t edges[HST_HOP_MAX]; /**< from source to target */
    uint32_t hop_count;          /**< how many */
    uint32_t deviation;          /**< hops shared with the path it left */
    hst_weight weight;           /**< sum, femto-USD */
} hst_yen_path;

/** Answer and scratch. */
typedef struct hst_yen {
    hst_yen_path paths[HST_YEN_PATH_MAX];                    /**< best first */
    uint32_t path_count;                                     /**< how many were found */
    hst_yen_path candidates[HST_YEN_PATH_MAX * HST_HOP_MAX]; /**< scratch */
    uint32_t candidate_count;                                /**< scratch */
    uint32_t barred_nodes[HST_HOP_MAX + 1];                  /**< scratch */
    uint32_t barred_node_count;                              /**< scratch */
    uint32_t barred_edges[HST_YEN_PATH_MAX];                 /**< scratch */
    uint32_t barred_edge_count;                              /**< scratch */
    const hst_graph *graph;                                  /**< scratch */
    hst_search_weigh weigh;                                  /**< the caller's */
    void *weigh_context;                                     /**< the caller's */
} hst_yen;

/** The k best paths of the graph's hop limit for a query of HST_ORDER_WEIGHED; 1 <= k <=
 * HST_YEN_PATH_MAX, source and target differ. */
HST_NODISCARD hst_status hst_yen_paths(hst_yen *yen,
                                       hst_search *search,
                                       const hst_search_query *query,
                                       uint32_t k);

#endif
