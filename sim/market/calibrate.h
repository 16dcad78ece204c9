/** @file sim/market/calibrate.h
 * Fits the exchange rate model to daily rates and writes its two tables.
 *
 * For each currency with a daily series: a GARCH(1,1) with unit-variance Student-t shocks by
 * maximum likelihood (garch.h), on returns of units per USD in percent; then the correlation of the
 * devolatilised returns, moved to the nearest matrix with eigenvalues above a floor. A simulation
 * reads only the rounded tables, so it does not depend on GSL or the C library's last bits.
 *
 * Units     returns in percent a day; omega in percent squared; volatility in percent a year of 252
 *           days.
 * Errors    HST_NOT_FOUND, HST_INVALID and what sim/base returns; HST_SCENARIO for options out of
 *           range or a series that is too short; HST_MISMATCH when a fit does not converge.
 * Memory    texts and tables in the arena; working memory in scratch and, during the call, GSL's.
 * Threads   one call at a time per arena; no global state. GSL's error handler is untouched: switch
 *           it off at program start.
 * Cost      about 0.4 s a currency and 2,500 days.
 * Source    Bollerslev 1987, "A conditionally heteroskedastic time series model for speculative
 *           prices and rates of return", Rev. Econ. Stat. 69; Fiorentini, Calzolari, Panattoni 1996
 *           (rule for the first variance); Rebonato, Jaeckel 1999 (correlation.h).
 */
#ifndef HST_SIM_MARKET_CALIBRATE_H
#define HST_SIM_MARKET_CALIBRATE_H

#include "core/base/arena.h"
#include "core/base/status.h"

#include "sim/base/error.h"
#include "sim/base/inputs.h"
#include "sim/market/garch.h"

#include <stddef.h>
#include <stdint.h>

enum { HST_CALIBRATE_CURRENCY_MAX = 64 /**< most series in one calibration */ };

/** What to fit. */
typedef struct hst_calibrate_options {
    const char *fx_daily;          /**< path of the daily rates */
    int32_t from_days;             /**< first date used, days since 1970-01-01 */
    int32_t to_days;               /**< last date used */
    const char *const *currencies; /**< codes to fit, or NULL for every column */
    size_t currency_count;         /**< how many codes; 0 with NULL */
} hst_calibrate_options;

/** The outcome; everything lives in the arena. */
typedef struct hst_calibration {
    size_t currency_count;        /**< series fitted */
    const char (*codes)[4];       /**< ISO codes, in column order */
    const hst_garch_fit *fits;    /**< by currency */
    const double *correlation;    /**< [currency_count * currency_count], unit diagonal, definite */
    double correlation_moved;     /**< Frobenius distance from the sample correlation */
    const char *garch_text;       /**< fx_garch.csv, NUL-terminated */
    size_t garch_size;            /**< without the NUL */
    const char *correlation_text; /**< fx_correlation.csv, NUL-terminated */
    size_t correlation_size;      /**< without the NUL */
} hst_calibration;

/** Every column of data/fx_daily.csv, 2016-01-01 to 2025-12-31. */
void hst_calibrate_options_defaults(hst_calibrate_options *options);

/** Fit and write; tables are texts, for the caller to put into files. */
HST_NODISCARD hst_status hst_market_calibrate(hst_inputs *inputs,
                                              const hst_calibrate_options *options,
                                              hst_arena *arena,
                                              hst_arena *scratch,
                                              hst_calibration *out,
                                              hst_error *error);

#endif
