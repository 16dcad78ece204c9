/** @file sim/consensus/cluster.h
 * Replicas of one consensus protocol in virtual time: the host of core/consensus in the simulator.
 *
 *   batches --> offers --> machines --> effects --> network, disks, timers --> inputs --> machines
 *
 * Carries out what machines ask for, in order, and nothing else: messages travel through
 * sim/network, records become durable after a write, timers fire on each replica's own clock. Work
 * occupies a replica's processor for its cost, so saturation appears by itself. Checks
 * (sim/consensus/check.h) watch every step and every commit; the first violation stops the run.
 *
 * A crash loses what was not durable; a restart makes a new machine and feeds it the durable
 * records. Batches stand for the mempool: every replica offers the lowest one that it has neither
 * seen committed nor proposed itself, and offers it again when it has waited too long.
 *
 * Units     nanoseconds of virtual time, bytes.
 * Errors    HST_INVALID, HST_NO_MEMORY from create; HST_REFUSED from run when a check fired.
 * Memory    everything from options.memory; messages are pooled and shared by a broadcast.
 * Threads   a cluster belongs to one thread.
 * Determinism  a run is a function of the options and the calls.
 */
#ifndef HST_SIM_CONSENSUS_CLUSTER_H
#define HST_SIM_CONSENSUS_CLUSTER_H

#include "core/base/arena.h"
#include "core/consensus/consensus.h"

#include "sim/network/network.h"

#include <stdbool.h>
#include <stdint.h>

/** Timers a machine may use: ids below this. */
enum { HST_CLUSTER_TIMERS = 16 };

/** What work costs a replica's processor; zeroes = nothing. */
typedef struct hst_cluster_costs {
    int64_t message_ns;  /**< taking in a message */
    int64_t verify_ns;   /**< checking a signature */
    int64_t sign_ns;     /**< making one, once for each message effect */
    int64_t kilobyte_ns; /**< hashing 1,024 bytes of message and body */
    int64_t command_ns;  /**< executing a command of a committed batch */
    int64_t write_ns;    /**< until a record is durable; does not occupy the processor */
} hst_cluster_costs;

/** What a filter makes of one message to one replica. */
typedef struct hst_cluster_verdict {
    bool drop;        /**< it vanishes */
    int64_t delay_ns; /**< it comes later by this */
} hst_cluster_verdict;

/** A cluster; opaque. */
typedef struct hst_cluster hst_cluster;

/** Sees every message before it enters the network; for targeted faults. */
typedef hst_cluster_verdict (*hst_cluster_filter)(void *context,
                                                  hst_cluster *cluster,
                                                  uint32_t from,
                                                  uint32_t to,
                                                  const uint8_t *bytes,
                                                  uint32_t size);

/** Told of every COMMIT that an honest replica carried out, for measurements. */
typedef void (*hst_cluster_observer)(void *context,
                                     const hst_cluster *cluster,
                                     uint32_t replica,
                                     const hst_effect *commit);

/** Plan of a cluster. Zero what you do not use. */
typedef struct hst_cluster_options {
    const hst_consensus_protocol *protocol; /**< which */
    /** By replica, instead of `protocol` where not NULL (Byzantine wrappers); NULL = none. */
    const hst_consensus_protocol *const *others;
    const hst_membership *membership;   /**< who takes part */
    const int64_t *parameters;          /**< of the protocol; NULL = standard */
    const hst_network_options *network; /**< count = membership->count */
    hst_cluster_costs costs;            /**< what work costs */
    uint64_t seed;                      /**< of all draws */
    uint32_t replication;               /**< likewise */
    bool real_crypto;                   /**< sign and verify with Ed25519; else charge for it */
    bool keep_logs;                     /**< records are kept, so that replicas may restart */
    bool no_memos; /**< every reader works everything out by itself; for comparison in tests */
    uint32_t batch_capacity;        /**< most batches submitted in a run */
    uint32_t gather;                /**< most batches proposed together; 0 or 1 = each by itself */
    int64_t offer_again_ns;         /**< offer a taken batch again after this; 0 = 10 s */
    const int64_t *clock_offset_ns; /**< by replica, >= 0; NULL = clocks agree */
    const int32_t *clock_drift_ppm; /**< by replica; NULL = none */
    const uint32_t *const *peers;   /**< neighbours by replica; NULL = everyone */
    const uint32_t *peer_counts;    /**< how many */
    hst_cluster_filter filter;      /**< NULL = none */
    void *filter_context;           /**< handed to it */
    hst_cluster_observer observer;  /**< NULL = none */
    void *observer_context;         /**< handed to it */
    hst_memory memory;              /**< where everything comes from */
} hst_cluster_options;

/** A check that fired. */
typedef struct hst_cluster_violation {
    const char *check; /**< its name; NULL = none did */
    uint32_t replica;  /**< where it was seen */
    uint64_t height;   /**< at which height, 0 = none */
    uint64_t event;    /**< events executed before it */
    uint64_t guilty;   /**< of a fork: who voted for both sides, a bit each of the first 64 */
    char text[192];    /**< in words */
} hst_cluster_violation;

/** Figures of a run so far. */
typedef struct hst_cluster_report {
    uint64_t events;        /**< executed by the kernel */
    uint64_t steps;         /**< inputs handed to machines */
    uint64_t messages;      /**< sent point to point, copies of a broadcast counted */
    uint64_t bytes;         /**< of them, bodies and signatures included, and of bodies that
                                 mempools pass on where no message carries them */
    uint64_t lost;          /**< dropped by the network, a filter or a crashed receiver */
    uint64_t forged;        /**< refused because a signature did not verify */
    uint64_t invalid;       /**< refused because their batch does not exist */
    uint64_t decided;       /**< heights committed by at least one replica */
    uint64_t committed_all; /**< heights committed by every running replica */
    uint64_t commands;      /**< commands in distinct decided batches */
    uint64_t void_blocks; /**< with a batch that does not exist, of a Byzantine proposer; skipped */
    uint64_t duplicates;  /**< batches decided again (execution skips them) */
    uint64_t rollbacks;   /**< heights rolled back, all replicas */
    uint64_t evidence;    /**< proofs of misbehaviour */
    uint64_t by_kind[64]; /**< messages by kind */
    int64_t busy_ns;      /**< modelled work of all processors */
    int64_t busy_most_ns; /**< of the busiest one */
    uint64_t view_changes; /**< of the replica that saw most */
    int64_t now_ns;        /**< virtual time */
    uint64_t digest;       /**< over events and machine states */
} hst_cluster_report;

/** Make replicas at time 0; they START at time 0 when the run begins. */
HST_NODISCARD hst_status hst_cluster_create(const hst_cluster_options *options, hst_cluster **out);

/** Give everything back; NULL is fine. */
void hst_cluster_destroy(hst_cluster *cluster);

/** Submit a batch of `count` commands, `size` bytes, to every mempool at `time_ns` >= now.
 * Returns its id, or 0 when batch_capacity is reached. */
uint64_t hst_cluster_submit(hst_cluster *cluster, int64_t time_ns, uint32_t size, uint32_t count);

/** Run until `until_ns`, or until every running replica has committed `height` (0 = no such goal).
 * HST_OK, HST_REFUSED when a check fired, HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_cluster_run(hst_cluster *cluster, int64_t until_ns, uint64_t height);

/** Stop a replica now, losing what is not durable. */
void hst_cluster_crash(hst_cluster *cluster, uint32_t replica);

/** Start it again: with its durable log (needs keep_logs), or with an empty disk. */
void hst_cluster_restart(hst_cluster *cluster, uint32_t replica, bool with_disk);

/** Whether it runs. */
bool hst_cluster_running(const hst_cluster *cluster, uint32_t replica);

/** Put bytes on the way to `to` as if `from` had sent them, at once (for hostile input). */
void hst_cluster_inject(
    hst_cluster *cluster, uint32_t from, uint32_t to, const uint8_t *bytes, uint32_t size);

/** The network, to cut and heal. */
hst_network *hst_cluster_network(hst_cluster *cluster);

/** How long a replica's processor has worked. */
int64_t hst_cluster_busy(const hst_cluster *cluster, uint32_t replica);

/** A replica's neutral view. */
void hst_cluster_view(const hst_cluster *cluster, uint32_t replica, hst_consensus_view *view);

/** Virtual time. */
int64_t hst_cluster_now(const hst_cluster *cluster);

/** The decided block of a height: false when nobody committed it. */
bool hst_cluster_decided(
    const hst_cluster *cluster, uint64_t height, hst_hash *id, hst_batch *batch, int64_t *first_ns);

/** Commands in batches that some honest replica has committed; cheap. */
uint64_t hst_cluster_commands(const hst_cluster *cluster);

/** When a batch was submitted, and when so many replicas had committed and executed it that one of
 * them is honest (f + 1 of all; one where nobody lies; more than half of miners): what a client
 * waits for. A processor that has much to execute is done later than now. False while not so many
 * have committed it. */
bool hst_cluster_batch_times(const hst_cluster *cluster,
                             uint64_t batch,
                             int64_t *submitted_ns,
                             int64_t *agreed_ns);

/** How many batches had been agreed on when this one was, itself counted; 0 = it is not. */
uint64_t hst_cluster_batch_order(const hst_cluster *cluster, uint64_t batch);

/** State root after one more batch: the digest of all batches executed, in their order. */
hst_hash hst_cluster_executed_root(const hst_hash *before, const hst_batch *batch);

/** Where an honest replica's ledger holds everything submitted: its state root. False when none
 * does. */
bool hst_cluster_root(const hst_cluster *cluster, hst_hash *root);

/** A submitted batch. */
hst_batch hst_cluster_batch_of(const hst_cluster *cluster, uint64_t batch);

/** The first violation. */
const hst_cluster_violation *hst_cluster_violated(const hst_cluster *cluster);

/** Figures so far. Cost: a digest of every machine. */
void hst_cluster_measure(const hst_cluster *cluster, hst_cluster_report *report);

#endif
