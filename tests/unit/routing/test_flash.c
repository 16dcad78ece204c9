/* R9: elephants against max-flow and the cheapest flow, mice attempt by attempt. */
#include "core/routing/flash.h"
#include "core/routing/probed_flow.h"
#include "core/routing/recost.h"

#include "tests/unit/routing/assertions.h"
#include "tests/unit/routing/channels.h"
#include "tests/unit/routing/support.h"

#include <string.h>

static const channels_recipe small = {.node_count = 8,
                                      .links = 3,
                                      .balance = 1e8,
                                      .spread = 1,
                                      .empty_share = 20,
                                      .rate_max = 1000000};

/** Some query between two nodes. */
static hst_route_query draw_query(const channels *world, hst_random *random, int64_t amount)
{
    hst_route_query query = {.amount_micro_usd = amount};
    while (query.source == query.target) {
        query.source = (uint32_t)hst_random_below(random, world->graph.node_count);
        query.target = (uint32_t)hst_random_below(random, world->graph.node_count);
    }
    return query;
}

static void elephants_get_through_exactly_up_to_the_max_flow(void **state)
{
    (void)state;
    unsigned blocked = 0;
    unsigned several = 0;
    for (unsigned seed = 1; seed <= 150; seed++) {
        hst_arena arena = test_arena();
        hst_random random = hst_random_stream(seed, 0, 0, 7);
        static channels world;
        channels_open(&world, &arena, &small, &random);
        static hst_probed_flow flow;
        assert_int_equal(hst_probed_flow_init(&flow, &arena, &world.graph, &world.view), HST_OK);
        for (unsigned i = 0; i < 6; i++) {
            static hst_route_split split;
            hst_route_query query = draw_query(&world, &random, 1);
            const int64_t most = channels_max_flow(&world, query.source, query.target);
            query.amount_micro_usd = most + 1;
            assert_int_equal(hst_probed_flow_split(&flow, &query, HST_PROBED_FLOW_PATHS, &split),
                             HST_NO_PATH);
            if (most == 0) {
                blocked++;
                continue;
            }
            query.amount_micro_usd = most;
            assert_int_equal(hst_probed_flow_split(&flow, &query, HST_PROBED_FLOW_PATHS, &split),
                             HST_OK);
            int64_t sum = 0;
            for (uint32_t part = 0; part < split.part_count; part++) {
                sum += split.parts[part].amount_micro_usd;
            }
            assert_int_equal(sum, most);
            assert_true(channels_carry(&world, &split));
            several += split.part_count > 1;
        }
        hst_arena_release(&arena);
    }
    assert_true(several > 300);
    assert_true(blocked < 300);
}

/** Could charges be saved by sending some of the flow another way: is there a cycle of negative
 * cost in what is left (Bellman-Ford, from everywhere at once)? */
static bool dearer_than_need_be(const channels *world, const int64_t *flow)
{
    const hst_graph *graph = &world->graph;
    int64_t distance[8] = {0};
    bool moved = true;
    for (uint32_t round = 0; round < graph->node_count && moved; round++) {
        moved = false;
        for (uint32_t step = 0; step < 2 * graph->edge_count; step++) {
            const uint32_t e = step / 2;
            const hst_graph_edge *edge = &graph->edges[e];
            const bool back = step % 2 != 0;
            const uint32_t from = back ? edge->to : edge->from;
            const uint32_t to = back ? edge->from : edge->to;
            const int64_t left = back ? flow[e] : world->balances[e] - flow[e];
            const int64_t cost = back ? -edge->rate_ppb : edge->rate_ppb;
            if (left > 0 && distance[from] + cost < distance[to]) {
                distance[to] = distance[from] + cost;
                moved = true;
            }
        }
    }
    return moved;
}

static void parts_of_elephants_cost_the_least(void **state)
{
    (void)state;
    const channels_recipe recipe = {
        .node_count = 7, .links = 3, .balance = 30, .spread = 0.5, .rate_max = 100};
    unsigned checked = 0;
    for (unsigned seed = 1; seed <= 60; seed++) {
        hst_arena arena = test_arena();
        hst_random random = hst_random_stream(seed, 0, 0, 7);
        static channels world;
        channels_open(&world, &arena, &recipe, &random);
        static hst_probed_flow flow;
        static hst_route_split split;
        assert_int_equal(hst_probed_flow_init(&flow, &arena, &world.graph, &world.view), HST_OK);
        hst_route_query query = draw_query(&world, &random, 1);
        query.amount_micro_usd = channels_max_flow(&world, query.source, query.target) * 3 / 4;
        if (query.amount_micro_usd == 0) {
            hst_arena_release(&arena);
            continue;
        }
        assert_int_equal(hst_probed_flow_split(&flow, &query, HST_PROBED_FLOW_PATHS, &split),
                         HST_OK);
        int64_t taken[64] = {0};
        int64_t charged = 0;
        for (uint32_t i = 0; i < split.part_count; i++) {
            for (uint32_t hop = 0; hop < split.parts[i].plan.hop_count; hop++) {
                const uint32_t edge = split.parts[i].plan.edges[hop];
                taken[edge] += split.parts[i].amount_micro_usd;
                charged += split.parts[i].amount_micro_usd * world.graph.edges[edge].rate_ppb;
            }
        }
        for (uint32_t e = 0; e < world.graph.edge_count; e++) {
            bool probed = false;
            for (uint32_t i = 0; i < flow.probed_count; i++) {
                probed = probed || flow.probed[i] == e;
            }
            world.balances[e] = probed ? world.balances[e] : 0; /* of others it knows nothing */
        }
        assert_false(dearer_than_need_be(&world, taken));
        checked += charged > 0;
        hst_arena_release(&arena);
    }
    assert_true(checked > 30);
}

/** Three ways from 0 to 4 of two hops each, through 1, 2 and 3, that carry 30, 50 and 40. */
static void three_ways(channels *world, hst_arena *arena)
{
    static int64_t balances[6];
    hst_graph_edge edges[6];
    memset(edges, 0, sizeof edges);
    for (uint32_t i = 0; i < 3; i++) {
        edges[2 * i] = (hst_graph_edge){.to = 1 + i, .kind = HST_HOP_BOOK, .enabled = true};
        edges[2 * i + 1] =
            (hst_graph_edge){.from = 1 + i, .to = 4, .kind = HST_HOP_BOOK, .enabled = true};
    }
    hst_random random = hst_random_stream(1, 0, 0, 7);
    channels_open(world, arena, &small, &random); /* for the view */
    world->graph = plain_graph(arena, 5, edges, 6);
    for (uint32_t e = 0; e < 6; e++) {
        balances[e] = e % 2 == 0 ? 100 : (int64_t[]){30, 50, 40}[e / 2];
    }
    world->balances = balances;
}

/** Tell the router that the first attempt of a payment was sent. */
static void sent(hst_router *router, uint64_t payment, int64_t amount)
{
    const hst_hop_outcome outcome = {.payment = payment, .amount_micro_usd = amount};
    hst_router_feedback(router, &outcome, 1);
}

/** Payments of up to 10,000: those of a few hundred become mice. */
static void teach(hst_router *router)
{
    for (unsigned i = 0; i < 100; i++) {
        sent(router, 1000 + i, 100 + i * 100);
    }
}

static void mice_go_blind_and_probe_only_the_paths_that_fell_short(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    static channels world;
    three_ways(&world, &arena);
    hst_router *router = channels_router(&world, &arena, &hst_router_flash);
    teach(router);
    static hst_route_split split;
    hst_route_query query = {.target = 4, .amount_micro_usd = 75};
    world.asked = 0;
    assert_int_equal(hst_router_split(router, &query, &split), HST_OK);
    assert_int_equal(split.part_count, 1);
    assert_int_equal(split.parts[0].plan.edges[0], 0);
    assert_int_equal(split.probes, 0);
    assert_int_equal(world.asked, 0); /* no balance was looked at */
    assert_false(channels_carry(&world, &split));
    query.attempt = 1;
    assert_int_equal(hst_router_split(router, &query, &split), HST_OK);
    assert_int_equal(split.part_count, 2);
    assert_int_equal(split.parts[0].amount_micro_usd, 30);
    assert_int_equal(split.parts[1].amount_micro_usd, 45);
    assert_int_equal(split.probes, 2);
    assert_true(channels_carry(&world, &split));
    query.amount_micro_usd = 95;
    query.attempt = 2;
    assert_int_equal(hst_router_split(router, &query, &split), HST_OK);
    assert_int_equal(split.part_count, 3);
    assert_int_equal(split.parts[1].amount_micro_usd, 50);
    assert_int_equal(split.parts[2].amount_micro_usd, 15);
    assert_int_equal(split.probes, 4);
    query.amount_micro_usd = 121; /* the three carry 120 */
    query.attempt = 3;
    assert_int_equal(hst_router_split(router, &query, &split), HST_NO_PATH);
    hst_route_plan plan;
    query.amount_micro_usd = 45;
    query.attempt = 0;
    assert_int_equal(hst_router_route(router, &query, &plan), HST_OK);
    assert_int_equal(plan.edges[0], 0);
    query.attempt = 2;
    assert_int_equal(hst_router_route(router, &query, &plan), HST_OK);
    assert_int_equal(plan.edges[0], 2);
    hst_arena_release(&arena);
}

static void a_path_the_query_excludes_is_replaced(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    static channels world;
    three_ways(&world, &arena);
    hst_router *router = channels_router(&world, &arena, &hst_router_flash);
    teach(router);
    static hst_route_split split;
    const uint32_t first = 1;
    const hst_route_query query = {
        .target = 4, .amount_micro_usd = 45, .excluded_edges = &first, .excluded_count = 1};
    assert_int_equal(hst_router_split(router, &query, &split), HST_OK);
    assert_int_equal(split.parts[0].plan.edges[0], 2);
    hst_graph_set_enabled(&world.graph, 2, false);
    assert_int_equal(hst_router_split(router, &query, &split), HST_OK);
    assert_int_equal(split.parts[0].plan.edges[0], 4);
    hst_arena_release(&arena);
}

static void elephants_are_the_largest_tenth(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    static channels world;
    three_ways(&world, &arena);
    for (uint32_t e = 0; e < 6; e++) {
        world.balances[e] = 1000000;
    }
    hst_router *router = channels_router(&world, &arena, &hst_router_flash);
    hst_random random = hst_random_stream(2, 0, 0, 7);
    static hst_route_split split;
    unsigned probed = 0;
    for (unsigned i = 0; i < 4000; i++) {
        const hst_route_query query = {.target = 4,
                                       .payment = i,
                                       .amount_micro_usd =
                                           1 + (int64_t)hst_random_below(&random, 900000)};
        assert_int_equal(hst_router_split(router, &query, &split), HST_OK);
        probed += split.probes > 0;
        if (i >= 1100) { /* the last 1,024 are full */
            assert_true(query.amount_micro_usd > 750000 || split.probes == 0);
            assert_true(query.amount_micro_usd < 850000 || split.probes > 0);
        }
        const int64_t first = 1 + query.amount_micro_usd / 3; /* parts count together */
        sent(router, i, first);
        sent(router, i, query.amount_micro_usd - first);
    }
    assert_in_range(probed, 340, 460);
    hst_arena_release(&arena);
}

static void elephants_keep_the_hop_limit_and_may_be_larger_than_flows_count(void **state)
{
    (void)state;
    unsigned sent = 0;
    unsigned beyond = 0;
    for (unsigned seed = 1; seed <= 60; seed++) {
        hst_arena arena = test_arena();
        hst_random random = hst_random_stream(seed, 0, 0, 7);
        static channels world;
        const channels_recipe recipe = {.node_count = 14,
                                        .links = 2,
                                        .balance = seed % 2 == 0 ? 1e15 : 1e8,
                                        .spread = 1,
                                        .empty_share = 20,
                                        .rate_max = 1000000,
                                        .hop_limit = 3 + seed % 3};
        channels_open(&world, &arena, &recipe, &random);
        static hst_probed_flow flow;
        static hst_route_split split;
        assert_int_equal(hst_probed_flow_init(&flow, &arena, &world.graph, &world.view), HST_OK);
        for (unsigned i = 0; i < 20; i++) {
            hst_route_query query = draw_query(&world, &random, 1);
            const int64_t most = channels_max_flow(&world, query.source, query.target);
            query.amount_micro_usd = 1 + most / 4 * (1 + i % 3);
            if (most == 0 ||
                hst_probed_flow_split(&flow, &query, HST_FLASH_ELEPHANT_PATHS, &split) != HST_OK) {
                continue;
            }
            int64_t sum = 0;
            for (uint32_t p = 0; p < split.part_count; p++) {
                hst_route_query part = query;
                part.amount_micro_usd = split.parts[p].amount_micro_usd;
                assert_int_equal(hst_plan_check(&world.graph, &part, &split.parts[p].plan),
                                 HST_PLAN_SOUND);
                sum += part.amount_micro_usd;
            }
            assert_int_equal(sum, query.amount_micro_usd);
            assert_true(channels_carry(&world, &split));
            sent++;
            beyond += query.amount_micro_usd > HST_MCF_FLOW_MAX;
        }
        hst_arena_release(&arena);
    }
    assert_true(sent > 300);
    assert_true(beyond > 100);
}

static void splits_of_elephants_and_probed_mice_are_carried(void **state)
{
    (void)state;
    unsigned sent = 0;
    for (unsigned seed = 1; seed <= 20; seed++) {
        hst_arena arena = test_arena();
        hst_random random = hst_random_stream(seed, 0, 0, 7);
        static channels world;
        channels_open(&world, &arena, &small, &random);
        const int64_t funds = channels_funds(&world);
        hst_router *router = channels_router(&world, &arena, &hst_router_flash);
        for (unsigned i = 0; i < 100; i++) {
            static hst_route_split split;
            hst_route_query query = draw_query(
                &world, &random, 1 + (int64_t)(2e7 * hst_random_lognormal(&random, 0, 1)));
            query.attempt = HST_FLASH_MOUSE_PATHS;
            if (hst_router_split(router, &query, &split) == HST_OK) {
                assert_true(channels_carry(&world, &split));
                assert_true(channels_send(&world, router, &query, &split));
                sent++;
            }
        }
        assert_int_equal(channels_funds(&world), funds);
        hst_arena_release(&arena);
    }
    assert_true(sent > 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elephants_get_through_exactly_up_to_the_max_flow),
        cmocka_unit_test(parts_of_elephants_cost_the_least),
        cmocka_unit_test(mice_go_blind_and_probe_only_the_paths_that_fell_short),
        cmocka_unit_test(a_path_the_query_excludes_is_replaced),
        cmocka_unit_test(elephants_are_the_largest_tenth),
        cmocka_unit_test(elephants_keep_the_hop_limit_and_may_be_larger_than_flows_count),
        cmocka_unit_test(splits_of_elephants_and_probed_mice_are_carried),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
