/** @file core/routing/oracle.h
 * O1 and O2, the ceilings: routers that are told what nobody can know.
 *
 * O1, oracle-mean, knows the true chance of every hop and its true expected delay and cost, and
 * plans by the same surrogate as the learners: what perfect learning would give. O2, clairvoyant,
 * knows what will be drawn for this very payment; where a host's draws do not depend on the path
 * or the attempt, nothing can be cheaper than its plan. The difference of the two is luck that no
 * router can learn.
 *
 * A host must set view->expected for O1 and view->drawn for O2; without it they plan on advertised
 * data.
 */
#ifndef HST_CORE_ROUTING_ORACLE_H
#define HST_CORE_ROUTING_ORACLE_H

#include "core/routing/router.h"

/** O1: true chances. */
extern const hst_router_kind hst_router_oracle_mean;

/** O2: true draws. */
extern const hst_router_kind hst_router_clairvoyant;

#endif
