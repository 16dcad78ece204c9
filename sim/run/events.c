#include "sim/run/events.h"

#include "core/base/assert.h"

#include "sim/base/calendar.h"
#include "sim/base/csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rows gathered before they are sorted. */
typedef struct list {
    hst_event_row *rows;
    size_t count;
    size_t room;
    int64_t end_ns;
} list;

static void
add(list *events, int64_t time_ns, hst_row_event kind, const char *subject, const char *text)
{
    if (time_ns < 0 || time_ns > events->end_ns || events->count == events->room) {
        return;
    }
    hst_event_row *row = &events->rows[events->count++];
    memset(row, 0, sizeof *row);
    row->time_ns = time_ns;
    row->kind = (uint32_t)kind;
    hst_result_put_text(row->subject, sizeof row->subject, subject);
    hst_result_put_text(row->text, sizeof row->text, text);
}

static int in_order(const void *a, const void *b)
{
    const hst_event_row *left = a;
    const hst_event_row *right = b;
    if (left->time_ns != right->time_ns) {
        return left->time_ns < right->time_ns ? -1 : 1;
    }
    if (left->kind != right->kind) {
        return left->kind < right->kind ? -1 : 1;
    }
    const int by_subject = memcmp(left->subject, right->subject, sizeof left->subject);
    return by_subject != 0 ? by_subject : memcmp(left->text, right->text, sizeof left->text);
}

static void add_hours(const hst_world *world, list *events)
{
    const hst_atlas *atlas = world->atlas;
    for (uint32_t s = 0; s < atlas->system_count; s++) {
        const hst_system *system = &atlas->systems[s];
        char name[48];
        (void)snprintf(name, sizeof name, "%s %s",
                       hst_currency_code(atlas->currencies, system->currency), system->name);
        for (uint32_t w = 0; w < system->hours.window_count; w++) {
            const hst_window *window = &system->hours.windows[w];
            add(events, window->open_ns, HST_ROW_EVENT_OPENING, name, "opens");
            if (window->cutoff_ns < window->close_ns) {
                add(events, window->cutoff_ns, HST_ROW_EVENT_CUT_OFF, name,
                    "last customer payments");
            }
            add(events, window->close_ns, HST_ROW_EVENT_CLOSING, name, "closes");
        }
    }
}

/* The table was read without error when the run was set up, so only memory can be missing. */
static hst_status
add_holidays(const hst_world *world, hst_inputs *inputs, hst_arena *arena, list *events)
{
    hst_error error;
    hst_error_clear(&error);
    const char *bytes = NULL;
    size_t size = 0;
    hst_csv *csv = HST_ARENA_NEW(arena, hst_csv, 1);
    if (csv == NULL) {
        return HST_NO_MEMORY;
    }
    uint32_t currency = 0;
    uint32_t date = 0;
    HST_TRY(hst_inputs_get(inputs, world->scenario->data.holidays, &bytes, &size, &error));
    HST_TRY(hst_csv_open(csv, arena, "holidays", bytes, size, &error));
    HST_TRY(hst_csv_column(csv, "currency", &currency, &error));
    HST_TRY(hst_csv_column(csv, "date", &date, &error));
    for (;;) {
        bool more = false;
        int32_t days = 0;
        HST_TRY(hst_csv_next(csv, &more, &error));
        if (!more) {
            return HST_OK;
        }
        HST_TRY(hst_csv_date(csv, date, &days, &error));
        const int64_t time_ns = (int64_t)(days - world->atlas->epoch_day) * HST_DAY_NS;
        if (time_ns < 0 || time_ns > events->end_ns) {
            continue;
        }
        const hst_text code = hst_csv_text(csv, currency);
        char subject[8];
        char text[64];
        char day[HST_DATE_TEXT_SIZE];
        hst_date_format(days, day);
        (void)snprintf(subject, sizeof subject, "%.*s", (int)code.size, code.bytes);
        (void)snprintf(text, sizeof text, "banks closed on %s", day);
        add(events, time_ns, HST_ROW_EVENT_HOLIDAY, subject, text);
    }
}

static void add_corridors(const hst_world *world, list *events)
{
    for (uint32_t i = 0; i < world->scenario->corridor_count; i++) {
        const hst_scenario_corridor *one = &world->scenario->corridors[i];
        char subject[16];
        char text[64] = "";
        (void)snprintf(subject, sizeof subject, "%s > %s", one->from, one->to);
        if (one->closed) {
            (void)snprintf(text, sizeof text, "closed by the scenario");
        } else if (one->fee_ppb != 0) {
            (void)snprintf(text, sizeof text, "%.4g bp charged on top by the scenario",
                           (double)one->fee_ppb * 1e-5);
        } else {
            (void)snprintf(text, sizeof text, "%.4g times the traffic of the tables", one->weight);
        }
        add(events, 0, HST_ROW_EVENT_CORRIDOR, subject, text);
    }
}

/* Faults of validators, those drawn too; a leader by the number it turned out to have. */
static void add_faults(const hst_world *world, list *events)
{
    const hst_dlt_rail *rail = world->dlt;
    const uint32_t count = rail != NULL ? rail->config.fault_count : 0;
    for (uint32_t f = 0; f < count; f++) {
        const hst_fault *fault = &rail->config.faults[f];
        const uint32_t whom = hst_fault_whom(rail->cluster, f);
        char subject[32] = "validators";
        char text[64];
        if (whom == HST_FAULT_LEADER) {
            (void)snprintf(subject, sizeof subject, "validator that leads");
        } else if (whom < rail->config.network.count && fault->kind != HST_FAULT_PARTITION) {
            (void)snprintf(subject, sizeof subject, "validator %u", whom);
        }
        (void)snprintf(text, sizeof text, "%s begins", hst_fault_name(fault->kind));
        add(events, fault->from_ns, HST_ROW_EVENT_FAULT, subject, text);
        if (!hst_fault_is_throughout(fault)) {
            (void)snprintf(text, sizeof text, "%s ends", hst_fault_name(fault->kind));
            add(events, fault->until_ns, HST_ROW_EVENT_FAULT, subject, text);
        }
    }
}

void hst_events_write(hst_world *world, hst_inputs *inputs, hst_arena *arena)
{
    /* Holidays: at most 64 a currency, as the atlas checked. */
    enum { HOLIDAY_MAX = 64, ENDS = 2, MARKS = 3 };
    hst_assert(world->result != NULL);
    list events = {.end_ns = hst_kernel_now(world->kernel),
                   .room = (size_t)hst_currency_count(world->atlas->currencies) * HOLIDAY_MAX +
                           world->scenario->corridor_count + ENDS +
                           (world->dlt != NULL ? (size_t)2 * world->dlt->config.fault_count : 0)};
    for (uint32_t s = 0; s < world->atlas->system_count; s++) {
        events.room += (size_t)MARKS * world->atlas->systems[s].hours.window_count;
    }
    events.rows = HST_ARENA_NEW(arena, hst_event_row, events.room);
    if (events.rows == NULL) {
        return;
    }
    add_hours(world, &events);
    const hst_status read = add_holidays(world, inputs, arena, &events);
    hst_assert(read == HST_OK || read == HST_NO_MEMORY);
    add_corridors(world, &events);
    add_faults(world, &events);
    add(&events, world->scenario->clock.origination_ns, HST_ROW_EVENT_ORIGINATION_END, "workload",
        "no new payments from here on");
    add(&events, events.end_ns, HST_ROW_EVENT_RUN_END, "run",
        "nothing is under way any more, or the horizon ends");
    hst_assert(events.count <= events.room);
    qsort(events.rows, events.count, sizeof *events.rows, in_order);
    for (size_t i = 0; i < events.count; i++) {
        hst_result_append_event(world->result, &events.rows[i]);
    }
}
