#include "core/crypto/merkle_proof.h"

#include "tests/unit/crypto/crypto_test.h"

static hst_merkle_proof random_proof(hst_random *random, uint32_t hash_count)
{
    hst_merkle_proof proof = {.leaf_index = hst_random_u64(random) >> 16, .hash_count = hash_count};
    test_fill_random(random, proof.hashes, hash_count * sizeof *proof.hashes);
    return proof;
}

static void proofs_of_every_length_round_trip(void **state)
{
    (void)state;
    hst_random random = test_random(21);
    for (uint32_t n = 0; n <= HST_MERKLE_PROOF_MAX; n++) {
        const hst_merkle_proof proof = random_proof(&random, n);
        unsigned char bytes[HST_MERKLE_PROOF_SIZE_MAX];
        size_t size = 0;
        hst_merkle_proof read;
        assert_int_equal(hst_merkle_proof_encode(&proof, bytes, sizeof bytes, &size), HST_OK);
        assert_int_equal(size, hst_merkle_proof_size(&proof));
        assert_int_equal(hst_merkle_proof_decode(bytes, size, &read), HST_OK);
        assert_memory_equal(&read, &proof, sizeof proof);
    }
}

static void the_wire_format_is_what_the_header_says(void **state)
{
    (void)state;
    hst_merkle_proof proof = {.leaf_index = UINT64_C(0x060504030201), .hash_count = 1};
    memset(proof.hashes[0].bytes, 0xee, HST_HASH_SIZE);
    unsigned char expected[42] = {1, 1, 1, 2, 3, 4, 5, 6, 0, 0};
    memset(expected + 10, 0xee, 32);
    unsigned char bytes[HST_MERKLE_PROOF_SIZE_MAX];
    size_t size = 0;
    assert_int_equal(hst_merkle_proof_encode(&proof, bytes, sizeof bytes, &size), HST_OK);
    assert_int_equal(size, sizeof expected);
    assert_memory_equal(bytes, expected, sizeof expected);
}

static void a_buffer_too_small_is_full_and_left_alone(void **state)
{
    (void)state;
    hst_random random = test_random(22);
    const hst_merkle_proof proof = random_proof(&random, 3);
    unsigned char bytes[HST_MERKLE_PROOF_SIZE_MAX] = {0};
    size_t size = 77;
    assert_int_equal(hst_merkle_proof_encode(&proof, bytes, 105, &size), HST_FULL);
    assert_int_equal(size, 77);
    assert_int_equal(bytes[0], 0);
    assert_int_equal(hst_merkle_proof_encode(&proof, bytes, 106, &size), HST_OK);
}

static void every_proper_prefix_is_truncated_and_a_byte_more_is_corrupt(void **state)
{
    (void)state;
    hst_random random = test_random(23);
    const hst_merkle_proof proof = random_proof(&random, 4);
    unsigned char bytes[HST_MERKLE_PROOF_SIZE_MAX + 1] = {0};
    size_t size = 0;
    hst_merkle_proof read;
    assert_int_equal(hst_merkle_proof_encode(&proof, bytes, sizeof bytes, &size), HST_OK);
    for (size_t n = 0; n < size; n++) {
        assert_int_equal(hst_merkle_proof_decode(bytes, n, &read), HST_TRUNCATED);
    }
    assert_int_equal(hst_merkle_proof_decode(bytes, size + 1, &read), HST_CORRUPT);
    assert_int_equal(hst_merkle_proof_decode(NULL, 0, &read), HST_TRUNCATED);
}

static void foreign_versions_counts_and_indices_are_corrupt(void **state)
{
    (void)state;
    unsigned char bytes[HST_MERKLE_PROOF_SIZE_MAX + HST_HASH_SIZE] = {1, 0};
    hst_merkle_proof read;
    assert_int_equal(hst_merkle_proof_decode(bytes, 10, &read), HST_OK);
    bytes[0] = 2;
    assert_int_equal(hst_merkle_proof_decode(bytes, 10, &read), HST_CORRUPT);
    bytes[0] = 1;
    bytes[1] = HST_MERKLE_PROOF_MAX + 1;
    assert_int_equal(hst_merkle_proof_decode(bytes, sizeof bytes, &read), HST_CORRUPT);
    bytes[1] = 0;
    bytes[8] = 1;
    assert_int_equal(hst_merkle_proof_decode(bytes, 10, &read), HST_CORRUPT);
}

static void call_size_of_impossible_proof(void *context)
{
    (void)hst_merkle_proof_size(context);
}

static void misuse_is_stopped_by_assertions(void **state)
{
    (void)state;
    hst_merkle_proof proof = {.hash_count = HST_MERKLE_PROOF_MAX + 1};
    assert_true(assertion_fires(call_size_of_impossible_proof, &proof));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proofs_of_every_length_round_trip),
        cmocka_unit_test(the_wire_format_is_what_the_header_says),
        cmocka_unit_test(a_buffer_too_small_is_full_and_left_alone),
        cmocka_unit_test(every_proper_prefix_is_truncated_and_a_byte_more_is_corrupt),
        cmocka_unit_test(foreign_versions_counts_and_indices_are_corrupt),
        cmocka_unit_test(misuse_is_stopped_by_assertions),
    };
    return cmocka_run_group_tests_name("crypto.merkle_proof", tests, NULL, NULL);
}
