#include "core/base/table.h"

#include "core/base/assert.h"

#include <stdbool.h>
#include <string.h>

enum { SLOT_COUNT_MIN = 8 }; /* one cache line */

/* Slots for a load of at most one half, a power of two. */
static uint64_t slot_count_for(uint32_t count_max)
{
    uint64_t slot_count = SLOT_COUNT_MIN;
    while (slot_count < (uint64_t)count_max * 2) {
        slot_count *= 2;
    }
    return slot_count;
}

static uint64_t make_slot(uint32_t hash, uint32_t handle)
{
    hst_assert(handle != HST_TABLE_NONE);
    return (uint64_t)hash << 32 | (handle + UINT32_C(1));
}

static uint32_t slot_hash(uint64_t slot)
{
    return (uint32_t)(slot >> 32);
}

static uint32_t slot_handle(uint64_t slot)
{
    hst_assert_slow((uint32_t)slot != 0);
    return (uint32_t)slot - 1;
}

size_t hst_table_bytes(uint32_t count_max)
{
    hst_assert(count_max > 0);
    hst_assert(count_max <= HST_TABLE_COUNT_MAX);
    return (size_t)slot_count_for(count_max) * sizeof(uint64_t);
}

hst_status hst_table_init(hst_table *table,
                          hst_arena *arena,
                          uint32_t count_max,
                          const void *keys,
                          size_t stride,
                          uint64_t seed)
{
    hst_assert(table != NULL);
    hst_assert(count_max > 0);
    hst_assert(count_max <= HST_TABLE_COUNT_MAX);
    const uint64_t slot_count = slot_count_for(count_max);
    uint64_t *slots = HST_ARENA_NEW(arena, uint64_t, (size_t)slot_count);
    if (slots == NULL) {
        return HST_NO_MEMORY;
    }
    *table = (hst_table){
        .slots = slots, .mask = slot_count - 1, .count = 0, .count_max = count_max, .seed = seed};
    hst_table_set_keys(table, keys, stride);
    return HST_OK;
}

void hst_table_set_keys(hst_table *table, const void *keys, size_t stride)
{
    hst_assert(table != NULL);
    hst_assert(keys != NULL);
    hst_assert(stride >= sizeof(hst_key));
    table->keys = keys;
    table->stride = stride;
}

void hst_table_clear(hst_table *table)
{
    hst_assert(table != NULL);
    memset(table->slots, 0, (size_t)(table->mask + 1) * sizeof(uint64_t));
    table->count = 0;
}

/* First empty slot at or after the home of `hash`; there always is one at load one half. */
static uint64_t empty_slot(const uint64_t *slots, uint64_t mask, uint32_t hash)
{
    uint64_t at = hash & mask;
    while (slots[at] != 0) {
        at = (at + 1) & mask;
    }
    return at;
}

hst_status hst_table_grow(hst_table *table, hst_arena *arena, uint32_t count_max)
{
    hst_assert(table != NULL);
    hst_assert(count_max >= table->count_max);
    hst_assert(count_max <= HST_TABLE_COUNT_MAX);
    const uint64_t slot_count = slot_count_for(count_max);
    if (slot_count > table->mask + 1) {
        uint64_t *slots = HST_ARENA_NEW(arena, uint64_t, (size_t)slot_count);
        if (slots == NULL) {
            return HST_NO_MEMORY;
        }
        for (uint64_t i = 0; i <= table->mask; i++) {
            const uint64_t slot = table->slots[i];
            if (slot != 0) {
                slots[empty_slot(slots, slot_count - 1, slot_hash(slot))] = slot;
            }
        }
        table->slots = slots;
        table->mask = slot_count - 1;
    }
    table->count_max = count_max;
    return HST_OK;
}

static bool holds_key(const hst_table *table, uint64_t slot, hst_key key)
{
    hst_key held;
    memcpy(&held, table->keys + (size_t)slot_handle(slot) * table->stride, sizeof held);
    return held.low == key.low && held.high == key.high;
}

/* Slot of `key`, or the empty slot where it would go. */
static uint64_t probe(const hst_table *table, hst_key key, uint32_t hash)
{
    hst_assert_slow(hash == hst_table_hash(table, key));
    hst_assert_slow(table->count <= table->mask / 2 + 1);
    uint64_t at = hash & table->mask;
    for (;;) {
        const uint64_t slot = table->slots[at];
        if (slot == 0 || (slot_hash(slot) == hash && holds_key(table, slot, key))) {
            return at;
        }
        at = (at + 1) & table->mask;
    }
}

uint32_t hst_table_find_hashed(const hst_table *table, hst_key key, uint32_t hash)
{
    hst_assert(table != NULL);
    const uint64_t slot = table->slots[probe(table, key, hash)];
    return slot == 0 ? HST_TABLE_NONE : slot_handle(slot);
}

uint32_t hst_table_find(const hst_table *table, hst_key key)
{
    hst_assert(table != NULL);
    return hst_table_find_hashed(table, key, hst_table_hash(table, key));
}

hst_status hst_table_insert_hashed(
    hst_table *table, hst_key key, uint32_t hash, uint32_t handle, uint32_t *existing)
{
    hst_assert(table != NULL);
    hst_assert(handle != HST_TABLE_NONE);
    const uint64_t at = probe(table, key, hash);
    if (table->slots[at] != 0) {
        if (existing != NULL) {
            *existing = slot_handle(table->slots[at]);
        }
        return HST_EXISTS;
    }
    if (table->count == table->count_max) {
        return HST_FULL;
    }
    table->slots[at] = make_slot(hash, handle);
    table->count++;
    return HST_OK;
}

hst_status hst_table_insert(hst_table *table, hst_key key, uint32_t handle, uint32_t *existing)
{
    hst_assert(table != NULL);
    return hst_table_insert_hashed(table, key, hst_table_hash(table, key), handle, existing);
}

uint32_t hst_table_remove(hst_table *table, hst_key key)
{
    hst_assert(table != NULL);
    const uint64_t mask = table->mask;
    uint64_t hole = probe(table, key, hst_table_hash(table, key));
    if (table->slots[hole] == 0) {
        return HST_TABLE_NONE;
    }
    const uint32_t handle = slot_handle(table->slots[hole]);
    /* Algorithm R: move up every later slot of the run whose home does not lie behind the hole. */
    for (uint64_t at = (hole + 1) & mask; table->slots[at] != 0; at = (at + 1) & mask) {
        const uint64_t home = slot_hash(table->slots[at]) & mask;
        if (((at - home) & mask) >= ((at - hole) & mask)) {
            table->slots[hole] = table->slots[at];
            hole = at;
        }
    }
    table->slots[hole] = 0;
    hst_assert(table->count > 0);
    table->count--;
    return handle;
}
