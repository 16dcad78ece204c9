/** @file core/base/random_gsl.h
 * A keyed stream as a GSL generator, so GSL's distributions and tests draw from it.
 *
 * Only for set-up, analysis and tests: GSL's samplers use the C library's log and exp, whose last
 * bit differs between machines, so what simulations draw comes from core/base/random.h itself.
 *
 *   hst_random stream = hst_random_stream(seed, replication, entity, purpose);
 *   gsl_rng rng = hst_random_gsl_view(&stream);
 *   x = gsl_ran_gamma(&rng, a, b);                 // advances `stream`
 *
 * Memory    hst_random_gsl_view borrows the stream; a gsl_rng_alloc'ed one holds its own state.
 * Threads   as the stream.
 * Limits    uses GSL's headers only: nothing of libgsl is needed to link this file.
 */
#ifndef HST_CORE_BASE_RANDOM_GSL_H
#define HST_CORE_BASE_RANDOM_GSL_H

#include "core/base/random.h"

#include <gsl/gsl_rng.h>

/** The generator type for gsl_rng_alloc; gsl_rng_set(seed) seats hst_random_stream(seed, 0, 0, 0).
 */
const gsl_rng_type *hst_random_gsl_type(void);

/** Seat a keyed stream in a generator allocated with hst_random_gsl_type. */
void hst_random_gsl_seat(gsl_rng *rng, hst_random stream);

/** A generator that draws from, and advances, `stream`; nothing to free. */
gsl_rng hst_random_gsl_view(hst_random *stream);

#endif
