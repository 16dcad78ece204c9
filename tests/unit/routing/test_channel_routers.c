/* The routers of payment-channel research against each other, in the shape of the published
 * comparison (Wang et al., CoNEXT 2019): volume delivered on a network of skewed balances by
 * payments of heavy-tailed amounts between recurring ends. Only the order is asserted, with a
 * margin, over several seeds together. */
#include "core/routing/fewest_hops.h"
#include "core/routing/flash.h"
#include "core/routing/landmark.h"
#include "core/routing/speedymurmurs.h"
#include "core/routing/spider_price.h"
#include "core/routing/spider_waterfilling.h"

#include "tests/unit/routing/assertions.h"
#include "tests/unit/routing/channels.h"
#include "tests/unit/routing/support.h"

enum { SEEDS = 6, NODES = 120, PAYMENTS = 600, ATTEMPTS = 5, PURPOSE = 7 };

static const channels_recipe network = {
    .node_count = NODES, .links = 4, .balance = 2.5e8, .spread = 1.3, .rate_max = 1000000};

/** What a router delivered. */
typedef struct delivery {
    double volume; /* micro-USD */
    unsigned count;
    uint64_t probes;
} delivery;

/** One of a few nodes more often than of many: recurring ends. */
static uint32_t draw_node(hst_random *random)
{
    const double u = hst_random_uniform(random);
    return (uint32_t)(NODES * u * u);
}

/** The same network and the same payments for every kind. */
static void run(const hst_router_kind *kind, unsigned seed, delivery *sum)
{
    hst_arena arena = test_arena();
    hst_random opening = hst_random_stream(seed, 0, 1, PURPOSE);
    hst_random payments = hst_random_stream(seed, 0, 2, PURPOSE);
    static channels world;
    channels_open(&world, &arena, &network, &opening);
    hst_router *router = channels_router(&world, &arena, kind);
    const int64_t funds = channels_funds(&world);
    for (unsigned i = 0; i < PAYMENTS; i++) {
        const hst_route_query query = {
            .source = draw_node(&payments),
            .target = draw_node(&payments),
            .time_ns = i * INT64_C(100000000),
            .payment = i,
            .amount_micro_usd = 1 + (int64_t)(1.5e7 * hst_random_lognormal(&payments, 0, 1.8))};
        if (query.source != query.target &&
            channels_pay(&world, router, query, ATTEMPTS, &sum->probes)) {
            sum->volume += (double)query.amount_micro_usd;
            sum->count++;
        }
    }
    assert_int_equal(channels_funds(&world), funds);
    hst_arena_release(&arena);
}

static void volumes_stand_in_the_published_order(void **state)
{
    (void)state;
    const hst_router_kind *const kinds[] = {
        &hst_router_flash,         &hst_router_spider_waterfilling, &hst_router_fewest_hops,
        &hst_router_speedymurmurs, &hst_router_spider_price,        &hst_router_landmark};
    enum { FLASH, WATERFILLING, SHORTEST, SPEEDYMURMURS, PRICE, LANDMARK, KINDS };
    delivery sums[KINDS] = {{0}};
    for (unsigned k = 0; k < KINDS; k++) {
        for (unsigned seed = 1; seed <= SEEDS; seed++) {
            run(kinds[k], seed, &sums[k]);
        }
        print_message("%-20s volume %.3e, delivered %.3f, messages a payment %.1f\n",
                      kinds[k]->name, sums[k].volume / 1e6,
                      (double)sums[k].count / (SEEDS * PAYMENTS),
                      (double)sums[k].probes / (SEEDS * PAYMENTS));
    }
    assert_true(sums[FLASH].volume > 1.1 * sums[WATERFILLING].volume);
    assert_true(sums[WATERFILLING].volume > 1.5 * sums[SHORTEST].volume);
    assert_true(sums[WATERFILLING].volume > 1.5 * sums[SPEEDYMURMURS].volume);
    assert_true(sums[PRICE].volume > 1.5 * sums[SHORTEST].volume);
    /* SpeedyMurmurs delivers two thirds of what shortest paths do in the published figures. Here
     * the two are close, now one ahead, now the other: trees are repaired with coordinates that
     * stay distinct, where the published simulator numbers children anew at each repair. */
    assert_true(sums[SHORTEST].volume > 0.8 * sums[SPEEDYMURMURS].volume);
    assert_true(sums[SHORTEST].volume < 1.6 * sums[SPEEDYMURMURS].volume);
    /* Flash probes for few payments, waterfilling for all. */
    assert_true(sums[FLASH].probes < sums[WATERFILLING].probes);
    assert_int_equal(sums[SHORTEST].probes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(volumes_stand_in_the_published_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
