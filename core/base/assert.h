/** @file core/base/assert.h
 * Assertions that stay on in release builds.
 *
 * hst_assert(c)       precondition, postcondition or invariant of O(1) cost; always checked.
 * hst_assert_slow(c)  the same at O(n) cost; checked when HST_SLOW_CHECKS is defined (debug and
 *                     sanitizer builds), never evaluated otherwise.
 *
 * A failed assertion is a programmer error: hst_assert_failed() is called and does not return. It
 * is a weak symbol that traps; the host replaces it to print, tests to see the assertion fire.
 */
#ifndef HST_CORE_BASE_ASSERT_H
#define HST_CORE_BASE_ASSERT_H

/** Called with the failed condition; must not return. Weak: hosts and tests define their own. */
_Noreturn void hst_assert_failed(const char *condition, const char *file, int line);

/** Stop unless `condition` holds. */
#define hst_assert(condition)                                                                      \
    do {                                                                                           \
        if (__builtin_expect(!(condition), 0)) {                                                   \
            hst_assert_failed(#condition, __FILE__, __LINE__);                                     \
        }                                                                                          \
    } while (0)

#if !defined(NDEBUG) || defined(HST_SLOW_CHECKS)
/** Stop unless `condition` holds, in debug and sanitizer builds; elsewhere never evaluated. */
#    define hst_assert_slow(condition) hst_assert(condition)
#else
#    define hst_assert_slow(condition)                                                             \
        do {                                                                                       \
        } while (0)
#endif

#endif
