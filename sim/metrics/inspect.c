#include "sim/metrics/inspect.h"

#include "core/base/assert.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A line of the terminal being put together: at most HST_INSPECT_WIDTH characters, no control
 * characters, whatever a file holds. */
typedef struct line {
    char text[4 * HST_INSPECT_WIDTH + 1];
    size_t size;  /* bytes */
    size_t width; /* characters */
} line;

static void add_text(line *out, const char *text, size_t size)
{
    for (size_t i = 0; i < size && text[i] != '\0'; i++) {
        const unsigned char byte = (unsigned char)text[i];
        const bool starts = (byte & 0xC0) != 0x80;
        if ((starts && out->width == HST_INSPECT_WIDTH) || out->size + 1 == sizeof out->text) {
            return;
        }
        out->width += starts;
        out->text[out->size++] = byte < 0x20 || byte == 0x7f ? '?' : text[i];
    }
}

static void add(line *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(line *out, const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    hst_assert(length >= 0);
    add_text(out, text, sizeof text);
}

/* Spaces up to a column, at least one after something. */
static void pad(line *out, size_t column)
{
    do {
        add_text(out, " ", 1);
    } while (out->width < column);
}

static void put(FILE *stream, line *out)
{
    hst_assert(out->width <= HST_INSPECT_WIDTH);
    while (out->size > 0 && out->text[out->size - 1] == ' ') {
        out->size--;
    }
    out->text[out->size] = '\0';
    /* Sticky: ferror() is asked once, at the end. */
    hst_ignore(fprintf(stream, "%s\n", out->text) > 0 ? HST_OK : HST_IO);
    *out = (line){.size = 0};
}

static void put_title(FILE *stream, const char *title)
{
    line out = {.size = 0};
    put(stream, &out);
    add_text(&out, title, strlen(title));
    put(stream, &out);
}

static void add_size(line *out, uint64_t bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    double value = (double)bytes;
    size_t unit = 0;
    while (value >= 999.5 && unit + 1 < sizeof units / sizeof units[0]) {
        value /= 1000.0;
        unit++;
    }
    add(out, unit > 0 && value < 9.95 ? "%.1f %s" : "%.0f %s", value, units[unit]);
}

enum { NAME_COLUMN = 28, VALUE_COLUMN = 46 };

static void put_attribute(void *context, const hst_result_attribute *attribute)
{
    FILE *stream = context;
    if (strcmp(attribute->name, "content_digest") == 0) {
        return; /* stands in the first lines */
    }
    line out = {.size = 0};
    add(&out, "  %s", attribute->name);
    pad(&out, NAME_COLUMN);
    if (attribute->text != NULL) {
        add_text(&out, attribute->text, strlen(attribute->text));
    } else if (attribute->whole) {
        add(&out, "%" PRId64, attribute->integer);
    } else {
        add(&out, "%.9g", attribute->real);
    }
    put(stream, &out);
}

/* Call `visit` with each row of a table, a bufferful at a time. */
typedef struct rows {
    hst_result_file *file;
    hst_memory memory;
    FILE *stream;
    hst_error *error;
} rows;

typedef void (*row_visitor)(FILE *stream, const void *row);

static hst_status visit_rows(const rows *in, hst_result_table table, row_visitor visit)
{
    enum { BATCH_BYTES = 64 * 1024 };
    const size_t row_size = hst_schema_table(table)->row_size;
    const uint64_t batch = BATCH_BYTES / row_size;
    const uint64_t count = hst_result_file_row_count(in->file, table);
    unsigned char *buffer = in->memory.acquire(in->memory.context, BATCH_BYTES);
    if (buffer == NULL) {
        return hst_error_set(in->error, HST_NO_MEMORY, "no memory for %d bytes", BATCH_BYTES);
    }
    hst_status status = HST_OK;
    for (uint64_t at = 0; status == HST_OK && at < count; at += batch) {
        const uint64_t now = count - at < batch ? count - at : batch;
        status = hst_result_file_read_rows(in->file, table, at, now, buffer, in->error);
        for (uint64_t r = 0; status == HST_OK && r < now; r++) {
            visit(in->stream, buffer + r * row_size);
        }
    }
    in->memory.release(in->memory.context, buffer, BATCH_BYTES);
    return status;
}

static void put_metric(FILE *stream, const void *row)
{
    const hst_metric_row *metric = row;
    line out = {.size = 0};
    add(&out, "  %.*s", (int)sizeof metric->name, metric->name);
    pad(&out, VALUE_COLUMN);
    add(&out, "%.9g %.*s", metric->value, (int)sizeof metric->unit, metric->unit);
    put(stream, &out);
}

static void put_target(FILE *stream, const void *row)
{
    const hst_target_row *target = row;
    static const char *const bounds[] = {"<=", ">=", "~"};
    line out = {.size = 0};
    add(&out, "  %.*s", (int)sizeof target->name, target->name);
    pad(&out, VALUE_COLUMN);
    add(&out, "%.5g %s %.5g %.*s", target->measured,
        target->bound < 3 ? bounds[target->bound] : "?", target->published,
        (int)sizeof target->unit, target->unit);
    if (target->bound != HST_ROW_BOUND_NEAR) {
        add(&out, "  %s", target->met == HST_ROW_FLAG_YES ? "met" : "missed");
    }
    put(stream, &out);
}

static void put_invariant(FILE *stream, const void *row)
{
    const hst_invariant_row *invariant = row;
    line out = {.size = 0};
    add(&out, "  %.*s", (int)sizeof invariant->name, invariant->name);
    pad(&out, VALUE_COLUMN);
    add(&out, "%" PRIu64 " checked, ", invariant->checked);
    if (invariant->violated == 0) {
        add(&out, "holds");
    } else {
        add(&out, "BROKEN %" PRIu64 " times", invariant->violated);
    }
    put(stream, &out);
}

static void put_entry(FILE *stream, const hst_result_entry *entry)
{
    static const char *const kinds[] = {"group", "rows",    "bins", "text",
                                        "bytes", "numbers", "other"};
    line out = {.size = 0};
    add(&out, "  %s", entry->path);
    pad(&out, VALUE_COLUMN);
    if (entry->kind == HST_ENTRY_TEXT || entry->kind == HST_ENTRY_BYTES) {
        add(&out, "%s, ", kinds[entry->kind]);
    } else {
        const bool rare = hst_schema_is_rare(entry->path);
        add(&out, "%" PRIu64 " %s, ", entry->count, rare ? "rows" : kinds[entry->kind]);
    }
    add_size(&out, entry->size_bytes);
    put(stream, &out);
}

static void put_head(const hst_result_file *file, const char *path, FILE *stream)
{
    char hex[HST_HASH_HEX_LENGTH + 1];
    const hst_hash digest = hst_result_file_digest(file);
    hst_hash_to_hex(&digest, hex);
    line out = {.size = 0};
    add_text(&out, path, strlen(path));
    put(stream, &out);
    add(&out, "  schema %" PRIu32 ", complete, undamaged, ", hst_result_file_schema(file));
    add_size(&out, hst_result_file_size(file));
    put(stream, &out);
    add(&out, "  content %s", hex);
    put(stream, &out);
}

hst_status hst_inspect_print(
    hst_result_file *file, const char *path, hst_memory memory, FILE *stream, hst_error *error)
{
    hst_assert(file != NULL);
    hst_assert(stream != NULL);
    static const struct {
        hst_result_table table;
        const char *title;
        row_visitor visit;
    } sections[] = {{HST_TABLE_METRIC, "Summary", put_metric},
                    {HST_TABLE_TARGET, "Beside published figures", put_target},
                    {HST_TABLE_INVARIANT, "Invariants", put_invariant}};
    const rows in = {file, memory, stream, error};
    put_head(file, path, stream);
    put_title(stream, "Run");
    HST_TRY(hst_result_file_attributes(file, "/meta", put_attribute, stream));
    HST_TRY(hst_result_file_attributes(file, "/meta/host", put_attribute, stream));
    for (size_t s = 0; s < sizeof sections / sizeof sections[0]; s++) {
        if (hst_result_file_row_count(file, sections[s].table) > 0) {
            put_title(stream, sections[s].title);
            HST_TRY(visit_rows(&in, sections[s].table, sections[s].visit));
        }
    }
    put_title(stream, "Contents");
    size_t count = 0;
    const hst_result_entry *entries = hst_result_file_entries(file, &count);
    for (size_t i = 0; i < count; i++) {
        if (entries[i].kind != HST_ENTRY_GROUP) {
            put_entry(stream, &entries[i]);
        }
    }
    if (fflush(stream) != 0 || ferror(stream)) {
        return hst_error_set(error, HST_IO, "cannot write the table of contents");
    }
    return HST_OK;
}
