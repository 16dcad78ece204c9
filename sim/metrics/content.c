#include "sim/metrics/content.h"

#include "core/base/assert.h"

#include "sim/metrics/hdf5_support.h"
#include "sim/metrics/pieces.h"

#include <stdlib.h>
#include <string.h>

/* Bytes of an attribute's value that fit the scratch on the stack; `columns` of the widest table
 * is the largest we write. */
enum { ATTRIBUTE_MAX = 16 * 1024, TYPE_DEPTH_MAX = 4 };

static void digest_text(hst_digest *digest, const char *text)
{
    hst_digest_bytes(digest, text, strlen(text));
}

static hst_status digest_type(hst_digest *digest, hid_t type, unsigned depth);

static hst_status digest_member(hst_digest *digest, hid_t type, unsigned index, unsigned depth)
{
    char *name = H5Tget_member_name(type, index);
    const hid_t member = H5Tget_member_type(type, index);
    hst_status status = HST_IO;
    if (name != NULL && member >= 0) {
        digest_text(digest, name);
        hst_digest_u64(digest, H5Tget_member_offset(type, index));
        status = digest_type(digest, member, depth + 1);
    }
    if (name != NULL) {
        (void)H5free_memory(name);
    }
    hst_ignore(hst_hdf5_close(member) ? HST_OK : HST_IO);
    return status;
}

static hst_status digest_word(hst_digest *digest, hid_t type, unsigned index)
{
    uint32_t number = 0; /* words of ours have 1 or 4 bytes; H5Tget_size is checked before */
    char *name = H5Tget_member_name(type, index);
    const bool good = name != NULL && H5Tget_member_value(type, index, &number) >= 0;
    if (good) {
        digest_text(digest, name);
        hst_digest_u64(digest, number);
    }
    if (name != NULL) {
        (void)H5free_memory(name);
    }
    return good ? HST_OK : HST_IO;
}

static hst_status digest_members(hst_digest *digest, hid_t type, H5T_class_t kind, unsigned depth)
{
    const int count = H5Tget_nmembers(type);
    if (count < 0 || (kind == H5T_ENUM && H5Tget_size(type) > sizeof(uint32_t))) {
        return HST_UNSUPPORTED;
    }
    hst_digest_u64(digest, (uint64_t)count);
    for (unsigned i = 0; i < (unsigned)count; i++) {
        HST_TRY(kind == H5T_ENUM ? digest_word(digest, type, i)
                                 : digest_member(digest, type, i, depth));
    }
    return HST_OK;
}

static hst_status digest_array(hst_digest *digest, hid_t type, unsigned depth)
{
    hsize_t length = 0;
    if (H5Tget_array_ndims(type) != 1 || H5Tget_array_dims2(type, &length) != 1) {
        return HST_UNSUPPORTED;
    }
    hst_digest_u64(digest, length);
    const hid_t element = H5Tget_super(type);
    if (element < 0) {
        return HST_IO;
    }
    const hst_status status = digest_type(digest, element, depth + 1);
    hst_ignore(hst_hdf5_close(element) ? HST_OK : HST_IO);
    return status;
}

static hst_status digest_type(hst_digest *digest, hid_t type, unsigned depth)
{
    if (depth > TYPE_DEPTH_MAX) {
        return HST_UNSUPPORTED;
    }
    const H5T_class_t kind = H5Tget_class(type);
    hst_digest_u64(digest, (uint64_t)kind);
    /* A text of any length has the size of a pointer in memory, which is nobody's business. */
    hst_digest_u64(digest, H5Tis_variable_str(type) > 0 ? 0 : H5Tget_size(type));
    switch (kind) {
    case H5T_INTEGER:
        hst_digest_u64(digest, (uint64_t)H5Tget_order(type));
        hst_digest_u64(digest, (uint64_t)H5Tget_sign(type));
        return HST_OK;
    case H5T_FLOAT: hst_digest_u64(digest, (uint64_t)H5Tget_order(type)); return HST_OK;
    case H5T_STRING:
        hst_digest_u64(digest, (uint64_t)H5Tget_cset(type));
        hst_digest_u64(digest, (uint64_t)H5Tget_strpad(type));
        return HST_OK;
    case H5T_COMPOUND:
    case H5T_ENUM: return digest_members(digest, type, kind, depth);
    case H5T_ARRAY: return digest_array(digest, type, depth);
    case H5T_NO_CLASS:
    case H5T_TIME:
    case H5T_BITFIELD:
    case H5T_OPAQUE:
    case H5T_REFERENCE:
    case H5T_VLEN:
    case H5T_NCLASSES: break;
    }
    return HST_UNSUPPORTED;
}

/* Scalars count as one element; one dimension is all we write. */
static hst_status digest_shape(hst_digest *digest, hid_t space, uint64_t *count)
{
    const int rank = H5Sget_simple_extent_ndims(space);
    if (rank < 0 || rank > 1) {
        return rank < 0 ? HST_IO : HST_UNSUPPORTED;
    }
    const hssize_t points = H5Sget_simple_extent_npoints(space);
    if (points < 0) {
        return HST_IO;
    }
    hst_digest_u64(digest, (uint64_t)rank);
    hst_digest_u64(digest, (uint64_t)points);
    *count = (uint64_t)points;
    return HST_OK;
}

/* One text of any length, read by `read` into a pointer of the library's. */
static hst_status
digest_owned_text(hst_digest *digest, hid_t type, hid_t space, char *text, uint64_t *size_bytes)
{
    *size_bytes = text != NULL ? strlen(text) : 0;
    hst_digest_bytes(digest, text, (size_t)*size_bytes);
    return H5Dvlen_reclaim(type, space, H5P_DEFAULT, &text) >= 0 ? HST_OK : HST_IO;
}

static hst_status
digest_attribute_value(hst_digest *digest, hid_t attribute, hid_t type, hid_t space)
{
    uint64_t count = 0;
    HST_TRY(digest_type(digest, type, 0));
    HST_TRY(digest_shape(digest, space, &count));
    if (H5Tis_variable_str(type) > 0) {
        char *text = NULL;
        if (count != 1) {
            return HST_UNSUPPORTED;
        }
        uint64_t length = 0;
        return H5Aread(attribute, type, &text) >= 0
                   ? digest_owned_text(digest, type, space, text, &length)
                   : HST_IO;
    }
    const uint64_t size = H5Tget_size(type);
    unsigned char value[ATTRIBUTE_MAX];
    if (size == 0 || size > sizeof value || count > sizeof value / size) {
        return HST_UNSUPPORTED;
    }
    if (H5Aread(attribute, type, value) < 0) {
        return HST_IO;
    }
    hst_digest_update(digest, value, (size_t)(size * count));
    return HST_OK;
}

typedef struct attribute_walk {
    hst_digest *digest;
    const char *path;
    hst_status status;
} attribute_walk;

static herr_t visit_attribute(hid_t object, const char *name, const H5A_info_t *info, void *context)
{
    (void)info;
    attribute_walk *walk = context;
    if (strcmp(walk->path, "/meta") == 0 && strcmp(name, "content_digest") == 0) {
        return 0;
    }
    const hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    const hid_t type = attribute >= 0 ? H5Aget_type(attribute) : H5I_INVALID_HID;
    const hid_t space = attribute >= 0 ? H5Aget_space(attribute) : H5I_INVALID_HID;
    walk->status = HST_IO;
    if (type >= 0 && space >= 0) {
        digest_text(walk->digest, name);
        walk->status = digest_attribute_value(walk->digest, attribute, type, space);
    }
    hst_ignore(hst_hdf5_close(space) ? HST_OK : HST_IO);
    hst_ignore(hst_hdf5_close(type) ? HST_OK : HST_IO);
    hst_ignore(hst_hdf5_close(attribute) ? HST_OK : HST_IO);
    return walk->status == HST_OK ? 0 : -1;
}

static hst_status digest_attributes(hst_digest *digest, hid_t object, const char *path)
{
    attribute_walk walk = {.digest = digest, .path = path, .status = HST_OK};
    hsize_t at = 0;
    const herr_t done =
        H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, &at, visit_attribute, &walk);
    if (done < 0) {
        return walk.status != HST_OK ? walk.status : HST_IO;
    }
    return HST_OK;
}

static hst_status digest_slab(
    hst_pieces *digest, hid_t dataset, hid_t type, hid_t space, const hsize_t slab[2], void *buffer)
{
    const hid_t memory = H5Screate_simple(1, &slab[1], NULL);
    const bool read =
        memory >= 0 &&
        H5Sselect_hyperslab(space, H5S_SELECT_SET, &slab[0], NULL, &slab[1], NULL) >= 0 &&
        H5Dread(dataset, type, memory, space, H5P_DEFAULT, buffer) >= 0;
    hst_ignore(hst_hdf5_close(memory) ? HST_OK : HST_IO);
    if (!read) {
        return HST_IO;
    }
    hst_pieces_update(digest, buffer, (size_t)slab[1] * H5Tget_size(type));
    return HST_OK;
}

/* What is read of a dataset. */
typedef struct elements {
    hid_t dataset, type, space;
    uint64_t count;
} elements;

/* The digest of all elements, a bufferful at a time. */
static hst_status
digest_elements(const elements *in, void *buffer, hst_hash *out, uint64_t *size_bytes)
{
    const hid_t dataset = in->dataset;
    const hid_t type = in->type;
    const hid_t space = in->space;
    const uint64_t count = in->count;
    if (H5Tis_variable_str(type) > 0) {
        hst_digest digest;
        hst_digest_init(&digest, NULL, 0);
        char *text = NULL;
        if (count != 1 || H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, &text) < 0) {
            return count != 1 ? HST_UNSUPPORTED : HST_IO;
        }
        HST_TRY(digest_owned_text(&digest, type, space, text, size_bytes));
        *out = hst_digest_final(&digest);
        return HST_OK;
    }
    const size_t size = H5Tget_size(type);
    if (size == 0 || size > HST_RESULT_BUFFER_SIZE || H5Sget_simple_extent_ndims(space) != 1) {
        return HST_UNSUPPORTED;
    }
    hst_pieces pieces;
    hst_pieces_init(&pieces);
    const uint64_t step = HST_RESULT_BUFFER_SIZE / size;
    for (uint64_t at = 0; at < count; at += step) {
        const hsize_t slab[2] = {at, count - at < step ? count - at : step};
        HST_TRY(digest_slab(&pieces, dataset, type, space, slab, buffer));
    }
    *size_bytes = count * size;
    *out = hst_pieces_final(&pieces);
    return HST_OK;
}

static hst_status digest_dataset(
    hst_digest *digest, hid_t dataset, const hst_hash *data, void *buffer, uint64_t *size_bytes)
{
    const hid_t type = H5Dget_type(dataset);
    const hid_t space = H5Dget_space(dataset);
    hst_status status = HST_IO;
    uint64_t count = 0;
    hst_hash computed = {{0}};
    if (type >= 0 && space >= 0) {
        status = digest_type(digest, type, 0);
        status = status == HST_OK ? digest_shape(digest, space, &count) : status;
        if (status == HST_OK && data == NULL) {
            const elements in = {dataset, type, space, count};
            status = digest_elements(&in, buffer, &computed, size_bytes);
        } else {
            *size_bytes = count * H5Tget_size(type);
        }
    }
    hst_ignore(hst_hdf5_close(space) ? HST_OK : HST_IO);
    hst_ignore(hst_hdf5_close(type) ? HST_OK : HST_IO);
    const hst_hash *used = data != NULL ? data : &computed;
    hst_digest_update(digest, used->bytes, sizeof used->bytes);
    return status;
}

hst_status hst_content_digest_object(
    hid_t file, const char *path, const hst_hash *data, void *buffer, hst_digest_row *row)
{
    hst_assert(path != NULL);
    hst_assert(buffer != NULL);
    const hid_t object = H5Oopen(file, path, H5P_DEFAULT);
    if (object < 0) {
        return HST_IO;
    }
    hst_digest digest;
    hst_digest_init(&digest, NULL, 0);
    digest_text(&digest, path);
    const H5I_type_t kind = H5Iget_type(object);
    uint64_t size_bytes = 0;
    hst_status status = kind == H5I_GROUP || kind == H5I_DATASET ? HST_OK : HST_UNSUPPORTED;
    hst_digest_u64(&digest, kind == H5I_DATASET ? 1 : 0);
    if (status == HST_OK) {
        status = digest_attributes(&digest, object, path);
    }
    if (status == HST_OK && kind == H5I_DATASET) {
        status = digest_dataset(&digest, object, data, buffer, &size_bytes);
    }
    hst_ignore(hst_hdf5_close(object) ? HST_OK : HST_IO);
    if (status == HST_OK) {
        memset(row, 0, sizeof *row);
        hst_result_put_text(row->path, sizeof row->path, path);
        row->size_bytes = size_bytes;
        row->digest = hst_digest_final(&digest);
    }
    return status;
}

typedef struct object_walk {
    hst_content_list *list;
    hst_status status;
} object_walk;

/* The host's own figures and the digests themselves do not enter. */
static bool left_out(const char *path)
{
    static const char host[] = "/meta/host";
    return strcmp(path, "/meta/digests") == 0 ||
           (strncmp(path, host, sizeof host - 1) == 0 &&
            (path[sizeof host - 1] == '\0' || path[sizeof host - 1] == '/'));
}

static herr_t visit_object(hid_t object, const char *name, const H5O_info_t *info, void *context)
{
    (void)object;
    (void)info;
    object_walk *walk = context;
    char path[HST_RESULT_PATH_MAX] = "/";
    const size_t length = strlen(name);
    if (strcmp(name, ".") != 0) {
        if (length + 2 > sizeof path) {
            walk->status = HST_FULL;
            return -1;
        }
        memcpy(path + 1, name, length + 1);
    }
    if (left_out(path)) {
        return 0;
    }
    if (walk->list->count == HST_CONTENT_OBJECT_MAX) {
        walk->status = HST_FULL;
        return -1;
    }
    memcpy(walk->list->paths[walk->list->count], path, sizeof path);
    walk->list->count++;
    return 0;
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(a, b);
}

hst_status hst_content_list_objects(hid_t file, hst_content_list *list)
{
    hst_assert(list != NULL);
    object_walk walk = {.list = list, .status = HST_OK};
    list->count = 0;
    if (H5Ovisit2(file, H5_INDEX_NAME, H5_ITER_INC, visit_object, &walk, H5O_INFO_BASIC) < 0) {
        return walk.status != HST_OK ? walk.status : HST_IO;
    }
    hst_assert(list->count <= HST_CONTENT_OBJECT_MAX);
    qsort(list->paths, list->count, sizeof list->paths[0], compare_paths);
    return HST_OK;
}

hst_hash hst_content_digest_all(const hst_digest_row *rows, size_t count)
{
    hst_assert(rows != NULL);
    hst_digest digest;
    hst_digest_init(&digest, NULL, 0);
    hst_digest_update(&digest, rows, count * sizeof *rows);
    return hst_digest_final(&digest);
}
