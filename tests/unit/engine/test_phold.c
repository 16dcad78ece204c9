#include "sim/engine/phold.h"

#include "tests/unit/engine/engine_test.h"

#include <inttypes.h>

static hst_phold_plan plan_of(hst_phold_delay delay, uint32_t timer_of_256)
{
    return (hst_phold_plan){.entity_count = 300,
                            .event_count = 1000,
                            .remote_of_256 = 64,
                            .timer_of_256 = timer_of_256,
                            .kind_count = 4,
                            .delay = delay,
                            .seed = 42};
}

/** What a run comes to. */
typedef struct outcome {
    hst_event_hash hash;
    uint64_t state;
    int64_t now_ns;
    hst_kernel_counters counters;
    uint64_t traced;
} outcome;

static outcome
run(const hst_phold_plan *plan, hst_queue_kind queue, bool traced, uint64_t event_count)
{
    test_memory books = {.fail_at = SIZE_MAX};
    hst_phold *phold = NULL;
    assert_int_equal(hst_phold_create(plan, queue, traced, test_memory_of(&books), &phold), HST_OK);
    assert_int_equal(hst_phold_run(phold, event_count), HST_OK);
    const hst_kernel *const kernel = hst_phold_kernel(phold);
    const outcome result = {.hash = hst_kernel_hash(kernel),
                            .state = hst_phold_state(hst_phold_entities(phold)),
                            .now_ns = hst_kernel_now(kernel),
                            .counters = hst_kernel_count(kernel),
                            .traced = hst_phold_trace_count(phold)};
    hst_phold_destroy(phold);
    assert_int_equal(books.held, 0);
    return result;
}

static void ladder_and_heap_execute_the_same_events(void **state)
{
    (void)state;
    for (int delay = 0; delay < HST_PHOLD_DELAY_COUNT; delay++) {
        for (uint32_t timers = 0; timers <= 256; timers += 64) {
            const hst_phold_plan plan = plan_of((hst_phold_delay)delay, timers);
            const outcome ladder = run(&plan, HST_QUEUE_LADDER, false, 8000);
            const outcome heap = run(&plan, HST_QUEUE_HEAP, false, 8000);
            if (ladder.hash.low != heap.hash.low || ladder.hash.high != heap.hash.high) {
                fail_msg("%s with %u timers differs", hst_phold_delay_name((hst_phold_delay)delay),
                         (unsigned)timers);
            }
            assert_true(ladder.state == heap.state);
            assert_memory_equal(&ladder.counters, &heap.counters, sizeof ladder.counters);
            assert_true((timers == 0) == (ladder.counters.cancelled == 0));
        }
    }
}

/* Hashes pinned once: everything is integers and IEEE basic operations, so any compiler, -O level
 * and machine must give them. A change here is a change of what a seed means. */
static void hashes_are_those_of_every_other_machine(void **state)
{
    (void)state;
    static const uint64_t expected[HST_PHOLD_DELAY_COUNT][2] = {
        {UINT64_C(0xe4e008dd878310e5), UINT64_C(0x2fbc180ce07f2318)},
        {UINT64_C(0x9678182f1bf84a20), UINT64_C(0xc4a8f3c01ca70010)},
        {UINT64_C(0x4cb9f282dfb1526d), UINT64_C(0x2c900d112fab64fc)},
        {UINT64_C(0x927db3f428ebf290), UINT64_C(0x74e4c3df78ce3e3e)},
        {UINT64_C(0xaeb05e8afa19af10), UINT64_C(0x44e35b028a6265e2)},
        {UINT64_C(0xd5f46ab15e0d538f), UINT64_C(0x45b119221946d30f)},
    };
    bool equal = true;
    for (int delay = 0; delay < HST_PHOLD_DELAY_COUNT; delay++) {
        const hst_phold_plan plan = plan_of((hst_phold_delay)delay, 64);
        const hst_event_hash hash = run(&plan, HST_QUEUE_LADDER, false, 10000).hash;
        if (hash.low != expected[delay][0] || hash.high != expected[delay][1]) {
            print_error("%s: {UINT64_C(0x%016" PRIx64 "), UINT64_C(0x%016" PRIx64 ")},\n",
                        hst_phold_delay_name((hst_phold_delay)delay), hash.low, hash.high);
            equal = false;
        }
    }
    assert_true(equal);
}

static void the_number_pending_stays_as_planned(void **state)
{
    (void)state;
    const hst_phold_plan plan = plan_of(HST_PHOLD_EXPONENTIAL, 64);
    const outcome result = run(&plan, HST_QUEUE_LADDER, false, 20000);
    assert_int_equal(result.counters.pending, plan.event_count);
    assert_int_equal(result.counters.executed, 20000);
    assert_true(result.counters.stale > 0);
    /* 20 events each of 1000 chains at 1 s on average, the chains' timers moved now and then. */
    assert_in_range(result.now_ns, INT64_C(17000000000), INT64_C(23000000000));
}

static void a_trace_sees_every_event_and_changes_none(void **state)
{
    (void)state;
    const hst_phold_plan plan = plan_of(HST_PHOLD_EXPONENTIAL, 64);
    const outcome plain = run(&plan, HST_QUEUE_LADDER, false, 5000);
    const outcome traced = run(&plan, HST_QUEUE_LADDER, true, 5000);
    assert_int_equal(plain.traced, 0);
    assert_int_equal(traced.traced, 5000);
    assert_memory_equal(&plain.hash, &traced.hash, sizeof plain.hash);
}

static void seeds_differ(void **state)
{
    (void)state;
    hst_phold_plan plan = plan_of(HST_PHOLD_EXPONENTIAL, 0);
    const outcome one = run(&plan, HST_QUEUE_LADDER, false, 100);
    plan.seed++;
    const outcome other = run(&plan, HST_QUEUE_LADDER, false, 100);
    assert_true(one.hash.low != other.hash.low);
}

static void delays_have_their_pattern(void **state)
{
    (void)state;
    enum { DRAWS = 20000 };
    const double mean_s[HST_PHOLD_DELAY_COUNT] = {1.0, 360.045, 1.25, -1, 0.0505, 0.5};
    for (int delay = 0; delay < HST_PHOLD_DELAY_COUNT; delay++) {
        hst_random stream = test_stream(30);
        double sum_s = 0;
        for (int i = 0; i < DRAWS; i++) {
            const int64_t now_ns = (int64_t)(hst_random_u64(&stream) >> 20);
            const int64_t drawn = hst_phold_delay_draw((hst_phold_delay)delay, now_ns, &stream);
            assert_true(drawn >= 0);
            assert_true(delay != HST_PHOLD_MILLISECONDS || drawn % 1000000 == 0);
            assert_true(delay != HST_PHOLD_PARETO || drawn >= 1000000);
            sum_s += 1e-9 * (double)drawn;
        }
        const double mean = sum_s / DRAWS;
        if (mean_s[delay] > 0) {
            assert_true(mean > 0.93 * mean_s[delay]);
            assert_true(mean < 1.07 * mean_s[delay]);
        }
    }
}

static void no_memory_is_reported_and_everything_given_back(void **state)
{
    (void)state;
    const hst_phold_plan plan = plan_of(HST_PHOLD_EXPONENTIAL, 64);
    size_t fail_at = 0;
    for (hst_status status = HST_NO_MEMORY; status != HST_OK; fail_at++) {
        test_memory books = {.fail_at = fail_at};
        hst_phold *phold = NULL;
        status = hst_phold_create(&plan, HST_QUEUE_LADDER, true, test_memory_of(&books), &phold);
        if (status == HST_OK) {
            status = hst_phold_run(phold, 2000);
            hst_phold_destroy(phold);
        }
        assert_true(status == HST_OK || status == HST_NO_MEMORY);
        assert_int_equal(books.held, 0);
    }
    hst_phold_destroy(NULL); /* fine */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ladder_and_heap_execute_the_same_events),
        cmocka_unit_test(hashes_are_those_of_every_other_machine),
        cmocka_unit_test(the_number_pending_stays_as_planned),
        cmocka_unit_test(a_trace_sees_every_event_and_changes_none),
        cmocka_unit_test(seeds_differ),
        cmocka_unit_test(delays_have_their_pattern),
        cmocka_unit_test(no_memory_is_reported_and_everything_given_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
