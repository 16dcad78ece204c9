/* What the same faults do to every protocol of a study. */
#include "sim/report/consensus.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SETS_MAX = 8, SERIES_MAX = 12 };

/* Fault sets with the first study's replicas and load, in order of appearance. */
typedef struct sets {
    char names[SETS_MAX][64];
    size_t count;
} sets;

/* Protocols likewise. */
typedef struct protocols {
    char names[HST_REPORT_PROTOCOLS_MAX][64];
    size_t count;
} protocols;

static void collect(const hst_report_studies *s, sets *faults, protocols *who)
{
    for (size_t i = 0; i < s->study_count; i++) {
        char name[64];
        size_t at = 0;
        (void)hst_report_word(s->studies[i].faults, sizeof s->studies[i].faults, name);
        if (!hst_report_is_base(s, i, name)) {
            continue;
        }
        while (at < faults->count && strcmp(faults->names[at], name) != 0) {
            at++;
        }
        if (at == faults->count && at < SETS_MAX) {
            memcpy(faults->names[faults->count++], name, sizeof name);
        }
        (void)hst_report_word(s->studies[i].protocol, sizeof s->studies[i].protocol, name);
        at = 0;
        while (at < who->count && strcmp(who->names[at], name) != 0) {
            at++;
        }
        if (at == who->count && at < HST_REPORT_PROTOCOLS_MAX) {
            memcpy(who->names[who->count++], name, sizeof name);
        }
    }
}

/* The study of a protocol under a fault set that came to something, or NULL. */
static const hst_study_row *
find(const hst_report_studies *s, const char *protocol, const char *faults)
{
    for (size_t i = 0; i < s->study_count; i++) {
        const hst_study_row *row = &s->studies[i];
        if (hst_report_is_base(s, i, faults) &&
            strncmp(row->protocol, protocol, sizeof row->protocol) == 0 &&
            strncmp(row->status, "OK", sizeof row->status) == 0) {
            return row;
        }
    }
    return NULL;
}

static double seconds(int64_t ns)
{
    return ns < 0 ? (double)NAN : (double)ns * 1e-9;
}

static double decided_pct(const hst_study_row *row)
{
    return row->offered > 0 ? 100 * (double)row->decided / (double)row->offered : (double)NAN;
}

static double p99(const hst_study_row *row)
{
    return seconds(row->finality_p99_ns);
}

static double gap(const hst_study_row *row)
{
    return seconds(row->longest_gap_ns);
}

static double recover(const hst_study_row *row)
{
    return seconds(row->recover_ns);
}

static double changes(const hst_study_row *row)
{
    return (double)(row->view_changes + row->rollbacks);
}

typedef double (*figure_of)(const hst_study_row *row);

/* Bars of one figure: a row a protocol, a series a fault set. */
static void add_bars(const hst_report_studies *s,
                     const sets *faults,
                     const protocols *who,
                     json_t *page,
                     bool logarithmic,
                     const char *title,
                     const char *caption,
                     figure_of figure)
{
    static const char *const columns[] = {"protocol", NULL};
    json_t *rows = hst_report_picture(page, logarithmic ? "bars log" : "bars", "category", title,
                                      caption, columns);
    for (size_t f = 0; f < faults->count; f++) {
        hst_report_column(hst_report_last_picture(page), faults->names[f]);
    }
    for (size_t p = 0; p < who->count; p++) {
        json_t *row = json_array();
        (void)json_array_append_new(row, hst_report_text(who->names[p], sizeof who->names[p]));
        for (size_t f = 0; f < faults->count; f++) {
            const hst_study_row *study = find(s, who->names[p], faults->names[f]);
            const double value = study != NULL ? figure(study) : (double)NAN;
            (void)json_array_append_new(row, logarithmic ? hst_report_positive(value)
                                                         : hst_report_number(value));
        }
        (void)json_array_append_new(rows, row);
    }
}

static void
add_table(const hst_report_studies *s, const sets *faults, const protocols *who, json_t *page)
{
    static const char *const columns[] = {
        "protocol",     "faults",       "decided, %",  "p50, s",  "p99, s", "longest gap, s",
        "recovered, s", "view changes", "rolled back", "dropped", NULL};
    json_t *rows = hst_report_picture(
        page, "table folded", "category", "All figures",
        "Longest gap: longest time without a decision. Recovered: from the end of the faults until "
        "nothing submitted before was undecided; never shows as a dash",
        columns);
    for (size_t p = 0; p < who->count; p++) {
        for (size_t f = 0; f < faults->count; f++) {
            const hst_study_row *row = find(s, who->names[p], faults->names[f]);
            if (row == NULL) {
                continue;
            }
            const double values[] = {decided_pct(row),
                                     seconds(row->finality_p50_ns),
                                     p99(row),
                                     gap(row),
                                     recover(row),
                                     (double)row->view_changes,
                                     (double)row->rollbacks,
                                     (double)row->dropped};
            json_t *out = json_array();
            (void)json_array_append_new(out, hst_report_text(who->names[p], 64));
            (void)json_array_append_new(out, hst_report_text(faults->names[f], 64));
            for (size_t v = 0; v < sizeof values / sizeof values[0]; v++) {
                (void)json_array_append_new(out, hst_report_number(values[v]));
            }
            (void)json_array_append_new(rows, out);
        }
    }
}

/* Payments submitted and not yet decided, in % of the load, at the end of each interval. */
static void waiting(const hst_report_studies *s, size_t study, double *shares, size_t steps)
{
    const hst_study_row *row = &s->studies[study];
    const double all = (double)row->load * (double)row->duration_ns * 1e-9;
    double decided = 0;
    for (size_t i = 0; i < s->timeline_count; i++) {
        const hst_timeline_row *at = &s->timeline[i];
        if (at->study != study || at->interval >= steps) {
            continue;
        }
        decided += (double)at->decided;
        const double end_ns = (double)(at->time_ns + at->length_ns);
        const double over = end_ns / (double)row->duration_ns;
        const double submitted = all * (over < 1 ? over : 1);
        shares[at->interval] =
            all > 0 && submitted > decided ? 100 * (submitted - decided) / all : 0;
    }
}

static void
add_waiting(const hst_report_studies *s, const char *faults, const char *title, json_t *page)
{
    static const char *const columns[] = {"% of the time payments arrive", NULL};
    enum { STEPS = 75, LOAD_STEPS = 60 };
    double shares[SERIES_MAX][STEPS] = {{0}};
    size_t count = 0;
    json_t *rows = NULL;
    for (size_t i = 0; i < s->study_count && count < SERIES_MAX; i++) {
        if (!hst_report_is_base(s, i, faults) ||
            strncmp(s->studies[i].status, "OK", sizeof s->studies[i].status) != 0) {
            continue;
        }
        if (rows == NULL) {
            rows = hst_report_picture(
                page, "line", "value", title,
                "Payments submitted and not decided, % of all; the fault lasts as long as the "
                "shaded third",
                columns);
            (void)json_object_set_new(hst_report_last_picture(page), "band",
                                      json_pack("[f, f]", 100.0 / 3, 200.0 / 3));
            (void)json_object_set_new(hst_report_last_picture(page), "end", json_integer(125));
        }
        char name[64];
        hst_report_column(
            hst_report_last_picture(page),
            hst_report_word(s->studies[i].protocol, sizeof s->studies[i].protocol, name));
        waiting(s, i, shares[count++], STEPS);
    }
    for (size_t k = 0; k < STEPS && rows != NULL; k++) {
        json_t *row = json_array();
        (void)json_array_append_new(row, hst_report_number(100.0 * (double)(k + 1) / LOAD_STEPS));
        for (size_t c = 0; c < count; c++) {
            (void)json_array_append_new(row, hst_report_number(shares[c][k]));
        }
        (void)json_array_append_new(rows, row);
    }
}

/* What a fault set does, as the study's words are short. */
static const char *meaning(const char *faults)
{
    static const struct {
        const char *name, *text;
    } all[] = {{"none", "Nothing wrong (none)"},
               {"leader", "First replica down for the second third (leader)"},
               {"silent", "As many down as tolerated, throughout (silent)"},
               {"partition", "One half cut off from the other for the second third (partition)"},
               {"loss", "One message of a hundred lost (loss)"}};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (strcmp(faults, all[i].name) == 0) {
            return all[i].text;
        }
    }
    return faults;
}

static void
say_worst(const hst_report_studies *s, const sets *faults, const protocols *who, json_t *page)
{
    for (size_t f = 0; f < faults->count; f++) {
        size_t whole = 0;
        size_t known = 0;
        const char *worst = "";
        double least = 200;
        for (size_t p = 0; p < who->count; p++) {
            const hst_study_row *row = find(s, who->names[p], faults->names[f]);
            const double share = row != NULL ? decided_pct(row) : (double)NAN;
            if (row == NULL || !isfinite(share)) {
                continue;
            }
            known++;
            whole += row->decided == row->offered ? 1 : 0;
            if (share < least) {
                least = share;
                worst = who->names[p];
            }
        }
        if (known > 0 && whole == known) {
            hst_report_say(page, "%s: every protocol decided everything.",
                           meaning(faults->names[f]));
        } else if (known > 0) {
            hst_report_say(
                page, "%s: %zu of %zu protocols decided everything; %s decided least, %.1f %%.",
                meaning(faults->names[f]), whole, known, worst, least);
        }
    }
}

static hst_status build(const hst_report_input *input, json_t *page, hst_error *error)
{
    hst_report_studies s;
    const hst_status status = hst_report_studies_read(input, &s, error);
    if (status == HST_OK && s.study_count > 0) {
        sets faults = {.count = 0};
        protocols who = {.count = 0};
        collect(&s, &faults, &who);
        if (faults.count > 1) {
            say_worst(&s, &faults, &who, page);
            add_waiting(&s, "leader", "Payments that wait while the first replica is down", page);
            add_waiting(&s, "partition", "Payments that wait while the replicas are cut in half",
                        page);
            add_bars(&s, &faults, &who, page, false, "Payments decided",
                     "% of those offered, by the time the run ended", decided_pct);
            add_bars(&s, &faults, &who, page, true, "Longest time without a decision",
                     "Seconds, logarithmic", gap);
            add_bars(
                &s, &faults, &who, page, true, "Time to recover",
                "Seconds from the end of the second third, where faults that end have ended, "
                "until nothing old was undecided, logarithmic; nothing drawn: at once, or never",
                recover);
            add_bars(&s, &faults, &who, page, true, "99 of 100 payments are final after",
                     "Seconds, logarithmic", p99);
            add_bars(&s, &faults, &who, page, true, "View changes and blocks rolled back",
                     "Elections, view changes, rounds beyond the first, heights undone in forks, "
                     "logarithmic; nothing drawn: none",
                     changes);
            add_table(&s, &faults, &who, page);
        }
    }
    hst_report_studies_release(input, &s);
    return status;
}

extern const hst_report_page hst_report_page_faults;
const hst_report_page hst_report_page_faults = {61, "Under faults", build, HST_REPORT_STUDIES};
