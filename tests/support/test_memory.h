/** @file tests/support/test_memory.h
 * An hst_memory for tests: counts what is held, and fails the k-th request.
 *
 * Sweep k from 0 upward until the code under test succeeds, and every out-of-memory path has run;
 * `held` must be 0 after each round.
 */
#ifndef HST_TESTS_SUPPORT_TEST_MEMORY_H
#define HST_TESTS_SUPPORT_TEST_MEMORY_H

#include "core/base/arena.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/** Books of a test memory; set fail_at to SIZE_MAX to never fail. */
typedef struct test_memory {
    size_t requests; /**< acquire calls so far */
    size_t fail_at;  /**< index of the request that gets NULL */
    size_t held;     /**< blocks not given back */
    size_t bytes;    /**< bytes not given back */
} test_memory;

static void *test_memory_acquire(void *context, size_t size)
{
    test_memory *books = context;
    if (books->requests++ == books->fail_at) {
        return NULL;
    }
    const size_t length = (size + 63) / 64 * 64;
    void *p = aligned_alloc(64, length);
    if (p != NULL) {
        memset(p, 0, length);
        books->held++;
        books->bytes += size;
    }
    return p;
}

static void test_memory_release(void *context, void *p, size_t size)
{
    test_memory *books = context;
    books->held--;
    books->bytes -= size;
    free(p);
}

/** The hst_memory that keeps `books`. */
static inline hst_memory test_memory_of(test_memory *books)
{
    return (hst_memory){
        .context = books, .acquire = test_memory_acquire, .release = test_memory_release};
}

#endif
