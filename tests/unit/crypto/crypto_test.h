/** @file tests/unit/crypto/crypto_test.h
 * What the tests of this folder share: memory from the C library with a budget, hexadecimal text,
 * random bytes, and assertions seen to fire.
 */
#ifndef HST_TESTS_UNIT_CRYPTO_CRYPTO_TEST_H
#define HST_TESTS_UNIT_CRYPTO_CRYPTO_TEST_H

#include "core/base/arena.h"
#include "core/base/assert.h"
#include "core/base/random.h"
#include "core/crypto/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/** Where a failed assertion returns to; one per test program. */
static jmp_buf test_assertion_exit;

/** Replaces the trap: the failing call is abandoned. */
_Noreturn void hst_assert_failed(const char *condition, const char *file, int line)
{
    (void)condition;
    (void)file;
    (void)line;
    longjmp(test_assertion_exit, 1); /* NOLINT(cert-err52-cpp): the only way out of the call */
}

/** Whether call(context) stops at an assertion. */
static inline bool assertion_fires(void (*call)(void *context), void *context)
{
    if (setjmp(test_assertion_exit) != 0) { /* NOLINT(cert-err52-cpp): as above */
        return true;
    }
    call(context);
    return false;
}

/** Give `size` bytes while `*context` calls are left; NULL context: always. */
static void *test_acquire(void *context, size_t size)
{
    unsigned *calls_left = context;
    if (calls_left != NULL && (*calls_left)-- == 0) {
        return NULL;
    }
    const size_t rounded = (size + 63) / 64 * 64;
    void *block = aligned_alloc(64, rounded);
    return block == NULL ? NULL : memset(block, 0, rounded);
}

static void test_release(void *context, void *block, size_t size)
{
    (void)context;
    (void)size;
    free(block);
}

/** An arena on the C library; `calls_left` makes the host run out after that many chunks. */
static inline hst_arena test_arena(unsigned *calls_left)
{
    hst_arena arena;
    const hst_memory memory = {calls_left, test_acquire, test_release};
    hst_arena_init(&arena, memory, 1 << 16);
    return arena;
}

/** A stream of random numbers for a seed. */
static inline hst_random test_random(uint64_t seed)
{
    return (hst_random){.key = seed, .counter = 0};
}

static inline void test_fill_random(hst_random *random, void *bytes, size_t size)
{
    unsigned char *p = bytes;
    for (size_t i = 0; i < size; i++) {
        p[i] = (unsigned char)hst_random_u64(random);
    }
}

/** Uniform enough for tests in {0, ..., bound - 1}. */
static inline uint64_t test_below(hst_random *random, uint64_t bound)
{
    return hst_random_u64(random) % bound;
}

/** Compare a hash with its expected text. */
#define assert_hash_is(hash, expected_hex)                                                         \
    do {                                                                                           \
        const hst_hash hash_seen = (hash);                                                         \
        char hash_text[HST_HASH_HEX_LENGTH + 1];                                                   \
        hst_hash_to_hex(&hash_seen, hash_text);                                                    \
        assert_string_equal(hash_text, (expected_hex));                                            \
    } while (0)

/** Compare two hashes, showing both as text. */
#define assert_hash_equal(a, b)                                                                    \
    do {                                                                                           \
        const hst_hash hash_right = (b);                                                           \
        char hash_right_text[HST_HASH_HEX_LENGTH + 1];                                             \
        hst_hash_to_hex(&hash_right, hash_right_text);                                             \
        assert_hash_is((a), hash_right_text);                                                      \
    } while (0)

#endif
