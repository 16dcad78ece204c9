/** @file sim/engine/grow.h
 * Arrays that double inside the kernel: the plan from the scenario was too small.
 *
 * Errors    HST_NO_MEMORY; the array is unchanged.
 * Memory    a new block from `memory`, the old one given back; contents are copied.
 * Cost      O(1) amortised an element.
 */
#ifndef HST_SIM_ENGINE_GROW_H
#define HST_SIM_ENGINE_GROW_H

#include "core/base/arena.h"
#include "core/base/status.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** A block for at least `wanted` > `*capacity` elements of `size` bytes, at least twice as many as
 * before, with the old contents; new elements are zero. `old` may be NULL and is given back. */
HST_NODISCARD static inline hst_status
hst_grow(hst_memory memory, void *old, size_t *capacity, size_t wanted, size_t size, void **out)
{
    const size_t doubled = *capacity > SIZE_MAX / 2 ? SIZE_MAX : *capacity * 2;
    const size_t count = wanted > doubled ? wanted : doubled;
    if (count > SIZE_MAX / size) {
        return HST_NO_MEMORY;
    }
    void *const grown = memory.acquire(memory.context, count * size);
    if (grown == NULL) {
        return HST_NO_MEMORY;
    }
    if (old != NULL) {
        memcpy(grown, old, *capacity * size);
        memory.release(memory.context, old, *capacity * size);
    }
    *capacity = count;
    *out = grown;
    return HST_OK;
}

/** Give such an array back; NULL is fine. */
static inline void hst_grow_release(hst_memory memory, void *items, size_t capacity, size_t size)
{
    if (items != NULL) {
        memory.release(memory.context, items, capacity * size);
    }
}

#endif
