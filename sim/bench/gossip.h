/** @file sim/bench/gossip.h
 * Private to sim/bench: proof of work over many nodes that know a few neighbours each.
 *
 * Six regions of the world with the latencies, bandwidths and shares of nodes of 2019 as SimBlock
 * has them (Banno, Shudo, "Simulating a blockchain network with SimBlock", ICBC'19); every node
 * dials so many others, as Bitcoin Core does.
 */
#ifndef HST_SIM_BENCH_GOSSIP_H
#define HST_SIM_BENCH_GOSSIP_H

#include "sim/bench/bench.h"

/** What is run; the case's parameter. */
typedef struct hst_gossip_case {
    uint32_t nodes;        /**< replicas, all mining alike */
    uint32_t outgoing;     /**< neighbours that each dials; twice as many in the mean */
    uint32_t blocks;       /**< blocks of ten minutes */
    uint32_t body;         /**< bytes of a block's body; 0 = headers only, no bandwidth */
    const int64_t *values; /**< parameters of the protocol; NULL = standard */
    size_t memory_most;    /**< more bytes than this are too many; 0 = not looked at */
} hst_gossip_case;

/** Run it; work = events. HST_FULL when it took more memory than it may. */
hst_status hst_bench_gossip(const void *parameter, hst_bench_sample *sample);

#endif
