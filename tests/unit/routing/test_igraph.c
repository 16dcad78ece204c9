/* The searches against igraph's C library on random graphs: another author's heap, another
 * author's loop. Built only where igraph is installed; nothing but tests and benchmarks uses it. */
#include "core/routing/bidirectional.h"
#include "core/routing/dijkstra.h"

#include "tests/unit/routing/support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <igraph/igraph.h>

/** Usable edges of a graph whose nodes all forward, with cost in units of `unit` femto-USD. */
static void build_peer(
    const hst_graph *graph, int64_t amount, double unit, igraph_t *peer, igraph_vector_t *weights)
{
    igraph_vector_int_t ends;
    assert_int_equal(igraph_vector_int_init(&ends, 0), IGRAPH_SUCCESS);
    assert_int_equal(igraph_vector_init(weights, 0), IGRAPH_SUCCESS);
    for (uint32_t e = 0; e < graph->edge_count; e++) {
        const hst_graph_edge *edge = &graph->edges[e];
        if (hst_graph_edge_open(edge, amount)) {
            assert_int_equal(igraph_vector_int_push_back(&ends, edge->from), IGRAPH_SUCCESS);
            assert_int_equal(igraph_vector_int_push_back(&ends, edge->to), IGRAPH_SUCCESS);
            const double cost =
                (double)edge->fixed_micro_usd * 1e9 + (double)edge->rate_ppb * (double)amount;
            assert_int_equal(igraph_vector_push_back(weights, cost / unit), IGRAPH_SUCCESS);
        }
    }
    assert_int_equal(igraph_create(peer, &ends, graph->node_count, IGRAPH_DIRECTED),
                     IGRAPH_SUCCESS);
    igraph_vector_int_destroy(&ends);
}

static void both_searches_find_igraph_s_distances(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 8; seed++) {
        hst_arena arena = test_arena();
        hst_random random = hst_random_stream(seed, 0, 0, 3);
        const graph_recipe recipe = {.node_count = 300,
                                     .edge_count = seed * 250,
                                     .currency_count = 3,
                                     .transit_share = 100,
                                     .free_share = 10,
                                     .disabled_share = 5,
                                     .limited_share = 20,
                                     .distinct_charges = 1000,
                                     .charge_step = 1000,
                                     .rate_step = 1000,
                                     .limit_max = 2000000};
        const hst_graph graph = random_graph(&arena, &recipe, &random);
        /* All costs are multiples of 1e9 femto-USD here: igraph's doubles hold them exactly. */
        const int64_t amount = 1000000;
        igraph_t peer;
        igraph_vector_t weights;
        build_peer(&graph, amount, 1e9, &peer, &weights);
        igraph_matrix_t distances;
        assert_int_equal(igraph_matrix_init(&distances, 0, 0), IGRAPH_SUCCESS);
        assert_int_equal(igraph_distances_dijkstra(&peer, &distances, igraph_vss_all(),
                                                   igraph_vss_all(), &weights, IGRAPH_OUT),
                         IGRAPH_SUCCESS);
        hst_search search;
        assert_int_equal(hst_search_init(&search, &arena, &graph), HST_OK);
        for (unsigned i = 0; i < 250; i++) {
            const uint32_t source = (uint32_t)hst_random_below(&random, graph.node_count);
            const uint32_t target = (uint32_t)hst_random_below(&random, graph.node_count);
            const double expected = MATRIX(distances, source, target);
            const hst_search_query query = simple_query(source, target, amount);
            hst_search_path plain;
            hst_search_path both;
            const hst_status plain_status = hst_dijkstra(&search, &query, &plain);
            const hst_weight plain_cost =
                plain_status == HST_OK ? plain.exact_femto_usd : ~(hst_weight)0;
            const hst_status both_status = hst_bidirectional(&search, &query, &both);
            const hst_weight both_cost =
                both_status == HST_OK ? both.exact_femto_usd : ~(hst_weight)0;
            const hst_weight wanted = expected < IGRAPH_INFINITY
                                          ? (hst_weight)expected * HST_FEMTO_PER_MICRO
                                          : ~(hst_weight)0;
            if (plain_cost != wanted || both_cost != wanted) {
                fail_msg("seed %u, %u -> %u: igraph says %g", seed, source, target, expected);
            }
        }
        igraph_matrix_destroy(&distances);
        igraph_vector_destroy(&weights);
        igraph_destroy(&peer);
        hst_arena_release(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_searches_find_igraph_s_distances),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
