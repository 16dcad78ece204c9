#include "sim/engine/event_queue.h"
#include "sim/engine/ladder.h"
#include "sim/engine/phold_model.h"

#include "tests/unit/engine/engine_test.h"

/** Both event sets side by side; the heap is the oracle where a list would be too slow. */
typedef struct twins {
    test_memory books;
    hst_event_queue ladder;
    hst_event_queue heap;
    hst_random stream;
    uint32_t number;
    int64_t now_ns;
    uint32_t depth_max; /* deepest the ladder was seen */
    size_t late_max;    /* most late events seen */
} twins;

static void twins_start(twins *t, uint64_t seed)
{
    memset(t, 0, sizeof *t);
    t->books.fail_at = SIZE_MAX;
    t->stream = test_stream(seed);
    const hst_memory memory = test_memory_of(&t->books);
    assert_int_equal(hst_event_queue_init(&t->ladder, HST_QUEUE_LADDER, memory, 0), HST_OK);
    assert_int_equal(hst_event_queue_init(&t->heap, HST_QUEUE_HEAP, memory, 0), HST_OK);
}

static void twins_push(twins *t, int64_t time_ns)
{
    const hst_event event = event_at(time_ns, t->number++, &t->stream);
    hst_event_queue_push(&t->ladder, &event);
    hst_event_queue_push(&t->heap, &event);
    t->late_max =
        t->ladder.ladder.late.count > t->late_max ? t->ladder.ladder.late.count : t->late_max;
    t->depth_max = t->ladder.ladder.depth > t->depth_max ? t->ladder.ladder.depth : t->depth_max;
}

/** Take one event up to `until_ns` out of both; they agree. */
static bool twins_pop(twins *t, int64_t until_ns)
{
    hst_event a;
    hst_event b;
    const bool found = hst_event_queue_pop(&t->ladder, until_ns, &a);
    assert_int_equal(hst_event_queue_pop(&t->heap, until_ns, &b), found);
    assert_int_equal(t->ladder.count, t->heap.count);
    t->depth_max = t->ladder.ladder.depth > t->depth_max ? t->ladder.ladder.depth : t->depth_max;
    if (found) {
        assert_same_event(&a, &b);
        assert_true(a.time_ns >= t->now_ns);
        t->now_ns = a.time_ns;
    }
    return found;
}

static void twins_drain(twins *t)
{
    while (twins_pop(t, INT64_MAX)) {
    }
    assert_int_equal(t->ladder.count, 0);
}

static void twins_stop(twins *t)
{
    assert_int_equal(hst_event_queue_status(&t->ladder), HST_OK);
    hst_event_queue_release(&t->ladder);
    hst_event_queue_release(&t->heap);
    assert_int_equal(t->books.held, 0);
    assert_int_equal(t->books.bytes, 0);
}

static void random_interleavings_agree_with_a_sorted_list(void **state)
{
    (void)state;
    static reference_list expected;
    for (uint64_t seed = 0; seed < 60; seed++) {
        test_memory books = {.fail_at = SIZE_MAX};
        hst_random stream = test_stream(seed);
        const hst_phold_delay delay = (hst_phold_delay)(seed % HST_PHOLD_DELAY_COUNT);
        hst_ladder ladder;
        assert_int_equal(hst_ladder_init(&ladder, test_memory_of(&books), 100), HST_OK);
        expected.count = 0;
        int64_t now_ns = 0;
        uint32_t number = 0;
        while (number < 1500) {
            for (uint64_t left = hst_random_below(&stream, 120); left > 0; left--) {
                const int64_t time_ns = now_ns + hst_phold_delay_draw(delay, now_ns, &stream);
                const hst_event event = event_at(time_ns, number++, &stream);
                hst_ladder_push(&ladder, &event);
                reference_push(&expected, &event);
            }
            for (uint64_t left = hst_random_below(&stream, 110); left > 0; left--) {
                hst_event got;
                const bool found = hst_ladder_pop(&ladder, INT64_MAX, &got);
                if (found != (expected.count > 0)) {
                    fail_msg("seed %u: found %d", (unsigned)seed, found);
                }
                if (!found) {
                    break;
                }
                const hst_event wanted = reference_pop(&expected);
                if (memcmp(&got, &wanted, sizeof got) != 0) {
                    fail_msg("seed %u: event %u differs", (unsigned)seed, (unsigned)number);
                }
                now_ns = got.time_ns;
            }
        }
        hst_ladder_release(&ladder);
        assert_int_equal(books.held, 0);
    }
}

static void every_delay_pattern_agrees_with_the_heap(void **state)
{
    (void)state;
    static twins t;
    for (int delay = 0; delay < HST_PHOLD_DELAY_COUNT; delay++) {
        twins_start(&t, 100 + (uint64_t)delay);
        for (int i = 0; i < 5000; i++) {
            twins_push(&t, hst_phold_delay_draw((hst_phold_delay)delay, 0, &t.stream));
        }
        for (int i = 0; i < 10000; i++) {
            assert_true(twins_pop(&t, INT64_MAX));
            twins_push(&t, t.now_ns +
                               hst_phold_delay_draw((hst_phold_delay)delay, t.now_ns, &t.stream));
        }
        twins_drain(&t);
        twins_stop(&t);
    }
}

static void any_number_of_events_comes_out_sorted(void **state)
{
    (void)state;
    static twins t;
    const uint32_t sort_max = HST_LADDER_SORT_MAX;
    const uint32_t full = HST_LADDER_BUCKET_MAX * HST_LADDER_SPREAD;
    const uint32_t counts[] = {0,
                               1,
                               2,
                               HST_CHUNK_EVENTS,
                               HST_CHUNK_EVENTS + 1,
                               sort_max - 1,
                               sort_max,
                               sort_max + 1,
                               2 * sort_max,
                               full - 1,
                               full,
                               full + 1};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        for (unsigned bits = 0; bits <= 62; bits += 31) {
            twins_start(&t, i);
            for (uint32_t j = 0; j < counts[i]; j++) {
                twins_push(&t, (int64_t)hst_random_below(&t.stream, UINT64_C(1) << bits));
            }
            assert_int_equal(t.ladder.count, counts[i]);
            twins_drain(&t);
            twins_stop(&t);
        }
    }
}

static void an_empty_queue_gives_nothing_and_takes_events_again(void **state)
{
    (void)state;
    static twins t;
    twins_start(&t, 4);
    assert_false(twins_pop(&t, INT64_MAX));
    for (int i = 0; i < 100; i++) {
        twins_push(&t, t.now_ns + i);
        assert_true(twins_pop(&t, INT64_MAX));
        assert_false(twins_pop(&t, INT64_MAX));
    }
    assert_int_equal(t.number, 100);
    twins_stop(&t);
}

static void times_up_to_the_last_nanosecond_are_ordered(void **state)
{
    (void)state;
    static twins t;
    twins_start(&t, 5);
    for (int i = 0; i < 300; i++) {
        twins_push(&t, INT64_MAX - (int64_t)hst_random_below(&t.stream, 50));
        twins_push(&t, INT64_MAX);
        twins_push(&t, (int64_t)hst_random_below(&t.stream, 50));
        twins_push(&t, (int64_t)(hst_random_u64(&t.stream) >> 1));
    }
    for (int i = 0; i < 600; i++) {
        assert_true(twins_pop(&t, INT64_MAX));
        if (i % 2 == 0) {
            twins_push(&t, INT64_MAX - (INT64_MAX - t.now_ns) / 2);
            twins_push(&t, INT64_MAX);
        }
    }
    twins_drain(&t);
    assert_true(t.now_ns == INT64_MAX);
    twins_push(&t, INT64_MAX); /* the last nanosecond may still schedule into itself */
    twins_drain(&t);
    twins_stop(&t);
}

static void equal_times_are_ordered_by_their_ties(void **state)
{
    (void)state;
    static twins t;
    twins_start(&t, 6);
    for (int i = 0; i < 3000; i++) {
        twins_push(&t, 1000);
        twins_push(&t, 1001);
    }
    for (int i = 0; i < 3000; i++) {
        assert_true(twins_pop(&t, INT64_MAX));
        twins_push(&t, i % 2 == 0 ? t.now_ns : 1002);
    }
    twins_drain(&t);
    twins_stop(&t);
}

static void clusters_within_clusters_use_every_rung_and_stay_ordered(void **state)
{
    (void)state;
    static twins t;
    twins_start(&t, 7);
    for (unsigned cluster = 0; cluster < 21; cluster++) {
        for (int i = 0; i < 100; i++) {
            const uint64_t width = UINT64_C(1) << (62 - 3 * cluster);
            twins_push(&t, (int64_t)hst_random_below(&t.stream, width));
        }
    }
    for (int i = 0; i < 200; i++) {
        assert_true(twins_pop(&t, INT64_MAX));
        twins_push(&t, t.now_ns + (int64_t)hst_random_below(&t.stream, 1000));
    }
    twins_drain(&t);
    assert_int_equal(t.depth_max, HST_LADDER_RUNG_MAX);
    twins_stop(&t);
}

static void a_crowded_bucket_is_split_whether_it_is_full_or_hollow(void **state)
{
    (void)state;
    static twins t;
    /* The first bucket of the first rung is 2^32 or 2^33 ns wide and holds all but a few events:
     * spread over it, then all in a corner of it, then at two times. */
    const unsigned bits[] = {32, 20, 1};
    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++) {
        twins_start(&t, 40 + i);
        for (int j = 0; j < 6000; j++) {
            twins_push(&t, (int64_t)hst_random_below(&t.stream, UINT64_C(1) << bits[i]));
            if (j % 60 == 0) {
                twins_push(&t, (int64_t)hst_random_below(&t.stream, UINT64_C(1) << 40));
            }
        }
        for (int j = 0; j < 3000; j++) {
            assert_true(twins_pop(&t, INT64_MAX));
            twins_push(&t, t.now_ns + (int64_t)hst_random_below(&t.stream, UINT64_C(1) << 31));
        }
        twins_drain(&t);
        assert_true(t.depth_max >= 2);
        twins_stop(&t);
    }
}

static void many_events_before_a_far_one_become_a_rung_of_their_own(void **state)
{
    (void)state;
    static twins t;
    twins_start(&t, 8);
    const int64_t day_ns = INT64_C(86400) * 1000000000;
    twins_push(&t, 0);
    twins_push(&t, day_ns);
    assert_true(twins_pop(&t, INT64_MAX));
    /* The run now spans the day: all that follows is late until it is laid out anew. */
    for (int i = 0; i < 5000; i++) {
        twins_push(&t, (int64_t)hst_random_below(&t.stream, 1000000000));
    }
    assert_true(t.depth_max > 0);
    assert_true(t.late_max <= HST_LADDER_LATE_MAX + 1);
    for (int i = 0; i < 5000; i++) {
        assert_true(twins_pop(&t, day_ns - 1));
        if (i % 2 == 0) {
            twins_push(&t, t.now_ns + (int64_t)hst_random_below(&t.stream, 1000000000));
        }
    }
    twins_drain(&t);
    assert_true(t.now_ns == day_ns);
    twins_stop(&t);
}

static void events_at_the_start_of_a_new_rung_keep_their_order(void **state)
{
    (void)state;
    static twins t;
    for (uint64_t seed = 0; seed < 20; seed++) {
        twins_start(&t, seed);
        twins_push(&t, 0);
        twins_push(&t, 1000000);
        assert_true(twins_pop(&t, INT64_MAX));
        for (int i = 0; t.depth_max == 0; i++) {
            assert_true(i < 1000);
            twins_push(&t, 1 + (int64_t)hst_random_below(&t.stream, 3));
        }
        /* Laid out anew with events at 1 in the first bucket; more of them come. */
        for (int i = 0; i < 100; i++) {
            twins_push(&t, (int64_t)hst_random_below(&t.stream, 4));
        }
        twins_drain(&t);
        twins_stop(&t);
    }
}

static void late_events_that_cannot_be_spread_stay_in_the_heap(void **state)
{
    (void)state;
    static twins t;
    twins_start(&t, 9);
    twins_push(&t, 0);
    twins_push(&t, 100);
    assert_true(twins_pop(&t, INT64_MAX));
    assert_true(twins_pop(&t, INT64_MAX));
    for (int i = 0; i < 2000; i++) {
        twins_push(&t, 100);
    }
    assert_true(t.late_max == 2000);
    twins_drain(&t);
    twins_stop(&t);
}

static void pop_leaves_events_after_the_limit(void **state)
{
    (void)state;
    static twins t;
    twins_start(&t, 10);
    for (int i = 0; i < 400; i++) {
        twins_push(&t, (int64_t)hst_random_below(&t.stream, 10000));
    }
    for (int64_t until_ns = 0; until_ns < 10000; until_ns += 7) {
        while (twins_pop(&t, until_ns)) {
            assert_true(t.now_ns <= until_ns);
            if (hst_random_below(&t.stream, 4) == 0) {
                twins_push(&t, t.now_ns + (int64_t)hst_random_below(&t.stream, 20));
            }
        }
    }
    twins_drain(&t);
    twins_stop(&t);
}

static void each_event_of_a_run_is_looked_ahead_to_once_and_in_order(void **state)
{
    (void)state;
    static twins t;
    twins_start(&t, 11);
    for (int i = 0; i < 1000; i++) {
        twins_push(&t, (int64_t)hst_random_below(&t.stream, 1000000));
    }
    size_t seen = 0;
    size_t popped = 0;
    hst_event last = {0};
    while (twins_pop(&t, INT64_MAX)) {
        popped++;
        const hst_event *ahead = NULL;
        const size_t count = hst_event_queue_ahead(&t.ladder, 6, 16, &ahead);
        assert_true(count <= 16);
        for (size_t i = 0; i < count; i++) {
            assert_true(hst_event_before(&last, &ahead[i]));
            last = ahead[i];
        }
        seen += count;
        assert_true(hst_event_queue_ahead(&t.heap, 6, 16, &ahead) == 0);
    }
    assert_int_equal(popped, 1000);
    assert_in_range(seen, 900, 1000); /* the first of a run is popped before it could be seen */
    twins_stop(&t);
}

static void no_memory_is_remembered_and_everything_given_back(void **state)
{
    (void)state;
    size_t fail_at = 0;
    for (hst_status status = HST_NO_MEMORY; status != HST_OK; fail_at++) {
        test_memory books = {.fail_at = fail_at};
        hst_random stream = test_stream(12);
        hst_ladder ladder;
        status = hst_ladder_init(&ladder, test_memory_of(&books), 0);
        if (status == HST_OK) {
            /* Enough for more slabs, a long run with its merge scratch, and a large late heap. */
            for (uint32_t i = 0; i < 5000; i++) {
                const hst_event event = event_at(i < 3000 ? 50 : i, i, &stream);
                hst_ladder_push(&ladder, &event);
            }
            hst_event got;
            hst_event last = {0};
            uint32_t number = 5000;
            while (hst_ladder_pop(&ladder, INT64_MAX, &got) && ladder.status == HST_OK) {
                assert_true(last.time_ns <= got.time_ns);
                last = got;
                for (int i = 0; got.time_ns == 50 && number < 8000 && i < 2; i++) {
                    const hst_event event = event_at(50, number++, &stream);
                    hst_ladder_push(&ladder, &event);
                }
            }
            status = ladder.status;
            hst_ladder_release(&ladder);
        }
        assert_true(status == HST_OK || status == HST_NO_MEMORY);
        assert_int_equal(books.held, 0);
        assert_int_equal(books.bytes, 0);
    }
    assert_true(fail_at > 8); /* every kind of block was refused once */
}

static void misuse_fires_an_assertion(void **state)
{
    (void)state;
    static test_memory books = {.fail_at = SIZE_MAX};
    static hst_ladder ladder;
    static hst_event_queue queue;
    assert_int_equal(hst_ladder_init(&ladder, test_memory_of(&books), 0), HST_OK);
    static const hst_event negative = {.time_ns = -1};
    expect_assert_fires(hst_ladder_push(&ladder, &negative));
    expect_assert_fires(hst_ignore(hst_ladder_init(&ladder, (hst_memory){NULL, NULL, NULL}, 0)));
    expect_assert_fires(
        hst_ignore(hst_event_queue_init(&queue, (hst_queue_kind)7, test_memory_of(&books), 0)));
    hst_ladder_release(&ladder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_interleavings_agree_with_a_sorted_list),
        cmocka_unit_test(every_delay_pattern_agrees_with_the_heap),
        cmocka_unit_test(any_number_of_events_comes_out_sorted),
        cmocka_unit_test(an_empty_queue_gives_nothing_and_takes_events_again),
        cmocka_unit_test(times_up_to_the_last_nanosecond_are_ordered),
        cmocka_unit_test(equal_times_are_ordered_by_their_ties),
        cmocka_unit_test(clusters_within_clusters_use_every_rung_and_stay_ordered),
        cmocka_unit_test(a_crowded_bucket_is_split_whether_it_is_full_or_hollow),
        cmocka_unit_test(many_events_before_a_far_one_become_a_rung_of_their_own),
        cmocka_unit_test(events_at_the_start_of_a_new_rung_keep_their_order),
        cmocka_unit_test(late_events_that_cannot_be_spread_stay_in_the_heap),
        cmocka_unit_test(pop_leaves_events_after_the_limit),
        cmocka_unit_test(each_event_of_a_run_is_looked_ahead_to_once_and_in_order),
        cmocka_unit_test(no_memory_is_remembered_and_everything_given_back),
        cmocka_unit_test(misuse_fires_an_assertion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
