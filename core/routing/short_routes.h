/** @file core/routing/short_routes.h
 * Private to core/routing: all paths of at most three hops, of which the best are kept.
 *
 * What routers over pools and order books choose from. Paths are found from both ends: hops out of
 * the source, hops into the target, and hops that join them. Of more than HST_SHORT_ROUTE_MAX the
 * ones that lose least on the quoting's amount stay; ties to those found first.
 *
 * Cost      hops two away from the source, and a quote for each path.
 */
#ifndef HST_CORE_ROUTING_SHORT_ROUTES_H
#define HST_CORE_ROUTING_SHORT_ROUTES_H

#include "core/routing/quote.h"

enum { HST_SHORT_HOPS = 3, HST_SHORT_ROUTE_MAX = 256 };

/** A path. */
typedef struct hst_short_route {
    hst_loss loss_femto_usd;        /**< on the quoting's amount */
    uint32_t edges[HST_SHORT_HOPS]; /**< from source to target */
    uint32_t hop_count;             /**< 1 ... HST_SHORT_HOPS */
    uint32_t number;                /**< of finding */
    int64_t limit_micro_usd;        /**< the most a part over it may be */
} hst_short_route;

/** Answer and scratch. */
typedef struct hst_short_routes {
    hst_short_route routes[HST_SHORT_ROUTE_MAX]; /**< least loss first */
    uint32_t count;                              /**< how many */
    uint32_t found;                              /**< how many there were */
    uint32_t *heads;                             /**< by node: 1 + first hop into the target */
    uint32_t *nexts;                             /**< by place in its row: 1 + the next one */
    hst_quoting quoting;                         /**< being answered */
} hst_short_routes;

/** Plan the scratch. HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_short_routes_init(hst_short_routes *routes,
                                               const hst_router_setup *setup);

/** Find the paths of quoting->query that take quoting->amount_micro_usd; ends differ. */
void hst_short_routes_find(hst_short_routes *routes, const hst_quoting *quoting);

/** A path as a plan for an amount. */
void hst_short_route_plan(const hst_graph *graph,
                          const hst_short_route *route,
                          int64_t amount_micro_usd,
                          hst_route_plan *plan);

#endif
