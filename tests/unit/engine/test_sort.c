#include "sim/engine/sort.h"

#include "tests/unit/engine/engine_test.h"

enum { COUNT_MAX = 2000 };

/** Sort `count` events with times below `bound`, in the given arrangement, and compare. */
static void check(size_t count, uint64_t bound, int arrangement)
{
    static hst_event events[COUNT_MAX];
    static hst_event scratch[COUNT_MAX];
    static reference_list expected;
    hst_random stream = test_stream(count * 10 + bound);
    expected.count = 0;
    for (size_t i = 0; i < count; i++) {
        events[i] = event_at((int64_t)hst_random_below(&stream, bound), (uint32_t)i, &stream);
        reference_push(&expected, &events[i]);
    }
    for (size_t i = 0; arrangement != 0 && i < count; i++) {
        events[i] = expected.events[arrangement == 1 ? i : count - 1 - i];
    }
    hst_event_sort(events, count, count <= HST_SORT_INSERTION_MAX ? NULL : scratch);
    for (size_t i = 0; i < count; i++) {
        assert_same_event(&events[i], &expected.events[i]);
    }
}

static void rows_of_any_length_come_out_sorted(void **state)
{
    (void)state;
    const size_t counts[] = {0,  1,  2,  3,  15, 16, 17,  31,  32,  33,   47,   48,
                             49, 63, 64, 65, 95, 96, 127, 128, 129, 1000, 1025, COUNT_MAX};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        for (int arrangement = 0; arrangement < 3; arrangement++) {
            check(counts[i], UINT64_C(1) << 62, arrangement);
            check(counts[i], 3, arrangement);
            check(counts[i], 1, arrangement);
        }
    }
}

static void a_long_row_without_scratch_fires_an_assertion(void **state)
{
    (void)state;
    static hst_event events[HST_SORT_INSERTION_MAX + 1];
    expect_assert_fires(hst_event_sort(events, HST_SORT_INSERTION_MAX + 1, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_any_length_come_out_sorted),
        cmocka_unit_test(a_long_row_without_scratch_fires_an_assertion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
