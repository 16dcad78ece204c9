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

static void times_beyond_the_horizon_get_the_last_rate(void **state)
{
    (void)state;
    world w;
    world_open(&w);
    hst_market_config config = config_of(HST_MARKET_MODEL_REPLAY, 1);
    config.horizon_ns = HST_DAY_NS - 1; /* rounded up to whole steps */
    const hst_market *market = world_market(&w, &config);
    const hst_currency eur = world_currency(&w, "EUR");
    assert_int_equal(hst_market_step_count(market), 289);
    assert_int_equal(hst_market_mid_e9(market, eur, at(40, 0, 0)),
                     hst_market_mid_e9(market, eur, at(1, 0, 0)));
    assert_int_equal(hst_market_mid_e9(market, eur, at(0, 9, 4)),
                     hst_market_mid_e9(market, eur, at(0, 9, 0)));
    world_close(&w);
}

static void ask_before_the_start(const void *market)
{
    (void)hst_market_mid_e9(market, 0, -1);
}

static void ask_unknown_currency(const void *market)
{
    (void)hst_market_mid_e9(market, 61, 0);
}

static void questions_out_of_range_fire(void **state)
{
    (void)state;
    world w;
    world_open(&w);
    const hst_market_config config = config_of(HST_MARKET_MODEL_REPLAY, 1);
    const hst_market *market = world_market(&w, &config);
    assert_true(world_fires(ask_before_the_start, market));
    assert_true(world_fires(ask_unknown_currency, market));
    world_close(&w);
}

static void mid_is_the_exact_ratio_of_two_legs(void **state)
{
    (void)state;
    world w;
    world_open(&w);
    const hst_market_config config = config_of(HST_MARKET_MODEL_REPLAY, 1);
    const hst_market *market = world_market(&w, &config);
    const uint32_t count = hst_currency_count(&w.currencies);
    for (uint32_t a = 0; a < count; a++) {
        for (uint32_t b = 0; b < count; b++) {
            hst_rate rate, back;
            assert_int_equal(
                hst_market_mid(market, (hst_currency)a, (hst_currency)b, at(0, 9, 0), &rate),
                HST_OK);
            assert_int_equal(
                hst_market_mid(market, (hst_currency)b, (hst_currency)a, at(0, 9, 0), &back),
                HST_OK);
            assert_int_equal(hst_rate_compare(hst_rate_inverse(rate), back), 0);
            assert_true(a != b || (rate.numerator == 1 && rate.denominator == 1));
        }
    }
    /* JPY has no minor unit, USD has cents: yen per cent is the mid over 100. */
    hst_rate yen;
    const hst_currency jpy = world_currency(&w, "JPY");
    const int64_t mid_e9 = hst_market_mid_e9(market, jpy, 0);
    assert_int_equal(hst_market_mid(market, world_currency(&w, "USD"), jpy, 0, &yen), HST_OK);
    const double expected = (double)mid_e9 / 1e11;
    assert_true(fabs((double)yen.numerator / (double)yen.denominator / expected - 1.0) < 1e-15);
    world_close(&w);
}

static void quotes_are_dearer_by_tier_class_and_night(void **state)
{
    (void)state;
    world w;
    world_open(&w);
    const hst_market_config config = config_of(HST_MARKET_MODEL_REPLAY, 7);
    const hst_market *market = world_market(&w, &config);
    const hst_currency usd = world_currency(&w, "USD");
    const hst_currency eur = world_currency(&w, "EUR");
    const hst_currency gbp = world_currency(&w, "GBP");
    const hst_currency trl = world_currency(&w, "TRY");
    const hst_currency ngn = world_currency(&w, "NGN");
    const int64_t day = at(0, 14, 0), night = at(0, 21, 30), weekend = at(4, 12, 0);
    const hst_market_tier bank = HST_MARKET_TIER_INTERBANK;
    /* 30000 ppb times 0.74 in the hour of the fixing, 3.93 late at night and on Saturday. */
    assert_int_equal(hst_market_half_spread_ppb(market, usd, eur, bank, day), 22200);
    assert_int_equal(hst_market_half_spread_ppb(market, usd, eur, bank, night), 117900);
    assert_int_equal(hst_market_half_spread_ppb(market, usd, eur, bank, weekend), 117900);
    assert_int_equal(hst_market_half_spread_ppb(market, eur, gbp, bank, day), 44400);
    assert_int_equal(hst_market_half_spread_ppb(market, eur, trl, bank, day), 22200 + 222000);
    assert_int_equal(hst_market_half_spread_ppb(market, usd, ngn, bank, day), 40 * 22200);
    assert_int_equal(hst_market_half_spread_ppb(market, eur, eur, bank, day), 0);
    int64_t last = 0;
    for (int tier = 0; tier < HST_MARKET_TIER_COUNT; tier++) {
        hst_market_price price;
        assert_int_equal(hst_market_quote(market, usd, eur, (hst_market_tier)tier, day, &price),
                         HST_OK);
        assert_true(price.half_spread_ppb > last);
        last = price.half_spread_ppb;
    }
    /* The hour does not reach a person's price. */
    assert_int_equal(hst_market_half_spread_ppb(market, usd, eur, HST_MARKET_TIER_RETAIL, night),
                     10000000);
    world_close(&w);
}

static void classes_follow_turnover_peg_and_volatility(void **state)
{
    (void)state;
    const struct {
        const char *code;
        hst_market_class expected;
    } cases[] = {
        {"USD", HST_MARKET_CLASS_MAJOR},    {"EUR", HST_MARKET_CLASS_MAJOR},
        {"CNY", HST_MARKET_CLASS_MAJOR},    {"NZD", HST_MARKET_CLASS_LIQUID},
        {"SAR", HST_MARKET_CLASS_LIQUID},   {"HKD", HST_MARKET_CLASS_LIQUID},
        {"TRY", HST_MARKET_CLASS_EMERGING}, {"PHP", HST_MARKET_CLASS_EMERGING},
        {"XOF", HST_MARKET_CLASS_EMERGING}, {"NGN", HST_MARKET_CLASS_EXOTIC},
        {"CLP", HST_MARKET_CLASS_EXOTIC},
    };
    world w;
    world_open(&w);
    const hst_market_config config = config_of(HST_MARKET_MODEL_REPLAY, 1);
    const hst_market *market = world_market(&w, &config);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const hst_market_class class =
            hst_market_class_of(market, world_currency(&w, cases[i].code));
        print_message("%s is %s\n", cases[i].code, hst_market_class_text(class));
        assert_int_equal(class, cases[i].expected);
    }
    world_close(&w);
}

static void micro_usd_is_the_nearest_value_and_goes_back(void **state)
{
    (void)state;
    world w;
    world_open(&w);
    const hst_market_config config = config_of(HST_MARKET_MODEL_REPLAY, 1);
    const hst_market *market = world_market(&w, &config);
    hst_random stream = hst_random_stream(99, 0, 0, HST_PURPOSE_TEST);
    assert_int_equal(hst_market_to_micro_usd(market, world_currency(&w, "USD"), 12345, 0),
                     123450000);
    assert_int_equal(hst_market_to_micro_usd(market, world_currency(&w, "AED"), 36725, 0),
                     100000000);
    for (int i = 0; i < 20000; i++) {
        const hst_currency c = (hst_currency)hst_random_below(&stream, 61);
        const int64_t minor =
            (int64_t)hst_random_below(&stream, INT64_C(1000000000000)) - INT64_C(500000000000);
        const int64_t t = (int64_t)hst_random_below(&stream, (uint64_t)HST_DAY_NS);
        const int64_t micro = hst_market_to_micro_usd(market, c, minor, t);
        /* The slow way: one rational, in long double. */
        const int64_t unit = hst_minor_per_unit(hst_currency_minor_unit(&w.currencies, c));
        const long double exact =
            (long double)minor * 1e15L /
            ((long double)hst_market_mid_e9(market, c, t) * (long double)unit);
        const long double off = (long double)micro - exact;
        assert_true(off <= 0.5001L && off >= -0.5001L);
        /* Back again, as near as a micro dollar is fine. */
        const int64_t back = hst_market_from_micro_usd(market, c, micro, t);
        const long double grain =
            (long double)hst_market_mid_e9(market, c, t) * (long double)unit / 2e15L + 0.5001L;
        assert_true((long double)llabs(back - minor) <= grain);
    }
    world_close(&w);
}

static void micro_usd_saturates(void **state)
{
    (void)state;
    world w;
    world_open(&w);
    const hst_market_config config = config_of(HST_MARKET_MODEL_REPLAY, 1);
    const hst_market *market = world_market(&w, &config);
    const hst_currency kwd = world_currency(&w, "KWD");
    const hst_currency idr = world_currency(&w, "IDR");
    assert_int_equal(hst_market_to_micro_usd(market, kwd, HST_MINOR_MAX, 0), INT64_MAX);
    assert_int_equal(hst_market_to_micro_usd(market, kwd, -HST_MINOR_MAX, 0), -INT64_MAX);
    assert_int_equal(hst_market_from_micro_usd(market, idr, INT64_MAX, 0), HST_MINOR_MAX);
    world_close(&w);
}

static void bad_configurations_are_refused(void **state)
{
    (void)state;
    world w;
    world_open(&w);
    hst_market_config configs[10];
    for (size_t i = 0; i < 10; i++) {
        configs[i] = config_of(HST_MARKET_MODEL_REPLAY, 1);
    }
    configs[0].step_ns = 0;
    configs[1].step_ns = 7 * HST_HOUR_NS;
    configs[2].horizon_ns = 0;
    configs[3].horizon_ns = (HST_MARKET_DAYS_MAX + 1) * HST_DAY_NS;
    configs[4].half_spread_ppb[1] = -1;
    configs[5].class_milli[0][3] = 1000000; /* 30 ppm times a thousand, at night */
    configs[5].half_spread_ppb[0] = 100000000;
    configs[6].date_days = hst_date_to_days((hst_date){2026, 4, 13}); /* the table's last day */
    configs[6].horizon_ns = 2 * HST_DAY_NS;
    configs[7].date_days = hst_date_to_days((hst_date){2016, 1, 4}); /* nothing before */
    configs[8].fx_daily = "data/fx_dialy.csv";
    configs[9].assumed_vol_float = -0.1;
    for (size_t i = 0; i < 10; i++) {
        hst_market *market = NULL;
        hst_error_clear(&w.error);
        const hst_status status = hst_market_create(&configs[i], &w.currencies, w.inputs, &w.arena,
                                                    &w.scratch, &market, &w.error);
        print_message("%zu: %s\n", i, w.error.text);
        assert_int_not_equal(status, HST_OK);
        assert_int_equal(status, w.error.status);
        assert_true(w.error.text[0] != '\0');
        assert_null(market);
    }
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_beyond_the_horizon_get_the_last_rate),
        cmocka_unit_test(questions_out_of_range_fire),
        cmocka_unit_test(mid_is_the_exact_ratio_of_two_legs),
        cmocka_unit_test(quotes_are_dearer_by_tier_class_and_night),
        cmocka_unit_test(classes_follow_turnover_peg_and_volatility),
        cmocka_unit_test(micro_usd_is_the_nearest_value_and_goes_back),
        cmocka_unit_test(micro_usd_saturates),
        cmocka_unit_test(bad_configurations_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
