/* Pages on consensus: figures are the file's, studies that could not be are told, rows of any
 * content do no harm. */
#include "sim/report/report.h"

#include "tests/unit/metrics/metrics_test.h"

#include <jansson.h>

enum { STUDIES = 4, INTERVALS = 75 };

/* Two protocols, with and without a partition; the second could not be under it. */
static void fill(hst_study_row *studies, hst_timeline_row *line, hst_finality_row *finality)
{
    static const char *const protocols[STUDIES] = {"raft", "pbft", "raft", "pbft"};
    for (uint32_t s = 0; s < STUDIES; s++) {
        studies[s] = (hst_study_row){.replicas = 7,
                                     .load = 100,
                                     .offered = 6000,
                                     .decided = s < 2 ? 6000 : 4500,
                                     .duration_ns = INT64_C(60000000000),
                                     .throughput = 100,
                                     .finality_p50_ns = (s + 1) * INT64_C(125000000),
                                     .finality_p90_ns = (s + 1) * INT64_C(150000000),
                                     .finality_p99_ns = (s + 1) * INT64_C(175000000),
                                     .recover_ns = s < 2 ? 0 : -1,
                                     .messages = 2.5 + s,
                                     .bytes = 3000,
                                     .cpu_ns = 500000};
        hst_result_put_text(studies[s].protocol, sizeof studies[s].protocol, protocols[s]);
        hst_result_put_text(studies[s].faults, sizeof studies[s].faults,
                            s < 2 ? "none" : "partition");
        hst_result_put_text(studies[s].status, sizeof studies[s].status, s < 3 ? "OK" : "INVALID");
        for (uint32_t i = 0; i < INTERVALS; i++) {
            line[s * INTERVALS + i] = (hst_timeline_row){.study = s,
                                                         .interval = i,
                                                         .time_ns = i * INT64_C(1000000000),
                                                         .length_ns = INT64_C(1000000000),
                                                         .decided = i < 60 ? 100 : 0};
        }
        finality[2 * s] = (hst_finality_row){.study = s, .share_ppm = 0, .time_ns = 100000000};
        finality[2 * s + 1] =
            (hst_finality_row){.study = s, .share_ppm = 1000000, .time_ns = 900000000};
    }
}

static json_t *report_of(const test_folder *folder, const char **text)
{
    static char html[TEST_PATH_SIZE];
    const char *results[] = {folder->path};
    hst_error error = {.status = HST_OK};
    size_t size = 0;
    (void)snprintf(html, sizeof html, "%s.html", folder->folder);
    if (hst_report_write(results, 1, html, hst_os_memory(), &error) != HST_OK) {
        fail_msg("%s", error.text);
    }
    char *page = (char *)read_file(html, &size);
    static const char begin[] = "id=\"data\">";
    const char *from = strstr(page, begin);
    assert_non_null(from);
    from += sizeof begin - 1;
    json_t *data = json_loadb(from, (size_t)(strstr(from, "</script>") - from), 0, NULL);
    assert_non_null(data);
    assert_int_equal(unlink(html), 0);
    *text = page;
    return json_object_get(data, "pages") != NULL ? data : NULL;
}

static hst_result *create(const test_folder *folder)
{
    const hst_result_options options = {.version = "0.1.0", .overwrite = true, .sparse = true};
    hst_result *result = NULL;
    hst_error error = {.status = HST_OK};
    assert_int_equal(hst_result_create(folder->path, &options, hst_os_memory(), &result, &error),
                     HST_OK);
    hst_result_attribute_text(result, "/meta", "kind", "consensus");
    hst_result_group(result, "/consensus");
    hst_result_group(result, "/network");
    return result;
}

static void rows(hst_result *result, hst_rare_table table, const void *values, uint64_t count)
{
    hst_result_rows(result, hst_schema_rare(table), values, count);
}

/* A picture of a page by title, or NULL. */
static json_t *picture(json_t *data, const char *title)
{
    json_t *pages = json_object_get(data, "pages");
    for (size_t p = 0; p < json_array_size(pages); p++) {
        json_t *pictures = json_object_get(json_array_get(pages, p), "pictures");
        for (size_t i = 0; i < json_array_size(pictures); i++) {
            json_t *one = json_array_get(pictures, i);
            if (strcmp(json_string_value(json_object_get(one, "title")), title) == 0) {
                return one;
            }
        }
    }
    return NULL;
}

static double cell(json_t *picture, size_t row, size_t column)
{
    json_t *value = json_array_get(json_array_get(json_object_get(picture, "rows"), row), column);
    assert_true(json_is_number(value));
    return json_number_value(value);
}

static void expect(double value, double wanted)
{
    assert_true(value > wanted - 1e-9 && value < wanted + 1e-9);
}

static void pages_show_what_the_studies_hold(void **state)
{
    const test_folder *folder = *state;
    hst_study_row studies[STUDIES];
    hst_timeline_row line[STUDIES * INTERVALS];
    hst_finality_row finality[2 * STUDIES];
    const char *text = NULL;
    fill(studies, line, finality);
    hst_result *result = create(folder);
    rows(result, HST_RARE_TABLE_STUDY, studies, STUDIES);
    rows(result, HST_RARE_TABLE_TIMELINE, line, STUDIES * INTERVALS);
    rows(result, HST_RARE_TABLE_FINALITY, finality, 2 * STUDIES);
    (void)finish_or_fail(result);
    json_t *data = report_of(folder, &text);
    json_t *table = picture(data, "Side by side");
    assert_int_equal(json_array_size(json_object_get(table, "rows")), 2);
    expect(cell(table, 0, 1), 0.125);
    expect(cell(table, 1, 2), 0.35);
    expect(cell(table, 1, 5), 3.5);
    json_t *decided = picture(data, "Payments decided");
    expect(cell(decided, 0, 1), 100);
    expect(cell(decided, 0, 2), 75);
    /* A study that could not be has no bar; one that never recovered neither. */
    assert_true(
        json_is_null(json_array_get(json_array_get(json_object_get(decided, "rows"), 1), 2)));
    assert_true(json_is_null(json_array_get(
        json_array_get(json_object_get(picture(data, "Time to recover"), "rows"), 0), 2)));
    assert_non_null(strstr(text, "1 of 4 studies could not be"));
    /* The curve of finality begins at nothing and ends at everything. */
    json_t *curve = picture(data, "Which share is final after how long");
    const size_t last = json_array_size(json_object_get(curve, "rows")) - 1;
    expect(cell(curve, 0, 1), 0);
    expect(cell(curve, last, 1), 100);
    for (size_t r = 1; r <= last; r++) {
        assert_true(cell(curve, r, 1) >= cell(curve, r - 1, 1));
    }
    /* Offered 6,000 in a minute and decided as fast: nothing ever waits. */
    json_t *waiting = picture(data, "Payments that wait while the replicas are cut in half");
    assert_int_equal(json_array_size(json_object_get(waiting, "rows")), INTERVALS);
    for (size_t r = 0; r < INTERVALS; r++) {
        expect(cell(waiting, r, 1), 0);
    }
    json_decref(data);
    free((void *)(uintptr_t)text);
}

static void rows_of_any_content_do_no_harm(void **state)
{
    const test_folder *folder = *state;
    const char *text = NULL;
    for (unsigned byte = 0; byte < 256; byte += 51) {
        hst_result *result = create(folder);
        for (unsigned t = 0; t < HST_RARE_TABLE_COUNT; t++) {
            static unsigned char bytes[5 * 512];
            assert_true(hst_schema_rare((hst_rare_table)t)->row_size <= 512);
            memset(bytes, (int)byte, sizeof bytes);
            rows(result, (hst_rare_table)t, bytes, 5);
        }
        (void)finish_or_fail(result);
        json_t *data = report_of(folder, &text);
        json_decref(data);
        free((void *)(uintptr_t)text);
        assert_int_equal(unlink(folder->path), 0);
    }
}

static void a_study_is_not_compared_with_other_results(void **state)
{
    const test_folder *folder = *state;
    hst_error error = {.status = HST_OK};
    char html[TEST_PATH_SIZE];
    const char *results[] = {folder->path, folder->path};
    (void)finish_or_fail(create(folder));
    (void)snprintf(html, sizeof html, "%s.html", folder->folder);
    assert_int_equal(hst_report_write(results, 2, html, hst_os_memory(), &error), HST_INVALID);
    assert_non_null(strstr(error.text, "a report of its own"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, drop_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(pages_show_what_the_studies_hold),
        TEST(rows_of_any_content_do_no_harm),
        TEST(a_study_is_not_compared_with_other_results),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
