/** @file sim/market/premium.h
 * Premia of parallel markets over official rates, drawn on the grid. Internal to sim/market.
 *
 * Where capital is controlled, the mid of a run is the official rate. Who may not deal at it buys
 * dollars at (1 + p) times its units: selling the controlled currency costs p / (1 + p) more. p is
 * an OU process, held between 0 and HST_MARKET_PREMIUM_MAX. It is paid one way: into the currency
 * one pays at the official rate.
 *
 * Errors    HST_SCENARIO (a rule of no currency), HST_NO_MEMORY.
 * Memory    8 bytes a rule and step in the arena.
 */
#ifndef HST_SIM_MARKET_PREMIUM_H
#define HST_SIM_MARKET_PREMIUM_H

#include "sim/market/market_data.h"

/** Drawn premia. */
typedef struct hst_premia {
    uint32_t count;                                     /**< rules in use */
    hst_currency currency[HST_MARKET_RULES_MAX];        /**< of which */
    hst_market_official official[HST_MARKET_RULES_MAX]; /**< who need not pay */
    int64_t *cost_ppb;                                  /**< [step * count] p / (1 + p) */
} hst_premia;

/** Draw them; *out is NULL when there is none. */
HST_NODISCARD hst_status hst_premia_create(const hst_market_config *config,
                                           const hst_market_data *data,
                                           const hst_currency_table *currencies,
                                           uint32_t step_count,
                                           hst_arena *arena,
                                           hst_premia **out,
                                           hst_error *error);

/** What a tier pays for selling a currency at a step, beyond the half-spread. */
int64_t hst_premia_cost_ppb(const hst_premia *premia,
                            uint32_t step,
                            hst_currency from,
                            hst_market_tier tier);

#endif
