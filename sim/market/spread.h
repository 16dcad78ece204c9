/** @file sim/market/spread.h
 * Half-spreads that move: a factor on every leg, drawn on the grid. Internal to sim/market.
 *
 *   log factor = x + v log(sigma / long-run sigma) + l (1 - s)
 *   x          OU around -sd^2 / 2, so that E exp(x) = 1: the mean spread is the standing one
 *   sigma      the leg's daily volatility: of the model's interval in garch, filtered in a replay
 *   s          activity of the hour over its mean of the day (session.h); 0 = closed
 *
 * A shift of the rate (shift.h) of size J surprises dealers: x += v log(1 + |J| / sigma), which
 * then decays like any deviation. Each leg has its own factor and crosses add legs, so half-spreads
 * stay subadditive whatever the factors are.
 *
 * Units     factors in parts per million.
 * Errors    HST_NO_MEMORY.
 * Memory    4 bytes a currency and step in the arena, the rest scratch.
 * Cost      a normal and an exponential a currency and step.
 * Source    Bollerslev, Melvin, "Bid-ask spreads and volatility in the foreign exchange market", J.
 *           International Economics 36, 1994; Huang, Masulis, "FX spreads and dealer competition
 *           across the 24-hour trading day", Review of Financial Studies 12, 1999.
 */
#ifndef HST_SIM_MARKET_SPREAD_H
#define HST_SIM_MARKET_SPREAD_H

#include "core/base/random.h"

#include "sim/market/market_data.h"
#include "sim/market/ou.h"
#include "sim/market/session.h"

/** No change: a factor of one. */
enum { HST_SPREAD_ONE_PPM = 1000000 };

/** Factors being drawn. */
typedef struct hst_spreads {
    const hst_market_spread_rule *rule; /**< borrowed */
    uint32_t count;                     /**< currencies */
    uint32_t hour_count;                /**< hours of the run */
    int64_t step_ns;                    /**< of the grid */
    hst_ou ou;                          /**< of every x */
    double *x;                          /**< [count] */
    hst_random *random;                 /**< [count] */
    double *quiet;                      /**< [hour_count] 1 - s */
    int32_t *factor_ppm;                /**< [step * count] what comes out, in the arena */
} hst_spreads;

/** Start at time 0 with x from its settled distribution; *out is NULL when the rule moves nothing.
 */
HST_NODISCARD hst_status hst_spreads_create(const hst_market_config *config,
                                            const hst_market_data *data,
                                            const hst_currency_table *currencies,
                                            const hst_session *session,
                                            uint32_t step_count,
                                            hst_arena *arena,
                                            hst_arena *scratch,
                                            hst_spreads **out,
                                            hst_error *error);

/** Factors of a step, from log(sigma / long-run sigma) by currency, sigma, and the size of the
 * shift the step brought (NULL = none). Steps come in order from 0. */
void hst_spreads_step(hst_spreads *spreads,
                      uint32_t step,
                      const double *log_volatility,
                      const double *volatility,
                      const double *surprise);

#endif
