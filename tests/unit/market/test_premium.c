#include "sim/base/number.h"
#include "sim/market/market_internal.h"

#include "tests/unit/market/world.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const hst_market_premium_rule rules[] = {
    {.of = "NGN", .mean = 0.5, .half_life_ns = HST_DAY_NS, .official = HST_MARKET_OFFICIAL_FIRMS},
    {.of = "EGP", .mean = 0.25, .half_life_ns = HST_DAY_NS, .official = HST_MARKET_OFFICIAL_BANKS},
    {.of = "ARS", .mean = 0.6, .half_life_ns = HST_DAY_NS, .official = HST_MARKET_OFFICIAL_FIRMS},
    {.of = "ARS", .mean = 1.0 / 3, .half_life_ns = HST_DAY_NS}}; /* the later one counts */

static const hst_market *open_market(world *w, const hst_market_premium_rule *some, uint32_t count)
{
    hst_market_config config;
    hst_market_config_defaults(&config);
    config.horizon_ns = 60 * HST_DAY_NS;
    config.step_ns = HST_HOUR_NS;
    config.dynamics.premia = some;
    config.dynamics.premium_count = count;
    return world_market(w, &config);
}

static void only_who_sells_outside_the_official_channel_pays(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        int64_t ppb[HST_MARKET_TIER_COUNT]; /* p / (1 + p) where it is paid */
    } expected[] = {{"NGN", {0, 0, 333333333}},
                    {"EGP", {0, 200000000, 200000000}},
                    {"ARS", {250000000, 250000000, 250000000}},
                    {"KES", {0, 0, 0}}};
    world w;
    world_open(&w);
    const hst_market *without = open_market(&w, NULL, 0);
    const hst_market *with = open_market(&w, rules, 4);
    const hst_currency usd = world_currency(&w, "USD");
    const hst_currency eur = world_currency(&w, "EUR");
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        const hst_currency c = world_currency(&w, expected[i].code);
        for (int t = 0; t < HST_MARKET_TIER_COUNT; t++) {
            const hst_market_tier tier = (hst_market_tier)t;
            const int64_t time_ns = at(7, 13, 0);
            const int64_t premium = hst_market_premium_ppb(with, c, tier, time_ns);
            assert_int_equal(premium, expected[i].ppb[t]);
            assert_int_equal(hst_market_half_spread_ppb(with, c, eur, tier, time_ns),
                             hst_market_half_spread_ppb(without, c, eur, tier, time_ns) + premium);
            assert_int_equal(hst_market_half_spread_ppb(with, usd, c, tier, time_ns),
                             hst_market_half_spread_ppb(without, usd, c, tier, time_ns));
            assert_int_equal(hst_market_half_spread_ppb(with, c, c, tier, time_ns), 0);
        }
    }
    world_close(&w);
}

static void premia_revert_to_their_mean_within_their_bounds(void **state)
{
    (void)state;
    static const hst_market_premium_rule wild[] = {
        {.of = "NGN", .mean = 0.4, .sd = 0.1, .half_life_ns = 12 * HST_HOUR_NS},
        {.of = "EGP", .mean = 0.4, .sd = 0.8, .half_life_ns = 12 * HST_HOUR_NS}};
    world w;
    world_open(&w);
    const hst_market *market = open_market(&w, wild, 2);
    double sum = 0.0;
    int low = 0, high = 0;
    for (uint32_t step = 0; step < market->step_count; step++) {
        const double cost = (double)market->premia->cost_ppb[2 * (size_t)step] * 1e-9;
        sum += cost / (1.0 - cost); /* back to p */
        const int64_t bounded = market->premia->cost_ppb[2 * (size_t)step + 1];
        low += bounded == 0;
        high += bounded == 444444444;
        assert_in_range(bounded, 0, 444444444);
    }
    print_message("mean premium %.3f; at the bounds %d and %d of %u\n", sum / market->step_count,
                  low, high, market->step_count);
    /* 60 days, half-life half a day: some 80 independent values of deviation 0.1. */
    assert_true(fabs(sum / market->step_count - 0.4) < 0.035);
    assert_true(low > 100 && high > 100);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_who_sells_outside_the_official_channel_pays),
        cmocka_unit_test(premia_revert_to_their_mean_within_their_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
