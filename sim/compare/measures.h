/** @file sim/compare/measures.h
 * What can be compared of a file: figures with their samples, and texts that must be equal.
 *
 *   result file (HDF5)                 every figure of /summary, the run digest, and the inputs
 *   `herstatt bench --json`            every case with its runs; its instructions, where counted
 *   several such objects in one file   rounds: each counts as one sample a case, its best run
 *
 * Rounds are separate processes (`herstatt bench --json >> old.json`, again and again): runs inside
 * one process share its memory layout and its moment, so they are not independent of each other.
 * The best of them counts because the work is the same each time and neighbours only ever add to
 * it.
 *
 * Units     as in the file.
 * Errors    HST_IO, HST_CORRUPT (neither of ours, damaged or partial), HST_UNSUPPORTED (a newer
 *           schema), HST_INTERRUPTED and HST_TRUNCATED (a partial result), HST_NO_MEMORY; the error
 *           names the file and, for JSON, line and column.
 * Memory    an arena inside, given back by hst_measures_release; JSON: jansson's own heap
 * meanwhile. Threads   one thread at a time.
 */
#ifndef HST_SIM_COMPARE_MEASURES_H
#define HST_SIM_COMPARE_MEASURES_H

#include "core/base/arena.h"

#include "sim/base/error.h"

#include <stdbool.h>
#include <stddef.h>

/** Newest `schema` of benchmark JSON that is read; older files have none. */
enum { HST_BENCH_SCHEMA = 1 };

/** What a measure is. */
typedef enum hst_measure_kind {
    HST_MEASURE_SPEED,  /**< noisy: samples */
    HST_MEASURE_FIGURE, /**< exact: one value */
    HST_MEASURE_TEXT,   /**< exact: digest */
    HST_MEASURE_INPUT   /**< what was run: a difference is told, not judged */
} hst_measure_kind;

/** One of them. */
typedef struct hst_measure {
    const char *name;      /**< dotted */
    const char *unit;      /**< base unit, "" for texts */
    const char *text;      /**< of texts and inputs, else "" */
    hst_measure_kind kind; /**< how it is compared */
    bool higher_is_better; /**< of a speed */
    double value;          /**< the figure, or the median of the samples */
    double *samples;       /**< of a speed, else NULL */
    size_t sample_count;   /**< how many */
} hst_measure;

/** All of a file. */
typedef struct hst_measures {
    bool is_bench;      /**< benchmarks rather than a result */
    hst_measure *items; /**< in the order of the file */
    size_t count;       /**< how many */
    hst_arena arena;    /**< holds everything */
} hst_measures;

/** Read either kind of file. */
HST_NODISCARD hst_status hst_measures_read(const char *path,
                                           hst_memory memory,
                                           hst_measures *out,
                                           hst_error *error);

/** Read benchmark JSON from memory; `name` is for errors. */
HST_NODISCARD hst_status hst_measures_parse_bench(const char *name,
                                                  const char *bytes,
                                                  size_t size,
                                                  hst_memory memory,
                                                  hst_measures *out,
                                                  hst_error *error);

/** Give the memory back; only after HST_OK. */
void hst_measures_release(hst_measures *measures);

/** The measure of a name, or NULL. */
const hst_measure *hst_measures_find(const hst_measures *measures, const char *name);

#endif
