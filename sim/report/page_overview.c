/* What happened, in words and a few figures. */
#include "sim/report/page.h"

#include <inttypes.h>
#include <string.h>

enum { COUNT_SIZE = 32 };

/* "120,000" */
static const char *grouped(double count, char text[COUNT_SIZE])
{
    char digits[COUNT_SIZE];
    size_t used = 0;
    const int length = snprintf(digits, sizeof digits, "%.0f", count);
    for (int i = 0; i < length && used + 2 < COUNT_SIZE; i++) {
        if (i > 0 && (length - i) % 3 == 0 && digits[i - 1] != '-') {
            text[used++] = ',';
        }
        text[used++] = digits[i];
    }
    text[used] = '\0';
    return text;
}

static hst_status say_what_happened(const hst_report_input *input, json_t *page, hst_error *error)
{
    hst_metric_row *m = NULL;
    size_t n = 0;
    HST_TRY(hst_report_rows(input, HST_TABLE_METRIC, (void **)&m, &n, error));
    char title[128] = "";
    char sent[COUNT_SIZE];
    char arrived[COUNT_SIZE];
    char failed[COUNT_SIZE];
    char pending[COUNT_SIZE];
    char waited[COUNT_SIZE];
    if (hst_result_file_attribute_text(input->file, "/meta", "title", title, sizeof title) !=
        HST_OK) {
        title[0] = '\0';
    }
    hst_report_say(page,
                   "%s%s%s payments were sent through %.0f corridors, %.0f currencies and "
                   "%.0f institutions.",
                   title, title[0] == '\0' ? "" : ": ",
                   grouped(hst_report_metric(m, n, "all.submitted"), sent),
                   hst_report_metric(m, n, "run.corridors"),
                   hst_report_metric(m, n, "run.currencies"),
                   hst_report_metric(m, n, "run.institutions"));
    hst_report_say(page,
                   "%s arrived, %s failed and %s were still under way at the end; "
                   "%s had to wait in a queue.",
                   grouped(hst_report_metric(m, n, "all.completed"), arrived),
                   grouped(hst_report_metric(m, n, "all.failed"), failed),
                   grouped(hst_report_metric(m, n, "all.pending"), pending),
                   grouped(hst_report_metric(m, n, "all.waited"), waited));
    hst_report_say(page,
                   "Half were credited within %.0f minutes; %.1f %% within one hour. A "
                   "payment cost %.2f %% on average, a remittance %.2f %%.",
                   hst_report_metric(m, n, "all.time_p50") / 60,
                   hst_report_metric(m, n, "all.credited_1h"), hst_report_metric(m, n, "all.cost"),
                   hst_report_metric(m, n, "remittance.cost"));
    const double submitted = hst_report_metric(m, n, "all.submitted");
    hst_report_figure(page, "arrived", 100 * hst_report_metric(m, n, "all.completed") / submitted,
                      "% of payments");
    hst_report_figure(page, "half arrived within", hst_report_metric(m, n, "all.time_p50") / 60,
                      "minutes");
    hst_report_figure(page, "mean cost", hst_report_metric(m, n, "all.cost"), "% of the amount");
    hst_report_figure(page, "failed", hst_report_metric(m, n, "all.failed"), "payments");
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
            (void)json_array_append_new(row, hst_report_number(hst_report_metric(m, n, name)));
        }
        (void)json_array_append_new(rows, row);
    }
    hst_report_release(input, m, (n + 1) * sizeof *m);
    return HST_OK;
}

static hst_status build(const hst_report_input *input, json_t *page, hst_error *error)
{
    return say_what_happened(input, page, error);
}

extern const hst_report_page hst_report_page_overview;
const hst_report_page hst_report_page_overview = {0, "What happened", build, HST_REPORT_RUN};
