#include "core/base/assert.h"

#include "sim/statistics/statistics.h"

#include <math.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort_double.h>

double hst_mean(const double *values, size_t n)
{
    hst_assert(n > 0);
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += values[i];
    }
    const double rough = sum / (double)n;
    double rest = 0; /* second pass: what rounding lost */
    for (size_t i = 0; i < n; i++) {
        rest += values[i] - rough;
    }
    return isfinite(rough) ? rough + rest / (double)n : rough;
}

double hst_variance(const double *values, size_t n)
{
    const double mean = hst_mean(values, n);
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += (values[i] - mean) * (values[i] - mean);
    }
    return n > 1 ? sum / (double)(n - 1) : 0;
}

bool hst_all_finite(const double *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(values[i])) {
            return false;
        }
    }
    return true;
}

void hst_sort_values(double *values, size_t n)
{
    gsl_sort(values, 1, n);
}

double hst_median_in_place(double *values, size_t n)
{
    hst_assert(n > 0);
    hst_sort_values(values, n);
    return values[(n - 1) / 2] + (values[n / 2] - values[(n - 1) / 2]) / 2;
}

/** Two-sided quantile of Student's t for n values. */
static double t_quantile(size_t n, double confidence)
{
    hst_assert(confidence > 0);
    hst_assert(confidence < 1);
    return gsl_cdf_tdist_Pinv((1 + confidence) / 2, (double)(n - 1));
}

static hst_interval around(double mean, double variance, size_t n, double confidence)
{
    hst_interval out = {mean, -(double)INFINITY, (double)INFINITY, confidence, n};
    if (n > 1) {
        const double half_width = t_quantile(n, confidence) * sqrt(variance / (double)n);
        out.low = mean - half_width;
        out.high = mean + half_width;
    }
    return out;
}

hst_interval hst_mean_interval_t(const double *values, size_t n, double confidence)
{
    return around(hst_mean(values, n), hst_variance(values, n), n, confidence);
}

hst_interval hst_paired_difference(const double *a, const double *b, size_t n, double confidence)
{
    hst_assert(n > 0);
    double mean = 0; /* Welford's recurrence: no copy of the differences is needed */
    double squares = 0;
    for (size_t i = 0; i < n; i++) {
        const double difference = a[i] - b[i];
        const double step = difference - mean;
        mean += step / (double)(i + 1);
        squares += step * (difference - mean);
    }
    return around(mean, n > 1 ? squares / (double)(n - 1) : 0, n, confidence);
}

bool hst_half_width_reached(
    const double *values, size_t n, double confidence, double half_width_max, size_t n_min)
{
    hst_assert(half_width_max > 0);
    hst_assert(n_min >= 2);
    if (n < n_min) {
        return false;
    }
    /* Chow and Robbins add 1/n to the variance, in units in which the wanted width is 1. */
    const double scaled = hst_variance(values, n) / (half_width_max * half_width_max);
    const double t = t_quantile(n, confidence);
    return (scaled + 1 / (double)n) * t * t <= (double)n;
}

bool hst_half_width_reached_relative(
    const double *values, size_t n, double confidence, double share_max, size_t n_min)
{
    hst_assert(share_max > 0);
    if (n < n_min) {
        return false;
    }
    const double wanted = fabs(hst_mean(values, n)) * share_max / (1 + share_max);
    return wanted > 0 && hst_half_width_reached(values, n, confidence, wanted, n_min);
}
