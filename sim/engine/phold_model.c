#include "sim/engine/phold_model.h"

#include "core/base/assert.h"
#include "core/base/real.h"

#include "sim/base/purpose.h"

static const int64_t second_ns = INT64_C(1000000000);

const char *hst_phold_delay_name(hst_phold_delay delay)
{
    switch (delay) {
    case HST_PHOLD_EXPONENTIAL: return "exponential";
    case HST_PHOLD_BIMODAL: return "bimodal";
    case HST_PHOLD_SNAPPED: return "snapped";
    case HST_PHOLD_PARETO: return "pareto";
    case HST_PHOLD_MILLISECONDS: return "milliseconds";
    case HST_PHOLD_ZERO_MIXED: return "zero_mixed";
    }
    hst_assert(false);
    return "";
}

hst_status
hst_phold_model_init(hst_phold_model *model, const hst_phold_plan *plan, hst_memory memory)
{
    hst_assert(plan->entity_count > 0);
    hst_assert(plan->entity_count <= HST_EVENT_SOURCE_LIMIT);
    hst_assert(plan->event_count > 0);
    hst_assert(plan->kind_count > 0);
    hst_assert(plan->kind_count <= 4);
    hst_phold_entity *const entities =
        memory.acquire(memory.context, plan->entity_count * sizeof(hst_phold_entity));
    if (entities == NULL) {
        return HST_NO_MEMORY;
    }
    for (uint32_t i = 0; i < plan->entity_count; i++) {
        entities[i].stream = hst_random_stream(plan->seed, 0, i, HST_PURPOSE_TEST);
    }
    *model = (hst_phold_model){.plan = *plan, .entities = entities, .memory = memory};
    return HST_OK;
}

void hst_phold_model_release(hst_phold_model *model)
{
    hst_assert(model->entities != NULL);
    model->memory.release(model->memory.context, model->entities,
                          model->plan.entity_count * sizeof(hst_phold_entity));
    model->entities = NULL;
}

/** Exponential with the given mean. */
static int64_t exponential_ns(hst_random *stream, double mean_ns)
{
    return (int64_t)(hst_random_exponential(stream) * mean_ns);
}

int64_t hst_phold_delay_draw(hst_phold_delay delay, int64_t now_ns, hst_random *stream)
{
    switch (delay) {
    case HST_PHOLD_EXPONENTIAL: break;
    case HST_PHOLD_BIMODAL:
        return hst_random_uniform(stream) < 0.9 ? exponential_ns(stream, 50e6)
                                                : exponential_ns(stream, 3600e9);
    case HST_PHOLD_SNAPPED: {
        const bool snapped = (hst_random_u64(stream) >> 63) != 0;
        const int64_t plain = second_ns / 10 + exponential_ns(stream, 0.9e9);
        const int64_t beyond = (now_ns + plain) % second_ns;
        return snapped && beyond != 0 ? plain + second_ns - beyond : plain;
    }
    case HST_PHOLD_PARETO: {
        /* u^(-1/alpha) = exp(-log(u) / alpha), and -log(u) is exponential. */
        const double stretch = hst_exp(hst_random_exponential(stream) / 1.1);
        return (int64_t)(stretch < 1e9 ? stretch * 1e6 : 1e15);
    }
    case HST_PHOLD_MILLISECONDS: {
        const int64_t delay_ms = (int64_t)hst_random_below(stream, 100) + 1;
        return delay_ms * 1000000;
    }
    case HST_PHOLD_ZERO_MIXED: {
        const uint64_t pick = hst_random_u64(stream) >> 62;
        if (pick < 2) {
            return (int64_t)pick;
        }
        break;
    }
    }
    return second_ns / 10 + exponential_ns(stream, 0.9e9);
}

/** What comes next for `entity` at `now_ns`. */
static hst_phold_next draw(const hst_phold_model *model, uint32_t entity, int64_t now_ns)
{
    hst_random *const stream = &model->entities[entity].stream;
    const hst_phold_plan *const plan = &model->plan;
    const uint64_t bits = hst_random_u64(stream);
    hst_phold_next next = {.argument = bits, .target = entity};
    next.kind = (uint16_t)((bits & 0xffff) * plan->kind_count >> 16);
    if ((bits >> 16 & 0xff) < plan->remote_of_256) {
        next.target = (uint32_t)((bits >> 32) * plan->entity_count >> 32);
    }
    next.time_ns = now_ns + hst_phold_delay_draw(plan->delay, now_ns, stream);
    next.touches_timer = (bits >> 24 & 0xff) < plan->timer_of_256;
    if (next.touches_timer) {
        next.move_ns = now_ns + hst_phold_delay_draw(plan->delay, now_ns, stream);
    }
    return next;
}

hst_phold_next hst_phold_follow(hst_phold_model *model, const hst_event *event)
{
    hst_assert(event->target < model->plan.entity_count);
    return draw(model, event->target, event->time_ns);
}

hst_phold_next hst_phold_first(hst_phold_model *model, uint32_t index)
{
    hst_assert(index < model->plan.event_count);
    hst_phold_next next = draw(model, index % model->plan.entity_count, 0);
    next.target = index % model->plan.entity_count;
    next.touches_timer = false;
    return next;
}

uint64_t hst_phold_state(const hst_phold_model *model)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < model->plan.entity_count; i++) {
        sum = (sum ^ model->entities[i].state) * UINT64_C(0x9e3779b97f4a7c15);
        sum ^= sum >> 32;
    }
    return sum;
}
