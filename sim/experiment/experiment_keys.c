#include "sim/experiment/experiment_keys.h"

#include "core/base/assert.h"

#include "sim/scenario/rows.h"
#include "sim/scenario/scenario.h"

#include <stddef.h>

#define KEY(kind, name, structure, field, least, greatest, standard, sentence)                     \
    {                                                                                              \
        .path = (name), .type = HST_KEY_##kind, .offset = offsetof(structure, field),              \
        .size = sizeof(((structure *)0)->field), .min = (least), .max = (greatest),                \
        .fallback = (standard), .text = (sentence)                                                 \
    }
#define TOP(kind, name, field, least, greatest, standard, sentence)                                \
    KEY(kind, name, hst_experiment_top, field, least, greatest, standard, sentence)
#define STRING(name, structure, field, standard, sentence)                                         \
    KEY(STRING, name, structure, field, 0, sizeof(((structure *)0)->field) - 1, standard, sentence)
#define CHOICE(name, structure, field, words, standard, sentence)                                  \
    {                                                                                              \
        .path = (name), .type = HST_KEY_ENUMERATION, .offset = offsetof(structure, field),         \
        .size = sizeof(((structure *)0)->field), .min = 0,                                         \
        .max = (int64_t)(sizeof(words) / sizeof((words)[0])) - 2, .fallback = (standard),          \
        .text = (sentence), .names = (words)                                                       \
    }
/* A key whose value is a map, a list, or of a type that another key decides. */
#define INNER(name, kind, standard, sentence)                                                      \
    {                                                                                              \
        .path = (name), .type = HST_KEY_##kind, .fallback = (standard), .text = (sentence)         \
    }

static const char *const design_names[] = {"full_factorial", "fractional_factorial",
                                           "latin_hypercube", NULL};
static const char *const spacing_names[] = {"linear", "logarithmic", NULL};

/* clang-format off */
static const hst_key keys[] = {
    TOP(INTEGER, "experiment", schema, HST_EXPERIMENT_SCHEMA, HST_EXPERIMENT_SCHEMA, NULL,
        "Number of this schema; says that the file is an experiment."),
    STRING("title", hst_experiment_top, title, "", "One line for people."),
    STRING("question", hst_experiment_top, question, "",
        "What the experiment shall answer; stands above the answer and in the report."),
    TOP(PATH, "base", base, 0, HST_INPUT_PATH_SIZE - 1, "",
        "Scenario that every trial starts from; needed unless a factor has `files`."),
    INNER("set", MAP, "{}", "Scenario keys that differ from `base` in all trials."),
    TOP(INTEGER, "seed", seed, 0, INT64_MAX, "42", "Seed of every trial, in place of the base's."),
    TOP(INTEGER, "replication_first", replication_first, 0, 1000000, "0",
        "`replication` of the first replication; the next ones count up."),
    TOP(INTEGER, "replications", replications, 1, HST_SWEEP_TRIALS_MAX, "10",
        "Trials of each cell, unless `stop` decides."),
    TOP(BOOLEAN, "common_random_numbers", common_random_numbers, 0, 1, "true",
        "Replication r of every cell sees the same payments, so that differences between cells are "
        "the cells' doing."),
    TOP(RATE, "confidence", confidence_ppb, HST_SCENARIO_PPB / 2, HST_SCENARIO_PPB / 1000 * 999,
        "95%", "Of every interval."),
    CHOICE("design", hst_experiment_top, design, design_names, "full_factorial",
        "Which combinations of levels are run."),
    INNER("generators", STRINGS, "[]",
        "Of a fractional factorial: \"D=ABC\" for each factor that is no factor of its own; factors "
        "are A, B, C, ... (without I) in order."),
    TOP(INTEGER, "points", points, 0, HST_EXPERIMENT_CELLS_MAX, "0",
        "Of a Latin hypercube: cells, at least 2."),
    INNER("metrics", STRINGS, "[all.cost, all.failed, all.time_p50, all.liquidity]",
        "Figures to look at, as `herstatt run --json` names them; the first decides which cell is "
        "best."),
    INNER("reference", MAP, "{}",
        "Level of each factor in the cell that others are compared with; first levels otherwise."),
    INNER("stop", MAP, "", "Add replications until an interval is narrow enough."),
    STRING("stop.metric", hst_experiment_stop, metric, NULL, "One of `metrics`."),
    KEY(REAL, "stop.half_width", hst_experiment_stop, half_width, 0, HST_KEY_REAL_MAX * HST_KEY_NANO,
        "0", "Half the width of its interval, in its unit, that every cell must reach."),
    KEY(RATE, "stop.relative", hst_experiment_stop, relative_ppb, 0, HST_SCENARIO_PPB, "0",
        "The same as a share of the mean; one of the two is needed."),
    KEY(INTEGER, "stop.replications_min", hst_experiment_stop, replications_min, 2,
        HST_SWEEP_TRIALS_MAX, "5", "Fewest replications."),
    KEY(INTEGER, "stop.replications_max", hst_experiment_stop, replications_max, 2,
        HST_SWEEP_TRIALS_MAX, "100", "Most replications."),
    INNER("factors", LIST, NULL, "What is varied; at most 16."),
    STRING("factors[].name", hst_experiment_factor, name, "",
        "For tables; the last part of `key` when not given."),
    STRING("factors[].key", hst_experiment_factor, key, "",
        "Scenario key (docs/reference/scenario.md) that `levels` or `range` give values for."),
    INNER("factors[].levels", LIST, "", "Values of `key`, as a scenario would say them."),
    INNER("factors[].range", MAP, "", "Or: values of `key` between two."),
    INNER("factors[].range.low", REAL, NULL, "Lowest value, as a scenario would say it."),
    INNER("factors[].range.high", REAL, NULL, "Highest value."),
    KEY(INTEGER, "factors[].range.count", hst_experiment_range, count, 0, HST_EXPERIMENT_LEVELS_MAX,
        "0", "Levels of a factorial, at least 2; a Latin hypercube has `points` of them."),
    CHOICE("factors[].range.spacing", hst_experiment_range, spacing, spacing_names, "linear",
        "Equal differences or equal ratios."),
    INNER("factors[].files", STRINGS, "", "Or: whole scenarios, in place of `base`."),
    INNER("factors[].settings", LIST, "", "Or: levels that set several keys."),
    STRING("factors[].settings[].name", hst_experiment_setting, name, NULL, "Name of the level."),
    INNER("factors[].settings[].set", MAP, NULL,
        "Scenario keys and their values, as `liquidity.prefunding: 0.25`."),
};
/* clang-format on */

const hst_key *hst_experiment_keys(size_t *count)
{
    hst_assert(count != NULL);
    *count = sizeof keys / sizeof keys[0];
    return keys;
}

hst_status
hst_experiment_bind(const hst_reading *reading, const char *prefix, const hst_node *map, void *base)
{
    return hst_rows_bind(&(hst_rows){keys, sizeof keys / sizeof keys[0]}, reading, prefix, map,
                         base);
}

hst_status hst_experiment_reference(hst_arena *arena, const char **text, size_t *size)
{
    return hst_rows_reference(
        &(hst_rows){keys, sizeof keys / sizeof keys[0]},
        "# Experiment file\n\nEvery key of an experiment file, written by `herstatt scenarios "
        "--experiments`.\n[A first experiment](../how-to/sweep.md) explains them in order; "
        "`include` "
        "works as in a\nscenario. Paths are relative to the file that says them.",
        arena, text, size);
}
