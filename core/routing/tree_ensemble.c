#include "core/routing/tree_ensemble.h"

#include "core/base/assert.h"

#include <stdbool.h>
#include <string.h>

enum { LANES = 4 };

static uint32_t leaf_count(const hst_tree_ensemble *trees)
{
    return UINT32_C(1) << trees->depth;
}

static uint32_t node_count(const hst_tree_ensemble *trees)
{
    return leaf_count(trees) - 1;
}

hst_status hst_tree_ensemble_init(hst_tree_ensemble *trees,
                                  hst_arena *arena,
                                  uint32_t feature_count,
                                  uint32_t tree_count_max,
                                  uint32_t depth)
{
    hst_assert(trees != NULL && arena != NULL);
    hst_assert(feature_count >= 1 && depth >= 1 && depth <= HST_TREE_DEPTH_MAX);
    *trees = (hst_tree_ensemble){
        .feature_count = feature_count, .tree_count_max = tree_count_max, .depth = depth};
    const size_t room = tree_count_max;
    trees->nodes = HST_ARENA_NEW(arena, hst_tree_node, room * node_count(trees));
    trees->leaves = HST_ARENA_NEW(arena, float, room *leaf_count(trees));
    return trees->nodes == NULL || trees->leaves == NULL ? HST_NO_MEMORY : HST_OK;
}

void hst_tree_ensemble_clear(hst_tree_ensemble *trees, float base)
{
    hst_assert(trees != NULL);
    trees->tree_count = 0;
    trees->base = base;
}

/* ---- building ------------------------------------------------------------------------------ */

/** A number a sum can hold: false for a NaN. */
static bool finite(float value)
{
    return value > -1e30F && value < 1e30F;
}

/** A node of a source and its place in the complete tree. */
typedef struct place {
    int32_t node;
    uint32_t slot, depth;
} place;

/** A leaf at a slot is every leaf below it. */
static void put_leaf(const hst_tree_ensemble *trees, const place *at, float value, float *leaves)
{
    const uint32_t below = trees->depth - at->depth;
    const uint32_t first = ((at->slot + 1) << below) - 1 - node_count(trees);
    for (uint32_t i = 0; i < UINT32_C(1) << below; i++) {
        leaves[first + i] = value;
    }
}

/** Is this a node one may turn at? */
static bool good_split(const hst_tree_ensemble *trees, const hst_tree_source *source, int32_t node)
{
    const int32_t count = (int32_t)source->node_count;
    return source->left[node] >= 0 && source->left[node] < count && source->right[node] >= 0 &&
           source->right[node] < count && source->feature[node] < trees->feature_count;
}

hst_status hst_tree_ensemble_add(hst_tree_ensemble *trees, const hst_tree_source *source)
{
    hst_assert(trees != NULL && source != NULL);
    bool seen[HST_TREE_NODE_MAX] = {false};
    place waiting[HST_TREE_DEPTH_MAX + 2];
    uint32_t count = 0;
    if (trees->tree_count == trees->tree_count_max) {
        return HST_FULL;
    }
    if (source->node_count < 1 || source->node_count > HST_TREE_NODE_MAX) {
        return HST_CORRUPT;
    }
    hst_tree_node *nodes = &trees->nodes[(size_t)trees->tree_count * node_count(trees)];
    float *leaves = &trees->leaves[(size_t)trees->tree_count * leaf_count(trees)];
    memset(nodes, 0, node_count(trees) * sizeof nodes[0]);
    waiting[count++] = (place){0};
    while (count > 0) {
        const place at = waiting[--count];
        if (seen[at.node] || !finite(source->value[at.node])) {
            return HST_CORRUPT; /* reached twice: a cycle, or a child of two */
        }
        seen[at.node] = true;
        if (source->left[at.node] == HST_TREE_LEAF) {
            put_leaf(trees, &at, source->value[at.node], leaves);
            continue;
        }
        if (at.depth == trees->depth || !good_split(trees, source, at.node)) {
            return HST_CORRUPT;
        }
        nodes[at.slot] = (hst_tree_node){source->value[at.node], source->feature[at.node]};
        waiting[count++] = (place){source->right[at.node], 2 * at.slot + 2, at.depth + 1};
        waiting[count++] = (place){source->left[at.node], 2 * at.slot + 1, at.depth + 1};
    }
    trees->tree_count++;
    return HST_OK;
}

void hst_tree_ensemble_copy(hst_tree_ensemble *to, const hst_tree_ensemble *from)
{
    hst_assert(to != NULL && from != NULL);
    hst_assert(to->depth == from->depth && to->feature_count == from->feature_count);
    hst_assert(from->tree_count <= to->tree_count_max);
    to->tree_count = from->tree_count;
    to->base = from->base;
    const size_t count = from->tree_count;
    memcpy(to->nodes, from->nodes, count * node_count(from) * sizeof from->nodes[0]);
    memcpy(to->leaves, from->leaves, count * leaf_count(from) * sizeof from->leaves[0]);
}

/* ---- evaluating ---------------------------------------------------------------------------- */

/** The child of slot `at` that x goes to. */
static inline uint32_t step(const hst_tree_node *nodes, uint32_t at, const float *x)
{
    const hst_tree_node *node = &nodes[at];
    return 2 * at + 1 + !(x[node->feature] < node->threshold);
}

/** The leaf of one tree. */
static float leaf_of(const hst_tree_ensemble *trees, uint32_t tree, const float *x)
{
    const uint32_t inner = node_count(trees);
    const hst_tree_node *nodes = &trees->nodes[(size_t)tree * inner];
    uint32_t at = 0;
    for (uint32_t level = 0; level < trees->depth; level++) {
        at = step(nodes, at, x);
    }
    return trees->leaves[(size_t)tree * leaf_count(trees) + (at - inner)];
}

float hst_tree_ensemble_logit(const hst_tree_ensemble *trees, const float *row)
{
    hst_assert(trees != NULL && row != NULL);
    const size_t inner = node_count(trees);
    const hst_tree_node *nodes = trees->nodes;
    const float *leaves = trees->leaves - inner; /* by slot */
    float sum = trees->base;
    uint32_t tree = 0;
    for (; tree + LANES <= trees->tree_count; tree += LANES) {
        uint32_t at[LANES] = {0};
        for (uint32_t level = 0; level < trees->depth; level++) {
            for (unsigned lane = 0; lane < LANES; lane++) {
                at[lane] = step(nodes + lane * inner, at[lane], row);
            }
        }
        for (unsigned lane = 0; lane < LANES; lane++) {
            sum += leaves[at[lane]];
            leaves += inner + 1;
        }
        nodes += LANES * inner;
    }
    for (; tree < trees->tree_count; tree++) {
        sum += leaf_of(trees, tree, row);
    }
    return sum;
}

/** LANES rows through all trees. */
static void four_rows(const hst_tree_ensemble *trees, const float *rows, float *logits)
{
    const uint32_t inner = node_count(trees);
    const uint32_t width = trees->feature_count;
    float sums[LANES] = {trees->base, trees->base, trees->base, trees->base};
    for (uint32_t tree = 0; tree < trees->tree_count; tree++) {
        const hst_tree_node *nodes = &trees->nodes[(size_t)tree * inner];
        const float *leaves = &trees->leaves[(size_t)tree * leaf_count(trees)];
        uint32_t at[LANES] = {0};
        for (uint32_t level = 0; level < trees->depth; level++) {
            for (unsigned lane = 0; lane < LANES; lane++) {
                at[lane] = step(nodes, at[lane], rows + (size_t)lane * width);
            }
        }
        for (unsigned lane = 0; lane < LANES; lane++) {
            sums[lane] += leaves[at[lane] - inner];
        }
    }
    memcpy(logits, sums, sizeof sums);
}

void hst_tree_ensemble_logits(const hst_tree_ensemble *trees,
                              const float *rows,
                              size_t count,
                              float *logits)
{
    hst_assert(trees != NULL && (count == 0 || (rows != NULL && logits != NULL)));
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        four_rows(trees, rows + i * trees->feature_count, logits + i);
    }
    for (; i < count; i++) {
        logits[i] = hst_tree_ensemble_logit(trees, rows + i * trees->feature_count);
    }
}

/* ---- as bytes ------------------------------------------------------------------------------ */

static void write_float(hst_writer *writer, float value)
{
    uint32_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    hst_write_u32(writer, bits);
}

static float read_float(hst_reader *reader)
{
    const uint32_t bits = hst_read_u32(reader);
    float value = 0;
    memcpy(&value, &bits, sizeof value);
    return value;
}

void hst_tree_ensemble_write(const hst_tree_ensemble *trees, hst_writer *writer)
{
    hst_assert(trees != NULL && writer != NULL);
    const size_t nodes = (size_t)trees->tree_count * node_count(trees);
    const size_t leaves = (size_t)trees->tree_count * leaf_count(trees);
    hst_write_u32(writer, trees->feature_count);
    hst_write_u32(writer, trees->depth);
    hst_write_u32(writer, trees->tree_count);
    write_float(writer, trees->base);
    for (size_t i = 0; i < nodes; i++) {
        write_float(writer, trees->nodes[i].threshold);
        hst_write_u32(writer, trees->nodes[i].feature);
    }
    for (size_t i = 0; i < leaves; i++) {
        write_float(writer, trees->leaves[i]);
    }
}

hst_status hst_tree_ensemble_read(hst_tree_ensemble *trees, hst_reader *reader)
{
    hst_assert(trees != NULL && reader != NULL);
    const uint32_t features = hst_read_u32(reader);
    const uint32_t depth = hst_read_u32(reader);
    const uint32_t count = hst_read_u32(reader);
    hst_tree_ensemble_clear(trees, read_float(reader));
    HST_TRY(hst_reader_status(reader));
    if (features != trees->feature_count || depth != trees->depth ||
        count > trees->tree_count_max) {
        return HST_MISMATCH;
    }
    bool good = finite(trees->base);
    for (size_t i = 0; i < (size_t)count * node_count(trees); i++) {
        trees->nodes[i].threshold = read_float(reader);
        trees->nodes[i].feature = hst_read_u32(reader);
        good = good && finite(trees->nodes[i].threshold) && trees->nodes[i].feature < features;
    }
    for (size_t i = 0; i < (size_t)count * leaf_count(trees); i++) {
        trees->leaves[i] = read_float(reader);
        good = good && finite(trees->leaves[i]);
    }
    HST_TRY(hst_reader_status(reader));
    if (!good) {
        return HST_CORRUPT;
    }
    trees->tree_count = count;
    return HST_OK;
}
