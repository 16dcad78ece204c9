/* Consensus: protocols beside each other in a study, the validators of a payment day, of several
 * days, or of a sweep over days. */
#include "sim/report/consensus.h"
#include "sim/report/report.h"
#include "sim/report/sweep_means.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- a study ------------------------------------------------------------------------------ */

/* The one that is final first, leaving one out. */
static size_t first_final(const hst_report_protocol *list, size_t count, size_t except)
{
    size_t best = count;
    for (size_t i = 0; i < count; i++) {
        if (i != except && list[i].p50_s > 0 &&
            (best == count || list[i].p50_s < list[best].p50_s)) {
            best = i;
        }
    }
    return best;
}

static size_t fewest(const hst_report_protocol *list, size_t count)
{
    size_t best = count;
    for (size_t i = 0; i < count; i++) {
        if (list[i].messages > 0 && (best == count || list[i].messages < list[best].messages)) {
            best = i;
        }
    }
    return best;
}

static void say_ranks(json_t *page, const hst_report_protocol *list, size_t count)
{
    char label[128];
    char first_time[32];
    char second_time[32];
    const size_t first = first_final(list, count, count);
    const size_t second = first < count ? first_final(list, count, first) : count;
    const size_t least = fewest(list, count);
    if (second < count) {
        hst_report_say(page,
                       "Payments are final first with %s: half of them after %s. Next is %s with "
                       "%s. Fewest messages a payment: %s, %.2g.",
                       list[first].label, hst_report_duration(list[first].p50_s, first_time),
                       list[second].label, hst_report_duration(list[second].p50_s, second_time),
                       least < count ? list[least].label : "none",
                       least < count ? list[least].messages : 0);
        for (size_t i = 0; i < 2; i++) {
            const size_t who = i == 0 ? first : second;
            (void)snprintf(label, sizeof label, "half are final, %s", list[who].label);
            hst_report_figure(page, label, list[who].p50_s, "s");
        }
    }
}

static void say_violations(json_t *page, const hst_report_studies *s)
{
    size_t broken = 0;
    size_t could_not = 0;
    char protocol[64];
    char check[64];
    for (size_t i = 0; i < s->study_count; i++) {
        const hst_study_row *row = &s->studies[i];
        if (row->violated[0] != '\0') {
            broken++;
            hst_report_say(page, "Broken: %s with %u replicas, check %s.",
                           hst_report_word(row->protocol, sizeof row->protocol, protocol),
                           row->replicas,
                           hst_report_word(row->violated, sizeof row->violated, check));
        }
        could_not += strncmp(row->status, "OK", sizeof row->status) != 0 ? 1 : 0;
    }
    hst_report_figure(page, "checks broken", (double)broken, "studies");
    if (could_not > 0) {
        hst_report_say(page,
                       "%zu of %zu studies could not be: no such protocol has so many "
                       "replicas, or they cannot have such faults.",
                       could_not, s->study_count);
    }
}

static void add_studies(const hst_report_studies *s, json_t *page)
{
    const hst_report_studies *tables[HST_REPORT_PROTOCOLS_MAX];
    size_t studies[HST_REPORT_PROTOCOLS_MAX];
    char labels[HST_REPORT_PROTOCOLS_MAX][64];
    hst_report_protocol list[HST_REPORT_PROTOCOLS_MAX];
    size_t count = 0;
    const hst_study_row *first = &s->studies[0];
    char faults[64];
    for (size_t i = 0; i < s->study_count && count < HST_REPORT_PROTOCOLS_MAX; i++) {
        if (hst_report_is_base(s, i, NULL) &&
            strncmp(s->studies[i].status, "OK", sizeof s->studies[i].status) == 0) {
            list[count] = hst_report_protocol_of(&s->studies[i]);
            memcpy(labels[count], list[count].label, sizeof labels[count]);
            tables[count] = s;
            studies[count++] = i;
        }
    }
    hst_report_say(page,
                   "%zu protocols, %u replicas each in regions of the world, %u payments a second "
                   "offered, faults: %s. Protocols with blocks of minutes ran for longer in "
                   "proportion.",
                   count, first->replicas, first->load,
                   hst_report_word(first->faults, sizeof first->faults, faults));
    say_ranks(page, list, count);
    say_violations(page, s);
    hst_report_protocols(page, list, count);
    hst_report_finality(page, tables, studies, labels, count);
}

/* ---- a payment day ------------------------------------------------------------------------ */

static void add_timeline(const hst_report_studies *s, json_t *page)
{
    static const char *const columns[] = {"time", "payments", NULL};
    if (s->timeline_count == 0) {
        return;
    }
    json_t *rows = hst_report_picture(page, "line", "time", "Payments that became final",
                                      "On the distributed ledger, in each half hour", columns);
    for (size_t i = 0; i < s->timeline_count; i++) {
        (void)json_array_append_new(
            rows, json_pack("[o, o]", hst_report_number((double)s->timeline[i].time_ns * 1e-9),
                            hst_report_number((double)s->timeline[i].decided)));
    }
}

static void add_day(const hst_report_studies *s, json_t *page)
{
    const hst_study_row *row = &s->studies[0];
    const hst_report_protocol one = hst_report_protocol_of(row);
    const hst_report_studies *const tables[] = {s};
    const size_t studies[] = {0};
    char labels[1][64];
    char half[32];
    char most[32];
    char gap[32];
    memcpy(labels[0], one.label, sizeof labels[0]);
    hst_report_say(page,
                   "%llu payments settled on a distributed ledger of %u validators that run %s. "
                   "Half were final %s after they reached a validator, 99 of 100 after %s; the "
                   "longest anything was undecided without a decision was %s.",
                   (unsigned long long)row->decided, row->replicas, one.label,
                   hst_report_duration(one.p50_s, half), hst_report_duration(one.p99_s, most),
                   hst_report_duration((double)row->longest_gap_ns * 1e-9, gap));
    hst_report_figure(page, "half are final after", one.p50_s, "s");
    hst_report_figure(page, "99 of 100 after", one.p99_s, "s");
    hst_report_figure(page, "messages", one.messages, "a payment");
    hst_report_figure(page, "processor time", 1000 * one.cpu_s, "ms a payment");
    hst_report_figure(page, "view changes", one.view_changes, "");
    say_violations(page, s);
    add_timeline(s, page);
    hst_report_finality(page, tables, studies, labels, 1);
}

/* ---- several days, and sweeps ------------------------------------------------------------- */

static hst_status add_days(const hst_report_input *input, json_t *page, hst_error *error)
{
    hst_report_studies all[HST_REPORT_RESULTS_MAX];
    const hst_report_studies *tables[HST_REPORT_RESULTS_MAX];
    size_t studies[HST_REPORT_RESULTS_MAX];
    char labels[HST_REPORT_RESULTS_MAX][64];
    hst_report_protocol list[HST_REPORT_RESULTS_MAX];
    size_t count = 0;
    size_t read = 0;
    hst_status status = HST_OK;
    while (read < input->count && status == HST_OK) {
        const hst_report_input one = hst_report_input_of(input, read);
        status = hst_report_studies_read(&one, &all[read], error);
        if (status == HST_OK && all[read].study_count > 0) {
            list[count] = hst_report_protocol_of(&all[read].studies[0]);
            (void)snprintf(labels[count], sizeof labels[count], "%.1s %.60s", input->names[read],
                           list[count].label);
            memcpy(list[count].label, labels[count], sizeof list[count].label);
            tables[count] = &all[read];
            studies[count++] = 0;
        }
        read++;
    }
    if (status == HST_OK && count > 0) {
        hst_report_say(page, "%zu of %zu days have a distributed ledger.", count, input->count);
        say_ranks(page, list, count);
        hst_report_protocols(page, list, count);
        hst_report_finality(page, tables, studies, labels, count);
    }
    for (size_t i = 0; i < read; i++) {
        hst_report_studies_release(input, &all[i]);
    }
    return status;
}

static hst_status add_sweep(const hst_report_input *input, json_t *page, hst_error *error)
{
    static const struct {
        const char *metric;
        size_t offset;
    } fields[] = {{"dlt.finality_p50", offsetof(hst_report_protocol, p50_s)},
                  {"dlt.finality_p99", offsetof(hst_report_protocol, p99_s)},
                  {"dlt.throughput", offsetof(hst_report_protocol, throughput)},
                  {"dlt.messages", offsetof(hst_report_protocol, messages)},
                  {"dlt.bytes", offsetof(hst_report_protocol, bytes)},
                  {"dlt.cpu", offsetof(hst_report_protocol, cpu_s)},
                  {"dlt.cpu_busiest", offsetof(hst_report_protocol, busiest_pct)},
                  {"dlt.view_changes", offsetof(hst_report_protocol, view_changes)},
                  {"dlt.rollbacks", offsetof(hst_report_protocol, rollbacks)}};
    enum { FIELDS = sizeof fields / sizeof fields[0] };
    hst_report_protocol list[HST_REPORT_PROTOCOLS_MAX];
    const char *names[FIELDS];
    double means[FIELDS * HST_REPORT_PROTOCOLS_MAX];
    char labels[HST_REPORT_PROTOCOLS_MAX][64];
    size_t count = HST_REPORT_PROTOCOLS_MAX;
    bool any = false;
    for (size_t f = 0; f < FIELDS; f++) {
        names[f] = fields[f].metric;
    }
    HST_TRY(hst_sweep_means(input, names, FIELDS, labels, &count, means, error));
    for (size_t c = 0; c < count; c++) {
        list[c] = (hst_report_protocol){.decided_pct = (double)NAN};
        memcpy(list[c].label, labels[c], sizeof list[c].label);
        for (size_t f = 0; f < FIELDS; f++) {
            const double mean = means[f * HST_REPORT_PROTOCOLS_MAX + c];
            memcpy((char *)&list[c] + fields[f].offset, &mean, sizeof mean);
            any = any || isfinite(mean);
        }
    }
    if (any) {
        hst_report_say(page, "Means over replications; intervals are on the page above.");
        say_ranks(page, list, count);
        hst_report_protocols(page, list, count);
    }
    return HST_OK;
}

static hst_status build(const hst_report_input *input, json_t *page, hst_error *error)
{
    if (input->kind == HST_REPORT_RUNS) {
        return add_days(input, page, error);
    }
    if (input->kind == HST_REPORT_SWEEP) {
        return add_sweep(input, page, error);
    }
    hst_report_studies studies;
    const hst_status status = hst_report_studies_read(input, &studies, error);
    if (status == HST_OK && studies.study_count > 0) {
        if (input->kind == HST_REPORT_STUDIES) {
            add_studies(&studies, page);
        } else {
            add_day(&studies, page);
        }
    }
    hst_report_studies_release(input, &studies);
    return status;
}

extern const hst_report_page hst_report_page_consensus;
const hst_report_page hst_report_page_consensus = {60, "Consensus", build,
                                                   HST_REPORT_RUN | HST_REPORT_RUNS |
                                                       HST_REPORT_SWEEP | HST_REPORT_STUDIES};
