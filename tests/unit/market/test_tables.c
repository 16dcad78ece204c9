#include "sim/base/calendar.h"
#include "sim/base/number.h"

#include "tests/unit/market/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* A small world of five currencies: a float, a peg to it, a band, one without daily rates. */
enum { CURRENCIES, WEIGHTS, DAILY, ANNUAL, GARCH, CORRELATION, INTRADAY, TABLES };

static const char *const table_names[TABLES] = {"currencies.csv", "weights.csv", "daily.csv",
                                                "annual.csv",     "garch.csv",   "corr.csv",
                                                "hours.csv"};

#define CURRENCY_HEADER                                                                            \
    "code,numeric,minor_unit,name,country,time_zone,weekend,regime,peg_anchor,peg_rate,band_pct\n"
#define USD_ROW "USD,840,2,US Dollar,US,America/New_York,Sat Sun,float,,,\n"
#define EUR_ROW "EUR,978,2,Euro,DE,Europe/Berlin,Sat Sun,float,,,\n"
#define OTHERS                                                                                     \
    "HKD,344,2,Hong Kong Dollar,HK,Asia/Hong_Kong,Sat Sun,band,USD,7.8,0.64\n"                     \
    "NGN,566,2,Naira,NG,Africa/Lagos,Sat Sun,managed,,,\n"                                         \
    "XOF,952,0,CFA Franc,SN,Africa/Dakar,Sat Sun,peg,EUR,655.957,\n"
#define GARCH_HEADER "currency,n,mu,omega,alpha,beta,nu,variance,long_run_vol_pct\n"

static const char *const good_tables[TABLES] = {
    CURRENCY_HEADER USD_ROW EUR_ROW OTHERS,
    "currency,bis_share_2022_pct,swift_share_pct\nEUR,30.5,22\nUSD,88.5,49\n",
    "date,EUR,HKD\n2025-01-02,0.96,7.78\n2025-01-03,0.97,7.78\n2025-01-06,0.965,7.79\n"
    "2025-01-07,0.97,7.79\n2025-01-08,0.97,7.79\n",
    "currency,year,units_per_usd\nNGN,2024,1479\n",
    GARCH_HEADER "EUR,2500,0,0.002,0.03,0.96,5.7,0.22,7.5\nHKD,2500,0,0.0001,0.2,0.7,4,0.002,0.7\n",
    "currency,EUR,HKD\nEUR,1,0.1\nHKD,0.1,1\n",
    NULL, /* made by hours() */
};

static const char *hours(char *buffer, size_t size, const char *third_line)
{
    size_t used = (size_t)snprintf(
        buffer, size,
        "utc_hour,activity,spread,abs_return,activity_summer,spread_summer,abs_return_summer\n");
    for (int hour = 0; hour < 24; hour++) {
        if (hour == 1 && third_line != NULL) {
            used += (size_t)snprintf(buffer + used, size - used, "%s\n", third_line);
            continue;
        }
        used += (size_t)snprintf(buffer + used, size - used, "%d,1,%s,1,1,1,1\n", hour,
                                 hour == 22 ? "3" : "1");
    }
    return buffer;
}

/* Create a market from good_tables with one table replaced. */
static hst_status create(world *w, int replaced, const char *text, const hst_market **out)
{
    char buffer[2048];
    hst_market_config config;
    hst_market *market = NULL;
    world_open_empty(w);
    for (int i = 0; i < TABLES; i++) {
        const char *good = i == INTRADAY ? hours(buffer, sizeof buffer, NULL) : good_tables[i];
        world_put(w, table_names[i], i == replaced ? text : good);
    }
    hst_market_config_defaults(&config);
    config.date_days = hst_date_to_days((hst_date){2025, 1, 6});
    config.currencies = table_names[CURRENCIES];
    config.weights = table_names[WEIGHTS];
    config.fx_daily = table_names[DAILY];
    config.fx_annual = table_names[ANNUAL];
    config.fx_garch = table_names[GARCH];
    config.fx_correlation = table_names[CORRELATION];
    config.fx_intraday = table_names[INTRADAY];
    HST_TRY(hst_market_load_currencies(w->inputs, table_names[CURRENCIES], &w->scratch,
                                       &w->currencies, &w->error));
    HST_TRY(hst_market_create(&config, &w->currencies, w->inputs, &w->arena, &w->scratch, &market,
                              &w->error));
    *out = market;
    return HST_OK;
}

static void small_world_works(void **state)
{
    (void)state;
    world w;
    const hst_market *market = NULL;
    const hst_status status = create(&w, TABLES, NULL, &market);
    if (status != HST_OK) {
        fail_msg("%s:%d:%d %s", w.error.file, w.error.line, w.error.column, w.error.text);
    }
    /* Monday 2025-01-06 in winter: fixing at 13:15 UTC. */
    assert_int_equal(hst_market_mid_e9(market, world_currency(&w, "EUR"), at(0, 13, 15)),
                     965000000);
    assert_int_equal(hst_market_mid_e9(market, world_currency(&w, "XOF"), at(0, 13, 15)),
                     INT64_C(632998505000));
    assert_int_equal(hst_market_mid_e9(market, world_currency(&w, "NGN"), at(0, 13, 15)),
                     INT64_C(1479000000000));
    world_close(&w);
}

static void currencies_load_in_file_order(void **state)
{
    (void)state;
    world w;
    const hst_market *market = NULL;
    assert_int_equal(create(&w, TABLES, NULL, &market), HST_OK);
    assert_int_equal(hst_currency_count(&w.currencies), 5);
    assert_string_equal(hst_currency_code(&w.currencies, 1), "EUR");
    assert_int_equal(hst_currency_minor_unit(&w.currencies, world_currency(&w, "XOF")), 0);
    assert_ptr_equal(hst_market_currencies(market), &w.currencies);
    world_close(&w);
}

static void bad_tables_are_refused_with_their_place(void **state)
{
    (void)state;
    char broken_hours[2][2048];
    const struct {
        int table, line;
        const char *text, *word;
    } cases[] = {
        {CURRENCIES, 0, CURRENCY_HEADER EUR_ROW, "USD"},
        {CURRENCIES, 3, CURRENCY_HEADER USD_ROW USD_ROW, "new currency code"},
        {CURRENCIES, 2, CURRENCY_HEADER "USD,840,9,US Dollar,US,x,Sat Sun,float,,,\n", "9"},
        {CURRENCIES, 3, CURRENCY_HEADER USD_ROW "EUR,978,2,Euro,DE,x,Sat Sun,floats,,,\n",
         "floats"},
        {CURRENCIES, 3, CURRENCY_HEADER USD_ROW "EUR,978,2,Euro,DE,x,Sat Sun,peg,ZZZ,1,\n", "ZZZ"},
        {CURRENCIES, 3, CURRENCY_HEADER USD_ROW "EUR,978,2,Euro,DE,x,Sat Sun,peg,USD,0,\n", "zero"},
        {CURRENCIES, 0,
         CURRENCY_HEADER USD_ROW "EUR,978,2,Euro,DE,x,Sat Sun,peg,USD,1,\n"
                                 "XOF,952,0,CFA Franc,SN,x,Sat Sun,peg,EUR,655.957,\n",
         "pegged itself"},
        {CURRENCIES, 0, CURRENCY_HEADER USD_ROW "CLP,152,0,Peso,CL,x,Sat Sun,float,,,\n", "CLP"},
        {WEIGHTS, 2, "currency,bis_share_2022_pct\nEUR,much\n", "much"},
        {ANNUAL, 2, "currency,year,units_per_usd\nNGN,2024,-3\n", "above zero"},
        {GARCH, 2, GARCH_HEADER "EUR,2500,0,0.002,0.3,0.7,5.7,0.22,7.5\n", "below 1"},
        {GARCH, 2, GARCH_HEADER "EUR,2500,0,0,0.3,0.6,5.7,0.22,7.5\n", "omega"},
        {GARCH, 2, GARCH_HEADER "EUR,2500,0,0.1,0.3,0.6,2,0.22,7.5\n", "nu"},
        {GARCH, 0, "currency,n,mu\nEUR,2500,0\n", "omega"},
        {CORRELATION, 0, "currency,EUR,HKD\nEUR,1,1.1\nHKD,1.1,1\n", "positive definite"},
        {CORRELATION, 0, "currency,EUR,HKD\nEUR,1,0.1\n", "positive definite"},
        {CORRELATION, 0, "currency,EUR\nEUR,1\n", "HKD"},
        {CORRELATION, 2, "currency,EUR,HKD\nEUR,1,x\nHKD,0,1\n", "x"},
        {INTRADAY, 3, hours(broken_hours[0], 2048, "2,1,1,1,1,1,1"), "in order"},
        {INTRADAY, 3, hours(broken_hours[1], 2048, "1,1,0,1,1,1,1"), "0.001 to 100"},
        {DAILY, 0, "date,EUR,HKD\n2025-01-03,1,7.8\n2025-01-04,1,7.8\n2025-01-06,1,7.8\n", "rests"},
        {DAILY, 0, "date,EUR\n2024-12-31,1\n2025-01-03,1\n2025-01-05,1\n2025-01-08,1\n", "rests"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        world w;
        const hst_market *market = NULL;
        const hst_status status = create(&w, cases[i].table, cases[i].text, &market);
        print_message("%zu %s:%d:%d: %s\n", i, w.error.file, w.error.line, w.error.column,
                      w.error.text);
        assert_int_not_equal(status, HST_OK);
        assert_int_equal(status, w.error.status);
        assert_int_equal(w.error.line, cases[i].line);
        assert_non_null(strstr(w.error.text, cases[i].word));
        world_close(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_world_works),
        cmocka_unit_test(currencies_load_in_file_order),
        cmocka_unit_test(bad_tables_are_refused_with_their_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
