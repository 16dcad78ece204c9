#include "core/crypto/merkle_tree.h"

#include "core/base/assert.h"

#include <string.h>

enum { CHILDREN = HST_HASH_QUAD_CHILDREN, SIBLINGS = CHILDREN - 1, CHILD_BITS = 2 };

_Static_assert(CHILDREN == 1 << CHILD_BITS, "an index is a string of digits, one a level");
_Static_assert((HST_MERKLE_LEVEL_MAX - 1) * SIBLINGS <= HST_MERKLE_PROOF_MAX, "any path fits");

/** Height of the root over `leaf_count` leaves: ceil(log4(leaf_count)), 0 for none. */
static uint32_t root_height(uint64_t leaf_count)
{
    const uint32_t bits = leaf_count <= 1 ? 0 : 64 - (uint32_t)__builtin_clzll(leaf_count - 1);
    return (bits + CHILD_BITS - 1) / CHILD_BITS;
}

/** Nodes of a level that hold a value when there are `leaf_count` leaves: those above a leaf, up to
 * a multiple of four so that each has its siblings, and four on every level below the top, so that
 * the path of leaf 0 can be computed to the top of the capacity. */
static size_t filled_count(const hst_merkle_tree *tree, uint32_t height, uint32_t leaf_count)
{
    const uint32_t bits = CHILD_BITS * height;
    const size_t above = ((size_t)leaf_count + ((size_t)1 << bits) - 1) >> bits;
    if (height + 1 == tree->level_count) {
        return 1;
    }
    return above == 0 ? CHILDREN : (above + SIBLINGS) / CHILDREN * CHILDREN;
}

hst_status hst_merkle_tree_init(hst_merkle_tree *tree,
                                hst_arena *arena,
                                const hst_hash_engine *engine,
                                uint32_t leaf_capacity,
                                uint32_t dirty_capacity)
{
    hst_assert(engine != NULL);
    hst_assert(leaf_capacity <= UINT32_C(1) << 31);
    hst_assert(dirty_capacity > 0);
    hst_merkle_tree built = {.engine = engine, .dirty_capacity = dirty_capacity};
    built.leaf_capacity = leaf_capacity > 0 ? leaf_capacity : 1;
    built.level_count = root_height(built.leaf_capacity) + 1;
    hst_assert(built.level_count <= HST_MERKLE_LEVEL_MAX);
    built.dirty = HST_ARENA_NEW(arena, uint32_t, dirty_capacity);
    built.scratch = HST_ARENA_NEW(arena, uint32_t, dirty_capacity);
    if (built.dirty == NULL || built.scratch == NULL) {
        return HST_NO_MEMORY;
    }
    for (uint32_t h = 0; h < built.level_count; h++) {
        const size_t size = filled_count(&built, h, built.leaf_capacity);
        built.levels[h] = HST_ARENA_NEW(arena, hst_hash, size);
        if (built.levels[h] == NULL) {
            return HST_NO_MEMORY;
        }
        if (h > 0) {
            const hst_hash below = built.empty[h - 1];
            built.empty[h] = hst_hash_quad((hst_hash[CHILDREN]){below, below, below, below});
        }
        for (size_t i = 0; i < filled_count(&built, h, 0); i++) {
            built.levels[h][i] = built.empty[h];
        }
    }
    *tree = built;
    return HST_OK;
}

/** Growing changes no node that exists: what is beyond the count has always been hashed as empty.
 * Only the hashes of empty subtrees must be written where nodes come into use. */
hst_status hst_merkle_tree_grow(hst_merkle_tree *tree, uint32_t leaf_count)
{
    hst_assert(leaf_count >= tree->leaf_count);
    if (leaf_count > tree->leaf_capacity) {
        return HST_FULL;
    }
    for (uint32_t h = 0; h < tree->level_count; h++) {
        const size_t end = filled_count(tree, h, leaf_count);
        for (size_t i = filled_count(tree, h, tree->leaf_count); i < end; i++) {
            tree->levels[h][i] = tree->empty[h];
        }
    }
    tree->leaf_count = leaf_count;
    return HST_OK;
}

/** Stable counting sort by one byte of the key. */
static void sort_by_byte(const uint32_t *in, size_t count, unsigned shift, uint32_t *out)
{
    uint32_t starts[256] = {0};
    for (size_t i = 0; i < count; i++) {
        starts[(in[i] >> shift) & 255]++;
    }
    uint32_t start = 0;
    for (size_t b = 0; b < 256; b++) {
        const uint32_t here = starts[b];
        starts[b] = start;
        start += here;
    }
    hst_assert(start == count);
    for (size_t i = 0; i < count; i++) {
        out[starts[(in[i] >> shift) & 255]++] = in[i];
    }
}

/** Short lists: most blocks of a small system touch a handful of accounts. */
static void sort_short(uint32_t *keys, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const uint32_t key = keys[i];
        size_t at = i;
        for (; at > 0 && keys[at - 1] > key; at--) {
            keys[at] = keys[at - 1];
        }
        keys[at] = key;
    }
}

/** Shift a sorted list right and drop repeats; returns how many are left. Which keys repeat is a
 * coin toss in the middle of a tree, so the loop does not branch on it. */
static size_t distinct(uint32_t *keys, size_t count, unsigned shift)
{
    if (count == 0) {
        return 0;
    }
    size_t last = 0;
    keys[0] >>= shift;
    for (size_t i = 1; i < count; i++) {
        const uint32_t key = keys[i] >> shift;
        last += key != keys[last];
        keys[last] = key;
    }
    hst_assert(last < count);
    return last + 1;
}

static bool is_strictly_ascending(const uint32_t *keys, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (keys[i - 1] >= keys[i]) {
            return false;
        }
    }
    return true;
}

/** Sorted distinct copy of `dirty` in tree->dirty. */
static size_t collect_dirty(hst_merkle_tree *tree, const uint32_t *dirty, size_t count)
{
    enum { SHORT_MAX = 48 };
    hst_assert(count <= tree->dirty_capacity);
    memcpy(tree->dirty, dirty, count * sizeof *dirty);
    if (is_strictly_ascending(dirty, count)) {
        return count;
    }
    if (count <= SHORT_MAX) {
        sort_short(tree->dirty, count);
        return distinct(tree->dirty, count, 0);
    }
    for (unsigned shift = 0; (tree->leaf_capacity - 1) >> shift > 0; shift += 8) {
        sort_by_byte(tree->dirty, count, shift, tree->scratch);
        uint32_t *sorted = tree->scratch;
        tree->scratch = tree->dirty;
        tree->dirty = sorted;
        if (shift == 24) {
            break;
        }
    }
    return distinct(tree->dirty, count, 0);
}

/** Recompute all nodes above the `count` leaves in tree->dirty, to the top of the capacity. */
static void update_nodes(hst_merkle_tree *tree, size_t count)
{
    for (uint32_t h = 0; h + 1 < tree->level_count; h++) {
        count = distinct(tree->dirty, count, CHILD_BITS);
        hst_hash_quad_batch(tree->engine, tree->levels[h], tree->dirty, count, tree->levels[h + 1]);
    }
    hst_assert(count <= 1 || tree->level_count == 1);
}

/** Check before anything is written: a half-updated tree would have a root of nothing. */
static bool all_known(const hst_merkle_tree *tree, const uint32_t *dirty, size_t dirty_count)
{
    uint32_t highest = 0;
    for (size_t i = 0; i < dirty_count; i++) {
        highest = dirty[i] > highest ? dirty[i] : highest;
    }
    return dirty_count == 0 || highest < tree->leaf_count;
}

static size_t chunk_at(const hst_merkle_tree *tree, size_t done, size_t dirty_count)
{
    const size_t rest = dirty_count - done;
    return rest < tree->dirty_capacity ? rest : tree->dirty_capacity;
}

hst_status hst_merkle_tree_update(hst_merkle_tree *tree,
                                  const uint32_t *dirty,
                                  size_t dirty_count,
                                  const void *records,
                                  size_t stride,
                                  size_t record_size)
{
    hst_assert(dirty != NULL || dirty_count == 0);
    hst_assert(record_size + 1 != HST_HASH_QUAD_MESSAGE_SIZE);
    if (!all_known(tree, dirty, dirty_count)) {
        return HST_NOT_FOUND;
    }
    size_t chunk = 0;
    for (size_t done = 0; done < dirty_count; done += chunk) {
        chunk = chunk_at(tree, done, dirty_count);
        const size_t count = collect_dirty(tree, dirty + done, chunk);
        hst_hash_leaf_batch(tree->engine, records, stride, record_size, tree->dirty, count,
                            tree->levels[0]);
        update_nodes(tree, count);
    }
    return HST_OK;
}

hst_status hst_merkle_tree_update_leaves(hst_merkle_tree *tree,
                                         const uint32_t *dirty,
                                         size_t dirty_count,
                                         hst_merkle_leaf leaf,
                                         void *context)
{
    hst_assert(dirty != NULL || dirty_count == 0);
    hst_assert(leaf != NULL);
    if (!all_known(tree, dirty, dirty_count)) {
        return HST_NOT_FOUND;
    }
    size_t chunk = 0;
    for (size_t done = 0; done < dirty_count; done += chunk) {
        chunk = chunk_at(tree, done, dirty_count);
        const size_t count = collect_dirty(tree, dirty + done, chunk);
        for (size_t i = 0; i < count; i++) {
            leaf(context, tree->dirty[i], &tree->levels[0][tree->dirty[i]]);
        }
        update_nodes(tree, count);
    }
    return HST_OK;
}

hst_hash hst_merkle_tree_root(const hst_merkle_tree *tree)
{
    const uint32_t height = root_height(tree->leaf_count);
    hst_assert(height < tree->level_count);
    return tree->levels[height][0];
}

hst_hash hst_merkle_tree_leaf(const hst_merkle_tree *tree, uint32_t index)
{
    hst_assert(index < tree->leaf_count);
    return tree->levels[0][index];
}

hst_status
hst_merkle_tree_prove(const hst_merkle_tree *tree, uint32_t index, hst_merkle_proof *proof)
{
    if (index >= tree->leaf_count) {
        return HST_NOT_FOUND;
    }
    const uint32_t height = root_height(tree->leaf_count);
    hst_assert(height < tree->level_count);
    *proof = (hst_merkle_proof){.leaf_index = index, .hash_count = SIBLINGS * height};
    hst_hash *sibling = proof->hashes;
    for (uint32_t h = 0; h < height; h++) {
        const uint32_t at = index >> (CHILD_BITS * h);
        const uint32_t first = at / CHILDREN * CHILDREN;
        for (uint32_t child = first; child < first + CHILDREN; child++) {
            if (child != at) {
                *sibling++ = tree->levels[h][child];
            }
        }
    }
    hst_assert(sibling == proof->hashes + proof->hash_count);
    return HST_OK;
}

hst_status hst_merkle_tree_verify(const hst_hash *root,
                                  uint64_t leaf_count,
                                  const hst_hash *leaf,
                                  const hst_merkle_proof *proof)
{
    hst_assert(proof->hash_count <= HST_MERKLE_PROOF_MAX);
    const uint32_t height = root_height(leaf_count);
    if (proof->leaf_index >= leaf_count || proof->hash_count != SIBLINGS * height) {
        return HST_CORRUPT;
    }
    const hst_hash *sibling = proof->hashes;
    hst_hash node = *leaf;
    for (uint32_t h = 0; h < height; h++) {
        const uint32_t position = (uint32_t)(proof->leaf_index >> (CHILD_BITS * h)) % CHILDREN;
        hst_hash children[CHILDREN];
        for (uint32_t child = 0; child < CHILDREN; child++) {
            children[child] = child == position ? node : *sibling++;
        }
        node = hst_hash_quad(children);
    }
    return hst_hash_equal(&node, root) ? HST_OK : HST_MISMATCH;
}
