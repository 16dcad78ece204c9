#include "sim/metrics/result_file.h"

#include "core/base/assert.h"

#include "sim/metrics/hdf5_support.h"
#include "sim/metrics/result_file_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- what is in the file ----------------------------------------------------------------- */

static bool load_digests(hst_result_file *file)
{
    const hst_table_schema *schema = hst_schema_table(HST_TABLE_DIGEST);
    const hid_t dataset = H5Dopen2(file->id, schema->path, H5P_DEFAULT);
    const hid_t type = dataset >= 0 ? H5Dget_type(dataset) : H5I_INVALID_HID;
    const hid_t space = dataset >= 0 ? H5Dget_space(dataset) : H5I_INVALID_HID;
    bool good = type >= 0 && space >= 0 && hst_hdf5_row_type_matches(type, schema);
    const hssize_t count = good ? H5Sget_simple_extent_npoints(space) : -1;
    good = good && count >= 0 && count <= HST_CONTENT_OBJECT_MAX &&
           H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, file->stored) >= 0;
    file->stored_count = good ? (size_t)count : 0;
    for (size_t i = 0; good && i < file->stored_count; i++) {
        good = memchr(file->stored[i].path, '\0', sizeof file->stored[i].path) != NULL;
    }
    hst_ignore(hst_hdf5_close(space) ? HST_OK : HST_IO);
    hst_ignore(hst_hdf5_close(type) ? HST_OK : HST_IO);
    hst_ignore(hst_hdf5_close(dataset) ? HST_OK : HST_IO);
    return good;
}

bool hst_result_file_load(hst_result_file *file, const char *path)
{
    hst_assert(file != NULL);
    hst_assert(path != NULL);
    hst_hdf5_enter();
    const hid_t access = hst_hdf5_access();
    file->id = access >= 0 ? H5Fopen(path, H5F_ACC_RDONLY, access) : H5I_INVALID_HID;
    hst_ignore(hst_hdf5_close(access) ? HST_OK : HST_IO);
    return file->id >= 0 && load_digests(file) &&
           hst_content_list_objects(file->id, &file->list) == HST_OK;
}

static hst_entry_kind kind_of_type(hid_t type, const char *path)
{
    static const char histograms[] = "/histograms/";
    if (strncmp(path, histograms, sizeof histograms - 1) == 0 &&
        hst_hdf5_row_type_matches(type, hst_schema_histogram())) {
        return HST_ENTRY_HISTOGRAM;
    }
    if (H5Tis_variable_str(type) > 0) {
        return HST_ENTRY_TEXT;
    }
    if (H5Tequal(type, H5T_STD_U8LE) > 0) {
        return HST_ENTRY_BYTES;
    }
    if (H5Tequal(type, H5T_STD_I64LE) > 0 || H5Tequal(type, H5T_IEEE_F64LE) > 0) {
        return HST_ENTRY_ARRAY;
    }
    return HST_ENTRY_OTHER;
}

/* Kind and count of a dataset; false when a table is not as the schema says. */
static bool classify(const hst_result_file *file, hst_result_entry *entry)
{
    const hid_t object = H5Oopen(file->id, entry->path, H5P_DEFAULT);
    if (object < 0 || H5Iget_type(object) != H5I_DATASET) {
        entry->kind = HST_ENTRY_GROUP;
        return hst_hdf5_close(object) && object >= 0;
    }
    const hid_t type = H5Dget_type(object);
    const hid_t space = H5Dget_space(object);
    bool good = type >= 0 && space >= 0;
    entry->table = hst_schema_find(entry->path);
    if (good && entry->table != HST_TABLE_COUNT) {
        entry->kind = HST_ENTRY_TABLE;
        good = H5Sget_simple_extent_ndims(space) == 1 &&
               hst_hdf5_row_type_matches(type, hst_schema_table(entry->table));
    } else if (good) {
        entry->kind = kind_of_type(type, entry->path);
    }
    const hssize_t points = good ? H5Sget_simple_extent_npoints(space) : 0;
    entry->count = entry->kind == HST_ENTRY_TEXT ? entry->size_bytes : (uint64_t)points;
    hst_ignore(hst_hdf5_close(space) ? HST_OK : HST_IO);
    hst_ignore(hst_hdf5_close(type) ? HST_OK : HST_IO);
    hst_ignore(hst_hdf5_close(object) ? HST_OK : HST_IO);
    return good && points >= 0;
}

bool hst_result_file_compare(hst_result_file *file, uint64_t size_max, char *path_out)
{
    hst_assert(file != NULL);
    hst_assert(file->id >= 0);
    file->entry_count = 0;
    const size_t count =
        file->list.count < file->stored_count ? file->stored_count : file->list.count;
    for (size_t i = 0; i < count; i++) {
        const char *there = i < file->list.count ? file->list.paths[i] : "";
        const char *stored = i < file->stored_count ? file->stored[i].path : "";
        const bool present = strcmp(there, stored) == 0;
        /* Where the lists part, the smaller name is the one the other list lacks. */
        const char *which = there;
        if (!present && (there[0] == '\0' || (stored[0] != '\0' && strcmp(stored, there) < 0))) {
            which = stored;
        }
        hst_digest_row row = file->stored[i < file->stored_count ? i : 0];
        const bool checked = row.size_bytes <= size_max;
        if (!present || (checked && (hst_content_digest_object(file->id, there, NULL, file->buffer,
                                                               &row) != HST_OK ||
                                     memcmp(&row, &file->stored[i], sizeof row) != 0))) {
            hst_result_put_text(path_out, HST_RESULT_PATH_MAX - 1, which);
            path_out[HST_RESULT_PATH_MAX - 1] = '\0';
            return false;
        }
        file->entries[file->entry_count++] = (hst_result_entry){.path = there,
                                                                .kind = HST_ENTRY_OTHER,
                                                                .table = HST_TABLE_COUNT,
                                                                .size_bytes = row.size_bytes,
                                                                .digest = row.digest,
                                                                .checked = checked};
    }
    return true;
}

/* ---- opening ----------------------------------------------------------------------------- */

static hst_status refuse_system(const char *what, hst_error *error)
{
    char reason[128];
    if (strerror_r(errno, reason, sizeof reason) != 0) {
        reason[0] = '\0';
    }
    return hst_error_set(error, HST_IO, "cannot %s it: %s", what, reason);
}

static size_t read_front(int descriptor, char *block)
{
    size_t done = 0;
    while (done < HST_SEAL_SIZE) {
        const ssize_t got = pread(descriptor, block + done, HST_SEAL_SIZE - done, (off_t)done);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            break;
        }
        done += (size_t)got;
    }
    return done;
}

/* Everything that can be said without HDF5. */
static hst_status check_seal(hst_result_file *file, hst_error *error)
{
    struct stat there;
    if (fstat(file->descriptor, &there) != 0) {
        return refuse_system("read", error);
    }
    if (!S_ISREG(there.st_mode)) {
        return hst_error_set(error, HST_IO, "cannot read it: it is not a regular file");
    }
    char block[HST_SEAL_SIZE];
    const size_t front = read_front(file->descriptor, block);
    HST_TRY(hst_seal_parse(block, front, &file->seal, error));
    if (!file->seal.complete) {
        return hst_error_set(error, HST_INTERRUPTED,
                             "partial: the run that wrote it did not finish");
    }
    const uint64_t size = (uint64_t)there.st_size;
    if (size < file->seal.size_bytes) {
        return hst_error_set(error, HST_TRUNCATED,
                             "truncated: %" PRIu64 " of %" PRIu64 " bytes are there", size,
                             file->seal.size_bytes);
    }
    if (size > file->seal.size_bytes) {
        return hst_error_set(error, HST_CORRUPT, "damaged: %" PRIu64 " bytes were added at its end",
                             size - file->seal.size_bytes);
    }
    return HST_OK;
}

static hst_status check_bytes(hst_result_file *file, const char *path, hst_error *error)
{
    uint64_t size = 0;
    hst_hash blake2b = {{0}};
    if (hst_seal_digest(file->descriptor, file->buffer, sizeof file->buffer, NULL, 0, &size,
                        &blake2b) != HST_OK) {
        return refuse_system("read", error);
    }
    if (hst_hash_equal(&blake2b, &file->seal.blake2b)) {
        return HST_OK;
    }
    char name[HST_RESULT_PATH_MAX];
    hst_result_locate(file, path, name);
    if (name[0] == '\0') {
        return hst_error_set(error, HST_CORRUPT,
                             "damaged: bytes outside the digested datasets have changed");
    }
    return hst_error_set(error, HST_CORRUPT, "damaged: %s: stored digest differs", name);
}

static hst_status
check_content(hst_result_file *file, const char *path, uint64_t size_max, hst_error *error)
{
    char name[HST_RESULT_PATH_MAX];
    if (!hst_result_file_load(file, path)) {
        return hst_error_set(error, HST_CORRUPT,
                             "damaged: sealed, but not a file this program can have written");
    }
    if (!hst_result_file_compare(file, size_max, name)) {
        return hst_error_set(error, HST_CORRUPT, "damaged: %s: stored digest differs", name);
    }
    const hst_hash all = hst_content_digest_all(file->stored, file->stored_count);
    if (!hst_hash_equal(&all, &file->seal.content)) {
        return hst_error_set(error, HST_CORRUPT, "damaged: /meta/digests: content digest differs");
    }
    for (size_t i = 0; i < file->entry_count; i++) {
        if (!classify(file, &file->entries[i])) {
            return hst_error_set(error, HST_MISMATCH, "%s: its columns are not those of schema %d",
                                 file->entries[i].path, HST_RESULT_SCHEMA);
        }
    }
    return HST_OK;
}

hst_status hst_result_open_limited(const char *path,
                                   const hst_result_limits *limits,
                                   hst_memory memory,
                                   hst_result_file **file_out,
                                   hst_error *error)
{
    hst_assert(path != NULL);
    hst_assert(file_out != NULL);
    hst_result_file *file = memory.acquire(memory.context, sizeof *file);
    if (file == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "no memory for a result file's reader");
    }
    file->memory = memory;
    file->id = H5I_INVALID_HID;
    file->descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    hst_status status =
        file->descriptor >= 0 ? check_seal(file, error) : refuse_system("open", error);
    const bool whole = file->seal.size_bytes <= limits->whole_max;
    const uint64_t size_max = whole ? UINT64_MAX : limits->size_max;
    if (status == HST_OK && (whole || !hst_result_survives(file, path, size_max))) {
        status = check_bytes(file, path, error);
    }
    if (status == HST_OK) {
        status = check_content(file, path, size_max, error);
    }
    if (status != HST_OK) {
        hst_result_file_close(file);
        return error != NULL ? hst_error_locate(error, path, 0, 0) : status;
    }
    *file_out = file;
    return HST_OK;
}

hst_status
hst_result_open(const char *path, hst_memory memory, hst_result_file **file_out, hst_error *error)
{
    static const hst_result_limits none = {UINT64_MAX, UINT64_MAX};
    return hst_result_open_limited(path, &none, memory, file_out, error);
}

hst_status hst_result_open_summary(const char *path,
                                   hst_memory memory,
                                   hst_result_file **file_out,
                                   hst_error *error)
{
    static const hst_result_limits summary = {HST_RESULT_WHOLE_MAX, HST_RESULT_LARGE_SIZE};
    return hst_result_open_limited(path, &summary, memory, file_out, error);
}

void hst_result_file_close(hst_result_file *file)
{
    hst_assert(file != NULL);
    if (file->id >= 0) {
        hst_ignore(H5Fclose(file->id) >= 0 ? HST_OK : HST_IO);
    }
    if (file->descriptor >= 0) {
        (void)close(file->descriptor);
    }
    const hst_memory memory = file->memory;
    memory.release(memory.context, file, sizeof *file);
}
