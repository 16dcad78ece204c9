#include "core/crypto/merkle_list.h"

#include "tests/unit/crypto/crypto_test.h"

enum { LEAF_MAX = 70, SCRATCH_MAX = LEAF_MAX + 4 };

/* The test leaves and roots of the certificate transparency reference implementation
 * (google/certificate-transparency, merkletree tests), also used by other RFC 6962 logs. */
static const struct {
    const char *leaf;
    size_t leaf_size;
    const char *root; /* of the leaves up to this one */
} transparency[] = {
    {"", 0, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
    {"\x00", 1, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"},
    {"\x10", 1, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"},
    {"\x20\x21", 2, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"},
    {"\x30\x31", 2, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"},
    {"\x40\x41\x42\x43", 4, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"},
    {"\x50\x51\x52\x53\x54\x55\x56\x57", 8,
     "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"},
    {"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16,
     "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"},
};
enum { TRANSPARENCY_COUNT = sizeof transparency / sizeof *transparency };

static void transparency_leaves(hst_hash leaves[TRANSPARENCY_COUNT])
{
    for (size_t i = 0; i < TRANSPARENCY_COUNT; i++) {
        leaves[i] = hst_hash_leaf(transparency[i].leaf, transparency[i].leaf_size);
    }
}

static void random_leaves(uint64_t seed, hst_hash leaves[LEAF_MAX])
{
    hst_random random = test_random(seed);
    test_fill_random(&random, leaves, LEAF_MAX * sizeof *leaves);
}

/** MTH as RFC 6962 writes it. */
static hst_hash slow_root(const hst_hash *leaves, size_t n)
{
    if (n == 0) {
        return hst_sha256(NULL, 0);
    }
    if (n == 1) {
        return leaves[0];
    }
    size_t k = 1;
    while (2 * k < n) {
        k *= 2;
    }
    const hst_hash left = slow_root(leaves, k);
    const hst_hash right = slow_root(leaves + k, n - k);
    return hst_hash_node(&left, &right);
}

/** PATH(m, D[n]) as RFC 6962 writes it; returns its length. */
static uint32_t slow_path(const hst_hash *leaves, size_t n, size_t m, hst_hash *path)
{
    if (n == 1) {
        return 0;
    }
    size_t k = 1;
    while (2 * k < n) {
        k *= 2;
    }
    uint32_t length = 0;
    if (m < k) {
        length = slow_path(leaves, k, m, path);
        path[length] = slow_root(leaves + k, n - k);
    } else {
        length = slow_path(leaves + k, n - k, m - k, path);
        path[length] = slow_root(leaves, k);
    }
    return length + 1;
}

static void roots_are_those_of_certificate_transparency(void **state)
{
    (void)state;
    hst_hash leaves[TRANSPARENCY_COUNT];
    hst_hash scratch[SCRATCH_MAX];
    hst_merkle_list list;
    transparency_leaves(leaves);
    hst_merkle_list_init(&list);
    assert_hash_is(hst_merkle_list_root(&list),
                   "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    for (size_t i = 0; i < TRANSPARENCY_COUNT; i++) {
        hst_merkle_list_append(&list, &leaves[i]);
        assert_hash_is(hst_merkle_list_root(&list), transparency[i].root);
        assert_hash_is(hst_merkle_list_root_of(hst_hash_engine_best(), leaves, i + 1, scratch),
                       transparency[i].root);
    }
}

static void paths_are_those_of_certificate_transparency(void **state)
{
    (void)state;
    static const struct {
        size_t leaf_count, index;
        uint32_t length;
        const char *path[3];
    } cases[] = {
        {1, 0, 0, {NULL}},
        {8,
         0,
         3,
         {"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
          "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
          "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"}},
        {8,
         5,
         3,
         {"bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
          "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
          "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}},
        {3, 2, 1, {"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"}},
        {5,
         1,
         3,
         {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
          "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
          "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"}},
    };
    hst_hash leaves[TRANSPARENCY_COUNT];
    hst_hash scratch[SCRATCH_MAX];
    transparency_leaves(leaves);
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        hst_merkle_proof proof;
        assert_int_equal(hst_merkle_list_prove(hst_hash_engine_best(), leaves, cases[c].leaf_count,
                                               cases[c].index, scratch, &proof),
                         HST_OK);
        assert_int_equal(proof.hash_count, cases[c].length);
        for (uint32_t i = 0; i < proof.hash_count; i++) {
            assert_hash_is(proof.hashes[i], cases[c].path[i]);
        }
    }
}

static void appended_and_one_shot_roots_equal_the_definition(void **state)
{
    (void)state;
    hst_hash leaves[LEAF_MAX];
    hst_hash scratch[SCRATCH_MAX];
    random_leaves(41, leaves);
    hst_merkle_list list;
    hst_merkle_list_init(&list);
    for (size_t n = 0; n <= LEAF_MAX; n++) {
        const hst_hash expected = slow_root(leaves, n);
        assert_true(hst_merkle_list_scratch_count(n) <= SCRATCH_MAX);
        assert_hash_equal(hst_merkle_list_root(&list), expected);
        assert_hash_equal(hst_merkle_list_root_of(hst_hash_engine_best(), leaves, n, scratch),
                          expected);
        assert_hash_equal(hst_merkle_list_root_of(hst_hash_engine_portable(), leaves, n, scratch),
                          expected);
        if (n < LEAF_MAX) {
            hst_merkle_list_append(&list, &leaves[n]);
        }
    }
}

/* Scratch of exactly the promised size, on the heap, so that a sanitizer sees more being used. */
static void the_one_shot_form_uses_no_more_scratch_than_it_says(void **state)
{
    (void)state;
    hst_hash leaves[LEAF_MAX];
    random_leaves(42, leaves);
    for (size_t n = 1; n <= LEAF_MAX; n++) {
        hst_hash *scratch = calloc(hst_merkle_list_scratch_count(n), sizeof *scratch);
        assert_non_null(scratch);
        assert_hash_equal(hst_merkle_list_root_of(hst_hash_engine_best(), leaves, n, scratch),
                          slow_root(leaves, n));
        free(scratch);
    }
}

static void every_path_equals_the_definition_and_verifies_only_for_its_leaf(void **state)
{
    (void)state;
    hst_hash leaves[LEAF_MAX];
    hst_hash scratch[SCRATCH_MAX];
    random_leaves(43, leaves);
    for (size_t n = 1; n <= 20; n++) {
        const hst_hash root = slow_root(leaves, n);
        for (size_t m = 0; m < n; m++) {
            hst_merkle_proof proof;
            hst_hash path[8];
            assert_int_equal(
                hst_merkle_list_prove(hst_hash_engine_best(), leaves, n, m, scratch, &proof),
                HST_OK);
            assert_int_equal(proof.hash_count, slow_path(leaves, n, m, path));
            assert_memory_equal(proof.hashes, path, proof.hash_count * sizeof *path);
            assert_int_equal(hst_merkle_list_verify(&root, n, &leaves[m], &proof), HST_OK);
            for (size_t other = 0; other < n; other++) {
                proof.leaf_index = other;
                const hst_status status = hst_merkle_list_verify(&root, n, &leaves[m], &proof);
                assert_true((status == HST_OK) == (other == m));
            }
        }
    }
}

static void one_flipped_bit_anywhere_does_not_verify(void **state)
{
    (void)state;
    hst_hash leaves[LEAF_MAX];
    hst_hash scratch[SCRATCH_MAX];
    random_leaves(44, leaves);
    const hst_hash root = slow_root(leaves, 11);
    hst_merkle_proof proof;
    assert_int_equal(hst_merkle_list_prove(hst_hash_engine_best(), leaves, 11, 6, scratch, &proof),
                     HST_OK);
    for (size_t bit = 0; bit < (size_t)proof.hash_count * 256; bit++) {
        hst_merkle_proof damaged = proof;
        damaged.hashes[bit / 256].bytes[bit % 256 / 8] ^= (unsigned char)(1 << bit % 8);
        assert_int_equal(hst_merkle_list_verify(&root, 11, &leaves[6], &damaged), HST_MISMATCH);
    }
}

static void paths_of_the_wrong_length_or_index_are_corrupt(void **state)
{
    (void)state;
    hst_hash leaves[LEAF_MAX];
    hst_hash scratch[SCRATCH_MAX];
    random_leaves(45, leaves);
    const hst_hash root = slow_root(leaves, 7);
    hst_merkle_proof proof;
    assert_int_equal(hst_merkle_list_prove(hst_hash_engine_best(), leaves, 7, 3, scratch, &proof),
                     HST_OK);
    assert_int_equal(hst_merkle_list_verify(&root, 3, &leaves[3], &proof), HST_CORRUPT);
    assert_int_equal(hst_merkle_list_verify(&root, 0, &leaves[3], &proof), HST_CORRUPT);
    proof.hash_count++;
    assert_int_equal(hst_merkle_list_verify(&root, 7, &leaves[3], &proof), HST_CORRUPT);
    proof.hash_count -= 2;
    assert_int_equal(hst_merkle_list_verify(&root, 7, &leaves[3], &proof), HST_CORRUPT);
    assert_int_equal(hst_merkle_list_prove(hst_hash_engine_best(), leaves, 7, 7, scratch, &proof),
                     HST_NOT_FOUND);
}

static void call_verify_impossible_proof(void *context)
{
    const hst_hash hash = {{0}};
    hst_ignore(hst_merkle_list_verify(&hash, 1, &hash, context));
}

static void misuse_is_stopped_by_assertions(void **state)
{
    (void)state;
    hst_merkle_proof proof = {.hash_count = HST_MERKLE_PROOF_MAX + 1};
    assert_true(assertion_fires(call_verify_impossible_proof, &proof));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(roots_are_those_of_certificate_transparency),
        cmocka_unit_test(paths_are_those_of_certificate_transparency),
        cmocka_unit_test(appended_and_one_shot_roots_equal_the_definition),
        cmocka_unit_test(the_one_shot_form_uses_no_more_scratch_than_it_says),
        cmocka_unit_test(every_path_equals_the_definition_and_verifies_only_for_its_leaf),
        cmocka_unit_test(one_flipped_bit_anywhere_does_not_verify),
        cmocka_unit_test(paths_of_the_wrong_length_or_index_are_corrupt),
        cmocka_unit_test(misuse_is_stopped_by_assertions),
    };
    return cmocka_run_group_tests_name("crypto.merkle_list", tests, NULL, NULL);
}
