/** @file sim/cli/forecast_print.h
 * Private to sim/cli: what `herstatt forecast` prints, as tables of 80 columns and as JSON.
 */
#ifndef HST_SIM_CLI_FORECAST_PRINT_H
#define HST_SIM_CLI_FORECAST_PRINT_H

#include "sim/forecast/control.h"
#include "sim/forecast/series.h"
#include "sim/market/garch.h"

#include <stdbool.h>

/** All series and what came of them. */
typedef struct hst_forecast_page {
    const char *source;                 /**< file or folder they are from */
    const hst_series *series;           /**< [count] */
    const hst_forecast_result *results; /**< [count] */
    size_t count;                       /**< how many */
    size_t refit_every;                 /**< as in the plan */
    const hst_garch_fit *benchmark;     /**< normal shocks on all returns of a single series, or
                                             NULL when it did not converge */
} hst_forecast_page;

/** One series in full. */
void hst_forecast_print_one(const hst_forecast_page *page);

/** A line a series. */
void hst_forecast_print_many(const hst_forecast_page *page);

/** A control, and whether it holds. */
void hst_forecast_print_control(const hst_control_plan *plan, const hst_control_report *report);

/** The control of spreads, by horizon. */
void hst_forecast_print_spread(const hst_spread_control rows[HST_SPREAD_CONTROLS], bool holds);

/** The same as one JSON object; false when it cannot be written. */
bool hst_forecast_print_spread_json(const hst_spread_control rows[HST_SPREAD_CONTROLS], bool holds);

/** Series as one JSON object; false when it cannot be written. */
bool hst_forecast_print_json(const hst_forecast_page *page);

/** A control as one JSON object; likewise. */
bool hst_forecast_print_control_json(const hst_control_plan *plan,
                                     const hst_control_report *report);

#endif
