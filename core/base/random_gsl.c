#include "core/base/random_gsl.h"

#include "core/base/assert.h"

#include <stddef.h>

static void gsl_seat(void *state, unsigned long seed)
{
    *(hst_random *)state = hst_random_stream(seed, 0, 0, 0);
}

/* Thirty-two bits: GSL's integer sampler adds one to the range, which 64 bits would overflow. */
static unsigned long gsl_get(void *state)
{
    return (unsigned long)(hst_random_u64(state) >> 32);
}

static double gsl_get_double(void *state)
{
    return hst_random_uniform(state);
}

static const gsl_rng_type stream_type = {
    .name = "herstatt-stream",
    .max = UINT32_MAX,
    .min = 0,
    .size = sizeof(hst_random),
    .set = gsl_seat,
    .get = gsl_get,
    .get_double = gsl_get_double,
};

const gsl_rng_type *hst_random_gsl_type(void)
{
    return &stream_type;
}

void hst_random_gsl_seat(gsl_rng *rng, hst_random stream)
{
    hst_assert(rng != NULL);
    hst_assert(rng->type == &stream_type);
    *(hst_random *)rng->state = stream;
}

gsl_rng hst_random_gsl_view(hst_random *stream)
{
    hst_assert(stream != NULL);
    return (gsl_rng){.type = &stream_type, .state = stream};
}
