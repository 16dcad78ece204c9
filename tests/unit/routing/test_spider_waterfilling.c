/* R10a: leftovers against brute force, splits on moving balances. */
#include "core/routing/probe.h"
#include "core/routing/spider_waterfilling.h"

#include "tests/unit/routing/assertions.h"
#include "tests/unit/routing/channels.h"
#include "tests/unit/routing/support.h"

#include <string.h>

/** Unit by unit from the fullest level, the last among equals: the rule as the paper tells it. */
static void pour(const int64_t *levels, uint32_t count, int64_t amount, int64_t *left)
{
    memcpy(left, levels, count * sizeof left[0]);
    for (; amount > 0; amount--) {
        uint32_t fullest = 0;
        for (uint32_t i = 1; i < count; i++) {
            fullest = left[i] > left[fullest] ? i : fullest;
        }
        left[fullest]--;
    }
}

static int compare(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a;
    const int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void leftovers_are_those_of_taking_unit_by_unit_from_the_fullest(void **state)
{
    (void)state;
    hst_random random = hst_random_stream(1, 0, 0, 7);
    for (unsigned i = 0; i < 20000; i++) {
        const uint32_t count = 1 + (uint32_t)hst_random_below(&random, HST_SPIDER_PATHS);
        const uint64_t most = 1 + hst_random_below(&random, 40);
        int64_t levels[HST_SPIDER_PATHS] = {0};
        int64_t parts[HST_SPIDER_PATHS] = {0};
        int64_t expected[HST_SPIDER_PATHS] = {0};
        int64_t sum = 0;
        for (uint32_t p = 0; p < count; p++) {
            levels[p] = (int64_t)hst_random_below(&random, most);
            sum += levels[p];
        }
        if (sum == 0) {
            continue;
        }
        const int64_t amount = 1 + (int64_t)hst_random_below(&random, (uint64_t)sum);
        pour(levels, count, amount, expected);
        hst_waterfill(levels, count, amount, parts);
        int64_t left[HST_SPIDER_PATHS] = {0};
        int64_t taken = 0;
        for (uint32_t p = 0; p < count; p++) {
            assert_true(parts[p] >= 0);
            left[p] = levels[p] - parts[p];
            taken += parts[p];
        }
        assert_int_equal(taken, amount);
        qsort(left, count, sizeof left[0], compare);
        qsort(expected, count, sizeof expected[0], compare);
        assert_memory_equal(left, expected, sizeof left);
    }
}

static void the_largest_levels_do_not_overflow(void **state)
{
    (void)state;
    int64_t levels[HST_SPIDER_PATHS];
    int64_t parts[HST_SPIDER_PATHS];
    for (uint32_t i = 0; i < HST_SPIDER_PATHS; i++) {
        levels[i] = HST_ROUTE_AMOUNT_MAX_MICRO_USD;
    }
    hst_waterfill(levels, HST_SPIDER_PATHS, HST_ROUTE_AMOUNT_MAX_MICRO_USD, parts);
    for (uint32_t i = 0; i < HST_SPIDER_PATHS; i++) {
        assert_int_equal(parts[i], HST_ROUTE_AMOUNT_MAX_MICRO_USD / HST_SPIDER_PATHS);
    }
    EXPECT_ASSERTION(hst_waterfill((int64_t[]){3, 4}, 2, 8, parts));
}

static const channels_recipe network = {
    .node_count = 30, .links = 3, .balance = 1e8, .spread = 1, .empty_share = 10};

static void splits_share_no_hop_are_carried_and_leave_paths_level(void **state)
{
    (void)state;
    unsigned several = 0;
    unsigned short_of = 0;
    for (unsigned seed = 1; seed <= 15; seed++) {
        hst_arena arena = test_arena();
        hst_random random = hst_random_stream(seed, 0, 0, 7);
        static channels world;
        channels_open(&world, &arena, &network, &random);
        hst_router *router = channels_router(&world, &arena, &hst_router_spider_waterfilling);
        static hst_disjoint disjoint;
        assert_int_equal(hst_disjoint_init(&disjoint, &arena, &world.graph), HST_OK);
        for (unsigned i = 0; i < 100; i++) {
            static hst_route_split split;
            const hst_route_query query = {
                .source = (uint32_t)hst_random_below(&random, 30),
                .target = (uint32_t)hst_random_below(&random, 30),
                .amount_micro_usd = 1 + (int64_t)(3e7 * hst_random_lognormal(&random, 0, 1))};
            if (query.source == query.target) {
                continue;
            }
            hst_probed_path paths[HST_SPIDER_PATHS];
            const uint32_t count = hst_disjoint_paths(&disjoint, &query, 1, 4, paths);
            uint32_t hops = 0;
            int64_t sum = 0;
            for (uint32_t p = 0; p < count; p++) {
                hops += hst_probe_path(&world.graph, &world.view, &paths[p]);
                sum += paths[p].carries;
                assert_true(p == 0 || paths[p].hop_count >= paths[p - 1].hop_count);
            }
            const hst_status status = hst_router_split(router, &query, &split);
            assert_int_equal(status, sum < query.amount_micro_usd ? HST_NO_PATH : HST_OK);
            short_of += status == HST_NO_PATH;
            if (status != HST_OK) {
                continue;
            }
            assert_int_equal(split.probes, hops);
            assert_true(channels_carry(&world, &split));
            several += split.part_count > 1;
            for (uint32_t e = 0; e < world.graph.edge_count; e++) {
                unsigned used = 0;
                for (uint32_t p = 0; p < split.part_count; p++) {
                    for (uint32_t h = 0; h < split.parts[p].plan.hop_count; h++) {
                        used += split.parts[p].plan.edges[h] == e;
                    }
                }
                assert_true(used <= 1);
            }
            assert_true(channels_send(&world, router, &query, &split));
        }
        hst_arena_release(&arena);
    }
    assert_true(several > 300);
    assert_true(short_of > 50);
}

static void its_route_is_the_path_that_carries_most(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    hst_random random = hst_random_stream(5, 0, 0, 7);
    static channels world;
    channels_open(&world, &arena, &network, &random);
    hst_router *router = channels_router(&world, &arena, &hst_router_spider_waterfilling);
    static hst_disjoint disjoint;
    assert_int_equal(hst_disjoint_init(&disjoint, &arena, &world.graph), HST_OK);
    for (uint32_t target = 1; target < 30; target++) {
        hst_probed_path paths[HST_SPIDER_PATHS];
        hst_route_query query = {.target = target, .amount_micro_usd = 1};
        const uint32_t count = hst_disjoint_paths(&disjoint, &query, 1, 4, paths);
        int64_t most = 0;
        for (uint32_t p = 0; p < count; p++) {
            (void)hst_probe_path(&world.graph, &world.view, &paths[p]);
            most = paths[p].carries > most ? paths[p].carries : most;
        }
        hst_route_plan plan;
        query.amount_micro_usd = most;
        assert_int_equal(hst_router_route(router, &query, &plan), HST_OK);
        query.amount_micro_usd = most + 1;
        assert_int_equal(hst_router_route(router, &query, &plan), HST_NO_PATH);
    }
    hst_arena_release(&arena);
}

static void parallel_hops_go_with_the_hops_back_one_by_one(void **state)
{
    (void)state;
    const hst_graph_edge edges[] = {
        {.from = 0, .to = 1, .kind = HST_HOP_BOOK}, {.from = 1, .to = 0, .kind = HST_HOP_BOOK},
        {.from = 0, .to = 1, .kind = HST_HOP_BOOK}, {.from = 2, .to = 1, .kind = HST_HOP_BOOK},
        {.from = 1, .to = 0, .kind = HST_HOP_BOOK}, {.from = 0, .to = 1, .kind = HST_HOP_BOOK},
    };
    hst_arena arena = test_arena();
    const hst_graph graph = plain_graph(&arena, 3, edges, 6);
    const uint32_t *opposites = hst_opposites(&graph, &arena);
    const uint32_t expected[] = {1, 0, 4, HST_GRAPH_NONE, 2, HST_GRAPH_NONE};
    assert_memory_equal(opposites, expected, sizeof expected);
    hst_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leftovers_are_those_of_taking_unit_by_unit_from_the_fullest),
        cmocka_unit_test(the_largest_levels_do_not_overflow),
        cmocka_unit_test(splits_share_no_hop_are_carried_and_leave_paths_level),
        cmocka_unit_test(its_route_is_the_path_that_carries_most),
        cmocka_unit_test(parallel_hops_go_with_the_hops_back_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
