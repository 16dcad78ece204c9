#include "core/base/random.h"

#include "sim/base/csv.h"

#include "tests/support/expect_assert.h"
#include "tests/support/test_memory.h"

#include <stdio.h>

#define SEED UINT64_C(20260707)

typedef struct fixture {
    test_memory books;
    hst_arena arena;
    hst_csv csv;
    hst_error error;
} fixture;

static hst_status open_bytes(fixture *f, const char *bytes, size_t size)
{
    memset(f, 0, sizeof *f);
    f->books.fail_at = SIZE_MAX;
    hst_arena_init(&f->arena, test_memory_of(&f->books), 4096);
    return hst_csv_open(&f->csv, &f->arena, "t.csv", bytes, size, &f->error);
}

static hst_status open_text(fixture *f, const char *text)
{
    return open_bytes(f, text, strlen(text));
}

static void stop(fixture *f)
{
    hst_arena_release(&f->arena);
    assert_int_equal(f->books.held, 0);
}

static bool next(fixture *f)
{
    bool more = false;
    assert_int_equal(hst_csv_next(&f->csv, &more, &f->error), HST_OK);
    return more;
}

static void assert_error(const fixture *f, const char *expected)
{
    char text[HST_ERROR_PRINT_SIZE];
    hst_error_print(&f->error, text, sizeof text);
    assert_string_equal(text, expected);
}

static void rows_are_read_whatever_ends_their_lines(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "a,b\n1,2\n3,4\n",
        "a,b\r\n1,2\r\n3,4\r\n",
        "a,b\n1,2\n3,4",
        "a,b\n\n1,2\n\r\n3,4\n\n",
        "# licence: x, \"y\n# more\na,b\n1,2\n3,4\n",
        "\"a\",b\n\"1\",2\n3,\"4\"\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        static fixture f;
        assert_int_equal(open_text(&f, texts[i]), HST_OK);
        assert_int_equal(hst_csv_column_count(&f.csv), 2);
        uint32_t a = 9, b = 9;
        assert_int_equal(hst_csv_column(&f.csv, "a", &a, &f.error), HST_OK);
        assert_int_equal(hst_csv_column(&f.csv, "b", &b, &f.error), HST_OK);
        for (int64_t row = 0; row < 2; row++) {
            int64_t x = 0, y = 0;
            assert_true(next(&f));
            assert_int_equal(hst_csv_int64(&f.csv, a, 0, 9, &x, &f.error), HST_OK);
            assert_int_equal(hst_csv_int64(&f.csv, b, 0, 9, &y, &f.error), HST_OK);
            assert_int_equal(x, 1 + 2 * row);
            assert_int_equal(y, 2 + 2 * row);
        }
        assert_false(next(&f));
        assert_false(next(&f));
        stop(&f);
    }
}

static void quotes_hold_commas_lines_and_quotes(void **state)
{
    (void)state;
    static fixture f;
    assert_int_equal(open_text(&f, "a,b\n\"x, y\",\"say \"\"no\"\"\"\n\"two\nlines\",\"\"\n#n,\n"),
                     HST_OK);
    assert_true(next(&f));
    assert_true(hst_text_equals(hst_csv_text(&f.csv, 0), "x, y"));
    assert_true(hst_text_equals(hst_csv_text(&f.csv, 1), "say \"no\""));
    assert_int_equal(hst_csv_line(&f.csv), 2);
    assert_true(next(&f));
    assert_true(hst_text_equals(hst_csv_text(&f.csv, 0), "two\nlines"));
    assert_true(hst_csv_blank(&f.csv, 1));
    assert_int_equal(hst_csv_line(&f.csv), 3);
    assert_true(next(&f)); /* '#' is data behind the header */
    assert_true(hst_text_equals(hst_csv_text(&f.csv, 0), "#n"));
    assert_int_equal(hst_csv_line(&f.csv), 5);
    assert_false(next(&f));
    stop(&f);
}

static void damaged_headers_are_refused_with_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *error;
    } cases[] = {
        {"", "t.csv: has no header line"},
        {"\n# only notes", "t.csv: has no header line"},
        {"\xef\xbb\xbf"
         "a,b\n",
         "t.csv:1:1: starts with a byte-order mark, save it as plain UTF-8"},
        {"a,,c\n", "t.csv:1:3: column 2 has no name"},
        {"# x\na,b,a\n", "t.csv:2:5: two columns are named \"a\""},
        {"a,\"b\n", "t.csv:1:3: this quote is never closed"},
        {"a,b\"\n", "t.csv:1:4: a quote may only open a cell, double it inside quotes"},
        {"a\rb\n", "t.csv:1:2: carriage return without line feed"},
        {"\"a\"b\n", "t.csv:1:4: expected a comma or the end of the line after a quote"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        static fixture f;
        assert_int_equal(open_text(&f, cases[i].text), HST_INVALID);
        assert_error(&f, cases[i].error);
        stop(&f);
    }
    static fixture f;
    assert_int_equal(open_bytes(&f, "a\0b\n", 4), HST_INVALID);
    assert_error(&f, "t.csv:1:2: unexpected NUL byte");
    stop(&f);
    assert_int_equal(open_bytes(&f, "\"a\0\"\n", 5), HST_INVALID);
    assert_error(&f, "t.csv:1:3: unexpected NUL byte");
    stop(&f);
}

static void damaged_rows_are_refused_with_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *error;
    } cases[] = {
        {"a,b\n1\n", "t.csv:2:1: expected 2 cells as in the header, got 1"},
        {"a,b\n1,2,3\n", "t.csv:2:1: expected 2 cells as in the header, got 3"},
        {"a,b\n\n1,\"x\n\ny\n", "t.csv:3:3: this quote is never closed"},
        {"a,b\n\"x\ny\"z,1\n", "t.csv:3:3: expected a comma or the end of the line after a quote"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        static fixture f;
        bool more = false;
        assert_int_equal(open_text(&f, cases[i].text), HST_OK);
        assert_int_equal(hst_csv_next(&f.csv, &more, &f.error), HST_INVALID);
        assert_error(&f, cases[i].error);
        stop(&f);
    }
}

static void typed_cells_name_column_and_expectation(void **state)
{
    (void)state;
    static fixture f;
    assert_int_equal(open_text(&f, "n,x,d\n 12 ,0.9788945,1974-06-26\n12x,1e400,1974-13-01\n"),
                     HST_OK);
    int64_t n = 0;
    int32_t days = 0;
    double x = 0;
    assert_true(next(&f));
    assert_int_equal(hst_csv_int64(&f.csv, 0, 12, 12, &n, &f.error), HST_OK);
    assert_int_equal(n, 12);
    assert_int_equal(hst_csv_fixed(&f.csv, 1, 9, &n, &f.error), HST_OK);
    assert_int_equal(n, 978894500);
    assert_int_equal(hst_csv_fixed_half_even(&f.csv, 1, 3, &n, &f.error), HST_OK);
    assert_int_equal(n, 979);
    assert_int_equal(hst_csv_double(&f.csv, 1, &x, &f.error), HST_OK);
    assert_int_equal(hst_csv_date(&f.csv, 2, &days, &f.error), HST_OK);
    assert_int_equal(days, 1637);
    assert_int_equal(hst_csv_int64(&f.csv, 0, 0, 11, &n, &f.error), HST_OVERFLOW);
    assert_error(&f, "t.csv:2:1: column n: expected a whole number in [0, 11], got \" 12 \"");
    assert_int_equal(hst_csv_fixed(&f.csv, 1, 3, &n, &f.error), HST_INVALID);
    assert_error(&f, "t.csv:2:6: column x: expected a decimal number with at most 3 decimals, "
                     "got \"0.9788945\"");
    assert_true(next(&f));
    assert_int_equal(hst_csv_int64(&f.csv, 0, 0, 99, &n, &f.error), HST_INVALID);
    assert_error(&f, "t.csv:3:1: column n: expected a whole number in [0, 99], got \"12x\"");
    assert_int_equal(hst_csv_double(&f.csv, 1, &x, &f.error), HST_OVERFLOW);
    assert_int_equal(hst_csv_date(&f.csv, 2, &days, &f.error), HST_INVALID);
    assert_error(&f, "t.csv:3:11: column d: expected a date YYYY-MM-DD, got \"1974-13-01\"");
    assert_int_equal(hst_csv_fixed_half_even(&f.csv, 0, 2, &n, &f.error), HST_INVALID);
    assert_int_equal(
        hst_csv_refuse(&f.csv, 0, HST_NOT_FOUND, "a currency of the scenario", &f.error),
        HST_NOT_FOUND);
    assert_error(&f, "t.csv:3:1: column n: expected a currency of the scenario, got \"12x\"");
    assert_int_equal(n, 979);
    stop(&f);
}

static void columns_are_found_by_name(void **state)
{
    (void)state;
    static fixture f;
    uint32_t column = 7;
    assert_int_equal(open_text(&f, "date,EUR,JPY\n"), HST_OK);
    assert_int_equal(hst_csv_find_column(&f.csv, "JPY"), 2);
    assert_int_equal(hst_csv_find_column(&f.csv, "jpy"), HST_CSV_NO_COLUMN);
    assert_true(hst_text_equals(hst_csv_column_name(&f.csv, 1), "EUR"));
    assert_int_equal(hst_csv_column(&f.csv, "GBP", &column, &f.error), HST_NOT_FOUND);
    assert_error(&f, "t.csv: has no column \"GBP\"");
    assert_int_equal(column, 7);
    expect_assert_fires((void)hst_csv_column_name(&f.csv, 3));
    stop(&f);
}

static void the_widest_table_fits_and_one_column_more_does_not(void **state)
{
    (void)state;
    static fixture f;
    static char text[HST_CSV_COLUMN_MAX * 6 + 8];
    size_t used = 0;
    for (int i = 0; i < HST_CSV_COLUMN_MAX; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "%sc%d", i > 0 ? "," : "", i);
    }
    assert_int_equal(open_text(&f, text), HST_OK);
    assert_int_equal(hst_csv_column_count(&f.csv), HST_CSV_COLUMN_MAX);
    stop(&f);
    memcpy(text + used, ",x", 3);
    assert_int_equal(open_text(&f, text), HST_FULL);
    stop(&f);
}

static void no_memory_for_a_quoted_cell_is_reported(void **state)
{
    (void)state;
    static fixture f;
    bool more = false;
    assert_int_equal(open_text(&f, "a\n\"x\"\"y\"\n"), HST_OK);
    f.books.fail_at = 0;
    assert_int_equal(hst_csv_next(&f.csv, &more, &f.error), HST_NO_MEMORY);
    stop(&f);
}

/* A writer that quotes everything it must and some that it need not: what it wrote is read. */
static void random_tables_are_read_back(void **state)
{
    (void)state;
    enum { ROWS = 20, COLUMNS = 5, CELL = 12 };
    static const char alphabet[] = "ab,\"\n\r #1.";
    for (uint32_t round = 0; round < 200; round++) {
        hst_random draws = hst_random_stream(SEED, round, 0, 0);
        static char cells[ROWS][COLUMNS][CELL];
        static char text[ROWS * COLUMNS * CELL * 3];
        size_t used = 0;
        const char *eol = hst_random_below(&draws, 2) == 0 ? "\n" : "\r\n";
        used += (size_t)sprintf(text, "# note%sa,b,c,d,e%s", eol, eol);
        for (int row = 0; row < ROWS; row++) {
            for (int column = 0; column < COLUMNS; column++) {
                char *cell = cells[row][column];
                const size_t length = hst_random_below(&draws, CELL);
                for (size_t i = 0; i < length; i++) {
                    cell[i] = alphabet[hst_random_below(&draws, sizeof alphabet - 1)];
                }
                cell[length] = '\0';
                const bool quoted =
                    strpbrk(cell, ",\"\n\r") != NULL || hst_random_below(&draws, 4) == 0;
                used +=
                    (size_t)sprintf(text + used, "%s%s", column > 0 ? "," : "", quoted ? "\"" : "");
                for (size_t i = 0; i < length; i++) {
                    if (cell[i] == '"') {
                        text[used++] = '"';
                    }
                    text[used++] = cell[i];
                }
                used += (size_t)sprintf(text + used, "%s", quoted ? "\"" : "");
            }
            used += (size_t)sprintf(text + used, "%s", eol);
        }
        static fixture f;
        assert_int_equal(open_bytes(&f, text, used), HST_OK);
        for (int row = 0; row < ROWS; row++) {
            assert_true(next(&f));
            for (uint32_t column = 0; column < COLUMNS; column++) {
                if (!hst_text_equals(hst_csv_text(&f.csv, column), cells[row][column])) {
                    fail_msg("seed %llu round %u row %d column %u", (unsigned long long)SEED, round,
                             row, column);
                }
            }
        }
        assert_false(next(&f));
        stop(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_read_whatever_ends_their_lines),
        cmocka_unit_test(quotes_hold_commas_lines_and_quotes),
        cmocka_unit_test(damaged_headers_are_refused_with_their_place),
        cmocka_unit_test(damaged_rows_are_refused_with_their_place),
        cmocka_unit_test(typed_cells_name_column_and_expectation),
        cmocka_unit_test(columns_are_found_by_name),
        cmocka_unit_test(the_widest_table_fits_and_one_column_more_does_not),
        cmocka_unit_test(no_memory_for_a_quoted_cell_is_reported),
        cmocka_unit_test(random_tables_are_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
