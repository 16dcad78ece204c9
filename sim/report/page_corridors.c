/* The corridors with the most value: what they carried, cost and how long they took. */
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

static json_t *name_of(const hst_corridor_row *c)
{
    char name[16];
    (void)snprintf(name, sizeof name, "%.4s > %.4s", c->from_country, c->to_country);
    return hst_report_text(name, sizeof name);
}

static hst_status build(const hst_report_input *input, json_t *page, hst_error *error)
{
    hst_corridor_row *c = NULL;
    size_t n = 0;
    HST_TRY(hst_report_rows(input, HST_TABLE_CORRIDOR, (void **)&c, &n, error));
    qsort(c, n, sizeof *c, by_value);
    static const char *const columns[] = {"corridor", "value, million USD", NULL};
    static const char *const details[] = {"corridor",           "payments", "completed",
                                          "value, USD",         "cost, bp", "median, s",
                                          "95th percentile, s", NULL};
    json_t *value = hst_report_picture(page, "bars", "category", "Corridors with the most value",
                                       "Instructed amounts, from country > to country", columns);
    for (size_t i = 0; i < n && i < SHOWN; i++) {
        json_t *row = json_array();
        (void)json_array_append_new(row, name_of(&c[i]));
        (void)json_array_append_new(row, hst_report_number((double)c[i].amount_micro_usd * 1e-12));
        (void)json_array_append_new(value, row);
    }
    json_t *table = hst_report_picture(page, "table", "category", "The same corridors in figures",
                                       "Cost and times are those of completed payments", details);
    for (size_t i = 0; i < n && i < SHOWN; i++) {
        json_t *row = json_array();
        (void)json_array_append_new(row, name_of(&c[i]));
        (void)json_array_append_new(row, json_integer((json_int_t)c[i].payments));
        (void)json_array_append_new(row, json_integer((json_int_t)c[i].completed));
        (void)json_array_append_new(row, hst_report_number((double)c[i].amount_micro_usd * 1e-6));
        (void)json_array_append_new(row, hst_report_number(c[i].cost_bp));
        (void)json_array_append_new(row, hst_report_number((double)c[i].time_median_ns * 1e-9));
        (void)json_array_append_new(row, hst_report_number((double)c[i].time_p95_ns * 1e-9));
        (void)json_array_append_new(table, row);
    }
    hst_report_release(input, c, (n + 1) * sizeof *c);
    return HST_OK;
}

extern const hst_report_page hst_report_page_corridors;
const hst_report_page hst_report_page_corridors = {10, "Corridors", build};
