#include "sim/base/calendar.h"
#include "sim/market/daily_table.h"

#include "tests/unit/market/world.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static hst_status read_text(world *w, const char *text, hst_daily_table *table)
{
    world_open_empty(w);
    world_put(w, "fx.csv", text);
    return hst_daily_table_read(w->inputs, "fx.csv", &w->arena, &w->scratch, table, &w->error);
}

static void table_holds_dates_and_scaled_rates_with_gaps(void **state)
{
    (void)state;
    world w;
    hst_daily_table table;
    assert_int_equal(read_text(&w,
                               "# note\ndate,EUR,JPY\n2025-01-02,0.9,150.123456\n"
                               "2025-01-03,,151\n",
                               &table),
                     HST_OK);
    assert_int_equal(table.currency_count, 2);
    assert_int_equal(table.row_count, 2);
    assert_string_equal(table.codes[1], "JPY");
    assert_int_equal(hst_daily_mid(&table, 0, 0), 900000000);
    assert_int_equal(hst_daily_mid(&table, 0, 1), INT64_C(150123456000));
    assert_int_equal(hst_daily_mid(&table, 1, 0), 0);
    world_close(&w);
}

static void rows_before_a_date_are_counted(void **state)
{
    (void)state;
    world w;
    hst_daily_table table;
    assert_int_equal(read_text(&w, "date,EUR\n2025-01-02,1\n2025-01-03,1\n2025-01-06,1\n", &table),
                     HST_OK);
    const int32_t second = hst_date_to_days((hst_date){2025, 1, 2});
    const uint32_t expected[] = {0, 0, 1, 2, 2, 2, 3, 3};
    for (int32_t i = 0; i < 8; i++) {
        assert_int_equal(hst_daily_rows_before(&table, second - 1 + i), expected[i]);
    }
    world_close(&w);
}

static void returns_bridge_short_gaps_and_leave_out_long_ones(void **state)
{
    (void)state;
    world w;
    hst_daily_table table;
    hst_daily_return returns[5];
    assert_int_equal(read_text(&w,
                               "date,EUR\n2025-01-02,1\n2025-01-03,\n2025-01-06,1.01\n"
                               "2025-01-20,2\n2025-01-21,2.02\n",
                               &table),
                     HST_OK);
    assert_int_equal(hst_daily_returns(&table, 0, 0, 5, returns), 2);
    assert_int_equal(returns[0].row, 2);
    assert_true(fabs(returns[0].change - 100.0 * log(1.01)) < 1e-12);
    assert_int_equal(returns[1].row, 4);
    world_close(&w);
}

static void bad_tables_are_refused_with_their_place(void **state)
{
    (void)state;
    const struct {
        const char *text;
        int line, column;
        const char *word;
    } cases[] = {
        {"date,EUR\n2025-01-02,x\n", 2, 12, "x"},
        {"date,EUR\n2025-01-02,-1\n", 2, 12, "above zero"},
        {"date,EUR\n2025-01-02,0\n", 2, 12, "above zero"},
        {"date,EUR\n2025-01-03,1\n2025-01-02,1\n", 3, 1, "after the row before"},
        {"date,EUR\n2025-02-30,1\n", 2, 1, "2025-02-30"},
        {"date,EURO\n2025-01-02,1\n", 0, 0, "EURO"},
        {"day,EUR\n2025-01-02,1\n", 0, 0, "date"},
        {"date\n2025-01-02\n", 0, 0, "currency"},
        {"date,EUR\n", 0, 0, "at least one day"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        world w;
        hst_daily_table table;
        assert_int_not_equal(read_text(&w, cases[i].text, &table), HST_OK);
        print_message("%s:%d:%d: %s\n", w.error.file, w.error.line, w.error.column, w.error.text);
        assert_int_equal(w.error.line, cases[i].line);
        assert_int_equal(w.error.column, cases[i].column);
        assert_non_null(strstr(w.error.text, cases[i].word));
        world_close(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_holds_dates_and_scaled_rates_with_gaps),
        cmocka_unit_test(rows_before_a_date_are_counted),
        cmocka_unit_test(returns_bridge_short_gaps_and_leave_out_long_ones),
        cmocka_unit_test(bad_tables_are_refused_with_their_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
