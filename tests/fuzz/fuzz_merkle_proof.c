/* Proof bytes of any origin: decoding and verifying never crash, decoding is the inverse of
 * encoding, and the only bytes that verify for a leaf are those of its true proof. */
#include "core/crypto/merkle_list.h"
#include "core/crypto/merkle_tree.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LEAF_COUNT = 21, LEAF_INDEX = 13 };

/** The trees that inputs are held against. */
typedef struct fixture {
    hst_hash leaves[LEAF_COUNT];
    hst_hash list_root, tree_root;
    hst_merkle_proof list_proof, tree_proof;
} fixture;

static void check(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void *acquire(void *context, size_t size)
{
    (void)context;
    return calloc(1, size);
}

static void release(void *context, void *block, size_t size)
{
    (void)context;
    (void)size;
    free(block);
}

static void copy_leaf(void *context, uint32_t index, hst_hash *leaf)
{
    const fixture *f = context;
    *leaf = f->leaves[index];
}

static void build(fixture *f)
{
    const hst_hash_engine *engine = hst_hash_engine_best();
    const hst_memory memory = {NULL, acquire, release};
    hst_arena arena;
    hst_merkle_tree tree;
    hst_hash scratch[LEAF_COUNT + 4];
    uint32_t all[LEAF_COUNT];
    for (uint32_t i = 0; i < LEAF_COUNT; i++) {
        f->leaves[i] = hst_hash_leaf(&i, sizeof i);
        all[i] = i;
    }
    f->list_root = hst_merkle_list_root_of(engine, f->leaves, LEAF_COUNT, scratch);
    check(hst_merkle_list_prove(engine, f->leaves, LEAF_COUNT, LEAF_INDEX, scratch,
                                &f->list_proof) == HST_OK);
    hst_arena_init(&arena, memory, 4096);
    check(hst_merkle_tree_init(&tree, &arena, engine, LEAF_COUNT, LEAF_COUNT) == HST_OK);
    check(hst_merkle_tree_grow(&tree, LEAF_COUNT) == HST_OK);
    check(hst_merkle_tree_update_leaves(&tree, all, LEAF_COUNT, copy_leaf, f) == HST_OK);
    f->tree_root = hst_merkle_tree_root(&tree);
    check(hst_merkle_tree_prove(&tree, LEAF_INDEX, &f->tree_proof) == HST_OK);
    hst_arena_release(&arena);
}

static bool same_proof(const hst_merkle_proof *a, const hst_merkle_proof *b)
{
    return a->leaf_index == b->leaf_index && a->hash_count == b->hash_count &&
           memcmp(a->hashes, b->hashes, a->hash_count * sizeof *a->hashes) == 0;
}

/** What must hold for any proof that came out of the decoder. */
static void judge(const fixture *f, const hst_merkle_proof *proof)
{
    const hst_hash *leaf = &f->leaves[LEAF_INDEX];
    const hst_status list = hst_merkle_list_verify(&f->list_root, LEAF_COUNT, leaf, proof);
    const hst_status tree = hst_merkle_tree_verify(&f->tree_root, LEAF_COUNT, leaf, proof);
    check((list == HST_OK) == same_proof(proof, &f->list_proof));
    check((tree == HST_OK) == same_proof(proof, &f->tree_proof));
    hst_ignore(hst_merkle_list_verify(&f->list_root, proof->leaf_index + 1, leaf, proof));
    hst_ignore(hst_merkle_tree_verify(&f->tree_root, UINT64_MAX, leaf, proof));
}

/** A true proof with one byte of it exchanged: never verifies, unless nothing changed. */
static void
damage(const fixture *f, const hst_merkle_proof *truth, const uint8_t *data, size_t size)
{
    unsigned char bytes[HST_MERKLE_PROOF_SIZE_MAX];
    size_t written = 0;
    hst_merkle_proof proof;
    check(hst_merkle_proof_encode(truth, bytes, sizeof bytes, &written) == HST_OK);
    if (size >= 2) {
        bytes[data[0] % written] ^= data[1];
    }
    if (hst_merkle_proof_decode(bytes, written, &proof) == HST_OK) {
        judge(f, &proof);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static fixture f;
    static bool built;
    hst_merkle_proof proof;
    if (!built) {
        build(&f);
        built = true;
    }
    damage(&f, &f.list_proof, data, size);
    damage(&f, &f.tree_proof, data, size);
    if (hst_merkle_proof_decode(data, size, &proof) != HST_OK) {
        return 0;
    }
    unsigned char bytes[HST_MERKLE_PROOF_SIZE_MAX];
    size_t written = 0;
    check(hst_merkle_proof_encode(&proof, bytes, sizeof bytes, &written) == HST_OK);
    check(written == size && memcmp(bytes, data, size) == 0);
    judge(&f, &proof);
    return 0;
}
