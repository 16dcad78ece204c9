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

/** What the one test program is doing; assertions have no other way to reach it. */
static struct {
    jmp_buf expecting;
    int expected;
    const char *subject;
    unsigned seed;
} assertion = {.subject = ""}; // NOLINT(cppcoreguidelines-avoid-non-const-global-variables): above

_Noreturn void hst_assert_failed(const char *condition, const char *file, int line)
{
    if (assertion.expected) {
        longjmp(assertion.expecting, 1);
    }
    (void)fprintf(stderr, "%s:%d: assertion failed: %s (%s, seed %u)\n", file, line, condition,
                  assertion.subject, assertion.seed);
    abort();
}

/** The call must fail an assertion. */
#define EXPECT_ASSERTION(call)                                                                     \
    do {                                                                                           \
        assertion.expected = 1;                                                                    \
        if (setjmp(assertion.expecting) == 0) {                                                    \
            call;                                                                                  \
            assertion.expected = 0;                                                                \
            fail_msg("no assertion fired: %s", #call);                                             \
        }                                                                                          \
        assertion.expected = 0;                                                                    \
    } while (0)

#endif
