/** @file sim/experiment/experiment.h
 * An experiment: a question, factors with levels, a design, and how often each cell is repeated.
 *
 * An experiment file is YAML like a scenario; docs/how-to/sweep.md is a first one,
 * docs/reference/experiment.md lists every key. Loading gives everything a sweep needs with all
 * choices made: each cell of the design is a scenario file and a list of overrides, so that trial
 * t can be run by hand with `herstatt run FILE --seed S --set replication=R --set ...`.
 *
 *   file --yaml--> nodes --factors, levels--> design (design.h) --> cells --> scenarios checked
 *
 * Trial numbers never move: replication r of cell c is trial r * cells + c, so a sweep that is
 * given more replications later keeps all it has. With common random numbers replication r of
 * every cell runs with the replication key `replication_first + r`, so differences between cells
 * are the cells' doing; without, trial t runs with `replication_first + t`.
 *
 * Every cell's scenario is loaded once while the experiment is read, so a level that a scenario
 * would refuse is found before the first trial, at the line of the experiment that says it.
 *
 * Units     confidence and shares of one; seeds and replications are plain numbers.
 * Errors    HST_SCENARIO with text and file:line:column; HST_NOT_FOUND, HST_IO for the file itself;
 *           HST_NO_MEMORY.
 * Memory    everything is in the arena handed in and lives as long as it.
 * Threads   safe for distinct arenas and inputs; the experiment is constant once loaded.
 * Cost      one load of a scenario for each cell; milliseconds each.
 * Limits    the HST_EXPERIMENT_..._MAX constants below; an error names the one it met.
 * Source    Law, "Simulation Modeling and Analysis", 5th ed., ch. 11 (common random numbers) and
 *           12 (factorial designs); McKay, Beckman, Conover 1979 (Latin hypercubes).
 */
#ifndef HST_SIM_EXPERIMENT_EXPERIMENT_H
#define HST_SIM_EXPERIMENT_EXPERIMENT_H

#include "core/base/arena.h"
#include "core/base/status.h"
#include "core/crypto/hash.h"

#include "sim/base/error.h"
#include "sim/base/inputs.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Most trials of one sweep: each is a group of the result, which holds at most
 * HST_CONTENT_OBJECT_MAX objects. */
#define HST_SWEEP_TRIALS_MAX 4000

/** The schema number this program reads; a file says `experiment: 1`. */
#define HST_EXPERIMENT_SCHEMA 1

/** Most factors, levels of one factor, cells of a design, metrics asked for. */
#define HST_EXPERIMENT_FACTORS_MAX  16
#define HST_EXPERIMENT_LEVELS_MAX   1000 /**< levels */
#define HST_EXPERIMENT_CELLS_MAX    1000 /**< cells */
#define HST_EXPERIMENT_METRICS_MAX  32   /**< metrics */
#define HST_EXPERIMENT_SETTINGS_MAX 64   /**< overrides of one cell */

/** Bytes of a name and of a line of text, NUL included. */
enum { HST_EXPERIMENT_NAME_SIZE = 64, HST_EXPERIMENT_TEXT_SIZE = 256 };

/** How cells are chosen. */
typedef enum hst_design_kind {
    HST_DESIGN_FULL,       /**< every combination of levels */
    HST_DESIGN_FRACTIONAL, /**< two levels a factor, a fraction of the combinations */
    HST_DESIGN_LATIN       /**< Latin hypercube: n points, each factor's range cut in n strata */
} hst_design_kind;

/** One level of a factor. */
typedef struct hst_level {
    const char *text; /**< as written, or the name given to it */
    double number;    /**< its value as a plain number (base unit), when it has one */
    bool has_number;  /**< whether it has */
    const char *root; /**< whole scenario that replaces the base (normal path), or NULL */
    const char *const *overrides; /**< "key.path=value" */
    uint32_t override_count;      /**< how many */
} hst_level;

/** One factor. */
typedef struct hst_factor {
    const char *name;        /**< for tables */
    const char *key;         /**< scenario key, "" when levels set several keys or are files */
    const hst_level *levels; /**< in order; of a Latin hypercube's range: one for each point */
    uint32_t level_count;    /**< how many, at least 2 */
} hst_factor;

/** One figure of a run. */
typedef struct hst_experiment_metric {
    uint32_t index;          /**< in the order of a run's report (hst_day_metrics) */
    const char *name;        /**< "all.cost" */
    const char *unit;        /**< base unit */
    const char *description; /**< what it is */
    bool higher_is_better;   /**< completed payments and shares in time; all else better lower */
} hst_experiment_metric;

/** When to stop adding replications. */
typedef struct hst_stop_rule {
    bool enabled;              /**< else `replications` are run */
    uint32_t metric;           /**< which of the metrics */
    double half_width;         /**< wanted half width, in the metric's unit; 0 when relative */
    double relative;           /**< wanted half width as a share of the mean; 0 when absolute */
    uint32_t replications_min; /**< fewest, at least 2 */
    uint32_t replications_max; /**< most */
} hst_stop_rule;

/** One cell: a scenario to run. */
typedef struct hst_cell {
    const uint32_t *levels;       /**< by factor */
    const char *root;             /**< scenario file (normal path in the inputs) */
    const char *shown;            /**< the same as a person would type it */
    const char *const *overrides; /**< "key.path=value" in order, without seed and replication */
    uint32_t override_count;      /**< how many */
    const char *label;            /**< "router=static_table liquidity=0.5" */
} hst_cell;

/** An experiment. */
typedef struct hst_experiment {
    char name[HST_EXPERIMENT_NAME_SIZE];     /**< the file's, without folder and extension */
    const char *path;                        /**< of its file (normal path in the inputs) */
    char title[HST_EXPERIMENT_TEXT_SIZE];    /**< one line, may be "" */
    char question[HST_EXPERIMENT_TEXT_SIZE]; /**< what it shall answer, may be "" */
    hst_design_kind design;                  /**< how cells are chosen */
    const char *generators;                  /**< of a fraction, "D=ABC E=-AB"; else "" */
    uint32_t resolution;                     /**< of a fraction: 3, 4, ...; else 0 */
    uint32_t replications;                   /**< of each cell, unless a stop rule decides */
    int64_t seed;                            /**< of every trial */
    int64_t replication_first;               /**< replication key of replication 0 */
    bool common_random_numbers;              /**< see above */
    double confidence;                       /**< of every interval, e.g. 0.95 */
    hst_stop_rule stop;                      /**< may be off */
    uint32_t factor_count;                   /**< entries of factors, at least 1 */
    const hst_factor *factors;               /**< in file order */
    uint32_t cell_count;                     /**< entries of cells, at least 2 */
    const hst_cell *cells;                   /**< last factor fastest in a full factorial */
    uint32_t base_cell;                      /**< the others are compared with it */
    uint32_t metric_count;                   /**< entries of metrics, at least 1 */
    const hst_experiment_metric *metrics;    /**< the first decides which cell is best */
    uint32_t figure_count;                   /**< figures of every trial (hst_day_metrics) */
} hst_experiment;

/** What a caller may say in place of the file. */
typedef struct hst_experiment_changes {
    bool has_seed;         /**< whether `seed` counts */
    int64_t seed;          /**< seed of every trial */
    uint32_t replications; /**< of each cell, turns a stop rule off; 0 = the file's */
} hst_experiment_changes;

/** Read `root_path` (as hst_inputs_split gives it) through `inputs`. Afterwards `inputs` holds
 * every file any trial reads. `changes` may be NULL. */
HST_NODISCARD hst_status hst_experiment_load(hst_inputs *inputs,
                                             const char *root_path,
                                             const hst_experiment_changes *changes,
                                             hst_arena *arena,
                                             const hst_experiment **experiment,
                                             hst_error *error);

/** Replication of a trial: its number / cells. */
uint32_t hst_trial_replication(const hst_experiment *experiment, uint64_t trial);

/** Cell of a trial: its number modulo cells. */
uint32_t hst_trial_cell(const hst_experiment *experiment, uint64_t trial);

/** Replication key a trial is run with. */
int64_t hst_trial_replication_key(const hst_experiment *experiment, uint64_t trial);

/** Write the command that runs a trial by hand into out[size]; returns whether all of it fitted. */
bool hst_trial_command(const hst_experiment *experiment, uint64_t trial, char *out, size_t size);

/** What decides the outcomes of trials: program version, inputs, cells, seed, random number scheme.
 * Replications, metrics, stop rule and confidence do not enter, so a sweep can be lengthened. */
hst_hash hst_experiment_key(const hst_experiment *experiment, const hst_inputs *inputs);

/** Every figure a run has, in its order, in the arena; NULL without memory. */
const hst_experiment_metric *hst_experiment_figures(hst_arena *arena, uint32_t *count);

/** The reference page of all keys (Markdown), zero-terminated, in the arena. */
HST_NODISCARD hst_status hst_experiment_reference(hst_arena *arena,
                                                  const char **text,
                                                  size_t *size);

#endif
