#include "sim/report/sweep_means.h"

#include "sim/report/sweep_tables.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Columns as docs/reference/sweep.md lists them. */
#define COLUMNS(table, type, size, ...)                                                            \
    hst_sweep_table_columns((table), (type), (size), (const char *const[]){__VA_ARGS__, NULL})

enum { FACTORS_MAX = 16 };

typedef struct sweep {
    hst_arena arena;
    hst_sweep_table factors, cells, metrics, summary;
    const char *factor_names[FACTORS_MAX + 1];
} sweep;

static hst_status read_all(const hst_report_input *input, sweep *s, hst_error *error)
{
    hst_sweep_table_init(&s->factors, "/sweep/factors");
    COLUMNS(&s->factors, HST_COLUMN_U32, 4, "factor");
    COLUMNS(&s->factors, HST_COLUMN_TEXT, 64, "name");
    COLUMNS(&s->factors, HST_COLUMN_TEXT, 96, "key");
    COLUMNS(&s->factors, HST_COLUMN_U32, 4, "levels");
    HST_TRY(hst_sweep_table_read(&s->factors, input->file, &s->arena, error));
    for (size_t f = 0; f < s->factors.count && f < FACTORS_MAX; f++) {
        s->factor_names[f] = hst_sweep_text(&s->factors, f, "name", &s->arena);
    }
    hst_sweep_table_init(&s->cells, "/sweep/cells");
    COLUMNS(&s->cells, HST_COLUMN_U32, 4, "cell");
    COLUMNS(&s->cells, HST_COLUMN_TEXT, 256, "label", "scenario");
    hst_sweep_table_columns(&s->cells, HST_COLUMN_TEXT, 64, s->factor_names);
    HST_TRY(hst_sweep_table_read(&s->cells, input->file, &s->arena, error));
    hst_sweep_table_init(&s->metrics, "/sweep/metrics");
    COLUMNS(&s->metrics, HST_COLUMN_U32, 4, "metric");
    COLUMNS(&s->metrics, HST_COLUMN_TEXT, 48, "name");
    COLUMNS(&s->metrics, HST_COLUMN_TEXT, 16, "unit");
    COLUMNS(&s->metrics, HST_COLUMN_TEXT, 120, "description");
    COLUMNS(&s->metrics, HST_COLUMN_ENUM, 1, "better");
    HST_TRY(hst_sweep_table_read(&s->metrics, input->file, &s->arena, error));
    hst_sweep_table_init(&s->summary, "/sweep/summary");
    COLUMNS(&s->summary, HST_COLUMN_U32, 4, "metric", "cell", "n");
    COLUMNS(&s->summary, HST_COLUMN_F64, 8, "mean", "low", "high", "boot_low", "boot_high",
            "deviation", "median", "min", "max");
    return hst_sweep_table_read(&s->summary, input->file, &s->arena, error);
}

/* Levels of a cell: "pbft, static_table". */
static void name_cell(sweep *s, size_t cell, char label[64])
{
    size_t used = 0;
    label[0] = '\0';
    for (size_t f = 0; f < s->factors.count && f < FACTORS_MAX && used < 63; f++) {
        const int more = snprintf(label + used, 64 - used, "%s%s", f > 0 ? ", " : "",
                                  hst_sweep_text(&s->cells, cell, s->factor_names[f], &s->arena));
        used += more > 0 ? (size_t)more : 0;
    }
}

/* Number of a metric by name, or how many there are. */
static size_t find_metric(sweep *s, const char *name)
{
    size_t m = 0;
    while (m < s->metrics.count &&
           strcmp(hst_sweep_text(&s->metrics, m, "name", &s->arena), name) != 0) {
        m++;
    }
    return m;
}

static void fill(sweep *s,
                 const char *const *names,
                 size_t metric_count,
                 char (*labels)[64],
                 size_t *count,
                 double *means)
{
    const size_t room = *count;
    *count = s->cells.count < room ? s->cells.count : room;
    for (size_t c = 0; c < *count; c++) {
        name_cell(s, c, labels[c]);
    }
    for (size_t i = 0; i < metric_count; i++) {
        const size_t metric = find_metric(s, names[i]);
        for (size_t c = 0; c < *count; c++) {
            const size_t at = metric * s->cells.count + c;
            means[i * room + c] = metric < s->metrics.count && at < s->summary.count
                                      ? hst_sweep_real(&s->summary, at, "mean")
                                      : (double)NAN;
        }
    }
}

hst_status hst_sweep_means(const hst_report_input *input,
                           const char *const *names,
                           size_t metric_count,
                           char (*labels)[64],
                           size_t *count,
                           double *means,
                           hst_error *error)
{
    sweep *s = input->memory.acquire(input->memory.context, sizeof *s);
    if (s == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "no memory for a sweep");
    }
    hst_arena_init(&s->arena, input->memory, 1 << 18);
    const hst_status status = read_all(input, s, error);
    if (status == HST_OK) {
        fill(s, names, metric_count, labels, count, means);
    }
    hst_arena_release(&s->arena);
    input->memory.release(input->memory.context, s, sizeof *s);
    return status;
}
