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

hst_report_input hst_report_input_of(const hst_report_input *input, size_t index)
{
    hst_assert(index < input->count);
    hst_report_input one = *input;
    one.file = input->files[index];
    return one;
}

double hst_report_metric(const hst_metric_row *rows, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strncmp(rows[i].name, name, sizeof rows[i].name) == 0) {
            return rows[i].value;
        }
    }
    return 0;
}

void hst_report_shares(
    const hst_bin_row *bins, size_t count, const double *limits, size_t steps, double *shares)
{
    double all = 0;
    for (size_t i = 0; i < count; i++) {
        all += (double)bins[i].count;
    }
    double below = 0;
    size_t at = 0;
    for (size_t s = 0; s < steps; s++) {
        while (at < count && (double)bins[at].upper <= limits[s]) {
            below += (double)bins[at++].count;
        }
        shares[s] = all > 0 ? 100 * below / all : 0;
    }
}

json_t *hst_report_text(const char *field, size_t size)
{
    char text[4096];
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
    char text[4096];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    (void)json_array_append_new(list_of(page, "words"), hst_report_text(text, sizeof text));
}

void hst_report_figure(json_t *page, const char *label, double value, const char *unit)
{
    json_t *figure = json_object();
    (void)json_object_set_new(figure, "label", hst_report_text(label, strlen(label)));
    (void)json_object_set_new(figure, "value", hst_report_number(value));
    (void)json_object_set_new(figure, "unit", hst_report_text(unit, strlen(unit)));
    (void)json_array_append_new(list_of(page, "figures"), figure);
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
        (void)json_array_append_new(names, hst_report_text(columns[i], strlen(columns[i])));
    }
    json_t *rows = json_array();
    (void)json_array_append_new(list_of(page, "pictures"),
                                json_pack("{s:s, s:s, s:s, s:s, s:o, s:o}", "kind", kind, "axis",
                                          axis, "title", title, "caption", caption, "columns",
                                          names, "rows", rows));
    return rows;
}

json_t *hst_report_last_picture(json_t *page)
{
    json_t *pictures = json_object_get(page, "pictures");
    hst_assert(json_array_size(pictures) > 0);
    return json_array_get(pictures, json_array_size(pictures) - 1);
}

void hst_report_column(json_t *picture, const char *name)
{
    (void)json_array_append_new(json_object_get(picture, "columns"),
                                hst_report_text(name, strlen(name)));
}
