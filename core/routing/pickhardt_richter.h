/** @file core/routing/pickhardt_richter.h
 * R8: min-cost flow under uncertainty, after Pickhardt and Richter, in the form of Core Lightning's
 * askrene.
 *
 * A payment is split over paths so that charges and the chance of failure are least together. Each
 * hop is four arcs (core/routing/uncertainty.h) of a min-cost flow (core/routing/mcf.h):
 *
 *   cost of a unit = mu * charge + (100 - mu) * k * (slope of -ln P)
 *   k              = median charge / median slope of the first piece that is not free, over the
 *                    hops open to the query; 1 when either median is below 0.001
 *   mu             = 1, then 10, 20, ... 100, until the charges fit the budget
 *
 * The charge of a unit in parts per billion: the hop's rate, its fixed charge as if a path carried
 * a tenth of the payment, and the price of time (the setup's, 0 unless given) for its delay.
 * The budget is 1 % of the amount or 5,000 micro-USD, whichever is more (the default of Core
 * Lightning's xpay, millisatoshi and micro-USD one to one as in R7). When no mu fits, the answer is
 * that of mu = 100: the sender has no other. Payments up to a dollar (a thousand satoshi) are not
 * split.
 *
 * The flow becomes at most HST_ROUTE_PART_MAX paths without cycles. What it sends along paths
 * longer than the graph's hop limit goes by one exact search over what the hops have left; if that
 * finds nothing, the mu is passed over, and the last resort is one path.
 *
 * `route` is askrene's single-path mode: the path that is cheapest by the same costs for the whole
 * amount, fixed charges counted once, by an exact search, with the same mu.
 *
 * Knowledge: a hop that moved an amount has at least that, one that failed for lack of funds or for
 * its limit has less; any other failure closes the hop until it is forgotten. A hop's capacity is
 * its limit; where it has none, the larger of its usual limit if that is published and twice the
 * amount asked for or known to have passed. As in askrene a hop never takes more than
 * a + 0.95 * (b - a), so HST_NO_PATH is also said when what was learnt leaves no way.
 *
 * Errors    HST_NO_PATH.
 * Memory    about 400 bytes an edge with the scratch of flow and search.
 * Cost      route: two medians over the hops and a search a mu. split: one min-cost flow a mu.
 * Source    Pickhardt and Richter, arXiv 2107.05322, 2021; ElementsProject/lightning,
 *           plugins/askrene (formulas re-implemented); manual page lightning-xpay(7).
 */
#ifndef HST_CORE_ROUTING_PICKHARDT_RICHTER_H
#define HST_CORE_ROUTING_PICKHARDT_RICHTER_H

#include "core/routing/router.h"

/** R8, for the registry. */
extern const hst_router_kind hst_router_pickhardt_richter;

#endif
