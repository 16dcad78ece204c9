/* R10b: steps of the prices computed by hand, the projection against its definition, rates that
 * turn away from channels that empty. */
#include "core/routing/spider_price.h"

#include "tests/unit/routing/assertions.h"
#include "tests/unit/routing/channels.h"
#include "tests/unit/routing/support.h"

#include <math.h>
#include <string.h>

#define SECOND_NS INT64_C(1000000000)

static void expect_near(double value, double expected)
{
    assert_true(fabs(value - expected) < 1e-9);
}

static void one_interval_moves_the_prices_as_computed_by_hand(void **state)
{
    (void)state;
    double lambda = 1;
    hst_spider_side left = {.mu = 2, .sent = 40, .refused = 10, .held = 80};
    hst_spider_side right = {.mu = 0.1, .sent = 20, .refused = 4, .held = 50};
    /* lambda: 80 * 50/40 + 50 * 24/20 + 2 * min(10, 4) - 0.9 * 100 = 100 + 60 + 8 - 90 = 78
     * mu: 40 - 20 + (10 - 4) * 1.5/5 = 21.8, times 0.025 = 0.545 */
    hst_spider_step(100, &lambda, &left, &right);
    expect_near(lambda, 1 + 0.025 * 78);
    expect_near(left.mu, 2.545);
    expect_near(right.mu, 0); /* 0.1 - 0.545 is below 0 */
    assert_true(left.sent + left.refused + left.held + right.sent < 1e-12);
    /* Nothing sent: lambda falls by 0.025 * 0.9 * 100 and stops at 0; both mu stay. */
    hst_spider_step(100, &lambda, &left, &right);
    expect_near(lambda, 2.95 - 2.25);
    hst_spider_step(100, &lambda, &left, &right);
    expect_near(lambda, 0);
    expect_near(left.mu, 2.545);
    /* Held funds count up to what the channel has: 100, not 300. */
    left = (hst_spider_side){.sent = 10, .held = 300};
    hst_spider_step(100, &lambda, &left, &right);
    expect_near(lambda, 0.025 * (100 - 90));
    /* A channel of unknown size has no lambda. */
    left = (hst_spider_side){.sent = 10, .held = 300};
    lambda = 0;
    hst_spider_step(0, &lambda, &left, &right);
    expect_near(lambda, 0);
    expect_near(left.mu, 0.25);
}

static void projected_rates_are_the_nearest_that_fit(void **state)
{
    (void)state;
    hst_random random = hst_random_stream(1, 0, 0, 7);
    double by_hand[] = {5, 3, -1, 1};
    hst_spider_project(by_hand, 4, 4); /* 5 - 2, 3 - 2, 0, 0 */
    expect_near(by_hand[0], 3);
    expect_near(by_hand[1], 1);
    expect_near(by_hand[2] + by_hand[3], 0);
    for (unsigned i = 0; i < 5000; i++) {
        double rates[4];
        double projected[4];
        double sum = 0;
        const double most = 3 * hst_random_uniform(&random);
        for (unsigned p = 0; p < 4; p++) {
            rates[p] = 4 * hst_random_uniform(&random) - 1;
        }
        memcpy(projected, rates, sizeof rates);
        hst_spider_project(projected, 4, most);
        double off = HUGE_VAL; /* what was taken off those above 0 */
        for (unsigned p = 0; p < 4; p++) {
            assert_true(projected[p] >= 0);
            sum += projected[p];
            off = projected[p] > 0 ? rates[p] - projected[p] : off;
        }
        assert_true(sum <= most + 1e-9);
        /* Optimality: the same off all that are above 0, at least as much as any rate at 0 had, and
         * nothing when they fit. */
        for (unsigned p = 0; p < 4; p++) {
            assert_true(projected[p] > 0 ? fabs(rates[p] - projected[p] - off) < 1e-9
                                         : rates[p] <= off + 1e-9);
        }
        assert_true(sum > most - 1e-9 || isinf(off) || off < 1e-9);
    }
}

/** Two ways from 0 to 3 over channels of 1,000,000 each way: through 1 and through 2. */
static void two_ways(channels *world, hst_arena *arena)
{
    static int64_t balances[8];
    hst_graph_edge edges[8];
    memset(edges, 0, sizeof edges);
    for (uint32_t way = 0; way < 2; way++) {
        for (uint32_t hop = 0; hop < 2; hop++) {
            const uint32_t a = hop == 0 ? 0 : 1 + way;
            const uint32_t b = hop == 0 ? 1 + way : 3;
            const uint32_t e = 4 * way + 2 * hop;
            edges[e] = (hst_graph_edge){.from = a, .to = b, .kind = HST_HOP_BOOK, .enabled = true};
            edges[e + 1] =
                (hst_graph_edge){.from = b, .to = a, .kind = HST_HOP_BOOK, .enabled = true};
            balances[e] = balances[e + 1] = 1000000;
        }
    }
    hst_random random = hst_random_stream(1, 0, 0, 7);
    const channels_recipe any = {.node_count = 4, .links = 2, .balance = 1};
    channels_open(world, arena, &any, &random); /* for the view */
    world->graph = plain_graph(arena, 4, edges, 8);
    world->balances = balances;
}

/** Share of the next payment from 0 to 3 that goes through 1. */
static double share_through_1(hst_router *router, int64_t time_ns)
{
    static hst_route_split split;
    const hst_route_query query = {
        .target = 3, .amount_micro_usd = 10000, .time_ns = time_ns, .attempt = 1};
    assert_int_equal(hst_router_split(router, &query, &split), HST_OK);
    double share = 0;
    for (uint32_t i = 0; i < split.part_count; i++) {
        share +=
            split.parts[i].plan.edges[0] == 0 ? (double)split.parts[i].amount_micro_usd / 10000 : 0;
    }
    return share;
}

static void rates_turn_away_from_a_channel_drained_one_way_and_to_it_when_drained_back(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    static channels world;
    two_ways(&world, &arena);
    hst_router *router = channels_router(&world, &arena, &hst_router_spider_price);
    expect_near(share_through_1(router, 0), 0.5);
    /* Others send one way over the first channel, interval after interval: 30 tokens each time,
     * 0.75 on its price. */
    hst_hop_outcome other = {.edge = 0, .amount_micro_usd = 60000};
    for (int64_t i = 0; i < 8; i++) {
        other.submitted_ns = i * 2 * SECOND_NS;
        hst_router_feedback(router, &other, 1);
    }
    assert_true(share_through_1(router, 18 * SECOND_NS) < 0.3);
    /* The same back. The direction back was at 0 before and rises as the other falls: it is now a
     * relief to send over the channel. */
    other.edge = 1;
    for (int64_t i = 0; i < 8; i++) {
        other.submitted_ns = (20 + i * 2) * SECOND_NS;
        hst_router_feedback(router, &other, 1);
    }
    assert_true(share_through_1(router, 46 * SECOND_NS) > 0.7);
    /* What was asked in between does not matter. */
    const double share = share_through_1(router, 60 * SECOND_NS);
    (void)share_through_1(router, 90 * SECOND_NS);
    expect_near(share_through_1(router, 60 * SECOND_NS), share);
    hst_arena_release(&arena);
}

static void what_a_path_cannot_carry_goes_over_the_others(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    static channels world;
    two_ways(&world, &arena);
    hst_router *router = channels_router(&world, &arena, &hst_router_spider_price);
    static hst_route_split split;
    hst_route_query query = {.target = 3, .amount_micro_usd = 1200000};
    world.balances[2] = 250000;
    assert_int_equal(hst_router_split(router, &query, &split), HST_OK);
    assert_int_equal(split.part_count, 2);
    assert_int_equal(split.parts[0].amount_micro_usd, 250000);
    assert_int_equal(split.parts[1].amount_micro_usd, 950000);
    assert_int_equal(split.probes, 4);
    query.amount_micro_usd = 1250001;
    assert_int_equal(hst_router_split(router, &query, &split), HST_NO_PATH);
    hst_arena_release(&arena);
}

static void a_restored_router_goes_on_alike_and_splits_are_carried(void **state)
{
    (void)state;
    static unsigned char bytes[1 << 17];
    const channels_recipe network = {
        .node_count = 30, .links = 3, .balance = 1e8, .spread = 1, .empty_share = 10};
    for (unsigned seed = 1; seed <= 5; seed++) {
        hst_arena arena = test_arena();
        hst_random random = hst_random_stream(seed, 0, 0, 7);
        static channels world;
        channels_open(&world, &arena, &network, &random);
        hst_router *router = channels_router(&world, &arena, &hst_router_spider_price);
        hst_router *twin = NULL;
        unsigned sent = 0;
        for (unsigned i = 0; i < 300; i++) {
            static hst_route_split split;
            static hst_route_split other;
            if (i == 150) {
                hst_writer writer;
                hst_reader reader;
                hst_writer_init(&writer, bytes, sizeof bytes);
                assert_int_equal(hst_router_checkpoint(router, &writer), HST_OK);
                twin = channels_router(&world, &arena, &hst_router_spider_price);
                hst_reader_init(&reader, bytes, writer.at);
                assert_int_equal(hst_router_restore(twin, &reader), HST_OK);
            }
            const hst_route_query query = {
                .source = (uint32_t)hst_random_below(&random, 10),
                .target = 10 + (uint32_t)hst_random_below(&random, 5),
                .time_ns = i * SECOND_NS / 2,
                .amount_micro_usd = 1 + (int64_t)(1e7 * hst_random_lognormal(&random, 0, 1))};
            const hst_status status = hst_router_split(router, &query, &split);
            if (twin != NULL) {
                assert_int_equal(hst_router_split(twin, &query, &other), status);
            }
            if (status != HST_OK) {
                continue;
            }
            assert_true(channels_carry(&world, &split));
            if (twin != NULL) {
                assert_int_equal(other.part_count, split.part_count);
                for (uint32_t p = 0; p < split.part_count; p++) {
                    assert_int_equal(other.parts[p].amount_micro_usd,
                                     split.parts[p].amount_micro_usd);
                }
                static channels unmoved;
                unmoved = world;
                int64_t copy[512];
                memcpy(copy, world.balances, world.graph.edge_count * sizeof copy[0]);
                unmoved.balances = copy; /* the twin hears the same; funds move once */
                assert_true(channels_send(&unmoved, twin, &query, &other));
            }
            assert_true(channels_send(&world, router, &query, &split));
            sent++;
        }
        assert_true(sent > 60);
        hst_arena_release(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_interval_moves_the_prices_as_computed_by_hand),
        cmocka_unit_test(projected_rates_are_the_nearest_that_fit),
        cmocka_unit_test(
            rates_turn_away_from_a_channel_drained_one_way_and_to_it_when_drained_back),
        cmocka_unit_test(what_a_path_cannot_carry_goes_over_the_others),
        cmocka_unit_test(a_restored_router_goes_on_alike_and_splits_are_carried),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
