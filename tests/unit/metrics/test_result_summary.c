/* A large file opened for its summary: what is read is checked, what is not checked is not read.
 * The sizes above which a file and a dataset are large are made small here. */
#include "sim/metrics/result_file_internal.h"

#include "tests/unit/metrics/metrics_test.h"

enum { HOPS = 400, LARGE = 20000, WAYS = 24 };

static const hst_result_limits limits = {1000, LARGE};

/* A result whose hops are large, and nothing else is. */
static void write_result(const char *path)
{
    hst_result *result = NULL;
    const hst_result_options options = {.overwrite = true};
    assert_int_equal(hst_result_create(path, &options, hst_os_memory(), &result, NULL), HST_OK);
    for (uint64_t r = 0; r < HOPS; r++) {
        append_row(result, HST_TABLE_HOP, r);
    }
    fill_small(result, 3);
    assert_int_equal(hst_result_finish(result, NULL, NULL), HST_OK);
}

static hst_status open_limited(const char *path, hst_result_file **file, hst_error *error)
{
    hst_error_clear(error);
    return hst_result_open_limited(path, &limits, hst_os_memory(), file, error);
}

/* Change a byte of the file. */
static void change(const char *path, long at)
{
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    const int byte = fgetc(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    assert_true(fputc(byte ^ 1, file) != EOF);
    assert_int_equal(fclose(file), 0);
}

/* The bytes of a small file, until the next call. */
static const unsigned char *read_content(const char *path, size_t *size)
{
    static unsigned char content[1 << 20];
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    *size = fread(content, 1, sizeof content, file);
    assert_int_equal(fclose(file), 0);
    assert_true(*size < sizeof content);
    return content;
}

/* Where a row of a table lies in the file. */
static long find_row(const char *path, hst_result_table table, uint64_t index)
{
    _Alignas(64) unsigned char row[256];
    const size_t size = hst_schema_table(table)->row_size;
    size_t there = 0;
    const unsigned char *content = read_content(path, &there);
    fill_row(table, index, row);
    for (size_t at = 0; at + size <= there; at++) {
        if (memcmp(content + at, row, size) == 0) {
            return (long)at;
        }
    }
    fail_msg("no such row");
    return -1;
}

static void small_tables_are_read_and_large_ones_refused(void **state)
{
    const test_folder *folder = *state;
    hst_result_file *file = NULL;
    hst_error error;
    _Alignas(64) unsigned char row[256];
    write_result(folder->path);
    assert_int_equal(open_limited(folder->path, &file, &error), HST_OK);
    const hst_result_entry *hops = hst_result_file_find(file, "/hops");
    assert_non_null(hops);
    assert_true(hops->size_bytes > LARGE);
    assert_false(hops->checked);
    assert_true(hops->count >= HOPS);
    assert_int_equal(hst_result_file_read_rows(file, HST_TABLE_HOP, 0, 1, row, &error),
                     HST_UNSUPPORTED);
    assert_non_null(strstr(error.text, "/hops: not checked"));
    const hst_result_entry *payments = hst_result_file_find(file, "/payments");
    assert_true(payments != NULL && payments->checked);
    assert_int_equal(hst_result_file_read_rows(file, HST_TABLE_PAYMENT, 0, 1, row, &error), HST_OK);
    hst_result_file_close(file);
}

static void a_file_that_is_not_large_is_checked_whole(void **state)
{
    const test_folder *folder = *state;
    hst_result_file *file = NULL;
    hst_error error;
    write_result(folder->path);
    assert_int_equal(hst_result_open_summary(folder->path, hst_os_memory(), &file, &error), HST_OK);
    assert_true(hst_result_file_find(file, "/hops")->checked);
    hst_result_file_close(file);
    change(folder->path, find_row(folder->path, HST_TABLE_HOP, 7));
    hst_error_clear(&error);
    assert_int_equal(hst_result_open_summary(folder->path, hst_os_memory(), &file, &error),
                     HST_CORRUPT);
}

static void damage_is_found_in_whatever_is_read(void **state)
{
    const test_folder *folder = *state;
    hst_result_file *file = NULL;
    hst_error error;
    write_result(folder->path);
    change(folder->path, find_row(folder->path, HST_TABLE_PAYMENT, 1));
    assert_int_equal(open_limited(folder->path, &file, &error), HST_CORRUPT);
    assert_non_null(strstr(error.text, "/payments"));
    /* In a large table it is not looked for, and its rows cannot be read either. */
    write_result(folder->path);
    change(folder->path, find_row(folder->path, HST_TABLE_HOP, 7));
    assert_int_equal(open_limited(folder->path, &file, &error), HST_OK);
    hst_result_file_close(file);
    assert_int_equal(hst_result_open(folder->path, hst_os_memory(), &file, &error), HST_CORRUPT);
}

static void damaged_structure_is_refused_and_crashes_nothing(void **state)
{
    const test_folder *folder = *state;
    const uint64_t seed = 3;
    hst_random random = hst_random_stream(seed, 0, 0, 0);
    size_t refused = 0;
    hst_error error;
    write_result(folder->path);
    size_t size = 0;
    const unsigned char *content = read_content(folder->path, &size);
    for (unsigned way = 0; way < WAYS; way++) {
        hst_result_file *file = NULL;
        FILE *damaged = fopen(folder->path, "wb");
        assert_non_null(damaged);
        assert_int_equal(fwrite(content, 1, size, damaged), size);
        assert_int_equal(fclose(damaged), 0);
        for (unsigned k = 0; k < 8; k++) {
            change(folder->path,
                   HST_SEAL_SIZE + (long)hst_random_below(&random, size - HST_SEAL_SIZE));
        }
        const hst_status status = open_limited(folder->path, &file, &error);
        if (status == HST_OK) {
            hst_result_file_close(file); /* only rows of the large table were hit */
        } else {
            assert_int_equal(status, HST_CORRUPT);
            refused++;
        }
    }
    print_message("seed %d: %zu of %d damaged files refused\n", (int)seed, refused, WAYS);
    assert_true(refused > WAYS / 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, drop_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(small_tables_are_read_and_large_ones_refused),
        TEST(a_file_that_is_not_large_is_checked_whole),
        TEST(damage_is_found_in_whatever_is_read),
        TEST(damaged_structure_is_refused_and_crashes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
