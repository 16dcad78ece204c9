#include "sim/engine/sort.h"

#include "core/base/assert.h"

#include <string.h>

enum { BLOCK = 16 }; /* rows that merging starts from */

static void insertion_sort(hst_event *events, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (!hst_event_before(&events[i], &events[i - 1])) {
            continue;
        }
        const hst_event moved = events[i];
        size_t at = i;
        do {
            events[at] = events[at - 1];
            at--;
        } while (at > 0 && hst_event_before(&moved, &events[at - 1]));
        events[at] = moved;
    }
}

/** Merge the sorted rows from[0, middle) and from[middle, count) into `to`. */
static void merge(const hst_event *from, size_t middle, size_t count, hst_event *to)
{
    if (middle >= count || hst_event_before(&from[middle - 1], &from[middle])) {
        memcpy(to, from, count * sizeof(hst_event));
        return;
    }
    size_t left = 0;
    size_t right = middle;
    size_t at = 0;
    while (left < middle && right < count) {
        const bool take_right = hst_event_before(&from[right], &from[left]);
        to[at++] = from[take_right ? right : left];
        right += (size_t)take_right;
        left += (size_t)!take_right;
    }
    memcpy(&to[at], &from[left], (middle - left) * sizeof(hst_event));
    at += middle - left;
    memcpy(&to[at], &from[right], (count - right) * sizeof(hst_event));
}

void hst_event_sort(hst_event *events, size_t count, hst_event *scratch)
{
    if (count <= HST_SORT_INSERTION_MAX) {
        insertion_sort(events, count);
        return;
    }
    hst_assert(scratch != NULL);
    for (size_t i = 0; i < count; i += BLOCK) {
        insertion_sort(&events[i], count - i < BLOCK ? count - i : BLOCK);
    }
    hst_event *from = events;
    hst_event *to = scratch;
    for (size_t width = BLOCK; width < count; width *= 2) {
        for (size_t i = 0; i < count; i += 2 * width) {
            const size_t length = count - i < 2 * width ? count - i : 2 * width;
            merge(&from[i], width, length, &to[i]);
        }
        hst_event *const swap = from;
        from = to;
        to = swap;
    }
    if (from != events) {
        memcpy(events, from, count * sizeof(hst_event));
    }
}
