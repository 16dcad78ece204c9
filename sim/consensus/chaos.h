/** @file sim/consensus/chaos.h
 * One seed, one storm: a drawn cluster, drawn load and drawn faults, and a verdict.
 *
 * Everything follows from (protocol, seed): how many replicas, the network's latency, losses, which
 * replicas are Byzantine and how, who crashes, who is cut off and when. Faults that would exceed
 * what the protocol tolerates at one time are not drawn, unless `beyond` asks for them. After the
 * last fault everything is healed and the cluster gets a while to decide what was submitted.
 *
 * Some storms are splits: all Byzantine replicas are twins that work together, the others are cut
 * into halves, and each half with the twins looks like a cluster. Within the bound nothing may come
 * of it; with one twin more than tolerated, at a size where nothing is to spare, both halves decide
 * by themselves. Miners are only cut into halves, until what each found alone is final.
 * Beyond the bound some splits have no twins but replicas that forget: they decide with one half,
 * lose their disks all at once, and go on with the other.
 *
 *   safe         a check fired, or none did
 *   live         everything submitted was decided in time after the last fault
 *
 * A failing storm is shrunk: faults are left out, one after another, while the same check fires.
 *
 * Memory    a cluster's, given back before returning.
 * Threads   storms are independent of each other; one thread each.
 * Source    swarm testing: Groce et al., ISSTA 2012; shrinking: Zeller, Hildebrandt, "Simplifying
 *           and isolating failure-inducing input", IEEE TSE 28(2), 2002.
 */
#ifndef HST_SIM_CONSENSUS_CHAOS_H
#define HST_SIM_CONSENSUS_CHAOS_H

#include "sim/consensus/fault.h"

/** Most faults of a storm. */
enum { HST_CHAOS_FAULT_MAX = 48 };

/** What is to be drawn. */
typedef struct hst_chaos_options {
    const hst_consensus_protocol *protocol; /**< which */
    const int64_t *parameters;              /**< NULL = standard */
    uint64_t seed;                          /**< of everything */
    uint32_t count_min, count_max;          /**< replicas; 0 = 4 to 13 */
    uint32_t beyond;         /**< faults at a time above what is tolerated; 0 = none */
    const hst_fault *faults; /**< in place of drawn ones; NULL = draw */
    uint32_t fault_count;    /**< of `faults` */
    uint64_t left_out;       /**< faults that do not happen: bit k - 1 for the k-th; 0 = none */
    hst_memory memory;       /**< of the cluster */
} hst_chaos_options;

/** What became of it. */
typedef struct hst_chaos_outcome {
    uint32_t count;                        /**< replicas drawn */
    hst_fault faults[HST_CHAOS_FAULT_MAX]; /**< what befell them */
    uint32_t numbers[HST_CHAOS_FAULT_MAX]; /**< each one's place among those drawn, from 1 */
    uint32_t fault_count;                  /**< how many */
    hst_cluster_violation violation;       /**< check NULL = safe */
    bool live;                             /**< everything was decided */
    hst_cluster_report report;             /**< figures */
} hst_chaos_outcome;

/** Run the storm of a seed. HST_OK whatever the verdict; HST_INVALID, HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_chaos_run(const hst_chaos_options *options, hst_chaos_outcome *out);

/** Leave out faults of a storm that was not safe, or not live, while it stays so for the same
 * reason; `out` holds the storm and then the smaller one. Runs at most `tries` storms. */
HST_NODISCARD hst_status hst_chaos_shrink(const hst_chaos_options *options,
                                          uint32_t tries,
                                          hst_chaos_outcome *out);

/** Faulty replicas a protocol tolerates among `count` of equal weight. */
uint32_t hst_chaos_tolerated(const hst_consensus_protocol *protocol, uint32_t count);

#endif
