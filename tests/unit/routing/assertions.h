/** @file tests/unit/routing/assertions.h
 * See an assertion fire: include once in a test's only file. One that fires unasked prints the
 * subject and seed that the test has set.
 */
#ifndef HST_TESTS_UNIT_ROUTING_ASSERTIONS_H
#define HST_TESTS_UNIT_ROUTING_ASSERTIONS_H

#include "core/base/assert.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static jmp_buf expected_assertion;
static int assertion_expected;
static const char *assertion_subject = "";
static unsigned assertion_seed;

_Noreturn void hst_assert_failed(const char *condition, const char *file, int line)
{
    if (assertion_expected) {
        longjmp(expected_assertion, 1);
    }
    (void)fprintf(stderr, "%s:%d: assertion failed: %s (%s, seed %u)\n", file, line, condition,
                  assertion_subject, assertion_seed);
    abort();
}

/** The call must fail an assertion. */
#define EXPECT_ASSERTION(call)                                                                     \
    do {                                                                                           \
        assertion_expected = 1;                                                                    \
        if (setjmp(expected_assertion) == 0) {                                                     \
            call;                                                                                  \
            assertion_expected = 0;                                                                \
            fail_msg("no assertion fired: %s", #call);                                             \
        }                                                                                          \
        assertion_expected = 0;                                                                    \
    } while (0)

#endif
