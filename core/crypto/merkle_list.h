/** @file core/crypto/merkle_list.h
 * The Merkle root of an append-only list, exactly as certificate transparency defines it: for the
 * transactions of a block, which are written once and never changed.
 *
 *   MTH({})     = SHA-256()                                    MTH of 5:      root
 *   MTH({d})    = leaf(d)                                                    /    \
 *   MTH(D[0:n]) = node(MTH(D[0:k]), MTH(D[k:n])),                         k=4      4
 *                 k the largest power of two < n                         /   \
 *                                                                      01     23
 *
 * Two ways to the same root: appending keeps one peak for each one bit of the count; the one-shot
 * form over all leaf hashes uses the batch engine and can also prove.
 *
 * Errors    HST_NOT_FOUND a leaf beyond the list; verification: HST_CORRUPT wrong shape,
 *           HST_MISMATCH wrong root.
 * Memory    the appender is a value of 1.6 KiB; the one-shot forms use scratch from the caller.
 * Threads   pure functions; an appender belongs to one thread.
 * Cost      append: two hashes amortised; root: one hash for each one bit; one-shot: n hashes.
 * Source    RFC 6962 sections 2.1 and 2.1.1; RFC 9162 section 2.1.3.2 for verification.
 * Limits    2^48 leaves appended, 2^31 in the one-shot forms.
 */
#ifndef HST_CORE_CRYPTO_MERKLE_LIST_H
#define HST_CORE_CRYPTO_MERKLE_LIST_H

#include "core/crypto/hash_engine.h"
#include "core/crypto/merkle_proof.h"

/** A list being appended to; fields are private. */
typedef struct hst_merkle_list {
    uint64_t leaf_count;                      /**< leaves so far */
    hst_hash peaks[HST_MERKLE_PROOF_MAX + 1]; /**< peaks[h]: full subtree of 2^h leaves, valid when
                                                   bit h of leaf_count is set */
} hst_merkle_list;

/** Start an empty list. */
void hst_merkle_list_init(hst_merkle_list *list);

/** Append a leaf hash. */
void hst_merkle_list_append(hst_merkle_list *list, const hst_hash *leaf);

/** The root of what was appended so far. */
hst_hash hst_merkle_list_root(const hst_merkle_list *list);

/** Hashes of scratch that the one-shot forms need for `leaf_count` leaves. */
size_t hst_merkle_list_scratch_count(size_t leaf_count);

/** The root over all leaf hashes at once. scratch[hst_merkle_list_scratch_count(leaf_count)]. */
hst_hash hst_merkle_list_root_of(const hst_hash_engine *engine,
                                 const hst_hash *leaves,
                                 size_t leaf_count,
                                 hst_hash *scratch);

/** The path of leaf `index`; HST_NOT_FOUND when it is not < leaf_count. */
HST_NODISCARD hst_status hst_merkle_list_prove(const hst_hash_engine *engine,
                                               const hst_hash *leaves,
                                               size_t leaf_count,
                                               size_t index,
                                               hst_hash *scratch,
                                               hst_merkle_proof *proof);

/** Check a proof: HST_OK when `leaf` is leaf proof->leaf_index of the list of `leaf_count` leaves
 * with `root`. */
HST_NODISCARD hst_status hst_merkle_list_verify(const hst_hash *root,
                                                uint64_t leaf_count,
                                                const hst_hash *leaf,
                                                const hst_merkle_proof *proof);

#endif
