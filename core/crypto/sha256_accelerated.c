#include "core/crypto/sha256_accelerated.h"

/* SHA-256 compression on the processor's SHA instructions, two messages at a time.
 *
 * One message is a chain of dependent sha256rnds2 instructions of 4 cycles each, while the unit
 * accepts one every 2: two independent messages interleaved fill it, more do not help and run out
 * of the 16 registers that these instructions can name.
 *
 * A message is a prefix byte and a record. No padded copy is made: the first 16 bytes are the
 * record shifted by one byte, every later load starts one byte early, and only what is left after
 * the last whole block is assembled. Loads stay inside the record.
 *
 * A quad has 128 bytes of message and no prefix: two blocks as they lie in memory, then a third
 * that is the same for every quad. That one needs no message schedule, only the table below.
 *
 * Checked against libsodium in tests/unit/crypto/test_hash_engine.c for every record size. */

const _Alignas(16) uint32_t hst_sha256_round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

const _Alignas(16) uint32_t hst_sha256_padding_128[64] = {
    0xc28a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf574,
    0x649b69c1, 0xf23e4787, 0x0fe1edc6, 0x240ca2dc, 0x4fe9346f, 0x4b1e84aa, 0x61b9431e, 0x36f9b39a,
    0xfa465156, 0xb85a8e77, 0xb01d681d, 0x5e59c7ea, 0x2faa3291, 0x07e2a6fb, 0x1f515a8e, 0x6f915f0a,
    0x5fb4221d, 0x612cc90a, 0x35c3e883, 0xa925d9d4, 0x8b82d1b9, 0x92848088, 0x9a5b7704, 0x034ba272,
    0x9f594686, 0x6f480592, 0xe49bee62, 0xc1cf12eb, 0x3ef55e11, 0x1f0f59a3, 0x327a0634, 0xbfa4d9bc,
    0x770df572, 0x9b9fbf40, 0xc21be9e9, 0xf5001d69, 0x840ec6da, 0x8a337f83, 0xb737625a, 0xe9b9ecd0,
    0xfe5d6d40, 0xa52dab8d, 0xee944592, 0x5f2d004a, 0x3bc8cb2e, 0x36d964a4, 0x5eb10caf, 0x6289d971};

#if defined(__x86_64__)

#    include "core/base/assert.h"

#    include <cpuid.h>
#    include <immintrin.h>
#    include <string.h>

#    define TARGET_SHA __attribute__((target("sha,sse4.1,ssse3")))
#    define ALWAYS_SHA __attribute__((always_inline, target("sha,sse4.1,ssse3"))) static inline

/** Items ahead whose memory is asked for early; a miss costs about two hashes. */
enum { PREFETCH_DISTANCE = 12 };

/** The eight working words in the order the instructions want. */
typedef struct sha_state {
    __m128i abef; /**< a b e f, from the highest lane down */
    __m128i cdgh; /**< c d g h */
} sha_state;

/** The last sixteen words of the message schedule, four a register, as big-endian words. */
typedef struct sha_block {
    __m128i w0, w1, w2, w3; /**< words 0-3, 4-7, 8-11, 12-15 */
} sha_block;

/** FIPS 180-4, 5.3.3. */
ALWAYS_SHA sha_state initial_state(void)
{
    return (sha_state){
        .abef = _mm_set_epi32(0x6a09e667, (int)0xbb67ae85, 0x510e527f, (int)0x9b05688c),
        .cdgh = _mm_set_epi32(0x3c6ef372, (int)0xa54ff53a, 0x1f83d9ab, 0x5be0cd19),
    };
}

ALWAYS_SHA __m128i swap_words(__m128i bytes)
{
    return _mm_shuffle_epi8(bytes, _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL));
}

ALWAYS_SHA __m128i load_words(const unsigned char *p)
{
    return swap_words(_mm_loadu_si128((const __m128i *)(const void *)p));
}

/** The first 16 bytes of prefix || record. */
ALWAYS_SHA __m128i load_first(const unsigned char *record, unsigned char prefix)
{
    const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)record);
    return swap_words(_mm_or_si128(_mm_slli_si128(bytes, 1), _mm_cvtsi32_si128(prefix)));
}

/** Four rounds of words that have their round constants added. */
ALWAYS_SHA void four_rounds_of_sums(sha_state *s, __m128i wk)
{
    s->cdgh = _mm_sha256rnds2_epu32(s->cdgh, s->abef, wk);
    s->abef = _mm_sha256rnds2_epu32(s->abef, s->cdgh, _mm_shuffle_epi32(wk, 0x0e));
}

ALWAYS_SHA void four_rounds(sha_state *s, __m128i words, int round)
{
    const __m128i k =
        _mm_load_si128((const __m128i *)(const void *)&hst_sha256_round_constants[round]);
    four_rounds_of_sums(s, _mm_add_epi32(words, k));
}

/** Replace words t-16 ... t-13 by t ... t+3 (FIPS 180-4, 6.2.2 step 1). */
ALWAYS_SHA __m128i next_words(__m128i w0, __m128i w1, __m128i w2, __m128i w3)
{
    const __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), _mm_alignr_epi8(w3, w2, 4));
    return _mm_sha256msg2_epu32(sum, w3);
}

/** Compress one block into each of two states. */
ALWAYS_SHA void compress_two(sha_state *a, sha_block *x, sha_state *b, sha_block *y)
{
    const sha_state a_before = *a;
    const sha_state b_before = *b;
#    define ROUNDS(w, round)                                                                       \
        do {                                                                                       \
            four_rounds(a, x->w, (round));                                                         \
            four_rounds(b, y->w, (round));                                                         \
        } while (0)
#    define EXTEND(p, q, r, s)                                                                     \
        do {                                                                                       \
            x->p = next_words(x->p, x->q, x->r, x->s);                                             \
            y->p = next_words(y->p, y->q, y->r, y->s);                                             \
        } while (0)
#    define SIXTEEN(round)                                                                         \
        do {                                                                                       \
            EXTEND(w0, w1, w2, w3);                                                                \
            ROUNDS(w0, (round));                                                                   \
            EXTEND(w1, w2, w3, w0);                                                                \
            ROUNDS(w1, (round) + 4);                                                               \
            EXTEND(w2, w3, w0, w1);                                                                \
            ROUNDS(w2, (round) + 8);                                                               \
            EXTEND(w3, w0, w1, w2);                                                                \
            ROUNDS(w3, (round) + 12);                                                              \
        } while (0)
    ROUNDS(w0, 0);
    ROUNDS(w1, 4);
    ROUNDS(w2, 8);
    ROUNDS(w3, 12);
    SIXTEEN(16);
    SIXTEEN(32);
    SIXTEEN(48);
#    undef SIXTEEN
#    undef EXTEND
#    undef ROUNDS
    a->abef = _mm_add_epi32(a->abef, a_before.abef);
    a->cdgh = _mm_add_epi32(a->cdgh, a_before.cdgh);
    b->abef = _mm_add_epi32(b->abef, b_before.abef);
    b->cdgh = _mm_add_epi32(b->cdgh, b_before.cdgh);
}

/** Compress the closing block of a message of 128 bytes into each of two states. */
ALWAYS_SHA void compress_two_padding_128(sha_state *a, sha_state *b)
{
    const __m128i *sums = (const __m128i *)(const void *)hst_sha256_padding_128;
    const sha_state a_before = *a;
    const sha_state b_before = *b;
    for (int i = 0; i < 16; i++) {
        const __m128i wk = _mm_load_si128(&sums[i]);
        four_rounds_of_sums(a, wk);
        four_rounds_of_sums(b, wk);
    }
    a->abef = _mm_add_epi32(a->abef, a_before.abef);
    a->cdgh = _mm_add_epi32(a->cdgh, a_before.cdgh);
    b->abef = _mm_add_epi32(b->abef, b_before.abef);
    b->cdgh = _mm_add_epi32(b->cdgh, b_before.cdgh);
}

ALWAYS_SHA void store_hash(const sha_state *s, hst_hash *out)
{
    const __m128i feba = _mm_shuffle_epi32(s->abef, 0x1b);
    const __m128i dchg = _mm_shuffle_epi32(s->cdgh, 0xb1);
    const __m128i abcd = _mm_blend_epi16(feba, dchg, 0xf0);
    const __m128i efgh = _mm_alignr_epi8(dchg, feba, 8);
    _mm_storeu_si128((__m128i *)(void *)out->bytes, swap_words(abcd));
    _mm_storeu_si128((__m128i *)(void *)(out->bytes + 16), swap_words(efgh));
}

/** Block `k` of prefix || record, all of whose 64 bytes are message. */
ALWAYS_SHA sha_block whole_block(const unsigned char *record, unsigned char prefix, size_t k)
{
    const unsigned char *p = record + 64 * k;
    return (sha_block){
        .w0 = k == 0 ? load_first(p, prefix) : load_words(p - 1),
        .w1 = load_words(p + 15),
        .w2 = load_words(p + 31),
        .w3 = load_words(p + 47),
    };
}

/** The block that closes a 65-byte message whose last byte is `last`. */
ALWAYS_SHA sha_block closing_65(unsigned char last)
{
    return (sha_block){
        .w0 = _mm_cvtsi32_si128((int)((uint32_t)last << 24 | UINT32_C(0x800000))),
        .w1 = _mm_setzero_si128(),
        .w2 = _mm_setzero_si128(),
        .w3 = _mm_set_epi32(65 * 8, 0, 0, 0),
    };
}

/** The only block of a 33-byte message: prefix || 32 bytes. */
ALWAYS_SHA sha_block only_33(const unsigned char *record, unsigned char prefix)
{
    return (sha_block){
        .w0 = load_first(record, prefix),
        .w1 = load_words(record + 15),
        .w2 = _mm_cvtsi32_si128((int)((uint32_t)record[31] << 24 | UINT32_C(0x800000))),
        .w3 = _mm_set_epi32(33 * 8, 0, 0, 0),
    };
}

/** Where a batch reads and writes. */
typedef struct sha_batch {
    const unsigned char *records; /**< record 0 */
    size_t stride;                /**< bytes between records */
    size_t record_size;           /**< bytes of a record */
    const uint32_t *indices;      /**< or NULL for all in order */
    size_t count;                 /**< records to hash */
    hst_hash *out;                /**< written by index */
    unsigned char prefix;         /**< first byte of every message */
} sha_batch;

ALWAYS_SHA size_t index_at(const sha_batch *batch, size_t i)
{
    return batch->indices != NULL ? batch->indices[i] : i;
}

/** Ask for the memory of item i + PREFETCH_DISTANCE; sorted or not, it is rarely in cache. */
ALWAYS_SHA void prefetch_item(const sha_batch *batch, size_t i)
{
    if (i + PREFETCH_DISTANCE < batch->count) {
        const size_t index = index_at(batch, i + PREFETCH_DISTANCE);
        __builtin_prefetch(batch->records + index * batch->stride, 0);
        __builtin_prefetch(&batch->out[index], 1);
    }
}

ALWAYS_SHA void hash_two_64(const unsigned char *record_a,
                            const unsigned char *record_b,
                            unsigned char prefix,
                            hst_hash *out_a,
                            hst_hash *out_b)
{
    sha_state a = initial_state();
    sha_state b = a;
    sha_block x = whole_block(record_a, prefix, 0);
    sha_block y = whole_block(record_b, prefix, 0);
    compress_two(&a, &x, &b, &y);
    x = closing_65(record_a[63]);
    y = closing_65(record_b[63]);
    compress_two(&a, &x, &b, &y);
    store_hash(&a, out_a);
    store_hash(&b, out_b);
}

ALWAYS_SHA void hash_two_32(const unsigned char *record_a,
                            const unsigned char *record_b,
                            unsigned char prefix,
                            hst_hash *out_a,
                            hst_hash *out_b)
{
    sha_state a = initial_state();
    sha_state b = a;
    sha_block x = only_33(record_a, prefix);
    sha_block y = only_33(record_b, prefix);
    compress_two(&a, &x, &b, &y);
    store_hash(&a, out_a);
    store_hash(&b, out_b);
}

/** The padded blocks after the whole ones; returns how many (1 or 2). */
static size_t
assemble_tail(const sha_batch *batch, const unsigned char *record, unsigned char tail[128])
{
    const size_t message_size = batch->record_size + 1;
    const size_t whole = message_size / 64;
    const size_t rest = message_size % 64;
    memset(tail, 0, 128);
    if (whole == 0) {
        tail[0] = batch->prefix;
        memcpy(tail + 1, record, batch->record_size);
    } else {
        memcpy(tail, record + (64 * whole - 1), rest);
    }
    tail[rest] = 0x80;
    const size_t tail_count = rest + 9 <= 64 ? 1 : 2;
    tail[64 * tail_count - 2] = (unsigned char)(message_size * 8 >> 8);
    tail[64 * tail_count - 1] = (unsigned char)(message_size * 8);
    return tail_count;
}

TARGET_SHA static void hash_two_any(const sha_batch *batch,
                                    const unsigned char *record_a,
                                    const unsigned char *record_b,
                                    hst_hash *out_a,
                                    hst_hash *out_b)
{
    unsigned char tail_a[128];
    unsigned char tail_b[128];
    const size_t tail_count = assemble_tail(batch, record_a, tail_a);
    const size_t tail_count_b = assemble_tail(batch, record_b, tail_b);
    hst_assert(tail_count == tail_count_b);
    sha_state a = initial_state();
    sha_state b = a;
    for (size_t k = 0; k < (batch->record_size + 1) / 64; k++) {
        sha_block x = whole_block(record_a, batch->prefix, k);
        sha_block y = whole_block(record_b, batch->prefix, k);
        compress_two(&a, &x, &b, &y);
    }
    for (size_t k = 0; k < tail_count; k++) {
        sha_block x = {load_words(tail_a + 64 * k), load_words(tail_a + 64 * k + 16),
                       load_words(tail_a + 64 * k + 32), load_words(tail_a + 64 * k + 48)};
        sha_block y = {load_words(tail_b + 64 * k), load_words(tail_b + 64 * k + 16),
                       load_words(tail_b + 64 * k + 32), load_words(tail_b + 64 * k + 48)};
        compress_two(&a, &x, &b, &y);
    }
    store_hash(&a, out_a);
    store_hash(&b, out_b);
}

/** The whole batch, two by two; an odd last one is paired with itself and its twin dropped. */
TARGET_SHA static void hash_batch(const sha_batch *batch)
{
    for (size_t i = 0; i < batch->count; i += 2) {
        prefetch_item(batch, i);
        prefetch_item(batch, i + 1);
        hst_hash twin;
        const bool paired = i + 1 < batch->count;
        const size_t index_a = index_at(batch, i);
        const size_t index_b = paired ? index_at(batch, i + 1) : index_a;
        const unsigned char *record_a = batch->records + index_a * batch->stride;
        const unsigned char *record_b = batch->records + index_b * batch->stride;
        hst_hash *out_a = &batch->out[index_a];
        hst_hash *out_b = paired ? &batch->out[index_b] : &twin;
        if (batch->record_size == 64) {
            hash_two_64(record_a, record_b, batch->prefix, out_a, out_b);
        } else if (batch->record_size == 32) {
            hash_two_32(record_a, record_b, batch->prefix, out_a, out_b);
        } else {
            hash_two_any(batch, record_a, record_b, out_a, out_b);
        }
    }
}

static void accelerated_leaf_batch(const void *records,
                                   size_t stride,
                                   size_t record_size,
                                   const uint32_t *indices,
                                   size_t count,
                                   hst_hash *out)
{
    const sha_batch batch = {.records = records,
                             .stride = stride,
                             .record_size = record_size,
                             .indices = indices,
                             .count = count,
                             .out = out,
                             .prefix = 0x00};
    hash_batch(&batch);
}

/** Two children lie side by side, so a node is the hash of a 64-byte record. */
static void accelerated_node_batch(const hst_hash *children,
                                   const uint32_t *indices,
                                   size_t count,
                                   hst_hash *parents)
{
    const sha_batch batch = {.records = (const unsigned char *)children,
                             .stride = sizeof(hst_hash[2]),
                             .record_size = sizeof(hst_hash[2]),
                             .indices = indices,
                             .count = count,
                             .out = parents,
                             .prefix = 0x01};
    hash_batch(&batch);
}

/** A block of message as it lies in memory. */
ALWAYS_SHA sha_block plain_block(const unsigned char *p)
{
    return (sha_block){
        .w0 = load_words(p),
        .w1 = load_words(p + 16),
        .w2 = load_words(p + 32),
        .w3 = load_words(p + 48),
    };
}

ALWAYS_SHA void hash_two_quads(const hst_hash *children_a,
                               const hst_hash *children_b,
                               hst_hash *out_a,
                               hst_hash *out_b)
{
    sha_state a = initial_state();
    sha_state b = a;
    sha_block x = plain_block(children_a[0].bytes);
    sha_block y = plain_block(children_b[0].bytes);
    compress_two(&a, &x, &b, &y);
    x = plain_block(children_a[2].bytes);
    y = plain_block(children_b[2].bytes);
    compress_two(&a, &x, &b, &y);
    compress_two_padding_128(&a, &b);
    store_hash(&a, out_a);
    store_hash(&b, out_b);
}

ALWAYS_SHA void prefetch_quad(const hst_hash *children, hst_hash *parents, size_t index)
{
    __builtin_prefetch(&children[HST_HASH_QUAD_CHILDREN * index], 0);
    __builtin_prefetch(&children[HST_HASH_QUAD_CHILDREN * index + 2], 0);
    __builtin_prefetch(&parents[index], 1);
}

/** Two by two; an odd last one is paired with itself and its twin dropped. */
TARGET_SHA static void accelerated_quad_batch(const hst_hash *children,
                                              const uint32_t *indices,
                                              size_t count,
                                              hst_hash *parents)
{
    for (size_t i = 0; i < count; i += 2) {
        if (i + PREFETCH_DISTANCE + 1 < count) {
            const size_t ahead = i + PREFETCH_DISTANCE;
            prefetch_quad(children, parents, indices != NULL ? indices[ahead] : ahead);
            prefetch_quad(children, parents, indices != NULL ? indices[ahead + 1] : ahead + 1);
        }
        hst_hash twin;
        const bool paired = i + 1 < count;
        const size_t second = paired ? i + 1 : i;
        const size_t index_a = indices != NULL ? indices[i] : i;
        const size_t index_b = indices != NULL ? indices[second] : second;
        hash_two_quads(&children[HST_HASH_QUAD_CHILDREN * index_a],
                       &children[HST_HASH_QUAD_CHILDREN * index_b], &parents[index_a],
                       paired ? &parents[index_b] : &twin);
    }
}

/** Whether this processor has SHA, SSSE3 and SSE4.1. */
static bool processor_has_sha(void)
{
    unsigned a = 0;
    unsigned b = 0;
    unsigned c = 0;
    unsigned d = 0;
    if (__get_cpuid(1, &a, &b, &c, &d) == 0) {
        return false;
    }
    const bool vectors = (c & bit_SSSE3) != 0 && (c & bit_SSE4_1) != 0;
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) {
        return false;
    }
    return vectors && (b & bit_SHA) != 0;
}

const hst_hash_engine hst_sha256_accelerated_engine = {
    .name = "sha-ni",
    .leaf_batch = accelerated_leaf_batch,
    .node_batch = accelerated_node_batch,
    .quad_batch = accelerated_quad_batch,
};

const hst_hash_engine *hst_sha256_accelerated(void)
{
    return processor_has_sha() ? &hst_sha256_accelerated_engine : NULL;
}

#else

const hst_hash_engine *hst_sha256_accelerated(void)
{
    return NULL;
}

#endif
