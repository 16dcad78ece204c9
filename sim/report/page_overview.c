/* What happened, in a few figures, and beside published ones. */
#include "sim/report/page.h"

#include <inttypes.h>
#include <string.h>

static double metric(const hst_metric_row *rows, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strncmp(rows[i].name, name, sizeof rows[i].name) == 0) {
            return rows[i].value;
        }
    }
    return 0;
}

static hst_status say_what_happened(const hst_report_input *input, json_t *page, hst_error *error)
{
    hst_metric_row *m = NULL;
    size_t n = 0;
    HST_TRY(hst_report_rows(input, HST_TABLE_METRIC, (void **)&m, &n, error));
    char title[128] = "";
    if (hst_result_file_attribute_text(input->file, "/meta", "title", title, sizeof title) !=
        HST_OK) {
        title[0] = '\0';
    }
    hst_report_say(page,
                   "%s%s%.0f payments were sent through %.0f corridors, %.0f currencies and "
                   "%.0f institutions.",
                   title, title[0] == '\0' ? "" : ": ", metric(m, n, "all.submitted"),
                   metric(m, n, "run.corridors"), metric(m, n, "run.currencies"),
                   metric(m, n, "run.institutions"));
    hst_report_say(page,
                   "%.0f arrived, %.0f failed and %.0f were still under way at the end; "
                   "%.0f had to wait in a queue.",
                   metric(m, n, "all.completed"), metric(m, n, "all.failed"),
                   metric(m, n, "all.pending"), metric(m, n, "all.waited"));
    hst_report_say(page,
                   "Half were credited within %.0f minutes; %.1f %% within one hour. A "
                   "payment cost %.2f %% on average, a remittance %.2f %%.",
                   metric(m, n, "all.time_p50") / 60, metric(m, n, "all.credited_1h"),
                   metric(m, n, "all.cost"), metric(m, n, "remittance.cost"));
    static const char *const columns[] = {"segment", "charges, %", "exchange margin, %",
                                          "liquidity, %", NULL};
    static const char *const segments[] = {"remittance", "retail", "wholesale"};
    json_t *rows = hst_report_picture(page, "bar stack", "category", "What a payment costs",
                                      "Mean over payments, as a share of the amount", columns);
    for (size_t s = 0; s < 3; s++) {
        static const char *const parts[] = {"fee", "fx_margin", "liquidity"};
        json_t *row = json_array();
        (void)json_array_append_new(row, json_string(segments[s]));
        for (size_t p = 0; p < 3; p++) {
            char name[48];
            (void)snprintf(name, sizeof name, "%s.%s", segments[s], parts[p]);
            (void)json_array_append_new(row, hst_report_number(metric(m, n, name)));
        }
        (void)json_array_append_new(rows, row);
    }
    hst_report_release(input, m, (n + 1) * sizeof *m);
    return HST_OK;
}

static hst_status compare_published(const hst_report_input *input, json_t *page, hst_error *error)
{
    hst_target_row *t = NULL;
    size_t n = 0;
    HST_TRY(hst_report_rows(input, HST_TABLE_TARGET, (void **)&t, &n, error));
    static const char *const columns[] = {"figure", "here",   "published", "deviation",
                                          "unit",   "source", NULL};
    json_t *rows = hst_report_picture(page, "table", "category", "Beside published figures",
                                      "None of these was fitted to", columns);
    for (size_t i = 0; i < n; i++) {
        json_t *row = json_array();
        (void)json_array_append_new(row, hst_report_text(t[i].name, sizeof t[i].name));
        (void)json_array_append_new(row, hst_report_number(t[i].measured));
        (void)json_array_append_new(row, hst_report_number(t[i].published));
        (void)json_array_append_new(row, hst_report_number(t[i].measured - t[i].published));
        (void)json_array_append_new(row, hst_report_text(t[i].unit, sizeof t[i].unit));
        (void)json_array_append_new(row, hst_report_text(t[i].source, sizeof t[i].source));
        (void)json_array_append_new(rows, row);
    }
    hst_report_release(input, t, (n + 1) * sizeof *t);
    return HST_OK;
}

static hst_status build(const hst_report_input *input, json_t *page, hst_error *error)
{
    HST_TRY(say_what_happened(input, page, error));
    return compare_published(input, page, error);
}

extern const hst_report_page hst_report_page_overview;
const hst_report_page hst_report_page_overview = {0, "What happened", build};
