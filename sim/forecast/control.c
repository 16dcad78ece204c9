#include "sim/forecast/control.h"

#include "core/base/assert.h"
#include "core/base/random.h"

#include "sim/base/purpose.h"

#include <math.h>

void hst_control_random_walk(uint64_t seed, double *returns, size_t count)
{
    hst_control_planted(seed, 0.0, returns, count);
}

void hst_control_planted(uint64_t seed, double phi, double *returns, size_t count)
{
    hst_assert(phi >= 0.0 && phi < 1.0);
    hst_random stream = hst_random_stream(seed, 0, 0, HST_PURPOSE_FX);
    const double own = sqrt(1.0 - phi * phi);
    double last = hst_random_normal(&stream); /* stationary from the start */
    for (size_t t = 0; t < count; t++) {
        last = phi * last + own * hst_random_normal(&stream);
        returns[t] = last;
    }
}

void hst_control_shuffle(uint64_t seed, double *returns, size_t count)
{
    hst_random stream = hst_random_stream(seed, 0, 1, HST_PURPOSE_FX);
    for (size_t left = count; left > 1; left--) {
        const size_t other = (size_t)hst_random_below(&stream, left);
        const double kept = returns[left - 1];
        returns[left - 1] = returns[other];
        returns[other] = kept;
    }
}
