#include "sim/metrics/pieces.h"

#include "tests/unit/metrics/metrics_test.h"

#include <hdf5.h>

enum { SIZE_MAX_BYTES = 5 * (int)HST_PIECE_SIZE };

static unsigned char bytes[SIZE_MAX_BYTES];

static int fill_bytes(void **state)
{
    hst_random random = hst_random_stream(11, 0, 0, 0);
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (unsigned char)hst_random_below(&random, 256);
    }
    *state = NULL;
    return 0;
}

/* The rule of the header, as it is written there. */
static hst_hash naive(size_t size)
{
    hst_digest all;
    hst_digest_init(&all, NULL, 0);
    for (size_t at = 0; at < size; at += HST_PIECE_SIZE) {
        const size_t rest = size - at;
        const hst_hash one = hst_blake2b(bytes + at, rest < HST_PIECE_SIZE ? rest : HST_PIECE_SIZE);
        hst_digest_update(&all, one.bytes, sizeof one.bytes);
    }
    return hst_digest_final(&all);
}

static void where_a_run_is_cut_makes_no_difference(void **state)
{
    (void)state;
    const uint64_t seed = 3;
    static const size_t edges[] = {0, 1, HST_PIECE_SIZE - 1, HST_PIECE_SIZE, HST_PIECE_SIZE + 1};
    hst_random random = hst_random_stream(seed, 0, 0, 0);
    for (unsigned try = 0; try < 300; try++) {
        const size_t size =
            try < 5 ? edges[try] : (size_t)hst_random_below(&random, SIZE_MAX_BYTES);
        hst_pieces pieces;
        hst_pieces_init(&pieces);
        for (size_t at = 0; at < size;) {
            const size_t most = try % 3 == 0 ? 100 + SIZE_MAX_BYTES / 50 : 2 * HST_PIECE_SIZE;
            const size_t cut = 1 + (size_t)hst_random_below(&random, most);
            const size_t taken = cut < size - at ? cut : size - at;
            hst_pieces_update(&pieces, bytes + at, taken);
            at += taken;
        }
        const hst_hash got = hst_pieces_final(&pieces);
        const hst_hash expected = naive(size);
        if (!hst_hash_equal(&got, &expected)) {
            fail_msg("seed %llu, try %u, %zu bytes", (unsigned long long)seed, try, size);
        }
    }
}

static void known_pieces_stand_for_their_bytes(void **state)
{
    (void)state;
    for (size_t whole = 0; whole <= 4; whole++) {
        hst_hash hashes[4];
        hst_pieces pieces;
        hst_pieces_init(&pieces);
        hst_pieces_hash(bytes, whole, hashes);
        hst_pieces_update_known(&pieces, hashes, whole);
        hst_pieces_update(&pieces, bytes + whole * HST_PIECE_SIZE, 100);
        const hst_hash got = hst_pieces_final(&pieces);
        const hst_hash expected = naive(whole * HST_PIECE_SIZE + 100);
        assert_true(hst_hash_equal(&got, &expected));
    }
}

/* Otherwise rows would silently be hashed twice again. */
static void chunks_of_rows_begin_with_a_piece_of_the_file(void **state)
{
    static const hst_result_table tables[] = {HST_TABLE_PAYMENT, HST_TABLE_HOP};
    const test_folder *folder = *state;
    hst_result *result = NULL;
    hst_error error = {.status = HST_OK};
    const hst_result_options options = {.version = "test"};
    assert_int_equal(hst_result_create(folder->path, &options, hst_os_memory(), &result, &error),
                     HST_OK);
    for (uint64_t row = 0; row < 20000; row++) {
        append_row(result, HST_TABLE_PAYMENT, row);
        append_row(result, HST_TABLE_HOP, row);
    }
    assert_int_equal(hst_result_finish(result, NULL, &error), HST_OK);
    const hid_t file = H5Fopen(folder->path, H5F_ACC_RDONLY, H5P_DEFAULT);
    assert_true(file >= 0);
    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++) {
        const hid_t id = H5Dopen2(file, hst_schema_table(tables[t])->path, H5P_DEFAULT);
        const hid_t space = H5Dget_space(id);
        hsize_t count = 0;
        assert_true(H5Dget_num_chunks(id, space, &count) >= 0);
        assert_true(count > 2);
        for (hsize_t c = 0; c < count; c++) {
            hsize_t offset = 0;
            hsize_t size = 0;
            unsigned filters = 0;
            haddr_t address = HADDR_UNDEF;
            assert_true(H5Dget_chunk_info(id, space, c, &offset, &filters, &address, &size) >= 0);
            /* Releases differ in whether addresses count the user block, which is a piece. */
            assert_int_equal(address % HST_PIECE_SIZE, 0);
            assert_int_equal(size % HST_PIECE_SIZE, 0);
        }
        assert_true(H5Sclose(space) >= 0 && H5Dclose(id) >= 0);
    }
    assert_true(H5Fclose(file) >= 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(where_a_run_is_cut_makes_no_difference, fill_bytes),
        cmocka_unit_test_setup(known_pieces_stand_for_their_bytes, fill_bytes),
        cmocka_unit_test_setup_teardown(chunks_of_rows_begin_with_a_piece_of_the_file, make_folder,
                                        drop_folder),
    };
    return cmocka_run_group_tests_name("pieces", tests, NULL, NULL);
}
