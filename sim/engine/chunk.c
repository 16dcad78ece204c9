#include "sim/engine/chunk.h"

#include "core/base/assert.h"

enum { SLAB_CHUNKS_MIN = 128 }; /* 64 KiB */

/** Acquire a slab of `count` chunks. Its first chunk is the slab's own: `next` leads to the slab
 * before, its first event remembers the size. */
static hst_status add_slab(hst_chunk_pool *pool, size_t count)
{
    if (count > SIZE_MAX / sizeof(hst_chunk)) {
        return HST_NO_MEMORY;
    }
    hst_chunk *const slab = pool->memory.acquire(pool->memory.context, count * sizeof(hst_chunk));
    if (slab == NULL) {
        return HST_NO_MEMORY;
    }
    slab->next = pool->slabs;
    slab->events[0].argument = count;
    pool->slabs = slab;
    pool->fresh = slab + 1;
    pool->end = slab + count;
    pool->held += count;
    return HST_OK;
}

hst_status hst_chunk_pool_init(hst_chunk_pool *pool, hst_memory memory, size_t planned)
{
    hst_assert(memory.acquire != NULL);
    hst_assert(memory.release != NULL);
    *pool = (hst_chunk_pool){.memory = memory};
    return add_slab(pool, planned / HST_CHUNK_EVENTS + SLAB_CHUNKS_MIN);
}

void hst_chunk_pool_release(hst_chunk_pool *pool)
{
    hst_chunk *slab = pool->slabs;
    while (slab != NULL) {
        hst_chunk *const older = slab->next;
        const size_t count = slab->events[0].argument;
        hst_assert(count <= pool->held);
        pool->held -= count;
        pool->memory.release(pool->memory.context, slab, count * sizeof(hst_chunk));
        slab = older;
    }
    hst_assert(pool->held == 0);
    *pool = (hst_chunk_pool){.memory = pool->memory};
}

hst_status hst_chunk_list_extend(hst_chunk_pool *pool, hst_chunk_list *list)
{
    hst_assert(list->count < UINT32_MAX - HST_CHUNK_EVENTS);
    hst_assert(list->head == NULL || list->fill == HST_CHUNK_EVENTS);
    hst_chunk *chunk = pool->spare;
    if (chunk != NULL) {
        pool->spare = chunk->next;
    } else {
        if (pool->fresh == pool->end) {
            const size_t most = HST_CHUNK_SLAB_BYTES_MAX / sizeof(hst_chunk);
            HST_TRY(add_slab(pool, pool->held < most ? pool->held : most));
        }
        chunk = pool->fresh++;
    }
    hst_chunk *const head = list->head;
    chunk->next = head;
    chunk->after[0] = head == NULL ? NULL : head->next;
    chunk->after[1] = head == NULL ? NULL : head->after[0];
    chunk->after[2] = head == NULL ? NULL : head->after[1];
    list->head = chunk;
    list->fill = 0;
    return HST_OK;
}
