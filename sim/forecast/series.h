/** @file sim/forecast/series.h
 * Series to forecast: a user's table, or the currencies of the daily rates.
 *
 * A user's table is comma-separated with a header, and has one of
 *
 *   return           one column: returns, per cent a step
 *   rate             one column: rates above zero; returns are 100 * ln(r_t / r_{t-1})
 *   date,return      the same with dates, YYYY-MM-DD, ascending
 *   date,rate        with dates, steps over more than seven days are left out
 *
 * Units     per cent a step.
 * Errors    HST_INVALID, HST_NOT_FOUND and what sim/base/csv.h returns, each with file, line and
 *           column; HST_FULL beyond HST_SERIES_LENGTH_MAX returns.
 * Memory    from the arena.
 * Threads   one call at a time per arena.
 * Cost      one pass.
 */
#ifndef HST_SIM_FORECAST_SERIES_H
#define HST_SIM_FORECAST_SERIES_H

#include "core/base/arena.h"
#include "core/base/status.h"

#include "sim/base/error.h"
#include "sim/base/inputs.h"

#include <stddef.h>

enum { HST_SERIES_LENGTH_MAX = 1000000 /**< most returns of a table */ };

/** Returns in order of time. */
typedef struct hst_series {
    char name[40];         /**< file, or currency */
    const double *returns; /**< [count], per cent */
    size_t count;          /**< how many */
} hst_series;

/** Read a user's table. */
HST_NODISCARD hst_status hst_series_read(
    hst_inputs *inputs, const char *path, hst_arena *arena, hst_series *out, hst_error *error);

/** Every currency of a table of daily rates (sim/market/daily_table.h) with at least `shortest`
 * returns; *out is an array of *count in the arena. */
HST_NODISCARD hst_status hst_series_of_rates(hst_inputs *inputs,
                                             const char *path,
                                             size_t shortest,
                                             hst_arena *arena,
                                             hst_series **out,
                                             size_t *count,
                                             hst_error *error);

#endif
