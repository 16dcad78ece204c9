/** @file sim/engine/heap.h
 * A 4-ary implicit heap of events: the least first.
 *
 * The plain event set: the oracle of the ladder, the better choice for few pending events, and the
 * place where the ladder keeps events that come too late for its sorted run. Four children make the
 * tree half as high as two; the root sits at place 3 so that any four brothers, 128 bytes, begin on
 * a cache line and are fetched together.
 *
 *   place    3 | 4 5 6 7 | 8 ... 11 | 12 ... 15 | ...     children of p: 4 (p - 2) ... 4 (p - 2) +
 * 3
 *
 * Errors    HST_NO_MEMORY; the heap is unchanged.
 * Memory    one block from `memory`, doubled when full.
 * Threads   one at a time.
 * Cost      O(log n); one or two cache misses a level once the heap has outgrown the cache.
 * Source    LaMarca, Ladner, "The influence of caches on the performance of heaps", ACM J. Exp.
 *           Algorithmics 1, 1996 (aligned d-ary heaps).
 */
#ifndef HST_SIM_ENGINE_HEAP_H
#define HST_SIM_ENGINE_HEAP_H

#include "core/base/arena.h"
#include "core/base/status.h"

#include "sim/engine/event.h"

#include <stddef.h>

/** Place of the root. */
enum { HST_EVENT_HEAP_ROOT = 3 };

/** The heap; fields are private. */
typedef struct hst_event_heap {
    hst_event *items;  /**< places HST_EVENT_HEAP_ROOT ... HST_EVENT_HEAP_ROOT + count - 1 */
    size_t count;      /**< events held */
    size_t capacity;   /**< places in the block, the first three unused */
    hst_memory memory; /**< where the block comes from */
} hst_event_heap;

/** Start empty with room for `planned` events. HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_event_heap_init(hst_event_heap *heap,
                                             hst_memory memory,
                                             size_t planned);

/** Give the block back. */
void hst_event_heap_release(hst_event_heap *heap);

/** Enter a copy of `event`. HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_event_heap_push(hst_event_heap *heap, const hst_event *event);

/** Take the least event out; not when empty. */
void hst_event_heap_pop(hst_event_heap *heap, hst_event *out);

/** Forget all events, keep the block. */
static inline void hst_event_heap_clear(hst_event_heap *heap)
{
    heap->count = 0;
}

/** The least event; not when empty. */
static inline const hst_event *hst_event_heap_least(const hst_event_heap *heap)
{
    return &heap->items[HST_EVENT_HEAP_ROOT];
}

#endif
