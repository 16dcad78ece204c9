/** @file core/crypto/hash.h
 * 256-bit hashes: SHA-256 where others must be able to check us, BLAKE2b where only we read it.
 *
 * SHA-256 is for what leaves the program as proof: leaves, nodes and roots of Merkle trees, block
 * and transaction hashes. BLAKE2b-256 (`hst_digest`) is for run digests and file contents: three
 * times faster in software, and keyed.
 *
 * A node can never pass for a leaf. In lists (RFC 6962) the first byte tells them apart; in the
 * state tree, whose nodes have four children, the length does: a quad is the hash of exactly 128
 * bytes, and no leaf of a state tree has a message of 128 bytes (core/crypto/merkle_tree.h, which
 * asserts it). Equal hashes of messages of unequal length would be a collision of SHA-256.
 *
 *   leaf(data)        = SHA-256(0x00 || data)
 *   node(left, right) = SHA-256(0x01 || left || right)
 *   quad(a, b, c, d)  = SHA-256(a || b || c || d)
 *
 * Integers enter a digest in little-endian order whatever the machine.
 *
 * Errors    only hst_hash_from_hex fails.
 * Memory    none taken; streams are values, copy one to fork it.
 * Threads   pure functions; a stream belongs to one thread. sodium_init() is not needed: it only
 *           changes which BLAKE2b libsodium runs, never a result, and need not be a gain (libsodium
 *           1.0.18 on a Zen 5 core: 1.0 GB/s before it, 0.6 GB/s after, with its AVX2 code).
 * Cost      SHA-256 through libsodium about 0.35 GB/s, BLAKE2b about 1 GB/s. Many leaves or nodes
 *           at once: core/crypto/hash_engine.h.
 * Source    FIPS 180-4; RFC 6962 section 2.1 (domain separation); RFC 7693 (BLAKE2).
 */
#ifndef HST_CORE_CRYPTO_HASH_H
#define HST_CORE_CRYPTO_HASH_H

#include "core/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <sodium/crypto_generichash_blake2b.h>
#include <sodium/crypto_hash_sha256.h>

/** Bytes of a hash. */
#define HST_HASH_SIZE       32
/** Characters of a hash in hexadecimal, without the final zero. */
#define HST_HASH_HEX_LENGTH 64

/** A hash of 32 bytes; a value. All zero means "nothing here" (hst_hash_is_zero). */
typedef struct hst_hash {
    unsigned char bytes[HST_HASH_SIZE]; /**< big-endian, as printed */
} hst_hash;

/** Whether two hashes are equal. Not constant-time: hashes here are public. */
static inline bool hst_hash_equal(const hst_hash *a, const hst_hash *b)
{
    return memcmp(a->bytes, b->bytes, HST_HASH_SIZE) == 0;
}

/** Whether all bytes are zero, the mark of an absent thing. */
bool hst_hash_is_zero(const hst_hash *hash);

/** Lower-case hexadecimal with a final zero. */
void hst_hash_to_hex(const hst_hash *hash, char hex[HST_HASH_HEX_LENGTH + 1]);

/** Parse exactly 64 hexadecimal digits of either case; HST_CORRUPT when `hex` is anything else. */
HST_NODISCARD hst_status hst_hash_from_hex(const char *hex, size_t length, hst_hash *hash);

/** SHA-256 of `size` bytes. `data` may be NULL when `size` is zero. */
hst_hash hst_sha256(const void *data, size_t size);

/** SHA-256 of a message that comes in pieces. */
typedef struct hst_sha256_stream {
    crypto_hash_sha256_state state; /**< libsodium's */
} hst_sha256_stream;

/** Start a message. */
void hst_sha256_init(hst_sha256_stream *stream);

/** Append `size` bytes. */
void hst_sha256_update(hst_sha256_stream *stream, const void *data, size_t size);

/** The hash of what was appended so far; the stream can go on. */
hst_hash hst_sha256_final(const hst_sha256_stream *stream);

/** SHA-256(0x00 || data), the hash of a Merkle leaf. */
hst_hash hst_hash_leaf(const void *data, size_t size);

/** SHA-256(0x01 || left || right), the hash of a Merkle node. */
hst_hash hst_hash_node(const hst_hash *left, const hst_hash *right);

/** Children of a quad. */
#define HST_HASH_QUAD_CHILDREN     4
/** Bytes of a quad's message: a leaf beside quads must not have a message of this length. */
#define HST_HASH_QUAD_MESSAGE_SIZE ((size_t)HST_HASH_QUAD_CHILDREN * HST_HASH_SIZE)

/** SHA-256 of four children side by side, the hash of a node of the state tree. */
hst_hash hst_hash_quad(const hst_hash children[HST_HASH_QUAD_CHILDREN]);

/** Longest key of a digest in bytes. */
#define HST_DIGEST_KEY_MAX 64

/** BLAKE2b-256 of a message that comes in pieces. */
typedef struct hst_digest {
    crypto_generichash_blake2b_state state; /**< libsodium's */
} hst_digest;

/** Start a digest; `key` of `key_size` <= HST_DIGEST_KEY_MAX bytes, or NULL and 0 for none. */
void hst_digest_init(hst_digest *digest, const void *key, size_t key_size);

/** Append `size` bytes. */
void hst_digest_update(hst_digest *digest, const void *data, size_t size);

/** Append eight bytes, little-endian. */
void hst_digest_u64(hst_digest *digest, uint64_t value);

/** Append the length as eight bytes, then the bytes: ("ab", "c") differs from ("a", "bc"). */
void hst_digest_bytes(hst_digest *digest, const void *data, size_t size);

/** The digest of what was appended so far; the digest can go on. */
hst_hash hst_digest_final(const hst_digest *digest);

/** BLAKE2b-256 of `size` bytes, without a key. */
hst_hash hst_blake2b(const void *data, size_t size);

#endif
