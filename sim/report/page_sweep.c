/* What a sweep answers: its question, cells with intervals, effects, differences, failed trials. */
#include "core/base/assert.h"

#include "sim/report/page.h"
#include "sim/report/sweep_tables.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT = 256, FACTORS_MAX = 16 };

typedef struct sweep {
    const hst_report_input *input;
    hst_arena arena;
    hst_sweep_table factors, levels, metrics, cells, summary, differences, means, effects;
    const char *factor_names[FACTORS_MAX + 1];
    size_t axis; /* factor with most levels */
} sweep;

static hst_status read(sweep *s, hst_sweep_table *table, hst_error *error)
{
    return hst_sweep_table_read(table, s->input->file, &s->arena, error);
}

/* Columns as docs/reference/sweep.md lists them. */
#define COLUMNS(table, type, size, ...)                                                            \
    hst_sweep_table_columns((table), (type), (size), (const char *const[]){__VA_ARGS__, NULL})

static hst_status read_plan(sweep *s, hst_error *error)
{
    hst_sweep_table_init(&s->factors, "/sweep/factors");
    COLUMNS(&s->factors, HST_COLUMN_U32, 4, "factor");
    COLUMNS(&s->factors, HST_COLUMN_TEXT, 64, "name");
    COLUMNS(&s->factors, HST_COLUMN_TEXT, 96, "key");
    COLUMNS(&s->factors, HST_COLUMN_U32, 4, "levels");
    HST_TRY(read(s, &s->factors, error));
    hst_sweep_table_init(&s->levels, "/sweep/levels");
    COLUMNS(&s->levels, HST_COLUMN_U32, 4, "factor", "level");
    COLUMNS(&s->levels, HST_COLUMN_TEXT, 64, "text");
    COLUMNS(&s->levels, HST_COLUMN_F64, 8, "number");
    HST_TRY(read(s, &s->levels, error));
    hst_sweep_table_init(&s->metrics, "/sweep/metrics");
    COLUMNS(&s->metrics, HST_COLUMN_U32, 4, "metric");
    COLUMNS(&s->metrics, HST_COLUMN_TEXT, 48, "name");
    COLUMNS(&s->metrics, HST_COLUMN_TEXT, 16, "unit");
    COLUMNS(&s->metrics, HST_COLUMN_TEXT, 120, "description");
    COLUMNS(&s->metrics, HST_COLUMN_ENUM, 1, "better");
    HST_TRY(read(s, &s->metrics, error));
    if (s->factors.count == 0 || s->factors.count > FACTORS_MAX || s->metrics.count == 0) {
        return hst_error_set(error, HST_MISMATCH, "/sweep: 1 to %d factors and a metric expected",
                             FACTORS_MAX);
    }
    for (size_t f = 0; f < s->factors.count; f++) {
        s->factor_names[f] = hst_sweep_text(&s->factors, f, "name", &s->arena);
        if (hst_sweep_number(&s->factors, f, "levels") >
            hst_sweep_number(&s->factors, s->axis, "levels")) {
            s->axis = f;
        }
    }
    hst_sweep_table_init(&s->cells, "/sweep/cells");
    COLUMNS(&s->cells, HST_COLUMN_U32, 4, "cell");
    COLUMNS(&s->cells, HST_COLUMN_TEXT, 256, "label", "scenario");
    hst_sweep_table_columns(&s->cells, HST_COLUMN_TEXT, 64, s->factor_names);
    return read(s, &s->cells, error);
}

static hst_status read_outcome(sweep *s, hst_error *error)
{
    hst_sweep_table_init(&s->summary, "/sweep/summary");
    COLUMNS(&s->summary, HST_COLUMN_U32, 4, "metric", "cell", "n");
    COLUMNS(&s->summary, HST_COLUMN_F64, 8, "mean", "low", "high", "boot_low", "boot_high",
            "deviation", "median", "min", "max");
    HST_TRY(read(s, &s->summary, error));
    hst_sweep_table_init(&s->differences, "/sweep/differences");
    COLUMNS(&s->differences, HST_COLUMN_U32, 4, "metric", "cell");
    COLUMNS(&s->differences, HST_COLUMN_ENUM, 1, "family");
    COLUMNS(&s->differences, HST_COLUMN_U32, 4, "against", "n");
    COLUMNS(&s->differences, HST_COLUMN_F64, 8, "difference", "low", "high", "p", "p_holm");
    HST_TRY(read(s, &s->differences, error));
    hst_sweep_table_init(&s->means, "/sweep/level_means");
    COLUMNS(&s->means, HST_COLUMN_U32, 4, "metric", "factor", "level", "n");
    COLUMNS(&s->means, HST_COLUMN_F64, 8, "mean", "low", "high");
    if (hst_result_file_find(s->input->file, "/sweep/level_means") != NULL) {
        HST_TRY(read(s, &s->means, error));
    }
    hst_sweep_table_init(&s->effects, "/sweep/effects");
    COLUMNS(&s->effects, HST_COLUMN_U32, 4, "metric", "first", "second", "degrees");
    COLUMNS(&s->effects, HST_COLUMN_F64, 8, "range", "low", "high", "share", "f", "p", "p_holm");
    COLUMNS(&s->effects, HST_COLUMN_TEXT, 96, "alias");
    if (hst_result_file_find(s->input->file, "/sweep/effects") != NULL) {
        HST_TRY(read(s, &s->effects, error));
    }
    return HST_OK;
}

static json_t *text_of(sweep *s, const hst_sweep_table *table, size_t row, const char *column)
{
    const char *text = hst_sweep_text(table, row, column, &s->arena);
    return hst_report_text(text, strlen(text));
}

/* Levels of a cell: "static_table, tight". */
static const char *cell_name(sweep *s, uint64_t cell)
{
    char *name = HST_ARENA_NEW(&s->arena, char, TEXT);
    if (name == NULL || cell >= s->cells.count) {
        return "?";
    }
    name[0] = '\0';
    for (size_t f = 0; f < s->factors.count; f++) {
        const size_t used = strlen(name);
        (void)snprintf(name + used, TEXT - used, "%s%s", f > 0 ? ", " : "",
                       hst_sweep_text(&s->cells, (size_t)cell, s->factor_names[f], &s->arena));
    }
    return name;
}

static json_t *label_of(sweep *s, uint64_t cell)
{
    const char *name = cell_name(s, cell);
    return hst_report_text(name, strlen(name));
}

static void add_real(json_t *row, const hst_sweep_table *table, size_t at, const char *column)
{
    (void)json_array_append_new(row, hst_report_number(hst_sweep_real(table, at, column)));
}

static void add_interval(json_t *row, const hst_sweep_table *table, size_t at, const char *mean)
{
    add_real(row, table, at, mean);
    add_real(row, table, at, "low");
    add_real(row, table, at, "high");
}

/* ---- words ------------------------------------------------------------------------------------
 */

/* The paragraphs of the stored answer, up to the table of cells. */
static hst_status say_answer(sweep *s, json_t *page, hst_error *error)
{
    const hst_result_entry *entry = hst_result_file_find(s->input->file, "/sweep/answer");
    if (entry == NULL) {
        return HST_OK;
    }
    char *text = HST_ARENA_NEW(&s->arena, char, (size_t)entry->count + 1);
    if (text == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "no memory for the answer");
    }
    HST_TRY(hst_result_file_read_bytes(s->input->file, "/sweep/answer", text, (size_t)entry->count,
                                       error));
    text[entry->count] = '\0';
    char *next = NULL;
    for (char *paragraph = text; paragraph != NULL; paragraph = next) {
        next = strstr(paragraph, "\n\n");
        if (next != NULL) {
            *next = '\0';
            next += 2;
        }
        if (strncmp(paragraph, "cell, ", 6) == 0) {
            break;
        }
        for (char *at = strchr(paragraph, '\n'); at != NULL; at = strchr(at, '\n')) {
            *at = ' ';
        }
        if (paragraph[0] != '\0') {
            hst_report_say(page, "%s", paragraph);
        }
    }
    return HST_OK;
}

static void add_figures(sweep *s, json_t *page)
{
    int64_t best = -1;
    int64_t trials = 0;
    int64_t failed = 0;
    hst_ignore(hst_result_file_attribute_i64(s->input->file, "/meta", "best_cell", &best));
    hst_ignore(hst_result_file_attribute_i64(s->input->file, "/meta", "trials", &trials));
    hst_ignore(hst_result_file_attribute_i64(s->input->file, "/meta", "failed_trials", &failed));
    for (size_t i = 0; best >= 0 && i < s->summary.count; i++) {
        if (hst_sweep_number(&s->summary, i, "metric") == 0 &&
            hst_sweep_number(&s->summary, i, "cell") == (uint64_t)best) {
            char label[TEXT + 64];
            (void)snprintf(label, sizeof label, "best %s: %s",
                           hst_sweep_text(&s->metrics, 0, "name", &s->arena),
                           cell_name(s, (uint64_t)best));
            hst_report_figure(page, label, hst_sweep_real(&s->summary, i, "mean"),
                              hst_sweep_text(&s->metrics, 0, "unit", &s->arena));
        }
    }
    hst_report_figure(page, "trials", (double)trials, "days simulated");
    hst_report_figure(page, "failed", (double)failed, "trials");
}

/* ---- pictures ---------------------------------------------------------------------------------
 */

static void add_series(json_t *picture, const char *name)
{
    char column[TEXT];
    (void)snprintf(column, sizeof column, "%.200s", name);
    hst_report_column(picture, column);
    (void)snprintf(column, sizeof column, "%.200s, low", name);
    hst_report_column(picture, column);
    (void)snprintf(column, sizeof column, "%.200s, high", name);
    hst_report_column(picture, column);
}

/* Row of the summary for a metric and a cell, or the count. */
static size_t summary_row(sweep *s, size_t metric, size_t cell)
{
    const size_t expected = metric * s->cells.count + cell;
    return expected < s->summary.count &&
                   hst_sweep_number(&s->summary, expected, "metric") == metric &&
                   hst_sweep_number(&s->summary, expected, "cell") == cell
               ? expected
               : s->summary.count;
}

static size_t find_cell(sweep *s, const char *const *level_of_factor)
{
    for (size_t c = 0; c < s->cells.count; c++) {
        bool same = true;
        for (size_t f = 0; f < s->factors.count && same; f++) {
            same = strcmp(hst_sweep_text(&s->cells, c, s->factor_names[f], &s->arena),
                          level_of_factor[f]) == 0;
        }
        if (same) {
            return c;
        }
    }
    return s->cells.count;
}

/* Two factors fully crossed: one on the axis, the other as series. */
static void add_grid(sweep *s, size_t metric, json_t *rows, json_t *picture)
{
    const size_t series = 1 - s->axis;
    for (size_t l = 0; l < s->levels.count; l++) {
        if (hst_sweep_number(&s->levels, l, "factor") == series) {
            add_series(picture, hst_sweep_text(&s->levels, l, "text", &s->arena));
        }
    }
    for (size_t a = 0; a < s->levels.count; a++) {
        if (hst_sweep_number(&s->levels, a, "factor") != s->axis) {
            continue;
        }
        const char *wanted[2] = {"", ""};
        wanted[s->axis] = hst_sweep_text(&s->levels, a, "text", &s->arena);
        json_t *row = json_array();
        (void)json_array_append_new(row, hst_report_text(wanted[s->axis], strlen(wanted[s->axis])));
        for (size_t l = 0; l < s->levels.count; l++) {
            if (hst_sweep_number(&s->levels, l, "factor") != series) {
                continue;
            }
            wanted[series] = hst_sweep_text(&s->levels, l, "text", &s->arena);
            const size_t cell = find_cell(s, wanted);
            const size_t at = summary_row(s, metric, cell);
            if (cell < s->cells.count && at < s->summary.count) {
                add_interval(row, &s->summary, at, "mean");
            } else {
                for (int i = 0; i < 3; i++) {
                    (void)json_array_append_new(row, json_null());
                }
            }
        }
        (void)json_array_append_new(rows, row);
    }
}

static void add_cells(sweep *s, size_t metric, json_t *rows, json_t *picture)
{
    add_series(picture, "mean");
    for (size_t c = 0; c < s->cells.count; c++) {
        const size_t at = summary_row(s, metric, c);
        if (at < s->summary.count) {
            json_t *row = json_array();
            (void)json_array_append_new(row, label_of(s, c));
            add_interval(row, &s->summary, at, "mean");
            (void)json_array_append_new(rows, row);
        }
    }
}

static void add_intervals(sweep *s, json_t *page, size_t metric)
{
    char title[TEXT];
    char caption[2 * TEXT];
    double confidence = 0.95;
    char design[32] = "";
    hst_ignore(hst_result_file_attribute_f64(s->input->file, "/meta", "confidence", &confidence));
    hst_ignore(
        hst_result_file_attribute_text(s->input->file, "/meta", "design", design, sizeof design));
    const bool grid = s->factors.count == 2 && strcmp(design, "full factorial") == 0;
    const bool lower = hst_sweep_number(&s->metrics, metric, "better") == 0;
    (void)snprintf(title, sizeof title, "%s, %s",
                   hst_sweep_text(&s->metrics, metric, "name", &s->arena),
                   hst_sweep_text(&s->metrics, metric, "unit", &s->arena));
    (void)snprintf(caption, sizeof caption,
                   "%s; %s is better. Points are means over replications, whiskers their %.0f %% "
                   "intervals",
                   hst_sweep_text(&s->metrics, metric, "description", &s->arena),
                   lower ? "lower" : "higher", 100 * confidence);
    const char *const columns[] = {grid ? s->factor_names[s->axis] : "cell", NULL};
    json_t *rows = hst_report_picture(page, "intervals", "category", title, caption, columns);
    json_t *picture = hst_report_last_picture(page);
    if (grid) {
        add_grid(s, metric, rows, picture);
    } else {
        add_cells(s, metric, rows, picture);
    }
}

static void add_level_means(sweep *s, json_t *page)
{
    static const char *const columns[] = {"level", NULL};
    if (s->means.count == 0) {
        return;
    }
    char title[TEXT];
    (void)snprintf(title, sizeof title, "What each factor does to %s",
                   hst_sweep_text(&s->metrics, 0, "name", &s->arena));
    json_t *rows = hst_report_picture(page, "intervals", "category", title,
                                      "Means over all other factors, with intervals", columns);
    add_series(hst_report_last_picture(page), "mean");
    for (size_t i = 0; i < s->means.count; i++) {
        const uint64_t factor = hst_sweep_number(&s->means, i, "factor");
        const uint64_t level = hst_sweep_number(&s->means, i, "level");
        if (hst_sweep_number(&s->means, i, "metric") != 0 || factor >= s->factors.count) {
            continue;
        }
        for (size_t l = 0; l < s->levels.count; l++) {
            if (hst_sweep_number(&s->levels, l, "factor") == factor &&
                hst_sweep_number(&s->levels, l, "level") == level) {
                char name[TEXT];
                (void)snprintf(name, sizeof name, "%s: %s", s->factor_names[factor],
                               hst_sweep_text(&s->levels, l, "text", &s->arena));
                json_t *row = json_array();
                (void)json_array_append_new(row, hst_report_text(name, strlen(name)));
                add_interval(row, &s->means, i, "mean");
                (void)json_array_append_new(rows, row);
            }
        }
    }
}

static json_t *effect_name(sweep *s, size_t i)
{
    const uint64_t first = hst_sweep_number(&s->effects, i, "first");
    const uint64_t second = hst_sweep_number(&s->effects, i, "second");
    char name[TEXT];
    if (first >= s->factors.count || second >= s->factors.count) {
        return json_string("?");
    }
    (void)snprintf(name, sizeof name, first == second ? "%s" : "%s with %s", s->factor_names[first],
                   s->factor_names[second]);
    return hst_report_text(name, strlen(name));
}

static void add_effects(sweep *s, json_t *page)
{
    static const char *const bars[] = {"effect", "share of all variance, %", NULL};
    static const char *const columns[] = {
        "metric", "effect", "range", "share, %", "F", "p", "p, corrected", "not told from", NULL};
    if (s->effects.count == 0) {
        return;
    }
    char title[TEXT];
    (void)snprintf(title, sizeof title, "What %s depends on",
                   hst_sweep_text(&s->metrics, 0, "name", &s->arena));
    json_t *shares = hst_report_picture(
        page, "bars", "category", title,
        "Main effects and interactions; what is missing to 100 % is chance and smaller effects",
        bars);
    json_t *rows = hst_report_picture(page, "table", "category", "Effects on every metric",
                                      "Largest share first; p after Holm's correction", columns);
    for (size_t i = 0; i < s->effects.count; i++) {
        const uint64_t metric = hst_sweep_number(&s->effects, i, "metric");
        const double share = 100 * hst_sweep_real(&s->effects, i, "share");
        if (metric == 0) {
            (void)json_array_append_new(
                shares, json_pack("[o, o]", effect_name(s, i), hst_report_number(share)));
        }
        json_t *row = json_array();
        (void)json_array_append_new(row, metric < s->metrics.count
                                             ? text_of(s, &s->metrics, (size_t)metric, "name")
                                             : json_string("?"));
        (void)json_array_append_new(row, effect_name(s, i));
        add_real(row, &s->effects, i, "range");
        (void)json_array_append_new(row, hst_report_number(share));
        add_real(row, &s->effects, i, "f");
        add_real(row, &s->effects, i, "p");
        add_real(row, &s->effects, i, "p_holm");
        (void)json_array_append_new(row, text_of(s, &s->effects, i, "alias"));
        (void)json_array_append_new(rows, row);
    }
}

static void add_differences(sweep *s, json_t *page)
{
    static const char *const columns[] = {"cell", NULL};
    static const char *const details[] = {"metric", "cell", "minus",        "difference",
                                          "low",    "high", "p, corrected", "a real difference",
                                          NULL};
    int64_t base = 0;
    char title[2 * TEXT];
    hst_ignore(hst_result_file_attribute_i64(s->input->file, "/meta", "base_cell", &base));
    if (s->differences.count == 0 || base < 0 || (size_t)base >= s->cells.count) {
        return;
    }
    (void)snprintf(title, sizeof title, "%s against %s",
                   hst_sweep_text(&s->metrics, 0, "name", &s->arena), cell_name(s, (uint64_t)base));
    json_t *points = hst_report_picture(
        page, "intervals", "category", title,
        "Paired differences over the same payments; an interval that misses zero is a difference",
        columns);
    add_series(hst_report_last_picture(page), "difference");
    json_t *rows = hst_report_picture(
        page, "table folded", "category", "All differences",
        "Against the reference and against the best cell; p of a paired t test after Holm's "
        "correction, a real difference below 0.05",
        details);
    for (size_t i = 0; i < s->differences.count; i++) {
        const uint64_t metric = hst_sweep_number(&s->differences, i, "metric");
        const uint64_t cell = hst_sweep_number(&s->differences, i, "cell");
        if (metric == 0 && hst_sweep_number(&s->differences, i, "family") == 0) {
            json_t *point = json_array();
            (void)json_array_append_new(point, label_of(s, cell));
            add_interval(point, &s->differences, i, "difference");
            (void)json_array_append_new(points, point);
        }
        const double p = hst_sweep_real(&s->differences, i, "p_holm");
        json_t *row = json_array();
        (void)json_array_append_new(row, metric < s->metrics.count
                                             ? text_of(s, &s->metrics, (size_t)metric, "name")
                                             : json_string("?"));
        (void)json_array_append_new(row, label_of(s, cell));
        (void)json_array_append_new(row,
                                    label_of(s, hst_sweep_number(&s->differences, i, "against")));
        add_interval(row, &s->differences, i, "difference");
        (void)json_array_append_new(row, hst_report_number(p));
        (void)json_array_append_new(row, json_string(p < 0.05 ? "yes" : "not shown"));
        (void)json_array_append_new(rows, row);
    }
}

/* ---- failed trials ----------------------------------------------------------------------------
 */

enum { COMMAND = 4096 };

static json_t *attribute(sweep *s, const char *path, const char *name)
{
    char text[COMMAND] = "";
    const hst_status status =
        hst_result_file_attribute_text(s->input->file, path, name, text, sizeof text);
    return status == HST_OK ? hst_report_text(text, sizeof text) : json_string("(too long)");
}

static void add_failed(sweep *s, json_t *page)
{
    static const char *const columns[] = {"trial", "cell", "why", "again", NULL};
    size_t count = 0;
    const hst_result_entry *entries = hst_result_file_entries(s->input->file, &count);
    json_t *rows = NULL;
    for (size_t i = 0; i < count; i++) {
        char status[16] = "";
        if (strncmp(entries[i].path, "/trials/", 8) != 0 ||
            hst_result_file_attribute_text(s->input->file, entries[i].path, "status", status,
                                           sizeof status) != HST_OK ||
            strcmp(status, "failed") != 0) {
            continue;
        }
        if (rows == NULL) {
            rows = hst_report_picture(page, "table", "category", "Failed trials",
                                      "Not part of any mean; the command runs one again", columns);
        }
        json_t *row = json_array();
        (void)json_array_append_new(row, hst_report_text(entries[i].path + 8, 32));
        (void)json_array_append_new(row, attribute(s, entries[i].path, "label"));
        (void)json_array_append_new(row, attribute(s, entries[i].path, "failure"));
        (void)json_array_append_new(row, attribute(s, entries[i].path, "command"));
        (void)json_array_append_new(rows, row);
    }
}

static hst_status fill(sweep *s, json_t *page, hst_error *error)
{
    HST_TRY(read_plan(s, error));
    HST_TRY(read_outcome(s, error));
    HST_TRY(say_answer(s, page, error));
    add_figures(s, page);
    add_intervals(s, page, 0);
    add_failed(s, page);
    return HST_OK;
}

static hst_status build_answer(const hst_report_input *input, json_t *page, hst_error *error)
{
    sweep *s = input->memory.acquire(input->memory.context, sizeof *s);
    if (s == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "no memory for a sweep");
    }
    memset(s, 0, sizeof *s);
    s->input = input;
    hst_arena_init(&s->arena, input->memory, 1 << 18);
    hst_status status = fill(s, page, error);
    if (status == HST_OK) {
        for (size_t m = 1; m < s->metrics.count; m++) {
            add_intervals(s, page, m);
        }
        add_level_means(s, page);
        add_effects(s, page);
        add_differences(s, page);
    }
    hst_arena_release(&s->arena);
    input->memory.release(input->memory.context, s, sizeof *s);
    return status;
}

extern const hst_report_page hst_report_page_sweep;
const hst_report_page hst_report_page_sweep = {0, "The answer", build_answer, HST_REPORT_SWEEP};
