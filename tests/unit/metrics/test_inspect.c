#include "sim/metrics/inspect.h"

#include "tests/unit/metrics/metrics_test.h"

#include <math.h>

#include <jansson.h>

/* A result with figures a person would want, and a text that would move a cursor. */
static void write_sample(const char *path)
{
    hst_result *result = create_or_fail(path, 1, 0);
    append_row(result, HST_TABLE_PAYMENT, 0);
    hst_result_attribute_text(result, "/meta", "scenario", "g20-baseline");
    hst_result_attribute_i64(result, "/meta", "seed", 1974);
    hst_result_attribute_text(
        result, "/meta", "title",
        "evil \x1b[2J title that goes on and on and on and on, far beyond the "
        "width of any terminal anyone still uses");
    hst_result_attribute_f64(result, "/meta/host", "wall_seconds", 1.5);
    hst_result_metric(result, "payments.completed", "payments", 98123.0, "credited in time");
    hst_result_metric(result, "cost.mean", "bp", 142.25, "all-in cost");
    hst_result_metric(result, "nothing.known", "ratio", (double)NAN, "no data");
    hst_result_invariant(result, "ledger conserves value", "sums per currency", 120, 0,
                         HST_NEVER_NS);
    hst_result_invariant(result, "no negative balance", "balances", 60, 2, 5000);
    hst_target_row target = {.measured = 0.5, .published = 0.75, .bound = HST_ROW_BOUND_AT_LEAST};
    hst_result_put_text(target.name, sizeof target.name, "within hour");
    hst_result_put_text(target.unit, sizeof target.unit, "ratio");
    hst_result_append_target(result, &target);
    (void)finish_or_fail(result);
}

static char *render(const test_folder *folder, bool as_json)
{
    write_sample(folder->path);
    hst_result_file *file = open_or_fail(folder->path);
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    hst_error error = {.status = HST_OK};
    const hst_status status =
        as_json ? hst_inspect_json(file, "results/run.h5", hst_os_memory(), stream, &error)
                : hst_inspect_print(file, "results/run.h5", hst_os_memory(), stream, &error);
    assert_int_equal(status, HST_OK);
    assert_int_equal(fclose(stream), 0);
    hst_result_file_close(file);
    return text;
}

static void people_get_lines_of_at_most_80_characters(void **state)
{
    char *text = render(*state, false);
    for (const char *line = text; *line != '\0';) {
        const char *end = strchr(line, '\n');
        assert_non_null(end);
        assert_in_range(end - line, 0, HST_INSPECT_WIDTH);
        for (const char *c = line; c < end; c++) {
            assert_true((unsigned char)*c >= 0x20);
        }
        line = end + 1;
    }
    free(text);
}

static void people_get_summary_invariants_and_contents(void **state)
{
    char *text = render(*state, false);
    static const char *const expected[] = {
        "results/run.h5\n",
        "  schema 1, complete, undamaged, ",
        "  scenario                  g20-baseline\n",
        "  seed                      1974\n",
        "  wall_seconds              1.5\n",
        "  payments.completed                          98123 payments\n",
        "  cost.mean                                   142.25 bp\n",
        "  within hour                                 0.5 >= 0.75 ratio  missed\n",
        "  ledger conserves value                      120 checked, holds\n",
        "  no negative balance                         60 checked, BROKEN 2 times\n",
        "  /payments                                   1 rows, 128 B\n",
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        if (strstr(text, expected[i]) == NULL) {
            fail_msg("\"%s\" is not in:\n%s", expected[i], text);
        }
    }
    free(text);
}

static void machines_get_one_json_object(void **state)
{
    char *text = render(*state, true);
    json_error_t where;
    json_t *root = json_loads(text, 0, &where);
    if (root == NULL) {
        fail_msg("line %d: %s", where.line, where.text);
    }
    const json_t *metrics = json_object_get(root, "metrics");
    const json_t *completed = json_object_get(metrics, "payments.completed");
    assert_true(same_real(json_real_value(json_object_get(completed, "value")), 98123.0));
    assert_string_equal(json_string_value(json_object_get(completed, "unit")), "payments");
    assert_true(json_is_null(json_object_get(json_object_get(metrics, "nothing.known"), "value")));
    const json_t *invariants = json_object_get(root, "invariants");
    assert_int_equal(json_integer_value(json_object_get(invariants, "checked")), 180);
    assert_int_equal(json_integer_value(json_object_get(invariants, "violated")), 2);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(root, "meta"), "seed")),
                     1974);
    assert_int_equal(strlen(json_string_value(json_object_get(root, "digest"))), 64);
    assert_true(json_array_size(json_object_get(root, "contents")) > HST_TABLE_COUNT);
    assert_true(
        json_is_false(json_object_get(json_array_get(json_object_get(root, "targets"), 0), "met")));
    json_decref(root);
    free(text);
}

static void a_stream_that_fails_is_told(void **state)
{
    const test_folder *folder = *state;
    write_sample(folder->path);
    FILE *full = fopen("/dev/full", "w");
    if (full == NULL) {
        skip();
    }
    hst_result_file *file = open_or_fail(folder->path);
    hst_error error = {.status = HST_OK};
    assert_int_equal(hst_inspect_print(file, "x", hst_os_memory(), full, &error), HST_IO);
    assert_int_equal(hst_inspect_json(file, "x", hst_os_memory(), full, &error), HST_IO);
    (void)fclose(full);
    hst_result_file_close(file);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, drop_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(people_get_lines_of_at_most_80_characters),
        TEST(people_get_summary_invariants_and_contents),
        TEST(machines_get_one_json_object),
        TEST(a_stream_that_fails_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
