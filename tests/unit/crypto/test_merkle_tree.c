#include "core/crypto/merkle_tree.h"

#include "tests/unit/crypto/crypto_test.h"

enum { RECORD_SIZE = 64, LEAF_MAX = 200 };

/** The state beside the tree: records, and which leaves have been set. */
typedef struct model {
    unsigned char records[LEAF_MAX][RECORD_SIZE];
    bool present[LEAF_MAX];
    uint32_t leaf_count;
} model;

/** The definition, computed from the top: node of `height` that starts at `first`. */
static hst_hash slow_node(const model *m, uint32_t first, uint32_t height)
{
    if (height == 0) {
        const hst_hash absent = {{0}};
        return first < m->leaf_count && m->present[first]
                   ? hst_hash_leaf(m->records[first], RECORD_SIZE)
                   : absent;
    }
    unsigned char message[4 * HST_HASH_SIZE];
    for (uint32_t child = 0; child < 4; child++) {
        const uint32_t width = UINT32_C(1) << 2 * (height - 1);
        const hst_hash hash = slow_node(m, first + child * width, height - 1);
        memcpy(message + (size_t)child * HST_HASH_SIZE, hash.bytes, HST_HASH_SIZE);
    }
    return hst_sha256(message, sizeof message);
}

static hst_hash slow_root(const model *m)
{
    uint32_t height = 0;
    while ((UINT32_C(1) << 2 * height) < m->leaf_count) {
        height++;
    }
    return slow_node(m, 0, height);
}

static hst_merkle_tree new_tree(hst_arena *arena, uint32_t leaf_capacity, uint32_t dirty_capacity)
{
    hst_merkle_tree tree;
    const hst_status status =
        hst_merkle_tree_init(&tree, arena, hst_hash_engine_best(), leaf_capacity, dirty_capacity);
    assert_int_equal(status, HST_OK);
    return tree;
}

static void grow(hst_merkle_tree *tree, model *m, uint32_t leaf_count)
{
    m->leaf_count = leaf_count;
    assert_int_equal(hst_merkle_tree_grow(tree, leaf_count), HST_OK);
}

static void update(hst_merkle_tree *tree, model *m, const uint32_t *dirty, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        m->present[dirty[i]] = true;
    }
    assert_int_equal(
        hst_merkle_tree_update(tree, dirty, count, m->records, RECORD_SIZE, RECORD_SIZE), HST_OK);
}

static void an_empty_tree_has_the_zero_hash(void **state)
{
    (void)state;
    hst_arena arena = test_arena(NULL);
    const hst_merkle_tree tree = new_tree(&arena, 8, 4);
    const hst_hash root = hst_merkle_tree_root(&tree);
    assert_true(hst_hash_is_zero(&root));
    hst_arena_release(&arena);
}

static void one_leaf_is_its_own_root(void **state)
{
    (void)state;
    hst_arena arena = test_arena(NULL);
    for (uint32_t capacity = 1; capacity <= 8; capacity *= 8) {
        static model m;
        hst_merkle_tree tree = new_tree(&arena, capacity, 1);
        memset(&m, 0, sizeof m);
        grow(&tree, &m, 1);
        const uint32_t first = 0;
        update(&tree, &m, &first, 1);
        assert_hash_equal(hst_merkle_tree_root(&tree), hst_hash_leaf(m.records[0], RECORD_SIZE));
        assert_hash_equal(hst_merkle_tree_leaf(&tree, 0), hst_hash_leaf(m.records[0], RECORD_SIZE));
    }
    hst_arena_release(&arena);
}

static void absent_leaves_count_as_the_zero_hash(void **state)
{
    (void)state;
    hst_arena arena = test_arena(NULL);
    static model m;
    memset(&m, 0, sizeof m);
    hst_merkle_tree tree = new_tree(&arena, 16, 4);
    grow(&tree, &m, 7);
    const hst_hash z0 = {{0}};
    const hst_hash z1 = hst_hash_quad((hst_hash[4]){z0, z0, z0, z0});
    assert_hash_equal(hst_merkle_tree_root(&tree), hst_hash_quad((hst_hash[4]){z1, z1, z1, z1}));
    const uint32_t last = 6;
    update(&tree, &m, &last, 1);
    const hst_hash leaf = hst_hash_leaf(m.records[6], RECORD_SIZE);
    const hst_hash second = hst_hash_quad((hst_hash[4]){z0, z0, leaf, z0});
    assert_hash_equal(hst_merkle_tree_root(&tree),
                      hst_hash_quad((hst_hash[4]){z1, second, z1, z1}));
    hst_arena_release(&arena);
}

/* Random programs of growing and updating against the definition, with plans of any size. */
static void random_updates_give_the_root_of_the_definition(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        hst_random random = test_random(seed);
        hst_arena arena = test_arena(NULL);
        static model m;
        memset(&m, 0, sizeof m);
        const uint32_t capacity = 1 + (uint32_t)test_below(&random, LEAF_MAX);
        const uint32_t dirty_capacity = 1 + (uint32_t)test_below(&random, 100);
        hst_merkle_tree tree = new_tree(&arena, capacity, dirty_capacity);
        if (seed % 2 == 0) {
            tree.engine = hst_hash_engine_portable();
        }
        for (unsigned block = 0; block < 12; block++) {
            grow(&tree, &m,
                 m.leaf_count + (uint32_t)test_below(&random, capacity - m.leaf_count + 1));
            uint32_t dirty[150];
            const size_t count = m.leaf_count == 0 ? 0 : test_below(&random, 150);
            for (size_t i = 0; i < count; i++) {
                dirty[i] = (uint32_t)test_below(&random, m.leaf_count);
                test_fill_random(&random, m.records[dirty[i]], RECORD_SIZE);
            }
            update(&tree, &m, dirty, count);
            const hst_hash seen = hst_merkle_tree_root(&tree);
            const hst_hash expected = slow_root(&m);
            if (!hst_hash_equal(&seen, &expected)) {
                fail_msg("root differs: seed %llu block %u", (unsigned long long)seed, block);
            }
        }
        hst_arena_release(&arena);
    }
}

static void the_root_does_not_depend_on_capacity_order_or_engine(void **state)
{
    (void)state;
    hst_arena arena = test_arena(NULL);
    static model m;
    memset(&m, 0, sizeof m);
    hst_random random = test_random(31);
    test_fill_random(&random, m.records, sizeof m.records);
    hst_merkle_tree one = new_tree(&arena, 100, 100);
    hst_merkle_tree other = new_tree(&arena, 100000, 7);
    other.engine = hst_hash_engine_portable();
    grow(&one, &m, 100);
    uint32_t dirty[100];
    for (uint32_t i = 0; i < 100; i++) {
        dirty[i] = 99 - i;
    }
    update(&one, &m, dirty, 100);
    for (uint32_t i = 0; i < 100; i++) {
        if (i == 0 || i == 37) {
            grow(&other, &m, i == 0 ? 37 : 100);
        }
        update(&other, &m, &i, 1);
    }
    assert_hash_equal(hst_merkle_tree_root(&other), hst_merkle_tree_root(&one));
    hst_arena_release(&arena);
}

static void write_leaf(void *context, uint32_t index, hst_hash *leaf)
{
    const model *m = context;
    *leaf = hst_hash_leaf(m->records[index], RECORD_SIZE);
}

static void leaves_from_a_function_equal_leaves_from_records(void **state)
{
    (void)state;
    hst_arena arena = test_arena(NULL);
    static model m;
    memset(&m, 0, sizeof m);
    hst_random random = test_random(32);
    test_fill_random(&random, m.records, sizeof m.records);
    hst_merkle_tree a = new_tree(&arena, LEAF_MAX, 16);
    hst_merkle_tree b = new_tree(&arena, LEAF_MAX, 16);
    grow(&a, &m, LEAF_MAX);
    grow(&b, &m, LEAF_MAX);
    uint32_t dirty[60];
    for (size_t i = 0; i < 60; i++) {
        dirty[i] = (uint32_t)test_below(&random, LEAF_MAX);
    }
    update(&a, &m, dirty, 60);
    assert_int_equal(hst_merkle_tree_update_leaves(&b, dirty, 60, write_leaf, &m), HST_OK);
    assert_hash_equal(hst_merkle_tree_root(&b), hst_merkle_tree_root(&a));
    hst_arena_release(&arena);
}

/* Indices wider than one sorted byte each. */
static void long_dirty_lists_over_wide_indices_are_sorted(void **state)
{
    (void)state;
    enum { WIDE = 70000, CHANGES = 500 };
    hst_arena arena = test_arena(NULL);
    hst_merkle_tree a = new_tree(&arena, WIDE, CHANGES);
    hst_merkle_tree b = new_tree(&arena, WIDE, 1);
    assert_int_equal(hst_merkle_tree_grow(&a, WIDE), HST_OK);
    assert_int_equal(hst_merkle_tree_grow(&b, WIDE), HST_OK);
    uint64_t *records = calloc(WIDE, sizeof *records);
    assert_non_null(records);
    hst_random random = test_random(33);
    uint32_t dirty[CHANGES];
    for (size_t i = 0; i < CHANGES; i++) {
        dirty[i] = (uint32_t)test_below(&random, WIDE);
        records[dirty[i]] = hst_random_u64(&random);
    }
    assert_int_equal(hst_merkle_tree_update(&a, dirty, CHANGES, records, 8, 8), HST_OK);
    assert_int_equal(hst_merkle_tree_update(&b, dirty, CHANGES, records, 8, 8), HST_OK);
    assert_hash_equal(hst_merkle_tree_root(&b), hst_merkle_tree_root(&a));
    for (size_t i = 1; i < CHANGES; i++) {
        assert_true(hst_merkle_tree_leaf(&a, dirty[i]).bytes[0] ==
                    hst_hash_leaf(&records[dirty[i]], 8).bytes[0]);
    }
    free(records);
    hst_arena_release(&arena);
}

/* Lists in ascending order skip the sort, whether they repeat an index or not. */
static void sorted_dirty_lists_give_the_same_root(void **state)
{
    (void)state;
    hst_arena arena = test_arena(NULL);
    static model m;
    memset(&m, 0, sizeof m);
    hst_random random = test_random(34);
    test_fill_random(&random, m.records, sizeof m.records);
    hst_merkle_tree tree = new_tree(&arena, LEAF_MAX, 2 * LEAF_MAX);
    grow(&tree, &m, LEAF_MAX);
    for (uint32_t step = 1; step < LEAF_MAX; step += 19) {
        uint32_t dirty[2 * LEAF_MAX];
        size_t count = 0;
        for (uint32_t i = 0; i < LEAF_MAX; i += step) {
            test_fill_random(&random, m.records[i], RECORD_SIZE);
            dirty[count++] = i;
            if (step % 2 == 0) {
                dirty[count++] = i;
            }
        }
        update(&tree, &m, dirty, count);
        assert_hash_equal(hst_merkle_tree_root(&tree), slow_root(&m));
    }
    hst_arena_release(&arena);
}

/* The digest of SHA-256 over known bytes, by Python's hashlib: the rule cannot drift unseen. */
static void five_known_leaves_have_the_published_root(void **state)
{
    (void)state;
    hst_arena arena = test_arena(NULL);
    static model m;
    memset(&m, 0, sizeof m);
    hst_merkle_tree tree = new_tree(&arena, 5, 5);
    grow(&tree, &m, 5);
    uint32_t dirty[5];
    for (uint32_t i = 0; i < 5; i++) {
        memset(m.records[i], (int)(i + 1), RECORD_SIZE);
        dirty[i] = i;
    }
    update(&tree, &m, dirty, 5);
    assert_hash_is(hst_merkle_tree_root(&tree),
                   "114b05c31a3d9016838bff5b3c467af6b7106e2e81c5e899739d3810a8ff611a");
    hst_arena_release(&arena);
}

/* Any bit of any sibling, and any exchange of two siblings, matters. */
static void damaged_proofs_never_verify(void **state)
{
    (void)state;
    hst_arena arena = test_arena(NULL);
    static model m;
    memset(&m, 0, sizeof m);
    hst_random random = test_random(35);
    test_fill_random(&random, m.records, sizeof m.records);
    hst_merkle_tree tree = new_tree(&arena, 64, 64);
    grow(&tree, &m, 64);
    for (uint32_t i = 0; i < 64; i++) {
        update(&tree, &m, &i, 1);
    }
    const hst_hash root = hst_merkle_tree_root(&tree);
    const hst_hash leaf = hst_merkle_tree_leaf(&tree, 27);
    hst_merkle_proof proof;
    assert_int_equal(hst_merkle_tree_prove(&tree, 27, &proof), HST_OK);
    assert_int_equal(proof.hash_count, 9);
    for (uint32_t a = 0; a < proof.hash_count; a++) {
        for (size_t bit = 0; bit < 8 * HST_HASH_SIZE; bit += 13) {
            proof.hashes[a].bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
            assert_int_equal(hst_merkle_tree_verify(&root, 64, &leaf, &proof), HST_MISMATCH);
            proof.hashes[a].bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        }
        for (uint32_t b = 0; b < a; b++) {
            hst_merkle_proof swapped = proof;
            swapped.hashes[a] = proof.hashes[b];
            swapped.hashes[b] = proof.hashes[a];
            assert_int_equal(hst_merkle_tree_verify(&root, 64, &leaf, &swapped), HST_MISMATCH);
        }
    }
    assert_int_equal(hst_merkle_tree_verify(&root, 64, &leaf, &proof), HST_OK);
    hst_arena_release(&arena);
}

static void every_proof_verifies_and_only_for_its_leaf(void **state)
{
    (void)state;
    hst_arena arena = test_arena(NULL);
    for (uint32_t n = 1; n <= 65; n += n < 18 ? 1 : 23) {
        static model m;
        memset(&m, 0, sizeof m);
        hst_random random = test_random(n);
        test_fill_random(&random, m.records, sizeof m.records);
        hst_merkle_tree tree = new_tree(&arena, 80, 64);
        grow(&tree, &m, n);
        for (uint32_t i = 0; i < n; i++) {
            update(&tree, &m, &i, 1);
        }
        const hst_hash root = hst_merkle_tree_root(&tree);
        for (uint32_t i = 0; i < n; i++) {
            hst_merkle_proof proof;
            assert_int_equal(hst_merkle_tree_prove(&tree, i, &proof), HST_OK);
            const hst_hash leaf = hst_merkle_tree_leaf(&tree, i);
            assert_int_equal(hst_merkle_tree_verify(&root, n, &leaf, &proof), HST_OK);
            const hst_hash other = hst_hash_leaf("other", 5);
            assert_int_equal(hst_merkle_tree_verify(&root, n, &other, &proof), HST_MISMATCH);
            for (uint64_t k = 0; k < n; k++) {
                proof.leaf_index = k;
                assert_int_equal(hst_merkle_tree_verify(&root, n, &leaf, &proof),
                                 k == i ? HST_OK : HST_MISMATCH);
            }
        }
    }
    hst_arena_release(&arena);
}

static void proofs_of_the_wrong_shape_are_corrupt(void **state)
{
    (void)state;
    hst_arena arena = test_arena(NULL);
    static model m;
    memset(&m, 0, sizeof m);
    hst_merkle_tree tree = new_tree(&arena, 16, 16);
    grow(&tree, &m, 9);
    const hst_hash root = hst_merkle_tree_root(&tree);
    const hst_hash leaf = hst_merkle_tree_leaf(&tree, 8);
    hst_merkle_proof proof;
    assert_int_equal(hst_merkle_tree_prove(&tree, 8, &proof), HST_OK);
    assert_int_equal(hst_merkle_tree_verify(&root, 9, &leaf, &proof), HST_OK);
    assert_int_equal(hst_merkle_tree_verify(&root, 8, &leaf, &proof), HST_CORRUPT);
    assert_int_equal(hst_merkle_tree_verify(&root, 17, &leaf, &proof), HST_CORRUPT);
    assert_int_equal(hst_merkle_tree_verify(&root, 0, &leaf, &proof), HST_CORRUPT);
    proof.hash_count--;
    assert_int_equal(hst_merkle_tree_verify(&root, 9, &leaf, &proof), HST_CORRUPT);
    hst_arena_release(&arena);
}

static void leaves_beyond_the_count_are_not_found_and_change_nothing(void **state)
{
    (void)state;
    hst_arena arena = test_arena(NULL);
    static model m;
    memset(&m, 0, sizeof m);
    hst_merkle_tree tree = new_tree(&arena, 16, 16);
    grow(&tree, &m, 9);
    const hst_hash before = hst_merkle_tree_root(&tree);
    const uint32_t dirty[] = {3, 9};
    hst_merkle_proof proof;
    assert_int_equal(hst_merkle_tree_update(&tree, dirty, 2, m.records, RECORD_SIZE, RECORD_SIZE),
                     HST_NOT_FOUND);
    assert_int_equal(hst_merkle_tree_update_leaves(&tree, dirty, 2, write_leaf, &m), HST_NOT_FOUND);
    assert_int_equal(hst_merkle_tree_prove(&tree, 9, &proof), HST_NOT_FOUND);
    assert_int_equal(hst_merkle_tree_grow(&tree, 17), HST_FULL);
    assert_hash_equal(hst_merkle_tree_root(&tree), before);
    hst_arena_release(&arena);
}

static void init_without_memory_fails_cleanly_at_every_step(void **state)
{
    (void)state;
    unsigned calls = 0;
    hst_status status = HST_NO_MEMORY;
    for (; status != HST_OK && calls < 100; calls++) {
        unsigned calls_left = calls;
        hst_arena arena = test_arena(&calls_left);
        hst_merkle_tree tree;
        status = hst_merkle_tree_init(&tree, &arena, hst_hash_engine_portable(), 1 << 15, 1 << 15);
        assert_true(status == HST_OK || status == HST_NO_MEMORY);
        hst_arena_release(&arena);
    }
    assert_int_equal(status, HST_OK);
    assert_true(calls > 2);
}

static void call_shrink(void *context)
{
    hst_ignore(hst_merkle_tree_grow(context, 1));
}

static void call_leaf_beyond(void *context)
{
    (void)hst_merkle_tree_leaf(context, 2);
}

/* Its message would have the 128 bytes of a node's. */
static void call_update_with_records_like_nodes(void *context)
{
    const unsigned char record[HST_HASH_QUAD_MESSAGE_SIZE - 1] = {0};
    const uint32_t dirty = 0;
    hst_ignore(hst_merkle_tree_update(context, &dirty, 1, record, sizeof record, sizeof record));
}

static void misuse_is_stopped_by_assertions(void **state)
{
    (void)state;
    hst_arena arena = test_arena(NULL);
    hst_merkle_tree tree = new_tree(&arena, 4, 4);
    assert_int_equal(hst_merkle_tree_grow(&tree, 2), HST_OK);
    assert_true(assertion_fires(call_shrink, &tree));
    assert_true(assertion_fires(call_leaf_beyond, &tree));
    assert_true(assertion_fires(call_update_with_records_like_nodes, &tree));
    hst_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_tree_has_the_zero_hash),
        cmocka_unit_test(one_leaf_is_its_own_root),
        cmocka_unit_test(absent_leaves_count_as_the_zero_hash),
        cmocka_unit_test(random_updates_give_the_root_of_the_definition),
        cmocka_unit_test(the_root_does_not_depend_on_capacity_order_or_engine),
        cmocka_unit_test(leaves_from_a_function_equal_leaves_from_records),
        cmocka_unit_test(long_dirty_lists_over_wide_indices_are_sorted),
        cmocka_unit_test(sorted_dirty_lists_give_the_same_root),
        cmocka_unit_test(five_known_leaves_have_the_published_root),
        cmocka_unit_test(damaged_proofs_never_verify),
        cmocka_unit_test(every_proof_verifies_and_only_for_its_leaf),
        cmocka_unit_test(proofs_of_the_wrong_shape_are_corrupt),
        cmocka_unit_test(leaves_beyond_the_count_are_not_found_and_change_nothing),
        cmocka_unit_test(init_without_memory_fails_cleanly_at_every_step),
        cmocka_unit_test(misuse_is_stopped_by_assertions),
    };
    return cmocka_run_group_tests_name("crypto.merkle_tree", tests, NULL, NULL);
}
