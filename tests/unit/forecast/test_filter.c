/* Forecasters: nobody looks ahead, and each says what it would say if it began anew. */
#include "sim/forecast/evaluate.h"
#include "sim/forecast/score.h"

#include "tests/unit/forecast/support.h"

enum { COUNT = 900, FIRST = 400, REFIT = 200 };

static void draw_garch(uint64_t seed, double *returns, size_t count)
{
    hst_random stream = stream_of(seed);
    const hst_garch model = {0.0, 0.05, 0.15, 0.8, (double)INFINITY};
    double variance = hst_garch_variance(&model);
    for (size_t t = 0; t < count; t++) {
        returns[t] = sqrt(variance) * hst_random_normal(&stream);
        variance = hst_garch_next(&model, returns[t], variance);
    }
}

static void
evaluate(const double *returns, size_t count, hst_arena *arena, hst_forecast_result *result)
{
    const hst_forecast_plan plan = {
        .returns = returns, .count = count, .first = FIRST, .refit_every = REFIT, .lags = 5};
    assert_int_equal(hst_forecast_evaluate(&plan, arena, result), HST_OK);
}

static void a_forecast_does_not_change_when_the_future_does(void **state)
{
    (void)state;
    double returns[COUNT];
    hst_arena arena;
    hst_forecast_result whole;
    hst_forecast_result changed;
    hst_arena_init(&arena, hst_os_memory(), 1 << 16);
    draw_garch(11, returns, COUNT);
    evaluate(returns, COUNT, &arena, &whole);
    const size_t cut = 300; /* after a refit: 700 returns */
    for (size_t t = FIRST + cut; t < COUNT; t++) {
        returns[t] = 5.0 - 3.0 * returns[t];
    }
    evaluate(returns, COUNT, &arena, &changed);
    for (size_t t = 0; t <= cut; t++) {
        for (size_t m = 0; m < HST_MEAN_COUNT; m++) {
            assert_near(changed.means[m].forecast[t], whole.means[m].forecast[t], 0.0);
        }
        for (size_t d = 0; d < HST_DENSITY_COUNT; d++) {
            assert_near(changed.densities[d].half[t], whole.densities[d].half[t], 0.0);
        }
    }
    assert_true(fabs(changed.densities[HST_DENSITY_GARCH].half[cut + 1] -
                     whole.densities[HST_DENSITY_GARCH].half[cut + 1]) > 1e-6);
    hst_arena_release(&arena);
}

static void drift_and_ar1_equal_a_regression_made_again_each_day(void **state)
{
    (void)state;
    double r[COUNT];
    hst_arena arena;
    hst_forecast_result result;
    hst_arena_init(&arena, hst_os_memory(), 1 << 16);
    draw_garch(12, r, COUNT);
    evaluate(r, COUNT, &arena, &result);
    for (size_t at = 0; at < COUNT - FIRST; at += 37) {
        const size_t t = FIRST + at;
        const double pairs = (double)(t - 1);
        const double mean_x = hst_mean(r, t - 1);
        const double mean_y = hst_mean(&r[1], t - 1);
        double joint = 0.0;
        double spread = 0.0;
        for (size_t s = 1; s < t; s++) {
            joint += (r[s - 1] - mean_x) * (r[s] - mean_y) / pairs;
            spread += pow(r[s - 1] - mean_x, 2) / pairs;
        }
        const double slope = joint / spread;
        assert_near(result.means[HST_MEAN_DRIFT].forecast[at], hst_mean(r, t), 1e-12);
        assert_near(result.means[HST_MEAN_AR1].forecast[at],
                    mean_y - slope * mean_x + slope * r[t - 1], 1e-10);
        assert_near(result.means[HST_MEAN_RANDOM_WALK].forecast[at], 0.0, 0.0);
    }
    hst_arena_release(&arena);
}

static void densities_equal_a_filter_begun_anew(void **state)
{
    (void)state;
    double r[COUNT];
    hst_arena arena;
    hst_forecast_result result;
    hst_arena_init(&arena, hst_os_memory(), 1 << 16);
    draw_garch(13, r, COUNT);
    evaluate(r, COUNT, &arena, &result);
    const size_t at = 250; /* last fit at 200 */
    const size_t fitted = FIRST + 200;
    hst_garch_fit fit;
    assert_int_equal(hst_garch_fit_driftless(r, fitted, 1, &fit), HST_OK);
    double squares = 0.0;
    for (size_t t = 0; t < fitted; t++) {
        squares += r[t] * r[t] / (double)fitted;
    }
    double h = fit.model.omega + (fit.model.alpha + fit.model.beta) * squares;
    for (size_t t = 0; t < FIRST + at; t++) {
        h = hst_garch_next(&fit.model, r[t], h);
    }
    assert_near(result.densities[HST_DENSITY_GARCH].sd[at], sqrt(h), 1e-9);
    assert_near(result.densities[HST_DENSITY_CONSTANT].sd[at], sqrt(squares), 1e-12);
    /* the constant has crept through the sum of weights by now; start does not matter */
    double ewma = 0.0;
    for (size_t t = 0; t < FIRST + at; t++) {
        ewma = 0.94 * ewma + 0.06 * r[t] * r[t];
    }
    assert_near(result.densities[HST_DENSITY_EWMA].sd[at], sqrt(ewma), 1e-9);
    assert_int_equal(result.fits, 3);
    hst_arena_release(&arena);
}

static void split_conformal_holds_nine_in_ten_of_what_does_not_change(void **state)
{
    (void)state;
    double returns[COUNT];
    size_t covered = 0;
    size_t all = 0;
    for (uint64_t seed = 20; seed < 32; seed++) {
        hst_random stream = stream_of(seed);
        hst_arena arena;
        hst_filters filters;
        hst_arena_init(&arena, hst_os_memory(), 1 << 16);
        assert_int_equal(hst_filters_init(&filters, COUNT, &arena), HST_OK);
        for (size_t t = 0; t < COUNT; t++) { /* far from normal: a quantile does not mind */
            returns[t] = hst_random_exponential(&stream) * (t % 2 == 0 ? 1.0 : -1.0);
        }
        for (size_t t = 0; t < 260; t++) {
            hst_filters_observe(&filters, returns[t]);
        }
        assert_int_equal(hst_filters_fit(&filters), HST_OK);
        hst_forecast said;
        hst_filters_forecast(&filters, &said);
        for (size_t t = 260; t < COUNT; t++) {
            covered += fabs(returns[t]) <= said.half[HST_DENSITY_CONFORMAL] ? 1 : 0;
            all++;
        }
        hst_arena_release(&arena);
    }
    assert_near((double)covered / (double)all, 0.9, 0.02);
}

static void the_adaptive_interval_comes_back_after_a_break(void **state)
{
    (void)state;
    enum { LONG = 3000, BREAK = 1000 };
    static double returns[LONG];
    hst_arena arena;
    hst_forecast_result result;
    hst_arena_init(&arena, hst_os_memory(), 1 << 16);
    hst_random stream = stream_of(30);
    for (size_t t = 0; t < LONG; t++) {
        returns[t] = (t < BREAK ? 1.0 : 3.0) * hst_random_normal(&stream);
    }
    const hst_forecast_plan plan = {
        .returns = returns, .count = LONG, .first = BREAK / 2, .lags = 5};
    assert_int_equal(hst_forecast_evaluate(&plan, &arena, &result), HST_OK);
    const size_t from = BREAK; /* of the forecasts: 500 returns after the break */
    size_t adaptive = 0;
    size_t fixed = 0;
    for (size_t at = from; at < result.count; at++) {
        const double value = fabs(returns[plan.first + at]);
        adaptive += value <= result.densities[HST_DENSITY_ADAPTIVE].half[at] ? 1 : 0;
        fixed += value <= result.densities[HST_DENSITY_CONFORMAL].half[at] ? 1 : 0;
    }
    assert_near((double)adaptive / (double)(result.count - from), 0.9, 0.02);
    assert_true((double)fixed / (double)(result.count - from) < 0.5);
    hst_arena_release(&arena);
}

static void rows_say_what_their_tracks_give(void **state)
{
    (void)state;
    double r[COUNT];
    hst_arena arena;
    hst_forecast_result result;
    hst_arena_init(&arena, hst_os_memory(), 1 << 16);
    draw_garch(14, r, COUNT);
    evaluate(r, COUNT, &arena, &result);
    const size_t n = COUNT - FIRST;
    const hst_density_row *row = &result.densities[HST_DENSITY_GARCH];
    double crps = 0.0;
    double constant = 0.0;
    double logs = 0.0;
    double inside = 0.0;
    double width = 0.0;
    for (size_t at = 0; at < n; at++) {
        const double value = r[FIRST + at];
        const double fixed = result.densities[HST_DENSITY_CONSTANT].sd[at];
        crps += hst_crps(row->sd[at], (double)INFINITY, value) / (double)n;
        constant += hst_crps(fixed, (double)INFINITY, value) / (double)n;
        logs += hst_log_score(row->sd[at], (double)INFINITY, value) / (double)n;
        inside += fabs(value) <= 1.6448536269514722 * row->sd[at] ? 1.0 / (double)n : 0.0;
        width += 2 * 1.6448536269514722 * row->sd[at] / (double)n;
    }
    assert_near(row->crps, crps, 1e-10);
    assert_near(row->ratio, crps / constant, 1e-10);
    assert_near(row->log_score, logs, 1e-10);
    assert_near(row->coverage.estimate, inside, 1e-10);
    assert_near(row->width, width, 1e-9);
    hst_arena_release(&arena);
}

static void what_is_too_short_constant_or_no_number_is_refused(void **state)
{
    (void)state;
    double r[COUNT];
    hst_arena arena;
    hst_forecast_result result;
    hst_arena_init(&arena, hst_os_memory(), 1 << 16);
    draw_garch(15, r, COUNT);
    hst_forecast_plan plan = {.returns = r, .count = COUNT, .first = 249, .lags = 5};
    assert_int_equal(hst_forecast_evaluate(&plan, &arena, &result), HST_INVALID);
    plan.first = COUNT - 49;
    assert_int_equal(hst_forecast_evaluate(&plan, &arena, &result), HST_INVALID);
    plan.first = FIRST;
    r[COUNT - 1] = (double)NAN;
    assert_int_equal(hst_forecast_evaluate(&plan, &arena, &result), HST_INVALID);
    for (size_t t = 0; t < COUNT; t++) {
        r[t] = 0.0;
    }
    assert_int_equal(hst_forecast_evaluate(&plan, &arena, &result), HST_INVALID);
    hst_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_forecast_does_not_change_when_the_future_does),
        cmocka_unit_test(drift_and_ar1_equal_a_regression_made_again_each_day),
        cmocka_unit_test(densities_equal_a_filter_begun_anew),
        cmocka_unit_test(split_conformal_holds_nine_in_ten_of_what_does_not_change),
        cmocka_unit_test(the_adaptive_interval_comes_back_after_a_break),
        cmocka_unit_test(rows_say_what_their_tracks_give),
        cmocka_unit_test(what_is_too_short_constant_or_no_number_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
