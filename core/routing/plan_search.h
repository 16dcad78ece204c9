/** @file core/routing/plan_search.h
 * From a route query to a plan by one exact search: what most routers are made of.
 *
 * Errors    HST_NO_PATH; *plan is then as it was.
 * Threads   as the scratch.
 * Cost      one search, see core/routing/search.h.
 */
#ifndef HST_CORE_ROUTING_PLAN_SEARCH_H
#define HST_CORE_ROUTING_PLAN_SEARCH_H

#include "core/routing/router.h"
#include "core/routing/search.h"

/** How to rank paths for a plan. */
typedef struct hst_plan_search {
    hst_search_order order;              /**< which path is best */
    int64_t delay_price_micro_usd_per_s; /**< price of a second, for orders that look at cost */
} hst_plan_search;

/** Search within the graph's hop limit and fill the whole plan. `limit_floor_micro_usd` (may be
 * NULL) as in hst_search_path. */
HST_NODISCARD hst_status hst_plan_search_run(const hst_plan_search *how,
                                             hst_search *search,
                                             const hst_route_query *query,
                                             hst_route_plan *plan,
                                             int64_t *limit_floor_micro_usd);

#endif
