/** @file core/routing/fewest_hops.h
 * R1, fewest hops: the naive router. Among the paths of fewest hops it takes the cheapest, then the
 * first listed. It sees the published graph, does not look at delays, and learns nothing.
 *
 * Threads   as core/routing/router.h.
 * Cost      one bidirectional search by hop count.
 */
#ifndef HST_CORE_ROUTING_FEWEST_HOPS_H
#define HST_CORE_ROUTING_FEWEST_HOPS_H

#include "core/routing/router.h"

/** The kind, for the registry. */
extern const hst_router_kind hst_router_fewest_hops;

#endif
