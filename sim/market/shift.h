/** @file sim/market/shift.h
 * Level shifts over a run: jumps of floating currencies, realignments of any. Internal to
 * sim/market.
 *
 * A shift is laid over the path of a leg and stays: rate = path * exp(level). A peg or band is
 * defended around its shifted centre. Pegs and bands do not jump, they realign. Jumps run on the
 * market's clock (a trading day is one, a closed market has none), realignments on the calendar:
 * they come at weekends too.
 *
 * Errors    HST_SCENARIO (a rule that names nothing, or a peg that should jump), HST_NO_MEMORY.
 * Memory    scratch.
 * Cost      a few nanoseconds a currency and step.
 */
#ifndef HST_SIM_MARKET_SHIFT_H
#define HST_SIM_MARKET_SHIFT_H

#include "sim/market/jump.h"
#include "sim/market/market_data.h"

/** A realignment to come: at a step, or drawn. */
typedef struct hst_realignment {
    hst_currency currency; /**< of it */
    int64_t step;          /**< first one behind it; -1 = drawn */
    double log_size;       /**< change of the level */
    hst_jumps drawn;       /**< in years */
} hst_realignment;

/** Where every currency's level stands. */
typedef struct hst_shifts {
    uint32_t count;                /**< currencies */
    uint32_t realignment_count;    /**< entries of realignments */
    double step_years;             /**< a step of the grid on the calendar */
    double *level;                 /**< [count] log, 0 at first */
    double *surprise;              /**< [count] size of the last step's shift, without drift */
    hst_jumps *jumps;              /**< [count] on the market's clock */
    hst_realignment *realignments; /**< in the order of the rules */
} hst_shifts;

/** What the rules of a configuration make; *out is NULL when there is none. `classes` decide which
 * rule a currency falls under. */
HST_NODISCARD hst_status hst_shifts_create(const hst_market_config *config,
                                           const hst_market_data *data,
                                           const hst_currency_table *currencies,
                                           const hst_market_class *classes,
                                           hst_arena *scratch,
                                           hst_shifts **out,
                                           hst_error *error);

/** Bring levels to `step`; `moved`: share of a trading day's variance since the step before. */
void hst_shifts_step(hst_shifts *shifts, int64_t step, double moved);

/** A rate with its level: mid_e9 * exp(level), to the nearest, at most INT64_MAX / 2. */
int64_t hst_shifts_apply(const hst_shifts *shifts, hst_currency currency, int64_t mid_e9);

#endif
