#include "core/base/random.h"

#include "sim/base/number.h"
#include "sim/base/purpose.h"
#include "sim/market/dealer.h"
#include "sim/market/market_internal.h"

#include "tests/unit/market/world.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const int64_t million = INT64_C(1000000000000); /* US dollars, in micro-USD */

static const hst_market *open_market(world *w, int64_t depth_micro_usd, hst_dealers *dealers)
{
    hst_market_config config;
    hst_market_config_defaults(&config);
    world_open(w);
    const hst_market *market = world_market(w, &config);
    assert_int_equal(hst_dealers_create(market, depth_micro_usd, HST_HOUR_NS, &w->arena, dealers),
                     HST_OK);
    return market;
}

static void quotes_lean_against_the_inventory_and_back_in_its_half_life(void **state)
{
    (void)state;
    world w;
    hst_dealers dealers;
    const hst_market *market = open_market(&w, 100 * million, &dealers);
    const hst_currency usd = world_currency(&w, "USD");
    const hst_currency eur = world_currency(&w, "EUR");
    const hst_currency mxn = world_currency(&w, "MXN");
    const hst_market_tier tier = HST_MARKET_TIER_CORPORATE;
    const int64_t t = at(0, 14, 0);
    const int64_t leg = hst_market_leg_ppb(market, eur, tier, t);
    assert_true(leg > 0);
    hst_dealers_trade(&dealers, eur, usd, 50 * million, t); /* customers sell EUR */
    assert_true(fabs(hst_dealers_lean(&dealers, eur, t) - 0.5) < 1e-12);
    assert_int_equal(hst_dealers_half_spread_ppb(&dealers, eur, usd, tier, t), leg + leg / 2);
    assert_int_equal(hst_dealers_half_spread_ppb(&dealers, usd, eur, tier, t), leg - leg / 2);
    assert_true(fabs(hst_dealers_lean(&dealers, eur, t + HST_HOUR_NS) - 0.25) < 1e-12);
    hst_dealers_trade(&dealers, usd, eur, 200 * million, t + HST_HOUR_NS);
    assert_false(hst_dealers_lean(&dealers, eur, t + HST_HOUR_NS) > -1.0); /* held */
    assert_int_equal(hst_dealers_half_spread_ppb(&dealers, eur, usd, tier, t + HST_HOUR_NS), 0);
    assert_true(dealers.largest[eur] > 1.7 && dealers.largest[eur] < 1.8);
    /* MXN is a class dearer, and its market so much less deep. */
    assert_true(dealers.depth_micro_usd[mxn] < dealers.depth_micro_usd[eur]);
    assert_false(dealers.depth_micro_usd[usd] > 0.0);
    world_close(&w);
}

static void an_undone_trade_leaves_nothing(void **state)
{
    (void)state;
    world w;
    hst_dealers dealers;
    (void)open_market(&w, 100 * million, &dealers);
    const hst_currency eur = world_currency(&w, "EUR");
    const hst_currency jpy = world_currency(&w, "JPY");
    hst_dealers_trade(&dealers, eur, jpy, 30 * million, at(0, 9, 0));
    hst_dealers_trade(&dealers, jpy, eur, 15 * million, at(0, 10, 0)); /* half was passed on */
    assert_true(fabs(hst_dealers_lean(&dealers, eur, at(0, 10, 0))) < 1e-12);
    assert_true(fabs(hst_dealers_lean(&dealers, jpy, at(0, 10, 0))) < 1e-12);
    world_close(&w);
}

static void without_depth_quotes_are_the_markets(void **state)
{
    (void)state;
    world w;
    hst_dealers dealers;
    const hst_market *market = open_market(&w, 0, &dealers);
    const uint32_t count = hst_currency_count(&w.currencies);
    hst_random random = hst_random_stream(4, 0, 0, HST_PURPOSE_TEST);
    for (int i = 0; i < 20000; i++) {
        const hst_currency a = (hst_currency)hst_random_below(&random, count);
        const hst_currency b = (hst_currency)hst_random_below(&random, count);
        const int64_t t = (int64_t)i * HST_SECOND_NS;
        hst_dealers_trade(&dealers, a, b, 900 * million, t);
        assert_int_equal(hst_dealers_half_spread_ppb(&dealers, a, b, HST_MARKET_TIER_INTERBANK, t),
                         hst_market_half_spread_ppb(market, a, b, HST_MARKET_TIER_INTERBANK, t));
    }
    world_close(&w);
}

static void no_triangle_pays_with_any_inventories(void **state)
{
    (void)state;
    world w;
    hst_dealers dealers;
    const hst_market *market = open_market(&w, 100 * million, &dealers);
    const uint32_t count = hst_currency_count(&w.currencies);
    hst_random random = hst_random_stream(5, 0, 0, HST_PURPOSE_TEST);
    for (int hour = 0; hour < 24; hour++) {
        for (int i = 0; i < 2000; i++) {
            const hst_currency a = (hst_currency)hst_random_below(&random, count);
            const hst_currency b = (hst_currency)hst_random_below(&random, count);
            const hst_currency c = (hst_currency)hst_random_below(&random, count);
            const hst_market_tier tier = (hst_market_tier)hst_random_below(&random, 3);
            const int64_t t = at(0, hour, 0);
            hst_dealers_trade(&dealers, a, b,
                              (int64_t)hst_random_below(&random, (uint64_t)(40 * million)), t);
            const int64_t direct = hst_dealers_half_spread_ppb(&dealers, a, c, tier, t);
            assert_true(direct >= 0 && direct < HST_PPB_ONE);
            assert_true(direct <= hst_dealers_half_spread_ppb(&dealers, a, b, tier, t) +
                                      hst_dealers_half_spread_ppb(&dealers, b, c, tier, t));
        }
        hst_market_triangle report;
        assert_int_equal(hst_dealers_check_triangles(&dealers, at(0, hour, 0), &report), HST_OK);
        assert_true(report.checked > 1000);
    }
    (void)market;
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quotes_lean_against_the_inventory_and_back_in_its_half_life),
        cmocka_unit_test(an_undone_trade_leaves_nothing),
        cmocka_unit_test(without_depth_quotes_are_the_markets),
        cmocka_unit_test(no_triangle_pays_with_any_inventories),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
