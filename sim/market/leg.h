/** @file sim/market/leg.h
 * One currency against USD: where its daily rates come from, and its knots. Internal to sim/market.
 *
 * Errors    as path.h.
 * Memory    scratch.
 */
#ifndef HST_SIM_MARKET_LEG_H
#define HST_SIM_MARKET_LEG_H

#include "core/base/random.h"

#include "sim/market/market_data.h"
#include "sim/market/session.h"

enum {
    HST_LEG_KNOT_MAX = HST_MARKET_DAYS_MAX + 18, /**< knots of a leg: business days and slack */
    HST_LEG_STALE_DAYS = 60 /**< an older daily rate gives way to the annual average */
};

/** How a leg moves. */
typedef enum hst_leg_kind {
    HST_LEG_PEGGED,   /**< with its anchor; no knots */
    HST_LEG_CONSTANT, /**< not at all; one knot */
    HST_LEG_FITTED,   /**< with the fitted variance and correlation */
    HST_LEG_ALONE     /**< on its own: straight in a replay, assumed volatility in garch */
} hst_leg_kind;

/** A rate known for a step. */
typedef struct hst_knot {
    int64_t step;    /**< on the grid */
    int64_t mid_e9;  /**< the rate */
    double log_mid;  /**< its logarithm */
    double variance; /**< of the interval ending here, log return squared */
} hst_knot;

/** A leg and where its bridge stands. */
typedef struct hst_leg {
    hst_leg_kind kind;                /**< how it moves */
    uint32_t knot_count;              /**< knots in use, ascending in step */
    hst_knot knots[HST_LEG_KNOT_MAX]; /**< the first is at or before time 0 */
    hst_random bridge;                /**< normals between knots */
    hst_random shocks;                /**< daily shocks, garch only */
    double variance;                  /**< next daily variance, percent squared */
    double log_mid;                   /**< current value */
    int64_t mid_e9;                   /**< current value */
    uint32_t next;                    /**< knot the bridge leads to */
} hst_leg;

/** The days of a run: business days from the last before time 0 to the first whose fixing is not
 * before the end of the grid; in a replay, up to ten more that the table has. */
typedef struct hst_leg_days {
    uint32_t count;                  /**< days in use, at least two */
    int32_t days[HST_LEG_KNOT_MAX];  /**< dates, ascending */
    int64_t steps[HST_LEG_KNOT_MAX]; /**< grid step of the day's fixing */
    uint32_t row_before;             /**< rows of the daily table before time 0's date */
} hst_leg_days;

/** Find the days. */
HST_NODISCARD hst_status hst_leg_days_find(const hst_market_config *config,
                                           const hst_market_data *data,
                                           const hst_session *session,
                                           int64_t last_step,
                                           hst_leg_days *out,
                                           hst_error *error);

/** Prepare the legs of all currencies, legs[data->count], with all their knots. */
HST_NODISCARD hst_status hst_legs_prepare(const hst_market_config *config,
                                          const hst_market_data *data,
                                          const hst_currency_table *currencies,
                                          const hst_leg_days *days,
                                          hst_leg *legs,
                                          hst_arena *scratch,
                                          hst_error *error);

/** A rate within its anchor's band: mid_e9, or the nearer end of the band. */
int64_t hst_leg_in_band(const hst_market_entry *entry, int64_t anchor_e9, int64_t mid_e9);

/** Rate of a fixed peg, rounded to nearest. */
int64_t hst_leg_pegged(const hst_market_entry *entry, int64_t anchor_e9);

#endif
