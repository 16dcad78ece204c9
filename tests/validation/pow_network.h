/** @file tests/validation/pow_network.h
 * The Bitcoin network of Gervais et al., "On the security and performance of proof of work
 * blockchains", CCS'16, through the real Nakamoto code.
 *
 * Nodes lie in six regions; 16 pools have the hash power, 100 Mbit/s and at least 700 neighbours
 * each, and know each other; the others have a few neighbours and the bandwidths of their region.
 * A card sends one block after another and a block comes in at the speed of the slower card. Blocks
 * are validated before they are passed on, 0.174 s for 458,263 bytes.
 */
#ifndef HST_TESTS_VALIDATION_POW_NETWORK_H
#define HST_TESTS_VALIDATION_POW_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

/** What is run. */
typedef struct pow_run {
    uint32_t nodes;    /**< 6,000 in the paper; at least 16 */
    uint32_t blocks;   /**< found in the mean */
    double interval_s; /**< mean time between blocks */
    uint32_t body;     /**< bytes of every block; 0 = drawn, and proportional to the interval */
    int64_t relay;     /**< of hst_protocol_nakamoto */
    uint64_t seed;     /**< of everything */
    double validation_share; /**< of the published validation time; 1 = all of it */
    bool store_and_forward;  /**< a block is received after it was sent, instead of meanwhile */
    bool queue_all;          /**< announcements wait for blocks on the sender's card */
} pow_run;

/** What came of it. */
typedef struct pow_result {
    uint64_t found;       /**< blocks */
    uint64_t kept;        /**< in the best chain */
    double stale;         /**< share of the others */
    double p10, p50, p90; /**< over the nodes: mean time from finding to following, s */
    double pools;    /**< the same, the mean over pools by hash power: what makes blocks stale */
    uint64_t events; /**< of the run */
    double seconds;  /**< of the processor */
    double links;    /**< neighbours of a node that is no pool, in the mean */
} pow_result;

/** Run it; fails the calling test when the run does. */
void pow_measure(const pow_run *run, pow_result *out);

#endif
