/** @file core/routing/recost.h
 * The independent checker: is this plan a path, is it allowed, and does it cost what it says?
 *
 * Slow and obvious on purpose, and without a line in common with the searches: it reads edge
 * records, not rows, and adds charges hop by hop as quotient and remainder. Tests run it on every
 * plan, hst_router_route in debug builds, and the simulator's checks where they like.
 *
 * Units     micro-USD, nanoseconds.
 * Errors    a fault says what is wrong first.
 * Threads   pure functions of a graph nobody changes.
 * Cost      O(hops^2).
 */
#ifndef HST_CORE_ROUTING_RECOST_H
#define HST_CORE_ROUTING_RECOST_H

#include "core/routing/router.h"

/** What can be wrong with a plan, in the order it is looked at. */
typedef enum hst_plan_fault {
    HST_PLAN_SOUND,         /**< nothing */
    HST_PLAN_TOO_LONG,      /**< more than the graph's hop limit */
    HST_PLAN_UNKNOWN_EDGE,  /**< an edge id outside the graph */
    HST_PLAN_WRONG_ENDS,    /**< does not lead from the source to the target */
    HST_PLAN_BROKEN,        /**< a hop does not start where the last one ended */
    HST_PLAN_REVISITS,      /**< a node occurs twice */
    HST_PLAN_NO_TRANSIT,    /**< passes through a node that does not forward */
    HST_PLAN_CLOSED_EDGE,   /**< a hop is disabled */
    HST_PLAN_OVER_LIMIT,    /**< the amount exceeds a hop's limit */
    HST_PLAN_EXCLUDED_EDGE, /**< uses a hop the query excluded */
    HST_PLAN_WRONG_COST,    /**< cost_micro_usd is not what the hops cost */
    HST_PLAN_WRONG_DELAY,   /**< delay_ns is not the sum of the delays */
    HST_PLAN_WRONG_FX_HOPS, /**< fx_hops is not the number of currency changes */
    HST_PLAN_FAULT_COUNT    /**< number of faults */
} hst_plan_fault;

/** Text of a fault, lower case. */
const char *hst_plan_fault_text(hst_plan_fault fault);

/** The first fault of a plan for a query, or HST_PLAN_SOUND. */
hst_plan_fault
hst_plan_check(const hst_graph *graph, const hst_route_query *query, const hst_route_plan *plan);

/** Advertised cost of a chain of hops for an amount: the sum of the fixed charges and of the
 * proportional ones, rounded down once. */
int64_t hst_plan_recost_micro_usd(const hst_graph *graph,
                                  int64_t amount_micro_usd,
                                  const uint32_t *edges,
                                  uint32_t edge_count);

#endif
