/** @file sim/metrics/inspect.h
 * What is in a result file, for people (at most 80 columns) and for machines (JSON).
 *
 * `herstatt inspect run.h5` prints the identity of the run, its summary, its invariants and a table
 * of contents; `--json` prints one object with the same content in base units:
 *
 *   {"file", "schema", "size_bytes", "digest", "meta", "host", "metrics": {name: {value, unit}},
 *    "invariants": {"checked", "violated", "list": [...]}, "targets": [...], "contents": [...]}
 *
 * Errors    HST_IO when the stream fails, HST_NO_MEMORY, what the reader returns.
 * Memory    from the hst_memory given; freed before returning (JSON: jansson's own heap).
 * Threads   as the file.
 */
#ifndef HST_SIM_METRICS_INSPECT_H
#define HST_SIM_METRICS_INSPECT_H

#include "sim/metrics/result_file.h"

#include <stdio.h>

/** Widest line of hst_inspect_print, in characters. */
#define HST_INSPECT_WIDTH 80

/** Print for people. `path` is only printed. */
HST_NODISCARD hst_status hst_inspect_print(
    hst_result_file *file, const char *path, hst_memory memory, FILE *stream, hst_error *error);

/** Print one JSON object and a line feed. */
HST_NODISCARD hst_status hst_inspect_json(
    hst_result_file *file, const char *path, hst_memory memory, FILE *stream, hst_error *error);

#endif
