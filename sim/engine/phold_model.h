/** @file sim/engine/phold_model.h
 * PHOLD without an engine: entities, and what follows an event.
 *
 * The standard benchmark of event engines. A fixed number of events is always pending: each one,
 * when it happens, schedules its successor after a random delay at the same entity or, now and
 * then, at a random other one. Here the state and the draws live apart from the kernel, so that
 * other event lists can be driven through exactly the same events.
 *
 * Beside the classic delay (0.1 + Exp(0.9) seconds) there are those a payment system has, which
 * hurt event lists: two scales at once, cut-off ties, heavy tails, coarse clocks.
 *
 * Units     delays in nanoseconds.
 * Errors    HST_NO_MEMORY.
 * Memory    one block for the entities, from `memory`.
 * Threads   one at a time.
 * Source    Fujimoto, "Performance of Time Warp under synthetic workloads", SCS Distributed
 *           Simulation, 1990 (PHOLD); delay patterns after the event-set comparison in
 *           docs/decisions/event-set.md.
 */
#ifndef HST_SIM_ENGINE_PHOLD_MODEL_H
#define HST_SIM_ENGINE_PHOLD_MODEL_H

#include "core/base/arena.h"
#include "core/base/random.h"
#include "core/base/status.h"

#include "sim/engine/event.h"
#include "sim/engine/timer.h"

#include <stdbool.h>
#include <stdint.h>

/** How long after an event its successor happens. */
typedef enum hst_phold_delay {
    HST_PHOLD_EXPONENTIAL = 0, /**< 0.1 s + Exp(0.9 s): the classic */
    HST_PHOLD_BIMODAL,         /**< 90 % Exp(50 ms), 10 % Exp(1 h): settlement windows */
    HST_PHOLD_SNAPPED,         /**< half moved to the next full second: cut-off ties */
    HST_PHOLD_PARETO,          /**< Pareto from 1 ms, alpha 1.1, at most 10^6 s: heavy tail */
    HST_PHOLD_MILLISECONDS,    /**< 1 ... 100 whole milliseconds: heavy ties */
    HST_PHOLD_ZERO_MIXED,      /**< a quarter now, a quarter 1 ns, else exponential: cascades */
} hst_phold_delay;

/** How many delay patterns there are. */
enum { HST_PHOLD_DELAY_COUNT = HST_PHOLD_ZERO_MIXED + 1 };

/** Name of a delay pattern, as in benchmark names. */
const char *hst_phold_delay_name(hst_phold_delay delay);

/** Plan of a PHOLD model. */
typedef struct hst_phold_plan {
    uint32_t entity_count;  /**< entities, 1 ... HST_EVENT_SOURCE_LIMIT */
    uint32_t event_count;   /**< events pending at all times, > 0 */
    uint32_t remote_of_256; /**< successors in 256 that go to a random entity; classic: 64 */
    uint32_t timer_of_256;  /**< events in 256 that set or move their entity's timer */
    uint16_t kind_count;    /**< kinds of events, 1 ... 4, each with its own handler */
    hst_phold_delay delay;  /**< delay pattern */
    uint64_t seed;          /**< seed of all draws */
} hst_phold_plan;

/** One entity: half a cache line. */
typedef struct hst_phold_entity {
    hst_random stream; /**< its own draws */
    uint64_t state;    /**< what handlers change */
    hst_timer timer;   /**< its timer, when armed */
} hst_phold_entity;

_Static_assert(sizeof(hst_phold_entity) == 32, "two entities fill a cache line");

/** The model. */
typedef struct hst_phold_model {
    hst_phold_plan plan;        /**< as given */
    hst_phold_entity *entities; /**< [plan.entity_count] */
    hst_memory memory;          /**< where the entities came from */
} hst_phold_model;

/** What follows an event. */
typedef struct hst_phold_next {
    int64_t time_ns;    /**< when the successor happens */
    int64_t move_ns;    /**< when the entity's timer shall fire instead */
    uint64_t argument;  /**< of the successor */
    uint32_t target;    /**< of the successor */
    uint16_t kind;      /**< of the successor */
    bool touches_timer; /**< move the timer if it is armed, else the successor becomes one */
} hst_phold_next;

/** Make the entities. HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_phold_model_init(hst_phold_model *model,
                                              const hst_phold_plan *plan,
                                              hst_memory memory);

/** Give the entities back. */
void hst_phold_model_release(hst_phold_model *model);

/** A delay of the pattern, >= 0. */
int64_t hst_phold_delay_draw(hst_phold_delay delay, int64_t now_ns, hst_random *stream);

/** What an event of kind 0 ... 3 does to its entity. */
static inline void hst_phold_act(hst_phold_entity *entity, uint16_t kind, uint64_t argument)
{
    const uint64_t state = entity->state;
    switch (kind) {
    case 0: entity->state = state + argument; break;
    case 1: entity->state = state ^ argument; break;
    case 2: entity->state = state > argument ? state - argument : argument; break;
    default: entity->state = (state << 7 | state >> 57) + argument; break;
    }
}

/** Draw what follows `event`. */
hst_phold_next hst_phold_follow(hst_phold_model *model, const hst_event *event);

/** The first events: number `index` < plan.event_count. */
hst_phold_next hst_phold_first(hst_phold_model *model, uint32_t index);

/** A checksum over all entities' states. */
uint64_t hst_phold_state(const hst_phold_model *model);

#endif
