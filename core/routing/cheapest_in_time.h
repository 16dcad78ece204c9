/** @file core/routing/cheapest_in_time.h
 * R3t, cheapest in time: the lowest sum of advertised charges and of the sender's price for the
 * advertised delays and the published waits until hops open. It takes every hop to succeed and
 * learns nothing: what can be had from published data alone when time has a linear price.
 *
 * Threads   as core/routing/router.h.
 * Cost      one search (core/routing/surrogate.h).
 */
#ifndef HST_CORE_ROUTING_CHEAPEST_IN_TIME_H
#define HST_CORE_ROUTING_CHEAPEST_IN_TIME_H

#include "core/routing/router.h"

/** The kind, for the registry. */
extern const hst_router_kind hst_router_cheapest_in_time;

/** How long a hop takes by what is published, nanoseconds: advertised delay, and the wait from
 * `time_ns` until it opens where the view (may be NULL) tells. */
double hst_published_time_ns(const hst_graph *graph,
                             const hst_route_view *view,
                             uint32_t edge,
                             int64_t time_ns);

#endif
