/* R1 against breadth-first search over layers, ties by cost. */
#include "core/routing/fewest_hops.h"
#include "core/routing/recost.h"

#include "tests/unit/routing/assertions.h"
#include "tests/unit/routing/support.h"

#include <string.h>

/** Fewest hops and, among those, least exact cost by breadth-first search; hops 0 = none. */
static uint32_t
breadth_first(const hst_graph *graph, const hst_route_query *query, hst_weight *cost)
{
    enum { NODES = 64 };
    hst_weight at[NODES];
    uint32_t hops[NODES];
    memset(hops, 0xff, sizeof hops);
    hops[query->source] = 0;
    at[query->source] = 0;
    for (uint32_t depth = 0; depth < HST_HOP_LIMIT_DEFAULT && hops[query->target] > depth;
         depth++) {
        for (uint32_t e = 0; e < graph->edge_count; e++) {
            const hst_graph_edge *edge = &graph->edges[e];
            const bool passes = edge->from == query->source ||
                                (graph->nodes[edge->from].flags & HST_NODE_TRANSIT) != 0;
            if (hops[edge->from] != depth || !passes ||
                !hst_graph_edge_open(edge, query->amount_micro_usd)) {
                continue;
            }
            const hst_weight reached =
                at[edge->from] + (hst_weight)edge->fixed_micro_usd * HST_FEMTO_PER_MICRO +
                (hst_weight)edge->rate_ppb * (hst_weight)query->amount_micro_usd;
            if (hops[edge->to] > depth + 1 ||
                (hops[edge->to] == depth + 1 && reached < at[edge->to])) {
                hops[edge->to] = depth + 1;
                at[edge->to] = reached;
            }
        }
    }
    *cost = at[query->target];
    return hops[query->target] <= HST_HOP_LIMIT_DEFAULT ? hops[query->target] : 0;
}

static void fewest_hops_equals_breadth_first_search(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 60; seed++) {
        hst_arena arena = test_arena();
        hst_random random = hst_random_stream(seed, 0, 0, 5);
        const graph_recipe recipe = {.node_count = 40,
                                     .edge_count = 40 + 2 * seed,
                                     .currency_count = 3,
                                     .transit_share = seed % 2 == 0 ? 100 : 60,
                                     .free_share = 20,
                                     .disabled_share = 5,
                                     .limited_share = 20,
                                     .distinct_charges = 5,
                                     .charge_step = 100,
                                     .rate_step = 100000000,
                                     .limit_max = 1000};
        const hst_graph graph = random_graph(&arena, &recipe, &random);
        const hst_router_setup setup = {.graph = &graph, .arena = &arena};
        hst_router *router = NULL;
        assert_int_equal(hst_router_create(&hst_router_fewest_hops, &setup, &router), HST_OK);
        for (unsigned i = 0; i < 40; i++) {
            const hst_route_query query = {
                .source = (uint32_t)hst_random_below(&random, graph.node_count),
                .target = (uint32_t)hst_random_below(&random, graph.node_count),
                .amount_micro_usd = (int64_t)hst_random_below(&random, 1000)};
            hst_route_plan plan;
            hst_weight cost = 0;
            const uint32_t hops = breadth_first(&graph, &query, &cost);
            const hst_status status = hst_router_route(router, &query, &plan);
            const bool right =
                hops == 0 && query.source != query.target
                    ? status == HST_NO_PATH
                    : status == HST_OK && plan.hop_count == hops &&
                          plan.cost_micro_usd == (int64_t)(cost / HST_FEMTO_PER_MICRO) &&
                          hst_plan_check(&graph, &query, &plan) == HST_PLAN_SOUND;
            if (!right) {
                fail_msg("seed %u, %u -> %u: breadth first says %u hops, router %s", seed,
                         query.source, query.target, hops, hst_status_name(status));
            }
        }
        hst_arena_release(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fewest_hops_equals_breadth_first_search),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
