/** @file core/routing/lnd_router.h
 * R5 and R6, the Lightning node LND: its two estimators of a hop's chance over its path search.
 *
 *   R5 lnd-apriori   core/routing/lnd_apriori.h       a fixed chance and recent results
 *   R6 lnd-bimodal   core/routing/lnd_bimodal.h       where liquidity usually sits, and results
 *   both             core/routing/lnd_search.h        weight + cost of an attempt / chance
 *
 * Constants are LND's own, not tuned to corridors. Amounts in millisatoshi become micro-USD one to
 * one (a bitcoin at 100,000 dollars: a convention, not a quote). The cost of an attempt is the
 * setup's price of a failed attempt; where that is zero, LND's 100 satoshi and 1000 parts per
 * million. LND's maintainers warn that the two estimators are not comparable at one such cost
 * (their issue 7559), since it works on the scale of the chances.
 *
 * What is mapped:
 *   - a hop's capacity is its limit; where it has none, its usual limit if that is published and
 *     holds twice the amount; else twice the amount
 *   - hops that leave the payment's source are the sender's own: LND trusts them, for it knows
 *     their balances; here that trust can be misplaced until they failed once
 *   - a failure for lack of funds or over a limit is one of the amount; any other closes the hop
 *     for every amount
 * Left out: payments in parts, which LND makes by halving the amount; second chances after a change
 * of policy; the limit of 1000 remembered results.
 *
 * Errors    HST_NO_PATH also when every path found has a chance below 0.01.
 * Memory    about 60 bytes an edge and 110 a node.
 * Cost      one search; a node's history is counted once a query.
 */
#ifndef HST_CORE_ROUTING_LND_ROUTER_H
#define HST_CORE_ROUTING_LND_ROUTER_H

#include "core/routing/router.h"

/** R5, for the registry. */
extern const hst_router_kind hst_router_lnd_apriori;

/** R6, for the registry. */
extern const hst_router_kind hst_router_lnd_bimodal;

#endif
