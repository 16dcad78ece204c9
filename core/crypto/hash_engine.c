#include "core/crypto/hash_engine.h"

#include "core/base/assert.h"
#include "core/crypto/sha256_accelerated.h"
#include "core/crypto/sha256_wide.h"

static void portable_leaf_batch(const void *records,
                                size_t stride,
                                size_t record_size,
                                const uint32_t *indices,
                                size_t count,
                                hst_hash *out)
{
    const unsigned char *base = records;
    for (size_t i = 0; i < count; i++) {
        const size_t index = indices != NULL ? indices[i] : i;
        out[index] = hst_hash_leaf(base + index * stride, record_size);
    }
}

static void portable_node_batch(const hst_hash *children,
                                const uint32_t *indices,
                                size_t count,
                                hst_hash *parents)
{
    for (size_t i = 0; i < count; i++) {
        const size_t index = indices != NULL ? indices[i] : i;
        parents[index] = hst_hash_node(&children[2 * index], &children[2 * index + 1]);
    }
}

static void portable_quad_batch(const hst_hash *children,
                                const uint32_t *indices,
                                size_t count,
                                hst_hash *parents)
{
    for (size_t i = 0; i < count; i++) {
        const size_t index = indices != NULL ? indices[i] : i;
        parents[index] = hst_hash_quad(&children[HST_HASH_QUAD_CHILDREN * index]);
    }
}

static const hst_hash_engine portable = {
    .name = "portable",
    .leaf_batch = portable_leaf_batch,
    .node_batch = portable_node_batch,
    .quad_batch = portable_quad_batch,
};

const hst_hash_engine *hst_hash_engine_portable(void)
{
    return &portable;
}

const hst_hash_engine *hst_hash_engine_best(void)
{
    const hst_hash_engine *wide = hst_sha256_wide();
    const hst_hash_engine *best = wide != NULL ? wide : hst_sha256_accelerated();
    return best != NULL ? best : &portable;
}

void hst_hash_leaf_batch(const hst_hash_engine *engine,
                         const void *records,
                         size_t stride,
                         size_t record_size,
                         const uint32_t *indices,
                         size_t count,
                         hst_hash *out)
{
    hst_assert(record_size > 0);
    hst_assert(record_size <= HST_HASH_RECORD_MAX);
    hst_assert(stride >= record_size);
    hst_assert(count == 0 || (records != NULL && out != NULL));
    engine->leaf_batch(records, stride, record_size, indices, count, out);
}

void hst_hash_node_batch(const hst_hash_engine *engine,
                         const hst_hash *children,
                         const uint32_t *indices,
                         size_t count,
                         hst_hash *parents)
{
    hst_assert(count == 0 || (children != NULL && parents != NULL));
    hst_assert(children != parents || count == 0);
    engine->node_batch(children, indices, count, parents);
}

void hst_hash_quad_batch(const hst_hash_engine *engine,
                         const hst_hash *children,
                         const uint32_t *indices,
                         size_t count,
                         hst_hash *parents)
{
    hst_assert(count == 0 || (children != NULL && parents != NULL));
    hst_assert(children != parents || count == 0);
    engine->quad_batch(children, indices, count, parents);
}
