/* Tables that only results with a consensus protocol have. */
#include "core/base/assert.h"

#include "sim/metrics/schema.h"

#include <stddef.h>

/* A column of hst_<row>_row. Offset and size come from the struct, so they cannot disagree. */
#define COLUMN(row, field, kind, unit, text)                                                       \
    {                                                                                              \
#        field, HST_COLUMN_##kind, offsetof(hst_##row##_row, field),                               \
            (uint32_t)sizeof(((const hst_##row##_row *)0)->field), (unit), (text), NULL            \
    }

static const hst_column study_columns[] = {
    COLUMN(study, protocol, TEXT, "text", "name as in docs/reference/protocols.md"),
    COLUMN(study, faults, TEXT, "text", "fault set, or \"scenario\" for a day"),
    COLUMN(study, status, TEXT, "text", "\"OK\", or why there are no figures"),
    COLUMN(study, violated, TEXT, "text", "check that fired, or nothing"),
    COLUMN(study, replicas, U32, "count", "how many"),
    COLUMN(study, load, U32, "payments/s", "payments offered a second, 0 = a day's"),
    COLUMN(study, offered, U64, "count", "payments counted"),
    COLUMN(study, decided, U64, "count", "of them, decided"),
    COLUMN(study, duration_ns, I64, "ns", "of the load"),
    COLUMN(study, elapsed_ns, I64, "ns", "of everything, on the cluster's clock"),
    COLUMN(study, throughput, F64, "payments/s", "payments decided a second of the load"),
    COLUMN(study, finality_p50_ns, I64, "ns", "submission until a client may believe it"),
    COLUMN(study, finality_p90_ns, I64, "ns", "likewise"),
    COLUMN(study, finality_p99_ns, I64, "ns", "likewise"),
    COLUMN(study, finality_max_ns, I64, "ns", "likewise"),
    COLUMN(study, longest_gap_ns, I64, "ns", "longest time without a decision"),
    COLUMN(study, recover_ns, I64, "ns", "after the faults, until nothing old was undecided"),
    COLUMN(study, messages, F64, "messages", "a payment"),
    COLUMN(study, bytes, F64, "B", "a payment"),
    COLUMN(study, cpu_ns, F64, "ns", "modelled work of all processors, a payment"),
    COLUMN(study, cpu_busiest, F64, "share", "work of the busiest processor, as a share of time"),
    COLUMN(study, cpu_mean, F64, "share", "the same of all processors"),
    COLUMN(study, sent, U64, "count", "messages"),
    COLUMN(study, sent_bytes, U64, "B", "of them"),
    COLUMN(study, dropped, U64, "count", "of them, that reached no machine"),
    COLUMN(study, forged, U64, "count", "refused for their signature"),
    COLUMN(study, decisions, U64, "count", "heights"),
    COLUMN(study, view_changes, U64, "count", "of the replica that saw most"),
    COLUMN(study, rollbacks, U64, "count", "heights undone in forks, all replicas"),
    COLUMN(study, duplicates, U64, "count", "batches decided again"),
    COLUMN(study, evidence, U64, "count", "proofs of misbehaviour"),
    COLUMN(study, events, U64, "count", "of the simulator"),
    COLUMN(study, digest, U64, "number", "over events and machines"),
};

static const hst_column finality_columns[] = {
    COLUMN(finality, study, U32, "index", "row of /consensus/studies"),
    COLUMN(finality, share_ppm, U32, "ppm", "millionths of the payments decided"),
    COLUMN(finality, time_ns, I64, "ns", "they took at most so long"),
};

static const hst_column timeline_columns[] = {
    COLUMN(timeline, study, U32, "index", "row of /consensus/studies"),
    COLUMN(timeline, interval, U32, "index", "counted from 0"),
    COLUMN(timeline, time_ns, I64, "ns", "its start"),
    COLUMN(timeline, length_ns, I64, "ns", "of it"),
    COLUMN(timeline, decided, U64, "count", "payments that became final in it"),
};

static const hst_column message_columns[] = {
    COLUMN(message, study, U32, "index", "row of /consensus/studies"),
    COLUMN(message, kind, U32, "index", "number of the kind"),
    COLUMN(message, name, TEXT, "text", "its name in the protocol"),
    COLUMN(message, role, TEXT, "text", "what it is for"),
    COLUMN(message, messages, U64, "messages", "sent point to point"),
};

static const hst_column link_columns[] = {
    COLUMN(link, study, U32, "index", "row of /consensus/studies"),
    COLUMN(link, senders, U32, "count", "replicas in the first region"),
    COLUMN(link, from_region, TEXT, "text", "of the senders"),
    COLUMN(link, to_region, TEXT, "text", "of the receivers"),
    COLUMN(link, messages, U64, "messages", "handed to the network"),
    COLUMN(link, bytes, U64, "B", "of them"),
    COLUMN(link, lost, U64, "count", "of them, by chance or because the path was cut"),
    COLUMN(link, delay_p50_ns, I64, "ns", "handed over until through the receiver's card"),
    COLUMN(link, delay_p90_ns, I64, "ns", "likewise"),
    COLUMN(link, delay_p99_ns, I64, "ns", "likewise"),
    COLUMN(link, delay_max_ns, I64, "ns", "likewise"),
};

static const hst_column node_columns[] = {
    COLUMN(node, study, U32, "index", "row of /consensus/studies"),
    COLUMN(node, node, U32, "index", "number of the replica"),
    COLUMN(node, region, TEXT, "text", "where it is"),
    COLUMN(node, sent, U64, "count", "messages"),
    COLUMN(node, sent_bytes, U64, "B", "of them"),
    COLUMN(node, received, U64, "count", "copies that came through its card"),
    COLUMN(node, received_bytes, U64, "B", "of them"),
    COLUMN(node, up_busy_ns, I64, "ns", "its card was sending"),
    COLUMN(node, down_busy_ns, I64, "ns", "its card was receiving"),
    COLUMN(node, cpu_busy_ns, I64, "ns", "its processor worked"),
    COLUMN(node, elapsed_ns, I64, "ns", "out of so much time"),
};

_Static_assert(sizeof(hst_study_row) == 320, "study row has a hole");
_Static_assert(sizeof(hst_finality_row) == 16, "finality row has a hole");
_Static_assert(sizeof(hst_timeline_row) == 32, "timeline row has a hole");
_Static_assert(sizeof(hst_message_row) == 64, "message row has a hole");
_Static_assert(sizeof(hst_link_row) == 112, "link row has a hole");
_Static_assert(sizeof(hst_node_row) == 96, "node row has a hole");

#define TABLE(row, path, title)                                                                    \
    {                                                                                              \
        (path), (title), (uint32_t)sizeof(hst_##row##_row),                                        \
            (uint32_t)(sizeof row##_columns / sizeof row##_columns[0]), row##_columns              \
    }

static const hst_table_schema tables[HST_RARE_TABLE_COUNT] = {
    [HST_RARE_TABLE_STUDY] =
        TABLE(study, "/consensus/studies", "one protocol under one load and one fault set"),
    [HST_RARE_TABLE_FINALITY] =
        TABLE(finality, "/consensus/finality", "how long a share of the payments took at most"),
    [HST_RARE_TABLE_TIMELINE] =
        TABLE(timeline, "/consensus/timeline", "payments decided over time"),
    [HST_RARE_TABLE_MESSAGE] = TABLE(message, "/consensus/messages", "messages by kind"),
    [HST_RARE_TABLE_LINK] = TABLE(link, "/network/links", "messages from region to region"),
    [HST_RARE_TABLE_NODE] = TABLE(node, "/network/nodes", "processors and cards of replicas"),
};

const hst_table_schema *hst_schema_rare(hst_rare_table table)
{
    hst_assert(table < HST_RARE_TABLE_COUNT);
    return &tables[table];
}
