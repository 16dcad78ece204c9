/* Columns: items keep their place while the column grows. */
#include "core/ledger/column.h"

#include "tests/support/expect_assert.h"
#include "tests/support/test_memory.h"

static void items_stay_where_they_are(void **state)
{
    (void)state;
    enum { ITEMS = 5000 };
    test_memory books = {.fail_at = SIZE_MAX};
    hst_held_memory memory = {.host = test_memory_of(&books)};
    static uint32_t *places[ITEMS];
    hst_column column;
    hst_column_init(&column, sizeof(uint32_t), 0);
    for (uint32_t i = 0; i < ITEMS; i++) {
        assert_int_equal(hst_column_reserve(&column, &memory, 1), HST_OK);
        places[i] = hst_column_at(&column, column.count++);
        *places[i] = i;
    }
    for (uint32_t i = 0; i < ITEMS; i++) {
        assert_ptr_equal(places[i], hst_column_at(&column, i));
        assert_int_equal(*places[i], i);
    }
    assert_true(memory.held > 0);
    hst_column_release(&column, &memory);
    assert_int_equal(memory.held, 0);
    assert_int_equal(books.held, 0);
}

static void a_run_ends_with_its_page_or_the_count(void **state)
{
    (void)state;
    test_memory books = {.fail_at = SIZE_MAX};
    hst_held_memory memory = {.host = test_memory_of(&books)};
    hst_column column;
    hst_column_init(&column, 1, 0); /* pages of 16, 16, 32, 64 */
    assert_int_equal(hst_column_reserve(&column, &memory, 100), HST_OK);
    column.count = 100;
    assert_int_equal(hst_column_run(&column, 0), 16);
    assert_int_equal(hst_column_run(&column, 15), 1);
    assert_int_equal(hst_column_run(&column, 16), 16);
    assert_int_equal(hst_column_run(&column, 33), 31);
    assert_int_equal(hst_column_run(&column, 64), 36);
    assert_int_equal(hst_column_run(&column, 99), 1);
    hst_column_release(&column, &memory);
}

static void a_plan_is_one_page(void **state)
{
    (void)state;
    test_memory books = {.fail_at = SIZE_MAX};
    hst_held_memory memory = {.host = test_memory_of(&books)};
    hst_column column;
    hst_column_init(&column, 8, 1000);
    assert_int_equal(hst_column_plan(&column, &memory), HST_OK);
    assert_int_equal(column.capacity, 1024);
    assert_int_equal(books.requests, 1);
    hst_column_release(&column, &memory);
}

static void without_memory_the_column_stays_as_it_was(void **state)
{
    (void)state;
    test_memory books = {.fail_at = 1};
    hst_held_memory memory = {.host = test_memory_of(&books)};
    hst_column column;
    hst_scratch scratch = {0};
    hst_column_init(&column, 8, 0);
    assert_int_equal(hst_column_reserve(&column, &memory, 1), HST_OK);
    assert_int_equal(hst_column_reserve(&column, &memory, 17), HST_NO_MEMORY);
    assert_int_equal(column.capacity, 16);
    books.fail_at = books.requests;
    assert_int_equal(hst_scratch_reserve(&scratch, &memory, 10), HST_NO_MEMORY);
    assert_int_equal(hst_scratch_reserve(&scratch, &memory, 10), HST_OK);
    books.fail_at = books.requests;
    assert_int_equal(hst_scratch_reserve(&scratch, &memory, 10), HST_OK);
    assert_int_equal(hst_scratch_reserve(&scratch, &memory, 11), HST_NO_MEMORY);
    assert_int_equal(scratch.size, 10);
    hst_scratch_release(&scratch, &memory);
    hst_column_release(&column, &memory);
    assert_int_equal(books.held, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_stay_where_they_are),
        cmocka_unit_test(a_run_ends_with_its_page_or_the_count),
        cmocka_unit_test(a_plan_is_one_page),
        cmocka_unit_test(without_memory_the_column_stays_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
