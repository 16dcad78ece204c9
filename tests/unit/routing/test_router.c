/* The contract over every registered router, and the registry itself. */
#include "core/routing/cheapest_advertised.h"
#include "core/routing/router.h"

#include "tests/unit/routing/assertions.h"
#include "tests/unit/routing/router_contract.h"
#include "tests/unit/routing/support.h"

#include <string.h>

static void every_registered_router_keeps_the_contract(void **state)
{
    (void)state;
    size_t count = 0;
    const hst_router_kind *const *kinds = hst_router_kinds(&count);
    for (size_t i = 0; i < count; i++) {
        unsigned plans = 0;
        assertion.subject = kinds[i]->name;
        for (unsigned seed = 1; seed <= 30; seed++) {
            assertion.seed = seed;
            plans += check_router_contract(kinds[i], seed);
        }
        assert_true(plans > 200);
    }
}

static void kinds_have_distinct_names_and_codes(void **state)
{
    (void)state;
    size_t count = 0;
    const hst_router_kind *const *kinds = hst_router_kinds(&count);
    assert_true(count >= 3);
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(hst_router_find_kind(kinds[i]->name), kinds[i]);
        assert_ptr_equal(hst_router_find_kind(kinds[i]->code), kinds[i]);
        assert_true(strlen(kinds[i]->summary) > 0);
        assert_true(strlen(kinds[i]->information) > 0);
    }
    assert_null(hst_router_find_kind("cheapest"));
}

static void queries_outside_the_contract_fire_assertions(void **state)
{
    (void)state;
    static hst_arena arena;
    arena = test_arena();
    const hst_graph_edge edge = {.from = 0, .to = 1, .kind = HST_HOP_BOOK, .enabled = true};
    static hst_graph graph;
    graph = plain_graph(&arena, 2, &edge, 1);
    const hst_router_setup setup = {.graph = &graph, .arena = &arena};
    hst_router *router = NULL;
    assert_int_equal(hst_router_create(&hst_router_cheapest_advertised, &setup, &router), HST_OK);
    assert_string_equal(hst_router_name(router), "cheapest-advertised");
    static hst_route_plan plan;
    static hst_route_query query;
    query = (hst_route_query){.source = 0, .target = 2};
    EXPECT_ASSERTION(hst_ignore(hst_router_route(router, &query, &plan)));
    query = (hst_route_query){.source = 0, .target = 1, .amount_micro_usd = -1};
    EXPECT_ASSERTION(hst_ignore(hst_router_route(router, &query, &plan)));
    query = (hst_route_query){.target = 1, .excluded_count = HST_ROUTE_EXCLUDED_MAX + 1};
    EXPECT_ASSERTION(hst_ignore(hst_router_route(router, &query, &plan)));
    hst_arena_release(&arena);
}

static hst_status lie(hst_router *self, const hst_route_query *query, hst_route_plan *plan)
{
    (void)self;
    (void)query;
    memset(plan, 0, sizeof *plan);
    plan->hop_count = 1;
    plan->cost_micro_usd = 1;
    return HST_OK;
}

static void an_unsound_plan_fires_the_checker_in_debug_builds(void **state)
{
    (void)state;
    static hst_arena arena;
    arena = test_arena();
    const hst_graph_edge edge = {.from = 0, .to = 1, .kind = HST_HOP_BOOK, .enabled = true};
    static hst_graph graph;
    graph = plain_graph(&arena, 2, &edge, 1);
    static const hst_router_kind liar = {.name = "liar", .route = lie};
    static hst_router router;
    router.kind = &liar;
    router.graph = &graph;
    static hst_route_plan plan;
    static const hst_route_query query = {.source = 0, .target = 1};
#ifndef NDEBUG
    EXPECT_ASSERTION(hst_ignore(hst_router_route(&router, &query, &plan)));
#else
    assert_int_equal(hst_router_route(&router, &query, &plan), HST_OK);
#endif
    hst_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_registered_router_keeps_the_contract),
        cmocka_unit_test(kinds_have_distinct_names_and_codes),
        cmocka_unit_test(queries_outside_the_contract_fire_assertions),
        cmocka_unit_test(an_unsound_plan_fires_the_checker_in_debug_builds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
