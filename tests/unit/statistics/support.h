/** @file tests/unit/statistics/support.h
 * What the tests of sim/statistics share.
 */
#ifndef HST_TESTS_UNIT_STATISTICS_SUPPORT_H
#define HST_TESTS_UNIT_STATISTICS_SUPPORT_H

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

#endif
