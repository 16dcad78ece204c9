/** @file sim/market/market.h
 * Exchange rates over a run: mids per USD on a grid, exact crosses, dealers' spreads.
 *
 * Only the legs against USD exist; every cross is derived from two of them, so a round trip through
 * three currencies at mid returns exactly what went in. All rates of a run are drawn at set-up:
 *
 *   replay  the real daily rates of the date and the days after it, joined by Brownian bridges;
 *   garch   daily rates drawn from a correlated GARCH(1,1) with Student-t shocks that starts at the
 *           last real rate and its filtered variance, joined by the same bridges.
 *
 *   log mid  |        x fixing (14:15 in Frankfurt)
 *            |   .~./  \.~.   x~~~~~~~~~~~x      bridge variance follows the trading day;
 *            |  x          \./  weekend          nothing moves while the market is closed
 *            +----------------------------> time, one value a step
 *
 * Fixed pegs follow their anchor exactly. A currency without a daily series stands at its annual
 * rate: constant in a replay (nothing is invented), moving with an assumed volatility in garch.
 *
 * A dealer quotes mid less a half-spread: by tier, by currency class, by hour. Half-spreads of the
 * two USD legs add up in a cross, so buying a cross through a third currency never costs less.
 * Jumps, realignments, moving spreads and premia are laid over this where asked for (dynamics.h).
 *
 * Units     time_ns from 00:00 UTC of the date; mid_e9: units per USD times 1e9; _ppb: parts per
 *           billion; micro_usd: millionths of a US dollar.
 * Errors    HST_SCENARIO (configuration), HST_NOT_FOUND, HST_INVALID and what the readers of
 *           sim/base return, each with a text and a place.
 * Memory    hst_market_create takes all from the arena: 8 bytes a currency and step.
 * Threads   a created market is only read: safe from any thread.
 * Cost      create: under 60 ms for 14 days of 5 minutes and 61 currencies; mid_e9 is a division
 *           and a load, mid and quote take the greatest common divisor of a rate (rate.h).
 * Source    Bollerslev, "Generalized autoregressive conditional heteroskedasticity", J.
 *           Econometrics 31, 1986; Andersen, Bollerslev, "Intraday periodicity and volatility
 *           persistence in financial markets", J. Empirical Finance 4, 1997.
 */
#ifndef HST_SIM_MARKET_MARKET_H
#define HST_SIM_MARKET_MARKET_H

#include "core/base/arena.h"
#include "core/base/status.h"
#include "core/money/currency.h"
#include "core/money/rate.h"

#include "sim/base/error.h"
#include "sim/base/inputs.h"
#include "sim/market/dynamics.h"

#include <stdint.h>

/** Where daily rates come from. */
typedef enum hst_market_model {
    HST_MARKET_MODEL_REPLAY = 0, /**< the published ones */
    HST_MARKET_MODEL_GARCH = 1   /**< drawn */
} hst_market_model;

/** Who asks for a price. */
typedef enum hst_market_tier {
    HST_MARKET_TIER_INTERBANK = 0, /**< a bank */
    HST_MARKET_TIER_CORPORATE = 1, /**< a firm, from its bank */
    HST_MARKET_TIER_RETAIL = 2     /**< a person, from a bank or a shop */
} hst_market_tier;

/** How dear a currency is to trade against USD; rules in docs/explanation/market.md. */
typedef enum hst_market_class {
    HST_MARKET_CLASS_MAJOR = 0,    /**< 5 % of turnover or more */
    HST_MARKET_CLASS_LIQUID = 1,   /**< other traded currencies and hard USD pegs */
    HST_MARKET_CLASS_EMERGING = 2, /**< a daily rate exists; or liquid but volatile */
    HST_MARKET_CLASS_EXOTIC = 3    /**< no daily rate */
} hst_market_class;

enum {
    HST_MARKET_TIER_COUNT = 3,  /**< tiers */
    HST_MARKET_CLASS_COUNT = 4, /**< classes */
    HST_MARKET_DAYS_MAX = 62,   /**< longest horizon, days */
    HST_MARKET_MAIN_MAX = 32    /**< currencies in the triangle check, at most */
};

/** Everything a market depends on. Start from hst_market_config_defaults. Paths are borrowed. */
typedef struct hst_market_config {
    hst_market_model model; /**< where daily rates come from */
    int32_t date_days;      /**< date of time 0 (00:00 UTC), days since 1970-01-01 */
    int64_t step_ns;        /**< rates change this often; > 0 and divides a day */
    int64_t horizon_ns;     /**< rates are drawn for times 0 ... horizon_ns */
    uint64_t seed;          /**< key of all draws */
    /** Half-spread of a major currency against USD in a median hour, by tier. */
    int64_t half_spread_ppb[HST_MARKET_TIER_COUNT];
    /** Times that for other classes, thousandths, by tier and class. */
    int32_t class_milli[HST_MARKET_TIER_COUNT][HST_MARKET_CLASS_COUNT];
    /** How much of the hour's widening reaches a tier, thousandths: 1000 = all, 0 = none. */
    int32_t hour_milli[HST_MARKET_TIER_COUNT];
    uint32_t replication;         /**< which draw under that seed */
    double assumed_vol_float;     /**< garch: yearly, of a floating currency without daily rates */
    double assumed_vol_managed;   /**< garch: the same of a managed one */
    hst_market_dynamics dynamics; /**< what else moves; off by default */
    const char *currencies;       /**< path of currencies.csv: regime, pegs, bands */
    const char *weights;          /**< path of currency_weights.csv */
    const char *fx_daily;         /**< path of fx_daily.csv */
    const char *fx_annual;        /**< path of fx_annual.csv */
    const char *fx_garch;         /**< path of fx_garch.csv */
    const char *fx_correlation;   /**< path of fx_correlation.csv */
    const char *fx_intraday;      /**< path of fx_intraday.csv */
} hst_market_config;

/** A drawn market; opaque. */
typedef struct hst_market hst_market;

/** A dealer's price. The dealer pays mid * (1 - half_spread). */
typedef struct hst_market_price {
    hst_rate mid;            /**< minor units of `to` per minor unit of `from`, exact */
    int64_t half_spread_ppb; /**< both USD legs together; 0 ... HST_PPB_ONE - 1 */
} hst_market_price;

/** Replay of 2025-04-01 for one day, 5-minute steps, seed 1, spreads of
 * docs/explanation/market.md; table paths under "data/". */
void hst_market_config_defaults(hst_market_config *config);

/** Fill an empty table with the currencies of currencies.csv in file order, so that equal files
 * give equal indices everywhere. */
HST_NODISCARD hst_status hst_market_load_currencies(hst_inputs *inputs,
                                                    const char *path,
                                                    hst_arena *scratch,
                                                    hst_currency_table *table,
                                                    hst_error *error);

/** Read the tables and draw all rates. `currencies` is borrowed and must outlive the market; a
 * currency of the table that currencies.csv does not know is an error. `scratch` may be cleared
 * afterwards. */
HST_NODISCARD hst_status hst_market_create(const hst_market_config *config,
                                           const hst_currency_table *currencies,
                                           hst_inputs *inputs,
                                           hst_arena *arena,
                                           hst_arena *scratch,
                                           hst_market **out,
                                           hst_error *error);

/** Units of a currency per USD, times 1e9, in force at a time >= 0; USD is HST_MID_ONE. Times
 * beyond the horizon get the last rate. */
int64_t hst_market_mid_e9(const hst_market *market, hst_currency currency, int64_t time_ns);

/** Exact mid, minor units of `to` per minor unit of `from`. HST_OVERFLOW when the fraction does
 * not fit (rate.h), which no rate below 900000 units per USD does. */
HST_NODISCARD hst_status hst_market_mid(const hst_market *market,
                                        hst_currency from,
                                        hst_currency to,
                                        int64_t time_ns,
                                        hst_rate *rate_out);

/** Mid and half-spread for a tier; a currency against itself costs nothing. Errors as
 * hst_market_mid. */
HST_NODISCARD hst_status hst_market_quote(const hst_market *market,
                                          hst_currency from,
                                          hst_currency to,
                                          hst_market_tier tier,
                                          int64_t time_ns,
                                          hst_market_price *price_out);

/** What one USD leg adds to a half-spread, without premium; 0 for USD. */
int64_t hst_market_leg_ppb(const hst_market *market,
                           hst_currency currency,
                           hst_market_tier tier,
                           int64_t time_ns);

/** What a tier pays for selling a currency whose capital is controlled, beyond the half-spread that
 * hst_market_leg_ppb gives; 0 elsewhere. */
int64_t hst_market_premium_ppb(const hst_market *market,
                               hst_currency from,
                               hst_market_tier tier,
                               int64_t time_ns);

/** Half-spread alone, as in hst_market_quote; cheaper. Both legs and the premium of `from`. */
int64_t hst_market_half_spread_ppb(const hst_market *market,
                                   hst_currency from,
                                   hst_currency to,
                                   hst_market_tier tier,
                                   int64_t time_ns);

/** Forecast of how much a conversion's rate moves: standard deviation of its logarithm over an hour
 * of an average day, as a share. From daily rates before the run's date and the fitted GARCH; the
 * rates of the run have no part in it. 0 between a currency and its fixed anchor. */
double hst_market_volatility(const hst_market *market, hst_currency from, hst_currency to);

/** Value of an amount in micro USD at mid, to the nearest, ties away from zero; saturates at the
 * ends of int64. */
int64_t hst_market_to_micro_usd(const hst_market *market,
                                hst_currency currency,
                                int64_t minor,
                                int64_t time_ns);

/** Amount worth that many micro USD at mid; the inverse of hst_market_to_micro_usd up to rounding;
 * saturates at +-HST_MINOR_MAX. */
int64_t hst_market_from_micro_usd(const hst_market *market,
                                  hst_currency currency,
                                  int64_t micro_usd,
                                  int64_t time_ns);

/** Class of a currency. */
hst_market_class hst_market_class_of(const hst_market *market, hst_currency currency);

/** Steps drawn: rates exist for times 0, step, ..., (count - 1) * step. */
uint32_t hst_market_step_count(const hst_market *market);

/** Length of a step. */
int64_t hst_market_step_ns(const hst_market *market);

/** The table given to hst_market_create. */
const hst_currency_table *hst_market_currencies(const hst_market *market);

/** Name of a class as in results: "major" ... "exotic". */
const char *hst_market_class_text(hst_market_class currency_class);

#endif
