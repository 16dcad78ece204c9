#include "core/base/parallel.h"
#include "core/base/random.h"

#include "tests/support/expect_assert.h"

#include <string.h>

enum { COUNT = 1000 };

typedef struct work {
    uint64_t results[COUNT];
    unsigned calls[COUNT];
    unsigned threads;
    size_t last_plus_one;
    bool in_order;
} work;

static void draw(void *context, size_t index, unsigned thread)
{
    work *w = context;
    hst_assert(thread < w->threads);
    hst_random stream = hst_random_stream(1, 0, index, 0);
    w->results[index] = hst_random_u64(&stream);
    w->calls[index]++;
}

static void every_index_is_called_once_with_equal_results(void **state)
{
    (void)state;
    static work serial;
    memset(&serial, 0, sizeof serial);
    serial.threads = 1;
    hst_parallel_for(COUNT, 1, draw, &serial);
    for (unsigned threads = 2; threads <= 5; threads++) {
        static work parallel;
        memset(&parallel, 0, sizeof parallel);
        parallel.threads = threads;
        hst_parallel_for(COUNT, threads, draw, &parallel);
        assert_memory_equal(parallel.results, serial.results, sizeof serial.results);
        for (size_t i = 0; i < COUNT; i++) {
            assert_int_equal(parallel.calls[i], 1);
        }
    }
}

static void note_order(void *context, size_t index, unsigned thread)
{
    work *w = context;
    w->in_order = w->in_order && index == w->last_plus_one && thread == 0;
    w->last_plus_one = index + 1;
}

static void one_thread_runs_in_order(void **state)
{
    (void)state;
    static work w;
    for (unsigned threads = 0; threads <= 1; threads++) {
        w.in_order = true;
        w.last_plus_one = 0;
        hst_parallel_for(COUNT, threads, note_order, &w);
        assert_true(w.in_order);
        assert_int_equal(w.last_plus_one, COUNT);
    }
}

static void nest(void *context, size_t index, unsigned thread)
{
    (void)thread;
    work *w = context;
    static const unsigned inner_threads = 4;
    work inner = {.in_order = true};
    hst_parallel_for(10, inner_threads, note_order, &inner);
    w->calls[index] = inner.in_order && inner.last_plus_one == 10;
}

static void a_nested_call_runs_serially(void **state)
{
    (void)state;
    static work w;
    memset(&w, 0, sizeof w);
    hst_parallel_for(20, 2, nest, &w);
    for (size_t i = 0; i < 20; i++) {
        assert_int_equal(w.calls[i], 1);
    }
}

static void no_work_makes_no_call(void **state)
{
    (void)state;
    static work w;
    w.threads = 3;
    memset(w.calls, 0, sizeof w.calls);
    hst_parallel_for(0, 3, draw, &w);
    assert_int_equal(w.calls[0], 0);
    assert_true(hst_parallel_processors() >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_index_is_called_once_with_equal_results),
        cmocka_unit_test(one_thread_runs_in_order),
        cmocka_unit_test(a_nested_call_runs_serially),
        cmocka_unit_test(no_work_makes_no_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
