#include "core/base/assert.h"

#include "sim/metrics/hdf5_support.h"
#include "sim/metrics/result_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Attributes, texts, byte datasets, arrays: everything that is not a row. These are rare, so each
 * first waits for the writer thread and then enters HDF5 itself. */

/* Longest text of an attribute: HDF5 keeps attributes of up to 64 KiB in the object's header. */
enum { ATTRIBUTE_TEXT_MAX = 64 * 1024 };

/* Whether the caller may go on to HDF5. */
static bool ready(hst_result *result)
{
    hst_assert(result != NULL);
    hst_assert(result->writer != NULL);
    if (hst_result_status(result) != HST_OK) {
        return false;
    }
    hst_result_chunks_drain(result->writer);
    return hst_result_status(result) == HST_OK;
}

hid_t hst_result_creation(hid_t class_id)
{
    const hid_t creation = H5Pcreate(class_id);
    /* Without this the clock would enter the file. */
    if (creation >= 0 && H5Pset_obj_track_times(creation, false) < 0) {
        H5Pclose(creation);
        return H5I_INVALID_HID;
    }
    return creation;
}

static bool
put_attribute(hid_t object, const char *name, hid_t type, hid_t space, const void *value)
{
    const hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    const bool good = attribute >= 0 && H5Awrite(attribute, type, value) >= 0;
    return hst_hdf5_close(attribute) && good;
}

/* A scalar attribute, written anew where there is one. */
static bool put_scalar(hid_t object, const char *name, hid_t type, const void *value)
{
    const hid_t space = H5Screate(H5S_SCALAR);
    bool good = space >= 0;
    if (good && H5Aexists(object, name) > 0) {
        good = H5Adelete(object, name) >= 0;
    }
    good = good && put_attribute(object, name, type, space, value);
    return hst_hdf5_close(space) && good;
}

bool hst_result_put_attribute_text(hid_t object, const char *name, const char *value)
{
    hst_assert(name != NULL);
    hst_assert(value != NULL);
    const hid_t type = hst_hdf5_text_type();
    const bool good = type >= 0 && put_scalar(object, name, type, &value);
    return hst_hdf5_close(type) && good;
}

/* Elements of the attribute `columns`. */
typedef struct column_text {
    char name[32];
    char unit[16];
    char description[96];
} column_text;

static hid_t column_text_type(void)
{
    static const struct {
        const char *name;
        size_t offset, size;
    } members[] = {{"name", offsetof(column_text, name), 32},
                   {"unit", offsetof(column_text, unit), 16},
                   {"description", offsetof(column_text, description), 96}};
    const hid_t type = H5Tcreate(H5T_COMPOUND, sizeof(column_text));
    bool good = type >= 0;
    for (size_t i = 0; good && i < sizeof members / sizeof members[0]; i++) {
        const hid_t text = H5Tcopy(H5T_C_S1);
        good = text >= 0 && H5Tset_size(text, members[i].size) >= 0 &&
               H5Tset_strpad(text, H5T_STR_NULLPAD) >= 0 && H5Tset_cset(text, H5T_CSET_UTF8) >= 0 &&
               H5Tinsert(type, members[i].name, members[i].offset, text) >= 0;
        good = hst_hdf5_close(text) && good;
    }
    if (!good) {
        hst_ignore(hst_hdf5_close(type) ? HST_OK : HST_IO);
        return H5I_INVALID_HID;
    }
    return type;
}

/* Most columns of a table. */
enum { COLUMN_MAX = 64 };

bool hst_result_describe(hid_t dataset, const hst_table_schema *table)
{
    hst_assert(table != NULL);
    hst_assert(table->column_count <= COLUMN_MAX);
    column_text columns[COLUMN_MAX];
    memset(columns, 0, sizeof columns);
    for (uint32_t c = 0; c < table->column_count; c++) {
        hst_result_put_text(columns[c].name, sizeof columns[c].name, table->columns[c].name);
        hst_result_put_text(columns[c].unit, sizeof columns[c].unit, table->columns[c].unit);
        hst_result_put_text(columns[c].description, sizeof columns[c].description,
                            table->columns[c].description);
    }
    const hsize_t count = table->column_count;
    const hid_t space = H5Screate_simple(1, &count, NULL);
    const hid_t type = column_text_type();
    const bool good = space >= 0 && type >= 0 &&
                      hst_result_put_attribute_text(dataset, "title", table->title) &&
                      put_attribute(dataset, "columns", type, space, columns);
    const bool closed = hst_hdf5_close(type) && hst_hdf5_close(space);
    return closed && good;
}

hid_t hst_result_make_array(
    hid_t file, const char *path, hid_t type, uint64_t count, const void *elements)
{
    hst_assert(path != NULL);
    hst_assert(count == 0 || elements != NULL);
    const hsize_t extent = count;
    const hid_t space = H5Screate_simple(1, &extent, NULL);
    const hid_t creation = hst_result_creation(H5P_DATASET_CREATE);
    hid_t id = H5I_INVALID_HID;
    if (space >= 0 && creation >= 0) {
        id = H5Dcreate2(file, path, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    }
    if (id >= 0 && count > 0 && H5Dwrite(id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, elements) < 0) {
        hst_ignore(hst_hdf5_close(id) ? HST_OK : HST_IO);
        id = H5I_INVALID_HID;
    }
    const bool closed = hst_hdf5_close(creation) && hst_hdf5_close(space);
    if (!closed && id >= 0) {
        hst_ignore(hst_hdf5_close(id) ? HST_OK : HST_IO);
        id = H5I_INVALID_HID;
    }
    return id;
}

static void
put_number(hst_result *result, const char *path, const char *name, hid_t type, const void *value)
{
    hst_assert(path != NULL);
    hst_assert(name != NULL);
    if (!ready(result)) {
        return;
    }
    const hid_t object = H5Oopen(result->writer->file, path, H5P_DEFAULT);
    if (object < 0 || !put_scalar(object, name, type, value)) {
        hst_result_fail_hdf5(result->writer, "write an attribute of", path);
    }
    hst_ignore(hst_hdf5_close(object) ? HST_OK : HST_IO);
}

void hst_result_attribute_i64(hst_result *result, const char *path, const char *name, int64_t value)
{
    put_number(result, path, name, H5T_STD_I64LE, &value);
}

void hst_result_attribute_f64(hst_result *result, const char *path, const char *name, double value)
{
    put_number(result, path, name, H5T_IEEE_F64LE, &value);
}

void hst_result_attribute_text(hst_result *result,
                               const char *path,
                               const char *name,
                               const char *value)
{
    hst_assert(path != NULL);
    hst_assert(value != NULL);
    if (!ready(result)) {
        return;
    }
    if (strlen(value) >= ATTRIBUTE_TEXT_MAX) {
        hst_result_fail(result->writer, HST_INVALID, "attribute %s of %s is longer than %d bytes",
                        name, path, ATTRIBUTE_TEXT_MAX - 1);
        return;
    }
    const hid_t object = H5Oopen(result->writer->file, path, H5P_DEFAULT);
    if (object < 0 || !hst_result_put_attribute_text(object, name, value)) {
        hst_result_fail_hdf5(result->writer, "write an attribute of", path);
    }
    hst_ignore(hst_hdf5_close(object) ? HST_OK : HST_IO);
}

/* Whether a dataset may be made at `path`; fails the result otherwise. */
static bool path_is_free(hst_result *result, const char *path)
{
    hst_assert(path != NULL);
    if (!ready(result)) {
        return false;
    }
    const size_t length = strlen(path);
    if (path[0] != '/' || length < 2 || length >= HST_RESULT_PATH_MAX ||
        hst_schema_find(path) != HST_TABLE_COUNT) {
        hst_result_fail(result->writer, HST_INVALID,
                        "\"%s\" is no path for a dataset (absolute, below %d bytes, not a table)",
                        path, HST_RESULT_PATH_MAX);
        return false;
    }
    return true;
}

void hst_result_text(
    hst_result *result, const char *path, const char *text, size_t size, const char *description)
{
    hst_assert(description != NULL);
    hst_assert(size == 0 || text != NULL);
    if (!path_is_free(result, path)) {
        return;
    }
    hst_result_writer *writer = result->writer;
    if (size > 0 && memchr(text, '\0', size) != NULL) {
        hst_result_fail(writer, HST_INVALID, "%s: a text must not hold a zero byte", path);
        return;
    }
    char *copy = writer->memory.acquire(writer->memory.context, size + 1); /* zeroed */
    if (copy == NULL) {
        hst_result_fail(writer, HST_NO_MEMORY, "%s: no memory for %zu bytes", path, size);
        return;
    }
    if (size > 0) {
        memcpy(copy, text, size);
    }
    const hid_t type = hst_hdf5_text_type();
    const hid_t space = H5Screate(H5S_SCALAR);
    const hid_t creation = hst_result_creation(H5P_DATASET_CREATE);
    const hid_t id =
        H5Dcreate2(writer->file, path, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    const void *element = &copy;
    if (id < 0 || H5Dwrite(id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, element) < 0 ||
        !hst_result_put_attribute_text(id, "description", description)) {
        hst_result_fail_hdf5(writer, "write", path);
    }
    hst_ignore(hst_hdf5_close(id) ? HST_OK : HST_IO);
    hst_ignore(hst_hdf5_close(creation) ? HST_OK : HST_IO);
    hst_ignore(hst_hdf5_close(space) ? HST_OK : HST_IO);
    hst_ignore(hst_hdf5_close(type) ? HST_OK : HST_IO);
    writer->memory.release(writer->memory.context, copy, size + 1);
}

/* An array with two text attributes (name, value, name, value). */
static void put_array(hst_result *result,
                      const char *path,
                      hid_t type,
                      uint64_t count,
                      const void *elements,
                      const char *const attributes[4])
{
    if (!path_is_free(result, path)) {
        return;
    }
    const hid_t id = hst_result_make_array(result->writer->file, path, type, count, elements);
    if (id < 0 || !hst_result_put_attribute_text(id, attributes[0], attributes[1]) ||
        !hst_result_put_attribute_text(id, attributes[2], attributes[3])) {
        hst_result_fail_hdf5(result->writer, "write", path);
    }
    hst_ignore(hst_hdf5_close(id) ? HST_OK : HST_IO);
}

void hst_result_bytes(
    hst_result *result, const char *path, const void *bytes, size_t size, const char *origin)
{
    hst_assert(origin != NULL);
    const char *const attributes[4] = {"path", origin, "unit", "bytes"};
    put_array(result, path, H5T_STD_U8LE, size, bytes, attributes);
}

void hst_result_input(hst_result *result, const char *origin, const void *bytes, size_t size)
{
    hst_assert(result != NULL);
    char path[32];
    const int length =
        snprintf(path, sizeof path, "/meta/inputs/%" PRIu32, result->writer->input_count);
    hst_assert(length > 0 && (size_t)length < sizeof path);
    hst_result_bytes(result, path, bytes, size, origin);
    result->writer->input_count++;
}

void hst_result_array_i64(hst_result *result,
                          const char *path,
                          const int64_t *values,
                          size_t count,
                          const char *unit,
                          const char *description)
{
    const char *const attributes[4] = {"unit", unit, "description", description};
    put_array(result, path, H5T_STD_I64LE, count, values, attributes);
}

void hst_result_array_f64(hst_result *result,
                          const char *path,
                          const double *values,
                          size_t count,
                          const char *unit,
                          const char *description)
{
    const char *const attributes[4] = {"unit", unit, "description", description};
    put_array(result, path, H5T_IEEE_F64LE, count, values, attributes);
}

void hst_result_group(hst_result *result, const char *path)
{
    if (!path_is_free(result, path)) {
        return;
    }
    const hid_t creation = hst_result_creation(H5P_GROUP_CREATE);
    const hid_t id =
        creation >= 0 ? H5Gcreate2(result->writer->file, path, H5P_DEFAULT, creation, H5P_DEFAULT)
                      : H5I_INVALID_HID;
    if (id < 0) {
        hst_result_fail_hdf5(result->writer, "create", path);
    }
    hst_ignore(hst_hdf5_close(id) ? HST_OK : HST_IO);
    hst_ignore(hst_hdf5_close(creation) ? HST_OK : HST_IO);
}

void hst_result_rows(hst_result *result,
                     const hst_table_schema *table,
                     const void *rows,
                     uint64_t count)
{
    hst_assert(table != NULL);
    hst_assert(count == 0 || rows != NULL);
    if (!path_is_free(result, table->path)) {
        return;
    }
    const hid_t type = hst_hdf5_row_type(table);
    const hid_t id =
        type >= 0 ? hst_result_make_array(result->writer->file, table->path, type, count, rows)
                  : H5I_INVALID_HID;
    if (id < 0 || !hst_result_describe(id, table)) {
        hst_result_fail_hdf5(result->writer, "write", table->path);
    }
    hst_ignore(hst_hdf5_close(id) ? HST_OK : HST_IO);
    hst_ignore(hst_hdf5_close(type) ? HST_OK : HST_IO);
}

static uint64_t collect_bins(const hst_histogram *histogram, hst_bin_row *rows)
{
    uint64_t count = 0;
    for (uint32_t b = 0; b < HST_HISTOGRAM_BIN_COUNT; b++) {
        if (histogram->bins[b] > 0) {
            rows[count++] = (hst_bin_row){.lower = hst_histogram_bin_lower(b),
                                          .upper = hst_histogram_bin_upper(b),
                                          .count = histogram->bins[b]};
        }
    }
    return count;
}

_Static_assert(HST_HISTOGRAM_BIN_COUNT * sizeof(hst_bin_row) <= HST_RESULT_BUFFER_SIZE,
               "the bins of a histogram fit the scratch buffer");

static bool describe_histogram(hid_t id, const hst_histogram *histogram)
{
    static const struct {
        const char *name;
        uint32_t share_ppm;
    } percentiles[] = {{"min", 0},      {"p50", 500000},  {"p90", 900000},
                       {"p99", 990000}, {"p999", 999000}, {"max", 1000000}};
    const double mean = hst_histogram_mean(histogram);
    bool good = put_scalar(id, "count", H5T_STD_U64LE, &histogram->count) &&
                put_scalar(id, "clamped", H5T_STD_U64LE, &histogram->clamped) &&
                put_scalar(id, "mean", H5T_IEEE_F64LE, &mean);
    for (size_t i = 0; good && i < sizeof percentiles / sizeof percentiles[0]; i++) {
        const int64_t value = hst_histogram_percentile(histogram, percentiles[i].share_ppm);
        good = put_scalar(id, percentiles[i].name, H5T_STD_I64LE, &value);
    }
    return good;
}

void hst_result_histogram(hst_result *result,
                          const char *name,
                          const hst_histogram *histogram,
                          const char *unit,
                          const char *description)
{
    hst_assert(name != NULL);
    hst_assert(histogram != NULL);
    char path[HST_RESULT_PATH_MAX];
    const int length = snprintf(path, sizeof path, "/histograms/%s", name);
    hst_assert(length > 0 && (size_t)length < sizeof path);
    if (!path_is_free(result, path)) {
        return;
    }
    hst_result_writer *writer = result->writer;
    hst_bin_row *rows = (hst_bin_row *)(void *)writer->scratch;
    const uint64_t count = collect_bins(histogram, rows);
    const hid_t type = hst_hdf5_row_type(hst_schema_histogram());
    const hid_t id = hst_result_make_array(writer->file, path, type, count, rows);
    if (id < 0 || !hst_result_describe(id, hst_schema_histogram()) ||
        !hst_result_put_attribute_text(id, "unit", unit) ||
        !hst_result_put_attribute_text(id, "description", description) ||
        !describe_histogram(id, histogram)) {
        hst_result_fail_hdf5(writer, "write", path);
    }
    hst_ignore(hst_hdf5_close(id) ? HST_OK : HST_IO);
    hst_ignore(hst_hdf5_close(type) ? HST_OK : HST_IO);
}

void hst_result_put_text(char *column, size_t size, const char *text)
{
    hst_assert(column != NULL);
    hst_assert(text != NULL);
    size_t length = strlen(text);
    if (length > size) {
        length = size;
        /* Not within a character of UTF-8: step back over its continuation bytes. */
        while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80) {
            length--;
        }
    }
    memset(column, 0, size);
    /* NOLINTNEXTLINE(bugprone-not-null-terminated-result): columns are padded, not terminated */
    memcpy(column, text, length);
}

void hst_result_metric(
    hst_result *result, const char *name, const char *unit, double value, const char *description)
{
    hst_metric_row row = {.value = value};
    hst_result_put_text(row.name, sizeof row.name, name);
    hst_result_put_text(row.unit, sizeof row.unit, unit);
    hst_result_put_text(row.description, sizeof row.description, description);
    hst_result_append_metric(result, &row);
}

void hst_result_invariant(hst_result *result,
                          const char *name,
                          const char *description,
                          uint64_t checked,
                          uint64_t violated,
                          int64_t first_violation_ns)
{
    hst_assert(violated <= checked);
    hst_assert((violated == 0) == (first_violation_ns == HST_NEVER_NS));
    hst_invariant_row row = {
        .checked = checked, .violated = violated, .first_violation_ns = first_violation_ns};
    hst_result_put_text(row.name, sizeof row.name, name);
    hst_result_put_text(row.description, sizeof row.description, description);
    hst_result_append_invariant(result, &row);
}
