#include "sim/engine/timer.h"

#include "tests/unit/engine/engine_test.h"

static void a_handle_names_its_timer_until_that_is_freed(void **state)
{
    (void)state;
    test_memory books = {.fail_at = SIZE_MAX};
    hst_timer_slots slots;
    assert_int_equal(hst_timer_slots_init(&slots, test_memory_of(&books), 0), HST_OK);
    hst_timer a;
    hst_timer b;
    assert_int_equal(hst_timer_slots_take(&slots, &a), HST_OK);
    assert_int_equal(hst_timer_slots_take(&slots, &b), HST_OK);
    assert_true(hst_timer_slots_find(&slots, a) != NULL);
    assert_true(hst_timer_slots_find(&slots, a) != hst_timer_slots_find(&slots, b));
    hst_timer_slots_free(&slots, a);
    assert_null(hst_timer_slots_find(&slots, a));
    assert_non_null(hst_timer_slots_find(&slots, b));
    hst_timer c;
    assert_int_equal(hst_timer_slots_take(&slots, &c), HST_OK);
    assert_int_equal(c.slot, a.slot); /* reused, and still the old handle is stale */
    assert_null(hst_timer_slots_find(&slots, a));
    assert_non_null(hst_timer_slots_find(&slots, c));
    hst_timer_slots_release(&slots);
    assert_int_equal(books.held, 0);
}

static void no_timer_names_nothing(void **state)
{
    (void)state;
    test_memory books = {.fail_at = SIZE_MAX};
    hst_timer_slots slots;
    assert_int_equal(hst_timer_slots_init(&slots, test_memory_of(&books), 0), HST_OK);
    assert_null(hst_timer_slots_find(&slots, (hst_timer){0, 0}));
    hst_timer_slots_release(&slots);
}

static void a_slot_whose_generations_are_used_up_is_retired(void **state)
{
    (void)state;
    test_memory books = {.fail_at = SIZE_MAX};
    hst_timer_slots slots;
    assert_int_equal(hst_timer_slots_init(&slots, test_memory_of(&books), 0), HST_OK);
    hst_timer timer;
    assert_int_equal(hst_timer_slots_take(&slots, &timer), HST_OK);
    slots.slots[timer.slot].generation = UINT32_MAX - 1;
    timer.generation = UINT32_MAX - 1;
    hst_timer_slots_free(&slots, timer);
    hst_timer last;
    assert_int_equal(hst_timer_slots_take(&slots, &last), HST_OK);
    assert_int_equal(last.slot, timer.slot);
    assert_true(last.generation == UINT32_MAX);
    hst_timer_slots_free(&slots, last);
    hst_timer other;
    assert_int_equal(hst_timer_slots_take(&slots, &other), HST_OK);
    assert_int_not_equal(other.slot, timer.slot);
    assert_null(hst_timer_slots_find(&slots, last));
    hst_timer_slots_release(&slots);
}

static void a_packed_handle_unpacks_to_itself(void **state)
{
    (void)state;
    const hst_timer timer = {0x89abcdef, 0x01234567};
    assert_true(hst_timer_pack(timer) == UINT64_C(0x0123456789abcdef));
    const hst_timer back = hst_timer_unpack(hst_timer_pack(timer));
    assert_true(back.slot == timer.slot);
    assert_true(back.generation == timer.generation);
}

static void no_memory_leaves_the_slots_as_they_were(void **state)
{
    (void)state;
    test_memory books = {.fail_at = 0};
    hst_timer_slots slots;
    assert_int_equal(hst_timer_slots_init(&slots, test_memory_of(&books), 0), HST_NO_MEMORY);
    books.fail_at = 2;
    assert_int_equal(hst_timer_slots_init(&slots, test_memory_of(&books), 0), HST_OK);
    hst_timer first;
    assert_int_equal(hst_timer_slots_take(&slots, &first), HST_OK);
    hst_timer timer;
    hst_status status = HST_OK;
    while (status == HST_OK) {
        status = hst_timer_slots_take(&slots, &timer);
    }
    assert_int_equal(status, HST_NO_MEMORY);
    assert_non_null(hst_timer_slots_find(&slots, first));
    assert_int_equal(hst_timer_slots_take(&slots, &timer), HST_OK); /* there is some again */
    assert_non_null(hst_timer_slots_find(&slots, first));
    hst_timer_slots_release(&slots);
    assert_int_equal(books.held, 0);
}

static void misuse_fires_an_assertion(void **state)
{
    (void)state;
    static test_memory books = {.fail_at = SIZE_MAX};
    static hst_timer_slots slots;
    static hst_timer timer;
    assert_int_equal(hst_timer_slots_init(&slots, test_memory_of(&books), 0), HST_OK);
    assert_int_equal(hst_timer_slots_take(&slots, &timer), HST_OK);
    hst_timer_slots_free(&slots, timer);
    expect_assert_fires(hst_timer_slots_free(&slots, timer));
    static const hst_timer unknown = {1, 1};
    expect_assert_fires((void)hst_timer_slots_find(&slots, unknown));
    hst_timer_slots_release(&slots);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_handle_names_its_timer_until_that_is_freed),
        cmocka_unit_test(no_timer_names_nothing),
        cmocka_unit_test(a_slot_whose_generations_are_used_up_is_retired),
        cmocka_unit_test(a_packed_handle_unpacks_to_itself),
        cmocka_unit_test(no_memory_leaves_the_slots_as_they_were),
        cmocka_unit_test(misuse_fires_an_assertion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
