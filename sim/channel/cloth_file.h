/** @file sim/channel/cloth_file.h
 * CLoTH's files: its configuration, its four tables, and the table of payments it writes.
 *
 * A configuration has lines `key=value` without spaces around the sign, fourteen keys, all of them
 * optional but for what they ask for; values may be empty. Tables have one header line and whole
 * numbers:
 *
 *   nodes     id                                           counted from 0
 *   channels  id, edge1_id, edge2_id, node1_id, node2_id, capacity
 *   edges     id, channel_id, counter_edge_id, from_node_id, to_node_id, balance, fee_base,
 *             fee_proportional, min_htlc, timelock
 *   payments  id, sender_id, receiver_id, amount, start_time
 *
 * Edges 2i and 2i + 1 belong to channel i and run node1 to node2 and back, as in the files the
 * program comes with; others are refused. A header may carry "(millisat)" behind a name, as its
 * templates do.
 *
 * Units     millisatoshi, milliseconds, blocks.
 * Errors    file:line:column; HST_INVALID, HST_OVERFLOW, HST_NOT_FOUND (a column), HST_NO_MEMORY.
 * Memory    from the arena; borrows the bytes while reading.
 * Threads   pure.
 */
#ifndef HST_SIM_CHANNEL_CLOTH_FILE_H
#define HST_SIM_CHANNEL_CLOTH_FILE_H

#include "sim/base/error.h"
#include "sim/channel/cloth.h"

#include <stdio.h>

/** Most payments, and most nodes to add. */
enum { HST_CLOTH_PAYMENT_MAX = 10000000, HST_CLOTH_NODE_MAX = 1 << 17 };

/** A file in memory. */
typedef struct hst_cloth_source {
    const char *file;  /**< name for errors */
    const char *bytes; /**< its text */
    size_t size;       /**< bytes of it */
} hst_cloth_source;

/** The configuration; what is not there is 0, false or "". */
HST_NODISCARD hst_status hst_cloth_read_config(hst_cloth_source source,
                                               hst_cloth_config *config,
                                               hst_error *error);

/** Nodes: only how many. */
HST_NODISCARD hst_status hst_cloth_read_nodes(hst_cloth_source source,
                                              hst_arena *scratch,
                                              uint32_t *count,
                                              hst_error *error);

/** Channels; `table->node_count` must be set. */
HST_NODISCARD hst_status hst_cloth_read_channels(hst_cloth_source source,
                                                 hst_arena *arena,
                                                 hst_arena *scratch,
                                                 hst_channel_table *table,
                                                 hst_error *error);

/** Edges of those channels. */
HST_NODISCARD hst_status hst_cloth_read_edges(hst_cloth_source source,
                                              hst_arena *scratch,
                                              hst_channel_table *table,
                                              hst_error *error);

/** Payments between nodes below `node_count`. */
HST_NODISCARD hst_status hst_cloth_read_payments(hst_cloth_source source,
                                                 uint32_t node_count,
                                                 hst_arena *arena,
                                                 hst_arena *scratch,
                                                 hst_cloth_payments *payments,
                                                 hst_error *error);

/** Which table of a network. */
typedef enum hst_cloth_table {
    HST_CLOTH_NODES,
    HST_CLOTH_CHANNELS,
    HST_CLOTH_EDGES
} hst_cloth_table;

/** One table of a network, as the readers above take it; false when the stream fails. */
bool hst_cloth_write_network(FILE *stream, hst_cloth_table which, const hst_channel_table *table);

/** The table of payments as CLoTH writes it; false when the stream fails. */
bool hst_cloth_write_payments(FILE *stream, const hst_cloth_payments *payments);

#endif
