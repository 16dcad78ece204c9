/* R3: a plan from the cache is the plan a fresh search would have made, edge for edge. */
#include "core/routing/bidirectional.h"
#include "core/routing/cheapest_advertised.h"

#include "tests/unit/routing/assertions.h"
#include "tests/unit/routing/support.h"

#include <string.h>

/** A crowded little graph where the best path changes often with the amount. */
static graph_recipe crossing_recipe(unsigned seed)
{
    const graph_recipe recipe = {.node_count = 6 + seed % 10,
                                 .edge_count = 30 + seed % 40,
                                 .currency_count = 3,
                                 .transit_share = seed % 3 == 0 ? 60 : 100,
                                 .free_share = 5,
                                 .disabled_share = 5,
                                 .limited_share = seed % 2 == 0 ? 0 : 40,
                                 .distinct_charges = seed % 4 == 0 ? 3 : 50,
                                 .charge_step = 40000,
                                 .rate_step = 20000000,
                                 .limit_max = 2000000};
    return recipe;
}

static hst_status fresh_plan(hst_search *search,
                             const hst_route_query *query,
                             int64_t delay_price,
                             hst_route_plan *plan)
{
    hst_search_query asked = simple_query(query->source, query->target, query->amount_micro_usd);
    asked.hop_count_max = HST_HOP_LIMIT_DEFAULT;
    asked.delay_price_micro_usd_per_s = delay_price;
    asked.excluded_edges = query->excluded_edges;
    asked.excluded_count = query->excluded_count;
    hst_search_path path;
    HST_TRY(hst_bidirectional(search, &asked, &path));
    memset(plan, 0, sizeof *plan);
    memcpy(plan->edges, path.edges, path.hop_count * sizeof path.edges[0]);
    plan->hop_count = path.hop_count;
    hst_route_plan_price(search->graph, query->amount_micro_usd, plan);
    return HST_OK;
}

static void cached_plans_equal_uncached_ones(void **state)
{
    (void)state;
    hst_plan_cache_count total = {0, 0, 0, 0};
    for (unsigned seed = 1; seed <= 120; seed++) {
        hst_arena arena = test_arena();
        hst_random random = hst_random_stream(seed, 0, 0, 6);
        const graph_recipe recipe = crossing_recipe(seed);
        hst_graph graph = random_graph(&arena, &recipe, &random);
        const int64_t delay_price = seed % 5 == 0 ? 1000 : 0;
        const hst_router_setup setup = {.graph = &graph,
                                        .arena = &arena,
                                        .delay_price_micro_usd_per_s = delay_price,
                                        .cache_entry_count = 16};
        hst_router *router = NULL;
        assert_int_equal(hst_router_create(&hst_router_cheapest_advertised, &setup, &router),
                         HST_OK);
        hst_search search;
        assert_int_equal(hst_search_init(&search, &arena, &graph), HST_OK);
        for (unsigned i = 0; i < 400; i++) {
            if (i % 100 == 99) { /* a quote changes */
                const uint32_t edge = (uint32_t)hst_random_below(&random, graph.edge_count);
                assert_int_equal(hst_graph_set_charge(&graph, edge, (int64_t)i, 1000), HST_OK);
            }
            /* Few ends, and amounts of mixed size, so that intervals form and break. */
            const int64_t scale = hst_random_below(&random, 2) == 0 ? 64 : 4000000;
            uint32_t excluded = 0;
            hst_route_query query = {.source = (uint32_t)hst_random_below(&random, 2),
                                     .target = 2 + (uint32_t)hst_random_below(&random, 2),
                                     .amount_micro_usd =
                                         (int64_t)hst_random_below(&random, (uint64_t)scale)};
            if (i % 17 == 0) {
                excluded = (uint32_t)hst_random_below(&random, graph.edge_count);
                query.excluded_edges = &excluded;
                query.excluded_count = 1;
            }
            hst_route_plan cached;
            hst_route_plan fresh;
            memset(&cached, 0, sizeof cached);
            const hst_status status = hst_router_route(router, &query, &cached);
            const hst_status expected = fresh_plan(&search, &query, delay_price, &fresh);
            if (status != expected ||
                (status == HST_OK && memcmp(&cached, &fresh, sizeof fresh) != 0)) {
                fail_msg("seed %u, query %u, %u -> %u, amount %lld: cached %s, fresh %s", seed, i,
                         query.source, query.target, (long long)query.amount_micro_usd,
                         hst_status_name(status), hst_status_name(expected));
            }
        }
        const hst_plan_cache_count count = hst_cheapest_advertised_cache_count(router);
        total.hits += count.hits;
        total.misses += count.misses;
        total.widened += count.widened;
        total.replaced += count.replaced;
        hst_arena_release(&arena);
    }
    /* The property says nothing unless all branches were taken often. */
    assert_true(total.hits > 10000);
    assert_true(total.misses > 5000);
    assert_true(total.widened > 1000);
    assert_true(total.replaced > 1000);
}

static void a_limit_between_two_amounts_keeps_their_interval_apart(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    /* Half the amount, or 40 flat for at most 100: the steep way is best below 80 and, with the
     * flat way closed, above 100, but not between. */
    const hst_graph_edge edges[] = {
        {.from = 0, .to = 1, .kind = HST_HOP_BOOK, .rate_ppb = 500000000, .enabled = true},
        {.from = 0,
         .to = 1,
         .kind = HST_HOP_BOOK,
         .fixed_micro_usd = 40,
         .limit_micro_usd = 100,
         .enabled = true}};
    const hst_graph graph = plain_graph(&arena, 2, edges, 2);
    const hst_router_setup setup = {.graph = &graph, .arena = &arena};
    hst_router *router = NULL;
    assert_int_equal(hst_router_create(&hst_router_cheapest_advertised, &setup, &router), HST_OK);
    const int64_t amounts[] = {70, 120, 90, 127, 66, 100, 81, 80, 64, 110, 95};
    const uint32_t expected[] = {0, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1};
    for (unsigned i = 0; i < sizeof amounts / sizeof amounts[0]; i++) {
        const hst_route_query query = {.target = 1, .amount_micro_usd = amounts[i]};
        hst_route_plan plan;
        assert_int_equal(hst_router_route(router, &query, &plan), HST_OK);
        assert_int_equal(plan.edges[0], expected[i]);
    }
    hst_arena_release(&arena);
}

static void amounts_inside_a_proven_interval_need_no_search(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    hst_graph_edge edges[] = {
        {.from = 0, .to = 1, .kind = HST_HOP_BOOK, .fixed_micro_usd = 5, .enabled = true},
        {.from = 1, .to = 2, .kind = HST_HOP_BOOK, .rate_ppb = 1000000, .enabled = true}};
    hst_graph graph = plain_graph(&arena, 3, edges, 2);
    const hst_router_setup setup = {.graph = &graph, .arena = &arena};
    hst_router *router = NULL;
    assert_int_equal(hst_router_create(&hst_router_cheapest_advertised, &setup, &router), HST_OK);
    const int64_t amounts[] = {520, 1000, 700, 700, 999, 600};
    hst_route_plan plan;
    for (unsigned i = 0; i < 6; i++) {
        const hst_route_query query = {.target = 2, .amount_micro_usd = amounts[i]};
        assert_int_equal(hst_router_route(router, &query, &plan), HST_OK);
    }
    hst_plan_cache_count count = hst_cheapest_advertised_cache_count(router);
    assert_int_equal(count.misses, 2);
    assert_int_equal(count.widened, 1);
    assert_int_equal(count.hits, 4);
    hst_graph_set_enabled(&graph, 0, false);
    const hst_route_query query = {.target = 2, .amount_micro_usd = 700};
    assert_int_equal(hst_router_route(router, &query, &plan), HST_NO_PATH);
    assert_int_equal(hst_cheapest_advertised_cache_count(router).misses, 3);
    hst_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cached_plans_equal_uncached_ones),
        cmocka_unit_test(a_limit_between_two_amounts_keeps_their_interval_apart),
        cmocka_unit_test(amounts_inside_a_proven_interval_need_no_search),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
