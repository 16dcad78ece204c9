/** @file sim/engine/ladder.h
 * A capped ladder queue: pending events at a cost that hardly depends on how many there are.
 *
 *            run_last      rungs[1].last     rungs[0].last = top_last
 *   now         |               |                 |
 *   |== run ====|=|=|=|=|=|=|=|=|=====|=====|=====|............ top ............> time
 *   |== late ===|   rungs[1]         rungs[0]            one unsorted list
 *
 *   top    far future, unsorted; only its least and greatest time are known
 *   rungs  each a row of at most 512 buckets of equal width, a power of two; a bucket that holds
 *          too much when its turn comes becomes the next, finer rung
 *   run    the bucket whose turn it is, sorted, consumed from the front; that it is sorted ahead
 *          of time is what lets the kernel prefetch the state of coming events
 *   late   a small 4-ary heap of events scheduled into the span of the run
 *
 * Every event is moved once a rung and sorted once, among at most HST_LADDER_SORT_MAX others; with
 * 512 buckets a rung a few rungs suffice for any number and any skew of times. The cap keeps a
 * rung's open chunks inside the second-level cache: rungs as wide as they are full, as in the
 * original paper, were 2.5 times slower at 10^7 events.
 *
 * Three cases need care. Times equal to the nanosecond cannot be split: such a bucket is sorted
 * whole, by merging. Times beyond the last bucket of a rung that was laid out for what the bucket
 * held then go to its last bucket, which is laid out anew when its turn comes. And when more falls
 * late than the run holds, run and late are laid out as a new finest rung.
 *
 * Errors    HST_NO_MEMORY, kept in `status`: events may be lost, so the queue is good for nothing
 *           but release afterwards.
 * Memory    chunks (sim/engine/chunk.h), the run and the late heap, all growing.
 * Threads   one at a time.
 * Cost      O(1) amortised for times that spread; O(log n) for n equal times. About 25 ns beside
 *           cache misses.
 * Limits    times 0 ... INT64_MAX, fewer than 2^32 events.
 * Source    Tang, Goh, Thng, "Ladder queue: an O(1) priority queue structure for large-scale
 *           discrete event simulation", ACM TOMACS 15(3), 2005.
 */
#ifndef HST_SIM_ENGINE_LADDER_H
#define HST_SIM_ENGINE_LADDER_H

#include "core/base/arena.h"
#include "core/base/status.h"

#include "sim/engine/chunk.h"
#include "sim/engine/event.h"
#include "sim/engine/heap.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Shape of the ladder; values found by measurement (docs/decisions/event-set.md). */
enum {
    HST_LADDER_RUNG_MAX = 8,     /**< rungs; finer buckets are sorted whole */
    HST_LADDER_BUCKET_MAX = 512, /**< buckets a rung */
    HST_LADDER_SORT_MAX = 48,    /**< a bucket with more is split, if its times allow */
    HST_LADDER_SPREAD = 16,      /**< events a bucket aimed for when a rung is laid out */
    HST_LADDER_LATE_MAX = 256,   /**< late events before a new rung is considered */
};

/** A row of buckets; fields are private. */
typedef struct hst_ladder_rung {
    int64_t start;                                 /**< first time of bucket 0 */
    int64_t last;                                  /**< last time of the last bucket */
    unsigned shift;                                /**< bucket width = 2^shift ns */
    uint32_t bucket_count;                         /**< buckets in use */
    uint32_t turn;                                 /**< buckets below were consumed */
    uint64_t occupied[HST_LADDER_BUCKET_MAX / 64]; /**< bit b: bucket b holds something */
    hst_chunk_list buckets[HST_LADDER_BUCKET_MAX]; /**< by time */
} hst_ladder_rung;

/** The queue; fields are private. */
typedef struct hst_ladder {
    hst_event *run;         /**< sorted events */
    size_t run_at;          /**< next of the run */
    size_t run_end;         /**< end of the run */
    size_t run_ahead;       /**< next of the run that nobody has looked ahead to */
    int64_t run_last;       /**< events up to this time belong to run or late; -1 at first */
    int64_t top_last;       /**< events beyond this time belong to top */
    uint32_t depth;         /**< rungs in use */
    size_t late_max;        /**< late events before a new rung is considered again */
    hst_event_heap late;    /**< events scheduled into the span of the run */
    hst_chunk_list top;     /**< far future */
    int64_t top_min;        /**< least time in top */
    int64_t top_max;        /**< greatest time in top */
    hst_chunk_pool pool;    /**< chunks of top and buckets */
    hst_ladder_rung *rungs; /**< [HST_LADDER_RUNG_MAX], coarse to fine */
    hst_event *merge;       /**< scratch of the merge sort */
    size_t run_capacity;    /**< of run */
    size_t merge_capacity;  /**< of merge */
    hst_memory memory;      /**< where everything comes from */
    hst_status status;      /**< HST_OK, or HST_NO_MEMORY for good */
} hst_ladder;

/** Start empty with room for `planned` events. HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_ladder_init(hst_ladder *ladder, hst_memory memory, size_t planned);

/** Give all memory back. */
void hst_ladder_release(hst_ladder *ladder);

/** As hst_ladder_push, wherever the event goes. */
void hst_ladder_enter(hst_ladder *ladder, const hst_event *event);

/** Enter a copy of `event`, not before the last one popped. Failure is kept in `status`. */
static inline void hst_ladder_push(hst_ladder *ladder, const hst_event *event)
{
    const int64_t time_ns = event->time_ns;
    if (time_ns > ladder->run_last && time_ns <= ladder->top_last && ladder->depth > 0 &&
        ladder->status == HST_OK) {
        /* Finest first: spans are nested, and each rung begins where the finer one ends. */
        hst_ladder_rung *rung = &ladder->rungs[ladder->depth - 1];
        while (time_ns > rung->last && rung > ladder->rungs) {
            rung--;
        }
        hst_assert(time_ns >= rung->start);
        uint64_t index = (uint64_t)(time_ns - rung->start) >> rung->shift;
        index = index < rung->bucket_count ? index : rung->bucket_count - 1;
        hst_assert(index >= rung->turn);
        hst_chunk_list *const list = &rung->buckets[index];
        /* Where the bucket's chunk has room, which is mostly so. */
        if (list->count > 0 && list->fill < HST_CHUNK_EVENTS) {
            /* Field by field: a copy as a whole would wait for its parts to reach memory. */
            hst_event *const place = &list->head->events[list->fill++];
            place->time_ns = time_ns;
            place->tie = event->tie;
            place->target = event->target;
            place->kind = event->kind;
            place->flags = event->flags;
            place->argument = event->argument;
            list->count++;
            return;
        }
    }
    hst_ladder_enter(ladder, event);
}

/** Lay out the next run when run and late are empty; false when nothing is pending or memory ran
 * out. */
bool hst_ladder_refill(hst_ladder *ladder);

/** Take out the least event if it lies at or before `until_ns`. */
static inline bool hst_ladder_pop(hst_ladder *ladder, int64_t until_ns, hst_event *out)
{
    if (__builtin_expect(ladder->run_at == ladder->run_end, 0)) {
        if (ladder->late.count == 0) {
            if (!hst_ladder_refill(ladder)) {
                return false;
            }
        } else {
            if (hst_event_heap_least(&ladder->late)->time_ns > until_ns) {
                return false;
            }
            hst_event_heap_pop(&ladder->late, out);
            return true;
        }
    }
    const hst_event *const first = &ladder->run[ladder->run_at];
    if (ladder->late.count > 0) {
        const hst_event *const late = hst_event_heap_least(&ladder->late);
        if (hst_event_before(late, first)) {
            if (late->time_ns > until_ns) {
                return false;
            }
            hst_event_heap_pop(&ladder->late, out);
            return true;
        }
    }
    if (first->time_ns > until_ns) {
        return false;
    }
    *out = *first;
    ladder->run_at++;
    return true;
}

/** Coming events of the run to look ahead to: when fewer than `low` remain that were answered
 * before, up to `batch` more; else none. Each is answered once. Asking in batches lets address
 * translations overlap, which they hardly do when each waits between two events. */
static inline size_t
hst_ladder_ahead(hst_ladder *ladder, size_t low, size_t batch, const hst_event **events)
{
    if (ladder->run_ahead >= ladder->run_end || ladder->run_ahead > ladder->run_at + low) {
        return 0;
    }
    const size_t left = ladder->run_end - ladder->run_ahead;
    const size_t count = left < batch ? left : batch;
    *events = &ladder->run[ladder->run_ahead];
    ladder->run_ahead += count;
    return count;
}

#endif
