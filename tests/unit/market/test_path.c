#include "core/base/random.h"
#include "core/money/money.h"

#include "sim/base/calendar.h"
#include "sim/base/number.h"
#include "sim/base/purpose.h"
#include "sim/market/daily_table.h"

#include "tests/unit/market/world.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static hst_market_config config_of(hst_market_model model, int32_t days)
{
    hst_market_config config;
    hst_market_config_defaults(&config);
    config.model = model;
    config.horizon_ns = days * HST_DAY_NS;
    return config;
}

/* 2025-04-01 is a Tuesday in summer time: fixings at 12:15 UTC. */
static void replay_meets_every_real_fixing_exactly(void **state)
{
    (void)state;
    world w;
    hst_daily_table table;
    world_open(&w);
    const hst_market_config config = config_of(HST_MARKET_MODEL_REPLAY, 14);
    const hst_market *market = world_market(&w, &config);
    assert_int_equal(
        hst_daily_table_read(w.inputs, "data/fx_daily.csv", &w.arena, &w.scratch, &table, &w.error),
        HST_OK);
    uint32_t met = 0;
    const uint32_t first = hst_daily_rows_before(&table, config.date_days);
    for (uint32_t row = first; table.dates[row] < config.date_days + 14; row++) {
        const int64_t time_ns = at(table.dates[row] - config.date_days, 12, 15);
        for (uint32_t c = 0; c < table.currency_count; c++) {
            /* The rouble's series ended three years before. */
            if (hst_daily_mid(&table, row, c) == 0 || strcmp(table.codes[c], "RUB") == 0) {
                continue;
            }
            const hst_currency currency = world_currency(&w, table.codes[c]);
            assert_int_equal(hst_market_mid_e9(market, currency, time_ns),
                             hst_daily_mid(&table, row, c));
            met++;
        }
    }
    assert_true(met > 300);
    world_close(&w);
}

static void replay_in_winter_meets_fixings_an_hour_later(void **state)
{
    (void)state;
    world w;
    world_open(&w);
    hst_market_config config = config_of(HST_MARKET_MODEL_REPLAY, 1);
    config.date_days = hst_date_to_days((hst_date){2016, 6, 24});
    const hst_market *summer = world_market(&w, &config);
    const hst_currency gbp = world_currency(&w, "GBP");
    config.date_days = hst_date_to_days((hst_date){2022, 11, 11});
    const hst_market *winter = world_market(&w, &config);
    /* The day after the British vote, and a day of falling dollars, from the table. */
    assert_int_equal(hst_market_mid_e9(summer, gbp, at(0, 12, 15)), 729713000);
    assert_int_equal(hst_market_mid_e9(winter, gbp, at(0, 13, 15)), 849224000);
    world_close(&w);
}

static void nothing_moves_while_the_market_is_closed(void **state)
{
    (void)state;
    world w;
    world_open(&w);
    for (int model = 0; model < 2; model++) {
        const hst_market_config config = config_of((hst_market_model)model, 14);
        const hst_market *market = world_market(&w, &config);
        for (uint32_t c = 0; c < hst_currency_count(&w.currencies); c++) {
            /* Saturday 5 and Sunday 6 April are days 4 and 5; closed from Friday 21:00 UTC. */
            const int64_t friday = hst_market_mid_e9(market, (hst_currency)c, at(3, 21, 0));
            for (int64_t hour = 21; hour < 24 + 24 + 21; hour++) {
                assert_int_equal(hst_market_mid_e9(market, (hst_currency)c, at(3, hour, 55)),
                                 friday);
            }
        }
        const hst_currency eur = world_currency(&w, "EUR");
        assert_int_not_equal(hst_market_mid_e9(market, eur, at(5, 20, 0)),
                             hst_market_mid_e9(market, eur, at(6, 6, 0)));
    }
    world_close(&w);
}

static void easter_without_fixings_is_flat_in_a_replay(void **state)
{
    (void)state;
    world w;
    world_open(&w);
    hst_market_config config = config_of(HST_MARKET_MODEL_REPLAY, 5);
    config.date_days = hst_date_to_days((hst_date){2025, 4, 18}); /* Good Friday */
    const hst_market *market = world_market(&w, &config);
    const hst_currency jpy = world_currency(&w, "JPY");
    const int64_t mid = hst_market_mid_e9(market, jpy, 0);
    assert_int_equal(hst_market_mid_e9(market, jpy, at(0, 12, 0)), mid);
    assert_int_equal(hst_market_mid_e9(market, jpy, at(3, 23, 55)),
                     hst_market_mid_e9(market, jpy, at(3, 0, 0)));
    assert_int_not_equal(hst_market_mid_e9(market, jpy, at(4, 8, 0)), mid);
    world_close(&w);
}

static void pegs_stay_on_their_peg(void **state)
{
    (void)state;
    world w;
    world_open(&w);
    for (int model = 0; model < 2; model++) {
        const hst_market_config config = config_of((hst_market_model)model, 7);
        const hst_market *market = world_market(&w, &config);
        const hst_currency eur = world_currency(&w, "EUR");
        const hst_currency xof = world_currency(&w, "XOF");
        const hst_currency inr = world_currency(&w, "INR");
        const hst_currency npr = world_currency(&w, "NPR");
        for (int64_t t = 0; t <= config.horizon_ns; t += config.step_ns) {
            assert_int_equal(hst_market_mid_e9(market, world_currency(&w, "AED"), t), 3672500000);
            assert_int_equal(hst_market_mid_e9(market, world_currency(&w, "JOD"), t), 709000000);
            const double euro = (double)hst_market_mid_e9(market, eur, t);
            const double franc = (double)hst_market_mid_e9(market, xof, t);
            assert_true(fabs(franc - 655.957 * euro) <= 0.51);
            const double rupee = (double)hst_market_mid_e9(market, inr, t);
            const double nepal = (double)hst_market_mid_e9(market, npr, t);
            assert_true(fabs(nepal - 1.6 * rupee) <= 0.51);
        }
    }
    world_close(&w);
}

static void drawn_rates_stay_in_their_band(void **state)
{
    (void)state;
    world w;
    world_open(&w);
    hst_market_config config = config_of(HST_MARKET_MODEL_GARCH, 60);
    config.step_ns = HST_HOUR_NS;
    for (uint64_t seed = 1; seed <= 2; seed++) {
        config.seed = seed;
        const hst_market *market = world_market(&w, &config);
        for (int64_t t = 0; t <= config.horizon_ns; t += config.step_ns) {
            const int64_t hkd = hst_market_mid_e9(market, world_currency(&w, "HKD"), t);
            assert_in_range(hkd, 7750080000, 7849920000);
            const double ratio = (double)hst_market_mid_e9(market, world_currency(&w, "DKK"), t) /
                                 (double)hst_market_mid_e9(market, world_currency(&w, "EUR"), t);
            assert_true(fabs(ratio / 7.46038 - 1.0) < 0.02251);
        }
    }
    world_close(&w);
}

static void equal_seeds_give_equal_rates_and_others_do_not(void **state)
{
    (void)state;
    world w;
    world_open(&w);
    for (int model = 0; model < 2; model++) {
        hst_market_config config = config_of((hst_market_model)model, 3);
        const hst_market *first = world_market(&w, &config);
        const hst_market *second = world_market(&w, &config);
        config.replication = 1;
        const hst_market *other = world_market(&w, &config);
        const hst_currency eur = world_currency(&w, "EUR");
        uint32_t different = 0;
        for (uint32_t c = 0; c < hst_currency_count(&w.currencies); c++) {
            for (int64_t t = 0; t <= config.horizon_ns; t += config.step_ns) {
                assert_int_equal(hst_market_mid_e9(first, (hst_currency)c, t),
                                 hst_market_mid_e9(second, (hst_currency)c, t));
            }
        }
        for (int64_t t = 0; t <= config.horizon_ns; t += config.step_ns) {
            different += hst_market_mid_e9(first, eur, t) != hst_market_mid_e9(other, eur, t);
        }
        assert_true(different > 800);
    }
    world_close(&w);
}

/* A longer run begins like a shorter one: the horizon decides nothing before its end. */
static void longer_horizon_does_not_change_the_beginning(void **state)
{
    (void)state;
    world w;
    world_open(&w);
    for (int model = 0; model < 2; model++) {
        const hst_market_config brief = config_of((hst_market_model)model, 2);
        const hst_market_config lengthy = config_of((hst_market_model)model, 9);
        const hst_market *a = world_market(&w, &brief);
        const hst_market *b = world_market(&w, &lengthy);
        for (uint32_t c = 0; c < hst_currency_count(&w.currencies); c++) {
            for (int64_t t = 0; t <= brief.horizon_ns; t += 7 * brief.step_ns) {
                assert_int_equal(hst_market_mid_e9(a, (hst_currency)c, t),
                                 hst_market_mid_e9(b, (hst_currency)c, t));
            }
        }
    }
    world_close(&w);
}

/* A known answer: the same on every compiler and optimisation level, or the contract is broken. */
static void draws_are_the_same_on_every_machine(void **state)
{
    (void)state;
    world w;
    world_open(&w);
    uint64_t sums[2] = {0, 0};
    for (int model = 0; model < 2; model++) {
        const hst_market_config config = config_of((hst_market_model)model, 7);
        const hst_market *market = world_market(&w, &config);
        for (uint32_t c = 0; c < hst_currency_count(&w.currencies); c++) {
            for (int64_t t = 0; t <= config.horizon_ns; t += config.step_ns) {
                const uint64_t mid = (uint64_t)hst_market_mid_e9(market, (hst_currency)c, t);
                sums[model] = (sums[model] ^ mid) * UINT64_C(0x100000001b3);
            }
        }
    }
    print_message("digests %016llx %016llx\n", (unsigned long long)sums[0],
                  (unsigned long long)sums[1]);
    assert_true(sums[0] == UINT64_C(0x454daf28efd1e977));
    assert_true(sums[1] == UINT64_C(0x65430aed991e94ff));
    world_close(&w);
}

/* Sum of squared changes of a currency over the open hours [from, to) of all days, percent. */
static double variation(const hst_market *market, hst_currency currency, int64_t from, int64_t to)
{
    const int64_t step_ns = hst_market_step_ns(market);
    double sum = 0.0;
    for (uint32_t k = 1; k < hst_market_step_count(market); k++) {
        const int64_t start_ns = (int64_t)(k - 1) * step_ns;
        const int64_t hour = start_ns % HST_DAY_NS / HST_HOUR_NS;
        if (hour >= from && hour < to) {
            const double change =
                100.0 * log((double)hst_market_mid_e9(market, currency, start_ns + step_ns) /
                            (double)hst_market_mid_e9(market, currency, start_ns));
            sum += change * change;
        }
    }
    return sum;
}

/* The quadratic variation of the bridges is the fitted variance, spread over the day by its
 * profile: 60 days of summer, 41 of them with fixings, EUR near 7.5 % a year, GBP near 9 %. */
static void bridges_vary_as_fitted_and_by_the_hour(void **state)
{
    (void)state;
    world w;
    world_open(&w);
    hst_market_config config = config_of(HST_MARKET_MODEL_REPLAY, 60);
    config.step_ns = 15 * HST_MINUTE_NS;
    const hst_market *market = world_market(&w, &config);
    const hst_currency eur = world_currency(&w, "EUR");
    const double yearly = sqrt(variation(market, eur, 0, 24) * 252.0 / 41.0);
    const double lively = variation(market, eur, 12, 15) / variation(market, eur, 1, 4);
    /* Squares of the table's summer hours: (1.502 1.483 1.706) against (1.009 0.765 0.632). */
    const double expected = (1.502 * 1.502 + 1.483 * 1.483 + 1.706 * 1.706) /
                            (1.009 * 1.009 + 0.765 * 0.765 + 0.632 * 0.632);
    print_message("%.2f %% a year; lively against quiet hours %.2f, expected %.2f\n", yearly,
                  lively, expected);
    assert_true(yearly > 7.0 && yearly < 11.5); /* a spring of tariffs: above the long run */
    assert_true(lively > 0.8 * expected && lively < 1.25 * expected);
    world_close(&w);
}

/* Other seeds meet at the fixings and part between them, least just before the next one. */
static void bridges_part_and_meet_again(void **state)
{
    (void)state;
    enum { SEEDS = 8 };
    world w;
    world_open(&w);
    hst_market_config config = config_of(HST_MARKET_MODEL_REPLAY, 2);
    const hst_currency eur = world_currency(&w, "EUR");
    const int64_t times[] = {at(0, 12, 15), at(0, 21, 0), at(1, 12, 10), at(1, 12, 15)};
    double low[4], high[4];
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        config.seed = seed;
        const hst_market *market = world_market(&w, &config);
        for (size_t i = 0; i < 4; i++) {
            const double x = (double)hst_market_mid_e9(market, eur, times[i]);
            low[i] = seed == 1 ? x : fmin(low[i], x);
            high[i] = seed == 1 ? x : fmax(high[i], x);
        }
        hst_arena_clear(&w.arena);
        hst_arena_clear(&w.scratch);
    }
    assert_true(high[0] - low[0] < 0.5);
    assert_true(high[1] - low[1] > 1e6);
    assert_true(high[2] - low[2] < (high[1] - low[1]) / 2.0);
    assert_true(high[3] - low[3] < 0.5);
    world_close(&w);
}

/* Daily changes of drawn rates have the variance that the filter and the model imply. */
static void drawn_days_have_the_fitted_volatility_and_correlation(void **state)
{
    (void)state;
    enum { SEEDS = 10 };
    world w;
    world_open(&w);
    hst_market_config config = config_of(HST_MARKET_MODEL_GARCH, 60);
    config.step_ns = 6 * HST_HOUR_NS;
    const hst_currency eur = world_currency(&w, "EUR");
    const hst_currency sek = world_currency(&w, "SEK");
    double aa = 0.0, bb = 0.0, ab = 0.0;
    int count = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        config.seed = seed;
        const hst_market *market = world_market(&w, &config);
        for (int64_t day = 1; day < 60; day++) {
            const double a = log((double)hst_market_mid_e9(market, eur, at(day, 18, 0)) /
                                 (double)hst_market_mid_e9(market, eur, at(day - 1, 18, 0)));
            const double b = log((double)hst_market_mid_e9(market, sek, at(day, 18, 0)) /
                                 (double)hst_market_mid_e9(market, sek, at(day - 1, 18, 0)));
            if (fabs(a) > 0.0) {
                aa += a * a;
                bb += b * b;
                ab += a * b;
                count++;
            }
        }
        hst_arena_clear(&w.arena);
        hst_arena_clear(&w.scratch);
    }
    const double volatility = 100.0 * sqrt(aa / count * 252.0);
    const double correlation = ab / sqrt(aa * bb);
    print_message("EUR %.2f %% a year, correlation with SEK %.3f\n", volatility, correlation);
    assert_true(volatility > 5.5 && volatility < 10.0);
    assert_true(correlation > 0.75 && correlation < 0.95);
    world_close(&w);
}

static void currency_without_daily_rates_stands_still_in_a_replay(void **state)
{
    (void)state;
    world w;
    world_open(&w);
    const hst_market_config replay = config_of(HST_MARKET_MODEL_REPLAY, 7);
    const hst_market_config garch = config_of(HST_MARKET_MODEL_GARCH, 7);
    const hst_market *still = world_market(&w, &replay);
    const hst_market *moving = world_market(&w, &garch);
    const hst_currency ngn = world_currency(&w, "NGN");
    for (int64_t t = 0; t <= replay.horizon_ns; t += replay.step_ns) {
        assert_int_equal(hst_market_mid_e9(still, ngn, t), INT64_C(1478970000000));
    }
    assert_int_not_equal(hst_market_mid_e9(moving, ngn, at(3, 0, 0)), INT64_C(1478970000000));
    world_close(&w);
}

/* The model that draws needs no table at or after the date. */
static void garch_runs_beyond_the_table(void **state)
{
    (void)state;
    world w;
    world_open(&w);
    hst_market_config config = config_of(HST_MARKET_MODEL_GARCH, 3);
    config.date_days = hst_date_to_days((hst_date){2028, 2, 28});
    const hst_market *market = world_market(&w, &config);
    const hst_currency eur = world_currency(&w, "EUR");
    assert_in_range(hst_market_mid_e9(market, eur, at(2, 0, 0)), 800000000, 920000000);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replay_meets_every_real_fixing_exactly),
        cmocka_unit_test(replay_in_winter_meets_fixings_an_hour_later),
        cmocka_unit_test(nothing_moves_while_the_market_is_closed),
        cmocka_unit_test(easter_without_fixings_is_flat_in_a_replay),
        cmocka_unit_test(pegs_stay_on_their_peg),
        cmocka_unit_test(drawn_rates_stay_in_their_band),
        cmocka_unit_test(equal_seeds_give_equal_rates_and_others_do_not),
        cmocka_unit_test(longer_horizon_does_not_change_the_beginning),
        cmocka_unit_test(draws_are_the_same_on_every_machine),
        cmocka_unit_test(bridges_vary_as_fitted_and_by_the_hour),
        cmocka_unit_test(bridges_part_and_meet_again),
        cmocka_unit_test(drawn_days_have_the_fitted_volatility_and_correlation),
        cmocka_unit_test(currency_without_daily_rates_stands_still_in_a_replay),
        cmocka_unit_test(garch_runs_beyond_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
