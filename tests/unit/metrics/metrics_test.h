/* Shared by the tests of sim/metrics: a folder of their own, and a small result with a bit of
 * everything. */
#ifndef HST_TESTS_UNIT_METRICS_METRICS_TEST_H
#define HST_TESTS_UNIT_METRICS_METRICS_TEST_H

#include "core/base/random.h"

#include "sim/base/os_memory.h"
#include "sim/metrics/result.h"
#include "sim/metrics/result_file.h"
#include "sim/metrics/seal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { TEST_PATH_SIZE = 256 };

/* A fresh folder under the temporary one; `name` within it. */
typedef struct test_folder {
    char folder[64];
    char path[TEST_PATH_SIZE];    /* folder/run.h5 */
    char partial[TEST_PATH_SIZE]; /* folder/run.h5.partial */
} test_folder;

static inline int make_folder(void **state)
{
    test_folder *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return -1;
    }
    (void)snprintf(made->folder, sizeof made->folder, "/tmp/hst-metrics-XXXXXX");
    if (mkdtemp(made->folder) == NULL) {
        free(made);
        return -1;
    }
    (void)snprintf(made->path, sizeof made->path, "%s/run.h5", made->folder);
    (void)snprintf(made->partial, sizeof made->partial, "%s/run.h5.partial", made->folder);
    *state = made;
    return 0;
}

static inline int drop_folder(void **state)
{
    test_folder *made = *state;
    (void)unlink(made->path);
    (void)unlink(made->partial);
    const int failed = rmdir(made->folder);
    free(made);
    return failed;
}

/* Whether golden files are to be rewritten instead of compared. */
static inline bool golden_update(void)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread runs here */
    return getenv("HST_GOLDEN_UPDATE") != NULL;
}

/* Bit for bit: what was stored is what comes back. */
static inline bool same_real(double a, double b)
{
    uint64_t x = 0;
    uint64_t y = 0;
    memcpy(&x, &a, sizeof x);
    memcpy(&y, &b, sizeof y);
    return x == y;
}

static inline int file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

/* Row `index` of any table: every byte from a generator, then made valid where columns have a
 * meaning that the file format itself looks at (text is UTF-8, words are known). */
static inline void fill_row(hst_result_table table, uint64_t index, void *row)
{
    const hst_table_schema *schema = hst_schema_table(table);
    unsigned char *bytes = row;
    hst_random random = hst_random_stream((uint64_t)table, 0, index, 0);
    for (uint32_t i = 0; i < schema->row_size; i += 8) { /* rows are multiples of 8 bytes */
        const uint64_t word = hst_random_u64(&random);
        memcpy(bytes + i, &word, sizeof word);
    }
    for (uint32_t c = 0; c < schema->column_count; c++) {
        const hst_column *column = &schema->columns[c];
        unsigned char *at = bytes + column->offset;
        if (column->type == HST_COLUMN_TEXT) {
            char text[32];
            (void)snprintf(text, sizeof text, "%.*s%llu", (int)(column->size > 8 ? 3 : 1),
                           column->name, (unsigned long long)(index % 100));
            hst_result_put_text((char *)at, column->size, text);
        } else if (column->type == HST_COLUMN_ENUM) {
            const uint8_t number = column->words->values[at[0] % column->words->count].number;
            memset(at, 0, column->size);
            at[0] = number;
        } else if (column->type == HST_COLUMN_F64) {
            const double value = (double)index + 0.5;
            memcpy(at, &value, sizeof value);
        }
    }
}

/* Append row `index` to a table by its own function. */
static inline void append_row(hst_result *result, hst_result_table table, uint64_t index)
{
    _Alignas(64) unsigned char row[256];
    fill_row(table, index, row);
    switch (table) {
#define X(name, kind)                                                                              \
case HST_TABLE_##name:                                                                             \
    hst_result_append_##kind(result, (const hst_##kind##_row *)(const void *)row);                 \
    break;
        HST_TABLE_MAP(X)
#undef X
    case HST_TABLE_COUNT: break;
    }
}

/* A few rows in every table, attributes, a text, inputs, arrays, a histogram. */
static inline void fill_small(hst_result *result, uint64_t rows)
{
    for (unsigned t = 0; t < HST_TABLE_COUNT; t++) {
        for (uint64_t r = 0; t != HST_TABLE_DIGEST && r < rows; r++) {
            append_row(result, (hst_result_table)t, r);
        }
    }
    static const int64_t whole[] = {1, -2, 3};
    static const double real[] = {0.5, -1.25};
    hst_result_attribute_text(result, "/meta", "scenario", "small");
    hst_result_attribute_i64(result, "/meta", "seed", 1974);
    hst_result_attribute_f64(result, "/meta", "scale", 0.625);
    hst_result_text(result, "/meta/scenario", "schema: 1\n", 10, "the scenario as run");
    hst_result_input(result, "data/fx.csv", "a,b\n1,2\n", 8);
    hst_result_input(result, "data/empty.csv", NULL, 0);
    hst_result_array_i64(result, "/risk/steps", whole, 3, "ns", "steps");
    hst_result_array_f64(result, "/fx/shocks", real, 2, "ratio", "shocks");
    static hst_histogram histogram;
    hst_histogram_clear(&histogram);
    for (int64_t v = 1; v < 100000; v *= 3) {
        hst_histogram_record(&histogram, v);
    }
    hst_result_histogram(result, "time_to_credit", &histogram, "ns", "submission to credit");
}

static inline hst_result *create_or_fail(const char *path, unsigned threads, unsigned compression)
{
    const hst_result_options options = {
        .version = "0.1.0", .threads = threads, .compression = compression, .overwrite = true};
    hst_result *result = NULL;
    hst_error error = {.status = HST_OK};
    const hst_status status = hst_result_create(path, &options, hst_os_memory(), &result, &error);
    if (status != HST_OK) {
        fail_msg("create: %s", error.text);
    }
    return result;
}

static inline hst_hash finish_or_fail(hst_result *result)
{
    hst_hash digest = {{0}};
    hst_error error = {.status = HST_OK};
    if (hst_result_finish(result, &digest, &error) != HST_OK) {
        fail_msg("finish: %s", error.text);
    }
    return digest;
}

static inline hst_hash write_small(const char *path, unsigned threads, unsigned compression)
{
    hst_result *result = create_or_fail(path, threads, compression);
    fill_small(result, 3);
    return finish_or_fail(result);
}

static inline hst_result_file *open_or_fail(const char *path)
{
    hst_result_file *file = NULL;
    hst_error error = {.status = HST_OK};
    if (hst_result_open(path, hst_os_memory(), &file, &error) != HST_OK) {
        fail_msg("open: %s", error.text);
    }
    return file;
}

/* Open a file that must be refused; the error for a closer look. */
static inline hst_error open_refused(const char *path, hst_status expected)
{
    hst_result_file *file = NULL;
    hst_error error = {.status = HST_OK};
    const hst_status status = hst_result_open(path, hst_os_memory(), &file, &error);
    if (status != expected) {
        fail_msg("expected %s, got %s: %s", hst_status_name(expected), hst_status_name(status),
                 error.text);
    }
    assert_null(file);
    assert_string_equal(error.file, path);
    return error;
}

/* A whole file in memory; free() it. */
static inline unsigned char *read_file(const char *path, size_t *size)
{
    FILE *stream = fopen(path, "rb");
    assert_non_null(stream);
    assert_int_equal(fseek(stream, 0, SEEK_END), 0);
    const long length = ftell(stream);
    assert_true(length >= 0);
    rewind(stream);
    unsigned char *bytes = malloc((size_t)length + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, (size_t)length, stream), length);
    bytes[length] = 0;
    assert_int_equal(fclose(stream), 0);
    *size = (size_t)length;
    return bytes;
}

static inline void write_file(const char *path, const void *bytes, size_t size)
{
    FILE *stream = fopen(path, "wb");
    assert_non_null(stream);
    assert_int_equal(fwrite(bytes, 1, size, stream), size);
    assert_int_equal(fclose(stream), 0);
}

#endif
