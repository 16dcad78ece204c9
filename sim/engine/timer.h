/** @file sim/engine/timer.h
 * Slots behind cancellable events.
 *
 * The item in the event queue names a slot and the generation it was set for; cancelling, moving
 * or firing begins the slot's next generation, so the item, and every handle, goes stale without
 * being searched for. A slot whose generations are used up is retired: no handle ever comes to
 * name a timer it was not made for.
 *
 * Errors    HST_NO_MEMORY; the slots are unchanged.
 * Memory    one block from `memory`, doubled when full; freed slots are reused last in first out.
 * Threads   one at a time.
 * Cost      one cache line a timer.
 */
#ifndef HST_SIM_ENGINE_TIMER_H
#define HST_SIM_ENGINE_TIMER_H

#include "core/base/arena.h"
#include "core/base/status.h"

#include "sim/engine/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Names an armed timer; all zero names none. */
typedef struct hst_timer {
    uint32_t slot;       /**< private */
    uint32_t generation; /**< private; 0 = no timer */
} hst_timer;

/** What a timer will deliver; 32 bytes. */
typedef struct hst_timer_slot {
    uint64_t argument;   /**< the model's */
    uint32_t generation; /**< of the armed timer, or of the next one to be set here */
    uint32_t source;     /**< who set it */
    uint32_t target;     /**< whom it happens to; the next free slot while free */
    uint16_t kind;       /**< the handler */
    uint8_t priority;    /**< among equal times */
    bool armed;          /**< a timer is set */
    uint64_t reserved;   /**< two slots a cache line */
} hst_timer_slot;

_Static_assert(sizeof(hst_timer_slot) == 32, "two slots fill a cache line");

/** All slots; fields are private. */
typedef struct hst_timer_slots {
    hst_timer_slot *slots; /**< [capacity] */
    size_t capacity;       /**< places in the block */
    uint32_t used;         /**< slots ever taken */
    uint32_t spare;        /**< first free slot, or UINT32_MAX */
    hst_memory memory;     /**< where the block comes from */
} hst_timer_slots;

/** Start with room for `planned` armed timers. HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_timer_slots_init(hst_timer_slots *slots,
                                              hst_memory memory,
                                              uint32_t planned);

/** Give the block back. */
void hst_timer_slots_release(hst_timer_slots *slots);

/** Take a slot and arm it; the caller fills in what it delivers. HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_timer_slots_take(hst_timer_slots *slots, hst_timer *timer);

/** The slot of an armed timer, or NULL when the handle is stale or none. */
static inline hst_timer_slot *hst_timer_slots_find(const hst_timer_slots *slots, hst_timer timer)
{
    if (timer.generation == 0) {
        return NULL;
    }
    hst_assert(timer.slot < slots->used);
    hst_timer_slot *const slot = &slots->slots[timer.slot];
    return slot->armed && slot->generation == timer.generation ? slot : NULL;
}

/** Disarm an armed slot: its handles go stale, and it is free, or retired when its generations are
 * used up. */
void hst_timer_slots_free(hst_timer_slots *slots, hst_timer timer);

/** A handle as an event's argument. */
static inline uint64_t hst_timer_pack(hst_timer timer)
{
    return (uint64_t)timer.generation << 32 | timer.slot;
}

/** And back. */
static inline hst_timer hst_timer_unpack(uint64_t argument)
{
    return (hst_timer){(uint32_t)argument, (uint32_t)(argument >> 32)};
}

#endif
