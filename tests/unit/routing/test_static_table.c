/* R2: instructions before prices, wide after narrow, the first listed correspondent last. */
#include "core/routing/recost.h"
#include "core/routing/static_table.h"

#include "tests/unit/routing/assertions.h"
#include "tests/unit/routing/support.h"

#include <string.h>

/* A bank (0) pays a bank (5) in another currency through one of three hubs.
 *   nodes  0 bank A/EUR   1 hub P/EUR  2 hub Q/EUR  3 hub P/USD  4 hub Q/USD  5 bank B/USD
 *          6 hub R/EUR, which leads nowhere
 *   edges  0: 0->1  1: 0->2  2: 1->3 fx  3: 2->4 fx  4: 3->5  5: 4->5  6: 0->6  7: 6->0
 * Hub P is dearer than hub Q. */
enum { VIA_P = 0, VIA_Q = 1 };

static const uint32_t chain_p[] = {0, 2};
static const uint32_t chain_q[] = {1, 3};
static const uint32_t chain_p_whole[] = {0, 2, 4};
static const uint32_t chain_q_whole[] = {1, 3, 5};
static const uint32_t chain_corner[] = {6};

static hst_graph corridor(hst_arena *arena)
{
    hst_graph graph;
    uint32_t id = 0;
    assert_int_equal(hst_graph_init(&graph, arena, 7, 8), HST_OK);
    const hst_graph_node nodes[] = {{10, 0, 0}, {11, 0, 1}, {12, 0, 1}, {11, 1, 1},
                                    {12, 1, 1}, {20, 1, 0}, {13, 0, 1}};
    for (unsigned i = 0; i < 7; i++) {
        assert_int_equal(hst_graph_add_node(&graph, nodes[i], &id), HST_OK);
    }
    const uint32_t ends[][2] = {{0, 1}, {0, 2}, {1, 3}, {2, 4}, {3, 5}, {4, 5}, {0, 6}, {6, 0}};
    for (unsigned i = 0; i < 8; i++) {
        const hst_graph_edge edge = {.from = ends[i][0],
                                     .to = ends[i][1],
                                     .kind = i == 2 || i == 3 ? HST_HOP_FX : HST_HOP_BOOK,
                                     .fixed_micro_usd = i % 2 == 0 ? 90 : 10,
                                     .limit_micro_usd = 1000000,
                                     .enabled = true};
        assert_int_equal(hst_graph_add_edge(&graph, &edge, &id), HST_OK);
    }
    assert_int_equal(hst_graph_freeze(&graph, arena), HST_OK);
    return graph;
}

static hst_router *new_router(const hst_graph *graph, hst_arena *arena, uint32_t entries)
{
    const hst_router_setup setup = {
        .graph = graph, .arena = arena, .table_entry_count_max = entries};
    hst_router *router = NULL;
    assert_int_equal(hst_router_create(&hst_router_static_table, &setup, &router), HST_OK);
    return router;
}

/** Pay 0 -> 5 and look at the first hop: which hub was it? */
static uint32_t hub_used(hst_router *router, const hst_route_query *query)
{
    hst_route_plan plan;
    assert_int_equal(hst_router_route(router, query, &plan), HST_OK);
    assert_int_equal(hst_plan_check(router->graph, query, &plan), HST_PLAN_SOUND);
    assert_int_equal(plan.hop_count, 3);
    return plan.edges[0];
}

static const hst_route_query payment = {.source = 0, .target = 5, .amount_micro_usd = 500};

static void without_instructions_the_first_listed_correspondent_is_used(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    const hst_graph graph = corridor(&arena);
    hst_router *router = new_router(&graph, &arena, 0);
    assert_int_equal(hub_used(router, &payment), VIA_P);
    hst_arena_release(&arena);
}

static void a_narrow_instruction_goes_before_a_wide_one(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    const hst_graph graph = corridor(&arena);
    hst_router *router = new_router(&graph, &arena, 8);
    assert_int_equal(hst_static_table_add(router, 0, HST_SSI_CURRENCY, 1, chain_q, 2), HST_OK);
    assert_int_equal(hub_used(router, &payment), VIA_Q);
    assert_int_equal(hst_static_table_add(router, 0, HST_SSI_INSTITUTION, 20, chain_p, 2), HST_OK);
    assert_int_equal(hub_used(router, &payment), VIA_P);
    assert_int_equal(hst_static_table_add(router, 0, HST_SSI_EXACT, 5, chain_q_whole, 3), HST_OK);
    assert_int_equal(hub_used(router, &payment), VIA_Q);
    hst_arena_release(&arena);
}

static void the_next_instruction_is_tried_when_one_is_unusable(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    hst_graph graph = corridor(&arena);
    hst_router *router = new_router(&graph, &arena, 8);
    assert_int_equal(hst_static_table_add(router, 0, HST_SSI_EXACT, 5, chain_q_whole, 3), HST_OK);
    assert_int_equal(hst_static_table_add(router, 0, HST_SSI_EXACT, 5, chain_p_whole, 3), HST_OK);
    assert_int_equal(hub_used(router, &payment), VIA_Q);
    hst_graph_set_enabled(&graph, 3, false);
    assert_int_equal(hub_used(router, &payment), VIA_P);
    hst_graph_set_enabled(&graph, 3, true);
    assert_int_equal(hst_graph_set_limit(&graph, 5, 499), HST_OK);
    assert_int_equal(hub_used(router, &payment), VIA_P);
    assert_int_equal(hst_graph_set_limit(&graph, 5, 500), HST_OK);
    assert_int_equal(hub_used(router, &payment), VIA_Q);
    const uint32_t failed[] = {1};
    hst_route_query retry = payment;
    retry.excluded_edges = failed;
    retry.excluded_count = 1;
    assert_int_equal(hub_used(router, &retry), VIA_P);
    hst_arena_release(&arena);
}

static void a_correspondent_s_own_instructions_take_over(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    const hst_graph graph = corridor(&arena);
    hst_router *router = new_router(&graph, &arena, 8);
    const uint32_t last[] = {5};
    assert_int_equal(hst_static_table_add(router, 0, HST_SSI_CURRENCY, 1, chain_q, 2), HST_OK);
    assert_int_equal(hst_static_table_add(router, 4, HST_SSI_EXACT, 5, last, 1), HST_OK);
    assert_int_equal(hub_used(router, &payment), VIA_Q);
    hst_arena_release(&arena);
}

static void instructions_that_lead_into_a_corner_are_given_up(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    const hst_graph graph = corridor(&arena);
    hst_router *router = new_router(&graph, &arena, 8);
    assert_int_equal(hst_static_table_add(router, 0, HST_SSI_CURRENCY, 1, chain_corner, 1), HST_OK);
    assert_int_equal(hub_used(router, &payment), VIA_P);
    hst_arena_release(&arena);
}

static void no_way_at_all_is_no_path(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    hst_graph graph = corridor(&arena);
    hst_router *router = new_router(&graph, &arena, 8);
    hst_graph_set_enabled(&graph, 4, false);
    hst_graph_set_enabled(&graph, 5, false);
    hst_route_plan plan;
    assert_int_equal(hst_router_route(router, &payment, &plan), HST_NO_PATH);
    hst_arena_release(&arena);
}

static void a_chain_that_is_none_is_refused(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    const hst_graph graph = corridor(&arena);
    hst_router *router = new_router(&graph, &arena, 1);
    const uint32_t unjoined[] = {0, 3};
    const uint32_t unknown[] = {99};
    assert_int_equal(hst_static_table_add(router, 0, HST_SSI_EXACT, 5, unjoined, 2), HST_INVALID);
    assert_int_equal(hst_static_table_add(router, 0, HST_SSI_EXACT, 5, unknown, 1), HST_INVALID);
    assert_int_equal(hst_static_table_add(router, 0, HST_SSI_EXACT, 5, unknown, 0), HST_INVALID);
    assert_int_equal(hst_static_table_add(router, 1, HST_SSI_EXACT, 5, chain_p, 2), HST_INVALID);
    /* Ends at bank B, which does not forward, so it can only be for bank B. */
    assert_int_equal(hst_static_table_add(router, 0, HST_SSI_EXACT, 4, chain_p_whole, 3),
                     HST_INVALID);
    assert_int_equal(hst_static_table_add(router, 0, HST_SSI_EXACT, 5, chain_p_whole, 3), HST_OK);
    assert_int_equal(hst_static_table_add(router, 0, HST_SSI_EXACT, 5, chain_p_whole, 3), HST_FULL);
    EXPECT_ASSERTION(
        hst_ignore(hst_static_table_add(router, 7, HST_SSI_EXACT, 5, chain_p_whole, 3)));
    hst_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_instructions_the_first_listed_correspondent_is_used),
        cmocka_unit_test(a_narrow_instruction_goes_before_a_wide_one),
        cmocka_unit_test(the_next_instruction_is_tried_when_one_is_unusable),
        cmocka_unit_test(a_correspondent_s_own_instructions_take_over),
        cmocka_unit_test(instructions_that_lead_into_a_corner_are_given_up),
        cmocka_unit_test(no_way_at_all_is_no_path),
        cmocka_unit_test(a_chain_that_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
