/* Finality against load and against the number of replicas, where a study has several of them. */
#include "sim/report/consensus.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SERIES_MAX = 12, VALUES_MAX = 64 };

static uint32_t value_of(const hst_study_row *row, bool load)
{
    return load ? row->load : row->replicas;
}

/* Studies that differ from the first in what varies and in the protocol alone. */
static bool belongs(const hst_report_studies *s, size_t i, bool load)
{
    const hst_study_row *first = &s->studies[0];
    const hst_study_row *one = &s->studies[i];
    return value_of(one, !load) == value_of(first, !load) &&
           strncmp(one->faults, first->faults, sizeof one->faults) == 0 &&
           strncmp(one->status, "OK", sizeof one->status) == 0;
}

static size_t collect_values(const hst_report_studies *s, bool load, uint32_t *values)
{
    size_t count = 0;
    for (size_t i = 0; i < s->study_count; i++) {
        size_t at = 0;
        const uint32_t value = value_of(&s->studies[i], load);
        while (at < count && values[at] < value) {
            at++;
        }
        if (!belongs(s, i, load) || (at < count && values[at] == value) || count == VALUES_MAX) {
            continue;
        }
        memmove(&values[at + 1], &values[at], (count - at) * sizeof *values);
        values[at] = value;
        count++;
    }
    return count;
}

static size_t collect_protocols(const hst_report_studies *s, bool load, char (*names)[64])
{
    size_t count = 0;
    for (size_t i = 0; i < s->study_count && count < SERIES_MAX; i++) {
        char name[64];
        size_t at = 0;
        (void)hst_report_word(s->studies[i].protocol, sizeof s->studies[i].protocol, name);
        while (at < count && strcmp(names[at], name) != 0) {
            at++;
        }
        if (belongs(s, i, load) && at == count) {
            memcpy(names[count++], name, sizeof name);
        }
    }
    return count;
}

static double figure(
    const hst_report_studies *s, const char *protocol, bool load, uint32_t value, bool throughput)
{
    for (size_t i = 0; i < s->study_count; i++) {
        const hst_study_row *row = &s->studies[i];
        if (belongs(s, i, load) && value_of(row, load) == value &&
            strncmp(row->protocol, protocol, sizeof row->protocol) == 0) {
            return throughput ? row->throughput : (double)row->finality_p50_ns * 1e-9;
        }
    }
    return (double)NAN;
}

static void add_lines(const hst_report_studies *s,
                      json_t *page,
                      bool load,
                      bool throughput,
                      const char *title,
                      const char *caption)
{
    const char *const columns[] = {load ? "payments offered a second" : "replicas", NULL};
    uint32_t values[VALUES_MAX + 1];
    char names[SERIES_MAX][64];
    const size_t steps = collect_values(s, load, values);
    const size_t count = collect_protocols(s, load, names);
    if (steps < 2) {
        return;
    }
    json_t *rows = hst_report_picture(page, "line log", "log", title, caption, columns);
    for (size_t p = 0; p < count; p++) {
        hst_report_column(hst_report_last_picture(page), names[p]);
    }
    for (size_t k = 0; k < steps; k++) {
        json_t *row = json_array();
        (void)json_array_append_new(row, json_integer(values[k]));
        for (size_t p = 0; p < count; p++) {
            (void)json_array_append_new(
                row, hst_report_positive(figure(s, names[p], load, values[k], throughput)));
        }
        (void)json_array_append_new(rows, row);
    }
}

static hst_status build(const hst_report_input *input, json_t *page, hst_error *error)
{
    hst_report_studies s;
    const hst_status status = hst_report_studies_read(input, &s, error);
    if (status == HST_OK && s.study_count > 0) {
        add_lines(&s, page, true, false, "Finality against load",
                  "Median, seconds; both axes logarithmic. It rises before throughput stops "
                  "growing");
        add_lines(&s, page, true, true, "Throughput against load",
                  "Payments decided a second; both axes logarithmic. A curve that bends carries "
                  "less than is offered");
        add_lines(&s, page, false, false, "Finality against the number of replicas",
                  "Median, seconds; both axes logarithmic");
        add_lines(&s, page, false, true, "Throughput against the number of replicas",
                  "Payments decided a second; both axes logarithmic");
    }
    hst_report_studies_release(input, &s);
    return status;
}

extern const hst_report_page hst_report_page_growth;
const hst_report_page hst_report_page_growth = {62, "More load, more replicas", build,
                                                HST_REPORT_STUDIES};
