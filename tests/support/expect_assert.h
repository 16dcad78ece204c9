/** @file tests/support/expect_assert.h
 * See an assertion fire: include in one file of a test program.
 *
 *   expect_assert_fires(hst_random_below(&stream, 0));
 *
 * The header defines hst_assert_failed, which is weak in core. Outside the macro a failed assertion
 * fails the running test with its condition and place.
 */
#ifndef HST_TESTS_SUPPORT_EXPECT_ASSERT_H
#define HST_TESTS_SUPPORT_EXPECT_ASSERT_H

#include "core/base/assert.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* NOLINTBEGIN(cppcoreguidelines-avoid-non-const-global-variables): the hook has no context */
static jmp_buf expect_assert_jump;
static bool expect_assert_armed;
/* NOLINTEND(cppcoreguidelines-avoid-non-const-global-variables) */

_Noreturn void hst_assert_failed(const char *condition, const char *file, int line)
{
    if (expect_assert_armed) {
        expect_assert_armed = false;
        longjmp(expect_assert_jump, 1); /* NOLINT(cert-err52-cpp): this is C */
    }
    print_error("assertion failed: %s at %s:%d\n", condition, file, line);
    fail();
    abort();
}

/** Run `statement` and fail the test unless an assertion fires inside it. */
#define expect_assert_fires(statement)                                                             \
    do {                                                                                           \
        if (setjmp(expect_assert_jump) == 0) {                                                     \
            expect_assert_armed = true;                                                            \
            statement;                                                                             \
            expect_assert_armed = false;                                                           \
            fail_msg("no assertion fired in: %s", #statement);                                     \
        }                                                                                          \
    } while (0)

#endif
