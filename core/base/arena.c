#include "core/base/arena.h"

#include "core/base/assert.h"

#include <string.h>

/* A chunk is one block from the host: this header, padded to 64 bytes, then the payload. */
struct hst_arena_chunk {
    struct hst_arena_chunk *next;
    size_t size; /* of the whole block */
    size_t used; /* bytes used, header included */
};

enum { ALIGNMENT = 64, HEADER = 64 };

static size_t round_up(size_t size)
{
    return (size + (ALIGNMENT - 1)) & ~(size_t)(ALIGNMENT - 1);
}

void hst_arena_init(hst_arena *arena, hst_memory memory, size_t chunk_size)
{
    hst_assert(arena != NULL);
    hst_assert(memory.acquire != NULL);
    hst_assert(memory.release != NULL);
    memset(arena, 0, sizeof *arena);
    arena->memory = memory;
    arena->chunk_size = round_up(chunk_size < 4096 ? 4096 : chunk_size);
}

static void drop_chunks(hst_arena *arena, struct hst_arena_chunk *chunk)
{
    while (chunk != NULL) {
        struct hst_arena_chunk *next = chunk->next;
        arena->held -= chunk->size;
        arena->memory.release(arena->memory.context, chunk, chunk->size);
        chunk = next;
    }
}

void hst_arena_release(hst_arena *arena)
{
    hst_assert(arena != NULL);
    drop_chunks(arena, arena->chunks);
    hst_assert(arena->held == 0);
    arena->chunks = NULL;
    arena->used = 0;
}

void hst_arena_clear(hst_arena *arena)
{
    hst_assert(arena != NULL);
    struct hst_arena_chunk *newest = arena->chunks;
    if (newest == NULL) {
        return;
    }
    drop_chunks(arena, newest->next);
    newest->next = NULL;
    memset((unsigned char *)newest + HEADER, 0, newest->used - HEADER);
    newest->used = HEADER;
    arena->used = 0;
}

static struct hst_arena_chunk *add_chunk(hst_arena *arena, size_t payload)
{
    const size_t wanted = payload + HEADER;
    const size_t size = wanted > arena->chunk_size ? wanted : arena->chunk_size;
    struct hst_arena_chunk *chunk = arena->memory.acquire(arena->memory.context, size);
    if (chunk == NULL) {
        return NULL;
    }
    hst_assert(((uintptr_t)chunk & (ALIGNMENT - 1)) == 0);
    chunk->next = arena->chunks;
    chunk->size = size;
    chunk->used = HEADER;
    arena->chunks = chunk;
    arena->held += size;
    if (arena->held > arena->peak) {
        arena->peak = arena->held;
    }
    return chunk;
}

void *hst_arena_alloc(hst_arena *arena, size_t count, size_t size)
{
    hst_assert(arena != NULL);
    hst_assert(size > 0);
    if (count > (SIZE_MAX / 4) / size) {
        return NULL;
    }
    const size_t bytes = round_up(count * size);
    struct hst_arena_chunk *chunk = arena->chunks;
    if (chunk == NULL || chunk->size - chunk->used < bytes) {
        chunk = add_chunk(arena, bytes);
        if (chunk == NULL) {
            return NULL;
        }
    }
    void *p = (unsigned char *)chunk + chunk->used;
    chunk->used += bytes;
    arena->used += bytes;
    return p;
}
