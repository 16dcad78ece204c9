/* Several results: on which corridors a payment got cheaper or dearer than in the first. */
#include "core/base/assert.h"

#include "sim/report/page.h"
#include "sim/report/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 12, NAME = 96, COMPLETED_MIN = 20 };

/* A corridor in the first result and in another. */
typedef struct change {
    const hst_corridor_row *before;
    const hst_corridor_row *after;
    double bp; /* after - before */
} change;

typedef struct corridors {
    hst_corridor_row *rows;
    size_t count;
} corridors;

static int by_ends(const void *a, const void *b)
{
    const hst_corridor_row *x = a;
    const hst_corridor_row *y = b;
    const int from = memcmp(x->from_country, y->from_country, sizeof x->from_country);
    return from != 0 ? from : memcmp(x->to_country, y->to_country, sizeof x->to_country);
}

/* Cheapest first; of equals the one named first. */
static int by_change(const void *a, const void *b)
{
    const change *x = a;
    const change *y = b;
    return x->bp < y->bp ? -1 : x->bp > y->bp ? 1 : by_ends(x->before, y->before);
}

static hst_status read(const hst_report_input *input, size_t index, corridors *c, hst_error *error)
{
    const hst_report_input one = hst_report_input_of(input, index);
    HST_TRY(hst_report_rows(&one, HST_TABLE_CORRIDOR, (void **)&c->rows, &c->count, error));
    qsort(c->rows, c->count, sizeof *c->rows, by_ends);
    return HST_OK;
}

/* Corridors on which enough payments completed in both for their mean to say something. */
static size_t match(const corridors *first, const corridors *other, change *changes)
{
    size_t count = 0;
    for (size_t i = 0; i < first->count; i++) {
        const hst_corridor_row *before = &first->rows[i];
        const hst_corridor_row *after =
            bsearch(before, other->rows, other->count, sizeof *before, by_ends);
        if (after != NULL && before->completed >= COMPLETED_MIN &&
            after->completed >= COMPLETED_MIN) {
            changes[count++] = (change){before, after, after->cost_bp - before->cost_bp};
        }
    }
    qsort(changes, count, sizeof *changes, by_change);
    return count;
}

static void say(const change *changes, size_t count, const char *name, json_t *page)
{
    size_t won = 0;
    size_t lost = 0;
    double weighted = 0;
    double value = 0;
    double by_payment = 0;
    double payments = 0;
    for (size_t i = 0; i < count; i++) {
        won += changes[i].bp < 0;
        lost += changes[i].bp > 0;
        weighted += changes[i].bp * (double)changes[i].before->amount_micro_usd;
        value += (double)changes[i].before->amount_micro_usd;
        by_payment += changes[i].bp * (double)changes[i].before->completed;
        payments += (double)changes[i].before->completed;
    }
    hst_report_say(
        page,
        "%s: of %zu corridors with %d completed payments or more, cheaper than the first "
        "on %zu, dearer on %zu; %+.2f bp a payment, %+.2f bp weighted by value.",
        name, count, COMPLETED_MIN, won, lost, by_payment / payments,
        value > 0 ? weighted / value : 0);
    hst_report_say(page, "Means of completed payments: which payments complete may differ between "
                         "results, and a mean of few is mostly luck. A sweep says what is not.");
}

/* The corridors that changed most, both ways. */
static void add_bars(const change *changes, size_t count, const char *name, json_t *page)
{
    static const char *const columns[] = {"corridor", "change of cost, bp", NULL};
    char title[2 * NAME];
    (void)snprintf(title, sizeof title, "Corridors won and lost: %s", name);
    json_t *rows = hst_report_picture(
        page, "bars", "category", title,
        "Cost of completed payments against the first result; those that changed most", columns);
    for (size_t i = 0; i < count; i++) {
        const bool shown =
            (i < SHOWN && changes[i].bp < 0) || (i + SHOWN >= count && changes[i].bp > 0);
        if (!shown) {
            continue;
        }
        char corridor[NAME];
        const hst_corridor_row *one = changes[i].before;
        (void)snprintf(corridor, sizeof corridor, "%.4s > %.4s", one->from_country,
                       one->to_country);
        json_t *row = json_array();
        (void)json_array_append_new(row, hst_report_text(corridor, sizeof corridor));
        (void)json_array_append_new(row, hst_report_number(changes[i].bp));
        (void)json_array_append_new(rows, row);
    }
}

static void add_table(const change *changes, size_t count, const char *name, json_t *page)
{
    static const char *const columns[] = {
        "corridor",   "payments", "value, million USD", "cost before, bp", "after, bp",
        "change, bp", NULL};
    char title[2 * NAME];
    (void)snprintf(title, sizeof title, "All corridors: %s", name);
    json_t *rows = hst_report_picture(page, "table folded", "category", title,
                                      "Corridors with enough completed payments in both", columns);
    for (size_t i = 0; i < count; i++) {
        char corridor[NAME];
        const change *one = &changes[i];
        (void)snprintf(corridor, sizeof corridor, "%.4s > %.4s", one->before->from_country,
                       one->before->to_country);
        json_t *row = json_array();
        (void)json_array_append_new(row, hst_report_text(corridor, sizeof corridor));
        (void)json_array_append_new(row, hst_report_number((double)one->before->payments));
        (void)json_array_append_new(
            row, hst_report_number((double)one->before->amount_micro_usd * 1e-12));
        (void)json_array_append_new(row, hst_report_number(one->before->cost_bp));
        (void)json_array_append_new(row, hst_report_number(one->after->cost_bp));
        (void)json_array_append_new(row, hst_report_number(one->bp));
        (void)json_array_append_new(rows, row);
    }
}

static hst_status build(const hst_report_input *input, json_t *page, hst_error *error)
{
    corridors first = {NULL, 0};
    hst_status status = read(input, 0, &first, error);
    change *changes = calloc(first.count + 1, sizeof *changes);
    if (status == HST_OK && changes == NULL) {
        hst_ignore(hst_error_set(error, HST_NO_MEMORY, "no memory for corridors"));
        status = HST_NO_MEMORY;
    }
    for (size_t i = 1; i < input->count && status == HST_OK; i++) {
        corridors other = {NULL, 0};
        status = read(input, i, &other, error);
        if (status == HST_OK) {
            const size_t count = match(&first, &other, changes);
            if (count > 0) {
                say(changes, count, input->names[i], page);
                add_bars(changes, count, input->names[i], page);
                add_table(changes, count, input->names[i], page);
            }
        }
        if (other.rows != NULL) {
            hst_report_release(input, other.rows, (other.count + 1) * sizeof *other.rows);
        }
    }
    free(changes);
    if (first.rows != NULL) {
        hst_report_release(input, first.rows, (first.count + 1) * sizeof *first.rows);
    }
    return status;
}

extern const hst_report_page hst_report_page_won;
const hst_report_page hst_report_page_won = {12, "Corridors won and lost", build, HST_REPORT_RUNS};
