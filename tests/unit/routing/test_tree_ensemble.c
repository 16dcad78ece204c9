/* Flattened trees against a slow reference that walks the plain arrays, and what is no tree. */
#include "core/routing/tree_ensemble.h"

#include "tests/unit/routing/assertions.h"
#include "tests/unit/routing/support.h"

#include <math.h>
#include <string.h>

enum { FEATURES = 7, TREES = 23, DEPTH = 5, NODES = 2 * (1 << DEPTH), ROWS = 103 };

/** A tree in plain arrays. */
typedef struct plain {
    uint32_t count;
    int32_t left[NODES], right[NODES];
    uint32_t feature[NODES];
    float value[NODES];
} plain;

static hst_tree_source source_of(const plain *tree)
{
    return (hst_tree_source){tree->count, tree->left, tree->right, tree->feature, tree->value};
}

/** Thresholds and rows from few values, so that rows stand on thresholds. */
static float coarse(hst_random *random)
{
    return (float)hst_random_below(random, 9) / 4 - 1;
}

static int32_t grow(plain *tree, unsigned depth, hst_random *random)
{
    const uint32_t node = tree->count++;
    tree->left[node] = HST_TREE_LEAF;
    tree->right[node] = HST_TREE_LEAF;
    if (depth == DEPTH || hst_random_below(random, 4) == 0) {
        tree->value[node] = (float)hst_random_normal(random);
        return (int32_t)node;
    }
    tree->feature[node] = (uint32_t)hst_random_below(random, FEATURES);
    tree->value[node] = coarse(random);
    const int32_t left = grow(tree, depth + 1, random);
    const int32_t right = grow(tree, depth + 1, random);
    tree->left[node] = left;
    tree->right[node] = right;
    return (int32_t)node;
}

static float walk(const plain *tree, int32_t node, const float *x)
{
    if (tree->left[node] == HST_TREE_LEAF) {
        return tree->value[node];
    }
    return walk(
        tree, x[tree->feature[node]] < tree->value[node] ? tree->left[node] : tree->right[node], x);
}

static void flat_trees_say_what_walking_them_says(void **state)
{
    (void)state;
    static plain trees[TREES];
    for (unsigned seed = 0; seed < 40; seed++) {
        hst_arena arena = test_arena();
        hst_random random = hst_random_stream(seed, 0, 0, 1);
        hst_tree_ensemble flat;
        float rows[ROWS][FEATURES];
        float together[ROWS];
        const unsigned count = seed % (TREES + 1);
        assert_int_equal(hst_tree_ensemble_init(&flat, &arena, FEATURES, TREES, DEPTH), HST_OK);
        hst_tree_ensemble_clear(&flat, 0.25F);
        for (unsigned t = 0; t < count; t++) {
            memset(&trees[t], 0, sizeof trees[t]);
            (void)grow(&trees[t], 0, &random);
            const hst_tree_source source = source_of(&trees[t]);
            assert_int_equal(hst_tree_ensemble_add(&flat, &source), HST_OK);
        }
        for (unsigned i = 0; i < ROWS; i++) {
            for (unsigned k = 0; k < FEATURES; k++) {
                rows[i][k] = coarse(&random);
            }
        }
        hst_tree_ensemble_logits(&flat, rows[0], ROWS, together);
        for (unsigned i = 0; i < ROWS; i++) {
            float sum = 0.25F;
            for (unsigned t = 0; t < count; t++) {
                sum += walk(&trees[t], 0, rows[i]);
            }
            const float alone = hst_tree_ensemble_logit(&flat, rows[i]);
            assert_memory_equal(&alone, &sum, sizeof sum);
            assert_memory_equal(&together[i], &sum, sizeof sum);
        }
        hst_arena_release(&arena);
    }
}

/** A root with two leaves, to be spoilt. */
static plain stump(void)
{
    plain tree = {.count = 3,
                  .left = {1, HST_TREE_LEAF, HST_TREE_LEAF},
                  .right = {2, HST_TREE_LEAF, HST_TREE_LEAF},
                  .feature = {FEATURES - 1},
                  .value = {0.5F, -1, 1}};
    return tree;
}

static hst_status add(hst_tree_ensemble *flat, const plain *tree)
{
    const hst_tree_source source = source_of(tree);
    return hst_tree_ensemble_add(flat, &source);
}

static void what_is_no_tree_is_refused_and_leaves_the_ensemble_alone(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    hst_tree_ensemble flat;
    assert_int_equal(hst_tree_ensemble_init(&flat, &arena, FEATURES, 2, 2), HST_OK);
    plain tree = stump();
    assert_int_equal(add(&flat, &tree), HST_OK);
    tree.left[0] = 0; /* a cycle */
    assert_int_equal(add(&flat, &tree), HST_CORRUPT);
    tree.left[0] = 2; /* one child twice */
    assert_int_equal(add(&flat, &tree), HST_CORRUPT);
    tree.left[0] = 3;
    assert_int_equal(add(&flat, &tree), HST_CORRUPT);
    tree.left[0] = -2;
    assert_int_equal(add(&flat, &tree), HST_CORRUPT);
    tree = stump();
    tree.right[0] = -1;
    assert_int_equal(add(&flat, &tree), HST_CORRUPT);
    tree = stump();
    tree.feature[0] = FEATURES;
    assert_int_equal(add(&flat, &tree), HST_CORRUPT);
    tree = stump();
    tree.value[2] = NAN;
    assert_int_equal(add(&flat, &tree), HST_CORRUPT);
    tree = stump();
    tree.value[0] = INFINITY;
    assert_int_equal(add(&flat, &tree), HST_CORRUPT);
    tree = stump();
    tree.count = 0;
    assert_int_equal(add(&flat, &tree), HST_CORRUPT);
    tree.count = HST_TREE_NODE_MAX + 1;
    assert_int_equal(add(&flat, &tree), HST_CORRUPT);
    /* A chain of three below a root: deeper than two. */
    const plain deep = {
        .count = 7, .left = {1, 3, -1, 5, -1, -1, -1}, .right = {2, 4, -1, 6, -1, -1, -1}};
    assert_int_equal(add(&flat, &deep), HST_CORRUPT);
    assert_int_equal(flat.tree_count, 1);
    const float x[FEATURES] = {0};
    assert_true(fabsf(hst_tree_ensemble_logit(&flat, x) + 1) < 1e-6F);
    tree = stump();
    assert_int_equal(add(&flat, &tree), HST_OK);
    assert_int_equal(add(&flat, &tree), HST_FULL);
    hst_arena_release(&arena);
}

static void trees_survive_bytes_and_cut_or_changed_bytes_are_refused(void **state)
{
    (void)state;
    hst_arena arena = test_arena();
    hst_random random = hst_random_stream(5, 0, 0, 1);
    hst_tree_ensemble flat;
    hst_tree_ensemble back;
    static unsigned char bytes[1 << 14];
    static unsigned char again[1 << 14];
    plain tree = {0};
    assert_int_equal(hst_tree_ensemble_init(&flat, &arena, FEATURES, 3, DEPTH), HST_OK);
    assert_int_equal(hst_tree_ensemble_init(&back, &arena, FEATURES, 3, DEPTH), HST_OK);
    for (unsigned t = 0; t < 3; t++) {
        memset(&tree, 0, sizeof tree);
        (void)grow(&tree, 0, &random);
        assert_int_equal(add(&flat, &tree), HST_OK);
    }
    hst_writer writer;
    hst_writer_init(&writer, bytes, sizeof bytes);
    hst_tree_ensemble_write(&flat, &writer);
    assert_int_equal(hst_writer_status(&writer), HST_OK);
    const size_t size = writer.at;
    hst_reader reader;
    for (size_t cut = 0; cut < size; cut++) {
        hst_reader_init(&reader, bytes, cut);
        assert_int_not_equal(hst_tree_ensemble_read(&back, &reader), HST_OK);
        assert_int_equal(back.tree_count, 0);
    }
    hst_reader_init(&reader, bytes, size);
    assert_int_equal(hst_tree_ensemble_read(&back, &reader), HST_OK);
    assert_int_equal(hst_reader_finish(&reader), HST_OK);
    hst_writer_init(&writer, again, sizeof again);
    hst_tree_ensemble_write(&back, &writer);
    assert_int_equal(writer.at, size);
    assert_memory_equal(again, bytes, size);
    bytes[4] ^= 1; /* the depth */
    hst_reader_init(&reader, bytes, size);
    assert_int_equal(hst_tree_ensemble_read(&back, &reader), HST_MISMATCH);
    bytes[4] ^= 1;
    bytes[20] = 0xff; /* a feature */
    hst_reader_init(&reader, bytes, size);
    assert_int_equal(hst_tree_ensemble_read(&back, &reader), HST_CORRUPT);
    hst_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flat_trees_say_what_walking_them_says),
        cmocka_unit_test(what_is_no_tree_is_refused_and_leaves_the_ensemble_alone),
        cmocka_unit_test(trees_survive_bytes_and_cut_or_changed_bytes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
