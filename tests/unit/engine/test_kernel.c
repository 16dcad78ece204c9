#include "sim/engine/kernel.h"

#include "tests/unit/engine/engine_test.h"

/* A small model: each event is written to a log, and its kind says what the handler does next. */
enum {
    KIND_LOG,     /* nothing more */
    KIND_CASCADE, /* schedules `argument` events at now, with lower and higher priorities */
    KIND_CHAIN,   /* schedules itself `argument` times more, 10 ns apart */
    KIND_PAUSE,   /* pauses */
    KIND_FAIL,    /* fails with HST_REFUSED, then with another status */
    KIND_NOTE,    /* notes values in the trace */
    KIND_REARM,   /* sets a timer of its own kind in the slot it came from */
    KIND_UNUSED,  /* has no handler */
    KIND_COUNT
};

enum { LOG_MAX = 100000, SOURCE_COUNT = 1000 };

typedef struct world {
    hst_event log[LOG_MAX];
    size_t log_count;
    hst_trace_record trace[LOG_MAX];
    size_t trace_count;
    size_t trace_calls;
    size_t prefetch_count;
    hst_timer timer;
    test_memory books;
    hst_kernel *kernel;
} world;

static void log_event(world *w, hst_kernel *kernel, const hst_event *event)
{
    assert_true(w->log_count < LOG_MAX);
    assert_true(hst_kernel_now(kernel) == event->time_ns);
    w->log[w->log_count++] = *event;
}

static void on_log(void *context, hst_kernel *kernel, const hst_event *event)
{
    log_event(context, kernel, event);
}

static void on_cascade(void *context, hst_kernel *kernel, const hst_event *event)
{
    log_event(context, kernel, event);
    for (uint64_t i = 0; i < event->argument; i++) {
        hst_kernel_schedule(kernel, event->time_ns, (uint8_t)(9 - i), 1, 0, KIND_LOG, i);
    }
}

static void on_chain(void *context, hst_kernel *kernel, const hst_event *event)
{
    log_event(context, kernel, event);
    if (event->argument > 0) {
        hst_kernel_schedule(kernel, event->time_ns + 10, 0, event->target, event->target,
                            KIND_CHAIN, event->argument - 1);
    }
}

static void on_pause(void *context, hst_kernel *kernel, const hst_event *event)
{
    log_event(context, kernel, event);
    hst_kernel_pause(kernel);
}

static void on_fail(void *context, hst_kernel *kernel, const hst_event *event)
{
    log_event(context, kernel, event);
    hst_kernel_fail(kernel, HST_REFUSED);
    hst_kernel_fail(kernel, HST_IO);
}

static void on_note(void *context, hst_kernel *kernel, const hst_event *event)
{
    log_event(context, kernel, event);
    hst_trace_record *const record = hst_kernel_trace_record(kernel);
    if (record != NULL) {
        record->value[0] = event->argument * 2;
        record->value[2] = 5;
    }
}

static void on_rearm(void *context, hst_kernel *kernel, const hst_event *event)
{
    world *const w = context;
    log_event(w, kernel, event);
    assert_int_equal(event->flags, HST_EVENT_TIMER);
    assert_false(hst_kernel_timer_armed(kernel, w->timer));
    if (event->argument > 0) {
        w->timer = hst_kernel_timer_set(kernel, event->time_ns + 5, 0, 0, 0, KIND_REARM,
                                        event->argument - 1);
        assert_true(hst_kernel_timer_armed(kernel, w->timer));
    }
}

static const hst_handler handlers[KIND_COUNT] = {on_log,  on_cascade, on_chain, on_pause,
                                                 on_fail, on_note,    on_rearm, NULL};

static void take_trace(void *context, const hst_trace_record *records, size_t count)
{
    world *const w = context;
    assert_true(w->trace_count + count <= LOG_MAX);
    memcpy(&w->trace[w->trace_count], records, count * sizeof *records);
    w->trace_count += count;
    w->trace_calls++;
}

static void count_prefetch(void *context, const hst_event *event)
{
    world *const w = context;
    assert_true(event->target < SOURCE_COUNT);
    w->prefetch_count++;
}

static hst_kernel_config config_of(world *w, hst_queue_kind queue)
{
    return (hst_kernel_config){.memory = test_memory_of(&w->books),
                               .handlers = handlers,
                               .handler_count = KIND_COUNT,
                               .source_max = SOURCE_COUNT,
                               .queue = queue};
}

static world *start(hst_queue_kind queue)
{
    static world w; /* large, and visible to what a failed assertion leaves */
    memset(&w, 0, sizeof w);
    w.books.fail_at = SIZE_MAX;
    const hst_kernel_config config = config_of(&w, queue);
    assert_int_equal(hst_kernel_create(&config, &w.kernel), HST_OK);
    return &w;
}

static void stop(world *w)
{
    hst_kernel_destroy(w->kernel);
    assert_int_equal(w->books.held, 0);
    assert_int_equal(w->books.bytes, 0);
}

static void run_all(world *w)
{
    assert_int_equal(hst_kernel_run(w->kernel, w, INT64_MAX, UINT64_MAX), HST_OK);
    assert_int_equal(hst_kernel_stopped(w->kernel), HST_STOP_DRAINED);
}

static void check_books(const hst_kernel *kernel)
{
    const hst_kernel_counters c = hst_kernel_count(kernel);
    assert_true(c.scheduled == c.executed + c.cancelled + c.pending);
    assert_true(c.stale <= c.cancelled);
    assert_true(c.pending_peak <= c.scheduled);
}

static void log_at(hst_kernel *kernel, int64_t time_ns, uint64_t argument)
{
    hst_kernel_schedule(kernel, time_ns, 0, 0, 0, KIND_LOG, argument);
}

static void events_happen_in_total_order(void **state)
{
    (void)state;
    for (int queue = 0; queue < 2; queue++) {
        world *const w = start((hst_queue_kind)queue);
        hst_random stream = test_stream(20);
        for (int i = 0; i < 3000; i++) {
            hst_kernel_schedule(w->kernel, (int64_t)hst_random_below(&stream, 30),
                                (uint8_t)hst_random_below(&stream, 3),
                                (uint32_t)hst_random_below(&stream, 4), 0, KIND_LOG, 0);
        }
        run_all(w);
        assert_int_equal(w->log_count, 3000);
        for (size_t i = 1; i < w->log_count; i++) {
            assert_true(hst_event_before(&w->log[i - 1], &w->log[i]));
        }
        check_books(w->kernel);
        stop(w);
    }
}

static void a_handler_may_schedule_at_now_and_the_least_key_goes_next(void **state)
{
    (void)state;
    for (int queue = 0; queue < 2; queue++) {
        world *const w = start((hst_queue_kind)queue);
        hst_kernel_schedule(w->kernel, 7, 5, 0, 0, KIND_CASCADE, 4); /* priorities 9 8 7 6 */
        hst_kernel_schedule(w->kernel, 7, 7, 0, 0, KIND_LOG, 100);
        hst_kernel_schedule(w->kernel, 8, 0, 0, 0, KIND_LOG, 101);
        run_all(w);
        const uint64_t expected[] = {4, 3, 100, 2, 1, 0, 101};
        assert_int_equal(w->log_count, 7);
        for (size_t i = 0; i < 7; i++) {
            assert_int_equal(w->log[i].argument, expected[i]);
        }
        stop(w);
    }
}

static void a_source_keeps_the_order_of_its_own_events(void **state)
{
    (void)state;
    world *const w = start(HST_QUEUE_LADDER);
    for (uint64_t i = 0; i < 500; i++) {
        hst_kernel_schedule(w->kernel, 3, 0, 9, 0, KIND_LOG, i);
    }
    run_all(w);
    for (uint64_t i = 0; i < 500; i++) {
        assert_int_equal(w->log[i].argument, i);
        assert_int_equal(hst_event_sequence(&w->log[i]), i);
    }
    stop(w);
}

static void an_empty_kernel_drains_at_once(void **state)
{
    (void)state;
    world *const w = start(HST_QUEUE_LADDER);
    assert_int_equal(hst_kernel_stopped(w->kernel), HST_STOP_NONE);
    run_all(w);
    assert_true(hst_kernel_now(w->kernel) == 0);
    const hst_event_hash hash = hst_kernel_hash(w->kernel);
    assert_true(hash.low == HST_EVENT_HASH_EMPTY.low);
    assert_true(hash.high == HST_EVENT_HASH_EMPTY.high);
    assert_int_equal(hst_kernel_run(w->kernel, w, 50, UINT64_MAX), HST_OK);
    assert_true(hst_kernel_now(w->kernel) == 50);
    stop(w);
}

static void a_run_until_a_time_executes_up_to_and_with_it(void **state)
{
    (void)state;
    world *const w = start(HST_QUEUE_LADDER);
    hst_kernel_schedule(w->kernel, 0, 0, 0, 0, KIND_CHAIN, 10); /* 0, 10, ... 100 */
    assert_int_equal(hst_kernel_run(w->kernel, w, 20, UINT64_MAX), HST_OK);
    assert_int_equal(hst_kernel_stopped(w->kernel), HST_STOP_TIME);
    assert_int_equal(w->log_count, 3);
    assert_int_equal(hst_kernel_run(w->kernel, w, 29, UINT64_MAX), HST_OK);
    assert_int_equal(w->log_count, 3);
    assert_true(hst_kernel_now(w->kernel) == 29);
    log_at(w->kernel, 29, 0); /* now is not the past */
    assert_int_equal(hst_kernel_run(w->kernel, w, 1000, UINT64_MAX), HST_OK);
    assert_int_equal(hst_kernel_stopped(w->kernel), HST_STOP_DRAINED);
    assert_int_equal(w->log_count, 12);
    assert_true(hst_kernel_now(w->kernel) == 1000);
    stop(w);
}

static void a_run_may_end_after_a_number_of_events(void **state)
{
    (void)state;
    world *const w = start(HST_QUEUE_LADDER);
    hst_kernel_schedule(w->kernel, 0, 0, 0, 0, KIND_CHAIN, 10);
    assert_int_equal(hst_kernel_run(w->kernel, w, INT64_MAX, 4), HST_OK);
    assert_int_equal(hst_kernel_stopped(w->kernel), HST_STOP_EVENTS);
    assert_int_equal(w->log_count, 4);
    assert_true(hst_kernel_now(w->kernel) == 30);
    assert_int_equal(hst_kernel_run(w->kernel, w, INT64_MAX, 0), HST_OK);
    assert_int_equal(w->log_count, 4);
    run_all(w);
    assert_int_equal(w->log_count, 11);
    stop(w);
}

static void a_paused_run_goes_on_as_if_it_had_not_stopped(void **state)
{
    (void)state;
    hst_event_hash hashes[2];
    for (int pieces = 0; pieces < 2; pieces++) {
        world *const w = start(HST_QUEUE_LADDER);
        for (int64_t i = 0; i < 20; i++) {
            hst_kernel_schedule(w->kernel, i * 7, 0, 1, 2, KIND_CHAIN, 20);
            hst_kernel_schedule(w->kernel, i * 9, 0, 3, 2, KIND_PAUSE, 0);
        }
        size_t stops = 0;
        do {
            const uint64_t event_max = pieces == 0 ? UINT64_MAX : 3;
            assert_int_equal(hst_kernel_run(w->kernel, w, INT64_MAX, event_max), HST_OK);
            if (hst_kernel_stopped(w->kernel) == HST_STOP_PAUSED) {
                assert_int_equal(w->log[w->log_count - 1].kind, KIND_PAUSE);
            }
            stops++;
        } while (hst_kernel_stopped(w->kernel) != HST_STOP_DRAINED);
        assert_true(stops > 20);
        hashes[pieces] = hst_kernel_hash(w->kernel);
        stop(w);
    }
    assert_memory_equal(&hashes[0], &hashes[1], sizeof hashes[0]);
}

static void a_failure_ends_the_run_for_good_and_the_first_one_counts(void **state)
{
    (void)state;
    world *const w = start(HST_QUEUE_LADDER);
    hst_kernel_schedule(w->kernel, 1, 0, 0, 0, KIND_FAIL, 0);
    hst_kernel_schedule(w->kernel, 2, 0, 0, 0, KIND_LOG, 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(hst_kernel_run(w->kernel, w, INT64_MAX, UINT64_MAX), HST_REFUSED);
        assert_int_equal(hst_kernel_stopped(w->kernel), HST_STOP_FAILED);
        assert_int_equal(w->log_count, 1);
    }
    stop(w);
}

static void a_timer_fires_once_with_what_it_was_set_for(void **state)
{
    (void)state;
    world *const w = start(HST_QUEUE_LADDER);
    const hst_timer timer = hst_kernel_timer_set(w->kernel, 40, 3, 7, 8, KIND_LOG, UINT64_MAX);
    assert_true(hst_kernel_timer_armed(w->kernel, timer));
    run_all(w);
    assert_int_equal(w->log_count, 1);
    const hst_event *const event = &w->log[0];
    assert_true(event->time_ns == 40);
    assert_int_equal(hst_event_priority(event), 3);
    assert_int_equal(hst_event_source(event), 7);
    assert_int_equal(event->target, 8);
    assert_int_equal(event->kind, KIND_LOG);
    assert_int_equal(event->flags, HST_EVENT_TIMER);
    assert_true(event->argument == UINT64_MAX);
    assert_false(hst_kernel_timer_armed(w->kernel, timer));
    assert_false(hst_kernel_timer_cancel(w->kernel, timer));
    stop(w);
}

static void a_cancelled_timer_does_not_fire(void **state)
{
    (void)state;
    world *const w = start(HST_QUEUE_LADDER);
    const hst_timer timer = hst_kernel_timer_set(w->kernel, 40, 0, 0, 0, KIND_LOG, 1);
    log_at(w->kernel, 50, 2);
    assert_true(hst_kernel_timer_cancel(w->kernel, timer));
    assert_false(hst_kernel_timer_cancel(w->kernel, timer));
    assert_false(hst_kernel_timer_cancel(w->kernel, (hst_timer){0, 0}));
    run_all(w);
    assert_int_equal(w->log_count, 1);
    assert_int_equal(w->log[0].argument, 2);
    const hst_kernel_counters counters = hst_kernel_count(w->kernel);
    assert_int_equal(counters.scheduled, 2);
    assert_int_equal(counters.executed, 1);
    assert_int_equal(counters.cancelled, 1);
    assert_int_equal(counters.stale, 1);
    assert_int_equal(counters.pending, 0);
    assert_int_equal(counters.pending_peak, 2);
    stop(w);
}

static void cancelled_timers_alone_are_nothing_pending(void **state)
{
    (void)state;
    world *const w = start(HST_QUEUE_LADDER);
    const hst_timer timer = hst_kernel_timer_set(w->kernel, 40, 0, 0, 0, KIND_LOG, 1);
    assert_true(hst_kernel_timer_cancel(w->kernel, timer));
    assert_int_equal(hst_kernel_run(w->kernel, w, 10, UINT64_MAX), HST_OK);
    assert_int_equal(hst_kernel_stopped(w->kernel), HST_STOP_DRAINED);
    log_at(w->kernel, 60, 2);
    run_all(w); /* the stale item goes by */
    assert_true(hst_kernel_now(w->kernel) == 60);
    stop(w);
}

static void a_moved_timer_fires_at_its_new_time_only(void **state)
{
    (void)state;
    for (int64_t to_ns = 20; to_ns <= 60; to_ns += 20) {
        world *const w = start(HST_QUEUE_LADDER);
        const hst_timer timer = hst_kernel_timer_set(w->kernel, 40, 2, 5, 6, KIND_LOG, 77);
        const hst_timer moved = hst_kernel_timer_reschedule(w->kernel, timer, to_ns);
        assert_false(hst_kernel_timer_armed(w->kernel, timer));
        assert_true(hst_kernel_timer_armed(w->kernel, moved));
        const hst_timer nothing = hst_kernel_timer_reschedule(w->kernel, timer, 99);
        assert_int_equal(nothing.generation, 0);
        run_all(w);
        assert_int_equal(w->log_count, 1);
        assert_true(w->log[0].time_ns == to_ns);
        assert_int_equal(w->log[0].argument, 77);
        assert_int_equal(hst_event_priority(&w->log[0]), 2);
        assert_int_equal(hst_event_source(&w->log[0]), 5);
        assert_int_equal(w->log[0].target, 6);
        stop(w);
    }
}

static void a_handler_may_set_its_timer_anew(void **state)
{
    (void)state;
    world *const w = start(HST_QUEUE_HEAP);
    w->timer = hst_kernel_timer_set(w->kernel, 0, 0, 0, 0, KIND_REARM, 9);
    run_all(w);
    assert_int_equal(w->log_count, 10);
    assert_true(hst_kernel_now(w->kernel) == 45);
    stop(w);
}

/** Random sets, cancels and moves against a plain table of what must fire when. */
static void random_timers_agree_with_a_table(void **state)
{
    (void)state;
    enum { TIMERS = 2000 };
    static hst_timer timers[TIMERS];
    static int64_t fires_ns[TIMERS]; /* -1 = does not */
    for (uint64_t seed = 0; seed < 6; seed++) {
        world *const w = start((hst_queue_kind)(seed % 2));
        hst_random stream = test_stream(seed);
        size_t alive = 0;
        for (uint32_t i = 0; i < TIMERS; i++) {
            fires_ns[i] = (int64_t)hst_random_below(&stream, 100000);
            timers[i] =
                hst_kernel_timer_set(w->kernel, fires_ns[i], 0, i % SOURCE_COUNT, 0, KIND_LOG, i);
        }
        for (uint32_t i = 0; i < 2 * TIMERS; i++) {
            const uint32_t pick = (uint32_t)hst_random_below(&stream, TIMERS);
            const bool was_armed = fires_ns[pick] >= 0;
            if (hst_random_below(&stream, 3) > 0) { /* mass cancellation: most are taken back */
                assert_int_equal(hst_kernel_timer_cancel(w->kernel, timers[pick]), was_armed);
                fires_ns[pick] = -1;
            } else if (was_armed) {
                fires_ns[pick] = (int64_t)hst_random_below(&stream, 100000);
                timers[pick] = hst_kernel_timer_reschedule(w->kernel, timers[pick], fires_ns[pick]);
            }
            check_books(w->kernel);
        }
        for (uint32_t i = 0; i < TIMERS; i++) {
            alive += fires_ns[i] >= 0;
        }
        assert_in_range(alive, 1, TIMERS / 2);
        run_all(w);
        assert_int_equal(w->log_count, alive);
        for (size_t i = 0; i < w->log_count; i++) {
            assert_true(fires_ns[w->log[i].argument] == w->log[i].time_ns);
            fires_ns[w->log[i].argument] = -1;
        }
        check_books(w->kernel);
        stop(w);
    }
}

static void traced_events_are_handed_over_in_order_and_all_of_them(void **state)
{
    (void)state;
    static world w;
    for (uint32_t records = 1; records <= 64; records *= 4) {
        memset(&w, 0, sizeof w);
        w.books.fail_at = SIZE_MAX;
        hst_kernel_config config = config_of(&w, HST_QUEUE_LADDER);
        config.trace = take_trace;
        config.trace_context = &w;
        config.trace_records = records;
        assert_int_equal(hst_kernel_create(&config, &w.kernel), HST_OK);
        assert_null(hst_kernel_trace_record(w.kernel));
        for (uint64_t i = 0; i < 100; i++) {
            hst_kernel_schedule(w.kernel, 5, 0, 0, 0, i % 2 == 0 ? KIND_NOTE : KIND_LOG, i);
        }
        assert_int_equal(hst_kernel_run(w.kernel, &w, INT64_MAX, 10), HST_OK);
        assert_int_equal(w.trace_count, 10); /* nothing is held back between runs */
        assert_null(hst_kernel_trace_record(w.kernel));
        run_all(&w);
        assert_int_equal(w.trace_count, 100);
        for (uint64_t i = 0; i < 100; i++) {
            const hst_trace_record *const record = &w.trace[i];
            assert_same_event(&record->event, &w.log[i]);
            assert_int_equal(record->number, i);
            assert_int_equal(record->value[0], i % 2 == 0 ? 2 * i : 0);
            assert_int_equal(record->value[1], 0);
            assert_int_equal(record->value[2], i % 2 == 0 ? 5 : 0);
        }
        stop(&w);
    }
}

static void looking_ahead_changes_nothing(void **state)
{
    (void)state;
    hst_event_hash hashes[2];
    static world w;
    for (int ahead = 0; ahead < 2; ahead++) {
        memset(&w, 0, sizeof w);
        w.books.fail_at = SIZE_MAX;
        hst_kernel_config config = config_of(&w, HST_QUEUE_LADDER);
        config.prefetch = ahead == 1 ? count_prefetch : NULL;
        assert_int_equal(hst_kernel_create(&config, &w.kernel), HST_OK);
        for (uint32_t i = 0; i < 300; i++) {
            hst_kernel_schedule(w.kernel, i % 17, 0, i, i, KIND_CHAIN, 30);
        }
        run_all(&w);
        hashes[ahead] = hst_kernel_hash(w.kernel);
        assert_true(ahead == 0 || w.prefetch_count > w.log_count / 2);
        assert_true(w.prefetch_count <= w.log_count);
        stop(&w);
    }
    assert_memory_equal(&hashes[0], &hashes[1], sizeof hashes[0]);
}

static void no_memory_is_reported_and_everything_given_back(void **state)
{
    (void)state;
    static world w;
    for (int queue = 0; queue < 2; queue++) {
        size_t fail_at = 0;
        for (hst_status status = HST_NO_MEMORY; status != HST_OK; fail_at++) {
            memset(&w, 0, sizeof w);
            w.books.fail_at = fail_at;
            hst_kernel_config config = config_of(&w, (hst_queue_kind)queue);
            config.trace = take_trace;
            config.trace_context = &w;
            status = hst_kernel_create(&config, &w.kernel);
            if (status == HST_OK) {
                for (uint32_t i = 0; i < 3000; i++) {
                    hst_kernel_schedule(w.kernel, i, 0, 0, 0, KIND_LOG, 0);
                    (void)hst_kernel_timer_set(w.kernel, i, 0, 0, 0, KIND_LOG, 1);
                }
                status = hst_kernel_run(w.kernel, &w, INT64_MAX, UINT64_MAX);
                assert_int_equal(w.log_count, status == HST_OK ? 6000 : 0);
                hst_kernel_destroy(w.kernel);
            }
            assert_true(status == HST_OK || status == HST_NO_MEMORY);
            assert_int_equal(w.books.held, 0);
        }
        assert_true(fail_at > 8);
    }
}

static void misuse_fires_an_assertion(void **state)
{
    (void)state;
    world *const w = start(HST_QUEUE_LADDER);
    log_at(w->kernel, 10, 0);
    run_all(w);
    /* The past, a kind without a handler or beyond the table, a source beyond the plan. */
    expect_assert_fires(hst_kernel_schedule(w->kernel, 9, 0, 0, 0, KIND_LOG, 0));
    expect_assert_fires(hst_kernel_schedule(w->kernel, -1, 0, 0, 0, KIND_LOG, 0));
    expect_assert_fires(hst_kernel_schedule(w->kernel, 10, 0, 0, 0, KIND_UNUSED, 0));
    expect_assert_fires(hst_kernel_schedule(w->kernel, 10, 0, 0, 0, KIND_COUNT, 0));
    expect_assert_fires(hst_kernel_schedule(w->kernel, 10, 0, SOURCE_COUNT, 0, KIND_LOG, 0));
    /* What only a handler may do, and a time that does not exist. */
    expect_assert_fires(hst_kernel_pause(w->kernel));
    expect_assert_fires(hst_kernel_fail(w->kernel, HST_IO));
    expect_assert_fires(hst_ignore(hst_kernel_run(w->kernel, w, -1, 1)));
    stop(w);
}

static void a_plan_that_makes_no_sense_fires_an_assertion(void **state)
{
    (void)state;
    static world w;
    static hst_kernel_config config;
    config = config_of(&w, HST_QUEUE_LADDER);
    config.source_max = 0;
    expect_assert_fires(hst_ignore(hst_kernel_create(&config, &w.kernel)));
    config.source_max = HST_EVENT_SOURCE_LIMIT + 1;
    expect_assert_fires(hst_ignore(hst_kernel_create(&config, &w.kernel)));
    config.source_max = 1;
    config.handler_count = 0;
    expect_assert_fires(hst_ignore(hst_kernel_create(&config, &w.kernel)));
    config.handler_count = 65537;
    expect_assert_fires(hst_ignore(hst_kernel_create(&config, &w.kernel)));
    config.handler_count = 1;
    config.handlers = NULL;
    expect_assert_fires(hst_ignore(hst_kernel_create(&config, &w.kernel)));
    hst_kernel_destroy(NULL); /* fine */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_happen_in_total_order),
        cmocka_unit_test(a_handler_may_schedule_at_now_and_the_least_key_goes_next),
        cmocka_unit_test(a_source_keeps_the_order_of_its_own_events),
        cmocka_unit_test(an_empty_kernel_drains_at_once),
        cmocka_unit_test(a_run_until_a_time_executes_up_to_and_with_it),
        cmocka_unit_test(a_run_may_end_after_a_number_of_events),
        cmocka_unit_test(a_paused_run_goes_on_as_if_it_had_not_stopped),
        cmocka_unit_test(a_failure_ends_the_run_for_good_and_the_first_one_counts),
        cmocka_unit_test(a_timer_fires_once_with_what_it_was_set_for),
        cmocka_unit_test(a_cancelled_timer_does_not_fire),
        cmocka_unit_test(cancelled_timers_alone_are_nothing_pending),
        cmocka_unit_test(a_moved_timer_fires_at_its_new_time_only),
        cmocka_unit_test(a_handler_may_set_its_timer_anew),
        cmocka_unit_test(random_timers_agree_with_a_table),
        cmocka_unit_test(traced_events_are_handed_over_in_order_and_all_of_them),
        cmocka_unit_test(looking_ahead_changes_nothing),
        cmocka_unit_test(no_memory_is_reported_and_everything_given_back),
        cmocka_unit_test(misuse_fires_an_assertion),
        cmocka_unit_test(a_plan_that_makes_no_sense_fires_an_assertion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
