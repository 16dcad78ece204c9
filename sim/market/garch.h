/** @file sim/market/garch.h
 * GARCH(1,1) with Student-t shocks: recursion, closed forms, likelihood and its maximum.
 *
 *   r_t = mu + e_t,   e_t = sqrt(h_t) z_t,   h_{t+1} = omega + alpha e_t^2 + beta h_t
 *
 * z has unit variance and Student's t distribution with nu degrees of freedom. Before the first
 * return, e^2 and h both stand at the mean squared residual (the rule of the FCP benchmark).
 *
 * Units     any unit of return, squared for h and omega; the project uses percent a day.
 * Errors    HST_INVALID (fewer than HST_GARCH_RETURNS_MIN returns, or no variance), HST_MISMATCH
 *           (no convergence), HST_NO_MEMORY.
 * Threads   pure functions; a fit allocates through GSL for the time of the call.
 * Cost      likelihood about 60 ns a return; a fit takes some thousand likelihoods.
 * Source    Bollerslev 1986, 1987; Fiorentini, Calzolari, Panattoni, "Analytic derivatives and the
 *           computation of GARCH estimates", J. Applied Econometrics 11, 1996; Nelder, Mead 1965.
 */
#ifndef HST_SIM_MARKET_GARCH_H
#define HST_SIM_MARKET_GARCH_H

#include "core/base/status.h"

#include <stddef.h>
#include <stdint.h>

enum { HST_GARCH_RETURNS_MIN = 250 /**< fewest returns a fit takes */ };

/** The five numbers of the model. */
typedef struct hst_garch {
    double mu;    /**< mean return */
    double omega; /**< > 0 */
    double alpha; /**< >= 0 */
    double beta;  /**< >= 0, alpha + beta < 1 */
    double nu;    /**< > 2; infinite = normal shocks */
} hst_garch;

/** A model fitted to returns. Standard errors are negative when the likelihood is not curved there
 * (a parameter at its bound). */
typedef struct hst_garch_fit {
    hst_garch model;           /**< the maximum */
    hst_garch error;           /**< standard errors from the Hessian, or else the outer product */
    double log_likelihood;     /**< at the maximum, natural logarithm */
    double variance_presample; /**< mean squared residual at the fitted mean */
    uint32_t return_count;     /**< returns used */
} hst_garch_fit;

/** Next variance after a residual. */
static inline double hst_garch_next(const hst_garch *model, double residual, double variance)
{
    return model->omega + model->alpha * residual * residual + model->beta * variance;
}

/** Long-run variance omega / (1 - alpha - beta). */
double hst_garch_variance(const hst_garch *model);

/** Kurtosis (3 = normal) of returns, or infinity where the fourth moment does not exist:
 * k (1 - p^2) / (1 - p^2 - (k - 1) alpha^2), p = alpha + beta, k the kurtosis of z. */
double hst_garch_kurtosis(const hst_garch *model);

/** Autocorrelation of squared residuals at a lag >= 1, for a finite fourth moment. */
double hst_garch_square_autocorrelation(const hst_garch *model, unsigned lag);

/** Log-likelihood of returns[count]; minus infinity outside the parameters' ranges. */
double hst_garch_log_likelihood(const hst_garch *model, const double *returns, size_t count);

/** Maximum likelihood with Student-t shocks, or normal ones when `normal` is not 0; with normal
 * ones to a root of the score, so to more digits than a search by likelihood alone gives. */
HST_NODISCARD hst_status hst_garch_fit_returns(const double *returns,
                                               size_t count,
                                               int normal,
                                               hst_garch_fit *out);

/** The same with mu held at 0, for forecasts that claim no drift. */
HST_NODISCARD hst_status hst_garch_fit_driftless(const double *returns,
                                                 size_t count,
                                                 int normal,
                                                 hst_garch_fit *out);

#endif
