/** @file core/routing/probe.h
 * What a sender finds out by probing: what a hop and a path can carry now, over which hops a query
 * may go, edge-disjoint shortest paths, and which hop is the other direction of which.
 *
 * A probe travels along a path and reports what each hop could carry. Its price is counted in
 * messages, one a hop of each path probed, also where an earlier probe passed already. Where the
 * host's view has no balances (hst_route_view.carries is NULL) a hop is taken to carry its
 * published limit, and without one anything.
 *
 * Units     micro-USD.
 * Errors    none.
 * Memory    hst_disjoint_paths: 4 bytes an edge and a search's scratch.
 * Threads   as core/routing/router.h.
 * Cost      a hop O(excluded edges); a path its hops; disjoint paths one search each.
 * Source    Suurballe's problem is not solved here: the paths are shortest one after the other, as
 *           in Sivaraman et al., "High throughput cryptocurrency routing in payment channel
 *           networks", NSDI 2020.
 */
#ifndef HST_CORE_ROUTING_PROBE_H
#define HST_CORE_ROUTING_PROBE_H

#include "core/routing/router.h"
#include "core/routing/search.h"

/** A path and what it carries. */
typedef struct hst_probed_path {
    uint32_t edges[HST_HOP_MAX]; /**< from source to target */
    uint32_t hop_count;          /**< how many */
    int64_t carries;             /**< the least of its hops; 0 = nothing gets through */
} hst_probed_path;

/** May any part of this payment go over the hop: open, not excluded, joined by nodes that forward,
 * not back into the source nor out of the target? */
bool hst_probe_allows(const hst_graph *graph, const hst_route_query *query, uint32_t edge);

/** The most the hop takes of one payment now: balance and published limit, 0 ...
 * HST_ROUTE_AMOUNT_MAX_MICRO_USD. Does not ask hst_probe_allows. `view` may be NULL. */
int64_t hst_probe_hop(const hst_graph *graph, const hst_route_view *view, uint32_t edge);

/** Probe a path: fill path->carries; the messages it took. */
uint32_t hst_probe_path(const hst_graph *graph, const hst_route_view *view, hst_probed_path *path);

/** Make a plan of a path for an amount. */
void hst_probed_plan(const hst_graph *graph,
                     const hst_probed_path *path,
                     int64_t amount_micro_usd,
                     hst_route_plan *plan);

/** Make a plan of the path that carries most, of equal ones the first; HST_NO_PATH when none
 * carries the amount. */
HST_NODISCARD hst_status hst_probed_widest(const hst_graph *graph,
                                           const hst_probed_path *paths,
                                           uint32_t count,
                                           int64_t amount_micro_usd,
                                           hst_route_plan *plan);

/** Append a part, unless it is of nothing. */
void hst_probed_part(const hst_graph *graph,
                     const hst_probed_path *path,
                     int64_t amount_micro_usd,
                     hst_route_split *split);

/** The answer to a query whose ends are the same: one part, no hops, no probes. */
void hst_probed_nowhere(const hst_route_query *query, hst_route_split *split);

/** Scratch for edge-disjoint paths. */
typedef struct hst_disjoint {
    hst_search search;      /**< scratch */
    const hst_graph *graph; /**< what is searched */
    uint32_t *taken;        /**< by edge: the call in which a path took it */
    uint32_t call;          /**< number of this call */
} hst_disjoint;

/** Plan the scratch. HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_disjoint_init(hst_disjoint *disjoint,
                                           hst_arena *arena,
                                           const hst_graph *graph);

/** Up to `count` paths for parts of at least `amount_micro_usd` each, the shortest by hops and then
 * the list rule first, each without the hops of those before; returns how many there are. Source
 * and target differ. */
uint32_t hst_disjoint_paths(hst_disjoint *disjoint,
                            const hst_route_query *query,
                            int64_t amount_micro_usd,
                            uint32_t count,
                            hst_probed_path *paths);

/** By edge: the hop that goes back, HST_GRAPH_NONE where there is none. Of several parallel hops
 * the first goes with the first back, and so on. From the arena; NULL when that is full. */
uint32_t *hst_opposites(const hst_graph *graph, hst_arena *arena);

#endif
