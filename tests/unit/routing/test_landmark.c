/* R12: parts pass landmarks, shares are even where they can be. */
#include "core/routing/landmark.h"

#include "tests/unit/routing/assertions.h"
#include "tests/unit/routing/channels.h"
#include "tests/unit/routing/support.h"

#include <string.h>

static const channels_recipe network = {
    .node_count = 30, .links = 3, .balance = 1e8, .spread = 1, .empty_share = 10};

static bool passes(const hst_graph *graph, const hst_route_plan *plan, uint32_t node)
{
    bool found = graph->edges[plan->edges[0]].from == node;
    for (uint32_t i = 0; i < plan->hop_count; i++) {
        found = found || graph->edges[plan->edges[i]].to == node;
    }
    return found;
}

static void every_part_passes_a_landmark_and_is_carried(void **state)
{
    (void)state;
    unsigned several = 0;
    unsigned refused = 0;
    for (unsigned seed = 1; seed <= 15; seed++) {
        hst_arena arena = test_arena();
        hst_random random = hst_random_stream(seed, 0, 0, 7);
        static channels world;
        channels_open(&world, &arena, &network, &random);
        const int64_t funds = channels_funds(&world);
        hst_router *router = channels_router(&world, &arena, &hst_router_landmark);
        uint32_t landmarks[HST_LANDMARKS];
        assert_int_equal(hst_landmarks_find(&world.graph, HST_LANDMARKS, landmarks), 4);
        for (unsigned i = 0; i < 100; i++) {
            static hst_route_split split;
            const hst_route_query query = {
                .source = (uint32_t)hst_random_below(&random, 30),
                .target = (uint32_t)hst_random_below(&random, 30),
                .amount_micro_usd = 1 + (int64_t)(1e7 * hst_random_lognormal(&random, 0, 1))};
            if (query.source == query.target) {
                continue;
            }
            if (hst_router_split(router, &query, &split) != HST_OK) {
                refused++;
                continue;
            }
            for (uint32_t p = 0; p < split.part_count; p++) {
                bool by_landmark = false;
                for (uint32_t l = 0; l < HST_LANDMARKS; l++) {
                    by_landmark =
                        by_landmark || passes(&world.graph, &split.parts[p].plan, landmarks[l]);
                }
                assert_true(by_landmark);
            }
            several += split.part_count > 1;
            assert_true(channels_carry(&world, &split));
            assert_true(channels_send(&world, router, &query, &split));
        }
        assert_int_equal(channels_funds(&world), funds);
        hst_arena_release(&arena);
    }
    assert_true(several > 200);
    assert_true(refused > 50);
}

static void landmarks_are_the_nodes_of_most_hops_that_forward(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 20; seed++) {
        hst_arena arena = test_arena();
        hst_random random = hst_random_stream(seed, 0, 0, 7);
        const graph_recipe recipe = {.node_count = 12,
                                     .edge_count = 40,
                                     .currency_count = 1,
                                     .transit_share = 60,
                                     .distinct_charges = 1};
        const hst_graph graph = random_graph(&arena, &recipe, &random);
        uint32_t degrees[12] = {0};
        uint32_t landmarks[HST_LANDMARKS];
        for (uint32_t e = 0; e < graph.edge_count; e++) {
            degrees[graph.edges[e].from]++;
            degrees[graph.edges[e].to]++;
        }
        const uint32_t count = hst_landmarks_find(&graph, HST_LANDMARKS, landmarks);
        uint32_t forwarding = 0;
        for (uint32_t v = 0; v < 12; v++) {
            bool chosen = false;
            forwarding += (graph.nodes[v].flags & HST_NODE_TRANSIT) != 0;
            for (uint32_t i = 0; i < count; i++) {
                chosen = chosen || landmarks[i] == v;
            }
            for (uint32_t i = 0; i < count && !chosen; i++) {
                assert_true((graph.nodes[v].flags & HST_NODE_TRANSIT) == 0 ||
                            degrees[landmarks[i]] > degrees[v] ||
                            (degrees[landmarks[i]] == degrees[v] && landmarks[i] < v));
            }
        }
        assert_int_equal(count, forwarding < HST_LANDMARKS ? forwarding : HST_LANDMARKS);
        hst_arena_release(&arena);
    }
}

static void shares_are_even_but_for_paths_that_carry_less(void **state)
{
    (void)state;
    /* 0 to 5 through each of 1 ... 4, the landmarks; no other hops. */
    hst_graph_edge edges[8];
    int64_t balances[8];
    memset(edges, 0, sizeof edges);
    for (uint32_t i = 0; i < 4; i++) {
        edges[2 * i] = (hst_graph_edge){.to = 1 + i, .kind = HST_HOP_BOOK, .enabled = true};
        edges[2 * i + 1] =
            (hst_graph_edge){.from = 1 + i, .to = 5, .kind = HST_HOP_BOOK, .enabled = true};
        balances[2 * i] = 1000;
        balances[2 * i + 1] = (int64_t[]){1000, 10, 0, 200}[i];
    }
    hst_arena arena = test_arena();
    hst_random random = hst_random_stream(1, 0, 0, 7);
    static channels world;
    channels_open(&world, &arena, &network, &random); /* for the view */
    hst_graph *graph = &world.graph;
    assert_int_equal(hst_graph_init(graph, &arena, 6, 8), HST_OK);
    uint32_t id = 0;
    for (uint32_t v = 0; v < 6; v++) {
        const hst_graph_node node = {v, 0, v >= 1 && v <= 4 ? HST_NODE_TRANSIT : 0};
        assert_int_equal(hst_graph_add_node(graph, node, &id), HST_OK);
    }
    for (uint32_t e = 0; e < 8; e++) {
        assert_int_equal(hst_graph_add_edge(graph, &edges[e], &id), HST_OK);
    }
    assert_int_equal(hst_graph_freeze(graph, &arena), HST_OK);
    world.balances = balances;
    hst_router *router = channels_router(&world, &arena, &hst_router_landmark);
    static hst_route_split split;
    hst_route_query query = {.target = 5, .amount_micro_usd = 300};
    assert_int_equal(hst_router_split(router, &query, &split), HST_OK);
    assert_int_equal(split.part_count, 3);
    assert_int_equal(split.parts[0].amount_micro_usd, 100); /* a third */
    assert_int_equal(split.parts[1].amount_micro_usd, 10);  /* all it has */
    assert_int_equal(split.parts[2].amount_micro_usd, 190); /* what is missing */
    assert_int_equal(split.probes, 8);
    query.amount_micro_usd = 1210;
    assert_int_equal(hst_router_split(router, &query, &split), HST_OK);
    assert_int_equal(split.parts[0].amount_micro_usd, 1000);
    query.amount_micro_usd = 1211;
    assert_int_equal(hst_router_split(router, &query, &split), HST_NO_PATH);
    hst_route_plan plan;
    query.amount_micro_usd = 1000;
    assert_int_equal(hst_router_route(router, &query, &plan), HST_OK);
    assert_int_equal(plan.edges[0], 0);
    query.amount_micro_usd = 1001;
    assert_int_equal(hst_router_route(router, &query, &plan), HST_NO_PATH);
    hst_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_part_passes_a_landmark_and_is_carried),
        cmocka_unit_test(landmarks_are_the_nodes_of_most_hops_that_forward),
        cmocka_unit_test(shares_are_even_but_for_paths_that_carry_less),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
