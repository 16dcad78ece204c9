/** @file sim/engine/event.h
 * An event: 32 bytes, and the total order in which events happen.
 *
 *   time_ns | priority 8 | source 24 | sequence 32 |  target 32  kind 16 flags 16 | argument 64
 *            \____________ tie ____________________/
 *
 * Order is (time, priority, source, source sequence). The source is the entity that scheduled the
 * event and the sequence counts what that source has scheduled, so a key says who acted and not
 * when the program happened to run the code: the order is equal for any number of threads or
 * partitions, and no two events of a run share a key. Comparing times alone would leave ties to
 * insertion luck.
 *
 * Units     time in nanoseconds from the scenario's start, 0 ... INT64_MAX.
 * Errors    none; arguments beyond the limits are programmer errors.
 * Limits    priority < 256, source < HST_EVENT_SOURCE_LIMIT, sequence < 2^32 - 1 per source.
 * Threads   pure values.
 */
#ifndef HST_SIM_ENGINE_EVENT_H
#define HST_SIM_ENGINE_EVENT_H

#include "core/base/assert.h"

#include <stdbool.h>
#include <stdint.h>

/** Sources are numbered below this: 24 bits of the tie. */
#define HST_EVENT_SOURCE_LIMIT (UINT32_C(1) << 24)

/** A source may schedule this many events in a run. */
#define HST_EVENT_SEQUENCE_LIMIT UINT32_MAX

/** Flag of an event that a timer delivers (sim/engine/kernel.h). */
enum { HST_EVENT_TIMER = 1 };

/** What happens, when, to whom; copied freely. */
typedef struct hst_event {
    int64_t time_ns;   /**< when, from the scenario's start */
    uint64_t tie;      /**< priority, source and source sequence: hst_event_tie */
    uint32_t target;   /**< the entity it happens to; the model's numbering */
    uint16_t kind;     /**< picks the handler */
    uint16_t flags;    /**< 0 or HST_EVENT_TIMER; set by the kernel */
    uint64_t argument; /**< the model's own, often a handle */
} hst_event;

_Static_assert(sizeof(hst_event) == 32, "two events fill a cache line");

/** Pack the second half of the order; asserts the limits. */
static inline uint64_t hst_event_tie(uint8_t priority, uint32_t source, uint32_t sequence)
{
    hst_assert(source < HST_EVENT_SOURCE_LIMIT);
    hst_assert(sequence < HST_EVENT_SEQUENCE_LIMIT);
    return (uint64_t)priority << 56 | (uint64_t)source << 32 | sequence;
}

/** Priority of an event: 0 goes first among equal times. */
static inline uint8_t hst_event_priority(const hst_event *event)
{
    return (uint8_t)(event->tie >> 56);
}

/** The entity that scheduled it. */
static inline uint32_t hst_event_source(const hst_event *event)
{
    return (uint32_t)(event->tie >> 32) & (HST_EVENT_SOURCE_LIMIT - 1);
}

/** How many events that source had scheduled before. */
static inline uint32_t hst_event_sequence(const hst_event *event)
{
    return (uint32_t)event->tie;
}

/** Does `a` happen before `b`? One 128-bit comparison without a branch: at random keys a branch
 * would be mispredicted every other time. */
static inline bool hst_event_before(const hst_event *a, const hst_event *b)
{
    __extension__ typedef unsigned __int128 u128;
    const u128 key_a = (u128)(uint64_t)a->time_ns << 64 | a->tie;
    const u128 key_b = (u128)(uint64_t)b->time_ns << 64 | b->tie;
    return key_a < key_b;
}

#endif
