/** @file sim/forecast/evaluate.h
 * Rolling origin: every forecaster on every return from `first` on, and what the errors say.
 *
 *   hst_forecast_plan plan = {.returns = r, .count = n, .first = n / 2, .refit_every = 250};
 *   HST_TRY(hst_forecast_evaluate(&plan, arena, &result));
 *   result.means[HST_MEAN_AR1].ratio        RMSE to the random walk's: 1.000 = nothing learned
 *
 * The schedule of fits is part of the plan, so nobody can fit again where it happens to help. All
 * comparisons are with the reference of their kind: means with the driftless random walk (squared
 * errors), densities with the constant variance (CRPS). Say nothing of direction from a ratio above
 * one: docs/explanation/market.md.
 *
 * Units     those of the returns (per cent a step); widths are whole intervals.
 * Errors    HST_INVALID: fewer than HST_GARCH_RETURNS_MIN returns before `first`, fewer than
 *           HST_FORECAST_MIN after it, one that is not finite, or a constant series; HST_NO_MEMORY.
 * Memory    from the arena: about 200 bytes a return.
 * Threads   evaluations take turns (filter.h).
 * Cost      the fits (0.2 s for 2,000 returns), and some microseconds a return.
 * Source    filter.h, score.h, compare.h; Meese, Rogoff, J. Int. Economics 14, 1983 and Rossi, J.
 *           Econ. Literature 51, 2013 (the random walk is what to beat).
 */
#ifndef HST_SIM_FORECAST_EVALUATE_H
#define HST_SIM_FORECAST_EVALUATE_H

#include "sim/forecast/compare.h"
#include "sim/forecast/filter.h"

enum {
    HST_FORECAST_MIN = 50, /**< fewest returns to be forecast */
    HST_FORECAST_LAGS = 10 /**< of Bartlett's window, by default: two weeks of trading */
};

/** What to do. */
typedef struct hst_forecast_plan {
    const double *returns; /**< in order of time */
    size_t count;          /**< how many */
    size_t first;          /**< index of the first that is forecast */
    size_t refit_every;    /**< returns between fits; 0 = one fit, before `first` */
    size_t lags;           /**< of Bartlett's window in all tests */
    bool means_only;       /**< fit nothing and say nothing of densities */
} hst_forecast_plan;

/** A model of the mean. */
typedef struct hst_mean_row {
    const double *forecast; /**< [count] of the result */
    double rmse;            /**< root mean squared error */
    double ratio;           /**< to the random walk's */
    hst_comparison loss;    /**< Diebold-Mariano on squared errors, against the random walk */
    hst_comparison nested;  /**< Clark-West, likewise */
    hst_interval direction; /**< share of signs hit, 95 %; n = 0 when it says no sign */
} hst_mean_row;

/** A model of the density, or only of an interval. */
typedef struct hst_density_row {
    const double *sd;      /**< [count]; NULL = intervals only, or no fit */
    const double *half;    /**< [count]; NULL = no fit */
    double crps;           /**< mean score; smaller is better */
    double ratio;          /**< to the constant variance's */
    hst_comparison loss;   /**< Diebold-Mariano on CRPS, against the constant variance */
    double log_score;      /**< mean, nats; larger is better */
    hst_interval coverage; /**< of the 90 % interval, 95 % */
    double width;          /**< mean, of the whole interval */
} hst_density_row;

/** Everything. */
typedef struct hst_forecast_result {
    size_t count;                                 /**< returns forecast */
    uint32_t fits;                                /**< how often */
    hst_mean_row means[HST_MEAN_COUNT];           /**< by hst_mean_model */
    hst_density_row densities[HST_DENSITY_COUNT]; /**< by hst_density_model */
} hst_forecast_result;

/** Do it. */
HST_NODISCARD hst_status hst_forecast_evaluate(const hst_forecast_plan *plan,
                                               hst_arena *arena,
                                               hst_forecast_result *result);

/** Holm's correction in place: over all comparisons of means (both tests) in results[n], and over
 * all of densities. */
HST_NODISCARD hst_status hst_forecast_correct(hst_forecast_result *results,
                                              size_t n,
                                              hst_memory memory);

#endif
