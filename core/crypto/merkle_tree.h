/** @file core/crypto/merkle_tree.h
 * The state tree: a dense binary Merkle tree over numbered records, kept up to date in place.
 *
 * Leaf i is the hash of account record i. After a block, only the paths above records that changed
 * are recomputed, level by level in batches; sorting the dirty list first makes memory access
 * nearly sequential and merges shared paths (two to three times faster than leaf by leaf).
 *
 *   absent leaf            32 zero bytes (no data hashes to that)
 *   empty subtree, height h  Z(0) = 0, Z(h+1) = node(Z(h), Z(h))
 *   root of n leaves       the node of height h = ceil(log2 n) at the far left; n = 0: Z(0)
 *
 * So a root depends on the leaves and their number, never on the capacity that was planned, the
 * order of updates or the engine. A leaf that was counted but never updated is absent.
 *
 * Shapes    dirty[dirty_count]: any order, repeats allowed.
 * Errors    HST_NO_MEMORY at init; HST_NOT_FOUND for a leaf beyond the count;
 *           verification: HST_CORRUPT wrong shape, HST_MISMATCH wrong root.
 * Memory    64 bytes a leaf of capacity and 8 a planned dirty leaf, all taken at init from `arena`;
 *           pages of leaves not yet in use are not touched.
 * Threads   one thread updates; readers only between updates.
 * Cost      16,384 scattered dirty leaves of 2^20: 6 to 8 ms with the sha-ni engine.
 * Source    R. Merkle, "A digital signature based on a conventional encryption function", 1987;
 *           RFC 6962 for the hash rules.
 * Limits    2^31 leaves.
 */
#ifndef HST_CORE_CRYPTO_MERKLE_TREE_H
#define HST_CORE_CRYPTO_MERKLE_TREE_H

#include "core/base/arena.h"
#include "core/crypto/hash_engine.h"
#include "core/crypto/merkle_proof.h"

/** Most levels: leaves plus 31 levels of nodes. */
#define HST_MERKLE_LEVEL_MAX 32

/** The tree; fields are private. */
typedef struct hst_merkle_tree {
    const hst_hash_engine *engine;          /**< how hashes are computed */
    uint32_t leaf_count;                    /**< leaves in use */
    uint32_t leaf_capacity;                 /**< a power of two */
    uint32_t level_count;                   /**< log2(leaf_capacity) + 1 */
    uint32_t dirty_capacity;                /**< dirty leaves handled at a time */
    uint32_t *dirty;                        /**< [dirty_capacity] sorted, distinct */
    uint32_t *scratch;                      /**< [dirty_capacity] for sorting */
    hst_hash *levels[HST_MERKLE_LEVEL_MAX]; /**< levels[0] are leaves; a level's nodes in order */
    hst_hash empty[HST_MERKLE_LEVEL_MAX];   /**< Z(h) */
} hst_merkle_tree;

/** Writes the hash of leaf `index`; the zero hash for an absent one. */
typedef void (*hst_merkle_leaf)(void *context, uint32_t index, hst_hash *leaf);

/** Plan a tree of up to `leaf_capacity` leaves (rounded up to a power of two, at least 1), of which
 * `dirty_capacity` >= 1 are expected to change at a time (more only cost speed). It has no leaves.
 */
HST_NODISCARD hst_status hst_merkle_tree_init(hst_merkle_tree *tree,
                                              hst_arena *arena,
                                              const hst_hash_engine *engine,
                                              uint32_t leaf_capacity,
                                              uint32_t dirty_capacity);

/** Have `leaf_count` leaves, not fewer than before; new ones are absent until updated. HST_FULL
 * beyond the capacity. */
HST_NODISCARD hst_status hst_merkle_tree_grow(hst_merkle_tree *tree, uint32_t leaf_count);

/** Recompute the paths above the dirty leaves, leaf i being the hash of the `record_size` bytes at
 * records + i * stride. HST_NOT_FOUND (and nothing changed) when a dirty index is not < leaf_count.
 */
HST_NODISCARD hst_status hst_merkle_tree_update(hst_merkle_tree *tree,
                                                const uint32_t *dirty,
                                                size_t dirty_count,
                                                const void *records,
                                                size_t stride,
                                                size_t record_size);

/** The same with leaf hashes from a function, called once for each distinct dirty leaf of a batch
 * in ascending order. */
HST_NODISCARD hst_status hst_merkle_tree_update_leaves(hst_merkle_tree *tree,
                                                       const uint32_t *dirty,
                                                       size_t dirty_count,
                                                       hst_merkle_leaf leaf,
                                                       void *context);

/** The root over the present number of leaves. */
hst_hash hst_merkle_tree_root(const hst_merkle_tree *tree);

/** The hash of leaf `index` < leaf_count as the tree holds it. */
hst_hash hst_merkle_tree_leaf(const hst_merkle_tree *tree, uint32_t index);

/** The path of leaf `index`; HST_NOT_FOUND when it is not < leaf_count. */
HST_NODISCARD hst_status hst_merkle_tree_prove(const hst_merkle_tree *tree,
                                               uint32_t index,
                                               hst_merkle_proof *proof);

/** Check a proof: HST_OK when `leaf` is leaf proof->leaf_index of the tree of `leaf_count` leaves
 * with `root`. */
HST_NODISCARD hst_status hst_merkle_tree_verify(const hst_hash *root,
                                                uint64_t leaf_count,
                                                const hst_hash *leaf,
                                                const hst_merkle_proof *proof);

#endif
