/** @file sim/engine/chunk.h
 * Unsorted lists of events in chunks of 512 bytes from one pool.
 *
 * The ladder's buckets fill and empty all the time, at sizes nobody knows beforehand. Chunks of 15
 * events waste little, stream well, and come back last-in first-out, so that a chunk is usually
 * reused while still in the cache.
 *
 * Errors    HST_NO_MEMORY; the list is unchanged.
 * Memory    slabs from `memory`, each as large as all before it (at most HST_CHUNK_SLAB_BYTES_MAX);
 *           given back together.
 * Threads   one at a time.
 * Cost      a store an event; one free-list step every 15.
 */
#ifndef HST_SIM_ENGINE_CHUNK_H
#define HST_SIM_ENGINE_CHUNK_H

#include "core/base/arena.h"
#include "core/base/status.h"

#include "sim/engine/event.h"

#include <stddef.h>
#include <stdint.h>

/** Events in a chunk: 15 of 32 bytes and a head of 32 bytes. */
enum { HST_CHUNK_EVENTS = 15 };

/** Largest slab asked for once the pool outgrows its plan. */
#define HST_CHUNK_SLAB_BYTES_MAX ((size_t)64 << 20)

/** Fifteen events and the way to more. */
typedef struct hst_chunk {
    struct hst_chunk *next;             /**< the chunk filled before this one, all of it full */
    struct hst_chunk *after[3];         /**< the ones 2, 3 and 4 further on: to prefetch from */
    hst_event events[HST_CHUNK_EVENTS]; /**< in order of arrival */
} hst_chunk;

_Static_assert(sizeof(hst_chunk) == 512, "a chunk is eight cache lines");

/** Where chunks come from; fields are private. */
typedef struct hst_chunk_pool {
    hst_chunk *spare;  /**< given back, last in first out */
    hst_chunk *fresh;  /**< next never-used chunk of the newest slab */
    hst_chunk *end;    /**< end of the newest slab */
    hst_chunk *slabs;  /**< first chunk of the newest slab; it leads to the older ones */
    size_t held;       /**< chunks in all slabs */
    hst_memory memory; /**< where slabs come from */
} hst_chunk_pool;

/** An unsorted list of events; all zero is empty. */
typedef struct hst_chunk_list {
    hst_chunk *head; /**< the only chunk that may be partly filled, or NULL */
    uint32_t fill;   /**< events in it, 1 ... HST_CHUNK_EVENTS; 0 when there is none */
    uint32_t count;  /**< events in all chunks */
} hst_chunk_list;

/** Start with room for `planned` events in one slab. HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_chunk_pool_init(hst_chunk_pool *pool,
                                             hst_memory memory,
                                             size_t planned);

/** Give all slabs back. */
void hst_chunk_pool_release(hst_chunk_pool *pool);

/** Put a new chunk in front of `list`. HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_chunk_list_extend(hst_chunk_pool *pool, hst_chunk_list *list);

/** Add a copy of `event`. HST_NO_MEMORY. */
HST_NODISCARD static inline hst_status
hst_chunk_list_add(hst_chunk_pool *pool, hst_chunk_list *list, const hst_event *event)
{
    if (list->fill == HST_CHUNK_EVENTS || list->head == NULL) {
        HST_TRY(hst_chunk_list_extend(pool, list));
    }
    list->head->events[list->fill++] = *event;
    list->count++;
    return HST_OK;
}

/** Ask for a chunk some steps ahead of `chunk`, all eight lines: reading a list is then bound by
 * memory bandwidth and not by latency. */
static inline void hst_chunk_prefetch_ahead(const hst_chunk *chunk)
{
    const char *const ahead = (const char *)chunk->after[2];
    if (ahead != NULL) {
        for (size_t line = 0; line < sizeof(hst_chunk) / 64; line++) {
            __builtin_prefetch(ahead + line * 64, 1, 3);
        }
    }
}

/** Give `chunk` back and go on to the next one of its list. */
static inline hst_chunk *hst_chunk_drop(hst_chunk_pool *pool, hst_chunk *chunk)
{
    hst_chunk *const next = chunk->next;
    chunk->next = pool->spare;
    pool->spare = chunk;
    return next;
}

#endif
