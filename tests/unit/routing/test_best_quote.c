/* R4 and R4b against all paths: few conversions, most arrives; R14 against all paths of its length.
 */
#include "core/routing/best_quote.h"
#include "core/routing/recost.h"
#include "core/routing/stellar_paths.h"

#include "tests/unit/routing/assertions.h"
#include "tests/unit/routing/pools.h"
#include "tests/unit/routing/support.h"

#include <string.h>

__extension__ typedef __int128 wide;

/** All paths of a query, one at a time; the best kept. */
typedef struct all_paths {
    const hst_graph *graph;
    const hst_route_query *query;
    const hst_route_view *view;
    uint32_t conversions_max, hops_max;
    bool visited[64];
    bool found;
    wide least; /* loss, femto-USD */
    uint32_t hops;
} all_paths;

static bool excluded(const hst_route_query *query, uint32_t edge)
{
    for (uint32_t i = 0; i < query->excluded_count; i++) {
        if (query->excluded_edges[i] == edge) {
            return true;
        }
    }
    return false;
}

static void
try_all(all_paths *all, uint32_t node, uint32_t hops, uint32_t conversions, wide loss, int64_t left)
{
    if (node == all->query->target) {
        if (!all->found || loss < all->least || (loss == all->least && hops < all->hops)) {
            all->found = true;
            all->least = loss;
            all->hops = hops;
        }
        return;
    }
    const bool forwards = (all->graph->nodes[node].flags & HST_NODE_TRANSIT) != 0;
    if (hops == all->hops_max || (node != all->query->source && !forwards)) {
        return;
    }
    all->visited[node] = true;
    for (uint32_t e = 0; e < all->graph->edge_count; e++) {
        const hst_graph_edge *edge = &all->graph->edges[e];
        const bool converts =
            all->graph->nodes[edge->from].currency != all->graph->nodes[edge->to].currency;
        if (edge->from != node || all->visited[edge->to] || excluded(all->query, e) ||
            !hst_graph_edge_open(edge, all->query->amount_micro_usd) ||
            conversions + converts > all->conversions_max) {
            continue;
        }
        const wide line = (wide)edge->fixed_micro_usd * 1000000000 +
                          (wide)edge->rate_ppb * all->query->amount_micro_usd;
        const int64_t out =
            all->view != NULL ? all->view->delivers(all->view->context, e, left) : 0;
        const wide more = all->view != NULL ? (wide)(left - out) * 1000000000 : line;
        try_all(all, edge->to, hops + 1, conversions + converts, loss + more, out);
    }
    all->visited[node] = false;
}

static all_paths best_of_all(const hst_graph *graph,
                             const hst_route_query *query,
                             const hst_route_view *view,
                             uint32_t conversions_max,
                             uint32_t hops_max)
{
    all_paths all;
    memset(&all, 0, sizeof all);
    all.graph = graph;
    all.query = query;
    all.view = view;
    all.conversions_max = conversions_max;
    all.hops_max = hops_max;
    try_all(&all, query->source, 0, 0, 0, query->amount_micro_usd);
    return all;
}

/** What a plan loses, spelled out. */
static wide loss_of(const hst_graph *graph,
                    const hst_route_view *view,
                    const hst_route_plan *plan,
                    int64_t amount)
{
    wide loss = 0;
    int64_t left = amount;
    for (uint32_t i = 0; i < plan->hop_count; i++) {
        const hst_graph_edge *edge = &graph->edges[plan->edges[i]];
        if (view != NULL) {
            left = view->delivers(view->context, plan->edges[i], left);
        }
        loss += (wide)edge->fixed_micro_usd * 1000000000 + (wide)edge->rate_ppb * amount;
    }
    return view != NULL ? (wide)(amount - left) * 1000000000 : loss;
}

static hst_graph draw_graph(hst_arena *arena, hst_random *random, unsigned seed)
{
    const graph_recipe recipe = {.node_count = 9,
                                 .edge_count = 18 + seed % 15,
                                 .currency_count = 2 + seed % 3,
                                 .transit_share = 85,
                                 .free_share = 10,
                                 .disabled_share = 5,
                                 .limited_share = 20,
                                 .distinct_charges = seed % 2 == 0 ? 3 : 50,
                                 .charge_step = 5,
                                 .rate_step = 400000,
                                 .limit_max = 20000};
    return random_graph(arena, &recipe, random);
}

enum { MARKETS = 3 };

/** One graph, a few queries, in a market of lines, of charges from what arrives, of pools. */
static unsigned check_kind(const hst_router_kind *kind, uint32_t conversions, unsigned seed)
{
    hst_arena arena = test_arena();
    hst_random random = hst_random_stream(seed, 0, 0, 31);
    hst_graph graph = draw_graph(&arena, &random, seed);
    pools market = random_pools(&graph, &random, 40000);
    const hst_route_view views[MARKETS] = {{0},
                                           {.context = &market, .delivers = lines_deliver},
                                           {.context = &market, .delivers = pools_deliver}};
    unsigned answered = 0;
    for (unsigned v = 0; v < MARKETS; v++) {
        const hst_route_view *view = v == 0 ? NULL : &views[v];
        const hst_router_setup setup = {.graph = &graph, .arena = &arena, .view = view};
        hst_router *router = NULL;
        assert_int_equal(hst_router_create(kind, &setup, &router), HST_OK);
        for (unsigned i = 0; i < 12; i++) {
            const uint32_t out = (uint32_t)hst_random_below(&random, graph.edge_count);
            const hst_route_query query = {
                .source = (uint32_t)hst_random_below(&random, graph.node_count),
                .target = (uint32_t)hst_random_below(&random, graph.node_count),
                .amount_micro_usd = 1000 + (int64_t)hst_random_below(&random, 9000),
                .excluded_edges = &out,
                .excluded_count = i % 2};
            if (query.source == query.target) {
                continue;
            }
            const bool rounds = conversions == 0; /* R14 */
            all_paths all = best_of_all(&graph, &query, view, rounds ? 99 : conversions,
                                        rounds ? 3 : graph.hop_limit);
            if (rounds && !all.found) {
                all = best_of_all(&graph, &query, view, 99, 5);
            }
            hst_route_plan plan;
            const hst_status status = hst_router_route(router, &query, &plan);
            assert_int_equal(status, all.found ? HST_OK : HST_NO_PATH);
            if (all.found) {
                answered++;
                assert_int_equal(hst_plan_check(&graph, &query, &plan), HST_PLAN_SOUND);
                assert_true(rounds || plan.fx_hops <= conversions);
                assert_true(loss_of(&graph, view, &plan, query.amount_micro_usd) == all.least);
                assert_int_equal(plan.hop_count, all.hops);
            }
        }
    }
    hst_arena_release(&arena);
    return answered;
}

static void the_best_of_all_quotes_of_one_conversion_is_taken(void **state)
{
    (void)state;
    unsigned answered = 0;
    for (unsigned seed = 1; seed <= 200; seed++) {
        assertion.seed = seed;
        answered += check_kind(&hst_router_best_quote, 1, seed);
    }
    assert_true(answered > 1000);
}

static void the_best_of_all_quotes_over_a_bridge_is_taken(void **state)
{
    (void)state;
    unsigned answered = 0;
    for (unsigned seed = 1; seed <= 200; seed++) {
        assertion.seed = seed;
        answered += check_kind(&hst_router_bridge_quote, 2, seed);
    }
    assert_true(answered > 1000);
}

static void rounds_find_the_best_of_all_paths_of_three_hops_else_of_five(void **state)
{
    (void)state;
    unsigned answered = 0;
    for (unsigned seed = 1; seed <= 200; seed++) {
        assertion.seed = seed;
        answered += check_kind(&hst_router_stellar_paths, 0, seed);
    }
    assert_true(answered > 1000);
}

static void a_bridge_is_taken_when_two_rates_beat_one(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    hst_graph graph;
    uint32_t id = 0;
    assert_int_equal(hst_graph_init(&graph, &arena, 3, 3), HST_OK);
    for (uint32_t i = 0; i < 3; i++) {
        const hst_graph_node node = {i, (uint16_t)i, HST_NODE_TRANSIT};
        assert_int_equal(hst_graph_add_node(&graph, node, &id), HST_OK);
    }
    /* Direct 60 bp; over currency 1 20 + 30 bp. */
    const uint32_t ends[3][2] = {{0, 2}, {0, 1}, {1, 2}};
    const int64_t rates[3] = {6000000, 2000000, 3000000};
    for (uint32_t i = 0; i < 3; i++) {
        const hst_graph_edge edge = {.from = ends[i][0],
                                     .to = ends[i][1],
                                     .kind = HST_HOP_FX,
                                     .rate_ppb = rates[i],
                                     .enabled = true};
        assert_int_equal(hst_graph_add_edge(&graph, &edge, &id), HST_OK);
    }
    assert_int_equal(hst_graph_freeze(&graph, &arena), HST_OK);
    const hst_router_setup setup = {.graph = &graph, .arena = &arena};
    const hst_route_query query = {.source = 0, .target = 2, .amount_micro_usd = 1000000};
    hst_router *router = NULL;
    hst_route_plan plan;
    assert_int_equal(hst_router_create(&hst_router_best_quote, &setup, &router), HST_OK);
    assert_int_equal(hst_router_route(router, &query, &plan), HST_OK);
    assert_int_equal(plan.cost_micro_usd, 6000);
    assert_int_equal(hst_router_create(&hst_router_bridge_quote, &setup, &router), HST_OK);
    assert_int_equal(hst_router_route(router, &query, &plan), HST_OK);
    assert_int_equal(plan.cost_micro_usd, 5000);
    assert_int_equal(plan.fx_hops, 2);
    hst_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_of_all_quotes_of_one_conversion_is_taken),
        cmocka_unit_test(the_best_of_all_quotes_over_a_bridge_is_taken),
        cmocka_unit_test(rounds_find_the_best_of_all_paths_of_three_hops_else_of_five),
        cmocka_unit_test(a_bridge_is_taken_when_two_rates_beat_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
