/** @file sim/run/fx.h
 * From a scenario's `market` to the market of a run, and the figures of its dealing.
 *
 * Errors    HST_SCENARIO at the line of a rule that names no currency, and what
 *           hst_market_create and hst_dealers_create return.
 * Threads   one.
 */
#ifndef HST_SIM_RUN_FX_H
#define HST_SIM_RUN_FX_H

#include "sim/run/day.h"

/** What the market of a run is made from; all borrowed. */
typedef struct hst_fx_plan {
    const hst_scenario *scenario;         /**< what is asked for */
    const hst_scenario_source *source;    /**< where it says so */
    const hst_currency_table *currencies; /**< of the run */
    hst_inputs *inputs;                   /**< tables */
    hst_arena *arena;                     /**< for the market */
    hst_arena *scratch;                   /**< for the rest */
} hst_fx_plan;

/** Draw the market. */
HST_NODISCARD hst_status hst_fx_create(const hst_fx_plan *plan, hst_market **out, hst_error *error);

/** Dealers, and room for the prices that payments take; the routes advertise what dealers quote.
 * HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_fx_set_up(hst_world *world, hst_arena *arena);

/** Figures "fx...." of prices taken, premia and inventories; zero where the scenario has none, and
 * with `world` NULL. */
void hst_fx_add_metrics(const hst_world *world, hst_day_report *report);

#endif
