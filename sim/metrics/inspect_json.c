#include "core/base/assert.h"

#include "sim/metrics/inspect.h"

#include <math.h>
#include <string.h>

#include <jansson.h>

/* jansson refuses NULL everywhere, so a failed allocation shows in the last call of a chain; a
 * builder that fails sets `failed` and the document is not printed. */
typedef struct builder {
    json_t *root;
    bool failed;
} builder;

static void set(builder *b, json_t *object, const char *name, json_t *value)
{
    b->failed = json_object_set_new(object, name, value) != 0 || b->failed;
}

static void append(builder *b, json_t *array, json_t *value)
{
    b->failed = json_array_append_new(array, value) != 0 || b->failed;
}

/* Text of a column: padded, perhaps not UTF-8. */
static json_t *text_json(const char *text, size_t size)
{
    const size_t length = strnlen(text, size);
    json_t *value = json_stringn(text, length);
    return value != NULL ? value : json_string("(not UTF-8)");
}

/* JSON has no infinities and no "not a number". */
static json_t *real_json(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

/* Whole numbers of more than 63 bits do not occur in counts; they saturate rather than wrap. */
static json_t *count_json(uint64_t value)
{
    return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

static json_t *hash_json(const hst_hash *hash)
{
    char hex[HST_HASH_HEX_LENGTH + 1];
    hst_hash_to_hex(hash, hex);
    return json_string(hex);
}

typedef struct object_builder {
    builder *b;
    json_t *object;
} object_builder;

static void set_attribute(void *context, const hst_result_attribute *attribute)
{
    const object_builder *to = context;
    json_t *value = NULL;
    if (attribute->text != NULL) {
        value = text_json(attribute->text, strlen(attribute->text));
    } else {
        value = attribute->whole ? json_integer(attribute->integer) : real_json(attribute->real);
    }
    set(to->b, to->object, attribute->name, value);
}

/* All rows of a table that is small by nature; released by the caller with the same size. */
typedef struct rows {
    void *rows;
    uint64_t count;
    size_t size;
} rows;

static hst_status read_all(
    hst_result_file *file, hst_result_table table, hst_memory memory, rows *out, hst_error *error)
{
    const size_t row_size = hst_schema_table(table)->row_size;
    out->count = hst_result_file_row_count(file, table);
    hst_assert(out->count < SIZE_MAX / row_size);
    out->size = (size_t)(out->count + 1) * row_size;
    out->rows = memory.acquire(memory.context, out->size);
    if (out->rows == NULL) {
        hst_ignore(hst_error_set(error, HST_NO_MEMORY, "no memory for %zu bytes", out->size));
        return HST_NO_MEMORY;
    }
    const hst_status status =
        hst_result_file_read_rows(file, table, 0, out->count, out->rows, error);
    if (status != HST_OK) {
        memory.release(memory.context, out->rows, out->size);
    }
    return status;
}

static hst_status
set_metrics(builder *b, hst_result_file *file, hst_memory memory, hst_error *error)
{
    rows in;
    HST_TRY(read_all(file, HST_TABLE_METRIC, memory, &in, error));
    json_t *metrics = json_object();
    const hst_metric_row *metric = in.rows;
    for (uint64_t i = 0; i < in.count; i++) {
        char name[sizeof metric[i].name + 1] = "";
        memcpy(name, metric[i].name, sizeof metric[i].name);
        json_t *one = json_object();
        set(b, one, "value", real_json(metric[i].value));
        set(b, one, "unit", text_json(metric[i].unit, sizeof metric[i].unit));
        set(b, metrics, name, one);
    }
    set(b, b->root, "metrics", metrics);
    memory.release(memory.context, in.rows, in.size);
    return HST_OK;
}

static hst_status
set_invariants(builder *b, hst_result_file *file, hst_memory memory, hst_error *error)
{
    rows in;
    HST_TRY(read_all(file, HST_TABLE_INVARIANT, memory, &in, error));
    json_t *list = json_array();
    const hst_invariant_row *invariant = in.rows;
    uint64_t checked = 0;
    uint64_t violated = 0;
    for (uint64_t i = 0; i < in.count; i++) {
        json_t *one = json_object();
        set(b, one, "name", text_json(invariant[i].name, sizeof invariant[i].name));
        set(b, one, "description",
            text_json(invariant[i].description, sizeof invariant[i].description));
        set(b, one, "checked", count_json(invariant[i].checked));
        set(b, one, "violated", count_json(invariant[i].violated));
        set(b, one, "first_violation_ns", json_integer(invariant[i].first_violation_ns));
        append(b, list, one);
        checked += invariant[i].checked;
        violated += invariant[i].violated;
    }
    json_t *all = json_object();
    set(b, all, "checked", count_json(checked));
    set(b, all, "violated", count_json(violated));
    set(b, all, "list", list);
    set(b, b->root, "invariants", all);
    memory.release(memory.context, in.rows, in.size);
    return HST_OK;
}

static hst_status
set_targets(builder *b, hst_result_file *file, hst_memory memory, hst_error *error)
{
    static const char *const bounds[] = {"at_most", "at_least", "near"};
    rows in;
    HST_TRY(read_all(file, HST_TABLE_TARGET, memory, &in, error));
    json_t *list = json_array();
    const hst_target_row *target = in.rows;
    for (uint64_t i = 0; i < in.count; i++) {
        json_t *one = json_object();
        set(b, one, "name", text_json(target[i].name, sizeof target[i].name));
        set(b, one, "unit", text_json(target[i].unit, sizeof target[i].unit));
        set(b, one, "measured", real_json(target[i].measured));
        set(b, one, "published", real_json(target[i].published));
        set(b, one, "bound",
            json_string(target[i].bound < 3 ? bounds[target[i].bound] : "unknown"));
        set(b, one, "met", json_boolean(target[i].met == HST_ROW_FLAG_YES));
        set(b, one, "source", text_json(target[i].source, sizeof target[i].source));
        append(b, list, one);
    }
    set(b, b->root, "targets", list);
    memory.release(memory.context, in.rows, in.size);
    return HST_OK;
}

static void set_contents(builder *b, const hst_result_file *file)
{
    static const char *const kinds[] = {"group", "table",   "histogram", "text",
                                        "bytes", "numbers", "other"};
    json_t *list = json_array();
    size_t count = 0;
    const hst_result_entry *entries = hst_result_file_entries(file, &count);
    for (size_t i = 0; i < count; i++) {
        json_t *one = json_object();
        set(b, one, "path", json_string(entries[i].path));
        set(b, one, "kind", json_string(kinds[entries[i].kind]));
        set(b, one, "count", count_json(entries[i].count));
        set(b, one, "size_bytes", count_json(entries[i].size_bytes));
        set(b, one, "digest", hash_json(&entries[i].digest));
        append(b, list, one);
    }
    set(b, b->root, "contents", list);
}

static hst_status
fill(builder *b, hst_result_file *file, const char *path, hst_memory memory, hst_error *error)
{
    const hst_hash digest = hst_result_file_digest(file);
    set(b, b->root, "file", text_json(path, strlen(path)));
    set(b, b->root, "schema", json_integer(hst_result_file_schema(file)));
    set(b, b->root, "size_bytes", count_json(hst_result_file_size(file)));
    set(b, b->root, "digest", hash_json(&digest));
    json_t *meta = json_object();
    json_t *host = json_object();
    object_builder to = {b, meta};
    set(b, b->root, "meta", meta);
    HST_TRY(hst_result_file_attributes(file, "/meta", set_attribute, &to));
    to.object = host;
    set(b, b->root, "host", host);
    HST_TRY(hst_result_file_attributes(file, "/meta/host", set_attribute, &to));
    HST_TRY(set_metrics(b, file, memory, error));
    HST_TRY(set_invariants(b, file, memory, error));
    HST_TRY(set_targets(b, file, memory, error));
    set_contents(b, file);
    return HST_OK;
}

hst_status hst_inspect_json(
    hst_result_file *file, const char *path, hst_memory memory, FILE *stream, hst_error *error)
{
    hst_assert(file != NULL);
    hst_assert(stream != NULL);
    builder b = {.root = json_object(), .failed = false};
    hst_status status = fill(&b, file, path, memory, error);
    if (status == HST_OK && (b.failed || b.root == NULL)) {
        status = hst_error_set(error, HST_NO_MEMORY, "no memory for the JSON document");
    }
    if (status == HST_OK &&
        (json_dumpf(b.root, stream, JSON_INDENT(2) | JSON_REAL_PRECISION(17)) != 0 ||
         fputc('\n', stream) == EOF || fflush(stream) != 0)) {
        status = hst_error_set(error, HST_IO, "cannot write the JSON document");
    }
    json_decref(b.root);
    return status;
}
