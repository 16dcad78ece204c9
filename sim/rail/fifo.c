#include "sim/rail/fifo.h"

#include "core/base/assert.h"

hst_status
hst_fifo_create(uint32_t queue_count, uint32_t payment_count, hst_arena *arena, hst_fifo *fifo)
{
    hst_assert(arena != NULL && fifo != NULL);
    *fifo = (hst_fifo){.head = HST_ARENA_NEW(arena, uint32_t, queue_count),
                       .tail = HST_ARENA_NEW(arena, uint32_t, queue_count),
                       .length = HST_ARENA_NEW(arena, uint32_t, queue_count),
                       .next = HST_ARENA_NEW(arena, uint32_t, payment_count),
                       .previous = HST_ARENA_NEW(arena, uint32_t, payment_count),
                       .queue = HST_ARENA_NEW(arena, uint32_t, payment_count),
                       .queue_count = queue_count,
                       .payment_count = payment_count};
    if (fifo->head == NULL || fifo->tail == NULL || fifo->length == NULL || fifo->next == NULL ||
        fifo->previous == NULL || fifo->queue == NULL) {
        return HST_NO_MEMORY;
    }
    for (uint32_t q = 0; q < queue_count; q++) {
        fifo->head[q] = HST_FIFO_NONE;
        fifo->tail[q] = HST_FIFO_NONE;
    }
    for (uint32_t p = 0; p < payment_count; p++) {
        fifo->queue[p] = HST_FIFO_NONE;
    }
    return HST_OK;
}

void hst_fifo_push(hst_fifo *fifo, uint32_t queue, uint32_t payment)
{
    hst_assert(queue < fifo->queue_count);
    hst_assert(payment < fifo->payment_count);
    hst_assert(fifo->queue[payment] == HST_FIFO_NONE);
    const uint32_t last = fifo->tail[queue];
    fifo->previous[payment] = last;
    fifo->next[payment] = HST_FIFO_NONE;
    if (last == HST_FIFO_NONE) {
        fifo->head[queue] = payment;
    } else {
        fifo->next[last] = payment;
    }
    fifo->tail[queue] = payment;
    fifo->queue[payment] = queue;
    fifo->length[queue]++;
}

bool hst_fifo_remove(hst_fifo *fifo, uint32_t payment)
{
    hst_assert(payment < fifo->payment_count);
    const uint32_t queue = fifo->queue[payment];
    if (queue == HST_FIFO_NONE) {
        return false;
    }
    const uint32_t before = fifo->previous[payment];
    const uint32_t after = fifo->next[payment];
    if (before == HST_FIFO_NONE) {
        fifo->head[queue] = after;
    } else {
        fifo->next[before] = after;
    }
    if (after == HST_FIFO_NONE) {
        fifo->tail[queue] = before;
    } else {
        fifo->previous[after] = before;
    }
    hst_assert(fifo->length[queue] > 0);
    fifo->length[queue]--;
    fifo->queue[payment] = HST_FIFO_NONE;
    return true;
}
