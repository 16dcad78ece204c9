/* Exploration: what is on record is what happens, and recording changes nothing. */
#include "core/routing/learned.h"

#include "tests/unit/routing/assertions.h"
#include "tests/unit/routing/support.h"

#include <math.h>
#include <string.h>

/** Four ways from 0 to 1; the last is too dear to try. */
static hst_graph four_ways(hst_arena *arena)
{
    const hst_graph_edge edges[] = {
        {.from = 0, .to = 1, .kind = HST_HOP_BOOK, .rate_ppb = 1000000, .enabled = true},
        {.from = 0, .to = 1, .kind = HST_HOP_BOOK, .rate_ppb = 1200000, .enabled = true},
        {.from = 0, .to = 1, .kind = HST_HOP_BOOK, .rate_ppb = 1300000, .enabled = true},
        {.from = 0, .to = 1, .kind = HST_HOP_BOOK, .rate_ppb = 9000000, .enabled = true},
    };
    return plain_graph(arena, 2, edges, 4);
}

static hst_router *new_router(const hst_graph *graph, hst_arena *arena, bool notes)
{
    const hst_router_setup setup = {.graph = graph,
                                    .arena = arena,
                                    .random = hst_random_stream(3, 0, 0, 8),
                                    .prices = {.failure_ppb = 4000000},
                                    .notes_choices = notes};
    hst_router *router = NULL;
    assert_int_equal(hst_router_create(&hst_router_learned, &setup, &router), HST_OK);
    return router;
}

static hst_route_query query_of(unsigned payment)
{
    return (hst_route_query){
        .source = 0, .target = 1, .amount_micro_usd = 1000000000, .payment = payment};
}

static void plans_are_taken_as_often_as_their_propensities_say(void **state)
{
    (void)state;
    enum { QUERIES = 60000 };
    hst_arena arena = test_arena();
    const hst_graph graph = four_ways(&arena);
    hst_router *router = new_router(&graph, &arena, true);
    double taken[HST_ROUTE_CHOICE_MAX] = {0};
    for (unsigned i = 0; i < QUERIES; i++) {
        const hst_route_query query = query_of(i);
        hst_route_plan plan;
        assert_int_equal(hst_router_route(router, &query, &plan), HST_OK);
        const hst_route_choice *choice = hst_router_choice(router);
        assert_non_null(choice);
        assert_int_equal(choice->count, 3);
        assert_memory_equal(&plan, &choice->plans[choice->taken], sizeof plan);
        taken[choice->taken]++;
    }
    const hst_route_choice *choice = hst_router_choice(router);
    double sum = 0;
    for (unsigned c = 0; c < 3; c++) {
        const double p = choice->propensity[c];
        sum += p;
        assert_true(fabs(taken[c] / QUERIES - p) < 4 * sqrt(p * (1 - p) / QUERIES));
        assert_int_equal(choice->plans[c].edges[0], c);
        assert_true(c == 0 || choice->expected_micro_usd[c] > choice->expected_micro_usd[c - 1]);
    }
    assert_true(fabs(sum - 1) < 1e-12);
    assert_true(fabs(choice->propensity[1] - 0.01 / 3) < 1e-12);
    hst_arena_release(&arena);
}

static void noting_choices_changes_no_plan(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    const hst_graph graph = four_ways(&arena);
    hst_router *silent = new_router(&graph, &arena, false);
    hst_router *noting = new_router(&graph, &arena, true);
    for (unsigned i = 0; i < 2000; i++) {
        const hst_route_query query = query_of(i);
        hst_route_plan a;
        hst_route_plan b;
        assert_int_equal(hst_router_route(silent, &query, &a), HST_OK);
        assert_int_equal(hst_router_route(noting, &query, &b), HST_OK);
        assert_memory_equal(&a, &b, sizeof a);
        const hst_hop_outcome outcome = {.edge = a.edges[0],
                                         .result = i % 7 == 0 ? HST_HOP_NO_LIQUIDITY : HST_HOP_DONE,
                                         .amount_micro_usd = query.amount_micro_usd};
        hst_router_feedback(silent, &outcome, 1);
        hst_router_feedback(noting, &outcome, 1);
    }
    assert_null(hst_router_choice(silent));
    hst_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plans_are_taken_as_often_as_their_propensities_say),
        cmocka_unit_test(noting_choices_changes_no_plan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
