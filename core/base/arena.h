/** @file core/base/arena.h
 * Memory with named lifetimes: core never calls malloc.
 *
 * The host hands core an hst_memory (two functions); core takes chunks from it through arenas. An
 * arena only grows; everything in it ends together. Two lifetimes are enough: `run` (planned from
 * the scenario, allocated once) and `scratch` (cleared after each step), passed explicitly, so a
 * signature shows who allocates.
 *
 * Units     sizes in bytes.
 * Errors    HST_NO_MEMORY; the arena stays valid.
 * Memory    chunks are owned by the arena until hst_arena_release.
 * Threads   an arena belongs to one thread at a time; an hst_memory says itself.
 * Cost      O(1) amortised; one call to the host per chunk.
 */
#ifndef HST_CORE_BASE_ARENA_H
#define HST_CORE_BASE_ARENA_H

#include "core/base/status.h"

#include <stddef.h>
#include <stdint.h>

/** The host's memory. `acquire` returns NULL when there is none; blocks are 64-byte aligned and
 * zeroed. `release` gets the size that was asked for. */
typedef struct hst_memory {
    void *context;                                        /**< passed back to both functions */
    void *(*acquire)(void *context, size_t size);         /**< zeroed, 64-byte aligned, or NULL */
    void (*release)(void *context, void *p, size_t size); /**< p from acquire with equal size */
} hst_memory;

struct hst_arena_chunk;

/** A growing region; fields are private. */
typedef struct hst_arena {
    hst_memory memory;              /**< where chunks come from */
    struct hst_arena_chunk *chunks; /**< newest first */
    size_t chunk_size;              /**< bytes asked for at a time, at least */
    size_t used;                    /**< bytes handed out since the last clear */
    size_t peak;                    /**< most bytes held from the host at once */
    size_t held;                    /**< bytes held from the host now */
} hst_arena;

/** Start an empty arena that takes at least `chunk_size` bytes at a time. */
void hst_arena_init(hst_arena *arena, hst_memory memory, size_t chunk_size);

/** Give every chunk back; the arena may be initialised again. */
void hst_arena_release(hst_arena *arena);

/** Forget everything handed out but keep the newest chunk for reuse. */
void hst_arena_clear(hst_arena *arena);

/** `count` items of `size` bytes, zeroed, aligned to 64 bytes; NULL when the host has no memory or
 * the product overflows. A count of zero gives a valid pointer to nothing. */
void *hst_arena_alloc(hst_arena *arena, size_t count, size_t size);

/** Typed allocation: HST_ARENA_NEW(&arena, uint32_t, n). */
#define HST_ARENA_NEW(arena, type, count) ((type *)hst_arena_alloc((arena), (count), sizeof(type)))

#endif
