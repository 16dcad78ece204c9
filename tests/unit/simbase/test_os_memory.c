#include "sim/base/os_memory.h"

#include "tests/support/expect_assert.h"

#include <string.h>

static void blocks_of_any_size_are_zeroed_and_aligned(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 63, 64, 65, 4096, (4 << 20) - 1, 4 << 20, (5 << 20) + 3};
    const hst_memory memory = hst_os_memory();
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (int again = 0; again < 2; again++) { /* what was used before comes back zeroed */
            unsigned char *p = memory.acquire(memory.context, sizes[i]);
            assert_non_null(p);
            assert_int_equal((uintptr_t)p % 64, 0);
            assert_int_equal(p[0], 0);
            assert_int_equal(memcmp(p, p + 1, sizes[i] - 1), 0);
            memset(p, 0xff, sizes[i]);
            memory.release(memory.context, p, sizes[i]);
        }
    }
}

static void absurd_sizes_give_null(void **state)
{
    (void)state;
    const hst_memory memory = hst_os_memory();
    assert_null(memory.acquire(memory.context, SIZE_MAX));
    assert_null(memory.acquire(memory.context, (size_t)1 << 60));
    memory.release(memory.context, NULL, 10);
    expect_assert_fires((void)memory.acquire(memory.context, 0));
}

static void the_peak_grows_with_use(void **state)
{
    (void)state;
    const hst_memory memory = hst_os_memory();
    const size_t before = hst_os_memory_peak_bytes();
    assert_true(before > 0);
    const size_t size = before + ((size_t)8 << 20);
    unsigned char *p = memory.acquire(memory.context, size);
    assert_non_null(p);
    memset(p, 1, size);
    assert_true(hst_os_memory_peak_bytes() >= size);
    memory.release(memory.context, p, size);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_of_any_size_are_zeroed_and_aligned),
        cmocka_unit_test(absurd_sizes_give_null),
        cmocka_unit_test(the_peak_grows_with_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
