/** @file core/crypto/merkle_proof.h
 * Inclusion proofs: the siblings from a leaf up to a root, and their bytes on the wire.
 *
 * A proof names a leaf and carries the sibling hashes on its path, lowest first. It says nothing
 * about the size of the tree: the verifier must know `leaf_count` from the same trusted place as
 * the root (a block header), since a root alone does not bind it.
 *
 *        root = node(a, b)            proof of leaf 1 = { leaf 0, b }
 *        /        \
 *       a          b                  verify: node(node(leaf 0, LEAF), b) == root
 *      / \        / \
 *     0  [1]     2   3
 *
 * Wire format, little-endian: u8 version = 1, u8 hash_count, u64 leaf_index, then the hashes.
 * Every byte matters: no other bytes decode to the same proof.
 *
 * Errors    HST_CORRUPT: not a proof; HST_TRUNCATED: too short; HST_FULL: `capacity` too small.
 * Memory    values; 1.6 KiB.
 * Threads   pure functions.
 * Source    RFC 6962 section 2.1.1.
 */
#ifndef HST_CORE_CRYPTO_MERKLE_PROOF_H
#define HST_CORE_CRYPTO_MERKLE_PROOF_H

#include "core/crypto/hash.h"

/** Most siblings in a proof: trees of up to 2^48 leaves. */
#define HST_MERKLE_PROOF_MAX      48
/** Bytes of the longest encoded proof. */
#define HST_MERKLE_PROOF_SIZE_MAX (10 + HST_MERKLE_PROOF_MAX * HST_HASH_SIZE)

/** The path from one leaf to the root. */
typedef struct hst_merkle_proof {
    uint64_t leaf_index;                   /**< which leaf */
    uint32_t hash_count;                   /**< siblings that follow */
    hst_hash hashes[HST_MERKLE_PROOF_MAX]; /**< lowest sibling first */
} hst_merkle_proof;

/** Bytes that hst_merkle_proof_encode will write. */
size_t hst_merkle_proof_size(const hst_merkle_proof *proof);

/** Write a proof to `bytes[capacity]`; `size` is what was written. */
HST_NODISCARD hst_status hst_merkle_proof_encode(const hst_merkle_proof *proof,
                                                 void *bytes,
                                                 size_t capacity,
                                                 size_t *size);

/** Read a proof from exactly `size` bytes of any origin. */
HST_NODISCARD hst_status hst_merkle_proof_decode(const void *bytes,
                                                 size_t size,
                                                 hst_merkle_proof *proof);

#endif
