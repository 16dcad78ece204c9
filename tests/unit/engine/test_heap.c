#include "sim/engine/heap.h"

#include "tests/unit/engine/engine_test.h"

static void random_steps_agree_with_a_sorted_list(void **state)
{
    (void)state;
    test_memory books = {.fail_at = SIZE_MAX};
    static reference_list expected;
    for (uint64_t seed = 0; seed < 20; seed++) {
        hst_random stream = test_stream(seed);
        const uint64_t bound = seed % 2 == 0 ? 4 : UINT64_C(1) << 60;
        hst_event_heap heap;
        assert_int_equal(hst_event_heap_init(&heap, test_memory_of(&books), seed), HST_OK);
        expected.count = 0;
        for (uint32_t i = 0; i < 3000; i++) {
            const bool filling = i < 1500;
            if (expected.count == 0 || hst_random_below(&stream, 4) < (filling ? 3U : 1U)) {
                const hst_event event =
                    event_at((int64_t)hst_random_below(&stream, bound), i, &stream);
                assert_int_equal(hst_event_heap_push(&heap, &event), HST_OK);
                reference_push(&expected, &event);
            } else {
                const hst_event wanted = reference_pop(&expected);
                assert_same_event(hst_event_heap_least(&heap), &wanted);
                hst_event got;
                hst_event_heap_pop(&heap, &got);
                assert_same_event(&got, &wanted);
            }
            assert_int_equal(heap.count, expected.count);
        }
        hst_event_heap_release(&heap);
    }
    assert_int_equal(books.held, 0);
    assert_int_equal(books.bytes, 0);
}

static void no_memory_leaves_the_heap_as_it_was(void **state)
{
    (void)state;
    test_memory books = {.fail_at = 0};
    hst_event_heap heap;
    assert_int_equal(hst_event_heap_init(&heap, test_memory_of(&books), 0), HST_NO_MEMORY);
    books.fail_at = 2; /* the first growth */
    assert_int_equal(hst_event_heap_init(&heap, test_memory_of(&books), 0), HST_OK);
    hst_random stream = test_stream(3);
    uint32_t pushed = 0;
    hst_status status = HST_OK;
    while (status == HST_OK) {
        const hst_event event = event_at(pushed, pushed, &stream);
        status = hst_event_heap_push(&heap, &event);
        pushed += status == HST_OK;
    }
    assert_int_equal(status, HST_NO_MEMORY);
    assert_int_equal(heap.count, pushed);
    for (uint32_t i = 0; i < pushed; i++) {
        hst_event got;
        hst_event_heap_pop(&heap, &got);
        assert_int_equal(got.time_ns, i);
    }
    hst_event_heap_release(&heap);
    assert_int_equal(books.held, 0);
}

static void popping_an_empty_heap_fires_an_assertion(void **state)
{
    (void)state;
    static test_memory books = {.fail_at = SIZE_MAX};
    static hst_event_heap heap;
    static hst_event got;
    assert_int_equal(hst_event_heap_init(&heap, test_memory_of(&books), 0), HST_OK);
    expect_assert_fires(hst_event_heap_pop(&heap, &got));
    hst_event_heap_release(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_steps_agree_with_a_sorted_list),
        cmocka_unit_test(no_memory_leaves_the_heap_as_it_was),
        cmocka_unit_test(popping_an_empty_heap_fires_an_assertion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
