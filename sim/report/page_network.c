/* What went over the network between replicas, and how busy their cards and processors were. */
#include "sim/report/consensus.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static double percent(int64_t busy_ns, int64_t elapsed_ns)
{
    return elapsed_ns > 0 ? 100 * (double)busy_ns / (double)elapsed_ns : (double)NAN;
}

static bool drawn(const hst_report_studies *s, uint32_t study)
{
    return study < s->study_count && hst_report_is_base(s, study, NULL);
}

/* Messages a payment by what they are for: a row a study, a series a role. */
static void add_roles(const hst_report_studies *s, json_t *page)
{
    static const char *const roles[] = {"proposal", "vote", "certificate",
                                        "timeout",  "sync", "gossip"};
    enum { ROLES = sizeof roles / sizeof roles[0] };
    static const char *const columns[] = {"protocol", "proposal", "vote",   "certificate",
                                          "timeout",  "sync",     "gossip", NULL};
    json_t *rows = hst_report_picture(page, "bars stack", "category", "What messages are for",
                                      "% of the messages between replicas", columns);
    (void)json_object_set_new(hst_report_last_picture(page), "most", json_integer(100));
    for (uint32_t i = 0; i < s->study_count; i++) {
        double sums[ROLES] = {0};
        double all = 0;
        for (size_t m = 0; drawn(s, i) && m < s->message_count; m++) {
            for (size_t r = 0; r < ROLES && s->messages[m].study == i; r++) {
                if (strncmp(s->messages[m].role, roles[r], sizeof s->messages[m].role) == 0) {
                    sums[r] += (double)s->messages[m].messages;
                    all += (double)s->messages[m].messages;
                }
            }
        }
        if (!(all > 0)) {
            continue;
        }
        json_t *row = json_array();
        (void)json_array_append_new(
            row, hst_report_text(s->studies[i].protocol, sizeof s->studies[i].protocol));
        for (size_t r = 0; r < ROLES; r++) {
            (void)json_array_append_new(row, hst_report_number(100 * sums[r] / all));
        }
        (void)json_array_append_new(rows, row);
    }
}

/* Busiest card and processor of each study, or of each node where there is one study. */
static void add_busy(const hst_report_studies *s, json_t *page)
{
    static const char *const columns[] = {"", "processor", "card, sending", "card, receiving",
                                          NULL};
    const bool each = s->study_count == 1;
    json_t *rows = hst_report_picture(
        page, "bars log", "category", each ? "How busy replicas are" : "How busy the busiest is",
        "% of the time, logarithmic: at 100 % it is the limit", columns);
    for (uint32_t i = 0; i < (each ? s->node_count : s->study_count); i++) {
        double most[3] = {0, 0, 0};
        char label[64];
        for (size_t n = 0; n < s->node_count; n++) {
            const hst_node_row *node = &s->nodes[n];
            if (each ? n != i : node->study != i) {
                continue;
            }
            const double shares[3] = {percent(node->cpu_busy_ns, node->elapsed_ns),
                                      percent(node->up_busy_ns, node->elapsed_ns),
                                      percent(node->down_busy_ns, node->elapsed_ns)};
            for (size_t k = 0; k < 3; k++) {
                most[k] = shares[k] > most[k] ? shares[k] : most[k];
            }
        }
        if (each) {
            (void)snprintf(label, sizeof label, "%u, %.24s", s->nodes[i].node, s->nodes[i].region);
        } else if (drawn(s, i)) {
            (void)hst_report_word(s->studies[i].protocol, sizeof s->studies[i].protocol, label);
        } else {
            continue;
        }
        (void)json_array_append_new(
            rows, json_pack("[o, o, o, o]", hst_report_text(label, sizeof label),
                            hst_report_positive(most[0]), hst_report_positive(most[1]),
                            hst_report_positive(most[2])));
    }
}

static void add_links(const hst_report_studies *s, json_t *page)
{
    static const char *const columns[] = {
        "protocol",      "from",          "to",          "messages", "MB", "lost", "delay p50, ms",
        "delay p90, ms", "delay p99, ms", "longest, ms", NULL};
    json_t *rows = hst_report_picture(
        page, "table folded", "category", "From region to region",
        "Delay from handing a message over until it is through the receiver's card, within 1/32",
        columns);
    for (size_t l = 0; l < s->link_count; l++) {
        const hst_link_row *link = &s->links[l];
        if (!drawn(s, link->study)) {
            continue;
        }
        json_t *row = json_array();
        const hst_study_row *study = &s->studies[link->study];
        (void)json_array_append_new(row, hst_report_text(study->protocol, sizeof study->protocol));
        (void)json_array_append_new(row,
                                    hst_report_text(link->from_region, sizeof link->from_region));
        (void)json_array_append_new(row, hst_report_text(link->to_region, sizeof link->to_region));
        const double values[] = {(double)link->messages,
                                 (double)link->bytes * 1e-6,
                                 (double)link->lost,
                                 (double)link->delay_p50_ns * 1e-6,
                                 (double)link->delay_p90_ns * 1e-6,
                                 (double)link->delay_p99_ns * 1e-6,
                                 (double)link->delay_max_ns * 1e-6};
        for (size_t v = 0; v < sizeof values / sizeof values[0]; v++) {
            (void)json_array_append_new(row, hst_report_number(values[v]));
        }
        (void)json_array_append_new(rows, row);
    }
}

static hst_status build(const hst_report_input *input, json_t *page, hst_error *error)
{
    hst_report_studies s;
    const hst_status status = hst_report_studies_read(input, &s, error);
    if (status == HST_OK && s.study_count > 0) {
        add_roles(&s, page);
        add_busy(&s, page);
        add_links(&s, page);
    }
    hst_report_studies_release(input, &s);
    return status;
}

extern const hst_report_page hst_report_page_network;
const hst_report_page hst_report_page_network = {63, "Between the replicas", build,
                                                 HST_REPORT_RUN | HST_REPORT_STUDIES};
