/* Payments that did not complete, by reason and segment. */
#include "sim/report/page.h"

#include <stdbool.h>

static const char *const reasons[] = {
#define X(name, number, text, description) [(number)] = (description),
    HST_ROW_REASON_MAP(X)
#undef X
};

enum { REASONS = sizeof reasons / sizeof reasons[0], SEGMENTS = 3 };

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
    return HST_OK;
}

extern const hst_report_page hst_report_page_failures;
const hst_report_page hst_report_page_failures = {40, "Failures", build};
