/* Spreads ahead: no look at the future, theory met, and nothing found where nothing is. */
#include "sim/forecast/spread.h"

#include "tests/unit/forecast/support.h"

enum { YEAR = 24 * 365 };

static const hst_spread_recipe reverting = {.phi = 0.84, .sd = 0.3, .swing = 0.5};

static void evaluate(const double *logs, size_t horizon, hst_arena *arena, hst_spread_row rows[3])
{
    const hst_spread_plan plan = {
        .logs = logs, .count = YEAR, .first = YEAR / 2, .horizon = horizon};
    assert_int_equal(hst_spread_evaluate(&plan, arena, rows), HST_OK);
}

static void reversion_wins_by_the_theoretical_amount(void **state)
{
    (void)state;
    static double logs[YEAR];
    const size_t horizons[] = {1, 4, 12, 24};
    for (size_t h = 0; h < 4; h++) {
        double ratio = 0;
        for (uint64_t seed = 1; seed <= 5; seed++) {
            hst_arena arena;
            hst_spread_row rows[HST_SPREAD_COUNT];
            hst_arena_init(&arena, hst_os_memory(), 1 << 16);
            hst_spread_world(&reverting, seed, logs, YEAR);
            evaluate(logs, horizons[h], &arena, rows);
            ratio += rows[HST_SPREAD_REVERSION].ratio / 5;
            assert_true(rows[HST_SPREAD_REVERSION].loss.p < 0.001);
            assert_true(rows[HST_SPREAD_REVERSION].loss.statistic < 0);
            assert_near(rows[HST_SPREAD_LAST].ratio, 1.0, 0.0);
            hst_arena_release(&arena);
        }
        const double theory = hst_spread_theory(&reverting, horizons[h]);
        print_message("%zu h: %.4f, by theory %.4f\n", horizons[h], ratio, theory);
        assert_near(ratio, theory, 0.012);
    }
}

static void where_spreads_only_wander_nobody_beats_the_last_quote(void **state)
{
    (void)state;
    static double logs[YEAR];
    for (uint64_t seed = 1; seed <= 10; seed++) {
        hst_arena arena;
        hst_spread_row rows[HST_SPREAD_COUNT];
        hst_random stream = stream_of(seed);
        hst_arena_init(&arena, hst_os_memory(), 1 << 16);
        logs[0] = 0;
        for (size_t hour = 1; hour < YEAR; hour++) {
            logs[hour] = logs[hour - 1] + 0.1 * hst_random_normal(&stream);
        }
        evaluate(logs, 1, &arena, rows);
        assert_true(rows[HST_SPREAD_REVERSION].ratio > 0.999);
        assert_true(rows[HST_SPREAD_PROFILE].ratio > 2);
        hst_arena_release(&arena);
    }
}

static void forecasts_equal_those_made_anew_and_see_nothing_later(void **state)
{
    (void)state;
    static double logs[YEAR];
    hst_arena arena;
    hst_spread_row rows[HST_SPREAD_COUNT];
    hst_spread_row changed[HST_SPREAD_COUNT];
    hst_arena_init(&arena, hst_os_memory(), 1 << 16);
    hst_spread_world(&reverting, 9, logs, YEAR);
    evaluate(logs, 3, &arena, rows);
    for (size_t at = 0; at < 1000; at += 111) {
        const size_t hour = YEAR / 2 + at;
        double mean = 0;
        double count = 0;
        for (size_t h = hour % 24; h + 3 <= hour; h += 24) {
            mean += logs[h];
            count++;
        }
        assert_near(rows[HST_SPREAD_PROFILE].forecast[at], mean / count, 1e-10);
        assert_near(rows[HST_SPREAD_LAST].forecast[at], logs[hour - 3], 0.0);
    }
    const size_t cut = 700;
    for (size_t hour = YEAR / 2 + cut; hour < YEAR; hour++) {
        logs[hour] = -logs[hour];
    }
    evaluate(logs, 3, &arena, changed);
    for (size_t m = 0; m < HST_SPREAD_COUNT; m++) {
        for (size_t at = 0; at <= cut + 2; at++) { /* made three hours before */
            assert_near(changed[m].forecast[at], rows[m].forecast[at], 0.0);
        }
    }
    hst_arena_release(&arena);
}

static void what_cannot_be_evaluated_is_refused(void **state)
{
    (void)state;
    static double logs[YEAR];
    hst_arena arena;
    hst_spread_row rows[HST_SPREAD_COUNT];
    hst_arena_init(&arena, hst_os_memory(), 1 << 16);
    const hst_spread_plan bad[] = {
        {.logs = logs, .count = YEAR, .first = 239, .horizon = 1},
        {.logs = logs, .count = YEAR, .first = YEAR - 49, .horizon = 1},
        {.logs = logs, .count = YEAR, .first = 1000, .horizon = 0},
        {.logs = logs, .count = YEAR, .first = 1000, .horizon = 25},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(hst_spread_evaluate(&bad[i], &arena, rows), HST_INVALID);
    }
    hst_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reversion_wins_by_the_theoretical_amount),
        cmocka_unit_test(where_spreads_only_wander_nobody_beats_the_last_quote),
        cmocka_unit_test(forecasts_equal_those_made_anew_and_see_nothing_later),
        cmocka_unit_test(what_cannot_be_evaluated_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
