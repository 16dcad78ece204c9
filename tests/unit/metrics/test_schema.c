#include "sim/metrics/schema.h"

#include "tests/unit/metrics/metrics_test.h"

/* Tables, rare tables, bins. */
enum { ALL = HST_TABLE_COUNT + HST_RARE_TABLE_COUNT + 1 };

static const hst_table_schema *table_at(unsigned index)
{
    return index < HST_TABLE_COUNT ? hst_schema_table((hst_result_table)index)
           : index < ALL - 1       ? hst_schema_rare((hst_rare_table)(index - HST_TABLE_COUNT))
                                   : hst_schema_histogram();
}

static void columns_tile_their_row_without_holes(void **state)
{
    (void)state;
    for (unsigned t = 0; t < ALL; t++) {
        const hst_table_schema *table = table_at(t);
        uint32_t at = 0;
        for (uint32_t c = 0; c < table->column_count; c++) {
            assert_int_equal(table->columns[c].offset, at);
            at += table->columns[c].size;
        }
        assert_int_equal(at, table->row_size);
    }
}

static void columns_have_the_size_of_their_type_and_words_where_due(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {1, 2, 4, 8, 8, 8, 0, 0, 32};
    for (unsigned t = 0; t < ALL; t++) {
        const hst_table_schema *table = table_at(t);
        for (uint32_t c = 0; c < table->column_count; c++) {
            const hst_column *column = &table->columns[c];
            assert_int_equal(column->type == HST_COLUMN_ENUM, column->words != NULL);
            if (column->type == HST_COLUMN_ENUM) {
                assert_true(column->size == 1 || column->size == 4);
            } else if (column->type != HST_COLUMN_TEXT) {
                assert_int_equal(column->size, sizes[column->type]);
            }
        }
    }
}

/* The attribute `columns` holds names of 32, units of 16, descriptions of 96 bytes. */
static void texts_fit_the_file_and_are_one_line(void **state)
{
    (void)state;
    for (unsigned t = 0; t < ALL; t++) {
        const hst_table_schema *table = table_at(t);
        assert_true(strlen(table->path) < HST_RESULT_PATH_MAX);
        for (uint32_t c = 0; c < table->column_count; c++) {
            const hst_column *column = &table->columns[c];
            assert_in_range(strlen(column->name), 1, 32);
            assert_in_range(strlen(column->unit), 1, 16);
            assert_in_range(strlen(column->description), 1, 96);
            assert_null(strpbrk(column->description, "\n|"));
            assert_int_equal(hst_schema_column(table, column->name), c);
        }
        assert_int_equal(hst_schema_column(table, "no such column"), table->column_count);
    }
}

static void paths_are_unique_and_found(void **state)
{
    (void)state;
    for (unsigned t = 0; t < HST_TABLE_COUNT; t++) {
        assert_int_equal(hst_schema_find(hst_schema_table((hst_result_table)t)->path), t);
    }
    for (unsigned t = 0; t < HST_RARE_TABLE_COUNT; t++) {
        const char *path = hst_schema_rare((hst_rare_table)t)->path;
        assert_true(hst_schema_is_rare(path));
        assert_int_equal(hst_schema_find(path), HST_TABLE_COUNT);
    }
    assert_true(hst_schema_is_rare("/routing/courses"));
    assert_false(hst_schema_is_rare("/payments"));
    assert_int_equal(hst_schema_find("/nothing"), HST_TABLE_COUNT);
    assert_int_equal(hst_schema_find(""), HST_TABLE_COUNT);
}

static void words_are_numbered_from_zero_without_gaps(void **state)
{
    (void)state;
    size_t count = 0;
    const hst_enum_words *const *words = hst_schema_words(&count);
    assert_true(count > 0);
    for (size_t w = 0; w < count; w++) {
        for (size_t i = 0; i < words[w]->count; i++) {
            assert_int_equal(words[w]->values[i].number, i);
            for (size_t j = 0; j < i; j++) {
                assert_string_not_equal(words[w]->values[i].text, words[w]->values[j].text);
            }
        }
    }
}

static void hot_rows_fill_whole_cache_lines(void **state)
{
    (void)state;
    assert_int_equal(hst_schema_table(HST_TABLE_PAYMENT)->row_size, 128);
    assert_int_equal(hst_schema_table(HST_TABLE_HOP)->row_size, 64);
}

/* HST_GOLDEN_UPDATE=1 rewrites the page; whoever commits it has read it. */
static void the_reference_page_is_what_the_tables_say(void **state)
{
    (void)state;
    static const char page[] = "docs/reference/results.md";
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    assert_int_equal(hst_schema_markdown(stream), HST_OK);
    assert_int_equal(fclose(stream), 0);
    if (golden_update()) {
        write_file(page, text, size);
    }
    size_t stored_size = 0;
    unsigned char *stored = read_file(page, &stored_size);
    if (stored_size != size || memcmp(stored, text, size) != 0) {
        fail_msg("%s is out of date: run this test with HST_GOLDEN_UPDATE=1", page);
    }
    free(stored);
    free(text);
}

static void a_stream_that_fails_is_told(void **state)
{
    (void)state;
    FILE *full = fopen("/dev/full", "w");
    if (full == NULL) {
        skip();
    }
    assert_int_equal(setvbuf(full, NULL, _IONBF, 0), 0);
    assert_int_equal(hst_schema_markdown(full), HST_IO);
    (void)fclose(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_tile_their_row_without_holes),
        cmocka_unit_test(columns_have_the_size_of_their_type_and_words_where_due),
        cmocka_unit_test(texts_fit_the_file_and_are_one_line),
        cmocka_unit_test(paths_are_unique_and_found),
        cmocka_unit_test(words_are_numbered_from_zero_without_gaps),
        cmocka_unit_test(hot_rows_fill_whole_cache_lines),
        cmocka_unit_test(the_reference_page_is_what_the_tables_say),
        cmocka_unit_test(a_stream_that_fails_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
