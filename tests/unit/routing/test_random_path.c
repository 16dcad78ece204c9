/* The floor draws evenly from the eight best paths by hops. */
#include "core/routing/random_path.h"

#include "tests/unit/routing/assertions.h"
#include "tests/unit/routing/support.h"

#include <string.h>

static hst_router *new_router(const hst_graph *graph, hst_arena *arena)
{
    const hst_router_setup setup = {
        .graph = graph, .arena = arena, .random = hst_random_stream(4, 0, 0, 8)};
    hst_router *router = NULL;
    assert_int_equal(hst_router_create(&hst_router_random_path, &setup, &router), HST_OK);
    return router;
}

static void each_of_the_eight_paths_of_fewest_hops_is_drawn_as_often(void **state)
{
    (void)state;
    enum { DIRECT = 7, DRAWS = 8000 };
    /* Seven direct hops, the dearest first, then three ways of two hops: the first listed of them
     * is the eighth path. */
    hst_graph_edge edges[DIRECT + 4];
    memset(edges, 0, sizeof edges);
    for (unsigned i = 0; i < DIRECT; i++) {
        edges[i] = (hst_graph_edge){
            .from = 0, .to = 1, .kind = HST_HOP_BOOK, .fixed_micro_usd = 70 - 10 * i};
    }
    edges[DIRECT] = (hst_graph_edge){.from = 0, .to = 2, .kind = HST_HOP_BOOK};
    for (unsigned i = 1; i < 4; i++) {
        edges[DIRECT + i] = (hst_graph_edge){.from = 2, .to = 1, .kind = HST_HOP_BOOK};
    }
    for (unsigned i = 0; i < DIRECT + 4; i++) {
        edges[i].enabled = true;
    }
    hst_arena arena = test_arena();
    const hst_graph graph = plain_graph(&arena, 3, edges, DIRECT + 4);
    hst_router *router = new_router(&graph, &arena);
    unsigned taken[DIRECT + 4] = {0};
    for (unsigned i = 0; i < DRAWS; i++) {
        const hst_route_query query = {
            .source = 0, .target = 1, .amount_micro_usd = 1000, .payment = i};
        hst_route_plan plan;
        assert_int_equal(hst_router_route(router, &query, &plan), HST_OK);
        taken[plan.edges[plan.hop_count - 1]]++;
    }
    double chi_square = 0;
    for (unsigned i = 0; i < 8; i++) {
        const unsigned seen = i < DIRECT ? taken[i] : taken[DIRECT + 1];
        const double off = (double)seen - DRAWS / 8.0;
        chi_square += off * off / (DRAWS / 8.0);
    }
    assert_true(chi_square < 24.3); /* 7 degrees of freedom: one in a thousand */
    assert_int_equal(taken[DIRECT + 2] + taken[DIRECT + 3], 0);
    hst_arena_release(&arena);
}

static void hops_that_are_closed_or_too_small_are_not_drawn(void **state)
{
    (void)state;
    const hst_graph_edge edges[] = {
        {.from = 0, .to = 1, .kind = HST_HOP_BOOK, .enabled = false},
        {.from = 0, .to = 1, .kind = HST_HOP_BOOK, .enabled = true, .limit_micro_usd = 999},
        {.from = 0, .to = 1, .kind = HST_HOP_BOOK, .enabled = true},
    };
    hst_arena arena = test_arena();
    hst_graph graph = plain_graph(&arena, 2, edges, 3);
    hst_router *router = new_router(&graph, &arena);
    hst_route_query query = {.source = 0, .target = 1, .amount_micro_usd = 1000};
    hst_route_plan plan;
    for (unsigned i = 0; i < 50; i++) {
        query.payment = i;
        assert_int_equal(hst_router_route(router, &query, &plan), HST_OK);
        assert_int_equal(plan.edges[0], 2);
    }
    hst_graph_set_enabled(&graph, 2, false);
    assert_int_equal(hst_router_route(router, &query, &plan), HST_NO_PATH);
    hst_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_of_the_eight_paths_of_fewest_hops_is_drawn_as_often),
        cmocka_unit_test(hops_that_are_closed_or_too_small_are_not_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
