/** @file sim/metrics/content.h
 * Digest of what a result file says, as opposed to how HDF5 stores it.
 *
 *   data    = digest by pieces (pieces.h) of the elements in order
 *   object  = BLAKE2b(path, kind, type, shape, attributes by name, data)
 *   content = BLAKE2b(for each object by path: path, size, object)
 *
 * Types enter as class, size and members, texts as length and bytes; chunking and compression do
 * not enter. Left out: /meta/digests, the attribute content_digest of /meta, and the objects and
 * attributes of /meta/host.
 *
 * The writer digests rows while it writes them and hands the data digest in; the reader has it
 * computed here. That both agree is what opening a file tests.
 *
 * Errors    HST_IO (library), HST_UNSUPPORTED (shape or type no writer of ours makes), HST_FULL
 *           (HST_CONTENT_OBJECT_MAX, HST_RESULT_PATH_MAX).
 * Memory    `buffer` is scratch of HST_RESULT_BUFFER_SIZE bytes.
 * Threads   as HDF5.
 */
#ifndef HST_SIM_METRICS_CONTENT_H
#define HST_SIM_METRICS_CONTENT_H

#include "core/base/status.h"
#include "core/crypto/hash.h"

#include "sim/metrics/result.h"
#include "sim/metrics/schema.h"

#include <stddef.h>
#include <stdint.h>

#include <hdf5.h>

/** Most groups and datasets in one file. */
#define HST_CONTENT_OBJECT_MAX 4096

/** Objects of a file, in order of path. */
typedef struct hst_content_list {
    size_t count;                                            /**< how many */
    char paths[HST_CONTENT_OBJECT_MAX][HST_RESULT_PATH_MAX]; /**< each "/" or "/a/b" */
} hst_content_list;

/** All groups and datasets that enter the content digest. */
HST_NODISCARD hst_status hst_content_list_objects(hid_t file, hst_content_list *list);

/** Digest of one object. `data` is the digest of its elements where the caller has it, or NULL. */
HST_NODISCARD hst_status hst_content_digest_object(
    hid_t file, const char *path, const hst_hash *data, void *buffer, hst_digest_row *row);

/** Digest over all objects. */
hst_hash hst_content_digest_all(const hst_digest_row *rows, size_t count);

#endif
