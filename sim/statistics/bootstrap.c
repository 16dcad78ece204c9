#include "core/base/assert.h"
#include "core/base/random.h"

#include "sim/base/purpose.h"
#include "sim/statistics/statistics.h"

#include <math.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics_double.h>

double hst_statistic_mean(double *values, size_t n)
{
    return hst_mean(values, n);
}

double hst_statistic_median(double *values, size_t n)
{
    return hst_median_in_place(values, n);
}

/** Statistics of `resamples` draws with replacement, ascending, into `replicates`. */
static void draw_replicates(const double *values,
                            size_t n,
                            hst_statistic statistic,
                            uint64_t seed,
                            double *resample,
                            double *replicates,
                            size_t resamples)
{
    hst_random stream = hst_random_stream(seed, 0, 0, HST_PURPOSE_BOOTSTRAP);
    for (size_t r = 0; r < resamples; r++) {
        for (size_t i = 0; i < n; i++) {
            resample[i] = values[hst_random_below(&stream, n)];
        }
        replicates[r] = statistic(resample, n);
    }
    hst_sort_values(replicates, resamples);
}

/** The acceleration: a sixth of the skewness of the statistic when each value is left out once. */
static double acceleration(
    const double *values, size_t n, hst_statistic statistic, double *resample, double *left_out)
{
    for (size_t skip = 0; skip < n; skip++) {
        size_t kept = 0;
        for (size_t i = 0; i < n; i++) {
            if (i != skip) {
                resample[kept++] = values[i];
            }
        }
        left_out[skip] = statistic(resample, kept);
    }
    const double mean = hst_mean(left_out, n);
    double squares = 0;
    double cubes = 0;
    for (size_t i = 0; i < n; i++) {
        const double d = mean - left_out[i];
        squares += d * d;
        cubes += d * d * d;
    }
    return squares > 0 ? cubes / (6 * squares * sqrt(squares)) : 0;
}

/** The share of replicates below the estimate, half of those equal to it, as a normal quantile,
 * kept off 0 and 1 where that would be infinite. */
static double bias_quantile(const double *replicates, size_t resamples, double estimate)
{
    double below = 0;
    for (size_t r = 0; r < resamples; r++) {
        below += replicates[r] < estimate ? 1 : replicates[r] > estimate ? 0 : 0.5;
    }
    const double share = below / (double)resamples;
    const double least = 0.5 / (double)resamples;
    return gsl_cdf_ugaussian_Pinv(fmin(fmax(share, least), 1 - least));
}

/** Where in the replicates an end of the interval lies (Efron, Tibshirani, eq. 14.10). */
static double adjusted_share(double bias, double accelerate, double share)
{
    const double z = bias + gsl_cdf_ugaussian_Pinv(share);
    const double scale = 1 - accelerate * z;
    /* Beyond its pole the transformation is meaningless: take the extreme replicate. */
    return scale > 0 ? gsl_cdf_ugaussian_P(bias + z / scale) : (z > 0 ? 1 : 0);
}

hst_status hst_bootstrap_interval(const double *values,
                                  size_t n,
                                  hst_statistic statistic,
                                  double confidence,
                                  size_t resamples,
                                  uint64_t seed,
                                  hst_memory memory,
                                  hst_interval *out)
{
    hst_assert(confidence > 0 && confidence < 1);
    hst_assert(resamples >= HST_RESAMPLES_MIN && resamples <= HST_RESAMPLES_MAX);
    if (n < 2 || !hst_all_finite(values, n)) {
        return HST_INVALID;
    }
    hst_arena arena;
    hst_arena_init(&arena, memory, 4096);
    double *resample = HST_ARENA_NEW(&arena, double, n);
    double *left_out = HST_ARENA_NEW(&arena, double, n);
    double *replicates = HST_ARENA_NEW(&arena, double, resamples);
    if (resample == NULL || left_out == NULL || replicates == NULL) {
        hst_arena_release(&arena);
        return HST_NO_MEMORY;
    }
    for (size_t i = 0; i < n; i++) {
        resample[i] = values[i];
    }
    const double estimate = statistic(resample, n);
    draw_replicates(values, n, statistic, seed, resample, replicates, resamples);
    const double bias = bias_quantile(replicates, resamples, estimate);
    const double accelerate = acceleration(values, n, statistic, resample, left_out);
    const double low = adjusted_share(bias, accelerate, (1 - confidence) / 2);
    const double high = adjusted_share(bias, accelerate, (1 + confidence) / 2);
    *out = (hst_interval){
        estimate, gsl_stats_quantile_from_sorted_data(replicates, 1, resamples, low),
        gsl_stats_quantile_from_sorted_data(replicates, 1, resamples, high), confidence, n};
    hst_arena_release(&arena);
    return HST_OK;
}

/** (mean of the resample - mean) / its standard error, ascending; the count of usable ones. A
 * resample of one repeated value has no standard error and is left out. */
static size_t draw_t_ratios(const double *values,
                            size_t n,
                            uint64_t seed,
                            double *resample,
                            double *ratios,
                            size_t resamples)
{
    hst_random stream = hst_random_stream(seed, 0, 0, HST_PURPOSE_BOOTSTRAP);
    const double mean = hst_mean(values, n);
    size_t usable = 0;
    for (size_t r = 0; r < resamples; r++) {
        for (size_t i = 0; i < n; i++) {
            resample[i] = values[hst_random_below(&stream, n)];
        }
        const double variance = hst_variance(resample, n);
        if (variance > 0) {
            ratios[usable++] = (hst_mean(resample, n) - mean) / sqrt(variance / (double)n);
        }
    }
    hst_sort_values(ratios, usable);
    return usable;
}

hst_status hst_mean_interval_bootstrap(const double *values,
                                       size_t n,
                                       double confidence,
                                       size_t resamples,
                                       uint64_t seed,
                                       hst_memory memory,
                                       hst_interval *out)
{
    hst_assert(confidence > 0 && confidence < 1);
    hst_assert(resamples >= HST_RESAMPLES_MIN && resamples <= HST_RESAMPLES_MAX);
    if (n < 3 || !hst_all_finite(values, n)) {
        return HST_INVALID;
    }
    hst_arena arena;
    hst_arena_init(&arena, memory, 4096);
    double *resample = HST_ARENA_NEW(&arena, double, n);
    double *ratios = HST_ARENA_NEW(&arena, double, resamples);
    if (resample == NULL || ratios == NULL) {
        hst_arena_release(&arena);
        return HST_NO_MEMORY;
    }
    const double mean = hst_mean(values, n);
    const double error = sqrt(hst_variance(values, n) / (double)n);
    const size_t usable = draw_t_ratios(values, n, seed, resample, ratios, resamples);
    *out = (hst_interval){mean, mean, mean, confidence, n};
    if (usable > 0) {
        const double low = (1 - confidence) / 2;
        const double high = (1 + confidence) / 2;
        out->low = mean - error * gsl_stats_quantile_from_sorted_data(ratios, 1, usable, high);
        out->high = mean - error * gsl_stats_quantile_from_sorted_data(ratios, 1, usable, low);
    }
    hst_arena_release(&arena);
    return HST_OK;
}
