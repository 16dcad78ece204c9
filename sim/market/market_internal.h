/** @file sim/market/market_internal.h
 * Layout of a market, for this folder and its tests.
 */
#ifndef HST_SIM_MARKET_MARKET_INTERNAL_H
#define HST_SIM_MARKET_MARKET_INTERNAL_H

#include "sim/market/market.h"
#include "sim/market/premium.h"

/** A drawn market. */
struct hst_market {
    const hst_currency_table *currencies; /**< borrowed */
    int64_t step_ns;                      /**< grid step */
    uint32_t step_count;                  /**< rows of the grid */
    uint32_t currency_count;              /**< columns of the grid */
    uint32_t hour_count;                  /**< rows of hour_milli */
    uint32_t main_count;                  /**< currencies of the triangle check */
    int64_t *mid_e9;                      /**< [step_count * currency_count] */
    /** Half-spread factor, thousandths, by hour of the run and tier. */
    int32_t (*hour_milli)[HST_MARKET_TIER_COUNT];
    /** Half-spread of a leg in a median hour, by currency and tier. */
    int64_t (*leg_ppb)[HST_MARKET_TIER_COUNT];
    int32_t pass_milli[HST_MARKET_TIER_COUNT];   /**< how much of a moving spread reaches a tier */
    int32_t depth_milli[HST_MARKET_CLASS_COUNT]; /**< interbank class factors, for dealers' depth */
    const int32_t *factor_ppm;              /**< [step_count * currency_count]; NULL = all one */
    const hst_premia *premia;               /**< NULL = none */
    hst_market_class *classes;              /**< [currency_count] */
    hst_currency main[HST_MARKET_MAIN_MAX]; /**< USD, majors, liquid ones */
    const double *volatility; /**< [currency_count * currency_count], forecast (outlook.h) */
};

#endif
