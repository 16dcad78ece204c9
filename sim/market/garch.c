#include "sim/market/garch.h"

#include "core/base/assert.h"

#include <math.h>

static double shock_kurtosis(double nu)
{
    if (isinf(nu)) {
        return 3.0;
    }
    return nu > 4.0 ? 3.0 * (nu - 2.0) / (nu - 4.0) : (double)INFINITY;
}

double hst_garch_variance(const hst_garch *model)
{
    const double persistence = model->alpha + model->beta;
    hst_assert(persistence < 1.0);
    hst_assert(model->omega > 0.0);
    return model->omega / (1.0 - persistence);
}

double hst_garch_kurtosis(const hst_garch *model)
{
    const double persistence = model->alpha + model->beta;
    hst_assert(persistence < 1.0);
    const double kurtosis = shock_kurtosis(model->nu);
    if (isinf(kurtosis)) {
        return (double)INFINITY;
    }
    const double numerator = 1.0 - persistence * persistence;
    const double denominator = numerator - (kurtosis - 1.0) * model->alpha * model->alpha;
    return denominator > 0.0 ? kurtosis * numerator / denominator : (double)INFINITY;
}

double hst_garch_square_autocorrelation(const hst_garch *model, unsigned lag)
{
    hst_assert(lag >= 1);
    const double a = model->alpha;
    const double b = model->beta;
    double rho = a * (1.0 - a * b - b * b) / (1.0 - 2.0 * a * b - b * b);
    for (unsigned k = 1; k < lag; k++) {
        rho *= a + b;
    }
    return rho;
}
