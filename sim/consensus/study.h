/** @file sim/consensus/study.h
 * One protocol under steady load: how fast it is final, how much it carries, what it costs.
 *
 * Payments arrive at a constant rate and are gathered into batches; replicas sit in regions of the
 * world, on cards of finite bandwidth and processors that work for every signature and payment. A
 * fault set is the same for every protocol. The first tenth of the time warms up and is not
 * counted. A replica proposes at most `body_bytes` of payments together.
 *
 * Units     nanoseconds, bytes, payments a second.
 * Errors    HST_INVALID, HST_NO_MEMORY; a violated check is an outcome.
 * Threads   studies are independent of each other.
 */
#ifndef HST_SIM_CONSENSUS_STUDY_H
#define HST_SIM_CONSENSUS_STUDY_H

#include "sim/consensus/fault.h"

/** What goes wrong in a study. X(name, text, description) */
#define HST_STUDY_FAULTS_MAP(X)                                                                    \
    X(NONE, "none", "nothing goes wrong")                                                          \
    X(LEADER, "leader", "replica 0 is down for the second third")                                  \
    X(SILENT, "silent", "as many as tolerated are down from the start, the last ones")             \
    X(PARTITION, "partition", "in the second third one half cannot reach the other")               \
    X(LOSS, "loss", "one message of a hundred vanishes, throughout")

/** A fault set. */
typedef enum hst_study_faults {
#define X(name, text, description) HST_STUDY_FAULTS_##name,
    HST_STUDY_FAULTS_MAP(X)
#undef X
        HST_STUDY_FAULTS_COUNT
} hst_study_faults;

/** Word of a fault set. */
const char *hst_study_faults_name(hst_study_faults faults);

/** How many shares of payments an outcome holds the finality of, and intervals of a time line: 60
 * of the load, a quarter more behind it. */
enum { HST_STUDY_SHARES = 17, HST_STUDY_LOAD_INTERVALS = 60, HST_STUDY_INTERVALS = 75 };

/** The shares, in millionths, rising from none to all. */
extern const uint32_t hst_study_shares_ppm[HST_STUDY_SHARES];

/** Looks at the cluster when the study is over. */
typedef void (*hst_study_examine)(void *context, hst_cluster *cluster);

/** What is to be studied. */
typedef struct hst_study_options {
    const hst_consensus_protocol *protocol; /**< which */
    const int64_t *parameters;              /**< NULL = standard */
    const hst_network_options *network;     /**< of `count` endpoints */
    hst_cluster_costs costs;                /**< what work costs */
    uint32_t count;                         /**< replicas */
    uint32_t payments_per_s;                /**< offered, at least 1 */
    uint32_t payment_bytes;                 /**< of a signed payment */
    uint64_t body_bytes;                    /**< most of payments proposed together; 0 = any */
    int64_t batch_ns;                       /**< payments are gathered for so long */
    int64_t duration_ns;                    /**< of the load */
    hst_study_faults faults;                /**< what goes wrong */
    bool real_crypto;                       /**< sign and verify, instead of charging */
    uint64_t seed;                          /**< of all draws */
    hst_study_examine examine;              /**< called before the cluster goes; NULL = nobody */
    void *examine_context;                  /**< handed to it */
    hst_memory memory;                      /**< of the cluster */
} hst_study_options;

/** What came of it. */
typedef struct hst_study_outcome {
    uint64_t offered;       /**< payments counted: submitted after the warm-up */
    uint64_t decided;       /**< of them, decided before the load ended or within a tenth more;
                                 under faults, within as long again */
    double payments_per_s;  /**< decided a second of the counted time */
    int64_t p50_ns, p99_ns; /**< from submission until a client may believe it */
    int64_t finality_ns[HST_STUDY_SHARES]; /**< the same by share of the payments decided */
    int64_t longest_gap_ns; /**< longest time without a decision, from first to last */
    int64_t recover_ns;     /**< from two thirds of the load, where a fault that ends has ended,
                                 until everything submitted before was decided; -1 = never */
    int64_t interval_ns;    /**< of the time line: a sixtieth of the load */
    uint64_t line[HST_STUDY_INTERVALS]; /**< payments decided in each, from the start */
    double messages;                    /**< a payment decided */
    double bytes;                       /**< likewise */
    double work_ns;                     /**< likewise, of all processors */
    double busiest;             /**< work of the busiest processor, as a share of the counted time:
                                     above 1 it got more than it could do */
    double card;                /**< the same of sending, of the busiest card; 0 without limit */
    double processor;           /**< the same as busiest, of all processors together */
    uint64_t decisions;         /**< heights */
    uint64_t view_changes;      /**< of the replica that saw most */
    uint64_t rollbacks;         /**< heights undone, all replicas */
    uint64_t events;            /**< of the simulator */
    hst_cluster_report cluster; /**< everything the cluster counted */
    hst_cluster_violation violation; /**< check NULL = none */
} hst_study_outcome;

/** Run it. */
HST_NODISCARD hst_status hst_study_run(const hst_study_options *options, hst_study_outcome *out);

#endif
