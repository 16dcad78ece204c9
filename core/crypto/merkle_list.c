#include "core/crypto/merkle_list.h"

#include "core/base/assert.h"

#include <string.h>

void hst_merkle_list_init(hst_merkle_list *list)
{
    memset(list, 0, sizeof *list);
}

/** Appending is adding one to a binary counter whose digits are the peaks: each carry is a node. */
void hst_merkle_list_append(hst_merkle_list *list, const hst_hash *leaf)
{
    hst_assert(list->leaf_count >> HST_MERKLE_PROOF_MAX == 0);
    hst_hash carry = *leaf;
    unsigned height = 0;
    for (uint64_t rest = list->leaf_count; (rest & 1) != 0; rest >>= 1) {
        carry = hst_hash_node(&list->peaks[height], &carry);
        height++;
    }
    hst_assert(height <= HST_MERKLE_PROOF_MAX);
    list->peaks[height] = carry;
    list->leaf_count++;
}

/** RFC 6962 splits off the largest full subtree on the left; so fold the peaks from the right. */
hst_hash hst_merkle_list_root(const hst_merkle_list *list)
{
    if (list->leaf_count == 0) {
        return hst_sha256(NULL, 0);
    }
    uint64_t rest = list->leaf_count;
    unsigned height = (unsigned)__builtin_ctzll(rest);
    hst_hash root = list->peaks[height];
    rest >>= height;
    while ((rest >>= 1) != 0) {
        height++;
        if ((rest & 1) != 0) {
            root = hst_hash_node(&list->peaks[height], &root);
        }
    }
    return root;
}

size_t hst_merkle_list_scratch_count(size_t leaf_count)
{
    return (leaf_count + 1) / 2 + (leaf_count + 3) / 4;
}

/** Level by level: pairs are hashed, an odd last one moves up unchanged, which is the same tree as
 * the recursive definition. Two halves of scratch take turns. Siblings of `index` go to `proof`. */
static hst_hash reduce(const hst_hash_engine *engine,
                       const hst_hash *leaves,
                       size_t leaf_count,
                       size_t index,
                       hst_hash *scratch,
                       hst_merkle_proof *proof)
{
    hst_assert(leaf_count > 0);
    hst_assert(leaf_count <= UINT32_C(1) << 31);
    hst_hash *halves[2] = {scratch, scratch + (leaf_count + 1) / 2};
    const hst_hash *level = leaves;
    unsigned turn = 0;
    for (size_t count = leaf_count; count > 1; count = (count + 1) / 2) {
        hst_hash *next = halves[turn];
        if (proof != NULL && (index ^ 1) < count) {
            hst_assert(proof->hash_count < HST_MERKLE_PROOF_MAX);
            proof->hashes[proof->hash_count++] = level[index ^ 1];
        }
        hst_hash_node_batch(engine, level, NULL, count / 2, next);
        if (count % 2 != 0) {
            next[count / 2] = level[count - 1];
        }
        index /= 2;
        level = next;
        turn ^= 1;
    }
    return level[0];
}

hst_hash hst_merkle_list_root_of(const hst_hash_engine *engine,
                                 const hst_hash *leaves,
                                 size_t leaf_count,
                                 hst_hash *scratch)
{
    if (leaf_count == 0) {
        return hst_sha256(NULL, 0);
    }
    return reduce(engine, leaves, leaf_count, 0, scratch, NULL);
}

hst_status hst_merkle_list_prove(const hst_hash_engine *engine,
                                 const hst_hash *leaves,
                                 size_t leaf_count,
                                 size_t index,
                                 hst_hash *scratch,
                                 hst_merkle_proof *proof)
{
    if (index >= leaf_count) {
        return HST_NOT_FOUND;
    }
    *proof = (hst_merkle_proof){.leaf_index = index};
    (void)reduce(engine, leaves, leaf_count, index, scratch, proof);
    return HST_OK;
}

/** RFC 9162, 2.1.3.2; fn and sn are its names: the index of the node on the path and of the last
 * node, level by level. */
hst_status hst_merkle_list_verify(const hst_hash *root,
                                  uint64_t leaf_count,
                                  const hst_hash *leaf,
                                  const hst_merkle_proof *proof)
{
    hst_assert(proof->hash_count <= HST_MERKLE_PROOF_MAX);
    if (proof->leaf_index >= leaf_count) {
        return HST_CORRUPT;
    }
    uint64_t fn = proof->leaf_index;
    uint64_t sn = leaf_count - 1;
    hst_hash r = *leaf;
    for (uint32_t i = 0; i < proof->hash_count; i++) {
        if (sn == 0) {
            return HST_CORRUPT;
        }
        if ((fn & 1) != 0 || fn == sn) {
            r = hst_hash_node(&proof->hashes[i], &r);
            while ((fn & 1) == 0 && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            r = hst_hash_node(&r, &proof->hashes[i]);
        }
        fn >>= 1;
        sn >>= 1;
    }
    if (sn != 0) {
        return HST_CORRUPT;
    }
    return hst_hash_equal(&r, root) ? HST_OK : HST_MISMATCH;
}
