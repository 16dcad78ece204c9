/** @file sim/rail/dlt.h
 * A distributed ledger as a rail: payments become signed transactions, batches, decisions.
 *
 *   order --> batch under construction --> cluster of validators --> final --> execute, in order
 *
 * A transaction that reaches a validator joins the batch under construction. When the batch is over
 * it goes to every validator's mempool; validators of one consensus protocol (sim/consensus) decide
 * the order, in virtual time, with latency, bandwidth and work charged. A batch is final when so
 * many have committed it that one of them is honest; then its transactions are executed in order,
 * by the callback. While `HST_DLT_WINDOW` batches are undecided the next one keeps gathering, so a
 * slow protocol decides larger batches.
 *
 * The cluster runs in step with the day: hst_dlt_wake carries it to the day's time and says when
 * it wants to be woken again. While nothing is undecided its clock stands still (an idle protocol's
 * heartbeats change nothing), skipping whole rounds so that protocols with slots keep their phase.
 *
 * Faults of validators begin and end at times of the day. Each is carried out when the cluster has
 * come to that time, and is followed by some rounds that are not skipped, in which validators react
 * to it: elections, view changes, catching up. What happens in longer idle time under a fault is
 * left out with the rest of it.
 *
 * With real crypto transactions are signed and checked too (sim/rail/dlt_transaction.h).
 *
 * Units     nanoseconds of the day.
 * Errors    HST_REFUSED from hst_dlt_wake when a consensus check fired (hst_dlt_violation).
 * Memory    the cluster from the memory handed in, released by hst_dlt_destroy; the rest from the
 *           arena.
 * Threads   one.
 */
#ifndef HST_SIM_RAIL_DLT_H
#define HST_SIM_RAIL_DLT_H

#include "core/base/arena.h"
#include "core/crypto/hash.h"

#include "sim/consensus/cluster.h"
#include "sim/consensus/fault.h"
#include "sim/metrics/histogram.h"

#include <stdbool.h>
#include <stdint.h>

/** Bytes of a signed transaction. */
#define HST_DLT_TRANSACTION_BYTES 512

/** Most batches undecided; the next one keeps gathering. */
#define HST_DLT_WINDOW 16

/** No time: the rail need not be woken. */
#define HST_DLT_ASLEEP INT64_MAX

/** A transaction is final: execute it. Called in the order of the ledger. False: it comes before
 * its predecessor (a protocol that agrees on sets may decide a later batch first), so it is tried
 * again behind every transaction that is executed. */
typedef bool (*hst_dlt_execute)(void *context, uint32_t payment);

/** Plan of a rail. */
typedef struct hst_dlt_config {
    const hst_consensus_protocol *protocol; /**< which */
    const int64_t *parameters;              /**< its own; NULL = standard */
    const hst_fault *faults;                /**< of validators, in times of the day; borrowed */
    uint32_t fault_count;                   /**< how many */
    bool real_crypto;                       /**< sign and verify; else charge for it */
    hst_network_options network;            /**< of the validators; its arrays are borrowed */
    hst_cluster_costs costs;                /**< of their work */
    int64_t batch_ns;                       /**< a batch gathers for so long */
    uint32_t payment_max;                   /**< payments in the run */
    uint64_t seed;                          /**< of the cluster */
    uint32_t replication;                   /**< likewise */
    hst_dlt_execute execute;                /**< called when a transaction is final */
    void *context;                          /**< handed to it */
    hst_memory memory;                      /**< of the cluster */
} hst_dlt_config;

/** A fault of validators begins or ends. */
typedef struct hst_dlt_edge {
    int64_t time_ns; /**< of the day */
    uint32_t fault;  /**< which */
    bool ends;       /**< it ends */
} hst_dlt_edge;

/** A rail; fields may be read, not written. */
typedef struct hst_dlt_rail {
    hst_dlt_config config;            /**< as given */
    hst_membership membership;        /**< the validators */
    hst_cluster *cluster;             /**< their machines */
    int64_t ahead_ns;                 /**< the cluster's clock less the day's */
    int64_t tick_ns;                  /**< how often an undecided batch is looked at */
    int64_t round_ns;                 /**< idle time is skipped in multiples of it */
    uint32_t *payments;               /**< in the order of arrival */
    int64_t *arrived_ns;              /**< of each */
    uint32_t arrived;                 /**< how many */
    uint32_t *batch_end;              /**< by batch: how many had arrived; [0] = 0 */
    uint32_t batches;                 /**< submitted; their ids count up from 1 */
    int64_t batch_open_ns;            /**< the one under construction began to gather */
    bool awake;                       /**< it will be woken */
    uint32_t waiting_count;           /**< undecided batches */
    uint32_t waiting[HST_DLT_WINDOW]; /**< those batches */
    uint32_t *early;                  /**< final, and before their predecessors */
    uint32_t early_count;             /**< how many */
    uint64_t executed;                /**< transactions */
    hst_hash root;                    /**< digest of the batches executed, in their order */
    uint64_t roots_compared;          /**< times it was compared with a validator's state root */
    uint64_t roots_differed;          /**< and was another */
    uint64_t wakes;                   /**< times the cluster was looked at */
    hst_dlt_edge *edges;              /**< beginnings and ends of faults, by time */
    uint32_t edge_count, edge_next;   /**< how many, and the next one to come */
    int64_t calm_ns;                  /**< the cluster's clock: until then none is skipped */
    int64_t quiet_ns;                 /**< something waits since then, and nothing was decided */
    int64_t longest_quiet_ns;         /**< the longest such time */
    hst_histogram *finality_ns;       /**< of transactions: from their arrival */
} hst_dlt_rail;

/** Make one. HST_INVALID when the protocol cannot have so many validators; HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_dlt_create(const hst_dlt_config *config,
                                        hst_arena *arena,
                                        hst_dlt_rail **out);

/** Give the cluster back; NULL is fine. */
void hst_dlt_destroy(hst_dlt_rail *rail);

/** A payment's transaction reaches a validator now. Returns when the rail must be woken for it, or
 * HST_DLT_ASLEEP when it will be anyway. */
int64_t hst_dlt_submit(hst_dlt_rail *rail, uint32_t payment, int64_t now_ns);

/** Go on until now, execute what became final, hand over the batch that is over. `next_ns`: when to
 * be woken again, or HST_DLT_ASLEEP. */
HST_NODISCARD hst_status hst_dlt_wake(hst_dlt_rail *rail, int64_t now_ns, int64_t *next_ns);

/** Longest time in which something waited and nothing was decided, what waits now included. */
int64_t hst_dlt_longest_quiet_ns(const hst_dlt_rail *rail, int64_t now_ns);

/** The check that fired; `check` NULL = none. */
const hst_cluster_violation *hst_dlt_violation(const hst_dlt_rail *rail);

#endif
