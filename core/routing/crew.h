/** @file core/routing/crew.h
 * A batch of queries answered on several threads: alike routers, one a thread, that learn alike.
 *
 * A plan depends on the setup, the graph, the query and the feedback so far, never on other queries
 * (core/routing/router.h), so it does not matter which of the crew answers: plans of a batch equal
 * those of one router asked in order. All of the crew learn from all outcomes, which costs each
 * thread what it costs one router; routing, 50 to 1,000 times dearer, is what is shared out.
 *
 *   HST_TRY(hst_router_crew_create(kind, &setup, threads, &crew));
 *   hst_router_crew_route(&crew, queries, count, plans, statuses);
 *   hst_router_crew_feedback(&crew, outcomes, outcome_count);
 *
 * Errors    HST_NO_MEMORY from create; a status a query from route.
 * Memory    `threads` routers, from the setup's arena.
 * Threads   belongs to one thread, which uses others; nobody may change the graph meanwhile.
 * Cost      a few microseconds a batch to start and join.
 */
#ifndef HST_CORE_ROUTING_CREW_H
#define HST_CORE_ROUTING_CREW_H

#include "core/routing/router.h"

/** The routers; fields are private. */
typedef struct hst_router_crew {
    hst_router **routers; /**< alike */
    unsigned count;       /**< how many, and most threads */
} hst_router_crew;

/** Build `threads` >= 1 routers of a kind. What the setup's view looks up must bear being called
 * from several threads. HST_NO_MEMORY. */
HST_NODISCARD hst_status hst_router_crew_create(const hst_router_kind *kind,
                                                const hst_router_setup *setup,
                                                unsigned threads,
                                                hst_router_crew *crew);

/** Answer `count` queries: statuses[i] and, for HST_OK, plans[i] are what hst_router_route() gives
 * for queries[i]. */
void hst_router_crew_route(hst_router_crew *crew,
                           const hst_route_query *queries,
                           size_t count,
                           hst_route_plan *plans,
                           hst_status *statuses);

/** Tell all of the crew what became of hops, in the order they ended. */
void hst_router_crew_feedback(hst_router_crew *crew, const hst_hop_outcome *outcomes, size_t count);

#endif
