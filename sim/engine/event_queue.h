/** @file sim/engine/event_queue.h
 * Pending events behind one interface: the capped ladder or the 4-ary heap.
 *
 * Both give the same order to the last event, because keys are total; they differ in cost only.
 * The kind is a field tested by an inlined, always equally predicted branch, so the choice costs
 * nothing measurable.
 *
 * Errors    HST_NO_MEMORY, kept: hst_event_queue_status.
 * Memory    planned at init, growing.
 * Threads   one at a time.
 * Cost      see sim/engine/ladder.h and sim/engine/heap.h.
 */
#ifndef HST_SIM_ENGINE_EVENT_QUEUE_H
#define HST_SIM_ENGINE_EVENT_QUEUE_H

#include "core/base/arena.h"
#include "core/base/status.h"

#include "sim/engine/event.h"
#include "sim/engine/heap.h"
#include "sim/engine/ladder.h"

#include <stdbool.h>
#include <stddef.h>

/** Which event set holds the pending events; results are equal. */
typedef enum hst_queue_kind {
    HST_QUEUE_LADDER = 0, /**< capped ladder: the choice beyond about a thousand pending */
    HST_QUEUE_HEAP = 1,   /**< 4-ary implicit heap: the oracle, and good for few pending */
} hst_queue_kind;

/** The queue; fields are private. */
typedef struct hst_event_queue {
    hst_queue_kind kind; /**< which of the two below is in use */
    hst_status status;   /**< of the heap; the ladder keeps its own */
    size_t count;        /**< events held */
    size_t count_peak;   /**< most events held at once */
    hst_event_heap heap; /**< in use with HST_QUEUE_HEAP */
    hst_ladder ladder;   /**< in use with HST_QUEUE_LADDER */
} hst_event_queue;

/** Start empty with room for `planned` events. HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_event_queue_init(hst_event_queue *queue,
                                              hst_queue_kind kind,
                                              hst_memory memory,
                                              size_t planned);

/** Give all memory back. */
void hst_event_queue_release(hst_event_queue *queue);

/** HST_OK, or HST_NO_MEMORY once an event was lost. */
static inline hst_status hst_event_queue_status(const hst_event_queue *queue)
{
    return queue->kind == HST_QUEUE_LADDER ? queue->ladder.status : queue->status;
}

/** Enter a copy of `event`, not before the last one popped. */
static inline void hst_event_queue_push(hst_event_queue *queue, const hst_event *event)
{
    if (queue->kind == HST_QUEUE_LADDER) {
        hst_ladder_push(&queue->ladder, event);
    } else {
        const hst_status status = hst_event_heap_push(&queue->heap, event);
        if (__builtin_expect(status != HST_OK, 0)) {
            queue->status = status;
            return;
        }
    }
    queue->count++;
    queue->count_peak = queue->count > queue->count_peak ? queue->count : queue->count_peak;
}

/** Take out the least event if it lies at or before `until_ns`; false when there is none, or when
 * memory ran out. */
static inline bool hst_event_queue_pop(hst_event_queue *queue, int64_t until_ns, hst_event *out)
{
    if (queue->kind == HST_QUEUE_LADDER) {
        if (!hst_ladder_pop(&queue->ladder, until_ns, out)) {
            return false;
        }
    } else {
        if (queue->heap.count == 0 || hst_event_heap_least(&queue->heap)->time_ns > until_ns) {
            return false;
        }
        hst_event_heap_pop(&queue->heap, out);
    }
    queue->count--;
    return true;
}

/** Coming events to look ahead to, as hst_ladder_ahead; the heap knows none. */
static inline size_t
hst_event_queue_ahead(hst_event_queue *queue, size_t low, size_t batch, const hst_event **events)
{
    return queue->kind == HST_QUEUE_LADDER ? hst_ladder_ahead(&queue->ladder, low, batch, events)
                                           : 0;
}

#endif
