#include "sim/engine/event_queue.h"

#include "core/base/assert.h"

hst_status
hst_event_queue_init(hst_event_queue *queue, hst_queue_kind kind, hst_memory memory, size_t planned)
{
    hst_assert(kind == HST_QUEUE_LADDER || kind == HST_QUEUE_HEAP);
    *queue = (hst_event_queue){.kind = kind};
    return kind == HST_QUEUE_LADDER ? hst_ladder_init(&queue->ladder, memory, planned)
                                    : hst_event_heap_init(&queue->heap, memory, planned);
}

void hst_event_queue_release(hst_event_queue *queue)
{
    if (queue->kind == HST_QUEUE_LADDER) {
        hst_ladder_release(&queue->ladder);
    } else {
        hst_event_heap_release(&queue->heap);
    }
    queue->count = 0;
}
