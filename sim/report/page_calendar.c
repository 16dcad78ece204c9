/* The calendar: when systems open, cut off and close, and holidays. */
#include "sim/base/calendar.h"
#include "sim/base/number.h"
#include "sim/report/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Hours of systems are listed for the days that pictures show; holidays for the whole run. */
enum { DAYS_SHOWN = 3 };

static const char *const kinds[] = {
#define X(name, number, text, description) [(number)] = (description),
    HST_ROW_EVENT_MAP(X)
#undef X
};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

/* First day of the run, days since 1970, or false. */
static bool first_day(const hst_report_input *input, int32_t *day)
{
    char text[16] = "";
    if (hst_result_file_attribute_text(input->file, "/meta", "date", text, sizeof text) != HST_OK) {
        return false;
    }
    char *end = text;
    hst_date date = {.year = (int32_t)strtol(text, &end, 10)};
    date.month = *end == '-' ? (int32_t)strtol(end + 1, &end, 10) : 0;
    date.day = *end == '-' ? (int32_t)strtol(end + 1, &end, 10) : 0;
    if (*end != '\0' || !hst_date_exists(date) || date.year > 9000) {
        return false;
    }
    *day = hst_date_to_days(date);
    return true;
}

static json_t *moment(int64_t time_ns, bool dated, int32_t first)
{
    /* Beyond a century a file says nonsense, and dates end somewhere. */
    enum { DAYS_MAX = 36525 };
    char text[48];
    const int64_t day = time_ns / HST_DAY_NS;
    const int64_t minutes = time_ns / HST_MINUTE_NS % 1440;
    if (dated && day >= 0 && day < DAYS_MAX) {
        hst_date_format(first + (int32_t)day, text);
    } else {
        (void)snprintf(text, sizeof text, "day %lld", (long long)day + 1);
    }
    const size_t used = strlen(text);
    (void)snprintf(text + used, sizeof text - used, " %02d:%02d", (int)(minutes / 60),
                   (int)(minutes % 60));
    return json_string(text);
}

static hst_status build(const hst_report_input *input, json_t *page, hst_error *error)
{
    hst_event_row *e = NULL;
    size_t n = 0;
    HST_TRY(hst_report_rows(input, HST_TABLE_EVENT, (void **)&e, &n, error));
    if (n == 0) {
        hst_report_release(input, e, (n + 1) * sizeof *e);
        return HST_OK;
    }
    int32_t day = 0;
    const bool dated = first_day(input, &day);
    static const char *const columns[] = {"time, UTC", "what", "where", "in words", NULL};
    hst_report_say(page, "What was fixed before the first payment: hours of settlement systems, "
                         "holidays, and what the scenario changed. The bars under every picture "
                         "with a time axis show the same for the five busiest systems.");
    json_t *rows = hst_report_picture(page, "table folded", "category", "Calendar",
                                      "Hours of systems in the first three days; holidays and "
                                      "changes in the whole run",
                                      columns);
    for (size_t i = 0; i < n; i++) {
        if (e[i].kind <= HST_ROW_EVENT_CLOSING && e[i].time_ns > DAYS_SHOWN * HST_DAY_NS) {
            continue;
        }
        json_t *row = json_array();
        (void)json_array_append_new(row, moment(e[i].time_ns, dated, day));
        (void)json_array_append_new(row,
                                    json_string(e[i].kind < KINDS ? kinds[e[i].kind] : "other"));
        (void)json_array_append_new(row, hst_report_text(e[i].subject, sizeof e[i].subject));
        (void)json_array_append_new(row, hst_report_text(e[i].text, sizeof e[i].text));
        (void)json_array_append_new(rows, row);
    }
    hst_report_release(input, e, (n + 1) * sizeof *e);
    return HST_OK;
}

extern const hst_report_page hst_report_page_calendar;
const hst_report_page hst_report_page_calendar = {50, "Calendar", build, HST_REPORT_RUN};
