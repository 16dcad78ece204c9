/* Payments that did not complete, by reason, segment and hour. */
#include "sim/report/page.h"

#include <stdbool.h>

static const char *const reasons[] = {
#define X(name, number, text, description) [(number)] = (description),
    HST_ROW_REASON_MAP(X)
#undef X
};

enum { REASONS = sizeof reasons / sizeof reasons[0], SEGMENTS = 3 };

/* One row an hour: payments instructed in it that did not arrive, by reason. */
static hst_status add_hours(const hst_report_input *input, json_t *page, hst_error *error)
{
    hst_failure_hour_row *f = NULL;
    size_t n = 0;
    HST_TRY(hst_report_rows(input, HST_TABLE_FAILURE_HOUR, (void **)&f, &n, error));
    bool seen[REASONS] = {false};
    for (size_t i = 0; i < n; i++) {
        seen[f[i].reason < REASONS ? f[i].reason : 0] = true;
    }
    static const char *const start[] = {"seconds from the start", NULL};
    static const char *const share[] = {"seconds from the start", "remittance", "retail",
                                        "wholesale", NULL};
    json_t *rows = hst_report_picture(page, "line stack hours", "time", "Failures over the day",
                                      "Payments by the hour they were instructed that did not "
                                      "arrive",
                                      start);
    json_t *stacked = hst_report_last_picture(page);
    json_t *shares =
        hst_report_picture(page, "line hours", "time", "Share that failed over the day",
                           "% of the payments instructed in each hour", share);
    for (size_t r = 1; r < REASONS; r++) {
        if (seen[r]) {
            hst_report_column(stacked, reasons[r]);
        }
    }
    for (size_t i = 0; i < n;) {
        uint64_t counts[REASONS] = {0};
        double all[SEGMENTS] = {0};
        double failed[SEGMENTS] = {0};
        const int64_t time_ns = f[i].time_ns;
        for (; i < n && f[i].time_ns == time_ns; i++) {
            if (f[i].reason >= REASONS || f[i].segment >= SEGMENTS) {
                continue;
            }
            counts[f[i].reason] += f[i].payments;
            all[f[i].segment] += (double)f[i].payments;
            failed[f[i].segment] += f[i].reason == 0 ? 0 : (double)f[i].payments;
        }
        json_t *row = json_array();
        json_t *part = json_array();
        (void)json_array_append_new(row, hst_report_number((double)time_ns * 1e-9));
        (void)json_array_append_new(part, hst_report_number((double)time_ns * 1e-9));
        for (size_t r = 1; r < REASONS; r++) {
            if (seen[r]) {
                (void)json_array_append_new(row, json_integer((json_int_t)counts[r]));
            }
        }
        for (size_t s = 0; s < SEGMENTS; s++) {
            (void)json_array_append_new(part, hst_report_number(100 * failed[s] / all[s]));
        }
        (void)json_array_append_new(rows, row);
        (void)json_array_append_new(shares, part);
    }
    hst_report_release(input, f, (n + 1) * sizeof *f);
    return HST_OK;
}

static hst_status build(const hst_report_input *input, json_t *page, hst_error *error)
{
    hst_failure_row *f = NULL;
    size_t n = 0;
    HST_TRY(hst_report_rows(input, HST_TABLE_FAILURE, (void **)&f, &n, error));
    static const char *const columns[] = {"reason", "remittance", "retail", "wholesale", NULL};
    uint64_t counts[REASONS][SEGMENTS] = {{0}};
    bool seen[REASONS] = {false};
    for (size_t i = 0; i < n; i++) {
        /* Rows of single corridors repeat what the rows of all say. */
        if (f[i].corridor == HST_NONE_U32 && f[i].reason < REASONS && f[i].segment < SEGMENTS) {
            counts[f[i].reason][f[i].segment] += f[i].payments;
            seen[f[i].reason] = true;
        }
    }
    hst_report_release(input, f, (n + 1) * sizeof *f);
    json_t *rows = hst_report_picture(page, "bars stack", "category", "Why payments failed",
                                      "Payments that did not complete", columns);
    for (size_t r = 0; r < REASONS; r++) {
        if (!seen[r]) {
            continue;
        }
        json_t *row = json_array();
        (void)json_array_append_new(row, json_string(reasons[r]));
        for (size_t s = 0; s < SEGMENTS; s++) {
            (void)json_array_append_new(row, json_integer((json_int_t)counts[r][s]));
        }
        (void)json_array_append_new(rows, row);
    }
    /* Results of earlier programs have no such table. */
    return hst_result_file_row_count(input->file, HST_TABLE_FAILURE_HOUR) > 0
               ? add_hours(input, page, error)
               : HST_OK;
}

extern const hst_report_page hst_report_page_failures;
const hst_report_page hst_report_page_failures = {40, "Failures", build, HST_REPORT_RUN};
