/* Reports on files of any content: whole or not at all, and no text of a file escapes its data. */
#include "sim/report/report.h"

#include "tests/unit/metrics/metrics_test.h"

#include <jansson.h>

static const char hostile[] = "</script><script>alert(1)</script>\"'&<!--";

static void report_path(const test_folder *folder, char path[TEST_PATH_SIZE])
{
    (void)snprintf(path, TEST_PATH_SIZE, "%s.html", folder->folder);
}

static char *read_report(const char *path)
{
    size_t size = 0;
    char *html = (char *)read_file(path, &size);
    assert_int_equal(strlen(html), size); /* no zero in it */
    return html;
}

static size_t count_of(const char *text, const char *word)
{
    size_t count = 0;
    for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word)) {
        count++;
    }
    return count;
}

static json_t *data_of(const char *html)
{
    static const char begin[] = "id=\"data\">";
    const char *from = strstr(html, begin);
    assert_non_null(from);
    from += sizeof begin - 1;
    const char *to = strstr(from, "</script>");
    assert_non_null(to);
    json_t *data = json_loadb(from, (size_t)(to - from), 0, NULL);
    assert_non_null(data);
    return data;
}

static hst_status write_report(const test_folder *folder, size_t count, hst_error *error)
{
    const char *results[HST_REPORT_RESULTS_MAX + 1];
    char path[TEST_PATH_SIZE];
    for (size_t i = 0; i < count; i++) {
        results[i] = folder->path;
    }
    report_path(folder, path);
    hst_error_clear(error);
    return hst_report_write(results, count, path, hst_os_memory(), error);
}

/* A run of whatever rows, with a title, and names that are no UTF-8. */
static void write_hostile(const test_folder *folder, uint64_t rows)
{
    hst_result *result = create_or_fail(folder->path, 0, 0);
    for (unsigned t = 0; t < HST_TABLE_COUNT; t++) {
        for (uint64_t r = 0; t != HST_TABLE_DIGEST && r < rows; r++) {
            append_row(result, (hst_result_table)t, r);
        }
    }
    hst_corridor_row corridor = {.payments = 3, .completed = 7, .amount_micro_usd = 5};
    memcpy(corridor.from_country, "\xff\xfe", 2);
    memcpy(corridor.to_country, "</s", 3);
    hst_result_append_corridor(result, &corridor);
    hst_event_row event = {.time_ns = INT64_MAX, .kind = 250};
    memcpy(event.text, hostile, sizeof hostile);
    memset(event.subject, 0xc3, sizeof event.subject);
    hst_result_append_event(result, &event);
    hst_target_row target = {.measured = (double)__builtin_nan(""), .bound = 77};
    memcpy(target.name, hostile, sizeof hostile);
    hst_result_append_target(result, &target);
    hst_result_attribute_text(result, "/meta", "title", hostile);
    hst_result_attribute_text(result, "/meta", "date", "2025-10-15");
    (void)finish_or_fail(result);
}

static void hostile_text_stays_in_the_data(void **state)
{
    const test_folder *folder = *state;
    char path[TEST_PATH_SIZE];
    report_path(folder, path);
    for (uint64_t rows = 0; rows < 6; rows += 5) {
        hst_error error;
        write_hostile(folder, rows);
        for (size_t count = 1; count <= 2; count++) {
            if (write_report(folder, count, &error) != HST_OK) {
                fail_msg("%s", error.text);
            }
            char *html = read_report(path);
            assert_int_equal(count_of(html, "alert(1)</script>"), 0);
            json_t *data = data_of(html);
            assert_string_equal(json_string_value(json_object_get(data, "title")), hostile);
            assert_true(json_array_size(json_object_get(data, "pages")) >= 1);
            json_decref(data);
            free(html);
            assert_int_equal(unlink(path), 0);
        }
        assert_int_equal(unlink(folder->path), 0);
    }
}

static void expect_nothing(const test_folder *folder, hst_status status)
{
    char path[TEST_PATH_SIZE + 16];
    hst_error error;
    assert_int_equal(write_report(folder, 1, &error), status);
    assert_true(error.text[0] != '\0');
    report_path(folder, path);
    assert_false(file_exists(path));
    (void)snprintf(path, sizeof path, "%s.html.partial", folder->folder);
    assert_false(file_exists(path));
}

static void bad_files_leave_no_report(void **state)
{
    const test_folder *folder = *state;
    expect_nothing(folder, HST_IO); /* not there */
    size_t size = 0;
    (void)write_small(folder->path, 0, 0);
    unsigned char *bytes = read_file(folder->path, &size);
    write_file(folder->path, bytes, size / 2);
    expect_nothing(folder, HST_TRUNCATED);
    bytes[size - 100] ^= 1;
    write_file(folder->path, bytes, size);
    expect_nothing(folder, HST_CORRUPT);
    free(bytes);
    write_file(folder->path, "hello", 5);
    expect_nothing(folder, HST_CORRUPT);
    hst_result *result = create_or_fail(folder->path, 0, 0);
    fill_small(result, 2);
    hst_result_abandon(result, true);
    assert_int_equal(rename(folder->partial, folder->path), 0);
    expect_nothing(folder, HST_INTERRUPTED);
}

static void a_result_is_not_replaced_by_its_report(void **state)
{
    const test_folder *folder = *state;
    hst_error error;
    hst_error_clear(&error);
    (void)write_small(folder->path, 0, 0);
    const char *results[] = {folder->path};
    assert_int_equal(hst_report_write(results, 1, folder->path, hst_os_memory(), &error),
                     HST_INVALID);
    hst_result_file_close(open_or_fail(folder->path));
    assert_false(file_exists(folder->partial));
}

static void too_many_results_are_refused(void **state)
{
    hst_error error;
    assert_int_equal(write_report(*state, HST_REPORT_RESULTS_MAX + 1, &error), HST_INVALID);
    assert_int_equal(write_report(*state, 0, &error), HST_INVALID);
}

static void a_sweep_without_its_tables_is_refused(void **state)
{
    const test_folder *folder = *state;
    hst_error error;
    hst_result *result = create_or_fail(folder->path, 0, 0);
    hst_result_attribute_text(result, "/meta", "kind", "sweep");
    (void)finish_or_fail(result);
    expect_nothing(folder, HST_NOT_FOUND);
    assert_int_equal(write_report(folder, 2, &error), HST_INVALID);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, drop_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(hostile_text_stays_in_the_data),         TEST(bad_files_leave_no_report),
        TEST(a_result_is_not_replaced_by_its_report), TEST(too_many_results_are_refused),
        TEST(a_sweep_without_its_tables_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
