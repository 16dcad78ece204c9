/* Groups and tables that a caller describes itself, and results that leave out what they lack. */
#include "tests/unit/metrics/metrics_test.h"

typedef struct pair_row {
    uint64_t number;
    double value;
    char name[16];
} pair_row;

static const hst_column pair_columns[] = {
    {"number", HST_COLUMN_U64, offsetof(pair_row, number), 8, "number", "which", NULL},
    {"all.cost", HST_COLUMN_F64, offsetof(pair_row, value), 8, "pct", "how much", NULL},
    {"name", HST_COLUMN_TEXT, offsetof(pair_row, name), 16, "text", "what", NULL}};

static const hst_table_schema pair_table = {"/sweep/pairs", "pairs", sizeof(pair_row), 3,
                                            pair_columns};

static const pair_row pairs[] = {{7, 0.5, "one"}, {8, -1, "two"}, {9, 2, "sixteen bytes .."}};

static hst_result *create_sparse(const char *path)
{
    const hst_result_options options = {.version = "0.1.0", .overwrite = true, .sparse = true};
    hst_result *result = NULL;
    hst_error error = {.status = HST_OK};
    assert_int_equal(hst_result_create(path, &options, hst_os_memory(), &result, &error), HST_OK);
    return result;
}

static hst_hash write_pairs(const char *path, double cpu_seconds)
{
    static const hst_column host_columns[] = {
        {"cpu_seconds", HST_COLUMN_F64, 0, 8, "s", "time", NULL}};
    const hst_table_schema host = {"/meta/host/trials", "time", 8, 1, host_columns};
    hst_result *result = create_sparse(path);
    hst_result_group(result, "/sweep");
    hst_result_group(result, "/sweep/one");
    hst_result_attribute_text(result, "/sweep/one", "status", "finished");
    hst_result_rows(result, &pair_table, pairs, 3);
    hst_result_rows(result, &host, &cpu_seconds, 1);
    hst_result_metric(result, "cell0.all.cost", "pct", 1.5, "mean");
    return finish_or_fail(result);
}

static void rows_and_groups_come_back(void **state)
{
    const test_folder *folder = *state;
    (void)write_pairs(folder->path, 1);
    hst_result_file *file = open_or_fail(folder->path);
    pair_row read[3];
    hst_error error = {.status = HST_OK};
    assert_int_equal(hst_result_file_find(file, "/sweep/pairs")->count, 3);
    assert_int_equal(hst_result_file_read_table(file, &pair_table, 0, 3, read, &error), HST_OK);
    assert_memory_equal(read, pairs, sizeof pairs);
    assert_int_equal(hst_result_file_read_table(file, &pair_table, 2, 1, read, &error), HST_OK);
    assert_int_equal(read[0].number, 9);
    assert_int_equal(hst_result_file_read_table(file, &pair_table, 3, 0, NULL, &error), HST_OK);
    char text[16];
    assert_int_equal(
        hst_result_file_attribute_text(file, "/sweep/one", "status", text, sizeof text), HST_OK);
    assert_string_equal(text, "finished");
    assert_int_equal(hst_result_file_attribute_text(file, "/sweep/pairs", "title", text, 16),
                     HST_OK);
    assert_string_equal(text, "pairs");
    hst_result_file_close(file);
}

static void rows_that_are_not_there_or_others_are_refused(void **state)
{
    const test_folder *folder = *state;
    (void)write_pairs(folder->path, 1);
    hst_result_file *file = open_or_fail(folder->path);
    pair_row read[3];
    hst_error error = {.status = HST_OK};
    hst_table_schema other = pair_table;
    assert_int_equal(hst_result_file_read_table(file, &pair_table, 2, 2, read, &error),
                     HST_INVALID);
    assert_int_equal(hst_result_file_read_table(file, &pair_table, 4, 0, read, &error),
                     HST_INVALID);
    other.column_count = 2;
    assert_int_equal(hst_result_file_read_table(file, &other, 0, 1, read, &error), HST_MISMATCH);
    other = pair_table;
    other.path = "/sweep/one";
    assert_int_equal(hst_result_file_read_table(file, &other, 0, 1, read, &error), HST_NOT_FOUND);
    other.path = "/sweep/none";
    assert_int_equal(hst_result_file_read_table(file, &other, 0, 1, read, &error), HST_NOT_FOUND);
    hst_result_file_close(file);
}

static void a_sparse_result_has_only_what_it_was_given(void **state)
{
    const test_folder *folder = *state;
    (void)write_pairs(folder->path, 1);
    hst_result_file *file = open_or_fail(folder->path);
    assert_null(hst_result_file_find(file, "/payments"));
    assert_null(hst_result_file_find(file, "/risk"));
    assert_non_null(hst_result_file_find(file, "/meta"));
    assert_int_equal(hst_result_file_row_count(file, HST_TABLE_METRIC), 1);
    assert_int_equal(hst_result_file_row_count(file, HST_TABLE_PAYMENT), 0);
    hst_result_file_close(file);
}

static void rows_of_the_host_do_not_enter_the_content_digest(void **state)
{
    const test_folder *folder = *state;
    const hst_hash one = write_pairs(folder->path, 1);
    const hst_hash two = write_pairs(folder->path, 2);
    assert_true(hst_hash_equal(&one, &two));
}

static void rows_at_a_path_of_the_schema_or_without_parent_fail_the_result(void **state)
{
    const test_folder *folder = *state;
    static const char *const bad[] = {"/payments", "sweep", "/none/pairs"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        hst_table_schema table = pair_table;
        table.path = bad[i];
        hst_error error = {.status = HST_OK};
        hst_result *result = create_sparse(folder->path);
        hst_result_rows(result, &table, pairs, 3);
        assert_int_not_equal(hst_result_status(result), HST_OK);
        assert_int_not_equal(hst_result_finish(result, NULL, &error), HST_OK);
        result = create_sparse(folder->path);
        hst_result_group(result, bad[i]);
        assert_int_not_equal(hst_result_finish(result, NULL, &error), HST_OK);
        assert_false(file_exists(folder->path));
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, drop_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rows_and_groups_come_back),
        TEST(rows_that_are_not_there_or_others_are_refused),
        TEST(a_sparse_result_has_only_what_it_was_given),
        TEST(rows_of_the_host_do_not_enter_the_content_digest),
        TEST(rows_at_a_path_of_the_schema_or_without_parent_fail_the_result),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
