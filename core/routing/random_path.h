/** @file core/routing/random_path.h
 * R0, random path: the floor of every comparison. It lists the eight best paths by hops, the list
 * rule among equals, and takes one of them, each with equal chance. It sees which hops are open and
 * take the amount, looks at no price and no delay, and learns nothing.
 *
 * Threads   as core/routing/router.h.
 * Cost      at most 1 + 7 * HST_HOP_MAX searches by hop count (core/routing/yen.h).
 */
#ifndef HST_CORE_ROUTING_RANDOM_PATH_H
#define HST_CORE_ROUTING_RANDOM_PATH_H

#include "core/routing/router.h"

/** Paths it draws from. */
enum { HST_RANDOM_PATH_COUNT = 8 };

/** The kind, for the registry. */
extern const hst_router_kind hst_router_random_path;

#endif
