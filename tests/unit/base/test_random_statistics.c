/* Samplers against GSL's distribution functions: Kolmogorov-Smirnov, chi-square of the tails, and
 * moments. Seeds are fixed, so a pass is a pass for ever; thresholds are at a level of 1e-4 or
 * rarer. */
#include "core/base/random.h"

#include "tests/support/expect_assert.h"

#include <math.h>
#include <string.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort_double.h>
#include <gsl/gsl_statistics_double.h>

enum { DRAWS = 60000 };

typedef double (*sampler)(hst_random *stream);
typedef double (*distribution)(double x);

static double student5(hst_random *stream)
{
    return hst_random_student_unit(stream, 5);
}

static double lognormal(hst_random *stream)
{
    return hst_random_lognormal(stream, 0.5, 1.25);
}

static double uniform_cdf(double x)
{
    return gsl_cdf_flat_P(x, 0, 1);
}

static double exponential_cdf(double x)
{
    return gsl_cdf_exponential_P(x, 1);
}

static double normal_cdf(double x)
{
    return gsl_cdf_ugaussian_P(x);
}

static double student5_cdf(double x)
{
    return gsl_cdf_tdist_P(x * sqrt(5.0 / 3.0), 5);
}

static double lognormal_cdf(double x)
{
    return gsl_cdf_lognormal_P(x, 0.5, 1.25);
}

static void draw_all(sampler sample, uint64_t seed, double *out)
{
    hst_random stream = hst_random_stream(seed, 0, 0, 0);
    for (size_t i = 0; i < DRAWS; i++) {
        out[i] = sample(&stream);
    }
}

/* sqrt(n) D; beyond 2.23 at a level of 1e-4 (Kolmogorov's limit). */
static double kolmogorov_smirnov(double *draws, distribution cdf)
{
    gsl_sort(draws, 1, DRAWS);
    double d = 0;
    for (size_t i = 0; i < DRAWS; i++) {
        const double p = cdf(draws[i]);
        d = fmax(d, fmax(p - (double)i / DRAWS, (double)(i + 1) / DRAWS - p));
    }
    return d * sqrt((double)DRAWS);
}

static double uniform(hst_random *stream)
{
    return hst_random_uniform(stream);
}

static const struct {
    const char *name;
    sampler sample;
    distribution cdf;
} samplers[] = {
    {"uniform", uniform, uniform_cdf},
    {"exponential", hst_random_exponential, exponential_cdf},
    {"normal", hst_random_normal, normal_cdf},
    {"student 5", student5, student5_cdf},
    {"lognormal", lognormal, lognormal_cdf},
};

static void each_sampler_follows_its_distribution(void **state)
{
    (void)state;
    static double draws[DRAWS];
    for (size_t i = 0; i < sizeof samplers / sizeof samplers[0]; i++) {
        draw_all(samplers[i].sample, 100 + i, draws);
        const double d = kolmogorov_smirnov(draws, samplers[i].cdf);
        print_message("%-12s sqrt(n) D = %.3f\n", samplers[i].name, d);
        if (d > 2.23) {
            fail_msg("%s: sqrt(n) D = %.3f (seed %zu)", samplers[i].name, d, 100 + i);
        }
    }
}

/* The check must be able to fail: a sampler against the wrong distribution does. */
static void the_check_notices_a_wrong_distribution(void **state)
{
    (void)state;
    static double draws[DRAWS];
    draw_all(student5, 103, draws);
    assert_true(kolmogorov_smirnov(draws, normal_cdf) > 2.23);
}

/* Bins of equal probability, fine enough to see single layers of the ziggurat; the outermost bins
 * are its tail. */
static double chi_square(sampler sample, distribution cdf, uint64_t seed)
{
    enum { BINS = 1024, N = 400000 };
    static uint32_t counts[BINS];
    memset(counts, 0, sizeof counts);
    hst_random stream = hst_random_stream(seed, 0, 0, 0);
    for (int i = 0; i < N; i++) {
        const double p = cdf(sample(&stream));
        const size_t bin = (size_t)(p * BINS);
        counts[bin < BINS ? bin : BINS - 1]++;
    }
    double sum = 0;
    for (int i = 0; i < BINS; i++) {
        const double off = counts[i] - (double)N / BINS;
        sum += off * off / ((double)N / BINS);
    }
    return gsl_cdf_chisq_Q(sum, BINS - 1);
}

static void ziggurat_layers_are_even(void **state)
{
    (void)state;
    const double exponential = chi_square(hst_random_exponential, exponential_cdf, 200);
    const double normal = chi_square(hst_random_normal, normal_cdf, 201);
    print_message("p of chi-square: exponential %.4f, normal %.4f\n", exponential, normal);
    assert_true(exponential > 1e-4);
    assert_true(normal > 1e-4);
}

/* Draws beyond the ziggurats' last edges, which only the tail code makes. */
static void tails_are_as_heavy_as_they_should_be(void **state)
{
    (void)state;
    enum { N = 1000000 };
    hst_random stream = hst_random_stream(300, 0, 0, 0);
    double exponential = 0, normal = 0;
    for (int i = 0; i < N; i++) {
        exponential += hst_random_exponential(&stream) > 7.8 ? 1 : 0;
        normal += fabs(hst_random_normal(&stream)) > 3.7 ? 1 : 0;
    }
    const double expect_exponential = N * gsl_cdf_exponential_Q(7.8, 1);
    const double expect_normal = N * 2 * gsl_cdf_ugaussian_Q(3.7);
    print_message("tail counts: %.0f (%.1f), %.0f (%.1f)\n", exponential, expect_exponential,
                  normal, expect_normal);
    assert_true(fabs(exponential - expect_exponential) < 4 * sqrt(expect_exponential));
    assert_true(fabs(normal - expect_normal) < 4 * sqrt(expect_normal));
}

static void moments_are_those_of_the_distribution(void **state)
{
    (void)state;
    static double draws[DRAWS];
    const double root = sqrt((double)DRAWS);
    draw_all(hst_random_exponential, 400, draws);
    assert_true(fabs(gsl_stats_mean(draws, 1, DRAWS) - 1) < 4 / root);
    draw_all(hst_random_normal, 401, draws);
    assert_true(fabs(gsl_stats_mean(draws, 1, DRAWS)) < 4 / root);
    assert_true(fabs(gsl_stats_variance(draws, 1, DRAWS) - 1) < 4 * sqrt(2.0) / root);
    assert_true(fabs(gsl_stats_skew(draws, 1, DRAWS)) < 4 * sqrt(6.0) / root);
    assert_true(fabs(gsl_stats_kurtosis(draws, 1, DRAWS)) < 4 * sqrt(24.0) / root);
    draw_all(student5, 402, draws);
    assert_true(fabs(gsl_stats_mean(draws, 1, DRAWS)) < 4 / root);
    /* Kurtosis 9 of t(5): the variance's own deviation is sqrt(8 / n). */
    assert_true(fabs(gsl_stats_variance(draws, 1, DRAWS) - 1) < 4 * sqrt(8.0) / root);
}

static void streams_of_neighbours_are_uncorrelated(void **state)
{
    (void)state;
    static double a[DRAWS], b[DRAWS];
    for (size_t i = 0; i < DRAWS; i++) { /* first draws of entities i and of the next purpose */
        hst_random stream = hst_random_stream(500, 0, i, 1);
        a[i] = hst_random_uniform(&stream);
        stream = hst_random_stream(500, 0, i, 2);
        b[i] = hst_random_uniform(&stream);
    }
    const double root = sqrt((double)DRAWS);
    assert_true(fabs(gsl_stats_correlation(a, 1, b, 1, DRAWS)) < 4 / root);
    assert_true(fabs(gsl_stats_lag1_autocorrelation(a, 1, DRAWS)) < 4 / root);
    assert_true(kolmogorov_smirnov(a, uniform_cdf) < 2.23);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_sampler_follows_its_distribution),
        cmocka_unit_test(the_check_notices_a_wrong_distribution),
        cmocka_unit_test(ziggurat_layers_are_even),
        cmocka_unit_test(tails_are_as_heavy_as_they_should_be),
        cmocka_unit_test(moments_are_those_of_the_distribution),
        cmocka_unit_test(streams_of_neighbours_are_uncorrelated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
