/** @file sim/forecast/compare.h
 * Is one forecast better than another, or was it luck?
 *
 *   Diebold-Mariano   mean loss difference over its long-run standard error (Bartlett's window, so
 *                     that neighbouring errors may be related), with Harvey, Leybourne and
 *                     Newbold's correction and Student's t
 *   Clark-West        the same question where the smaller model is nested in the larger one: the
 *                     larger one's squared error carries the noise of its estimated parameters,
 *                     which is taken out before comparing; one-sided
 *   share             Clopper and Pearson's exact interval for hits and for coverage
 *
 * Units     losses in the caller's; probabilities in [0, 1].
 * Errors    none; n >= 2 and lags < n are the caller's duty.
 * Threads   pure functions; GSL's error handler is not touched.
 * Cost      n * lags.
 * Source    Diebold, Mariano, J. Business Econ. Stat. 13, 1995; Harvey, Leybourne, Newbold, Int. J.
 *           Forecasting 13, 1997; Newey, West, Econometrica 55, 1987; Clark, West, J. Econometrics
 *           138, 2007; Clopper, Pearson, Biometrika 26, 1934.
 */
#ifndef HST_SIM_FORECAST_COMPARE_H
#define HST_SIM_FORECAST_COMPARE_H

#include "sim/statistics/statistics.h"

#include <stddef.h>

/** Outcome of a comparison. */
typedef struct hst_comparison {
    double difference; /**< mean; Diebold-Mariano: loss - reference's, negative = better */
    double statistic;  /**< standardised; 0 when the losses do not differ at all */
    double p;          /**< probability of it by chance */
    double p_holm;     /**< the same after Holm's correction, once somebody has applied it */
} hst_comparison;

/** Long-run variance of the mean of values[n] times n: Bartlett weights up to `lags`. */
double hst_long_run_variance(const double *values, size_t n, size_t lags);

/** Diebold and Mariano's test of losses of forecasts `horizon` steps ahead; two-sided. Negative
 * statistics say that `loss` is the better. */
hst_comparison hst_diebold_mariano(
    const double *loss, const double *reference, size_t n, size_t horizon, size_t lags);

/** Clark and West's test that the larger model adds nothing; one-sided: a large positive statistic
 * says that it does. */
hst_comparison hst_clark_west(
    const double *actual, const double *smaller, const double *larger, size_t n, size_t lags);

/** A share and its exact interval; hits <= n, n > 0. */
hst_interval hst_share_interval(size_t hits, size_t n, double confidence);

#endif
