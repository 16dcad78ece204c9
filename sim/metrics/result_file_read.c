#include "core/base/assert.h"

#include "sim/metrics/hdf5_support.h"
#include "sim/metrics/result_file_internal.h"

#include <string.h>

hst_hash hst_result_file_digest(const hst_result_file *file)
{
    hst_assert(file != NULL);
    return file->seal.content;
}

uint32_t hst_result_file_schema(const hst_result_file *file)
{
    hst_assert(file != NULL);
    return file->seal.schema;
}

uint64_t hst_result_file_size(const hst_result_file *file)
{
    hst_assert(file != NULL);
    return file->seal.size_bytes;
}

const hst_result_entry *hst_result_file_entries(const hst_result_file *file, size_t *count)
{
    hst_assert(file != NULL);
    hst_assert(count != NULL);
    *count = file->entry_count;
    return file->entries;
}

const hst_result_entry *hst_result_file_find(const hst_result_file *file, const char *path)
{
    hst_assert(file != NULL);
    hst_assert(path != NULL);
    size_t low = 0;
    size_t high = file->entry_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = strcmp(file->entries[middle].path, path);
        if (order == 0) {
            return &file->entries[middle];
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

uint64_t hst_result_file_row_count(const hst_result_file *file, hst_result_table table)
{
    if (table == HST_TABLE_DIGEST) {
        return file->stored_count; /* the one table that is not an entry of itself */
    }
    const hst_result_entry *entry = hst_result_file_find(file, hst_schema_table(table)->path);
    return entry != NULL ? entry->count : 0;
}

/* Elements [first, first + count) of a one-dimensional dataset, as they lie in the file. */
static bool
read_slab(const hst_result_file *file, const char *path, hsize_t first, hsize_t count, void *out)
{
    const hid_t dataset = H5Dopen2(file->id, path, H5P_DEFAULT);
    const hid_t type = dataset >= 0 ? H5Dget_type(dataset) : H5I_INVALID_HID;
    const hid_t space = dataset >= 0 ? H5Dget_space(dataset) : H5I_INVALID_HID;
    const hid_t memory = H5Screate_simple(1, &count, NULL);
    const bool good = type >= 0 && space >= 0 && memory >= 0 &&
                      H5Sselect_hyperslab(space, H5S_SELECT_SET, &first, NULL, &count, NULL) >= 0 &&
                      H5Dread(dataset, type, memory, space, H5P_DEFAULT, out) >= 0;
    hst_ignore(hst_hdf5_close(memory) ? HST_OK : HST_IO);
    hst_ignore(hst_hdf5_close(space) ? HST_OK : HST_IO);
    hst_ignore(hst_hdf5_close(type) ? HST_OK : HST_IO);
    hst_ignore(hst_hdf5_close(dataset) ? HST_OK : HST_IO);
    return good;
}

/* Of a large file opened for its summary, large datasets were not read. */
static hst_status refuse_unchecked(const hst_result_entry *entry, hst_error *error)
{
    return entry != NULL && !entry->checked
               ? hst_error_set(error, HST_UNSUPPORTED,
                               "%s: not checked, as the file was opened for its summary",
                               entry->path)
               : HST_OK;
}

static hst_status read_elements(hst_result_file *file,
                                const char *path,
                                hst_entry_kind kind,
                                uint64_t count,
                                void *out,
                                hst_error *error)
{
    const hst_result_entry *entry = hst_result_file_find(file, path);
    if (entry == NULL) {
        return hst_error_set(error, HST_NOT_FOUND, "%s: not in the file", path);
    }
    if (entry->kind != kind || entry->count != count) {
        return hst_error_set(error, HST_INVALID, "%s: asked for with another type or length", path);
    }
    HST_TRY(refuse_unchecked(entry, error));
    hst_hdf5_enter();
    if (count > 0 && !read_slab(file, path, 0, count, out)) {
        return hst_error_set(error, HST_IO, "%s: cannot read it", path);
    }
    return HST_OK;
}

hst_status hst_result_file_read_rows(hst_result_file *file,
                                     hst_result_table table,
                                     uint64_t first,
                                     uint64_t count,
                                     void *rows,
                                     hst_error *error)
{
    hst_assert(file != NULL);
    hst_assert(count == 0 || rows != NULL);
    const hst_table_schema *schema = hst_schema_table(table);
    const uint64_t there = hst_result_file_row_count(file, table);
    if (first > there || count > there - first) {
        return hst_error_set(error, HST_INVALID, "%s: rows beyond its end", schema->path);
    }
    HST_TRY(refuse_unchecked(hst_result_file_find(file, schema->path), error));
    hst_hdf5_enter();
    if (count > 0 && !read_slab(file, schema->path, first, count, rows)) {
        return hst_error_set(error, HST_IO, "%s: cannot read it", schema->path);
    }
    return HST_OK;
}

/* Whether the dataset's rows are laid out as `table` says. */
static bool has_columns(const hst_result_file *file, const hst_table_schema *table)
{
    const hid_t dataset = H5Dopen2(file->id, table->path, H5P_DEFAULT);
    const hid_t type = dataset >= 0 ? H5Dget_type(dataset) : H5I_INVALID_HID;
    const bool same = type >= 0 && hst_hdf5_row_type_matches(type, table);
    hst_ignore(hst_hdf5_close(type) ? HST_OK : HST_IO);
    hst_ignore(hst_hdf5_close(dataset) ? HST_OK : HST_IO);
    return same;
}

hst_status hst_result_file_read_table(hst_result_file *file,
                                      const hst_table_schema *table,
                                      uint64_t first,
                                      uint64_t count,
                                      void *rows,
                                      hst_error *error)
{
    hst_assert(table != NULL);
    hst_assert(count == 0 || rows != NULL);
    const hst_result_entry *entry = hst_result_file_find(file, table->path);
    if (entry == NULL || entry->kind == HST_ENTRY_GROUP) {
        return hst_error_set(error, HST_NOT_FOUND, "%s: not in the file", table->path);
    }
    HST_TRY(refuse_unchecked(entry, error));
    hst_hdf5_enter();
    if (!has_columns(file, table)) {
        return hst_error_set(error, HST_MISMATCH, "%s: its columns are others", table->path);
    }
    if (first > entry->count || count > entry->count - first) {
        return hst_error_set(error, HST_INVALID, "%s: rows beyond its end", table->path);
    }
    if (count > 0 && !read_slab(file, table->path, first, count, rows)) {
        return hst_error_set(error, HST_IO, "%s: cannot read it", table->path);
    }
    return HST_OK;
}

hst_status hst_result_file_read_bins(
    hst_result_file *file, const char *name, uint64_t count, hst_bin_row *bins, hst_error *error)
{
    hst_assert(name != NULL);
    char path[HST_RESULT_PATH_MAX] = "/histograms/";
    const size_t at = strlen(path);
    const size_t length = strlen(name);
    if (length >= sizeof path - at) {
        return hst_error_set(error, HST_NOT_FOUND, "/histograms/%.32s...: not in the file", name);
    }
    memcpy(path + at, name, length + 1);
    return read_elements(file, path, HST_ENTRY_HISTOGRAM, count, bins, error);
}

static bool read_text(const hst_result_file *file, const char *path, char *out, size_t size)
{
    const hid_t dataset = H5Dopen2(file->id, path, H5P_DEFAULT);
    const hid_t type = dataset >= 0 ? H5Dget_type(dataset) : H5I_INVALID_HID;
    const hid_t space = dataset >= 0 ? H5Dget_space(dataset) : H5I_INVALID_HID;
    char *text = NULL;
    bool good = type >= 0 && space >= 0 &&
                H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, &text) >= 0;
    if (good) {
        good = (text != NULL ? strlen(text) : 0) == size;
        if (good && size > 0) {
            memcpy(out, text, size);
        }
        good = H5Dvlen_reclaim(type, space, H5P_DEFAULT, &text) >= 0 && good;
    }
    hst_ignore(hst_hdf5_close(space) ? HST_OK : HST_IO);
    hst_ignore(hst_hdf5_close(type) ? HST_OK : HST_IO);
    hst_ignore(hst_hdf5_close(dataset) ? HST_OK : HST_IO);
    return good;
}

hst_status hst_result_file_read_bytes(
    hst_result_file *file, const char *path, void *bytes, size_t size, hst_error *error)
{
    hst_assert(file != NULL);
    hst_assert(size == 0 || bytes != NULL);
    const hst_result_entry *entry = hst_result_file_find(file, path);
    if (entry != NULL && entry->kind == HST_ENTRY_TEXT && entry->count == size) {
        hst_hdf5_enter();
        return read_text(file, path, bytes, size)
                   ? HST_OK
                   : hst_error_set(error, HST_IO, "%s: cannot read it", path);
    }
    return read_elements(file, path, HST_ENTRY_BYTES, size, bytes, error);
}

/* Whether the elements of an array are whole numbers. */
static bool is_whole(const hst_result_file *file, const char *path)
{
    const hid_t dataset = H5Dopen2(file->id, path, H5P_DEFAULT);
    const hid_t type = dataset >= 0 ? H5Dget_type(dataset) : H5I_INVALID_HID;
    const bool whole = type >= 0 && H5Tget_class(type) == H5T_INTEGER;
    hst_ignore(hst_hdf5_close(type) ? HST_OK : HST_IO);
    hst_ignore(hst_hdf5_close(dataset) ? HST_OK : HST_IO);
    return whole;
}

hst_status hst_result_file_read_i64(
    hst_result_file *file, const char *path, int64_t *values, size_t count, hst_error *error)
{
    hst_assert(file != NULL);
    hst_assert(path != NULL);
    if (hst_result_file_find(file, path) != NULL && !is_whole(file, path)) {
        return hst_error_set(error, HST_INVALID, "%s: not whole numbers", path);
    }
    return read_elements(file, path, HST_ENTRY_ARRAY, count, values, error);
}

hst_status hst_result_file_read_f64(
    hst_result_file *file, const char *path, double *values, size_t count, hst_error *error)
{
    hst_assert(file != NULL);
    hst_assert(path != NULL);
    if (hst_result_file_find(file, path) != NULL && is_whole(file, path)) {
        return hst_error_set(error, HST_INVALID, "%s: not real numbers", path);
    }
    return read_elements(file, path, HST_ENTRY_ARRAY, count, values, error);
}

/* ---- attributes -------------------------------------------------------------------------- */

/* What visits one attribute. */
typedef struct attribute_visit {
    void (*visit)(void *context, const hst_result_attribute *attribute);
    void *context;
} attribute_visit;

static herr_t visit_text(hid_t attribute, hid_t type, const char *name, const attribute_visit *to)
{
    char *text = NULL;
    if (H5Aread(attribute, type, &text) < 0) {
        return -1;
    }
    const hst_result_attribute out = {.name = name, .text = text != NULL ? text : ""};
    to->visit(to->context, &out);
    const hid_t space = H5Aget_space(attribute);
    const herr_t reclaimed = space >= 0 ? H5Dvlen_reclaim(type, space, H5P_DEFAULT, &text) : -1;
    hst_ignore(hst_hdf5_close(space) ? HST_OK : HST_IO);
    return reclaimed;
}

static herr_t visit_number(hid_t attribute, bool whole, const char *name, const attribute_visit *to)
{
    hst_result_attribute out = {.name = name, .whole = whole};
    const herr_t read = whole ? H5Aread(attribute, H5T_NATIVE_INT64, &out.integer)
                              : H5Aread(attribute, H5T_NATIVE_DOUBLE, &out.real);
    if (read >= 0) {
        if (whole) {
            out.real = (double)out.integer;
        }
        to->visit(to->context, &out);
    }
    return read;
}

static herr_t visit_one(hid_t object, const char *name, const H5A_info_t *info, void *context)
{
    (void)info;
    const attribute_visit *to = context;
    const hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    const hid_t type = attribute >= 0 ? H5Aget_type(attribute) : H5I_INVALID_HID;
    const hid_t space = attribute >= 0 ? H5Aget_space(attribute) : H5I_INVALID_HID;
    herr_t result = space >= 0 && type >= 0 ? 0 : -1;
    if (result == 0 && H5Sget_simple_extent_type(space) == H5S_SCALAR) {
        const H5T_class_t kind = H5Tget_class(type);
        if (H5Tis_variable_str(type) > 0) {
            result = visit_text(attribute, type, name, to);
        } else if (kind == H5T_INTEGER || kind == H5T_FLOAT) {
            result = visit_number(attribute, kind == H5T_INTEGER, name, to);
        }
    }
    hst_ignore(hst_hdf5_close(space) ? HST_OK : HST_IO);
    hst_ignore(hst_hdf5_close(type) ? HST_OK : HST_IO);
    hst_ignore(hst_hdf5_close(attribute) ? HST_OK : HST_IO);
    return result < 0 ? -1 : 0;
}

hst_status hst_result_file_attributes(hst_result_file *file,
                                      const char *path,
                                      void (*visit)(void *context,
                                                    const hst_result_attribute *attribute),
                                      void *context)
{
    hst_assert(file != NULL);
    hst_assert(visit != NULL);
    hst_hdf5_enter();
    const hid_t object = H5Oopen(file->id, path, H5P_DEFAULT);
    if (object < 0) {
        return HST_NOT_FOUND;
    }
    attribute_visit to = {.visit = visit, .context = context};
    hsize_t at = 0;
    const herr_t done = H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, &at, visit_one, &to);
    hst_ignore(hst_hdf5_close(object) ? HST_OK : HST_IO);
    return done >= 0 ? HST_OK : HST_IO;
}

/* One wanted attribute. */
typedef struct wanted {
    const char *name;
    char *buffer;
    size_t size;
    hst_result_attribute found;
    hst_status status;
} wanted;

static void keep_wanted(void *context, const hst_result_attribute *attribute)
{
    wanted *want = context;
    if (strcmp(attribute->name, want->name) != 0) {
        return;
    }
    want->found = *attribute;
    want->status = HST_OK;
    if (attribute->text == NULL || want->buffer == NULL) {
        return;
    }
    const size_t length = strlen(attribute->text);
    if (length >= want->size) {
        want->status = HST_FULL;
        return;
    }
    memcpy(want->buffer, attribute->text, length + 1);
}

/* NOLINTBEGIN(readability-non-const-parameter): keep_wanted writes it through `want` */
hst_status hst_result_file_attribute_text(
    hst_result_file *file, const char *path, const char *name, char *buffer, size_t size)
{
    hst_assert(name != NULL);
    hst_assert(buffer != NULL);
    wanted want = {.name = name, .buffer = buffer, .size = size, .status = HST_NOT_FOUND};
    HST_TRY(hst_result_file_attributes(file, path, keep_wanted, &want));
    HST_TRY(want.status);
    return want.found.text != NULL ? HST_OK : HST_MISMATCH;
}
/* NOLINTEND(readability-non-const-parameter) */

hst_status hst_result_file_attribute_i64(hst_result_file *file,
                                         const char *path,
                                         const char *name,
                                         int64_t *value)
{
    hst_assert(name != NULL);
    hst_assert(value != NULL);
    wanted want = {.name = name, .status = HST_NOT_FOUND};
    HST_TRY(hst_result_file_attributes(file, path, keep_wanted, &want));
    HST_TRY(want.status);
    if (!want.found.whole) {
        return HST_MISMATCH;
    }
    *value = want.found.integer;
    return HST_OK;
}

hst_status hst_result_file_attribute_f64(hst_result_file *file,
                                         const char *path,
                                         const char *name,
                                         double *value)
{
    hst_assert(name != NULL);
    hst_assert(value != NULL);
    wanted want = {.name = name, .status = HST_NOT_FOUND};
    HST_TRY(hst_result_file_attributes(file, path, keep_wanted, &want));
    HST_TRY(want.status);
    if (want.found.text != NULL) {
        return HST_MISMATCH;
    }
    *value = want.found.real;
    return HST_OK;
}
