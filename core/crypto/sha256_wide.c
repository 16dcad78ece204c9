#include "core/crypto/sha256_wide.h"

#include "core/crypto/sha256_accelerated.h"

/* SHA-256 of sixteen messages at a time, one in each 32-bit lane of AVX-512 registers.
 *
 * The rounds are those of FIPS 180-4, 6.2.2, as they stand there: rotations are one instruction,
 * and the three-input functions (xor, choice, majority) are one instruction each, vpternlogd.
 *
 * A message is a prefix byte and a record. Each block is loaded where it lies, with bytes beyond
 * the record masked out (a masked load touches nothing there); one byte permutation shifts the
 * first block by the prefix and turns words to big-endian; what closes a message (one bit, zeros,
 * its length) is the same for all and is or-ed in. Then sixteen blocks are transposed into sixteen
 * registers of one word each.
 *
 * A batch's last few messages would leave most lanes idle; they go to the SHA-NI engine.
 *
 * Checked against libsodium in tests/unit/crypto/test_hash_engine.c for every record size and every
 * small batch. */

#if defined(__x86_64__)

#    include "core/base/assert.h"

#    include <cpuid.h>
#    include <immintrin.h>
#    include <string.h>

#    define TARGET_WIDE __attribute__((target("avx512f,avx512bw,avx512vbmi")))
#    define ALWAYS_WIDE                                                                            \
        __attribute__((always_inline, target("avx512f,avx512bw,avx512vbmi"))) static inline

enum {
    LANES = 16,
    /* Fewer messages than this are done sooner two by two (measured: 17 ns a compression here, 26
     * there). */
    LANES_WORTH = 11,
    BLOCK = 64,
    BLOCK_MAX = (1 + HST_HASH_RECORD_MAX + 9 + BLOCK - 1) / BLOCK,
    WORDS = 16,
    STATE_WORDS = 8
};

/** Word i of sixteen blocks. */
typedef struct wide_block {
    __m512i words[WORDS];
} wide_block;

/** Working word i (a ... h) of sixteen states. */
typedef struct wide_state {
    __m512i words[STATE_WORDS];
} wide_state;

/** FIPS 180-4, 5.3.3. */
static const uint32_t initial_words[STATE_WORDS] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

ALWAYS_WIDE __m512i xor3(__m512i x, __m512i y, __m512i z)
{
    return _mm512_ternarylogic_epi32(x, y, z, 0x96);
}

ALWAYS_WIDE __m512i add(__m512i x, __m512i y)
{
    return _mm512_add_epi32(x, y);
}

ALWAYS_WIDE __m512i sum_a(__m512i a)
{
    return xor3(_mm512_ror_epi32(a, 2), _mm512_ror_epi32(a, 13), _mm512_ror_epi32(a, 22));
}

ALWAYS_WIDE __m512i sum_e(__m512i e)
{
    return xor3(_mm512_ror_epi32(e, 6), _mm512_ror_epi32(e, 11), _mm512_ror_epi32(e, 25));
}

/** Word t of the schedule in the place of word t - 16. */
ALWAYS_WIDE void extend(wide_block *b, unsigned t)
{
    const __m512i w2 = b->words[(t + 14) % WORDS];
    const __m512i w15 = b->words[(t + 1) % WORDS];
    const __m512i sigma0 =
        xor3(_mm512_ror_epi32(w15, 7), _mm512_ror_epi32(w15, 18), _mm512_srli_epi32(w15, 3));
    const __m512i sigma1 =
        xor3(_mm512_ror_epi32(w2, 17), _mm512_ror_epi32(w2, 19), _mm512_srli_epi32(w2, 10));
    b->words[t % WORDS] =
        add(add(b->words[t % WORDS], b->words[(t + 9) % WORDS]), add(sigma0, sigma1));
}

/** One round with schedule word and round constant already added; the caller renames the words. */
ALWAYS_WIDE void
one_round(const __m512i *a_to_c, __m512i *d, const __m512i *e_to_g, __m512i *h, __m512i wk)
{
    const __m512i choice = _mm512_ternarylogic_epi32(e_to_g[0], e_to_g[1], e_to_g[2], 0xca);
    const __m512i majority = _mm512_ternarylogic_epi32(a_to_c[0], a_to_c[1], a_to_c[2], 0xe8);
    const __m512i t1 = add(add(*h, wk), add(choice, sum_e(e_to_g[0])));
    *d = add(*d, t1);
    *h = add(t1, add(majority, sum_a(a_to_c[0])));
}

/* Eight rounds bring the words back to their names. WK(i) is what round i adds. */
#    define ROUND(a, b, c, d, e, f, g, h, wk)                                                      \
        do {                                                                                       \
            const __m512i a_to_c[3] = {a, b, c};                                                   \
            const __m512i e_to_g[3] = {e, f, g};                                                   \
            one_round(a_to_c, &(d), e_to_g, &(h), wk);                                             \
        } while (0)
#    define EIGHT_ROUNDS(WK, t)                                                                    \
        do {                                                                                       \
            ROUND(a, b, c, d, e, f, g, h, WK((t)));                                                \
            ROUND(h, a, b, c, d, e, f, g, WK((t) + 1));                                            \
            ROUND(g, h, a, b, c, d, e, f, WK((t) + 2));                                            \
            ROUND(f, g, h, a, b, c, d, e, WK((t) + 3));                                            \
            ROUND(e, f, g, h, a, b, c, d, WK((t) + 4));                                            \
            ROUND(d, e, f, g, h, a, b, c, WK((t) + 5));                                            \
            ROUND(c, d, e, f, g, h, a, b, WK((t) + 6));                                            \
            ROUND(b, c, d, e, f, g, h, a, WK((t) + 7));                                            \
        } while (0)
#    define WORKING_WORDS(s)                                                                       \
        __m512i a = (s)->words[0], b = (s)->words[1], c = (s)->words[2], d = (s)->words[3],        \
                e = (s)->words[4], f = (s)->words[5], g = (s)->words[6], h = (s)->words[7]
#    define ADD_TO_STATE(s)                                                                        \
        do {                                                                                       \
            const __m512i after[STATE_WORDS] = {a, b, c, d, e, f, g, h};                           \
            for (unsigned i = 0; i < STATE_WORDS; i++) {                                           \
                (s)->words[i] = add((s)->words[i], after[i]);                                      \
            }                                                                                      \
        } while (0)

ALWAYS_WIDE __m512i broadcast(uint32_t word)
{
    return _mm512_set1_epi32((int)word);
}

/** Compress a block into each of sixteen states; the block is used up. */
TARGET_WIDE static void compress(wide_state *s, wide_block *block)
{
    WORKING_WORDS(s);
#    define WK(t) add(block->words[(t) % WORDS], broadcast(hst_sha256_round_constants[t]))
    EIGHT_ROUNDS(WK, 0);
    EIGHT_ROUNDS(WK, 8);
    for (unsigned t = WORDS; t < 64; t += WORDS) {
        for (unsigned i = 0; i < WORDS; i++) {
            extend(block, i);
        }
        EIGHT_ROUNDS(WK, t);
        EIGHT_ROUNDS(WK, t + 8);
    }
#    undef WK
    ADD_TO_STATE(s);
}

/** Compress the closing block of a message of 128 bytes, whose schedule is a table. */
TARGET_WIDE static void compress_padding_128(wide_state *s)
{
    WORKING_WORDS(s);
#    define WK(t) broadcast(hst_sha256_padding_128[t])
    for (unsigned t = 0; t < 64; t += 8) {
        EIGHT_ROUNDS(WK, t);
    }
#    undef WK
    ADD_TO_STATE(s);
}

/** Sixteen rows of sixteen words become sixteen columns. */
ALWAYS_WIDE void transpose(__m512i r[LANES])
{
    __m512i t[LANES];
    for (unsigned i = 0; i < LANES; i += 2) {
        t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
        t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
    }
    for (unsigned i = 0; i < LANES; i += 4) {
        r[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
        r[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
        r[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
        r[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
    }
    for (unsigned half = 0; half < LANES; half += 8) {
        for (unsigned i = 0; i < 4; i++) {
            t[half + i] = _mm512_shuffle_i32x4(r[half + i], r[half + i + 4], 0x88);
            t[half + i + 4] = _mm512_shuffle_i32x4(r[half + i], r[half + i + 4], 0xdd);
        }
    }
    for (unsigned i = 0; i < 8; i++) {
        r[i] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0x88);
        r[i + 8] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0xdd);
    }
}

ALWAYS_WIDE __m512i swap_words(__m512i bytes)
{
    return _mm512_shuffle_epi8(
        bytes, _mm512_broadcast_i32x4(_mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL)));
}

ALWAYS_WIDE void begin(wide_state *s)
{
    for (unsigned i = 0; i < STATE_WORDS; i++) {
        s->words[i] = broadcast(initial_words[i]);
    }
}

/** Sixteen hashes to where they belong; lanes of one place hold the same message. */
ALWAYS_WIDE void store_hashes(const wide_state *s, hst_hash *const out[LANES])
{
    __m512i rows[LANES];
    for (unsigned i = 0; i < LANES; i++) {
        rows[i] = i < STATE_WORDS ? swap_words(s->words[i]) : _mm512_setzero_si512();
    }
    transpose(rows);
    for (unsigned lane = 0; lane < LANES; lane++) {
        _mm256_storeu_si256((__m256i *)(void *)out[lane]->bytes,
                            _mm512_castsi512_si256(rows[lane]));
    }
}

/** How the messages of a batch are cut into blocks; the same for all. */
typedef struct message_plan {
    size_t block_count;         /**< 1 ... BLOCK_MAX */
    __mmask64 mask[BLOCK_MAX];  /**< record bytes that are loaded for a block */
    __m512i shift;              /**< permutation of the first block's bytes */
    __m512i closing[BLOCK_MAX]; /**< prefix, end bit and length, as words */
} message_plan;

ALWAYS_WIDE void make_plan(message_plan *plan, size_t record_size, unsigned char prefix)
{
    unsigned char closing[BLOCK_MAX * BLOCK] = {0};
    unsigned char shift[BLOCK];
    const size_t message_size = record_size + 1;
    plan->block_count = (message_size + 9 + BLOCK - 1) / BLOCK;
    hst_assert(plan->block_count <= BLOCK_MAX);
    closing[0] = prefix;
    closing[message_size] = 0x80;
    closing[plan->block_count * BLOCK - 2] = (unsigned char)(message_size * 8 >> 8);
    closing[plan->block_count * BLOCK - 1] = (unsigned char)(message_size * 8);
    for (size_t k = 0; k < plan->block_count; k++) {
        /* Block k > 0 begins with byte 64 k - 1 of the record; the first holds 63 after the prefix.
         */
        const size_t first = k == 0 ? 0 : BLOCK * k - 1;
        const size_t room = k == 0 ? BLOCK - 1 : BLOCK;
        const size_t left = record_size > first ? record_size - first : 0;
        const size_t count = left < room ? left : room;
        plan->mask[k] = count == BLOCK ? ~(__mmask64)0 : ((__mmask64)1 << count) - 1;
        plan->closing[k] = swap_words(_mm512_loadu_si512(closing + BLOCK * k));
    }
    /* Big-endian byte i of the block comes from byte i - 1 of the record. Byte 0 takes byte 63,
     * which the mask leaves zero. */
    for (unsigned i = 0; i < BLOCK; i++) {
        shift[i] = (unsigned char)(((i ^ 3U) + BLOCK - 1) % BLOCK);
    }
    plan->shift = _mm512_loadu_si512(shift);
}

/** Hash sixteen records. */
TARGET_WIDE static void hash_sixteen(const message_plan *plan,
                                     const unsigned char *const records[LANES],
                                     hst_hash *const out[LANES])
{
    wide_state s;
    begin(&s);
    for (size_t k = 0; k < plan->block_count; k++) {
        const size_t first = k == 0 ? 0 : BLOCK * k - 1;
        wide_block block;
        for (unsigned lane = 0; lane < LANES; lane++) {
            const __m512i bytes = _mm512_maskz_loadu_epi8(plan->mask[k], records[lane] + first);
            const __m512i words =
                k == 0 ? _mm512_permutexvar_epi8(plan->shift, bytes) : swap_words(bytes);
            block.words[lane] = _mm512_or_si512(words, plan->closing[k]);
        }
        transpose(block.words);
        compress(&s, &block);
    }
    store_hashes(&s, out);
}

/** What hashes sixteen messages; quads need no plan. */
typedef void hash_lanes(const message_plan *plan,
                        const unsigned char *const records[LANES],
                        hst_hash *const out[LANES]);

/** Items ahead whose memory is asked for early: the next sixteen. */
ALWAYS_WIDE void prefetch_lines(const unsigned char *bytes, size_t size)
{
    for (size_t at = 0; at < size; at += BLOCK) {
        __builtin_prefetch(bytes + at, 0);
    }
}

/** Whole groups of sixteen, and a last one with lanes to spare when that is worth it; returns how
 * many were hashed. */
TARGET_WIDE static size_t hash_groups(hash_lanes *hash,
                                      const message_plan *plan,
                                      const unsigned char *records,
                                      size_t stride,
                                      size_t record_size,
                                      const uint32_t *indices,
                                      size_t count,
                                      hst_hash *out)
{
    size_t done = 0;
    while (count - done >= LANES_WORTH) {
        const size_t group = count - done < LANES ? count - done : LANES;
        const unsigned char *from[LANES];
        hst_hash *to[LANES];
        for (size_t lane = 0; lane < LANES; lane++) {
            const size_t i = done + (lane < group ? lane : 0);
            const size_t index = indices != NULL ? indices[i] : i;
            from[lane] = records + index * stride;
            to[lane] = &out[index];
            if (i + LANES < count) {
                const size_t ahead = indices != NULL ? indices[i + LANES] : i + LANES;
                prefetch_lines(records + ahead * stride, record_size);
                __builtin_prefetch(&out[ahead], 1);
            }
        }
        hash(plan, from, to);
        done += group;
    }
    return done;
}

/** What is left of a batch, by the other engine. */
static const uint32_t *rest_of(const uint32_t *indices, size_t done)
{
    return indices != NULL ? indices + done : NULL;
}

TARGET_WIDE static void wide_leaf_batch(const void *records,
                                        size_t stride,
                                        size_t record_size,
                                        const uint32_t *indices,
                                        size_t count,
                                        hst_hash *out)
{
    size_t done = 0;
    if (count >= LANES_WORTH) {
        message_plan plan;
        make_plan(&plan, record_size, 0x00);
        done = hash_groups(hash_sixteen, &plan, records, stride, record_size, indices, count, out);
    }
    const size_t skipped = indices != NULL ? 0 : done;
    hst_sha256_accelerated_engine.leaf_batch((const unsigned char *)records + skipped * stride,
                                             stride, record_size, rest_of(indices, done),
                                             count - done, out + skipped);
}

/** Two children lie side by side, so a node is the hash of a 64-byte record. */
TARGET_WIDE static void
wide_node_batch(const hst_hash *children, const uint32_t *indices, size_t count, hst_hash *parents)
{
    size_t done = 0;
    if (count >= LANES_WORTH) {
        message_plan plan;
        make_plan(&plan, sizeof(hst_hash[2]), 0x01);
        done = hash_groups(hash_sixteen, &plan, (const unsigned char *)children,
                           sizeof(hst_hash[2]), sizeof(hst_hash[2]), indices, count, parents);
    }
    const size_t skipped = indices != NULL ? 0 : done;
    hst_sha256_accelerated_engine.node_batch(children + 2 * skipped, rest_of(indices, done),
                                             count - done, parents + skipped);
}

/** Sixteen quads: two blocks as they lie, and one that is the same for all. */
TARGET_WIDE static void hash_sixteen_quads(const message_plan *plan,
                                           const unsigned char *const quads[LANES],
                                           hst_hash *const out[LANES])
{
    wide_state s;
    hst_assert(plan == NULL);
    begin(&s);
    for (size_t k = 0; k < 2; k++) {
        wide_block block;
        for (unsigned lane = 0; lane < LANES; lane++) {
            block.words[lane] = swap_words(_mm512_loadu_si512(quads[lane] + BLOCK * k));
        }
        transpose(block.words);
        compress(&s, &block);
    }
    compress_padding_128(&s);
    store_hashes(&s, out);
}

TARGET_WIDE static void
wide_quad_batch(const hst_hash *children, const uint32_t *indices, size_t count, hst_hash *parents)
{
    const size_t done = hash_groups(hash_sixteen_quads, NULL, (const unsigned char *)children,
                                    HST_HASH_QUAD_MESSAGE_SIZE, HST_HASH_QUAD_MESSAGE_SIZE, indices,
                                    count, parents);
    const size_t skipped = indices != NULL ? 0 : done;
    hst_sha256_accelerated_engine.quad_batch(children + HST_HASH_QUAD_CHILDREN * skipped,
                                             rest_of(indices, done), count - done,
                                             parents + skipped);
}

/** Whether the system keeps the upper halves of all registers (Intel SDM 1, 13.3: XCR0). */
static bool system_keeps_registers(void)
{
    enum { KEPT = 0xe6 }; /* SSE, AVX, opmask, both parts of ZMM */
    uint32_t low = 0;
    uint32_t high = 0;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (low & KEPT) == KEPT;
}

static bool processor_is_wide(void)
{
    unsigned a = 0;
    unsigned b = 0;
    unsigned c = 0;
    unsigned d = 0;
    if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & bit_OSXSAVE) == 0) {
        return false;
    }
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) {
        return false;
    }
    return (b & bit_AVX512F) != 0 && (b & bit_AVX512BW) != 0 && (c & bit_AVX512VBMI) != 0 &&
           system_keeps_registers();
}

static const hst_hash_engine wide = {
    .name = "avx512",
    .leaf_batch = wide_leaf_batch,
    .node_batch = wide_node_batch,
    .quad_batch = wide_quad_batch,
};

const hst_hash_engine *hst_sha256_wide(void)
{
    return processor_is_wide() && hst_sha256_accelerated() != NULL ? &wide : NULL;
}

#else

const hst_hash_engine *hst_sha256_wide(void)
{
    return NULL;
}

#endif
