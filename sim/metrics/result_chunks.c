#include "core/base/assert.h"

#include "sim/metrics/hdf5_support.h"
#include "sim/metrics/result_internal.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/** The hashes of the whole pieces that a chunk's rows fill. */
typedef struct chunk_digests {
    size_t count;                                             /**< how many */
    hst_hash hashes[HST_RESULT_BUFFER_SIZE / HST_PIECE_SIZE]; /**< of these */
} chunk_digests;

/* As many rows as a buffer holds, in whole pieces where rows can fill some, so that every chunk of
 * a table begins with a piece. */
uint32_t hst_result_chunk_rows(hst_result_table table)
{
    const size_t row_size = hst_schema_table(table)->row_size;
    const size_t rows = HST_RESULT_BUFFER_SIZE / row_size;
    const size_t divisor = row_size & -row_size; /* the power of two in it */
    const size_t step = divisor < HST_PIECE_SIZE ? HST_PIECE_SIZE / divisor : 1;
    hst_assert(rows > 0);
    return (uint32_t)(rows >= step ? rows / step * step : rows);
}

/* Add a chunk's rows to the digest of its dataset, and keep the hashes of whole pieces. */
static void digest_rows(hst_result_dataset *dataset,
                        const hst_result_chunk *chunk,
                        size_t row_size,
                        chunk_digests *known)
{
    const size_t size = (size_t)chunk->row_count * row_size;
    hst_assert(size <= HST_RESULT_BUFFER_SIZE);
    known->count = dataset->digest.filled == 0 ? size / HST_PIECE_SIZE : 0;
    const size_t done = known->count * HST_PIECE_SIZE;
    hst_pieces_hash(chunk->buffer, known->count, known->hashes);
    if (known->count > 0) {
        hst_pieces_update_known(&dataset->digest, known->hashes, known->count);
    }
    hst_pieces_update(&dataset->digest, chunk->buffer + done, size - done);
}

/* An empty dataset that grows by chunks. */
static hid_t create_chunked(hst_result_writer *writer, hst_result_table table, hsize_t chunk_rows)
{
    const hsize_t none = 0;
    const hsize_t unlimited = H5S_UNLIMITED;
    const hid_t space = H5Screate_simple(1, &none, &unlimited);
    const hid_t creation = hst_result_creation(H5P_DATASET_CREATE);
    hid_t id = H5I_INVALID_HID;
    const bool plain = creation >= 0 && space >= 0 && H5Pset_chunk(creation, 1, &chunk_rows) >= 0 &&
                       H5Pset_fill_time(creation, H5D_FILL_TIME_NEVER) >= 0;
    const bool packed =
        writer->compression == 0 || (plain && H5Pset_shuffle(creation) >= 0 &&
                                     H5Pset_deflate(creation, writer->compression) >= 0);
    if (plain && packed) {
        id = H5Dcreate2(writer->file, hst_schema_table(table)->path, writer->datasets[table].type,
                        space, H5P_DEFAULT, creation, H5P_DEFAULT);
    }
    if (id >= 0 && !hst_result_describe(id, hst_schema_table(table))) {
        hst_ignore(hst_hdf5_close(id) ? HST_OK : HST_IO);
        id = H5I_INVALID_HID;
    }
    hst_ignore(hst_hdf5_close(creation) ? HST_OK : HST_IO);
    hst_ignore(hst_hdf5_close(space) ? HST_OK : HST_IO);
    return id;
}

/* Through the library's filters: only when compressing. */
static bool write_filtered(const hst_result_dataset *dataset, const hst_result_chunk *chunk)
{
    const hsize_t at = dataset->row_count;
    const hsize_t count = chunk->row_count;
    const hid_t space = H5Dget_space(dataset->id);
    const hid_t memory = H5Screate_simple(1, &count, NULL);
    const bool good =
        space >= 0 && memory >= 0 &&
        H5Sselect_hyperslab(space, H5S_SELECT_SET, &at, NULL, &count, NULL) >= 0 &&
        H5Dwrite(dataset->id, dataset->type, memory, space, H5P_DEFAULT, chunk->buffer) >= 0;
    const bool closed = hst_hdf5_close(memory) && hst_hdf5_close(space);
    return good && closed;
}

/* Room for one more piece; false when there is no memory, which costs time at the end, no more. */
static bool make_room(hst_result_writer *writer)
{
    enum { PIECES_MIN = 1024 };
    if (writer->piece_count < writer->piece_capacity) {
        return true;
    }
    const hst_memory memory = writer->memory;
    const size_t size = sizeof *writer->pieces;
    const size_t capacity = writer->piece_capacity > 0 ? 2 * writer->piece_capacity : PIECES_MIN;
    hst_seal_piece *pieces = memory.acquire(memory.context, capacity * size);
    if (pieces == NULL) {
        return false;
    }
    if (writer->pieces != NULL) {
        memcpy(pieces, writer->pieces, writer->piece_count * size);
        memory.release(memory.context, writer->pieces, writer->piece_capacity * size);
    }
    writer->pieces = pieces;
    writer->piece_capacity = capacity;
    return true;
}

/* Whether the first and last bytes of a chunk are found at `at` of the file. */
static bool lies_at(hst_result_writer *writer, const unsigned char *bytes, size_t size, off_t at)
{
    enum { ENDS = 4096 };
    const size_t end = size < ENDS ? size : ENDS;
    const off_t last = at + (off_t)(size - end);
    return pread(writer->lock, writer->scratch, end, at) == (ssize_t)end &&
           memcmp(writer->scratch, bytes, end) == 0 &&
           pread(writer->lock, writer->scratch, end, last) == (ssize_t)end &&
           memcmp(writer->scratch, bytes + (size - end), end) == 0;
}

/* Tell the system to start on bytes that will not change again: else it begins when the file is
 * closed and made durable, and the run waits for all of it. A hint; nothing is lost without it. */
static void begin_writeback(const hst_result_writer *writer, hsize_t start, size_t size)
{
#ifdef SYNC_FILE_RANGE_WRITE
    hst_ignore(sync_file_range(writer->lock, (off_t)start, (off_t)size, SYNC_FILE_RANGE_WRITE) == 0
                   ? HST_OK
                   : HST_UNSUPPORTED);
#else
    (void)writer;
    (void)start;
    (void)size;
#endif
}

/* A chunk at the end of a file that it made longer is where it will stay. The library puts it at a
 * multiple of a piece after the seal (hst_hdf5_access), so the hashes of its pieces are those of
 * the file's. Pieces that are not noted are read back at the end instead. */
static void note_pieces(hst_result_writer *writer,
                        const unsigned char *bytes,
                        const chunk_digests *known,
                        size_t size,
                        hsize_t size_before)
{
    hsize_t size_after = 0;
    hst_assert(size <= HST_RESULT_BUFFER_SIZE);
    if (H5Fget_filesize(writer->file, &size_after) < 0 || size_before < HST_SEAL_SIZE ||
        size_after < size_before + size) {
        return;
    }
    begin_writeback(writer, size_after - size, size);
    const uint64_t start = size_after - size - HST_SEAL_SIZE;
    const uint64_t first = start / HST_PIECE_SIZE;
    const bool ascends =
        writer->piece_count == 0 || writer->pieces[writer->piece_count - 1].number < first;
    if (start % HST_PIECE_SIZE != 0 || !ascends ||
        !lies_at(writer, bytes, size, (off_t)(size_after - size))) {
        return;
    }
    for (size_t k = 0; k < known->count && make_room(writer); k++) {
        writer->pieces[writer->piece_count++] =
            (hst_seal_piece){.number = first + k, .hash = known->hashes[k]};
    }
}

/* Past the library's conversion and cache: the chunk goes to the file as it lies in memory. */
static bool write_direct(hst_result_writer *writer,
                         const hst_result_dataset *dataset,
                         const hst_result_chunk *chunk,
                         const chunk_digests *known,
                         size_t row_size)
{
    hsize_t size_before = 0;
    const uint32_t chunk_rows = hst_result_chunk_rows(chunk->table);
    const hsize_t at = dataset->row_count;
    hst_assert(at % chunk_rows == 0);
    memset(chunk->buffer + chunk->row_count * row_size, 0,
           (chunk_rows - chunk->row_count) * row_size);
    const size_t size = chunk_rows * row_size;
    if (H5Fget_filesize(writer->file, &size_before) < 0 ||
        H5Dwrite_chunk(dataset->id, H5P_DEFAULT, 0, &at, size, chunk->buffer) < 0) {
        return false;
    }
    note_pieces(writer, chunk->buffer, known, size, size_before);
    return true;
}

void hst_result_chunk_write(hst_result_writer *writer, const hst_result_chunk *chunk)
{
    hst_assert(writer != NULL);
    hst_assert(chunk->row_count > 0);
    if (atomic_load(&writer->status) != HST_OK) {
        return;
    }
    hst_result_dataset *dataset = &writer->datasets[chunk->table];
    const hst_table_schema *schema = hst_schema_table(chunk->table);
    if (dataset->id < 0) {
        dataset->id = create_chunked(writer, chunk->table, hst_result_chunk_rows(chunk->table));
    }
    const hsize_t extent = dataset->row_count + chunk->row_count;
    chunk_digests known;
    digest_rows(dataset, chunk, schema->row_size, &known);
    if (dataset->id < 0 || H5Dset_extent(dataset->id, &extent) < 0 ||
        !(writer->compression > 0
              ? write_filtered(dataset, chunk)
              : write_direct(writer, dataset, chunk, &known, schema->row_size))) {
        hst_result_fail_hdf5(writer, "write", schema->path);
        return;
    }
    dataset->row_count = extent;
}

void hst_result_table_write_small(hst_result_writer *writer, const hst_result_chunk *chunk)
{
    hst_assert(writer != NULL);
    hst_result_dataset *dataset = &writer->datasets[chunk->table];
    const hst_table_schema *schema = hst_schema_table(chunk->table);
    hst_assert(dataset->id < 0);
    if (atomic_load(&writer->status) != HST_OK) {
        return;
    }
    if (writer->compression > 0 && chunk->row_count > 0) {
        dataset->id = create_chunked(writer, chunk->table, chunk->row_count);
        const hsize_t extent = chunk->row_count;
        if (dataset->id < 0 || H5Dset_extent(dataset->id, &extent) < 0 ||
            !write_filtered(dataset, chunk)) {
            hst_result_fail_hdf5(writer, "write", schema->path);
            return;
        }
    } else {
        dataset->id = hst_result_make_array(writer->file, schema->path, dataset->type,
                                            chunk->row_count, chunk->buffer);
        if (dataset->id < 0 || !hst_result_describe(dataset->id, schema)) {
            hst_result_fail_hdf5(writer, "write", schema->path);
            return;
        }
    }
    hst_pieces_update(&dataset->digest, chunk->buffer, (size_t)chunk->row_count * schema->row_size);
    dataset->row_count = chunk->row_count;
}

static void *run_thread(void *context)
{
    hst_result_writer *writer = context;
    hst_hdf5_enter();
    pthread_mutex_lock(&writer->mutex);
    for (;;) {
        while (writer->queue_count == 0 && !writer->stop) {
            pthread_cond_wait(&writer->work, &writer->mutex);
        }
        if (writer->queue_count == 0) {
            break;
        }
        const hst_result_chunk chunk = writer->queue[writer->queue_at];
        writer->queue_at = (writer->queue_at + 1) % HST_RESULT_SPARE_BUFFERS;
        writer->queue_count--;
        writer->busy = true;
        pthread_mutex_unlock(&writer->mutex);
        hst_result_chunk_write(writer, &chunk);
        pthread_mutex_lock(&writer->mutex);
        writer->busy = false;
        hst_assert(writer->spare_count < HST_RESULT_SPARE_BUFFERS);
        writer->spare[writer->spare_count++] = chunk.buffer;
        pthread_cond_signal(&writer->room);
    }
    pthread_mutex_unlock(&writer->mutex);
    hst_hdf5_leave();
    return NULL;
}

void hst_result_chunks_start(hst_result_writer *writer, bool threaded)
{
    hst_assert(writer != NULL);
    hst_assert(!writer->threaded);
    if (!threaded) {
        return;
    }
    /* Signals are the main thread's: an interrupt must find the one that can stop the run. */
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    const bool masked = pthread_sigmask(SIG_SETMASK, &all, &before) == 0;
    writer->threaded = pthread_create(&writer->thread, NULL, run_thread, writer) == 0;
    if (masked) {
        const int failed = pthread_sigmask(SIG_SETMASK, &before, NULL);
        hst_assert(failed == 0);
    }
    /* Without a thread the caller writes: slower, and the same file. */
}

void hst_result_chunks_drain(hst_result_writer *writer)
{
    hst_assert(writer != NULL);
    pthread_mutex_lock(&writer->mutex);
    while (writer->queue_count > 0 || writer->busy) {
        pthread_cond_wait(&writer->room, &writer->mutex);
    }
    pthread_mutex_unlock(&writer->mutex);
}

void hst_result_chunks_stop(hst_result_writer *writer)
{
    hst_assert(writer != NULL);
    hst_result_chunks_drain(writer);
    if (!writer->threaded) {
        return;
    }
    pthread_mutex_lock(&writer->mutex);
    writer->stop = true;
    pthread_cond_signal(&writer->work);
    pthread_mutex_unlock(&writer->mutex);
    const int failed = pthread_join(writer->thread, NULL);
    hst_assert(failed == 0);
    writer->threaded = false;
}

/* Put a full buffer into the queue and return a free one, waiting for it if need be. */
static unsigned char *exchange(hst_result_writer *writer, const hst_result_chunk *chunk)
{
    pthread_mutex_lock(&writer->mutex);
    while (writer->spare_count == 0) {
        pthread_cond_wait(&writer->room, &writer->mutex);
    }
    unsigned char *buffer = writer->spare[--writer->spare_count];
    hst_assert(writer->queue_count < HST_RESULT_SPARE_BUFFERS);
    writer->queue[(writer->queue_at + writer->queue_count) % HST_RESULT_SPARE_BUFFERS] = *chunk;
    writer->queue_count++;
    pthread_cond_signal(&writer->work);
    pthread_mutex_unlock(&writer->mutex);
    return buffer;
}

void hst_result_flush_lane(hst_result *result, hst_result_table table)
{
    hst_assert(result != NULL);
    hst_assert(table < HST_TABLE_COUNT);
    hst_result_lane *lane = &result->lanes[table];
    hst_result_writer *writer = result->writer;
    const hst_result_chunk chunk = {
        .table = table, .buffer = lane->buffer, .row_count = lane->used};
    hst_assert(lane->used == lane->capacity);
    writer->flushed[table] += lane->used;
    lane->used = 0;
    if (atomic_load_explicit(&writer->status, memory_order_relaxed) != HST_OK) {
        return;
    }
    if (writer->threaded) {
        lane->buffer = exchange(writer, &chunk);
    } else {
        hst_result_chunk_write(writer, &chunk);
    }
}
