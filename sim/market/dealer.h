/** @file sim/market/dealer.h
 * Dealers' inventories during a run, and how quotes lean against them.
 *
 * All dealers of a currency are one. Its inventory q is what customers sold less what they bought,
 * and halves every half-life as dealers pass it on to the rest of the world. The quote leans
 * linearly against it: with u = q / depth, held within -1 ... 1, of each USD leg
 *
 *   selling the currency costs   leg (1 + u)
 *   buying it costs              leg (1 - u),       leg = the market's half-spread of the leg
 *
 * A full inventory sells at mid and buys at twice the half-spread; never better than mid, so no
 * triangle pays (triangle.h). Depth is given for a major currency and is less for others as their
 * interbank spreads are wider. Mids do not move with flow.
 *
 * Units     micro-USD.
 * Errors    HST_NO_MEMORY.
 * Memory    the arena of creation.
 * Threads   one at a time: a trade changes the inventories.
 * Cost      an exponential where time has passed, else a few multiplications.
 * Source    Amihud, Mendelson, "Dealership market: market-making with inventory", J. Financial
 *           Economics 8, 1980; Avellaneda, Stoikov, "High-frequency trading in a limit order book",
 *           Quantitative Finance 8, 2008 (quotes linear in inventory).
 */
#ifndef HST_SIM_MARKET_DEALER_H
#define HST_SIM_MARKET_DEALER_H

#include "sim/market/market.h"
#include "sim/market/triangle.h"

/** Dealers of all currencies. */
typedef struct hst_dealers {
    const hst_market *market; /**< borrowed */
    int64_t half_life_ns;     /**< of an inventory */
    double *depth_micro_usd;  /**< [currency] inventory at which a quote leans fully; 0 = never */
    double *inventory;        /**< [currency] micro-USD at `at_ns` */
    int64_t *at_ns;           /**< [currency] time of its last trade */
    double *largest;          /**< [currency] share of depth, the largest it has been */
} hst_dealers;

/** Dealers without inventory. `depth_micro_usd` = 0: they never lean, whatever is traded. */
HST_NODISCARD hst_status hst_dealers_create(const hst_market *market,
                                            int64_t depth_micro_usd,
                                            int64_t half_life_ns,
                                            hst_arena *arena,
                                            hst_dealers *dealers);

/** Inventory over depth, -1 ... 1. */
double hst_dealers_lean(const hst_dealers *dealers, hst_currency currency, int64_t time_ns);

/** Half-spread for a tier as hst_market_half_spread_ppb, leaning: 0 ... HST_PPB_ONE - 1. */
int64_t hst_dealers_half_spread_ppb(const hst_dealers *dealers,
                                    hst_currency from,
                                    hst_currency to,
                                    hst_market_tier tier,
                                    int64_t time_ns);

/** A customer has sold `from` for `to`; negative amounts undo it. Times do not go back. */
void hst_dealers_trade(
    hst_dealers *dealers, hst_currency from, hst_currency to, int64_t micro_usd, int64_t time_ns);

/** hst_market_check_triangles on leaning interbank quotes. */
HST_NODISCARD hst_status hst_dealers_check_triangles(const hst_dealers *dealers,
                                                     int64_t time_ns,
                                                     hst_market_triangle *report_out);

#endif
