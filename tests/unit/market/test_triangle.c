#include "sim/base/number.h"
#include "sim/market/market_internal.h"
#include "sim/market/triangle.h"

#include "tests/unit/market/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* A venue that quotes a market's prices but for one pair, which it spoils. */
typedef struct spoiled {
    const hst_market *market;
    hst_currency from, to;
    int64_t mid_ppb;    /* added to the mid, parts per billion */
    int64_t spread_ppb; /* added to the half-spread */
} spoiled;

static hst_status
spoiled_price(const void *context, hst_currency from, hst_currency to, hst_market_price *price_out)
{
    const spoiled *s = context;
    HST_TRY(hst_market_quote(s->market, from, to, HST_MARKET_TIER_INTERBANK, 0, price_out));
    if (from == s->from && to == s->to) {
        hst_rate factor;
        HST_TRY(hst_rate_make(HST_PPB_ONE + s->mid_ppb, HST_PPB_ONE, &factor));
        if (s->mid_ppb != 0) {
            HST_TRY(hst_rate_cross_floor(price_out->mid, factor, &price_out->mid));
        }
        price_out->half_spread_ppb += s->spread_ppb;
    }
    return HST_OK;
}

static const hst_market *open_market(world *w)
{
    hst_market_config config;
    hst_market_config_defaults(&config);
    config.horizon_ns = 7 * HST_DAY_NS;
    world_open(w);
    return world_market(w, &config);
}

static void no_triangle_of_a_market_pays(void **state)
{
    (void)state;
    world w;
    hst_market_triangle report;
    const hst_market *market = open_market(&w);
    assert_true(market->main_count >= 25);
    for (int64_t day = 0; day < 7; day += 3) {
        assert_int_equal(hst_market_check_triangles(market, at(day, 15, 0), &report), HST_OK);
        assert_int_equal(report.currency[0], HST_CURRENCY_NONE);
        const uint32_t n = market->main_count;
        assert_int_equal(report.checked, n * (n - 1) * (n - 2) / 2);
    }
    assert_int_equal(hst_market_check_triangles(market, 0, NULL), HST_OK);
    world_close(&w);
}

/* Each way of breaking a venue is noticed, down to the smallest unit it has. */
static void a_spoiled_pair_is_found(void **state)
{
    (void)state;
    world w;
    const hst_market *market = open_market(&w);
    const hst_currency eur = world_currency(&w, "EUR");
    const hst_currency gbp = world_currency(&w, "GBP");
    const hst_currency usd = world_currency(&w, "USD");
    const spoiled cases[] = {
        {market, eur, gbp, 1, 0},           /* a mid off by a billionth */
        {market, eur, gbp, -1, 0},          /* the other way */
        {market, usd, eur, 10000, 0},       /* a stale dollar leg */
        {market, eur, gbp, 0, 1},           /* the direct way dearer than by USD */
        {market, eur, gbp, 0, -200000},     /* a negative spread */
        {market, usd, gbp, 0, HST_PPB_ONE}, /* a spread of one and more */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hst_market_triangle report = {.checked = 0};
        assert_int_equal(hst_market_check_venue(spoiled_price, &cases[i], market->main,
                                                market->main_count, &report),
                         HST_MISMATCH);
        bool from = false, to = false;
        for (size_t k = 0; k < 3; k++) {
            from = from || report.currency[k] == cases[i].from;
            to = to || report.currency[k] == cases[i].to;
        }
        print_message("case %zu: %s %s %s\n", i,
                      hst_currency_code(&w.currencies, report.currency[0]),
                      hst_currency_code(&w.currencies, report.currency[1]),
                      hst_currency_code(&w.currencies, report.currency[2]));
        assert_true(from);
        assert_true(to);
    }
    const spoiled sound = {market, eur, gbp, 0, 0};
    assert_int_equal(
        hst_market_check_venue(spoiled_price, &sound, market->main, market->main_count, NULL),
        HST_OK);
    world_close(&w);
}

/* A whole market broken from inside: one leg's spread turned negative. */
static void a_market_with_a_negative_leg_is_found(void **state)
{
    (void)state;
    world w;
    const hst_market *market = open_market(&w);
    market->leg_ppb[world_currency(&w, "JPY")][HST_MARKET_TIER_INTERBANK] = -50000;
    assert_int_equal(hst_market_check_triangles(market, 0, NULL), HST_MISMATCH);
    world_close(&w);
}

static hst_status
refusing_price(const void *context, hst_currency from, hst_currency to, hst_market_price *price_out)
{
    (void)context;
    (void)from;
    (void)to;
    (void)price_out;
    return HST_OVERFLOW;
}

static void a_venue_without_a_price_passes_its_status_on(void **state)
{
    (void)state;
    const hst_currency two[2] = {0, 1};
    assert_int_equal(hst_market_check_venue(refusing_price, NULL, two, 2, NULL), HST_OVERFLOW);
    assert_int_equal(hst_market_check_venue(refusing_price, NULL, two, 1, NULL), HST_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_triangle_of_a_market_pays),
        cmocka_unit_test(a_spoiled_pair_is_found),
        cmocka_unit_test(a_market_with_a_negative_leg_is_found),
        cmocka_unit_test(a_venue_without_a_price_passes_its_status_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
