#include "sim/engine/ladder.h"

#include "core/base/assert.h"

#include "sim/engine/grow.h"
#include "sim/engine/sort.h"

#include <string.h>

enum {
    RUN_CAPACITY_MIN = 512,
    SCAN_MAX = 4096, /* events, 128 KiB: a longer list is not read only to know its bounds */
};

/** Make `*items` hold `wanted` events; the old ones are lost or kept. */
static hst_status reserve(hst_memory memory, hst_event **items, size_t *capacity, size_t wanted)
{
    if (wanted <= *capacity) {
        return HST_OK;
    }
    void *grown = NULL;
    HST_TRY(hst_grow(memory, *items, capacity, wanted, sizeof(hst_event), &grown));
    *items = grown;
    return HST_OK;
}

hst_status hst_ladder_init(hst_ladder *ladder, hst_memory memory, size_t planned)
{
    hst_assert(memory.acquire != NULL);
    hst_assert(planned < UINT32_MAX);
    *ladder = (hst_ladder){.memory = memory, .run_last = -1, .top_last = -1};
    ladder->late.memory = memory;
    ladder->pool.memory = memory;
    ladder->late_max = HST_LADDER_LATE_MAX;
    ladder->rungs = memory.acquire(memory.context, HST_LADDER_RUNG_MAX * sizeof(hst_ladder_rung));
    hst_status status = ladder->rungs == NULL ? HST_NO_MEMORY : HST_OK;
    if (status == HST_OK) {
        status = reserve(memory, &ladder->run, &ladder->run_capacity, RUN_CAPACITY_MIN);
    }
    if (status == HST_OK) {
        status = hst_event_heap_init(&ladder->late, memory, (size_t)2 * HST_LADDER_LATE_MAX);
    }
    if (status == HST_OK) {
        /* Beside full chunks each bucket of a rung may hold a partly filled one. */
        const size_t open =
            planned / 2 < HST_LADDER_BUCKET_MAX ? planned / 2 : HST_LADDER_BUCKET_MAX;
        status = hst_chunk_pool_init(&ladder->pool, memory, planned + open * HST_CHUNK_EVENTS);
    }
    if (status != HST_OK) {
        hst_ladder_release(ladder);
    }
    return status;
}

void hst_ladder_release(hst_ladder *ladder)
{
    const hst_memory memory = ladder->memory;
    hst_assert(memory.release != NULL);
    hst_assert(ladder->run_at <= ladder->run_end);
    hst_chunk_pool_release(&ladder->pool);
    hst_event_heap_release(&ladder->late);
    hst_grow_release(memory, ladder->run, ladder->run_capacity, sizeof(hst_event));
    hst_grow_release(memory, ladder->merge, ladder->merge_capacity, sizeof(hst_event));
    hst_grow_release(memory, ladder->rungs, HST_LADDER_RUNG_MAX, sizeof(hst_ladder_rung));
    *ladder = (hst_ladder){.memory = memory, .run_last = -1, .top_last = -1};
}

/** Remember the first failure. */
static void note(hst_ladder *ladder, hst_status status)
{
    if (__builtin_expect(status != HST_OK, 0) && ladder->status == HST_OK) {
        ladder->status = status;
    }
}

/** Put `event` into its bucket. Times after the last bucket belong to it: a rung covers all that
 * its parent's bucket covered. */
static inline void rung_add(hst_ladder *ladder, hst_ladder_rung *rung, const hst_event *event)
{
    hst_assert(event->time_ns >= rung->start);
    uint64_t index = (uint64_t)(event->time_ns - rung->start) >> rung->shift;
    index = index < rung->bucket_count ? index : rung->bucket_count - 1;
    hst_assert(index >= rung->turn);
    rung->occupied[index / 64] |= UINT64_C(1) << index % 64;
    note(ladder, hst_chunk_list_add(&ladder->pool, &rung->buckets[index], event));
}

/** First bucket not yet consumed that holds something, or bucket_count. */
static uint32_t rung_next(const hst_ladder_rung *rung)
{
    uint32_t word = rung->turn / 64;
    if (word >= HST_LADDER_BUCKET_MAX / 64) {
        return rung->bucket_count;
    }
    uint64_t bits = rung->occupied[word] & (~UINT64_C(0) << rung->turn % 64);
    while (bits == 0) {
        word++;
        if (word == HST_LADDER_BUCKET_MAX / 64) {
            return rung->bucket_count;
        }
        bits = rung->occupied[word];
    }
    return word * 64 + (uint32_t)__builtin_ctzll(bits);
}

/** Last time of bucket `index`. */
static int64_t bucket_last(const hst_ladder_rung *rung, uint32_t index)
{
    if (index + 1 == rung->bucket_count) {
        return rung->last;
    }
    const uint64_t last = (uint64_t)rung->start + ((uint64_t)(index + 1) << rung->shift) - 1;
    hst_assert(last <= (uint64_t)rung->last);
    return (int64_t)last;
}

/** Open an empty finest rung for `count` events whose times lie in min ... max. It covers all times
 * up to `last`. No event before `min` comes to it: either its first bucket, which holds one at
 * `min`, becomes the run at once, or run_last is min - 1. */
static hst_ladder_rung *
rung_open(hst_ladder *ladder, size_t count, int64_t min, int64_t max, int64_t last)
{
    hst_assert(ladder->depth < HST_LADDER_RUNG_MAX);
    hst_assert(min < max);
    hst_assert(max <= last);
    const uint64_t span = (uint64_t)max - (uint64_t)min;
    uint64_t wanted = count / HST_LADDER_SPREAD;
    wanted = wanted < 2 ? 2 : wanted;
    wanted = wanted < HST_LADDER_BUCKET_MAX ? wanted : HST_LADDER_BUCKET_MAX;
    unsigned shift = 0;
    while (span >> shift >= wanted) {
        shift++;
    }
    hst_ladder_rung *const rung = &ladder->rungs[ladder->depth++];
    rung->start = min;
    rung->last = last;
    rung->shift = shift;
    rung->bucket_count = (uint32_t)(span >> shift) + 1;
    rung->turn = 0;
    hst_assert_slow(rung_next(rung) == rung->bucket_count);
    return rung;
}

/** Widen min ... max by the times in the first `fill` places of a chunk. */
static inline void chunk_span(const hst_chunk *chunk, uint32_t fill, int64_t *min, int64_t *max)
{
    int64_t least = *min;
    int64_t greatest = *max;
    for (uint32_t i = 0; i < fill; i++) {
        const int64_t time_ns = chunk->events[i].time_ns;
        least = time_ns < least ? time_ns : least;
        greatest = time_ns > greatest ? time_ns : greatest;
    }
    *min = least;
    *max = greatest;
}

/** Bounds of the times in bucket `index`, taken out as `list`: exact, or, when a look at the newest
 * chunk says that a large list fills its bucket anyway, the bucket's own. Reading a list that does
 * not fit the cache costs as much as moving it. */
static void
list_span(const hst_ladder_rung *rung, uint32_t index, const hst_chunk_list *list, int64_t span[2])
{
    span[0] = INT64_MAX;
    span[1] = 0;
    hst_assert(list->head != NULL);
    chunk_span(list->head, list->fill, &span[0], &span[1]);
    const uint64_t width = UINT64_C(1) << rung->shift;
    if (list->count > SCAN_MAX && index + 1 < rung->bucket_count &&
        (uint64_t)(span[1] - span[0]) >= width / 8) {
        span[0] = (int64_t)((uint64_t)rung->start + ((uint64_t)index << rung->shift));
        span[1] = bucket_last(rung, index);
        return;
    }
    for (const hst_chunk *chunk = list->head->next; chunk != NULL; chunk = chunk->next) {
        hst_chunk_prefetch_ahead(chunk);
        chunk_span(chunk, HST_CHUNK_EVENTS, &span[0], &span[1]);
    }
}

/** Move a list into the buckets of a rung. */
static void list_spread(hst_ladder *ladder, hst_chunk_list list, hst_ladder_rung *rung)
{
    uint32_t fill = list.fill;
    hst_chunk *chunk = list.head;
    while (chunk != NULL) {
        hst_chunk_prefetch_ahead(chunk);
        for (uint32_t i = 0; i < fill; i++) {
            rung_add(ladder, rung, &chunk->events[i]);
        }
        fill = HST_CHUNK_EVENTS;
        chunk = hst_chunk_drop(&ladder->pool, chunk);
    }
}

/** Make a list the run: every event up to `last`, sorted. */
static bool list_run(hst_ladder *ladder, hst_chunk_list list, int64_t last)
{
    hst_assert(ladder->run_at == ladder->run_end);
    hst_assert(ladder->late.count == 0);
    note(ladder, reserve(ladder->memory, &ladder->run, &ladder->run_capacity, list.count));
    if (list.count > HST_SORT_INSERTION_MAX) {
        note(ladder, reserve(ladder->memory, &ladder->merge, &ladder->merge_capacity, list.count));
    }
    if (ladder->status != HST_OK) {
        return false;
    }
    /* Chunks hang newest first: filling from the back keeps order of arrival, so that ties, which
     * often arrive in order, are nearly sorted. */
    size_t at = list.count;
    uint32_t fill = list.fill;
    hst_chunk *chunk = list.head;
    while (chunk != NULL) {
        at -= fill;
        memcpy(&ladder->run[at], chunk->events, fill * sizeof(hst_event));
        fill = HST_CHUNK_EVENTS;
        chunk = hst_chunk_drop(&ladder->pool, chunk);
    }
    hst_assert(at == 0);
    hst_event_sort(ladder->run, list.count, ladder->merge);
    ladder->run_at = 0;
    ladder->run_end = list.count;
    ladder->run_ahead = 0;
    ladder->run_last = last;
    ladder->late_max = HST_LADDER_LATE_MAX;
    return true;
}

/** Take the far future down: it becomes the first rung, or the run when it is small. True when it
 * became the run. */
static bool take_top(hst_ladder *ladder)
{
    hst_assert(ladder->depth == 0);
    hst_assert(ladder->top.count > 0);
    const hst_chunk_list list = ladder->top;
    ladder->top = (hst_chunk_list){NULL, 0, 0};
    ladder->run_last = ladder->top_last;
    ladder->top_last = ladder->top_max;
    if (list.count <= HST_LADDER_SORT_MAX || ladder->top_min == ladder->top_max) {
        return list_run(ladder, list, ladder->top_max);
    }
    hst_ladder_rung *const rung =
        rung_open(ladder, list.count, ladder->top_min, ladder->top_max, ladder->top_max);
    list_spread(ladder, list, rung);
    return false;
}

bool hst_ladder_refill(hst_ladder *ladder)
{
    hst_assert(ladder->run_at == ladder->run_end);
    hst_assert(ladder->late.count == 0);
    while (ladder->status == HST_OK) {
        if (ladder->depth == 0) {
            if (ladder->top.count == 0) {
                return false;
            }
            if (take_top(ladder)) {
                return true;
            }
            continue;
        }
        hst_ladder_rung *const rung = &ladder->rungs[ladder->depth - 1];
        const uint32_t index = rung_next(rung);
        if (index == rung->bucket_count) {
            ladder->run_last = rung->last;
            ladder->depth--;
            continue;
        }
        const hst_chunk_list list = rung->buckets[index];
        const int64_t last = bucket_last(rung, index);
        rung->buckets[index] = (hst_chunk_list){NULL, 0, 0};
        rung->occupied[index / 64] &= ~(UINT64_C(1) << index % 64);
        rung->turn = index + 1;
        if (list.count <= HST_LADDER_SORT_MAX || ladder->depth == HST_LADDER_RUNG_MAX) {
            return list_run(ladder, list, last);
        }
        int64_t span[2];
        list_span(rung, index, &list, span);
        if (span[0] == span[1]) {
            return list_run(ladder, list, last);
        }
        list_spread(ladder, list, rung_open(ladder, list.count, span[0], span[1], last));
    }
    return false;
}

/** More events fall late than the run holds: the span of the run was too wide. Lay both out as a
 * new finest rung; if that cannot be, let late grow. */
static void spill_late(hst_ladder *ladder)
{
    const size_t late_count = ladder->late.count;
    const hst_event *const late = ladder->late.items + HST_EVENT_HEAP_ROOT;
    const hst_event *const run = ladder->run + ladder->run_at;
    const size_t run_count = ladder->run_end - ladder->run_at;
    hst_assert(late_count > 0);
    if (ladder->depth == HST_LADDER_RUNG_MAX || late_count < run_count) {
        ladder->late_max = 2 * late_count;
        return;
    }
    int64_t min = late[0].time_ns;
    int64_t max = min;
    for (size_t i = 1; i < late_count; i++) {
        max = late[i].time_ns > max ? late[i].time_ns : max;
    }
    if (run_count > 0) {
        min = run[0].time_ns < min ? run[0].time_ns : min;
        max = run[run_count - 1].time_ns > max ? run[run_count - 1].time_ns : max;
    }
    if (min == max) {
        ladder->late_max = 2 * late_count;
        return;
    }
    hst_ladder_rung *const rung =
        rung_open(ladder, late_count + run_count, min, max, ladder->run_last);
    for (size_t i = 0; i < run_count; i++) {
        rung_add(ladder, rung, &run[i]);
    }
    for (size_t i = 0; i < late_count; i++) {
        rung_add(ladder, rung, &late[i]);
    }
    hst_event_heap_clear(&ladder->late);
    ladder->run_at = ladder->run_end;
    ladder->late_max = HST_LADDER_LATE_MAX;
    ladder->run_last = min - 1;
}

void hst_ladder_enter(hst_ladder *ladder, const hst_event *event)
{
    const int64_t time_ns = event->time_ns;
    hst_assert(time_ns >= 0);
    if (__builtin_expect(ladder->status != HST_OK, 0)) {
        return; /* a layout may have been left half way */
    }
    if (time_ns > ladder->top_last) {
        ladder->top_min =
            ladder->top.count == 0 || time_ns < ladder->top_min ? time_ns : ladder->top_min;
        ladder->top_max =
            ladder->top.count == 0 || time_ns > ladder->top_max ? time_ns : ladder->top_max;
        note(ladder, hst_chunk_list_add(&ladder->pool, &ladder->top, event));
        return;
    }
    if (time_ns > ladder->run_last) {
        /* Finest first: spans are nested, and each rung begins where the finer one ends. */
        for (uint32_t depth = ladder->depth; depth > 0; depth--) {
            hst_ladder_rung *const rung = &ladder->rungs[depth - 1];
            if (time_ns <= rung->last) {
                rung_add(ladder, rung, event);
                return;
            }
        }
        hst_assert(false); /* the coarsest rung ends at top_last */
    }
    note(ladder, hst_event_heap_push(&ladder->late, event));
    if (__builtin_expect(ladder->late.count > ladder->late_max, 0)) {
        spill_late(ladder);
    }
}
