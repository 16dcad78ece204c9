/* Moments, t intervals, sequential stopping, bootstrap, warm-up. */
#include "core/base/random.h"

#include "sim/base/os_memory.h"
#include "sim/base/purpose.h"
#include "sim/statistics/statistics.h"

#include "tests/unit/statistics/support.h"

/* Student's yields as in any table: t(0.975; 9) = 2.262157, so the half width of 10 values is
 * 2.262157 s / sqrt(10). Data: Law, "Simulation Modeling and Analysis", example 4.26. */
static const double law[] = {1.20, 1.50, 1.68, 1.89, 0.95, 1.49, 1.58, 1.55, 0.50, 1.09};

static void the_t_interval_of_a_textbook_sample(void **state)
{
    (void)state;
    const hst_interval got = hst_mean_interval_t(law, 10, 0.90);
    assert_near(got.estimate, 1.343, 1e-12);
    assert_near(hst_variance(law, 10), 0.17, 0.005);
    assert_near(got.high - got.estimate, 1.833113 * sqrt(hst_variance(law, 10) / 10), 1e-6);
    assert_near(got.high, 1.58, 0.005);
    assert_near(got.low, 1.10, 0.01);
    assert_int_equal(got.n, 10);
}

static void one_value_says_nothing_about_spread(void **state)
{
    (void)state;
    const hst_interval got = hst_mean_interval_t(law, 1, 0.95);
    assert_near(got.estimate, 1.2, 0);
    assert_true(isinf(got.low) && got.low < 0);
    assert_true(isinf(got.high) && got.high > 0);
}

static void a_large_offset_costs_no_digits(void **state)
{
    (void)state;
    const double values[] = {1e15 + 1, 1e15 + 2, 1e15 + 3};
    assert_near(hst_mean(values, 3), 1e15 + 2, 0);
    assert_near(hst_variance(values, 3), 1, 0);
}

static void paired_differences_are_the_t_interval_of_differences(void **state)
{
    (void)state;
    const double a[] = {5, 7, 1, 9, 4};
    const double b[] = {4, 5, 3, 6, 5};
    const double d[] = {1, 2, -2, 3, -1};
    const hst_interval got = hst_paired_difference(a, b, 5, 0.95);
    const hst_interval wanted = hst_mean_interval_t(d, 5, 0.95);
    assert_near(got.estimate, wanted.estimate, 1e-14);
    assert_near(got.low, wanted.low, 1e-13);
    assert_near(got.high, wanted.high, 1e-13);
}

static void sampling_stops_when_narrow_and_not_before_the_minimum(void **state)
{
    (void)state;
    const double equal[] = {3, 3, 3, 3, 3, 3, 3, 3, 3, 3};
    assert_false(hst_half_width_reached(equal, 2, 0.95, 1, 3));
    assert_false(hst_half_width_reached(equal, 3, 0.95, 1, 3)); /* 1/n is still too much */
    assert_true(hst_half_width_reached(equal, 10, 0.95, 1, 3));
    assert_false(hst_half_width_reached(law, 10, 0.95, 0.05, 2));
    assert_true(hst_half_width_reached(law, 10, 0.95, 5, 2));
    assert_true(hst_half_width_reached_relative(law, 10, 0.95, 5, 2));
    assert_false(hst_half_width_reached_relative(law, 10, 0.95, 0.01, 2));
}

static void the_bootstrap_is_a_function_of_its_seed(void **state)
{
    (void)state;
    hst_interval one;
    hst_interval two;
    hst_interval other;
    assert_int_equal(
        hst_bootstrap_interval(law, 10, hst_statistic_mean, 0.95, 2000, 7, hst_os_memory(), &one),
        HST_OK);
    assert_int_equal(
        hst_bootstrap_interval(law, 10, hst_statistic_mean, 0.95, 2000, 7, hst_os_memory(), &two),
        HST_OK);
    assert_int_equal(
        hst_bootstrap_interval(law, 10, hst_statistic_mean, 0.95, 2000, 8, hst_os_memory(), &other),
        HST_OK);
    assert_memory_equal(&one, &two, sizeof one);
    assert_true(fabs(one.low - other.low) > 0 || fabs(one.high - other.high) > 0);
    assert_near(one.low, other.low, 0.03); /* the same up to resampling noise */
    assert_true(one.low < one.estimate && one.estimate < one.high);
}

/* With three values there are 27 equally likely resamples: the mean's distribution is known. */
static void a_bootstrap_of_three_values_has_the_exact_distribution(void **state)
{
    (void)state;
    const double values[] = {0, 3, 6}; /* symmetric: no bias, no acceleration, so percentiles */
    hst_interval got;
    assert_int_equal(hst_bootstrap_interval(values, 3, hst_statistic_mean, 0.80, 20000, 1,
                                            hst_os_memory(), &got),
                     HST_OK);
    /* P(mean <= 0) = 1/27, P(mean <= 1) = 4/27 = 14.8 %: the 10 % point is 1, the 90 % one 5. */
    assert_near(got.low, 1, 1e-9);
    assert_near(got.high, 5, 1e-9);
}

static void a_bootstrap_needs_two_finite_values(void **state)
{
    (void)state;
    const double bad[] = {1, (double)NAN, 2};
    hst_interval got;
    assert_int_equal(
        hst_bootstrap_interval(law, 1, hst_statistic_median, 0.95, 100, 1, hst_os_memory(), &got),
        HST_INVALID);
    assert_int_equal(
        hst_bootstrap_interval(bad, 3, hst_statistic_median, 0.95, 100, 1, hst_os_memory(), &got),
        HST_INVALID);
}

static void mser_cuts_a_transient_and_little_else(void **state)
{
    (void)state;
    enum { N = 1000, TRANSIENT = 100 };
    double series[N];
    size_t cut = 0;
    for (uint32_t seed = 1; seed <= 20; seed++) {
        hst_random stream = hst_random_stream(seed, 0, 0, HST_PURPOSE_TEST);
        for (size_t i = 0; i < N; i++) {
            const double start = i < TRANSIENT ? 10.0 * (double)(TRANSIENT - i) / TRANSIENT : 0;
            series[i] = start + hst_random_normal(&stream);
        }
        assert_int_equal(hst_warmup_mser(series, N, &cut), HST_OK);
        if (cut < 80 || cut > 200) {
            fail_msg("seed %u: %zu values cut of a transient of %d", seed, cut, TRANSIENT);
        }
    }
}

/* The definition, in quadratic time: z(d) = sum over the tail of squares / (tail length)^2. */
static size_t mser_slowly(const double *values, size_t n)
{
    const size_t batches = n / 5;
    double best = (double)INFINITY;
    size_t best_cut = 0;
    for (size_t cut = 0; cut + 5 < batches; cut++) {
        const size_t held = batches - cut;
        double squares = 0;
        const double mean = hst_mean(values + 5 * cut, 5 * held);
        for (size_t b = cut; b < batches; b++) {
            const double step = hst_mean(values + 5 * b, 5) - mean;
            squares += step * step;
        }
        const double error = squares / ((double)held * (double)held);
        if (error < best) {
            best = error;
            best_cut = cut;
        }
    }
    return 5 * best_cut;
}

static void mser_equals_its_definition(void **state)
{
    (void)state;
    double series[200];
    for (uint32_t seed = 1; seed <= 50; seed++) {
        hst_random stream = hst_random_stream(seed, 1, 0, HST_PURPOSE_TEST);
        double level = 5;
        for (size_t i = 0; i < 200; i++) {
            level = 0.9 * level + hst_random_normal(&stream);
            series[i] = level;
        }
        const size_t wanted = mser_slowly(series, 200);
        size_t cut = 0;
        const hst_status status = hst_warmup_mser(series, 200, &cut);
        assert_int_equal(status, wanted > 100 ? HST_NOT_FOUND : HST_OK);
        assert_int_equal(cut, status == HST_OK ? wanted : 0);
    }
}

static void mser_says_when_a_series_never_settles(void **state)
{
    (void)state;
    double ramp[200];
    size_t cut = 0;
    for (size_t i = 0; i < 200; i++) {
        ramp[i] = (double)(i * i);
    }
    assert_int_equal(hst_warmup_mser(ramp, 19, &cut), HST_INVALID);
    for (size_t i = 0; i < 200; i++) { /* noisy, then flat: the flat tail is the second half */
        ramp[i] = i < 150 ? (double)(i % 7) * 100 - (double)i : 1;
    }
    assert_int_equal(hst_warmup_mser(ramp, 200, &cut), HST_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_t_interval_of_a_textbook_sample),
        cmocka_unit_test(one_value_says_nothing_about_spread),
        cmocka_unit_test(a_large_offset_costs_no_digits),
        cmocka_unit_test(paired_differences_are_the_t_interval_of_differences),
        cmocka_unit_test(sampling_stops_when_narrow_and_not_before_the_minimum),
        cmocka_unit_test(the_bootstrap_is_a_function_of_its_seed),
        cmocka_unit_test(a_bootstrap_of_three_values_has_the_exact_distribution),
        cmocka_unit_test(a_bootstrap_needs_two_finite_values),
        cmocka_unit_test(mser_cuts_a_transient_and_little_else),
        cmocka_unit_test(mser_equals_its_definition),
        cmocka_unit_test(mser_says_when_a_series_never_settles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
