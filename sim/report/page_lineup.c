/* A line-up: what routers cost against an oracle, over time, and what the cost is made of. */
#include "core/base/assert.h"

#include "sim/report/page.h"

#include <stdio.h>
#include <string.h>

enum { TEXT = 80, LINES_MAX = 9, WINDOWS = 20 };

/* In the pictures over time, routers that cost more than this many times the oracle would hide the
 * others. */
static const double in_sight = 1.6;

typedef struct lineup {
    hst_router_row *routers;
    hst_course_row *courses;
    size_t router_count;
    size_t course_count;
} lineup;

static hst_status read_table(const hst_report_input *input,
                             hst_routing_table table,
                             void **rows,
                             size_t *count,
                             hst_error *error)
{
    const hst_table_schema *schema = hst_schema_routing(table);
    const hst_result_entry *entry = hst_result_file_find(input->file, schema->path);
    if (entry == NULL || entry->count == 0) {
        return hst_error_set(error, HST_CORRUPT, "%s: no rows", schema->path);
    }
    *count = (size_t)entry->count;
    *rows = input->memory.acquire(input->memory.context, (*count + 1) * schema->row_size);
    if (*rows == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "no memory for %s", schema->path);
    }
    return hst_result_file_read_table(input->file, schema, 0, *count, *rows, error);
}

static json_t *code_and_name(const hst_router_row *row)
{
    char text[TEXT];
    (void)snprintf(text, sizeof text, "%.*s %.*s", (int)sizeof row->code, row->code,
                   (int)sizeof row->router, row->router);
    return hst_report_text(text, sizeof text);
}

static void code_of(const hst_router_row *row, char text[TEXT])
{
    (void)snprintf(text, TEXT, "%.*s", (int)sizeof row->code, row->code);
}

static bool same_world(const hst_router_row *a, const hst_router_row *b)
{
    return strncmp(a->world, b->world, sizeof a->world) == 0;
}

/* "well specified" */
static void world_name(const hst_router_row *row, char text[TEXT])
{
    (void)snprintf(text, TEXT, "%.*s", (int)sizeof row->world, row->world);
    for (char *at = text; *at != '\0'; at++) {
        *at = *at == '_' ? ' ' : *at;
    }
}

/* Among the routers of a world: the cheapest that is no ceiling. */
static const hst_router_row *cheapest(const hst_router_row *rows, size_t count)
{
    const hst_router_row *best = NULL;
    for (size_t i = 0; i < count; i++) {
        if (rows[i].code[0] != 'O' && (best == NULL || rows[i].cost_bps < best->cost_bps)) {
            best = &rows[i];
        }
    }
    return best;
}

static const hst_router_row *named(const hst_router_row *rows, size_t count, const char *router)
{
    for (size_t i = 0; i < count; i++) {
        if (strncmp(rows[i].router, router, sizeof rows[i].router) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

static void say_world(const hst_router_row *rows, size_t count, json_t *page)
{
    char world[TEXT];
    const hst_router_row *best = cheapest(rows, count);
    const hst_router_row *naive = named(rows, count, "cheapest-advertised");
    world_name(rows, world);
    if (best == NULL) {
        return;
    }
    if (best->ratio > 0) {
        hst_report_say(
            page,
            "In the %s world %.*s is the cheapest router that sees what a sender sees, at "
            "%.3f of the oracle's cost (%.3f to %.3f).",
            world, (int)sizeof best->router, best->router, best->ratio, best->ratio_low,
            best->ratio_high);
    } else {
        hst_report_say(page, "In the %s world %.*s is the cheapest router, at %.1f bp.", world,
                       (int)sizeof best->router, best->router, best->cost_bps);
    }
    if (naive != NULL && naive != best) {
        hst_report_say(page, "The lowest advertised price costs %.1f bp more (%.1f to %.1f).",
                       naive->cost_bps - best->cost_bps, best->saving_low, best->saving_high);
    }
}

static void add_ratios(const hst_router_row *rows, size_t count, json_t *page)
{
    static const char *const columns[] = {"router", "cost to the oracle's", "low", "high", NULL};
    char world[TEXT];
    char title[2 * TEXT];
    world_name(rows, world);
    (void)snprintf(title, sizeof title, "Cost against the oracle's, %s world", world);
    json_t *picture = hst_report_picture(
        page, "intervals", "category", title,
        "1 is what a router pays that knows every hop's true chance; below it only "
        "one that knows the draws. Intervals over worlds",
        columns);
    for (size_t i = 0; i < count; i++) {
        json_t *row = json_array();
        (void)json_array_append_new(row, code_and_name(&rows[i]));
        (void)json_array_append_new(row, hst_report_number(rows[i].ratio));
        (void)json_array_append_new(row, hst_report_number(rows[i].ratio_low));
        (void)json_array_append_new(row, hst_report_number(rows[i].ratio_high));
        (void)json_array_append_new(picture, row);
    }
}

/* Cost or regret by twentieth of the payments, for the routers in sight of the oracle. */
static void add_course(const lineup *l,
                       size_t first,
                       size_t count,
                       const char *what,
                       const char *caption,
                       bool regret,
                       json_t *page)
{
    static const char *const axis[] = {"share of payments, %", NULL};
    char world[TEXT];
    char title[2 * TEXT];
    size_t lines[LINES_MAX];
    size_t line_count = 0;
    world_name(&l->routers[first], world);
    (void)snprintf(title, sizeof title, "%s, %s world", what, world);
    json_t *picture = hst_report_picture(page, "line", "value", title, caption, axis);
    json_t *whole = hst_report_last_picture(page);
    for (size_t i = first; i < first + count && line_count < LINES_MAX; i++) {
        if (l->routers[i].ratio <= in_sight) {
            char code[TEXT];
            code_of(&l->routers[i], code);
            hst_report_column(whole, code);
            lines[line_count++] = i;
        }
    }
    for (size_t w = 0; w < WINDOWS; w++) {
        json_t *row = json_array();
        (void)json_array_append_new(row,
                                    hst_report_number(100 * ((double)w + 1) / (double)WINDOWS));
        for (size_t i = 0; i < line_count; i++) {
            const hst_course_row *one = &l->courses[lines[i] * WINDOWS + w];
            (void)json_array_append_new(row,
                                        hst_report_number(regret ? 100 * one->regret : one->ratio));
        }
        (void)json_array_append_new(picture, row);
    }
}

static void add_table(const hst_router_row *rows, size_t count, json_t *page)
{
    static const char *const columns[] = {
        "router",   "cost bp",  "charges bp", "time bp",  "failures bp", "first attempt %",
        "attempts", "median h", "p95 h",      "recovery", "sees",        NULL};
    char world[TEXT];
    char title[2 * TEXT];
    world_name(rows, world);
    (void)snprintf(title, sizeof title, "What the cost is made of, %s world", world);
    json_t *picture = hst_report_picture(
        page, "table folded", "category", title,
        "Means over payments and worlds; recovery: payments after the break, -1 = never", columns);
    for (size_t i = 0; i < count; i++) {
        const hst_router_row *r = &rows[i];
        const double values[] = {
            r->cost_bps, r->fee_bps,     r->time_bps,    r->failure_bps, 100 * r->first_attempt,
            r->attempts, r->delay_p50_h, r->delay_p95_h, r->recovery};
        json_t *row = json_array();
        (void)json_array_append_new(row, code_and_name(r));
        for (size_t v = 0; v < sizeof values / sizeof values[0]; v++) {
            (void)json_array_append_new(row, hst_report_number(values[v]));
        }
        (void)json_array_append_new(row, hst_report_text(r->information, sizeof r->information));
        (void)json_array_append_new(picture, row);
    }
}

static void add_world(const lineup *l, size_t first, size_t count, json_t *page)
{
    const hst_router_row *rows = &l->routers[first];
    say_world(rows, count, page);
    if (rows->ratio > 0) {
        add_ratios(rows, count, page);
        add_course(l, first, count, "Cost over time",
                   "To the oracle's, by twentieth of the payments; half-way one hop in ten breaks",
                   false, page);
        add_course(l, first, count, "Regret over time",
                   "Cost above the oracle's so far, in per cent of the oracle's so far", true,
                   page);
    }
    add_table(rows, count, page);
}

static hst_status check(const lineup *l, hst_error *error)
{
    if (l->course_count != l->router_count * WINDOWS) {
        return hst_error_set(error, HST_CORRUPT, "/routing/courses: %zu rows expected, %zu found",
                             l->router_count * WINDOWS, l->course_count);
    }
    return HST_OK;
}

static void add_all(const hst_report_input *input, const lineup *l, json_t *page)
{
    char question[256] = "";
    hst_ignore(hst_result_file_attribute_text(input->file, "/meta", "question", question,
                                              sizeof question));
    if (question[0] != '\0') {
        hst_report_say(page, "%s", question);
    }
    for (size_t first = 0; first < l->router_count;) {
        size_t count = 1;
        while (first + count < l->router_count &&
               same_world(&l->routers[first], &l->routers[first + count])) {
            count++;
        }
        add_world(l, first, count, page);
        first += count;
    }
    hst_report_say(page, "Worlds are models: what they leave out is in sim/lineup/README.md.");
}

static hst_status build(const hst_report_input *input, json_t *page, hst_error *error)
{
    lineup l = {.routers = NULL};
    void *rows = NULL;
    hst_status status = read_table(input, HST_ROUTING_TABLE_ROUTER, &rows, &l.router_count, error);
    l.routers = rows;
    if (status == HST_OK) {
        rows = NULL;
        status = read_table(input, HST_ROUTING_TABLE_COURSE, &rows, &l.course_count, error);
        l.courses = rows;
    }
    if (status == HST_OK) {
        status = check(&l, error);
    }
    if (status == HST_OK) {
        add_all(input, &l, page);
    }
    if (l.routers != NULL) {
        hst_report_release(input, l.routers, (l.router_count + 1) * sizeof *l.routers);
    }
    if (l.courses != NULL) {
        hst_report_release(input, l.courses, (l.course_count + 1) * sizeof *l.courses);
    }
    return status;
}

extern const hst_report_page hst_report_page_lineup;
const hst_report_page hst_report_page_lineup = {0, "Routers", build, HST_REPORT_LINEUP};
