/** @file sim/scenario/rows.h
 * Files of other kinds than scenarios (experiments, line-ups) read by rows of their own: check
 * every key of a map, read those that hold one value, and write the reference page.
 *
 * A row without a field (size 0) is known and left to the caller: maps, lists, values whose type
 * another key decides.
 *
 * Errors    HST_SCENARIO with the place: unknown key (with what may have been meant), wrong kind,
 *           wrong value, missing key.
 * Memory    none of its own; the reference's text is in the arena.
 * Threads   as the reading.
 */
#ifndef HST_SIM_SCENARIO_ROWS_H
#define HST_SIM_SCENARIO_ROWS_H

#include "sim/scenario/keys.h"
#include "sim/scenario/node.h"

#include <stddef.h>

/** Rows of a kind of file, in order of its reference. */
typedef struct hst_rows {
    const hst_key *keys; /**< the rows */
    size_t count;        /**< how many */
} hst_rows;

/** Check every key of `map` against the rows below `prefix` ("" = the top), and read those that
 * hold one value into `base`, which is zeroed; what is absent takes its default. */
HST_NODISCARD hst_status hst_rows_bind(const hst_rows *rows,
                                       const hst_reading *reading,
                                       const char *prefix,
                                       const hst_node *map,
                                       void *base);

/** Which of `names`[count] a person may have meant, or NULL. */
const char *hst_rows_near(const char *word, const char *const *names, size_t count);

/** `heading`, then a table of all rows, as Markdown. HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_rows_reference(
    const hst_rows *rows, const char *heading, hst_arena *arena, const char **text, size_t *size);

#endif
