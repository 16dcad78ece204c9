/** @file sim/channel/cloth.h
 * The model of CLoTH, a simulator of payment-channel networks, on this project's ledger and kernel:
 * what its configuration and files say, in memory.
 *
 * A payment looks for a path on what its sender knows, locks it hop by hop, and comes back with
 * success or failure, a tenth of a second a hop; a sender remembers which pairs of nodes carried
 * what, and tries again for a minute. The rules are those of the published model:
 *
 *   search     sim/channel/cloth_search.h
 *   events     sim/channel/cloth_run.h
 *   figures    sim/channel/cloth_figures.h
 *
 * Units     millisatoshi, milliseconds (the kernel's clock is in nanoseconds), blocks.
 * Source    Conoscenti, Vetro, De Martin, "CLoTH: A Lightning Network Simulator", SoftwareX 15,
 *           2021; format of its files and defaults from its repository. Nothing is taken from its
 *           code.
 */
#ifndef HST_SIM_CHANNEL_CLOTH_H
#define HST_SIM_CHANNEL_CLOTH_H

#include "sim/channel/network.h"

/** Bytes for a file name of a configuration, NUL included. */
enum { HST_CLOTH_NAME_SIZE = 256 };

/** Constants of the model. */
enum {
    HST_CLOTH_HOP_MAX = 27,           /**< most hops of a route */
    HST_CLOTH_BLOCKS_MAX = 2016 + 40, /**< most blocks a route locks for */
    HST_CLOTH_HOP_MS = 100,           /**< a message over a hop, with a standard normal on top */
    HST_CLOTH_OFFLINE_MS = 3000,      /**< until an offline node is given up */
    HST_CLOTH_TIMEOUT_MS = 60000,     /**< no attempt later than this after the start */
    HST_CLOTH_RELAX_MS = 60000        /**< a larger failure within this is not news */
};

/** A configuration: fourteen keys. */
typedef struct hst_cloth_config {
    bool network_from_file;                  /**< generate_network_from_file */
    char nodes_file[HST_CLOTH_NAME_SIZE];    /**< nodes_filename */
    char channels_file[HST_CLOTH_NAME_SIZE]; /**< channels_filename */
    char edges_file[HST_CLOTH_NAME_SIZE];    /**< edges_filename */
    uint32_t additional_nodes;               /**< n_additional_nodes */
    uint32_t channels_per_node;              /**< n_channels_per_node */
    int64_t capacity_sat;                    /**< capacity_per_channel */
    double faulty_probability;               /**< faulty_node_probability */
    bool payments_from_file;                 /**< generate_payments_from_file */
    char payments_file[HST_CLOTH_NAME_SIZE]; /**< payments_filename */
    double payment_rate;                     /**< payment_rate, a second */
    uint32_t payment_count;                  /**< n_payments */
    double average_sat;                      /**< average_payment_amount */
    bool split;                              /**< mpp */
} hst_cloth_config;

/** A neighbour. */
typedef struct hst_cloth_arc {
    uint32_t node;         /**< the other end */
    uint32_t edge;         /**< the edge that leaves for it; the one that comes is edge ^ 1 */
    int64_t capacity_msat; /**< of the channel */
} hst_cloth_arc;

/** Channels by node. */
typedef struct hst_cloth_graph {
    const hst_channel_table *table; /**< edges 2i and 2i + 1 of channel i */
    uint32_t *first;                /**< node_count + 1 offsets into arcs */
    hst_cloth_arc *arcs;            /**< by node, in the order of the channels */
    int64_t *minimums;              /**< distinct smallest amounts, ascending */
    uint32_t minimum_count;         /**< how many */
    bool minimums_known;            /**< all of them; else nothing is known of the others */
} hst_cloth_graph;

/** Put channels in order. HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_cloth_graph_create(const hst_channel_table *table,
                                                hst_arena *arena,
                                                hst_cloth_graph *graph);

/** A payment and what came of it; numbered in the order of their start. */
typedef struct hst_cloth_payment {
    uint32_t sender;     /**< node */
    uint32_t receiver;   /**< node */
    int64_t amount_msat; /**< to arrive */
    int64_t start_ms;    /**< when it begins */
    int64_t end_ms;      /**< when its sender knew */
    int64_t fee_msat;    /**< of the last route tried */
    uint32_t *route;     /**< edges of the last route tried; NULL = never one */
    uint16_t hop_count;  /**< of it */
    uint16_t room;       /**< edges `route` has room for */
    uint32_t attempts;   /**< times a path was looked for */
    uint32_t no_balance; /**< attempts that failed for lack of balance */
    uint32_t offline;    /**< attempts that failed at an offline node */
    bool success;        /**< arrived */
    bool timeout;        /**< given up after a minute */
    bool was_split;      /**< sent as two halves, or is a half */
} hst_cloth_payment;

/** Payments to send. */
typedef struct hst_cloth_payments {
    hst_cloth_payment *list; /**< by number */
    uint32_t count;          /**< how many */
} hst_cloth_payments;

#endif
