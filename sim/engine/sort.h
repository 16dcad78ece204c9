/** @file sim/engine/sort.h
 * Sorting short, nearly ordered or long rows of events.
 *
 * Insertion for short rows; for long ones, which are buckets of equal times, insertion in blocks
 * and bottom-up merging that skips neighbours already in order. No two events share a key, so
 * every correct sort gives the same row.
 *
 * Memory    sorts in place with `scratch` of equal length.
 * Threads   pure.
 * Cost      n^2 / 4 moves up to HST_SORT_INSERTION_MAX; n log n beyond, n when in order.
 */
#ifndef HST_SIM_ENGINE_SORT_H
#define HST_SIM_ENGINE_SORT_H

#include "sim/engine/event.h"

#include <stddef.h>

/** Rows up to this length need no scratch. */
enum { HST_SORT_INSERTION_MAX = 48 };

/** Sort events[count]; `scratch` holds `count` events, and may be NULL for short rows. */
void hst_event_sort(hst_event *events, size_t count, hst_event *scratch);

#endif
