/** @file sim/network/tally.h
 * Private to sim/network: what a network counts beside its work, when it is asked to.
 *
 * Delays lie in bins of a thirty-second of a power of two, so a quantile is within 1/32 of its
 * value.
 */
#ifndef HST_SIM_NETWORK_TALLY_H
#define HST_SIM_NETWORK_TALLY_H

#include "core/base/arena.h"

#include "sim/network/network.h"

/** Bins of a delay: one for each value below 64, then 32 for each power of two. */
enum { HST_TALLY_SUB_BITS = 5, HST_TALLY_BINS = 64 + (62 - HST_TALLY_SUB_BITS) * 32 };

/** Of one region's messages to another. */
typedef struct hst_tally_link {
    uint64_t messages, bytes, lost; /**< handed over; their bytes; of them, lost */
    uint64_t copies;                /**< that arrived */
    int64_t most_ns;                /**< longest delay */
    uint64_t bins[HST_TALLY_BINS];  /**< delays */
} hst_tally_link;

/** Everything. */
typedef struct hst_tally {
    hst_tally_link *links;   /**< [regions][regions], row = from */
    hst_network_node *nodes; /**< by endpoint */
    uint32_t regions;        /**< how many */
} hst_tally;

/** Make one, NULL without memory. */
hst_tally *hst_tally_make(uint32_t regions, uint32_t endpoints, hst_arena *arena);

/** A copy came through after so long. */
void hst_tally_arrived(hst_tally_link *link, int64_t delay_ns);

/** Delay that so many of a million copies did not exceed; 0 when none arrived. */
int64_t hst_tally_quantile(const hst_tally_link *link, uint32_t share_ppm);

#endif
