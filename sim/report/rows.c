/* What pages share: reading whole small tables, and adding words and pictures. */
#include "core/base/assert.h"

#include "sim/report/page.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

hst_status hst_report_rows(const hst_report_input *input,
                           hst_result_table table,
                           void **rows,
                           size_t *count,
                           hst_error *error)
{
    hst_assert(table != HST_TABLE_PAYMENT && table != HST_TABLE_HOP);
    const size_t row_size = hst_schema_table(table)->row_size;
    *count = (size_t)hst_result_file_row_count(input->file, table);
    *rows = input->memory.acquire(input->memory.context, (*count + 1) * row_size);
    if (*rows == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "no memory for %zu rows", *count);
    }
    const hst_status status =
        hst_result_file_read_rows(input->file, table, 0, *count, *rows, error);
    if (status != HST_OK) {
        hst_report_release(input, *rows, (*count + 1) * row_size);
        *rows = NULL;
    }
    return status;
}

hst_status hst_report_bins(const hst_report_input *input,
                           const char *name,
                           hst_bin_row **bins,
                           size_t *count,
                           hst_error *error)
{
    char path[96];
    (void)snprintf(path, sizeof path, "/histograms/%s", name);
    const hst_result_entry *entry = hst_result_file_find(input->file, path);
    *count = entry == NULL ? 0 : (size_t)entry->count;
    *bins = input->memory.acquire(input->memory.context, (*count + 1) * sizeof **bins);
    if (*bins == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "no memory for %zu bins", *count);
    }
    if (*count == 0) {
        return HST_OK;
    }
    const hst_status status = hst_result_file_read_bins(input->file, name, *count, *bins, error);
    if (status != HST_OK) {
        hst_report_release(input, *bins, (*count + 1) * sizeof **bins);
        *bins = NULL;
    }
    return status;
}

void hst_report_release(const hst_report_input *input, void *rows, size_t size)
{
    input->memory.release(input->memory.context, rows, size);
}

json_t *hst_report_text(const char *field, size_t size)
{
    char text[256];
    const size_t length = strnlen(field, size < sizeof text ? size : sizeof text - 1);
    json_t *out = json_stringn(field, length);
    if (out != NULL) {
        return out;
    }
    for (size_t i = 0; i < length; i++) {
        text[i] = (unsigned char)field[i] < 0x80 ? field[i] : '?';
    }
    return json_stringn(text, length);
}

json_t *hst_report_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *list_of(json_t *page, const char *key)
{
    json_t *list = json_object_get(page, key);
    if (list == NULL) {
        list = json_array();
        (void)json_object_set_new(page, key, list);
    }
    return list;
}

void hst_report_say(json_t *page, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    (void)json_array_append_new(list_of(page, "words"), hst_report_text(text, sizeof text));
}

json_t *hst_report_picture(json_t *page,
                           const char *kind,
                           const char *axis,
                           const char *title,
                           const char *caption,
                           const char *const *columns)
{
    json_t *names = json_array();
    for (size_t i = 0; columns[i] != NULL; i++) {
        (void)json_array_append_new(names, json_string(columns[i]));
    }
    json_t *rows = json_array();
    (void)json_array_append_new(list_of(page, "pictures"),
                                json_pack("{s:s, s:s, s:s, s:s, s:o, s:o}", "kind", kind, "axis",
                                          axis, "title", title, "caption", caption, "columns",
                                          names, "rows", rows));
    return rows;
}
