/** @file sim/lineup/pool.h
 * A constant-product pool of two assets, in whole units.
 *
 *   effective = floor(in * (1e6 - fee) / 1e6)          the fee is set aside for the providers
 *   out       = floor(y * effective / (x + effective))
 *   x, y      = x + effective, y - out                 so x * y never falls
 *
 * All rounding is against the trader. With the fee outside the reserves a payment in two parts gets
 * what it would get at once, but for a unit of rounding a part.
 *
 * Units     whole units of the two assets, parts per million.
 * Threads   as the data.
 * Source    Uniswap v2 core white paper (2020) for the product and the rounding; v3 (2021) for fees
 *           outside the reserves.
 */
#ifndef HST_SIM_LINEUP_POOL_H
#define HST_SIM_LINEUP_POOL_H

#include <stdint.h>

/** A pool. */
typedef struct hst_pool {
    int64_t reserves[2]; /**< > 0, < 2^62 */
    int64_t fees[2];     /**< set aside so far */
    int64_t fee_ppm;     /**< 0 ... 1e6 - 1 */
} hst_pool;

/** What comes out of the other side for `units` (0 ... 2^61) into side 0 or 1. */
int64_t hst_pool_quote(const hst_pool *pool, unsigned side, int64_t units);

/** Take `units` in and pay out what hst_pool_quote says. */
int64_t hst_pool_swap(hst_pool *pool, unsigned side, int64_t units);

/** Share of the value of a small amount given to a side that comes out, by the prices of a unit of
 * each side. */
double hst_pool_rate(const hst_pool *pool, unsigned side, const double prices[2]);

/** What arbitrageurs do: when giving a side is worth more than it costs, they give until it no
 * longer is. */
void hst_pool_arbitrage(hst_pool *pool, const double prices[2]);

#endif
