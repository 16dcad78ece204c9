/** @file sim/metrics/rows_consensus.h
 * The rows of a result's consensus tables: what protocols did under a load, or under a day.
 *
 * A study is one protocol with so many replicas under one load and one fault set; the payment day
 * of a distributed ledger is one study. Every other table names its study by row number in
 * /consensus/studies. These tables are in a file only where a consensus protocol ran.
 *
 * Units     _ns: nanoseconds of the cluster's clock; -1 = never.
 * Threads   plain values.
 */
#ifndef HST_SIM_METRICS_ROWS_CONSENSUS_H
#define HST_SIM_METRICS_ROWS_CONSENSUS_H

#include <stdint.h>

/** /consensus/studies: One protocol under one load and one fault set. */
typedef struct hst_study_row {
    char protocol[16];       /**< name as in docs/reference/protocols.md */
    char faults[16];         /**< fault set, or "scenario" for a day */
    char status[24];         /**< "OK", or why there are no figures */
    char violated[40];       /**< check that fired, or nothing */
    uint32_t replicas;       /**< how many */
    uint32_t load;           /**< payments offered a second, 0 = a day's */
    uint64_t offered;        /**< payments counted */
    uint64_t decided;        /**< of them, decided */
    int64_t duration_ns;     /**< of the load */
    int64_t elapsed_ns;      /**< of everything, on the cluster's clock */
    double throughput;       /**< payments decided a second of the load */
    int64_t finality_p50_ns; /**< submission until a client may believe it */
    int64_t finality_p90_ns; /**< likewise */
    int64_t finality_p99_ns; /**< likewise */
    int64_t finality_max_ns; /**< likewise */
    int64_t longest_gap_ns;  /**< longest time without a decision */
    int64_t recover_ns;      /**< after the faults, until nothing old was undecided */
    double messages;         /**< a payment */
    double bytes;            /**< a payment */
    double cpu_ns;           /**< modelled work of all processors, a payment */
    double cpu_busiest;      /**< work of the busiest processor, as a share of time */
    double cpu_mean;         /**< the same of all processors */
    uint64_t sent;           /**< messages */
    uint64_t sent_bytes;     /**< of them */
    uint64_t dropped;        /**< of them, that reached no machine */
    uint64_t forged;         /**< refused for their signature */
    uint64_t decisions;      /**< heights */
    uint64_t view_changes;   /**< of the replica that saw most */
    uint64_t rollbacks;      /**< heights undone in forks, all replicas */
    uint64_t duplicates;     /**< batches decided again */
    uint64_t evidence;       /**< proofs of misbehaviour */
    uint64_t events;         /**< of the simulator */
    uint64_t digest;         /**< over events and machines */
} hst_study_row;

/** /consensus/finality: How long a share of the payments took at most. */
typedef struct hst_finality_row {
    uint32_t study;     /**< row of /consensus/studies */
    uint32_t share_ppm; /**< millionths of the payments decided */
    int64_t time_ns;    /**< they took at most so long */
} hst_finality_row;

/** /consensus/timeline: Payments decided over time. */
typedef struct hst_timeline_row {
    uint32_t study;    /**< row of /consensus/studies */
    uint32_t interval; /**< counted from 0 */
    int64_t time_ns;   /**< its start */
    int64_t length_ns; /**< of it */
    uint64_t decided;  /**< payments that became final in it */
} hst_timeline_row;

/** /consensus/messages: Messages by kind. */
typedef struct hst_message_row {
    uint32_t study;    /**< row of /consensus/studies */
    uint32_t kind;     /**< number of the kind */
    char name[32];     /**< its name in the protocol */
    char role[16];     /**< what it is for */
    uint64_t messages; /**< sent point to point */
} hst_message_row;

/** /network/links: What went from a region to a region. */
typedef struct hst_link_row {
    uint32_t study;       /**< row of /consensus/studies */
    uint32_t senders;     /**< replicas in the first region */
    char from_region[24]; /**< of the senders */
    char to_region[24];   /**< of the receivers */
    uint64_t messages;    /**< handed to the network */
    uint64_t bytes;       /**< of them */
    uint64_t lost;        /**< of them, by chance or because the path was cut */
    int64_t delay_p50_ns; /**< handed over until through the receiver's card */
    int64_t delay_p90_ns; /**< likewise */
    int64_t delay_p99_ns; /**< likewise */
    int64_t delay_max_ns; /**< likewise */
} hst_link_row;

/** /network/nodes: One replica's processor and card. */
typedef struct hst_node_row {
    uint32_t study;          /**< row of /consensus/studies */
    uint32_t node;           /**< number of the replica */
    char region[24];         /**< where it is */
    uint64_t sent;           /**< messages */
    uint64_t sent_bytes;     /**< of them */
    uint64_t received;       /**< copies that came through its card */
    uint64_t received_bytes; /**< of them */
    int64_t up_busy_ns;      /**< its card was sending */
    int64_t down_busy_ns;    /**< its card was receiving */
    int64_t cpu_busy_ns;     /**< its processor worked */
    int64_t elapsed_ns;      /**< out of so much time */
} hst_node_row;

#endif
