#include "core/crypto/merkle_proof.h"

#include "core/base/assert.h"

#include <string.h>

enum { WIRE_VERSION = 1, WIRE_HEADER_SIZE = 10 };

size_t hst_merkle_proof_size(const hst_merkle_proof *proof)
{
    hst_assert(proof->hash_count <= HST_MERKLE_PROOF_MAX);
    return WIRE_HEADER_SIZE + (size_t)proof->hash_count * HST_HASH_SIZE;
}

hst_status
hst_merkle_proof_encode(const hst_merkle_proof *proof, void *bytes, size_t capacity, size_t *size)
{
    const size_t needed = hst_merkle_proof_size(proof);
    hst_assert(bytes != NULL || capacity == 0);
    if (capacity < needed) {
        return HST_FULL;
    }
    unsigned char *p = bytes;
    p[0] = WIRE_VERSION;
    p[1] = (unsigned char)proof->hash_count;
    for (size_t i = 0; i < 8; i++) {
        p[2 + i] = (unsigned char)(proof->leaf_index >> (8 * i));
    }
    memcpy(p + WIRE_HEADER_SIZE, proof->hashes, needed - WIRE_HEADER_SIZE);
    *size = needed;
    return HST_OK;
}

hst_status hst_merkle_proof_decode(const void *bytes, size_t size, hst_merkle_proof *proof)
{
    hst_assert(bytes != NULL || size == 0);
    const unsigned char *p = bytes;
    if (size < WIRE_HEADER_SIZE) {
        return HST_TRUNCATED;
    }
    if (p[0] != WIRE_VERSION || p[1] > HST_MERKLE_PROOF_MAX) {
        return HST_CORRUPT;
    }
    const size_t needed = WIRE_HEADER_SIZE + (size_t)p[1] * HST_HASH_SIZE;
    if (size != needed) {
        return size < needed ? HST_TRUNCATED : HST_CORRUPT;
    }
    uint64_t leaf_index = 0;
    for (size_t i = 0; i < 8; i++) {
        leaf_index |= (uint64_t)p[2 + i] << (8 * i);
    }
    if (leaf_index >> HST_MERKLE_PROOF_MAX != 0) {
        return HST_CORRUPT;
    }
    *proof = (hst_merkle_proof){.leaf_index = leaf_index, .hash_count = p[1]};
    memcpy(proof->hashes, p + WIRE_HEADER_SIZE, needed - WIRE_HEADER_SIZE);
    hst_assert(hst_merkle_proof_size(proof) == size);
    return HST_OK;
}
