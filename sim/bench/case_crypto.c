#include "core/crypto/hash_engine.h"
#include "core/crypto/merkle_tree.h"
#include "core/crypto/signature.h"

#include "sim/bench/bench.h"

#include <stdlib.h>
#include <string.h>

/** Memory from the C library; a benchmark takes everything before it measures. */
static void *acquire(void *context, size_t size)
{
    (void)context;
    const size_t rounded = (size + 63) / 64 * 64;
    void *block = aligned_alloc(64, rounded);
    return block == NULL ? NULL : memset(block, 0, rounded);
}

static void release(void *context, void *block, size_t size)
{
    (void)context;
    (void)size;
    free(block);
}

static hst_arena new_arena(void)
{
    hst_arena arena;
    const hst_memory memory = {NULL, acquire, release};
    hst_arena_init(&arena, memory, 1 << 20);
    return arena;
}

/** Pseudo-random words, good enough to scatter accesses. */
static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Nodes and leaves: 8,192 at a time, in cache, as inside one level of a tree. */

enum { BATCH = 8192, BATCH_ROUNDS = 50 };

static hst_status time_nodes(const hst_hash_engine *engine, hst_bench_sample *sample)
{
    hst_arena arena = new_arena();
    hst_hash *children = HST_ARENA_NEW(&arena, hst_hash, (size_t)2 * BATCH);
    hst_hash *parents = HST_ARENA_NEW(&arena, hst_hash, BATCH);
    if (children == NULL || parents == NULL) {
        hst_arena_release(&arena);
        return HST_NO_MEMORY;
    }
    hst_hash_node_batch(engine, children, NULL, BATCH, parents);
    hst_bench_start(sample);
    for (unsigned round = 0; round < BATCH_ROUNDS; round++) {
        children[round] = parents[round];
        hst_hash_node_batch(engine, children, NULL, BATCH, parents);
    }
    hst_bench_stop(sample);
    sample->work = (double)BATCH * BATCH_ROUNDS;
    hst_arena_release(&arena);
    return HST_OK;
}

static hst_status nodes_best(const void *parameter, hst_bench_sample *sample)
{
    (void)parameter;
    return time_nodes(hst_hash_engine_best(), sample);
}

static hst_status nodes_libsodium(const void *parameter, hst_bench_sample *sample)
{
    (void)parameter;
    return time_nodes(hst_hash_engine_portable(), sample);
}

/* The state root after a block of transfers between random accounts of 64 bytes. */

enum { RECORD_SIZE = 64, TRANSFERS_PER_SAMPLE = 1 << 18 };

/** A block size on a state size. */
typedef struct root_parameter {
    uint32_t account_count; /**< a power of two */
    uint32_t block_transfers;
} root_parameter;

/** Everything a root measurement needs, made before the clock starts. */
typedef struct root_setup {
    hst_arena arena;
    hst_merkle_tree tree;
    unsigned char *records;
    uint32_t *dirty; /**< debtor and creditor of each transfer */
} root_setup;

static hst_status root_prepare(const root_parameter *p, root_setup *setup)
{
    setup->arena = new_arena();
    const uint32_t block_dirty = 2 * p->block_transfers;
    HST_TRY(hst_merkle_tree_init(&setup->tree, &setup->arena, hst_hash_engine_best(),
                                 p->account_count, block_dirty));
    setup->records = hst_arena_alloc(&setup->arena, p->account_count, RECORD_SIZE);
    setup->dirty = HST_ARENA_NEW(&setup->arena, uint32_t, (size_t)2 * TRANSFERS_PER_SAMPLE);
    if (setup->records == NULL || setup->dirty == NULL) {
        return HST_NO_MEMORY;
    }
    HST_TRY(hst_merkle_tree_grow(&setup->tree, p->account_count));
    for (uint32_t first = 0; first < p->account_count;) {
        uint32_t count = 0;
        for (; count < 2 * TRANSFERS_PER_SAMPLE && first < p->account_count; first++) {
            setup->dirty[count++] = first;
        }
        HST_TRY(hst_merkle_tree_update(&setup->tree, setup->dirty, count, setup->records,
                                       RECORD_SIZE, RECORD_SIZE));
    }
    for (uint32_t i = 0; i < 2 * TRANSFERS_PER_SAMPLE; i++) {
        setup->dirty[i] = (uint32_t)(mix(i + 1) & (p->account_count - 1));
    }
    return HST_OK;
}

/** Blocks one after another; `unit` is how many dirty leaves go into one update. Execution writes
 * the records before the root is wanted, so that is outside the clock. */
static hst_status root_measure(const root_parameter *p,
                               root_setup *setup,
                               uint32_t unit,
                               uint32_t transfers,
                               hst_bench_sample *sample)
{
    const uint32_t block_dirty = 2 * p->block_transfers;
    *sample = (hst_bench_sample){0};
    for (const uint32_t *block = setup->dirty; block < setup->dirty + 2 * (size_t)transfers;
         block += block_dirty) {
        for (uint32_t i = 0; i < block_dirty; i++) {
            setup->records[(size_t)block[i] * RECORD_SIZE]++;
        }
        hst_bench_start(sample);
        for (uint32_t done = 0; done < block_dirty; done += unit) {
            HST_TRY(hst_merkle_tree_update(&setup->tree, block + done, unit, setup->records,
                                           RECORD_SIZE, RECORD_SIZE));
        }
        hst_bench_stop(sample);
        sample->work += p->block_transfers;
    }
    const hst_hash root = hst_merkle_tree_root(&setup->tree);
    return hst_hash_is_zero(&root) ? HST_MISMATCH : HST_OK;
}

static hst_status root_per_block(const void *parameter, hst_bench_sample *sample)
{
    const root_parameter *p = parameter;
    root_setup setup;
    hst_status status = root_prepare(p, &setup);
    if (status == HST_OK) {
        status = root_measure(p, &setup, 2 * p->block_transfers, TRANSFERS_PER_SAMPLE, sample);
    }
    hst_arena_release(&setup.arena);
    return status;
}

/** The same tree updated after every transfer: what batching, sorting and shared paths save. */
static hst_status root_per_transfer(const void *parameter, hst_bench_sample *sample)
{
    const root_parameter *p = parameter;
    const uint32_t transfers = p->block_transfers > 8192 ? p->block_transfers : 8192;
    root_setup setup;
    hst_status status = root_prepare(p, &setup);
    if (status == HST_OK) {
        status = root_measure(p, &setup, 2, transfers, sample);
    }
    hst_arena_release(&setup.arena);
    return status;
}

/* Signatures over 64-byte messages. */

enum { SIGNATURES = 512 };

static hst_status sign(const void *parameter, hst_bench_sample *sample)
{
    (void)parameter;
    const hst_signature_seed seed = {{1}};
    hst_signing_key signing_key;
    hst_public_key public_key;
    hst_signature_keys(&seed, &signing_key, &public_key);
    unsigned char message[64] = {0};
    hst_bench_start(sample);
    for (unsigned i = 0; i < SIGNATURES; i++) {
        const hst_signature signature = hst_signature_sign(&signing_key, message, sizeof message);
        memcpy(message, signature.bytes, sizeof message);
    }
    hst_bench_stop(sample);
    sample->work = SIGNATURES;
    return HST_OK;
}

static hst_status verify(const void *parameter, hst_bench_sample *sample)
{
    (void)parameter;
    const hst_signature_seed seed = {{1}};
    hst_signing_key signing_key;
    hst_public_key public_key;
    hst_signature_keys(&seed, &signing_key, &public_key);
    const unsigned char message[64] = {0};
    const hst_signature signature = hst_signature_sign(&signing_key, message, sizeof message);
    hst_bench_start(sample);
    for (unsigned i = 0; i < SIGNATURES; i++) {
        HST_TRY(hst_signature_verify(&public_key, message, sizeof message, &signature));
    }
    hst_bench_stop(sample);
    sample->work = SIGNATURES;
    return HST_OK;
}

/* Digests of what a run writes: many short pieces, and one long one. */

enum { DIGEST_PIECES = 1 << 18, DIGEST_PIECE_SIZE = 32 };

static hst_status digest_pieces(const void *parameter, hst_bench_sample *sample)
{
    (void)parameter;
    const unsigned char piece[DIGEST_PIECE_SIZE] = {0};
    hst_digest digest;
    hst_digest_init(&digest, NULL, 0);
    hst_bench_start(sample);
    for (unsigned i = 0; i < DIGEST_PIECES; i++) {
        hst_digest_update(&digest, piece, sizeof piece);
    }
    const hst_hash hash = hst_digest_final(&digest);
    hst_bench_stop(sample);
    sample->work = (double)DIGEST_PIECES * DIGEST_PIECE_SIZE;
    return hst_hash_is_zero(&hash) ? HST_MISMATCH : HST_OK;
}

static const root_parameter accounts_17_block_1024 = {1U << 17, 1024};
static const root_parameter accounts_17_block_8192 = {1U << 17, 8192};
static const root_parameter accounts_17_block_65536 = {1U << 17, 65536};
static const root_parameter accounts_20_block_1024 = {1U << 20, 1024};
static const root_parameter accounts_20_block_8192 = {1U << 20, 8192};
static const root_parameter accounts_20_block_65536 = {1U << 20, 65536};

#define ROOT_CASE(accounts, block, slow_case, aim_value)                                           \
    {                                                                                              \
        .name = "crypto.root." #accounts "." #block,                                               \
        .summary = "state root per block of " #block " random transfers, 2^" #accounts             \
                   " accounts of 64 bytes",                                                        \
        .unit = "transfers/s", .baseline_name = "the same tree updated per transfer",              \
        .run = root_per_block, .baseline = root_per_transfer,                                      \
        .parameter = &accounts_##accounts##_block_##block, .aim = (aim_value), .slow = (slow_case) \
    }

static const hst_bench_case cases[] = {
    {.name = "crypto.node",
     .summary = "SHA-256 of 65-byte Merkle nodes in batches of 8,192",
     .unit = "hashes/s",
     .baseline_name = "libsodium, one at a time",
     .run = nodes_best,
     .baseline = nodes_libsodium,
     .aim = 20e6,
     .aim_ratio = 8},
    ROOT_CASE(17, 1024, true, 1.5e6),
    ROOT_CASE(17, 8192, false, 2.5e6),
    ROOT_CASE(17, 65536, true, 6e6),
    ROOT_CASE(20, 1024, true, 0.8e6),
    ROOT_CASE(20, 8192, false, 1.5e6),
    ROOT_CASE(20, 65536, true, 2.5e6),
    {.name = "crypto.sign",
     .summary = "Ed25519 signatures of 64-byte messages",
     .unit = "signatures/s",
     .run = sign,
     .aim = 40e3},
    {.name = "crypto.verify",
     .summary = "Ed25519 verifications of 64-byte messages",
     .unit = "signatures/s",
     .run = verify,
     .aim = 18e3},
    {.name = "crypto.digest",
     .summary = "BLAKE2b run digest fed in pieces of 32 bytes",
     .unit = "bytes/s",
     .run = digest_pieces,
     .aim = 400e6},
};

const hst_bench_table hst_bench_crypto = {cases, sizeof cases / sizeof *cases};
