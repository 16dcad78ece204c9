/* Tables to returns, and what is said about bad ones. */
#include "sim/forecast/series.h"
#include "sim/statistics/statistics.h"

#include "tests/unit/forecast/support.h"

#include <string.h>

/* One table, read. */
typedef struct table {
    hst_inputs *inputs;
    hst_arena arena;
    hst_series series;
    hst_error error;
    hst_status status;
} table;

static void read_text(table *t, const char *text)
{
    hst_arena_init(&t->arena, hst_os_memory(), 1 << 16);
    hst_error_clear(&t->error);
    assert_int_equal(hst_inputs_create_empty(hst_os_memory(), &t->inputs, &t->error), HST_OK);
    assert_int_equal(hst_inputs_add(t->inputs, "mine.csv", text, strlen(text), &t->error), HST_OK);
    t->status = hst_series_read(t->inputs, "mine.csv", &t->arena, &t->series, &t->error);
}

static void drop(table *t)
{
    hst_inputs_destroy(t->inputs);
    hst_arena_release(&t->arena);
}

static void returns_are_taken_as_they_stand(void **state)
{
    (void)state;
    table t;
    read_text(&t, "# note\nreturn\n0.5\n-1.25\n0\n");
    assert_int_equal(t.status, HST_OK);
    assert_int_equal(t.series.count, 3);
    assert_near(t.series.returns[1], -1.25, 0.0);
    assert_string_equal(t.series.name, "mine.csv");
    drop(&t);
}

static void rates_become_log_returns_and_gaps_are_left_out(void **state)
{
    (void)state;
    table t;
    read_text(&t, "rate\n1.0\n1.1\n1.21\n");
    assert_int_equal(t.series.count, 2);
    assert_near(t.series.returns[0], 100 * log(1.1), 1e-12);
    assert_near(t.series.returns[1], 100 * log(1.1), 1e-12);
    drop(&t);
    read_text(&t, "date,rate\n2024-01-01,1\n2024-01-08,2\n2024-01-16,3\n2024-01-17,3\n");
    assert_int_equal(t.status, HST_OK);
    assert_int_equal(t.series.count, 2); /* the step of eight days is left out */
    assert_near(t.series.returns[0], 100 * log(2), 1e-12);
    assert_near(t.series.returns[1], 0.0, 0.0);
    drop(&t);
}

static void a_bad_table_is_named_by_line_and_column(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int line, column;
        const char *says;
    } cases[] = {
        {"return\n0.5\nhalf\n", 3, 1, "got \"half\""},
        {"rate\n1\n-2\n", 3, 1, "a rate above zero"},
        {"date,rate\n2024-01-02,1\n2024-01-02,2\n", 3, 1, "a date after the row before"},
        {"date,return\n2024-01-02,1\n2024-01-03,\n", 3, 12, "return"},
        {"close\n1\n", 1, 1, "expected a header"},
        {"rate,return\n1,1\n", 1, 1, "expected a header"},
    };
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        table t;
        read_text(&t, cases[c].text);
        print_message("%d:%d: %s\n", t.error.line, t.error.column, t.error.text);
        assert_int_not_equal(t.status, HST_OK);
        assert_int_equal(t.error.line, cases[c].line);
        assert_int_equal(t.error.column, cases[c].column);
        assert_non_null(strstr(t.error.text, cases[c].says));
        assert_string_equal(t.error.file, "mine.csv");
        drop(&t);
    }
}

static void the_committed_rates_give_a_series_a_currency(void **state)
{
    (void)state;
    hst_inputs *inputs = NULL;
    hst_arena arena;
    hst_error error;
    hst_series *all = NULL;
    size_t count = 0;
    hst_error_clear(&error);
    hst_arena_init(&arena, hst_os_memory(), 1 << 16);
    assert_int_equal(
        hst_inputs_create_from_disk(hst_os_memory(), "scenarios/data", &inputs, &error), HST_OK);
    assert_int_equal(hst_series_of_rates(inputs, "fx_daily.csv", 500, &arena, &all, &count, &error),
                     HST_OK);
    assert_int_equal(count, 36);
    for (size_t i = 0; i < count; i++) {
        assert_true(all[i].count >= 500);
        assert_true(hst_mean(all[i].returns, all[i].count) < 1.0);
    }
    assert_int_equal(
        hst_series_of_rates(inputs, "fx_daily.csv", 2000, &arena, &all, &count, &error), HST_OK);
    assert_true(count < 36 && count > 30);
    hst_arena_release(&arena);
    hst_inputs_destroy(inputs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(returns_are_taken_as_they_stand),
        cmocka_unit_test(rates_become_log_returns_and_gaps_are_left_out),
        cmocka_unit_test(a_bad_table_is_named_by_line_and_column),
        cmocka_unit_test(the_committed_rates_give_a_series_a_currency),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
