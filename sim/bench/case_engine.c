/* The event engine: PHOLD through the whole kernel (four handlers, event hash, timers, trace), the
 * event sets alone, and the delay patterns of payment systems.
 *
 * The naive baseline is the event list of most textbooks and many engines: a binary heap of
 * pointers to event records. It executes exactly the same events with the same hash and trace. */
#include "core/base/assert.h"

#include "sim/base/os_memory.h"
#include "sim/base/purpose.h"
#include "sim/bench/bench.h"
#include "sim/engine/event_queue.h"
#include "sim/engine/phold.h"

/* --- a naive engine ------------------------------------------------------------------------- */

typedef struct naive_event {
    hst_event event;
    uint32_t generation; /* of the timer that holds it */
    bool armed;          /* not cancelled */
    struct naive_event *next_free;
} naive_event;

typedef struct naive_engine {
    hst_phold_model model;
    naive_event **heap; /* binary, least first, root at 0 */
    size_t count;
    size_t capacity;
    naive_event *events; /* [capacity], through a free list as from a general allocator */
    naive_event *spare;
    uint32_t *sequences; /* [entity_count] */
    hst_trace_record *records;
    size_t record_count;
    uint64_t executed;
    hst_event_hash hash;
    void (*handlers[4])(struct naive_engine *naive, const hst_event *event);
} naive_engine;

enum { NAIVE_RECORDS = 1024 };

static void naive_push(naive_engine *naive, naive_event *event)
{
    size_t place = naive->count++;
    while (place > 0) {
        const size_t parent = (place - 1) / 2;
        if (!hst_event_before(&event->event, &naive->heap[parent]->event)) {
            break;
        }
        naive->heap[place] = naive->heap[parent];
        place = parent;
    }
    naive->heap[place] = event;
}

static naive_event *naive_pop(naive_engine *naive)
{
    hst_assert(naive->count > 0);
    naive_event *const first = naive->heap[0];
    naive_event *const moved = naive->heap[--naive->count];
    size_t place = 0;
    for (;;) {
        size_t child = 2 * place + 1;
        if (child >= naive->count) {
            break;
        }
        if (child + 1 < naive->count &&
            hst_event_before(&naive->heap[child + 1]->event, &naive->heap[child]->event)) {
            child++;
        }
        if (!hst_event_before(&naive->heap[child]->event, &moved->event)) {
            break;
        }
        naive->heap[place] = naive->heap[child];
        place = child;
    }
    naive->heap[place] = moved;
    return first;
}

static naive_event *
naive_schedule(naive_engine *naive, uint32_t source, uint32_t target, const hst_phold_next *next)
{
    naive_event *const event = naive->spare;
    hst_assert(event != NULL);
    naive->spare = event->next_free;
    event->event = (hst_event){.time_ns = next->time_ns,
                               .tie = hst_event_tie(0, source, naive->sequences[source]++),
                               .target = target,
                               .kind = next->kind,
                               .argument = next->argument};
    event->armed = true;
    naive_push(naive, event);
    return event;
}

static hst_timer naive_set_timer(naive_engine *naive, uint32_t entity, const hst_phold_next *next)
{
    naive_event *const event = naive_schedule(naive, entity, entity, next);
    event->event.flags = HST_EVENT_TIMER;
    return (hst_timer){(uint32_t)(event - naive->events), event->generation};
}

static void naive_go_on(naive_engine *naive, const hst_event *event)
{
    hst_phold_entity *const entity = &naive->model.entities[event->target];
    const hst_phold_next next = hst_phold_follow(&naive->model, event);
    hst_trace_record *const record = &naive->records[naive->record_count - 1];
    record->value[0] = entity->state;
    record->value[1] = next.target;
    if ((event->flags & HST_EVENT_TIMER) != 0) {
        entity->timer = (hst_timer){0, 0};
    }
    if (next.touches_timer) {
        naive_event *const timed = &naive->events[entity->timer.slot];
        const bool armed = entity->timer.generation != 0 && timed->armed &&
                           timed->generation == entity->timer.generation;
        if (!armed) {
            entity->timer = naive_set_timer(naive, event->target, &next);
            return;
        }
        timed->armed = false;
        const hst_phold_next moved = {
            .time_ns = next.move_ns, .kind = timed->event.kind, .argument = timed->event.argument};
        entity->timer = naive_set_timer(naive, event->target, &moved);
    }
    (void)naive_schedule(naive, event->target, next.target, &next);
}

static void naive_add(naive_engine *naive, const hst_event *event)
{
    hst_phold_act(&naive->model.entities[event->target], 0, event->argument);
    naive_go_on(naive, event);
}

static void naive_mix(naive_engine *naive, const hst_event *event)
{
    hst_phold_act(&naive->model.entities[event->target], 1, event->argument);
    naive_go_on(naive, event);
}

static void naive_take(naive_engine *naive, const hst_event *event)
{
    hst_phold_act(&naive->model.entities[event->target], 2, event->argument);
    naive_go_on(naive, event);
}

static void naive_turn(naive_engine *naive, const hst_event *event)
{
    hst_phold_act(&naive->model.entities[event->target], 3, event->argument);
    naive_go_on(naive, event);
}

static void naive_run(naive_engine *naive, uint64_t event_count)
{
    const uint64_t end = naive->executed + event_count;
    while (naive->executed < end) {
        naive_event *const popped = naive_pop(naive);
        const hst_event event = popped->event;
        const bool armed = popped->armed;
        popped->armed = false;
        popped->generation++;
        popped->next_free = naive->spare;
        naive->spare = popped;
        if (!armed) {
            continue;
        }
        hst_event_hash_add(&naive->hash, &event);
        naive->record_count = naive->record_count == NAIVE_RECORDS ? 0 : naive->record_count;
        naive->records[naive->record_count++] =
            (hst_trace_record){.event = event, .number = naive->executed};
        naive->executed++;
        naive->handlers[event.kind](naive, &event);
    }
}

/* --- PHOLD ---------------------------------------------------------------------------------- */

/** A PHOLD case: a plan, how long it runs in, and how much is measured. */
typedef struct phold_parameter {
    hst_phold_plan plan;
    uint64_t warm_events;
    uint64_t events;
    bool traced;
} phold_parameter;

static void *acquire(hst_memory memory, size_t count, size_t size)
{
    return memory.acquire(memory.context, count * size);
}

static void release(hst_memory memory, void *p, size_t count, size_t size)
{
    if (p != NULL) {
        memory.release(memory.context, p, count * size);
    }
}

/** The hash after as many events as the case executes, by the kernel. */
static hst_status kernel_hash(const phold_parameter *parameter, hst_event_hash *hash)
{
    hst_phold *phold = NULL;
    HST_TRY(hst_phold_create(&parameter->plan, HST_QUEUE_LADDER, false, hst_os_memory(), &phold));
    const hst_status status = hst_phold_run(phold, parameter->warm_events + parameter->events);
    *hash = hst_kernel_hash(hst_phold_kernel(phold));
    hst_phold_destroy(phold);
    return status;
}

static hst_status
naive_measure(naive_engine *naive, const phold_parameter *parameter, hst_bench_sample *sample)
{
    for (size_t i = naive->capacity; i > 0; i--) {
        naive->events[i - 1].generation = 1;
        naive->events[i - 1].next_free = naive->spare;
        naive->spare = &naive->events[i - 1];
    }
    for (uint32_t i = 0; i < parameter->plan.event_count; i++) {
        const hst_phold_next next = hst_phold_first(&naive->model, i);
        (void)naive_schedule(naive, next.target, next.target, &next);
    }
    naive_run(naive, parameter->warm_events);
    hst_bench_start(sample);
    naive_run(naive, parameter->events);
    hst_bench_stop(sample);
    if (parameter->plan.event_count > 100000) {
        return HST_OK; /* the same code agreed at fewer events */
    }
    hst_event_hash expected;
    HST_TRY(kernel_hash(parameter, &expected));
    const bool equal = expected.low == naive->hash.low && expected.high == naive->hash.high;
    return equal ? HST_OK : HST_MISMATCH;
}

static hst_status phold_naive(const void *parameter_, hst_bench_sample *sample)
{
    const phold_parameter *const parameter = parameter_;
    const hst_memory memory = hst_os_memory();
    const uint32_t entity_count = parameter->plan.entity_count;
    naive_engine naive = {.hash = HST_EVENT_HASH_EMPTY,
                          .handlers = {naive_add, naive_mix, naive_take, naive_turn},
                          /* cancelled events wait beside the others */
                          .capacity = (size_t)2 * parameter->plan.event_count + 1000};
    HST_TRY(hst_phold_model_init(&naive.model, &parameter->plan, memory));
    naive.heap = acquire(memory, naive.capacity, sizeof(void *));
    naive.events = acquire(memory, naive.capacity, sizeof *naive.events);
    naive.sequences = acquire(memory, entity_count, sizeof *naive.sequences);
    naive.records = acquire(memory, NAIVE_RECORDS, sizeof *naive.records);
    hst_status status = HST_NO_MEMORY;
    if (naive.heap != NULL && naive.events != NULL && naive.sequences != NULL &&
        naive.records != NULL) {
        sample->work = (double)parameter->events;
        status = naive_measure(&naive, parameter, sample);
    }
    release(memory, naive.records, NAIVE_RECORDS, sizeof *naive.records);
    release(memory, naive.sequences, entity_count, sizeof *naive.sequences);
    release(memory, naive.events, naive.capacity, sizeof *naive.events);
    release(memory, naive.heap, naive.capacity, sizeof(void *));
    hst_phold_model_release(&naive.model);
    return status;
}

static hst_status phold_measure(const phold_parameter *parameter,
                                hst_queue_kind queue,
                                bool traced,
                                hst_bench_sample *sample)
{
    hst_phold *phold = NULL;
    HST_TRY(hst_phold_create(&parameter->plan, queue, traced, hst_os_memory(), &phold));
    hst_status status = hst_phold_run(phold, parameter->warm_events);
    if (status == HST_OK) {
        hst_bench_start(sample);
        status = hst_phold_run(phold, parameter->events);
        hst_bench_stop(sample);
        sample->work = (double)parameter->events;
    }
    hst_phold_destroy(phold);
    return status;
}

static hst_status phold_ladder(const void *parameter_, hst_bench_sample *sample)
{
    const phold_parameter *const parameter = parameter_;
    return phold_measure(parameter, HST_QUEUE_LADDER, parameter->traced, sample);
}

static hst_status phold_heap(const void *parameter_, hst_bench_sample *sample)
{
    const phold_parameter *const parameter = parameter_;
    return phold_measure(parameter, HST_QUEUE_HEAP, parameter->traced, sample);
}

static hst_status phold_untraced(const void *parameter_, hst_bench_sample *sample)
{
    const phold_parameter *const parameter = parameter_;
    return phold_measure(parameter, HST_QUEUE_LADDER, false, sample);
}

/* --- the event sets alone ------------------------------------------------------------------- */

/** The hold model: take the first, put it back later. */
typedef struct hold_parameter {
    uint32_t pending;
    uint64_t events;
} hold_parameter;

enum { HOLD_DELAYS = 1 << 14 }; /* drawn beforehand, so that only the queue is measured */

static void hold(hst_event_queue *queue, const int64_t *delays_ns, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        hst_event event;
        const bool popped = hst_event_queue_pop(queue, INT64_MAX, &event);
        hst_assert(popped);
        event.time_ns += delays_ns[i % HOLD_DELAYS];
        event.tie++;
        hst_event_queue_push(queue, &event);
    }
}

static hst_status
hold_measure(const hold_parameter *parameter, hst_queue_kind kind, hst_bench_sample *sample)
{
    const hst_memory memory = hst_os_memory();
    int64_t *const delays_ns = acquire(memory, HOLD_DELAYS, sizeof *delays_ns);
    if (delays_ns == NULL) {
        return HST_NO_MEMORY;
    }
    hst_random stream = hst_random_stream(1, 0, 0, HST_PURPOSE_TEST);
    for (size_t i = 0; i < HOLD_DELAYS; i++) {
        delays_ns[i] = hst_phold_delay_draw(HST_PHOLD_EXPONENTIAL, 0, &stream);
    }
    hst_event_queue queue;
    hst_status status = hst_event_queue_init(&queue, kind, memory, parameter->pending);
    if (status == HST_OK) {
        for (uint32_t i = 0; i < parameter->pending; i++) {
            const hst_event event = {.time_ns =
                                         hst_phold_delay_draw(HST_PHOLD_EXPONENTIAL, 0, &stream),
                                     .tie = hst_event_tie(0, i, 0),
                                     .target = i};
            hst_event_queue_push(&queue, &event);
        }
        hold(&queue, delays_ns, parameter->pending);
        hst_bench_start(sample);
        hold(&queue, delays_ns, parameter->events);
        hst_bench_stop(sample);
        sample->work = (double)parameter->events;
        status = hst_event_queue_status(&queue);
        hst_event_queue_release(&queue);
    }
    release(memory, delays_ns, HOLD_DELAYS, sizeof *delays_ns);
    return status;
}

static hst_status hold_ladder(const void *parameter, hst_bench_sample *sample)
{
    return hold_measure(parameter, HST_QUEUE_LADDER, sample);
}

static hst_status hold_heap(const void *parameter, hst_bench_sample *sample)
{
    return hold_measure(parameter, HST_QUEUE_HEAP, sample);
}

/* --- the table ------------------------------------------------------------------------------ */

/** A plan with `n` events pending at as many entities. */
#define PLAN(n, d, timers)                                                                         \
    {                                                                                              \
        .entity_count = (n), .event_count = (n), .remote_of_256 = 64, .timer_of_256 = (timers),    \
        .kind_count = 4, .delay = (d), .seed = 1                                                   \
    }

static const phold_parameter phold_1e3 = {PLAN(1000, HST_PHOLD_EXPONENTIAL, 16), 100000, 3000000,
                                          true};
static const phold_parameter phold_1e5 = {PLAN(100000, HST_PHOLD_EXPONENTIAL, 16), 300000, 3000000,
                                          true};
static const phold_parameter phold_1e7 = {PLAN(10000000, HST_PHOLD_EXPONENTIAL, 16), 5000000,
                                          5000000, true};
static const phold_parameter cancel_1e5 = {PLAN(100000, HST_PHOLD_EXPONENTIAL, 256), 300000,
                                           2000000, false};

#define DELAY_PARAMETERS(name, d)                                                                  \
    static const phold_parameter name##_1e3 = {PLAN(1000, d, 0), 100000, 2000000, false};          \
    static const phold_parameter name##_1e5 = {PLAN(100000, d, 0), 300000, 2000000, false};        \
    static const phold_parameter name##_1e6 = {PLAN(1000000, d, 0), 2000000, 2000000, false};

DELAY_PARAMETERS(bimodal, HST_PHOLD_BIMODAL)
DELAY_PARAMETERS(snapped, HST_PHOLD_SNAPPED)
DELAY_PARAMETERS(pareto, HST_PHOLD_PARETO)
DELAY_PARAMETERS(milliseconds, HST_PHOLD_MILLISECONDS)

static const hold_parameter hold_1e3 = {1000, 4000000};
static const hold_parameter hold_1e5 = {100000, 4000000};
static const hold_parameter hold_1e7 = {10000000, 4000000};

#define PHOLD_CASE(n, pending, slow_case, aim_value, ratio)                                        \
    {                                                                                              \
        .name = "engine.phold." #n,                                                                \
        .summary = "PHOLD with " pending " pending: four handlers, timers, event hash, trace",     \
        .unit = "events/s", .baseline_name = "binary heap of pointers", .run = phold_ladder,       \
        .baseline = phold_naive, .parameter = &phold_##n, .aim = (aim_value),                      \
        .aim_ratio = (ratio), .slow = (slow_case)                                                  \
    }

#define HOLD_CASE(n, pending, slow_case)                                                           \
    {                                                                                              \
        .name = "engine.event_set." #n,                                                            \
        .summary = "ladder alone, hold model with " pending " pending", .unit = "events/s",        \
        .baseline_name = "4-ary heap", .run = hold_ladder, .baseline = hold_heap,                  \
        .parameter = &hold_##n, .slow = (slow_case)                                                \
    }

#define DELAY_CASE(pattern, n, text, slow_case)                                                    \
    {                                                                                              \
        .name = "engine.delay." #pattern "." #n, .summary = "PHOLD, delays " text,                 \
        .unit = "events/s", .baseline_name = "4-ary heap in the same kernel", .run = phold_ladder, \
        .baseline = phold_heap, .parameter = &pattern##_##n, .slow = (slow_case)                   \
    }

#define DELAY_CASES(pattern, text)                                                                 \
    DELAY_CASE(pattern, 1e3, text, true), DELAY_CASE(pattern, 1e5, text, false),                   \
        DELAY_CASE(pattern, 1e6, text, true)

static const hst_bench_case cases[] = {
    PHOLD_CASE(1e3, "1,000", false, 12e6, 1),
    PHOLD_CASE(1e5, "100,000", false, 10e6, 3),
    PHOLD_CASE(1e7, "10,000,000", true, 6e6, 10),
    {.name = "engine.trace.1e5",
     .summary = "as engine.phold.1e5; the ratio is what the trace leaves",
     .unit = "events/s",
     .baseline_name = "the same without trace",
     .run = phold_ladder,
     .baseline = phold_untraced,
     .parameter = &phold_1e5},
    {.name = "engine.cancel.1e5",
     .summary = "PHOLD where every event sets or moves a timer, 100,000 pending",
     .unit = "events/s",
     .baseline_name = "binary heap of pointers",
     .run = phold_ladder,
     .baseline = phold_naive,
     .parameter = &cancel_1e5},
    HOLD_CASE(1e3, "1,000", false),
    HOLD_CASE(1e5, "100,000", false),
    HOLD_CASE(1e7, "10,000,000", true),
    DELAY_CASES(bimodal, "90 % Exp(50 ms), 10 % Exp(1 h)"),
    DELAY_CASES(snapped, "half snapped to the next second"),
    DELAY_CASES(pareto, "Pareto, alpha 1.1"),
    DELAY_CASES(milliseconds, "1 ... 100 whole milliseconds"),
};

const hst_bench_table hst_bench_engine = {cases, sizeof cases / sizeof *cases};
