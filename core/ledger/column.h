/** @file core/ledger/column.h
 * Private to core/ledger: a growing array whose items never move.
 *
 * Page 0 holds 2^first_bits items, page k > 0 as many as all pages before it, so growth doubles and
 * the page of an index is the position of its highest bit. Nothing is copied when it grows, which
 * keeps the worst call short.
 *
 *   first_bits = 2:  | 0 1 2 3 | 4 5 6 7 | 8 ... 15 | 16 ... 31 | ...
 *
 * Errors    HST_NO_MEMORY; the column stays as it was.
 * Memory    pages from the hst_memory, zeroed; given back together.
 * Cost      access: a comparison for page 0, a count of leading zeroes beyond it.
 */
#ifndef HST_CORE_LEDGER_COLUMN_H
#define HST_CORE_LEDGER_COLUMN_H

#include "core/base/arena.h"
#include "core/base/assert.h"
#include "core/base/status.h"

#include <stddef.h>
#include <stdint.h>

/** Most pages: enough for 2^40 items. */
#define HST_COLUMN_PAGE_MAX 40

/** The host's memory and how much of it is held. */
typedef struct hst_held_memory {
    hst_memory host; /**< where it comes from */
    size_t held;     /**< bytes held now */
} hst_held_memory;

/** A growing array; `count` is the caller's to raise and lower within `capacity`. */
typedef struct hst_column {
    uint64_t count;                            /**< items in use */
    uint64_t capacity;                         /**< items there is room for */
    uint32_t item_size;                        /**< bytes */
    uint32_t first_bits;                       /**< log2 of items in page 0 */
    uint32_t page_count;                       /**< pages held */
    unsigned char *pages[HST_COLUMN_PAGE_MAX]; /**< the pages */
} hst_column;

/** An empty column whose first page will have room for `plan` items, at least 2^4. */
void hst_column_init(hst_column *column, size_t item_size, uint64_t plan);

/** Have room for `extra` items beyond `count`. */
HST_NODISCARD hst_status hst_column_reserve(hst_column *column,
                                            hst_held_memory *memory,
                                            uint64_t extra);

/** Have room for the items planned, in memory that the system has already handed over: no page is
 * taken for the first time while events are executed. */
HST_NODISCARD hst_status hst_column_plan(hst_column *column, hst_held_memory *memory);

/** Write a zero to every page of a block that is all zero. */
void hst_touch_memory(void *block, size_t size);

/** Give all pages back. */
void hst_column_release(hst_column *column, hst_held_memory *memory);

/** Item `index` < capacity. */
static inline void *hst_column_at(const hst_column *column, uint64_t index)
{
    hst_assert_slow(index < column->capacity);
    if (__builtin_expect(index >> column->first_bits == 0, 1)) {
        return column->pages[0] + index * column->item_size;
    }
    const unsigned top = 63 - (unsigned)__builtin_clzll(index);
    const uint64_t offset = index - (UINT64_C(1) << top);
    return column->pages[top - column->first_bits + 1] + offset * column->item_size;
}

/** Items from `index` on that lie one after the other, at most to `count`. */
static inline uint64_t hst_column_run(const hst_column *column, uint64_t index)
{
    hst_assert_slow(index < column->count);
    uint64_t end = UINT64_C(1) << column->first_bits;
    if (index >= end) {
        end = UINT64_C(2) << (63 - (unsigned)__builtin_clzll(index));
    }
    return (end < column->count ? end : column->count) - index;
}

/** A block that is used within one call and kept for the next. */
typedef struct hst_scratch {
    void *block; /**< 64-byte aligned */
    size_t size; /**< its size */
} hst_scratch;

/** Have at least `size` bytes; what was there before is lost when the block is exchanged. */
HST_NODISCARD hst_status hst_scratch_reserve(hst_scratch *scratch,
                                             hst_held_memory *memory,
                                             size_t size);

/** Give the block back. */
void hst_scratch_release(hst_scratch *scratch, hst_held_memory *memory);

#endif
