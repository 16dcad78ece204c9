/* How long payments took and what they cost, from the histograms of the run. */
#include "sim/report/page.h"

enum { SEGMENTS = 3, TIME_STEPS = 61, COST_STEPS = 49 };

static const char *const segments[SEGMENTS] = {"remittance", "retail", "wholesale"};

static hst_status add_picture(const hst_report_input *input,
                              const char *measure,
                              const double *axis,
                              const double *limits,
                              size_t steps,
                              json_t *rows,
                              hst_error *error)
{
    double shares[SEGMENTS][TIME_STEPS];
    for (size_t s = 0; s < SEGMENTS; s++) {
        char name[64];
        (void)snprintf(name, sizeof name, "%s_%s", measure, segments[s]);
        hst_bin_row *bins = NULL;
        size_t count = 0;
        HST_TRY(hst_report_bins(input, name, &bins, &count, error));
        hst_report_shares(bins, count, limits, steps, shares[s]);
        hst_report_release(input, bins, (count + 1) * sizeof *bins);
    }
    for (size_t i = 0; i < steps; i++) {
        json_t *row = json_array();
        (void)json_array_append_new(row, hst_report_number(axis[i]));
        for (size_t s = 0; s < SEGMENTS; s++) {
            (void)json_array_append_new(row, hst_report_number(shares[s][i]));
        }
        (void)json_array_append_new(rows, row);
    }
    return HST_OK;
}

static hst_status build(const hst_report_input *input, json_t *page, hst_error *error)
{
    static const char *const time_columns[] = {"hours from instruction to credit", "remittance",
                                               "retail", "wholesale", NULL};
    static const char *const cost_columns[] = {"cost, % of the amount", "remittance", "retail",
                                               "wholesale", NULL};
    double axis[TIME_STEPS];
    double limits[TIME_STEPS];
    hst_report_say(page, "Each curve says which share of the completed payments took at most that "
                         "long, or cost at most that much. Further left is better.");
    double value = 1.0 / 60;
    for (size_t i = 0; i < TIME_STEPS; i++) {
        axis[i] = value;
        limits[i] = value * 3.6e12;
        value *= 1.18;
    }
    HST_TRY(add_picture(input, "time_to_credit", axis, limits, TIME_STEPS,
                        hst_report_picture(page, "line", "log", "How long it took",
                                           "% of completed payments credited within the time",
                                           time_columns),
                        error));
    value = 0.01;
    for (size_t i = 0; i < COST_STEPS; i++) {
        axis[i] = value;
        limits[i] = value * 1e8;
        value *= 1.2;
    }
    return add_picture(input, "cost", axis, limits, COST_STEPS,
                       hst_report_picture(page, "line", "log", "What it cost",
                                          "% of completed payments that cost at most that much",
                                          cost_columns),
                       error);
}

extern const hst_report_page hst_report_page_distributions;
const hst_report_page hst_report_page_distributions = {20, "Times and costs", build,
                                                       HST_REPORT_RUN};
