#include "core/crypto/hash.h"

#include "core/base/assert.h"

#include <string.h>

_Static_assert(HST_HASH_SIZE == crypto_hash_sha256_BYTES, "SHA-256 fills a hash");
_Static_assert(sizeof(hst_hash) == HST_HASH_SIZE, "arrays of hashes have no gaps");

static const unsigned char leaf_prefix = 0x00;
static const unsigned char node_prefix = 0x01;

bool hst_hash_is_zero(const hst_hash *hash)
{
    unsigned char any = 0;
    for (size_t i = 0; i < HST_HASH_SIZE; i++) {
        any |= hash->bytes[i];
    }
    return any == 0;
}

void hst_hash_to_hex(const hst_hash *hash, char hex[HST_HASH_HEX_LENGTH + 1])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < HST_HASH_SIZE; i++) {
        hex[2 * i] = digits[hash->bytes[i] >> 4];
        hex[2 * i + 1] = digits[hash->bytes[i] & 15];
    }
    hex[HST_HASH_HEX_LENGTH] = '\0';
}

/** Value of a hexadecimal digit, or -1. */
static int digit_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

hst_status hst_hash_from_hex(const char *hex, size_t length, hst_hash *hash)
{
    hst_assert(hex != NULL || length == 0);
    if (length != HST_HASH_HEX_LENGTH) {
        return HST_CORRUPT;
    }
    hst_hash parsed;
    for (size_t i = 0; i < HST_HASH_SIZE; i++) {
        const int high = digit_value(hex[2 * i]);
        const int low = digit_value(hex[2 * i + 1]);
        if (high < 0 || low < 0) {
            return HST_CORRUPT;
        }
        parsed.bytes[i] = (unsigned char)(high * 16 + low);
    }
    *hash = parsed;
    return HST_OK;
}

hst_hash hst_sha256(const void *data, size_t size)
{
    hst_assert(data != NULL || size == 0);
    hst_hash hash;
    const int failed = crypto_hash_sha256(hash.bytes, data, size);
    hst_assert(failed == 0);
    return hash;
}

void hst_sha256_init(hst_sha256_stream *stream)
{
    const int failed = crypto_hash_sha256_init(&stream->state);
    hst_assert(failed == 0);
}

void hst_sha256_update(hst_sha256_stream *stream, const void *data, size_t size)
{
    hst_assert(data != NULL || size == 0);
    const int failed = crypto_hash_sha256_update(&stream->state, data, size);
    hst_assert(failed == 0);
}

hst_hash hst_sha256_final(const hst_sha256_stream *stream)
{
    hst_sha256_stream end = *stream;
    hst_hash hash;
    const int failed = crypto_hash_sha256_final(&end.state, hash.bytes);
    hst_assert(failed == 0);
    return hash;
}

hst_hash hst_hash_leaf(const void *data, size_t size)
{
    hst_sha256_stream stream;
    hst_sha256_init(&stream);
    hst_sha256_update(&stream, &leaf_prefix, 1);
    hst_sha256_update(&stream, data, size);
    return hst_sha256_final(&stream);
}

hst_hash hst_hash_node(const hst_hash *left, const hst_hash *right)
{
    unsigned char message[1 + 2 * HST_HASH_SIZE];
    message[0] = node_prefix;
    memcpy(message + 1, left->bytes, HST_HASH_SIZE);
    memcpy(message + 1 + HST_HASH_SIZE, right->bytes, HST_HASH_SIZE);
    return hst_sha256(message, sizeof message);
}

hst_hash hst_hash_quad(const hst_hash children[HST_HASH_QUAD_CHILDREN])
{
    hst_assert(children != NULL);
    return hst_sha256(children, HST_HASH_QUAD_MESSAGE_SIZE);
}

void hst_digest_init(hst_digest *digest, const void *key, size_t key_size)
{
    hst_assert(key_size <= HST_DIGEST_KEY_MAX);
    hst_assert((key == NULL) == (key_size == 0));
    const int failed =
        crypto_generichash_blake2b_init(&digest->state, key, key_size, HST_HASH_SIZE);
    hst_assert(failed == 0);
}

void hst_digest_update(hst_digest *digest, const void *data, size_t size)
{
    hst_assert(data != NULL || size == 0);
    const int failed = crypto_generichash_blake2b_update(&digest->state, data, size);
    hst_assert(failed == 0);
}

void hst_digest_u64(hst_digest *digest, uint64_t value)
{
    unsigned char bytes[sizeof value];
    for (size_t i = 0; i < sizeof value; i++) {
        bytes[i] = (unsigned char)(value >> (8 * i));
    }
    hst_digest_update(digest, bytes, sizeof bytes);
}

void hst_digest_bytes(hst_digest *digest, const void *data, size_t size)
{
    hst_digest_u64(digest, size);
    hst_digest_update(digest, data, size);
}

hst_hash hst_digest_final(const hst_digest *digest)
{
    hst_digest end = *digest;
    hst_hash hash;
    const int failed = crypto_generichash_blake2b_final(&end.state, hash.bytes, HST_HASH_SIZE);
    hst_assert(failed == 0);
    return hash;
}

hst_hash hst_blake2b(const void *data, size_t size)
{
    hst_digest digest;
    hst_digest_init(&digest, NULL, 0);
    hst_digest_update(&digest, data, size);
    return hst_digest_final(&digest);
}
