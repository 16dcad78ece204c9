#include "tests/unit/metrics/metrics_test.h"

enum { ROW_MAX = 256 };

/* Every row of every table comes back as it went in; `rows` rows a table, or what `rows_of` says.
 */
static void assert_rows(hst_result_file *file, hst_result_table table, uint64_t rows)
{
    const size_t row_size = hst_schema_table(table)->row_size;
    assert_int_equal(hst_result_file_row_count(file, table), rows);
    enum { STEP = 997 };
    unsigned char *read = malloc(STEP * row_size);
    assert_non_null(read);
    for (uint64_t at = 0; at < rows; at += STEP) {
        const uint64_t count = rows - at < STEP ? rows - at : STEP;
        hst_error error = {.status = HST_OK};
        assert_int_equal(hst_result_file_read_rows(file, table, at, count, read, &error), HST_OK);
        for (uint64_t r = 0; r < count; r++) {
            _Alignas(64) unsigned char expected[ROW_MAX];
            fill_row(table, at + r, expected);
            if (memcmp(read + r * row_size, expected, row_size) != 0) {
                fail_msg("%s: row %llu differs", hst_schema_table(table)->path,
                         (unsigned long long)(at + r));
            }
        }
    }
    free(read);
}

static void every_table_comes_back_row_by_row(void **state)
{
    const test_folder *folder = *state;
    for (unsigned variant = 0; variant < 4; variant++) {
        hst_result *result = create_or_fail(folder->path, variant % 2, variant < 2 ? 0 : 4);
        fill_small(result, 3);
        (void)finish_or_fail(result);
        hst_result_file *file = open_or_fail(folder->path);
        for (unsigned t = 0; t < HST_TABLE_COUNT; t++) {
            if (t != HST_TABLE_DIGEST) {
                assert_rows(file, (hst_result_table)t, 3);
            }
        }
        hst_result_file_close(file);
        assert_false(file_exists(folder->partial));
    }
}

static void tables_longer_than_chunks_come_back_too(void **state)
{
    const test_folder *folder = *state;
    const uint64_t chunk = HST_RESULT_BUFFER_SIZE / sizeof(hst_hop_row);
    const uint64_t lengths[] = {chunk, chunk + 1, 2 * chunk + 7};
    hst_hash digests[3][3];
    for (size_t n = 0; n < 3; n++) {
        for (unsigned variant = 0; variant < 3; variant++) {
            hst_result *result = create_or_fail(folder->path, variant > 0, variant == 2 ? 1 : 0);
            for (uint64_t r = 0; r < lengths[n]; r++) {
                append_row(result, HST_TABLE_HOP, r);
            }
            assert_int_equal(hst_result_row_count(result, HST_TABLE_HOP), lengths[n]);
            digests[n][variant] = finish_or_fail(result);
            hst_result_file *file = open_or_fail(folder->path);
            assert_rows(file, HST_TABLE_HOP, lengths[n]);
            assert_rows(file, HST_TABLE_PAYMENT, 0);
            hst_result_file_close(file);
        }
        assert_true(hst_hash_equal(&digests[n][0], &digests[n][1]));
        assert_true(hst_hash_equal(&digests[n][0], &digests[n][2]));
        assert_true(n == 0 || !hst_hash_equal(&digests[n][0], &digests[n - 1][0]));
    }
}

static void equal_runs_give_equal_bytes_with_any_number_of_threads(void **state)
{
    const test_folder *folder = *state;
    size_t sizes[3];
    unsigned char *files[3];
    for (unsigned i = 0; i < 3; i++) {
        hst_result *result = create_or_fail(folder->path, i, 0);
        fill_small(result, 5);
        for (uint64_t r = 0; r < 5000; r++) {
            append_row(result, HST_TABLE_PAYMENT, r);
            append_row(result, HST_TABLE_HOP, r);
        }
        hst_result_attribute_i64(result, "/meta", "late", 1);
        for (uint64_t r = 0; r < 5000; r++) {
            append_row(result, HST_TABLE_HOP, r);
        }
        (void)finish_or_fail(result);
        files[i] = read_file(folder->path, &sizes[i]);
    }
    for (unsigned i = 1; i < 3; i++) {
        assert_int_equal(sizes[i], sizes[0]);
        assert_memory_equal(files[i], files[0], sizes[0]);
    }
    for (unsigned i = 0; i < 3; i++) {
        free(files[i]);
    }
}

static void the_host_does_not_enter_the_content_digest(void **state)
{
    const test_folder *folder = *state;
    hst_hash digests[3];
    for (int i = 0; i < 3; i++) {
        hst_result *result = create_or_fail(folder->path, 1, 0);
        hst_result_attribute_f64(result, "/meta/host", "wall_seconds", (double)i);
        hst_result_attribute_i64(result, "/meta", "seed", i / 2);
        digests[i] = finish_or_fail(result);
        hst_result_file *file = open_or_fail(folder->path);
        const hst_hash stored = hst_result_file_digest(file);
        assert_true(hst_hash_equal(&stored, &digests[i]));
        double seconds = -1.0;
        assert_int_equal(
            hst_result_file_attribute_f64(file, "/meta/host", "wall_seconds", &seconds), HST_OK);
        assert_true(same_real(seconds, (double)i));
        hst_result_file_close(file);
    }
    assert_true(hst_hash_equal(&digests[0], &digests[1]));
    assert_false(hst_hash_equal(&digests[1], &digests[2]));
}

static void everything_beside_tables_comes_back(void **state)
{
    const test_folder *folder = *state;
    (void)write_small(folder->path, 1, 0);
    hst_result_file *file = open_or_fail(folder->path);
    hst_error error = {.status = HST_OK};
    char text[64];
    assert_int_equal(hst_result_file_attribute_text(file, "/meta", "scenario", text, sizeof text),
                     HST_OK);
    assert_string_equal(text, "small");
    assert_int_equal(hst_result_file_attribute_text(file, "/meta", "version", text, sizeof text),
                     HST_OK);
    assert_string_equal(text, "0.1.0");
    assert_int_equal(hst_result_file_attribute_text(file, "/meta", "scenario", text, 5), HST_FULL);
    assert_int_equal(hst_result_file_attribute_text(file, "/meta", "nothing", text, sizeof text),
                     HST_NOT_FOUND);
    int64_t whole = 0;
    assert_int_equal(hst_result_file_attribute_i64(file, "/meta", "seed", &whole), HST_OK);
    assert_int_equal(whole, 1974);
    assert_int_equal(hst_result_file_attribute_i64(file, "/", "complete", &whole), HST_OK);
    assert_int_equal(whole, 1);
    assert_int_equal(hst_result_file_attribute_i64(file, "/meta", "scale", &whole), HST_MISMATCH);

    char bytes[16];
    assert_int_equal(hst_result_file_read_bytes(file, "/meta/scenario", bytes, 10, &error), HST_OK);
    assert_memory_equal(bytes, "schema: 1\n", 10);
    assert_int_equal(hst_result_file_read_bytes(file, "/meta/inputs/0", bytes, 8, &error), HST_OK);
    assert_memory_equal(bytes, "a,b\n1,2\n", 8);
    assert_int_equal(hst_result_file_attribute_text(file, "/meta/inputs/0", "path", text, 64),
                     HST_OK);
    assert_string_equal(text, "data/fx.csv");
    assert_int_equal(hst_result_file_find(file, "/meta/inputs/1")->count, 0);

    int64_t steps[3];
    double shocks[2];
    assert_int_equal(hst_result_file_read_i64(file, "/risk/steps", steps, 3, &error), HST_OK);
    assert_int_equal(steps[1], -2);
    assert_int_equal(hst_result_file_read_f64(file, "/fx/shocks", shocks, 2, &error), HST_OK);
    assert_true(same_real(shocks[1], -1.25));
    assert_int_equal(hst_result_file_read_f64(file, "/risk/steps", shocks, 3, &error), HST_INVALID);
    assert_int_equal(hst_result_file_read_i64(file, "/risk/none", steps, 3, &error), HST_NOT_FOUND);

    const hst_result_entry *entry = hst_result_file_find(file, "/histograms/time_to_credit");
    assert_non_null(entry);
    assert_int_equal(entry->kind, HST_ENTRY_HISTOGRAM);
    hst_bin_row bins[64];
    assert_in_range(entry->count, 1, 64);
    assert_int_equal(hst_result_file_read_bins(file, "time_to_credit", entry->count, bins, &error),
                     HST_OK);
    assert_int_equal(bins[0].lower, 1);
    assert_int_equal(bins[0].count, 1);
    hst_result_file_close(file);
}

static void an_empty_run_is_a_whole_file(void **state)
{
    const test_folder *folder = *state;
    (void)finish_or_fail(create_or_fail(folder->path, 1, 0));
    hst_result_file *file = open_or_fail(folder->path);
    size_t count = 0;
    const hst_result_entry *entries = hst_result_file_entries(file, &count);
    assert_true(count > HST_TABLE_COUNT);
    for (size_t i = 1; i < count; i++) {
        assert_true(strcmp(entries[i - 1].path, entries[i].path) < 0);
    }
    assert_rows(file, HST_TABLE_PAYMENT, 0);
    hst_result_file_close(file);
}

static void texts_are_cut_between_characters(void **state)
{
    (void)state;
    char column[4];
    hst_result_put_text(column, sizeof column, "ab");
    assert_memory_equal(column, "ab\0\0", 4);
    hst_result_put_text(column, sizeof column, "abcdef");
    assert_memory_equal(column, "abcd", 4);
    hst_result_put_text(column, sizeof column, "abc\xc3\xa4"); /* a-umlaut would be split */
    assert_memory_equal(column, "abc\0", 4);
    hst_result_put_text(column, sizeof column, "ab\xc3\xa4");
    assert_memory_equal(column, "ab\xc3\xa4", 4);
}

/* `h5ls -r` of the small file; the update switch rewrites it. */
static void h5ls_shows_the_whole_layout(void **state)
{
    const test_folder *folder = *state;
    static const char golden[] = "tests/golden/metrics/h5ls.txt";
    (void)write_small(folder->path, 1, 0);
    char command[TEST_PATH_SIZE + 64];
    (void)snprintf(command, sizeof command, "h5ls -r %s 2>/dev/null", folder->path);
    FILE *pipe = popen(command, "r"); /* NOLINT(cert-env33-c): the command is ours */
    assert_non_null(pipe);
    char shown[8192];
    const size_t size = fread(shown, 1, sizeof shown, pipe);
    if (pclose(pipe) != 0) {
        print_message("h5ls is missing, layout not compared\n");
        skip();
    }
    if (golden_update()) {
        write_file(golden, shown, size);
    }
    size_t stored_size = 0;
    unsigned char *stored = read_file(golden, &stored_size);
    if (size != stored_size || memcmp(shown, stored, size) != 0) {
        fail_msg("%s differs from:\n%.*s", golden, (int)size, shown);
    }
    free(stored);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, drop_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_table_comes_back_row_by_row),
        TEST(tables_longer_than_chunks_come_back_too),
        TEST(equal_runs_give_equal_bytes_with_any_number_of_threads),
        TEST(the_host_does_not_enter_the_content_digest),
        TEST(everything_beside_tables_comes_back),
        TEST(an_empty_run_is_a_whole_file),
        TEST(texts_are_cut_between_characters),
        TEST(h5ls_shows_the_whole_layout),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
