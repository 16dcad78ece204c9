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

/** Names kept at most. */
enum { HST_NAME_MEMO_SIZE = 1024 };

/** A name that followed from another one and up to 32 bytes after it. */
typedef struct hst_name_entry {
    uint32_t size; /**< of what came after; 0 = the entry is free */
    hst_hash name; /**< BLAKE2b-256 of both */
    hst_hash from; /**< the other name */
    hst_hash then; /**< what came after, then zeroes */
} hst_name_entry;

/** Names that were worked out, so that they need not be again: a function's values and nothing
 * else. A host may lend one to all its replicas; it starts zeroed. */
typedef struct hst_name_memo {
    hst_name_entry entries[HST_NAME_MEMO_SIZE]; /**< by the first bytes of `from` and `then` */
} hst_name_memo;

/** BLAKE2b-256 of `from` and of `size` bytes after it, 1 ... HST_HASH_SIZE; `memo` may be NULL.
 * Cost: a hash, or two comparisons when it is remembered. */
static inline hst_hash
hst_name_after(hst_name_memo *memo, const hst_hash *from, const void *then, uint32_t size)
{
    hst_hash both[2] = {*from, {{0}}};
    memcpy(both[1].bytes, then, size);
    if (memo == NULL) {
        return hst_blake2b(both, sizeof *from + size);
    }
    const uint32_t at = (uint32_t)(both[0].bytes[0] ^ both[1].bytes[0]) +
                        ((uint32_t)(both[0].bytes[1] ^ both[1].bytes[1]) << 8);
    hst_name_entry *entry = &memo->entries[at % HST_NAME_MEMO_SIZE];
    if (entry->size != size || !hst_hash_equal(&entry->from, &both[0]) ||
        !hst_hash_equal(&entry->then, &both[1])) {
        entry->size = size;
        entry->from = both[0];
        entry->then = both[1];
        entry->name = hst_blake2b(both, sizeof *from + size);
    }
    return entry->name;
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
