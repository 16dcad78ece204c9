/** @file sim/market/market_data.h
 * What the tables say about each currency, gathered before rates are drawn. Internal to sim/market.
 *
 * Units     mid_e9: units per USD times 1e9; share_ppb: of 100 % of turnover where every trade
 *           counts twice (shares sum to 200 %); variances in percent squared a day.
 * Errors    as sim/base/csv.h, and HST_NOT_FOUND, HST_SCENARIO, HST_INVALID with a place.
 * Memory    all in scratch.
 */
#ifndef HST_SIM_MARKET_MARKET_DATA_H
#define HST_SIM_MARKET_MARKET_DATA_H

#include "sim/market/daily_table.h"
#include "sim/market/garch.h"
#include "sim/market/market.h"

#include <stdbool.h>

/** No row or column. */
#define HST_MARKET_NONE UINT32_MAX

/** How a currency's rate is governed. */
typedef enum hst_market_regime {
    HST_MARKET_REGIME_FLOAT,   /**< by the market */
    HST_MARKET_REGIME_MANAGED, /**< by the market and a central bank */
    HST_MARKET_REGIME_BASKET,  /**< around a basket of currencies */
    HST_MARKET_REGIME_BAND,    /**< within a band around an anchor */
    HST_MARKET_REGIME_PEG      /**< fixed to an anchor */
} hst_market_regime;

/** One currency of the run's table. */
typedef struct hst_market_entry {
    bool known;               /**< has a row in currencies.csv */
    hst_market_regime regime; /**< from currencies.csv */
    hst_currency anchor;      /**< peg or band, else HST_CURRENCY_NONE */
    int64_t peg_e9;           /**< units per unit of the anchor, times 1e9 */
    int64_t band_ppb;         /**< allowed distance from the peg */
    int64_t share_ppb;        /**< turnover share, 0 = not listed */
    uint32_t daily_column;    /**< in the daily table, or HST_MARKET_NONE */
    int64_t annual_mid_e9;    /**< latest annual average, 0 = none */
    bool fitted;              /**< has GARCH parameters and correlations */
    hst_garch garch;          /**< if fitted */
    double variance;          /**< where the filter starts, if fitted */
    double long_run_vol_pct;  /**< yearly, 0 = unknown */
    uint32_t factor_row;      /**< row in the Cholesky factor, or HST_MARKET_NONE */
} hst_market_entry;

/** Shape of the day. Index [summer][hour]. */
typedef struct hst_market_profile {
    double weight[2][24];        /**< share of a full day's variance; each row sums to 1 */
    int32_t spread_milli[2][24]; /**< times the median spread, thousandths */
    int32_t spread_milli_max;    /**< the dearest hour */
} hst_market_profile;

/** Everything read. */
typedef struct hst_market_data {
    hst_daily_table daily;      /**< daily rates */
    hst_market_profile profile; /**< shape of the day */
    uint32_t count;             /**< currencies of the run */
    hst_market_entry *entries;  /**< [count], by hst_currency */
    hst_currency usd;           /**< index of USD */
    uint32_t factor_count;      /**< fitted currencies */
    double *factor;             /**< lower Cholesky factor, [factor_count * factor_count] */
    double *packed;             /**< the same as hst_correlation_mix walks it */
} hst_market_data;

/** Read every table the configuration names. */
HST_NODISCARD hst_status hst_market_data_read(const hst_market_config *config,
                                              const hst_currency_table *currencies,
                                              hst_inputs *inputs,
                                              hst_arena *scratch,
                                              hst_market_data *out,
                                              hst_error *error);

#endif
