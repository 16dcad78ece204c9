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

/* Blocks of every class live at once, in an order drawn from a fixed seed: each keeps its own bytes
 * until it is given back, and comes back zeroed. */
static void live_blocks_never_share_a_byte(void **state)
{
    (void)state;
    enum { SLOTS = 64, STEPS = 4000, SIZE_MAX_BITS = 15 };
    const hst_memory memory = hst_os_memory();
    unsigned char *blocks[SLOTS] = {0};
    size_t sizes[SLOTS] = {0};
    uint64_t draw = 1;
    for (unsigned step = 0; step < STEPS; step++) {
        draw = draw * UINT64_C(6364136223846793005) + 1442695040888963407U;
        const unsigned slot = (unsigned)(draw >> 40) % SLOTS;
        const unsigned char mark = (unsigned char)(slot + 1);
        for (size_t i = 0; i < sizes[slot]; i++) {
            assert_int_equal(blocks[slot][i], mark);
        }
        memory.release(memory.context, blocks[slot], sizes[slot]);
        sizes[slot] = 1 + (size_t)((draw >> 20) & ((UINT64_C(1) << (draw >> 60)) - 1));
        assert_true(sizes[slot] <= (size_t)1 << SIZE_MAX_BITS);
        blocks[slot] = memory.acquire(memory.context, sizes[slot]);
        assert_non_null(blocks[slot]);
        for (size_t i = 0; i < sizes[slot]; i++) {
            assert_int_equal(blocks[slot][i], 0);
        }
        memset(blocks[slot], mark, sizes[slot]);
    }
    for (unsigned slot = 0; slot < SLOTS; slot++) {
        memory.release(memory.context, blocks[slot], sizes[slot]);
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
        cmocka_unit_test(live_blocks_never_share_a_byte),
        cmocka_unit_test(absurd_sizes_give_null),
        cmocka_unit_test(the_peak_grows_with_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
