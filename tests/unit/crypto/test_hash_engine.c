#include "core/crypto/hash_engine.h"
#include "core/crypto/sha256_accelerated.h"

#include "tests/unit/crypto/crypto_test.h"

enum { COUNT_MAX = 33, STRIDE_MAX = HST_HASH_RECORD_MAX + 3 };

/** The engines to hold against the one-message functions. */
static size_t engines(const hst_hash_engine *list[2])
{
    list[0] = hst_hash_engine_portable();
    list[1] = hst_sha256_accelerated();
    return list[1] != NULL ? 2 : 1;
}

static void the_best_engine_is_the_accelerated_one_where_there_is_one(void **state)
{
    (void)state;
    const hst_hash_engine *accelerated = hst_sha256_accelerated();
    assert_non_null(hst_hash_engine_best());
    if (accelerated != NULL) {
        assert_ptr_equal(hst_hash_engine_best(), accelerated);
        assert_string_equal(accelerated->name, "sha-ni");
    } else {
        assert_ptr_equal(hst_hash_engine_best(), hst_hash_engine_portable());
        print_message("no SHA instructions here: only the portable engine is tested\n");
    }
}

static void leaf_batches_equal_single_leaves_for_every_record_size(void **state)
{
    (void)state;
    static unsigned char records[COUNT_MAX * STRIDE_MAX];
    hst_random random = test_random(11);
    test_fill_random(&random, records, sizeof records);
    const hst_hash_engine *list[2];
    for (size_t e = 0; e < engines(list); e++) {
        for (size_t size = 1; size <= HST_HASH_RECORD_MAX; size++) {
            const size_t count = size % 5;
            const size_t stride = size + size % 4;
            hst_hash out[5];
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
    const hst_hash_engine *list[2];
    for (size_t e = 0; e < engines(list); e++) {
        for (size_t size = 1; size <= HST_HASH_RECORD_MAX; size++) {
            unsigned char *record = malloc(size);
            assert_non_null(record);
            memset(record, (int)size & 255, size);
            hst_hash out;
            hst_hash_leaf_batch(list[e], record, size, size, NULL, 1, &out);
            assert_hash_equal(out, hst_hash_leaf(record, size));
            free(record);
        }
    }
}

static void node_batches_equal_single_nodes_for_every_count(void **state)
{
    (void)state;
    static hst_hash children[2 * COUNT_MAX];
    hst_random random = test_random(12);
    test_fill_random(&random, children, sizeof children);
    const hst_hash_engine *list[2];
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

static void batches_by_index_read_and_write_only_those_places(void **state)
{
    (void)state;
    static hst_hash children[2 * COUNT_MAX];
    static unsigned char records[COUNT_MAX * 64];
    hst_random random = test_random(13);
    test_fill_random(&random, children, sizeof children);
    test_fill_random(&random, records, sizeof records);
    const uint32_t indices[] = {1, 2, 3, 5, 8, 13, 21, 30, 31, 4, 0, 6, 7, 9, 32};
    const size_t count = sizeof indices / sizeof *indices;
    const hst_hash zero = {{0}};
    const hst_hash_engine *list[2];
    for (size_t e = 0; e < engines(list); e++) {
        hst_hash parents[COUNT_MAX] = {zero};
        hst_hash leaves[COUNT_MAX] = {zero};
        hst_hash_node_batch(list[e], children, indices, count, parents);
        hst_hash_leaf_batch(list[e], records, 64, 64, indices, count, leaves);
        for (uint32_t i = 0; i < COUNT_MAX; i++) {
            bool listed = false;
            for (size_t k = 0; k < count; k++) {
                listed |= indices[k] == i;
            }
            assert_hash_equal(
                parents[i], listed ? hst_hash_node(&children[2 * i], &children[2 * i + 1]) : zero);
            assert_hash_equal(leaves[i],
                              listed ? hst_hash_leaf(records + (size_t)i * 64, 64) : zero);
        }
    }
}

/* The messages where a carry or a sign mistake would show: all bits clear and all bits set. */
static void engines_agree_on_extreme_messages(void **state)
{
    (void)state;
    const hst_hash_engine *list[2];
    for (size_t e = 0; e < engines(list); e++) {
        for (int byte = 0; byte < 256; byte += 51) {
            hst_hash children[6];
            hst_hash parents[3];
            memset(children, byte, sizeof children);
            children[5].bytes[31] = (unsigned char)~byte;
            hst_hash_node_batch(list[e], children, NULL, 3, parents);
            assert_hash_equal(parents[0], hst_hash_node(&children[0], &children[1]));
            assert_hash_equal(parents[2], hst_hash_node(&children[4], &children[5]));
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

static void misuse_is_stopped_by_assertions(void **state)
{
    (void)state;
    hst_hash out[4];
    assert_true(assertion_fires(call_leaf_batch_with_huge_record, out));
    assert_true(assertion_fires(call_leaf_batch_with_overlapping_records, out));
    assert_true(assertion_fires(call_node_batch_in_place, out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_engine_is_the_accelerated_one_where_there_is_one),
        cmocka_unit_test(leaf_batches_equal_single_leaves_for_every_record_size),
        cmocka_unit_test(leaf_batches_read_only_the_records),
        cmocka_unit_test(node_batches_equal_single_nodes_for_every_count),
        cmocka_unit_test(batches_by_index_read_and_write_only_those_places),
        cmocka_unit_test(engines_agree_on_extreme_messages),
        cmocka_unit_test(misuse_is_stopped_by_assertions),
    };
    return cmocka_run_group_tests_name("crypto.hash_engine", tests, NULL, NULL);
}
