#include "sim/forecast/score.h"

#include "core/base/assert.h"

#include <math.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sf_gamma.h>

/* Scale of Student's t with that standard deviation. */
static double student_scale(double sd, double nu)
{
    return sd * sqrt((nu - 2.0) / nu);
}

static void check(double sd, double nu)
{
    hst_assert(sd > 0.0);
    hst_assert(nu > 2.0);
}

double hst_crps(double sd, double nu, double value)
{
    check(sd, nu);
    if (isinf(nu)) {
        const double z = value / sd;
        return sd * (z * (2.0 * gsl_cdf_ugaussian_P(z) - 1.0) + 2.0 * gsl_ran_ugaussian_pdf(z) -
                     1.0 / M_SQRTPI);
    }
    const double scale = student_scale(sd, nu);
    const double z = value / scale;
    const double betas = exp(gsl_sf_lnbeta(0.5, nu - 0.5) - 2.0 * gsl_sf_lnbeta(0.5 * nu, 0.5));
    return scale * (z * (2.0 * gsl_cdf_tdist_P(z, nu) - 1.0) +
                    2.0 * gsl_ran_tdist_pdf(z, nu) * (nu + z * z) / (nu - 1.0) -
                    2.0 * sqrt(nu) / (nu - 1.0) * betas);
}

double hst_log_score(double sd, double nu, double value)
{
    check(sd, nu);
    if (isinf(nu)) {
        const double z = value / sd;
        return -0.5 * (M_LN2 + M_LNPI + z * z) - log(sd);
    }
    const double scale = student_scale(sd, nu);
    const double z = value / scale;
    return gsl_sf_lngamma(0.5 * (nu + 1.0)) - gsl_sf_lngamma(0.5 * nu) - 0.5 * log(nu) -
           0.5 * M_LNPI - 0.5 * (nu + 1.0) * log1p(z * z / nu) - log(scale);
}

double hst_density_half_width(double sd, double nu, double coverage)
{
    check(sd, nu);
    hst_assert(coverage > 0.0 && coverage < 1.0);
    const double upper = 0.5 + 0.5 * coverage;
    return isinf(nu) ? sd * gsl_cdf_ugaussian_Pinv(upper)
                     : student_scale(sd, nu) * gsl_cdf_tdist_Pinv(upper, nu);
}
