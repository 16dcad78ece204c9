/** @file core/routing/probed_flow.h
 * The most that goes from a source to a target, found by probing, and its cheapest parts: what
 * Flash does with large payments.
 *
 * Shortest augmenting paths (Edmonds and Karp) over hops of unknown balance: a hop is taken to
 * carry its published limit until the first path over it is probed, and then what the probe found
 * less what earlier paths take; a path may also take back what an earlier one sent over a hop. It
 * ends when the paths carry the amount, when there is none, or after `path_count_max` of them. Then
 * the cheapest flow of the amount over all hops probed becomes the parts (core/routing/mcf.h).
 *
 * Flash's: the search, one message a hop of each path probed, least charges over what was found by
 * a linear program. Adapted: the program chooses how much goes along each path found; here their
 * pieces may also be joined otherwise, so the charges are never higher for the same probes. Whole
 * numbers. A fixed charge is spread as if one part carried all. What would go along paths longer
 * than the graph's hop limit goes over the shortest paths left among the hops probed.
 *
 * Units     micro-USD; above 2^40 of them flows count in units of amount / 2^40, rounded up.
 * Errors    HST_NO_PATH.
 * Memory    about 100 bytes an edge and 80 a node.
 * Threads   belongs to one thread at a time.
 * Cost      a search by hops a path, then one min-cost flow over the hops probed.
 * Source    Wang, Xu, Jin, Wang, "Flash: efficient dynamic routing for offchain networks", CoNEXT
 *           2019, algorithm 1 and program 1; Edmonds and Karp, J. ACM 19(2), 1972.
 */
#ifndef HST_CORE_ROUTING_PROBED_FLOW_H
#define HST_CORE_ROUTING_PROBED_FLOW_H

#include "core/routing/mcf.h"
#include "core/routing/probe.h"

/** Most paths of one call. */
enum { HST_PROBED_FLOW_PATHS = 64 };

/** What is known of a hop in this call. */
struct hst_probed_hop;

/** Scratch; fields are private. */
typedef struct hst_probed_flow {
    const hst_graph *graph;      /**< what is searched */
    const hst_route_view *view;  /**< where balances are asked for; may be NULL */
    hst_mcf mcf;                 /**< all hops; only those probed have capacity */
    struct hst_probed_hop *hops; /**< by edge */
    uint32_t *seen;              /**< by node: the search that reached it */
    uint32_t *steps;             /**< by node: edge * 2 + (1: against it) by which */
    uint32_t *depths;            /**< by node: steps from the source */
    uint32_t *queue;             /**< node_count places */
    uint32_t call;               /**< number of this call */
    uint32_t search;             /**< number of this search */
    uint32_t probed_count;       /**< hops probed in this call */
    uint32_t probed[HST_PROBED_FLOW_PATHS * HST_HOP_MAX]; /**< which */
    uint32_t probes;                                      /**< messages of this call */
    hst_route_split trial;                                /**< the answer being made */
} hst_probed_flow;

/** Plan the scratch. HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_probed_flow_init(hst_probed_flow *flow,
                                              hst_arena *arena,
                                              const hst_graph *graph,
                                              const hst_route_view *view);

/** Parts for a query of amount > 0 whose ends differ, over at most `path_count_max` <=
 * HST_PROBED_FLOW_PATHS paths probed. HST_NO_PATH leaves *split as it was. */
HST_NODISCARD hst_status hst_probed_flow_split(hst_probed_flow *flow,
                                               const hst_route_query *query,
                                               uint32_t path_count_max,
                                               hst_route_split *split);

/** The first of the shortest paths not known to carry less that is probed and carries all; ends
 * differ. HST_NO_PATH leaves *path as it was. */
HST_NODISCARD hst_status hst_probed_flow_path(hst_probed_flow *flow,
                                              const hst_route_query *query,
                                              uint32_t path_count_max,
                                              hst_probed_path *path);

#endif
