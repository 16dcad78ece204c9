#include "sim/market/jump.h"

#include "core/base/assert.h"
#include "core/base/real.h"

#include <math.h>

double hst_jump_compensator(const hst_jump *law)
{
    return law->intensity * (hst_exp(law->mean + law->sd * law->sd / 2.0) - 1.0);
}

hst_jumps hst_jumps_make(const hst_jump *law, hst_random random)
{
    hst_assert(law->intensity >= 0.0);
    hst_assert(law->sd >= 0.0);
    hst_jumps jumps = {.law = *law, .drift = -hst_jump_compensator(law), .random = random};
    jumps.wait = law->intensity > 0.0 ? hst_random_exponential(&jumps.random) : (double)INFINITY;
    return jumps;
}

double hst_jumps_land(hst_jumps *jumps)
{
    double sum = 0.0;
    while (!(jumps->wait > 0.0)) {
        sum += jumps->law.mean + jumps->law.sd * hst_random_normal(&jumps->random);
        jumps->count++;
        jumps->wait += hst_random_exponential(&jumps->random);
    }
    return sum;
}
