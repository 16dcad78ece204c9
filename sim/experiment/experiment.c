#include "sim/experiment/experiment.h"

#include "core/base/assert.h"

#include "sim/experiment/design.h"
#include "sim/experiment/experiment_levels.h"
#include "sim/scenario/phrase.h"
#include "sim/scenario/rows.h"
#include "sim/scenario/source.h"

#include <stdio.h>
#include <string.h>

/* An experiment under construction. */
typedef struct builder {
    hst_experiment_reader reader;
    const hst_node *root;       /* of the file */
    const hst_node *factors;    /* its list of factors */
    hst_experiment *made;       /* what comes of it */
    hst_factor *list;           /* made->factors */
    hst_cell *cells;            /* made->cells */
    uint32_t *levels;           /* of the cells, by cell and factor */
    hst_experiment_span *spans; /* by factor */
    hst_overrides set;          /* of all trials */
} builder;

static hst_status no_memory(builder *b)
{
    return hst_reading_no_memory(&b->reader.reading);
}

/* Complain about a key at the top, or about the file when it is not there. */
static hst_status refuse(builder *b, const char *key, const char *text)
{
    const hst_node *node = hst_node_find(b->root, key);
    return hst_reading_refuse(&b->reader.reading, node != NULL ? node->place : b->root->place,
                              node != NULL ? key : "", "%s", text);
}

/* ---- the top ------------------------------------------------------------------------------ */

static hst_status read_top(builder *b)
{
    hst_experiment_top *top = &b->reader.top;
    if (hst_node_find(b->root, "schema") != NULL) {
        return refuse(b, "schema",
                      "this is a scenario; an experiment has 'experiment: 1' and 'factors'");
    }
    HST_TRY(hst_experiment_bind(&b->reader.reading, "", b->root, top));
    if (top->base[0] != '\0') {
        HST_TRY(hst_experiment_read_file(&b->reader, hst_node_find(b->root, "base"), top->base));
    }
    b->reader.base = top->base[0] != '\0' ? top->base : b->reader.reading.root_path;
    const hst_node *set = hst_node_find(b->root, "set");
    if (set != NULL) {
        HST_TRY(hst_experiment_read_set(&b->reader, set, &b->set));
    }
    hst_experiment *e = b->made;
    memcpy(e->title, top->title, sizeof e->title);
    memcpy(e->question, top->question, sizeof e->question);
    e->design = top->design;
    e->generators = "";
    e->replications = (uint32_t)top->replications;
    e->seed = top->seed;
    e->replication_first = top->replication_first;
    e->common_random_numbers = top->common_random_numbers;
    e->confidence = (double)top->confidence_ppb / (double)HST_SCENARIO_PPB;
    const char *path = b->reader.reading.root_path;
    e->path = path;
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    const size_t stem = dot != NULL && dot != name ? (size_t)(dot - name) : strlen(name);
    memcpy(e->name, name, stem < sizeof e->name ? stem : sizeof e->name - 1);
    return HST_OK;
}

/* ---- metrics ------------------------------------------------------------------------------ */

static hst_status
refuse_metric(builder *b, const hst_node *node, const hst_experiment_metric *figures)
{
    const uint32_t count = b->made->figure_count;
    const char **names = HST_ARENA_NEW(b->reader.reading.arena, const char *, count);
    char label[HST_NODE_PATH_SIZE];
    char word[HST_PHRASE_SIZE];
    if (names == NULL) {
        return no_memory(b);
    }
    for (uint32_t i = 0; i < count; i++) {
        names[i] = figures[i].name;
    }
    hst_node_path(node, label);
    hst_phrase_word(node->text, word);
    const char *near = hst_rows_near(node->text, names, count);
    if (near != NULL) {
        return hst_reading_refuse(&b->reader.reading, node->place, label,
                                  "no figure of a run: '%s', did you mean '%s'?", word, near);
    }
    return hst_reading_refuse(&b->reader.reading, node->place, label,
                              "no figure of a run: '%s' (herstatt run --json lists them)", word);
}

static hst_status add_metric(builder *b,
                             const hst_node *node,
                             const hst_experiment_metric *figures,
                             hst_experiment_metric *metrics)
{
    hst_experiment *e = b->made;
    if (node->kind != HST_NODE_SCALAR) {
        return hst_node_refuse(&b->reader.reading, node, "the name of a figure", "");
    }
    uint32_t found = 0;
    while (found < e->figure_count && strcmp(figures[found].name, node->text) != 0) {
        found++;
    }
    if (found == e->figure_count) {
        return refuse_metric(b, node, figures);
    }
    for (uint32_t m = 0; m < e->metric_count; m++) {
        if (metrics[m].index == found) {
            char label[HST_NODE_PATH_SIZE];
            hst_node_path(node, label);
            return hst_reading_refuse(&b->reader.reading, node->place, label,
                                      "'%s' is there already", node->text);
        }
    }
    metrics[e->metric_count++] = figures[found];
    return HST_OK;
}

static hst_status read_metrics(builder *b)
{
    hst_experiment *e = b->made;
    hst_arena *arena = b->reader.reading.arena;
    const hst_experiment_metric *figures = hst_experiment_figures(arena, &e->figure_count);
    hst_experiment_metric *metrics =
        HST_ARENA_NEW(arena, hst_experiment_metric, HST_EXPERIMENT_METRICS_MAX);
    if (figures == NULL || metrics == NULL) {
        return no_memory(b);
    }
    e->metrics = metrics;
    const hst_node *list = hst_node_find(b->root, "metrics");
    hst_node *standard = NULL;
    if (list == NULL) {
        size_t count = 0;
        const hst_key *keys = hst_experiment_keys(&count);
        for (size_t i = 0; i < count; i++) {
            if (strcmp(keys[i].path, "metrics") == 0) {
                HST_TRY(hst_source_default(&b->reader.reading, keys[i].fallback, &standard));
            }
        }
        list = standard;
    }
    hst_assert(list != NULL);
    if (list->kind != HST_NODE_LIST) {
        return hst_node_refuse(&b->reader.reading, list, "a list of figures", "");
    }
    if (list->child_count == 0) {
        return refuse(b, "metrics", "there is none");
    }
    if (list->child_count > HST_EXPERIMENT_METRICS_MAX) {
        return refuse(b, "metrics", "at most 32 figures (HST_EXPERIMENT_METRICS_MAX)");
    }
    for (const hst_node *node = list->first; node != NULL; node = node->sibling) {
        HST_TRY(add_metric(b, node, figures, metrics));
    }
    return HST_OK;
}

/* ---- factors ------------------------------------------------------------------------------ */

/* Whether an assignment sets `key`. */
static bool sets(const char *assignment, const char *key, size_t length)
{
    return strncmp(assignment, key, length) == 0 && assignment[length] == '=';
}

/* Whether a level of `a` sets what a level of `b` sets, or the key that b's range is of. */
static bool factors_clash(const hst_factor *a, const hst_factor *b)
{
    for (uint32_t i = 0; i < a->level_count; i++) {
        const hst_level *one = &a->levels[i];
        for (uint32_t o = 0; o < one->override_count; o++) {
            const size_t length = strlen(b->key);
            if (length > 0 && sets(one->overrides[o], b->key, length)) {
                return true;
            }
            for (uint32_t j = 0; j < b->level_count; j++) {
                const hst_level *two = &b->levels[j];
                for (uint32_t p = 0; p < two->override_count; p++) {
                    const char *text = two->overrides[p];
                    if (sets(one->overrides[o], text, strcspn(text, "="))) {
                        return true;
                    }
                }
            }
        }
    }
    return a->key[0] != '\0' && strcmp(a->key, b->key) == 0;
}

static bool is_files(const hst_factor *factor)
{
    return factor->level_count > 0 && factor->levels[0].root != NULL;
}

/* A factor against those before it. */
static hst_status check_apart(builder *b, const hst_node *node, uint32_t factor)
{
    const hst_factor *one = &b->list[factor];
    char label[HST_NODE_PATH_SIZE];
    hst_node_path(node, label);
    for (uint32_t f = 0; f < factor; f++) {
        const hst_factor *other = &b->list[f];
        if (strcmp(one->name, other->name) == 0) {
            return hst_reading_refuse(&b->reader.reading, node->place, label,
                                      "factor '%s' is there already", one->name);
        }
        const bool clash = factors_clash(one, other) || factors_clash(other, one) ||
                           (is_files(one) && is_files(other));
        if (clash) {
            return hst_reading_refuse(&b->reader.reading, node->place, label,
                                      is_files(one) && is_files(other)
                                          ? "'%s' and '%s' are both files"
                                          : "'%s' and '%s' set the same key",
                                      other->name, one->name);
        }
    }
    return HST_OK;
}

static hst_status read_factors(builder *b)
{
    const hst_node *list = b->factors;
    if (list->kind != HST_NODE_LIST) {
        return hst_node_refuse(&b->reader.reading, list, "a list of factors", "");
    }
    if (list->child_count == 0) {
        return refuse(b, "factors", "there is none");
    }
    if (list->child_count > HST_EXPERIMENT_FACTORS_MAX) {
        return refuse(b, "factors", "at most 16 factors (HST_EXPERIMENT_FACTORS_MAX)");
    }
    b->list = HST_ARENA_NEW(b->reader.reading.arena, hst_factor, list->child_count);
    b->spans = HST_ARENA_NEW(b->reader.reading.arena, hst_experiment_span, list->child_count);
    if (b->list == NULL || b->spans == NULL) {
        return no_memory(b);
    }
    b->made->factors = b->list;
    bool files = false;
    for (const hst_node *node = list->first; node != NULL; node = node->sibling) {
        const uint32_t f = b->made->factor_count++;
        HST_TRY(hst_experiment_read_factor(&b->reader, node, &b->list[f], &b->spans[f]));
        HST_TRY(check_apart(b, node, f));
        files = files || is_files(&b->list[f]);
    }
    if (!files && b->reader.top.base[0] == '\0') {
        return refuse(b, "base", "required key 'base' is missing (or a factor with 'files')");
    }
    if (files && b->reader.top.base[0] != '\0') {
        return refuse(b, "base", "a factor has 'files', which take the place of 'base'");
    }
    return HST_OK;
}

/* ---- the design --------------------------------------------------------------------------- */

/* Ranges of a factorial: `count` levels, ends included. */
static hst_status cut_evenly(builder *b, uint32_t factor)
{
    const hst_experiment_span *span = &b->spans[factor];
    const bool two = b->made->design == HST_DESIGN_FRACTIONAL;
    const int64_t count = span->keys.count == 0 && two ? 2 : span->keys.count;
    if (count < 2) {
        char label[HST_NODE_PATH_SIZE];
        hst_node_path(span->node, label);
        return hst_reading_refuse(&b->reader.reading, span->node->place, label,
                                  "'count' of 2 or more is needed in a factorial");
    }
    double *at = HST_ARENA_NEW(b->reader.reading.arena, double, (size_t)count);
    if (at == NULL) {
        return no_memory(b);
    }
    for (int64_t i = 0; i < count; i++) {
        at[i] = (double)i / (double)(count - 1);
    }
    return hst_experiment_cut(&b->reader, span, at, (uint32_t)count, &b->list[factor]);
}

static hst_status allocate_cells(builder *b, uint64_t count)
{
    if (count > HST_EXPERIMENT_CELLS_MAX) {
        char text[HST_ERROR_TEXT_SIZE];
        (void)snprintf(text, sizeof text, "%llu cells, at most %d (HST_EXPERIMENT_CELLS_MAX)",
                       (unsigned long long)count, HST_EXPERIMENT_CELLS_MAX);
        return refuse(b, "factors", text);
    }
    hst_assert(count >= 2);
    b->made->cell_count = (uint32_t)count;
    b->cells = HST_ARENA_NEW(b->reader.reading.arena, hst_cell, (size_t)count);
    b->levels =
        HST_ARENA_NEW(b->reader.reading.arena, uint32_t, (size_t)count * b->made->factor_count);
    b->made->cells = b->cells;
    return b->cells != NULL && b->levels != NULL ? HST_OK : no_memory(b);
}

static hst_status design_full(builder *b)
{
    uint32_t counts[HST_EXPERIMENT_FACTORS_MAX];
    for (uint32_t f = 0; f < b->made->factor_count; f++) {
        counts[f] = b->list[f].level_count;
    }
    HST_TRY(allocate_cells(b, hst_design_full_cells(counts, b->made->factor_count)));
    hst_design_full(counts, b->made->factor_count, b->levels);
    return HST_OK;
}

static hst_status design_fraction(builder *b)
{
    hst_fraction fraction;
    hst_overrides words = {.count = 0}; /* only to join them */
    hst_fraction_init(&fraction, b->made->factor_count);
    const hst_node *list = hst_node_find(b->root, "generators");
    if (list == NULL || list->kind != HST_NODE_LIST || list->child_count == 0) {
        return refuse(b, list != NULL ? "generators" : "design",
                      "expected a list of generators, as generators: [\"D=ABC\"]");
    }
    for (const hst_node *node = list->first; node != NULL; node = node->sibling) {
        char why[HST_DESIGN_WHY_SIZE];
        char label[HST_NODE_PATH_SIZE];
        hst_node_path(node, label);
        if (node->kind != HST_NODE_SCALAR) {
            return hst_node_refuse(&b->reader.reading, node, "a generator as \"D=ABC\"", "");
        }
        if (hst_fraction_add(&fraction, node->text, why) != HST_OK) {
            return hst_reading_refuse(&b->reader.reading, node->place, label, "%s", why);
        }
        words.list[words.count++] = node->text;
    }
    for (uint32_t f = 0; f < b->made->factor_count; f++) {
        if (b->list[f].level_count != 2) {
            const hst_node *node = hst_node_child(b->factors, f);
            char label[HST_NODE_PATH_SIZE];
            hst_node_path(node, label);
            return hst_reading_refuse(&b->reader.reading, node->place, label,
                                      "%u levels: a fractional factorial has two a factor",
                                      b->list[f].level_count);
        }
    }
    char joined[HST_EXPERIMENT_TEXT_SIZE] = "";
    for (uint32_t i = 0; i < words.count; i++) {
        const size_t used = strlen(joined);
        (void)snprintf(joined + used, sizeof joined - used, "%s%s", i > 0 ? " " : "",
                       words.list[i]);
    }
    b->made->generators = hst_experiment_text(&b->reader, "%s", joined);
    if (b->made->generators == NULL) {
        return no_memory(b);
    }
    b->made->resolution = fraction.resolution;
    HST_TRY(allocate_cells(b, hst_fraction_cells(&fraction)));
    hst_fraction_levels(&fraction, b->levels);
    return HST_OK;
}

/* Levels of a list are spread over the strata as evenly as they go. */
static hst_status design_latin(builder *b)
{
    const uint32_t points = (uint32_t)b->reader.top.points;
    const uint32_t factors = b->made->factor_count;
    if (points < 2) {
        return refuse(b, hst_node_find(b->root, "points") != NULL ? "points" : "design",
                      "a Latin hypercube needs 'points', at least 2");
    }
    HST_TRY(allocate_cells(b, points));
    uint32_t *strata = HST_ARENA_NEW(b->reader.reading.arena, uint32_t, points);
    double *within = HST_ARENA_NEW(b->reader.reading.arena, double, points);
    double *at = HST_ARENA_NEW(b->reader.reading.arena, double, points);
    if (strata == NULL || within == NULL || at == NULL) {
        return no_memory(b);
    }
    for (uint32_t f = 0; f < factors; f++) {
        hst_design_latin((uint64_t)b->made->seed, f, points, strata, within);
        const bool range = b->spans[f].row != NULL;
        if (range && b->spans[f].keys.count != 0) {
            char label[HST_NODE_PATH_SIZE];
            const hst_node *count = hst_node_find(b->spans[f].node, "count");
            hst_node_path(count, label);
            return hst_reading_refuse(&b->reader.reading, count->place, label,
                                      "a Latin hypercube has 'points' of them");
        }
        for (uint32_t p = 0; p < points; p++) {
            at[strata[p]] = ((double)strata[p] + within[p]) / (double)points;
        }
        if (range) {
            HST_TRY(hst_experiment_cut(&b->reader, &b->spans[f], at, points, &b->list[f]));
        }
        const uint64_t count = b->list[f].level_count;
        for (uint32_t p = 0; p < points; p++) {
            b->levels[(size_t)p * factors + f] = (uint32_t)(strata[p] * count / points);
        }
    }
    return HST_OK;
}

static hst_status make_design(builder *b)
{
    const hst_experiment *e = b->made;
    static const char *const only[] = {"generators", "points"};
    static const hst_design_kind owner[] = {HST_DESIGN_FRACTIONAL, HST_DESIGN_LATIN};
    for (size_t i = 0; i < 2; i++) {
        if (hst_node_find(b->root, only[i]) != NULL && e->design != owner[i]) {
            return refuse(b, only[i],
                          i == 0 ? "only a fractional_factorial has them"
                                 : "only a latin_hypercube has them");
        }
    }
    if (e->design == HST_DESIGN_LATIN) {
        return design_latin(b);
    }
    for (uint32_t f = 0; f < e->factor_count; f++) {
        if (b->spans[f].row != NULL) {
            HST_TRY(cut_evenly(b, f));
        }
    }
    return e->design == HST_DESIGN_FULL ? design_full(b) : design_fraction(b);
}

/* ---- cells -------------------------------------------------------------------------------- */

/* "router=static_table liquidity=0.5", cut where it gets too long. */
static const char *make_label(builder *b, const uint32_t *levels)
{
    char text[HST_EXPERIMENT_TEXT_SIZE] = "";
    for (uint32_t f = 0; f < b->made->factor_count; f++) {
        const size_t used = strlen(text);
        (void)snprintf(text + used, sizeof text - used, "%s%s=%s", f > 0 ? " " : "",
                       b->list[f].name, b->list[f].levels[levels[f]].text);
    }
    return hst_experiment_text(&b->reader, "%s", text);
}

static hst_status make_cell(builder *b, uint32_t index)
{
    hst_cell *cell = &b->cells[index];
    hst_overrides all = b->set;
    cell->levels = b->levels + (size_t)index * b->made->factor_count;
    cell->root = b->reader.top.base[0] != '\0' ? b->reader.top.base : NULL;
    for (uint32_t f = 0; f < b->made->factor_count; f++) {
        const hst_level *level = &b->list[f].levels[cell->levels[f]];
        cell->root = level->root != NULL ? level->root : cell->root;
        for (uint32_t i = 0; i < level->override_count; i++) {
            if (all.count == HST_EXPERIMENT_SETTINGS_MAX) {
                return refuse(b, "factors",
                              "more than 64 keys in one cell (HST_EXPERIMENT_SETTINGS_MAX)");
            }
            all.list[all.count++] = level->overrides[i];
        }
    }
    hst_assert(cell->root != NULL);
    const char **overrides = HST_ARENA_NEW(b->reader.reading.arena, const char *, all.count);
    char shown[HST_ERROR_FILE_SIZE] = "";
    hst_inputs_display_path(b->reader.reading.inputs, cell->root, shown);
    cell->root = hst_experiment_text(&b->reader, "%s", cell->root);
    cell->shown = hst_experiment_text(&b->reader, "%s", shown);
    cell->label = make_label(b, cell->levels);
    if (overrides == NULL || cell->root == NULL || cell->shown == NULL || cell->label == NULL) {
        return no_memory(b);
    }
    memcpy(overrides, all.list, all.count * sizeof *overrides);
    cell->overrides = overrides;
    cell->override_count = all.count;
    return HST_OK;
}

/* Have every table that a scenario names in the bundle. One that is missing is the trial's
 * business: not every run reads every table. */
static hst_status read_tables(builder *b, const hst_scenario *scenario)
{
    size_t count = 0;
    const hst_key *keys = hst_keys(&count);
    for (size_t i = 0; i < count; i++) {
        if (keys[i].type == HST_KEY_TABLE) {
            const char *bytes = NULL;
            size_t size = 0;
            const char *path = (const char *)scenario + keys[i].offset;
            if (hst_inputs_get(b->reader.reading.inputs, path, &bytes, &size, NULL) ==
                HST_NO_MEMORY) {
                return no_memory(b);
            }
        }
    }
    return HST_OK;
}

/* A day without a distributed ledger has no figures of one. */
static hst_status check_figures(builder *b, const hst_cell *cell, const hst_scenario *scenario)
{
    static const char prefix[] = "dlt.";
    const hst_node *list = hst_node_find(b->root, "metrics");
    if (list == NULL || strcmp(scenario->rails.dlt.protocol, HST_SCENARIO_PROTOCOL_NONE) != 0) {
        return HST_OK;
    }
    for (const hst_node *node = list->first; node != NULL; node = node->sibling) {
        if (strncmp(node->text, prefix, sizeof prefix - 1) == 0) {
            char label[HST_NODE_PATH_SIZE];
            hst_node_path(node, label);
            return hst_reading_refuse(&b->reader.reading, node->place, label,
                                      "'%s' is a figure of a distributed ledger, and cell %.200s "
                                      "has none: set rails.dlt.protocol",
                                      node->text, cell->label);
        }
    }
    return HST_OK;
}

/* Load a cell's scenario, so that what it would refuse is known before the first trial. */
static hst_status check_cell(builder *b, const hst_cell *cell, hst_arena *arena)
{
    hst_error found;
    hst_error_clear(&found);
    hst_arena_clear(arena);
    hst_reading *reading = &b->reader.reading;
    const hst_status status =
        hst_scenario_load(reading->inputs, cell->root, cell->overrides, cell->override_count, arena,
                          b->reader.scratch, &found);
    if (status == HST_NO_MEMORY) {
        return no_memory(b);
    }
    if (status != HST_OK) {
        char text[HST_ERROR_PRINT_SIZE];
        (void)hst_error_print(&found, text, sizeof text);
        return hst_reading_refuse(reading, b->factors->place, "", "cell %s: %.384s", cell->label,
                                  text);
    }
    HST_TRY(check_figures(b, cell, b->reader.scratch));
    return read_tables(b, b->reader.scratch);
}

static hst_status make_cells(builder *b)
{
    hst_arena arena;
    hst_arena_init(&arena, b->reader.reading.arena->memory, (size_t)1 << 18);
    hst_status status = HST_OK;
    for (uint32_t c = 0; status == HST_OK && c < b->made->cell_count; c++) {
        status = make_cell(b, c);
        if (status == HST_OK) {
            status = check_cell(b, &b->cells[c], &arena);
        }
    }
    hst_arena_release(&arena);
    return status;
}

/* The cell that `reference` names; what it leaves out is at its first level. */
static hst_status find_reference(builder *b)
{
    hst_experiment *e = b->made;
    const hst_node *map = hst_node_find(b->root, "reference");
    uint32_t wanted[HST_EXPERIMENT_FACTORS_MAX] = {0};
    if (map == NULL) {
        return HST_OK;
    }
    if (map->kind != HST_NODE_MAP) {
        return hst_node_refuse(&b->reader.reading, map, "a map from factors to levels", "");
    }
    for (const hst_node *child = map->first; child != NULL; child = child->sibling) {
        uint32_t f = 0;
        while (f < e->factor_count && strcmp(b->list[f].name, child->key) != 0) {
            f++;
        }
        if (f == e->factor_count) {
            return hst_reading_refuse(&b->reader.reading, child->key_place, "reference",
                                      "no factor of this experiment");
        }
        uint32_t l = 0;
        while (l < b->list[f].level_count &&
               (child->kind != HST_NODE_SCALAR ||
                strcmp(b->list[f].levels[l].text, child->text) != 0)) {
            l++;
        }
        if (l == b->list[f].level_count) {
            return hst_node_refuse(&b->reader.reading, child, "a level of this factor", "");
        }
        wanted[f] = l;
    }
    for (uint32_t c = 0; c < e->cell_count; c++) {
        if (memcmp(e->cells[c].levels, wanted, e->factor_count * sizeof wanted[0]) == 0) {
            e->base_cell = c;
            return HST_OK;
        }
    }
    return refuse(b, "reference", "the design has no such cell");
}

/* ---- when to stop ------------------------------------------------------------------------- */

static hst_status read_stop(builder *b)
{
    hst_experiment *e = b->made;
    const hst_node *map = hst_node_find(b->root, "stop");
    if (map == NULL) {
        return HST_OK;
    }
    hst_experiment_stop keys = {.metric = ""};
    HST_TRY(hst_experiment_bind(&b->reader.reading, "stop", map, &keys));
    hst_stop_rule *rule = &e->stop;
    rule->enabled = true;
    rule->metric = e->metric_count;
    for (uint32_t m = 0; m < e->metric_count; m++) {
        if (strcmp(e->metrics[m].name, keys.metric) == 0) {
            rule->metric = m;
        }
    }
    if (rule->metric == e->metric_count) {
        return hst_node_refuse(&b->reader.reading, hst_node_find(map, "metric"), "one of 'metrics'",
                               "");
    }
    rule->half_width = keys.half_width;
    rule->relative = (double)keys.relative_ppb / (double)HST_SCENARIO_PPB;
    if ((rule->half_width > 0) == (rule->relative > 0)) {
        return refuse(b, "stop", "expected 'half_width' or 'relative', above 0 and not both");
    }
    rule->replications_min = (uint32_t)keys.replications_min;
    rule->replications_max = (uint32_t)keys.replications_max;
    if (rule->replications_min > rule->replications_max) {
        return refuse(b, "stop", "'replications_min' is above 'replications_max'");
    }
    return HST_OK;
}

static hst_status check_size(builder *b)
{
    const hst_experiment *e = b->made;
    const uint64_t most = e->stop.enabled ? e->stop.replications_max : e->replications;
    if (most * e->cell_count <= HST_SWEEP_TRIALS_MAX) {
        return HST_OK;
    }
    char text[HST_ERROR_TEXT_SIZE];
    (void)snprintf(text, sizeof text,
                   "%llu replications of %u cells, at most %d trials (HST_SWEEP_TRIALS_MAX)",
                   (unsigned long long)most, e->cell_count, HST_SWEEP_TRIALS_MAX);
    return refuse(b, e->stop.enabled ? "stop" : "replications", text);
}

static hst_status build(builder *b, const hst_experiment_changes *changes)
{
    hst_experiment *e = b->made;
    HST_TRY(read_top(b));
    if (changes != NULL && changes->has_seed) {
        e->seed = changes->seed;
    }
    b->factors = hst_node_find(b->root, "factors");
    hst_assert(b->factors != NULL); /* required */
    HST_TRY(read_metrics(b));
    HST_TRY(read_factors(b));
    HST_TRY(make_design(b));
    HST_TRY(read_stop(b));
    if (changes != NULL && changes->replications > 0) {
        e->replications = changes->replications;
        e->stop.enabled = false;
    }
    HST_TRY(check_size(b));
    HST_TRY(make_cells(b));
    return find_reference(b);
}

hst_status hst_experiment_load(hst_inputs *inputs,
                               const char *root_path,
                               const hst_experiment_changes *changes,
                               hst_arena *arena,
                               const hst_experiment **experiment,
                               hst_error *error)
{
    hst_assert(inputs != NULL);
    hst_assert(root_path != NULL);
    hst_assert(experiment != NULL);
    builder *b = HST_ARENA_NEW(arena, builder, 1);
    if (b == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "out of memory while reading an experiment");
    }
    hst_reading *reading = &b->reader.reading;
    reading->inputs = inputs;
    reading->arena = arena;
    reading->error = error;
    HST_TRY(hst_reading_copy(reading, root_path, strlen(root_path), &reading->root_path));
    b->made = HST_ARENA_NEW(arena, hst_experiment, 1);
    b->reader.scratch = HST_ARENA_NEW(arena, hst_scenario, 1);
    if (b->made == NULL || b->reader.scratch == NULL) {
        return no_memory(b);
    }
    hst_node *root = NULL;
    HST_TRY(hst_source_read(reading, &root));
    b->root = root;
    HST_TRY(build(b, changes));
    *experiment = b->made;
    return HST_OK;
}
