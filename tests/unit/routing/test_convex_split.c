/* The convex split: the closed form on parallel pools, the dual problem on layered graphs, and what
 * fixed charges merge. R15 next to it. */
#include "core/routing/convex_split.h"
#include "core/routing/recost.h"
#include "core/routing/uniswap_split.h"

#include "tests/unit/routing/assertions.h"
#include "tests/unit/routing/pools.h"
#include "tests/unit/routing/support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static hst_router *new_router(const hst_router_kind *kind,
                              const hst_route_view *view,
                              hst_graph *graph,
                              hst_arena *arena)
{
    const hst_router_setup setup = {.graph = graph, .arena = arena, .view = view};
    hst_router *router = NULL;
    assert_int_equal(hst_router_create(kind, &setup, &router), HST_OK);
    return router;
}

/** Pools between two positions only. */
static hst_graph parallel_graph(hst_arena *arena, uint32_t count, int64_t fixed)
{
    hst_graph_edge edges[16];
    memset(edges, 0, sizeof edges);
    for (uint32_t i = 0; i < count; i++) {
        edges[i] = (hst_graph_edge){
            .from = 0, .to = 1, .kind = HST_HOP_BOOK, .fixed_micro_usd = fixed, .enabled = true};
    }
    return plain_graph(arena, 2, edges, count);
}

/** What a pool is given when its last unit pays `price`:
 * d = max(0, (sqrt(g x y / price) - x) / g). */
static double given_at(const pools *market, uint32_t edge, double price)
{
    const double side = (double)market->sides[edge];
    const double g = 1 - (double)market->fee_ppm[edge] / 1e6;
    const double given = (sqrt(g * side * side / price) - side) / g;
    return given > 0 ? given : 0;
}

/** The most that parallel pools can deliver: bisection on the price until all is given. */
static double closed_form(const pools *market, uint32_t count, double amount)
{
    double low = 1e-9;
    double high = 1;
    for (unsigned i = 0; i < 200; i++) {
        const double price = (low + high) / 2;
        double given = 0;
        for (uint32_t e = 0; e < count; e++) {
            given += given_at(market, e, price);
        }
        if (given > amount) {
            low = price;
        } else {
            high = price;
        }
    }
    double out = 0;
    for (uint32_t e = 0; e < count; e++) {
        out += pool_out(market, e, given_at(market, e, low));
    }
    return out;
}

static void equal_marginal_prices_deliver_what_the_closed_form_says(void **state)
{
    (void)state;
    double worst = 0;
    for (unsigned seed = 1; seed <= 60; seed++) {
        assertion.seed = seed;
        hst_arena arena = test_arena();
        hst_random random = hst_random_stream(seed, 0, 0, 41);
        const uint32_t count = 2 + seed % 10;
        hst_graph graph = parallel_graph(&arena, count, 0);
        pools market = random_pools(&graph, &random, INT64_C(1000000000000));
        const hst_route_view view = {.context = &market, .delivers = pools_deliver};
        hst_router *router = new_router(&hst_router_convex_split, &view, &graph, &arena);
        const hst_route_query query = {
            .target = 1, .amount_micro_usd = (int64_t)hst_random_below(&random, 2000000000000)};
        hst_route_split split;
        assert_int_equal(hst_router_split(router, &query, &split), HST_OK);
        const double amount = (double)query.amount_micro_usd;
        const double best = closed_form(&market, count, amount);
        const double got = (double)split_delivers(&market, &split);
        assert_true(got <= best + 1 + amount * 1e-12);
        worst = fmax(worst, (best - got) / amount);
        hst_arena_release(&arena);
    }
    (void)printf("    largest gap to the closed form: %.2g of the amount\n", worst);
    assert_true(worst < 1e-8);
}

enum { LAYER = 3, LAYERED_NODES = 2 + 2 * LAYER };

/** Source, a layer, another, target: nothing has more than three hops, and hops are shared. */
static hst_graph layered_graph(hst_arena *arena)
{
    hst_graph_edge edges[64];
    uint32_t count = 0;
    memset(edges, 0, sizeof edges);
    const uint32_t target = LAYERED_NODES - 1;
    for (uint32_t from = 0; from < target; from++) {
        for (uint32_t to = 1; to < LAYERED_NODES; to++) {
            const uint32_t tier_from = from == 0 ? 0 : 1 + (from - 1) / LAYER;
            const uint32_t tier_to = to == target ? 3 : 1 + (to - 1) / LAYER;
            if (tier_from < tier_to) {
                edges[count++] =
                    (hst_graph_edge){.from = from, .to = to, .kind = HST_HOP_BOOK, .enabled = true};
            }
        }
    }
    return plain_graph(arena, LAYERED_NODES, edges, count);
}

/** What went through each hop. */
static void flows_of(const pools *market, const hst_route_split *split, double flows[POOL_EDGE_MAX])
{
    memset(flows, 0, POOL_EDGE_MAX * sizeof flows[0]);
    for (uint32_t p = 0; p < split->part_count; p++) {
        double arriving = (double)split->parts[p].amount_micro_usd;
        for (uint32_t i = 0; i < split->parts[p].plan.hop_count; i++) {
            const uint32_t edge = split->parts[p].plan.edges[i];
            const double before = pool_out(market, edge, flows[edge]);
            flows[edge] += arriving;
            arriving = pool_out(market, edge, flows[edge]) - before;
        }
    }
}

/** No way of sending the amount, over any paths, can deliver more: by weak duality, for any prices
 * of positions. Prices are taken from the marginal rates at the split, which makes the bound tight
 * when the split is best. */
static double dual_bound(const pools *market, const hst_route_split *split, double amount)
{
    double flows[POOL_EDGE_MAX];
    double prices[LAYERED_NODES] = {0};
    const hst_graph *graph = market->graph;
    flows_of(market, split, flows);
    prices[LAYERED_NODES - 1] = 1;
    for (unsigned round = 0; round < 3; round++) {
        for (uint32_t e = 0; e < graph->edge_count; e++) {
            const hst_graph_edge *edge = &graph->edges[e];
            prices[edge->from] =
                fmax(prices[edge->from], pool_slope(market, e, flows[e]) * prices[edge->to]);
        }
    }
    double bound = amount * prices[0];
    for (uint32_t e = 0; e < graph->edge_count; e++) {
        const double from = prices[graph->edges[e].from];
        const double to = prices[graph->edges[e].to];
        const double given = given_at(market, e, from / to);
        bound += to * pool_out(market, e, given) - from * given;
    }
    return bound;
}

static void no_split_over_any_paths_can_deliver_more(void **state)
{
    (void)state;
    double worst = 0;
    double uniswap_worst = 0;
    double uniswap_sum = 0;
    for (unsigned seed = 1; seed <= 60; seed++) {
        assertion.seed = seed;
        hst_arena arena = test_arena();
        hst_random random = hst_random_stream(seed, 0, 0, 42);
        hst_graph graph = layered_graph(&arena);
        pools market = random_pools(&graph, &random, INT64_C(1000000000000));
        const hst_route_view view = {.context = &market, .delivers = pools_deliver};
        hst_router *router = new_router(&hst_router_convex_split, &view, &graph, &arena);
        hst_router *uniswap = new_router(&hst_router_uniswap_split, &view, &graph, &arena);
        const hst_route_query query = {.target = LAYERED_NODES - 1,
                                       .amount_micro_usd =
                                           (int64_t)hst_random_below(&random, 3000000000000)};
        hst_route_split split;
        assert_int_equal(hst_router_split(router, &query, &split), HST_OK);
        const double amount = (double)query.amount_micro_usd;
        const double bound = dual_bound(&market, &split, amount);
        const double got = (double)split_delivers(&market, &split);
        assert_true(got <= bound + 1);
        worst = fmax(worst, (bound - got) / amount);
        assert_int_equal(hst_router_split(uniswap, &query, &split), HST_OK);
        const double theirs = (double)split_delivers(&market, &split);
        assert_true(theirs <= bound + 1);
        uniswap_worst = fmax(uniswap_worst, (bound - theirs) / amount);
        uniswap_sum += (bound - theirs) / amount / 60;
        hst_arena_release(&arena);
    }
    (void)printf("    largest gap to the dual bound: %.2g of the amount; R15 %.4f, mean %.4f\n",
                 worst, uniswap_worst, uniswap_sum);
    assert_true(worst < 1e-6);
    assert_true(uniswap_worst < 0.1);
}

/** Share of the amount that does not arrive. */
static double impact(const pools *market, const hst_route_split *split, int64_t amount)
{
    return 1 - (double)split_delivers(market, split) / (double)amount;
}

/** Published for 80 million USDT to USDC: 62.9 % of it lost at one pool, .749 % over seven parts.
 * In a constant product that is one pool of 47.2 million a side, and others of together 10.6
 * billion (of virtual reserves: pools that concentrate their liquidity look that deep near their
 * price). */
static void the_published_impact_has_this_shape(void **state)
{
    (void)state;
    enum { POOLS = 9 };
    hst_arena arena = test_arena();
    hst_graph graph = parallel_graph(&arena, POOLS, 0);
    pools market = {.graph = &graph, .sides = {47200000000000}};
    for (uint32_t e = 1; e < POOLS; e++) {
        market.sides[e] = INT64_C(10600000000000000) / (POOLS - 1);
    }
    const hst_route_view view = {.context = &market, .delivers = pools_deliver};
    const hst_route_query query = {.target = 1, .amount_micro_usd = 80000000000000};
    hst_route_split one = {.part_count = 1};
    one.parts[0] = (hst_route_part){.plan = {.edges = {0}, .hop_count = 1},
                                    .amount_micro_usd = query.amount_micro_usd};
    const double alone = impact(&market, &one, query.amount_micro_usd);
    double lost[2] = {0};
    const hst_router_kind *kinds[2] = {&hst_router_uniswap_split, &hst_router_convex_split};
    for (unsigned k = 0; k < 2; k++) {
        hst_route_split split;
        hst_router *router = new_router(kinds[k], &view, &graph, &arena);
        assert_int_equal(hst_router_split(router, &query, &split), HST_OK);
        lost[k] = impact(&market, &split, query.amount_micro_usd);
    }
    (void)printf("    80 million: one pool %.1f %%, R15 %.3f %%, R15x %.3f %%\n", 100 * alone,
                 100 * lost[0], 100 * lost[1]);
    assert_true(fabs(alone - 0.629) < 0.0005);
    assert_true(lost[0] < 0.01);
    assert_true(fabs(lost[1] - 0.00749) < 0.0001);
    assert_true(lost[1] <= lost[0]);
    hst_arena_release(&arena);
}

static void parts_that_are_not_worth_their_fixed_charges_are_merged(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    hst_graph graph = parallel_graph(&arena, 2, 50000);
    pools market = {.graph = &graph, .sides = {1000000000000, 1000000000000}};
    const hst_route_view view = {.context = &market, .delivers = pools_deliver};
    hst_router *router = new_router(&hst_router_convex_split, &view, &graph, &arena);
    hst_route_query query = {.target = 1};
    hst_route_split split;
    /* Two pools of a million dollars a side: halves save amount^2 / 2 / million, a part costs 5
     * cents: worth it from 316 dollars on. */
    query.amount_micro_usd = 300000000;
    assert_int_equal(hst_router_split(router, &query, &split), HST_OK);
    assert_int_equal(split.part_count, 1);
    query.amount_micro_usd = 330000000;
    assert_int_equal(hst_router_split(router, &query, &split), HST_OK);
    assert_int_equal(split.part_count, 2);
    hst_arena_release(&arena);
}

static void limits_alone_make_parts_where_charges_are_lines(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    const hst_graph_edge edges[] = {{.from = 0,
                                     .to = 1,
                                     .kind = HST_HOP_BOOK,
                                     .rate_ppb = 1000000,
                                     .limit_micro_usd = 600000000000,
                                     .enabled = true},
                                    {.from = 0,
                                     .to = 1,
                                     .kind = HST_HOP_BOOK,
                                     .rate_ppb = 2000000,
                                     .limit_micro_usd = 700000000000,
                                     .enabled = true}};
    hst_graph graph = plain_graph(&arena, 2, edges, 2);
    hst_router *router = new_router(&hst_router_convex_split, NULL, &graph, &arena);
    const hst_route_query query = {.target = 1, .amount_micro_usd = 1000000000000};
    hst_route_split split;
    hst_route_plan plan;
    assert_int_equal(hst_router_route(router, &query, &plan), HST_NO_PATH);
    assert_int_equal(hst_router_split(router, &query, &split), HST_OK);
    assert_int_equal(split.part_count, 2);
    for (uint32_t p = 0; p < 2; p++) {
        const bool cheap = split.parts[p].plan.edges[0] == 0;
        assert_true(llabs((cheap ? 600000000000 : 400000000000) - split.parts[p].amount_micro_usd) <
                    32000000);
    }
    const hst_route_query more = {.target = 1, .amount_micro_usd = 1300000000001};
    assert_int_equal(hst_router_split(router, &more, &split), HST_NO_PATH);
    hst_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_marginal_prices_deliver_what_the_closed_form_says),
        cmocka_unit_test(no_split_over_any_paths_can_deliver_more),
        cmocka_unit_test(the_published_impact_has_this_shape),
        cmocka_unit_test(parts_that_are_not_worth_their_fixed_charges_are_merged),
        cmocka_unit_test(limits_alone_make_parts_where_charges_are_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
