#include "sim/consensus/blob.h"

#include "core/base/assert.h"

#include <string.h>

static uint32_t class_of(uint32_t size)
{
    return size <= 64 ? 0 : 32 - 6 - (uint32_t)__builtin_clz(size - 1);
}

uint8_t *hst_blob_get(hst_blob_pool *pool, uint32_t size)
{
    hst_assert(size <= UINT32_C(1) << 31);
    const uint32_t c = class_of(size);
    void *blob = pool->free[c];
    if (blob == NULL) {
        return hst_arena_alloc(pool->arena, 1, (size_t)64 << c);
    }
    memcpy(&pool->free[c], blob, sizeof pool->free[c]);
    return blob;
}

void hst_blob_put(hst_blob_pool *pool, uint8_t *blob, uint32_t size)
{
    const uint32_t c = class_of(size);
    hst_assert(blob != NULL);
    memcpy(blob, &pool->free[c], sizeof pool->free[c]);
    pool->free[c] = blob;
}
