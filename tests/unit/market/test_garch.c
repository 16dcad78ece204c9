#include "core/base/random.h"

#include "sim/base/purpose.h"
#include "sim/market/garch.h"
#include "sim/market/garch_sharpen.h"

#include "tests/unit/market/world.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

enum { LONG = 400000, SAMPLE = 2000 };

/* Estimates of the published FCP benchmark on DEM/GBP returns, normal shocks. */
static const hst_garch fcp = {-0.00619041, 0.0107613, 0.153134, 0.805974, (double)INFINITY};

static bool near(double a, double b, double tolerance)
{
    return fabs(a - b) <= tolerance;
}

static void simulate(const hst_garch *model, uint64_t seed, double *returns, size_t count)
{
    hst_random stream = hst_random_stream(seed, 0, 0, HST_PURPOSE_TEST);
    double variance = hst_garch_variance(model);
    for (size_t t = 0; t < count; t++) {
        const double z = isinf(model->nu) ? hst_random_normal(&stream)
                                          : hst_random_student_unit(&stream, model->nu);
        const double residual = sqrt(variance) * z;
        returns[t] = model->mu + residual;
        variance = hst_garch_next(model, residual, variance);
    }
}

static void closed_forms_give_the_benchmark_values(void **state)
{
    (void)state;
    assert_true(near(hst_garch_variance(&fcp), 0.26316, 1e-5));
    assert_true(near(hst_garch_kurtosis(&fcp), 7.236, 1e-3));
    assert_true(near(hst_garch_square_autocorrelation(&fcp, 1), 0.33563, 1e-5));
    assert_true(near(hst_garch_square_autocorrelation(&fcp, 5),
                     0.33563 * pow(fcp.alpha + fcp.beta, 4), 1e-5));
}

static void kurtosis_is_infinite_without_a_fourth_moment(void **state)
{
    (void)state;
    const hst_garch heavy = {0.0, 0.1, 0.1, 0.8, 3.9};
    const hst_garch persistent = {0.0, 0.1, 0.6, 0.39, (double)INFINITY};
    assert_true(isinf(hst_garch_kurtosis(&heavy)));
    assert_true(isinf(hst_garch_kurtosis(&persistent)));
}

static void simulated_moments_match_the_closed_forms(void **state)
{
    (void)state;
    static double returns[LONG];
    const hst_garch model = {0.0, 0.05, 0.08, 0.87, 12.0};
    simulate(&model, 7, returns, LONG);
    double second = 0.0, fourth = 0.0, lagged = 0.0;
    for (size_t t = 0; t < LONG; t++) {
        const double square = returns[t] * returns[t];
        second += square / LONG;
        fourth += square * square / LONG;
    }
    double spread = 0.0;
    for (size_t t = 0; t + 1 < LONG; t++) {
        const double a = returns[t] * returns[t] - second;
        lagged += a * (returns[t + 1] * returns[t + 1] - second);
        spread += a * a;
    }
    assert_true(near(second, hst_garch_variance(&model), 0.02));
    assert_true(near(fourth / (second * second), hst_garch_kurtosis(&model), 0.6));
    assert_true(near(lagged / spread, hst_garch_square_autocorrelation(&model, 1), 0.03));
}

/* Batches of a long simulation are nearly independent: their spread is the error of the whole. */
static void simulated_kurtosis_and_autocorrelation_are_within_three_errors(void **state)
{
    (void)state;
    enum { BATCHES = 40, LENGTH = LONG / 10, LAGS = 3 };
    static double returns[LENGTH];
    const hst_garch model = {0.0, 0.05, 0.06, 0.85, (double)INFINITY};
    double sum[1 + LAGS] = {0}, squares[1 + LAGS] = {0};
    for (uint64_t b = 0; b < BATCHES; b++) {
        simulate(&model, 100 + b, returns, LENGTH);
        /* Moments around the known variance, so that a batch's estimate is all but unbiased. */
        const double variance = hst_garch_variance(&model);
        double fourth = 0.0, spread = 0.0, lagged[LAGS] = {0};
        for (size_t t = 0; t + LAGS < LENGTH; t++) {
            const double square = returns[t] * returns[t];
            fourth += square * square / (LENGTH - LAGS);
            spread += (square - variance) * (square - variance);
            for (size_t k = 1; k <= LAGS; k++) {
                lagged[k - 1] += (square - variance) * (returns[t + k] * returns[t + k] - variance);
            }
        }
        double found[1 + LAGS] = {fourth / (variance * variance)};
        for (size_t k = 1; k <= LAGS; k++) {
            found[k] = lagged[k - 1] / spread;
        }
        for (size_t i = 0; i <= LAGS; i++) {
            sum[i] += found[i];
            squares[i] += found[i] * found[i];
        }
    }
    for (size_t i = 0; i <= LAGS; i++) {
        const double mean = sum[i] / BATCHES;
        const double error = sqrt((squares[i] / BATCHES - mean * mean) / (BATCHES - 1));
        const double exact = i == 0 ? hst_garch_kurtosis(&model)
                                    : hst_garch_square_autocorrelation(&model, (unsigned)i);
        print_message("%s %zu: %.4f +- %.4f, closed form %.4f\n",
                      i == 0 ? "kurtosis" : "autocorrelation", i, mean, error, exact);
        assert_true(fabs(mean - exact) < 3.0 * error);
        assert_true(error < (i == 0 ? 0.02 : 0.005)); /* sharp enough to notice a wrong form */
    }
}

/* The likelihood written out once more, by density, without any shared code. */
static double slow_log_likelihood(const hst_garch *m, const double *r, size_t count)
{
    double start = 0.0;
    for (size_t t = 0; t < count; t++) {
        start += pow(r[t] - m->mu, 2) / (double)count;
    }
    double h = start, e2 = start, sum = 0.0;
    for (size_t t = 0; t < count; t++) {
        h = m->omega + m->alpha * e2 + m->beta * h;
        e2 = pow(r[t] - m->mu, 2);
        const double density = isinf(m->nu)
                                   ? exp(-e2 / (2.0 * h)) / sqrt(2.0 * 3.14159265358979323846 * h)
                                   : tgamma((m->nu + 1.0) / 2.0) / tgamma(m->nu / 2.0) /
                                         sqrt(3.14159265358979323846 * (m->nu - 2.0) * h) *
                                         pow(1.0 + e2 / (h * (m->nu - 2.0)), -(m->nu + 1.0) / 2.0);
        sum += log(density);
    }
    return sum;
}

static void likelihood_equals_the_product_of_densities(void **state)
{
    (void)state;
    static double returns[SAMPLE];
    const hst_garch student = {0.02, 0.03, 0.07, 0.9, 5.5};
    simulate(&student, 3, returns, SAMPLE);
    const double slow = slow_log_likelihood(&student, returns, SAMPLE);
    assert_true(near(hst_garch_log_likelihood(&student, returns, SAMPLE), slow, 1e-8));
    const double normal = slow_log_likelihood(&fcp, returns, SAMPLE);
    assert_true(near(hst_garch_log_likelihood(&fcp, returns, SAMPLE), normal, 1e-8));
}

static void likelihood_outside_the_ranges_is_minus_infinity(void **state)
{
    (void)state;
    const double returns[2] = {0.1, -0.1};
    const hst_garch bad[] = {
        {0, 0.0, 0.1, 0.8, 5}, {0, 1, -0.1, 0.8, 5}, {0, 1, 0.3, 0.7, 5}, {0, 1, 0.1, 0.8, 2.0}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_true(isinf(hst_garch_log_likelihood(&bad[i], returns, 2)));
    }
}

static void expect_recovered(const hst_garch *truth, uint64_t seed)
{
    static double returns[SAMPLE];
    hst_garch_fit fit;
    simulate(truth, seed, returns, SAMPLE);
    assert_int_equal(hst_garch_fit_returns(returns, SAMPLE, isinf(truth->nu), &fit), HST_OK);
    print_message("seed %llu: alpha %.4f (%.4f) beta %.4f (%.4f) nu %.2f (%.2f)\n",
                  (unsigned long long)seed, fit.model.alpha, fit.error.alpha, fit.model.beta,
                  fit.error.beta, fit.model.nu, fit.error.nu);
    assert_true(near(fit.model.mu, truth->mu, 3.0 * fit.error.mu));
    assert_true(near(fit.model.omega, truth->omega, 3.0 * fit.error.omega));
    assert_true(near(fit.model.alpha, truth->alpha, 3.0 * fit.error.alpha));
    assert_true(near(fit.model.beta, truth->beta, 3.0 * fit.error.beta));
    if (!isinf(truth->nu)) {
        assert_true(near(fit.model.nu, truth->nu, 3.0 * fit.error.nu));
    }
    /* A maximum: no step of a tenth of a standard error is better, and the truth is not either. */
    assert_true(fit.log_likelihood >= hst_garch_log_likelihood(truth, returns, SAMPLE));
    const double steps[] = {-0.1, 0.1};
    for (size_t i = 0; i < 2; i++) {
        hst_garch moved = fit.model;
        moved.alpha += steps[i] * fit.error.alpha;
        assert_true(hst_garch_log_likelihood(&moved, returns, SAMPLE) < fit.log_likelihood);
        moved = fit.model;
        moved.mu += steps[i] * fit.error.mu;
        assert_true(hst_garch_log_likelihood(&moved, returns, SAMPLE) < fit.log_likelihood);
    }
}

static void fit_recovers_student_parameters_within_three_errors(void **state)
{
    (void)state;
    const hst_garch truth = {0.01, 0.02, 0.08, 0.88, 6.0};
    expect_recovered(&truth, 11);
}

static void fit_recovers_normal_parameters_within_three_errors(void **state)
{
    (void)state;
    expect_recovered(&fcp, 13);
}

static void score_is_the_slope_of_the_likelihood(void **state)
{
    (void)state;
    static double returns[SAMPLE];
    simulate(&fcp, 17, returns, SAMPLE);
    const hst_garch at = {0.02, 0.03, 0.1, 0.85, (double)INFINITY};
    double score[HST_GARCH_SCORE_SIZE];
    hst_garch_score(&at, returns, SAMPLE, score);
    for (size_t k = 0; k < HST_GARCH_SCORE_SIZE; k++) {
        hst_garch up = at;
        hst_garch down = at;
        double *const ups[] = {&up.mu, &up.omega, &up.alpha, &up.beta};
        double *const downs[] = {&down.mu, &down.omega, &down.alpha, &down.beta};
        *ups[k] += 1e-6;
        *downs[k] -= 1e-6;
        const double slope = (slow_log_likelihood(&up, returns, SAMPLE) -
                              slow_log_likelihood(&down, returns, SAMPLE)) /
                             2e-6;
        assert_true(near(score[k], slope, 1e-4 * (1.0 + fabs(slope))));
    }
}

static void a_normal_fit_ends_at_a_root_of_the_score(void **state)
{
    (void)state;
    static double returns[SAMPLE];
    hst_garch_fit fit;
    double score[HST_GARCH_SCORE_SIZE];
    simulate(&fcp, 19, returns, SAMPLE);
    assert_int_equal(hst_garch_fit_returns(returns, SAMPLE, 1, &fit), HST_OK);
    hst_garch_score(&fit.model, returns, SAMPLE, score);
    const hst_garch *e = &fit.error;
    const double errors[] = {e->mu, e->omega, e->alpha, e->beta};
    for (size_t k = 0; k < HST_GARCH_SCORE_SIZE; k++) {
        assert_true(fabs(score[k]) * errors[k] < 1e-7); /* standard errors from the maximum */
    }
}

static void a_driftless_fit_is_the_maximum_at_mu_zero(void **state)
{
    (void)state;
    static double returns[SAMPLE];
    const hst_garch truths[] = {{0.1, 0.02, 0.08, 0.88, 6.0},
                                {0.1, 0.02, 0.08, 0.88, (double)INFINITY}};
    for (size_t k = 0; k < 2; k++) {
        hst_garch_fit fit;
        hst_garch_fit free_fit;
        const int normal = isinf(truths[k].nu);
        simulate(&truths[k], 23, returns, SAMPLE);
        assert_int_equal(hst_garch_fit_driftless(returns, SAMPLE, normal, &fit), HST_OK);
        assert_int_equal(hst_garch_fit_returns(returns, SAMPLE, normal, &free_fit), HST_OK);
        assert_true(near(fit.model.mu, 0.0, 0.0));
        assert_true(near(fit.error.mu, 0.0, 0.0));
        assert_true(fit.error.omega > 0.0 && fit.error.alpha > 0.0 && fit.error.beta > 0.0);
        assert_true(fit.log_likelihood < free_fit.log_likelihood);
        for (int side = -1; side <= 1; side += 2) {
            hst_garch moved = fit.model;
            moved.alpha += 0.1 * side * fit.error.alpha;
            assert_true(hst_garch_log_likelihood(&moved, returns, SAMPLE) < fit.log_likelihood);
            moved = fit.model;
            moved.omega += 0.1 * side * fit.error.omega;
            assert_true(hst_garch_log_likelihood(&moved, returns, SAMPLE) < fit.log_likelihood);
        }
    }
}

static void fit_refuses_short_and_constant_series(void **state)
{
    (void)state;
    static double returns[SAMPLE];
    hst_garch_fit fit;
    assert_int_equal(hst_garch_fit_returns(returns, HST_GARCH_RETURNS_MIN - 1, 0, &fit),
                     HST_INVALID);
    assert_int_equal(hst_garch_fit_returns(returns, SAMPLE, 0, &fit), HST_INVALID);
}

static void ask_variance(const void *model)
{
    (void)hst_garch_variance(model);
}

static void ask_lag_zero(const void *model)
{
    (void)hst_garch_square_autocorrelation(model, 0);
}

static void closed_forms_of_an_explosive_model_fire(void **state)
{
    (void)state;
    const hst_garch explosive = {0.0, 0.1, 0.5, 0.5, 5.0};
    assert_true(world_fires(ask_variance, &explosive));
    assert_true(world_fires(ask_lag_zero, &fcp));
    assert_false(world_fires(ask_variance, &fcp));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closed_forms_give_the_benchmark_values),
        cmocka_unit_test(kurtosis_is_infinite_without_a_fourth_moment),
        cmocka_unit_test(simulated_moments_match_the_closed_forms),
        cmocka_unit_test(simulated_kurtosis_and_autocorrelation_are_within_three_errors),
        cmocka_unit_test(likelihood_equals_the_product_of_densities),
        cmocka_unit_test(likelihood_outside_the_ranges_is_minus_infinity),
        cmocka_unit_test(fit_recovers_student_parameters_within_three_errors),
        cmocka_unit_test(fit_recovers_normal_parameters_within_three_errors),
        cmocka_unit_test(score_is_the_slope_of_the_likelihood),
        cmocka_unit_test(a_normal_fit_ends_at_a_root_of_the_score),
        cmocka_unit_test(a_driftless_fit_is_the_maximum_at_mu_zero),
        cmocka_unit_test(fit_refuses_short_and_constant_series),
        cmocka_unit_test(closed_forms_of_an_explosive_model_fire),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
