#include "sim/forecast/compare.h"

#include "core/base/assert.h"

#include <math.h>

#include <gsl/gsl_cdf.h>

/* A series formed as it is read, so that nothing is allocated. */
typedef double (*term)(const double *const series[3], size_t t);

static double loss_difference(const double *const series[3], size_t t)
{
    return series[0][t] - series[1][t];
}

static double adjusted_difference(const double *const series[3], size_t t)
{
    const double smaller = series[0][t] - series[1][t];
    const double larger = series[0][t] - series[2][t];
    const double apart = series[1][t] - series[2][t];
    return smaller * smaller - (larger * larger - apart * apart);
}

static double plain(const double *const series[3], size_t t)
{
    return series[0][t];
}

static double
long_run(term f, const double *const series[3], size_t n, size_t lags, double *mean_out)
{
    hst_assert(n >= 2 && n > lags);
    double mean = 0.0;
    for (size_t t = 0; t < n; t++) {
        mean += f(series, t) / (double)n;
    }
    double variance = 0.0;
    for (size_t lag = 0; lag <= lags; lag++) {
        double covariance = 0.0;
        for (size_t t = lag; t < n; t++) {
            covariance += (f(series, t) - mean) * (f(series, t - lag) - mean);
        }
        const double weight = 1.0 - (double)lag / (double)(lags + 1);
        variance += (lag == 0 ? 1.0 : 2.0 * weight) * covariance / (double)n;
    }
    *mean_out = mean;
    return variance;
}

double hst_long_run_variance(const double *values, size_t n, size_t lags)
{
    const double *const series[3] = {values, NULL, NULL};
    double mean = 0.0;
    return long_run(plain, series, n, lags, &mean);
}

/* Mean of the terms over its standard error; 0 where they do not vary. */
static double
standardised(term f, const double *const series[3], size_t n, size_t lags, double *mean)
{
    const double variance = long_run(f, series, n, lags, mean);
    return variance > 0.0 ? *mean / sqrt(variance / (double)n) : 0.0;
}

hst_comparison hst_diebold_mariano(
    const double *loss, const double *reference, size_t n, size_t horizon, size_t lags)
{
    hst_assert(horizon >= 1 && horizon < n);
    const double *const series[3] = {loss, reference, NULL};
    hst_comparison out = {.p = 1.0, .p_holm = 1.0};
    const double count = (double)n;
    const double h = (double)horizon;
    const double harvey = sqrt((count + 1.0 - 2.0 * h + h * (h - 1.0) / count) / count);
    out.statistic = harvey * standardised(loss_difference, series, n, lags, &out.difference);
    out.p = fmin(1.0, 2.0 * gsl_cdf_tdist_Q(fabs(out.statistic), count - 1.0));
    out.p_holm = out.p;
    return out;
}

hst_comparison hst_clark_west(
    const double *actual, const double *smaller, const double *larger, size_t n, size_t lags)
{
    const double *const series[3] = {actual, smaller, larger};
    hst_comparison out = {.p = 1.0, .p_holm = 1.0};
    out.statistic = standardised(adjusted_difference, series, n, lags, &out.difference);
    out.p = gsl_cdf_ugaussian_Q(out.statistic);
    out.p_holm = out.p;
    return out;
}

/* Where a beta distribution has `probability` below it. By bisection: the library's inverse does
 * not converge for some thousands of trials. */
static double beta_quantile(double probability, double a, double b)
{
    double low = 0.0;
    double high = 1.0;
    for (int i = 0; i < 60; i++) {
        const double middle = 0.5 * (low + high);
        *(gsl_cdf_beta_P(middle, a, b) < probability ? &low : &high) = middle;
    }
    return 0.5 * (low + high);
}

hst_interval hst_share_interval(size_t hits, size_t n, double confidence)
{
    hst_assert(n > 0 && hits <= n);
    hst_assert(confidence > 0.0 && confidence < 1.0);
    const double tail = 0.5 * (1.0 - confidence);
    const double k = (double)hits;
    const double rest = (double)(n - hits);
    return (hst_interval){
        .estimate = k / (double)n,
        .low = hits == 0 ? 0.0 : beta_quantile(tail, k, rest + 1.0),
        .high = hits == n ? 1.0 : beta_quantile(1.0 - tail, k + 1.0, rest),
        .confidence = confidence,
        .n = n,
    };
}
