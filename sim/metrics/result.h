/** @file sim/metrics/result.h
 * Writer of a result file: rows in on the hot path, one sealed HDF5 file out.
 *
 *   hot path --copy--> chunk buffer --full--> queue --> writer thread --H5Dwrite_chunk--> file
 *
 * Tables are those of sim/metrics/schema.h; each has an append function generated from the map:
 *
 *   hst_result *result = NULL;
 *   HST_TRY(hst_result_create("run.h5", &options, hst_os_memory(), &result, &error));
 *   hst_result_append_payment(result, &row);                  (a copy; nothing to check)
 *   hst_result_text(result, "/meta/scenario", bytes, size, "the scenario as run");
 *   hst_result_metric(result, "payments.completed", "payments", 98123.0, "credited in time");
 *   return hst_result_finish(result, &error);                 (everything that failed comes here)
 *
 * The file is written as `<path>.partial` in the same folder. hst_result_finish digests every
 * dataset, seals the file (below), makes it durable and renames it; until then nothing is at
 * `path` but what was there before. A run that dies leaves at most `<path>.partial`, which says of
 * itself that it is not complete, and which the next run to the same path overwrites.
 *
 * The seal is a text of 16,384 bytes in front of the HDF5 data (HDF5's user block): schema number,
 * completeness, file size, BLAKE2b-256 of everything after it, and the content digest. A reader
 * checks it before a single byte reaches the HDF5 library. `head -n 8 run.h5` shows it.
 *
 * The content digest covers paths, types, shapes, attributes and data of everything except the
 * host's own figures (attributes of /meta/host); equal runs have equal content digests whatever
 * the machine, thread count or compression. With equal host figures the files are equal too.
 *
 * Units     as in schema.h.
 * Errors    sticky: after a failure further calls do nothing and hst_result_finish reports the
 *           first one. HST_IO (cannot create, disk full), HST_EXISTS (another run is writing it, or
 *           the file exists and options.overwrite is false), HST_INVALID, HST_NO_MEMORY.
 * Memory    planned at creation: HST_RESULT_BUFFER_SIZE for each table and spare. Texts and bytes
 *           handed in are copied to the file before the call returns.
 * Threads   one producing thread. With options.threads > 0 a writer thread of its own carries the
 *           chunks; HDF5 is never entered by two threads at once.
 * Cost      append: a copy, a few ns; then per byte of row about 0.3 ns to write and 2 ns to
 *           digest, on the writer thread.
 * Limits    paths below HST_RESULT_PATH_MAX; text attributes below 64 KiB.
 */
#ifndef HST_SIM_METRICS_RESULT_H
#define HST_SIM_METRICS_RESULT_H

#include "core/base/arena.h"
#include "core/base/assert.h"
#include "core/base/status.h"
#include "core/crypto/hash.h"

#include "sim/base/error.h"
#include "sim/metrics/histogram.h"
#include "sim/metrics/schema.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** Bytes of a chunk buffer; a chunk is as many rows as fit. */
#define HST_RESULT_BUFFER_SIZE ((size_t)512 * 1024)

/** Buffers on their way to the writer thread, at most; the producer waits when all are. */
#define HST_RESULT_SPARE_BUFFERS 8

/** Longest path of an object inside the file, with the closing zero (digest_row.path). */
#define HST_RESULT_PATH_MAX 88

/** Longest name of a file on disk, with the closing zero. */
#define HST_RESULT_FILE_MAX 4096

/** Suffix of a file that is not whole. */
#define HST_RESULT_PARTIAL_SUFFIX ".partial"

/** How to write. Zero bytes are good defaults. */
typedef struct hst_result_options {
    const char *version;  /**< of the program, kept in /meta; NULL = "unknown" */
    unsigned threads;     /**< 0: chunks are written by the caller; else by one writer thread */
    unsigned compression; /**< 0: none; 1..9: shuffle and deflate (portable, 20 times the time) */
    bool overwrite;       /**< replace a file that exists; else HST_EXISTS */
    bool sparse;          /**< leave out tables without rows, and their groups: a result that is
                               not one run's */
} hst_result_options;

/** The open chunk of one table; private, here so that append is inline. */
typedef struct hst_result_lane {
    unsigned char *buffer; /**< HST_RESULT_BUFFER_SIZE bytes */
    uint32_t used;         /**< rows in it */
    uint32_t capacity;     /**< rows that fit */
} hst_result_lane;

struct hst_result_writer;

/** A result file being written; fields are private. */
typedef struct hst_result {
    hst_result_lane lanes[HST_TABLE_COUNT]; /**< by table */
    struct hst_result_writer *writer;       /**< everything else */
} hst_result;

/** Start writing `path`. */
HST_NODISCARD hst_status hst_result_create(const char *path,
                                           const hst_result_options *options,
                                           hst_memory memory,
                                           hst_result **result_out,
                                           hst_error *error);

/** Hand a full chunk over; called by append. */
void hst_result_flush_lane(hst_result *result, hst_result_table table);

/** Have the lines of a row to come at hand: the writer thread read the buffer last, and a store
 * would wait for it. May point past the buffer, where it does nothing. */
static inline void hst_result_prefetch(const unsigned char *row, size_t size)
{
    enum { LINE = 64 };
    for (size_t at = 0; at < size; at += LINE) {
        __builtin_prefetch(row + at, 1);
    }
}

/* hst_result_place_<row>(result): where the next row of a table goes, to be filled in whole and
 * then counted by hst_result_placed_<row>(result). Filling a row there spares a copy, and the wait
 * of a wide load for the narrow stores before it, which costs more than the rest of an append.
 * hst_result_append_<row>(result, &row): both at once, for rows that are rare. */
#define X(name, row)                                                                               \
    static inline hst_##row##_row *hst_result_place_##row(hst_result *result)                      \
    {                                                                                              \
        hst_result_lane *lane = &result->lanes[HST_TABLE_##name];                                  \
        return (hst_##row##_row *)(void *)lane->buffer + lane->used;                               \
    }                                                                                              \
    static inline void hst_result_placed_##row(hst_result *result)                                 \
    {                                                                                              \
        hst_result_lane *lane = &result->lanes[HST_TABLE_##name];                                  \
        lane->used++;                                                                              \
        if (__builtin_expect(lane->used == lane->capacity, 0)) {                                   \
            hst_result_flush_lane(result, HST_TABLE_##name);                                       \
        }                                                                                          \
        hst_result_prefetch(lane->buffer + (lane->used + (size_t)1) * sizeof(hst_##row##_row),     \
                            sizeof(hst_##row##_row));                                              \
    }                                                                                              \
    static inline void hst_result_append_##row(hst_result *result, const hst_##row##_row *value)   \
    {                                                                                              \
        *hst_result_place_##row(result) = *value;                                                  \
        hst_result_placed_##row(result);                                                           \
    }
HST_TABLE_MAP(X)
#undef X

/** HST_OK, or the first failure so far (also of the writer thread). For a look now and then. */
hst_status hst_result_status(const hst_result *result);

/** Rows appended to a table so far. */
uint64_t hst_result_row_count(const hst_result *result, hst_result_table table);

/** Attribute of the object at `path` ("/", "/meta", a dataset): text in UTF-8. */
void hst_result_attribute_text(hst_result *result,
                               const char *path,
                               const char *name,
                               const char *value);

/** Attribute: signed number. */
void hst_result_attribute_i64(hst_result *result,
                              const char *path,
                              const char *name,
                              int64_t value);

/** Attribute: real number. */
void hst_result_attribute_f64(hst_result *result, const char *path, const char *name, double value);

/** Dataset: one text in UTF-8 (a scenario). An h5py reader gets a string. */
void hst_result_text(
    hst_result *result, const char *path, const char *text, size_t size, const char *description);

/** Dataset: bytes as they stand (an input table), with attribute `path` = `origin`. */
void hst_result_bytes(
    hst_result *result, const char *path, const void *bytes, size_t size, const char *origin);

/** Dataset: /meta/inputs/<n> for the next n, with attribute `path` = `origin`. */
void hst_result_input(hst_result *result, const char *origin, const void *bytes, size_t size);

/** Dataset: whole numbers, with attributes `unit` and `description`. */
void hst_result_array_i64(hst_result *result,
                          const char *path,
                          const int64_t *values,
                          size_t count,
                          const char *unit,
                          const char *description);

/** Dataset: real numbers, with attributes `unit` and `description`. */
void hst_result_array_f64(hst_result *result,
                          const char *path,
                          const double *values,
                          size_t count,
                          const char *unit,
                          const char *description);

/** Group, whose parent exists; attributes can then be put on it. */
void hst_result_group(hst_result *result, const char *path);

/** Dataset: rows of a table that is none of schema.h's, described by the caller: it lies at
 * table->path and has the attributes `title` and `columns` like the others. */
void hst_result_rows(hst_result *result,
                     const hst_table_schema *table,
                     const void *rows,
                     uint64_t count);

/** Dataset /histograms/<name>: its bins, with count, mean and percentiles as attributes. */
void hst_result_histogram(hst_result *result,
                          const char *name,
                          const hst_histogram *histogram,
                          const char *unit,
                          const char *description);

/** A row of /summary. Texts that are too long are cut at a character. */
void hst_result_metric(
    hst_result *result, const char *name, const char *unit, double value, const char *description);

/** A row of /invariants; `first_violation_ns` is HST_NEVER_NS while violated is 0. */
void hst_result_invariant(hst_result *result,
                          const char *name,
                          const char *description,
                          uint64_t checked,
                          uint64_t violated,
                          int64_t first_violation_ns);

/** Copy a text into a column of `size` bytes: cut at a character, padded with zeroes. */
void hst_result_put_text(char *column, size_t size, const char *text);

/** Write the rest, digest, seal, make durable, rename. The result is gone afterwards whatever the
 * outcome; on failure nothing is left at `path` but what was there before. `digest_out` gets the
 * content digest and may be NULL. */
HST_NODISCARD hst_status hst_result_finish(hst_result *result,
                                           hst_hash *digest_out,
                                           hst_error *error);

/** Stop without a result. `keep` leaves what there is as `<path>.partial`, a readable HDF5 file
 * whose attribute `complete` is 0; otherwise nothing is left. The result is gone afterwards. */
void hst_result_abandon(hst_result *result, bool keep);

#endif
