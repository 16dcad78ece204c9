#include "sim/market/ou.h"

#include "core/base/assert.h"
#include "core/base/real.h"

#include <math.h>

static const double ln_2 = 0.6931471805599453;

double hst_ou_keep(int64_t half_life_ns, int64_t time_ns)
{
    hst_assert(half_life_ns > 0);
    hst_assert(time_ns >= 0);
    return hst_exp(-ln_2 * (double)time_ns / (double)half_life_ns);
}

hst_ou hst_ou_make(double mean, double sd, int64_t half_life_ns, int64_t step_ns)
{
    hst_assert(step_ns > 0);
    hst_assert(sd >= 0.0);
    const double keep = hst_ou_keep(half_life_ns, step_ns);
    return (hst_ou){
        .mean = mean, .sd = sd, .keep = keep, .kick = sd * sqrt((1.0 - keep) * (1.0 + keep))};
}
