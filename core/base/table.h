/** @file core/base/table.h
 * Hash table from 128-bit keys to 32-bit handles: which record has this id?
 *
 * The table stores no keys. A slot is eight bytes, a 32-bit fingerprint and a handle; a fingerprint
 * that matches is verified against the key inside the caller's own record, so a probe touches one
 * cache line of slots and, on a hit, the record the caller wants next anyway. A slot's home is its
 * fingerprint modulo the slot count, so growing and removing never read a record.
 *
 *   records: |key ....|key ....|key ....|      slots: |fp,2|    |fp,0|fp,1|    |    |
 *             ^ stride apart, handle = index
 *
 * Order of slots never reaches a result: there is no iteration on purpose.
 *
 * Errors    HST_EXISTS, HST_FULL (count_max reached), HST_NO_MEMORY.
 * Memory    slots come from an arena, planned for count_max at load <= 1/2; keys are borrowed.
 * Threads   one writer, or any number of readers.
 * Cost      O(1) expected, linear probing; two cache misses a look-up, both prefetchable.
 * Limits    count_max <= HST_TABLE_COUNT_MAX; handles < HST_TABLE_NONE.
 * Source    Knuth, TAOCP vol. 3, 6.4, algorithms L and R (linear probing, removal by shifting).
 */
#ifndef HST_CORE_BASE_TABLE_H
#define HST_CORE_BASE_TABLE_H

#include "core/base/arena.h"
#include "core/base/status.h"

#include <stddef.h>
#include <stdint.h>

/** No handle: what a look-up answers when the key is absent. */
#define HST_TABLE_NONE UINT32_MAX

/** Most keys a table can be planned for. */
#define HST_TABLE_COUNT_MAX (UINT32_C(1) << 30)

/** A 128-bit key; the two halves are compared as they stand. A record holds it as its bytes. */
typedef struct hst_key {
    uint64_t low;  /**< first eight bytes in memory */
    uint64_t high; /**< last eight bytes in memory */
} hst_key;

/** The table; fields are private. */
typedef struct hst_table {
    uint64_t *slots;           /**< fingerprint << 32 | handle + 1; 0 = empty */
    uint64_t mask;             /**< slot count - 1, slot count a power of two */
    uint32_t count;            /**< keys present */
    uint32_t count_max;        /**< keys planned for */
    const unsigned char *keys; /**< key of handle 0 */
    size_t stride;             /**< bytes from one record's key to the next */
    uint64_t seed;             /**< keys the hash, so that ids cannot be chosen to collide */
} hst_table;

/** Bytes of arena that a table for `count_max` keys takes. */
size_t hst_table_bytes(uint32_t count_max);

/** Plan an empty table for `count_max` > 0 keys. The key of handle h is the hst_key at
 * `keys + h * stride` (alignment 1 is enough). HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_table_init(hst_table *table,
                                        hst_arena *arena,
                                        uint32_t count_max,
                                        const void *keys,
                                        size_t stride,
                                        uint64_t seed);

/** Say that the caller's records moved; contents must be equal. */
void hst_table_set_keys(hst_table *table, const void *keys, size_t stride);

/** Replan for more keys with slots from `arena`; the old slots stay in their arena. */
HST_NODISCARD hst_status hst_table_grow(hst_table *table, hst_arena *arena, uint32_t count_max);

/** Forget all keys, keep the slots. */
void hst_table_clear(hst_table *table);

/** Hash of a key: compute once, prefetch, then use the _hashed calls. */
static inline uint32_t hst_table_hash(const hst_table *table, hst_key key)
{
    __extension__ typedef unsigned __int128 u128;
    const u128 product = (u128)(key.low ^ table->seed ^ UINT64_C(0xa0761d6478bd642f)) *
                         (key.high ^ UINT64_C(0xe7037ed1a0b428db));
    /* Zero in one factor would drop the other half: fold both halves in again. */
    uint64_t mixed = (uint64_t)product ^ (uint64_t)(product >> 64) ^ (key.low + table->seed);
    mixed = (mixed ^ (key.high >> 29) ^ key.high) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(mixed >> 32);
}

/** Ask for the slot's cache line ahead of a look-up (staged batches). */
static inline void hst_table_prefetch(const hst_table *table, uint32_t hash)
{
    __builtin_prefetch(&table->slots[hash & table->mask], 0, 3);
}

/** Handle of `key` given its hash, or HST_TABLE_NONE. */
uint32_t hst_table_find_hashed(const hst_table *table, hst_key key, uint32_t hash);

/** Handle of `key`, or HST_TABLE_NONE. */
uint32_t hst_table_find(const hst_table *table, hst_key key);

/** Enter `key` as `handle`. HST_EXISTS when present, then `*existing` (may be NULL) is its handle;
 * HST_FULL. The record of `handle` must hold the key before the next call on the table. */
HST_NODISCARD hst_status hst_table_insert_hashed(
    hst_table *table, hst_key key, uint32_t hash, uint32_t handle, uint32_t *existing);

/** As hst_table_insert_hashed, hashing here. */
HST_NODISCARD hst_status hst_table_insert(hst_table *table,
                                          hst_key key,
                                          uint32_t handle,
                                          uint32_t *existing);

/** Take `key` out; its handle, or HST_TABLE_NONE when it was absent. */
uint32_t hst_table_remove(hst_table *table, hst_key key);

/** Keys present. */
static inline uint32_t hst_table_count(const hst_table *table)
{
    return table->count;
}

#endif
