#include "sim/base/calendar.h"
#include "sim/base/number.h"
#include "sim/market/market_internal.h"
#include "sim/market/triangle.h"

#include "tests/unit/market/world.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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

static int64_t rate(const world *w, const hst_market *market, const char *code, int64_t time_ns)
{
    return hst_market_mid_e9(market, world_currency(w, code), time_ns);
}

/* At noon the band of HKD breaks and INR falls; NPR, pegged to INR, falls with it. */
static void
a_realignment_shifts_its_currency_from_its_time_on_and_what_is_pegged_to_it(void **state)
{
    (void)state;
    static const hst_market_realignment_rule rules[] = {
        {.of = "HKD", .size = 0.10, .at_ns = 12 * HST_HOUR_NS},
        {.of = "INR", .size = 0.25, .at_ns = 12 * HST_HOUR_NS},
        {.of = "XOF", .size = 1.00, .at_ns = 12 * HST_HOUR_NS + 1}, /* as on 12 January 1994 */
    };
    world w;
    world_open(&w);
    for (int model = 0; model < 2; model++) {
        hst_market_config config = config_of((hst_market_model)model, 3);
        const hst_market *before = world_market(&w, &config);
        config.dynamics.realignments = rules;
        config.dynamics.realignment_count = 3;
        const hst_market *after = world_market(&w, &config);
        for (int64_t t = 0; t <= config.horizon_ns; t += config.step_ns) {
            const bool noon = t >= at(0, 12, 0);
            const bool step_later = t >= at(0, 12, 5);
            for (uint32_t c = 0; c < hst_currency_count(&w.currencies); c++) {
                const char *code = hst_currency_code(&w.currencies, (hst_currency)c);
                const double factor = !noon                                                  ? 1.0
                                      : strcmp(code, "HKD") == 0                             ? 1.10
                                      : strcmp(code, "INR") == 0 || strcmp(code, "NPR") == 0 ? 1.25
                                      : strcmp(code, "XOF") == 0 && step_later               ? 2.0
                                                                                             : 1.0;
                const double was = (double)hst_market_mid_e9(before, (hst_currency)c, t);
                const double is = (double)hst_market_mid_e9(after, (hst_currency)c, t);
                assert_true(fabs(is - factor * was) <= 1.5);
            }
        }
    }
    world_close(&w);
}

static bool has_shifted(const hst_market *market, hst_currency currency)
{
    return hst_market_mid_e9(market, currency, INT64_MAX / 2) !=
           hst_market_mid_e9(market, currency, 0);
}

/* Fixed dollar pegs over 60 days of many seeds, each with its own chance. */
static void pegs_realign_as_often_as_their_yearly_chance_says(void **state)
{
    (void)state;
    enum { SEEDS = 40 };
    static const hst_market_realignment_rule rule = {
        .of = "pegs", .size = 0.3, .yearly_chance = 0.9};
    static const char *const codes[] = {"AED", "JOD", "SAR", "QAR"};
    world w;
    world_open(&w);
    hst_market_config config = config_of(HST_MARKET_MODEL_GARCH, 60);
    config.step_ns = 6 * HST_HOUR_NS;
    config.dynamics.realignments = &rule;
    config.dynamics.realignment_count = 1;
    int shifted = 0, trials = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        config.seed = seed;
        const hst_market *market = world_market(&w, &config);
        for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
            shifted += has_shifted(market, world_currency(&w, codes[i]));
            trials++;
        }
        hst_arena_clear(&w.arena);
        hst_arena_clear(&w.scratch);
    }
    /* 1 - exp(-ln(10) 60 / 365) = 0.315 of 160 */
    const double expected = (1.0 - pow(0.1, 60.0 / 365.0)) * trials;
    const double error = sqrt(expected * (1.0 - expected / trials));
    print_message("%d of %d realigned, expected %.1f +- %.1f\n", shifted, trials, expected, error);
    assert_true(fabs(shifted - expected) < 2.6 * error);
    world_close(&w);
}

/* Squared log changes of a currency over the run. */
static double variation(const hst_market *market, hst_currency currency)
{
    double sum = 0.0;
    for (uint32_t k = 1; k < hst_market_step_count(market); k++) {
        const int64_t t = (int64_t)k * hst_market_step_ns(market);
        const double change =
            log((double)hst_market_mid_e9(market, currency, t) /
                (double)hst_market_mid_e9(market, currency, t - hst_market_step_ns(market)));
        sum += change * change;
    }
    return sum;
}

/* 252 jumps a year of 2 %: a variance of 4e-4 a trading day on top of the model's. */
static void jumps_add_their_variance_to_their_class_and_move_no_peg(void **state)
{
    (void)state;
    enum { SEEDS = 12 };
    static const hst_market_jump_rule rules[] = {
        {.of = "major", .per_year = 252.0, .sd = 0.02},
        {.of = "liquid", .per_year = 252.0, .sd = 0.02},
        {.of = "GBP", .per_year = 0.0}}; /* the later rule wins */
    world w;
    world_open(&w);
    hst_market_config config = config_of(HST_MARKET_MODEL_GARCH, 56);
    config.step_ns = HST_HOUR_NS;
    double added = 0.0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        config.seed = seed;
        config.dynamics.jump_count = 0;
        const hst_market *calm = world_market(&w, &config);
        config.dynamics.jumps = rules;
        config.dynamics.jump_count = 3;
        const hst_market *jumping = world_market(&w, &config);
        const hst_currency jpy = world_currency(&w, "JPY");
        added += variation(jumping, jpy) - variation(calm, jpy);
        static const char *const still[] = {"GBP", "AED", "HKD", "TRY"};
        for (size_t i = 0; i < 4; i++) {
            for (int64_t t = 0; t <= config.horizon_ns; t += config.step_ns) {
                assert_int_equal(rate(&w, jumping, still[i], t), rate(&w, calm, still[i], t));
            }
        }
        hst_arena_clear(&w.arena);
        hst_arena_clear(&w.scratch);
    }
    /* 56 days have 40 trading days; a squared normal jump has variance 3 sd^4. */
    const double expected = 40.0 * SEEDS * 4e-4;
    const double error = sqrt(3.0 * 40.0 * SEEDS) * 4e-4;
    print_message("added %.4f, expected %.4f +- %.4f\n", added, expected, error);
    assert_true(fabs(added - expected) < 3.0 * error);
    world_close(&w);
}

static void no_triangle_pays_whatever_moves(void **state)
{
    (void)state;
    static const hst_market_jump_rule jumps[] = {{.of = "major", .per_year = 2000.0, .sd = 0.05},
                                                 {.of = "liquid", .per_year = 2000.0, .sd = 0.05}};
    static const hst_market_realignment_rule shift = {
        .of = "HKD", .size = 2.0, .at_ns = 30 * HST_HOUR_NS};
    static const hst_market_premium_rule premium = {.of = "CNY",
                                                    .mean = 0.3,
                                                    .sd = 0.2,
                                                    .half_life_ns = HST_DAY_NS,
                                                    .official = HST_MARKET_OFFICIAL_NOBODY};
    world w;
    world_open(&w);
    hst_market_config config = config_of(HST_MARKET_MODEL_GARCH, 3);
    config.dynamics = (hst_market_dynamics){.jumps = jumps,
                                            .jump_count = 2,
                                            .realignments = &shift,
                                            .realignment_count = 1,
                                            .premia = &premium,
                                            .premium_count = 1,
                                            .spread = {.sd = 1.5,
                                                       .half_life_ns = HST_HOUR_NS,
                                                       .volatility_loading = 2.0,
                                                       .liquidity_loading = 1.0}};
    const hst_market *market = world_market(&w, &config);
    for (int64_t t = 0; t <= config.horizon_ns; t += 3 * HST_HOUR_NS) {
        hst_market_triangle report;
        assert_int_equal(hst_market_check_triangles(market, t, &report), HST_OK);
        assert_true(report.checked > 0);
    }
    world_close(&w);
}

static void a_longer_run_begins_like_a_shorter_one(void **state)
{
    (void)state;
    static const hst_market_jump_rule jumps = {.of = "emerging", .per_year = 1000.0, .sd = 0.03};
    static const hst_market_realignment_rule shift = {
        .of = "pegs", .size = 0.1, .yearly_chance = 0.8};
    static const hst_market_premium_rule premium = {
        .of = "NGN", .mean = 0.3, .sd = 0.1, .half_life_ns = HST_DAY_NS};
    world w;
    world_open(&w);
    hst_market_config config = config_of(HST_MARKET_MODEL_GARCH, 2);
    config.dynamics = (hst_market_dynamics){
        .jumps = &jumps,
        .jump_count = 1,
        .realignments = &shift,
        .realignment_count = 1,
        .premia = &premium,
        .premium_count = 1,
        .spread = {.sd = 0.5, .half_life_ns = HST_HOUR_NS, .volatility_loading = 1.0}};
    const hst_market *brief = world_market(&w, &config);
    config.horizon_ns = 9 * HST_DAY_NS;
    const hst_market *lengthy = world_market(&w, &config);
    const hst_currency usd = world_currency(&w, "USD");
    for (uint32_t c = 0; c < hst_currency_count(&w.currencies); c++) {
        for (int64_t t = 0; t <= 2 * HST_DAY_NS; t += 7 * config.step_ns) {
            assert_int_equal(hst_market_mid_e9(brief, (hst_currency)c, t),
                             hst_market_mid_e9(lengthy, (hst_currency)c, t));
            assert_int_equal(hst_market_half_spread_ppb(brief, (hst_currency)c, usd,
                                                        HST_MARKET_TIER_INTERBANK, t),
                             hst_market_half_spread_ppb(lengthy, (hst_currency)c, usd,
                                                        HST_MARKET_TIER_INTERBANK, t));
        }
    }
    world_close(&w);
}

static void rules_that_cannot_be_are_refused(void **state)
{
    (void)state;
    static const hst_market_jump_rule jumps[] = {{.of = "XXX", .per_year = 1.0},
                                                 {.of = "HKD", .per_year = 1.0},
                                                 {.of = "EUR", .per_year = -1.0},
                                                 {.of = "EUR", .per_year = 1.0}};
    static const hst_market_realignment_rule shifts[] = {
        {.of = "USD", .size = 0.1},
        {.of = "EUR", .size = -1.0},
        {.of = "EUR", .size = 0.1, .yearly_chance = 0.1},
        {.of = "EUR", .size = 0.1, .yearly_chance = 0.1, .at_ns = 1}};
    static const hst_market_premium_rule premia[] = {
        {.of = "nobody", .mean = 0.1, .half_life_ns = 1}, {.of = "NGN", .mean = 0.1}};
    world w;
    world_open(&w);
    for (size_t i = 0; i < 11; i++) {
        hst_market *market = NULL;
        hst_market_config config =
            config_of(i == 3 || i == 6 ? HST_MARKET_MODEL_REPLAY : HST_MARKET_MODEL_GARCH, 1);
        if (i < 4) {
            config.dynamics.jumps = &jumps[i];
            config.dynamics.jump_count = 1;
        } else if (i < 8) {
            config.dynamics.realignments = &shifts[i - 4];
            config.dynamics.realignment_count = 1;
        } else if (i < 10) {
            config.dynamics.premia = &premia[i - 8];
            config.dynamics.premium_count = 1;
        } else {
            config.dynamics.spread.half_life_ns = 0;
        }
        hst_error_clear(&w.error);
        assert_int_equal(hst_market_create(&config, &w.currencies, w.inputs, &w.arena, &w.scratch,
                                           &market, &w.error),
                         HST_SCENARIO);
        print_message("%zu: %s\n", i, w.error.text);
        assert_true(w.error.text[0] != '\0');
    }
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            a_realignment_shifts_its_currency_from_its_time_on_and_what_is_pegged_to_it),
        cmocka_unit_test(pegs_realign_as_often_as_their_yearly_chance_says),
        cmocka_unit_test(jumps_add_their_variance_to_their_class_and_move_no_peg),
        cmocka_unit_test(no_triangle_pays_whatever_moves),
        cmocka_unit_test(a_longer_run_begins_like_a_shorter_one),
        cmocka_unit_test(rules_that_cannot_be_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
