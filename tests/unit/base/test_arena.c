#include "core/base/arena.h"

#include "tests/support/expect_assert.h"
#include "tests/support/test_memory.h"

static void blocks_are_zeroed_aligned_and_apart(void **state)
{
    (void)state;
    test_memory books = {.fail_at = SIZE_MAX};
    hst_arena arena;
    hst_arena_init(&arena, test_memory_of(&books), 4096);
    unsigned char *previous = NULL;
    for (size_t size = 1; size < 3000; size = size * 3 + 1) {
        unsigned char *p = hst_arena_alloc(&arena, size, 1);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % 64, 0);
        for (size_t i = 0; i < size; i++) {
            assert_int_equal(p[i], 0);
        }
        memset(p, 0xa5, size);
        assert_ptr_not_equal(p, previous);
        previous = p;
    }
    assert_true(arena.peak >= arena.used);
    hst_arena_release(&arena);
    assert_int_equal(books.held, 0);
    assert_int_equal(books.bytes, 0);
}

static void clearing_zeroes_what_is_handed_out_again(void **state)
{
    (void)state;
    test_memory books = {.fail_at = SIZE_MAX};
    hst_arena arena;
    hst_arena_init(&arena, test_memory_of(&books), 4096);
    memset(hst_arena_alloc(&arena, 1000, 1), 0xff, 1000);
    hst_arena_clear(&arena);
    assert_int_equal(arena.used, 0);
    const unsigned char *p = hst_arena_alloc(&arena, 1000, 1);
    for (size_t i = 0; i < 1000; i++) {
        assert_int_equal(p[i], 0);
    }
    assert_int_equal(books.requests, 1);
    hst_arena_release(&arena);
    assert_int_equal(books.held, 0);
}

static void no_memory_and_overflow_give_null_and_leave_it_valid(void **state)
{
    (void)state;
    test_memory books = {.fail_at = 0};
    hst_arena arena;
    hst_arena_init(&arena, test_memory_of(&books), 4096);
    assert_null(hst_arena_alloc(&arena, 10, 10));
    assert_null(hst_arena_alloc(&arena, SIZE_MAX / 2, 16));
    assert_non_null(HST_ARENA_NEW(&arena, uint32_t, 0));
    assert_non_null(HST_ARENA_NEW(&arena, uint32_t, 100000));
    hst_arena_release(&arena);
    assert_int_equal(books.held, 0);
}

static void items_of_no_size_are_a_programmer_error(void **state)
{
    (void)state;
    test_memory books = {.fail_at = SIZE_MAX};
    hst_arena arena;
    hst_arena_init(&arena, test_memory_of(&books), 4096);
    expect_assert_fires(hst_arena_alloc(&arena, 1, 0));
    hst_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_zeroed_aligned_and_apart),
        cmocka_unit_test(clearing_zeroes_what_is_handed_out_again),
        cmocka_unit_test(no_memory_and_overflow_give_null_and_leave_it_valid),
        cmocka_unit_test(items_of_no_size_are_a_programmer_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
