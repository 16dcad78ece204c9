#include "sim/engine/kernel.h"

#include "core/base/assert.h"

/** Coming events whose state was asked for: at least LOW, enough to hide a memory access of about
 * 200 ns behind the events before it, then BATCH more at once. */
enum { PREFETCH_LOW = 6, PREFETCH_BATCH = 16 };

/** Records handed over at a time unless the plan says otherwise: 64 KiB stay in the cache. */
enum { TRACE_RECORDS_DEFAULT = 1024 };

struct hst_kernel {
    int64_t now_ns;
    hst_kernel_counters counters;
    hst_event_hash hash;
    hst_status status;
    hst_kernel_stop stop;
    bool running;
    bool pause;
    uint32_t *sequences; /* [source_max]: events scheduled by a source so far */
    const hst_handler *handlers;
    size_t handler_count;
    uint32_t source_max;
    hst_prefetch prefetch;
    hst_trace trace;
    void *trace_context;
    hst_trace_record *records; /* [record_max], NULL without a trace */
    size_t record_count;
    size_t record_max;
    hst_trace_record *record; /* of the event being executed, NULL outside and without a trace */
    hst_timer_slots timers;
    hst_event_queue queue;
    hst_memory memory;
};

_Static_assert(offsetof(hst_kernel, now_ns) == 0, "hst_kernel_now reads the first field");

/** Allocate what the plan says; on failure the caller destroys what there is. */
static hst_status allocate(hst_kernel *kernel, const hst_kernel_config *config)
{
    const hst_memory memory = config->memory;
    HST_TRY(hst_event_queue_init(&kernel->queue, config->queue, memory,
                                 (size_t)config->planned_events));
    HST_TRY(hst_timer_slots_init(&kernel->timers, memory, config->planned_timers));
    kernel->sequences = memory.acquire(memory.context, config->source_max * sizeof(uint32_t));
    if (kernel->sequences == NULL) {
        return HST_NO_MEMORY;
    }
    if (config->trace != NULL) {
        kernel->record_max =
            config->trace_records == 0 ? TRACE_RECORDS_DEFAULT : config->trace_records;
        kernel->records =
            memory.acquire(memory.context, kernel->record_max * sizeof(hst_trace_record));
        if (kernel->records == NULL) {
            return HST_NO_MEMORY;
        }
    }
    return HST_OK;
}

hst_status hst_kernel_create(const hst_kernel_config *config, hst_kernel **out)
{
    hst_assert(config->memory.acquire != NULL);
    hst_assert(config->memory.release != NULL);
    hst_assert(config->handlers != NULL);
    hst_assert(config->handler_count > 0);
    hst_assert(config->handler_count <= (size_t)UINT16_MAX + 1);
    hst_assert(config->source_max > 0);
    hst_assert(config->source_max <= HST_EVENT_SOURCE_LIMIT);
    hst_assert(config->planned_events < UINT32_MAX);
    const hst_memory memory = config->memory;
    hst_kernel *const kernel = memory.acquire(memory.context, sizeof *kernel);
    if (kernel == NULL) {
        return HST_NO_MEMORY;
    }
    kernel->memory = memory;
    kernel->hash = HST_EVENT_HASH_EMPTY;
    kernel->handlers = config->handlers;
    kernel->handler_count = config->handler_count;
    kernel->source_max = config->source_max;
    kernel->prefetch = config->prefetch;
    kernel->trace = config->trace;
    kernel->trace_context = config->trace_context;
    /* So that destroy may release what allocate did not reach. */
    kernel->queue.kind = config->queue;
    kernel->queue.heap.memory = memory;
    kernel->queue.ladder.memory = memory;
    kernel->queue.ladder.late.memory = memory;
    kernel->queue.ladder.pool.memory = memory;
    kernel->timers.memory = memory;
    const hst_status status = allocate(kernel, config);
    if (status != HST_OK) {
        hst_kernel_destroy(kernel);
        return status;
    }
    *out = kernel;
    return HST_OK;
}

void hst_kernel_destroy(hst_kernel *kernel)
{
    if (kernel == NULL) {
        return;
    }
    hst_assert(!kernel->running);
    const hst_memory memory = kernel->memory;
    if (kernel->records != NULL) {
        memory.release(memory.context, kernel->records,
                       kernel->record_max * sizeof(hst_trace_record));
    }
    if (kernel->sequences != NULL) {
        memory.release(memory.context, kernel->sequences, kernel->source_max * sizeof(uint32_t));
    }
    hst_timer_slots_release(&kernel->timers);
    hst_event_queue_release(&kernel->queue);
    memory.release(memory.context, kernel, sizeof *kernel);
}

/** The first failure wins. */
static void note(hst_kernel *kernel, hst_status status)
{
    if (kernel->status == HST_OK) {
        kernel->status = status;
    }
}

/** Check what was asked for, give the event its key, queue it. */
static inline void enter(hst_kernel *kernel, uint8_t priority, uint32_t source, hst_event *event)
{
    hst_assert(event->time_ns >= kernel->now_ns);
    hst_assert(source < kernel->source_max);
    hst_assert(event->kind < kernel->handler_count);
    hst_assert(kernel->handlers[event->kind] != NULL);
    event->tie = hst_event_tie(priority, source, kernel->sequences[source]);
    kernel->sequences[source]++;
    kernel->counters.scheduled++;
    hst_event_queue_push(&kernel->queue, event);
    const hst_status status = hst_event_queue_status(&kernel->queue);
    if (__builtin_expect(status != HST_OK, 0)) {
        note(kernel, status);
    }
}

void hst_kernel_schedule(hst_kernel *kernel,
                         int64_t time_ns,
                         uint8_t priority,
                         uint32_t source,
                         uint32_t target,
                         uint16_t kind,
                         uint64_t argument)
{
    hst_event event = {.time_ns = time_ns, .target = target, .kind = kind, .argument = argument};
    enter(kernel, priority, source, &event);
}

/** Queue the item of an armed slot. */
static void enter_timer(hst_kernel *kernel, int64_t time_ns, hst_timer timer)
{
    const hst_timer_slot *const slot = hst_timer_slots_find(&kernel->timers, timer);
    hst_assert(slot != NULL);
    hst_event event = {.time_ns = time_ns,
                       .target = slot->target,
                       .kind = slot->kind,
                       .flags = HST_EVENT_TIMER,
                       .argument = hst_timer_pack(timer)};
    enter(kernel, slot->priority, slot->source, &event);
}

/* NOLINTBEGIN(bugprone-easily-swappable-parameters): the parts of an event, in its order */
hst_timer hst_kernel_timer_set(hst_kernel *kernel,
                               int64_t time_ns,
                               uint8_t priority,
                               uint32_t source,
                               uint32_t target,
                               uint16_t kind,
                               uint64_t argument)
/* NOLINTEND(bugprone-easily-swappable-parameters) */
{
    hst_timer timer = {0, 0};
    const hst_status status = hst_timer_slots_take(&kernel->timers, &timer);
    if (status != HST_OK) {
        note(kernel, status);
        return (hst_timer){0, 0};
    }
    hst_timer_slot *const slot = hst_timer_slots_find(&kernel->timers, timer);
    slot->argument = argument;
    slot->source = source;
    slot->target = target;
    slot->kind = kind;
    slot->priority = priority;
    enter_timer(kernel, time_ns, timer);
    return timer;
}

bool hst_kernel_timer_cancel(hst_kernel *kernel, hst_timer timer)
{
    if (hst_timer_slots_find(&kernel->timers, timer) == NULL) {
        return false;
    }
    hst_timer_slots_free(&kernel->timers, timer);
    kernel->counters.cancelled++;
    return true;
}

hst_timer hst_kernel_timer_reschedule(hst_kernel *kernel, hst_timer timer, int64_t time_ns)
{
    const hst_timer_slot *const slot = hst_timer_slots_find(&kernel->timers, timer);
    if (slot == NULL) {
        return (hst_timer){0, 0};
    }
    const hst_timer_slot before = *slot;
    const bool cancelled = hst_kernel_timer_cancel(kernel, timer);
    hst_assert(cancelled);
    return hst_kernel_timer_set(kernel, time_ns, before.priority, before.source, before.target,
                                before.kind, before.argument);
}

bool hst_kernel_timer_armed(const hst_kernel *kernel, hst_timer timer)
{
    return hst_timer_slots_find(&kernel->timers, timer) != NULL;
}

/** Ask for what the coming events will touch: the target's state, the target's sequence number
 * (whoever is acted upon usually acts next), and a timer's slot. */
static inline void look_ahead(hst_kernel *kernel, void *world)
{
    const hst_event *coming = NULL;
    const size_t count =
        hst_event_queue_ahead(&kernel->queue, PREFETCH_LOW, PREFETCH_BATCH, &coming);
    for (size_t i = 0; i < count; i++) {
        if (coming[i].target < kernel->source_max) {
            __builtin_prefetch(&kernel->sequences[coming[i].target], 1, 3);
        }
        if ((coming[i].flags & HST_EVENT_TIMER) != 0) {
            __builtin_prefetch(&kernel->timers.slots[(uint32_t)coming[i].argument], 1, 3);
        }
        if (kernel->prefetch != NULL) {
            kernel->prefetch(world, &coming[i]);
        }
    }
}

/** Turn a timer's item into the event it stands for; false when it is stale. */
static inline bool fire_timer(hst_kernel *kernel, hst_event *event)
{
    const hst_timer timer = hst_timer_unpack(event->argument);
    const hst_timer_slot *const slot = hst_timer_slots_find(&kernel->timers, timer);
    if (slot == NULL) {
        kernel->counters.stale++;
        return false;
    }
    event->argument = slot->argument;
    hst_timer_slots_free(&kernel->timers, timer); /* the handler may set it anew */
    return true;
}

/** Hand the records over. */
static void trace_flush(hst_kernel *kernel)
{
    if (kernel->record_count > 0) {
        kernel->trace(kernel->trace_context, kernel->records, kernel->record_count);
        kernel->record_count = 0;
    }
}

/** Begin this event's trace record. */
static inline void record(hst_kernel *kernel, const hst_event *event)
{
    if (kernel->record_count == kernel->record_max) {
        trace_flush(kernel);
    }
    hst_trace_record *const next = &kernel->records[kernel->record_count++];
    *next = (hst_trace_record){.event = *event, .number = kernel->counters.executed};
    kernel->record = next;
}

/** Let one event happen. */
static inline void execute(hst_kernel *kernel, void *world, const hst_event *event)
{
    hst_assert(event->time_ns >= kernel->now_ns);
    kernel->now_ns = event->time_ns;
    hst_event_hash_add(&kernel->hash, event);
    if (kernel->records != NULL) {
        record(kernel, event);
    }
    kernel->counters.executed++;
    kernel->handlers[event->kind](world, kernel, event);
}

static uint64_t pending(const hst_kernel *kernel)
{
    const hst_kernel_counters *const c = &kernel->counters;
    hst_assert(c->executed + c->cancelled <= c->scheduled);
    return c->scheduled - c->executed - c->cancelled;
}

/** Why the loop ended, and where the clock stands. */
static void settle(hst_kernel *kernel, int64_t until_ns, bool drawn_out)
{
    const hst_status queue_status = hst_event_queue_status(&kernel->queue);
    if (queue_status != HST_OK) {
        note(kernel, queue_status);
    }
    if (kernel->status != HST_OK) {
        kernel->stop = HST_STOP_FAILED;
    } else if (kernel->pause) {
        kernel->stop = HST_STOP_PAUSED;
    } else if (!drawn_out) {
        kernel->stop = HST_STOP_EVENTS;
    } else {
        kernel->stop = pending(kernel) == 0 ? HST_STOP_DRAINED : HST_STOP_TIME;
        if (kernel->stop == HST_STOP_TIME || until_ns < INT64_MAX) {
            kernel->now_ns = until_ns > kernel->now_ns ? until_ns : kernel->now_ns;
        }
    }
}

hst_status hst_kernel_run(hst_kernel *kernel, void *world, int64_t until_ns, uint64_t event_max)
{
    hst_assert(!kernel->running);
    hst_assert(until_ns >= 0);
    kernel->running = true;
    kernel->pause = false;
    kernel->stop = HST_STOP_NONE;
    bool drawn_out = false; /* nothing is left to do up to until_ns */
    uint64_t left = event_max;
    while (left > 0 && !kernel->pause && kernel->status == HST_OK) {
        hst_event event;
        if (!hst_event_queue_pop(&kernel->queue, until_ns, &event)) {
            drawn_out = true;
            break;
        }
        look_ahead(kernel, world);
        if ((event.flags & HST_EVENT_TIMER) != 0 && !fire_timer(kernel, &event)) {
            continue;
        }
        execute(kernel, world, &event);
        left--;
    }
    kernel->record = NULL;
    trace_flush(kernel);
    settle(kernel, until_ns, drawn_out);
    kernel->running = false;
    return kernel->status;
}

void hst_kernel_pause(hst_kernel *kernel)
{
    hst_assert(kernel->running);
    kernel->pause = true;
}

void hst_kernel_fail(hst_kernel *kernel, hst_status status)
{
    hst_assert(kernel->running);
    hst_assert(status != HST_OK);
    note(kernel, status);
}

hst_kernel_stop hst_kernel_stopped(const hst_kernel *kernel)
{
    return kernel->stop;
}

hst_kernel_counters hst_kernel_count(const hst_kernel *kernel)
{
    hst_kernel_counters counters = kernel->counters;
    counters.pending = pending(kernel);
    counters.pending_peak = kernel->queue.count_peak;
    return counters;
}

hst_event_hash hst_kernel_hash(const hst_kernel *kernel)
{
    return kernel->hash;
}

hst_trace_record *hst_kernel_trace_record(hst_kernel *kernel)
{
    return kernel->record;
}
