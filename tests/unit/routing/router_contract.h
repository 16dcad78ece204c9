/** @file tests/unit/routing/router_contract.h
 * What every router promises, as one function: plans are sound or HST_NO_PATH is said truly,
 * answers repeat, a checkpoint continues as if never stopped, excluded hops are not used.
 */
#ifndef HST_TESTS_UNIT_ROUTING_ROUTER_CONTRACT_H
#define HST_TESTS_UNIT_ROUTING_ROUTER_CONTRACT_H

#include "core/routing/router.h"

/** Check the contract of a kind on a graph drawn from `seed`; the number of plans seen. A breach
 * fails an assertion. */
unsigned check_router_contract(const hst_router_kind *kind, unsigned seed);

#endif
