/* What marks every time axis: when the busiest systems are open, holidays, and single moments. */
#include "core/base/assert.h"

#include "sim/report/page.h"

#include <stdlib.h>
#include <string.h>

/* Systems shown: those that settled most transfers. */
enum { LANES = 5 };

static int by_transfers(const void *a, const void *b)
{
    const hst_ledger_row *left = a;
    const hst_ledger_row *right = b;
    if (left->transfers != right->transfers) {
        return left->transfers < right->transfers ? 1 : -1;
    }
    return left->ledger < right->ledger ? -1 : 1;
}

static double seconds(int64_t time_ns)
{
    return (double)time_ns * 1e-9;
}

/* The hours of one system and the holidays of its currency (the first three letters). */
static json_t *lane_of(const char *name, const hst_event_row *events, size_t count)
{
    json_t *open = json_array();
    json_t *cut_offs = json_array();
    json_t *holidays = json_array();
    int64_t since = 0;
    bool is_open = false;
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        const hst_event_row *e = &events[i];
        if (e->kind == HST_ROW_EVENT_HOLIDAY && strncmp(e->subject, name, 3) == 0) {
            (void)json_array_append_new(holidays, json_real(seconds(e->time_ns)));
        }
        if (strncmp(e->subject, name, sizeof e->subject - 1) != 0) {
            continue;
        }
        if (e->kind == HST_ROW_EVENT_OPENING) {
            since = e->time_ns;
            is_open = true;
            any = true;
        } else if (e->kind == HST_ROW_EVENT_CUT_OFF) {
            (void)json_array_append_new(cut_offs, json_real(seconds(e->time_ns)));
        } else if (e->kind == HST_ROW_EVENT_CLOSING && (is_open || !any)) {
            (void)json_array_append_new(
                open, json_pack("[f, f]", is_open ? seconds(since) : 0.0, seconds(e->time_ns)));
            is_open = false;
            any = true;
        }
    }
    /* Open to the end, or without a single event: a system that never closes. */
    if ((is_open || !any) && count > 0) {
        (void)json_array_append_new(open, json_pack("[f, f]", is_open ? seconds(since) : 0.0,
                                                    seconds(events[count - 1].time_ns)));
    }
    return json_pack("{s:o, s:o, s:o, s:o}", "name", hst_report_text(name, 48), "open", open,
                     "cutoffs", cut_offs, "holidays", holidays);
}

static json_t *marks_of(const hst_event_row *events, size_t count)
{
    json_t *marks = json_array();
    size_t corridors = 0;
    for (size_t i = 0; i < count; i++) {
        const hst_event_row *e = &events[i];
        corridors += e->kind == HST_ROW_EVENT_CORRIDOR ? 1 : 0;
        if (e->kind == HST_ROW_EVENT_ORIGINATION_END) {
            (void)json_array_append_new(
                marks, json_pack("[f, s]", seconds(e->time_ns), "no new payments"));
        }
        /* Kinds of later programs are marked by their own words. */
        if (e->kind > HST_ROW_EVENT_RUN_END) {
            (void)json_array_append_new(marks, json_pack("[f, o]", seconds(e->time_ns),
                                                         hst_report_text(e->text, sizeof e->text)));
        }
    }
    if (corridors > 0) {
        char text[64];
        (void)snprintf(text, sizeof text, "%zu corridor%s changed", corridors,
                       corridors == 1 ? "" : "s");
        (void)json_array_append_new(marks, json_pack("[f, s]", 0.0, text));
    }
    return marks;
}

hst_status hst_report_calendar(const hst_report_input *input, json_t **calendar, hst_error *error)
{
    hst_event_row *events = NULL;
    hst_ledger_row *ledgers = NULL;
    size_t event_count = 0;
    size_t ledger_count = 0;
    HST_TRY(hst_report_rows(input, HST_TABLE_EVENT, (void **)&events, &event_count, error));
    const hst_status status =
        hst_report_rows(input, HST_TABLE_LEDGER, (void **)&ledgers, &ledger_count, error);
    if (status == HST_OK) {
        json_t *lanes = json_array();
        qsort(ledgers, ledger_count, sizeof *ledgers, by_transfers);
        for (size_t i = 0; i < ledger_count && json_array_size(lanes) < LANES; i++) {
            if (event_count > 0 && ledgers[i].kind == HST_ROW_LEDGER_RTGS) {
                (void)json_array_append_new(lanes, lane_of(ledgers[i].name, events, event_count));
            }
        }
        *calendar = json_pack("{s:o, s:o}", "lanes", lanes, "marks", marks_of(events, event_count));
        hst_report_release(input, ledgers, (ledger_count + 1) * sizeof *ledgers);
    }
    hst_report_release(input, events, (event_count + 1) * sizeof *events);
    return status;
}
