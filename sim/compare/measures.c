#include "sim/compare/measures.h"

#include "core/base/assert.h"

#include "sim/metrics/result_file.h"

#include <stdio.h>
#include <string.h>

enum { JSON_SIZE_MAX = 256 * 1024 * 1024 };

void hst_measures_release(hst_measures *measures)
{
    hst_arena_release(&measures->arena);
}

const hst_measure *hst_measures_find(const hst_measures *measures, const char *name)
{
    for (size_t i = 0; i < measures->count; i++) {
        if (strcmp(measures->items[i].name, name) == 0) {
            return &measures->items[i];
        }
    }
    return NULL;
}

/** A copy of a padded text, with a NUL, or NULL. */
static const char *keep(hst_arena *arena, const char *text, size_t size)
{
    const size_t length = strnlen(text, size);
    char *copy = hst_arena_alloc(arena, length + 1, 1);
    return copy != NULL ? memcpy(copy, text, length) : NULL; /* the arena is zeroed */
}

/** What of /meta is compared: attributes of a run that say what was run, and its digest. */
static const struct {
    const char *name;
    hst_measure_kind kind;
} meta[] = {{"scenario_name", HST_MEASURE_INPUT}, {"seed", HST_MEASURE_INPUT},
            {"replication", HST_MEASURE_INPUT},   {"override_count", HST_MEASURE_INPUT},
            {"version", HST_MEASURE_INPUT},       {"run_digest", HST_MEASURE_TEXT}};

static hst_status add_meta(hst_result_file *file, hst_measures *out)
{
    for (size_t i = 0; i < sizeof meta / sizeof meta[0]; i++) {
        char text[256] = "";
        int64_t number = 0;
        if (hst_result_file_attribute_text(file, "/meta", meta[i].name, text, sizeof text) !=
            HST_OK) {
            if (hst_result_file_attribute_i64(file, "/meta", meta[i].name, &number) != HST_OK) {
                continue;
            }
            (void)snprintf(text, sizeof text, "%lld", (long long)number);
        }
        hst_measure *one = &out->items[out->count];
        *one = (hst_measure){.name = meta[i].name,
                             .unit = "",
                             .text = keep(&out->arena, text, sizeof text),
                             .kind = meta[i].kind};
        if (one->text == NULL) {
            return HST_NO_MEMORY;
        }
        out->count++;
    }
    return HST_OK;
}

static hst_status from_result(hst_result_file *file, hst_measures *out, hst_error *error)
{
    const uint64_t rows = hst_result_file_row_count(file, HST_TABLE_METRIC);
    hst_metric_row *metrics = HST_ARENA_NEW(&out->arena, hst_metric_row, rows);
    out->items = HST_ARENA_NEW(&out->arena, hst_measure, rows + sizeof meta / sizeof meta[0]);
    if (metrics == NULL || out->items == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "no memory for %llu figures",
                             (unsigned long long)rows);
    }
    HST_TRY(hst_result_file_read_rows(file, HST_TABLE_METRIC, 0, rows, metrics, error));
    HST_TRY(add_meta(file, out));
    for (uint64_t i = 0; i < rows; i++) {
        hst_measure *one = &out->items[out->count];
        *one = (hst_measure){.name = keep(&out->arena, metrics[i].name, sizeof metrics[i].name),
                             .unit = keep(&out->arena, metrics[i].unit, sizeof metrics[i].unit),
                             .text = "",
                             .kind = HST_MEASURE_FIGURE,
                             .value = metrics[i].value};
        if (one->name == NULL || one->unit == NULL) {
            return hst_error_set(error, HST_NO_MEMORY, "no memory for figures");
        }
        out->count++;
    }
    return HST_OK;
}

static hst_status
read_result(const char *path, hst_memory memory, hst_measures *out, hst_error *error)
{
    hst_result_file *file = NULL;
    HST_TRY(hst_result_open(path, memory, &file, error));
    hst_measures read = {.is_bench = false};
    hst_arena_init(&read.arena, memory, 65536);
    const hst_status status = from_result(file, &read, error);
    hst_result_file_close(file);
    if (status != HST_OK) {
        hst_arena_release(&read.arena);
        return status;
    }
    *out = read;
    return HST_OK;
}

/** The whole stream into the arena with a NUL behind it. */
static hst_status read_all(
    FILE *stream, const char *path, hst_arena *arena, char **bytes, size_t *size, hst_error *error)
{
    const long length = fseek(stream, 0, SEEK_END) == 0 ? ftell(stream) : -1;
    if (length < 0 || fseek(stream, 0, SEEK_SET) != 0) {
        return hst_error_at(error, HST_IO, path, 0, 0, "cannot be read");
    }
    if (length > JSON_SIZE_MAX) {
        return hst_error_at(error, HST_CORRUPT, path, 0, 0, "too large for a benchmark file");
    }
    *size = (size_t)length;
    *bytes = hst_arena_alloc(arena, *size + 1, 1);
    if (*bytes == NULL) {
        return hst_error_at(error, HST_NO_MEMORY, path, 0, 0, "no memory for the file");
    }
    return fread(*bytes, 1, *size, stream) == *size
               ? HST_OK
               : hst_error_at(error, HST_IO, path, 0, 0, "cannot be read");
}

hst_status
hst_measures_read(const char *path, hst_memory memory, hst_measures *out, hst_error *error)
{
    hst_assert(path != NULL);
    FILE *stream = fopen(path, "rb");
    if (stream == NULL) {
        return hst_error_at(error, HST_IO, path, 0, 0, "cannot be opened");
    }
    /* JSON begins with a brace, perhaps after blanks; everything else is the result reader's to
     * judge, which says what is wrong with it. */
    int first = fgetc(stream);
    while (first == ' ' || first == '\t' || first == '\r' || first == '\n') {
        first = fgetc(stream);
    }
    if (first != '{') {
        (void)fclose(stream);
        return read_result(path, memory, out, error);
    }
    hst_arena arena;
    hst_arena_init(&arena, memory, 65536);
    char *bytes = NULL;
    size_t size = 0;
    hst_status status = read_all(stream, path, &arena, &bytes, &size, error);
    (void)fclose(stream);
    if (status == HST_OK) {
        status = hst_measures_parse_bench(path, bytes, size, memory, out, error);
    }
    hst_arena_release(&arena);
    return status;
}
