/** @file tests/unit/routing/toy_router.h
 * The router of docs/how-to/add-a-router.md.
 */
#ifndef HST_TESTS_UNIT_ROUTING_TOY_ROUTER_H
#define HST_TESTS_UNIT_ROUTING_TOY_ROUTER_H

#include "core/routing/router.h"

/** The kind, for the registry. */
extern const hst_router_kind hst_router_once_bitten;

#endif
