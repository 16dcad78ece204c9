/** @file sim/forecast/spread.h
 * Dealers' spreads an hour or more ahead: the last quote, the hour's usual one, and reversion to
 * it.
 *
 *   last quote   x_{t-k}
 *   profile      mean of all earlier quotes of the same hour of the day
 *   reversion    profile(t) + phi^k (x_{t-k} - profile(t-k)), phi by least squares on the
 * deviations of all hours before
 *
 * x is the logarithm of a half-spread. A quote is forecast from quotes up to k hours before it and
 * nothing later. The reference is the last quote, which is what a sender sees advertised.
 *
 * hst_spread_world() draws spreads whose answer is known: a daily profile and an Ornstein-Uhlenbeck
 * deviation. There the best forecast is the reversion, with mean squared error
 * sd^2 (1 - phi^(2k)); the last quote's is 2 sd^2 (1 - phi^k) and what the profile moves in k
 * hours.
 *
 * Units     logarithms; hours.
 * Errors    HST_INVALID: fewer than ten days before `first`, fewer than HST_FORECAST_MIN hours from
 * it on, a horizon outside 1 ... 24, a value that is not finite; HST_NO_MEMORY. Memory    from the
 * arena: 80 bytes an hour. Threads   pure functions. Cost      a microsecond an hour. Source
 * Uhlenbeck, Ornstein, Physical Review 36, 1930; Diebold, Mariano 1995 (compare.h).
 */
#ifndef HST_SIM_FORECAST_SPREAD_H
#define HST_SIM_FORECAST_SPREAD_H

#include "core/base/arena.h"
#include "core/base/status.h"

#include "sim/forecast/compare.h"

#include <stddef.h>
#include <stdint.h>

/** Forecasts of a spread. */
typedef enum hst_spread_model {
    HST_SPREAD_LAST,      /**< the last quote: the reference */
    HST_SPREAD_PROFILE,   /**< the hour's mean */
    HST_SPREAD_REVERSION, /**< from the last quote to the hour's mean */
    HST_SPREAD_COUNT      /**< number of them */
} hst_spread_model;

/** What to do. */
typedef struct hst_spread_plan {
    const double *logs; /**< one an hour */
    size_t count;       /**< hours */
    size_t first;       /**< the first that is forecast */
    size_t horizon;     /**< hours ahead, 1 ... 24 */
} hst_spread_plan;

/** A model. */
typedef struct hst_spread_row {
    const double *forecast; /**< [count - first] */
    double rmse;            /**< root mean squared error */
    double ratio;           /**< to the last quote's */
    hst_comparison loss;    /**< Diebold-Mariano on squared errors, against the last quote */
} hst_spread_row;

/** Forecast and compare, into rows[HST_SPREAD_COUNT]. */
HST_NODISCARD hst_status hst_spread_evaluate(const hst_spread_plan *plan,
                                             hst_arena *arena,
                                             hst_spread_row *rows);

/** A world whose answer is known. */
typedef struct hst_spread_recipe {
    double phi;   /**< what is left of a deviation after an hour, 0 ... 1 */
    double sd;    /**< of the deviation */
    double swing; /**< of the profile: highest less lowest, a triangle over the day */
} hst_spread_recipe;

/** Hours of it. */
void hst_spread_world(const hst_spread_recipe *recipe, uint64_t seed, double *logs, size_t count);

/** RMSE of the reversion to the last quote's by theory, the parameters known. */
double hst_spread_theory(const hst_spread_recipe *recipe, size_t horizon);

/** Name of a model. */
const char *hst_spread_model_name(hst_spread_model model);

#endif
