#include "sim/engine/heap.h"

#include "core/base/assert.h"

#include "sim/engine/grow.h"

#include <stdint.h>

enum { CAPACITY_MIN = 64 };

static hst_status reserve(hst_event_heap *heap, size_t places)
{
    void *grown = NULL;
    HST_TRY(
        hst_grow(heap->memory, heap->items, &heap->capacity, places, sizeof(hst_event), &grown));
    heap->items = grown;
    return HST_OK;
}

hst_status hst_event_heap_init(hst_event_heap *heap, hst_memory memory, size_t planned)
{
    hst_assert(memory.acquire != NULL);
    hst_assert(planned < SIZE_MAX / sizeof(hst_event) / 2);
    *heap = (hst_event_heap){.memory = memory};
    size_t wanted = planned + HST_EVENT_HEAP_ROOT;
    if (wanted < CAPACITY_MIN) {
        wanted = CAPACITY_MIN;
    }
    return reserve(heap, wanted);
}

void hst_event_heap_release(hst_event_heap *heap)
{
    hst_grow_release(heap->memory, heap->items, heap->capacity, sizeof(hst_event));
    *heap = (hst_event_heap){.memory = heap->memory};
}

hst_status hst_event_heap_push(hst_event_heap *heap, const hst_event *event)
{
    size_t place = HST_EVENT_HEAP_ROOT + heap->count;
    if (__builtin_expect(place >= heap->capacity, 0)) {
        HST_TRY(reserve(heap, place + 1));
    }
    hst_event *const items = heap->items;
    const hst_event moved = *event;
    heap->count++;
    while (place > HST_EVENT_HEAP_ROOT) {
        const size_t parent = (place >> 2) + 2;
        if (!hst_event_before(&moved, &items[parent])) {
            break;
        }
        items[place] = items[parent];
        place = parent;
    }
    items[place] = moved;
    return HST_OK;
}

/** Least of the four brothers that begin at `first`; no branch, since which one it is is random. */
static inline size_t least_of_four(const hst_event *items, size_t first)
{
    const size_t left = first + (size_t)hst_event_before(&items[first + 1], &items[first]);
    const size_t right = first + 2 + (size_t)hst_event_before(&items[first + 3], &items[first + 2]);
    return hst_event_before(&items[right], &items[left]) ? right : left;
}

void hst_event_heap_pop(hst_event_heap *heap, hst_event *out)
{
    hst_assert(heap->count > 0);
    hst_event *const items = heap->items;
    *out = items[HST_EVENT_HEAP_ROOT];
    heap->count--;
    const size_t end = HST_EVENT_HEAP_ROOT + heap->count; /* place of the last event */
    const hst_event moved = items[end];
    size_t place = HST_EVENT_HEAP_ROOT;
    for (;;) {
        const size_t first = 4 * (place - 2);
        size_t least = first;
        if (first + 4 <= end) {
            least = least_of_four(items, first);
        } else if (first < end) {
            for (size_t i = first + 1; i < end; i++) {
                least = hst_event_before(&items[i], &items[least]) ? i : least;
            }
        } else {
            break;
        }
        if (!hst_event_before(&items[least], &moved)) {
            break;
        }
        items[place] = items[least];
        place = least;
    }
    items[place] = moved;
}
