/** @file sim/metrics/result_file.h
 * Reader of a result file that trusts nothing: seal first, then structure, then every digest.
 *
 *   not a regular file, unreadable             HST_IO
 *   no seal (not ours, or not HDF5)            HST_CORRUPT      "not a result of herstatt"
 *   a newer schema                             HST_UNSUPPORTED  "written by a newer herstatt ..."
 *   seal says not complete, or *.partial       HST_INTERRUPTED  "partial: the run did not finish"
 *   shorter than the seal says                 HST_TRUNCATED
 *   any byte changed                           HST_CORRUPT      names the dataset where it can
 *   table differs from the schema              HST_MISMATCH
 *
 * The seal's digest is checked before the HDF5 library sees the file, so a damaged file cannot lead
 * the library astray. To name what is damaged, the file is then looked through in a child process
 * that may crash without harm; where that gives nothing, the message says only that bytes changed.
 *
 * Units     as in schema.h.
 * Memory    the hst_memory given at opening; freed by hst_result_file_close.
 * Threads   a reader belongs to one thread.
 * Cost      opening: two digests over the file, about 2 ns a byte; hst_result_open_summary of a
 *           large file: tens of milliseconds.
 */
#ifndef HST_SIM_METRICS_RESULT_FILE_H
#define HST_SIM_METRICS_RESULT_FILE_H

#include "core/base/arena.h"
#include "core/base/status.h"
#include "core/crypto/hash.h"

#include "sim/base/error.h"
#include "sim/metrics/schema.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** An open result file. */
typedef struct hst_result_file hst_result_file;

/** What an object in the file is. */
typedef enum hst_entry_kind {
    HST_ENTRY_GROUP,     /**< a group */
    HST_ENTRY_TABLE,     /**< a table of the schema */
    HST_ENTRY_HISTOGRAM, /**< bins under /histograms */
    HST_ENTRY_TEXT,      /**< one text */
    HST_ENTRY_BYTES,     /**< bytes as they stand */
    HST_ENTRY_ARRAY,     /**< numbers of one type */
    HST_ENTRY_OTHER      /**< something a newer writer added */
} hst_entry_kind;

/** One object, as in /meta/digests. */
typedef struct hst_result_entry {
    const char *path;       /**< where; lives as long as the file is open */
    hst_entry_kind kind;    /**< what */
    hst_result_table table; /**< which, or HST_TABLE_COUNT */
    uint64_t count;         /**< rows, bytes or numbers; 0 for a group */
    uint64_t size_bytes;    /**< of its data */
    hst_hash digest;        /**< recomputed, and found equal to the stored one, when `checked` */
    bool checked;           /**< always, but for large datasets after hst_result_open_summary */
} hst_result_entry;

/** Open and check. */
HST_NODISCARD hst_status hst_result_open(const char *path,
                                         hst_memory memory,
                                         hst_result_file **file_out,
                                         hst_error *error);

/** Files of more bytes are opened by hst_result_open_summary without reading their large datasets.
 */
#define HST_RESULT_WHOLE_MAX ((uint64_t)256 << 20)

/** Datasets of more bytes are large. */
#define HST_RESULT_LARGE_SIZE ((uint64_t)32 << 20)

/** Open for what the run has summed up, in a moment whatever the number of its payments. The same
 * as hst_result_open up to HST_RESULT_WHOLE_MAX. Of a larger file the seal, the list of digests,
 * and every dataset that is not large are checked; large ones are not, and reading them is refused
 * with HST_UNSUPPORTED. As the bytes have not been checked, a child process opens it first: where
 * that crashes or finds a difference, the file is checked whole. */
HST_NODISCARD hst_status hst_result_open_summary(const char *path,
                                                 hst_memory memory,
                                                 hst_result_file **file_out,
                                                 hst_error *error);

/** Give everything back. */
void hst_result_file_close(hst_result_file *file);

/** The content digest: equal runs have equal ones. */
hst_hash hst_result_file_digest(const hst_result_file *file);

/** Schema number of the file. */
uint32_t hst_result_file_schema(const hst_result_file *file);

/** Size on disk in bytes. */
uint64_t hst_result_file_size(const hst_result_file *file);

/** Everything in it, sorted by path. */
const hst_result_entry *hst_result_file_entries(const hst_result_file *file, size_t *count);

/** The object at a path, or NULL. */
const hst_result_entry *hst_result_file_find(const hst_result_file *file, const char *path);

/** Rows of a table. */
uint64_t hst_result_file_row_count(const hst_result_file *file, hst_result_table table);

/** Read rows [first, first + count) of a table into row structs; HST_INVALID beyond the end. */
HST_NODISCARD hst_status hst_result_file_read_rows(hst_result_file *file,
                                                   hst_result_table table,
                                                   uint64_t first,
                                                   uint64_t count,
                                                   void *rows,
                                                   hst_error *error);

/** Read rows of a table that is none of schema.h's: HST_MISMATCH when its columns are not those of
 * `table`, HST_NOT_FOUND when it is not there. Its entry's count says how many rows there are. */
HST_NODISCARD hst_status hst_result_file_read_table(hst_result_file *file,
                                                    const hst_table_schema *table,
                                                    uint64_t first,
                                                    uint64_t count,
                                                    void *rows,
                                                    hst_error *error);

/** Read the bins of /histograms/<name>, whose entry's count says how many there are. */
HST_NODISCARD hst_status hst_result_file_read_bins(
    hst_result_file *file, const char *name, uint64_t count, hst_bin_row *bins, hst_error *error);

/** Read a text or byte dataset whole; `size` must be its entry's count. */
HST_NODISCARD hst_status hst_result_file_read_bytes(
    hst_result_file *file, const char *path, void *bytes, size_t size, hst_error *error);

/** Read an array of whole numbers; `count` must be its entry's. */
HST_NODISCARD hst_status hst_result_file_read_i64(
    hst_result_file *file, const char *path, int64_t *values, size_t count, hst_error *error);

/** Read an array of real numbers; `count` must be its entry's. */
HST_NODISCARD hst_status hst_result_file_read_f64(
    hst_result_file *file, const char *path, double *values, size_t count, hst_error *error);

/** Text attribute of an object, with a closing zero; HST_NOT_FOUND, HST_FULL. */
HST_NODISCARD hst_status hst_result_file_attribute_text(
    hst_result_file *file, const char *path, const char *name, char *buffer, size_t size);

/** Number attribute of an object; HST_NOT_FOUND, HST_MISMATCH when it is not whole. */
HST_NODISCARD hst_status hst_result_file_attribute_i64(hst_result_file *file,
                                                       const char *path,
                                                       const char *name,
                                                       int64_t *value);

/** Number attribute of an object as a double; HST_NOT_FOUND, HST_MISMATCH for a text. */
HST_NODISCARD hst_status hst_result_file_attribute_f64(hst_result_file *file,
                                                       const char *path,
                                                       const char *name,
                                                       double *value);

/** What a visitor of attributes is told. */
typedef struct hst_result_attribute {
    const char *name; /**< valid during the call */
    const char *text; /**< of a text attribute, else NULL */
    bool whole;       /**< a whole number: `integer` holds it */
    int64_t integer;  /**< whole number */
    double real;      /**< number of either kind */
} hst_result_attribute;

/** Visit the text and number attributes of an object in order of name. */
HST_NODISCARD hst_status
hst_result_file_attributes(hst_result_file *file,
                           const char *path,
                           void (*visit)(void *context, const hst_result_attribute *attribute),
                           void *context);

#endif
