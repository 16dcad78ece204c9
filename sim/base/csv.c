#include "sim/base/csv.h"

#include "core/base/assert.h"

#include "sim/base/number.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A cell quoted in an error is cut to this many bytes. */
enum { SHOWN_MAX = 40 };

static uint32_t column_of(const hst_csv *csv, size_t at)
{
    hst_assert(at >= csv->line_start);
    return (uint32_t)(at - csv->line_start) + 1;
}

static hst_status fail_at(const hst_csv *csv, size_t at, const char *what, hst_error *error)
{
    return hst_error_at(error, HST_INVALID, csv->file, (int)csv->line, (int)column_of(csv, at),
                        "%s", what);
}

/* Step over LF or CRLF at `at`; zero bytes when there is neither. */
static size_t line_end_size(const hst_csv *csv, size_t at)
{
    if (at < csv->size && csv->bytes[at] == '\n') {
        return 1;
    }
    if (at + 1 < csv->size && csv->bytes[at] == '\r' && csv->bytes[at + 1] == '\n') {
        return 2;
    }
    return 0;
}

static void start_line(hst_csv *csv, size_t at)
{
    csv->at = at;
    csv->line_start = at;
    csv->line++;
}

/* Past the empty lines, and past notes when in front of the header. */
static void skip_lines(hst_csv *csv, bool notes)
{
    while (csv->at < csv->size) {
        const size_t end_size = line_end_size(csv, csv->at);
        if (end_size > 0) {
            start_line(csv, csv->at + end_size);
        } else if (notes && csv->bytes[csv->at] == '#') {
            const char *end = memchr(csv->bytes + csv->at, '\n', csv->size - csv->at);
            if (end == NULL) {
                csv->at = csv->size;
                return;
            }
            start_line(csv, (size_t)(end - csv->bytes) + 1);
        } else {
            return;
        }
    }
}

/* Copy a quoted cell's inside with every doubled quote made one. */
static hst_status
undouble(const hst_csv *csv, const char *inside, size_t size, hst_text *out, hst_error *error)
{
    char *copy = hst_arena_alloc(csv->arena, size, 1);
    if (copy == NULL) {
        return hst_error_at(error, HST_NO_MEMORY, csv->file, (int)csv->line, 0,
                            "out of memory for a quoted cell");
    }
    size_t used = 0;
    for (size_t i = 0; i < size; i++) {
        copy[used++] = inside[i];
        if (inside[i] == '"') {
            hst_assert(i + 1 < size && inside[i + 1] == '"');
            i++;
        }
    }
    *out = (hst_text){.bytes = copy, .size = used};
    return HST_OK;
}

/* The quoted cell whose opening quote stands at csv->at; leaves csv->at behind the closing one. */
static hst_status read_quoted(hst_csv *csv, hst_csv_cell *cell, hst_error *error)
{
    hst_assert(csv->bytes[csv->at] == '"');
    const size_t opening = csv->at;
    const uint32_t line = csv->line;
    const uint32_t column = column_of(csv, opening);
    const size_t inside = opening + 1;
    bool doubled = false;
    size_t at = inside;
    for (;; at++) {
        if (at >= csv->size) {
            return hst_error_at(error, HST_INVALID, csv->file, (int)line, (int)column,
                                "this quote is never closed");
        }
        const char c = csv->bytes[at];
        if (c == '"') {
            if (at + 1 >= csv->size || csv->bytes[at + 1] != '"') {
                break;
            }
            doubled = true;
            at++;
        } else if (c == '\n') {
            csv->line++;
            csv->line_start = at + 1;
        } else if (c == '\0') {
            return fail_at(csv, at, "unexpected NUL byte", error);
        }
    }
    csv->at = at + 1;
    *cell = (hst_csv_cell){.line = line, .column = column};
    if (doubled) {
        return undouble(csv, csv->bytes + inside, at - inside, &cell->text, error);
    }
    cell->text = (hst_text){.bytes = csv->bytes + inside, .size = at - inside};
    return HST_OK;
}

/* The plain cell that starts at csv->at; leaves csv->at on what ends it. */
static hst_status read_plain(hst_csv *csv, hst_csv_cell *cell, hst_error *error)
{
    const size_t first = csv->at;
    size_t at = first;
    for (; at < csv->size; at++) {
        const unsigned char c = (unsigned char)csv->bytes[at];
        if (c > ',') { /* letters, digits, UTF-8: nearly every byte of a table */
            continue;
        }
        if (c == ',' || line_end_size(csv, at) > 0) {
            break;
        }
        if (c == '"') {
            return fail_at(csv, at, "a quote may only open a cell, double it inside quotes", error);
        }
        if (c == '\0' || c == '\r') {
            const char *what =
                c == '\0' ? "unexpected NUL byte" : "carriage return without line feed";
            return fail_at(csv, at, what, error);
        }
    }
    csv->at = at;
    *cell = (hst_csv_cell){.text = {.bytes = csv->bytes + first, .size = at - first},
                           .line = csv->line,
                           .column = column_of(csv, first)};
    return HST_OK;
}

/* One row into cells[]; csv->at stands on its first byte and ends behind its line end. */
static hst_status read_row(hst_csv *csv, uint32_t *count_out, hst_error *error)
{
    hst_assert(csv->at < csv->size);
    uint32_t count = 0;
    csv->row_line = csv->line;
    for (;;) {
        if (count == HST_CSV_COLUMN_MAX) {
            return hst_error_at(error, HST_FULL, csv->file, (int)csv->line,
                                (int)column_of(csv, csv->at),
                                "more than %d columns (HST_CSV_COLUMN_MAX)", HST_CSV_COLUMN_MAX);
        }
        hst_csv_cell *cell = &csv->cells[count++];
        if (csv->at < csv->size && csv->bytes[csv->at] == '"') {
            HST_TRY(read_quoted(csv, cell, error));
        } else {
            HST_TRY(read_plain(csv, cell, error));
        }
        const size_t end_size = line_end_size(csv, csv->at);
        if (end_size > 0) {
            start_line(csv, csv->at + end_size);
            break;
        }
        if (csv->at >= csv->size) {
            break;
        }
        if (csv->bytes[csv->at] != ',') {
            return fail_at(csv, csv->at, "expected a comma or the end of the line after a quote",
                           error);
        }
        csv->at++;
    }
    *count_out = count;
    return HST_OK;
}

static hst_status take_header(hst_csv *csv, hst_error *error)
{
    for (uint32_t i = 0; i < csv->column_count; i++) {
        const hst_csv_cell *cell = &csv->cells[i];
        if (cell->text.size == 0) {
            return hst_error_at(error, HST_INVALID, csv->file, (int)cell->line, (int)cell->column,
                                "column %" PRIu32 " has no name", i + 1);
        }
        for (uint32_t j = 0; j < i; j++) {
            if (csv->names[j].size == cell->text.size &&
                memcmp(csv->names[j].bytes, cell->text.bytes, cell->text.size) == 0) {
                return hst_error_at(
                    error, HST_INVALID, csv->file, (int)cell->line, (int)cell->column,
                    "two columns are named \"%.*s\"",
                    (int)(cell->text.size > SHOWN_MAX ? SHOWN_MAX : cell->text.size),
                    cell->text.bytes);
            }
        }
        csv->names[i] = cell->text;
    }
    return HST_OK;
}

hst_status hst_csv_open(hst_csv *csv,
                        hst_arena *arena,
                        const char *file,
                        const char *bytes,
                        size_t size,
                        hst_error *error)
{
    hst_assert(csv != NULL);
    hst_assert(arena != NULL);
    hst_assert(file != NULL);
    hst_assert(bytes != NULL || size == 0);
    memset(csv, 0, sizeof *csv);
    csv->file = file;
    csv->bytes = bytes;
    csv->size = size;
    csv->arena = arena;
    csv->line = 1;
    if (size > INT32_MAX) {
        return hst_error_at(error, HST_FULL, file, 0, 0, "larger than 2 GiB");
    }
    if (size >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
        return fail_at(csv, 0, "starts with a byte-order mark, save it as plain UTF-8", error);
    }
    skip_lines(csv, true);
    if (csv->at >= csv->size) {
        return hst_error_at(error, HST_INVALID, file, 0, 0, "has no header line");
    }
    HST_TRY(read_row(csv, &csv->column_count, error));
    return take_header(csv, error);
}

uint32_t hst_csv_find_column(const hst_csv *csv, const char *name)
{
    hst_assert(csv != NULL);
    hst_assert(name != NULL);
    for (uint32_t i = 0; i < csv->column_count; i++) {
        if (hst_text_equals(csv->names[i], name)) {
            return i;
        }
    }
    return HST_CSV_NO_COLUMN;
}

hst_status
hst_csv_column(const hst_csv *csv, const char *name, uint32_t *column_out, hst_error *error)
{
    hst_assert(column_out != NULL);
    const uint32_t column = hst_csv_find_column(csv, name);
    if (column == HST_CSV_NO_COLUMN) {
        return hst_error_at(error, HST_NOT_FOUND, csv->file, 0, 0, "has no column \"%s\"", name);
    }
    *column_out = column;
    return HST_OK;
}

uint32_t hst_csv_column_count(const hst_csv *csv)
{
    hst_assert(csv != NULL);
    return csv->column_count;
}

hst_text hst_csv_column_name(const hst_csv *csv, uint32_t column)
{
    hst_assert(csv != NULL);
    hst_assert(column < csv->column_count);
    return csv->names[column];
}

hst_status hst_csv_next(hst_csv *csv, bool *more_out, hst_error *error)
{
    hst_assert(csv != NULL);
    hst_assert(more_out != NULL);
    hst_assert(csv->column_count > 0);
    skip_lines(csv, false);
    if (csv->at >= csv->size) {
        *more_out = false;
        return HST_OK;
    }
    uint32_t count = 0;
    HST_TRY(read_row(csv, &count, error));
    if (count != csv->column_count) {
        return hst_error_at(error, HST_INVALID, csv->file, (int)csv->row_line, 1,
                            "expected %" PRIu32 " cells as in the header, got %" PRIu32,
                            csv->column_count, count);
    }
    *more_out = true;
    return HST_OK;
}

uint32_t hst_csv_line(const hst_csv *csv)
{
    hst_assert(csv != NULL);
    return csv->row_line;
}

static const hst_csv_cell *cell_at(const hst_csv *csv, uint32_t column)
{
    hst_assert(csv != NULL);
    hst_assert(column < csv->column_count);
    return &csv->cells[column];
}

bool hst_csv_blank(const hst_csv *csv, uint32_t column)
{
    return hst_text_trim(cell_at(csv, column)->text).size == 0;
}

hst_text hst_csv_text(const hst_csv *csv, uint32_t column)
{
    return cell_at(csv, column)->text;
}

hst_status hst_csv_refuse(
    const hst_csv *csv, uint32_t column, hst_status status, const char *expected, hst_error *error)
{
    const hst_csv_cell *cell = cell_at(csv, column);
    const hst_text name = csv->names[column];
    const bool cut = cell->text.size > SHOWN_MAX;
    return hst_error_at(error, status, csv->file, (int)cell->line, (int)cell->column,
                        "column %.*s: expected %s, got \"%.*s%s\"",
                        (int)(name.size > SHOWN_MAX ? SHOWN_MAX : name.size), name.bytes, expected,
                        cut ? (int)SHOWN_MAX : (int)cell->text.size, cell->text.bytes,
                        cut ? "..." : "");
}

hst_status hst_csv_int64(
    const hst_csv *csv, uint32_t column, int64_t min, int64_t max, int64_t *out, hst_error *error)
{
    hst_assert(out != NULL);
    hst_assert(min <= max);
    int64_t value = 0;
    const hst_status status = hst_parse_int64(cell_at(csv, column)->text, &value);
    if (status == HST_OK && value >= min && value <= max) {
        *out = value;
        return HST_OK;
    }
    char expected[96];
    const int length = snprintf(expected, sizeof expected,
                                "a whole number in [%" PRId64 ", %" PRId64 "]", min, max);
    hst_assert(length > 0 && (size_t)length < sizeof expected);
    return hst_csv_refuse(csv, column, status == HST_INVALID ? HST_INVALID : HST_OVERFLOW, expected,
                          error);
}

/* "a decimal number", with what went wrong when it was one. */
static hst_status refuse_decimal(
    const hst_csv *csv, uint32_t column, unsigned decimals, hst_status status, hst_error *error)
{
    char expected[96];
    const int length =
        snprintf(expected, sizeof expected, "a decimal number %s %u decimals",
                 status == HST_OVERFLOW ? "small enough for" : "with at most", decimals);
    hst_assert(length > 0 && (size_t)length < sizeof expected);
    return hst_csv_refuse(csv, column, status, expected, error);
}

hst_status hst_csv_fixed(
    const hst_csv *csv, uint32_t column, unsigned decimals, int64_t *out, hst_error *error)
{
    const hst_status status = hst_parse_fixed(cell_at(csv, column)->text, decimals, out);
    return status == HST_OK ? HST_OK : refuse_decimal(csv, column, decimals, status, error);
}

hst_status hst_csv_fixed_half_even(
    const hst_csv *csv, uint32_t column, unsigned decimals, int64_t *out, hst_error *error)
{
    const hst_status status = hst_parse_fixed_half_even(cell_at(csv, column)->text, decimals, out);
    if (status == HST_INVALID) {
        return hst_csv_refuse(csv, column, status, "a decimal number", error);
    }
    return status == HST_OK ? HST_OK : refuse_decimal(csv, column, decimals, status, error);
}

hst_status hst_csv_double(const hst_csv *csv, uint32_t column, double *out, hst_error *error)
{
    const hst_status status = hst_parse_double(cell_at(csv, column)->text, out);
    return status == HST_OK ? HST_OK
                            : hst_csv_refuse(csv, column, status, "a decimal number", error);
}

hst_status hst_csv_date(const hst_csv *csv, uint32_t column, int32_t *days_out, hst_error *error)
{
    const hst_status status = hst_parse_date(cell_at(csv, column)->text, days_out);
    return status == HST_OK ? HST_OK
                            : hst_csv_refuse(csv, column, status, "a date YYYY-MM-DD", error);
}
