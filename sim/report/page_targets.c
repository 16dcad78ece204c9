/* Figures of the run beside published ones, and whether targets are met. */
#include "sim/report/page.h"

#include <string.h>

/* What a dotted name means; one that is not here is shown as it is. */
static const struct {
    const char *name;
    const char *words;
} readable[] = {
    {"banks.bank_10min", "At the beneficiary's bank within 10 minutes (bank to bank)"},
    {"banks.bank_1h", "At the beneficiary's bank within an hour (bank to bank)"},
    {"banks.credited_1h", "Credited to the customer within an hour (bank to bank)"},
    {"banks.time_median", "Median time from instruction to credit (bank to bank)"},
    {"banks.at_most_one", "With at most one intermediary (bank to bank)"},
    {"remittance.cost", "Cost of a remittance, all providers"},
    {"remittance.cost_bank", "Cost of a remittance through a bank"},
    {"remittance.cost_mto", "Cost of a remittance through a money transfer operator"},
    {"remittance.cost_post", "Cost of a remittance through a post office"},
    {"remittance.cost_target", "G20 target for the cost of a remittance of 200 USD"},
    {"remittance.credited_1h", "G20 target for speed: remittances credited within an hour"},
    {"retail.credited_1h", "G20 target for speed: retail payments credited within an hour"},
    {"wholesale.credited_1h", "G20 target for speed: wholesale payments credited within an hour"},
    {"retail.cost", "G20 target for the cost of a retail payment"}};

static json_t *words_of(const hst_target_row *target)
{
    for (size_t i = 0; i < sizeof readable / sizeof readable[0]; i++) {
        if (strncmp(target->name, readable[i].name, sizeof target->name) == 0) {
            return json_string(readable[i].words);
        }
    }
    return hst_report_text(target->name, sizeof target->name);
}

static const char *verdict(const hst_target_row *target)
{
    if (target->bound == HST_ROW_BOUND_NEAR) {
        return "no target";
    }
    return target->met == HST_ROW_FLAG_YES ? "met" : "missed";
}

static const char *wanted(const hst_target_row *target)
{
    switch (target->bound) {
    case HST_ROW_BOUND_AT_MOST: return "at most";
    case HST_ROW_BOUND_AT_LEAST: return "at least";
    default: return "published";
    }
}

static hst_status build(const hst_report_input *input, json_t *page, hst_error *error)
{
    hst_target_row *t = NULL;
    size_t n = 0;
    HST_TRY(hst_report_rows(input, HST_TABLE_TARGET, (void **)&t, &n, error));
    static const char *const columns[] = {"figure", "here",      "",       "published", "unit",
                                          "target", "deviation", "source", NULL};
    size_t targets = 0;
    size_t met = 0;
    for (size_t i = 0; i < n; i++) {
        targets += t[i].bound == HST_ROW_BOUND_NEAR ? 0 : 1;
        met += t[i].bound != HST_ROW_BOUND_NEAR && t[i].met == HST_ROW_FLAG_YES ? 1 : 0;
    }
    if (n > 0) {
        hst_report_say(page,
                       "%zu of %zu targets are met. The other figures are set beside what others "
                       "published; none of them was fitted to.",
                       met, targets);
        json_t *rows = hst_report_picture(page, "table", "category", "Beside published figures",
                                          "Targets first say which side counts", columns);
        for (size_t i = 0; i < n; i++) {
            json_t *row = json_array();
            (void)json_array_append_new(row, words_of(&t[i]));
            (void)json_array_append_new(row, hst_report_number(t[i].measured));
            (void)json_array_append_new(row, json_string(wanted(&t[i])));
            (void)json_array_append_new(row, hst_report_number(t[i].published));
            (void)json_array_append_new(row, hst_report_text(t[i].unit, sizeof t[i].unit));
            (void)json_array_append_new(row, json_string(verdict(&t[i])));
            (void)json_array_append_new(row, hst_report_number(t[i].measured - t[i].published));
            (void)json_array_append_new(row, hst_report_text(t[i].source, sizeof t[i].source));
            (void)json_array_append_new(rows, row);
        }
    }
    hst_report_release(input, t, (n + 1) * sizeof *t);
    return HST_OK;
}

extern const hst_report_page hst_report_page_targets;
const hst_report_page hst_report_page_targets = {5, "Targets", build, HST_REPORT_RUN};
