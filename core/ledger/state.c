#include "core/base/codec.h"
#include "core/ledger/internal.h"

#include <string.h>

/* The state tree over the accounts: leaf i is account i. It is built when a root is first asked
 * for, and exchanged for one of twice the size when the accounts outgrow it. */

enum { GROUP = 64, TREE_LEAVES_MIN = 64, TREE_DIRTY_MAX = 32768 };

/* The length keeps leaves and nodes apart (core/crypto/merkle_tree.h). */
_Static_assert(HST_LEDGER_ACCOUNT_SIZE + 1 != HST_HASH_QUAD_MESSAGE_SIZE, "no account is a node");

hst_hash hst_state_leaf(const hst_ledger *l, uint32_t account)
{
    unsigned char bytes[HST_LEDGER_ACCOUNT_SIZE];
    hst_hash leaf;
    hst_account_encode(l, account, bytes);
    hst_hash_leaf_batch(l->config.engine, bytes, sizeof bytes, sizeof bytes, NULL, 1, &leaf);
    return leaf;
}

/** Leaves in ascending order of account, hashed a group ahead of the tree that asks for them. */
typedef struct leaf_source {
    const hst_ledger *ledger;
    const uint32_t *accounts; /**< sorted, distinct; NULL = all */
    uint32_t count;           /**< of them */
    uint32_t taken;           /**< leaves handed out */
    uint32_t hashed;          /**< leaves hashed */
    hst_hash leaves[GROUP];   /**< of the group under way */
    unsigned char bytes[GROUP][HST_LEDGER_ACCOUNT_SIZE];
} leaf_source;

static uint32_t account_of(const leaf_source *source, uint32_t i)
{
    return source->accounts != NULL ? source->accounts[i] : i;
}

static void hash_group(leaf_source *source)
{
    const hst_ledger *l = source->ledger;
    const uint32_t rest = source->count - source->hashed;
    const uint32_t group = rest < GROUP ? rest : GROUP;
    for (uint32_t i = 0; i < group; i++) {
        hst_account_encode(l, account_of(source, source->hashed + i), source->bytes[i]);
        if (i + GROUP < rest) {
            const uint32_t ahead = account_of(source, source->hashed + i + GROUP);
            __builtin_prefetch(&l->hot[ahead], 0, 3);
            __builtin_prefetch(&l->cold[ahead], 0, 3);
        }
    }
    hst_hash_leaf_batch(l->config.engine, source->bytes, HST_LEDGER_ACCOUNT_SIZE,
                        HST_LEDGER_ACCOUNT_SIZE, NULL, group, source->leaves);
    source->hashed += group;
}

static void next_leaf(void *context, uint32_t index, hst_hash *leaf)
{
    leaf_source *source = context;
    if (source->taken == source->hashed) {
        hash_group(source);
    }
    hst_assert(index == account_of(source, source->taken));
    *leaf = source->leaves[source->taken % GROUP];
    source->taken++;
}

static void sort_by_byte(const uint32_t *in, uint32_t count, unsigned shift, uint32_t *out)
{
    uint32_t starts[256] = {0};
    for (uint32_t i = 0; i < count; i++) {
        starts[(in[i] >> shift) & 255]++;
    }
    uint32_t start = 0;
    for (unsigned b = 0; b < 256; b++) {
        const uint32_t here = starts[b];
        starts[b] = start;
        start += here;
    }
    for (uint32_t i = 0; i < count; i++) {
        out[starts[(in[i] >> shift) & 255]++] = in[i];
    }
}

/** The dirty list in ascending order, in work space of twice its size. */
static const uint32_t *sorted_dirty(hst_ledger *l)
{
    uint32_t *in = l->work.block;
    uint32_t *out = in + l->dirty_count;
    memcpy(in, l->dirty, l->dirty_count * sizeof *in);
    for (unsigned shift = 0; shift < 32 && l->account_count >> shift != 0; shift += 8) {
        sort_by_byte(in, l->dirty_count, shift, out);
        uint32_t *swap = in;
        in = out;
        out = swap;
    }
    return in;
}

/** A tree with room for twice the accounts there are, all leaves computed. */
static hst_status build_tree(hst_ledger *l)
{
    uint32_t capacity = TREE_LEAVES_MIN;
    while (capacity < l->account_count) {
        capacity *= 2;
    }
    const uint32_t dirty_capacity = capacity < TREE_DIRTY_MAX ? capacity : TREE_DIRTY_MAX;
    hst_arena arena;
    hst_merkle_tree tree;
    hst_arena_init(&arena, l->memory.host, 0);
    hst_status status =
        hst_merkle_tree_init(&tree, &arena, l->config.engine, capacity, dirty_capacity);
    if (status == HST_OK) {
        status =
            hst_scratch_reserve(&l->work, &l->memory, (size_t)l->account_count * sizeof(uint32_t));
    }
    if (status != HST_OK) {
        hst_arena_release(&arena);
        return status;
    }
    status = hst_merkle_tree_grow(&tree, l->account_count);
    hst_assert(status == HST_OK);
    uint32_t *all = l->work.block;
    for (uint32_t i = 0; i < l->account_count; i++) {
        all[i] = i;
    }
    leaf_source source = {.ledger = l, .count = l->account_count};
    status = hst_merkle_tree_update_leaves(&tree, all, l->account_count, next_leaf, &source);
    hst_assert(status == HST_OK);
    if (l->has_tree) {
        hst_arena_release(&l->tree_arena);
    }
    l->tree_arena = arena;
    l->tree = tree;
    l->has_tree = true;
    return HST_OK;
}

hst_status hst_state_update(hst_ledger *l)
{
    if (!l->has_tree || l->account_count > l->tree.leaf_capacity) {
        return build_tree(l);
    }
    HST_TRY(
        hst_scratch_reserve(&l->work, &l->memory, 2 * (size_t)l->dirty_count * sizeof(uint32_t)));
    const hst_status grown = hst_merkle_tree_grow(&l->tree, l->account_count);
    hst_assert(grown == HST_OK);
    leaf_source source = {.ledger = l, .count = l->dirty_count, .accounts = sorted_dirty(l)};
    const hst_status updated =
        hst_merkle_tree_update_leaves(&l->tree, source.accounts, source.count, next_leaf, &source);
    hst_assert(updated == HST_OK);
    hst_assert(source.taken == source.count);
    return HST_OK;
}

hst_status hst_ledger_root(hst_ledger *ledger, hst_hash *root_out)
{
    HST_TRY(hst_state_update(ledger));
    *root_out = hst_merkle_tree_root(&ledger->tree);
    return HST_OK;
}

static void put_u128(hst_writer *w, hst_u128 value)
{
    hst_write_u64(w, (uint64_t)value);
    hst_write_u64(w, (uint64_t)(value >> 64));
}

hst_hash hst_sums_hash(const hst_sums *sums, uint32_t currency_count)
{
    hst_sha256_stream stream;
    hst_sha256_init(&stream);
    for (uint32_t i = 0; i < currency_count; i++) {
        unsigned char bytes[sizeof(uint64_t) + sizeof(hst_sums)];
        hst_writer w;
        /* Most books know a few of the currencies there are: the others say nothing. */
        if ((sums[i].debits_pending | sums[i].debits_posted | sums[i].credits_pending |
             sums[i].credits_posted) == 0) {
            continue;
        }
        hst_writer_init(&w, bytes, sizeof bytes);
        hst_write_u64(&w, i);
        put_u128(&w, sums[i].debits_pending);
        put_u128(&w, sums[i].debits_posted);
        put_u128(&w, sums[i].credits_pending);
        put_u128(&w, sums[i].credits_posted);
        hst_assert(w.at == sizeof bytes);
        hst_sha256_update(&stream, bytes, sizeof bytes);
    }
    return hst_sha256_final(&stream);
}
