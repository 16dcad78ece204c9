/** @file sim/report/consensus.h
 * Private to sim/report: what the pages on consensus share.
 *
 * A study, a payment day with a distributed ledger and a cell of a sweep over such days come to the
 * same figures of one protocol, so one set of pictures serves all of them.
 */
#ifndef HST_SIM_REPORT_CONSENSUS_H
#define HST_SIM_REPORT_CONSENSUS_H

#include "sim/report/page.h"

/** Figures of one protocol; NaN where unknown. */
typedef struct hst_report_protocol {
    char label[64];                /**< what to call it */
    double p50_s, p99_s;           /**< finality */
    double throughput;             /**< payments a second */
    double decided_pct;            /**< of those offered */
    double messages, bytes, cpu_s; /**< a payment */
    double busiest_pct;            /**< processor of the busiest replica */
    double view_changes, rollbacks;
} hst_report_protocol;

/** Most entries of a picture; what is more is in the tables. */
enum { HST_REPORT_PROTOCOLS_MAX = 32 };

/** The consensus tables of a file that pages draw. */
typedef struct hst_report_studies {
    hst_study_row *studies;
    hst_finality_row *finality;
    hst_timeline_row *timeline;
    hst_message_row *messages;
    hst_link_row *links;
    hst_node_row *nodes;
    size_t study_count, finality_count, timeline_count, message_count, link_count, node_count;
} hst_report_studies;

/** Read them all; a file without them gives none. Give back with release in either case. */
HST_NODISCARD hst_status hst_report_studies_read(const hst_report_input *input,
                                                 hst_report_studies *out,
                                                 hst_error *error);

/** Give the rows back. */
void hst_report_studies_release(const hst_report_input *input, hst_report_studies *studies);

/** Figures of a study, called by its protocol. */
hst_report_protocol hst_report_protocol_of(const hst_study_row *row);

/** Whether a study has the replicas and load of the first one, and that fault set; NULL = the first
 * one's. */
bool hst_report_is_base(const hst_report_studies *s, size_t study, const char *faults);

/** Pictures and table of several protocols beside each other. */
void hst_report_protocols(json_t *page, const hst_report_protocol *list, size_t count);

/** Curves of finality: `tables[i]` holds the study `studies[i]`, called `labels[i]`. */
void hst_report_finality(json_t *page,
                         const hst_report_studies *const *tables,
                         const size_t *studies,
                         char (*labels)[64],
                         size_t count);

/** "0.305 s", "15 min". */
const char *hst_report_duration(double time_s, char text[32]);

/** A number, or null where it is not above zero: for logarithmic axes. */
json_t *hst_report_positive(double value);

/** Text column of a row with a closing zero. */
const char *hst_report_word(const char *field, size_t size, char text[64]);

#endif
