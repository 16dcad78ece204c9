/** @file sim/forecast/filter.h
 * The forecasters, one step at a time: what each says before a return, and how it takes it in.
 *
 *   mean      driftless random walk: 0; drift: mean of all before; AR(1): least squares on all
 *             before, r_t on r_{t-1} with a constant
 *   density   constant variance; EWMA with 0.94; GARCH(1,1) with normal and with Student-t shocks;
 *             all around 0
 *   interval  split conformal: quantile of |r| on the returns before the last fit; adaptive
 *             conformal: quantile of |r| / sqrt(h) over the last 500, h the GARCH's, at a level
 * that moves by 0.01 * (0.1 - miss) within [0.002, 0.5]
 *
 * A forecaster sees only what was handed to it before: hst_filters_forecast() for a return comes
 * before hst_filters_observe() of that return. Parameters that need a search or a calibration set
 * change only in hst_filters_fit(), which the caller calls by a schedule fixed beforehand.
 *
 * Units     per cent a step.
 * Errors    HST_NO_MEMORY; HST_INVALID with fewer than HST_GARCH_RETURNS_MIN returns, or all equal.
 *           A GARCH fit that does not converge keeps the parameters before; without any it gives no
 *           forecast.
 * Memory    a copy of the returns seen, from the arena.
 * Threads   one filter, one thread; a fit switches GSL's error handler, so fits take turns.
 * Cost      a fit about 0.2 s for 2,000 returns; a step some microseconds.
 * Source    J.P. Morgan, RiskMetrics Technical Document, 1996 (0.94); Bollerslev 1986, 1987; Vovk,
 *           Gammerman, Shafer, "Algorithmic learning in a random world", 2005 (split conformal);
 *           Gibbs, Candes, "Adaptive conformal inference under distribution shift", NeurIPS'21.
 */
#ifndef HST_SIM_FORECAST_FILTER_H
#define HST_SIM_FORECAST_FILTER_H

#include "core/base/arena.h"
#include "core/base/status.h"

#include "sim/market/garch.h"

#include <stdbool.h>
#include <stddef.h>

/** Forecasts of the mean. */
typedef enum hst_mean_model {
    HST_MEAN_RANDOM_WALK, /**< driftless: the reference */
    HST_MEAN_DRIFT,       /**< mean of all before */
    HST_MEAN_AR1,         /**< autoregression on all before */
    HST_MEAN_COUNT        /**< number of them */
} hst_mean_model;

/** Forecasts of the spread around it. */
typedef enum hst_density_model {
    HST_DENSITY_CONSTANT,  /**< one variance: the reference */
    HST_DENSITY_EWMA,      /**< exponentially weighted */
    HST_DENSITY_GARCH,     /**< normal shocks */
    HST_DENSITY_GARCH_T,   /**< Student-t shocks */
    HST_DENSITY_CONFORMAL, /**< split conformal; an interval only */
    HST_DENSITY_ADAPTIVE,  /**< adaptive conformal on GARCH; an interval only */
    HST_DENSITY_COUNT      /**< number of them */
} hst_density_model;

enum { HST_ADAPTIVE_WINDOW = 500 /**< scores the adaptive interval looks back on */ };

/** Nominal coverage of every interval. */
#define HST_FORECAST_COVERAGE 0.9

/** What is said of the next return. */
typedef struct hst_forecast {
    double mean[HST_MEAN_COUNT];    /**< expected return */
    double sd[HST_DENSITY_COUNT];   /**< standard deviation; 0 = says none */
    double nu[HST_DENSITY_COUNT];   /**< degrees of freedom; infinite = normal */
    double half[HST_DENSITY_COUNT]; /**< half width of the interval; 0 = says none */
} hst_forecast;

/** All forecasters of one series; fields are private. */
typedef struct hst_filters {
    double *returns;                     /**< those seen */
    double *scratch;                     /**< for sorting */
    double *scores;                      /**< |r| / sqrt(h) of those seen */
    size_t capacity;                     /**< most returns */
    size_t count;                        /**< returns seen */
    double sum;                          /**< of those seen */
    double sum_x, sum_y, sum_xx, sum_xy; /**< of pairs (r_{t-1}, r_t) */
    double constant_sd;                  /**< at the last fit */
    double ewma;                         /**< variance of the next */
    hst_garch garch[2];                  /**< normal, Student-t */
    double variance[2];                  /**< of the next */
    bool has_garch[2];                   /**< a fit has converged */
    double conformal;                    /**< quantile at the last fit */
    double level;                        /**< share of misses the adaptive interval aims at */
    hst_forecast last;                   /**< said of the next return */
} hst_filters;

/** Room for `capacity` returns, none seen. */
HST_NODISCARD hst_status hst_filters_init(hst_filters *filters, size_t capacity, hst_arena *arena);

/** Fit on everything seen. */
HST_NODISCARD hst_status hst_filters_fit(hst_filters *filters);

/** What is said of the next return, after two at least; of densities nothing before the first fit.
 */
void hst_filters_forecast(hst_filters *filters, hst_forecast *out);

/** The next return is known. */
void hst_filters_observe(hst_filters *filters, double value);

/** Name of a mean model, "AR(1)". */
const char *hst_mean_model_name(hst_mean_model model);

/** Name of a density model, "GARCH-t". */
const char *hst_density_model_name(hst_density_model model);

#endif
