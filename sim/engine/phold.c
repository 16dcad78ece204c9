#include "sim/engine/phold.h"

#include "core/base/assert.h"

struct hst_phold {
    hst_phold_model model;
    hst_kernel *kernel;
    uint64_t trace_count;
    uint64_t trace_sum; /* of something in every record, so that writing it is not for nothing */
    hst_memory memory;
};

/** What every handler does after its own part. */
static inline void go_on(hst_phold *phold, hst_kernel *kernel, const hst_event *event)
{
    hst_phold_entity *const entity = &phold->model.entities[event->target];
    const hst_phold_next next = hst_phold_follow(&phold->model, event);
    hst_trace_record *const record = hst_kernel_trace_record(kernel);
    if (record != NULL) {
        record->value[0] = entity->state;
        record->value[1] = next.target;
    }
    if ((event->flags & HST_EVENT_TIMER) != 0) {
        entity->timer = (hst_timer){0, 0}; /* spares a look at its slot, which would tell as much */
    }
    if (next.touches_timer) {
        if (!hst_kernel_timer_armed(kernel, entity->timer)) {
            entity->timer = hst_kernel_timer_set(kernel, next.time_ns, 0, event->target,
                                                 event->target, next.kind, next.argument);
            return;
        }
        entity->timer = hst_kernel_timer_reschedule(kernel, entity->timer, next.move_ns);
    }
    hst_kernel_schedule(kernel, next.time_ns, 0, event->target, next.target, next.kind,
                        next.argument);
}

static void on_add(void *world, hst_kernel *kernel, const hst_event *event)
{
    hst_phold *const phold = world;
    hst_phold_act(&phold->model.entities[event->target], 0, event->argument);
    go_on(phold, kernel, event);
}

static void on_mix(void *world, hst_kernel *kernel, const hst_event *event)
{
    hst_phold *const phold = world;
    hst_phold_act(&phold->model.entities[event->target], 1, event->argument);
    go_on(phold, kernel, event);
}

static void on_take(void *world, hst_kernel *kernel, const hst_event *event)
{
    hst_phold *const phold = world;
    hst_phold_act(&phold->model.entities[event->target], 2, event->argument);
    go_on(phold, kernel, event);
}

static void on_turn(void *world, hst_kernel *kernel, const hst_event *event)
{
    hst_phold *const phold = world;
    hst_phold_act(&phold->model.entities[event->target], 3, event->argument);
    go_on(phold, kernel, event);
}

static const hst_handler handlers[] = {on_add, on_mix, on_take, on_turn};

static void prefetch_entity(void *world, const hst_event *event)
{
    const hst_phold *const phold = world;
    __builtin_prefetch(&phold->model.entities[event->target], 1, 3);
}

static void take_trace(void *context, const hst_trace_record *records, size_t count)
{
    hst_phold *const phold = context;
    hst_assert(count > 0);
    phold->trace_count += count;
    phold->trace_sum += records[count - 1].value[0] ^ records[0].value[1];
}

/** Schedule the first events. */
static void begin(hst_phold *phold)
{
    for (uint32_t i = 0; i < phold->model.plan.event_count; i++) {
        const hst_phold_next next = hst_phold_first(&phold->model, i);
        hst_kernel_schedule(phold->kernel, next.time_ns, 0, next.target, next.target, next.kind,
                            next.argument);
    }
}

hst_status hst_phold_create(const hst_phold_plan *plan,
                            hst_queue_kind queue,
                            bool traced,
                            hst_memory memory,
                            hst_phold **out)
{
    hst_phold *const phold = memory.acquire(memory.context, sizeof *phold);
    if (phold == NULL) {
        return HST_NO_MEMORY;
    }
    phold->memory = memory;
    hst_status status = hst_phold_model_init(&phold->model, plan, memory);
    if (status == HST_OK) {
        const hst_kernel_config config = {
            .memory = memory,
            .handlers = handlers,
            .handler_count = sizeof handlers / sizeof handlers[0],
            .source_max = plan->entity_count,
            .planned_events = plan->event_count,
            .planned_timers = plan->timer_of_256 > 0 ? plan->entity_count : 0,
            .queue = queue,
            .prefetch = prefetch_entity,
            .trace = traced ? take_trace : NULL,
            .trace_context = phold,
        };
        status = hst_kernel_create(&config, &phold->kernel);
    }
    if (status != HST_OK) {
        hst_phold_destroy(phold);
        return status;
    }
    begin(phold);
    *out = phold;
    return HST_OK;
}

void hst_phold_destroy(hst_phold *phold)
{
    if (phold == NULL) {
        return;
    }
    hst_kernel_destroy(phold->kernel);
    if (phold->model.entities != NULL) {
        hst_phold_model_release(&phold->model);
    }
    const hst_memory memory = phold->memory;
    memory.release(memory.context, phold, sizeof *phold);
}

hst_status hst_phold_run(hst_phold *phold, uint64_t event_count)
{
    return hst_kernel_run(phold->kernel, phold, INT64_MAX, event_count);
}

hst_kernel *hst_phold_kernel(hst_phold *phold)
{
    return phold->kernel;
}

const hst_phold_model *hst_phold_entities(const hst_phold *phold)
{
    return &phold->model;
}

uint64_t hst_phold_trace_count(const hst_phold *phold)
{
    return phold->trace_count;
}
