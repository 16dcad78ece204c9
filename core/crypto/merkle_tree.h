/** @file core/crypto/merkle_tree.h
 * The state tree: a dense Merkle tree of four children a node over numbered records, kept up to
 * date in place.
 *
 * Leaf i is the hash of account record i. After a block, only the paths above records that changed
 * are recomputed, level by level in batches; sorting the dirty list first makes memory access
 * nearly sequential and merges shared paths (three to five times faster than leaf by leaf). Four
 * children a node are half the levels of two and a quarter fewer compressions, leaves included:
 * docs/decisions/0002-state-tree-of-four.md.
 *
 *   node                   quad(a, b, c, d) = SHA-256(a || b || c || d) of its children in order
 *   absent leaf            32 zero bytes (no data hashes to that)
 *   empty subtree, height h  Z(0) = 0, Z(h+1) = quad(Z(h), Z(h), Z(h), Z(h))
 *   root of n leaves       the node of height h = ceil(log4 n) at the far left; n = 0: Z(0)
 *
 * All leaves are at height 0, and where children are missing at the right edge their places hold
 * absent leaves or empty subtrees: a node always has four.
 *
 * A node has no prefix byte, and needs none: its message is 128 bytes, the message of a leaf is one
 * zero byte and a record, and records of 127 bytes are refused by assertion. So no bytes are the
 * message of both a node and a leaf, whatever an attacker picks as a record. Whoever gives leaf
 * hashes by function answers for the same (core/ledger: records of 104 bytes, asserted).
 *
 * A proof carries the three siblings of each level, lowest level first and in order of position;
 * the position of the path at height h is base-four digit h of the leaf's index. Verification knows
 * the number of leaves, hence the height, so no proof can start at an inner node.
 *
 * So a root depends on the leaves and their number, never on the capacity that was planned, the
 * order of updates or the engine. A leaf that was counted but never updated is absent.
 *
 * Shapes    dirty[dirty_count]: any order, repeats allowed.
 * Errors    HST_NO_MEMORY at init; HST_NOT_FOUND for a leaf beyond the count;
 *           verification: HST_CORRUPT wrong shape, HST_MISMATCH wrong root.
 * Memory    43 bytes a leaf of capacity and 8 a planned dirty leaf, all taken at init from `arena`;
 *           pages of leaves not yet in use are not touched.
 * Threads   one thread updates; readers only between updates.
 * Cost      16,384 scattered dirty leaves of 2^20: about 5 ms with the sha-ni engine.
 * Source    R. Merkle, "A digital signature based on a conventional encryption function", 1987;
 *           RFC 6962 for the hash rules.
 * Limits    2^31 leaves.
 */
#ifndef HST_CORE_CRYPTO_MERKLE_TREE_H
#define HST_CORE_CRYPTO_MERKLE_TREE_H

#include "core/base/arena.h"
#include "core/crypto/hash_engine.h"
#include "core/crypto/merkle_proof.h"

/** Most levels: leaves plus 16 levels of nodes. */
#define HST_MERKLE_LEVEL_MAX 17

/** The tree; fields are private. */
typedef struct hst_merkle_tree {
    const hst_hash_engine *engine;          /**< how hashes are computed */
    uint32_t leaf_count;                    /**< leaves in use */
    uint32_t leaf_capacity;                 /**< most leaves */
    uint32_t level_count;                   /**< ceil(log4(leaf_capacity)) + 1 */
    uint32_t dirty_capacity;                /**< dirty leaves handled at a time */
    uint32_t *dirty;                        /**< [dirty_capacity] sorted, distinct */
    uint32_t *scratch;                      /**< [dirty_capacity] for sorting */
    hst_hash *levels[HST_MERKLE_LEVEL_MAX]; /**< levels[0] are leaves; a level's nodes in order */
    hst_hash empty[HST_MERKLE_LEVEL_MAX];   /**< Z(h) */
} hst_merkle_tree;

/** Writes the hash of leaf `index`; the zero hash for an absent one. */
typedef void (*hst_merkle_leaf)(void *context, uint32_t index, hst_hash *leaf);

/** Plan a tree of up to `leaf_capacity` leaves (at least 1), of which `dirty_capacity` >= 1 are
 * expected to change at a time (more only cost speed). It has no leaves. */
HST_NODISCARD hst_status hst_merkle_tree_init(hst_merkle_tree *tree,
                                              hst_arena *arena,
                                              const hst_hash_engine *engine,
                                              uint32_t leaf_capacity,
                                              uint32_t dirty_capacity);

/** Have `leaf_count` leaves, not fewer than before; new ones are absent until updated. HST_FULL
 * beyond the capacity. */
HST_NODISCARD hst_status hst_merkle_tree_grow(hst_merkle_tree *tree, uint32_t leaf_count);

/** Recompute the paths above the dirty leaves, leaf i being the hash of the `record_size` bytes
 * (not 127, see above) at records + i * stride. HST_NOT_FOUND (and nothing changed) when a dirty
 * index is not < leaf_count.
 */
HST_NODISCARD hst_status hst_merkle_tree_update(hst_merkle_tree *tree,
                                                const uint32_t *dirty,
                                                size_t dirty_count,
                                                const void *records,
                                                size_t stride,
                                                size_t record_size);

/** The same with leaf hashes from a function, called once for each distinct dirty leaf of a batch
 * in ascending order. A list that is strictly ascending already is not sorted again. */
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
