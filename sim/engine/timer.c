#include "sim/engine/timer.h"

#include "core/base/assert.h"

#include "sim/engine/grow.h"

/** The end of the list of free slots. */
#define NO_SLOT UINT32_MAX

enum { CAPACITY_MIN = 16 };

static hst_status reserve(hst_timer_slots *slots, size_t wanted)
{
    void *grown = NULL;
    HST_TRY(hst_grow(slots->memory, slots->slots, &slots->capacity, wanted, sizeof(hst_timer_slot),
                     &grown));
    slots->slots = grown;
    return HST_OK;
}

hst_status hst_timer_slots_init(hst_timer_slots *slots, hst_memory memory, uint32_t planned)
{
    hst_assert(memory.acquire != NULL);
    hst_assert(planned < NO_SLOT);
    *slots = (hst_timer_slots){.spare = NO_SLOT, .memory = memory};
    return reserve(slots, planned < CAPACITY_MIN ? CAPACITY_MIN : planned);
}

void hst_timer_slots_release(hst_timer_slots *slots)
{
    hst_grow_release(slots->memory, slots->slots, slots->capacity, sizeof(hst_timer_slot));
    *slots = (hst_timer_slots){.spare = NO_SLOT, .memory = slots->memory};
}

hst_status hst_timer_slots_take(hst_timer_slots *slots, hst_timer *timer)
{
    uint32_t index = slots->spare;
    if (index != NO_SLOT) {
        hst_assert(index < slots->used);
        slots->spare = slots->slots[index].target;
    } else {
        hst_assert(slots->used < NO_SLOT - 1);
        if (slots->used == slots->capacity) {
            HST_TRY(reserve(slots, slots->capacity + 1));
        }
        index = slots->used++;
        slots->slots[index].generation = 1;
    }
    hst_timer_slot *const slot = &slots->slots[index];
    hst_assert(!slot->armed);
    hst_assert(slot->generation != 0);
    slot->armed = true;
    *timer = (hst_timer){index, slot->generation};
    return HST_OK;
}

void hst_timer_slots_free(hst_timer_slots *slots, hst_timer timer)
{
    hst_timer_slot *const slot = hst_timer_slots_find(slots, timer);
    hst_assert(slot != NULL);
    slot->armed = false;
    if (slot->generation == UINT32_MAX) {
        return; /* retired */
    }
    slot->generation++;
    slot->target = slots->spare;
    slots->spare = timer.slot;
}
