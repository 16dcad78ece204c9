/** @file tests/unit/forecast/support.h
 * What the tests of sim/forecast share.
 */
#ifndef HST_TESTS_UNIT_FORECAST_SUPPORT_H
#define HST_TESTS_UNIT_FORECAST_SUPPORT_H

#include "core/base/random.h"

#include "sim/base/os_memory.h"
#include "sim/base/purpose.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/** Compare doubles within an absolute tolerance, saying both on failure. */
#define assert_near(got, wanted, tolerance)                                                        \
    do {                                                                                           \
        const double near_got = (got);                                                             \
        const double near_wanted = (wanted);                                                       \
        if (!(fabs(near_got - near_wanted) <= (tolerance))) {                                      \
            fail_msg("%s is %.12g, not %.12g", #got, near_got, near_wanted);                       \
        }                                                                                          \
    } while (0)

/** A stream of a test's own. */
static inline hst_random stream_of(uint64_t seed)
{
    return hst_random_stream(seed, 0, 0, HST_PURPOSE_TEST);
}

#endif
