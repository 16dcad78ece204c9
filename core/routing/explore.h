/** @file core/routing/explore.h
 * Greedy, with one per cent of bounded exploration, and the chance of each choice on record.
 *
 * One query in a hundred takes one of the three best plans by the surrogate, drawn evenly among
 * those expected to cost at most five basis points more than the best; every other takes the best.
 * With w plans within the budget the best is taken with chance 1 - e + e / w, each other with
 * e / w, e = 1/100. Those propensities make a log of choices good for judging another way of
 * choosing (analysis/off_policy.py).
 *
 * Noting the choice needs the alternatives of every query, which takes several searches instead of
 * one; it changes no plan and no draw.
 *
 * Errors    HST_NO_PATH.
 * Threads   as the surrogate.
 * Source    Horvitz, Thompson, JASA 47, 1952 (propensities); Dudik, Langford, Li, ICML'11.
 */
#ifndef HST_CORE_ROUTING_EXPLORE_H
#define HST_CORE_ROUTING_EXPLORE_H

#include "core/routing/surrogate.h"

/** Who explores. */
typedef struct hst_explorer {
    hst_random random;       /**< the router's stream; hst_route_draws of it is a query's */
    hst_route_choice choice; /**< the last one, when it is noted */
    bool notes;              /**< note every choice */
    hst_yen yen;             /**< scratch */
} hst_explorer;

/** From the setup's stream. */
void hst_explorer_init(hst_explorer *explorer, const hst_router_setup *setup);

/** The best plan, or now and then one of the next best; `draws` is the query's stream. */
HST_NODISCARD hst_status hst_explorer_plan(hst_explorer *explorer,
                                           hst_surrogate *surrogate,
                                           const hst_route_query *query,
                                           hst_random *draws,
                                           hst_route_plan *plan);

#endif
