/* Forecasts of volatility: by what was known before the date, and by nothing else. */
#include "core/base/real.h"

#include "sim/base/calendar.h"
#include "sim/base/number.h"
#include "sim/market/daily_table.h"
#include "sim/market/garch.h"

#include "tests/unit/market/world.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const hst_market *market_of(world *w, hst_market_model model, int32_t date_days)
{
    hst_market_config config;
    hst_market_config_defaults(&config);
    config.model = model;
    config.date_days = date_days;
    config.horizon_ns = HST_DAY_NS;
    return world_market(w, &config);
}

static double volatility(const world *w, const hst_market *market, const char *a, const char *b)
{
    return hst_market_volatility(market, world_currency(w, a), world_currency(w, b));
}

/* Daily variance of EUR before a date, by its own recursion over the committed tables. */
static double slow_eur_variance(world *w, int32_t date_days)
{
    hst_daily_table table;
    hst_error error;
    const char *bytes = NULL;
    size_t size = 0;
    assert_int_equal(hst_daily_table_read(w->inputs, "data/fx_daily.csv", &w->scratch, &w->scratch,
                                          &table, &error),
                     HST_OK);
    assert_int_equal(hst_inputs_get(w->inputs, "data/fx_garch.csv", &bytes, &size, &error), HST_OK);
    const char *row = strstr(bytes, "\nEUR,");
    assert_non_null(row);
    double field[16] = {0};
    const char *at = row + 5;
    for (size_t i = 0; i < 13; i++) { /* n mu omega alpha beta nu ... variance is the 13th */
        char *end = NULL;
        field[i] = strtod(at, &end);
        at = end + 1;
    }
    uint32_t column = 0;
    while (strcmp(table.codes[column], "EUR") != 0) {
        column++;
    }
    double h = field[2] + (field[3] + field[4]) * field[12];
    int32_t last_date = 0;
    double last = 0;
    for (uint32_t i = 0; i < table.row_count && table.dates[i] < date_days; i++) {
        const int64_t mid_e9 = hst_daily_mid(&table, i, column);
        if (mid_e9 == 0) {
            continue;
        }
        const double log_mid = hst_log((double)mid_e9);
        if (last_date > 0 && table.dates[i] - last_date <= 7) {
            const double e = 100 * (log_mid - last) - field[1];
            h = field[2] + field[3] * e * e + field[4] * h;
        }
        last = log_mid;
        last_date = table.dates[i];
    }
    return h;
}

static void a_forecast_is_the_garch_run_over_what_was_known(void **state)
{
    (void)state;
    world w;
    world_open(&w);
    const int32_t dates[] = {hst_date_to_days((hst_date){2020, 3, 24}),
                             hst_date_to_days((hst_date){2025, 4, 1})};
    double seen[2];
    for (size_t d = 0; d < 2; d++) {
        const hst_market *market = market_of(&w, HST_MARKET_MODEL_REPLAY, dates[d]);
        seen[d] = volatility(&w, market, "EUR", "USD");
        const double daily = sqrt(slow_eur_variance(&w, dates[d])) / 100;
        assert_true(fabs(seen[d] - daily / sqrt(24)) < 1e-9);
    }
    assert_true(seen[0] > 1.3 * seen[1]); /* March 2020 */
    world_close(&w);
}

static void the_rates_of_the_run_have_no_part_in_it(void **state)
{
    (void)state;
    world w;
    world_open(&w);
    const int32_t date = hst_date_to_days((hst_date){2025, 4, 1});
    const hst_market *replayed = market_of(&w, HST_MARKET_MODEL_REPLAY, date);
    const hst_market *drawn = market_of(&w, HST_MARKET_MODEL_GARCH, date);
    const uint32_t count = hst_currency_count(&w.currencies);
    for (uint32_t a = 0; a < count; a++) {
        for (uint32_t b = 0; b < count; b++) {
            const double one = hst_market_volatility(replayed, (hst_currency)a, (hst_currency)b);
            const double other = hst_market_volatility(drawn, (hst_currency)a, (hst_currency)b);
            assert_true(one >= 0 && one < 0.05);
            assert_true(fabs(one - other) <= 0.0);
            assert_true(fabs(one - hst_market_volatility(replayed, (hst_currency)b,
                                                         (hst_currency)a)) < 1e-12);
        }
    }
    world_close(&w);
}

static void pegs_stand_still_and_related_currencies_move_less_against_each_other(void **state)
{
    (void)state;
    world w;
    world_open(&w);
    const hst_market *market =
        market_of(&w, HST_MARKET_MODEL_REPLAY, hst_date_to_days((hst_date){2025, 4, 1}));
    assert_true(volatility(&w, market, "EUR", "EUR") <= 0.0);
    assert_true(volatility(&w, market, "AED", "USD") <= 0.0);
    assert_true(fabs(volatility(&w, market, "AED", "EUR") - volatility(&w, market, "USD", "EUR")) <
                1e-12);
    assert_true(volatility(&w, market, "DKK", "EUR") < 0.2 * volatility(&w, market, "USD", "EUR"));
    assert_true(volatility(&w, market, "TRY", "USD") > 0.0);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_forecast_is_the_garch_run_over_what_was_known),
        cmocka_unit_test(the_rates_of_the_run_have_no_part_in_it),
        cmocka_unit_test(pegs_stand_still_and_related_currencies_move_less_against_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
