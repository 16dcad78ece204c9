#include "sim/metrics/result.h"

#include "core/base/assert.h"

#include "sim/metrics/content.h"
#include "sim/metrics/hdf5_support.h"
#include "sim/metrics/result_internal.h"
#include "sim/metrics/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- failures ---------------------------------------------------------------------------- */

void hst_result_fail(hst_result_writer *writer, hst_status status, const char *format, ...)
{
    hst_assert(writer != NULL);
    hst_assert(status != HST_OK);
    char text[HST_ERROR_TEXT_SIZE];
    va_list arguments;
    va_start(arguments, format);
    if (vsnprintf(text, sizeof text, format, arguments) < 0) {
        text[0] = '\0';
    }
    va_end(arguments);
    pthread_mutex_lock(&writer->mutex);
    if (writer->error.status == HST_OK) {
        hst_ignore(hst_error_at(&writer->error, status, writer->path, 0, 0, "%s", text));
        atomic_store(&writer->status, (int)status);
    }
    pthread_mutex_unlock(&writer->mutex);
}

void hst_result_fail_hdf5(hst_result_writer *writer, const char *what, const char *path)
{
    char reason[160];
    hst_hdf5_reason(reason, sizeof reason);
    hst_result_fail(writer, HST_IO, "cannot %s %s: %s", what, path, reason);
}

/* The operating system refused something; errno is fresh. */
static void fail_system(hst_result_writer *writer, const char *what)
{
    char reason[128];
    if (strerror_r(errno, reason, sizeof reason) != 0) {
        reason[0] = '\0';
    }
    hst_result_fail(writer, HST_IO, "cannot %s: %s", what, reason);
}

hst_status hst_result_status(const hst_result *result)
{
    hst_assert(result != NULL);
    return (hst_status)atomic_load_explicit(&result->writer->status, memory_order_relaxed);
}

uint64_t hst_result_row_count(const hst_result *result, hst_result_table table)
{
    hst_assert(result != NULL);
    hst_assert(table < HST_TABLE_COUNT);
    return result->writer->flushed[table] + result->lanes[table].used;
}

/* ---- start and end ----------------------------------------------------------------------- */

/* The result and what is behind it, one block of memory. */
typedef struct whole {
    hst_result result;
    hst_result_writer writer;
} whole;

/* A buffer for each table, the spares, and one to work in. */
enum { POOL_BUFFERS = HST_TABLE_COUNT + HST_RESULT_SPARE_BUFFERS + 1 };

/* Finishing borrows two spares, which are all back by then. */
_Static_assert(sizeof(hst_content_list) <= HST_RESULT_BUFFER_SIZE, "object list fits a buffer");
_Static_assert(HST_CONTENT_OBJECT_MAX * sizeof(hst_digest_row) <= HST_RESULT_BUFFER_SIZE,
               "digest rows fit a buffer");
_Static_assert(HST_RESULT_SPARE_BUFFERS >= 2, "finishing borrows two spares");

static bool plan_memory(hst_result *result, hst_memory memory)
{
    hst_result_writer *writer = result->writer;
    writer->pool_size = POOL_BUFFERS * HST_RESULT_BUFFER_SIZE;
    writer->pool = memory.acquire(memory.context, writer->pool_size);
    if (writer->pool == NULL) {
        return false;
    }
    unsigned char *next = writer->pool;
    for (unsigned t = 0; t < HST_TABLE_COUNT; t++, next += HST_RESULT_BUFFER_SIZE) {
        result->lanes[t].buffer = next;
        result->lanes[t].capacity = hst_result_chunk_rows((hst_result_table)t);
    }
    for (unsigned s = 0; s < HST_RESULT_SPARE_BUFFERS; s++, next += HST_RESULT_BUFFER_SIZE) {
        writer->spare[writer->spare_count++] = next;
    }
    writer->scratch = next;
    hst_assert(next + HST_RESULT_BUFFER_SIZE == writer->pool + writer->pool_size);
    return true;
}

/* Open and lock the partial file. Between our opening and locking it, the run that held it may have
 * renamed it: then the name means another file, and we start over. */
static void lock_partial(hst_result_writer *writer)
{
    enum { TRIES_MAX = 8 };
    for (int tries = 0; tries < TRIES_MAX; tries++) {
        writer->lock = open(writer->partial, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (writer->lock < 0) {
            fail_system(writer, "create it");
            return;
        }
        struct stat held;
        struct stat named;
        const bool locked = flock(writer->lock, LOCK_EX | LOCK_NB) == 0;
        if (locked && fstat(writer->lock, &held) == 0 && stat(writer->partial, &named) == 0 &&
            held.st_ino == named.st_ino && held.st_dev == named.st_dev) {
            return;
        }
        (void)close(writer->lock);
        writer->lock = -1;
        if (!locked) {
            break;
        }
    }
    hst_result_fail(writer, HST_EXISTS, "another run is writing %s", writer->partial);
}

static void check_target(hst_result_writer *writer, bool overwrite)
{
    struct stat there;
    if (stat(writer->path, &there) != 0) {
        if (errno != ENOENT) {
            fail_system(writer, "create it");
        }
        return;
    }
    if (S_ISDIR(there.st_mode)) {
        hst_result_fail(writer, HST_IO, "cannot create it: it is a directory");
    } else if (!S_ISREG(there.st_mode)) {
        hst_result_fail(writer, HST_IO, "cannot create it: it is not a regular file");
    } else if (!overwrite) {
        hst_result_fail(writer, HST_EXISTS, "it exists already");
    }
}

static bool write_seal(hst_result_writer *writer, const hst_seal *seal)
{
    char block[HST_SEAL_SIZE];
    hst_seal_render(seal, block);
    size_t done = 0;
    while (done < sizeof block) {
        const ssize_t put = pwrite(writer->lock, block + done, sizeof block - done, (off_t)done);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put <= 0) {
            fail_system(writer, "write its seal");
            return false;
        }
        done += (size_t)put;
    }
    return true;
}

/* The HDF5 file with its groups, after the seal that says it is not complete. */
static void create_file(hst_result *result, const char *version)
{
    hst_result_writer *writer = result->writer;
    const hid_t creation = hst_result_creation(H5P_FILE_CREATE);
    const hid_t group = hst_result_creation(H5P_GROUP_CREATE);
    const hid_t access = hst_hdf5_access();
    if (creation >= 0 && group >= 0 && access >= 0 &&
        H5Pset_userblock(creation, HST_SEAL_SIZE) >= 0) {
        writer->file = H5Fcreate(writer->partial, H5F_ACC_TRUNC, creation, access);
    }
    bool good = writer->file >= 0;
    size_t count = 0;
    const char *const *groups = hst_schema_groups(&count);
    for (size_t g = 0; good && g < count; g++) {
        if (writer->sparse && strncmp(groups[g], "/meta", 5) != 0) {
            continue;
        }
        const hid_t id = H5Gcreate2(writer->file, groups[g], H5P_DEFAULT, group, H5P_DEFAULT);
        good = id >= 0 && H5Gclose(id) >= 0;
    }
    for (unsigned t = 0; good && t < HST_TABLE_COUNT; t++) {
        writer->datasets[t].type = hst_hdf5_row_type(hst_schema_table((hst_result_table)t));
        good = writer->datasets[t].type >= 0;
    }
    if (!good) {
        hst_result_fail_hdf5(writer, "create", writer->partial);
    }
    hst_ignore(hst_hdf5_close(access) ? HST_OK : HST_IO);
    hst_ignore(hst_hdf5_close(group) ? HST_OK : HST_IO);
    hst_ignore(hst_hdf5_close(creation) ? HST_OK : HST_IO);
    if (good) {
        const hst_seal seal = {.schema = HST_RESULT_SCHEMA};
        hst_ignore(write_seal(writer, &seal) ? HST_OK : HST_IO);
        hst_result_attribute_text(result, "/", "format", "herstatt result");
        hst_result_attribute_i64(result, "/", "schema", HST_RESULT_SCHEMA);
        hst_result_attribute_i64(result, "/", "complete", 0);
        hst_result_attribute_text(result, "/meta", "version",
                                  version != NULL ? version : "unknown");
    }
}

static void close_file(hst_result_writer *writer)
{
    bool good = true;
    for (unsigned t = 0; t < HST_TABLE_COUNT; t++) {
        good = hst_hdf5_close(writer->datasets[t].id) && good;
        good = hst_hdf5_close(writer->datasets[t].type) && good;
        writer->datasets[t].id = H5I_INVALID_HID;
        writer->datasets[t].type = H5I_INVALID_HID;
    }
    if (writer->file >= 0 && H5Fclose(writer->file) < 0) {
        good = false;
    }
    writer->file = H5I_INVALID_HID;
    if (!good) {
        hst_result_fail_hdf5(writer, "write", writer->partial);
    }
}

/* Give everything back; tells the caller how it ended. `remove` takes the partial file away. */
static hst_status release(hst_result *result, bool remove_partial, hst_error *error)
{
    hst_result_writer *writer = result->writer;
    close_file(writer);
    const hst_status status = hst_result_status(result);
    if (writer->lock >= 0) {
        if (remove_partial || status != HST_OK) {
            (void)unlink(writer->partial);
        }
        (void)close(writer->lock);
    }
    if (error != NULL && status != HST_OK) {
        *error = writer->error;
    }
    const hst_memory memory = writer->memory;
    (void)pthread_cond_destroy(&writer->room);
    (void)pthread_cond_destroy(&writer->work);
    (void)pthread_mutex_destroy(&writer->mutex);
    if (writer->pieces != NULL) {
        memory.release(memory.context, writer->pieces,
                       writer->piece_capacity * sizeof *writer->pieces);
    }
    if (writer->pool != NULL) {
        memory.release(memory.context, writer->pool, writer->pool_size);
    }
    memory.release(memory.context, result, sizeof(whole));
    return status;
}

static hst_result *make_result(const char *path, hst_memory memory)
{
    whole *all = memory.acquire(memory.context, sizeof *all);
    if (all == NULL) {
        return NULL;
    }
    hst_result_writer *writer = &all->writer;
    all->result.writer = writer;
    writer->memory = memory;
    writer->lock = -1;
    writer->file = H5I_INVALID_HID;
    for (unsigned t = 0; t < HST_TABLE_COUNT; t++) {
        writer->datasets[t].id = H5I_INVALID_HID;
        writer->datasets[t].type = H5I_INVALID_HID;
        hst_pieces_init(&writer->datasets[t].digest);
    }
    memcpy(writer->path, path, strlen(path) + 1);
    memcpy(writer->partial, path, strlen(path));
    memcpy(writer->partial + strlen(path), HST_RESULT_PARTIAL_SUFFIX,
           sizeof HST_RESULT_PARTIAL_SUFFIX);
    const int failed = pthread_mutex_init(&writer->mutex, NULL) |
                       pthread_cond_init(&writer->work, NULL) |
                       pthread_cond_init(&writer->room, NULL);
    hst_assert(failed == 0); /* cannot happen on Linux with default attributes */
    return &all->result;
}

hst_status hst_result_create(const char *path,
                             const hst_result_options *options,
                             hst_memory memory,
                             hst_result **result_out,
                             hst_error *error)
{
    hst_assert(path != NULL);
    hst_assert(result_out != NULL);
    const hst_result_options none = {.version = NULL};
    const hst_result_options *chosen = options != NULL ? options : &none;
    hst_assert(chosen->compression <= 9);
    const size_t length = strlen(path);
    if (length == 0 || length + sizeof HST_RESULT_PARTIAL_SUFFIX > HST_RESULT_FILE_MAX) {
        return hst_error_set(error, HST_INVALID, "the result's file name has %zu bytes, not 1..%zu",
                             length, HST_RESULT_FILE_MAX - sizeof HST_RESULT_PARTIAL_SUFFIX);
    }
    hst_hdf5_enter();
    hst_result *result = make_result(path, memory);
    if (result == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "no memory for the result file's writer");
    }
    hst_result_writer *writer = result->writer;
    writer->compression = chosen->compression;
    writer->sparse = chosen->sparse;
    check_target(writer, chosen->overwrite);
    if (hst_result_status(result) == HST_OK && !plan_memory(result, memory)) {
        hst_result_fail(writer, HST_NO_MEMORY, "no memory for %zu bytes of buffers",
                        writer->pool_size);
    }
    if (hst_result_status(result) == HST_OK) {
        lock_partial(writer);
    }
    if (hst_result_status(result) == HST_OK) {
        create_file(result, chosen->version);
    }
    if (hst_result_status(result) != HST_OK) {
        return release(result, true, error);
    }
    hst_result_chunks_start(writer, chosen->threads > 0);
    *result_out = result;
    return HST_OK;
}

/* What is left in the lanes; a table that never filled a chunk is written without chunks. */
static void write_lanes(hst_result *result)
{
    hst_result_writer *writer = result->writer;
    for (unsigned t = 0; t < HST_TABLE_COUNT; t++) {
        if (t == HST_TABLE_DIGEST) {
            continue;
        }
        hst_result_lane *lane = &result->lanes[t];
        const hst_result_chunk chunk = {
            .table = (hst_result_table)t, .buffer = lane->buffer, .row_count = lane->used};
        if (writer->sparse && writer->datasets[t].id < 0 && lane->used == 0) {
            continue;
        }
        if (writer->datasets[t].id < 0) {
            hst_result_table_write_small(writer, &chunk);
        } else if (lane->used > 0) {
            hst_result_chunk_write(writer, &chunk);
        }
        writer->flushed[t] += lane->used;
        lane->used = 0;
    }
}

/* Digest everything, store the digests, return the one over all. */
static hst_hash digest_content(hst_result *result)
{
    hst_result_writer *writer = result->writer;
    hst_hash all = {{0}};
    hst_assert(writer->spare_count == HST_RESULT_SPARE_BUFFERS);
    hst_content_list *list = (hst_content_list *)(void *)writer->spare[0];
    hst_digest_row *rows = (hst_digest_row *)(void *)writer->spare[1];
    hst_result_attribute_i64(result, "/", "complete", 1);
    hst_status status = hst_content_list_objects(writer->file, list);
    for (size_t i = 0; status == HST_OK && i < list->count; i++) {
        const hst_result_table table = hst_schema_find(list->paths[i]);
        hst_hash data = {{0}};
        if (table != HST_TABLE_COUNT) {
            data = hst_pieces_final(&writer->datasets[table].digest);
        }
        status = hst_content_digest_object(writer->file, list->paths[i],
                                           table != HST_TABLE_COUNT ? &data : NULL, writer->scratch,
                                           &rows[i]);
    }
    if (status == HST_IO) {
        hst_result_fail_hdf5(writer, "digest", writer->partial);
    } else if (status != HST_OK) {
        hst_result_fail(writer, status, "cannot digest it: %s", hst_status_text(status));
    }
    if (hst_result_status(result) != HST_OK) {
        return all;
    }
    const hst_result_chunk chunk = {.table = HST_TABLE_DIGEST,
                                    .buffer = (unsigned char *)rows,
                                    .row_count = (uint32_t)list->count};
    hst_result_table_write_small(writer, &chunk);
    all = hst_content_digest_all(rows, list->count);
    char hex[HST_HASH_HEX_LENGTH + 1];
    hst_hash_to_hex(&all, hex);
    hst_result_attribute_text(result, "/meta", "content_digest", hex);
    return all;
}

static void seal_file(hst_result_writer *writer, const hst_hash *content)
{
    hst_seal seal = {.schema = HST_RESULT_SCHEMA, .complete = true, .content = *content};
    if (hst_seal_digest(writer->lock, writer->scratch, HST_RESULT_BUFFER_SIZE, writer->pieces,
                        writer->piece_count, &seal.size_bytes, &seal.blake2b) != HST_OK) {
        fail_system(writer, "read it back");
        return;
    }
    if (write_seal(writer, &seal) && fsync(writer->lock) != 0) {
        fail_system(writer, "make it durable");
    }
}

/* A rename is durable once its folder is. */
static void publish(hst_result_writer *writer)
{
    if (rename(writer->partial, writer->path) != 0) {
        fail_system(writer, "rename it into place");
        return;
    }
    (void)close(writer->lock);
    writer->lock = -1;
    char folder[HST_RESULT_FILE_MAX];
    memcpy(folder, writer->path, sizeof folder);
    char *slash = strrchr(folder, '/');
    if (slash == NULL) {
        memcpy(folder, ".", 2);
    } else {
        slash[slash == folder ? 1 : 0] = '\0';
    }
    const int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor >= 0) {
        /* Some file systems cannot; the file itself is durable, and there is nothing to undo. */
        hst_ignore(fsync(descriptor) == 0 ? HST_OK : HST_UNSUPPORTED);
        (void)close(descriptor);
    }
}

hst_status hst_result_finish(hst_result *result, hst_hash *digest_out, hst_error *error)
{
    hst_assert(result != NULL);
    hst_result_writer *writer = result->writer;
    hst_assert(result->lanes[HST_TABLE_DIGEST].used == 0);
    hst_hash content = {{0}};
    hst_result_chunks_stop(writer);
    if (hst_result_status(result) == HST_OK) {
        write_lanes(result);
    }
    if (hst_result_status(result) == HST_OK) {
        content = digest_content(result);
    }
    close_file(writer);
    if (hst_result_status(result) == HST_OK) {
        seal_file(writer, &content);
    }
    if (hst_result_status(result) == HST_OK) {
        publish(writer);
    }
    const hst_status status = release(result, false, error);
    if (status == HST_OK && digest_out != NULL) {
        *digest_out = content;
    }
    return status;
}

void hst_result_abandon(hst_result *result, bool keep)
{
    hst_assert(result != NULL);
    hst_result_chunks_stop(result->writer);
    if (keep && hst_result_status(result) == HST_OK) {
        write_lanes(result);
    }
    hst_ignore(release(result, !keep, NULL));
}
