#include "sim/experiment/experiment_keys.h"

#include "core/base/assert.h"

#include "sim/scenario/phrase.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/value.h"
#include "sim/scenario/writer.h"

#include <stdio.h>
#include <string.h>

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

/* The last part of a row's path when the row is directly below `prefix`, else NULL. */
static const char *name_below(const hst_key *key, const char *prefix)
{
    const size_t length = strlen(prefix);
    if (strncmp(key->path, prefix, length) != 0 || (length > 0 && key->path[length] != '.')) {
        return NULL;
    }
    const char *rest = key->path + length + (length > 0 ? 1 : 0);
    return strpbrk(rest, ".[") == NULL ? rest : NULL;
}

static bool has_field(const hst_key *key)
{
    return key->size > 0;
}

const char *hst_experiment_near(const char *word, const char *const *names, size_t count)
{
    hst_assert(word != NULL);
    size_t nearest = hst_phrase_slip(word) + 1;
    const char *best = NULL;
    for (size_t i = 0; i < count; i++) {
        const size_t distance = hst_phrase_distance(word, names[i], nearest - 1);
        if (distance < nearest) {
            nearest = distance;
            best = names[i];
        }
        if (nearest == 0) {
            break;
        }
    }
    return best;
}

static hst_status
refuse_unknown(const hst_reading *reading, const char *prefix, const hst_node *child)
{
    const char *names[sizeof keys / sizeof keys[0]];
    size_t count = 0;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const char *name = name_below(&keys[i], prefix);
        if (name != NULL) {
            names[count++] = name;
        }
    }
    char label[HST_NODE_PATH_SIZE];
    char word[HST_PHRASE_SIZE];
    hst_node_path(child->parent, label);
    hst_phrase_word(child->key, word);
    const char *near = hst_experiment_near(child->key, names, count);
    if (near != NULL) {
        return hst_reading_refuse(reading, child->key_place, label,
                                  "unknown key '%s', did you mean '%s'?", word, near);
    }
    return hst_reading_refuse(reading, child->key_place, label, "unknown key '%s'", word);
}

static const hst_key *find_row(const char *prefix, const char *name)
{
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const char *here = name_below(&keys[i], prefix);
        if (here != NULL && strcmp(here, name) == 0) {
            return &keys[i];
        }
    }
    return NULL;
}

/* What the map lacks. */
static hst_status bind_default(const hst_reading *reading,
                               const hst_key *row,
                               const char *name,
                               const hst_node *map,
                               void *base)
{
    if (row->fallback == NULL) {
        char label[HST_NODE_PATH_SIZE];
        hst_node_path(map, label);
        return hst_reading_refuse(reading, map->place, label, "required key '%s' is missing", name);
    }
    if (!has_field(row) || row->fallback[0] == '\0') {
        return HST_OK; /* the field is zero already */
    }
    const hst_node node = {
        .kind = HST_NODE_SCALAR, .text = row->fallback, .place = {.path = reading->root_path}};
    return hst_value_read(reading, row, &node, base);
}

hst_status
hst_experiment_bind(const hst_reading *reading, const char *prefix, const hst_node *map, void *base)
{
    hst_assert(base != NULL);
    if (map->kind != HST_NODE_MAP) {
        return hst_node_refuse(reading, map, "a map", "");
    }
    for (const hst_node *child = map->first; child != NULL; child = child->sibling) {
        const hst_key *row = find_row(prefix, child->key);
        if (row == NULL) {
            return refuse_unknown(reading, prefix, child);
        }
        if (has_field(row)) {
            HST_TRY(hst_value_read(reading, row, child, base));
        }
    }
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const char *name = name_below(&keys[i], prefix);
        if (name != NULL && hst_node_find(map, name) == NULL) {
            HST_TRY(bind_default(reading, &keys[i], name, map, base));
        }
    }
    return HST_OK;
}

/* ---- the reference ------------------------------------------------------------------------ */

/* What a key holds, in words. */
static void describe(const hst_key *row, char *out)
{
    if (has_field(row)) {
        hst_value_expected(row, out);
        return;
    }
    const char *what = row->type == HST_KEY_MAP       ? "a map"
                       : row->type == HST_KEY_STRINGS ? "a list of texts"
                       : row->type == HST_KEY_LIST    ? "a list"
                                                      : "a value of the factor's key";
    (void)snprintf(out, HST_VALUE_SIZE, "%s", what);
}

hst_status hst_experiment_reference(hst_arena *arena, const char **text, size_t *size)
{
    hst_assert(arena != NULL);
    hst_yaml_writer writer;
    hst_yaml_writer_init(&writer, arena);
    hst_yaml_writer_put(
        &writer, "# Experiment file\n\nEvery key of an experiment file, written by `herstatt "
                 "scenarios --experiments`.\n[A first experiment](../how-to/sweep.md) explains "
                 "them in order; `include` works as in a\nscenario. Paths are relative to the "
                 "file that says them.\n\n| key | holds | default | what |\n|---|---|---|---|\n");
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        char expected[HST_VALUE_SIZE];
        describe(&keys[i], expected);
        const char *standard = keys[i].fallback;
        hst_yaml_writer_put(&writer, "| `%s` | %s | ", keys[i].path, expected);
        if (standard == NULL) {
            hst_yaml_writer_put(&writer, "required");
        } else if (standard[0] != '\0') {
            hst_yaml_writer_put(&writer, "`%s`", standard);
        }
        hst_yaml_writer_put(&writer, " | %s |\n", keys[i].text);
    }
    return hst_yaml_writer_finish(&writer, text, size);
}
