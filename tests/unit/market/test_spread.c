#include "core/base/random.h"

#include "sim/base/number.h"
#include "sim/base/purpose.h"
#include "sim/market/market_internal.h"
#include "sim/market/triangle.h"

#include "tests/unit/market/world.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static hst_market_config config_of(hst_market_model model, int32_t days)
{
    hst_market_config config;
    hst_market_config_defaults(&config);
    config.model = model;
    config.horizon_ns = days * HST_DAY_NS;
    return config;
}

static void without_volatility_the_spread_is_the_standing_one(void **state)
{
    (void)state;
    world w;
    world_open(&w);
    hst_market_config config = config_of(HST_MARKET_MODEL_REPLAY, 3);
    const hst_market *standing = world_market(&w, &config);
    config.dynamics.spread.sd = 1e-12;
    const hst_market *moving = world_market(&w, &config);
    assert_null(standing->factor_ppm);
    assert_non_null(moving->factor_ppm);
    const hst_currency usd = world_currency(&w, "USD");
    for (uint32_t c = 0; c < hst_currency_count(&w.currencies); c++) {
        for (int64_t t = 0; t <= config.horizon_ns; t += HST_HOUR_NS / 2) {
            for (int tier = 0; tier < HST_MARKET_TIER_COUNT; tier++) {
                assert_int_equal(hst_market_half_spread_ppb(moving, (hst_currency)c, usd,
                                                            (hst_market_tier)tier, t),
                                 hst_market_half_spread_ppb(standing, (hst_currency)c, usd,
                                                            (hst_market_tier)tier, t));
                assert_int_equal(hst_market_mid_e9(moving, (hst_currency)c, t),
                                 hst_market_mid_e9(standing, (hst_currency)c, t));
            }
        }
    }
    world_close(&w);
}

/* 60 currencies of 60 days: some 10,000 independent half-lives. */
static void spreads_keep_their_mean_and_revert_in_their_half_life(void **state)
{
    (void)state;
    world w;
    world_open(&w);
    hst_market_config config = config_of(HST_MARKET_MODEL_REPLAY, 60);
    config.step_ns = 10 * HST_MINUTE_NS;
    config.dynamics.spread = (hst_market_spread_rule){.sd = 0.5, .half_life_ns = HST_HOUR_NS};
    const hst_market *market = world_market(&w, &config);
    const uint32_t count = market->currency_count;
    double sum = 0.0, lagged = 0.0, squares = 0.0;
    for (uint32_t step = 0; step + 1 < market->step_count; step++) {
        for (uint32_t c = 0; c < count; c++) {
            const double now = market->factor_ppm[(size_t)step * count + c] * 1e-6;
            const double next = market->factor_ppm[(size_t)(step + 1) * count + c] * 1e-6;
            sum += now;
            lagged += (log(now) + 0.125) * (log(next) + 0.125);
            squares += (log(now) + 0.125) * (log(now) + 0.125);
        }
    }
    const double cells = (double)(market->step_count - 1) * count;
    const double half_life_min = log(0.5) / log(lagged / squares) * 10.0;
    print_message("mean factor %.4f, deviation %.4f, half-life %.2f min\n", sum / cells,
                  sqrt(squares / cells), half_life_min);
    assert_true(fabs(sum / cells - 1.0) < 0.015);
    assert_true(fabs(sqrt(squares / cells) - 0.5) < 0.015);
    assert_true(fabs(half_life_min / 60.0 - 1.0) < 0.05);
    world_close(&w);
}

static void spreads_widen_with_volatility_quiet_hours_and_surprises(void **state)
{
    (void)state;
    static const hst_market_realignment_rule shift = {
        .of = "HKD", .size = 0.1, .at_ns = 12 * HST_HOUR_NS};
    world w;
    world_open(&w);
    hst_market_config config = config_of(HST_MARKET_MODEL_REPLAY, 2);
    config.dynamics.spread =
        (hst_market_spread_rule){.volatility_loading = 1.0, .half_life_ns = 4 * HST_HOUR_NS};
    config.dynamics.realignments = &shift;
    config.dynamics.realignment_count = 1;
    const hst_market *shocked = world_market(&w, &config);
    const hst_currency hkd = world_currency(&w, "HKD");
    const hst_market_tier bank = HST_MARKET_TIER_INTERBANK;
    const int64_t before = hst_market_leg_ppb(shocked, hkd, bank, at(0, 11, 55));
    const int64_t after = hst_market_leg_ppb(shocked, hkd, bank, at(0, 12, 0));
    const int64_t later = hst_market_leg_ppb(shocked, hkd, bank, at(0, 16, 0));
    print_message("HKD: %lld, then %lld, then %lld ppb\n", (long long)before, (long long)after,
                  (long long)later);
    assert_true(after > 20 * before);
    assert_true(later > before && later < after / 3);
    assert_int_equal(hst_market_leg_ppb(shocked, hkd, HST_MARKET_TIER_RETAIL, at(0, 12, 0)),
                     hst_market_leg_ppb(shocked, hkd, HST_MARKET_TIER_RETAIL, at(0, 11, 0)));
    /* A day after the tariffs of 2 April 2025, and a quiet day of the year before. */
    config.dynamics.realignment_count = 0;
    config.date_days += 9;
    const hst_market *turbulent = world_market(&w, &config);
    config.date_days -= 9 + 310;
    const hst_market *quiet = world_market(&w, &config);
    const hst_currency eur = world_currency(&w, "EUR");
    assert_true(turbulent->factor_ppm[eur] > quiet->factor_ppm[eur] * 1.2);
    /* Nobody trades: e^l at most; the liveliest hour is below the standing spread. */
    config.dynamics.spread =
        (hst_market_spread_rule){.liquidity_loading = 0.5, .half_life_ns = HST_HOUR_NS};
    config.date_days = config_of(HST_MARKET_MODEL_REPLAY, 1).date_days;
    config.horizon_ns = 5 * HST_DAY_NS;
    const hst_market *hours = world_market(&w, &config);
    const uint32_t day_steps = (uint32_t)(HST_DAY_NS / config.step_ns);
    const size_t saturday = (size_t)(4 * day_steps + 5) * hours->currency_count + eur;
    const size_t afternoon = (size_t)(14 * day_steps / 24) * hours->currency_count + eur;
    assert_int_equal(hours->factor_ppm[saturday], (int32_t)(1e6 * exp(0.5) + 0.5));
    assert_true(hours->factor_ppm[afternoon] < 1000000);
    world_close(&w);
}

/* All tiers, all ordered triples drawn at random, whatever the factors are. */
static void half_spreads_stay_subadditive(void **state)
{
    (void)state;
    static const hst_market_premium_rule premium = {
        .of = "NGN", .mean = 0.4, .sd = 0.2, .half_life_ns = HST_HOUR_NS};
    world w;
    world_open(&w);
    hst_market_config config = config_of(HST_MARKET_MODEL_GARCH, 2);
    config.dynamics.spread = (hst_market_spread_rule){.sd = 2.0,
                                                      .half_life_ns = HST_HOUR_NS,
                                                      .volatility_loading = 3.0,
                                                      .liquidity_loading = 3.0};
    config.dynamics.premia = &premium;
    config.dynamics.premium_count = 1;
    const hst_market *market = world_market(&w, &config);
    hst_random random = hst_random_stream(3, 0, 0, HST_PURPOSE_TEST);
    const uint32_t count = market->currency_count;
    for (int i = 0; i < 200000; i++) {
        const hst_currency a = (hst_currency)hst_random_below(&random, count);
        const hst_currency b = (hst_currency)hst_random_below(&random, count);
        const hst_currency c = (hst_currency)hst_random_below(&random, count);
        const hst_market_tier tier = (hst_market_tier)hst_random_below(&random, 3);
        const int64_t t = (int64_t)hst_random_below(&random, (uint64_t)config.horizon_ns);
        const int64_t direct = hst_market_half_spread_ppb(market, a, c, tier, t);
        assert_true(direct >= 0 && direct < HST_PPB_ONE);
        assert_true(direct <= hst_market_half_spread_ppb(market, a, b, tier, t) +
                                  hst_market_half_spread_ppb(market, b, c, tier, t));
    }
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_volatility_the_spread_is_the_standing_one),
        cmocka_unit_test(spreads_keep_their_mean_and_revert_in_their_half_life),
        cmocka_unit_test(spreads_widen_with_volatility_quiet_hours_and_surprises),
        cmocka_unit_test(half_spreads_stay_subadditive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
