/* R15: its rules hold for every split, and on few parallel pools it finds the best of all splits in
 * steps of 5 %. */
#include "core/routing/recost.h"
#include "core/routing/uniswap_split.h"

#include "tests/unit/routing/assertions.h"
#include "tests/unit/routing/pools.h"
#include "tests/unit/routing/support.h"

#include <string.h>

static bool share_a_hop(const hst_route_plan *a, const hst_route_plan *b)
{
    for (uint32_t i = 0; i < a->hop_count; i++) {
        for (uint32_t j = 0; j < b->hop_count; j++) {
            if (a->edges[i] == b->edges[j]) {
                return true;
            }
        }
    }
    return false;
}

static void
check_rules(const pools *market, hst_router *router, const hst_route_query *query, unsigned *parted)
{
    hst_route_split split;
    hst_route_plan plan;
    const hst_status one = hst_router_route(router, query, &plan);
    const hst_status status = hst_router_split(router, query, &split);
    assert_true(one != HST_OK || status == HST_OK);
    if (status != HST_OK) {
        return;
    }
    assert_in_range(split.part_count, 1, 7);
    *parted += split.part_count > 1 ? 1 : 0;
    for (uint32_t p = 0; p < split.part_count; p++) {
        const hst_route_part *part = &split.parts[p];
        assert_in_range(part->plan.hop_count, 1, 3);
        if (p + 1 < split.part_count) {
            assert_int_equal(part->amount_micro_usd % (query->amount_micro_usd / 20), 0);
        }
        for (uint32_t q = 0; q < p; q++) {
            assert_false(share_a_hop(&part->plan, &split.parts[q].plan));
        }
    }
    if (one == HST_OK) {
        hst_route_split whole = {.part_count = 1};
        whole.parts[0] =
            (hst_route_part){.plan = plan, .amount_micro_usd = query->amount_micro_usd};
        assert_true(split_delivers(market, &split) >= split_delivers(market, &whole));
    }
}

static void parts_are_twentieths_that_share_no_hop_and_never_deliver_less(void **state)
{
    (void)state;
    unsigned parted = 0;
    for (unsigned seed = 1; seed <= 100; seed++) {
        assertion.seed = seed;
        hst_arena arena = test_arena();
        hst_random random = hst_random_stream(seed, 0, 0, 51);
        const graph_recipe recipe = {.node_count = 10,
                                     .edge_count = 60,
                                     .currency_count = 3,
                                     .transit_share = 90,
                                     .limited_share = 20,
                                     .distinct_charges = 10,
                                     .charge_step = 100,
                                     .limit_max = 3000000};
        hst_graph graph = random_graph(&arena, &recipe, &random);
        pools market = random_pools(&graph, &random, 10000000);
        const hst_route_view view = {.context = &market, .delivers = pools_deliver};
        const hst_router_setup setup = {.graph = &graph, .arena = &arena, .view = &view};
        hst_router *router = NULL;
        assert_int_equal(hst_router_create(&hst_router_uniswap_split, &setup, &router), HST_OK);
        for (unsigned i = 0; i < 10; i++) {
            const hst_route_query query = {
                .source = (uint32_t)hst_random_below(&random, 5),
                .target = 5 + (uint32_t)hst_random_below(&random, 5),
                .amount_micro_usd = 20 * (1 + (int64_t)hst_random_below(&random, 100000))};
            check_rules(&market, router, &query, &parted);
        }
        hst_arena_release(&arena);
    }
    assert_true(parted > 200);
}

/** The best split in twentieths of `left` over pools `first` ...: tries all. */
static int64_t
best_of_all(pools *market, uint32_t first, uint32_t count, int64_t amount, uint32_t left)
{
    if (first + 1 == count) {
        return left == 0 ? 0 : pools_deliver(market, first, amount / 20 * left);
    }
    int64_t best = -1;
    for (uint32_t steps = 0; steps <= left; steps++) {
        const int64_t own = steps == 0 ? 0 : pools_deliver(market, first, amount / 20 * steps);
        const int64_t rest = best_of_all(market, first + 1, count, amount, left - steps);
        best = own + rest > best ? own + rest : best;
    }
    return best;
}

static void over_three_pools_it_is_nearly_the_best_of_all_splits_in_twentieths(void **state)
{
    (void)state;
    unsigned equal = 0;
    for (unsigned seed = 1; seed <= 100; seed++) {
        assertion.seed = seed;
        hst_arena arena = test_arena();
        hst_random random = hst_random_stream(seed, 0, 0, 52);
        hst_graph_edge edges[3];
        memset(edges, 0, sizeof edges);
        for (unsigned i = 0; i < 3; i++) {
            edges[i] = (hst_graph_edge){.from = 0, .to = 1, .kind = HST_HOP_BOOK, .enabled = true};
        }
        hst_graph graph = plain_graph(&arena, 2, edges, 3);
        pools market = random_pools(&graph, &random, 100000000);
        const hst_route_view view = {.context = &market, .delivers = pools_deliver};
        const hst_router_setup setup = {.graph = &graph, .arena = &arena, .view = &view};
        hst_router *router = NULL;
        assert_int_equal(hst_router_create(&hst_router_uniswap_split, &setup, &router), HST_OK);
        const hst_route_query query = {.target = 1,
                                       .amount_micro_usd =
                                           20 * (int64_t)(1 + hst_random_below(&random, 10000000))};
        hst_route_split split;
        assert_int_equal(hst_router_split(router, &query, &split), HST_OK);
        const int64_t best = best_of_all(&market, 0, 3, query.amount_micro_usd, 20);
        const int64_t got = split_delivers(&market, &split);
        assert_true(got <= best);
        assert_true(best - got <= query.amount_micro_usd / 100);
        equal += got == best ? 1 : 0;
        hst_arena_release(&arena);
    }
    (void)printf("    equal to the best split in twentieths: %u of 100\n", equal);
    assert_true(equal >= 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_twentieths_that_share_no_hop_and_never_deliver_less),
        cmocka_unit_test(over_three_pools_it_is_nearly_the_best_of_all_splits_in_twentieths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
