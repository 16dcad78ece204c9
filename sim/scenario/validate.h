/** @file sim/scenario/validate.h
 * What must hold between keys, beyond the range of each.
 *
 * Only what the scenario alone can tell; whether a country or a date exists in the tables is
 * checked where the tables are read, with hst_scenario_refuse giving the place.
 *
 * Errors    HST_SCENARIO at the key that is most likely wrong.
 * Threads   pure, given distinct readings.
 */
#ifndef HST_SIM_SCENARIO_VALIDATE_H
#define HST_SIM_SCENARIO_VALIDATE_H

#include "sim/scenario/node.h"
#include "sim/scenario/scenario.h"

/** Check a bound scenario; `root` gives the places. */
HST_NODISCARD hst_status hst_validate(hst_reading *reading,
                                      const hst_node *root,
                                      const hst_scenario *scenario);

#endif
