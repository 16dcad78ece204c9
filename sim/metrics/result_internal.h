/** @file sim/metrics/result_internal.h
 * Shared by the files of the writer (result.c, result_chunks.c, result_data.c); no one else's.
 *
 * Order that keeps HDF5 single-threaded and the file reproducible: chunks travel through one queue
 * in the order they filled; every other call first waits until the queue is empty.
 */
#ifndef HST_SIM_METRICS_RESULT_INTERNAL_H
#define HST_SIM_METRICS_RESULT_INTERNAL_H

#include "sim/metrics/result.h"
#include "sim/metrics/seal.h"

#include <pthread.h>
#include <stdatomic.h>

#include <hdf5.h>

/** One chunk on its way to the file. */
typedef struct hst_result_chunk {
    hst_result_table table; /**< whose rows */
    unsigned char *buffer;  /**< rows */
    uint32_t row_count;     /**< how many; fewer than a chunk's only at the end */
} hst_result_chunk;

/** A table in the file; touched by whoever may enter HDF5. */
typedef struct hst_result_dataset {
    hid_t id;           /**< negative until the first full chunk */
    hid_t type;         /**< row type */
    uint64_t row_count; /**< rows in the file */
    hst_pieces digest;  /**< over the rows in the file */
} hst_result_dataset;

/** Everything behind a result. There is one; fields are in the order of reading, not of size. */
/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): 64 bytes once a run */
typedef struct hst_result_writer {
    hst_memory memory;                            /**< where `pool` and the result come from */
    unsigned char *pool;                          /**< all buffers */
    size_t pool_size;                             /**< bytes */
    unsigned char *scratch;                       /**< one more buffer */
    hst_seal_piece *pieces;                       /**< of the seal, digested while written */
    size_t piece_count;                           /**< how many */
    size_t piece_capacity;                        /**< how many fit */
    char path[HST_RESULT_FILE_MAX];               /**< where the file will be */
    char partial[HST_RESULT_FILE_MAX];            /**< where it is until then */
    int lock;                                     /**< descriptor of `partial`, locked; -1 = none */
    hid_t file;                                   /**< the open file */
    unsigned compression;                         /**< 0..9 */
    bool sparse;                                  /**< no tables without rows */
    uint32_t input_count;                         /**< next number under /meta/inputs */
    hst_result_dataset datasets[HST_TABLE_COUNT]; /**< by table */
    uint64_t flushed[HST_TABLE_COUNT];            /**< rows handed over, by table */

    bool threaded;                                    /**< whether `thread` runs */
    pthread_t thread;                                 /**< the writer thread */
    pthread_mutex_t mutex;                            /**< guards everything below */
    pthread_cond_t work;                              /**< something was queued, or stop */
    pthread_cond_t room;                              /**< a buffer came back */
    hst_result_chunk queue[HST_RESULT_SPARE_BUFFERS]; /**< ring */
    uint32_t queue_at;                                /**< oldest */
    uint32_t queue_count;                             /**< waiting */
    unsigned char *spare[HST_RESULT_SPARE_BUFFERS];   /**< free buffers */
    uint32_t spare_count;                             /**< how many */
    bool busy;                                        /**< a chunk is being written */
    bool stop;                                        /**< no more will come */
    hst_error error;                                  /**< the first failure */
    atomic_int status; /**< its status, for a look without the mutex */
} hst_result_writer;

/** Rows of a table that make a chunk. */
uint32_t hst_result_chunk_rows(hst_result_table table);

/** Keep the first failure. */
void hst_result_fail(hst_result_writer *writer, hst_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** The same for an HDF5 call that just failed while doing `what` to `path`. */
void hst_result_fail_hdf5(hst_result_writer *writer, const char *what, const char *path);

/** Start the writer thread if there is to be one. */
void hst_result_chunks_start(hst_result_writer *writer, bool threaded);

/** Wait until every chunk handed over is in the file; afterwards the caller may enter HDF5. */
void hst_result_chunks_drain(hst_result_writer *writer);

/** Drain and end the writer thread. */
void hst_result_chunks_stop(hst_result_writer *writer);

/** Write rows to the end of a table; the last call for a table may bring fewer than a chunk. */
void hst_result_chunk_write(hst_result_writer *writer, const hst_result_chunk *chunk);

/** Make the dataset of a table with room for exactly `row_count` rows, written at once. */
void hst_result_table_write_small(hst_result_writer *writer, const hst_result_chunk *chunk);

/** Attributes `title` and `columns` of a table's dataset. */
bool hst_result_describe(hid_t dataset, const hst_table_schema *table);

/** A text attribute; false on failure. */
bool hst_result_put_attribute_text(hid_t object, const char *name, const char *value);

/** Creation properties without times: of H5P_FILE_CREATE (whose root is a group),
 * H5P_GROUP_CREATE or H5P_DATASET_CREATE. */
hid_t hst_result_creation(hid_t class_id);

/** Rows handed in through hst_result_<dataset> calls: a one-dimensional dataset of `type`. */
hid_t hst_result_make_array(
    hid_t file, const char *path, hid_t type, uint64_t count, const void *elements);

#endif
