/** @file sim/metrics/result_file_internal.h
 * Shared by the files of the reader (result_file*.c, result_locate.c); no one else's.
 */
#ifndef HST_SIM_METRICS_RESULT_FILE_INTERNAL_H
#define HST_SIM_METRICS_RESULT_FILE_INTERNAL_H

#include "sim/metrics/content.h"
#include "sim/metrics/result_file.h"
#include "sim/metrics/seal.h"

#include <stdbool.h>

#include <hdf5.h>

/** Everything behind an open file; one block of memory. */
struct hst_result_file {
    hst_memory memory;                                /**< where this block comes from */
    int descriptor;                                   /**< of the file, -1 = none */
    hid_t id;                                         /**< of the file, negative = none */
    hst_seal seal;                                    /**< what the seal says */
    size_t entry_count;                               /**< of entries */
    size_t stored_count;                              /**< of stored */
    hst_result_entry entries[HST_CONTENT_OBJECT_MAX]; /**< sorted by path */
    hst_digest_row stored[HST_CONTENT_OBJECT_MAX];    /**< /meta/digests */
    hst_content_list list;                            /**< what is there */
    unsigned char buffer[HST_RESULT_BUFFER_SIZE];     /**< scratch */
};

/** How much of a file is checked. */
typedef struct hst_result_limits {
    uint64_t whole_max; /**< a file of at most so many bytes is checked whole */
    uint64_t size_max;  /**< of a larger one, datasets of at most so many bytes are checked */
} hst_result_limits;

/** What hst_result_open and hst_result_open_summary do with their limits. */
HST_NODISCARD hst_status hst_result_open_limited(const char *path,
                                                 const hst_result_limits *limits,
                                                 hst_memory memory,
                                                 hst_result_file **file_out,
                                                 hst_error *error);

/** Open with HDF5, load the stored digests and the list of objects. */
bool hst_result_file_load(hst_result_file *file, const char *path);

/** Recompute every digest but those of datasets of more than `size_max` bytes, and fill the
 * entries; on a difference, `path_out` (of HST_RESULT_PATH_MAX bytes) names the object. */
bool hst_result_file_compare(hst_result_file *file, uint64_t size_max, char *path_out);

/** In a child process: open a file whose bytes have not been checked, and compare as above. False
 * on any difference, and when the child dies of it. */
bool hst_result_survives(hst_result_file *file, const char *path, uint64_t size_max);

/** In a child process: find out which object of a damaged file differs. Writes "" where that cannot
 * be said. `path_out` has HST_RESULT_PATH_MAX bytes. */
void hst_result_locate(hst_result_file *file, const char *path, char *path_out);

#endif
