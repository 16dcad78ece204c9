/** @file sim/scenario/bind.h
 * From the tree to the struct: every key looked up in the schema, checked, converted and stored.
 *
 * Errors    HST_SCENARIO: unknown key, wrong kind, wrong value, missing key; the first in the order
 *           of the tree, which is that of the root file, then of what its includes add.
 * Threads   as the reading.
 */
#ifndef HST_SIM_SCENARIO_BIND_H
#define HST_SIM_SCENARIO_BIND_H

#include "sim/scenario/node.h"
#include "sim/scenario/scenario.h"

/** Fill a zeroed scenario from the tree; what the tree lacks takes its default. */
HST_NODISCARD hst_status hst_bind(hst_reading *reading,
                                  const hst_node *root,
                                  hst_scenario *scenario);

#endif
