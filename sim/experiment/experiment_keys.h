/** @file sim/experiment/experiment_keys.h
 * The keys of an experiment file, as rows like a scenario's, and reading one map of them.
 *
 * Shared by the files that read experiments; no one else's. A row's type, range, default and
 * sentence give the check, the complaint and docs/reference/experiment.md.
 *
 * Errors    HST_SCENARIO with the place: unknown key (with what may have been meant), wrong kind,
 *           wrong value, missing key.
 * Memory    none of its own.
 * Threads   as the reading.
 */
#ifndef HST_SIM_EXPERIMENT_EXPERIMENT_KEYS_H
#define HST_SIM_EXPERIMENT_EXPERIMENT_KEYS_H

#include "sim/experiment/experiment.h"
#include "sim/scenario/keys.h"
#include "sim/scenario/node.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** How a range is cut. */
typedef enum hst_spacing {
    HST_SPACING_LINEAR,     /**< equal differences */
    HST_SPACING_LOGARITHMIC /**< equal ratios */
} hst_spacing;

/** The keys at the top. */
typedef struct hst_experiment_top {
    int64_t schema;                          /**< HST_EXPERIMENT_SCHEMA */
    char title[HST_EXPERIMENT_TEXT_SIZE];    /**< may be "" */
    char question[HST_EXPERIMENT_TEXT_SIZE]; /**< may be "" */
    char base[HST_INPUT_PATH_SIZE];          /**< normal path, "" when there is none */
    int64_t seed;                            /**< of every trial */
    int64_t replication_first;               /**< replication key of replication 0 */
    int64_t replications;                    /**< of each cell */
    bool common_random_numbers;              /**< whether cells share them */
    int64_t confidence_ppb;                  /**< of intervals */
    hst_design_kind design;                  /**< how cells are chosen */
    int64_t points;                          /**< of a Latin hypercube; 0 = not said */
} hst_experiment_top;

/** The keys of `stop`. */
typedef struct hst_experiment_stop {
    char metric[48];          /**< by name */
    double half_width;        /**< 0 = not said */
    int64_t relative_ppb;     /**< 0 = not said */
    int64_t replications_min; /**< fewest */
    int64_t replications_max; /**< most */
} hst_experiment_stop;

/** The keys of one factor that are one value each. */
typedef struct hst_experiment_factor {
    char name[HST_EXPERIMENT_NAME_SIZE]; /**< "" = from the key */
    char key[HST_KEY_PATH_SIZE];         /**< "" = none */
} hst_experiment_factor;

/** The keys of a factor's `range`; low and high are of the factor's key's type. */
typedef struct hst_experiment_range {
    int64_t count;       /**< levels, 0 = not said */
    hst_spacing spacing; /**< between them */
} hst_experiment_range;

/** The keys of one entry of a factor's `settings`. */
typedef struct hst_experiment_setting {
    char name[HST_EXPERIMENT_NAME_SIZE]; /**< of the level */
} hst_experiment_setting;

/** All rows, in order of the reference. */
const hst_key *hst_experiment_keys(size_t *count);

/** Check every key of `map` against the rows below `prefix`, and read those that hold one value
 * into `base`, which is zeroed; what is absent takes its default. */
HST_NODISCARD hst_status hst_experiment_bind(const hst_reading *reading,
                                             const char *prefix,
                                             const hst_node *map,
                                             void *base);

#endif
