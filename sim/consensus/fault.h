/** @file sim/consensus/fault.h
 * Faults as data: what goes wrong with a cluster, from when until when.
 *
 * A schedule is a list, so that a failing run can be written down, repeated, and shrunk by leaving
 * faults out. Each fault begins and ends by itself; overlapping ones add up. In Byzantine behaviour
 * the replica keeps an honest machine, and the host bends what passes between it and the others, so
 * one behaviour works for every protocol. It may begin and end too, but nothing is expected of such
 * a replica at any time, and it has one behaviour at most.
 *
 *   SILENT     sends nothing, hears everything
 *   DEAF_HALF  does not speak to one half of the others
 *   LATE       everything it sends comes later by `amount_ns`
 *   TWIN       two machines with one key: each half of the others talks to one of them, and they
 *              are offered different batches; what they sign together is equivocation. Twins work
 *              together: the first machines of all of them talk to each other, and the second ones;
 *              a partition does not part them from anyone
 *   GARBLE     every other message with no signature but its own has a byte changed before signing
 *   REPLAY     now and then sends something it sent before instead
 *   EQUIVOCATE two machines with one key, both of which hear everything; each speaks to one half of
 *              the others, and they are offered different batches
 *   LATE_VOTES its votes come later by `amount_ns`, nothing else does
 *   WITHHOLD   its proposals reach nobody
 *   INVALID    it proposes batches that do not exist; who gets the body sees that and refuses
 *
 * Source    Bano et al., "Twins: BFT systems made robust", arXiv 2004.10617 (twins); the fault menu
 *           follows what TigerBeetle's VOPR and Jepsen inject.
 */
#ifndef HST_SIM_CONSENSUS_FAULT_H
#define HST_SIM_CONSENSUS_FAULT_H

#include "sim/consensus/cluster.h"

/** What goes wrong. X(name, text) */
#define HST_FAULT_MAP(X)                                                                           \
    X(CRASH, "crash")         /* stops; starts again at the end with its disk */                   \
    X(DISK_LOSS, "disk_loss") /* stops; starts again with an empty disk */                         \
    X(CUT, "cut")             /* neither speaks nor hears */                                       \
    X(CUT_OUT, "cut_out")     /* hears but does not speak */                                       \
    X(CUT_IN, "cut_in")       /* speaks but does not hear */                                       \
    X(PARTITION, "partition") /* `groups` cannot reach the rest; `replica` bridges or nobody */    \
    X(SLOW, "slow")           /* what it sends and receives takes `amount_ns` more */              \
    X(LOSS, "loss")           /* amount_ns ppm of all messages vanish, as many come twice */       \
    X(DUPLICATE, "duplicate") /* amount_ns ppm of all messages come twice */                       \
    X(PARTITION_OUT, "partition_out") /* `groups` is not heard by the rest, but hears it */        \
    X(SLOW_LINK, "slow_link")         /* between `replica` and `groups`: `amount_ns` more */       \
    X(SLOW_LEADER, "slow_leader")     /* what the leader of the moment sends: `amount_ns` more */  \
    X(CLOCK,                                                                                       \
      "clock") /* its clock is ahead by `amount_ns`; then it stands until time catches up */       \
    X(BIT_FLIP, "bit_flip") /* a bit of its state flips, at `from_ns`; nothing undoes that */      \
    X(SILENT, "silent")                                                                            \
    X(DEAF_HALF, "deaf_half")                                                                      \
    X(LATE, "late")                                                                                \
    X(TWIN, "twin")                                                                                \
    X(GARBLE, "garble")                                                                            \
    X(REPLAY, "replay")                                                                            \
    X(EQUIVOCATE, "equivocate")                                                                    \
    X(LATE_VOTES, "late_votes")                                                                    \
    X(WITHHOLD, "withhold")                                                                        \
    X(INVALID, "invalid")

/** Kind of fault. */
typedef enum hst_fault_kind {
#define X(name, text) HST_FAULT_##name,
    HST_FAULT_MAP(X)
#undef X
        HST_FAULT_COUNT
} hst_fault_kind;

/** Whether a kind is Byzantine behaviour. */
static inline bool hst_fault_is_byzantine(hst_fault_kind kind)
{
    return kind >= HST_FAULT_SILENT && kind < HST_FAULT_COUNT;
}

/** In place of a replica: the leader at the time the fault begins, as most running replicas see it;
 * replica 0 where the protocol has none. Not for Byzantine behaviour. */
#define HST_FAULT_LEADER (UINT32_MAX - 1)

/** One fault. */
typedef struct hst_fault {
    hst_fault_kind kind; /**< which */
    uint32_t replica;    /**< whom it befalls; PARTITION: the bridge or HST_CONSENSUS_NOBODY */
    int64_t from_ns;     /**< begins */
    int64_t until_ns;    /**< ends; 0 = Byzantine behaviour for the whole run */
    int64_t amount_ns;   /**< SLOW, LATE, CLOCK ...: by how much; LOSS, DUPLICATE: ppm */
    uint64_t groups;     /**< PARTITION: one side, bit per replica; SLOW_LINK: the other ends;
                              DEAF_HALF, TWIN, EQUIVOCATE: one half */
} hst_fault;

/** Whether it is Byzantine behaviour that lasts for the whole run. */
static inline bool hst_fault_is_throughout(const hst_fault *fault)
{
    return hst_fault_is_byzantine(fault->kind) && fault->until_ns == 0;
}

/** Word for a kind ("crash"). */
const char *hst_fault_name(hst_fault_kind kind);

/** Let a schedule befall a cluster that has not run yet; `faults` are borrowed until it ends. At
 * most 64 replicas. HST_INVALID when a fault makes no sense for it. */
HST_NODISCARD hst_status hst_fault_schedule(hst_cluster *cluster,
                                            const hst_fault *faults,
                                            uint32_t count);

/** The same without times: the caller says when each fault begins and ends. */
HST_NODISCARD hst_status hst_fault_prepare(hst_cluster *cluster,
                                           const hst_fault *faults,
                                           uint32_t count);

/** Fault `index` of a prepared schedule begins, or ends, now; not while the cluster runs. */
void hst_fault_change(hst_cluster *cluster, uint32_t index, bool ends);

/** Whom fault `index` befalls, or befell last: the leader it found, where it was HST_FAULT_LEADER.
 */
uint32_t hst_fault_whom(const hst_cluster *cluster, uint32_t index);

/** One line in words: "crash of replica 2 from 1.200 s to 3.500 s". */
void hst_fault_describe(const hst_fault *fault, char *text, size_t size);

#endif
