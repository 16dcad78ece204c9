/** @file core/consensus/name.h
 * Names of what consensus machines pass around: a hash of the bytes as they travel, and its first
 * word where a short mark is enough.
 */
#ifndef HST_CORE_CONSENSUS_NAME_H
#define HST_CORE_CONSENSUS_NAME_H

#include "core/consensus/wire.h"
#include "core/crypto/hash.h"

#include <stdint.h>
#include <string.h>

/** Name of what has been written: a header is called by its own bytes. */
static inline hst_hash hst_name_of(const hst_wire *wire)
{
    return hst_blake2b(wire->bytes, wire->at);
}

/** First word of a hash. */
static inline uint64_t hst_name_word(const hst_hash *hash)
{
    uint64_t word;
    memcpy(&word, hash->bytes, sizeof word);
    return word;
}

/** First word of a digest: what `digest` of a protocol answers. */
static inline uint64_t hst_name_digest(const hst_digest *digest)
{
    const hst_hash hash = hst_digest_final(digest);
    return hst_name_word(&hash);
}

#endif
