/* Settled value, credit in use, queues and principal at risk over the day, from samples. */
#include "sim/report/page.h"

static void add_row(json_t *rows, int64_t time_ns, double first_micro, double second_micro)
{
    json_t *row = json_array();
    (void)json_array_append_new(row, hst_report_number((double)time_ns * 1e-9));
    (void)json_array_append_new(row, hst_report_number(first_micro * 1e-12));
    (void)json_array_append_new(row, hst_report_number(second_micro * 1e-12));
    (void)json_array_append_new(rows, row);
}

static hst_status add_ledgers(const hst_report_input *input, json_t *page, hst_error *error)
{
    hst_liquidity_row *l = NULL;
    size_t n = 0;
    HST_TRY(hst_report_rows(input, HST_TABLE_LIQUIDITY, (void **)&l, &n, error));
    static const char *const used[] = {"seconds from the start", "credit in use, million USD",
                                       "waiting for cover, million USD", NULL};
    static const char *const queues[] = {"seconds from the start", "transfers waiting",
                                         "accounts below zero", NULL};
    json_t *liquidity = hst_report_picture(
        page, "line", "time", "Liquidity over the day",
        "Sum over the sampled ledgers: what accounts stand below zero, and what waits", used);
    json_t *queue = hst_report_picture(page, "line", "time", "Queues over the day",
                                       "Sum over the sampled ledgers", queues);
    for (size_t i = 0; i < n;) {
        double sums[4] = {0};
        const int64_t time_ns = l[i].time_ns;
        for (; i < n && l[i].time_ns == time_ns; i++) {
            sums[0] += (double)l[i].credit_used_micro_usd;
            sums[1] += (double)l[i].queued_micro_usd;
            sums[2] += (double)l[i].queued_payments;
            sums[3] += (double)l[i].overdrawn;
        }
        add_row(liquidity, time_ns, sums[0], sums[1]);
        add_row(queue, time_ns, sums[2] * 1e12, sums[3] * 1e12);
    }
    hst_report_release(input, l, (n + 1) * sizeof *l);
    return HST_OK;
}

static hst_status build(const hst_report_input *input, json_t *page, hst_error *error)
{
    hst_report_say(page, "Pictures show the first three days at most; the tables hold every "
                         "sample. Bars below a picture: when the busiest settlement systems are "
                         "open; a short dark line is the cut-off for customers.");
    HST_TRY(add_ledgers(input, page, error));
    hst_exposure_row *e = NULL;
    size_t n = 0;
    HST_TRY(hst_report_rows(input, HST_TABLE_EXPOSURE, (void **)&e, &n, error));
    static const char *const columns[] = {"seconds from the start", "all, million USD",
                                          "largest institution, million USD", NULL};
    json_t *rows = hst_report_picture(page, "line", "time", "Principal at risk over the day",
                                      "Paid away, counter-value not yet received", columns);
    for (size_t i = 0; i < n; i++) {
        add_row(rows, e[i].time_ns, (double)e[i].at_risk_micro_usd, (double)e[i].largest_micro_usd);
    }
    hst_report_release(input, e, (n + 1) * sizeof *e);
    return HST_OK;
}

extern const hst_report_page hst_report_page_liquidity;
const hst_report_page hst_report_page_liquidity = {30, "Liquidity over the day", build,
                                                   HST_REPORT_RUN};
