/** @file sim/bench/anchor.h
 * Private to sim/bench: workloads that other simulators of consensus were measured on.
 *
 * Each is one run of fixed length; what is reported is its CPU seconds, and beside them what it did
 * and the most memory that the process took until then. All checks are on, crypto is modelled.
 *
 * Source    Yajam et al., JABS (PBFT of 40 nodes on a LAN); Chase, MacBrough's simulator in rippled
 *           (five peers, 100 payments a second); canonical/raft's fixture (three servers).
 */
#ifndef HST_SIM_BENCH_ANCHOR_H
#define HST_SIM_BENCH_ANCHOR_H

#include "sim/bench/bench.h"
#include "sim/network/network.h"

/** A parameter that is not at its standard value. */
typedef struct hst_anchor_value {
    const char *name; /**< as in scenarios; NULL = none */
    int64_t value;    /**< in its unit */
} hst_anchor_value;

/** What is run; the case's parameter. */
typedef struct hst_anchor {
    const char *protocol;       /**< which */
    uint32_t count;             /**< replicas */
    int64_t latency_ns;         /**< one way */
    hst_jitter jitter;          /**< around it */
    int64_t jitter_ns;          /**< by how much */
    double jitter_shape;        /**< Pareto only */
    uint64_t bits_per_second;   /**< of each card, up and down; 0 = without limit */
    uint32_t body;              /**< bytes of a batch */
    int64_t every_ns;           /**< between batches; 0 = the next when replica 0 has decided one */
    int64_t quiet_ns;           /**< without load, before and after it */
    int64_t load_ns;            /**< of the load */
    hst_anchor_value values[2]; /**< parameters */
} hst_anchor;

/** Run it; work = 1. HST_MISMATCH when not everything was decided, HST_REFUSED when a check fired.
 */
hst_status hst_bench_anchor(const void *parameter, hst_bench_sample *sample);

#endif
