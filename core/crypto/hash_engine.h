/** @file core/crypto/hash_engine.h
 * Many leaf or node hashes at once, by the fastest path this processor has.
 *
 * A state root costs thousands of independent short hashes. libsodium computes SHA-256 without
 * the processor's SHA instructions and one message at a time. The accelerated engine uses those
 * instructions and interleaves two messages, which is eight times faster; the wide one hashes
 * sixteen messages in the lanes of AVX-512, a third faster still. All give the same bits: an engine
 * is a table of functions chosen once by whoever builds a tree, never a global switch, so a test
 * can run both side by side (docs/decisions/0001-own-sha256-compression.md).
 *
 * Every batch reads and writes by index, because a Merkle tree recomputes scattered nodes:
 *
 *   leaf_batch: out[i]     = leaf(records + i * stride)          for each i in indices
 *   node_batch: parents[i] = node(children[2i], children[2i+1])  for each i in indices
 *   quad_batch: parents[i] = quad(children[4i ... 4i+3])         for each i in indices
 *
 * Shapes    indices[count]; NULL means 0, 1, ..., count - 1.
 * Errors    none; sizes out of range are programmer errors.
 * Memory    none taken. Input and output must not overlap.
 * Threads   engines are constant; calls on distinct outputs may run at the same time.
 * Cost      on a Zen 5 core about 38 ns (wide), 52 ns (accelerated) or 400 ns (portable) for a node
 *           of two.
 * Source    FIPS 180-4; Intel, "SHA Extensions", 2013.
 */
#ifndef HST_CORE_CRYPTO_HASH_ENGINE_H
#define HST_CORE_CRYPTO_HASH_ENGINE_H

#include "core/crypto/hash.h"

/** Largest record that leaf_batch takes, in bytes. */
#define HST_HASH_RECORD_MAX 256

/** A way to compute hashes; constant. */
typedef struct hst_hash_engine {
    const char *name; /**< "portable" or "sha-ni" */

    /** Leaf hashes of records of `record_size` <= HST_HASH_RECORD_MAX bytes, `stride` apart. */
    void (*leaf_batch)(const void *records,
                       size_t stride,
                       size_t record_size,
                       const uint32_t *indices,
                       size_t count,
                       hst_hash *out);

    /** Node hashes of pairs of children. */
    void (*node_batch)(const hst_hash *children,
                       const uint32_t *indices,
                       size_t count,
                       hst_hash *parents);

    /** Quad hashes of four children each. */
    void (*quad_batch)(const hst_hash *children,
                       const uint32_t *indices,
                       size_t count,
                       hst_hash *parents);
} hst_hash_engine;

/** The engine that is libsodium only: the reference for every other. Never NULL. */
const hst_hash_engine *hst_hash_engine_portable(void);

/** The fastest engine that this processor can run; asks the processor on each call, so choose once
 * and keep it. Never NULL. */
const hst_hash_engine *hst_hash_engine_best(void);

/** engine->leaf_batch with its preconditions checked. */
void hst_hash_leaf_batch(const hst_hash_engine *engine,
                         const void *records,
                         size_t stride,
                         size_t record_size,
                         const uint32_t *indices,
                         size_t count,
                         hst_hash *out);

/** engine->node_batch with its preconditions checked. */
void hst_hash_node_batch(const hst_hash_engine *engine,
                         const hst_hash *children,
                         const uint32_t *indices,
                         size_t count,
                         hst_hash *parents);

/** engine->quad_batch with its preconditions checked. */
void hst_hash_quad_batch(const hst_hash_engine *engine,
                         const hst_hash *children,
                         const uint32_t *indices,
                         size_t count,
                         hst_hash *parents);

#endif
