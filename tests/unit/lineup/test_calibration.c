/* Forecasts of hops: what the sums say, against definitions and worlds whose truth is known. */
#include "core/base/random.h"
#include "core/routing/cheapest_advertised.h"
#include "core/routing/learned.h"

#include "sim/base/os_memory.h"
#include "sim/base/purpose.h"
#include "sim/lineup/lineup.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { HOPS = 20000 };

static hst_random stream_of(uint64_t seed)
{
    return hst_random_stream(seed, 0, 0, HST_PURPOSE_TEST);
}

static bool near(double a, double b, double tolerance)
{
    return fabs(a - b) <= tolerance;
}

/* Hops of known chances, told as `bend(chance)`. */
static hst_lineup_forecast told(uint64_t seed, double (*bend)(double chance))
{
    hst_random stream = stream_of(seed);
    hst_lineup_calibration sums = {.hops = 0};
    for (int i = 0; i < HOPS; i++) {
        const double chance = 0.5 + 0.5 * hst_random_uniform(&stream);
        const bool done = hst_random_uniform(&stream) < chance;
        const hst_hop_belief belief = {.success = bend(chance), .upper_delay_ns = 0.9};
        hst_lineup_calibration_observe(&sums, &belief, chance, done, hst_random_uniform(&stream));
    }
    return hst_lineup_calibration_report(&sums);
}

static double honest(double chance)
{
    return chance;
}

static double timid(double chance)
{
    return 0.5 + 0.5 * (chance - 0.5);
}

static double sure(double chance)
{
    return chance > 0.75 ? 1.0 : 0.5;
}

static void scores_equal_their_definitions(void **state)
{
    (void)state;
    static double said[HOPS];
    static bool done[HOPS];
    hst_random stream = stream_of(1);
    hst_lineup_calibration sums = {.hops = 0};
    hst_lineup_calibration halves[2] = {{.hops = 0}, {.hops = 0}};
    double logs = 0;
    double squares = 0;
    double rate = 0;
    for (int i = 0; i < HOPS; i++) {
        said[i] = 0.01 + 0.98 * hst_random_uniform(&stream);
        done[i] = hst_random_uniform(&stream) < said[i] * said[i];
        const hst_hop_belief belief = {.success = said[i], .upper_delay_ns = 1};
        hst_lineup_calibration_observe(&sums, &belief, 0.5, done[i], i % 4 == 0 ? 2 : 1);
        hst_lineup_calibration_observe(&halves[i % 2], &belief, 0.5, done[i], i % 4 == 0 ? 2 : 1);
        logs -= log(done[i] ? said[i] : 1 - said[i]) / HOPS;
        squares += pow((done[i] ? 1 : 0) - said[i], 2) / HOPS;
        rate += done[i] ? 1.0 / HOPS : 0;
    }
    double ece = 0;
    for (int b = 0; b < 20; b++) {
        double in_bin = 0;
        for (int i = 0; i < HOPS; i++) {
            in_bin += (int)(said[i] * 20) == b ? (done[i] ? 1 : 0) - said[i] : 0;
        }
        ece += fabs(in_bin) / HOPS;
    }
    const hst_lineup_forecast seen = hst_lineup_calibration_report(&sums);
    assert_true(near(seen.log_loss, logs, 1e-9));
    assert_true(near(seen.brier, squares, 1e-9));
    assert_true(near(seen.ece, ece, 1e-9));
    assert_true(near(seen.base_rate, rate, 1e-9));
    assert_true(near(seen.base_log_loss, -rate * log(rate) - (1 - rate) * log(1 - rate), 1e-9));
    assert_true(near(seen.base_brier, rate * (1 - rate), 1e-9));
    assert_true(near(seen.truth_log_loss, log(2), 1e-9));
    assert_true(near(seen.delay_coverage, 0.75, 0.02));
    hst_lineup_calibration_add(&halves[0], &halves[1]);
    const hst_lineup_forecast added = hst_lineup_calibration_report(&halves[0]);
    assert_true(near(added.log_loss, seen.log_loss, 1e-9) && near(added.ece, seen.ece, 1e-9));
}

static void whoever_says_the_truth_is_best_and_calibrated(void **state)
{
    (void)state;
    const hst_lineup_forecast truth = told(2, honest);
    const hst_lineup_forecast shy = told(2, timid);
    const hst_lineup_forecast bold = told(2, sure);
    assert_true(near(truth.log_loss, truth.truth_log_loss, 1e-9));
    assert_true(truth.log_loss < truth.base_log_loss);
    assert_true(truth.log_loss < shy.log_loss && shy.log_loss < bold.log_loss);
    assert_true(truth.brier < shy.brier && truth.brier < bold.brier);
    assert_true(truth.ece < 0.015 && shy.ece > 0.1 && bold.ece > 0.1);
    assert_true(near(truth.delay_coverage, 0.9, 0.01));
}

static void nothing_said_is_nothing(void **state)
{
    (void)state;
    const hst_lineup_calibration sums = {.hops = 0};
    const hst_lineup_forecast seen = hst_lineup_calibration_report(&sums);
    assert_int_equal(seen.hops, 0);
    assert_true(seen.log_loss <= 0 && seen.ece <= 0);
}

static void a_learner_forecasts_hops_better_than_their_share_of_successes(void **state)
{
    (void)state;
    hst_lineup_recipe recipe = hst_lineup_reference(HST_LINEUP_WELL_SPECIFIED);
    recipe.currencies = 8;
    recipe.banks = 6;
    recipe.hubs = 5;
    recipe.payments = 4000;
    recipe.broken_per_mill = 0;
    hst_arena arena;
    hst_lineup_score score;
    hst_arena_init(&arena, hst_os_memory(), 1 << 20);
    assert_int_equal(hst_lineup_trial(&hst_router_learned, &recipe, 3, NULL, &arena, &score),
                     HST_OK);
    const hst_lineup_forecast seen = hst_lineup_calibration_report(&score.forecasts);
    print_message("log-loss %.4f of %.4f (truth %.4f), ECE %.4f, delays %.4f\n", seen.log_loss,
                  seen.base_log_loss, seen.truth_log_loss, seen.ece, seen.delay_coverage);
    assert_true(seen.hops > 4000);
    assert_true(seen.log_loss < seen.base_log_loss);
    assert_true(seen.log_loss > seen.truth_log_loss);
    assert_true(seen.brier < seen.base_brier);
    assert_true(seen.ece < 0.01);
    assert_true(near(seen.delay_coverage, 0.9, 0.015));
    hst_arena_clear(&arena);
    assert_int_equal(
        hst_lineup_trial(&hst_router_cheapest_advertised, &recipe, 3, NULL, &arena, &score),
        HST_OK);
    assert_int_equal(score.forecasts.hops, 0); /* says nothing */
    hst_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_equal_their_definitions),
        cmocka_unit_test(whoever_says_the_truth_is_best_and_calibrated),
        cmocka_unit_test(nothing_said_is_nothing),
        cmocka_unit_test(a_learner_forecasts_hops_better_than_their_share_of_successes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
