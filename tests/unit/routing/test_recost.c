/* The checker must see every fault: a sound plan, broken one way at a time. */
#include "core/routing/recost.h"

#include "tests/unit/routing/assertions.h"
#include "tests/unit/routing/support.h"

#include <string.h>

/** 0 -> 1 -> 2 -> 3, with 2 in another currency, a way back 1 -> 0, and a leaf 4 from 0 to 3. */
static hst_graph chain_graph(hst_arena *arena)
{
    hst_graph graph;
    uint32_t id = 0;
    assert_int_equal(hst_graph_init(&graph, arena, 5, 8), HST_OK);
    for (uint32_t i = 0; i < 5; i++) {
        const hst_graph_node node = {i, i == 2 ? 1 : 0, i == 4 ? 0 : HST_NODE_TRANSIT};
        assert_int_equal(hst_graph_add_node(&graph, node, &id), HST_OK);
    }
    const struct {
        uint32_t from, to;
        hst_hop_kind kind;
    } hops[] = {{0, 1, HST_HOP_BOOK}, {1, 2, HST_HOP_FX},   {2, 3, HST_HOP_FX},
                {1, 0, HST_HOP_BOOK}, {0, 4, HST_HOP_BOOK}, {4, 3, HST_HOP_BOOK}};
    for (unsigned i = 0; i < sizeof hops / sizeof hops[0]; i++) {
        const hst_graph_edge edge = {.from = hops[i].from,
                                     .to = hops[i].to,
                                     .kind = hops[i].kind,
                                     .fixed_micro_usd = 10 + i,
                                     .rate_ppb = 400000000,
                                     .delay_ns = INT64_C(1000) * (i + 1),
                                     .limit_micro_usd = 1000,
                                     .enabled = true};
        assert_int_equal(hst_graph_add_edge(&graph, &edge, &id), HST_OK);
    }
    assert_int_equal(hst_graph_freeze(&graph, arena), HST_OK);
    return graph;
}

static hst_route_plan
plan_of(const hst_graph *graph, int64_t amount, const uint32_t *edges, uint32_t count)
{
    hst_route_plan plan;
    memset(&plan, 0, sizeof plan);
    memcpy(plan.edges, edges, count * sizeof edges[0]);
    plan.hop_count = count;
    hst_route_plan_price(graph, amount, &plan);
    return plan;
}

static void rates_are_rounded_down_once_for_the_whole_path(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    const hst_graph graph = chain_graph(&arena);
    /* 0.4 * 2 = 0.8 a hop: each alone rounds to 0, three together to 2. */
    const uint32_t edges[] = {0, 1, 2};
    const hst_route_plan plan = plan_of(&graph, 2, edges, 3);
    assert_int_equal(plan.cost_micro_usd, 10 + 11 + 12 + 2);
    assert_int_equal(hst_plan_recost_micro_usd(&graph, 2, edges, 3), 35);
    assert_int_equal(plan.delay_ns, 6000);
    assert_int_equal(plan.fx_hops, 2);
    hst_arena_release(&arena);
}

static void every_fault_is_seen(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    hst_graph graph = chain_graph(&arena);
    const uint32_t edges[] = {0, 1, 2};
    const uint32_t excluded[] = {5, 1};
    const hst_route_query query = {.source = 0, .target = 3, .amount_micro_usd = 7};
    const hst_route_plan sound = plan_of(&graph, 7, edges, 3);
    assert_int_equal(hst_plan_check(&graph, &query, &sound), HST_PLAN_SOUND);

    hst_route_plan plan = sound;
    plan.hop_count = HST_HOP_LIMIT_DEFAULT + 1;
    assert_int_equal(hst_plan_check(&graph, &query, &plan), HST_PLAN_TOO_LONG);
    plan = sound;
    plan.edges[1] = graph.edge_count;
    assert_int_equal(hst_plan_check(&graph, &query, &plan), HST_PLAN_UNKNOWN_EDGE);
    plan = sound;
    plan.hop_count = 2;
    assert_int_equal(hst_plan_check(&graph, &query, &plan), HST_PLAN_WRONG_ENDS);
    plan.hop_count = 0;
    assert_int_equal(hst_plan_check(&graph, &query, &plan), HST_PLAN_WRONG_ENDS);
    const uint32_t broken[] = {0, 5};
    plan = plan_of(&graph, 7, broken, 2);
    assert_int_equal(hst_plan_check(&graph, &query, &plan), HST_PLAN_BROKEN);
    const uint32_t loop[] = {0, 3, 0, 1, 2};
    plan = plan_of(&graph, 7, loop, 5);
    assert_int_equal(hst_plan_check(&graph, &query, &plan), HST_PLAN_REVISITS);
    const uint32_t over_leaf[] = {4, 5};
    plan = plan_of(&graph, 7, over_leaf, 2);
    assert_int_equal(hst_plan_check(&graph, &query, &plan), HST_PLAN_NO_TRANSIT);
    hst_route_query other = query;
    other.amount_micro_usd = 1001;
    plan = plan_of(&graph, 1001, edges, 3);
    assert_int_equal(hst_plan_check(&graph, &other, &plan), HST_PLAN_OVER_LIMIT);
    other = query;
    other.excluded_edges = excluded;
    other.excluded_count = 2;
    assert_int_equal(hst_plan_check(&graph, &other, &sound), HST_PLAN_EXCLUDED_EDGE);
    plan = sound;
    plan.cost_micro_usd++;
    assert_int_equal(hst_plan_check(&graph, &query, &plan), HST_PLAN_WRONG_COST);
    plan = sound;
    plan.delay_ns--;
    assert_int_equal(hst_plan_check(&graph, &query, &plan), HST_PLAN_WRONG_DELAY);
    plan = sound;
    plan.fx_hops = 1;
    assert_int_equal(hst_plan_check(&graph, &query, &plan), HST_PLAN_WRONG_FX_HOPS);
    hst_graph_set_enabled(&graph, 1, false);
    assert_int_equal(hst_plan_check(&graph, &query, &sound), HST_PLAN_CLOSED_EDGE);
    for (unsigned fault = 0; fault < HST_PLAN_FAULT_COUNT; fault++) {
        assert_true(strlen(hst_plan_fault_text((hst_plan_fault)fault)) > 0);
    }
    hst_arena_release(&arena);
}

static void an_empty_plan_is_sound_only_between_equal_ends(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    const hst_graph graph = chain_graph(&arena);
    hst_route_plan plan;
    memset(&plan, 0, sizeof plan);
    const hst_route_query query = {.source = 2, .target = 2, .amount_micro_usd = 7};
    assert_int_equal(hst_plan_check(&graph, &query, &plan), HST_PLAN_SOUND);
    hst_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_are_rounded_down_once_for_the_whole_path),
        cmocka_unit_test(every_fault_is_seen),
        cmocka_unit_test(an_empty_plan_is_sound_only_between_equal_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
