/** @file sim/experiment/experiment_levels.h
 * Factors and their levels: from the nodes of an experiment file to overrides of a scenario.
 *
 * Shared by the files that read experiments; no one else's.
 *
 * Errors    HST_SCENARIO with the place; HST_NO_MEMORY.
 * Memory    the reading's arena.
 * Threads   as the reading.
 */
#ifndef HST_SIM_EXPERIMENT_EXPERIMENT_LEVELS_H
#define HST_SIM_EXPERIMENT_EXPERIMENT_LEVELS_H

#include "sim/experiment/experiment_keys.h"
#include "sim/scenario/scenario.h"

/** What reading an experiment carries along. */
typedef struct hst_experiment_reader {
    hst_reading reading;    /**< files, arena, complaints */
    hst_experiment_top top; /**< keys at the top */
    const char *base;       /**< scenario that paths in values start from (normal path) */
    hst_scenario *scratch;  /**< where values are read to be checked */
} hst_experiment_reader;

/** A range that becomes levels once the design is known. */
typedef struct hst_experiment_span {
    const hst_key *row;        /**< scenario key; NULL = the factor has no range */
    int64_t low;               /**< in its base unit */
    int64_t high;              /**< in its base unit, above low */
    hst_experiment_range keys; /**< count and spacing */
    const hst_node *node;      /**< where it was written */
} hst_experiment_span;

/** A list of overrides that grows. */
typedef struct hst_overrides {
    const char *list[HST_EXPERIMENT_SETTINGS_MAX]; /**< "key.path=value" */
    uint32_t count;                                /**< how many */
} hst_overrides;

/** Read entry `node` of `factors` into *factor. With a range, levels follow by
 * hst_experiment_cut. */
HST_NODISCARD hst_status hst_experiment_read_factor(hst_experiment_reader *reader,
                                                    const hst_node *node,
                                                    hst_factor *factor,
                                                    hst_experiment_span *span);

/** Make `count` levels of a range: level i lies `at[i]` of the way from low to high. */
HST_NODISCARD hst_status hst_experiment_cut(hst_experiment_reader *reader,
                                            const hst_experiment_span *span,
                                            const double *at,
                                            uint32_t count,
                                            hst_factor *factor);

/** Append the overrides that a map of scenario keys stands for. */
HST_NODISCARD hst_status hst_experiment_read_set(hst_experiment_reader *reader,
                                                 const hst_node *map,
                                                 hst_overrides *overrides);

/** Have the scenario at `path`, which `node` names, in the bundle. */
HST_NODISCARD hst_status hst_experiment_read_file(const hst_experiment_reader *reader,
                                                  const hst_node *node,
                                                  const char *path);

/** Formatted text in the arena; NULL without memory. */
const char *hst_experiment_text(hst_experiment_reader *reader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
