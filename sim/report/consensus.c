/* What the pages on consensus share: rows, figures, pictures of protocols beside each other. */
#include "sim/report/consensus.h"

#include "core/base/assert.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- rows --------------------------------------------------------------------------------- */

static hst_status read_table(const hst_report_input *input,
                             hst_rare_table table,
                             void **rows,
                             size_t *count,
                             hst_error *error)
{
    const hst_table_schema *schema = hst_schema_rare(table);
    const hst_result_entry *entry = hst_result_file_find(input->file, schema->path);
    const size_t found = entry != NULL ? (size_t)entry->count : 0;
    void *bytes = input->memory.acquire(input->memory.context, (found + 1) * schema->row_size);
    if (bytes == NULL) {
        return hst_error_set(error, HST_NO_MEMORY, "no memory for %s", schema->path);
    }
    *rows = bytes;
    *count = found;
    return found > 0 ? hst_result_file_read_table(input->file, schema, 0, found, bytes, error)
                     : HST_OK;
}

hst_status
hst_report_studies_read(const hst_report_input *input, hst_report_studies *out, hst_error *error)
{
    *out = (hst_report_studies){.study_count = 0};
    void *rows[HST_RARE_TABLE_COUNT] = {NULL};
    size_t counts[HST_RARE_TABLE_COUNT] = {0};
    hst_status status = HST_OK;
    for (unsigned t = 0; t < HST_RARE_TABLE_COUNT && status == HST_OK; t++) {
        status = read_table(input, (hst_rare_table)t, &rows[t], &counts[t], error);
    }
    *out = (hst_report_studies){.studies = rows[HST_RARE_TABLE_STUDY],
                                .finality = rows[HST_RARE_TABLE_FINALITY],
                                .timeline = rows[HST_RARE_TABLE_TIMELINE],
                                .messages = rows[HST_RARE_TABLE_MESSAGE],
                                .links = rows[HST_RARE_TABLE_LINK],
                                .nodes = rows[HST_RARE_TABLE_NODE],
                                .study_count = counts[HST_RARE_TABLE_STUDY],
                                .finality_count = counts[HST_RARE_TABLE_FINALITY],
                                .timeline_count = counts[HST_RARE_TABLE_TIMELINE],
                                .message_count = counts[HST_RARE_TABLE_MESSAGE],
                                .link_count = counts[HST_RARE_TABLE_LINK],
                                .node_count = counts[HST_RARE_TABLE_NODE]};
    return status;
}

void hst_report_studies_release(const hst_report_input *input, hst_report_studies *studies)
{
    const struct {
        void *rows;
        size_t count;
        size_t size;
    } all[] = {{studies->studies, studies->study_count, sizeof *studies->studies},
               {studies->finality, studies->finality_count, sizeof *studies->finality},
               {studies->timeline, studies->timeline_count, sizeof *studies->timeline},
               {studies->messages, studies->message_count, sizeof *studies->messages},
               {studies->links, studies->link_count, sizeof *studies->links},
               {studies->nodes, studies->node_count, sizeof *studies->nodes}};
    for (size_t t = 0; t < sizeof all / sizeof all[0]; t++) {
        if (all[t].rows != NULL) {
            hst_report_release(input, all[t].rows, (all[t].count + 1) * all[t].size);
        }
    }
    *studies = (hst_report_studies){.study_count = 0};
}

const char *hst_report_word(const char *field, size_t size, char text[64])
{
    (void)snprintf(text, 64, "%.*s", (int)(size < 63 ? size : 63), field);
    return text;
}

bool hst_report_is_base(const hst_report_studies *s, size_t study, const char *faults)
{
    const hst_study_row *first = &s->studies[0];
    const hst_study_row *one = &s->studies[study];
    return one->replicas == first->replicas && one->load == first->load &&
           strncmp(one->faults, faults != NULL ? faults : first->faults, sizeof one->faults) == 0;
}

/* ---- figures ------------------------------------------------------------------------------ */

static double seconds(int64_t ns)
{
    return ns < 0 ? (double)NAN : (double)ns * 1e-9;
}

hst_report_protocol hst_report_protocol_of(const hst_study_row *row)
{
    hst_report_protocol one = {.p50_s = seconds(row->finality_p50_ns),
                               .p99_s = seconds(row->finality_p99_ns),
                               .throughput = row->throughput,
                               .decided_pct = row->offered > 0 ? 100 * (double)row->decided /
                                                                     (double)row->offered
                                                               : (double)NAN,
                               .messages = row->messages,
                               .bytes = row->bytes,
                               .cpu_s = row->cpu_ns * 1e-9,
                               .busiest_pct = 100 * row->cpu_busiest,
                               .view_changes = (double)row->view_changes,
                               .rollbacks = (double)row->rollbacks};
    (void)hst_report_word(row->protocol, sizeof row->protocol, one.label);
    return one;
}

const char *hst_report_duration(double time_s, char text[32])
{
    if (!isfinite(time_s)) {
        (void)snprintf(text, 32, "never");
    } else if (time_s < 0.1) {
        (void)snprintf(text, 32, "%.3g ms", 1000 * time_s);
    } else if (time_s < 120) {
        (void)snprintf(text, 32, "%.3g s", time_s);
    } else {
        (void)snprintf(text, 32, "%.3g min", time_s / 60);
    }
    return text;
}

json_t *hst_report_positive(double value)
{
    return value > 0 ? hst_report_number(value) : json_null();
}

/* ---- pictures ----------------------------------------------------------------------------- */

static void add_times(json_t *page, const hst_report_protocol *list, size_t count)
{
    static const char *const columns[] = {"protocol", "half are final after, s",
                                          "half are final after, s, low", "99 of 100 after, s",
                                          NULL};
    json_t *rows = hst_report_picture(
        page, "intervals log", "category", "How long until a payment is final",
        "Seconds, on a logarithmic axis: the dot is the median, the line reaches to the 99th "
        "percentile; further left is better",
        columns);
    for (size_t i = 0; i < count; i++) {
        (void)json_array_append_new(
            rows, json_pack("[o, o, o, o]", hst_report_text(list[i].label, sizeof list[i].label),
                            hst_report_positive(list[i].p50_s), hst_report_positive(list[i].p50_s),
                            hst_report_positive(list[i].p99_s)));
    }
}

static void add_bars(json_t *page,
                     const hst_report_protocol *list,
                     size_t count,
                     const char *title,
                     const char *caption,
                     const char *column,
                     size_t offset,
                     double scale)
{
    const char *const columns[] = {"protocol", column, NULL};
    json_t *rows = hst_report_picture(page, "bars log", "category", title, caption, columns);
    for (size_t i = 0; i < count; i++) {
        double value = 0;
        memcpy(&value, (const char *)&list[i] + offset, sizeof value);
        (void)json_array_append_new(
            rows, json_pack("[o, o]", hst_report_text(list[i].label, sizeof list[i].label),
                            hst_report_positive(value * scale)));
    }
}

/* A share nobody knows (of a sweep) is not shown. */
static bool knows_decided(const hst_report_protocol *list, size_t count)
{
    bool known = false;
    for (size_t i = 0; i < count; i++) {
        known = known || isfinite(list[i].decided_pct);
    }
    return known;
}

static void add_table(json_t *page, const hst_report_protocol *list, size_t count)
{
    enum { DECIDED = 3 };
    static const char *const columns[] = {"protocol",   "p50, s",       "p99, s",      "payments/s",
                                          "decided, %", "messages",     "kB",          "CPU, ms",
                                          "busiest, %", "view changes", "rolled back", NULL};
    json_t *rows = hst_report_picture(
        page, "table", "category", "Side by side",
        "p50, p99: submission until a client may believe it. Messages, kB and CPU are "
        "those of all replicas for each payment; busiest: how much of the time "
        "the busiest processor worked",
        columns);
    const bool decided = knows_decided(list, count);
    if (!decided) {
        json_t *names = json_object_get(hst_report_last_picture(page), "columns");
        (void)json_array_remove(names, 1 + DECIDED);
    }
    for (size_t i = 0; i < count; i++) {
        const hst_report_protocol *p = &list[i];
        json_t *row = json_array();
        (void)json_array_append_new(row, hst_report_text(p->label, sizeof p->label));
        const double values[] = {p->p50_s,        p->p99_s,        p->throughput,   p->decided_pct,
                                 p->messages,     p->bytes / 1000, 1000 * p->cpu_s, p->busiest_pct,
                                 p->view_changes, p->rollbacks};
        for (size_t v = 0; v < sizeof values / sizeof values[0]; v++) {
            if (v != DECIDED || decided) {
                (void)json_array_append_new(row, hst_report_number(values[v]));
            }
        }
        (void)json_array_append_new(rows, row);
    }
}

void hst_report_protocols(json_t *page, const hst_report_protocol *list, size_t count)
{
    add_table(page, list, count);
    add_times(page, list, count);
    add_bars(page, list, count, "Messages a payment",
             "Between replicas, logarithmic; a batch of many payments makes it less than one",
             "messages a payment", offsetof(hst_report_protocol, messages), 1);
    add_bars(page, list, count, "Kilobytes a payment",
             "Between replicas, logarithmic; the payment itself is half a kilobyte", "kB a payment",
             offsetof(hst_report_protocol, bytes), 1e-3);
    add_bars(page, list, count, "Processor time a payment",
             "Modelled work of all replicas, milliseconds, logarithmic", "CPU, ms a payment",
             offsetof(hst_report_protocol, cpu_s), 1e3);
}

/* Share of a study's payments that took at most so long, between the shares that are known. */
static double share_at(const hst_report_studies *s, size_t study, double time_ns)
{
    double share = 0;
    double known_ns = -1;
    double known = 0;
    for (size_t i = 0; i < s->finality_count; i++) {
        const hst_finality_row *row = &s->finality[i];
        if (row->study != study) {
            continue;
        }
        const double at = (double)row->time_ns;
        if (at <= time_ns) {
            known_ns = at;
            known = (double)row->share_ppm * 1e-4;
            share = known;
        } else if (known_ns > 0) {
            return known + ((double)row->share_ppm * 1e-4 - known) *
                               (log(time_ns) - log(known_ns)) / (log(at) - log(known_ns));
        } else {
            return 0;
        }
    }
    return share;
}

static void time_range(const hst_report_studies *const *tables,
                       const size_t *studies,
                       size_t count,
                       double *least,
                       double *most)
{
    *least = (double)INFINITY;
    *most = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t f = 0; f < tables[i]->finality_count; f++) {
            const hst_finality_row *row = &tables[i]->finality[f];
            const double at = (double)row->time_ns;
            if (row->study == studies[i] && at > 0) {
                *least = at < *least ? at : *least;
                *most = at > *most ? at : *most;
            }
        }
    }
}

void hst_report_finality(json_t *page,
                         const hst_report_studies *const *tables,
                         const size_t *studies,
                         char (*labels)[64],
                         size_t count)
{
    static const char *const columns[] = {"seconds until a payment is final", NULL};
    enum { STEPS = 160 };
    double least = 0;
    double most = 0;
    time_range(tables, studies, count, &least, &most);
    if (!(most > 0) || !isfinite(least)) {
        return;
    }
    json_t *rows = hst_report_picture(
        page, "line", "log", "Which share is final after how long",
        "% of the payments decided; further left is better, steep is predictable", columns);
    for (size_t i = 0; i < count; i++) {
        hst_report_column(hst_report_last_picture(page), labels[i]);
    }
    const double low = log(least / 1.5);
    const double step = (log(most * 1.5) - low) / (STEPS - 1);
    for (int k = 0; k < STEPS; k++) {
        const double at = exp(low + step * k);
        json_t *row = json_array();
        (void)json_array_append_new(row, hst_report_number(at * 1e-9));
        for (size_t i = 0; i < count; i++) {
            (void)json_array_append_new(row,
                                        hst_report_number(share_at(tables[i], studies[i], at)));
        }
        (void)json_array_append_new(rows, row);
    }
}
