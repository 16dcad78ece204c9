/* How several results differ from the first: in words, figure by figure, and as distributions. */
#include "core/base/assert.h"

#include "sim/report/page.h"
#include "sim/report/report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 49, DIGEST = 80 };

/* Metrics of all results. */
typedef struct metrics {
    hst_metric_row *rows[HST_REPORT_RESULTS_MAX];
    size_t counts[HST_REPORT_RESULTS_MAX];
} metrics;

static hst_status read_metrics(const hst_report_input *input, metrics *m, hst_error *error)
{
    for (size_t i = 0; i < input->count; i++) {
        const hst_report_input one = hst_report_input_of(input, i);
        HST_TRY(
            hst_report_rows(&one, HST_TABLE_METRIC, (void **)&m->rows[i], &m->counts[i], error));
    }
    return HST_OK;
}

static void release_metrics(const hst_report_input *input, metrics *m)
{
    for (size_t i = 0; i < input->count; i++) {
        if (m->rows[i] != NULL) {
            hst_report_release(input, m->rows[i], (m->counts[i] + 1) * sizeof *m->rows[i]);
        }
    }
}

static double value_of(const metrics *m, size_t result, const char *name)
{
    return hst_report_metric(m->rows[result], m->counts[result], name);
}

/* Exactly equal; a figure that is no number differs from none. */
static bool same(double a, double b)
{
    return !(a < b) && !(a > b);
}

static void say_change(const hst_report_input *input,
                       json_t *page,
                       const metrics *m,
                       const char *what,
                       const char *name,
                       const char *unit,
                       double scale)
{
    char text[1024];
    const double first = value_of(m, 0, name);
    int used = snprintf(text, sizeof text, "%s: %.4g %s in %.1s", what, first * scale, unit,
                        input->names[0]);
    for (size_t i = 1; i < input->count && used > 0 && (size_t)used < sizeof text; i++) {
        const double other = value_of(m, i, name);
        if (same(other, first)) {
            used += snprintf(text + used, sizeof text - (size_t)used, ", the same in %.1s",
                             input->names[i]);
        } else {
            used +=
                snprintf(text + used, sizeof text - (size_t)used, ", %.4g %s in %.1s (%+.1f %%)",
                         other * scale, unit, input->names[i], 100 * (other / first - 1));
        }
    }
    hst_report_say(page, "%s.", text);
}

static void say_who(const hst_report_input *input, json_t *page)
{
    char first[DIGEST] = "";
    size_t equal = 0;
    for (size_t i = 0; i < input->count; i++) {
        char title[256] = "";
        char digest[DIGEST] = "";
        int64_t seed = 0;
        hst_result_file *file = input->files[i];
        hst_ignore(hst_result_file_attribute_text(file, "/meta", "title", title, sizeof title));
        hst_ignore(
            hst_result_file_attribute_text(file, "/meta", "run_digest", digest, sizeof digest));
        hst_ignore(hst_result_file_attribute_i64(file, "/meta", "seed", &seed));
        hst_report_say(page, "%s: %s, seed %lld, run digest %.16s...", input->names[i], title,
                       (long long)seed, digest);
        if (i == 0) {
            memcpy(first, digest, sizeof first);
        } else {
            equal += strcmp(first, digest) == 0 ? 1 : 0;
        }
    }
    if (equal + 1 == input->count) {
        hst_report_say(page,
                       "The runs behaved alike, event by event: their run digests are equal.");
    } else if (equal == 0) {
        hst_report_say(page, "The runs behaved differently from %.1s: their run digests differ.",
                       input->names[0]);
    } else {
        hst_report_say(page, "%zu of %zu runs behaved exactly like %.1s; the others did not.",
                       equal, input->count - 1, input->names[0]);
    }
}

/* Every figure that is not the same in all results. */
static void add_table(const hst_report_input *input, json_t *page, const metrics *m)
{
    static const char *const start[] = {"figure", "what it is", "unit", NULL};
    json_t *rows =
        hst_report_picture(page, "table", "category", "Figures that differ",
                           "All others are equal; changes are those from the first", start);
    json_t *picture = hst_report_last_picture(page);
    for (size_t i = 0; i < input->count; i++) {
        hst_report_column(picture, input->names[i]);
    }
    for (size_t i = 1; i < input->count; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "%.1s - %.1s", input->names[i], input->names[0]);
        hst_report_column(picture, name);
        (void)snprintf(name, sizeof name, "%.1s, change in %%", input->names[i]);
        hst_report_column(picture, name);
    }
    for (size_t k = 0; k < m->counts[0]; k++) {
        const hst_metric_row *one = &m->rows[0][k];
        char name[sizeof one->name + 1] = "";
        memcpy(name, one->name, sizeof one->name);
        bool differs = false;
        for (size_t i = 1; i < input->count; i++) {
            differs = differs || !same(value_of(m, i, name), one->value);
        }
        if (!differs) {
            continue;
        }
        json_t *row = json_array();
        (void)json_array_append_new(row, hst_report_text(name, sizeof name));
        (void)json_array_append_new(row,
                                    hst_report_text(one->description, sizeof one->description));
        (void)json_array_append_new(row, hst_report_text(one->unit, sizeof one->unit));
        for (size_t i = 0; i < input->count; i++) {
            (void)json_array_append_new(row, hst_report_number(value_of(m, i, name)));
        }
        for (size_t i = 1; i < input->count; i++) {
            const double change = value_of(m, i, name) - one->value;
            (void)json_array_append_new(row, hst_report_number(change));
            (void)json_array_append_new(row, hst_report_number(100 * change / one->value));
        }
        (void)json_array_append_new(rows, row);
    }
}

static void add_costs(const hst_report_input *input, json_t *page, const metrics *m)
{
    static const char *const segments[] = {"all", "remittance", "retail", "wholesale"};
    static const char *const start[] = {"segment", NULL};
    json_t *rows = hst_report_picture(page, "bar", "category", "What a payment costs",
                                      "Mean over payments, % of the amount", start);
    for (size_t i = 0; i < input->count; i++) {
        hst_report_column(hst_report_last_picture(page), input->names[i]);
    }
    for (size_t s = 0; s < 4; s++) {
        char name[32];
        json_t *row = json_array();
        (void)snprintf(name, sizeof name, "%s.cost", segments[s]);
        (void)json_array_append_new(row, json_string(segments[s]));
        for (size_t i = 0; i < input->count; i++) {
            (void)json_array_append_new(row, hst_report_number(value_of(m, i, name)));
        }
        (void)json_array_append_new(rows, row);
    }
}

static hst_status add_distribution(const hst_report_input *input,
                                   json_t *page,
                                   const char *histogram,
                                   const char *title,
                                   const char *axis,
                                   double start,
                                   double unit,
                                   hst_error *error)
{
    const char *const columns[] = {axis, NULL};
    double limits[STEPS];
    double shares[HST_REPORT_RESULTS_MAX][STEPS];
    double value = start;
    for (size_t k = 0; k < STEPS; k++) {
        limits[k] = value * unit;
        value *= 1.23;
    }
    json_t *rows =
        hst_report_picture(page, "line", "log", title,
                           "% of completed payments at or below; further left is better", columns);
    for (size_t i = 0; i < input->count; i++) {
        const hst_report_input one = hst_report_input_of(input, i);
        hst_bin_row *bins = NULL;
        size_t count = 0;
        HST_TRY(hst_report_bins(&one, histogram, &bins, &count, error));
        hst_report_shares(bins, count, limits, STEPS, shares[i]);
        hst_report_release(input, bins, (count + 1) * sizeof *bins);
        hst_report_column(hst_report_last_picture(page), input->names[i]);
    }
    for (size_t k = 0; k < STEPS; k++) {
        json_t *row = json_array();
        (void)json_array_append_new(row, hst_report_number(limits[k] / unit));
        for (size_t i = 0; i < input->count; i++) {
            (void)json_array_append_new(row, hst_report_number(shares[i][k]));
        }
        (void)json_array_append_new(rows, row);
    }
    return HST_OK;
}

static hst_status build(const hst_report_input *input, json_t *page, hst_error *error)
{
    metrics m = {{NULL}, {0}};
    hst_assert(input->count <= HST_REPORT_RESULTS_MAX);
    hst_status status = read_metrics(input, &m, error);
    if (status == HST_OK) {
        say_who(input, page);
        say_change(input, page, &m, "Mean cost of a payment", "all.cost", "%", 1);
        say_change(input, page, &m, "Half arrived within", "all.time_p50", "minutes", 1.0 / 60);
        say_change(input, page, &m, "Failed", "all.failed", "payments", 1);
        add_costs(input, page, &m);
        status = add_distribution(input, page, "time_to_credit_all", "How long it took",
                                  "hours from instruction to credit", 1.0 / 60, 3.6e12, error);
    }
    if (status == HST_OK) {
        status = add_distribution(input, page, "cost_all", "What it cost", "cost, % of the amount",
                                  0.01, 1e8, error);
    }
    if (status == HST_OK) {
        add_table(input, page, &m);
    }
    release_metrics(input, &m);
    return status;
}

extern const hst_report_page hst_report_page_compare;
const hst_report_page hst_report_page_compare = {0, "What differs", build, HST_REPORT_RUNS};
