/* Corridors on a map and in figures: what they carried, cost, and how long they took. */
#include "sim/report/page.h"

#include <stdlib.h>
#include <string.h>

enum { SHOWN = 25 };

static int by_value(const void *a, const void *b)
{
    const hst_corridor_row *left = a;
    const hst_corridor_row *right = b;
    if (left->amount_micro_usd != right->amount_micro_usd) {
        return left->amount_micro_usd < right->amount_micro_usd ? 1 : -1;
    }
    return left->corridor < right->corridor ? -1 : 1;
}

static double hours(int64_t time_ns)
{
    return time_ns == HST_NEVER_NS ? (double)__builtin_nan("") : (double)time_ns / 3.6e12;
}

static void add_row(json_t *rows, const hst_corridor_row *c)
{
    json_t *row = json_array();
    const double missing = (double)c->payments - (double)c->completed;
    (void)json_array_append_new(row, hst_report_text(c->from_country, sizeof c->from_country));
    (void)json_array_append_new(row, hst_report_text(c->to_country, sizeof c->to_country));
    (void)json_array_append_new(row, hst_report_number((double)c->amount_micro_usd * 1e-6));
    (void)json_array_append_new(row, json_integer((json_int_t)c->payments));
    (void)json_array_append_new(row, hst_report_number(100 * missing / (double)c->payments));
    (void)json_array_append_new(row, c->completed == 0 ? json_null()
                                                       : hst_report_number(c->cost_bp * 0.01));
    (void)json_array_append_new(row, hst_report_number(hours(c->time_median_ns)));
    (void)json_array_append_new(row, hst_report_number(hours(c->time_p95_ns)));
    (void)json_array_append_new(rows, row);
}

/* The map's script finds its columns by place: from, to, value, payments, failed, cost, ... */
static void
add_map(const hst_report_input *input, json_t *page, const hst_corridor_row *c, size_t n)
{
    static const char *const columns[] = {"from",
                                          "to",
                                          "value, USD",
                                          "payments",
                                          "not arrived, %",
                                          "cost, %",
                                          "median, hours",
                                          "95th percentile, hours",
                                          NULL};
    json_t *rows = hst_report_picture(page, "map folded", "category", "Who paid whom",
                                      "One arc for each corridor, bowed to the left of its way; "
                                      "the wider, the more value. Cost and times are those of "
                                      "payments that arrived",
                                      columns);
    for (size_t i = 0; i < n; i++) {
        if (c[i].payments > 0) {
            add_row(rows, &c[i]);
        }
    }
    (void)json_object_set_new(hst_report_last_picture(page), "places",
                              hst_report_places(input->memory));
}

static hst_status build(const hst_report_input *input, json_t *page, hst_error *error)
{
    hst_corridor_row *c = NULL;
    size_t n = 0;
    HST_TRY(hst_report_rows(input, HST_TABLE_CORRIDOR, (void **)&c, &n, error));
    qsort(c, n, sizeof *c, by_value);
    add_map(input, page, c, n);
    static const char *const columns[] = {"corridor", "value, million USD", NULL};
    json_t *value = hst_report_picture(page, "bars", "category", "Corridors with the most value",
                                       "Instructed amounts, from country > to country", columns);
    for (size_t i = 0; i < n && i < SHOWN; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "%.4s > %.4s", c[i].from_country, c[i].to_country);
        json_t *row = json_array();
        (void)json_array_append_new(row, hst_report_text(name, sizeof name));
        (void)json_array_append_new(row, hst_report_number((double)c[i].amount_micro_usd * 1e-12));
        (void)json_array_append_new(value, row);
    }
    hst_report_release(input, c, (n + 1) * sizeof *c);
    return HST_OK;
}

extern const hst_report_page hst_report_page_corridors;
const hst_report_page hst_report_page_corridors = {10, "Corridors", build, HST_REPORT_RUN};
