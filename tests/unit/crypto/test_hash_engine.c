#include "core/crypto/hash_engine.h"
#include "core/crypto/sha256_accelerated.h"
#include "core/crypto/sha256_wide.h"

#include "tests/unit/crypto/crypto_test.h"

enum { COUNT_MAX = 33, STRIDE_MAX = HST_HASH_RECORD_MAX + 3 };

enum { ENGINES = 3 };

/** The engines to hold against the one-message functions; the best one last. */
static size_t engines(const hst_hash_engine *list[ENGINES])
{
    size_t count = 0;
    list[count++] = hst_hash_engine_portable();
    if (hst_sha256_accelerated() != NULL) {
        list[count++] = hst_sha256_accelerated();
    }
    if (hst_sha256_wide() != NULL) {
        list[count++] = hst_sha256_wide();
    }
    return count;
}

static void the_best_engine_is_the_widest_there_is(void **state)
{
    (void)state;
    const hst_hash_engine *list[ENGINES];
    const size_t count = engines(list);
    assert_ptr_equal(hst_hash_engine_best(), list[count - 1]);
    if (hst_sha256_wide() != NULL) {
        assert_string_equal(hst_sha256_wide()->name, "avx512");
        assert_non_null(hst_sha256_accelerated()); /* it does what is left of a batch */
    } else if (hst_sha256_accelerated() != NULL) {
        assert_string_equal(hst_sha256_accelerated()->name, "sha-ni");
        print_message("no AVX-512 here: two engines are tested\n");
    } else {
        print_message("no SHA instructions here: only the portable engine is tested\n");
    }
}

static void leaf_batches_equal_single_leaves_for_every_record_size(void **state)
{
    (void)state;
    static unsigned char records[COUNT_MAX * STRIDE_MAX];
    hst_random random = test_random(11);
    test_fill_random(&random, records, sizeof records);
    const hst_hash_engine *list[ENGINES];
    for (size_t e = 0; e < engines(list); e++) {
        for (size_t size = 1; size <= HST_HASH_RECORD_MAX; size++) {
            const size_t count = size % 5 + (size % 3 == 0 ? 11 + size % 19 : 0);
            const size_t stride = size + size % 4;
            hst_hash out[COUNT_MAX + 1];
            memset(out, 0x5a, sizeof out);
            hst_hash_leaf_batch(list[e], records, stride, size, NULL, count, out);
            for (size_t i = 0; i < count; i++) {
                assert_hash_equal(out[i], hst_hash_leaf(records + i * stride, size));
            }
            hst_hash untouched;
            memset(&untouched, 0x5a, sizeof untouched);
            assert_hash_equal(out[count], untouched);
        }
    }
}

/* Records end exactly at the end of an allocation, so that a sanitizer sees a load beyond them. */
static void leaf_batches_read_only_the_records(void **state)
{
    (void)state;
    enum { GROUP = 16 };
    const hst_hash_engine *list[ENGINES];
    for (size_t e = 0; e < engines(list); e++) {
        for (size_t size = 1; size <= HST_HASH_RECORD_MAX; size++) {
            for (size_t count = 1; count <= GROUP; count += GROUP - 1) {
                unsigned char *records = malloc(count * size);
                assert_non_null(records);
                memset(records, (int)size & 255, count * size);
                hst_hash out[GROUP];
                hst_hash_leaf_batch(list[e], records, size, size, NULL, count, out);
                assert_hash_equal(out[0], hst_hash_leaf(records, size));
                assert_hash_equal(out[count - 1], out[0]);
                free(records);
            }
        }
    }
}

static void node_batches_equal_single_nodes_for_every_count(void **state)
{
    (void)state;
    static hst_hash children[2 * COUNT_MAX];
    hst_random random = test_random(12);
    test_fill_random(&random, children, sizeof children);
    const hst_hash_engine *list[ENGINES];
    for (size_t e = 0; e < engines(list); e++) {
        for (size_t count = 0; count <= COUNT_MAX; count++) {
            hst_hash parents[COUNT_MAX];
            hst_hash_node_batch(list[e], children, NULL, count, parents);
            for (size_t i = 0; i < count; i++) {
                assert_hash_equal(parents[i],
                                  hst_hash_node(&children[2 * i], &children[2 * i + 1]));
            }
        }
    }
}

static void quad_batches_equal_single_quads_for_every_count(void **state)
{
    (void)state;
    static hst_hash children[4 * COUNT_MAX];
    hst_random random = test_random(14);
    test_fill_random(&random, children, sizeof children);
    const hst_hash_engine *list[ENGINES];
    for (size_t e = 0; e < engines(list); e++) {
        for (size_t count = 0; count <= COUNT_MAX; count++) {
            hst_hash parents[COUNT_MAX + 1];
            memset(parents, 0x5a, sizeof parents);
            hst_hash_quad_batch(list[e], children, NULL, count, parents);
            for (size_t i = 0; i < count; i++) {
                assert_hash_equal(parents[i], hst_sha256(&children[4 * i], 128));
            }
            hst_hash untouched;
            memset(&untouched, 0x5a, sizeof untouched);
            assert_hash_equal(parents[count], untouched);
        }
    }
}

static uint32_t rotate_right(uint32_t x, unsigned n)
{
    return x >> n | x << (32 - n);
}

__extension__ typedef unsigned __int128 wide;

/** The first 32 bits of the fraction of a prime's cube root: a round constant (FIPS 180-4, 4.2.2).
 */
static uint32_t cube_root_fraction(uint64_t prime)
{
    uint64_t root = 0; /* floor(cbrt(prime) * 2^32) by bisection from the top */
    for (int bit = 36; bit >= 0; bit--) {
        const wide next = root | UINT64_C(1) << bit;
        /* next^3 <= prime * 2^96 without overflow: both sides divided by next. */
        const wide square = next * next;
        const wide limit = ((wide)prime << 96) / next;
        root = square <= limit ? (uint64_t)next : root;
    }
    return (uint32_t)root;
}

/* The table of the closing block against a schedule and constants computed afresh (FIPS 180-4). */
static void the_padding_table_is_constants_plus_schedule(void **state)
{
    (void)state;
    uint32_t w[64] = {UINT32_C(0x80000000), [15] = 128 * 8};
    for (size_t t = 16; t < 64; t++) {
        const uint32_t s0 =
            rotate_right(w[t - 15], 7) ^ rotate_right(w[t - 15], 18) ^ w[t - 15] >> 3;
        const uint32_t s1 =
            rotate_right(w[t - 2], 17) ^ rotate_right(w[t - 2], 19) ^ w[t - 2] >> 10;
        w[t] = s1 + w[t - 7] + s0 + w[t - 16];
    }
    uint64_t prime = 2;
    for (size_t t = 0; t < 64; t++) {
        assert_int_equal(hst_sha256_padding_128[t], (uint32_t)(cube_root_fraction(prime) + w[t]));
        bool composite = true;
        while (composite) {
            prime++;
            composite = false;
            for (uint64_t d = 2; d * d <= prime; d++) {
                composite |= prime % d == 0;
            }
        }
    }
}

static void batches_by_index_read_and_write_only_those_places(void **state)
{
    (void)state;
    static hst_hash children[4 * COUNT_MAX];
    static unsigned char records[COUNT_MAX * 64];
    hst_random random = test_random(13);
    test_fill_random(&random, children, sizeof children);
    test_fill_random(&random, records, sizeof records);
    const uint32_t indices[] = {1, 2, 3, 5, 8, 13, 21, 30, 31, 4, 0, 6, 7, 9, 32};
    const size_t count = sizeof indices / sizeof *indices;
    const hst_hash zero = {{0}};
    const hst_hash_engine *list[ENGINES];
    for (size_t e = 0; e < engines(list); e++) {
        hst_hash parents[COUNT_MAX] = {zero};
        hst_hash leaves[COUNT_MAX] = {zero};
        hst_hash quads[COUNT_MAX] = {zero};
        hst_hash_node_batch(list[e], children, indices, count, parents);
        hst_hash_quad_batch(list[e], children, indices, count, quads);
        hst_hash_leaf_batch(list[e], records, 64, 64, indices, count, leaves);
        for (uint32_t i = 0; i < COUNT_MAX; i++) {
            bool listed = false;
            for (size_t k = 0; k < count; k++) {
                listed |= indices[k] == i;
            }
            assert_hash_equal(
                parents[i], listed ? hst_hash_node(&children[2 * i], &children[2 * i + 1]) : zero);
            assert_hash_equal(quads[i], listed ? hst_hash_quad(&children[(size_t)4 * i]) : zero);
            assert_hash_equal(leaves[i],
                              listed ? hst_hash_leaf(records + (size_t)i * 64, 64) : zero);
        }
    }
}

/* The messages where a carry or a sign mistake would show: all bits clear and all bits set. */
static void engines_agree_on_extreme_messages(void **state)
{
    (void)state;
    const hst_hash_engine *list[ENGINES];
    for (size_t e = 0; e < engines(list); e++) {
        for (int byte = 0; byte < 256; byte += 51) {
            hst_hash children[6];
            hst_hash parents[3];
            memset(children, byte, sizeof children);
            children[5].bytes[31] = (unsigned char)~byte;
            hst_hash_node_batch(list[e], children, NULL, 3, parents);
            assert_hash_equal(parents[0], hst_hash_node(&children[0], &children[1]));
            assert_hash_equal(parents[2], hst_hash_node(&children[4], &children[5]));
            hst_hash_quad_batch(list[e], children, NULL, 1, parents);
            assert_hash_equal(parents[0], hst_hash_quad(children));
            hst_hash_quad_batch(list[e], children + 2, NULL, 1, parents);
            assert_hash_equal(parents[0], hst_hash_quad(children + 2));
        }
    }
}

static void call_leaf_batch_with_huge_record(void *context)
{
    const unsigned char record[1] = {0};
    hst_hash_leaf_batch(hst_hash_engine_portable(), record, HST_HASH_RECORD_MAX + 1,
                        HST_HASH_RECORD_MAX + 1, NULL, 1, context);
}

static void call_leaf_batch_with_overlapping_records(void *context)
{
    const unsigned char records[64] = {0};
    hst_hash_leaf_batch(hst_hash_engine_portable(), records, 31, 32, NULL, 2, context);
}

static void call_node_batch_in_place(void *context)
{
    hst_hash_node_batch(hst_hash_engine_portable(), context, NULL, 1, context);
}

static void call_quad_batch_in_place(void *context)
{
    hst_hash_quad_batch(hst_hash_engine_portable(), context, NULL, 1, context);
}

static void misuse_is_stopped_by_assertions(void **state)
{
    (void)state;
    hst_hash out[4];
    assert_true(assertion_fires(call_leaf_batch_with_huge_record, out));
    assert_true(assertion_fires(call_leaf_batch_with_overlapping_records, out));
    assert_true(assertion_fires(call_node_batch_in_place, out));
    assert_true(assertion_fires(call_quad_batch_in_place, out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_engine_is_the_widest_there_is),
        cmocka_unit_test(leaf_batches_equal_single_leaves_for_every_record_size),
        cmocka_unit_test(leaf_batches_read_only_the_records),
        cmocka_unit_test(node_batches_equal_single_nodes_for_every_count),
        cmocka_unit_test(quad_batches_equal_single_quads_for_every_count),
        cmocka_unit_test(the_padding_table_is_constants_plus_schedule),
        cmocka_unit_test(batches_by_index_read_and_write_only_those_places),
        cmocka_unit_test(engines_agree_on_extreme_messages),
        cmocka_unit_test(misuse_is_stopped_by_assertions),
    };
    return cmocka_run_group_tests_name("crypto.hash_engine", tests, NULL, NULL);
}
