#include "tests/unit/metrics/metrics_test.h"

#include <hdf5.h>

static void any_flipped_byte_is_found(void **state)
{
    const test_folder *folder = *state;
    (void)write_small(folder->path, 0, 0);
    size_t size = 0;
    unsigned char *bytes = read_file(folder->path, &size);
    hst_random random = hst_random_stream(26, 6, 1974, 0);
    enum { FLIPS = 24 };
    for (unsigned i = 0; i < FLIPS; i++) {
        const size_t at = i < 4 ? HST_SEAL_SIZE + i : (size_t)hst_random_below(&random, size);
        const unsigned char bit = (unsigned char)(1u << (i % 8));
        bytes[at] ^= bit;
        write_file(folder->path, bytes, size);
        hst_result_file *file = NULL;
        hst_error error = {.status = HST_OK};
        if (hst_result_open(folder->path, hst_os_memory(), &file, &error) != HST_CORRUPT) {
            fail_msg("byte %zu was changed: %s", at, error.text);
        }
        bytes[at] ^= bit;
    }
    write_file(folder->path, bytes, size);
    hst_result_file_close(open_or_fail(folder->path));
    free(bytes);
}

/* Where `needle` lies in the file, from its end. */
static size_t find_bytes(const unsigned char *bytes, size_t size, const void *needle, size_t length)
{
    for (size_t at = size - length; at > 0; at--) {
        if (memcmp(bytes + at, needle, length) == 0) {
            return at;
        }
    }
    fail_msg("the bytes are not in the file");
    return 0;
}

static void
assert_flip_named(const test_folder *folder, const void *needle, size_t length, const char *text)
{
    size_t size = 0;
    unsigned char *bytes = read_file(folder->path, &size);
    const size_t at = find_bytes(bytes, size, needle, length);
    bytes[at] ^= 1;
    write_file(folder->path, bytes, size);
    const hst_error error = open_refused(folder->path, HST_CORRUPT);
    assert_string_equal(error.text, text);
    bytes[at] ^= 1;
    write_file(folder->path, bytes, size);
    free(bytes);
}

static void the_damaged_dataset_is_named(void **state)
{
    const test_folder *folder = *state;
    (void)write_small(folder->path, 0, 0);
    _Alignas(64) unsigned char row[256];
    fill_row(HST_TABLE_PAYMENT, 1, row);
    assert_flip_named(folder, row, sizeof(hst_payment_row),
                      "damaged: /payments: stored digest differs");
    fill_row(HST_TABLE_BLOCK, 2, row);
    assert_flip_named(folder, row, sizeof(hst_block_row),
                      "damaged: /ledgers/blocks: stored digest differs");
    assert_flip_named(folder, "a,b\n1,2\n", 8, "damaged: /meta/inputs/0: stored digest differs");
}

static void any_truncation_is_found(void **state)
{
    const test_folder *folder = *state;
    (void)write_small(folder->path, 0, 0);
    size_t size = 0;
    unsigned char *bytes = read_file(folder->path, &size);
    for (size_t length = 0; length < size; length += length < 1030 ? 103 : size / 37) {
        write_file(folder->path, bytes, length);
        (void)open_refused(folder->path, length == 0 ? HST_CORRUPT : HST_TRUNCATED);
    }
    write_file(folder->path, bytes, size - 1);
    (void)open_refused(folder->path, HST_TRUNCATED);
    write_file(folder->path, bytes, size + 1); /* read_file adds a zero byte */
    const hst_error error = open_refused(folder->path, HST_CORRUPT);
    assert_string_equal(error.text, "damaged: 1 bytes were added at its end");
    free(bytes);
}

static void foreign_files_are_refused(void **state)
{
    const test_folder *folder = *state;
    (void)open_refused(folder->path, HST_IO);
    write_file(folder->path, "payment,amount\n1,2\n", 19);
    assert_string_equal(open_refused(folder->path, HST_CORRUPT).text, "not a result of herstatt");
    const hid_t file = H5Fcreate(folder->path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(file >= 0);
    assert_true(H5Fclose(file) >= 0);
    assert_string_equal(open_refused(folder->path, HST_CORRUPT).text,
                        "an HDF5 file, but not a result of herstatt");
    assert_non_null(strstr(open_refused("/dev/null", HST_IO).text, "not a regular file"));
    assert_non_null(strstr(open_refused(folder->folder, HST_IO).text, "not a regular file"));
}

/* Give changed content a right seal, as someone with a hex editor and patience would. */
static void reseal(const char *path, uint32_t schema)
{
    size_t size = 0;
    unsigned char *bytes = read_file(path, &size);
    char block[HST_SEAL_SIZE];
    hst_seal seal;
    hst_error error = {.status = HST_OK};
    memcpy(block, bytes, sizeof block);
    assert_int_equal(hst_seal_parse(block, sizeof block, &seal, &error), HST_OK);
    seal.schema = schema;
    seal.size_bytes = size;
    hst_digest digest;
    hst_digest_init(&digest, NULL, 0);
    for (size_t at = HST_SEAL_SIZE; at < size; at += HST_PIECE_SIZE) {
        const size_t rest = size - at;
        const hst_hash piece =
            hst_blake2b(bytes + at, rest < HST_PIECE_SIZE ? rest : HST_PIECE_SIZE);
        hst_digest_update(&digest, piece.bytes, sizeof piece.bytes);
    }
    seal.blake2b = hst_digest_final(&digest);
    hst_seal_render(&seal, block);
    memcpy(bytes, block, sizeof block);
    write_file(path, bytes, size);
    free(bytes);
}

static void a_newer_schema_is_refused_with_its_number(void **state)
{
    const test_folder *folder = *state;
    (void)write_small(folder->path, 0, 0);
    reseal(folder->path, HST_RESULT_SCHEMA + 41);
    const hst_error error = open_refused(folder->path, HST_UNSUPPORTED);
    assert_non_null(strstr(error.text, "schema 42"));
}

static void a_right_seal_does_not_cover_changed_content(void **state)
{
    const test_folder *folder = *state;
    (void)write_small(folder->path, 0, 0);
    size_t size = 0;
    unsigned char *bytes = read_file(folder->path, &size);
    _Alignas(64) unsigned char row[256];
    fill_row(HST_TABLE_HOP, 1, row);
    bytes[find_bytes(bytes, size, row, sizeof(hst_hop_row)) + 8] ^= 1;
    write_file(folder->path, bytes, size);
    reseal(folder->path, HST_RESULT_SCHEMA);
    assert_string_equal(open_refused(folder->path, HST_CORRUPT).text,
                        "damaged: /hops: stored digest differs");
    free(bytes);
}

/* Add, remove or change something through HDF5 itself, then reseal. */
static void tamper(const char *path, int how)
{
    const hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    assert_true(file >= 0);
    if (how == 0) {
        const hid_t group = H5Gcreate2(file, "/added", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        assert_true(H5Gclose(group) >= 0);
    } else if (how == 1) {
        assert_true(H5Ldelete(file, "/fx/shocks", H5P_DEFAULT) >= 0);
    } else {
        const int64_t seed = 1975;
        const hid_t meta = H5Oopen(file, "/meta", H5P_DEFAULT);
        const hid_t attribute = H5Aopen(meta, "seed", H5P_DEFAULT);
        assert_true(H5Awrite(attribute, H5T_NATIVE_INT64, &seed) >= 0);
        assert_true(H5Aclose(attribute) >= 0);
        assert_true(H5Oclose(meta) >= 0);
    }
    assert_true(H5Fclose(file) >= 0);
    reseal(path, HST_RESULT_SCHEMA);
}

static void objects_added_removed_or_changed_are_named(void **state)
{
    const test_folder *folder = *state;
    static const char *const named[] = {"/added", "/fx/shocks", "/meta"};
    for (int how = 0; how < 3; how++) {
        (void)write_small(folder->path, 0, 0);
        tamper(folder->path, how);
        char expected[64];
        (void)snprintf(expected, sizeof expected, "damaged: %s: stored digest differs", named[how]);
        assert_string_equal(open_refused(folder->path, HST_CORRUPT).text, expected);
    }
}

static void reading_beyond_the_end_is_refused(void **state)
{
    const test_folder *folder = *state;
    (void)write_small(folder->path, 0, 0);
    hst_result_file *file = open_or_fail(folder->path);
    hst_error error = {.status = HST_OK};
    hst_payment_row rows[4];
    assert_int_equal(hst_result_file_read_rows(file, HST_TABLE_PAYMENT, 0, 4, rows, &error),
                     HST_INVALID);
    assert_int_equal(hst_result_file_read_rows(file, HST_TABLE_PAYMENT, 4, 0, rows, &error),
                     HST_INVALID);
    assert_int_equal(
        hst_result_file_read_rows(file, HST_TABLE_PAYMENT, UINT64_MAX, 2, rows, &error),
        HST_INVALID);
    assert_int_equal(hst_result_file_read_rows(file, HST_TABLE_PAYMENT, 3, 0, NULL, &error),
                     HST_OK);
    assert_int_equal(hst_result_file_read_rows(file, HST_TABLE_PAYMENT, 2, 1, rows, &error),
                     HST_OK);
    char bytes[8];
    assert_int_equal(hst_result_file_read_bytes(file, "/payments", bytes, 3, &error), HST_INVALID);
    assert_int_equal(hst_result_file_read_bytes(file, "/nothing", bytes, 3, &error), HST_NOT_FOUND);
    hst_result_file_close(file);
}

/* For H5Ovisit2: stops at the first object with a time, whose name `context` receives. */
static herr_t visit_times(hid_t object, const char *name, const H5O_info_t *info, void *context)
{
    (void)object;
    if (info->atime == 0 && info->mtime == 0 && info->ctime == 0 && info->btime == 0) {
        return 0;
    }
    (void)snprintf(context, TEST_PATH_SIZE, "%s", name);
    return 1;
}

/* Otherwise equal runs in different seconds differ in bytes. */
static void no_object_carries_the_time_of_day(void **state)
{
    const test_folder *folder = *state;
    for (unsigned compression = 0; compression < 2; compression++) {
        hst_result *result = create_or_fail(folder->path, 0, compression);
        fill_small(result, 3);
        for (uint64_t r = 0; r <= HST_RESULT_BUFFER_SIZE / sizeof(hst_hop_row); r++) {
            append_row(result, HST_TABLE_HOP, r); /* one table in chunks */
        }
        (void)finish_or_fail(result);
        const hid_t file = H5Fopen(folder->path, H5F_ACC_RDONLY, H5P_DEFAULT);
        assert_true(file >= 0);
        char name[TEST_PATH_SIZE] = "";
        assert_int_equal(
            H5Ovisit2(file, H5_INDEX_NAME, H5_ITER_INC, visit_times, name, H5O_INFO_TIME), 0);
        assert_string_equal(name, "");
        assert_true(H5Fclose(file) >= 0);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, drop_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(any_flipped_byte_is_found),
        TEST(the_damaged_dataset_is_named),
        TEST(any_truncation_is_found),
        TEST(foreign_files_are_refused),
        TEST(a_newer_schema_is_refused_with_its_number),
        TEST(a_right_seal_does_not_cover_changed_content),
        TEST(objects_added_removed_or_changed_are_named),
        TEST(reading_beyond_the_end_is_refused),
        TEST(no_object_carries_the_time_of_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
