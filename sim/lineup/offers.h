/** @file sim/lineup/offers.h
 * One side of an order book: offers at rising distance from mid, in value at mid.
 *
 * Makers quote around mid and follow it, so an offer is a charge on what is given. What was taken
 * comes back over time.
 *
 * Units     micro-USD at mid, parts per billion.
 * Threads   as the data.
 */
#ifndef HST_SIM_LINEUP_OFFERS_H
#define HST_SIM_LINEUP_OFFERS_H

#include <stdbool.h>
#include <stdint.h>

enum { HST_OFFER_COUNT = 8 };

/** Offers, best first. */
typedef struct hst_offers {
    int64_t charge_ppb[HST_OFFER_COUNT]; /**< below mid, rising, < 1e9 */
    int64_t full[HST_OFFER_COUNT];       /**< what a level takes when nobody took from it */
    int64_t left[HST_OFFER_COUNT];       /**< what it takes now */
} hst_offers;

/** What all levels take now. */
int64_t hst_offers_depth(const hst_offers *offers);

/** What comes out for an amount (>= 0); -1 when it is more than all levels take. */
int64_t hst_offers_quote(const hst_offers *offers, int64_t amount);

/** Take an amount that fits; what comes out. */
int64_t hst_offers_take(hst_offers *offers, int64_t amount);

/** A `share`-th of every level comes back; true when all are full. */
bool hst_offers_refill(hst_offers *offers, int64_t share);

#endif
