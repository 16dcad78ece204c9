#include "core/ledger/column.h"

enum { FIRST_BITS_MIN = 4 };

static void *take(hst_held_memory *memory, size_t size)
{
    hst_assert(size > 0);
    void *block = memory->host.acquire(memory->host.context, size);
    if (block != NULL) {
        memory->held += size;
    }
    return block;
}

static void give_back(hst_held_memory *memory, void *block, size_t size)
{
    hst_assert(memory->held >= size);
    memory->held -= size;
    memory->host.release(memory->host.context, block, size);
}

void hst_column_init(hst_column *column, size_t item_size, uint64_t plan)
{
    hst_assert(item_size > 0);
    hst_assert(item_size <= UINT32_MAX);
    uint32_t first_bits = FIRST_BITS_MIN;
    while (UINT64_C(1) << first_bits < plan) {
        first_bits++;
    }
    *column = (hst_column){.item_size = (uint32_t)item_size, .first_bits = first_bits};
}

static uint64_t page_items(const hst_column *column, uint32_t page)
{
    return UINT64_C(1) << (page == 0 ? column->first_bits : column->first_bits + page - 1);
}

hst_status hst_column_reserve(hst_column *column, hst_held_memory *memory, uint64_t extra)
{
    hst_assert(column->count <= column->capacity);
    while (column->capacity - column->count < extra) {
        const uint32_t page = column->page_count;
        if (page == HST_COLUMN_PAGE_MAX ||
            page_items(column, page) > (SIZE_MAX / 4) / column->item_size) {
            return HST_NO_MEMORY;
        }
        void *block = take(memory, (size_t)page_items(column, page) * column->item_size);
        if (block == NULL) {
            return HST_NO_MEMORY;
        }
        column->pages[page] = block;
        column->page_count++;
        column->capacity += page_items(column, page);
    }
    return HST_OK;
}

void hst_touch_memory(void *block, size_t size)
{
    enum { SYSTEM_PAGE = 4096 };
    for (size_t i = 0; i < size; i += SYSTEM_PAGE) {
        ((volatile unsigned char *)block)[i] = 0;
    }
}

hst_status hst_column_plan(hst_column *column, hst_held_memory *memory)
{
    hst_assert(column->page_count == 0);
    HST_TRY(hst_column_reserve(column, memory, 1));
    hst_touch_memory(column->pages[0], (size_t)column->capacity * column->item_size);
    return HST_OK;
}

void hst_column_release(hst_column *column, hst_held_memory *memory)
{
    while (column->page_count > 0) {
        column->page_count--;
        give_back(memory, column->pages[column->page_count],
                  (size_t)page_items(column, column->page_count) * column->item_size);
    }
    column->count = 0;
    column->capacity = 0;
}

hst_status hst_scratch_reserve(hst_scratch *scratch, hst_held_memory *memory, size_t size)
{
    if (scratch->size >= size) {
        return HST_OK;
    }
    const size_t wanted = size < 2 * scratch->size ? 2 * scratch->size : size;
    void *block = take(memory, wanted);
    if (block == NULL) {
        return HST_NO_MEMORY;
    }
    hst_scratch_release(scratch, memory);
    *scratch = (hst_scratch){.block = block, .size = wanted};
    return HST_OK;
}

void hst_scratch_release(hst_scratch *scratch, hst_held_memory *memory)
{
    if (scratch->block != NULL) {
        give_back(memory, scratch->block, scratch->size);
    }
    *scratch = (hst_scratch){.block = NULL, .size = 0};
}
