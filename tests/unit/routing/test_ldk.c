/* LDK's estimator against the values of its own tests (routing/scoring.rs) and by hand, and R7. */
#include "core/routing/ldk_buckets.h"
#include "core/routing/ldk_liquidity.h"

#include "tests/unit/routing/assertions.h"
#include "tests/unit/routing/lightning.h"

#include <math.h>
#include <string.h>

#define DAY_NS (24 * HOUR_NS)

static void near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance)) {
        fail_msg("%.9f, expected %.9f within %g", value, expected, tolerance);
    }
}

static void expect_one_bucket(const uint16_t buckets[HST_LDK_BUCKETS], uint32_t which, int value)
{
    for (uint32_t i = 0; i < HST_LDK_BUCKETS; i++) {
        assert_int_equal(buckets[i], i == which ? value : 0);
    }
}

static void datapoints_enter_the_published_buckets(void **state)
{
    (void)state;
    uint16_t first[HST_LDK_BUCKETS] = {0};
    uint16_t second[HST_LDK_BUCKETS] = {0};
    hst_ldk_track(first, 100, 1000);
    expect_one_bucket(first, 11, 32);
    hst_ldk_track(second, 0, 1000);
    expect_one_bucket(second, 0, 32);
    hst_ldk_fade(first, 2);
    expect_one_bucket(first, 11, 8);
}

static void buckets_cover_the_capacity_with_the_published_widths(void **state)
{
    (void)state;
    static const uint32_t widths[HST_LDK_BUCKETS] = {
        1,    1,    2,    4,    8,    16,  32,  64,  128, 256, 512, 1024, 1024, 1024, 2048, 2048,
        2048, 2048, 1024, 1024, 1024, 512, 256, 128, 64,  32,  16,  8,    4,    2,    1,    1};
    uint32_t position = 0;
    for (uint32_t bucket = 0; bucket < HST_LDK_BUCKETS; bucket++) {
        for (uint32_t i = 0; i < widths[bucket]; i++) {
            assert_int_equal(hst_ldk_bucket(position++), bucket);
        }
    }
    assert_int_equal(position, HST_LDK_POSITIONS);
    assert_int_equal(hst_ldk_position(1000, 1000), 16367);
    assert_int_equal(hst_ldk_position(2000, 1000), HST_LDK_POSITIONS);
}

static void buckets_never_overflow(void **state)
{
    (void)state;
    uint16_t buckets[HST_LDK_BUCKETS] = {0};
    for (unsigned i = 0; i < 40000; i++) {
        const uint16_t before = buckets[0];
        hst_ldk_track(buckets, 0, 1000);
        assert_true(buckets[0] >= before);
    }
    assert_int_equal(buckets[0], 63457 + 32); /* from 63,457 on, 32 are added and 32 fade */
}

static void the_chance_without_knowledge_has_the_values_of_its_density(void **state)
{
    (void)state;
    static const double values[][2] = {{0.01, 0.95344}, {0.05, 0.82186}, {0.1, 0.73355},
                                       {0.25, 0.62549}, {0.5, 0.5},      {0.75, 0.37451},
                                       {0.9, 0.26645}};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        near(hst_ldk_chance_between(values[i][0], 0, 1, 1, false), values[i][1], 5e-6);
        near(hst_ldk_chance_between(values[i][0], 0, 1, 1, true), values[i][1] * 64 / 78, 5e-6);
    }
    near(hst_ldk_chance_between(0.5, 0.5, 1, 1, true), 1, 0);
    near(hst_ldk_chance_between(0.5, 0, 0.5, 1, true), 0, 0);
}

/** The history's chance over all pairs, spelled out. */
static double slow_history(const hst_ldk_liquidity *hop, double position)
{
    double starts[HST_LDK_BUCKETS + 1] = {0};
    for (uint32_t p = 0; p < HST_LDK_POSITIONS; p++) {
        starts[hst_ldk_bucket(p) + 1] = p + 1;
    }
    int tightest = -1;
    int whole = -1;
    for (int up = 0; up < HST_LDK_BUCKETS; up++) {
        tightest = hop->upper_buckets[up] > 0 ? up : tightest;
        whole = hop->upper_buckets[up] >= 32 ? up : whole;
    }
    tightest = whole >= 0 ? whole : tightest;
    double total = 0;
    double sum = 0;
    for (int low = 0; low < HST_LDK_BUCKETS; low++) {
        for (int up = 0; low + up < HST_LDK_BUCKETS; up++) {
            const double product = (double)hop->lower_buckets[low] * hop->upper_buckets[up];
            const double weight = product * product;
            const double end = starts[HST_LDK_BUCKETS - (low == 0 ? tightest : up)] - 1;
            total += weight;
            if (weight > 0 && position < end) {
                sum +=
                    weight * (position < starts[low]
                                  ? 1
                                  : hst_ldk_chance_between(position, starts[low], end, 16383, 1));
            }
        }
    }
    return sum / total;
}

static void the_history_is_the_mean_over_pairs_of_buckets(void **state)
{
    (void)state;
    const hst_ldk ldk = hst_ldk_defaults();
    const int64_t capacity = 1000000;
    hst_ldk_liquidity hop = {0};
    for (int i = 0; i < 60; i++) {
        const int64_t amount = (int64_t)i * 7919 * 131 % capacity;
        const int64_t now = i * HOUR_NS / 10;
        if (i % 3 == 0) {
            hst_ldk_failed(&ldk, &hop, amount, capacity, now);
        } else if (i % 3 == 1) {
            hst_ldk_failed_downstream(&ldk, &hop, amount, capacity, now);
        } else {
            hst_ldk_succeeded(&ldk, &hop, amount, capacity, now);
        }
        for (int64_t a = 0; a < capacity; a += 33331) {
            double chance = -1;
            if (!hst_ldk_history_chance(&hop, a, capacity, &chance)) {
                assert_true(i < 5);
                continue;
            }
            near(chance, slow_history(&hop, hst_ldk_position(a, capacity)), 1e-9);
            assert_true(chance >= 0 && chance <= 1 + 1e-9);
        }
    }
}

static void results_move_the_bounds_as_in_the_original(void **state)
{
    (void)state;
    const hst_ldk ldk = hst_ldk_defaults();
    hst_ldk_liquidity hop = {0};
    assert_int_equal(hst_ldk_upper(&hop, 1000), 1000);
    hst_ldk_failed(&ldk, &hop, 600, 1000, 0);
    assert_int_equal(hst_ldk_upper(&hop, 1000), 600);
    hst_ldk_failed(&ldk, &hop, 800, 1000, 0); /* weaker: no change */
    assert_int_equal(hst_ldk_upper(&hop, 1000), 600);
    hst_ldk_failed_downstream(&ldk, &hop, 300, 1000, 0);
    assert_int_equal(hop.lower, 300);
    hst_ldk_failed_downstream(&ldk, &hop, 200, 1000, 0);
    assert_int_equal(hop.lower, 300);
    hst_ldk_succeeded(&ldk, &hop, 100, 1000, 0); /* 100 left it */
    assert_int_equal(hst_ldk_upper(&hop, 1000), 500);
    assert_int_equal(hop.lower, 300);
    hst_ldk_failed(&ldk, &hop, 200, 1000, 0); /* below the lower bound */
    assert_int_equal(hst_ldk_upper(&hop, 1000), 200);
    assert_int_equal(hop.lower, 0);
    hst_ldk_failed_downstream(&ldk, &hop, 900, 1000, 0);
    assert_int_equal(hop.lower, 900);
    assert_int_equal(hst_ldk_upper(&hop, 1000), 1000);
}

static void bounds_and_history_fade_at_their_half_lives(void **state)
{
    (void)state;
    const hst_ldk ldk = hst_ldk_defaults();
    hst_ldk_liquidity hop = {0};
    double chance = 0;
    hst_ldk_failed_downstream(&ldk, &hop, 400, 1000, 0);
    hst_ldk_failed(&ldk, &hop, 600, 1000, 0);
    hst_ldk_pass_time(&ldk, &hop, HOUR_NS / 2);
    assert_int_equal(hop.lower, 200);
    assert_int_equal(hst_ldk_upper(&hop, 1000), 800);
    hst_ldk_pass_time(&ldk, &hop, 14 * DAY_NS);
    assert_int_equal(hop.lower, 0);
    assert_int_equal(hst_ldk_upper(&hop, 1000), 1000);
    assert_true(hst_ldk_history_chance(&hop, 500, 1000, &chance));
    hst_ldk_pass_time(&ldk, &hop, 29 * DAY_NS);
    assert_false(hst_ldk_history_chance(&hop, 500, 1000, &chance));
}

static void penalties_follow_the_published_constants(void **state)
{
    (void)state;
    const hst_ldk ldk = hst_ldk_defaults();
    hst_ldk_liquidity hop = {0};
    const double a = 5e8;
    const int64_t capacity = 1000000000;
    const double base = 5120 + a * 655360 / 1073741824;
    const double unit = 50000 + a * 6250 / 1048576;
    near(hst_ldk_penalty(&ldk, &hop, 500000000, capacity, 0), base - unit * log10(0.5 * 64 / 78),
         1e-3);
    hst_ldk_failed(&ldk, &hop, 400000000, capacity, 0);
    /* Over the upper bound, and the history's chance is 0: floored at 0.01. */
    near(hst_ldk_penalty(&ldk, &hop, 500000000, capacity, 0), base + 2 * unit + 1e11, 1e-3);
    /* The bound is loose again after a day, the history is not. */
    near(hst_ldk_penalty(&ldk, &hop, 500000000, capacity, DAY_NS), base + 2 * unit, 1e-3);
    /* After its half-life the single result no longer counts. */
    near(hst_ldk_penalty(&ldk, &hop, 500000000, capacity, 15 * DAY_NS),
         base - unit * log10(0.5 * 64 / 78), 1e-3);
    near(hst_ldk_penalty(&ldk, &hop, capacity, capacity, 15 * DAY_NS),
         5120 + 1e9 * 655360 / 1073741824 + 2 * (50000 + 1e9 * 6250 / 1048576) + 1e11, 1e-3);
}

static void buckets_avoid_a_failed_hop_and_try_it_after_the_half_life(void **state)
{
    (void)state;
    check_failure_is_forgotten(&hst_router_ldk_buckets, 5000000, HOUR_NS, 15 * DAY_NS);
}

static void corrupt_state_is_refused(void **state)
{
    (void)state;
    check_corrupt_state_is_refused(&hst_router_ldk_buckets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(datapoints_enter_the_published_buckets),
        cmocka_unit_test(buckets_cover_the_capacity_with_the_published_widths),
        cmocka_unit_test(buckets_never_overflow),
        cmocka_unit_test(the_chance_without_knowledge_has_the_values_of_its_density),
        cmocka_unit_test(the_history_is_the_mean_over_pairs_of_buckets),
        cmocka_unit_test(results_move_the_bounds_as_in_the_original),
        cmocka_unit_test(bounds_and_history_fade_at_their_half_lives),
        cmocka_unit_test(penalties_follow_the_published_constants),
        cmocka_unit_test(buckets_avoid_a_failed_hop_and_try_it_after_the_half_life),
        cmocka_unit_test(corrupt_state_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
