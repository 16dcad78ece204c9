/** @file core/routing/spider_price.h
 * R10b, Spider's price scheme: parts over four edge-disjoint shortest paths in proportion to rates
 * that fall where channels are full or one-sided.
 *
 * A channel is a hop and its opposite (core/routing/probe.h). Every 1.5 s of query time it sets
 * prices:
 *
 *   lambda += eta * (held_l * arrived_l / sent_l + held_r * arrived_r / sent_r
 *                    + 2 * xi * min(queued_l, queued_r) - f * C)
 *   mu_l   += kappa * (sent_l - sent_r + (queued_l - queued_r) * 1.5 s / 5 s)
 *   mu_r   += the negative                              each then at least 0
 *
 * and each path of a payment has a rate that its price changes:
 *
 *   z       = sum over the hops of 2 * lambda + mu of this direction - mu of the other
 *   rate   += alpha * (1 - z)
 *   rates   = the nearest with a sum of at most 1.1 * demand, then at least 0.25
 *
 * eta = kappa = 0.025, xi = 1, f = 0.9, alpha = 0.2.
 *
 * The paper's: the equations and constants, the paths. Adapted to what a router sees here, one for
 * all senders:
 * - sent, arrived and held come from outcomes of its own payments: what passed, what passed or was
 *   refused for lack of funds, and (Little's law) amount times delay of what passed.
 * - Nothing queues here. What was refused for lack of funds stands for the queue.
 * - A token is a thousandth of the mean channel, all in micro-USD and whole; C is what both
 *   directions carried when the router was created. Without balances a token is a dollar and C
 *   is not known: lambda then stays 0.
 * - A plan may not depend on earlier queries (core/routing/router.h), so rates are not remembered:
 *   they are what ten updates at the prices of now make of even ones, the demand being the payment
 *   in one interval. The published momentum of rates has nothing to act on then.
 * - A payment is divided at once in proportion to the rates instead of being sent token by token.
 *   What a path cannot carry goes over the others by waterfilling, as there is no queue to wait in.
 *   The price comes with the probe of the balances: one message a hop.
 *
 * `route` takes the path with the highest rate among those that carry all, equals in list order.
 *
 * Errors    HST_NO_PATH, also when the four paths together carry less.
 * Memory    60 bytes an edge and a search's scratch.
 * Cost      four searches by hops, then the hops of the paths.
 * Source    Sivaraman et al., NSDI 2020, arXiv 1809.05088; constants of spider-pcn/spider_omnet.
 */
#ifndef HST_CORE_ROUTING_SPIDER_PRICE_H
#define HST_CORE_ROUTING_SPIDER_PRICE_H

#include "core/routing/router.h"
#include "core/routing/spider_waterfilling.h"

/** One direction of a channel: its price and what happened since the prices were set. Tokens. */
typedef struct hst_spider_side {
    double mu;      /**< price of imbalance, >= 0 */
    double sent;    /**< passed */
    double refused; /**< refused for lack of funds */
    double held;    /**< mean amount in flight */
} hst_spider_side;

/** One interval's step of a channel: new lambda and both mu; what happened is forgotten. */
void hst_spider_step(double capacity,
                     double *lambda,
                     hst_spider_side *left,
                     hst_spider_side *right);

/** The rates nearest to `rates` that are not negative and whose sum is at most `most` >= 0. */
void hst_spider_project(double *rates, uint32_t count, double most);

/** R10b, for the registry. */
extern const hst_router_kind hst_router_spider_price;

#endif
