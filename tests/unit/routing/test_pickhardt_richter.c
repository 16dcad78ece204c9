/* R8: splits re-costed part by part, small cases by hand. */
#include "core/routing/pickhardt_richter.h"
#include "core/routing/recost.h"

#include "tests/unit/routing/assertions.h"
#include "tests/unit/routing/lightning.h"
#include "tests/unit/routing/support.h"

#include <string.h>

#define DOLLAR INT64_C(1000000)

static hst_router *new_router(const hst_graph *graph, hst_arena *arena)
{
    const hst_router_setup setup = {.graph = graph, .arena = arena};
    hst_router *router = NULL;
    assert_int_equal(hst_router_create(&hst_router_pickhardt_richter, &setup, &router), HST_OK);
    return router;
}

/** Amounts add up; each part is sound and costs what it says; parts share limits. */
static void
check_split(const hst_graph *graph, const hst_route_query *query, const hst_route_split *split)
{
    static int64_t carried[256];
    int64_t sum = 0;
    memset(carried, 0, sizeof carried);
    assert_true(split->part_count >= 1 && split->part_count <= HST_ROUTE_PART_MAX);
    for (uint32_t i = 0; i < split->part_count; i++) {
        const hst_route_part *part = &split->parts[i];
        hst_route_query asked = *query;
        asked.amount_micro_usd = part->amount_micro_usd;
        assert_true(part->amount_micro_usd > 0);
        assert_int_equal(hst_plan_check(graph, &asked, &part->plan), HST_PLAN_SOUND);
        assert_int_equal(hst_plan_recost_micro_usd(graph, part->amount_micro_usd, part->plan.edges,
                                                   part->plan.hop_count),
                         part->plan.cost_micro_usd);
        for (uint32_t hop = 0; hop < part->plan.hop_count; hop++) {
            carried[part->plan.edges[hop]] += part->amount_micro_usd;
        }
        sum += part->amount_micro_usd;
    }
    assert_int_equal(sum, query->amount_micro_usd);
    for (uint32_t e = 0; e < graph->edge_count; e++) {
        const int64_t limit = graph->edges[e].limit_micro_usd;
        assert_true(limit == 0 || carried[e] <= limit);
    }
}

/** Tell the router of every part; the last hop of part `failing` fails. */
static void tell(hst_router *router,
                 const hst_route_query *query,
                 const hst_route_split *split,
                 uint32_t failing)
{
    for (uint32_t i = 0; i < split->part_count; i++) {
        const hst_route_part *part = &split->parts[i];
        for (uint32_t hop = 0; hop < part->plan.hop_count; hop++) {
            const bool fails = i == failing && hop + 1 == part->plan.hop_count;
            const hst_hop_outcome outcome = {
                .edge = part->plan.edges[hop],
                .hop_index = hop,
                .result = fails ? HST_HOP_NO_LIQUIDITY : HST_HOP_DONE,
                .amount_micro_usd = part->amount_micro_usd,
                .submitted_ns = query->time_ns,
            };
            hst_router_feedback(router, &outcome, 1);
        }
    }
}

static void splits_of_random_payments_are_sound_and_repeat(void **state)
{
    (void)state;
    unsigned several = 0;
    unsigned beyond_one_path = 0;
    for (unsigned seed = 1; seed <= 40; seed++) {
        hst_arena arena = test_arena();
        hst_random random = hst_random_stream(seed, 0, 0, 7);
        const graph_recipe recipe = {.node_count = 14,
                                     .edge_count = 40 + seed,
                                     .currency_count = 2,
                                     .transit_share = 80,
                                     .free_share = seed % 3 == 0 ? 90 : 10,
                                     .disabled_share = 5,
                                     .limited_share = 80,
                                     .distinct_charges = 20,
                                     .charge_step = 100000,
                                     .rate_step = 300000,
                                     .limit_max = 1000 * DOLLAR};
        hst_graph graph = random_graph(&arena, &recipe, &random);
        hst_router *router = new_router(&graph, &arena);
        hst_router *twin = new_router(&graph, &arena);
        for (unsigned i = 0; i < 40; i++) {
            const uint32_t barred[] = {(uint32_t)hst_random_below(&random, graph.edge_count)};
            const hst_route_query query = {
                .source = (uint32_t)hst_random_below(&random, graph.node_count),
                .target = (uint32_t)hst_random_below(&random, graph.node_count),
                .amount_micro_usd = 1 + (int64_t)hst_random_below(&random, 900 * DOLLAR),
                .time_ns = i * HOUR_NS / 20,
                .excluded_edges = barred,
                .excluded_count = 1};
            static hst_route_split split;
            static hst_route_split again;
            hst_route_plan plan;
            memset(&split, 0, sizeof split);
            memset(&again, 0, sizeof again);
            const hst_status status = hst_router_split(router, &query, &split);
            assert_int_equal(status, hst_router_split(twin, &query, &again));
            assert_memory_equal(&split, &again, sizeof split);
            const hst_status single = hst_router_route(router, &query, &plan);
            if (status != HST_OK) {
                assert_int_equal(status, HST_NO_PATH);
                assert_int_equal(single, HST_NO_PATH); /* parts go wherever the whole goes */
                continue;
            }
            check_split(&graph, &query, &split);
            several += split.part_count > 1;
            beyond_one_path += single == HST_NO_PATH;
            tell(router, &query, &split, i % 4);
            tell(twin, &query, &split, i % 4);
        }
        hst_arena_release(&arena);
    }
    assert_true(several > 100);
    assert_true(beyond_one_path > 50);
}

/** Two ways from 0 to 3, through 1 (edges 0, 1) and through 2 (edges 2, 3). */
static hst_graph two_ways(hst_arena *arena, int64_t limit, int64_t dear_fixed, int64_t dear_rate)
{
    const hst_graph_edge sample = {
        .kind = HST_HOP_BOOK, .limit_micro_usd = limit, .fixed_micro_usd = 1, .enabled = true};
    hst_graph_edge edges[4] = {sample, sample, sample, sample};
    edges[0].to = 1;
    edges[1].from = 1;
    edges[1].to = 3;
    edges[2].to = 2;
    edges[3].from = 2;
    edges[3].to = 3;
    edges[3].fixed_micro_usd = dear_fixed;
    edges[3].rate_ppb = dear_rate;
    return plain_graph(arena, 4, edges, 4);
}

static void a_payment_too_large_for_one_way_takes_two(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    hst_graph graph = two_ways(&arena, 100 * DOLLAR, 1, 0);
    hst_router *router = new_router(&graph, &arena);
    const hst_route_query query = {.target = 3, .amount_micro_usd = 150 * DOLLAR + 7};
    static hst_route_split split;
    hst_route_plan plan;
    assert_int_equal(hst_router_route(router, &query, &plan), HST_NO_PATH);
    assert_int_equal(hst_router_split(router, &query, &split), HST_OK);
    assert_int_equal(split.part_count, 2);
    check_split(&graph, &query, &split);
    const hst_route_query more = {.target = 3, .amount_micro_usd = 201 * DOLLAR};
    assert_int_equal(hst_router_split(router, &more, &split), HST_NO_PATH);
    assert_int_equal(split.part_count, 2); /* left as it was */
    hst_arena_release(&arena);
}

static void equal_ways_share_up_to_the_first_pivot(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    hst_graph graph = two_ways(&arena, 100 * DOLLAR, 1, 0);
    hst_router *router = new_router(&graph, &arena);
    const hst_route_query query = {.target = 3, .amount_micro_usd = 80 * DOLLAR};
    static hst_route_split split;
    assert_int_equal(hst_router_split(router, &query, &split), HST_OK);
    assert_int_equal(split.part_count, 2); /* beyond half its limit a way costs more */
    const int64_t first = split.parts[0].amount_micro_usd;
    const int64_t larger = first > 40 * DOLLAR ? first : 80 * DOLLAR - first;
    assert_true(larger >= 49 * DOLLAR && larger <= 51 * DOLLAR);
    hst_arena_release(&arena);
}

static void small_payments_are_not_split(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    hst_graph graph = two_ways(&arena, DOLLAR + DOLLAR / 10, 1, 0);
    hst_router *router = new_router(&graph, &arena);
    static hst_route_split split;
    hst_route_query query = {.target = 3, .amount_micro_usd = DOLLAR};
    assert_int_equal(hst_router_split(router, &query, &split), HST_OK);
    assert_int_equal(split.part_count, 1);
    query.amount_micro_usd++;
    assert_int_equal(hst_router_split(router, &query, &split), HST_OK);
    assert_int_equal(split.part_count, 2);
    hst_arena_release(&arena);
}

/** The way taken for 80 dollars when hop 1 is known to hold less than 90. */
static uint32_t first_edge_when_the_cheap_way_is_unsure(int64_t dear_rate)
{
    hst_arena arena = test_arena();
    hst_graph graph = two_ways(&arena, 1000 * DOLLAR, 1, dear_rate);
    graph.edges[1].rate_ppb = 1000000; /* not free: the median is its charge or the dear one's */
    hst_router *router = new_router(&graph, &arena);
    const hst_hop_outcome failed = {
        .edge = 1, .result = HST_HOP_NO_LIQUIDITY, .amount_micro_usd = 90 * DOLLAR};
    hst_router_feedback(router, &failed, 1);
    const hst_route_query query = {.target = 3, .amount_micro_usd = 80 * DOLLAR};
    hst_route_plan plan;
    assert_int_equal(hst_router_route(router, &query, &plan), HST_OK);
    hst_arena_release(&arena);
    return plan.edges[0];
}

static void certainty_is_bought_within_the_budget_only(void **state)
{
    (void)state;
    assert_int_equal(first_edge_when_the_cheap_way_is_unsure(9000000), 2);  /* 0.9 % */
    assert_int_equal(first_edge_when_the_cheap_way_is_unsure(11000000), 0); /* 1.1 % */
}

static void ways_beyond_the_hop_limit_are_replaced(void **state)
{
    (void)state;
    enum { CHAIN = HST_HOP_LIMIT_DEFAULT + 2 };
    hst_arena arena = test_arena();
    hst_graph_edge edges[CHAIN + 1];
    memset(edges, 0, sizeof edges);
    for (uint32_t i = 0; i <= CHAIN; i++) {
        edges[i] = (hst_graph_edge){.from = i == CHAIN ? 0 : i,
                                    .to = i == CHAIN ? CHAIN : i + 1,
                                    .kind = HST_HOP_BOOK,
                                    .limit_micro_usd = 1000 * DOLLAR,
                                    .rate_ppb = i == CHAIN ? 5000000 : 0,
                                    .enabled = true};
    }
    hst_graph graph = plain_graph(&arena, CHAIN + 1, edges, CHAIN + 1);
    hst_router *router = new_router(&graph, &arena);
    hst_hop_outcome passed = {.result = HST_HOP_DONE, .amount_micro_usd = 500 * DOLLAR};
    for (uint32_t i = 0; i < CHAIN; i++) { /* the chain is free and sure */
        passed.edge = i;
        hst_router_feedback(router, &passed, 1);
    }
    hst_route_query query = {.target = CHAIN, .amount_micro_usd = 100 * DOLLAR};
    static hst_route_split split;
    assert_int_equal(hst_router_split(router, &query, &split), HST_OK);
    check_split(&graph, &query, &split);
    assert_int_equal(split.part_count, 1);
    assert_int_equal(split.parts[0].plan.edges[0], CHAIN);
    query.amount_micro_usd = 1500 * DOLLAR; /* more than the short way takes */
    assert_int_equal(hst_router_split(router, &query, &split), HST_NO_PATH);
    hst_arena_release(&arena);
}

static void a_failed_hop_is_avoided_and_tried_after_an_hour(void **state)
{
    (void)state;
    check_failure_is_forgotten(&hst_router_pickhardt_richter, 5 * DOLLAR, HOUR_NS / 2, 2 * HOUR_NS);
}

static void corrupt_state_is_refused(void **state)
{
    (void)state;
    check_corrupt_state_is_refused(&hst_router_pickhardt_richter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_of_random_payments_are_sound_and_repeat),
        cmocka_unit_test(a_payment_too_large_for_one_way_takes_two),
        cmocka_unit_test(equal_ways_share_up_to_the_first_pivot),
        cmocka_unit_test(small_payments_are_not_split),
        cmocka_unit_test(certainty_is_bought_within_the_budget_only),
        cmocka_unit_test(ways_beyond_the_hop_limit_are_replaced),
        cmocka_unit_test(a_failed_hop_is_avoided_and_tried_after_an_hour),
        cmocka_unit_test(corrupt_state_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
