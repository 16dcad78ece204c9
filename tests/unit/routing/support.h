/** @file tests/unit/routing/support.h
 * Graphs and slow references shared by the routing tests.
 *
 * The references share nothing with the searches: they read edge records, keep cost and hops as two
 * numbers, and compare paths element by element.
 */
#ifndef HST_TESTS_UNIT_ROUTING_SUPPORT_H
#define HST_TESTS_UNIT_ROUTING_SUPPORT_H

#include "core/base/arena.h"
#include "core/base/random.h"
#include "core/routing/router.h"
#include "core/routing/search.h"

/** An arena on the C library's memory. */
hst_arena test_arena(void);

/** How a random graph is made; shares in per cent. */
typedef struct graph_recipe {
    uint32_t node_count;
    uint32_t edge_count;
    uint32_t currency_count;   /* currency of node i is i % currency_count */
    uint32_t transit_share;    /* nodes that forward */
    uint32_t free_share;       /* edges that cost nothing */
    uint32_t disabled_share;   /* closed edges */
    uint32_t limited_share;    /* edges with a limit */
    uint32_t distinct_charges; /* fixed and rate are drawn from this many values: few = many ties */
    int64_t charge_step;       /* micro-USD between two values */
    int64_t rate_step;         /* ppb between two values */
    int64_t limit_max;         /* limits are uniform up to this */
} graph_recipe;

/** A frozen random graph. */
hst_graph random_graph(hst_arena *arena, const graph_recipe *recipe, hst_random *random);

/** Add and freeze from plain edges between nodes that all forward, one currency. */
hst_graph plain_graph(hst_arena *arena,
                      uint32_t node_count,
                      const hst_graph_edge *edges,
                      uint32_t edge_count);

/** A path and its rank, spelled out. */
typedef struct reference_path {
    bool found;
    __extension__ unsigned __int128 cost; /* femto-USD */
    uint32_t hop_count;
    uint32_t edges[64];
} reference_path;

/** Best path by trying every path without repeated nodes: tiny graphs only. */
reference_path enumerate_best(const hst_graph *graph, const hst_search_query *query);

/** Best path by Bellman-Ford from the target; no hop limit, order CHEAPEST or FEWEST_HOPS. */
reference_path bellman_ford(const hst_graph *graph, const hst_search_query *query);

/** A query with no hop limit. */
hst_search_query simple_query(uint32_t source, uint32_t target, int64_t amount_micro_usd);

/** Does a search's answer equal a reference's? */
bool same_answer(hst_status status, const hst_search_path *path, const reference_path *reference);

#endif
