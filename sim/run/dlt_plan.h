/** @file sim/run/dlt_plan.h
 * Private to sim/run: from the keys of rails.dlt to a rail's parameters and faults of validators.
 */
#ifndef HST_SIM_RUN_DLT_PLAN_H
#define HST_SIM_RUN_DLT_PLAN_H

#include "sim/run/dlt.h"

/** Values of the protocol's parameters as the scenario says them; NULL when it says none.
 * HST_SCENARIO with the place of a name that the protocol does not know or a value out of range. */
HST_NODISCARD hst_status hst_dlt_plan_parameters(const hst_scenario *scenario,
                                                 const hst_dlt_plan *plan,
                                                 const hst_consensus_protocol *protocol,
                                                 const int64_t **parameters,
                                                 hst_error *error);

/** The scenario's faults of validators, a fault for each validator they name, and those drawn. */
HST_NODISCARD hst_status hst_dlt_plan_faults(const hst_scenario *scenario,
                                             const hst_dlt_plan *plan,
                                             const hst_consensus_protocol *protocol,
                                             hst_dlt_config *config,
                                             hst_error *error);

#endif
