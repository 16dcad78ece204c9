/* Tests of forecasts against their definitions, and against worlds in which nothing differs. */
#include "sim/forecast/compare.h"

#include "tests/unit/forecast/support.h"

#include <gsl/gsl_cdf.h>

enum { N = 200, STUDIES = 2000 };

static void draw(hst_random *stream, double *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        values[i] = hst_random_normal(stream);
    }
}

/* Diebold-Mariano written out: autocovariances first, then their weights. */
static double slow_statistic(const double *a, const double *b, size_t n, size_t h, size_t lags)
{
    double d[N];
    double gamma[32] = {0};
    for (size_t t = 0; t < n; t++) {
        d[t] = a[t] - b[t];
    }
    const double mean = hst_mean(d, n);
    for (size_t k = 0; k <= lags; k++) {
        for (size_t t = 0; t + k < n; t++) {
            gamma[k] += (d[t] - mean) * (d[t + k] - mean) / (double)n;
        }
    }
    double variance = gamma[0];
    for (size_t k = 1; k <= lags; k++) {
        variance += 2.0 * (1.0 - (double)k / (double)(lags + 1)) * gamma[k];
    }
    const double T = (double)n;
    const double H = (double)h;
    return mean / sqrt(variance / T) * sqrt((T + 1 - 2 * H + H * (H - 1) / T) / T);
}

static void diebold_mariano_equals_its_definition(void **state)
{
    (void)state;
    hst_random stream = stream_of(2);
    double a[N];
    double b[N];
    draw(&stream, a, N);
    draw(&stream, b, N);
    for (size_t h = 1; h <= 5; h += 2) {
        for (size_t lags = 0; lags <= 20; lags += 5) {
            const hst_comparison seen = hst_diebold_mariano(a, b, N, h, lags);
            assert_near(seen.statistic, slow_statistic(a, b, N, h, lags), 1e-10);
            assert_near(seen.p, 2 * gsl_cdf_tdist_Q(fabs(seen.statistic), N - 1), 1e-12);
        }
    }
}

static void without_lags_it_is_the_paired_t_test(void **state)
{
    (void)state;
    hst_random stream = stream_of(3);
    double a[N];
    double b[N];
    draw(&stream, a, N);
    draw(&stream, b, N);
    const hst_comparison seen = hst_diebold_mariano(a, b, N, 1, 0);
    const hst_interval paired = hst_paired_difference(a, b, N, 1 - seen.p);
    assert_near(paired.estimate, seen.difference, 1e-12);
    /* at confidence 1 - p the interval ends exactly at zero */
    assert_near(fmin(fabs(paired.low), fabs(paired.high)), 0.0, 1e-9);
}

static void equal_losses_are_no_difference(void **state)
{
    (void)state;
    double a[N];
    hst_random stream = stream_of(4);
    draw(&stream, a, N);
    const hst_comparison seen = hst_diebold_mariano(a, a, N, 1, 10);
    assert_near(seen.statistic, 0.0, 0.0);
    assert_near(seen.p, 1.0, 0.0);
}

/* Share of studies in which two forecasts of equal worth differ at 5 %; `memory` moving terms. */
static double rejections(uint64_t seed, size_t memory, size_t lags)
{
    hst_random stream = stream_of(seed);
    double z[N + 8];
    double a[N];
    const double zero[N] = {0};
    size_t rejected = 0;
    for (size_t s = 0; s < STUDIES; s++) {
        draw(&stream, z, N + 8);
        for (size_t t = 0; t < N; t++) {
            a[t] = 0.0;
            for (size_t k = 0; k <= memory; k++) {
                a[t] += z[t + k];
            }
        }
        rejected += hst_diebold_mariano(a, zero, N, 1, lags).p < 0.05 ? 1 : 0;
    }
    return (double)rejected / STUDIES;
}

static void nominal_five_per_cent_are_five_per_cent(void **state)
{
    (void)state;
    assert_near(rejections(5, 0, 0), 0.05, 0.015);
    assert_near(rejections(5, 0, 4), 0.06, 0.02);
    /* related errors: without lags the test is fooled, with them it nearly keeps its word */
    assert_true(rejections(6, 3, 0) > 0.25);
    assert_true(rejections(6, 3, 10) < 0.12);
}

static void clark_west_equals_its_definition(void **state)
{
    (void)state;
    hst_random stream = stream_of(7);
    double y[N];
    double larger[N];
    const double smaller[N] = {0};
    double f[N];
    draw(&stream, y, N);
    draw(&stream, larger, N);
    for (size_t t = 0; t < N; t++) {
        const double forecast = 0.1 * larger[t];
        larger[t] = forecast;
        f[t] = y[t] * y[t] - (pow(y[t] - forecast, 2) - forecast * forecast);
    }
    const hst_comparison seen = hst_clark_west(y, smaller, larger, N, 0);
    assert_near(seen.difference, hst_mean(f, N), 1e-12);
    assert_near(seen.statistic,
                hst_mean(f, N) / sqrt(hst_variance(f, N) * (N - 1.0) / N / (double)N), 1e-9);
    assert_near(seen.p, gsl_cdf_ugaussian_Q(seen.statistic), 1e-15);
}

static void clark_west_finds_a_true_signal_that_squared_errors_hide(void **state)
{
    (void)state;
    /* the larger model knows the signal but adds noise of its own, as estimated parameters do */
    hst_random stream = stream_of(8);
    enum { LONG = 4000 };
    static double y[LONG], larger[LONG], smaller[LONG], a[LONG], b[LONG];
    for (size_t t = 0; t < LONG; t++) {
        const double signal = 0.1 * hst_random_normal(&stream);
        y[t] = signal + hst_random_normal(&stream);
        larger[t] = signal + 0.1 * hst_random_normal(&stream);
        a[t] = pow(y[t] - larger[t], 2);
        b[t] = y[t] * y[t];
    }
    assert_true(hst_diebold_mariano(a, b, LONG, 1, 0).p > 0.05);
    assert_true(hst_clark_west(y, smaller, larger, LONG, 0).p < 0.001);
}

/* P(X >= k) of n trials, summed. */
static double upper_tail(size_t k, size_t n, double share)
{
    double sum = 0.0;
    for (size_t i = k; i <= n; i++) {
        sum += exp(lgamma((double)n + 1) - lgamma((double)i + 1) - lgamma((double)(n - i) + 1) +
                   (double)i * log(share) + (double)(n - i) * log1p(-share));
    }
    return sum;
}

static void share_interval_ends_where_the_tails_hold_half_of_the_rest(void **state)
{
    (void)state;
    const size_t cases[][2] = {{3, 10}, {908, 987}, {1, 1000}, {4999, 5000}};
    for (size_t c = 0; c < 4; c++) {
        const size_t k = cases[c][0];
        const size_t n = cases[c][1];
        const hst_interval seen = hst_share_interval(k, n, 0.95);
        assert_near(upper_tail(k, n, seen.low), 0.025, 1e-6);
        assert_near(1.0 - upper_tail(k + 1, n, seen.high), 0.025, 1e-6);
    }
    assert_near(hst_share_interval(0, 10, 0.95).low, 0.0, 0.0);
    assert_near(hst_share_interval(0, 10, 0.95).high, 1 - pow(0.025, 0.1), 1e-12);
    assert_near(hst_share_interval(10, 10, 0.95).high, 1.0, 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(diebold_mariano_equals_its_definition),
        cmocka_unit_test(without_lags_it_is_the_paired_t_test),
        cmocka_unit_test(equal_losses_are_no_difference),
        cmocka_unit_test(nominal_five_per_cent_are_five_per_cent),
        cmocka_unit_test(clark_west_equals_its_definition),
        cmocka_unit_test(clark_west_finds_a_true_signal_that_squared_errors_hide),
        cmocka_unit_test(share_interval_ends_where_the_tails_hold_half_of_the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
